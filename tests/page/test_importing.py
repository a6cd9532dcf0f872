"""What is dropped, pasted or picked, in a real browser: names and zips against Python, pictures against Pillow."""

import base64
import hashlib
import io
import random
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from readout.data.dataset import list_frames
from readout.imaging.images import Picture, load_image
from tests.page.helpers import ROOT
from tests.page.modules import HOLDER, served
from tests.page.scripts import Scripts

JS = Scripts("importing.js")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    names = ["shared/file_names.js", "media/gather_files.js", "media/image_source.js", "workers/images/image_size.js"]
    with served(tmp_path_factory.mktemp("site"), [*names, HOLDER], ["workers/pictures.js"]) as url:
        yield url


@pytest.fixture(scope="module")
def bare(browser, address):
    """One page for all tests that leave nothing behind."""
    page = browser.new_page()
    page.goto(address)
    yield page
    page.close()


@pytest.fixture
def own(page, address):
    """A page for one test alone."""
    page.goto(address)
    return page


def sent(files):
    """{path: bytes} as the page takes it."""
    return [[path, base64.b64encode(data).decode()] for path, data in files.items()]


def gathered(page, files):
    return page.evaluate(JS.gatherFiles, sent(files))


def encoded(picture, **options):
    file = io.BytesIO()
    picture.save(file, **options)
    return file.getvalue()


def zipped(files, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **{"compression": zipfile.ZIP_DEFLATED, **options}) as archive:
        for name, data in dict(files).items():
            archive.writestr(name, data)
    return file.getvalue()


# What is given


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """230 small pictures, more than browsers list at once, in two folders, with what systems leave behind."""
    top = tmp_path_factory.mktemp("dropped") / "clip"
    for name in [
        *(f"a/{k}.png" for k in range(115)),
        *(f"b/c/{k}.png" for k in range(115)),
        ".DS_Store",
        "b/Thumbs.db",
        "b/notes.txt",
    ]:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(name.encode())
    return top


WALKED = [*(f"a/{k}.png" for k in range(115)), *(f"b/c/{k}.png" for k in range(115))]


def test_a_folder_that_is_picked(own, folder):
    own.evaluate("document.querySelector('input').webkitdirectory = true")
    own.locator("input").set_input_files(folder)
    found = own.evaluate(JS.gatherPicked)
    assert found["frames"] == WALKED
    assert found["skipped"] == [["clip/b/notes.txt", "not an image or a supported video"]]


def test_a_folder_that_is_dropped(own, folder):
    own.evaluate(JS.awaitDrop)
    session = own.context.new_cdp_session(own)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 20, "y": 20, "data": data})
    found = own.evaluate(JS.gatherDropped)
    assert found["frames"] == WALKED
    assert found["first"] == "b/c/5.png"
    assert found["skipped"] == [["clip/b/notes.txt", "not an image or a supported video"]]


def test_a_paste(bare):
    event, clipboard, words = bare.evaluate(JS.gatherPasted)
    assert event["frames"] == ["image.png"]
    assert clipboard["frames"] == ["pasted (2).png", "pasted.png"]
    assert (words["frames"], words["skipped"]) == ([], [["What came", "it holds no files"]])


# Zips


def test_a_zip_is_opened_and_each_file_unpacked_when_it_is_asked_for(bare):
    files = {f"clip/{k}.png": f"picture {k}".encode() * 50 for k in (10, 9)}
    extra = {
        "clip/.DS_Store": b"",
        "__MACOSX/clip/9.png": b"",
        "clip/notes.txt": b"",
        "clip/inner.zip": b"PK",
        "clip/empty/": b"",
    }
    found = bare.evaluate(JS.unpackFrames, sent({"frames.zip": zipped({**files, **extra})}))
    assert found["frames"] == ["9.png", "10.png"]
    assert found["texts"] == [files["clip/9.png"].decode(), files["clip/10.png"].decode()]
    assert found["sizes"] == [450, 500]
    assert found["skipped"] == [
        ["frames/clip/inner.zip", "a zip inside a zip is not opened"],
        ["frames/clip/notes.txt", "not an image or a supported video"],
    ]


def test_a_project_is_known_by_what_it_holds(bare):
    found = gathered(bare, {"renamed.zip": zipped({"project.json": b"{}", "layout.json": b"{}"}), "a.png": b""})
    assert found == {"frames": ["a.png"], "clips": [], "dataset": None, "project": "renamed.zip", "skipped": []}


