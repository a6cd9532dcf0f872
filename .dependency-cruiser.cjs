// What may import what in the page's and the build's JavaScript; docs/architecture.md has the same table.

const ENTRY = "^site/(main|classes|start|features/demo/editor|workers/[^/]+/worker)\\.js$";
/** By folder what it may import beside itself. */
const LAYERS = {
  shared: [],
  state: ["shared"],
  storage: ["shared"],
  runtime: ["shared"],
  media: ["runtime", "shared"],
  workers: ["media", "runtime", "shared"],
  session: ["state", "media", "storage", "runtime", "shared"],
};
/** labelling goes from one frame to the next by the rows of the readings' table. */
const SHARED_BY_FEATURES = "^site/features/readings/(rows|table_state)\\.js$";

module.exports = {
  forbidden: [
    { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    { name: "no-missing", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-unused-module",
      severity: "error",
      from: { path: ENTRY },
      to: { path: "^site/", pathNot: ENTRY, reachable: false },
    },
    ...Object.entries(LAYERS).map(([folder, below]) => ({
      name: `${folder}-knows-no-more`,
      severity: "error",
      from: { path: `^site/${folder}/` },
      to: { path: "^site/", pathNot: `^site/(${[folder, ...below].join("|")})/` },
    })),
    {
      name: "features-are-apart",
      severity: "error",
      from: { path: "^site/features/([^/]+)/" },
      to: { path: "^site/(features|app)/", pathNot: ["^site/features/$1/", SHARED_BY_FEATURES] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    includeOnly: "^(site|tooling)/",
  },
};
