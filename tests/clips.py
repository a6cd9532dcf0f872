"""Small clips with known frames, made with PyAV when they are asked for, each once a run.

CASES["vp9"].path()      a file; .times, .readings, .layout are the truth
BAD["text"].path()       a file that cannot be read, or not all of it; .words are in the command line's message
"""

import atexit
import contextlib
import itertools
import math
import os
import shutil
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE = (320, 240)
CELLS = (96, 122, 158, 184)
"""Left edges of the four digit boxes; a point stands in the gap."""
BOX = (24, 34)
TOP = 96
RGB = "rgb24"


@dataclass(frozen=True)
class Case:
    """A clip. ticks: of each frame, in units of `base` seconds. hold: frames for which a number stays. hidden: which
    packets are decoded and not shown, as VP8 has them (RFC 6386, 9.1).

    size: as it is coded. rotation: degrees clockwise that turn it upright. browser: whether Chromium decodes it.
    options: of the encoder. spoil: what becomes of each picture before it is encoded.
    """

    name: str
    file: str
    codec: str
    ticks: tuple[int, ...]
    base: Fraction
    options: dict = field(default_factory=dict)
    size: tuple[int, int] = SIZE
    rotation: int = 0
    hold: int = 4
    hidden: tuple[int, ...] = ()
    audio: str = ""
    browser: bool = True
    spoil: Callable | None = None
    container: dict = field(default_factory=dict)

    @property
    def times(self) -> list[float]:
        """Each frame's time in seconds, a whole number of microseconds."""
        return self._shown(math.floor(float(tick * self.base) * 1e6 + 0.5) / 1e6 for tick in self.ticks)

    @property
    def readings(self) -> list[str]:
        """What each frame shows."""
        return self._shown(self._texts())

    @property
    def upright(self) -> tuple[int, int]:
        """The size of what is seen."""
        return self.size[::-1] if self.rotation % 180 else self.size

    @property
    def layout(self) -> dict:
        """As layout.json."""
        left, top = self._origin()
        boxes = [[left + x, top + TOP, *BOX] for x in CELLS]
        readouts = [{"name": "display", "format": "##.##", "boxes": boxes}]
        return {"version": 1, "frame_size": list(self.upright), "readouts": readouts}

    def path(self) -> Path:
        """The file."""
        return _made(self.name)

    def pictures(self):
        """RGB uint8 (h, w, 3) of every frame, upright."""
        for text, alike in itertools.groupby(enumerate(self._texts()), key=lambda one: one[1]):
            picture = _drawn(text, self.upright, self._origin())
            plain = np.asarray(picture)
            for k, _ in alike:
                yield self.spoil(picture, k) if self.spoil else plain

    def _texts(self):
        values = np.random.default_rng(5).integers(1000, 9999, len(self.ticks))
        return [
            f"{value // 100}.{value % 100:02d}" for value in np.repeat(values, self.hold)[: len(self.ticks)].tolist()
        ]

    def _shown(self, each):
        return [one for k, one in enumerate(each) if k not in self.hidden]

    def _origin(self):
        (width, height), (wide, high) = self.upright, SIZE
        return (width - wide) // 2, (height - high) // 2


@dataclass(frozen=True)
class Bad:
    """A file with something wrong. words: what the message says. frames: how many of its case's first can be read."""

    name: str
    file: str
    make: Callable[[], bytes]
    words: str
    of: str = ""
    frames: int = 0

    def path(self) -> Path:
        """The file."""
        return _spoiled(self.name)


def even(count, fps=25):
    """Ticks and base of frames at a constant rate."""
    return tuple(range(count)), Fraction(1, 1) / Fraction(fps)


def uneven(count, start=0):
    """The same, in milliseconds, as a phone gives frames when light changes."""
    gaps = np.random.default_rng(2).choice([33, 34, 40, 67, 120], count - 1)
    return tuple((start + np.r_[0, np.cumsum(gaps)]).tolist()), Fraction(1, 1000)


def phone(picture, k):
    """Shaken, out of focus and with grain, as a phone held by hand sees a display."""
    rng = np.random.default_rng([7, k])
    dx, dy = rng.uniform(-0.6, 0.6, 2)
    moved = picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, dx, 0, 1, dy), Image.Resampling.BICUBIC)
    pixels = np.asarray(moved.filter(ImageFilter.GaussianBlur(0.9)), float)
    return np.clip(pixels + rng.normal(0, 5, pixels.shape[:2])[..., None], 0, 255).astype(np.uint8)


VPX = {"deadline": "realtime", "cpu-used": "8", "crf": "24", "b": "600k", "threads": "1"}
X264 = {"preset": "ultrafast", "crf": "22", "threads": "1"}
B_FRAMES = {"preset": "veryfast", "crf": "24", "bf": "3", "b-adapt": "0", "g": "16", "threads": "1"}

