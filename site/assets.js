// Fetching the site's own files: every byte counted, every answer checked before it is used.

/** A file of the site that did not arrive as it should. `file` and `status` say which and how. */
export class AssetError extends Error {
  constructor(file, status, why, next) {
    super(`${file}: ${status}. ${why}`);
    Object.assign(this, { name: "AssetError", file, status, why, next });
  }
}

const COPY_AGAIN = "Copy the whole of dist/ to the server again, then reload past the cache.";
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
    const body = response.body.pipeThrough(counted(file, bytes, onProgress, onError));
    return new Response(body, { status: response.status, headers: response.headers });
  } catch (error) {
    onError?.(error);
    throw error;
  }
}

async function answerFor(file, url, fetch, init) {
  let response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AssetError(
      file, "no answer", `The browser could not reach the server (${error.message}).`,
      "Check the connection, and that the server still runs, then reload.",
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

/** The bytes of a file, as an ArrayBuffer; see fetchAsset. */
export const loadBytes = async (file, options) => (await fetchAsset(file, options)).arrayBuffer();

/** A JSON file, parsed; see fetchAsset. */
export const loadJson = async (file, options) => (await fetchAsset(file, options)).json();

function webPage(file) {
  return new AssetError(
    file, "a web page came instead", "Many static hosts answer a missing file with a page of their own.", COPY_AGAIN,
  );
}

function counted(file, bytes, onProgress, onError) {
  const magic = FIRST_BYTES[file.split(".").pop()];
  let done = 0;
  const refuse = (error) => {
    onError?.(error);
    throw error;
  };
  return new TransformStream({
    transform(chunk, controller) {
      if (done === 0 && magic?.some((byte, i) => i < chunk.length && chunk[i] !== byte)) {
        const page = chunk[0] === "<".charCodeAt(0);
        refuse(page ? webPage(file) : new AssetError(file, "foreign bytes", "It is not the kind of file its name says.", COPY_AGAIN));
      }
      done += chunk.length;
      onProgress?.(done);
      controller.enqueue(chunk);
    },
    flush() {
      if (bytes === undefined || done === bytes) return;
      const why = "The copy on the server is damaged, or belongs to another version.";
      refuse(new AssetError(file, `${done} of ${bytes} bytes arrived`, why, COPY_AGAIN));
    },
  });
}
