// Fetching the site's own files: every byte counted, every answer checked before it is used.

/** A file of the site that did not arrive as it should. `file` and `status` say which and how. */
export class AssetError extends Error {
  constructor(file, status, why, next) {
    super(`${file}: ${status}. ${why}`);
    Object.assign(this, { name: "AssetError", file, status, why, next });
  }
}

const COPY_AGAIN = "Copy the whole of dist/ to the server again, then reload past the cache.";
const RELOAD = "Check the connection, and that the server still runs, then reload.";
const FIRST_BYTES = { wasm: [0x00, 0x61, 0x73, 0x6d], zip: [0x50, 0x4b], whl: [0x50, 0x4b], png: [0x89, 0x50] };

/** The site's root, from any of its scripts: `depth` folders up from `here`. */
export const rootOf = (here, depth) => new URL("../".repeat(depth) || "./", here);

/**
 * Fetch `file` (relative to `root`) as a Response whose body is counted and checked while it streams.
 *
 * `bytes` is the size the manifest gives; `onProgress(done)` gets the bytes so far. Rejects, or makes
 * the body reject, with an AssetError for a network failure, a status that is no success, a web page
 * in place of the file, foreign first bytes, or another number of bytes than expected. `onError`
 * gets the same error, for callers who hand the Response to code that swallows it.
 */
export async function fetchAsset(file, { root, bytes, onProgress, onError, fetch = globalThis.fetch, ...init }) {
  try {
    const response = await answerFor(file, new URL(file, root), fetch, init);
    const body = counted(response.body, file, bytes, onProgress, onError);
    return new Response(body, { status: response.status, headers: response.headers });
  } catch (error) {
    // Bytes that fail the browser's integrity check look like no answer at all: ask again without it.
    const found = init.integrity ? await whyRefused(file, { root, bytes, fetch }) : error;
    onError?.(found);
    throw found;
  }
}

/** The bytes of a file, as an ArrayBuffer; see fetchAsset. */
export async function loadBytes(file, options) {
  let broken = null;
  const response = await fetchAsset(file, { ...options, onError: (error) => (broken = error) });
  return response.arrayBuffer().catch((error) => {
    throw broken ?? error; // browsers replace a body's error with one of their own
  });
}

/** A JSON file, parsed; see fetchAsset. */
export async function loadJson(file, options) {
  const text = new TextDecoder().decode(await loadBytes(file, options));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AssetError(file, "not JSON", `It was cut off or changed on its way (${error.message}).`, COPY_AGAIN);
  }
}

const whyRefused = (file, options) =>
  loadBytes(file, options).then(
    () => new AssetError(file, "other bytes than expected", "Its sha256 is not the official one.", COPY_AGAIN),
    (error) => error,
  );

async function answerFor(file, url, fetch, init) {
  let response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AssetError(
      file, "no answer", `The browser could not reach the server (${error.message}).`, RELOAD,
    );
  }
  if (!response.ok) {
    throw new AssetError(
      file, `HTTP status ${response.status}`, "The server has no such file, or does not hand it out.", COPY_AGAIN,
    );
  }
  if (/text\/html/.test(response.headers.get("content-type") ?? "")) throw webPage(file);
  return response;
}

function webPage(file) {
  return new AssetError(
    file, "a web page came instead", "Many static hosts answer a missing file with a page of their own.", COPY_AGAIN,
  );
}

function counted(stream, file, bytes, onProgress, onError) {
  const reader = stream.getReader();
  const magic = FIRST_BYTES[file.split(".").pop()];
  let done = 0;
  return new ReadableStream({
    async pull(controller) {
      const chunk = await reader.read().catch(() => ({ cut: true }));
      const error = chunk.value
        ? done === 0 && wrongKind(file, magic, chunk.value)
        : (chunk.cut || (bytes ?? done) !== done) && partial(file, done, bytes, chunk.cut);
      if (error) {
        onError?.(error);
        controller.error(error);
      } else if (chunk.done) {
        controller.close();
      } else {
        done += chunk.value.length;
        onProgress?.(done);
        controller.enqueue(chunk.value);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function wrongKind(file, magic, chunk) {
  if (!magic?.some((byte, i) => i < chunk.length && chunk[i] !== byte)) return null;
  if (chunk[0] === "<".charCodeAt(0)) return webPage(file);
  return new AssetError(file, "foreign bytes", "It is not the kind of file its name says.", COPY_AGAIN);
}

function partial(file, done, bytes, cut) {
  const why = cut ? "The connection was cut." : "The copy on the server is damaged, or belongs to another version.";
  return new AssetError(file, `${done} of ${bytes ?? "all"} bytes arrived`, why, cut ? RELOAD : COPY_AGAIN);
}
