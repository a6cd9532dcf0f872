// What was asked of a project's document and is not in the stored one yet: after a crash it is asked again.
//
//   journal  [id, number]  {edit, given}: the name of a function in session/edits.js, and what it was called with

import { keysOf } from "./frames_db.js";

/** What ProjectsDb offers of edits, as its `journal`. `mayWrite(id)` tells whether this tab writes a project. */
export class JournalDb {
  #database;
  #mayWrite;
  #last = 0;

  constructor(database, mayWrite) {
    [this.#database, this.#mayWrite] = [database, mayWrite];
  }

  /**
   * Write an edit down at once. Returns {number, written}: its number, which grows, and a promise of whether it is
   * stored; null where this tab writes nothing.
   */
  note(id, edit) {
    if (!this.#mayWrite(id)) return null;
    const number = (this.#last = Math.max(this.#last + 1, Date.now()));
    const written = this.#database.write(["journal"], (tx) => {
      const put = tx.store.put(edit, [id, number]);
      tx.commit();
      return put;
    });
    return { number, written };
  }

  /** All edits of a project in their order: [{number, edit, given}]. */
  async all(id) {
    const [keys, edits] = (await this.#database.read(["journal"], (tx) =>
      Promise.all([tx.store.getAllKeys(keysOf(id)), tx.store.getAll(keysOf(id))]),
    )) ?? [[], []];
    this.#last = Math.max(this.#last, ...keys.map(([, number]) => number)); // clocks are set back
    return edits.map((edit, k) => ({ number: keys[k][1], ...edit }));
  }

  /** Forget edits that came to nothing. */
  forget(id, numbers) {
    return this.#database.write(["journal"], (tx) =>
      Promise.all(numbers.map((number) => tx.store.delete([id, number]))),
    );
  }
}
