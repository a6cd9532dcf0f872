// Names that people choose may be those of properties that every object has; languages may be none.

import assert from "node:assert/strict";
import test from "node:test";
import { own, setOwn } from "../../site/shared/own.js";
import { takeRows } from "../../site/state/columns.js";

const NAMES = ["constructor", "__proto__", "toString", "top"];

/** A module of its own, in a browser that states this language. */
async function localeIn(language) {
  Object.defineProperty(globalThis, "navigator", { value: { language }, configurable: true });
  const { locale, timeText } = await import(`../../site/shared/locale.js?${language}`);
  return { locale, stated: globalThis.navigator.language, text: timeText(0, { dateStyle: "medium" }) };
}

for (const name of NAMES)
  test(`an empty object has nothing of the name ${name}, and then what was set`, () => {
    const object = {};
    assert.equal(own(object, name), undefined);
    setOwn(object, name, 7);
    assert.equal(own(object, name), 7);
    assert.deepEqual(Object.keys(object), [name]);
    assert.equal(Object.getPrototypeOf(object), Object.prototype);
  });

for (const readout of NAMES)
  test(`a readout named ${readout} has its readings`, () => {
    const readings = {};
    const part = { rows: [1], texts: "25", values: [25], confidence: [1], flags: [0], confirmed: [0], left_out: [] };
    takeRows(readings, [{ readout, ...part, notation: { places: 0 } }], 2);
    assert.deepEqual(own(readings, readout).texts, ["", "25"]);
  });

test("a language that Intl refuses is replaced, and uPlot is not told of it either", async () => {
  for (const language of ["C", "", undefined, "en_US.UTF-8"]) {
    const { locale, stated, text } = await localeIn(language);
    assert.deepEqual([locale, stated], ["en", "en"]);
    assert.match(text, /1970|1969/);
  }
});

test("any other is left as it is", async () => {
  const { locale, stated } = await localeIn("de-AT");
  assert.deepEqual([locale, stated], ["de-AT", "de-AT"]);
});
