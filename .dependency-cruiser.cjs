// What may import what in the page's and the build's JavaScript. docs/architecture.md says why.
const ENTRY = "^site/(main|workers/[^/]+/worker)\\.js$";
const LAYERS = "^site/(shared|runtime|media|storage|state)/";

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
    {
      name: "workers-are-low",
      severity: "error",
      from: { path: "^site/workers/" },
      to: { path: "^site/", pathNot: "^site/(runtime|media|shared|workers)/" },
    },
    {
      name: "layers-know-no-session-and-no-view",
      severity: "error",
      from: { path: LAYERS },
      to: { path: "^site/(session|features|app)/" },
    },
    {
      name: "session-knows-no-feature",
      severity: "error",
      from: { path: "^site/session/" },
      to: { path: "^site/(features|app)/" },
    },
    {
      name: "features-are-apart",
      comment: "labelling goes to frames by the rows of the readings' table",
      severity: "error",
      from: { path: "^site/features/([^/]+)/" },
      to: {
        path: "^site/features/",
        pathNot: ["^site/features/$1/", "^site/features/readings/(rows|table_state)\\.js$"],
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    includeOnly: "^(site|tooling|node_modules)",
    exclude: "^node_modules",
  },
};
