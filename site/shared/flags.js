// Why a reading may be wrong, in words: all flags but those of frames that contradict each other.

export const FLAG_WORDS = {
  cut: "touches the window's edge, or goes on outside it",
  constrained: "something else was read, which its stated form rules out",
  disputed: "the whole number was read otherwise: it may have more characters than boxes, or its point has moved",
  doubtful: "it doubts this",
  unknown: "something in it was not read or is not known, or its unit has changed",
  outlier: "looks like nothing it was taught",
  "no-value": "it states no value",
  turned: "its numbers may be upside down, or seen in a mirror",
  "anchor-lost": "its anchor is lost: the boxes lie where they were drawn",
};
