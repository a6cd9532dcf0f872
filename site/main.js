// The page: one render path over one store.

import { html, render } from "htm/preact";
import { App } from "./app/App.js";
import { run } from "./features/demo/demo.js";

run(); // first, so that the workers start while the page is drawn
const mount = document.getElementById("app");
mount.replaceChildren();
render(html`<${App} />`, mount);