@pytest.mark.parametrize("top", ["", "data/"])
def test_a_zip_of_the_bundled_dataset_is_what_python_finds_in_the_folder(bare, top):
    data = ROOT / "data"
    paths = [path for part in ("training", "testing", "frames") for path in (data / part).rglob("*.png")]
    paths += [data / "layout.json", data / "labels.csv"]
    files = {top + path.relative_to(data).as_posix(): path.read_bytes() for path in paths}
    found = bare.evaluate(JS.unpackDataset, sent({"dataset.zip": zipped(files)}))
    frames = list_frames(data / "frames")
    assert found["frames"] == [path.name for path in frames]
    assert sorted(found["dataset"]) == sorted(
        path.relative_to(data).as_posix() for path in paths if path.parent != data / "frames"
    )
    assert found["skipped"] == []
    seventh = frames[6].read_bytes()
    assert (found["length"], found["sum"]) == (len(seventh), sum(seventh) % 65521)


GOOD = {"good.png": b"good" * 30}


def patched(data, *changes):
    """A zip with bytes changed: (signature, index of the record, offset in it, format, value)."""
    data = bytearray(data)
    for signature, index, offset, form, value in changes:
        at = -1
        for _ in range(index + 1):
            at = data.index(signature, at + 1)
        struct.pack_into(form, data, at + offset, value)
    return bytes(data)


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def with_link():
    info = zipfile.ZipInfo("link.png")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return zipped({**GOOD, info: b"/etc/passwd"})


def with_lzma():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("good.png", GOOD["good.png"])
        archive.writestr("a.png", b"x" * 50, zipfile.ZIP_LZMA)
    return file.getvalue()


def with_same_bytes():
    """Two entries of the directory that share one file's bytes."""
    data = zipped({**GOOD, "a.png": b"a" * 500, "b.png": b"b" * 500})
    second = struct.unpack_from("<I", data, data.rindex(CENTRAL, 0, data.rindex(CENTRAL)) + 42)[0]
    return patched(data, (CENTRAL, 2, 42, "<I", second))


