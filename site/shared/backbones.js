// The networks that the page can work with.

/** The networks there are, by their name in the URL: the model's file, and how people call it. */
export const BACKBONES = {
  glyphs: { model: "glyphs", title: "Glyphs", knows: "drawn digits" },
  imagenet: { model: "mobilenet_v1_imagenet", title: "ImageNet MobileNet", knows: "photographs of everything" },
};
