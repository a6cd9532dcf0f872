// Regions of clips made by a few whole numbers, the same ones as in tests/case_scenes.py, which says how.

/** {luma, chroma} of a case in tests/cases/first_occurrence.json, planes as firstOccurrence takes them. */
export function scene({ size: [width, height], boxes, texts, ink, paper, flicker, noise, seed, colour }) {
  let state = seed;
  const grain = () => {
    if (!noise) return 0;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 16) % (2 * noise + 1)) - noise;
  };
  const plane = (wide, tall, at) => ({
    width: wide,
    height: tall,
    pictures: texts.map((text, k) =>
      Uint8Array.from({ length: wide * tall }, (_, pixel) => {
        const value = at(k, text, pixel % wide, Math.floor(pixel / wide)) + grain();
        return Math.min(Math.max(value, 0), 255);
      }),
    ),
  });
  const luma = plane(width, height, (k, text, x, y) => {
    let value = paper;
    boxes.forEach(([left, top, w, h], box) => {
      const inside = x >= left && x < left + w && y >= top && y < top + h && text[box] !== "_";
      if (inside && (x * 7 + y * 3 + x * y * text.codePointAt(box)) % 11 < 4) value = ink;
    });
    return value + flicker * (k % 2);
  });
  const chroma = colour.map((step) => plane((width + 1) >> 1, (height + 1) >> 1, (k) => 128 + step * (k % 3 === 2)));
  return { luma, chroma };
}
