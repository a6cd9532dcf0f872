// The document's state, in the page and in the browser's storage.

import { store } from "../state/store.js";
import { persistence } from "./persistence.js";

/** Take Workbench.state, and keep the document in the browser. */
export function keepState(state, { quiet = false } = {}) {
  store.state.value = state;
  if (!quiet) persistence.document(state.document);
}
