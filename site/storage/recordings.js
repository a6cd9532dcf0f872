// Recordings of live readings: CSV files in the browser's private file system, each there as far as it was written.

const FOLDER = "recordings";
/** What of a file's end holds its last row, in bytes. */
const TAIL = 4096;
/** A file that changes while it is read, since another tab writes it, is read again so often. */
const TRIES = 9;

/** All of them, the newest first: [{name, bytes, seconds}]. */
export async function list() {
  const found = [];
  for await (const [name, handle] of (await folder())?.entries() ?? []) {
    if (name.endsWith(".csv")) found.push({ name, ...(await read(handle, facts)) });
  }
  return found.sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** A recording as a Blob of whole rows. */
export const file = async (name) =>
  new Blob([wholeRows(await read(await (await folder()).getFileHandle(name), (whole) => whole.arrayBuffer()))], {
    type: "text/csv",
  });

/** What `use` makes of a file as it is now. */
async function read(handle, use) {
  for (let left = TRIES; ; left--) {
    try {
      return await use(await handle.getFile());
    } catch (error) {
      if (error.name !== "NotReadableError" || !left) throw error;
    }
  }
}

/** Rejects while some tab writes it. */
export const remove = async (name) => (await folder()).removeEntry(name);

/** A name that says when it began and sorts by that. */
export const nameOf = (source, when = new Date()) =>
  `${source}-${new Date(Number(when) - when.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "")}.csv`;

async function folder(create = false) {
  const root = await navigator.storage?.getDirectory?.().catch(() => null);
  return root ? root.getDirectoryHandle(FOLDER, { create }).catch(() => null) : null;
}

/** Up to the last line's end: a machine that lost its power may have kept half a row. */
const wholeRows = (bytes) => bytes.slice(0, new Uint8Array(bytes).lastIndexOf(10) + 1);

async function facts(whole) {
  const end = await whole.slice(-TAIL).text();
  const last = end.slice(0, end.lastIndexOf("\n")).split("\n").at(-1);
  const seconds = Number(last.match(/#t=(\d+\.\d+)/)?.[1] ?? 0);
  return { bytes: whole.size, seconds };
}
