// Files in a shape that this browser's database takes: the private windows of WebKit store no Blob.

/** Whether and how files can be stored in a Database. */
export class StoredFiles {
  #database;
  /** A promise of whether the database takes a Blob. */
  #takesBlobs = null;

  constructor(database) {
    this.#database = database;
  }

  /**
   * A Blob as it can be stored: itself, or {type, size, bytes}; see `fileOf`. Undefined where only bytes can be
   * stored, which pass through the memory whole, and there are more of them than `most`.
   */
  async packed(blob, most = Infinity) {
    this.#takesBlobs ??= this.#tryBlob();
    if (await this.#takesBlobs) return blob;
    if (blob.size > most) return undefined;
    const bytes = await blob.arrayBuffer().catch(() => null); // a file that was moved
    return bytes ? { type: blob.type, size: blob.size, bytes } : undefined;
  }

  /**
   * A transaction of its own: where WebKit refuses a Blob after another value was put, the transaction never ends,
   * and neither do those after it.
   */
  #tryBlob() {
    const key = ["", ""];
    return this.#database.write(
      ["files"],
      async (tx) => {
        await tx.store.put(new Blob([]), key);
        await tx.store.delete(key);
      },
      () => {},
    );
  }
}

/** Whether so many bytes more leave a share of the space, `spare`, to what matters more. */
export async function hasRoom(bytes, spare) {
  const { usage = 0, quota = Infinity } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  return usage + bytes <= quota * (1 - spare);
}

/** The Blob, or the browser's handle on a file, that was stored; null where none was. */
export const fileOf = (stored) =>
  stored?.bytes instanceof ArrayBuffer ? new Blob([stored.bytes], { type: stored.type }) : (stored ?? null);
