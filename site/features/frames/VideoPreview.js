import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { open } from "../../session/open_videos.js";

/** Exactly the frame of a clip that is shown at `time`; the last one stays until it is there. */
export function VideoPreview({ clip: { name, width, height }, time }) {
  const canvas = useRef(null);
  const job = useRef({ wanted: null, busy: false, here: true });
  const [problem, setProblem] = useState("");
  useEffect(() => {
    job.current.here = true;
    return () => (job.current.here = false);
  }, []);
  useEffect(() => {
    job.current.wanted = time;
    if (!job.current.busy) draw(canvas, job.current, name, setProblem);
  }, [time, name]);
  return html`<div class="preview"><canvas ref=${canvas} width=${width} height=${height} role="img" aria-label=${`The frame of ${name} at ${time.toFixed(3)} seconds`}></canvas>
    ${problem && html`<p class="stage-note error" role="alert">${problem}</p>`}</div>`;
}

/** Draw what is wanted; where something else is wanted meanwhile, that next. */
async function draw(canvas, job, name, tell) {
  job.busy = true;
  try {
    for (let time = job.wanted; job.here; time = job.wanted) {
      try {
        const bitmap = await open(name).picture(time);
        if (canvas.current) {
          canvas.current.getContext("2d").drawImage(bitmap, 0, 0);
          canvas.current.dataset.time = time.toFixed(6);
        }
        bitmap.close();
        tell("");
      } catch (error) {
        if (error.name !== "AbortError") tell(`This frame cannot be shown: ${error.message}.`);
      }
      if (time === job.wanted) return;
    }
  } finally {
    job.busy = false;
  }
}
