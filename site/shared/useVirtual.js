import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { useLayoutEffect, useReducer, useState } from "preact/hooks";

/**
 * Which of `count` rows, all `height` pixels high, are on screen in the scrolling element `box`, a ref, below a header
 * of `header` pixels that sticks: {first, last, show}; rows [first, last) are to be drawn, `show(index)` scrolls to one.
 */
export function useVirtual(box, { count, height, header }) {
  const [, redraw] = useReducer((times) => times + 1, 0);
  const options = {
    count,
    scrollMargin: header,
    scrollPaddingStart: header,
    overscan: 6,
    estimateSize: () => height,
    getScrollElement: () => box.current,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: redraw,
  };
  const [virtual] = useState(() => new Virtualizer(options));
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => virtual._willUpdate());
  const indexes = virtual.getVirtualIndexes();
  return {
    first: indexes[0] ?? 0,
    last: indexes.length ? indexes.at(-1) + 1 : 0,
    show: (index) => virtual.scrollToIndex(index),
  };
}
