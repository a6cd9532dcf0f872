import { html } from "htm/preact";

/** What a readout's texts can be stated to mean, by name; see Meaning in readout/layout/meaning.py. */
const MEANINGS = {
  guess: { words: "guessed", kind: null, decimal: null, units: null },
  point: { words: "number, decimal point", kind: "number", decimal: ".", units: null },
  comma: { words: "number, decimal comma", kind: "number", decimal: ",", units: null },
  scale: { words: "number, times k, M, µ, m, %", kind: "number", decimal: null, units: "scale" },
  aside: { words: "number, units set aside", kind: "number", decimal: null, units: "aside" },
  time: { words: "time, in seconds", kind: "time", decimal: null, units: null },
  hex: { words: "hexadecimal", kind: "hex", decimal: null, units: null },
  text: { words: "text, no value", kind: "text", decimal: null, units: null },
};

/** What a readout's texts are taken for, to be stated otherwise. `words`: what is guessed. `change` takes {kind, decimal, units}. */
export function KindSelect({ readout, words, change }) {
  const { kind = null, decimal = null, units = null } = readout;
  const stated = (each) =>
    (each.kind ?? null) === kind && (each.decimal ?? null) === decimal && (each.units ?? null) === units;
  const name = Object.keys(MEANINGS).find((each) => stated(MEANINGS[each]));
  const onChange = ({ target }) => {
    const { words: _, ...meaning } = MEANINGS[target.value];
    change(meaning);
  };
  return html`<label class="kind"><span>Values</span><select aria-label=${`Values of ${readout.name}`} value=${name ?? "own"} onChange=${onChange}>
    ${name ? "" : html`<option value="own">${[kind, decimal, units].filter(Boolean).join(" ")}</option>`}
    ${Object.entries(MEANINGS).map(([each, { words: said }]) => html`<option key=${each} value=${each} selected=${each === name}>${each === "guess" && words && name === "guess" ? `guessed: ${words}` : said}</option>`)}
  </select></label>`;
}
