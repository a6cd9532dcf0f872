// Names in zips as people pack them: any program's paths, any old encoding; readout/files/foreign_zip.py does the same.

/**
 * Encodings, how plausible bytes are in each: the share of characters that are common, times a weight for ties. `lead`: what
 * common characters begin with, JIS X 0208 rows 1-8 and level 1, GB 2312 level 1, KS X 1001; `next` their second byte;
 * of `alone`, bytes that stand between ASCII or beside a letter of it, as in Größe.
 */
const ENCODINGS = [
  { name: "shift_jis", weight: 0.99, lead: [[0x81, 0x84], [0x88, 0x97]], next: [0x40, 0xfc] },
  { name: "gb18030", weight: 0.98, lead: [[0xa1, 0xa3], [0xb0, 0xd7]], next: [0xa1, 0xfe] },
  { name: "euc-kr", weight: 0.97, longer: 0.985, lead: [[0xb0, 0xc8]], next: [0xa1, 0xfe] },
  { name: "ibm866", weight: 0.9, lead: [[0x80, 0xaf], [0xe0, 0xf1]] },
  { name: "windows-1252", weight: 1.01, lead: [[0xc0, 0xff]], alone: true },
  { name: "cp437", weight: 1.02, lead: [[0x80, 0xa8], [0xe1, 0xe1]], alone: true },
]; // prettier-ignore
/** Hangul lies inside GB 2312: it takes four syllables to tell them apart. */
const LONG = 8;
/** What stands at 0x80 and above in IBM's code page 437, which no browser decodes. */
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

/**
 * The names of a zip's entries, of [bytes, whether they are said to be UTF-8], in the encoding that fits all best.
 * @param {[Uint8Array, boolean][]} names
 */
export function decodedNames(names) {
  const unknown = names.filter(([raw, known]) => !known && raw.some((byte) => byte >= 0x80)).map(([raw]) => raw);
  const encoding = unknown.length ? encodingOf(unknown) : "utf-8";
  return names.map(([raw, known]) => text(raw, known ? "utf-8" : encoding));
}

/** A path with / between its steps, none of them empty or a dot; null where it leads out of its folder. */
export function plainPath(name) {
  const path = name.replaceAll("\\", "/");
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  const leaves = path.startsWith("/") || /^[a-z]:/i.test(path) || /[\0-\x1f]/.test(path);
  return !steps.length || leaves || steps.includes("..") ? null : steps.join("/");
}

function encodingOf(names) {
  if (names.every((raw) => decodes(raw, "utf-8"))) return "utf-8";
  const together = Uint8Array.from(names.flatMap((raw) => [0x2f, ...raw]));
  const beyond = together.filter((byte) => byte >= 0x80).length;
  let [best, most] = ["cp437", -1];
  for (const encoding of ENCODINGS) {
    if (!names.every((raw) => decodes(raw, encoding.name))) continue;
    const weight = beyond >= LONG && encoding.longer ? encoding.longer : encoding.weight;
    const score = Math.round(1000 * weight * share(together, encoding));
    if (score > most) [best, most] = [encoding.name, score];
  }
  return best;
}

/**
 * The share of characters beyond ASCII that are common in an encoding.
 * @param {Uint8Array} raw @param {{lead: number[][], next?: number[], alone?: boolean}} encoding
 */
function share(raw, { lead, next, alone }) {
  let [good, every] = [0, 0];
  for (let at = 0; at < raw.length; at++) {
    if (raw[at] < 0x80) continue;
    let fits = lead.some(([low, high]) => raw[at] >= low && raw[at] <= high);
    if (next) {
      const second = raw[at + 1] ?? 0;
      fits = fits && second >= next[0] && second <= next[1] && second !== 0x7f;
      at++;
    } else if (alone) {
      const beside = [raw[at - 1], raw[at + 1]].filter((byte) => byte !== undefined);
      fits = fits && (beside.every((byte) => byte < 0x80) || beside.some(isLetter));
    }
    every++;
    if (fits) good++;
  }
  return every ? good / every : 0;
}

const isLetter = (byte) => /[a-z]/i.test(String.fromCharCode(byte));

function decodes(raw, encoding) {
  if (encoding === "cp437") return true;
  try {
    new TextDecoder(encoding, { fatal: true }).decode(raw);
    return true;
  } catch {
    return false;
  }
}

function text(raw, encoding) {
  if (encoding !== "cp437") return new TextDecoder(encoding, { ignoreBOM: true }).decode(raw);
  return Array.from(raw, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : CP437[byte - 0x80])).join("");
}
