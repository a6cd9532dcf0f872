// Arithmetic on numbers and lists, and how coordinates are stepped and written.

/** Boxes move by half a pixel. */
export const STEP = 0.5;
export const EPSILON = 1e-9;

export const sum = (list) => list.reduce((total, each) => total + each, 0);
export const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
export const toStep = (value) => Math.round(value / STEP) * STEP;
/** A coordinate as people read it: no more than two decimals. */
export const short = (value) => Number(value.toFixed(2));
