"""Pictures of the bundled frames as a shaking camera takes them, with something to hold on to."""

from PIL import Image

ANCHOR = [22, 17, 118, 24]
"""Around the word LIVE, which is in the same place in all frames: x, y, width, height."""
MOVES = [(0, 0), (4.5, -3.25), (-5.5, 2), (3, 5.5), (-2.75, -5), (5.75, 4), (0, 0), (1, 1)]
"""By how many pixels pictures have moved to the right and down, one after the other."""


def moved(picture: Image.Image, dx: float, dy: float) -> Image.Image:
    """The picture, moved to the right and down by parts of a pixel."""
    return picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, -dx, 0, 1, -dy), Image.Resampling.BICUBIC)


def covered(picture: Image.Image) -> Image.Image:
    """The picture, with something grey in front of the anchor."""
    picture.paste((90, 90, 90), (0, 0, 220, 70))
    return picture
