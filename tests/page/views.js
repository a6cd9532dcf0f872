// What tests look up in the page, and do to it, beyond what Playwright offers.

/** What axe finds wrong in a part of the page, or all of it: [[rule, [HTML of each place]]]. */
export async function violations(where) {
  const found = await window.axe.run(where ?? document);
  return found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}

/** The colour behind an element's text. */
export const ground = (element) => getComputedStyle(element).backgroundColor;

/** The RGBA bytes of a canvas. */
export const pixels = (canvas) => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];

export function countColours(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}

/** Where a canvas is first painted, in shares of its size. */
export function firstPainted(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const at = data.findIndex((value, k) => k % 4 === 3 && value > 90) >> 2;
  return [(at % width) / width, Math.floor(at / width) / height];
}

/** Whether the previews of all frames are drawn. */
export function previewsAreDrawn() {
  const canvases = [...document.querySelectorAll(".frame-grid canvas")];
  return canvases.every(
    (canvas) => canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3] > 0,
  );
}

/** Left and top edge of the whole frame on the stage, and its scale. */
export function frameOnStage() {
  const stage = document.querySelector(".stage").getBoundingClientRect();
  const scale = Math.min(stage.width / 1024, stage.height / 768);
  return [stage.left + stage.width / 2 - 512 * scale, stage.top + stage.height / 2 - 384 * scale, scale];
}

export function scrollTo(box, top) {
  box.scrollTop = top;
  return new Promise(requestAnimationFrame);
}

/** The rows of the table that are drawn, by their index: {frame, cells: [[readout and part, text]]}. */
export function drawnRows() {
  const cell = ({ dataset, className, title, textContent }) => [
    `${dataset.readout} ${className.split(" ")[0]}`,
    className.startsWith("flags") ? title : textContent,
  ];
  const rows = [...document.querySelectorAll(".readings tbody tr[data-row]")].map((row) => [
    row.getAttribute("aria-rowindex"),
    { frame: row.querySelector("th").textContent, cells: [...row.querySelectorAll("td")].map(cell) },
  ]);
  return Object.fromEntries(rows);
}

/** Where on the page the chart has painted the line of series `of` at a row, from the colours of its canvas; or null. */
export function seriesPixel([row, count, of]) {
  const over = document.querySelector(".u-over").getBoundingClientRect();
  const canvas = document.querySelector(".plot canvas");
  const around = canvas.getBoundingClientRect();
  const scale = canvas.width / around.width;
  const x = over.left + (over.width * row) / (count - 1);
  const colour = getComputedStyle(document.documentElement).getPropertyValue(`--series-${of}`).trim();
  const wanted = colour.match(/\w\w/g).map((part) => parseInt(part, 16));
  const context = canvas.getContext("2d");
  for (let y = over.top; y < over.bottom; y += 0.5) {
    const [left, top] = [(x - around.left) * scale, (y - around.top) * scale].map(Math.round);
    const [r, g, b] = context.getImageData(left, top, 1, 1).data;
    if (Math.hypot(r - wanted[0], g - wanted[1], b - wanted[2]) < 30) return [x, y];
  }
  return null;
}

/** Sets both ends of the top's range, the second before the first is drawn. */
export function setBothEnds() {
  for (const [end, value] of [
    ["from", "90"],
    ["to", "20"],
  ]) {
    const field = document.querySelector(`[aria-label="top, ${end}"]`);
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

const database = () =>
  new Promise((done) => {
    const asked = indexedDB.open("readout");
    asked.onsuccess = () => done(asked.result);
  });

/** Forgets the copies of clips, as a browser does that needs the room. */
export async function forgetClips() {
  const opened = await database();
  const tx = opened.transaction(["clipfiles"], "readwrite");
  tx.objectStore("clipfiles").clear();
  await new Promise((done) => (tx.oncomplete = done));
  opened.close();
}

/** How many chunks of clips are kept. */
export async function countChunks() {
  const opened = await database();
  const asked = opened.transaction("chunks").objectStore("chunks").count();
  await new Promise((done) => (asked.onsuccess = done));
  opened.close();
  return asked.result;
}

/** Files, [[name, base64]], as a person carries them to the page. */
function carried(files) {
  const data = new DataTransfer();
  for (const [name, text] of files)
    data.items.add(new File([Uint8Array.from(atob(text), (character) => character.charCodeAt(0))], name));
  return data;
}

/** Drops files, [[name, base64]], on the page. */
export const dropFiles = (files) =>
  void document.body.dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: carried(files) }),
  );

