// How tables are written, as the user chose it; see Exports._table in readout/workbench/exports.py.

import { signal } from "@preact/signals";

const KEY = "readout-table-options";

/** By name: a label, and the values with their words, the usual one first. */
export const OPTIONS = {
  dialect: {
    label: "CSV",
    choices: {
      comma: "1.5 , 2.5 – decimal point",
      semicolon: "1,5 ; 2,5 – decimal comma",
      tab: "1.5 ⇥ 2.5 – tabs, decimal point",
      "tab-comma": "1,5 ⇥ 2,5 – tabs, decimal comma",
    },
  },
  rows: { label: "A row for", choices: { frame: "each frame", change: "each change", second: "each second" } },
  taken: { label: "Of a second", choices: { last: "the last value", mean: "the mean" } },
  values: {
    label: "Values",
    choices: { all: "all", confirmed: "only confirmed", held: "the last confirmed, held" },
  },
  wide: { label: "Readouts", choices: { no: "a row each", yes: "a column each" } },
  file: { label: "The file", choices: { no: "in the frame's name", yes: "in a column, too" } },
};

const USUAL = {
  ...Object.fromEntries(Object.entries(OPTIONS).map(([name, { choices }]) => [name, Object.keys(choices)[0]])),
  time_of_day: "",
};

/** {dialect, rows, taken, values, wide, file, time_of_day}, remembered in this browser. */
export const tableOptions = signal(remembered());

export function setTableOption(name, value) {
  tableOptions.value = { ...tableOptions.value, [name]: value };
  try {
    localStorage.setItem(KEY, JSON.stringify(tableOptions.value));
  } catch {
    // a browser that keeps nothing still exports
  }
}

/** What Python takes. */
export function shapeOf({ rows, taken, values, wide, file, time_of_day: clock }) {
  return { rows, taken, values, wide: wide === "yes", file: file === "yes", time_of_day: clock };
}

function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const known = Object.entries(USUAL).map(([name, usual]) => {
      const value = kept[name];
      const valid = Object.hasOwn(OPTIONS, name)
        ? Object.hasOwn(OPTIONS[name].choices, value ?? "")
        : typeof value === "string";
      return [name, valid ? value : usual];
    });
    return Object.fromEntries(known);
  } catch {
    return USUAL;
  }
}
