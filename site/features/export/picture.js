// A chart of readout/export/chart.py as a picture: it has paths and texts alone, whose attributes say how they look.

const SCALE = 3;
/** Pixels along a side that every browser's canvas has. */
const MOST = 16_384;

/** The PNG of such an SVG, a Blob. */
export function pictureOf(svg) {
  const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  const [width, height] = ["width", "height"].map((name) => Number(root.getAttribute(name)));
  const scale = Math.min(SCALE, MOST / height);
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(scale, scale);
  context.lineJoin = context.lineCap = "round";
  for (const element of root.querySelectorAll("path, text")) {
    const of = (name) => element.getAttribute(name) ?? "";
    const [fill, stroke] = [of("fill"), of("stroke")];
    context.fillStyle = fill;
    if (element.localName === "text") {
      context.font = `${of("font-weight")} ${of("font-size")}px system-ui, sans-serif`;
      context.textAlign = /** @type {CanvasTextAlign} */ (of("text-anchor").replace("middle", "center"));
      context.fillText(element.textContent ?? "", Number(of("x")), Number(of("y")));
      continue;
    }
    const path = new Path2D(of("d"));
    if (fill !== "none") context.fill(path);
    if (stroke === "none") continue;
    Object.assign(context, { strokeStyle: stroke, lineWidth: Number(of("stroke-width")) });
    context.stroke(path);
  }
  return canvas.convertToBlob({ type: "image/png" });
}
