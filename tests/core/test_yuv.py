"""Planes to RGB: against the formulas of the ITU, against swscale and Pillow."""

import numpy as np
import pytest
from PIL import Image

from readout.errors import ReadoutError
from readout.imaging import colour
from readout.imaging.colour import luma, picture_bytes, to_rgb

ITU = {
    "bt709": (0.2126, 0.7152, 0.0722),
    "smpte170m": (0.299, 0.587, 0.114),
    "bt470bg": (0.299, 0.587, 0.114),
    "bt2020-ncl": (0.2627, 0.6780, 0.0593),
}
SIZES = [(2, 2), (1, 1), (7, 5), (64, 34), (33, 64)]
SWSCALE = {"bt709": "ITU709", "smpte170m": "ITU601", "bt470bg": "ITU601"}


def oracle(y, u, v, matrix, full_range):
    """Solves E'Y = r E'R + g E'G + b E'B with the two colour differences, float64; y, u, v of one shape."""
    r, g, b = ITU[matrix]
    if full_range:
        light, blue, red = y / 255.0, (u - 128.0) / 255, (v - 128.0) / 255
    else:
        light, blue, red = (y - 16.0) / 219, (u - 128.0) / 224, (v - 128.0) / 224
    R, B = light + red * 2 * (1 - r), light + blue * 2 * (1 - b)
    G = (light - r * R - b * B) / g
    return np.clip(np.stack([R, G, B], axis=-1) * 255, 0, 255)


def planes(width, height, n=1, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, picture_bytes("I420", width, height)), np.uint8)


def parts(picture, width, height):
    across, down = (width + 1) // 2, (height + 1) // 2
    y, uv = picture[: width * height].reshape(height, width), picture[width * height :].reshape(2, down, across)
    u, v = uv.repeat(2, axis=1).repeat(2, axis=2)[:, :height, :width]
    return y, u, v


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", ITU)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_formula_is_that_of_the_itu(width, height, matrix, full_range):
    data = planes(width, height, n=3)
    found = to_rgb(data, "I420", width, height, matrix, full_range)
    assert found.shape == (3, height, width, 3)
    for picture, each in zip(data, found, strict=True):
        expected = oracle(*parts(picture, width, height), matrix, full_range)
        assert np.abs(each - expected).max() <= 0.51


@pytest.mark.parametrize("matrix", SWSCALE)
def test_swscale_gives_the_same_within_three_levels(matrix):
    from av import VideoFrame

    width, height = 64, 32
    rng = np.random.default_rng(1)
    data = planes(width, height)[0]
    data[: width * height] = rng.integers(40, 200, width * height)
    data[width * height :] = rng.integers(100, 156, data.size - width * height)
    frame = VideoFrame.from_ndarray(data.reshape(-1, width), format="yuv420p")
    options = {
        "src_colorspace": SWSCALE[matrix],
        "interpolation": "POINT",
        "src_color_range": "MPEG",
        "dst_color_range": "JPEG",
    }
    expected = frame.reformat(format="rgb24", **options).to_ndarray().astype(int)
    found = to_rgb(data, "I420", width, height, matrix)[0].astype(int)
    assert np.abs(found - expected).max() <= 3  # swscale rounds down, and more than once


def test_pillow_gives_the_same_for_full_range():
    width, height = 32, 16
    data = planes(width, height)[0]
    expected = np.asarray(Image.fromarray(np.stack(parts(data, width, height), axis=-1), "YCbCr").convert("RGB"), int)
    found = to_rgb(data, "I420", width, height, "smpte170m", True)[0].astype(int)
    assert np.abs(found - expected).max() <= 1


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nv12_is_the_same_picture_in_another_order(width, height):
    data = planes(width, height, n=2)
    luma, colour = np.split(data, [width * height], axis=1)
    pairs = colour.reshape(2, 2, -1).swapaxes(1, 2).reshape(2, -1)
    other = np.concatenate([luma, pairs], axis=1)
    assert np.array_equal(to_rgb(other, "NV12", width, height, "bt709"), to_rgb(data, "I420", width, height, "bt709"))


def test_a_region_holds_the_same_pixels_as_the_whole_picture():
    width, height, (x, y, w, h) = 41, 31, (10, 4, 31, 27)
    data = planes(width, height)[0]
    luma, colour = data[: width * height].reshape(height, width), data[width * height :].reshape(2, 16, 21)
    region = [
        luma[y : y + h, x : x + w].ravel(),
        colour[:, y // 2 : (y + h + 1) // 2, x // 2 : (x + w + 1) // 2].ravel(),
    ]
    whole = to_rgb(data, "I420", width, height, "bt709")[0]
    assert np.array_equal(to_rgb(np.concatenate(region), "I420", w, h, "bt709")[0], whole[y : y + h, x : x + w])


def test_many_pictures_are_converted_as_each_alone(monkeypatch):
    monkeypatch.setattr(colour, "AT_ONCE", 100)
    data = planes(7, 5, 9)
    whole = to_rgb(data, "I420", 7, 5, "bt709")
    assert np.array_equal(whole, [to_rgb(each, "I420", 7, 5, "bt709")[0] for each in data])


@pytest.mark.parametrize(("rows", "matrix"), [(718, "smpte170m"), (720, "bt709")])
def test_without_a_name_the_matrix_goes_by_the_rows(rows, matrix):
    data = planes(2, rows)
    assert np.array_equal(to_rgb(data, "I420", 2, rows, None), to_rgb(data, "I420", 2, rows, matrix))


def test_rgba_loses_its_alpha_and_bytes_are_taken():
    data = np.arange(2 * 3 * 2 * 4, dtype=np.uint8)
    expected = data.reshape(2, 2, 3, 4)[..., :3]
    assert np.array_equal(to_rgb(data.tobytes(), "RGBA", 3, 2), expected)


@pytest.mark.parametrize(
    ("data", "format", "matrix", "message"),
    [
        (np.zeros(7, np.uint8), "I420", "bt709", "has 6 bytes, got 7"),
        (np.zeros(6), "I420", "bt709", "of float64"),
        (np.zeros(6, np.uint8), "I444", "bt709", "got 'I444'"),
        (np.zeros(6, np.uint8), "I420", "ycgco", "got 'ycgco'"),
    ],
)
def test_anything_else_is_refused(data, format, matrix, message):
    with pytest.raises(ReadoutError, match=message):
        to_rgb(data, format, 2, 2, matrix)


def test_luma_is_the_one_of_bt601_rounded():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 40, 3)).astype(np.uint8)
    found = luma(pixels)
    assert found.dtype == np.uint8
    assert np.abs(found - pixels @ [0.299, 0.587, 0.114]).max() < 1
    grey = np.arange(256, dtype=np.uint8)
    assert np.array_equal(luma(np.stack([grey] * 3, axis=-1)), grey)
