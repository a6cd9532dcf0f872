"""Arrays by name in an .npz file, which numpy.load reads too. From anywhere: no pickles, no surprises."""

import math
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np

from ..errors import ReadoutError
from .zip_archive import AGAIN, Archive, pack

NPY: Any = np.lib.format
"""Its functions have no types."""
Kinds = Mapping[str, tuple[str, int]]
"""What an array is, by its name: a dtype as in '<i4', 'U' for text of any length, and its number of dimensions."""


def to_npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The arrays as an .npz file, not compressed: equal arrays give equal bytes."""
    parts = {}
    for name, array in arrays.items():
        file = BytesIO()
        NPY.write_array(file, np.ascontiguousarray(array), allow_pickle=False)
        parts[f"{name}.npy"] = file.getvalue()
    return pack(parts, compressed=False)


def from_npz(data: bytes, kinds: Kinds, what: str) -> dict[str, np.ndarray]:
    """The arrays that `kinds` names, read-only, over the bytes where they lie; others are passed over.

    Raises ReadoutError, naming `what` the file is, for an array that is missing, of another dtype or number
    of dimensions, or whose shape is not that of its bytes, before anything of that shape is allocated.
    """
    try:
        archive = Archive(data)
        return {name: _array(archive.read(f"{name}.npy"), name, *kind) for name, kind in kinds.items()}
    except ReadoutError as error:
        raise ReadoutError(f"{what}: {error}") from error


def _array(data: bytes, name: str, dtype: str, dimensions: int) -> np.ndarray:
    file = BytesIO(data)
    try:
        version = NPY.read_magic(file)
        readers = {(1, 0): NPY.read_array_header_1_0, (2, 0): NPY.read_array_header_2_0}
        shape, by_columns, found = readers[version](file)
    except Exception as error:  # a header is parsed as Python, of which anything can be wrong
        raise ReadoutError(f"{name} is an array in numpy's format, got something else: {AGAIN}") from error
    if found.kind != "U" if dtype == "U" else found != np.dtype(dtype):
        raise ReadoutError(f"{name} holds {_WORDS[dtype]}, got the type {str(found)[:40]}: {AGAIN}")
    if len(shape) != dimensions or min(shape, default=0) < 0 or (by_columns and dimensions > 1):
        raise ReadoutError(f"{name} has {dimensions} dimensions, row by row, got shape {str(shape)[:60]}: {AGAIN}")
    there = len(data) - file.tell()
    if math.prod(shape) * found.itemsize != there:
        raise ReadoutError(
            f"{name} of shape {str(shape)[:60]} has as many values as bytes allow, got {there} bytes: {AGAIN}"
        )
    if math.prod(shape) == 0:
        return np.empty(shape, found)
    array = np.frombuffer(data, found, offset=file.tell()).reshape(shape)
    if dtype == "U":
        try:
            array.tolist()
        except (ValueError, SystemError) as error:
            raise ReadoutError(f"{name} holds text, got codes that are no characters: {AGAIN}") from error
    elif found.kind == "f" and not np.isfinite(array).all():
        raise ReadoutError(f"{name} holds finite numbers, got NaN or infinity: {AGAIN}")
    return array


_WORDS = {
    "U": "text",
    "|u1": "whole numbers of 8 bits",
    "<i4": "whole numbers of 32 bits",
    "<f4": "numbers of 32 bits",
    "<f8": "numbers of 64 bits",
}
