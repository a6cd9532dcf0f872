// Words for a clip that cannot be read.

import { InputDisposedError, MP4, QTFF, UnsupportedInputFormatError } from "mediabunny";
import { outermost } from "./edits.js";
import { clipError, foreignKind, helpful } from "./messages.js";

/** Names of the formats that have the index of an MP4. */
export const MP4_LIKE = new Set([MP4, QTFF].map(({ name }) => name));

/** What is read, or a ClipError where the file itself cannot be read any more. */
export const readFrom = (name, packet) =>
  packet.catch((error) => {
    throw error instanceof DOMException ? clipError("gone", goneFile(name)) : error;
  });

const goneFile = (name) => `${name} cannot be read any more, it was moved or changed: drop it again`;

/** What is wrong with a file without a picture track, as a ClipError. */
export async function withoutPicture(input, file, name) {
  const sound = await input.getAudioTracks();
  if (sound.length) return clipError("no-picture", `${name} has sound but no pictures: choose the video file`);
  if (MP4_LIKE.has((await input.getFormat()).name) && !(await hasIndex(file)))
    return clipError(
      "cut",
      `${name} was cut off before its index was written, without which nothing in it can be found: copy it again, or take the original file`,
    );
  return clipError("no-picture", `${name} has no picture track: choose another file`);
}

/** Whether an MP4 or MOV has an index, or one of its parts. */
const hasIndex = async (file) => Boolean((await outermost(file, "moov")) ?? (await outermost(file, "moof")));

/** Words for a file that ends before its first picture. */
export const cutShort = (name) =>
  `${name} is cut off before its first picture: copy it again from where it was recorded`;

/** What is wrong with a file that cannot be opened, as a ClipError. */
export async function explained(error, file) {
  if (error instanceof InputDisposedError) return error;
  const name = file.name ?? "clip";
  const head = await file
    .slice(0, 4096)
    .arrayBuffer()
    .catch(() => null);
  if (!head) return clipError("gone", goneFile(name));
  if (!(error instanceof UnsupportedInputFormatError)) {
    return clipError(
      "cut",
      `${name} cannot be opened, its index is damaged or missing (${error.message}): copy it again, or take the original file`,
    );
  }
  if (!file.size) return clipError("not-a-video", `${name} is empty: copy it again from where it was recorded`);
  const kind = foreignKind(new Uint8Array(head));
  if (!kind)
    return clipError(
      "not-a-video",
      `${name} is not a video: Readout takes MP4, MOV, WebM, MKV, TS, AVI and FLV, and pictures`,
    );
  const { help } = helpful(name);
  return clipError(
    "kind",
    `${name} is ${kind}, and Readout takes MP4, MOV, WebM, MKV, TS, AVI and FLV: convert it with ${help}`,
    help,
  );
}