_TABLE = [
    Case("vp8", "vp8.webm", "libvpx", *even(32), VPX),
    Case("vp8-hidden", "hidden.webm", "libvpx", *even(32), VPX, hidden=(5, 6, 19)),
    Case("vp9", "vp9.webm", "libvpx-vp9", *even(32), VPX | {"g": "8"}),
    Case("vp9-mp4", "vp9.mp4", "libvpx-vp9", *even(24, 30), VPX),
    Case("av1", "av1.mp4", "libsvtav1", *even(24), {"preset": "12", "crf": "30", "svtav1-params": "lp=1"}),
    Case("av1-webm", "av1.webm", "libsvtav1", *even(24), {"preset": "12", "crf": "30", "svtav1-params": "lp=1"}),
    Case("h264", "h264.mp4", "libx264", *even(160), X264 | {"g": "8"}),
    Case("h264-b", "bframes.mp4", "libx264", *even(48, Fraction(30000, 1001)), B_FRAMES),
    Case("h264-mov", "phone.mov", "libx264", *even(32, 30), B_FRAMES),
    Case("h264-mkv", "film.mkv", "libx264", *even(32), B_FRAMES),
    Case("uneven", "uneven.mp4", "libx264", *uneven(48), X264),
    Case("uneven-webm", "uneven.webm", "libvpx-vp9", *uneven(32), VPX),
    Case("late", "late.mp4", "libx264", *uneven(24, start=1500), X264),
    Case("late-webm", "late.webm", "libvpx", *uneven(24, start=1500), VPX),
    *(
        Case(f"turned-{turn}", f"turned{turn}.mp4", "libx264", *even(24), X264, rotation=turn)
        for turn in (90, 180, 270)
    ),
    Case("odd", "odd.webm", "libvpx-vp9", *even(24), VPX, size=(321, 241)),
    Case("odd-vp8", "odd8.webm", "libvpx", *even(24), VPX, size=(321, 241)),
    Case("odd-turned", "oddturned.mp4", "libvpx-vp9", *even(24), VPX, size=(321, 241), rotation=90),
    Case("sound", "sound.mp4", "libx264", *even(48), X264, audio="aac"),
    Case("sound-webm", "sound.webm", "libvpx-vp9", *even(48), VPX, audio="libopus"),
    Case(
        "phone",
        "held.mp4",
        "libx264",
        *uneven(192),
        {"preset": "veryfast", "crf": "28", "threads": "1"},
        hold=3,
        spoil=phone,
    ),
    Case("one", "one.webm", "libvpx-vp9", *even(1), VPX),
    Case(
        "hevc",
        "hevc.mp4",
        "libx265",
        *even(16),
        {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"},
        browser=False,
    ),
    Case("fast", "fast.mp4", "libx264", *even(160), X264 | {"g": "8"}, container={"movflags": "faststart"}),
]
CASES: dict[str, Case] = {case.name: case for case in _TABLE}

_STILL = X264 | {"g": "50"}
LONG: dict[str, Case] = {
    case.name: case
    for case in (
        Case("six-minutes", "sixminutes.mp4", "libx264", *even(1_800, 5), _STILL, size=(184, 96), hold=90),
        Case("hour", "hour.mp4", "libx264", *even(18_000, 5), _STILL, size=(184, 96), hold=90),
    )
}
"""Clips that show a number for 18 seconds each, little else in the picture."""


def _cut(name, share):
    data = CASES[name].path().read_bytes()
    return data[: int(len(data) * share)]


def _damaged(name, packet):
    """The clip with zeros where one packet was."""
    data = bytearray(CASES[name].path().read_bytes())
    start, size = _packets(CASES[name].path())[packet]
    data[start : start + size] = bytes(size)
    return bytes(data)


def _packets(path):
    """Where each packet's bytes begin in the file, and how many there are."""
    data = path.read_bytes()
    with av.open(str(path)) as container:
        return [
            (data.index(bytes(packet), packet.pos), packet.size) for packet in container.demux(video=0) if packet.size
        ]


def _png():
    from io import BytesIO

    file = BytesIO()
    _drawn("12.34", SIZE, (0, 0)).save(file, "PNG")
    return file.getvalue()


def _empty(container):
    """A file of that kind with a picture track that has no frames."""
    path = folder() / f"empty.{container}"
    with av.open(str(path), "w") as output:
        _stream(output, CASES["vp9"])
        output.start_encoding()
    return path.read_bytes()


def _sound_only():
    path = folder() / "tone.mp4"
    with av.open(str(path), "w") as output:
        _tone(output, output.add_stream("aac", rate=48_000), 1.0)
    return path.read_bytes()


_FAULTS = [
    Bad("text", "notes.mp4", lambda: b"These are my notes, and no video at all.\n" * 40, "is not a video"),
    Bad("picture", "picture.mp4", _png, "is not a video"),
    Bad("nothing", "nothing.mp4", bytes, "is empty"),
    Bad("sound", "tone.mp4", _sound_only, "no pictures"),
    Bad("no-frames", "still-born.webm", lambda: _empty("webm"), "without a single frame"),
    Bad("cut-before-index", "cut.mp4", lambda: _cut("h264", 0.5), "cut off", "h264"),
    Bad("cut-after-index", "cutfast.mp4", lambda: _cut("fast", 0.6), "cut off", "fast", 30),
    Bad("cut-webm", "cut.webm", lambda: _cut("vp9", 0.6), "cut off", "vp9", 12),
    Bad("cut-mkv", "cut.mkv", lambda: _cut("h264-mkv", 0.6), "cut off", "h264-mkv", 10),
    Bad("damaged-vp9", "damaged.webm", lambda: _damaged("vp9", 12), "damaged", "vp9", 24),
    Bad("damaged-h264", "damaged.mp4", lambda: _damaged("h264", 12), "damaged", "h264", 72),
]
"""frames: at least so many."""
BAD: dict[str, Bad] = {bad.name: bad for bad in _FAULTS}


@cache
def folder() -> Path:
    """Where clips are made, once for a run."""
    made = Path(tempfile.mkdtemp(prefix="readout-clips-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@contextlib.contextmanager
def _as_before():
    """Gives this thread its scheduling back: as root SVT-AV1 makes the thread that calls it a real-time one, and every
    process begun later, browsers too, would be one and hang where its threads wait for each other."""
    if not hasattr(os, "sched_getscheduler"):
        yield
        return
    policy, param = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, param)


@cache
def _made(name):
    case = (CASES | LONG)[name]
    path = folder() / case.file
    with _as_before(), av.open(str(path), "w", options=case.container) as output:
        stream = _stream(output, case)
        sound = output.add_stream(case.audio, rate=48_000) if case.audio else None
        last = None
        for tick, picture in zip(case.ticks, case.pictures(), strict=True):
            if picture is not last:
                last, turned = picture, np.ascontiguousarray(np.rot90(picture, case.rotation // 90))
                frame = av.VideoFrame.from_ndarray(turned, format=RGB).reformat(format="yuv420p")
            frame.pts, frame.time_base = tick, case.base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if sound:
            _tone(output, sound, case.times[-1])
    if case.rotation:
        path.write_bytes(_turned(path.read_bytes(), case))
    if case.hidden:
        data = bytearray(path.read_bytes())
        for start, _ in [_packets(path)[k] for k in case.hidden]:
            data[start] &= 0xFF ^ 0x10
        path.write_bytes(data)
    return path


@cache
def _spoiled(name):
    path = folder() / "bad" / BAD[name].file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(BAD[name].make())
    return path


def _stream(output, case):
    stream = output.add_stream(case.codec, rate=25, options=dict(case.options))
    stream.width, stream.height = case.size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = stream.time_base = case.base
    return stream


def _tone(output, stream, seconds):
    rate, size = 48_000, 960
    for start in range(0, int(seconds * rate), size):
        wave = np.sin(np.arange(start, start + size) * (2 * np.pi * 440 / rate)) * 0.1
        frame = av.AudioFrame.from_ndarray(np.tile(wave.astype(np.float32), (2, 1)), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _turned(data, case):
    """The same MP4 with a rotation in its track header (ISO/IEC 14496-12, 8.3.2): a, b, c, d as 16.16 in its matrix."""
    at = data.index(b"tkhd") + 4 + 40
    (a, b), (width, height) = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[case.rotation], case.size
    shift = {90: (height, 0), 180: (width, height), 270: (0, width)}[case.rotation]
    one = 1 << 16
    matrix = struct.pack(">9i", a * one, b * one, 0, -b * one, a * one, 0, shift[0] * one, shift[1] * one, 1 << 30)
    return data[:at] + matrix + data[at + 36 :]


@cache
def _font():
    return ImageFont.load_default(32)


def _drawn(text, size, origin):
    """A picture of a display that shows a text like 12.34."""
    picture = Image.new("RGB", size, (52, 60, 70))
    draw = ImageDraw.Draw(picture)
    left, top = origin
    draw.rounded_rectangle((left + 70, top + 72, left + 240, top + 154), 10, (14, 20, 16))
    ink = (150, 240, 170)
    for x, digit in zip(CELLS, text.replace(".", ""), strict=True):
        draw.text((left + x + BOX[0] / 2, top + TOP + BOX[1] / 2), digit, ink, _font(), anchor="mm")
    draw.text((left + (CELLS[1] + CELLS[2] + BOX[0]) / 2, top + TOP + BOX[1] - 6), ".", ink, _font(), anchor="ms")
    return picture
