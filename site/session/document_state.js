// The document's state, in the page and in the browser's storage.

import { bench } from "../state/store.js";
import { keeping } from "./persistence.js";

/** Take Workbench.state, and keep the document in the browser. */
export function keepState(state, { quiet = false } = {}) {
  bench.state.value = state;
  if (!quiet) keeping.document(state.document);
}