def twice():
    with pytest.warns(UserWarning, match="Duplicate name"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name in ("good.png", "a.png", "a.png"):
                archive.writestr(name, GOOD["good.png"])
    return file.getvalue()


MB = 1 << 20
HOSTILE = {
    "upwards": (
        lambda: zipped({**GOOD, "../../evil.png": b"x"}),
        "evil.png",
        'a path stays inside the zip, got "../../evil.png"',
    ),
    "upwards by backslashes": (
        lambda: patched(
            zipped({**GOOD, "a/../b/evil.png": b"x"}), (b"a/../b", 0, 1, "B", 92), (b"a/../b", 0, 1, "B", 92)
        ),
        "evil.png",
        "a path stays inside the zip",
    ),
    "absolute": (lambda: zipped({**GOOD, "/etc/evil.png": b"x"}), "evil.png", "a path stays inside the zip"),
    "with a drive": (lambda: zipped({**GOOD, "C:/evil.png": b"x"}), "evil.png", "a path stays inside the zip"),
    "a link": (with_link, "link.png", "it is a link to another file"),
    "encrypted": (
        lambda: patched(zipped({**GOOD, "a.png": b"x"}), (LOCAL, 1, 6, "<H", 1), (CENTRAL, 1, 8, "<H", 1)),
        "a.png",
        "it is encrypted",
    ),
    "another method": (with_lzma, "a.png", "it is packed by method 14"),
    "a bomb": (lambda: zipped({**GOOD, "a.png": bytes(40 * MB)}), "a.png", "would become 41943040, as in a zip bomb"),
    "one that declares too much": (
        lambda: patched(zipped({**GOOD, "a.png": b"x" * 9}), (CENTRAL, 1, 24, "<I", 2_000_000)),
        "a.png",
        "as in a zip bomb",
    ),
    "one too large": (
        lambda: patched(zipped({**GOOD, "a.png": b"x" * 9}, compression=0), (CENTRAL, 1, 24, "<I", 900 * MB)),
        "a.png",
        "256 MB",
    ),
    "shared bytes": (with_same_bytes, "b.png", "it shares its bytes with another file"),
}


@pytest.mark.parametrize(("make", "name", "why"), HOSTILE.values(), ids=HOSTILE)
def test_a_trap_in_a_zip_is_refused_and_the_good_goes_on(bare, make, name, why):
    found = gathered(bare, {"z.zip": make()})
    assert "good.png" in found["frames"]
    refused = {where.split("/")[-1]: reason for where, reason in found["skipped"]}
    assert why in refused[name]


def test_two_files_of_one_name_in_a_zip_are_both_taken(bare):
    assert sorted(gathered(bare, {"z.zip": twice()})["frames"]) == ["a (2).png", "a.png", "good.png"]


def test_a_file_in_a_zip_that_is_refused_takes_no_name(bare):
    linked = zipfile.ZipInfo("a.png")
    linked.create_system, linked.external_attr = 3, 0o120777 << 16
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped([(linked, b"/etc/passwd"), ("a.png", b"x"), ("b.png", b"x")])
    found = gathered(bare, {"z.zip": data})
    assert found["frames"] == ["a.png", "b.png"]
    assert found["skipped"] == [["z/a.png", "it is a link to another file"]]


def test_paths_as_programs_write_them_become_plain(bare):
    found = gathered(bare, {"z.zip": zipped({"./a.png": b"a", "x//b.png": b"b", "./x/./c.png": b"c"})})
    assert (sorted(found["frames"]), found["skipped"]) == (["a.png", "x/b.png", "x/c.png"], [])


def test_names_do_not_decide_what_a_file_is(bare):
    tiff, heic = b"II*\0\x08\0\0\0", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    files = {"1.dat": tiff, "notes.txt": b"mine", "3": heic, "z.zip": zipped({"4.dat": PNG, "5.dat": b"words"})}
    found = gathered(bare, files)
    assert sorted(found["frames"]) == ["1.dat", "3", "z/4.dat"]
    assert sorted(name for name, _ in found["skipped"]) == ["notes.txt", "z/5.dat"]


MP4, MPEG = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", b"\0\0\1\xba" + bytes(2000)


@pytest.mark.parametrize("is_zipped", [False, True])
def test_names_of_pictures_and_zips_do_not_decide_either(bare, is_zipped):
    jpeg = encoded(NOISY, format="JPEG")
    files = {"telegram.gif": MP4, "clip.vob": MPEG, "a.mp4": PNG, "b.zip": PNG, "c.bin": jpeg + jpeg, "d.png": b""}
    found = gathered(bare, {"z.zip": zipped(files)} if is_zipped else files)
    assert sorted(found["clips"]) == ["c.bin", "clip.vob", "telegram.gif"]
    assert sorted(found["frames"]) == ["a.mp4", "b.zip", "d.png"]
    assert found["skipped"] == []


def test_a_large_file_in_a_zip_is_known_by_its_first_bytes_too(bare):
    chance = random.Random(2)
    large = MPEG + b"".join(chance.randbytes(300) + bytes(30_000) for _ in range(2300))  # packed, but as no bomb is
    found = gathered(bare, {"z.zip": zipped({"V01.VOB": large})})
    assert (found["clips"], found["skipped"]) == (["V01.VOB"], [])


def cut(data, of):
    return data[: int(len(data) * of)]


BROKEN_ZIPS = {
    "empty file": (b"", "it cannot be opened as a zip"),
    "words": (b"this is no zip at all", "it cannot be opened as a zip"),
    "cut off": (cut(zipped({**GOOD, "a.png": random.Random(0).randbytes(9000)}), 0.7), "it cannot be opened as a zip"),
    "no files": (zipped({}), "the zip is empty"),
}


@pytest.mark.parametrize(("data", "why"), BROKEN_ZIPS.values(), ids=BROKEN_ZIPS)
def test_what_is_no_zip_is_listed_and_the_rest_goes_on(bare, data, why):
    found = gathered(bare, {"z.zip": data, "good.png": b""})
    assert found["frames"] == ["good.png"]
    ((name, reason),) = found["skipped"]
    assert name == "z.zip" and why in reason


def lying_about_size():
    """One that unpacks to a thousand times what it declares, and declares it twice."""
    data = zipped({"a.png": bytes(3 * MB)})
    return patched(data, (CENTRAL, 0, 24, "<I", 2900), (LOCAL, 0, 22, "<I", 2900))


NOISE = random.Random(1).randbytes(5000)
DAMAGED = {
    "other bytes than its checksum": patched(
        zipped({"a.png": NOISE}, compression=0), (LOCAL, 0, 2000, "B", NOISE[0] ^ 1)
    ),
    "broken packing": patched(zipped({"a.png": b"abc" * 5000}), (LOCAL, 0, 40, "<Q", 2**63)),
    "more than it declares": lying_about_size(),
    "no header where the list says": patched(zipped({"a.png": NOISE}), (LOCAL, 0, 0, "<I", 7)),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_damage_inside_a_zip_shows_when_the_file_is_opened(bare, data):
    found = bare.evaluate(JS.openFirst, sent({"z.zip": data}))
    assert found["error"] == "PictureError"
    assert "it is damaged inside its zip" in found["message"]


# Pictures

NOISY = Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8))
SMOOTH = Image.fromarray(
    np.add.outer(np.arange(600), np.arange(1000))[..., None].repeat(3, 2).__mod__(256).astype(np.uint8)
)
REGIONS = [{"x": 5, "y": 3, "width": 20, "height": 10, "readout": "top"}, {"x": 0, "y": 0, "width": 90, "height": 60}]
LOSSLESS = {
    "PNG": {"format": "PNG"},
    "WebP": {"format": "WEBP", "lossless": True},
    "BMP": {"format": "BMP"},
}
LOSSY = {"JPEG": {"format": "JPEG", "quality": 95}, "WebP": {"format": "WEBP"}, "AVIF": {"format": "AVIF"}}


