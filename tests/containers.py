"""Clips whose containers tell time in their own ways, made with PyAV when they are asked for, each once a run.

SOURCES["edits: a gap"].path() is a file, .numbers which of its encoded pictures are shown, .times when, in seconds.
A picture's number is told by its brightness: `number_of(luma)`.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from tests.clips import folder

COUNT, FPS, SIZE = 24, 8, (96, 64)
STEP = 8
"""Grey levels between one picture and the next."""
STAMP = struct.Struct(">iiiiiiiii")


@dataclass(frozen=True)
class Source:
    """A file. shown: (time in seconds, number of the picture) of each frame. browser: whether Chromium reads it."""

    name: str
    make: Callable[[Path], None]
    ending: str
    shown: tuple[tuple[float, int], ...]
    browser: bool = True
    rotation: int = 0
    mirrored: bool = False

    @property
    def times(self) -> list[float]:
        return [time for time, _ in self.shown]

    @property
    def numbers(self) -> list[int]:
        return [number for _, number in self.shown]

    def path(self) -> Path:
        return _made(self.name)


def picture(number: int) -> np.ndarray:
    """Grey that tells the number, darker at the left and at the top, so that it shows how it is turned."""
    pixels = np.full((SIZE[1], SIZE[0], 3), 24 + STEP * number, np.uint8)
    pixels[:, : SIZE[0] // 4] = 8
    return pixels


def number_of(luma: np.ndarray) -> int:
    """Which picture a plane of it is, as coded."""
    return round(((float(np.median(luma)) - 16) * 255 / 219 - 24) / STEP)


def encode(
    path: Path,
    codec: str = "libx264",
    b_frames: int = 0,
    start: float = 0.0,
    container: str | None = None,
    options: dict[str, str] | None = None,
    pix_fmt: str = "yuv420p",
    group: int = 0,
) -> None:
    """A clip of COUNT pictures whose first is at `start` seconds of the container's clock.

    group: which ones alone are key frames, each so many; else the encoder adds some where pictures differ.
    """
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        encoder = {"preset": "veryfast", "bf": str(b_frames), "g": "12", "b-adapt": "0", "crf": "12", "threads": "1"}
        if group:
            encoder |= {"g": str(group), "sc_threshold": "0"}
        if codec != "libx264":
            encoder = {"bf": str(b_frames), "g": "12", "qmin": "1", "qmax": "2", "b": "8M", "threads": "1"}
        if codec == "mjpeg":
            encoder = {"huffman": "default", "qmin": "1", "qmax": "2", "threads": "1"}
        stream = output.add_stream(codec, rate=25 if codec.startswith("mpeg") and codec != "mpeg4" else FPS)
        stream.options = encoder
        stream.width, stream.height, stream.pix_fmt = *SIZE, pix_fmt
        rate = int(stream.average_rate or FPS)
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = number + round(start * rate), Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def encode_in_two_sizes(path: Path, second: tuple[int, int]) -> None:
    """A WebM whose second half is of another size: calls over the network are recorded so."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libvpx", rate=FPS)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = *SIZE, "yuv420p", Fraction(1, FPS)
        for half, size in enumerate((SIZE, second)):
            encoder = av.CodecContext.create("libvpx", "w")
            encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = *size, "yuv420p", Fraction(1, FPS)
            encoder.options = {"crf": "4", "b": "8M"}
            for number in range(half * COUNT // 2, (half + 1) * COUNT // 2):
                frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24").reformat(*size, format="yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                _mux(output, stream, encoder.encode(frame))
            _mux(output, stream, encoder.encode(None))


def encode_two_tracks(path: Path, second: str, count: int, first: tuple[str, int] = ("libx264", COUNT)) -> None:
    """A clip of pictures that are dark, of a codec and so many, and a second track with some that are light."""
    with av.open(str(path), "w") as output:
        streams = [output.add_stream(codec, rate=FPS) for codec in (first[0], second)]
        for stream in streams:
            stream.width, stream.height = SIZE
            stream.pix_fmt = "yuvj420p" if stream.codec_context.name == "mjpeg" else "yuv420p"
        for stream, each, level in zip(streams, (first[1], count), (100, 200), strict=True):
            for _ in range(each):
                frame = av.VideoFrame.from_ndarray(np.full((*SIZE[::-1], 3), level, np.uint8), format="rgb24")
                output.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
            output.mux(stream.encode(None))


def with_dropped_frames(path: Path, b_frames: int) -> None:
    """An AVI in which, of twice COUNT places, those of some pictures are empty."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"bf": str(b_frames), "g": "12", "b-adapt": "0"}
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number + 5 * (number > 9), Fraction(1, FPS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def joined(path: Path, starts: Sequence[float], group: int = 0) -> Path:
    """Transport streams that begin at these seconds, one behind the other, as recorders leave them."""
    for start in starts:
        encode(path.with_name(f"{start}.ts"), start=start, group=group)
    path.write_bytes(b"".join(path.with_name(f"{start}.ts").read_bytes() for start in starts))
    return path


def with_sound(path: Path, codec: str) -> None:
    """A transport stream of COUNT pictures with sound, whose packets are the last ones."""
    with av.open(str(path), "w") as output:
        stream, sound = output.add_stream(codec, rate=FPS), output.add_stream("mp2", rate=48000)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 48000 // FPS), np.int16), format="s16", layout="mono")
            silence.sample_rate, silence.pts = 48000, number * 48000 // FPS
            output.mux([*stream.encode(frame), *sound.encode(silence)])
        output.mux([*stream.encode(None), *sound.encode(None)])


def _mux(output, stream, packets) -> None:
    for packet in packets:
        packet.stream = stream
        output.mux(packet)


def even(rate: int = FPS, numbers: Sequence[int] = range(COUNT)) -> tuple[tuple[float, int], ...]:
    """Pictures one after the other from 0 on."""
    return tuple((k / rate, number) for k, number in enumerate(numbers))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + size]
        at += size


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _mapped(data: bytes, path: Sequence[bytes], change: Callable[[bytes], bytes]) -> bytes:
    """An MP4 with the content of the box at a path changed."""
    first, *rest = path
    return b"".join(
        _box(kind, (_mapped(body, rest, change) if rest else change(body)) if kind == first else body)
        for kind, body in _boxes(data)
    )


def with_edits(data: bytes, edits: Sequence[tuple[float, float | None]]) -> bytes:
    """An MP4 with another edit list: (seconds, where in the track that begins, None for nothing)."""
    movie = struct.unpack_from(">I", dict(_boxes(dict(_boxes(data))[b"moov"]))[b"mvhd"], 12)[0]

    def change(trak: bytes) -> bytes:
        parts = dict(_boxes(trak))
        scale = struct.unpack_from(">I", dict(_boxes(parts[b"mdia"]))[b"mdhd"], 12)[0]
        delay = struct.unpack_from(">i", dict(_boxes(parts[b"edts"]))[b"elst"], 12)[0]  # of B-frames
        entries = b"".join(
            struct.pack(">IiI", round(seconds * movie), -1 if begin is None else round(begin * scale) + delay, 1 << 16)
            for seconds, begin in edits
        )
        elst = _box(b"edts", _box(b"elst", struct.pack(">II", 0, len(edits)) + entries))
        return b"".join(elst if kind == b"edts" else _box(kind, body) for kind, body in _boxes(trak))

    return _mapped(data, [b"moov", b"trak"], change)


def with_matrix(data: bytes, a: int, b: int, c: int, d: int) -> bytes:
    """An MP4 whose track is turned: (x, y) goes to (ax + cy, bx + dy)."""
    one = 1 << 16
    matrix = STAMP.pack(a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    return _mapped(data, [b"moov", b"trak", b"tkhd"], lambda body: body[:40] + matrix + body[76:])


def _edited(edits: Sequence[tuple[float, float | None]], b_frames: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        encode(path, b_frames=b_frames)
        path.write_bytes(with_edits(path.read_bytes(), edits))

    return make


def _turned(*matrix: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        encode(path)
        path.write_bytes(with_matrix(path.read_bytes(), *matrix))

    return make


def _with_cover(path: Path) -> None:
    """A picture of one frame before the clip's own track."""
    with av.open(str(path), "w") as output:
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        stream = output.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "bf": "0", "crf": "12"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 200, np.uint8), format="rgb24")
        output.mux(cover.encode(frame.reformat(format="yuvj420p")))
        for number in range(COUNT):
            each = av.VideoFrame.from_ndarray(picture(number), format="rgb24").reformat(format="yuv420p")
            each.pts, each.time_base = number, Fraction(1, FPS)
            output.mux(stream.encode(each))
        output.mux(stream.encode(None))


