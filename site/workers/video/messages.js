// Words about clips: codecs and files by the names that people know, and commands that help.

/** Words of the core with what stands for {} in them. @param {string} words @param {any[]} values */
export const filled = (words, ...values) => values.reduce((text, value) => text.replace("{}", value), words);

const CODECS = {
  avc: "H.264 (AVC)",
  hevc: "HEVC (H.265)",
  vp8: "VP8",
  vp9: "VP9",
  av1: "AV1",
  prores: "Apple ProRes",
};
/**
 * Codecs that the media library has no name for, by how their names in the file begin.
 * @type {[RegExp, string][]}
 */
const RARE = [
  [/^(jpeg|mjp|V_MJPEG)/i, "Motion JPEG"],
  [/^(mp4v|V_MPEG4|xvid|divx)/i, "MPEG-4 Visual (DivX, Xvid)"],
  [/^(m2v|mpg2|hdv|mx\dp|V_MPEG2)/i, "MPEG-2"],
  [/^(mp1v|V_MPEG1)/i, "MPEG-1"],
  [/^(s263|h263)/i, "H.263"],
  [/^(AVd|dnx)/i, "Avid DNxHD"],
  [/^V_THEORA/i, "Theora"],
  [/^(vvc|vvi|V_MPEGI)/i, "VVC (H.266)"],
  [/^(FFV1|V_FFV1)/i, "FFV1"],
  [/^(raw|yuv|2vuy|v210|V_UNCOMPRESSED)/i, "uncompressed pictures"],
];
/**
 * Files that are videos but of a kind that is not taken, by their first bytes as Latin-1 text.
 * @type {[RegExp, string][]}
 */
const FOREIGN = [
  [/^\x30\x26\xb2\x75/, "a Windows Media file"],
  [/^OggS/, "an Ogg file"],
  [/^\x00\x00\x01[\xba\xb3]/, "an MPEG programme stream"],
  [/^GIF8/, "a GIF animation"],
  [/^\0\0\x01\xb0/, "MPEG-4 Visual without a container"],
  [/^\0?\0\0\x01[\x40\x46]/, "HEVC without a container"],
  [/^\0?\0\0\x01/, "H.264 without a container"],
  [/^\x1f\x07\0/, "a DV file"],
  [/^nut\//, "a NUT file"],
  [/^YUV4MPEG2 /, "uncompressed video (YUV4MPEG2)"],
  [/^DKIF/, "an IVF file"],
  [/^\x06\x0e\x2b\x34/, "an MXF file"],
  [/^\.RMF/, "a RealMedia file"],
];

/** A codec's name in words: the media library's name for it or null, and how the file calls it. */
export function codecName(codec, internal) {
  if (codec) return CODECS[codec] ?? codec;
  const text = typeof internal === "string" ? internal : internal === null ? "" : String(internal);
  return RARE.find(([pattern]) => pattern.test(text))?.[1] ?? (text ? `the codec "${text}"` : "an unknown codec");
}

/** What a file is by its first bytes, in words, where it is a video of another kind; else undefined. */
export function foreignKind(bytes) {
  const text = String.fromCharCode(...bytes.subarray(0, 512));
  return FOREIGN.find(([pattern]) => pattern.test(text))?.[1];
}

/** {help}: the command that makes a clip that every browser with WebCodecs decodes. */
export function helpful(name) {
  const stem = name.replace(/\.[^.]*$/, "");
  return { help: `ffmpeg -i ${quoted(name)} -c:v libx264 -crf 18 -pix_fmt yuv420p ${quoted(`${stem}-h264.mp4`)}` };
}

const quoted = (name) =>
  /^[\w.+-]+$/.test(name) && !name.startsWith("-") ? name : `"${name.replaceAll('"', '\\"').replace(/^-/, "./-")}"`;

/** An error about a clip: the rule, what was found, and what to do; `kind` is a word for programs, `help` a command. */
export const clipError = (kind, message, help = "") =>
  Object.assign(new Error(message), { name: "ClipError", kind, help });