@pytest.mark.parametrize("options", LOSSLESS.values(), ids=LOSSLESS)
def test_regions_are_what_pillow_has_there(bare, options):
    data = encoded(NOISY, **options)
    found = bare.evaluate(JS.decodeRegions, [base64.b64encode(data).decode(), REGIONS])
    assert (found["width"], found["height"]) == NOISY.size
    assert found["digest"] == hashlib.sha256(data).hexdigest()
    pixels = load_image(data)
    for region, asked in zip(found["regions"], REGIONS, strict=True):
        rgba = np.array(region.pop("rgba"), np.uint8).reshape(asked["height"], asked["width"], 4)
        assert region == asked
        part = pixels[asked["y"] : asked["y"] + asked["height"], asked["x"] : asked["x"] + asked["width"]]
        assert np.array_equal(rgba[:, :, :3], part)


def clear(colour):
    """A picture with a transparent corner."""
    picture = Image.new("RGBA", (40, 20), colour)
    picture.paste((0, 0, 0, 0), (0, 0, 10, 10))
    return picture


def turned_by_exif():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


FOR_PYTHON = {
    "GIF": (NOISY, {"format": "GIF"}),
    "TIFF": (NOISY, {"format": "TIFF"}),
    "16 bits": (Image.fromarray(np.full((20, 40), 900, np.uint16)), {"format": "PNG"}),
    "animated PNG": (NOISY, {"format": "PNG", "save_all": True, "append_images": [SMOOTH.resize(NOISY.size)]}),
    "animated WebP": (NOISY, {"format": "WEBP", "save_all": True, "append_images": [SMOOTH.resize(NOISY.size)]}),
    "WebP turned by EXIF": (NOISY, {"format": "WEBP", "exif": turned_by_exif()}),
    "PNG turned by EXIF": (NOISY, {"format": "PNG", "exif": turned_by_exif()}),
    "transparent PNG": (clear("white"), {"format": "PNG"}),
    "transparent WebP": (clear("white"), {"format": "WEBP"}),
}


@pytest.mark.parametrize(("picture", "options"), FOR_PYTHON.values(), ids=FOR_PYTHON)
def test_pictures_that_a_browser_shows_otherwise_are_for_python(bare, picture, options):
    data = encoded(picture, **options)
    assert bare.evaluate(JS.isForPython, base64.b64encode(data).decode())


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
@pytest.mark.parametrize(
    ("behind", "is_for_python"), [(b"", False), (bytes(40), False), (b"more", False), (b"\0", True), (None, True)]
)
def test_pictures_that_follow_each_other_are_for_python(bare, kind, behind, is_for_python):
    one = encoded(NOISY, format=kind)
    data = one + (behind or b"") + (one if is_for_python else b"")
    assert bare.evaluate(JS.isForPython, base64.b64encode(data).decode()) == is_for_python


