// What the user can ask for in the page's address.

import { signal } from "@preact/signals";
import { BACKBONES } from "../shared/backbones.js";

/** By name in the address. */
const SETTINGS = {
  sets: { default: 4, parse: (text) => Math.round(Number(text)), valid: (sets) => sets >= 0 && sets <= 1000 },
  backbone: { default: "glyphs", parse: (text) => text, valid: (name) => Object.hasOwn(BACKBONES, name) },
};

/** What the user asks for: {sets, of training pictures, backbone, a key of BACKBONES}. */
export const asked = signal(fromUrl(location.search));

/** Ask for something else, and say so in the address. */
export function ask(change) {
  asked.value = { ...asked.value, ...change };
  history.replaceState(null, "", toUrl(asked.value));
}

/** The settings in a query string; what is missing or makes no sense is the default. */
function fromUrl(query) {
  const given = new URLSearchParams(query);
  const entries = Object.entries(SETTINGS).map(([name, { default: usual, parse, valid }]) => {
    const value = given.has(name) ? parse(given.get(name)) : usual;
    return [name, valid(value) ? value : usual];
  });
  return Object.fromEntries(entries);
}

/** A query string that holds the settings which differ from the defaults, and what else was there. */
function toUrl(settings) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(settings)) {
    if (value === SETTINGS[name].default) query.delete(name);
    else query.set(name, value);
  }
  return `${location.pathname}${`${query}` && `?${query}`}${location.hash}`;
}
