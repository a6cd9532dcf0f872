// All of the page's state, in one object of signals, and the part of it that lives in the URL.

import { computed, signal } from "@preact/signals";
import { BACKBONES } from "../../shared/backbones.js";

/** What the user can ask for, by its name in the URL. */
export const SETTINGS = {
  sets: { default: 4, parse: (text) => Math.round(Number(text)), valid: (sets) => sets >= 0 && sets <= 1000 },
  backbone: { default: "glyphs", parse: (text) => text, valid: (name) => name in BACKBONES },
};

const key = (frame, readout) => `${frame}\n${readout}`;

export const demoStore = {
  /** What the user asks for, and with what the readings and the score that are shown were made. */
  asked: signal(fromUrl(location.search)),
  shown: signal(null),
  /** The parts being loaded, by name: {done, total, state: "waiting" | "loading" | "starting" | "ready"}. */
  parts: signal({}),
  /** "loading", "switching", "training", "reading", "done" or "failed". */
  phase: signal("loading"),
  /** What failed, for the one screen that says so: {title, what, why, next, detail}. */
  failure: signal(null),
  /** Seconds from opening the page until everything was loaded and started. */
  loadedIn: signal(null),
  /** The layout, and what Session.lessons gives: a moment later, since no first reading needs it. */
  layout: signal(null),
  dataset: signal(null),
  /** {sets, losses, done, total, result}: the training under way or last done. */
  training: signal(null),
  /** {truths, predictions} of the testing pictures. */
  testing: signal(null),
  /** Frame names in order; pictures of the region around the first readout, by frame. */
  frames: signal([]),
  thumbnails: signal({}),
  /** Readings by frame and readout; see `readingOf`. */
  readings: signal({}),
  score: signal(null),
  /** Seconds that training and reading took, up to now or in all. */
  jobSeconds: signal(null),
  /** What Session.review gives. */
  review: signal(null),
  /** The scores so far, by backbone and sets: {glyphs: {0: {score, review, seconds}}}; seconds where the job was done from the start. */
  history: signal({}),
  /** The frame whose details are open. */
  selected: signal(null),
  /** Show only the frames that were read wrong. */
  onlyWrong: signal(false),
};

export const readoutNames = computed(() => demoStore.layout.value?.readouts.map(({ name }) => name) ?? []);

export const readingOf = (frame, readout) => demoStore.readings.value[key(frame, readout)];

export function keepReadings(readings) {
  const added = readings.map((reading) => [key(reading.frame, reading.readout), reading]);
  demoStore.readings.value = { ...demoStore.readings.value, ...Object.fromEntries(added) };
}

/** "right", "wrong", "read" where the truth is unknown, or "waiting". */
export function verdict(frame) {
  const reading = readingOf(frame, readoutNames.value[0]);
  if (!reading) return "waiting";
  const truth = demoStore.dataset.value?.truths[frame];
  return truth === undefined ? "read" : truth === reading.text ? "right" : "wrong";
}

/** The frames in the list: all, or those that were read wrong. */
export const framesShown = () =>
  demoStore.frames.value.filter((frame) => !demoStore.onlyWrong.value || verdict(frame) === "wrong");

export function ask(change) {
  demoStore.asked.value = { ...demoStore.asked.value, ...change };
  history.replaceState(null, "", toUrl(demoStore.asked.value));
}

/** The settings in a query string; what is missing or makes no sense is the default. */
export function fromUrl(query) {
  const given = new URLSearchParams(query);
  const entries = Object.entries(SETTINGS).map(([name, { default: usual, parse, valid }]) => {
    const value = given.has(name) ? parse(given.get(name)) : usual;
    return [name, valid(value) ? value : usual];
  });
  return Object.fromEntries(entries);
}

/** A query string that holds the settings which differ from the defaults, and what else was there. */
export function toUrl(settings) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(settings)) {
    if (value === SETTINGS[name].default) query.delete(name);
    else query.set(name, value);
  }
  return `${location.pathname}${`${query}` && `?${query}`}${location.hash}`;
}
