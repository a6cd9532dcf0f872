"""The wheels of a rolling counter: behind each window digits stand one above the other."""

from PIL import Image

from .fonts import FontFace


class DrumFace:
    """A font's digits on wheels, in pixels of a strip.

    height: of a digit. pitch: from one digit to the next on the wheel, in digit heights. window:
    height of the window, in digit heights. wheel: from one wheel to the next, in digit widths.
    """

    lit_all = None

    def __init__(self, stem: str, height: float, pitch: float, window: float, wheel: float):
        self.face = FontFace(stem, height)
        self.stem = stem
        left, top, right, bottom = self.face.cell
        self.cell = self.face.cell
        self.pitch = pitch * (bottom - top)
        self.window_height = window * (bottom - top)
        self.wheel = wheel * (right - left)

    def advance(self, char: str) -> float:
        """From one wheel to the next; separators are painted on the case and are narrow."""
        return self.wheel if char.isdecimal() or char == " " else 0.45 * self.wheel

    def stamp(self, char: str, stroke: int = 0, phase: float = 0.0) -> tuple[Image.Image, int, int]:
        """What a window shows, and its left and top counted from the pen.

        phase: how far the wheel has turned on towards the next digit, as a share of a digit's height.
        """
        if not char.isdecimal():
            return self.face.stamp(char, stroke)
        left, top, right, bottom = self.cell
        middle, room = (top + bottom) / 2, self.window_height / 2
        width = round(right - left) + 2
        window = Image.new("L", (width, round(2 * room)))
        for step in (-1, 0, 1):
            ink, dx, dy = self.face.stamp(str((int(char) + step) % 10), stroke)
            y = dy - middle + room + step * self.pitch - phase * (bottom - top)
            window.paste(ink, (round(dx - left), round(y)))
        return window, round(left), round(middle - room)
