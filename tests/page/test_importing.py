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

from readout.data.dataset import list_frames, natural_order
from readout.imaging.images import load_image
from tests.page.helpers import ROOT
from tests.page.modules import HOLD, HOLDER, served

TOOLS = f"""
  const m = await import(new URL("modules.js", location.href));
  {HOLD}
"""
TOOLS += """
  const file = ([path, data, type]) => {
    const made = new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], path.split("/").pop(), { type: type ?? "" });
    if (path.includes("/")) Object.defineProperty(made, "webkitRelativePath", { value: path });
    return made;
  };
  const text = async (item) => (await item.open()).text();
  const told = ({ frames, dataset, project, skipped }) => ({
    frames: frames.map(({ name }) => name), dataset: dataset?.files.map(({ name }) => name) ?? null,
    project: project?.name ?? null, skipped: skipped.map(({ name, why }) => [name, why]),
  });
  const outcome = (promise) => promise.then((value) => ({ value }), ({ name, message }) => ({ error: name, message }));
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    names = ["shared/file_names.js", "media/gather_files.js", "media/image_source.js", "workers/images/image_size.js"]
    with served(tmp_path_factory.mktemp("site"), [*names, *HOLDER], ["workers/pictures.js"]) as url:
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


def run(page, script, given=None):
    return page.evaluate(f"async (given) => {{ {TOOLS} {script} }}", given)


def sent(files):
    """{path: bytes} as the page takes it."""
    return [[path, base64.b64encode(data).decode()] for path, data in files.items()]


def gathered(page, files):
    return run(page, "return told(await m.gather(given.map(file), { listZip: m.listZip }))", sent(files))


def encoded(picture, **options):
    file = io.BytesIO()
    picture.save(file, **options)
    return file.getvalue()


def zipped(files, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **{"compression": zipfile.ZIP_DEFLATED, **options}) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


# Names

ODD_NAMES = [
    "image-10.png", "image-2.png", "image-02.png", "image-002.png", "image-2a.png", "Image-2.png", "IMAGE-2.png",
    "2.png", "10.png", "a", "", "a1", "a01", "a1b2", "a1b10", "a1b02", "1", "01", "1a", "-1", "1.5", "1.10",
    "ß1", "ss1", "İ1", "i̇1", "ΑΣ1", "ας1", "x²", "x2", "x٣", "x3", "x１２", "x12", "x\U0001d7d9", "x1", "\U0001f600", "\uffee",
    "99999999999999999999999.png", "99999999999999999999998.png", "a/2.png", "a/10.png", "b/1.png", "frame 9", "frame_9",
    "é1", "e\u0301", "Ⅷ", "\u0e59", "9", "a b", "a-b", "A-b",
]  # fmt: skip


def test_the_order_of_names_is_that_of_python(bare):
    chance = random.Random(0)
    alphabet = "0123456789٠٣१０aAbBéÉİßΣσς-_ ./\U0001d7d8\U0001d7ff\U0001f600\uffee"
    names = [*ODD_NAMES, *("".join(chance.choices(alphabet, k=chance.randint(0, 9))) for _ in range(3000))]
    names = list(dict.fromkeys(names))
    chance.shuffle(names)
    assert run(bare, "return m.inNaturalOrder(given)", names) == sorted(names, key=natural_order)


@pytest.mark.parametrize(
    ("taken", "name", "unique"),
    [
        ([], "a.png", "a.png"),
        (["a.png"], "a.png", "a (2).png"),
        (["a.png", "a (2).png"], "a.png", "a (3).png"),
        (["x.y/a"], "x.y/a", "x.y/a (2)"),
        ([".png"], ".png", " (2).png"),
    ],
)
def test_a_name_that_is_taken_gets_a_number(bare, taken, name, unique):
    assert run(bare, "return m.uniqueName(given[1], new Set(given[0]))", [taken, name]) == unique


# What is given

LISTS = {
    "pictures in natural order, others listed, hidden ones passed over": (
        ["b.png", "image-10.png", "image-9.JPG", "notes.txt", ".DS_Store", "Thumbs.db", "__MACOSX/b.png", "c.webp", "d.svg"],
        {"frames": ["b.png", "c.webp", "image-9.JPG", "image-10.png"], "skipped": ["notes.txt", "d.svg"]},
    ),
    "folders that all share are left out of the names": (
        ["clip/day 1/2.png", "clip/day 1/10.png", "clip/notes.md"],
        {"frames": ["2.png", "10.png"], "skipped": ["clip/notes.md"]},
    ),
    "folders that differ stay": (["clip/b/1.png", "clip/a/1.png"], {"frames": ["a/1.png", "b/1.png"]}),
    "equal names get numbers": (["image.png", "image.png"], {"frames": ["image (2).png", "image.png"]}),
    "a dataset folder": (
        ["d/training/1/0.png", "d/training/1/1.png", "d/testing/9/0.png", "d/frames/f10.png", "d/frames/f9.png", "d/frames/f.txt",
         "d/layout.json", "d/labels.csv", "d/training/readme.txt", "d/frames/deep/f.png", "d/cover.png", "d/training/1/.DS_Store"],
        {"frames": ["f9.png", "f10.png"],
         "dataset": ["labels.csv", "layout.json", "testing/9/0.png", "training/1/0.png", "training/1/1.png"],
         "skipped": ["d/frames/f.txt", "d/training/readme.txt", "d/frames/deep/f.png", "d/cover.png"]},
    ),
    "a dataset beside other frames": (
        ["d/training/1/0.png", "d/frames/1.png", "more/2.png"],
        {"frames": ["1.png", "2.png"], "dataset": ["training/1/0.png"]},
    ),
    "frames with a layout beside them": (["v/2.png", "v/1.png", "v/layout.json"], {"frames": ["1.png", "2.png"], "dataset": ["layout.json"]}),
    "a folder in which every set is missing a picture name": (["training/x.png"], {"frames": ["x.png"]}),
    "one project": (
        ["my work.readout (1).zip", "b.readout.zip", "a.png"],
        {"frames": ["a.png"], "project": "my work.readout (1).zip", "skipped": ["b.readout.zip"]},
    ),
    "nothing": ([], {"skipped": ["What came"]}),
}  # fmt: skip


@pytest.mark.parametrize(("names", "expected"), LISTS.values(), ids=LISTS)
def test_a_list_of_files_is_sorted_out(bare, names, expected):
    found = run(
        bare, "return told(await m.gather(given.map(file), { listZip: m.listZip }))", [[name, ""] for name in names]
    )
    found["skipped"] = [name for name, _ in found["skipped"]]
    assert found == {"frames": [], "dataset": None, "project": None, "skipped": [], **expected}


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
    script = "return told(await m.gather(document.querySelector('input').files, { listZip: m.listZip }))"
    found = run(own, script)
    assert found["frames"] == WALKED
    assert found["skipped"] == [["clip/b/notes.txt", "it is no picture"]]


def test_a_folder_that_is_dropped(own, folder):
    own.evaluate("""async () => {
      const { gather } = await import(new URL("modules.js", location.href));
      window.dropped = new Promise((resolve) => {
        addEventListener("dragover", (event) => event.preventDefault());
        addEventListener("drop", (event) => {
          event.preventDefault();
          resolve(gather(event.dataTransfer, { listZip: null }));
        });
      });
    }""")
    session = own.context.new_cdp_session(own)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 20, "y": 20, "data": data})
    found = run(own, "const all = await window.dropped; return { ...told(all), first: await text(all.frames[120]) }")
    assert found["frames"] == WALKED
    assert found["first"] == "b/c/5.png"
    assert found["skipped"] == [["clip/b/notes.txt", "it is no picture"]]


def test_a_paste(bare):
    script = """
      const data = new DataTransfer();
      data.items.add("some words", "text/plain");
      data.items.add(new File(["x"], "image.png", { type: "image/png" }));
      const clip = new ClipboardItem({ "text/plain": new Blob(["a"], { type: "text/plain" }), "image/png": new Blob(["b"], { type: "image/png" }) });
      const options = { listZip: m.listZip };
      const words = new DataTransfer();
      words.items.add("words only", "text/plain");
      return [await m.gather(data, options), await m.gather([clip, clip], options), await m.gather(words, options)].map(told);
    """
    event, clipboard, words = run(bare, script)
    assert event["frames"] == ["image.png"]
    assert clipboard["frames"] == ["pasted (2).png", "pasted.png"]
    assert (words["frames"], words["skipped"]) == ([], [["What came", "it holds no files"]])


def test_gathering_stops_when_it_is_aborted(bare):
    script = """
      const stop = new AbortController();
      const seen = [];
      const options = { listZip: m.listZip, signal: stop.signal, onProgress: (count) => (seen.push(count), count === 3 && stop.abort()) };
      return [await outcome(m.gather(given.map(file), options)), seen];
    """
    found, seen = run(bare, script, [[f"{k}.png", ""] for k in range(9)])
    assert (found["error"], seen) == ("AbortError", [1, 2, 3])


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
    script = """
      const all = await m.gather(given.map(file), { listZip: m.listZip });
      return { ...told(all), texts: await Promise.all(all.frames.map(text)), sizes: all.frames.map(({ size }) => size) };
    """
    found = run(bare, script, sent({"frames.zip": zipped({**files, **extra})}))
    assert found["frames"] == ["9.png", "10.png"]
    assert found["texts"] == [files["clip/9.png"].decode(), files["clip/10.png"].decode()]
    assert found["sizes"] == [450, 500]
    assert found["skipped"] == [
        ["frames/clip/inner.zip", "a zip inside a zip is not opened"],
        ["frames/clip/notes.txt", "it is no picture"],
    ]


def test_a_project_is_known_by_what_it_holds(bare):
    found = gathered(bare, {"renamed.zip": zipped({"project.json": b"{}", "layout.json": b"{}"}), "a.png": b""})
    assert found == {"frames": ["a.png"], "dataset": None, "project": "renamed.zip", "skipped": []}


@pytest.mark.parametrize("top", ["", "data/"])
def test_a_zip_of_the_bundled_dataset_is_what_python_finds_in_the_folder(bare, top):
    data = ROOT / "data"
    paths = [path for part in ("training", "testing", "frames") for path in (data / part).rglob("*.png")]
    paths += [data / "layout.json", data / "labels.csv"]
    files = {top + path.relative_to(data).as_posix(): path.read_bytes() for path in paths}
    script = """
      const all = await m.gather(given.map(file), { listZip: m.listZip });
      const bytes = new Uint8Array(await (await all.frames[6].open()).arrayBuffer());
      return { ...told(all), sum: bytes.reduce((sum, byte) => (sum + byte) % 65521, 0), length: bytes.length };
    """
    found = run(bare, script, sent({"dataset.zip": zipped(files)}))
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
    "upwards": (lambda: zipped({**GOOD, "../../evil.png": b"x"}), "evil.png", "a path stays inside the zip, got \"../../evil.png\""),
    "upwards by backslashes": (lambda: patched(zipped({**GOOD, "a/../b/evil.png": b"x"}), (b"a/../b", 0, 1, "B", 92), (b"a/../b", 0, 1, "B", 92)),
                               "evil.png", "a path stays inside the zip"),
    "absolute": (lambda: zipped({**GOOD, "/etc/evil.png": b"x"}), "evil.png", "a path stays inside the zip"),
    "with a drive": (lambda: zipped({**GOOD, "C:/evil.png": b"x"}), "evil.png", "a path stays inside the zip"),
    "a link": (with_link, "link.png", "it is a link to another file"),
    "encrypted": (lambda: patched(zipped({**GOOD, "a.png": b"x"}), (LOCAL, 1, 6, "<H", 1), (CENTRAL, 1, 8, "<H", 1)), "a.png", "it is encrypted"),
    "another method": (with_lzma, "a.png", "it is packed by method 14"),
    "a bomb": (lambda: zipped({**GOOD, "a.png": bytes(40 * MB)}), "a.png", "would become 41943040, as in a zip bomb"),
    "one that declares too much": (lambda: patched(zipped({**GOOD, "a.png": b"x" * 9}), (CENTRAL, 1, 24, "<I", 2_000_000)), "a.png", "as in a zip bomb"),
    "one too large": (lambda: patched(zipped({**GOOD, "a.png": b"x" * 9}, compression=0), (CENTRAL, 1, 24, "<I", 900 * MB)), "a.png", "256 MB"),
    "shared bytes": (with_same_bytes, "b.png", "it shares its bytes with another file"),
    "a name twice": (twice, "a.png", "the zip has two files of this name"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "name", "why"), HOSTILE.values(), ids=HOSTILE)
def test_a_trap_in_a_zip_is_refused_and_the_good_goes_on(bare, make, name, why):
    found = gathered(bare, {"z.zip": make()})
    assert "good.png" in found["frames"]
    refused = {where.split("/")[-1]: reason for where, reason in found["skipped"]}
    assert why in refused[name]


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
    script = """
      const all = await m.gather(given.map(file), { listZip: m.listZip });
      return outcome(all.frames[0].open());
    """
    found = run(bare, script, sent({"z.zip": data}))
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
    "GIF": {"format": "GIF"},
    "BMP": {"format": "BMP"},
}
LOSSY = {"JPEG": {"format": "JPEG", "quality": 95}, "WebP": {"format": "WEBP"}, "AVIF": {"format": "AVIF"}}

DECODE = """
  const [data, regions] = given;
  const { thumbnail, refusal, ...found } = await m.decode(file(["a.png", data]), { regions, thumbnail: true, digest: true });
  const small = thumbnail && await createImageBitmap(thumbnail);
  return { ...found, thumbnail: small && [thumbnail.type, small.width, small.height, thumbnail.size],
    regions: holder.used(found.regions).map(({ rgba, ...region }) => ({ ...region, rgba: [...rgba] })) };
