// Names in zips as people pack them: any program's paths, any old encoding; readout/files/zip_names.py and foreign_zip.py
// do the same.

import * as constants from "../../shared/constants.js";

const { NAMES_UNKNOWN: UNKNOWN, NAMES_CODE_PAGES: CODE_PAGES } = constants;
/** @type {any[]} its name, that of browsers, common letters, [first lead byte, last, first second byte, last, half bits] */
const ENCODINGS = constants.NAMES_ENCODINGS;
const SLASH = 0x2f;

/**
 * The names of a zip's entries, of [bytes, whether they are known to be UTF-8], in the encoding that fits all best, and
 * whether that is sure; where it is not they are read as DOS has them.
 * @param {[Uint8Array, boolean][]} names
 */
export function decodedNames(names) {
  const unknown = names.filter(([raw, known]) => !known && raw.some((byte) => byte >= 0x80)).map(([raw]) => raw);
  const { encoding, sure } = encodingOf(unknown);
  return { names: names.map(([raw, known]) => decoded(raw, known ? "utf-8" : encoding)), sure };
}

/** A path with / between its steps, none of them empty or a dot; null where it leads out of its folder. */
export function plainPath(name) {
  const path = name.replaceAll("\\", "/");
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  const leaves = path.startsWith("/") || /^[a-z]:/i.test(path) || /[\0-\x1f]/.test(path);
  return !steps.length || leaves || steps.includes("..") ? null : steps.join("/");
}

function encodingOf(names) {
  const isUsual = (sign) => constants.NAMES_USUAL.some(([low, high]) => low <= sign && sign <= high);
  const unicode = names.map((raw) => textOf(raw, "utf-8"));
  if (unicode.every((text) => text && [...text].every((sign) => isUsual(sign.codePointAt(0)))))
    return { encoding: "utf-8", sure: true };
  const weighed = Uint8Array.from(stepsOf(names).flatMap((step) => [SLASH, ...step]));
  const found = new Map();
  for (const [encoding] of ENCODINGS) {
    if (names.some((raw) => textOf(raw, encoding) === null)) continue;
    const text = decoded(weighed, encoding);
    const halfBits = halfBitsOf(text, encoding) + (constants.NAMES_UNUSUAL[encoding] ?? 0);
    if (!found.has(text)) found.set(text, { halfBits, encoding });
  }
  const [best, second] = [...found.values()].sort((a, b) => a.halfBits - b.halfBits);
  const sure = !second || second.halfBits - best.halfBits >= constants.NAMES_SURE;
  return { encoding: sure ? best.encoding : UNKNOWN, sure };
}

/** The steps of paths that are not of ASCII alone, each once. */
function stepsOf(names) {
  const steps = new Map();
  for (const raw of names) {
    for (let at = 0, end; at <= raw.length; at = end + 1) {
      end = raw.indexOf(SLASH, at);
      if (end < 0) end = raw.length;
      const step = raw.subarray(at, end);
      if (step.some((byte) => byte >= 0x80)) steps.set(step.join(), step);
    }
  }
  return [...steps.values()].slice(0, constants.NAMES_MOST_STEPS);
}

/** How little text is to be expected: less for common letters, words in one alphabet, no capitals inside them. */
function halfBitsOf(text, encoding) {
  const { costs, isLatin, isWide } = costsOf(encoding);
  const [rare, beside] = [constants.NAMES_RARE[isWide], constants.NAMES_BESIDE[isWide]];
  const signs = [...text];
  let [total, before] = [0, "/"];
  signs.forEach((sign, at) => {
    if (sign >= "\x80") {
      const neighbours = [before, signs[at + 1] ?? "/"];
      total += costs.get(sign) ?? rare;
      if (!isLatin) total += beside * neighbours.filter((each) => constants.NAMES_STRANGERS.includes(each)).length;
      else if (before >= "\x80") total += constants.NAMES_IN_A_ROW;
      if (sign !== sign.toLowerCase() && before !== before.toUpperCase()) total += constants.NAMES_CAPITAL_INSIDE;
    }
    before = sign;
  });
  return total;
}

const known = new Map();

/** Half bits by character, whether it is for Latin letters, and 1 where it has characters of two bytes, else 0. */
function costsOf(encoding) {
  if (!known.has(encoding)) {
    const [, , common, ranges] = ENCODINGS.find(([name]) => name === encoding);
    const costs = new Map();
    for (const [first, last, low, high, cost] of ranges) {
      const pairs = [];
      for (let lead = first; lead <= last; lead++)
        for (let second = low; second <= high; second++) pairs.push(lead, second, 0x0a);
      for (const sign of decoded(Uint8Array.from(pairs), encoding).split("\n"))
        if (!costs.has(sign)) costs.set(sign, cost);
    }
    for (const [signs, cost] of [...common].reverse()) for (const sign of signs) costs.set(sign, cost);
    known.set(encoding, {
      costs,
      isLatin: common[0][0] === constants.NAMES_LATIN[0][0],
      isWide: Number(ranges.length > 0),
    });
  }
  return known.get(encoding);
}

/** Text, or null where it is none in this encoding: controls and private characters stand for what is none. */
function textOf(raw, encoding) {
  try {
    const text = decoded(raw, encoding, true);
    return /[\x80-\x9f\ue000-\uf8ff]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

function decoded(raw, encoding, fatal = false) {
  const page = CODE_PAGES[encoding];
  if (page) return Array.from(raw, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : page[byte - 0x80])).join("");
  const label = ENCODINGS.find(([name]) => name === encoding)?.[1] ?? encoding;
  return new TextDecoder(label, { fatal, ignoreBOM: true }).decode(raw);
}
