import { useEffect, useState } from "preact/hooks";
import { notify } from "./store.js";

/** Errors that are not shown: a worker that dies is started again, and then everything is asked again. */
const PASSING = ["AbortError", "WorkerError"];

/**
 * What `ask(signal)` resolves to, null until then; asked again when `inputs` have changed and rested for `pause` ms.
 * An older question is aborted, and its answer dropped. The last answer stays until the next has come.
 */
export function useAsync(ask, inputs, pause = 60) {
  const [answer, setAnswer] = useState(null);
  useEffect(() => {
    const asking = new AbortController();
    const { signal } = asking;
    const timer = setTimeout(() => {
      ask(signal).then(
        (found) => signal.aborted || setAnswer(found),
        (error) => signal.aborted || PASSING.includes(error.name) || notify(error.message, "error"),
      );
    }, pause);
    return () => {
      asking.abort();
      clearTimeout(timer);
    };
  }, inputs);
  return answer;
}
