"""What PyAV says of a clip: the oracle for the browser; and clips whose pictures change their size."""

import base64
import functools
import math
from fractions import Fraction

import av
import numpy as np


@functools.cache
def decoded(path):
    """[(time in seconds, planes)] of all frames as PyAV gives them, without the edit lists' own cuts."""
    with av.open(str(path), options={"advanced_editlist": "0"}) as container:
        return [(rounded(frame.pts * frame.time_base), planes(frame)) for frame in container.decode(video=0)]


def rounded(seconds):
    return math.floor(float(seconds) * 1e6 + 0.5) / 1e6


def planes(frame):
    sizes = [(frame.width, frame.height)] + [((frame.width + 1) // 2, (frame.height + 1) // 2)] * 2
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, :width].copy()
        for plane, (width, height) in zip(frame.planes, sizes, strict=True)
    ]


def coded(region, rotation, size):
    """An upright region as slices of the coded picture."""
    mask = np.zeros(size[::-1], bool)
    upright = np.rot90(mask, -rotation // 90)
    upright[region["y"] : region["y"] + region["height"], region["x"] : region["x"] + region["width"]] = True
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def cut(pictures, region, rotation, size):
    """What `data` holds for one picture of a region."""
    top, bottom, left, right = coded(region, rotation, size)
    assert top % 2 == 0 and left % 2 == 0
    luma, *chroma = pictures
    half = [plane[top // 2 : (bottom + 1) // 2, left // 2 : (right + 1) // 2] for plane in chroma]
    return b"".join(part.tobytes() for part in [luma[top:bottom, left:right], *half])


def seen(chunks):
    """[(time, [bytes of each region])] of every frame of some chunks."""
    frames = []
    for chunk in chunks:
        count = max(chunk["index"], default=-1) + 1
        pictures = []
        for region in chunk["regions"]:
            data = base64.b64decode(region["data"])
            one = len(data) // max(count, 1)
            assert one * count == len(data)
            pictures.append([data[k * one : (k + 1) * one] for k in range(count)])
        shown = zip(chunk["times"], chunk["index"], strict=True)
        frames += [(time, [each[k] for each in pictures]) for time, k in shown]
    return frames


def encode(path, codec, parts, options=None):
    """A clip of parts (frames, (width, height)), one encoder after the other, 25 frames a second."""
    with av.open(str(path), "w") as output:
        stream, begun = None, 0
        for count, (width, height) in parts:
            encoder = av.CodecContext.create(codec, "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
            encoder.time_base, encoder.framerate = Fraction(1, 1000), 25
            encoder.options = {"deadline": "realtime", "cpu-used": "8"} if options is None else options
            for k in range(count):
                picture = np.full((height, width, 3), (k * 7) % 200, np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = (begun + k) * 40, Fraction(1, 1000)
                stream = stream or video_stream(output, codec, width, height)
                send(output, stream, encoder.encode(frame))
            send(output, stream, encoder.encode(None))
            begun += count


def video_stream(output, codec, width, height):
    stream = output.add_stream(codec, rate=25)
    stream.width, stream.height, stream.pix_fmt, stream.time_base = width, height, "yuv420p", Fraction(1, 1000)
    return stream


def send(output, stream, packets):
    for packet in packets:
        packet.stream = stream
        output.mux(packet)
