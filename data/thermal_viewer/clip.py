"""The same viewer as a video: VP9 in WebM, and the true value of every frame.

Only `write` needs PyAV. The scene and the values are their own stream of the seed.
"""

from functools import cached_property

import numpy as np
from PIL import Image

from . import DrawingError
from .field import Field
from .values import label_text
from .viewer import SIZE, STEP, Viewer

STREAM = 2
RATE = 25  # frames a second: 40 ms, which WebM's whole milliseconds hold exactly
FRAMES = 550  # 22 s
HOLD = (10, 16)  # frames for which a value stays: 10 to 15
AV = "18.1.0"

# One pass without a look ahead, one thread, no hidden frames: the same bytes again, and a frame
# does not depend on those that follow it.
ENCODER = {
    "crf": "22",
    "b": "0",
    "g": "100",
    "deadline": "good",
    "cpu-used": "2",
    "threads": "1",
    "row-mt": "0",
    "tile-columns": "0",
    "lag-in-frames": "0",
    "auto-alt-ref": "0",
    "flags": "+bitexact",
}
CONTAINER = {"fflags": "+bitexact"}


class Clip(Viewer):
    """`count` frames of a moving viewer: `numbers` (count,) which of the values `tops` each shows.

    A value comes with its own blur, shift and grain, and stays for HOLD frames while the scene
    and the clock go on. Frame k is the same whatever `count` is.
    """

    def __init__(self, seed, count=FRAMES):
        if count < 1:
            raise DrawingError(f"a clip needs at least 1 frame, got {count}: ask for more frames")
        rng = np.random.default_rng([seed, STREAM, 3])
        holds = rng.integers(*HOLD, size=1 + count // HOLD[0])
        self.numbers = np.repeat(np.arange(len(holds)), holds)[:count]
        super().__init__(seed, int(self.numbers[-1]) + 1, STREAM)

    @cached_property
    def readings(self):
        """The true top reading of every frame, as text."""
        return [label_text(self.tops[number]) for number in self.numbers]

    def pixels(self, k):
        """Frame k, counted from 0: uint8 (height, width, 3)."""
        seconds = k / RATE
        heat = Image.fromarray(self._half.at(seconds / STEP)).resize(SIZE, Image.Resampling.BICUBIC)
        clock = (k * 10 // RATE) / 10
        return self._painted(np.asarray(heat), int(self.numbers[k]), clock).pixels()

    @cached_property
    def _half(self):
        """The field at half the size, which is as smooth and four times as fast."""
        return Field(self.seed, (SIZE[0] // 2, SIZE[1] // 2), STREAM)


def times(count):
    """The media times of `count` frames: [seconds]."""
    return [k / RATE for k in range(count)]


def csv(readings):
    """Text of clip.csv: time and true top reading of every frame. readings: [text]."""
    rows = [f"{time:.6f},{reading}" for time, reading in zip(times(len(readings)), readings, strict=True)]
    return "\n".join(["time_s,reading", *rows]) + "\n"


def encoder():
    """PyAV. Raises DrawingError where it is not installed."""
    try:
        import av
    except ImportError as error:
        raise DrawingError(
            f"the clip is encoded by PyAV, which is not installed ({error}): pip install av=={AV}"
        ) from error
    return av


def write(pictures, file):
    """Encode pictures, each uint8 (height, width, 3), into a WebM file: a path or a binary file."""
    av = encoder()
    with av.open(file, "w", format="webm", options=CONTAINER) as out:
        stream = out.add_stream("libvpx-vp9", rate=RATE, options=ENCODER)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.color_range = av.video.reformatter.ColorRange.MPEG
        stream.codec_context.colorspace = av.video.reformatter.Colorspace.ITU709
        for k, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(to_planes(picture), format="yuv420p")
            frame.pts = k
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def to_planes(rgb):
    """I420 of a picture, BT.709, 16 to 235: uint8 (3/2 height, width) of uint8 (height, width, 3)."""
    rgb = rgb.astype(np.float32)
    luma = rgb @ np.float32([0.2126, 0.7152, 0.0722])
    planes = [16 + luma * np.float32(219 / 255)]
    for colour, span in ((2, 1.8556), (0, 1.5748)):
        chroma = (rgb[..., colour] - luma) * np.float32(224 / 255 / span)
        height, width = chroma.shape
        planes.append(128 + chroma.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)))
    flat = np.concatenate([np.rint(np.clip(plane, 0, 255)).ravel() for plane in planes])
    return flat.astype(np.uint8).reshape(-1, rgb.shape[1])
