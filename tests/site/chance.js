// Random numbers that are the same in every run.

/** A generator of numbers in [0, 1): a linear congruential one (Numerical Recipes, 7.1), its high bits. */
export function chance(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 4) / 2 ** 28;
  };
}

/** A number between two from a generator. */
export const between = (random, low, high) => low + (high - low) * random();

/** A whole number from `low` to `high`, both included. */
export const whole = (random, low, high) => low + Math.floor(random() * (high - low + 1));
