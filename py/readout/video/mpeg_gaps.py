"""Pictures that an MPEG-1 or MPEG-2 program stream lacks: its packets have no numbers by which libav could tell."""

from fractions import Fraction

from .words import LONG_GAP

CODECS = ("mpeg1video", "mpeg2video")
GROUP, PICTURE = b"\0\0\1\xb8", b"\0\0\1\0"
"""What a group of pictures and a picture begin with (ITU-T H.262, 6.2.2.6 and 6.2.3)."""
BROKEN_LINK = 0x20
"""In the last byte of a group's header: pictures before its first one were cut out on purpose."""
FRAMES_APART = Fraction(7, 4)
"""A clock that goes on by more than so many frames has left one out; one that is shown for three fields takes 3/2."""


class MpegGaps:
    """Finds where pictures are not there, by their numbers in a group, in the order they are shown, and by the clock.

    In whole files, too, libav gives two pictures one time now and then, or goes back a few, and leaps over as many.
    lost: of each group or leap that lacks some, since when, in seconds.
    """

    def __init__(self, frame: Fraction):
        """frame: seconds of one."""
        self.lost: list[float] = []
        self._frame, self._group, self._groups = frame, set[int](), 0
        self._begin, self._is_cut = 0.0, True
        self._leaps: list[float] = []
        self._doubles = 0

    def see(self, data: bytes, time: float, ahead: Fraction) -> None:
        """A packet with one picture, when it is shown, and how long it is decoded after the one before, in seconds."""
        group, picture = data.find(GROUP), data.find(PICTURE)
        if group >= 0:
            self._close()
            flags = int.from_bytes(data[group + 7 : group + 8], "big")
            self._begin, self._is_cut = time, not self._groups or bool(flags & BROKEN_LINK)
            self._groups += 1
        if self._groups and 0 <= picture < len(data) - 5:
            self._group.add(data[picture + 4] << 2 | data[picture + 5] >> 6)
        if FRAMES_APART * self._frame < ahead < LONG_GAP:
            self._leaps.append(time - float(ahead))
        self._doubles += ahead < self._frame / 4

    def ended(self) -> bool:
        """Whether pictures are not there, once all packets have been seen."""
        self._close()
        if len(self._leaps) >= self._doubles:  # the first one is none
            self.lost += self._leaps
        return bool(self.lost)

    def _close(self) -> None:
        """The group is at its end."""
        if self._group:
            first = min(self._group) if self._is_cut else 0
            if max(self._group) + 1 - first > len(self._group):
                self.lost.append(self._begin)
        self._group = set()
