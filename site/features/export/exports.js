// Writing files for the user to keep.

import { bytesOf } from "../../runtime/parts.js";
import { markExported } from "../../session/persistence.js";
import { settled } from "../../session/edits.js";
import { call, revived } from "../../session/python.js";
import { clipFacts } from "../../session/video_facts.js";
import { BACKBONES, LINES } from "../../shared/backbones.js";
import { PROJECT_SUFFIX } from "../../shared/constants.js";
import { download } from "../../shared/download.js";
import { notify, openNow, readouts, store } from "../../state/store.js";
import { pictureOf } from "./picture.js";
import { shapeOf, tableOptions } from "./table_options.js";
import { locale } from "../../shared/locale.js";

/** What can be exported, by name: `needs` says what there has to be. */
export const EXPORTS = {
  csv: {
    title: "CSV",
    what: "One row for each frame and number: what was read, its value, how sure it is, what you typed, what a rule would repair. Safe for spreadsheets.",
    needs: "readings",
  },
  excel: {
    title: "Excel",
    what: "The table as it is chosen above, as an .xlsx with numbers as numbers.",
    needs: "readings",
  },
  svg: { title: "Chart (SVG)", what: "The values over time, a panel for each number. Prints well.", needs: "readings" },
  png: { title: "Chart (PNG)", what: "The same as a picture.", needs: "readings" },
  json: { title: "JSON", what: "The same rows with the settings that made them, for programs.", needs: "readings" },
  lines: { title: "JSON Lines", what: "The table as it is chosen above, an object a line.", needs: "readings" },
  settings: {
    title: "Settings",
    what: "The side file of the CSV: backbone, layout, rules, examples, and what every column means.",
    needs: "readings",
  },
  report: {
    title: "Audit report",
    what: "One page of HTML with the crop beside every number, doubtful ones first. Opens anywhere, prints well.",
    needs: "readings",
  },
  project: {
    title: "Project",
    what: `Everything in one ${PROJECT_SUFFIX}: crops, labels, layout, rules, head. Opens here again, and with the command line.`,
    needs: "",
  },
  classifier: {
    title: "Classifier",
    what: "The trained network as one ONNX file, backbone and head joined, for your own programs.",
    needs: "readings",
  },
  example: {
    title: "Example program",
    what: "A few lines of Python that run the classifier on a picture of a digit, or of a window.",
    needs: "readings",
  },
};

const WRITERS = {
  csv: async () => ["readings.csv", "text/csv", await table(tableOptions.value.dialect)],
  lines: async () => ["readings.jsonl", "application/jsonl", await take("json_lines", shapeOf(tableOptions.value))],
  excel: async () => [
    "readings.xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    await take("excel", shapeOf(tableOptions.value)),
  ],
  svg: async () => ["chart.svg", "image/svg+xml", await chart()],
  png: async () => ["chart.png", "image/png", await pictureOf(await chart())],
  json: async () => ["readings.json", "application/json", await take("json", stamp())],
  settings: async () => ["settings.json", "application/json", await take("settings", stamp())],
  report: async () => [
    "report.html",
    "text/html",
    await take("audit_report", { title: store.project.value.name, ...stamp() }),
  ],
  project: async () => [
    PROJECT_SUFFIX,
    "application/zip",
    await take("save", { name: store.project.value.name, clips: clipFacts(store.clips.value) }),
  ],
  classifier: async () => ["classifier.onnx", "application/octet-stream", await take("classifier", await model())],
  example: async () => ["classifier.py", "text/x-python", await take("example", { card: (await model()).card })],
};

const take = (method, args) => call(method, args, { namespace: "exports" });
const table = (dialect) => take("csv", { dialect, ...shapeOf(tableOptions.value) });
const chart = () => take("chart", { title: store.project.value.name });
const stamp = () => ({ when: new Date().toISOString() });

/** Copy the table as text with tabs, numbers with the decimals of the user's language: spreadsheets take it so. */
export async function copyTable() {
  await settled();
  const text = await table((1.5).toLocaleString(locale).includes(",") ? "tab-comma" : "tab");
  await navigator.clipboard.writeText(text);
  notify(`${(text.split("\n").length - 2).toLocaleString("en")} rows are copied. Paste them into a spreadsheet.`);
}

/** Write one of EXPORTS and hand it to the browser's downloads, unless another project was opened meanwhile. */
export async function exportFile(name) {
  const isOpen = openNow();
  const written = async () => {
    await revived;
    await settled(); // no half of a table
    return WRITERS[name]();
  };
  const [ending, type, content] = await written().catch((error) => {
    if (error.name !== "WorkerError") throw error;
    return written(); // Python has ended meanwhile
  });
  if (!isOpen()) return notify("Another project was opened meanwhile, so nothing was written.", "error");
  const title = store.project.value.name.replace(/[^\p{L}\p{N} ._-]+/gu, "").trim() || "readout";
  download(`${title}${ending.startsWith(".") ? "" : "-"}${ending}`, new Blob([content], { type }));
  if (name === "project") markExported();
}

/** The file and the card of what reads the project: of windows, where there is nothing else. */
async function model() {
  const windows = readouts.value.length && readouts.value.every(({ window }) => window);
  const file = `models/${(windows ? LINES : BACKBONES[store.backbone.value]).model}`;
  const [bytes, card] = await Promise.all([bytesOf(`${file}.onnx`), bytesOf(`${file}.json`)]);
  return { model: new Uint8Array(bytes), card: new TextDecoder().decode(card) };
}
