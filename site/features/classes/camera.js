// The camera: one frame is under way at a time, looked at, or recorded while a button is held.

import { signal } from "@preact/signals";
import { startDecoder } from "../../runtime/worker_host.js";
import { endedWords, refusal } from "../../session/device_messages.js";
import { ask, connect, release } from "../../session/devices.js";
import { call } from "../../session/python.js";
import { notify } from "../../state/store.js";
import { endTrying, holding, seen, take, tried } from "./classes.js";

/** A frame could not be looked at: the next one is, after this many ms. */
const AGAIN = 500;

/** The stream that is watched; null without one. */
export const stream = signal(null);
/** Whether the browser asks the person for the camera. */
export const asking = signal(false);
/** Why there is no camera, {title, text}; null while there is nothing to say. */
export const problem = signal(null);

let session = null;

/** Ask for the camera and watch it. */
export async function startCamera() {
  if (asking.value || session) return;
  asking.value = true;
  problem.value = null;
  let found = null;
  try {
    found = await ask("camera");
    await watch(found);
  } catch (error) {
    release(found);
    holding.value = null;
    problem.value = refusal("camera", error);
  } finally {
    asking.value = false;
  }
}

/** Let the camera go. */
export function stopCamera(why = null) {
  if (!session) return;
  const { worker, stops } = session;
  release(session.stream);
  session = null;
  stops.forEach((stop) => stop());
  worker.end();
  stream.value = holding.value = null;
  if (!tried.value) seen.value = null;
  problem.value = why;
}

/** Record pictures of a class until `letGo`; without a camera ask for it first. */
export function hold(number) {
  if (tried.value) endTrying();
  holding.value = { number, begun: false, released: false };
  if (!session) startCamera();
}

/** A short press records one picture, too. */
export function letGo() {
  const held = holding.value;
  if (!held) return;
  if (held.begun || !session) holding.value = null;
  else held.released = true;
}

async function watch(found) {
  const [track] = found.getVideoTracks();
  const lost = (kind) => mine === session && stopCamera(endedWords(kind));
  const worker = startDecoder("live", "workers/live.js", { onFailure: () => lost("worker") });
  const mine = (session = { stream: found, worker, stops: [] });
  track.addEventListener("ended", () => lost("camera"));
  try {
    await connect(mine, track);
  } catch (error) {
    stopCamera();
    throw error;
  }
  stream.value = found;
  lookOn(mine).catch((error) => {
    if (error.name !== "AbortError" && mine === session)
      stopCamera({ title: "The camera has stopped", text: error.message });
  });
}

async function lookOn(mine) {
  let [regions, size] = [[], null];
  while (mine === session) {
    try {
      const next = await mine.worker.call("next", { regions, size });
      if (!next || mine !== session) return;
      const { width, height } = next;
      if (next.regions) await use(next.regions[0]);
      else [regions, size] = [[await call("region", { width, height }, { namespace: "classes" })], { width, height }];
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (error.name !== "WorkerError") notify(error.message, "error");
      holding.value = null;
      await new Promise((done) => setTimeout(done, AGAIN));
    }
  }
}

async function use(region) {
  const held = holding.value;
  if (held) {
    const first = !held.begun;
    held.begun = true;
    take(await call("record", { number: held.number, region, first }, { namespace: "classes" }));
    if (held.released && holding.value === held) holding.value = null;
  } else {
    const found = await call("look", { region }, { namespace: "classes" });
    if (!tried.value && !holding.value) seen.value = found;
  }
}
