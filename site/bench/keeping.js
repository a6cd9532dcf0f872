// What of the open project is kept in this browser. Without storage everything works, for as long as the tab lives.

import { bench } from "./store.js";

export const keeping = {
  ready: Promise.resolve(),
  last: () => undefined,
  create: async (name) => ({ id: crypto.randomUUID(), name, saved: null, exported: null }),
  open: async () => { throw new Error("not yet"); },
  frames() {},
  regions() {},
  regionsOf: async () => null,
  document() {},
  examples() {},
  file: async () => null,
  rename: async (name) => ({ ...bench.project.value, name }),
  remove: async () => {},
  exported() {},
  persist() {},
  forget() {},
};
