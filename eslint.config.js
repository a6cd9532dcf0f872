import js from "@eslint/js";
import globals from "globals";

const rules = {
  eqeqeq: ["error", "always", { null: "ignore" }],
  "no-control-regex": "off", // paths and files are checked for these
  "no-shadow": ["error", { builtinGlobals: false, hoist: "functions" }],
  "no-unused-vars": ["error", { args: "after-used", argsIgnorePattern: "^_", ignoreRestSiblings: true }],
  "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "prefer-template": "error",
};

export default [
  { ignores: ["dist/", "node_modules/", ".cache/", ".venv/", "tests/build/fixture_site/"] },
  js.configs.recommended,
  { rules, linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["site/**/*.js", "benchmarks/*.js", "tests/**/*.js", "py/**/*.js"],
    languageOptions: { globals: globals.browser },
  },
  { files: ["site/workers/**/*.js"], languageOptions: { globals: globals.worker } },
  {
    files: ["tooling/**/*.mjs", "tests/**/*.mjs", "tests/site/*.js", "*.config.js"],
    languageOptions: { globals: globals.node },
  },
  { files: ["tooling/*.js"], languageOptions: { globals: globals.serviceworker } },
  { files: ["*.cjs"], languageOptions: { globals: globals.commonjs, sourceType: "commonjs" } },
];
