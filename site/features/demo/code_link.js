// Edited code in the fragment of a link: no server ever sees it.

const PREFIX = "#learn&code=";
/** Six edited functions, unzipped, take less than this. */
const MOST = 100_000;

/** The page's address with edited code in it. @param {Record<string, string>} code by source */
export async function linkToCode(code) {
  const zipped = await piped(new Blob([JSON.stringify(code)]), new CompressionStream("deflate-raw"));
  const text = btoa(String.fromCharCode(...zipped));
  const safe = text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${location.origin}${location.pathname}${location.search}${PREFIX}${safe}`;
}

/** The code of a link, by source; null where the fragment holds none. Throws for one that is damaged. */
export async function codeOf(fragment) {
  if (!fragment.startsWith(PREFIX)) return null;
  try {
    const text = atob(fragment.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
    const zipped = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const code = JSON.parse(
      new TextDecoder().decode(await piped(new Blob([zipped]), new DecompressionStream("deflate-raw"))),
    );
    const entries = Object.entries(code);
    if (!entries.every(([, each]) => typeof each === "string")) throw new Error("it holds no text");
    return Object.fromEntries(entries);
  } catch (error) {
    throw new Error(`The link's code was damaged on its way (${error.message}): ask for the link again.`, {
      cause: error,
    });
  }
}

async function piped(blob, through) {
  const reader = blob.stream().pipeThrough(through).getReader();
  const chunks = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    length += part.value.length;
    if (length > MOST) throw new Error(`it is longer than ${MOST} bytes`);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
