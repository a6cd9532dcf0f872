// The page: one render path over one store.

import { html, render } from "htm/preact";
import { App } from "./app/App.js";
import { run } from "./features/demo/demo.js";
import { saveEdits } from "./session/persistence.js";
import { readStale } from "./session/reading.js";

run(); // first, so that the workers start while the page is drawn
saveEdits();
readStale();
const mount = document.getElementById("app");
mount.replaceChildren();
render(html`<${App} />`, mount);
