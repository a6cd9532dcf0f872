// The displays that come with the site, each a dataset with frames to read.

/** By its name in the URL: how people call it, why it is hard, where its dataset and its frames lie, and what they show. */
export const DISPLAYS = {
  thermal: {
    title: "Thermal viewer",
    hard: "tiny, blurred, crowded",
    archive: "data/demo.zip",
    frames: "data/frames/",
    show: "a thermal camera",
  },
  leds: {
    title: "LED board",
    hard: "its middle row is dead",
    archive: "data/leds/dataset.zip",
    frames: "data/leds/frames/",
    show: "an LED board",
  },
};

/** The display of a first visit; it alone has a clip. */
export const FIRST_DISPLAY = "thermal";
