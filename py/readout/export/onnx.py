"""Backbone and head joined in one ONNX file, which gives probabilities without Readout.

There is no onnx package in the page, so the few messages are written here as protobuf has them on the wire
(protobuf.dev/programming-guides/encoding), with the field numbers of onnx.proto (github.com/onnx/onnx). Repeated
fields may be appended, so what is new goes at the end of the model's own graph. It is not left to the reader to
merge two graphs, as that guide would have it: several readers of ONNX keep the last one instead.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .. import __version__
from ..errors import ReadoutError
from ..imaging.strips import HEIGHT, LEAST_SHARE, LEAST_SPAN, MULTIPLE, RANK, WIDTHS
from ..model.backbone import Card, check_trained_on
from ..model.head import SoftmaxHead
from ..model.prior import BLANK, UNKNOWN, Prior
from ..readings.line import NUMERIC

PROBABILITIES = "probabilities"
"""The output that is added, (n, C), of a line backbone (n, t, C); the embeddings stay an output."""
NORMALISATION = "RGB / 127.5 - 1, channels first, resized with bilinear interpolation"
STRIP_NORMALISATION = (
    f"RGB, {HEIGHT} rows, resized with bilinear interpolation, width padded to a multiple of {MULTIPLE} with 0; each "
    f"channel (x - middle) * 1.6 / span within -1 and 1, between its values at 1 and 99 percent; see lines.md"
)

GRAPH, METADATA = 7, 14  # of ModelProto
NODE, INITIALIZER, OUTPUT = 1, 5, 12  # of GraphProto
FLOAT, INT = 1, 2  # TensorProto.FLOAT, AttributeProto.INT


def append_head(model: bytes, head: SoftmaxHead, card: Card) -> bytes:
    """The backbone's ONNX file with the head at its end; classes, input size and scaling are in its metadata.

    model: the file that `card` describes. Raises ReadoutError for another file, and for a head that has learned
    nothing or belongs to another backbone.
    """
    found = hashlib.sha256(model).hexdigest()
    if found != card.sha256:
        raise ReadoutError(
            f"{card.file} has sha256 {found[:12]}…, its card says {card.sha256[:12]}…: "
            "restore the file, or make both again with the recipe"
        )
    if not hasattr(head, "coef_"):
        raise ReadoutError("the head has not learned anything yet: call fit first")
    check_trained_on(head, card)
    if len(head.coef_) != card.dim:
        raise ReadoutError(f"{card.name} gives {card.dim} features, got a head for {len(head.coef_)}: train it again")
    if PROBABILITIES.encode() in model:
        raise ReadoutError(f"{card.file} has something named {PROBABILITIES!r} already: join the backbone's own file")
    properties = {
        "classes": json.dumps(head.classes_),
        "input_size": str(card.input_size),
        "normalisation": STRIP_NORMALISATION if card.stride else NORMALISATION,
        **({"stride": str(card.stride), "set_aside": json.dumps(set_aside(head))} if card.stride else {}),
        "backbone": card.name,
        "backbone_sha256": card.sha256,
        "readout": __version__,
    }
    extra = b"".join(_field(METADATA, _field(1, key) + _field(2, value)) for key, value in properties.items())
    graph = _layers(head, card.output, _unused(model), 1 if card.stride else 0)
    try:
        parts = list(_fields(model))
    except IndexError:
        parts = []
    if [number for number, _, _ in parts].count(GRAPH) != 1:
        raise ReadoutError(f"{card.file} is an ONNX model with one graph, got something else: make it with its recipe")
    grown = (_field(GRAPH, body + graph) if number == GRAPH else whole for number, whole, body in parts)
    return b"".join(grown) + extra


def set_aside(head: SoftmaxHead) -> list[str]:
    """Classes that readings of windows leave out unless they were taught: letters, units, the unknown."""
    known = head.prior.classes.tolist() if head.prior else []
    return [c for c in head.classes_ if c in known and c != BLANK and c not in NUMERIC]


def example(card: Card, classes: Sequence[str]) -> str:
    """A short Python program that runs such a file on pictures and prints what they show.

    Pictures are of one glyph each, for a line backbone of one number each, the whole picture being its window.
    """
    size = card.input_size
    if card.stride:
        return _line_example(card, classes)
    return f'''\
# python classifier.py classifier.onnx crop.png ...      needs: onnxruntime, numpy, Pillow
# Each picture is the crop of one box. The answers: {" ".join(json.dumps(label) for label in classes)}
import json, sys
import numpy, onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
for path in sys.argv[2:]:
    crop = Image.open(path).convert("RGB").resize(({size}, {size}), Image.Resampling.BILINEAR)
    x = numpy.asarray(crop, numpy.float32).transpose(2, 0, 1)[None] / 127.5 - 1
    [probabilities] = session.run(["{PROBABILITIES}"], {{"{card.input}": x}})[0]
    best = probabilities.argmax()
    print(path, classes[best], round(float(probabilities[best]), 4), sep="\\t")
'''


def _line_example(card: Card, classes: Sequence[str]) -> str:
    least, most = WIDTHS
    return f'''\
# python classifier.py classifier.onnx window.png ...      needs: onnxruntime, numpy, Pillow
# Each picture is a window around one number. The characters: {" ".join(json.dumps(label) for label in classes)}
import json, sys
import numpy, onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
classes, aside = (json.loads(session.get_modelmeta().custom_metadata_map[key]) for key in ("classes", "set_aside"))
for path in sys.argv[2:]:
    window = Image.open(path).convert("RGB")
    wide = min(max(int({HEIGHT} * window.width / window.height + 0.5), {least}), {most})
    x = numpy.asarray(window.resize((wide, {HEIGHT}), Image.Resampling.BILINEAR), numpy.float32)
    flat, cut = numpy.sort(x.reshape(-1, 3), axis=0), (x.shape[0] * wide - 1) // {RANK}
    low, high = flat[cut], flat[-1 - cut]
    span = numpy.maximum(numpy.maximum(high - low, (high - low).max() * {LEAST_SHARE}), {LEAST_SPAN:g})
    x = numpy.clip((x - (low + high) / 2) * 1.6 / span, -1, 1).transpose(2, 0, 1)[None]
    x = numpy.pad(x, ((0, 0), (0, 0), (0, 0), (0, -wide % {MULTIPLE}))).astype(numpy.float32)
    [columns] = session.run(["{PROBABILITIES}"], {{"{card.input}": x}})[0]
    best = [classes[k] for k in columns[: -(-wide // {card.stride})].argmax(axis=1)]
    read = ["{BLANK}" if c in aside else c for c in best]
    print(path, "".join(c for c, before in zip(read, ["{BLANK}", *read]) if c not in ("{BLANK}", before)), sep="\\t")
'''


def weights(head: SoftmaxHead) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The head as a softmax over S parts of its classes: coef (d, S), intercept (S,), members (S, C) of 0 and 1.

    A class has the probability of all its parts together. Without a prior a class is one part. With a prior
    'unknown' has a part for each class of the prior that it stands for, and so has a class that the prior has never
    seen, since its score is that of the unknown less log 2 (see `Prior.scores`):
    exp(a + log sum_r exp s_r) = sum_r exp(a + s_r).
    """
    coef, intercept, owners = [], [], []
    for k, label in enumerate(head.classes_):
        for w, b in _parts(head.prior, label, head.classes_):
            coef.append(head.coef_[:, k] + w)
            intercept.append(head.intercept_[k] + b)
            owners.append(k)
    return np.stack(coef, axis=1), np.array(intercept), np.eye(len(head.classes_))[owners]


