// What the user can ask for in the page's address.

import { batch, signal } from "@preact/signals";
import { BACKBONES } from "../shared/backbones.js";
import { DISPLAYS, FIRST_DISPLAY } from "../shared/displays.js";

const LESSON = /^#learn(&|$)/;

/** Whether the page is the lesson alone, at #learn: there ImageNet MobileNet learns, unless the address says otherwise. */
export const isLesson = signal(LESSON.test(location.hash));

/** By name in the address. */
const SETTINGS = {
  sets: { usual: () => 4, parse: (text) => Math.round(Number(text)), valid: (sets) => sets >= 0 && sets <= 1000 },
  backbone: {
    usual: () => (isLesson.value ? "imagenet" : "glyphs"),
    parse: (text) => text,
    valid: (name) => Object.hasOwn(BACKBONES, name),
  },
  display: { usual: () => FIRST_DISPLAY, parse: (text) => text, valid: (name) => Object.hasOwn(DISPLAYS, name) },
};

/** What the user asks for: {sets, of training pictures, backbone, a key of BACKBONES, display, one of DISPLAYS}. */
export const asked = signal(fromUrl(location.search));

/** Ask for something else, and say so in the address. */
export function ask(change) {
  asked.value = { ...asked.value, ...change };
  history.replaceState(null, "", toUrl(asked.value));
}

/** Be the lesson alone, or all of the page, as the address says. A link within the lesson leaves it the lesson. */
export function followAddress() {
  if (isLesson.value === LESSON.test(location.hash)) return;
  if (isLesson.value && document.getElementById(location.hash.slice(1)))
    return history.replaceState(null, "", "#learn");
  batch(() => {
    isLesson.value = !isLesson.value;
    asked.value = { ...fromUrl(location.search), sets: asked.value.sets, display: asked.value.display };
  });
}

/** The settings in a query string; what is missing or makes no sense is the default. */
function fromUrl(query) {
  const given = new URLSearchParams(query);
  const entries = Object.entries(SETTINGS).map(([name, { usual, parse, valid }]) => {
    const value = given.has(name) ? parse(given.get(name)) : usual();
    return [name, valid(value) ? value : usual()];
  });
  return Object.fromEntries(entries);
}

/** A query string that holds the settings which differ from the defaults, and what else was there. */
function toUrl(settings) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(settings)) {
    if (value === SETTINGS[name].usual()) query.delete(name);
    else query.set(name, value);
  }
  return `${location.pathname}${`${query}` && `?${query}`}${location.hash}`;
}
