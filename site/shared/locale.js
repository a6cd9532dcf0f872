// The person's language, where the browser states one that it can use: WebKitGTK states "C" in the C locale.

/** A language tag that every Intl takes. */
export const locale = usable(globalThis.navigator?.language) ?? "en";

// uPlot asks for it while it loads.
if (globalThis.navigator?.language !== locale)
  Object.defineProperty(globalThis.navigator, "language", { value: locale, configurable: true });

/** A time as the person writes it; see Intl.DateTimeFormat for `options`. */
export const timeText = (time, options) => new Date(time).toLocaleString(locale, options);

function usable(tag) {
  try {
    return new Intl.NumberFormat(tag).resolvedOptions().locale && tag;
  } catch {
    return null;
  }
}
