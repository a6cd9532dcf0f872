// What failed, for the one screen that says so.

import { signal } from "@preact/signals";

/** {title, what, why, next, detail} as `explain` gives it; null while nothing has. */
export const failure = signal(null);
