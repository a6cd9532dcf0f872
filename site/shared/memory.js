// WebAssembly that finds no memory: what a page that was just left held comes back late.

/** How long, in ms, is waited before each further try. */
const WAITS_MS = [500, 1500, 4000, 9000];

/** Whether an error, maybe one that a worker told, says that there was no memory; each engine has its own words. */
export const lacksMemory = ({ message = "" }) => /out of memory|could not allocate memory/i.test(message);

/** What `start()` resolves to. Where it finds no memory it is tried again, after `again()` and a while. */
export async function withPatience(start, again = () => {}) {
  for (const ms of WAITS_MS) {
    try {
      return await start();
    } catch (error) {
      if (!lacksMemory(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, ms));
    again();
  }
  return start();
}
