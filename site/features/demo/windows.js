// The frames once more, by what reads whole numbers: one window around the number, no boxes and no picture to learn from.

import { frameNames } from "../../runtime/boot.js";
import { pictureRegions } from "../../session/frame_pixels.js";
import { call, running, useLines } from "../../session/python.js";
import { openFrame } from "./demo.js";
import { demoStore } from "./demo_store.js";

const DEMO = { namespace: "demo" };
/** How many numbers are typed for the reader of whole numbers to learn. */
export const TYPED = 4;

/** Whether Python and the display are those of now, whenever that is asked. */
function whileShown() {
  const { life, shown } = running.value;
  return () => running.value.life === life && running.value.shown === shown;
}

/** Have it learn what the first frames show, and read the others again. */
export async function teachWindows() {
  const isCurrent = whileShown();
  const taught = await call("teach_windows", { count: TYPED }, DEMO);
  if (isCurrent()) demoStore.windows.value = { ...demoStore.windows.value, taught };
}

/** Read a window of every frame, until another display is shown. `demoStore.windows` says how far it is. */
export async function readWindows() {
  const isCurrent = whileShown();
  const total = frameNames.value.length;
  demoStore.windows.value = { done: 0, total, result: null, taught: null };
  try {
    await useLines();
    const asked = isCurrent() && (await call("window_regions", {}, DEMO));
    for (const [k, name] of frameNames.value.entries()) {
      if (!isCurrent()) return;
      const { regions } = await pictureRegions(openFrame(name), asked);
      if (!isCurrent()) return;
      await call("add_windows", { frames: [{ name, regions }] }, DEMO);
      if (isCurrent()) demoStore.windows.value = { done: k + 1, total, result: null, taught: null };
    }
    const result = await call("window_score", {}, DEMO);
    if (isCurrent()) demoStore.windows.value = { done: total, total, result, taught: null };
  } catch (error) {
    if (!isCurrent()) return; // what was asked of another display says nothing
    demoStore.windows.value = null;
    throw error;
  }
}
