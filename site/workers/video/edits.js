// Edit lists: which parts of an MP4's or MOV's track are shown, and when. ISO/IEC 14496-12, 8.6.6.

/** An index larger than this is not looked through. */
const MOST_BYTES = 256 << 20;

/** @typedef {{start: number, duration: number, media: number}} Edit in seconds: of the movie, and of the track's own clock */

/**
 * {edits: Edit[], offset} of a track by its number in the file: its parts that show something, and what the media library
 * takes off its times, in seconds; null where it has no edit list.
 * @param {Blob} file @param {number} id
 */
export async function editsOf(file, id) {
  const moov = await index(file);
  if (!moov) return null;
  const header = boxes(moov).find(({ type }) => type === "mvhd");
  const trak = boxes(moov).find(({ type, view }) => type === "trak" && numberOf(view) === id);
  if (!header || !trak) return null;
  const list = inside(trak.view, "edts", "elst");
  const media = inside(trak.view, "mdia", "mdhd");
  if (!list || !media) return null;
  return parsed(list, timescale(header.view), timescale(media));
}

function parsed(list, movie, track) {
  const long = list.getUint8(0) === 1;
  const [count, size] = [list.getUint32(4), long ? 20 : 12];
  const edits = [];
  let [at, offset] = [0, null];
  for (let k = 0; k < count && 8 + (k + 1) * size <= list.byteLength; k++) {
    const place = 8 + k * size;
    const duration = long ? Number(list.getBigUint64(place)) : list.getUint32(place);
    const begin = long ? Number(list.getBigInt64(place + 8)) : list.getInt32(place + 4);
    if (begin >= 0) {
      offset ??= (begin - Math.round((at / movie) * track)) / track;
      edits.push({ start: at / movie, duration: duration ? duration / movie : Infinity, media: begin / track });
    }
    at += duration;
  }
  return edits.length ? { edits, offset } : null;
}

/**
 * Packets as they are played, edit after edit: {entries: [{packet, edit, time, hidden}]}, `packet` its place as stored, `time`
 * in seconds of the movie. Of each edit the first picture that begins in it is shown at its beginning, as libav has it.
 * @param {number[]} times of packets as stored, on the track's own clock @param {number[]} keys @param {Edit[]} edits
 */
export function played(times, keys, edits) {
  const entries = [];
  for (const [edit, { start, duration, media }] of edits.entries()) {
    const isShown = times.map((time) => time >= media - TOLERANCE && time < media + duration - TOLERANCE);
    const first = isShown.indexOf(true);
    if (first < 0) continue;
    const zero = times.reduce((least, time, k) => (isShown[k] && time < least ? time : least), Infinity);
    let from = keys.findLast((key) => key <= first) ?? first;
    if (times[first] < times[from]) from = keys.findLast((key) => key < from) ?? from; // it leans on the group before
    for (let packet = from; packet <= isShown.lastIndexOf(true); packet++)
      entries.push({ packet, edit, time: start + times[packet] - zero, hidden: !isShown[packet] });
  }
  return entries;
}

const TOLERANCE = 1e-6;

/**
 * Whether pictures of a track lie in the index, and others in fragments behind: the media library reads the first ones alone.
 * @param {Blob} file @param {number} id
 */
export async function hasTwoIndices(file, id) {
  const moov = (await outermost(file, "moof")) && (await index(file));
  const trak = moov && boxes(moov).find(({ type, view }) => type === "trak" && numberOf(view) === id);
  const sizes = trak && inside(trak.view, "mdia", "minf", "stbl", "stsz");
  return Boolean(sizes && sizes.byteLength >= 12 && sizes.getUint32(8));
}

/** A DataView of what is in the box with the index; null where there is none. */
async function index(file) {
  const moov = await outermost(file, "moov");
  return moov && moov.size <= MOST_BYTES ? new DataView(await moov.arrayBuffer()) : null;
}

/** What is in the first of a file's outermost boxes of a type, a Blob; null where there is none. */
export async function outermost(file, type) {
  for (let at = 0; at + 8 <= file.size;) {
    const head = new DataView(await file.slice(at, at + 16).arrayBuffer());
    const small = head.getUint32(0);
    const size = small === 1 && head.byteLength === 16 ? Number(head.getBigUint64(8)) : small;
    if (typeOf(head, 0) === type) return file.slice(at + (small === 1 ? 16 : 8), at + size);
    if (size < 8) return null;
    at += size;
  }
  return null;
}

/** The boxes in a box: [{type, view}]. */
function boxes(view) {
  const found = [];
  for (let at = 0; at + 8 <= view.byteLength;) {
    const size = view.getUint32(at) || view.byteLength - at;
    if (size < 8 || at + size > view.byteLength) break;
    found.push({ type: typeOf(view, at), view: new DataView(view.buffer, view.byteOffset + at + 8, size - 8) });
    at += size;
  }
  return found;
}

const inside = (view, ...path) =>
  path.reduce((outer, wanted) => outer && boxes(outer).find(({ type }) => type === wanted)?.view, view);

const typeOf = (view, at) => String.fromCharCode(...[4, 5, 6, 7].map((k) => view.getUint8(at + k)));
/** Units a second, of mvhd or mdhd. */
const timescale = (view) => view.getUint32(view.getUint8(0) === 1 ? 20 : 12);

/** The number of a track. */
function numberOf(trak) {
  const header = inside(trak, "tkhd");
  return header ? header.getUint32(header.getUint8(0) === 1 ? 20 : 12) : -1;
}
