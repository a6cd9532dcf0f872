// Writes the last of many texts: one at a time, and in the end always the newest.

/** Saves one text that changes often. `write(text)` resolves with whether it was written; calls end in their order. */
export class Autosave {
  #write;
  /** What is to be written next, and the newest that could not be: {text, order, promise, resolve}. */
  #next = null;
  #failed = null;
  #running = null;
  #writing = 0;
  #order = 0;

  constructor(write) {
    this.#write = write;
  }

  /**
   * Write `text`, unless another follows before its turn comes. Resolves with true once it, or a later one,
   * is written, and with false where that failed.
   */
  save(text) {
    this.#next = { ...(this.#next ?? deferred()), text, order: ++this.#order };
    const { promise } = this.#next;
    this.#running ??= this.#run();
    return promise;
  }

  /** Begin at once to write what waits: the page may go any moment. Also tries again what failed. */
  flush() {
    this.#next ??= this.#failed && { ...deferred(), text: this.#failed.text, order: this.#failed.order };
    if (this.#next) this.#writeNext();
  }

  /** Whether something is not written yet. */
  get unsaved() {
    return Boolean(this.#next || this.#writing || this.#failed);
  }

  /** Resolves when nothing is being written. */
  async settled() {
    while (this.#running) await this.#running;
  }

  /** Write nothing more. */
  drop() {
    this.#next?.resolve(false);
    this.#next = this.#failed = null;
  }

  async #run() {
    while (this.#next) await this.#writeNext();
    this.#running = null;
  }

  async #writeNext() {
    const current = this.#next;
    this.#next = null;
    this.#writing++;
    const written = await this.#write(current.text);
    this.#writing--;
    if (written && this.#failed?.order <= current.order) this.#failed = null;
    if (!written && current.order === this.#order) this.#failed = current;
    current.resolve(written);
  }
}

function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}
