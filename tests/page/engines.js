// What the tests of other engines look up in the page, and do to it: only WebDriver's own commands are there for them.

const shown = (element) => element.checkVisibility() && !element.closest("[inert]");
const nameOf = (element) => (element.ariaLabel ?? element.textContent).replace(/\s+/g, " ").trim();

/** Press the button, link or tab of this name; false where there is none that can be pressed. */
export function press(name) {
  const all = [...document.querySelectorAll("button:enabled, a[href], summary")];
  const found = all.find((element) => nameOf(element) === name && shown(element));
  found?.click();
  return found !== undefined;
}

/** Show the menu of projects, once the page has it. */
export function openMenu() {
  const menu = document.querySelector("details.project");
  if (menu) menu.open = true;
  return menu !== null;
}

/** The page's text, as it is seen. */
export const seen = () => document.body.innerText;

export const says = (words) => words.every((each) => seen().includes(each));

export const count = (selector) => document.querySelectorAll(selector).length;

/** How many there are, where these are more than `least`. */
export const more = (selector, least) => count(selector) > least && count(selector);

export const focus = (selector) => document.querySelector(selector).focus();

/** Whether the page may be left without losing anything. */
export const mayLeave = () => dispatchEvent(new Event("beforeunload", { cancelable: true }));

export const textOf = (selector) => document.querySelector(selector)?.textContent;

export const hasText = (selector, text) => textOf(selector) === text;

/** The startTime in ms and the detail of a mark of the page, once it is there. */
export function mark(name) {
  const [found] = performance.getEntriesByName(`readout:${name}`);
  return found && { at: found.startTime, detail: found.detail };
}

export const addresses = () => performance.getEntriesByType("resource").map(({ name }) => name);

/** Whether the browser's own decoder of video takes a codec. */
export const decodes = async (codec) =>
  typeof VideoDecoder !== "undefined" && (await VideoDecoder.isConfigSupported({ codec })).supported;

/** Keep what the page offers for download from now on. */
export function catchDownloads() {
  const make = URL.createObjectURL;
  globalThis.caught = [];
  URL.createObjectURL = (blob) => (globalThis.caught.push(blob), make.call(URL, blob));
}

/** The last file that the page has offered, in base64. */
export async function caughtFile() {
  const blob = globalThis.caught?.pop();
  if (!blob) return null;
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(text);
}

/** Have the camera be a canvas that shows these pictures in turn. */
export async function fakeCamera(files, milliseconds) {
  const pictures = await Promise.all(files.map(async (each) => createImageBitmap(await (await fetch(each)).blob())));
  const canvas = Object.assign(document.createElement("canvas"), { width: 1024, height: 768 });
  const context = canvas.getContext("2d");
  const draw = () =>
    context.drawImage(pictures[Math.floor(performance.now() / milliseconds) % pictures.length], 0, 0, 1024, 768);
  draw();
  setInterval(draw, 100);
  const give = async () => canvas.captureStream(10);
  // not on navigator.mediaDevices: WebKit forgets what was set on it once it has collected garbage
  Object.assign(MediaDevices.prototype, { getUserMedia: give, getDisplayMedia: give });
}

/** Whether so many live frames have been read. */
export const counted = (frames) => Number(textOf(".live-counts dd")?.replaceAll(",", "")) >= frames;

/** Whether a recording has so many rows. */
export const recorded = (rows) =>
  Number(/([\d,]+) rows/.exec(textOf(".live-growing"))?.[1].replaceAll(",", "")) >= rows;