"""


@pytest.mark.parametrize("options", LOSSLESS.values(), ids=LOSSLESS)
def test_regions_are_what_pillow_has_there(bare, options):
    data = encoded(NOISY, **options)
    found = run(bare, DECODE, [base64.b64encode(data).decode(), REGIONS])
    assert (found["width"], found["height"]) == NOISY.size
    assert found["digest"] == hashlib.sha256(data).hexdigest()
    pixels = load_image(data)
    for region, asked in zip(found["regions"], REGIONS, strict=True):
        rgba = np.array(region.pop("rgba"), np.uint8).reshape(asked["height"], asked["width"], 4)
        assert region == asked
        part = pixels[asked["y"] : asked["y"] + asked["height"], asked["x"] : asked["x"] + asked["width"]]
        assert np.array_equal(rgba[:, :, :3], part)


@pytest.mark.parametrize("options", LOSSY.values(), ids=LOSSY)
def test_pictures_that_lose_a_little_are_close(bare, options):
    data = encoded(SMOOTH.resize((90, 60)), **options)
    found = run(bare, DECODE, [base64.b64encode(data).decode(), REGIONS[1:]])
    rgba = np.array(found["regions"][0]["rgba"], np.uint8).reshape(60, 90, 4)
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert np.abs(rgba[:, :, :3].astype(int) - pixels).mean() < 2


@pytest.mark.parametrize(
    ("size", "small"), [((1000, 600), [160, 96]), ((90, 60), [90, 60]), ((60, 900), [11, 160]), ((900, 1), [160, 1])]
)
def test_thumbnails_are_small_pictures(bare, size, small):
    data = encoded(SMOOTH.resize(size), format="PNG")
    found = run(bare, DECODE, [base64.b64encode(data).decode(), []])
    kind, *found_size, weight = found["thumbnail"]
    assert (kind, found_size) == ("image/jpeg", small)
    assert weight < 12_000


def test_a_thumbnail_looks_like_the_picture(bare):
    picture = Image.new("RGB", (800, 400), (200, 30, 60))
    picture.paste((10, 220, 90), (400, 0, 800, 400))
    script = """
      const { thumbnail } = await m.decode(file(["a.png", given]), { thumbnail: true });
      const context = new OffscreenCanvas(160, 80).getContext("2d");
      context.drawImage(await createImageBitmap(thumbnail), 0, 0);
      return [40, 120].map((x) => [...context.getImageData(x, 40, 1, 1).data]);
    """
    left, right = run(bare, script, base64.b64encode(encoded(picture, format="PNG")).decode())
    assert np.abs(np.subtract(left[:3], (200, 30, 60))).max() < 8
    assert np.abs(np.subtract(right[:3], (10, 220, 90))).max() < 8


def test_where_the_browser_alters_pixels_there_are_no_thumbnails_and_the_bytes_can_be_had(own):
    spoil = """
      const prototype = OffscreenCanvasRenderingContext2D.prototype;
      const real = prototype.getImageData;
      prototype.getImageData = function (...args) { const image = real.apply(this, args); image.data[40] ^= 1; return image; };
    """
    body = spoil + own.request.get(f"{own.url.rpartition('/')[0]}/workers/pictures.js").text()
    own.context.route("**/workers/pictures.js", lambda route: route.fulfill(body=body, content_type="text/javascript"))
    data = encoded(NOISY, format="PNG")
    script = "const { thumbnail, width } = await m.decode(file(['a.png', given]), { thumbnail: true });"
    script += "return [thumbnail, width, holder.used(await m.handBytes(file(['a.png', given]))).length]"
    assert run(own, script, base64.b64encode(data).decode()) == [None, 90, len(data)]


def huge(width, height):
    """A PNG of a few bytes that declares many pixels."""
    part = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))  # noqa: E731
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
    "half a GIF": (cut(encoded(NOISY, format="GIF"), 0.5), "the browser cannot decode the picture"),
    "half a BMP": (cut(encoded(NOISY, format="BMP"), 0.5), "the browser cannot decode the picture"),
    "TIFF": (encoded(NOISY, format="TIFF"), "the browser cannot decode the picture"),
    "a bomb of pixels": (huge(12_000, 12_000), "a picture has at most 64 million pixels, this one has 12000 x 12000"),
}


def test_what_is_no_picture_says_so_and_the_others_go_on(bare):
    script = """
      const all = given.map(file);
      return Promise.all(all.map((each) => outcome(m.decode(each, { digest: true, thumbnail: true }))));
    """
    files = {f"{name}.png": data for name, (data, _) in UNREADABLE.items()}
    *broken, good = run(bare, script, [*sent(files), *sent({"good.png": PNG})])
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
    script = """
      const sizeOf = (data, length) => m.declaredSize(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).slice(0, length));
      return given.map((data) => [sizeOf(data), [0, 3, 11, 17].map((length) => sizeOf(data, length))]);
    """
    found = run(bare, script, [base64.b64encode(data).decode() for data in files])
    for (size, cuts), (kind, expected) in zip(found, SIZES, strict=True):
        assert size == {"width": expected[0], "height": expected[1]}, kind
        assert all(cut is None or cut == size for cut in cuts), kind


def test_frames_are_decoded_by_name_and_a_missing_file_says_so(bare):
    script = """
      const a = file(["a.png", given]);
      m.filesByName.set("a.png", async () => a);
      m.filesByName.set("gone.png", async () => undefined);
      const found = await m.decode("a.png");
      return [found, await outcome(m.decode("gone.png")), await outcome(m.decode("never.png"))];
    """
    found, gone, never = run(bare, script, base64.b64encode(PNG).decode())
    assert found == {
        "width": 90,
        "height": 60,
        "digest": None,
        "thumbnail": None,
        "regions": [],
        "refusal": None,
        "shown": None,
    }
    assert gone["error"] == never["error"] == "PictureError"
    assert gone["message"] == "the file of gone.png is not here any more: drop it again"


def test_a_file_that_is_deleted_after_it_was_picked_says_so(own, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    own.locator("input").set_input_files(path)
    path.unlink()
    script = "const [a] = document.querySelector('input').files;"
    script += "return Promise.all([true, false].map((digest) => outcome(m.decode(a, { digest }))))"
    for found in run(own, script):
        assert found["error"] == "PictureError"
        assert "the file cannot be read any more" in found["message"]


def test_what_is_aborted_rejects_at_once_and_is_not_begun(bare):
    script = """
      const begun = [];
      const stop = new AbortController();
      const opens = { never: () => new Promise(() => {}), soon: async () => file(["a.png", given]) };
      const begin = (how, k, signal) => outcome(m.decode(() => (begun.push(k), opens[how]()), { signal }));
      const all = Array.from({ length: 9 }, (_, k) => begin("never", k, stop.signal));
      await new Promise((done) => setTimeout(done, 20));
      all.push(begin("soon", 9));
      const before = [...begun];
      stop.abort();
      const found = await Promise.all(all);
      return [found.map(({ error, value }) => error ?? value.width), before, begun, navigator.hardwareConcurrency];
    """
    found, before, begun, cores = run(bare, script, base64.b64encode(PNG).decode())
    assert found == ["AbortError"] * 9 + [90]
    assert before == list(range(2 * min(2, cores)))
    assert begun == [*before, 9]


def test_a_few_at_a_time_and_the_urgent_one_first(bare):
    script = """
      const order = [];
      let [now, most] = [0, 0];
      const slow = (k) => async () => {
        order.push(k);
        most = Math.max(most, ++now);
        await new Promise((done) => setTimeout(done, 20));
        now--;
        return file(["a.png", given]);
      };
      const all = Array.from({ length: 20 }, (_, k) => m.decode(slow(k)));
      all.push(m.decode(slow("urgent"), { urgent: true }));
      await Promise.all(all);
      return [order, most, navigator.hardwareConcurrency];
    """
    order, most, cores = run(bare, script, base64.b64encode(PNG).decode())
    limit = 2 * min(2, cores)
    assert most <= limit
    assert order.index("urgent") == limit
    assert [k for k in order if k != "urgent"] == list(range(20))


def test_a_worker_that_dies_is_replaced_and_its_work_done(own):
    run(own, "await m.decode(file(['a.png', given]))", base64.b64encode(PNG).decode())
    before = own.workers
    for worker in before:
        worker.evaluate("() => { setTimeout(() => self.close()); }")
    script = "return (await Promise.all(Array.from({ length: 8 }, () => m.decode(file(['a.png', given]))))).map(({ width }) => width)"
    for _ in range(3):
        assert run(own, script, base64.b64encode(PNG).decode()) == [90] * 8
    assert not set(before) & set(own.workers)
