// The classes in this browser's storage, so that a reload loses nothing.

import { signal } from "@preact/signals";
import { Database } from "../../storage/database.js";
import { TabLock } from "../../storage/tab_lock.js";

const NAME = "readout-classes";
const [STORE, KEY] = ["files", "classes"];
/** After the last change all is stored, in ms. */
const PAUSE = 500;

/** Where another tab stores: this one does not, so that neither undoes what the other did. */
const ELSEWHERE = {
  message: "These classes are open in another tab, which stores its changes.",
  next: "Go on there. What you change here is not stored: save your project to a file.",
};

/** Why what is made may not be kept, {kind, message, next}; null while it is. */
export const storageProblem = signal(/** @type {{kind?: string, message: string, next: string} | null} */ (null));

const database = new Database(
  NAME,
  (found) => {
    if (found.kind !== "late" || !storageProblem.value) storageProblem.value = found; // what is known to fail says more
  },
  () => {
    if (storageProblem.value?.kind === "late") storageProblem.value = null;
  },
);
const lock = new TabLock(() => (storageProblem.value = ELSEWHERE));
let makeBytes = null;
let timer = null;
/** How many changes there have been. */
let changes = 0;
/** Whether there are changes that are not stored yet. */
export const unsaved = signal(false);

/** From now on changes are stored, as what `make` gives. Resolves with the bytes that were stored before, or null. */
export async function startKeeping(make) {
  const found = await database.read([STORE], async (tx) => ({ bytes: await tx.objectStore(STORE).get(KEY) }));
  if (!(await lock.take(NAME))) storageProblem.value = ELSEWHERE;
  if (found) makeBytes = make; // else what is there cannot be read, and is not to be replaced
  addEventListener("pagehide", () => void save());
  addEventListener("beforeunload", (event) => unsaved.value && event.preventDefault());
  return found?.bytes ?? null;
}

/** The bytes that were stored last; see `startKeeping`. */
export const keptBytes = () => database.read([STORE], (tx) => tx.objectStore(STORE).get(KEY));

/** Keep bytes that cannot be opened where no change replaces them. */
export const keepAside = (bytes) => database.write([STORE], (tx) => tx.objectStore(STORE).put(bytes, `${KEY} damaged`));

/** Something has changed: it is stored in a moment. */
export function saveSoon() {
  changes++;
  unsaved.value = true;
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

async function save() {
  if (!unsaved.value || !makeBytes || !lock.has(NAME)) return;
  clearTimeout(timer);
  const mine = changes;
  const bytes = await makeBytes().catch(() => null);
  const done = bytes && (await database.write([STORE], (tx) => tx.objectStore(STORE).put(bytes, KEY)));
  if (!done || mine !== changes) return;
  unsaved.value = false;
  storageProblem.value = null;
}
