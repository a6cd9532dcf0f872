"""A display seen at an angle: the plane it lies in, as a camera maps it to the picture."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from .strip import Box, Strip


@dataclass(frozen=True)
class View:
    """How the display's plane is turned and tilted.

    turn: rotation in degrees. tilt: by what shares of their length the picture's top edge and its
    right edge are shortened.
    """

    turn: float = 0.0
    tilt: tuple[float, float] = (0.0, 0.0)

    def matrix(self, size: tuple[float, float]) -> np.ndarray:
        """The homography (3, 3) from flat to seen coordinates of a picture of `size`; its centre stays."""
        width, height = size
        a, b = (share / 2 for share in self.tilt)
        flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
        seen = flat + np.array([(a * width, 0), (-a * width, b * height), (0, -b * height), (0, 0)])
        angle = np.radians(self.turn)
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        centre = np.array([width, height]) / 2
        return _through_four_points(flat, (seen - centre) @ rotation.T + centre)

    def strip(self, strip: Strip, scale: int) -> Strip:
        """The strip as it is seen. A cell becomes the upright box of the same middle that holds it."""
        size = strip.lit.size
        inverse = np.linalg.inv(self.matrix(size))
        coefficients = tuple((inverse / inverse[2, 2]).ravel()[:8])

        def warp(picture):
            if picture is None:
                return None
            return picture.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)

        forward = self.matrix([side / scale for side in size])
        cells = [_seen_box(cell, forward) for cell in strip.cells]
        return Strip(*map(warp, (strip.lit, strip.unlit, strip.edge, strip.plate)), cells)


def _seen_box(cell: Box, matrix: np.ndarray) -> Box:
    x, y, w, h = cell
    corners = np.array([(x, y, 1), (x + w, y, 1), (x + w, y + h, 1), (x, y + h, 1)]) @ matrix.T
    corners = corners[:, :2] / corners[:, 2:]
    low, high = corners.min(axis=0), corners.max(axis=0)
    return (*map(float, low), *map(float, high - low))


def _through_four_points(source, target):
    """The homography that maps four points (4, 2) to four others: 8 linear equations."""
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.append(np.linalg.solve(rows, right), 1).reshape(3, 3)
