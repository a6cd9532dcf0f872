// The networks that the page can work with.

/** What reads boxes, by its name in the URL: the model's file, and how people call it. */
export const BACKBONES = {
  glyphs: { model: "glyphs", title: "Glyphs", knows: "drawn digits" },
  imagenet: { model: "mobilenet_v1_imagenet", title: "ImageNet MobileNet", knows: "photographs of everything" },
};

/** What reads windows. */
export const LINES = { model: "lines", title: "Lines" };
