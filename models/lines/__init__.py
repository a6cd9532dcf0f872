"""The recipe of models/lines.onnx: draw strips with numbers, train a small MobileNet on them, export, evaluate.

    python -m models.lines             # about 90 minutes on two cores; --help for the options

Read in the order the data flows: texts (what displays show), faces, scenes and counters (a line of
characters as masks), camera (how it is seen, and through which window), paint, degradation, strips
(pixels with a label), shards (many, drawn beside the training), network, training, fit_prior,
card; `models.common` has what the recipes share.
"""
