import { effect } from "@preact/signals";

/** Resolves once `isSo`, which looks at signals, is true. */
export const until = (isSo) =>
  new Promise((/** @type {(value?: any) => void} */ resolve) => {
    const stop = effect(() => {
      if (!isSo()) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
