// The page of any classes: a camera, names, and what is seen. One render path over the state of features/classes.

import "./shared/locale.js"; // first: others ask for the language while they load
import { html, render } from "htm/preact";
import { Failure } from "./app/Failure.js";
import { Loading } from "./app/Loading.js";
import { Notice } from "./app/Notice.js";
import { follow, restoreBytes, savedBytes } from "./features/classes/classes.js";
import { ClassesView } from "./features/classes/ClassesView.js";
import { keptBytes, startKeeping } from "./features/classes/kept.js";
import { beginModel } from "./runtime/boot.js";
import { workOffline } from "./runtime/offline.js";
import { fail, ready, startPython } from "./session/python.js";
import { failure } from "./state/failures.js";

startPython("imagenet", async () => restoreBytes(await keptBytes()));
ready.then(begin).catch(fail);
const mount = document.getElementById("app");
mount.replaceChildren();
render(html`<${Page} />`, mount);

async function begin() {
  beginModel(); // all pictures are of the person: there is nothing to learn before it is here
  await restoreBytes(await startKeeping(savedBytes));
  follow();
  workOffline();
}

function Page() {
  if (failure.value) return html`<${Failure} failure=${failure.value} />`;
  return html`<${Notice} /><${ClassesView} /><${Loading} />`;
}