def _without_index(path: Path) -> None:
    """An AVI that ends before its index, as a recorder leaves it that was switched off, and says so."""
    encode(path)
    data = path.read_bytes()
    data = data[: data.rindex(b"idx1")]
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])


WRAP = 2**33 / 90_000
"""Seconds after which the clock of a transport stream begins anew."""
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "use_editlist": "0"}
PART = {"movflags": "frag_keyframe", "use_editlist": "1"}
"""The index has the first part itself, and an edit list without an end."""
EDITS: dict[str, tuple[list[tuple[float, float | None]], list[tuple[float, int]]]] = {
    # what: (edits, frames)
    "a trimmed start": ([(2, 1)], [(k / FPS, 8 + k) for k in range(16)]),
    "a trimmed start inside a frame": ([(2, 1.05)], [(k / FPS, 9 + k) for k in range(15)]),
    "a trimmed end": ([(1.3, 0)], [(k / FPS, k) for k in range(11)]),
    "two parts": ([(1, 0), (1, 2)], [(k / FPS, k if k < 8 else k + 8) for k in range(16)]),
    "two parts, the later one first": ([(1, 2), (1, 0)], [(k / FPS, k + 16 if k < 8 else k - 8) for k in range(16)]),
    "one part twice": ([(1, 0.5), (1, 0.5)], [(k / FPS, 4 + k % 8) for k in range(16)]),
    "a late start": ([(1.5, None), (2, 0)], [(1.5 + k / FPS, k) for k in range(16)]),
    "a gap": ([(1, 0), (0.5, None), (1, 2)], [(k / FPS + 0.5 * (k > 7), k if k < 8 else k + 8) for k in range(16)]),
}
LATE: dict[str, tuple[list[tuple[float, float | None]], list[tuple[float, int]]]] = {
    "three parts": ([(0.5, 0), (0.5, 1.5), (1, 2)], [(k / FPS, k if k < 4 else k + 8) for k in range(16)]),
    "parts of a frame or two": (
        [(0.125, 0.25), (0.125, 1.125), (0.25, 2.5)],
        [(k / FPS, number) for k, number in enumerate((2, 9, 20, 21))],
    ),
}
"""Parts that libav shows too late."""
PS_RATE = 25

