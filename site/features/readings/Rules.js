import { html } from "htm/preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { setRules } from "../../session/edits.js";
import { Field } from "../../shared/Field.js";
import { RULE_LINKED, RULE_RANGE, RULE_RISING, RULE_STEP } from "../../shared/constants.js";
import { store, readouts } from "../../state/store.js";
import { entriesOf, indexIn, rulesOf, unfinished } from "./rule_form.js";
import { setTableView } from "./table_state.js";
import { own } from "../../shared/own.js";
import { counted } from "../../shared/format.js";

const TITLES = { [RULE_RANGE]: "Range", [RULE_STEP]: "Largest step", [RULE_RISING]: "Only rising" };
const DOES = {
  [RULE_RANGE]: "Flags what lies outside; both ends are allowed.",
  [RULE_STEP]:
    "Flags a reading further from the one before. Over frames that show nothing it may move as much for each of them.",
  [RULE_RISING]: "Flags a reading that is below the one before. For counters and clocks.",
  [RULE_LINKED]: "Flags the readings of a frame that do not add up.",
};
const SIGNS = { 1: "+", 0: "not in it", "-1": "−" };

/** What a person knows about the numbers, per readout, all off at first. Complete rules take effect as they are typed. */
export function Rules() {
  const { rules } = store.state.value;
  const names = readouts.value.map(({ name }) => name);
  const [entries, setEntries] = useState(() => entriesOf(rules, names));
  const [error, setError] = useState("");
  const latest = useRef(entries); // the next change may come before this one is drawn
  const sent = useRef(JSON.stringify(rules));
  const sending = useRef(0);
  const put = (next) => setEntries((latest.current = next));
  useLayoutEffect(() => {
    if (sending.current || JSON.stringify(rules) === sent.current) return;
    sent.current = JSON.stringify(rules);
    put(entriesOf(rules, names)); // undo, or another project
  }, [rules]);
  useLayoutEffect(() => put(entriesOf(rules, names)), [names.join("\n")]);

  const change = async (at, news) => {
    put(
      news
        ? latest.current.map((entry, k) => (k === at ? { ...entry, ...news } : entry))
        : latest.current.filter((_, k) => k !== at),
    );
    const stated = rulesOf(latest.current);
    if (JSON.stringify(stated) === sent.current) return;
    sent.current = JSON.stringify(stated);
    setError("");
    sending.current++;
    try {
      await setRules(stated);
    } catch (problem) {
      sent.current = JSON.stringify(store.state.value.rules);
      setError(problem.message);
    } finally {
      sending.current--;
    }
  };
  const link = () => {
    const [first, second] = names;
    put([
      ...latest.current,
      { kind: RULE_LINKED, on: true, terms: { [first]: 1, [second]: -1 }, equals: "", tolerance: "" },
    ]);
  };
  const row = (entry, at) =>
    html`<${One} key=${at} entry=${entry} id=${store.state.value.rule_ids[indexIn(entries, at)]} names=${names} change=${(news) => change(at, news)} />`;
  const numbered = entries.map((entry, at) => [entry, at]);
  return html`<details class="rules" open=${rules.length > 0}>
    <summary><h3>Rules</h3> <span class="quiet">${summary()}</span></summary>
    <p class="quiet">State what the numbers can do; readings that break a rule are flagged. Where the pictures allow a text that keeps the rule, it stands beside the reading
      as <em>repaired</em>, with the reason. What was read is never overwritten, and what you typed is certain. All rules are weighed over the whole sequence: one bad value does not spoil the next.</p>
    ${error && html`<p class="error" role="alert">${error}</p>`}
    <div class="rule-columns">${names.map(
      (name) => html`<fieldset key=${name}><legend>${name}</legend>
      ${numbered.filter(([entry]) => entry.readout === name).map(([entry, at]) => row(entry, at))}</fieldset>`,
    )}
      ${
        names.length > 1
          ? html`<fieldset><legend>Linked readouts</legend>
        ${numbered.filter(([{ kind }]) => kind === RULE_LINKED).map(([entry, at]) => row(entry, at))}
        <button type="button" class="small" onClick=${link}>Link readouts</button></fieldset>`
          : ""
      }
    </div>
    ${numbered.filter(([{ kind }]) => kind === "kept").map(([{ rule }, at]) => html`<p key=${at}>Another rule, <code>${JSON.stringify(rule)}</code> <button class="small" onClick=${() => change(at, null)}>Remove</button></p>`)}
  </details>`;
}

