// The page: one render path over one store.

import { html, render } from "htm/preact";
import { App } from "./app/App.js";
import { followSettings } from "./features/demo/demo.js";
import { openSteps } from "./features/demo/Step.js";
import { handOverAgain } from "./session/handover.js";
import { saveEdits } from "./session/persistence.js";
import { startPython } from "./session/python.js";
import { readStale } from "./session/reading.js";
import { asked } from "./state/settings.js";

startPython(asked.value.backbone, handOverAgain); // first, so that the workers start while the page is drawn
followSettings();
saveEdits();
readStale();
const mount = document.getElementById("app");
mount.replaceChildren();
render(html`<${App} />`, mount);
openSteps();
