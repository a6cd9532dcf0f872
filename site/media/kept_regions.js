// Regions of frames in this browser's database, stored and found by the workers that have their pixels; see projects_db.js.
//
//   regions    [id, frame]   {readout: region}, each with its `rgba`, or of a video's frame its planes as `data`

/** The database, of projects_db.js, as it is: this makes none. */
const NAME = "readout";

let connection = null;
/** The name of the error for which regions were not stored, since that was asked last. */
let refused = null;

function open() {
  connection ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME);
    request.onupgradeneeded = () => request.transaction.abort(); // there was none
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = request.result.onclose = close;
      resolve(request.result);
    };
  });
  connection.catch(() => (connection = null));
  return connection;
}

async function close() {
  const closing = connection;
  connection = null;
  (await closing)?.close();
}

/** What `work(stores)` gives of the last request, once all of it is done; rejects where nothing was. */
async function transaction(names, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const tx = database.transaction(names, mode);
    let value;
    tx.oncomplete = () => resolve(value);
    tx.onabort = () => reject(tx.error);
    work(...names.map((name) => tx.objectStore(name)), (result) => (value = result));
  });
}

/**
 * Store regions of a frame by their readouts, beside those of other readouts. `place`: {project, frame}. Regions that
 * belong to no readout are passed over. The pixels are copied before this returns. See `lastRefusal`.
 */
export function keepRegions({ project, frame }, regions) {
  const mine = regions.filter(({ readout }) => readout !== undefined);
  if (!mine.some(({ readout }) => readout)) return;
  const given = Object.fromEntries(mine.map(({ readout, ...region }) => [readout, copied(region)]));
  transaction(["projects", "regions"], "readwrite", (projects, kept) => {
    projects.getKey(project).onsuccess = ({ target: { result: exists } }) => {
      if (exists === undefined) return; // deleted meanwhile
      kept.get([project, frame]).onsuccess = ({ target: { result: before } }) =>
        kept.put({ ...before, ...given }, [project, frame]);
    };
  }).catch((error) => (refused = error?.name ?? "AbortError"));
}

/** The name of the error for which regions could not be stored since the last call, or null. */
export function lastRefusal() {
  const name = refused;
  refused = null;
  return name;
}

/** Regions {x, y, width, height, …} of a frame out of those that are kept, with their pixels; null where some are not. */
export async function findRegions({ project, frame }, regions) {
  const found = await transaction(["regions"], "readonly", (kept, tell) => {
    kept.get([project, frame]).onsuccess = ({ target: { result } }) => tell(result);
  }).catch(() => null);
  const kept = Object.values(found ?? {});
  const cut = regions.map((region) => {
    const outer = kept.find((each) => (each.rgba ? holds(each, region) : equal(each, region)));
    return outer && cutOut(outer, region);
  });
  return cut.every(Boolean) ? cut : null;
}

/** @param {any} region @returns {any} */
const copied = ({ rgba, data, ...region }) => ({
  ...region,
  ...(rgba ? { rgba: rgba.slice() } : { data: data.slice() }),
});

const holds = (outer, { x, y, width, height }) =>
  x >= outer.x && y >= outer.y && x + width <= outer.x + outer.width && y + height <= outer.y + outer.height;

const equal = (one, other) => ["x", "y", "width", "height"].every((side) => one[side] === other[side]);

/** A region's pixels out of a larger one. */
function cutOut(outer, region) {
  if (!outer.rgba) return { ...outer, ...region };
  const { x, y, width, height } = region;
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++) {
    const start = ((y - outer.y + row) * outer.width + x - outer.x) * 4;
    rgba.set(outer.rgba.subarray(start, start + width * 4), row * width * 4);
  }
  return { ...region, rgba };
}
