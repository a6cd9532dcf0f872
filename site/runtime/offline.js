// The site without a network: what of it is kept, and newer builds of it.

import { computed, signal } from "@preact/signals";
import { files, root } from "./parts.js";
import { addressOf, BUILD, cacheOf, lockOf, MANIFEST } from "./build.js";

/** The server is asked for a newer build when the page is looked at again, at most this often, in ms. */
const ASK_EVERY = 60_000;
/** Where a newer worker that was agreed to is not active after this long, the one before answers with its page, in ms. */
const LATE = 5_000;

/** The files that are kept, by path; null where none can be, or before that is known. */
const kept = signal(/** @type {Set<string> | null} */ (null));
/** Bytes of the files that are not kept; null where the page does not work offline. */
export const missing = computed(() => kept.value && bytesOf(absent()));
/** Whether a newer build waits for this page to be reloaded. */
export const newer = signal(false);

let registration = null;
let asked = 0;

/** From now on the page is there without a network. Where the browser does not let it, nothing else changes. */
export async function workOffline() {
  holdBuild();
  addEventListener("visibilitychange", () => document.visibilityState === "visible" && askForNewer());
  const container = navigator.serviceWorker;
  try {
    registration = (await container?.register(addressOf("sw.js", root), { updateViaCache: "none" })) ?? null;
  } catch {
    registration = null; // private windows, policies, no such file
  }
  if (!registration) return;
  const follow = () => registration.installing?.addEventListener("statechange", () => noteWaiting());
  registration.addEventListener("updatefound", follow);
  follow(); // the browser may have found it before this page asked
  noteWaiting();
  await container.ready;
  registration.active?.postMessage("tidy");
  await look();
}

/** Keep all files. Resolves with whether that worked. */
export async function keepAll() {
  for (const file of absent()) {
    const response = await fetch(addressOf(file, root, files.value[file].sha256)).catch(() => null);
    if (!response?.ok) break;
    await response.arrayBuffer();
  }
  await look();
  return missing.value === 0;
}

/** Go on with the newer build; what is open must be stored by then. */
export async function useNewer() {
  const waiting = registration?.waiting;
  if (!waiting) return location.reload();
  const reload = () => location.reload(); // by whichever of the two is told
  navigator.serviceWorker.addEventListener("controllerchange", reload, { once: true });
  waiting.addEventListener("statechange", () => waiting.state === "activated" && reload());
  await ask(waiting, "take over");
  setTimeout(reload, LATE); // Chromium waits for minutes where the worker before is asked for a file right now
}

async function noteWaiting() {
  const { waiting, active } = registration;
  if (waiting && active && (await ask(waiting, "build")) !== BUILD) newer.value = true;
}

/** What a worker answers. */
const ask = (worker, what) =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage(what, [port2]);
  });

/** Ask the server whether it has a newer build. */
async function askForNewer() {
  if (newer.value || performance.now() - asked < ASK_EVERY) return;
  asked = performance.now();
  if (registration) return void registration.update().catch(() => {});
  const served = await fetch(addressOf(MANIFEST, root), { cache: "no-store" }).catch(() => null);
  const manifest = await served?.json().catch(() => null);
  if (manifest?.build && manifest.build !== BUILD) newer.value = true;
}

/** See what is kept, where the service worker has kept this build. */
async function look() {
  const name = cacheOf(root);
  const there = await caches.has(name).catch(() => false); // opening would make one, where a developer's was just removed
  const cache = there ? await caches.open(name) : null;
  if (!(await cache?.match(addressOf(MANIFEST, root, BUILD)))) return;
  const addresses = new Set((await cache.keys()).map(({ url }) => url));
  const names = Object.keys(files.value);
  kept.value = new Set(names.filter((file) => addresses.has(addressOf(file, root, files.value[file].sha256).href)));
}

const absent = () => Object.keys(files.value).filter((file) => !kept.value?.has(file));
const bytesOf = (names) => names.reduce((sum, file) => sum + files.value[file].bytes, 0);

/** While this page lives its build's files are kept. */
function holdBuild() {
  const forever = new Promise(() => {});
  navigator.locks?.request(lockOf(root, BUILD), { mode: "shared" }, () => forever).catch(() => {});
}
