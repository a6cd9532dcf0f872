"""What `readout read` takes, by content, and what it says of the rest: folders, zips, pipes, animated pictures."""

import io
import os
import struct
import threading
import zipfile
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from readout.cli.sources import gather
from readout.errors import ReadoutError
from readout.files.foreign_zip import ForeignZip
from readout.files.kinds import is_motion_jpeg
from readout.files.picture_stream import pictures_in
from readout.imaging.images import Picture
from readout.workbench.pictures import expand
from tests.case_tables import cases
from tests.containers import SOURCES

GREY = np.full((10, 20), 100, np.uint8)


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def frames(*levels):
    return [Image.new("RGB", (20, 10), (level, level, level)) for level in levels]


def moving(kind, **options):
    first, *rest = frames(10, 100, 200)
    return encoded(first, kind, save_all=True, append_images=rest, **options)


PNG = encoded(Image.fromarray(GREY), "PNG")
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)


@pytest.fixture
def found(tmp_path):
    """found({name: bytes}): what is gathered from a folder of these files."""

    def gathered(files, fps=None):
        folder = tmp_path / "given"
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return gather(folder, tmp_path, fps)

    return gathered


def names(sources):
    return [frame.name for frame in sources.frames]


def levels(sources):
    return [int(frame.file.opened().frame(frame.number).mean()) for frame in sources.frames]


@pytest.mark.parametrize(
    ("data", "times"),
    [
        (moving("GIF", duration=[500, 500, 500]), [0, 0.5, 1]),
        (moving("GIF", duration=0), [0, 0.1, 0.2]),
        (moving("PNG", duration=250), [0, 0.25, 0.5]),
        (moving("WEBP", duration=40, lossless=True), [0, 0.04, 0.08]),
        (moving("TIFF"), [None, None, None]),
        (moving("TIFF", tiffinfo={270: "ImageJ=1.54\nimages=3\nfinterval=2.5\n"}), [0, 2.5, 5]),
        (moving("TIFF", tiffinfo={270: "ImageJ=1.54\nimages=3\nfinterval=500.0\ntunit=ms\n"}), [0, 0.5, 1]),
        (moving("TIFF", tiffinfo={270: "ImageJ=1.54\nimages=3\nfinterval=2\ntunit=min\n"}), [0, 120, 240]),
        (moving("TIFF", tiffinfo={270: "ImageJ=1.54\nimages=3\nfinterval=2\ntunit=frames\n"}), [None] * 3),
        (moving("TIFF", tiffinfo={270: "ImageJ=1.54\nimages=3\nchannels=3\nfinterval=2\n"}), [0, 0, 0]),
    ],
    ids=["GIF", "GIF without times", "PNG", "WebP", "TIFF", "ImageJ", "ms", "min", "unknown unit", "channels"],
)
def test_all_frames_of_a_picture_with_their_times(found, data, times):
    sources = found({"a.dat": data})
    assert names(sources) == ["a.dat #0", "a.dat #1", "a.dat #2"]
    assert [frame.time_s for frame in sources.frames] == times
    assert levels(sources) == pytest.approx([10, 100, 200], abs=3)


def test_numbered_pictures_get_times_at_a_rate_and_a_part_of_them_is_chosen(found):
    sources = found({f"{k}.png": PNG for k in (1, 2, 10, 11)}, fps=4)
    assert [(frame.name, frame.time_s) for frame in sources.frames] == [
        ("1.png", 0),
        ("2.png", 0.25),
        ("10.png", 0.5),
        ("11.png", 0.75),
    ]
    assert [frame.name for frame in sources.chosen(None, 0.2, 0.6)] == ["2.png", "10.png"]
    assert [frame.name for frame in sources.chosen({"seconds": 0.5}, None, None)] == ["1.png", "10.png"]


