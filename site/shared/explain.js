// What an error means to the person in front of the page.

import { lacksMemory } from "./memory.js";

/** {title, what, why, next, detail} for the failure screen, from any error of the page or its workers. */
export function explain(error) {
  const detail = error?.traceback || error?.stack || String(error);
  const { file, status, why, next, worker, message = String(error) } = error ?? {};
  if (lacksMemory(error ?? {}))
    return {
      title: "There is not enough memory",
      what: message.trim().split("\n").pop(),
      why: "Other tabs hold it, or this one still holds that of a page before.",
      next: "Close other tabs. If a reload finds none either, close this one too, and open it again.",
      detail,
    };
  switch (error?.name) {
    case "AssetError":
      return { title: "A part of Readout did not arrive", what: `${file}: ${status}`, why, next, detail };
    case "NoWebAssembly":
      return {
        title: "This browser has no WebAssembly",
        what: "Python and MobileNet run as WebAssembly, which this browser lacks or has switched off.",
        why: "Lockdown modes and some company policies switch it off; very old browsers never had it.",
        next: "Allow WebAssembly for this page, or open it in a current Firefox, Chrome, Edge or Safari.",
        detail,
      };
    case "WorkerError":
      return {
        title: `The ${worker} worker has stopped`,
        what: message,
        why: "Most often the browser ran out of memory; a very old browser cannot start it at all.",
        next: "Close other tabs, then reload.",
        detail,
      };
    case "ReadoutError":
      return {
        title: "Readout cannot go on with these pictures",
        what: message,
        why: "The data on the server breaks a rule.",
        next: "Correct it as the message says, run python build.py again, then reload.",
        detail,
      };
    default:
      return {
        title: "Something went wrong that we did not foresee",
        what: message.trim().split("\n").pop(),
        why: "It may be a mistake of ours, or a browser we have not met.",
        next: "Reload. If it happens again, please report it with the details below.",
        detail,
      };
  }
}
