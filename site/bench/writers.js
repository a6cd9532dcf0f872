// Of the tabs that have a project open, one writes it.

/** The projects that this tab writes. Browsers without locks trust that there is one tab. */
export class Writers {
  #onLost;
  /** By project: lets go of its lock. */
  #held = new Map();

  /** `onLost(id)` is told when another tab takes a project over. */
  constructor(onLost) {
    this.#onLost = onLost;
  }

  has = (id) => this.#held.has(id);

  /** Become the writer of a project. Returns whether this tab is; only with `steal` where another tab was. */
  async take(id, { steal = false } = {}) {
    if (this.#held.has(id)) return true;
    if (!navigator.locks) return this.#held.set(id, () => {}).has(id);
    return new Promise((answer) => {
      const hold = (lock) => lock ? new Promise((letGo) => answer(this.#held.set(id, letGo).has(id))) : answer(false);
      navigator.locks.request(`readout project ${id}`, steal ? { steal } : { ifAvailable: true }, hold).catch(() => {
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
