// The page: one render path over one store.

import "./shared/locale.js"; // first: others ask for the language while they load
import { html, render } from "htm/preact";
import { App } from "./app/App.js";
import { followSettings } from "./features/demo/demo.js";
import { openSteps } from "./features/demo/Step.js";
import { workOffline } from "./runtime/offline.js";
import { handOverAgain } from "./session/handover.js";
import { saveEdits } from "./session/persistence.js";
import { ready, startPython } from "./session/python.js";
import { readStale } from "./session/reading.js";
import { asked } from "./state/settings.js";

startPython(asked.value.backbone, handOverAgain, asked.value.display); // first, so that the workers start while the page is drawn
followSettings();
saveEdits();
readStale();
const mount = document.getElementById("app");
ready.then(workOffline); // not before: what a first reading needs comes first
mount.replaceChildren();
render(html`<${App} />`, mount);
openSteps();
if (parent !== window) leaveFrames();

/** In a frame of another page, links that lead away from the lesson open a tab. */
function leaveFrames() {
  for (const link of document.querySelectorAll("a[href]:not([href^='#'])")) link.setAttribute("target", "_blank");
}