/** Brings files, [[name, base64]], as those who pick them do. */
export function bringFiles(files) {
  const data = carried(files);
  const input = document.querySelector(".bench-frames input[multiple]");
  input.files = data.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** How many bytes of recordings are on the disk. */
export async function recordedBytes() {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("recordings", { create: true });
  let size = 0;
  for await (const handle of folder.values()) size += (await handle.getFile()).size;
  return size;
}

/** Whether a recording that grows has that many rows. */
export function hasRecorded(rows) {
  const [, found] = document.querySelector(".live-growing")?.textContent.match(/, ([\d,]+) rows/) ?? [];
  return Number(found?.replace(",", "")) >= rows;
}

/** Keeps the track of a preview whose name has `label`; falsy until there is one. */
export function noteTrack(label) {
  const [track] = document.querySelector(".live-preview video")?.srcObject?.getTracks() ?? [];
  return track?.label.includes(label) && window.tracks.push(track);
}

/** Move the selected box often, then press a button while most of these edits wait for Python. */
export function moveThenPress(button) {
  const box = document.querySelector(".overlay .box");
  for (let k = 0; k < 60; k++)
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
  button.click();
}

/** Remove a readout, and the other one a few pictures later, while that is being read. */
export async function removeBoth() {
  const press = () => document.querySelector('button[aria-label^="Remove "]').click();
  press();
  for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
  press();
}

/** Whether so many of these texts have been the first live number since this was first asked. */
export function showedSome([texts, count]) {
  window.showed ??= new Set();
  window.showed.add(document.querySelector(".live-numbers .number")?.textContent);
  return texts.filter((text) => window.showed.has(text)).length >= count;
}

export const endWorker = () => void setTimeout(() => self.close());

/** Ends a worker when it is asked for `method`. */
export const endWorkerAt = (method) =>
  self.addEventListener("message", ({ data }) => data.method === method && self.close());

/** Keeps a worker from answering for `ms`, once it is asked for `method`; says so on the console first. given: method, or [method, ms]. */
export function holdWorkerAt(given) {
  const [method, ms = 3000] = [given].flat();
  self.addEventListener("message", ({ data }) => {
    if (data.method !== method) return;
    console.info("held");
    for (const end = performance.now() + ms; performance.now() < end;);
  });
}

/** Types into a field as soon as a button has brought it, before the browser draws. */
export async function typeAtOnce([button, selector, text]) {
  document.querySelector(button).click();
  while (!document.querySelector(selector)) await null;
  const field = document.querySelector(selector);
  field.focus();
  document.execCommand("insertText", false, text);
}

/** An init script: what the tab asks of workers by the method named in its `sessionStorage.hold` waits until `letGo()`. */
export function holdCalls() {
  if (self.origin === "null") return; // such a document has no storage
  const method = sessionStorage.hold;
  const { postMessage } = Worker.prototype;
  const held = [];
  window.letGo = () => {
    delete sessionStorage.hold;
    for (const [worker, ...given] of held.splice(0)) postMessage.apply(worker, given);
  };
  Worker.prototype.postMessage = function (...given) {
    if (sessionStorage.hold && given[0]?.method === method) held.push([this, ...given]);
    else postMessage.apply(this, given);
  };
}

export function breakWorker() {
  setTimeout(() => {
    throw new Error("out of cheese");
  });
}

/** Makes a browser that alters every seventh byte of pixels. */
export function spoilPixels() {
  const { prototype } = OffscreenCanvasRenderingContext2D;
  const { getImageData } = prototype;
  prototype.getImageData = function (...given) {
    const image = getImageData.apply(this, given);
    for (let k = 0; k < image.data.length; k += 7) image.data[k] ^= 64;
    return image;
  };
}

/** Whether each of these files has a card, or is among those left out. */
export function allAreNamed(files) {
  const seen = [...document.querySelectorAll(".clip h3, .problems li code")].map(({ textContent }) => textContent);
  return files.every((file) => seen.includes(file));
}

/** Take all memory that WebAssembly can have in this page and its workers; `giveMemory` gives it back. */
export const takeMemory = () => {
  globalThis.held = [];
  try {
    for (;;) globalThis.held.push(new WebAssembly.Memory({ initial: 1, maximum: 65536 }));
  } catch {
    // that was the last of it
  }
};

/** Needs Chromium's --expose-gc. */
export const giveMemory = () => {
  globalThis.held.length = 0;
  globalThis.gc();
};

/** What becomes of a shared memory, asked for as onnxruntime asks for its own, that grows by so many pages. */
export const growMemory = (pages) => {
  try {
    new WebAssembly.Memory({ initial: 256, maximum: 65536, shared: true }).grow(pages);
    return "grown";
  } catch (error) {
    return error.name;
  }
};

/** End a worker a while after it holds its lock, by which the page notices. */
export const endSoon = async () => {
  const locks = navigator.locks;
  const mine = await locks.request("whose", async () => {
    const { held } = await locks.query();
    return held.find(({ name }) => name === "whose").clientId;
  });
  const isNoticed = async () => (await locks.query()).held.some(({ clientId }) => clientId === mine);
  while (!(await isNoticed())) await new Promise((resolve) => setTimeout(resolve, 10));
  setTimeout(() => self.close(), 100);
};

/** Note from now on, at each of the browser's frames, what the entry of the Label view is about, holds and says was read. */
export function watchEntry() {
  window.entries = [];
  const look = () => {
    const field = document.querySelector("#entry");
    if (field) window.entries.push([document.querySelector(".entry .name").innerText, field.value, field.placeholder]);
    window.watching = requestAnimationFrame(look);
  };
  look();
}

/** What was noted. */
export function entriesSeen() {
  cancelAnimationFrame(window.watching);
  return window.entries;
}

/** Keep the window that is drawn, and go on to type what it shows before Python has it. */
export async function keepAndType() {
  document.querySelector(".drawn-form").requestSubmit();
  const field = () => document.querySelector("#shows:enabled");
  while (!field()) await null;
  field().focus();
}
