// Lookups by names that people chose, which may be those of properties that every object has, such as "constructor".

/** `object[key]` where that is its own property, else undefined. */
export const own = (object, key) => (object != null && Object.hasOwn(object, key) ? object[key] : undefined);

/** Make `object[key]` its own property, whatever the key. */
export const setOwn = (object, key, value) =>
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
