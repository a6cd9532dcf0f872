import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";

/** A small picture, pixel for pixel; CSS makes it larger. `picture`: {width, height, rgba} or an ImageBitmap. */
export function Pixels({ picture, label }) {
  const canvas = useRef(null);
  useEffect(() => {
    const context = canvas.current.getContext("2d");
    if (picture instanceof ImageBitmap) context.drawImage(picture, 0, 0);
    else context.putImageData(new ImageData(new Uint8ClampedArray(picture.rgba), picture.width, picture.height), 0, 0);
  }, [picture]);
  const role = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return html`<canvas ref=${canvas} class="pixels" width=${picture.width} height=${picture.height} ...${role}></canvas>`;
}
