"""The recipe of models/glyphs.onnx: draw glyphs, train a small MobileNet on them, export, evaluate.

    python -m models.glyphs            # at most 90 minutes on two cores; --help for the options

Read in the order the data flows: segments, dots, pen_strokes (what a glyph looks like), scenes
(a display that shows some), augmentation (what a camera and a codec do to it), examples (crops with
labels), network, training, fit_prior, card; `models.common` has what the recipes share.
"""
