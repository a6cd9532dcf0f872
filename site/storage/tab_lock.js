// Of the tabs that have a project open, one writes it.

/** So often it is looked who has a lock that does not come; at so many looks in a row another tab has it. */
const LOOK_MS = 500;
const LOOKS = 4;

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
  all = () => [...this.#held.keys()];

  /**
   * Become the writer of a project. Resolves with whether this tab is; where another tab was, only with `steal`,
   * or when that ends soon: a page that is reloaded may come before it has gone.
   */
  async take(id, { steal = false } = {}) {
    if (this.#held.has(id)) return true;
    if (!navigator.locks) return this.#held.set(id, () => {}).has(id);
    return new Promise((answer) => {
      const hold = () => new Promise((letGo) => answer(this.#held.set(id, letGo).has(id)));
      const [lock, asking] = [`readout project ${id}`, new AbortController()];
      let answered = false;
      const options = steal ? { steal } : { signal: asking.signal };
      const taken = () => ((answered = true), hold());
      navigator.locks.request(lock, options, taken).catch(({ name }) => {
        answered = true;
        if (name === "SecurityError") return answer(this.#held.set(id, () => {}).has(id));
        if (this.#held.delete(id)) this.#onLost(id);
        answer(false);
      });
      if (!steal) heldByAnother(lock, () => answered).then((is) => is && asking.abort());
    });
  }

  /** Let another tab write it. */
  release(id) {
    this.#held.get(id)?.();
    this.#held.delete(id);
  }
}

/** Whether another tab goes on having a lock. While a busy machine only has not given it yet, it is waited for. */
async function heldByAnother(lock, answered) {
  for (let looks = 0; looks < LOOKS;) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    if (answered()) return false;
    const { held } = await navigator.locks.query();
    looks = held.some(({ name }) => name === lock) ? looks + 1 : 0;
  }
  return !answered();
}
