"""Pictures of every kind become 8-bit RGB, or an error that names the file and the next step."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from readout.errors import ReadoutError
from readout.imaging.images import MAX_PIXELS, load_image

GREY = np.array([[0, 60, 120], [180, 240, 255]], np.uint8)
RGB = np.stack([GREY, 255 - GREY, GREY // 2], axis=2)
RED = np.full((8, 8, 3), (255, 0, 0), np.uint8)
OPACITY = np.array([[0, 128, 255]], np.uint8)
TOP_WHITE = np.repeat([255, 0], 8)[:, None].repeat(8, axis=1)
NOISE = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)


def encode(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def rgb(grey):
    return np.repeat(np.asarray(grey, np.uint8)[:, :, None], 3, axis=2)


def palette(*colours):
    """One row of palette indices 0, 1, 2 …"""
    image = Image.frombytes("P", (len(colours), 1), bytes(range(len(colours))))
    image.putpalette([part for colour in colours for part in colour])
    return image


def white_with(opacity):
    return Image.merge("LA", [Image.new("L", (3, 1), 255), Image.fromarray(opacity)])


def turned():
    """White left, black right; its tag says the left side belongs on top."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(Image.fromarray(TOP_WHITE.T.astype(np.uint8)), "JPEG", quality=100, exif=exif)


def animation():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    return encode(frames[0], "GIF", save_all=True, append_images=frames[1:])


def png_declaring(width, height):
    """A PNG whose header promises width x height grey pixels and whose data is empty."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"")), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


KINDS = {
    # what: (file, expected pixels, tolerance)
    "RGB PNG": (encode(Image.fromarray(RGB), "PNG"), RGB, 0),
    "RGB BMP": (encode(Image.fromarray(RGB), "BMP"), RGB, 0),
    "RGB TIFF": (encode(Image.fromarray(RGB), "TIFF"), RGB, 0),
    "lossless WebP": (encode(Image.fromarray(RGB), "WEBP", lossless=True), RGB, 0),
    "grey PNG": (encode(Image.fromarray(GREY), "PNG"), rgb(GREY), 0),
    "16-bit grey PNG keeps the high byte": (
        encode(Image.fromarray(GREY.astype(np.uint16) * 256 + 255), "PNG"),
        rgb(GREY),
        0,
    ),
    "16-bit grey TIFF": (encode(Image.fromarray(GREY.astype(np.uint16) * 257), "TIFF"), rgb(GREY), 0),
    "1-bit PNG": (encode(Image.fromarray(GREY > 100), "PNG"), rgb((GREY > 100) * 255), 0),
    "palette PNG": (encode(palette((1, 2, 3), (200, 100, 0)), "PNG"), [[[1, 2, 3], [200, 100, 0]]], 0),
    "palette with one transparent colour": (
        encode(palette((255, 0, 0), (0, 255, 0)), "PNG", transparency=0),
        [[[0, 0, 0], [0, 255, 0]]],
        0,
    ),
    "palette with an opacity for each colour": (
        encode(palette((255, 0, 0), (0, 255, 0)), "PNG", transparency=bytes([128, 255])),
        [[[128, 0, 0], [0, 255, 0]]],
        0,
    ),
    "LA over black": (encode(white_with(OPACITY), "PNG"), rgb(OPACITY), 0),
    "RGBA over black": (encode(white_with(OPACITY).convert("RGBA"), "PNG"), rgb(OPACITY), 0),
    "RGB with a transparent colour": (
        encode(Image.fromarray(RGB), "PNG", transparency=tuple(RGB[1, 2].tolist())),
        np.where((RGB[1, 2] == RGB).all(axis=2, keepdims=True), 0, RGB),
        0,
    ),
    "CMYK JPEG": (encode(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100), RED, 2),
    "grey JPEG": (encode(Image.new("L", (8, 8), 77), "JPEG", quality=100), rgb(np.full((8, 8), 77)), 1),
    "animated GIF: the first frame": (animation(), RED, 0),
    "JPEG turned by its EXIF tag": (turned(), rgb(TOP_WHITE), 2),
}


@pytest.mark.parametrize(("data", "expected", "tolerance"), KINDS.values(), ids=KINDS)
def test_every_kind_of_picture_gives_rgb(data, expected, tolerance):
    pixels = load_image(data)
    assert pixels.dtype == np.uint8
    assert pixels.shape == np.shape(expected)
    assert np.abs(pixels.astype(int) - expected).max() <= tolerance


def test_a_path_and_its_bytes_give_the_same_pixels(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(KINDS["RGB PNG"][0])
    assert np.array_equal(load_image(path), load_image(path.read_bytes()))


def test_the_ending_of_the_name_does_not_matter(tmp_path):
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(KINDS["RGB PNG"][0])
    assert np.array_equal(load_image(path), RGB)


@pytest.mark.parametrize("profile", [b"", b"not a profile at all"])
def test_colour_profiles_are_ignored(profile):
    assert np.array_equal(load_image(encode(Image.fromarray(RGB), "PNG", icc_profile=profile)), RGB)


DAMAGED = {
    # what: (file, what the message says)
    "empty file": (b"", "not a picture.*no known format.*replace the file"),
    "text file": (b"frame,reading\n", "not a picture.*no known format.*replace the file"),
    "an HTML page": (b"<!doctype html><title>404</title>", "not a picture.*replace the file"),
    "truncated PNG": (encode(Image.fromarray(NOISE), "PNG")[:6000], "not a picture.*truncated.*replace the file"),
    "truncated JPEG": (encode(Image.fromarray(NOISE), "JPEG")[:1500], "not a picture.*truncated.*replace the file"),
    "truncated GIF": (encode(Image.fromarray(NOISE), "GIF")[:1500], "not a picture.*truncated.*replace the file"),
    "PNG without data": (png_declaring(8, 8), "not a picture.*replace the file"),
    "PNG that declares 60000 x 60000": (png_declaring(60000, 60000), "too large.*64 million pixels.*scale it down"),
    "PNG that declares a little too much": (png_declaring(8001, 8000), "too large.*declares 8001 x 8000.*scale it"),
    "float TIFF": (encode(Image.fromarray(GREY / np.float32(255)), "TIFF"), "floating-point.*export it with 8 or 16"),
}


@pytest.mark.parametrize(("data", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_named_with_what_to_do(data, message):
    with pytest.raises(ReadoutError, match=f"^frame-7.png .*{message}"):
        load_image(data, "frame-7.png")


def test_the_largest_picture_that_is_decoded():
    data = png_declaring(8000, 8000)
    assert MAX_PIXELS == 8000 * 8000
    with pytest.raises(ReadoutError, match="not a picture"):  # it is decoded, and found to be empty
        load_image(data)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ReadoutError, match="missing.png cannot be read .*No such file.*check that it is there"):
        load_image(tmp_path / "missing.png")


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(ReadoutError, match="cannot be read"):
        load_image(tmp_path)


def test_a_format_that_would_start_another_program_is_refused_whatever_its_name(tmp_path):
    path = tmp_path / "frame.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n")
    with pytest.raises(ReadoutError, match="frame.png is not a picture"):
        load_image(path)
