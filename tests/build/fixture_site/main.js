import { signal } from "@preact/signals";
import { html } from "htm/preact";
import { render } from "preact";
import uPlot from "uplot";

const count = signal(0);
render(html`<p onClick=${() => count.value++}>${count} of ${uPlot.name}</p>`, document.body);
new Worker("workers/python.js", { type: "module" });
