// The document's state, as Python gives it after an edit.

import { batch } from "@preact/signals";
import { store } from "../state/store.js";

/** Take Workbench.state after an edit; persistence.js keeps the document. */
export const keepState = (state) =>
  batch(() => {
    store.state.value = state;
    store.edited.value = state.document;
  });