_TABLE = [
    *(
        Source(f"edits: {name}{', B-frames' if b else ''}", _edited(edits, b), ".mp4", tuple(shown))
        for name, (edits, shown) in EDITS.items()
        for b in (0, 2)
    ),
    *(
        Source(f"edits: {name}, {b} B-frames", _edited(edits, b), ".mp4", tuple(shown))
        for name, (edits, shown) in LATE.items()
        for b in (1, 3)
    ),
    *(
        Source(f"{ending} of {codec}{', B-frames' if b else ''}", lambda path, codec=codec, b=b: encode(path, codec, b),
               f".{ending}", even(), browser=codec == "libx264")
        for ending, codec, b in [
            ("avi", "libx264", 0), ("avi", "libx264", 2), ("avi", "mpeg4", 0), ("avi", "mpeg4", 2),
            ("mkv", "libx264", 2), ("flv", "libx264", 2), ("ts", "libx264", 2), ("mov", "mpeg4", 2),
        ]
    ),
    Source("avi without an index", _without_index, ".avi", even()),
    Source("mpg of mpeg2video, B-frames", lambda path: encode(path, "mpeg2video", 2), ".mpg", even(PS_RATE), False),
    Source("vob", lambda path: encode(path, "mpeg2video", 0, container="vob"), ".vob", even(PS_RATE), False),
    Source("a raw stream", lambda path: encode(path, b_frames=2, container="h264"), ".h264", even(), False),
    Source("a transport stream at 26 hours", lambda path: encode(path, start=26 * 3600, container="mpegts"), ".lrv",
           even()),
    Source("a transport stream across the wrap", lambda path: encode(path, start=round(WRAP) - 1, container="mpegts"),
           ".bin", even()),
    *(
        Source(f"fragments behind a first part, {b} B-frames", lambda path, b=b: encode(path, b_frames=b, options=PART),
               ".mp4", even(), False)
        for b in (0, 2)
    ),
    Source("wmv, B-frames", lambda path: encode(path, "mpeg4", 2, container="asf"), ".wmv", even(), False),
    Source("fragments", lambda path: encode(path, b_frames=2, options=FRAGMENTS), ".mp4", even()),
    Source("a cover picture", _with_cover, ".mp4", even()),
    Source("turned", _turned(0, 1, -1, 0), ".mp4", even(), rotation=90),
    Source("mirrored", _turned(-1, 0, 0, 1), ".mp4", even(), mirrored=True),
    Source("upside down and mirrored", _turned(1, 0, 0, -1), ".mp4", even(), rotation=180, mirrored=True),
    Source("mirrored and turned", _turned(0, 1, 1, 0), ".mp4", even(), rotation=270, mirrored=True),
]  # fmt: skip
SOURCES: dict[str, Source] = {source.name: source for source in _TABLE}


@cache
def _made(name: str) -> Path:
    source = SOURCES[name]
    path = folder() / f"{list(SOURCES).index(name)}{source.ending}"
    known = path if source.ending not in (".lrv", ".bin", ".h264", ".vob") else path.with_suffix(".tmp")
    source.make(known)
    known.replace(path)
    return path
