// The frames once more, by what reads whole numbers: one window around the number, no boxes and no picture to learn from.

import { frameNames } from "../../runtime/boot.js";
import { pictureRegions } from "../../session/frame_pixels.js";
import { call, running, useLines } from "../../session/python.js";
import { openFrame } from "./demo.js";
import { demoStore } from "./demo_store.js";

const DEMO = { namespace: "demo" };

/** Read a window of every frame, until another display is shown. `demoStore.windows` says how far it is. */
export async function readWindows() {
  const { life, shown } = running.value;
  const isCurrent = () => running.value.life === life && running.value.shown === shown;
  const total = frameNames.value.length;
  demoStore.windows.value = { done: 0, total, result: null };
  try {
    await useLines();
    const asked = isCurrent() && (await call("window_regions", {}, DEMO));
    for (const [k, name] of frameNames.value.entries()) {
      if (!isCurrent()) return;
      const { regions } = await pictureRegions(openFrame(name), asked);
      if (!isCurrent()) return;
      await call("add_windows", { frames: [{ name, regions }] }, DEMO);
      if (isCurrent()) demoStore.windows.value = { done: k + 1, total, result: null };
    }
    const result = await call("window_score", {}, DEMO);
    if (isCurrent()) demoStore.windows.value = { done: total, total, result };
  } catch (error) {
    if (!isCurrent()) return; // what was asked of another display says nothing
    demoStore.windows.value = null;
    throw error;
  }
}
