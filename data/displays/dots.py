"""Characters of five by seven dots, as on a dot-matrix display."""

from collections.abc import Collection

from PIL import Image, ImageDraw

PATTERNS = {
    "0": (".###.", "#...#", "#..##", "#.#.#", "##..#", "#...#", ".###."),
    "1": ("..#..", ".##..", "..#..", "..#..", "..#..", "..#..", ".###."),
    "2": (".###.", "#...#", "....#", "..##.", ".#...", "#....", "#####"),
    "3": (".###.", "#...#", "....#", "..##.", "....#", "#...#", ".###."),
    "4": ("...#.", "..##.", ".#.#.", "#..#.", "#####", "...#.", "...#."),
    "5": ("#####", "#....", "####.", "....#", "....#", "#...#", ".###."),
    "6": ("..##.", ".#...", "#....", "####.", "#...#", "#...#", ".###."),
    "7": ("#####", "....#", "...#.", "..#..", ".#...", ".#...", ".#..."),
    "8": (".###.", "#...#", "#...#", ".###.", "#...#", "#...#", ".###."),
    "9": (".###.", "#...#", "#...#", ".####", "....#", "...#.", ".##.."),
    ".": (".....", ".....", ".....", ".....", ".....", ".##..", ".##.."),
    ":": (".....", ".##..", ".##..", ".....", ".##..", ".##..", "....."),
    "-": (".....", ".....", ".....", "#####", ".....", ".....", "....."),
    "/": ("....#", "....#", "...#.", "..#..", ".#...", "#....", "#...."),
    " ": (".....",) * 7,
    "*": ("#####",) * 7,
}
OPEN_ZERO = (".###.", "#...#", "#...#", "#...#", "#...#", "#...#", ".###.")
"""Some displays draw 0 without the stroke through it."""


class DotFace:
    """Dot-matrix characters, in pixels of a strip.

    height: of seven rows. fill: a dot's diameter as a share of the pitch. gap: columns between
    characters. round_dots: discs, or else squares. slashed: 0 with a stroke through it. dead: rows, from 0 at the
    top, that never light.
    """

    lit_all = "*"

    def __init__(
        self, height: float, fill: float, gap: float, round_dots: bool, slashed: bool, dead: Collection[int] = ()
    ):
        self.pitch = height / 7
        self.fill, self.gap, self.round_dots = fill, gap, round_dots
        patterns = PATTERNS if slashed else {**PATTERNS, "0": OPEN_ZERO}
        self.patterns = {
            char: tuple("....." if row in dead else line for row, line in enumerate(lines))
            for char, lines in patterns.items()
        }
        self.cell = (0.0, -height, 5 * self.pitch, 0.0)
        self._stamps: dict = {}

    def advance(self, char: str) -> float:
        """How far the pen moves, in strip pixels: every character is as wide as a digit."""
        return (5 + self.gap) * self.pitch

    def stamp(self, char: str, stroke: int = 0, phase: float = 0.0) -> tuple[Image.Image, int, int]:
        """A character's dots, and their left and top counted from the pen."""
        if char not in self._stamps:
            picture = Image.new("L", (round(5 * self.pitch) + 2, round(7 * self.pitch) + 2))
            canvas = ImageDraw.Draw(picture)
            shape = canvas.ellipse if self.round_dots else canvas.rectangle
            side = self.pitch * self.fill
            for row, line in enumerate(self.patterns[char]):
                for column, dot in enumerate(line):
                    if dot == "#":
                        x = (column + 0.5) * self.pitch - side / 2
                        y = (row + 0.5) * self.pitch - side / 2
                        shape((x, y, x + side - 1, y + side - 1), fill=255)
            self._stamps[char] = picture
        return self._stamps[char], 0, -round(7 * self.pitch)