@pytest.mark.parametrize(
    ("names", "times", "missing"),
    [
        (["a001.png", "a002.png", "a004.png", "a005.png"], [0, 1, 3, 4], 1),
        (["0.png", "10.png", "20.png", "40.png"], [0, 1, 2, 4], 1),
        (["1.png", "2.png", "60.png"], [0, 1, 2], 0),
        (["b.png", "x2.png", "x4.png"], [0, 1, 2], 0),
    ],
)
def test_a_missing_number_keeps_its_place(found, names, times, missing):
    sources = found(dict.fromkeys(names, PNG), fps=1)
    assert [frame.time_s for frame in sources.frames] == times
    assert [remark.split()[0] for remark in sources.remarks] == [str(missing)] * bool(missing)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG"])
@pytest.mark.parametrize("name", ["{}.dat", "{}{}"])
def test_a_damaged_file_keeps_its_place(found, kind, name):
    data = encoded(Image.fromarray(GREY), kind)
    files = {name.format("abc"[k], k): data if k != 1 else data[: len(data) // 3] for k in range(3)}
    sources = found(files, fps=1)
    whole = {frame.name[0]: frame.time_s for frame in sources.frames}
    assert (whole["a"], whole["c"]) == (0, 2)


def test_content_decides_and_the_rest_is_said(found):
    sources = found(
        {"1.txt": PNG, "2.jfif": PNG, "3.HEIC": HEIC, "4.png": PNG[:60], "notes.txt": b"mine", "layout.json": b"{}"}
    )
    assert names(sources) == ["1.txt", "2.jfif", "4.png"]
    assert [text.split()[0] for text in sources.left_out] == ["3.HEIC"] and "heif-convert" in sources.left_out[0]
    assert [text.split()[0] for text in sources.passed_over] == ["notes.txt"]


def test_folders_in_folders_keep_their_names_apart(found):
    assert names(found({"a/1.png": PNG, "b/1.png": PNG, ".hidden/1.png": PNG})) == ["a/1.png", "b/1.png"]


@pytest.mark.parametrize("case", cases("clip_names"), ids=lambda case: case["paths"][-1])
def test_clips_have_names(tmp_path, case):
    for path in case["paths"]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert [name for _, name in gather(tmp_path / "d", tmp_path).clips] == case["clips"]


def test_a_zip_of_pictures_and_one_of_a_clip(tmp_path):
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("./x/b.png", "x//a.png", "x/../../evil.png"):
            archive.writestr(name, PNG)
    sources = gather(path, tmp_path)
    assert names(sources) == ["a.png", "b.png"]
    (refused,) = sources.left_out
    assert "evil.png" in refused and "stays inside the zip" in refused
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(SOURCES["fragments"].path(), "day/clip.lrv")
    [(clip, name)] = gather(path, tmp_path / "scratch").clips
    assert name == "clip.lrv" and clip.read_bytes() == SOURCES["fragments"].path().read_bytes()


def test_a_pipe(tmp_path, monkeypatch):
    class Stdin:
        buffer = io.BytesIO(SOURCES["fragments"].path().read_bytes())

    monkeypatch.setattr("sys.stdin", Stdin)
    [(path, name)] = gather("-", tmp_path).clips
    assert name == "stdin" and path.read_bytes() == Stdin.buffer.getvalue()


def by_libav(codec, level):
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 7, 5, "rgb24", Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(np.full((5, 7, 3), level, np.uint8), format="rgb24")
    return b"".join(bytes(packet) for each in (frame, None) for packet in encoder.encode(each))


SERIES = {
    "PNG": ("PNG", {}),
    "BMP": ("BMP", {}),
    "WebP": ("WEBP", {}),
    "GIF": ("GIF", {"comment": b";GIF89a"}),
    "TIFF": ("TIFF", {}),
    "TIFF, LZW": ("TIFF", {"compression": "tiff_lzw"}),
    "TIFF with an odd end": ("TIFF", {"tiffinfo": {270: "odd"}, "compression": "packbits"}),
    "BigTIFF": ("TIFF", {"big_tiff": True}),
    "TIFF of libav": ("tiff", None),
    "PNG of libav": ("png", None),
}


@pytest.mark.parametrize(("kind", "options"), SERIES.values(), ids=SERIES)
def test_pictures_that_follow_each_other_through_a_pipe(tmp_path, monkeypatch, kind, options):
    def one(level):
        picture = Image.new("RGB", (9, 7), (level, level, level))
        return by_libav(kind, level) if options is None else encoded(picture, kind, **options)

    class Stdin:
        buffer = io.BytesIO(b"".join(one(level) for level in (10, 100, 200)))

    monkeypatch.setattr("sys.stdin", Stdin)
    sources = gather(Path("-"), tmp_path, fps=2)
    assert [(frame.name, frame.time_s) for frame in sources.frames] == [
        ("stdin #0", 0),
        ("stdin #1", 0.5),
        ("stdin #2", 1),
    ]
    assert levels(sources) == pytest.approx([10, 100, 200], abs=3)


@pytest.mark.parametrize("kind", ["GIF", "TIFF"])
def test_pictures_of_many_frames_that_follow_each_other_are_read_whole(tmp_path, monkeypatch, kind):
    class Stdin:
        buffer = io.BytesIO(2 * moving(kind))

    monkeypatch.setattr("sys.stdin", Stdin)
    assert names(gather("-", tmp_path)) == [f"stdin #{k} #{n}" for k in range(2) for n in range(3)]
    cut = io.BytesIO(2 * moving(kind) + moving(kind)[:-99])
    monkeypatch.setattr(Stdin, "buffer", cut)
    sources = gather("-", tmp_path)
    assert names(sources)[:6] == [f"stdin #{k} #{n}" for k in range(2) for n in range(3)]
    if not sources.left_out:  # what a TIFF lacks shows when it is decoded
        with pytest.raises(ReadoutError, match="stdin #2"):
            levels(sources)


@pytest.mark.parametrize("between", [b"", b"\0\0"], ids=["plain", "padded"])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF"])
def test_pictures_that_follow_each_other_in_a_file_are_all_read_wherever_it_is(tmp_path, kind, between):
    """In a folder, in a zip, and in the page, which has the file expanded."""
    data = between.join(encoded(Image.new("RGB", (9, 7), (level, level, level)), kind) for level in (10, 100, 200))
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "a.gif").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "given.zip", "w") as archive:
        archive.writestr("a.gif", data)
    for given in ("given", "given.zip"):
        sources = gather(tmp_path / given, tmp_path)
        assert names(sources) == ["a.gif #0", "a.gif #1", "a.gif #2"]
        assert levels(sources) == pytest.approx([10, 100, 200], abs=3)
    found = expand(data, "a.gif")
    assert [frame["number"] for frame in found["frames"]] == ["0", "1", "2"]
    shown = [np.asarray(Image.open(io.BytesIO(frame["png"]))).mean() for frame in found["frames"]]
    assert shown == pytest.approx([10, 100, 200], abs=3)


