"""Which picture track of a clip is read."""

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from ._av import av

if TYPE_CHECKING:
    from av import VideoStream
    from av.container import InputContainer

MOST_COUNTED = 4096
"""Once so many packets have passed, a track of which there was one or none does not move, if another does."""
NOT_COUNTED: Mapping[int, int] = MappingProxyType({})


def picture_tracks(container: "InputContainer", counted: Mapping[int, int] = NOT_COUNTED) -> "list[VideoStream]":
    """All picture tracks that move; else those of one picture, else the empty ones, else covers.

    counted: see `count_packets`; a track that it lacks is taken to move.
    """
    tracks = [each for each in container.streams.video if not each.disposition & av.stream.Disposition.attached_pic]
    for least in (2, 1):
        if some := [each for each in tracks if counted.get(each.index, 2) >= least]:
            return some
    return tracks or [*container.streams.video]


def picture_track(container: "InputContainer", counted: Mapping[int, int] = NOT_COUNTED) -> "VideoStream":
    """The track that a player would show: no cover picture, the one marked as default, else the first."""
    default = av.stream.Disposition.default
    return min(picture_tracks(container, counted), key=lambda stream: not stream.disposition & default)


def count_packets(container: "InputContainer") -> dict[int, int]:
    """How many packets each picture track but covers has, by its number, 2 for more: not all containers say."""
    tracks = picture_tracks(container)
    counted = {each.index: 0 for each in tracks}
    with suppress(av.FFmpegError):
        for passed, packet in enumerate(container.demux(*tracks)):
            if packet.size:
                counted[packet.stream.index] = min(counted[packet.stream.index] + 1, 2)
            if min(counted.values()) > 1 or (passed >= MOST_COUNTED and max(counted.values()) > 1):
                break
    return counted