@pytest.mark.parametrize("options", [{"format": "PNG"}, {"format": "WEBP", "lossless": True}])
def test_an_opaque_picture_with_an_alpha_channel_is_not(bare, options):
    data = encoded(NOISY.convert("RGBA"), **options)
    assert not bare.evaluate(JS.isForPython, base64.b64encode(data).decode())


@pytest.mark.parametrize("options", LOSSY.values(), ids=LOSSY)
def test_pictures_that_lose_a_little_are_close(bare, options):
    data = encoded(SMOOTH.resize((90, 60)), **options)
    found = bare.evaluate(JS.decodeRegions, [base64.b64encode(data).decode(), REGIONS[1:]])
    rgba = np.array(found["regions"][0]["rgba"], np.uint8).reshape(60, 90, 4)
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert np.abs(rgba[:, :, :3].astype(int) - pixels).mean() < 2


@pytest.mark.parametrize(
    ("size", "small"), [((1000, 600), [160, 96]), ((90, 60), [90, 60]), ((60, 900), [11, 160]), ((900, 1), [160, 1])]
)
def test_thumbnails_are_small_pictures(bare, size, small):
    data = encoded(SMOOTH.resize(size), format="PNG")
    found = bare.evaluate(JS.decodeRegions, [base64.b64encode(data).decode(), []])
    kind, *found_size, weight = found["thumbnail"]
    assert (kind, found_size) == ("image/jpeg", small)
    assert weight < 12_000


def test_a_thumbnail_looks_like_the_picture(bare):
    picture = Image.new("RGB", (800, 400), (200, 30, 60))
    picture.paste((10, 220, 90), (400, 0, 800, 400))
    left, right = bare.evaluate(JS.drawThumbnail, base64.b64encode(encoded(picture, format="PNG")).decode())
    assert np.abs(np.subtract(left[:3], (200, 30, 60))).max() < 8
    assert np.abs(np.subtract(right[:3], (10, 220, 90))).max() < 8


def test_where_the_browser_alters_pixels_there_are_no_thumbnails_and_the_bytes_can_be_had(own):
    spoil = f"({Scripts('pixels.js').spoilPixels})();"
    body = spoil + own.request.get(f"{own.url.rpartition('/')[0]}/workers/pictures.js").text()
    own.context.route("**/workers/pictures.js*", lambda route: route.fulfill(body=body, content_type="text/javascript"))
    data = encoded(NOISY, format="PNG")
    assert own.evaluate(JS.decodeUntrusted, base64.b64encode(data).decode()) == [None, 90, len(data)]


def huge(width, height):
    """A PNG of a few bytes that declares many pixels."""

    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", rows) + part(b"IEND", b"")


PNG = encoded(NOISY, format="PNG")
UNREADABLE = {
    "empty": (b"", "the browser cannot decode the picture"),
    "words named .png": (b"not a picture", "the browser cannot decode the picture"),
    "half a PNG": (cut(PNG, 0.5), "the browser cannot decode the picture"),
    "almost a PNG": (cut(PNG, 0.97), "the browser cannot decode the picture"),
    "half a JPEG": (cut(encoded(NOISY, format="JPEG"), 0.5), "the browser cannot decode the picture"),
    "half a WebP": (cut(encoded(NOISY, format="WEBP"), 0.5), "the browser cannot decode the picture"),
    "half a BMP": (cut(encoded(NOISY, format="BMP"), 0.5), "the browser cannot decode the picture"),
    "a bomb of pixels": (huge(12_000, 12_000), "a picture has at most 64 million pixels, this one has 12000 x 12000"),
}


def test_what_is_no_picture_says_so_and_the_others_go_on(bare):
    files = {f"{name}.png": data for name, (data, _) in UNREADABLE.items()}
    *broken, good = bare.evaluate(JS.decodeAll, [*sent(files), *sent({"good.png": PNG})])
    assert good["value"]["width"] == 90
    for found, (name, (_, why)) in zip(broken, UNREADABLE.items(), strict=True):
        assert found["error"] == "PictureError", name
        assert why in found["message"], name