def test_a_picture_that_is_damaged_among_those_that_follow_each_other_is_left_out_in_the_page():
    found = expand(2 * moving("GIF") + b"GIF89a", "a.gif")
    assert [frame["number"] for frame in found["frames"]] == [f"{k} #{n}" for k in range(2) for n in range(3)]
    assert len(found["left_out"]) == 1 and "a.gif #2" in found["left_out"][0]


def big_tiff(directory, *entries, count=None):
    """With one directory, at `directory` as it is stated, whose entries are (tag, type, count, value)."""
    packed = b"".join(struct.pack("<HHQQ", *entry) for entry in entries)
    count = len(entries) if count is None else count
    return b"II+\0" + struct.pack("<HHQQ", 8, 0, directory, count) + packed + bytes(50)


DAMAGED_TIFFS = {
    "a directory behind all files": big_tiff(2**63 + 5),
    "values behind all files": big_tiff(16, (273, 16, 2, 2**63 + 9)),
    "a size beyond all memory": big_tiff(16, (273, 16, 2**32, 16)),
    "pixels behind all files": big_tiff(16, (273, 16, 1, 2**63), (279, 16, 1, 2**63)),
    "values of no size that is possible": big_tiff(16, (256, 16, 2**62, 2**62)),
    "more entries than there can be": big_tiff(16, count=2**63 - 1),
}


