// Rules as they stand in the editor, texts in fields, and as Python keeps them; see readout/rules/rules.py.

import { RULE_LINKED, RULE_RANGE, RULE_RISING, RULE_STEP } from "../../shared/constants.js";
import { numberOf } from "../../shared/format.js";

/** The kinds of rules about one readout, and their fields. */
const KINDS = { [RULE_RANGE]: ["min", "max"], [RULE_STEP]: ["most"], [RULE_RISING]: [] };

/**
 * The editor's entries for rules: one of each kind for each readout, {kind, readout, on, and its fields as texts}, then the
 * links, {kind: RULE_LINKED, on, terms: {readout: coefficient}, equals, tolerance}. Rules of one kind about one readout beyond
 * the first are kept as they are, {kind: "kept", rule}.
 */
export function entriesOf(rules, readouts) {
  const left = [...rules];
  const take = (kind, readout) => {
    const at = left.findIndex((rule) => rule.kind === kind && rule.readout === readout);
    return at < 0 ? null : left.splice(at, 1)[0];
  };
  const single = readouts.flatMap((readout) =>
    Object.entries(KINDS).map(([kind, fields]) => {
      const rule = take(kind, readout);
      return {
        kind,
        readout,
        on: rule !== null,
        ...Object.fromEntries(fields.map((field) => [field, rule?.[field] === undefined ? "" : plain(rule[field])])),
      };
    }),
  );
  return [
    ...single,
    ...left.map((rule) =>
      rule.kind === RULE_LINKED
        ? {
            kind: RULE_LINKED,
            on: true,
            terms: { ...rule.terms },
            equals: plain(rule.equals),
            tolerance: plain(rule.tolerance ?? 0),
          }
        : { kind: "kept", rule },
    ),
  ];
}

/** The rules that entries state; those not finished yet, `unfinished`, are left out. */
export const rulesOf = (entries) => entries.filter(isStated).map(ruleOf);

/** Which of the rules that entries state is that of entry `at`; -1 where it states none. */
export const indexIn = (entries, at) => (isStated(entries[at]) ? entries.slice(0, at).filter(isStated).length : -1);

const isStated = (entry) => entry.kind === "kept" || (entry.on && !unfinished(entry));

/** What an entry that is on still lacks, in words; "" where it is complete. */
export function unfinished({ kind, on, ...fields }) {
  if (!on || kind === "kept") return "";
  if (kind === RULE_LINKED) {
    if (Object.values(fields.terms).filter(Boolean).length < 2) return "Choose two readouts or more.";
    return number(fields.equals) === null
      ? "Say what it equals, as in 10.00."
      : wrong(fields.tolerance, "The tolerance is a number, as in 0.01.");
  }
  if (kind === RULE_STEP)
    return number(fields.most) === null ? "Say how far it may move from one frame to the next." : "";
  if (kind === RULE_RANGE && !fields.min.trim() && !fields.max.trim())
    return "Give the smallest, the largest, or both.";
  return kind === RULE_RANGE
    ? wrong(fields.min, "The smallest value is a number.") || wrong(fields.max, "The largest value is a number.")
    : "";
}

/** A number as a person writes it, never 1e-7. */
export const plain = (value) => (String(value).includes("e") ? value.toFixed(9).replace(/\.?0+$/, "") : String(value));

function ruleOf(entry) {
  if (entry.kind === "kept") return entry.rule;
  const { kind, readout } = entry;
  if (kind === RULE_RISING) return { kind, readout };
  if (kind === RULE_STEP) return { kind, readout, most: number(entry.most) };
  if (kind === RULE_RANGE) {
    const ends = ["min", "max"].filter((end) => entry[end].trim()).map((end) => [end, number(entry[end])]);
    return { kind, readout, ...Object.fromEntries(ends) };
  }
  const terms = Object.fromEntries(Object.entries(entry.terms).filter(([, factor]) => factor));
  return { kind, terms, equals: number(entry.equals), tolerance: entry.tolerance.trim() ? number(entry.tolerance) : 0 };
}

const number = (text) => numberOf(text.trim().replace(",", "."));
const wrong = (text, words) => (text.trim() && number(text) === null ? words : "");
