// Numbers, labels and readings as text, and back. Knows no page.

import { BLANK, UNKNOWN } from "./constants.js";

/** The number that a text states, or null: no infinity, no hexadecimal, as readout/readings/reading.py has it. */
export function numberOf(text) {
  const plain = text?.replace(/\p{Nd}/gu, digitOf);
  const number = plain && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(number) ? number : null;
}

/** The value of what a person typed: as Python has `stated` it, by text, else as a plain number; null for none. */
export const typedValue = (text, stated) =>
  text != null && Object.hasOwn(stated, text) ? stated[text] : numberOf(text);

/** A value as people read it in a column of this notation: times as times. */
export function shownValue(value, notation, places) {
  if (notation?.kind === "time") return clock(value, notation.places);
  return notation?.kind === "hex" ? String(value) : value.toFixed(places);
}

/** The value of a digit of any script: their ten follow each other, and blocks of them begin with a zero. */
export function digitOf(digit) {
  const code = digit.codePointAt(0);
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return (code - first) % 10;
}

/** How many there are of something, in words: 1 frame, 1,200 frames. */
export const counted = (count, noun, nouns = `${noun}s`) =>
  `${count.toLocaleString("en")} ${count === 1 ? noun : nouns}`;

/** A share in per cent, rounded down, so that 100.0 is certain. */
export const flooredPercent = (share) => (Math.floor(share * 1000 + 1e-6) / 10).toFixed(1);

/** A reading's text with its blank boxes to be seen. */
export const visible = (text) => text.replaceAll(" ", "␣");

/** Whether a text follows a format, as labels_in in readout/project/document.py has it: a space is a blank box. A window has none. */
export function fits(format, text) {
  if (!format) return text.trim() !== "";
  const [marks, shown] = [[...format], [...text]];
  return (
    marks.length === shown.length &&
    marks.every((mark, k) => (mark === "#" ? shown[k] === " " || shown[k].trim() !== "" : mark === shown[k]))
  );
}

/** What was typed into a field, without spaces around it unless they stand for blank boxes; "" where it is empty. */
export const entered = (format, draft) => (draft.trim() && fits(format, draft) ? draft : draft.trim());

const SIGNS = new Map([
  [BLANK, "␣"],
  [UNKNOWN, "?"],
]);

/** How a label looks in a small place: those that are no character as signs. */
export const sign = (label) => SIGNS.get(label) ?? label;

/** The value as text, filled up with spaces as wide as digits so that right-aligned ones meet at the point. */
export function onThePoint(text, value, places, notation = null) {
  if (Number.isNaN(value)) return "";
  if (notation?.kind === "time") return clock(value, places);
  if (notation?.factors) return String(value);
  const point = text.lastIndexOf(notation?.decimal ?? ".");
  const own = point < 0 ? 0 : Math.min(places, text.slice(point + 1).replace(/\D/g, "").length);
  return value.toFixed(own) + (own < places ? (own ? "" : "\u2008") + "\u2007".repeat(places - own) : "");
}

/** A share as people read it; never 100 % of what is not certain. */
export const percent = (share) =>
  `${share > 0.99 ? (Math.floor(Math.min(share, 0.9999) * 1000) / 10).toFixed(1) : Math.round(share * 100)} %`;

/** Seconds as people read them: 0:07, 1:02:03, with `digits` after the point. */
export function clock(seconds, digits = 0) {
  const whole = Number(Math.abs(seconds).toFixed(digits));
  const rest = (whole % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  const minutes = Math.floor(whole / 60);
  const text =
    minutes < 60
      ? `${minutes}:${rest}`
      : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
  return seconds < 0 && whole ? `−${text}` : text;
}

/** So many bytes in megabytes. */
export const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
