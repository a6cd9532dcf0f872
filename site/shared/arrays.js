// Lists that are searched and joined.

/** The first of `count` indices from which on `holds(index)` is true; `count` where it is true of none. */
export function firstWhere(count, holds) {
  let [from, to] = [0, count];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** The place in `values`, sorted upwards, from which `value` or more follows; values.length where none does. */
export const lowerBound = (values, value) => firstWhere(values.length, (k) => values[k] >= value);

/** Of `items` the one whose `far(item)` is least, where that is no more than `reach`; null where it is of none. */
export function nearest(items, far, reach) {
  const near = items.map((item) => ({ item, away: far(item) })).filter(({ away }) => away <= reach);
  return near.sort((a, b) => a.away - b.away)[0]?.item ?? null;
}

/**
 * Typed arrays of a kind, one behind the other.
 * @template {Uint8Array | Float64Array} T
 * @param {new (length: number) => T} Kind @param {T[]} arrays
 */
export function concat(Kind, arrays) {
  const whole = new Kind(arrays.reduce((total, { length }) => total + length, 0));
  arrays.reduce((at, array) => (whole.set(array, at), at + array.length), 0);
  return whole;
}
