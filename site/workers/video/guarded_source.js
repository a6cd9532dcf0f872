// A clip's file as mediabunny reads it, kept from being read for ever.

import { BlobSource } from "mediabunny";

/** A slice that is asked for more often than this in a row is not given any more. */
const MOST = 1000;
const { _read: readSlice } = /** @type {any} */ (BlobSource.prototype);

/**
 * In a damaged WebM or MKV mediabunny 1.61 looks for the next element in the file's last eight bytes without an end
 * (`resync` in matroska/ebml.js). It takes what is not given for the file's end.
 */
export class GuardedSource extends BlobSource {
  /** Whether a slice was asked for without an end: the file's rest is damaged. */
  stuck = false;
  #last = "";
  #times = 0;

  _read(start, end, ...bounds) {
    const slice = `${start} ${end}`;
    this.#times = slice === this.#last ? this.#times + 1 : 0;
    this.#last = slice;
    if (this.#times < MOST) return readSlice.call(this, start, end, ...bounds);
    this.stuck = true;
    return null;
  }
}