function One({ entry, id, names, change }) {
  const { kind, on } = entry;
  const lack = unfinished(entry);
  const found = on && !lack && id ? count(entry, id) : null;
  const hint = lack || (on ? "" : DOES[kind]);
  return html`<div class="rule">
    ${
      kind === RULE_LINKED
        ? html`<${Link} entry=${entry} names=${names} change=${change} />`
        : html`<label class="switch"><input type="checkbox" checked=${on}
      onChange=${(event) => change({ on: event.target.checked })} /> ${TITLES[kind]}</label>${on && html`<${Ends} entry=${entry} change=${change} />`}`
    }
    <p class=${lack ? "lacking" : "quiet"}>${hint}${found && html`<span class="number">${words(found)}</span>${found.flags ? html` <button class="link" onClick=${() => setTableView({ filter: "flagged" })}>Show flagged</button>` : ""}`}</p>
  </div>`;
}

function Ends({ entry, change }) {
  if (entry.kind === RULE_RANGE)
    return html`<span class="ends"><${Amount} label="from" entry=${entry} field="min" change=${change} /><${Amount} label="to" entry=${entry} field="max" change=${change} /></span>`;
  if (entry.kind === RULE_STEP)
    return html`<span class="ends"><${Amount} label="at most" entry=${entry} field="most" change=${change} /> from frame to frame</span>`;
  return null;
}

function Link({ entry, names, change }) {
  const terms = names.map(
    (
      name,
    ) => html`<label key=${name}><select aria-label=${`Sign of ${name}`} value=${String(Math.sign(own(entry.terms, name) ?? 0))}
    onChange=${(event) => change({ terms: { ...entry.terms, [name]: Number(event.target.value) * Math.abs(own(entry.terms, name) || 1) } })}>
      ${["1", "-1", "0"].map((sign) => html`<option key=${sign} value=${sign}>${SIGNS[sign]}</option>`)}</select> ${name}</label>`,
  );
  return html`<div class="ends">${terms}<${Amount} label="=" words="equals" entry=${entry} field="equals" change=${change} />
    <${Amount} label="within" words="within a tolerance of" entry=${entry} field="tolerance" change=${change} placeholder="0" />
    <button type="button" class="small" onClick=${() => change(null)}>Remove</button></div>`;
}

/** A field for a number; the rule takes effect when it is left, or at Enter. */
function Amount({ label, words = label, entry, field, change, placeholder }) {
  return html`<label>${label} <${Field} class="number" inputmode="decimal" autocomplete="off" value=${entry[field]} placeholder=${placeholder}
    aria-label=${`${entry.readout ?? "linked readouts"}, ${words}`} enter=${({ value }) => change({ [field]: value })} /></label>`;
}

/** How many readings the rule of that id flags, and for how many it is why they were repaired. */
function count(entry, id) {
  let [flags, repairs] = [0, 0];
  for (const readout of entry.readout ? [entry.readout] : Object.keys(entry.terms)) {
    const found = own(store.findings.value, readout);
    for (const rules of found?.flags.values() ?? []) if (rules.some(({ rule }) => rule === id)) flags++;
    for (const { rule } of found?.repairs.values() ?? []) if (rule === id) repairs++;
  }
  return { flags, repairs };
}

const words = ({ flags, repairs }) =>
  flags
    ? `Flags ${counted(flags, "reading")}; ${repairs ? `${repairs.toLocaleString("en")} repaired.` : "none could be repaired."}`
    : "All readings keep it.";

function summary() {
  const { rules } = store.state.value;
  if (!rules.length) return "none yet: nothing is flagged or repaired by a rule";
  const found = Object.values(store.findings.value);
  const flags = found.reduce((sum, each) => sum + each.flags.size, 0);
  const repairs = found.reduce((sum, each) => sum + each.repairs.size, 0);
  return `${counted(rules.length, "rule")}, ${counted(flags, "reading")} flagged, ${repairs.toLocaleString("en")} repaired`;
}
