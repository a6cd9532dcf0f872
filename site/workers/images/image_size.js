// What a picture's first bytes say of its size, before it is decoded.

/**
 * {width, height} that the header of a PNG, GIF, BMP, WebP or JPEG file declares, null for other files
 * and where it is cut off. `bytes`: a Uint8Array of the file.
 *
 * Sources: PNG (W3C) 11.2.1, GIF89a 18, BITMAPINFOHEADER and BITMAPCOREHEADER, RFC 9649 for WebP,
 * ITU-T T.81 B.2.2 for JPEG.
 */
export function declaredSize(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = (text, at = 0) => [...text].every((letter, k) => bytes[at + k] === letter.charCodeAt(0));
  try {
    if (begins("\x89PNG")) return { width: view.getUint32(16), height: view.getUint32(20) };
    if (begins("GIF8")) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    if (begins("BM")) return ofBitmap(view);
    if (begins("RIFF") && begins("WEBP", 8)) return ofWebP(view, String.fromCharCode(bytes[15]));
    if (begins("\xff\xd8\xff")) return ofJpeg(view);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the file ends before its header does
  }
  return null;
}

function ofBitmap(view) {
  if (view.getUint32(14, true) === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
}

function ofWebP(view, kind) {
  const uint24 = (at) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (kind === "X") return { width: uint24(24) + 1, height: uint24(27) + 1 };
  if (kind === " ") return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function ofJpeg(view) {
  let at = 2;
  for (;;) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
}
