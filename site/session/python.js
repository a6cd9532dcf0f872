// The way to Python: calls wait until it is there, and until another one is where it has died.

import { linkDecoders } from "../runtime/worker_host.js";

let python = null;
/** @type {(value?: any) => void} */
let tellReady = () => {};
/** Resolves when Python can be called. */
export const ready = new Promise((resolve) => (tellReady = resolve));

/** Resolves once another Python has all that the last one had. */
export let revived = Promise.resolve();
/** @type {(value?: any) => void} */
let tellRevived = () => {};

/** Work with this bridge to Python from now on. */
export function attach(bridge) {
  python = bridge;
  linkDecoders(python);
  tellReady();
}

/** Python has died: edits wait until `resume`, when another one knows the project. */
export const interrupt = () => (revived = new Promise((resolve) => (tellRevived = resolve)));
export const resume = () => tellRevived();

/** Regions of a picture's bytes, by a reference, decoded by Python and still there: see pixel_port.js. */
export const decodeInPython = (args, options) => python.call("decode", args, options);

/**
 * Call a public method of the workbench, or of another namespace in readout/workbench/calls.py.
 * @param {string} method @param {object} args @param {{namespace?: string} & CallOptions} options
 * @returns {Promise<any>}
 */
export const call = (method, args = {}, { namespace = "workbench", ...options } = {}) =>
  python.call(`${namespace}/${method}`, args, options);
