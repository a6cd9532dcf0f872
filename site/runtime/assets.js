// Fetching the site's own files: every byte counted, and none used before it was checked.

import { concat } from "../shared/arrays.js";
import { sha256 as digestOf } from "../shared/sha256.js";
import { addressOf, BUILD, MANIFEST } from "./build.js";

/** A file of the site that did not arrive as it should. `file` and `status` say which and how. */
export class AssetError extends Error {
  constructor(file, status, why, next) {
    super(`${file}: ${status}. ${why}`);
    Object.assign(this, { name: "AssetError", file, status, why, next });
  }
}

const COPY_AGAIN = "Copy the whole of dist/ to the server again, then reload past the cache.";
const UPDATED =
  "Reload to get the new version. What is stored in this browser stays; save what is not to a file first.";
const RELOAD = "Check the connection, and that the server still runs, then reload.";
const FIRST_BYTES = { wasm: [0x00, 0x61, 0x73, 0x6d], zip: [0x50, 0x4b], whl: [0x50, 0x4b], png: [0x89, 0x50] };
const TELL_EVERY_MS = 50;

/** The site's root, from any of its scripts: `depth` folders up from `here`. */
export const rootOf = (here, depth) => new URL("../".repeat(depth) || "./", here);

/**
 * The bytes of `file` (relative to `root`), as an ArrayBuffer.
 *
 * `bytes` and `sha256` are what the manifest says; the hash is checked where the browser can (on https
 * and localhost). `onProgress(done)` gets the bytes so far. `build` is given of the manifest in place of them. Rejects with an AssetError for a network
 * failure, a status that is no success, a web page in place of the file, or bytes that differ.
 * @param {string} file
 * @param {{root: URL, bytes?: number, sha256?: string, build?: string, onProgress?: (done: number) => void}} options
 */
export async function loadBytes(file, options) {
  try {
    return await loadChecked(file, options);
  } catch (error) {
    throw (await outdated(file, options.root)) ?? error;
  }
}

/** @param {string} file @param {any} options */
async function loadChecked(file, { root, bytes, sha256, build, onProgress }) {
  const response = await answerFor(file, addressOf(file, root, sha256 ?? build));
  const chunks = [];
  let [done, told] = [0, 0];
  for (const reader = response.body.getReader(); ;) {
    const chunk = await reader.read().catch(() => null);
    if (!chunk)
      throw new AssetError(file, `${done} of ${bytes ?? "all"} bytes arrived`, "The connection was cut.", RELOAD);
    if (chunk.done) break;
    chunks.push(chunk.value);
    done += chunk.value.length;
    if (done === bytes || performance.now() - told > TELL_EVERY_MS) {
      told = performance.now();
      onProgress?.(done);
    }
  }
  const whole = concat(Uint8Array, chunks);
  await check(file, whole, bytes, sha256);
  return whole.buffer;
}

/** A JSON file, parsed; see loadBytes. */
export async function loadJson(file, options) {
  const text = new TextDecoder().decode(await loadBytes(file, options));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AssetError(file, "not JSON", `It was cut off or changed on its way (${error.message}).`, COPY_AGAIN);
  }
}

async function answerFor(file, url) {
  const response = await fetch(url).catch((error) => {
    throw new AssetError(file, "no answer", `The browser could not reach the server (${error.message}).`, RELOAD);
  });
  if (!response.ok) {
    const why = "The server has no such file, or does not hand it out.";
    throw new AssetError(file, `HTTP status ${response.status}`, why, COPY_AGAIN);
  }
  if (/text\/html/.test(response.headers.get("content-type") ?? "")) throw webPage(file);
  return response;
}

async function check(file, whole, bytes, sha256) {
  if (FIRST_BYTES[file.split(".").pop()]?.some((byte, i) => whole[i] !== byte)) {
    if (whole[0] === "<".charCodeAt(0)) throw webPage(file);
    throw new AssetError(file, "foreign bytes", "It is not the kind of file its name says.", COPY_AGAIN);
  }
  const damaged = "The copy on the server is damaged, or belongs to another version.";
  if (bytes !== undefined && whole.length !== bytes) {
    throw new AssetError(file, `${whole.length} of ${bytes} bytes arrived`, damaged, COPY_AGAIN);
  }
  if (sha256 && sha256 !== ((await digestOf(whole)) ?? sha256)) {
    throw new AssetError(file, "other bytes than expected", damaged, COPY_AGAIN);
  }
}

/** The error of a file where the site was updated since this page was opened; null where it was not. */
async function outdated(file, root) {
  const served = await fetch(addressOf(MANIFEST, root), { cache: "no-store" }).catch(() => null);
  const { build } = (await served?.json().catch(() => null)) ?? {};
  return build && build !== BUILD ? otherBuild(file) : null;
}

/** The error of a file, such as a worker's script, that is of another build than this page. */
export const otherBuild = (file) =>
  new AssetError(
    file,
    "of another version than this page",
    "The site has been updated since this page was opened.",
    UPDATED,
  );

function webPage(file) {
  const why = "Many static hosts answer a missing file with a page of their own.";
  return new AssetError(file, "a web page came instead", why, COPY_AGAIN);
}
