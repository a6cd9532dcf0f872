// The demo's state: the bundled frames as a project that learns sets of pictures, and whose truths are known.

import { computed, signal } from "@preact/signals";
import { display, frameNames } from "../../runtime/boot.js";
import { running } from "../../session/python.js";

export const demoStore = {
  /** With what the readings and the score that are shown were made: {backbone, sets}. */
  shown: signal(null),
  /** "loading", "switching", "training", "reading" or "done". */
  phase: signal("loading"),
  /** What Demo.examples gives: a moment after the layout, since no first reading needs it. */
  dataset: signal(null),
  /** {sets, losses, done, total, result}: the training under way or last done. */
  training: signal(null),
  /** {truths, predictions} of the testing pictures. */
  testing: signal(null),
  /** Pictures of the region around the first readout, by frame. */
  thumbnails: signal({}),
  /** Readings as in `store.readings`, rows as in `frameNames`. */
  readings: signal({}),
  score: signal(null),
  /** Seconds that training and reading took, up to now or in all. */
  jobSeconds: signal(null),
  /** What Demo.review gives. */
  review: signal(null),
  /**
   * The scores so far, by display, backbone and sets: {thermal: {glyphs: {0: {score, review, seconds}}}}; seconds where
   * the job was done from the start.
   */
  scores: signal(/** @type {Record<string, Record<string, Record<number, any>>>} */ ({})),
  /**
   * Of embeddings that came with the site: {state: "precomputed" | "checking" | "live", done, total, crops, agree,
   * largest, seconds}; null where there are none.
   */
  embeddings: signal(null),
  /**
   * Of the frames read as whole numbers: {done, total, result, taught}: what Demo.window_score gives, and Demo.teach_windows,
   * each null before that; null where it was not asked for.
   */
  windows: signal(null),
  /** The frame whose details are open. */
  selected: signal(null),
  /** {truth, read}: show only frames with this mistake; null for all. */
  mistake: signal(null),
  /** Show only the frames that were read wrong. */
  onlyWrong: signal(false),
};

/** Of the display that is shown, the scores so far by backbone and sets. */
export const scoresShown = computed(() => demoStore.scores.value[display.value] ?? {});
export const layout = computed(() => running.value?.layout ?? null);
export const readoutNames = computed(() => layout.value?.readouts.map(({ name }) => name) ?? []);

/** What was read of a readout of a frame: {text, confidence}, or null. */
export function readingOf(frame, readout) {
  const [column, row] = [demoStore.readings.value[readout], frameNames.value.indexOf(frame)];
  return column?.given[row] ? { text: column.texts[row], confidence: column.confidence[row] } : null;
}

/** In how many frames a readout has been read. */
export const countRead = (readout) =>
  demoStore.readings.value[readout]?.given.reduce((sum, given) => sum + given, 0) ?? 0;

/** What a frame shows in a readout, undefined where that is not known. */
export const truthOf = (frame, readout = readoutNames.value[0]) =>
  readout === readoutNames.value[0] ? demoStore.dataset.value?.truths[frame] : undefined;

/** "right", "wrong", "read" where the truth is unknown, or "waiting". */
export function verdict(frame) {
  const reading = readingOf(frame, readoutNames.value[0]);
  if (!reading) return "waiting";
  const truth = truthOf(frame);
  return truth === undefined ? "read" : truth === reading.text ? "right" : "wrong";
}

/** The frames in the list: all, or those that were read wrong. */
export const framesShown = () =>
  frameNames.value.filter(
    (frame) =>
      (!demoStore.onlyWrong.value || verdict(frame) === "wrong") && showsMistake(frame, demoStore.mistake.value),
  );

/** Whether some digit of a frame is `truth` and was read as `read`; true where no mistake is asked for. */
function showsMistake(frame, mistake) {
  if (!mistake) return true;
  const text = readingOf(frame, readoutNames.value[0])?.text ?? "";
  const classes = demoStore.dataset.value?.classes ?? [];
  const isRead = (character) => (mistake.read.length > 1 ? !classes.includes(character) : character === mistake.read);
  return [...(truthOf(frame) ?? "")].some((digit, k) => digit === mistake.truth && isRead(text[k]));
}