SIZES = [
    *[(format_, size) for format_ in ("PNG", "JPEG", "GIF", "BMP", "WEBP") for size in ((1, 1), (33, 700), (1025, 3))],
    ("progressive", (40, 30)), ("lossless", (41, 31)), ("transparent", (42, 32)),
]  # fmt: skip
SPECIAL = {
    "progressive": {"format": "JPEG", "progressive": True, "quality": 90, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"},
    "lossless": {"format": "WEBP", "lossless": True},
    "transparent": {"format": "WEBP", "exact": True},
}


def test_headers_declare_the_size_that_pillow_finds(bare):
    files = [
        encoded(Image.new("RGBA" if kind == "transparent" else "RGB", size), **SPECIAL.get(kind, {"format": kind}))
        for kind, size in SIZES
    ]
    found = bare.evaluate(JS.declaredSizes, [base64.b64encode(data).decode() for data in files])
    for (size, cuts), (kind, expected) in zip(found, SIZES, strict=True):
        assert size == {"width": expected[0], "height": expected[1]}, kind
        assert all(cut is None or cut == size for cut in cuts), kind


def test_frames_are_decoded_by_name_and_a_missing_file_says_so(bare):
    found, gone, never = bare.evaluate(JS.decodeByName, base64.b64encode(PNG).decode())
    assert found == {
        "width": 90,
        "height": 60,
        "digest": None,
        "thumbnail": None,
        "regions": [],
        "refusal": None,
        "shown": None,
        "more": None,
    }
    assert gone["error"] == never["error"] == "PictureError"
    assert gone["message"] == "the file of gone.png is not here any more: drop it again"


def test_a_file_that_is_deleted_after_it_was_picked_says_so(own, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    own.locator("input").set_input_files(path)
    path.unlink()
    for found in own.evaluate(JS.decodeInput):
        assert found["error"] == "PictureError"
        assert "the file cannot be read any more" in found["message"]


def test_pictures_that_follow_the_first_one_of_a_jpeg_are_told_of(bare):
    jpeg = encoded(NOISY, format="JPEG")
    views = jpeg[:2] + b"\xff\xe2\0\x06MPF\0" + jpeg[2:]
    found = bare.evaluate(JS.decodeAll, sent({"1.jpg": jpeg, "2.jpg": jpeg + jpeg, "3.jpg": views + jpeg}))
    assert [bool(each["value"]["more"]) for each in found] == [False, True, False]
    assert "name the file .mjpeg" in found[1]["value"]["more"]["next"]
    files = {"a.bin": jpeg + jpeg, "b.bin": jpeg, "c.jpg": jpeg + jpeg}
    assert gathered(bare, files)["frames"] == ["b.bin", "c.jpg"]


def test_pictures_of_an_avif_sequence_that_are_not_read_are_told_of(bare):
    frames = [Image.new("RGB", (64, 48), (80 * k, 10, 10)) for k in range(3)]
    data = encoded(frames[0], format="AVIF", save_all=True, append_images=frames[1:], duration=500)
    assert len(Picture(data)) == 3
    found = bare.evaluate(JS.decodeAll, sent({"still.avif": encoded(NOISY, format="AVIF"), "moving.avif": data}))
    assert [bool(each["value"]["more"]) for each in found] == [False, True]
    assert "save it as GIF" in found[1]["value"]["more"]["next"]


def test_what_is_aborted_rejects_at_once_and_is_not_begun(bare):
    found, before, begun, cores = bare.evaluate(JS.abortMany, base64.b64encode(PNG).decode())
    assert found == ["AbortError"] * 9 + [90]
    assert before == list(range(2 * min(2, cores)))
    assert begun == [*before, 9]


def test_a_few_at_a_time_and_the_urgent_one_first(bare):
    order, most, cores = bare.evaluate(JS.queueMany, base64.b64encode(PNG).decode())
    limit = 2 * min(2, cores)
    assert most <= limit
    assert order.index("urgent") == limit
    assert [k for k in order if k != "urgent"] == list(range(20))


def test_a_worker_that_dies_is_replaced_and_its_work_done(own):
    own.evaluate(JS.decodeOne, base64.b64encode(PNG).decode())
    before = own.workers
    for worker in before:
        with worker.expect_event("close"):
            worker.evaluate(JS.endWorker)
    for _ in range(3):
        assert own.evaluate(JS.decodeMany, base64.b64encode(PNG).decode()) == [90] * 8
    assert not set(before) & set(own.workers)