@pytest.mark.parametrize("data", DAMAGED_TIFFS.values(), ids=DAMAGED_TIFFS)
def test_a_damaged_tiff_that_states_impossible_places_is_taken_as_one_file(tmp_path, data):
    (tmp_path / "a.tif").write_bytes(data)
    for source in (tmp_path / "a.tif", data):
        assert pictures_in(source, "a.tif", tmp_path) == [("a.tif", source)]


def test_a_named_pipe_is_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(PNG), daemon=True)
    writer.start()
    assert names(gather(pipe, tmp_path)) == ["stdin"]
    writer.join(10)


def test_files_of_one_name_get_different_ones(tmp_path):
    (tmp_path / "given" / "x").mkdir(parents=True)
    (tmp_path / "given" / "x" / "a.png").write_bytes(PNG)
    with zipfile.ZipFile(tmp_path / "given" / "x.zip", "w") as archive:
        archive.writestr("a.png", PNG)
    assert sorted(names(gather(tmp_path / "given", tmp_path / "scratch"))) == ["a (2).png", "a.png"]


def test_what_is_meant_to_be_read_and_cannot_be_is_left_out(tmp_path, found):
    sources = found(
        {"a.png": PNG, "b.jxl": b"\xff\x0a" + bytes(20), "c.CR3": b"raw", "d.zip": b"?", "notes.md": b"mine"}
    )
    assert [text.split()[0] for text in sources.left_out] == ["b.jxl", "c.CR3", "d.zip"]
    assert [text.split()[0] for text in sources.passed_over] == ["notes.md"]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.png").write_bytes(PNG)
    (tmp_path / "folder" / "more").symlink_to(tmp_path)
    assert "a link to a folder" in gather(tmp_path / "folder", tmp_path).left_out[0]


def test_a_zip_through_a_pipe(tmp_path, monkeypatch):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("day/1.png", PNG)
        archive.writestr("day/2.png", PNG)

    class Stdin:
        buffer = io.BytesIO(packed.getvalue())

    monkeypatch.setattr("sys.stdin", Stdin)
    assert names(gather("-", tmp_path)) == ["1.png", "2.png"]


class OldInfo(zipfile.ZipInfo):
    """An entry whose name is written in an encoding that nothing tells."""

    encoding = "utf-8"

    def _encodeFilenameFlags(self):
        return self.filename.encode(self.encoding), self.flag_bits & ~0x800


