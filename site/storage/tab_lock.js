// Of the tabs that have a project open, one writes it.

const PATIENCE_MS = 1000;

/** The projects that this tab writes. Without locks, or where a frame is denied them, it trusts that there is one tab. */
export class TabLock {
  #onLost;
  /** By project: lets go of its lock. */
  #held = new Map();

  /** `onLost(id)` is told when another tab takes a project over. */
  constructor(onLost) {
    this.#onLost = onLost;
  }

  has = (id) => this.#held.has(id);

  /**
   * Become the writer of a project. Resolves with whether this tab is; where another tab was, only with `steal`,
   * or when that ends soon: a page that is reloaded may come before it has gone.
   */
  async take(id, { steal = false } = {}) {
    if (this.#held.has(id)) return true;
    if (!navigator.locks) return this.#held.set(id, () => {}).has(id);
    return new Promise((answer) => {
      const hold = () => new Promise((letGo) => answer(this.#held.set(id, letGo).has(id)));
      const options = steal ? { steal } : { signal: AbortSignal.timeout(PATIENCE_MS) };
      navigator.locks.request(`readout project ${id}`, options, hold).catch(({ name }) => {
        if (name === "SecurityError") return answer(this.#held.set(id, () => {}).has(id));
        if (this.#held.delete(id)) this.#onLost(id);
        answer(false);
      });
    });
  }

  /** Let another tab write it. */
  release(id) {
    this.#held.get(id)?.();
    this.#held.delete(id);
  }
}
