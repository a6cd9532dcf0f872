import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * Have `field`, a ref to an input, show `known` whenever that or what it is about, `about`, changes; what is being typed
 * meanwhile stays. Returns a function to call when what it shows is sent: that may be replaced again.
 */
export function useTypedText(field, about, known) {
  /** What was put into the field, and about what. */
  const put = useRef({ about: "", text: "" });
  useLayoutEffect(() => {
    const now = field.current.value;
    if (put.current.about === about && now !== put.current.text && now !== known) return;
    put.current = { about, text: known ?? "" };
    field.current.value = put.current.text;
    if (document.activeElement === field.current) field.current.select();
  }, [about, known]);
  return () => (put.current = { about, text: field.current.value });
}
