import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { kept, pinched, toFrame, zoomed } from "../../shared/viewport.js";
import { drawing, setView, editor, size, view } from "./editor_state.js";

/** Zooming by one notch of a wheel, one key, and one CSS pixel of a wheel that has no notches. */
export const STEP_IN = 1.25;
const WHEEL = 1.0018;
const NOTCH = 100;
/** From here on pixels are shown as squares, and from here on with lines between them; in device and CSS pixels. */
const SQUARES = 2;
const GRID = 14;

export const focusStage = () =>
  /** @type {HTMLElement} */ (document.querySelector(".stage"))?.focus({ preventScroll: true });

/** Another view, with some of the frame on the stage. */
const show = (next) => setView(kept(next, size.value, editor.stage.value));
export const zoomBy = (factor, at = editor.stage.value.map((length) => length / 2)) =>
  show(zoomed(view.value, at, factor));
/** @type {(by: Pair) => void} */
export const panBy = ([dx, dy]) => show({ ...view.value, x: view.value.x + dx, y: view.value.y + dy });

/**
 * The picture, to be zoomed with the wheel or two fingers and moved with the middle button, with space held, or
 * two fingers. Other drags are for `begin(point, event)`, point in frame pixels: it gives {move(point, event), end(event), cancel()}
 * or null, where the drag moves the picture. `shift`: how far the picture has moved; it is shown where it has not.
 */
export function Stage({ bitmap, shift, begin, onDoubleClick, label, children }) {
  const stage = useRef(null);
  const pointers = useRef(new Map());
  const drag = useRef(null);
  const space = useRef(false);

  useLayoutEffect(() => {
    const measure = () => (editor.stage.value = [stage.current.clientWidth, stage.current.clientHeight]);
    const watch = new ResizeObserver(measure);
    watch.observe(stage.current);
    measure();
    const onWheel = (event) => {
      event.preventDefault();
      const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * NOTCH;
      zoomBy(WHEEL ** -Math.max(-2 * NOTCH, Math.min(2 * NOTCH, pixels * (event.ctrlKey ? 4 : 1))), at(event));
    };
    const onKey = (event) => {
      if (event.key !== " ") return;
      space.current =
        event.type === "keydown" && (event.target === document.body || stage.current.contains(event.target));
      if (space.current) event.preventDefault(); // or the page scrolls
    };
    stage.current.addEventListener("wheel", onWheel, { passive: false });
    addEventListener("keydown", onKey);
    addEventListener("keyup", onKey);
    return () => {
      watch.disconnect();
      removeEventListener("keydown", onKey);
      removeEventListener("keyup", onKey);
    };
  }, []);

  const at = ({ clientX, clientY }) => {
    const { left, top } = stage.current.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const point = (event) => toFrame(view.value, at(event));
  const pan = (start) => {
    let last = at(start);
    return {
      move(_, event) {
        const now = at(event);
        panBy([now[0] - last[0], now[1] - last[1]]);
        last = now;
      },
    };
  };
  const onPointerDown = (event) => {
    stage.current.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, at(event));
    if (pointers.current.size > 1) {
      drag.current?.cancel?.();
      drag.current = null;
    } else if (event.button === 1 || space.current) drag.current = pan(event);
    else if (event.button === 0) drag.current = begin(point(event), event) ?? pan(event);
  };
  const onPointerMove = (event) => {
    const known = pointers.current;
    if (!known.has(event.pointerId)) return;
    if (known.size === 2) {
      const before = [...known.values()];
      known.set(event.pointerId, at(event));
      return show(pinched(view.value, before, [...known.values()]));
    }
    known.set(event.pointerId, at(event));
    drag.current?.move(point(event), event);
  };
  const onPointerUp = (event) => {
    pointers.current.delete(event.pointerId);
    const { current } = drag;
    drag.current = null;
    if (event.type === "pointerup") current?.end?.(event);
    else current?.cancel?.();
  };
  const onKeyDown = (event) => {
    if (event.key !== "Escape" || !drag.current) return;
    event.stopPropagation();
    drag.current.cancel?.();
    drag.current = null;
  };
  return html`<div class=${`stage ${drawing.value || editor.anchoring.value ? "drawing" : "moving"} ${editor.view.value ? "" : "fitted"}`} ref=${stage} tabindex="0" role="group" aria-label=${label}
    onPointerDown=${onPointerDown} onPointerMove=${onPointerMove} onPointerUp=${onPointerUp} onPointerCancel=${onPointerUp}
    onMouseDown=${(event) => event.preventDefault()} onDblClick=${(event) => onDoubleClick(point(event))} onKeyDown=${onKeyDown}>
    <${Picture} bitmap=${bitmap} shift=${shift} />${children}
  </div>`;
}

function Picture({ bitmap, shift: [dx, dy] }) {
  const canvas = useRef(null);
  const { scale } = view.value;
  const [x, y] = [view.value.x - dx * scale, view.value.y - dy * scale];
  const [width, height] = editor.stage.value;
  useEffect(() => {
    const ratio = devicePixelRatio;
    const [w, h] = [width, height].map((length) => Math.max(1, Math.round(length * ratio)));
    if (canvas.current.width !== w || canvas.current.height !== h)
      Object.assign(canvas.current, { width: w, height: h });
    const context = canvas.current.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, w, h);
    if (!bitmap) return;
    const whole = (length) => Math.round(length * ratio);
    context.imageSmoothingEnabled = scale * ratio < SQUARES;
    context.imageSmoothingQuality = "high";
    const [left, top] = [whole(x), whole(y)];
    context.drawImage(
      bitmap,
      left,
      top,
      whole(x + bitmap.width * scale) - left,
      whole(y + bitmap.height * scale) - top,
    );
    if (scale >= GRID) drawGrid(context, { scale: scale * ratio, x: x * ratio, y: y * ratio }, bitmap, [w, h]);
  }, [bitmap, scale, x, y, width, height]);
  return html`<canvas ref=${canvas} style=${{ width: `${width}px`, height: `${height}px` }} aria-hidden="true"></canvas>`;
}

/** Thin lines between pixels. */
function drawGrid(context, { scale, x, y }, bitmap, [width, height]) {
  context.fillStyle = "#80808059";
  const lines = (start, count, end, draw) => {
    const first = Math.max(0, Math.ceil(-start / scale));
    for (let k = first; k <= count && start + k * scale < end; k++) draw(Math.round(start + k * scale));
  };
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const [right, bottom] = [Math.min(width, x + bitmap.width * scale), Math.min(height, y + bitmap.height * scale)];
  lines(x, bitmap.width, width, (at) => context.fillRect(at, top, 1, bottom - top));
  lines(y, bitmap.height, height, (at) => context.fillRect(left, at, right - left, 1));
}
