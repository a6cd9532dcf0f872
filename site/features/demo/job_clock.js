// How long the demo's job takes, while the demo is on screen: in the other views it takes no time from the user's own work.

import { store } from "../../state/store.js";

/** When the job began, in ms, and for how long of it the demo was not on screen. */
let start = 0;
let away = 0;
/** Resolves when the demo is on screen again; null while it is. */
let waiting = null;

export const beginJob = () => ([start, away] = [performance.now(), 0]);

/** Seconds that the job has taken up to now. */
export const jobSeconds = () => (performance.now() - start - away) / 1000;

export const isOnScreen = () => store.view.value === "demo";

/** Resolves while the demo is on screen. */
export const onScreen = () => (isOnScreen() ? null : (waiting ??= comeBack().finally(() => (waiting = null))));

async function comeBack() {
  const left = performance.now();
  /** @type {Promise<void>} */
  const back = new Promise((resolve) => {
    const stop = store.view.subscribe((view) => view === "demo" && queueMicrotask(() => (stop(), resolve())));
  });
  await back;
  away += performance.now() - left;
}
