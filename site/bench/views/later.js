import { useEffect, useState } from "preact/hooks";
import { say } from "../store.js";

/**
 * What `ask()` resolves to, null until then; asked again when `inputs` change, at most once at a time, and an
 * answer to an older question is dropped. The last answer stays until the next has come.
 */
export function later(ask, inputs, pause = 60) {
  const [answer, setAnswer] = useState(null);
  useEffect(() => {
    let stale = false;
    const timer = setTimeout(() => {
      ask().then((found) => stale || setAnswer(found), (error) => stale || error.name === "AbortError" || say(error.message, "error"));
    }, pause);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, inputs);
  return answer;
}