def packed(path, encoding, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            info = OldInfo(name)
            info.encoding = encoding
            archive.writestr(info, PNG)
    return path


@pytest.mark.parametrize(
    ("encoding", "given", "told"),
    [
        ("koi8_r", ["Фото/вода 1.png", "Фото/газ 2.png"], ["вода 1.png", "газ 2.png"]),
        ("big5", ["電表 1.png", "溫度 2.png"], ["溫度 2.png", "電表 1.png"]),
        ("cp1251", ["газ.png"], None),
    ],
)
def test_names_in_zips_of_old_programs_are_read_or_said_to_be_in_doubt(tmp_path, encoding, given, told):
    sources = gather(packed(tmp_path / "day.zip", encoding, *given), tmp_path)
    assert names(sources) == (told or [name.encode(encoding).decode("cp437") for name in given])
    said = "day.zip: in which encoding its files' names are cannot be told"
    assert [remark.split(":")[:2] for remark in sources.remarks] == ([] if told else [said.split(":")])


@pytest.mark.parametrize(
    ("version", "of", "name"), [(1, b"f?.png", "fä.png"), (1, b"old.png", "f?.png"), (2, b"f?.png", "f?.png")]
)
def test_a_name_that_a_zip_has_in_utf_8_besides_counts_where_it_is_of_that_entry(tmp_path, version, of, name):
    info = zipfile.ZipInfo("f?.png")
    content = struct.pack("<BI", version, zlib.crc32(of)) + "fä.png".encode()
    info.extra = struct.pack("<HHH", 1, 2, 0) + struct.pack("<HH", 0x7075, len(content)) + content
    with zipfile.ZipFile(tmp_path / "day.zip", "w") as archive:
        archive.writestr(info, PNG)
    archive = ForeignZip(tmp_path / "day.zip")
    assert [*archive.entries] == [name]
    assert archive.read(name, len(PNG)) == PNG


def test_pictures_behind_the_first_one_of_a_jpeg_are_said_to_be_left():
    one = encoded(Image.fromarray(GREY), "JPEG")
    alone, joined = Picture(one), Picture(one + one)
    assert alone.frame().shape == joined.frame().shape
    assert alone.left_out == [] and "not read" in joined.left_out[0]


def test_motion_jpeg_without_a_container_is_a_clip_where_its_name_promises_no_picture(tmp_path, found):
    one = encoded(Image.fromarray(GREY), "JPEG")
    with zipfile.ZipFile(tmp_path / "day.zip", "w") as archive:
        archive.writestr("b.mjpeg", one + one)
    assert names(found({"single.mjpeg": one})) == ["single.mjpeg"]
    (tmp_path / "given" / "single.mjpeg").unlink()
    given = found({"a.bin": one + one, "sub/c.mjpg": one + one})
    assert [name for _, name in given.clips] == ["a.bin", "sub/c.mjpg"]
    assert [name for _, name in gather(tmp_path / "day.zip", tmp_path / "scratch").clips] == ["b.mjpeg"]


def test_nothing_to_read_names_all_that_was_left_out(found):
    with pytest.raises(ReadoutError, match="holds no pictures(?s:.*)3.heic is HEIC"):
        found({"3.heic": HEIC, "4.heic": HEIC})


@pytest.mark.parametrize(("most", "bits", "level"), [(900, 10, 225), (4000, 12, 250), (16000, 14, 250)])
def test_bits_in_use_are_stretched_and_said(most, bits, level):
    picture = Picture(encoded(Image.fromarray(np.full((4, 4), most, np.uint16)), "TIFF"))
    assert picture.frame().max() == level
    assert picture.notes == [f"{bits} of 16 bits are in use, stretched"]


def test_samples_of_more_than_16_bits_are_stretched():
    grey = np.full((4, 4), 1 << 19, np.int32)
    grey[0, 0] = (1 << 20) - 1
    picture = Picture(encoded(Image.fromarray(grey, "I"), "TIFF"))
    assert picture.frame()[1, 1, 0] == 128 and picture.frame()[0, 0, 0] == 255
    assert picture.notes == ["20 of 32 bits are in use, stretched"]


@pytest.mark.parametrize(("format", "level"), [(1, 255), (2, 0)], ids=["without a sign", "with one"])
def test_samples_of_32_bits_have_a_sign_where_the_file_says_so(format, level):
    """TIFF 6.0, SampleFormat: Pillow gives what is above 2^31 as below 0."""
    grey = np.array([[-2, -2], [0, 1 << 30]], np.int32)
    data = encoded(Image.fromarray(grey, "I"), "TIFF")
    signed, wanted = (struct.pack("<HHIHH", 339, 3, 1, each, 0) for each in (2, format))
    assert signed in data
    assert Picture(data.replace(signed, wanted)).frame()[0, 0, 0] == level


def png_of_16_bits(samples, colours, before=b""):
    """A PNG of 4 x 4 pixels that all have these samples. before: (kind and content) of a chunk before the pixels."""
    header = struct.pack(">IIBBBBB", 4, 4, 16, colours, 0, 0, 0)
    rows = (b"\0" + struct.pack(f">{len(samples)}H", *samples) * 4) * 4
    chunks = [b"IHDR" + header, before, b"IDAT" + zlib.compress(rows), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in chunks if part
    )


GREY_ALPHA, RGB, RGBA = 4, 2, 6
"""Colour types (ISO/IEC 15948, 11.2.2)."""


@pytest.mark.parametrize(("most", "taken"), [(1023, False), (16383, False), (65535, True)])
@pytest.mark.parametrize("colours", [RGB, RGBA, GREY_ALPHA])
def test_colours_in_16_bits_of_which_the_upper_ones_are_empty_are_refused(most, taken, colours):
    """Pillow keeps the upper eight bits of each colour: nothing would be seen. Alpha is no colour."""
    grey, alpha = [most] * (1 if colours == GREY_ALPHA else 3), [65535] * (colours != RGB)
    data = png_of_16_bits([*grey, *alpha], colours)
    if taken:
        assert (Picture(data).frame() == 255).all()
    else:
        with pytest.raises(ReadoutError, match="colours in 16 bits of which no more than 14 are in use"):
            Picture(data).frame()


def test_black_ink_on_a_transparent_ground_is_no_sign_of_that():
    picture = Picture(png_of_16_bits([0, 0, 0, 40000], RGBA))
    assert 90 < picture.frame()[0, 0, 0] < 110 and picture.notes == ["transparent, laid over white"]


@pytest.mark.parametrize(("sample", "level"), [(900, 900 >> 4), (4095, 255), (4096, 4096 >> 5)])
def test_bits_that_a_png_states_come_first_where_they_are_true(sample, level):
    """sBIT (ISO/IEC 15948, 11.3.2.3)."""
    assert Picture(png_of_16_bits([sample], 0, b"sBIT\x0c")).frame().max() == level


def test_what_there_is_of_an_animation_that_is_cut_off_is_read():
    noise = [Image.fromarray(np.random.default_rng(k).integers(0, 256, (64, 64), np.uint8)) for k in range(3)]
    data = encoded(noise[0], "GIF", save_all=True, append_images=noise[1:])
    for kept in range(round(0.5 * len(data)), len(data) - 1, 7):
        picture = Picture(data[:kept])
        assert 1 <= len(picture) < 3 and picture.left_out


def test_a_phones_picture_with_a_gain_map_is_one_picture():
    first, second = (Image.new("RGB", (8, 8), (n, n, n)) for n in (10, 200))
    joined = encoded(first, "MPO", save_all=True, append_images=[second])
    assert not is_motion_jpeg(joined) and not Picture(joined).left_out
    plain = encoded(first, "JPEG") + encoded(second, "JPEG")
    assert is_motion_jpeg(plain) and Picture(plain).left_out


def test_bits_that_the_file_states_come_first():
    data = encoded(Image.fromarray(np.full((4, 4), 900, np.uint16)), "TIFF", tiffinfo={281: 4095})
    assert Picture(data).frame().max() == 900 >> 4


@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (255, 0)])
def test_transparent_pictures_lie_where_their_ink_is_seen(ink, ground):
    image = Image.new("RGBA", (8, 8), (ink, ink, ink, 0))
    image.paste((ink, ink, ink, 255), (2, 2, 4, 4))
    picture = Picture(encoded(image, "PNG"))
    pixels = picture.frame()
    assert (pixels[3, 3, 0], pixels[0, 0, 0]) == (ink, ground)
    assert picture.notes == [f"transparent, laid over {'white' if ground else 'black'}"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_format_is_turned_as_its_exif_says(kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.new("RGB", (40, 20), "black")
    picture.paste("white", (0, 0, 20, 20))
    pixels = Picture(encoded(picture, kind, exif=exif)).frame()
    assert pixels.shape == (40, 20, 3)
    assert pixels[:18].mean() > 240 and pixels[22:].mean() < 15


def test_pages_of_one_file_are_stretched_alike(tmp_path):
    """One brighter pixel in one page makes no page darker than another."""
    pages = [np.full((8, 8), 2000, np.uint16) for _ in range(2)]
    pages[0][0, 0], pages[1][0, 0] = 4095, 4096
    path = tmp_path / "stack.tif"
    first, second = map(Image.fromarray, pages)
    first.save(path, save_all=True, append_images=[second])
    picture = Picture(path)
    greys = [picture.frame(number)[4, 4, 0] for number in range(2)]
    assert greys[0] == greys[1] == 2000 >> 5