def _parts(prior: Prior | None, label: str, classes: Sequence[str]) -> list[tuple[Any, Any]]:
    """What a head's weights and intercept for a label are added to, once for each part."""
    if prior is None:
        return [(0, 0)]
    known = prior.classes.tolist()
    if label in known and label != UNKNOWN:
        return [(prior.coef[:, known.index(label)], prior.intercept[known.index(label)])]
    heard = {*classes, *prior.confusable.tolist()} - {UNKNOWN}
    less = 0 if label == UNKNOWN else np.log(2)
    return [(prior.coef[:, k], prior.intercept[k] - less) for k, name in enumerate(known) if name not in heard]


def _layers(head: SoftmaxHead, embeddings: str, prefix: str, columns: int) -> bytes:
    """Nodes, weights and the output to append to a graph whose `embeddings` the head takes.

    columns: 1 where these are (n, t, d), one for each of t columns, 0 where they are (n, d).
    """
    coef, intercept, members = weights(head)
    tensors = {f"{prefix}coef": coef, f"{prefix}intercept": intercept, f"{prefix}members": members}
    products, scores, parts = f"{prefix}products", f"{prefix}scores", f"{prefix}parts"
    affine = [_node("Gemm", [embeddings, f"{prefix}coef", f"{prefix}intercept"], scores)]
    if columns:  # Gemm takes matrices alone
        affine = [
            _node("MatMul", [embeddings, f"{prefix}coef"], products),
            _node("Add", [products, f"{prefix}intercept"], scores),
        ]
    return b"".join(
        [
            *affine,
            _node("Softmax", [scores], parts, axis=1 + columns),
            _node("MatMul", [parts, f"{prefix}members"], PROBABILITIES),
            *(_field(INITIALIZER, _tensor(name, values)) for name, values in tensors.items()),
            _field(OUTPUT, _rows(PROBABILITIES, ["n", "t"][: 1 + columns], len(head.classes_))),
        ]
    )


def _unused(model: bytes) -> str:
    """A prefix that no name in the model begins with."""
    prefix = "head/"
    while prefix.encode() in model:
        prefix = "readout_" + prefix
    return prefix


# Messages of onnx.proto


def _node(kind: str, inputs: Sequence[str], output: str, **integers: int) -> bytes:
    attributes = (_field(1, name) + _field(3, value) + _field(20, INT) for name, value in integers.items())
    fields = [*(_field(1, name) for name in inputs), _field(2, output), _field(3, output), _field(4, kind)]
    return _field(NODE, b"".join([*fields, *(_field(5, attribute) for attribute in attributes)]))


def _tensor(name: str, values: np.ndarray) -> bytes:
    dims = b"".join(_field(1, size) for size in values.shape)
    return dims + _field(2, FLOAT) + _field(8, name) + _field(9, values.astype("<f4").tobytes())


def _rows(name: str, free: Sequence[str], columns: int) -> bytes:
    """ValueInfoProto of float32 with some free sizes, named, and so many columns."""
    shape = b"".join(_field(1, _field(2, size)) for size in free) + _field(1, _field(1, columns))
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, shape)))


# Protobuf


def _varint(value: int) -> bytes:
    low = bytes([value & 127 | 128 * (value > 127)])
    return low + _varint(value >> 7) if value > 127 else low


def _field(number: int, value: int | str | bytes) -> bytes:
    """One field: a number as varint, anything else with its length before it."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _fields(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The fields of a message: number, all bytes, and those of its value. IndexError where it is none."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte, at = data[at], at + 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        start, key = at, varint()
        number, kind = key >> 3, key & 7
        if kind not in (0, 2):  # ModelProto has no others
            raise IndexError(kind)
        begin = at
        length = varint()
        if kind == 2:
            begin, at = at, at + length
        if at > len(data):
            raise IndexError(at)
        yield number, data[start:at], data[begin:at]
