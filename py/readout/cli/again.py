"""A project's readouts in clips that it has not seen: where they are there, looked for before reading."""

from collections.abc import Collection

from ..errors import ReadoutError
from ..layout.box import hull
from ..layout.layout import Layout
from ..readings.place_again import place_again
from ..video.decoder import VideoReader
from .find import find_numbers
from .progress import say
from .sources import Sources


class PlacedAgain:
    """Says on standard error what it finds; a clip in which it is not sure is read where the layout says.

    layouts: by clip, where a layout is elsewhere than it says.
    """

    def __init__(self, layout: Layout, known: Collection[str]):
        """known: files whose frames the project has."""
        self._layout, self._known = layout, known
        self.layouts: dict[str, Layout] = {}

    def look(self, clip: VideoReader) -> bool:
        """Look for the readouts in a clip. Returns whether its frames may be of another size than the layout says."""
        if clip.name in self._known:
            return False
        size = clip.width, clip.height
        try:
            numbers = find_numbers(Sources(clips=[(clip.path, clip.name)])).numbers
        except ReadoutError:  # reading says what is wrong with it
            return False
        found = place_again(self._layout, [hull(each.window, each.turn) for each in numbers], size)
        if found.sure:
            if found.moved or size != self._layout.frame_size:
                self.layouts[clip.name] = found.layout
                say(f"{clip.name}: {found.words}; they are read there, or with --as-placed where the layout says")
            return True
        told = "they are read where it says, " if size == self._layout.frame_size else ""
        where = f"{told}`readout find {clip.name}` lists what is there"
        say(f"{clip.name}: not sure where the numbers are, {found.words}; {where}")
        return False
