import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";

/** A picture file, drawn small. `blob`: null shows an empty frame of the same size. */
export function Thumbnail({ blob, width = 160, height = 120, label }) {
  const canvas = useRef(null);
  useEffect(() => {
    let here = true;
    const context = canvas.current.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (blob)
      createImageBitmap(blob).then(
        (bitmap) => {
          const scale = Math.min(width / bitmap.width, height / bitmap.height);
          const [w, h] = [bitmap.width * scale, bitmap.height * scale];
          if (here) context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
          bitmap.close();
        },
        () => {},
      );
    return () => (here = false);
  }, [blob]);
  const role = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return html`<canvas ref=${canvas} class="thumbnail" width=${width} height=${height} ...${role}></canvas>`;
}
