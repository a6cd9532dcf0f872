"""A project as one file: all of it comes back, and no file can do harm."""

import hashlib
import io
import json
import struct
import zipfile
import zlib

import numpy as np
import pytest

from readout.data.examples import Example
from readout.errors import ReadoutError
from readout.files.npz import to_npz
from readout.files.zip_archive import ENTRIES, Archive, pack
from readout.imaging.crops import Crop, cut, jitter
from readout.imaging.patch import Patch
from readout.layout.frame import Frame
from readout.layout.layout import Layout, Readout
from readout.model.embedding_cache import EmbeddingCache
from readout.model.head import SoftmaxHead
from readout.model.head_file import SavedHead
from readout.model.training import TrainingSet, fit_head
from readout.project.document import Document
from readout.project.project_file import VERSION, BackboneId, Project

BACKBONE = BackboneId("pixels", hashlib.sha256(b"pixels").hexdigest())


# Projects


def some_head(rng, prior=False):
    count, d = int(rng.integers(2, 12)), int(rng.integers(1, 20))
    classes = ["unknown", *(chr(65 + k) for k in range(count - 1))]
    coef, intercept = rng.normal(size=(d, count)), rng.normal(size=count)
    centres = rng.normal(size=(count if prior else 0, d))
    return SavedHead(classes, coef, intercept, centres, BACKBONE.sha256, "ab" * 32 if prior else "")


def pixels(rng, height, width):
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


def some_project(seed):
    """A project at random, in which anything may be missing."""
    rng = np.random.default_rng(seed)
    frames = [
        Frame(f"Bild {k}\udcff.png", int(rng.integers(30, 90)), int(rng.integers(30, 60)))
        for k in range(rng.integers(6))
    ]
    count = int(rng.integers(0, 3))
    boxes = [
        tuple((*rng.uniform(0, 20, 2).tolist(), *rng.uniform(0.1, 9, 2).tolist()) for _ in range(k + 1))
        for k in range(count)
    ]
    readouts = tuple(Readout(f"r{k} °", "#" * len(each), each) for k, each in enumerate(boxes))
    document = Document(Layout((30, 30), readouts)) if readouts else Document()
    patches = {}
    for frame in frames:
        for readout in readouts:
            if rng.random() < 0.5:
                text = None if rng.random() < 0.2 else "".join(map(str, rng.integers(0, 10, len(readout.boxes))))
                document = document.with_label(frame.name, readout.name, text)
            if rng.random() < 0.7:
                height, width = (int(n) for n in rng.integers(1, 30, 2))
                origin = int(rng.integers(0, frame.width - width + 1)), int(rng.integers(0, frame.height - height + 1))
                patches[frame.name, readout.name] = Patch(pixels(rng, height, width), origin)
    if readouts and rng.random() < 0.5:
        document = document.with_layout(Layout((30, 30), readouts[1:]) if readouts[1:] else None)
        patches = {key: patch for key, patch in patches.items() if key[1] != readouts[0].name}
    examples = []
    for k in range(rng.integers(5)):
        frame = pixels(rng, 40, 50)
        box = (*rng.uniform(0, 20, 2).tolist(), *rng.uniform(0.1, 12, 2).tolist())
        crop = Crop.whole(pixels(rng, 3, 5)) if k % 2 else cut(frame, [box], margin=int(rng.integers(0, 4)))[0]
        examples.append(Example(f"training/{k}/é.png", "é", crop))
        document = document.relabel(examples[-1].source, [None, "7"][k % 2])
    rules = [{"kind": "range", "readout": "r0 °", "max": 1.5}] * int(rng.integers(2))
    head = [None, some_head(rng), some_head(rng, prior=True)][rng.integers(3)]
    return Project(f"Projekt {seed} \u2603", BACKBONE, frames, document.with_rules(rules), examples, patches, head)


def full():
    """A project that has some of everything."""
    rng = np.random.default_rng(5)
    layout = Layout((40, 24), (Readout("top", "#.#", ((5.0, 6.0, 8.0, 10.0), (14.5, 6.0, 8.0, 10.0))),))
    document = Document(layout).with_label("a.png", "top", "7.9").with_rules([{"kind": "rising", "readout": "top"}])
    examples = [Example("training/1/7.png", "7", Crop.whole(pixels(rng, 10, 8)))]
    patches = {
        ("a.png", "top"): Patch(pixels(rng, 20, 30), (2, 3)),
        ("b.png", "top"): Patch(pixels(rng, 5, 6), (20, 10)),
    }
    frames = [Frame("a.png", 40, 24), Frame("b.png", 40, 24)]
    return Project("Demo", BACKBONE, frames, document, examples, patches, some_head(rng, prior=True))


def assert_same_crop(one, two):
    assert (one.key, [each.key for each in jitter(one)]) == (two.key, [each.key for each in jitter(two)])


def assert_same(one, two):
    for name in ("name", "backbone", "frames", "document"):
        assert getattr(one, name) == getattr(two, name)
    assert list(one.patches) == list(two.patches)
    for key, patch in one.patches.items():
        assert patch.origin == two.patches[key].origin
        np.testing.assert_array_equal(patch.pixels, two.patches[key].pixels, strict=True)
    assert [(e.source, e.label) for e in one.examples] == [(e.source, e.label) for e in two.examples]
    for mine, other in zip(one.examples, two.examples, strict=True):
        assert_same_crop(mine.crop, other.crop)
    assert (one.head is None) == (two.head is None)
    if one.head:
        assert one.head.classes == two.head.classes
        assert (one.head.backbone_sha256, one.head.prior_sha256) == (two.head.backbone_sha256, two.head.prior_sha256)
        for name in ("coef", "intercept", "centres"):
            np.testing.assert_array_equal(getattr(one.head, name), getattr(two.head, name), strict=True)


@pytest.mark.parametrize("seed", range(30))
def test_a_project_survives_the_round_trip(seed):
    project = some_project(seed)
    data = project.to_bytes()
    back = Project.from_bytes(data)
    assert_same(project, back)
    assert back.to_bytes() == data


def test_a_projects_parts_are_the_documented_ones():
    with zipfile.ZipFile(io.BytesIO(full().to_bytes("frame,readout\n"))) as archive:
        assert archive.testzip() is None
        names = ["examples.npz", "head.npz", "layout.json", "patches.npz", "project.json", "readings.csv"]
        assert archive.namelist() == names
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("readings.csv") == b"frame,readout\n"
        assert Layout.from_json(archive.read("layout.json").decode()) == full().document.layout
        fields = json.loads(archive.read("project.json"))
        with np.load(io.BytesIO(archive.read("patches.npz")), allow_pickle=False) as patches:
            assert patches["size"].tolist() == [[30, 20], [6, 5]]
            np.testing.assert_array_equal(
                patches["pixels"][:1800].reshape(20, 30, 3), full().patches["a.png", "top"].pixels
            )
    assert (fields["format"], fields["version"]) == ("readout-project", VERSION)
    assert fields["backbone"] == {"name": "pixels", "sha256": BACKBONE.sha256}
    assert fields["frames"][1] == {"name": "b.png", "width": 40, "height": 24}
    assert fields["document"]["typed"] == [["a.png", "top", "7.9"]]
    assert sorted(fields["parts"]) == ["examples.npz", "head.npz", "layout.json", "patches.npz"]


def test_what_belongs_to_no_frame_or_readout_is_left_out_when_saved():
    project = full()
    project.document = project.document.with_label("gone.png", "top", "1.1")
    project.patches["gone.png", "top"] = project.patches["a.png", "gone"] = project.patches["a.png", "top"]
    project.frames[1] = Frame("b.png", 25, 24)  # replaced by a smaller picture
    back = Project.from_bytes(project.to_bytes())
    assert back.document == full().document
    assert list(back.patches) == [("a.png", "top")]


def test_what_was_typed_for_a_readout_that_is_gone_is_kept():
    project = full()
    project.document = project.document.with_layout(None)
    back = Project.from_bytes(project.to_bytes())
    assert back.document == project.document
    assert back.document.typed == full().document.typed


def test_crops_are_cut_from_patches_as_from_the_frame():
    rng = np.random.default_rng(2)
    boxes = tuple((*rng.uniform(8, 40, 2).tolist(), *rng.uniform(3, 9, 2).tolist()) for _ in range(50))
    layout, frame = Layout((64, 60), (Readout("top", "#" * 50, boxes),)), pixels(rng, 60, 64)
    patch = Patch(frame[3:55, 4:60], (4, 3))
    project = Project("", BACKBONE, [Frame("a.png", 64, 60)], Document(layout), patches={("a.png", "top"): patch})
    back = Project.from_bytes(project.to_bytes())
    top = back.document.readout("top")
    for mine, direct in zip(back.crops("a.png", top), cut(frame, boxes, margin=2), strict=True):
        assert_same_crop(mine, direct)
    assert back.crops("b.png", top) is None


def test_a_patch_that_does_not_cover_its_boxes_gives_no_crops():
    assert full().crops("a.png", full().document.readout("top")) is not None
    assert full().crops("b.png", full().document.readout("top")) is None


def test_a_file_is_loaded_and_named_when_it_is_wrong(tmp_path):
    path = tmp_path / "demo.readout.zip"
    with pytest.raises(ReadoutError, match="demo.readout.zip cannot be read .*give a .readout.zip"):
        Project.load(path)
    path.write_bytes(full().to_bytes())
    assert_same(Project.load(path), full())
    path.write_bytes(b"")
    with pytest.raises(ReadoutError, match="demo.readout.zip: a zip file has bytes, this one is empty"):
        Project.load(path)


# Heads


def trained(backbone):
    rng = np.random.default_rng(3)
    examples = [Example(str(k), "07A"[k % 3], Crop.whole(pixels(rng, 10, 8))) for k in range(9)]
    lesson = TrainingSet.of(examples, backbone)
    return fit_head(lesson, EmbeddingCache(backbone).embed(lesson.crops), backbone)


@pytest.mark.parametrize("kind", ["pixel_backbone", "knowing_backbone"])
def test_a_restored_head_answers_as_it_did_to_the_last_bit(kind, request):
    backbone = request.getfixturevalue(kind)
    head = trained(backbone)
    project = full()
    project.head = SavedHead.of(head)
    restored = Project.from_bytes(project.to_bytes()).restore_head(backbone)
    X = np.random.default_rng(4).uniform(-1, 1, (20, backbone.dim))
    assert (restored.classes_, restored.backbone_sha256) == (head.classes_, backbone.sha256)
    np.testing.assert_array_equal(restored.predict_proba(X), head.predict_proba(X))
    if backbone.prior:
        np.testing.assert_array_equal(restored.distance(X), head.distance(X))
    else:
        assert restored.distance(X) is None


def test_a_bundled_backbones_head_is_restored(data_folder):
    from readout.model.onnx_backbone import OnnxBackbone

    backbone = OnnxBackbone.named()
    head = SavedHead.of(SoftmaxHead(prior=backbone.prior).fit(np.empty((0, backbone.dim)), []))
    X = np.random.default_rng(0).normal(size=(5, backbone.dim))
    restored = SavedHead.from_bytes(head.to_bytes()).restore(OnnxBackbone.named())
    np.testing.assert_array_equal(restored.predict_proba(X), head.restore(backbone).predict_proba(X))


def test_a_project_without_a_head_reads_with_what_the_backbone_knows(knowing_backbone, pixel_backbone):
    project = Project("new", BACKBONE)
    head = project.restore_head(knowing_backbone)
    assert head.classes_ == knowing_backbone.prior.output_classes_with([])
    assert head.predict(knowing_backbone.prior.centres[:10]) == list("0123456789")
    assert project.restore_head(pixel_backbone) is None


def test_a_head_is_not_restored_on_another_backbone_or_prior(knowing_backbone, pixel_backbone, make_prior):
    head = SavedHead.of(trained(knowing_backbone))
    other = type(knowing_backbone)(knowing_backbone.prior)
    other.sha256 = "0" * 64
    with pytest.raises(ReadoutError, match="this head was trained on the backbone .*, got pixels"):
        head.restore(other)
    with pytest.raises(ReadoutError, match="learned on the prior .*, pixels brings none"):
        head.restore(pixel_backbone)
    prior = make_prior({"0": np.zeros(192), "1": np.ones(192)}, "01", pixel_backbone.sha256)
    with pytest.raises(ReadoutError, match="learned on the prior .*: train it again, or use the Readout that saved it"):
        head.restore(type(knowing_backbone)(prior))
    other = type(knowing_backbone)(knowing_backbone.prior)
    other.dim = 5
    with pytest.raises(ReadoutError, match="a head on pixels takes 5 features, the saved one 192"):
        head.restore(other)


def test_only_a_head_that_has_learned_is_saved():
    with pytest.raises(ReadoutError, match="a head is saved after it has learned"):
        SavedHead.of(SoftmaxHead())


# Hostile files


def parts_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(**changes):
    """The full project with other parts, by stem; their hashes are made to fit, if they are listed."""
    parts = parts_of(full().to_bytes())
    for stem, part in changes.items():
        path = next(path for path in parts if path.startswith(stem + "."))
        parts[path] = part
    fields = json.loads(parts["project.json"])
    for path in fields["parts"]:
        fields["parts"][path] = {"bytes": len(parts[path]), "sha256": hashlib.sha256(parts[path]).hexdigest()}
    return pack({**parts, "project.json": json.dumps(fields).encode()})


def retold(change):
    """The full project with another project.json: `change` takes its fields, and may return others."""
    parts = parts_of(full().to_bytes())
    fields = json.loads(parts["project.json"])
    fields = change(fields) or fields
    return pack({**parts, "project.json": fields if isinstance(fields, bytes) else json.dumps(fields).encode()})


def test_a_file_that_says_how_many_sets_were_learned_opens():
    """As files of Readout 0.1.0 do."""
    assert Project.from_bytes(retold(lambda fields: fields.update(sets=4))).document == full().document


def rearrayed(stem, **changes):
    """The full project with other arrays in one of its .npz files; None takes one out."""
    with np.load(io.BytesIO(parts_of(full().to_bytes())[f"{stem}.npz"])) as file:
        arrays = {**file, **changes}
    return repacked(**{stem: to_npz({name: array for name, array in arrays.items() if array is not None})})


def headed(stem, name, header):
    """The full project, the header of one array spoiled."""
    npz = parts_of(parts_of(full().to_bytes())[f"{stem}.npz"])
    text = header.encode().ljust(117) + b"\n"
    npz[f"{name}.npy"] = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + npz[f"{name}.npy"][128:]
    return repacked(**{stem: pack(npz, compressed=False)})


def entry(name, data=b"x", **settings):
    """The full project with one more entry."""
    file = io.BytesIO(full().to_bytes())
    info = zipfile.ZipInfo(name)
    for key, value in settings.items():
        setattr(info, key, value)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(info, data)
    return file.getvalue()


def patched(find, replace, data=None):
    """The full project, or `data`, with bytes replaced wherever they are."""
    data = full().to_bytes() if data is None else data
    assert find in data
    return data.replace(find, replace)


def twice(name):
    with pytest.warns(UserWarning, match="Duplicate name"):
        return entry(name)


def redeclared(path, size, crc=None):
    """The full project with another size declared for an entry, and if it is given another checksum."""
    data = bytearray(full().to_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        info, start = archive.getinfo(path), archive.start_dir
    at = data.index(path.encode(), start) - 46
    for base, offset in ((at, 16), (info.header_offset, 14)):
        data[base + offset : base + offset + 4] = struct.pack("<I", info.CRC if crc is None else crc)
        data[base + offset + 8 : base + offset + 12] = struct.pack("<I", size)
    return bytes(data)


def packed_by(method):
    """One entry packed by another method than zip readers need to know."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("project.json", "{}")
    return file.getvalue()


def encrypted():
    data = bytearray(full().to_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        at, directory = archive.getinfo("head.npz").header_offset, archive.start_dir
    data[at + 6] |= 1
    data[data.index(b"head.npz", directory) - 46 + 8] |= 1
    return bytes(data)


def overlapping():
    """Two entries of the directory that share one packed body, as in a bomb without a nest."""
    data = bytearray(pack({"project.json": zlib.compress(b"a" * 3000), "project.jsoo": b""}))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        first, start = archive.getinfo("project.json"), archive.start_dir
    second = data.index(b"project.jsoo", start) - 46
    fields = struct.pack("<III", first.CRC, 3_000, first.file_size)
    data[second + 16 : second + 28] = fields
    data[second + 42 : second + 46] = struct.pack("<I", first.header_offset)
    return bytes(data)


def bomb(size):
    """A zip of one entry that inflates to `size` zeros, in as few bytes as can be."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)  # which refers to nothing before it
    body, crc = block * (size >> 20) + deflater.flush(), 0
    name = b"project.json"
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(body), size, len(name), 0)
    local = b"PK\3\4" + common + name + body
    central = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def grown(fields):
    fields["frames"][0]["width"] = 2**31


HOSTILE = {
    # what: (bytes, what the message says)
    "nothing": (lambda: b"", "a zip file has bytes, this one is empty: copy or download it again"),
    "no zip": (
        lambda: b"\x89PNG\r\n\x1a\n" + bytes(100),
        "a zip file was expected, got one that begins .*PNG.*: choose another",
    ),
    "cut short": (lambda: full().to_bytes()[:-100], "ends with its directory, this one is cut short or damaged"),
    "cut in the middle": (lambda: full().to_bytes()[:900], "this one is cut short"),
    "its end alone": (lambda: full().to_bytes()[-22:], "a zip file was expected"),
    "an empty zip": (lambda: pack({}), "holds project.json, this zip holds nothing: choose a file"),
    "encrypted": (encrypted, "'head.npz' cannot be read from the zip, it is encrypted: pack it again"),
    "a dataset": (
        lambda: pack({"training/1/7.png": b"", "layout.json": b""}),
        "this zip is a dataset: drop it on the page",
    ),
    "a zip of a folder": (
        lambda: pack({"demo/project.json": b"{}"}),
        "inside a folder: pack the files, not the folder",
    ),
    "a zip of something": (
        lambda: pack({"a.txt": b"", "b": b""}),
        "this zip holds 'a.txt', 'b': choose a file that was saved",
    ),
    # Paths
    "a path upwards": (lambda: entry("../../evil.py"), "plain paths inside it, got '../../evil.py': do not open"),
    "a path upwards inside": (lambda: entry("a/../../evil"), "plain paths inside it"),
    "an absolute path": (lambda: entry("/etc/passwd"), "plain paths inside it, got '/etc/passwd'"),
    "a backslash": (lambda: entry("..\\evil"), "plain paths inside it"),
    "a drive": (lambda: entry("C:evil"), "plain paths inside it"),
    "a stream": (lambda: entry("head.npz:evil"), "plain paths inside it"),
    "an empty step": (lambda: entry("a//b"), "plain paths inside it"),
    "a dot": (lambda: entry("./project.json"), "plain paths inside it"),
    "no name": (lambda: entry(""), "plain paths inside it, got ''"),
    "a NUL": (
        lambda: patched(b"evil_name", b"evil\0name", entry("evil_name")),
        "plain paths inside it, got 'evil.x00name'",
    ),
    "a line break": (lambda: entry("a\nb"), "plain paths inside it, got 'a.nb'"),
    "a link": (
        lambda: entry("head", b"/etc", create_system=3, external_attr=0o120777 << 16),
        "'head' cannot be read from the zip, it is a link or a device",
    ),
    "a device": (
        lambda: entry("head", external_attr=0o020666 << 16),
        "'head' cannot be read from the zip, it is a link or a device",
    ),
    "the same name twice": (lambda: twice("head.npz"), "different names, got 'head.npz' and 'head.npz': pack it again"),
    "names that differ in case": (lambda: entry("HEAD.npz"), "different names, got 'head.npz' and 'HEAD.npz'"),
    # Sizes
    "a bomb that says so": (lambda: bomb(600 << 20), "at most 512 MB unpacked is opened, this one declares 600 MB"),
    "a bomb in a text": (lambda: bomb(40 << 20), "project.json has at most 32 MB, here it declares 40 MB"),
    "a claim beyond deflate": (
        lambda: redeclared("layout.json", 400 << 20),
        "'layout.json' cannot be read from the zip, .* bytes would become 419430400",
    ),
    "more than declared": (lambda: redeclared("layout.json", 20), "layout.json declares 20 bytes, but holds more"),
    "more, and the sum of the first": (
        lambda: redeclared("layout.json", 20, zlib.crc32(full().document.layout.to_json().encode()[:20])),
        "layout.json declares 20 bytes, but holds more",
    ),
    "less than declared": (
        lambda: redeclared("layout.json", 2000),
        "layout.json declares 2000 bytes, but holds [0-9]+",
    ),
    "shared bytes": (overlapping, "lie side by side, here some share their bytes|damaged in the zip"),
    "a crowd": (lambda: pack({str(k): b"" for k in range(ENTRIES + 1)}), "at most 10000 entries is opened, got 10001"),
    "another method": (
        lambda: packed_by(zipfile.ZIP_BZIP2),
        "'project.json' cannot be read from the zip, it is packed by method 12",
    ),
    "a wrong checksum": (
        lambda: redeclared("layout.json", len(full().document.layout.to_json()), 1),
        "layout.json is damaged",
    ),
    # Parts
    "a missing part": (lambda: without("head.npz"), "lists the part head.npz, which is missing"),
    "a part not listed": (lambda: retold(lambda f: f["parts"].pop("head.npz") and None), "head.npz is not listed"),
    "another layout": (
        lambda: entry_replaced("layout.json", b"{}"),
        "layout.json has .* by project.json, got 2 and .*: it was changed",
    ),
    "a wrong hash": (
        lambda: retold(lambda f: f["parts"]["head.npz"].update(sha256="0" * 64)),
        "head.npz has .*'000000000000'",
    ),
    "a wrong size": (lambda: retold(lambda f: f["parts"]["head.npz"].update(bytes=1)), "head.npz has 1 bytes"),
    "a hash that is none": (
        lambda: retold(lambda f: f["parts"]["head.npz"].update(sha256=None)),
        "'sha256' of part 'head.npz'.*is a text",
    ),
    "a part that is none": (
        lambda: retold(lambda f: f["parts"].update({"head.npz": 7})),
        "part 'head.npz' of project.json is an object",
    ),
    # project.json
    "no JSON": (lambda: retold(lambda f: b"PK"), "project.json is JSON, got something that is not"),
    "no text": (lambda: retold(lambda f: b"\xff\xfe"), "project.json is JSON"),
    "NaN": (lambda: retold(lambda f: b'{"version": NaN}'), "NaN is no JSON number"),
    "a deep nest": (lambda: retold(lambda f: b"[" * 100_000), "project.json is JSON"),
    "many digits": (lambda: retold(lambda f: b"1" * 5000), "project.json is JSON"),
    "a list": (lambda: retold(lambda f: [1]), "project.json is an object, got list"),
    "another format": (lambda: retold(lambda f: f.update(format="zip")), "has the format 'readout-project', got 'zip'"),
    "no version": (lambda: retold(lambda f: f.pop("version") and None), "project.json has the field 'version'"),
    "a newer version": (
        lambda: retold(lambda f: {"format": "readout-project", "version": 2}),
        "saved by a newer Readout: version 2, this one knows 1; open it with a newer one",
    ),
    "a much newer one": (
        lambda: retold(lambda f: f.update(version=10**4000)),
        "version a larger number, this one knows 1",
    ),
    "version 0": (lambda: retold(lambda f: f.update(version=0)), "a version from 1 on, got 0"),
    "a version in words": (
        lambda: retold(lambda f: f.update(version="1")),
        "'version' of project.json is a whole number, got '1'",
    ),
    "no backbone": (
        lambda: retold(lambda f: f.update(backbone="glyphs")),
        "'backbone' of project.json is an object, got 'glyphs'",
    ),
    "a backbone elsewhere": (
        lambda: retold(lambda f: f["backbone"].update(name="../../evil")),
        "named by its file's stem, project.json says '../../evil'",
    ),
    "frames as numbers": (
        lambda: retold(lambda f: f.update(frames=[7])),
        "frame 0 in project.json is an object, got 7",
    ),
    "a frame twice": (lambda: retold(lambda f: f.update(frames=f["frames"] * 2)), "different names, got one twice"),
    "a frame of no size": (
        lambda: retold(lambda f: f["frames"][0].update(width=0)),
        "frame 0 .*above 0, got 'a.png', 0 x 24",
    ),
    "a frame of text size": (
        lambda: retold(lambda f: f["frames"][0].update(width="40")),
        "'width' of frame 0 .*whole number, got '40'",
    ),
    "an endless frame": (lambda: retold(grown), "frame 0 in project.json"),
    "no name for a frame": (
        lambda: retold(lambda f: f["frames"][0].update(name="")),
        "frame 0 in project.json has a name",
    ),
    "a name of 7": (lambda: retold(lambda f: f.update(name=7)), "'name' of project.json is a text, got 7"),
    "a document of text": (lambda: retold(lambda f: f.update(document="x")), "'document' of project.json is an object"),
    "typed for no frame": (
        lambda: retold(lambda f: f["document"]["typed"].append(["c.png", "top", "1.1"])),
        "typed for the project's frames, got 'c.png'",
    ),
    "typed as a number": (
        lambda: retold(lambda f: f["document"].update(typed=[["a.png", "top", 7.9]])),
        "project.json: the text of entry 0",
    ),
    "a rule of text": (
        lambda: retold(lambda f: f["document"].update(rules=["rising"])),
        "project.json: rule 0 is an object",
    ),
    # layout.json
    "a layout of nothing": (lambda: repacked(layout=b""), "layout.json: a layout is JSON"),
    "a layout of bytes": (lambda: repacked(layout=b"\xff"), "layout.json: "),
    "a newer layout": (
        lambda: repacked(layout=b'{"version": 3}'),
        "layout.json: this Readout knows layouts of version 1 to 2, got 3",
    ),
    "a box outside": (
        lambda: repacked(layout=patched(b"14.5", b"94.5", full().document.layout.to_json().encode())),
        "layout.json: readout 'top', box 1: a box lies inside the frame",
    ),
    # Arrays
    "no npz": (lambda: repacked(head=b"numpy"), "head.npz: a zip file was expected"),
    "an array missing": (
        lambda: rearrayed("head", coef=None),
        "head.npz: the zip has the entry 'coef.npy', here it is missing",
    ),
    "a path in an npz": (
        lambda: repacked(head=pack({"../coef.npy": b""})),
        "head.npz: the entries of a zip are plain paths",
    ),
    "a bomb in an npz": (lambda: repacked(head=bomb(600 << 20)), "head.npz: a zip of at most 512 MB unpacked"),
    "a pickle": (lambda: repacked(head=pickled()), "head.npz: coef holds numbers of 64 bits, got the type object"),
    "a pickle for text": (
        lambda: headed("head", "classes", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
        "head.npz: classes holds text, got the type object",
    ),
    "no array": (lambda: headed("head", "coef", "exit()"), "head.npz: coef is an array in numpy's format"),
    "another dtype": (
        lambda: rearrayed("head", coef=np.zeros((3, 2), "<f4")),
        "coef holds numbers of 64 bits, got the type float32",
    ),
    "other dimensions": (
        lambda: rearrayed("head", coef=np.zeros(3)),
        r"coef has 2 dimensions, row by row, got shape \(3,\)",
    ),
    "NaN in the head": (lambda: rearrayed("head", coef=np.full((3, 2), np.nan)), "coef holds finite numbers, got NaN"),
    "another length": (lambda: rearrayed("head", intercept=np.zeros(1)), "has intercept of shape .*, got .1,."),
    "a class twice": (
        lambda: rearrayed(
            "head",
            classes=np.array(["unknown"] * 20),
            coef=np.zeros((2, 20)),
            intercept=np.zeros(20),
            centres=np.zeros((1, 2)),
        ),
        "at least two named classes apart",
    ),
    "an endless shape": (
        lambda: headed("patches", "pixels", "{'descr': '|u1', 'fortran_order': False, 'shape': (999999999999999,), }"),
        "pixels of shape .999999999999999,. has as many values as bytes allow, got 1890 bytes",
    ),
    "a shape that overflows": (
        lambda: headed(
            "patches", "size", "{'descr': '<i4', 'fortran_order': False, 'shape': (4611686018427387904, 2), }"
        ),
        "patches.npz: size of shape",
    ),
    "a shape below 0": (
        lambda: headed("patches", "size", "{'descr': '<i4', 'fortran_order': False, 'shape': (-1, -4), }"),
        "patches.npz: size has 2 dimensions",
    ),
    "characters that are none": (
        lambda: rearrayed("examples", label=np.array([0x7FFFFFFF], "<u4").view("<U1")),
        "label holds text, got codes",
    ),
    "sizes that overflow": (
        lambda: rearrayed("patches", size=np.array([[2**31 - 1, 2**31 - 1], [6, 5]], "<i4")),
        "patches.npz: blocks have as many pixels as their sizes say",
    ),
    "sizes below 0": (
        lambda: rearrayed("patches", size=np.array([[-30, -20], [6, 5]], "<i4")),
        "patches.npz: blocks have as many",
    ),
    "pixels short": (lambda: rearrayed("patches", pixels=np.zeros(1889, np.uint8)), "patches.npz: blocks have as many"),
    "a patch of no frame": (
        lambda: rearrayed("patches", frame=np.array([0, 2], "<i4")),
        "a patch is of one of the 2 frames",
    ),
    "a patch of frame -1": (
        lambda: rearrayed("patches", frame=np.array([0, -1], "<i4")),
        "a patch is of one of the 2 frames",
    ),
    "a patch of no readout": (
        lambda: rearrayed("patches", readout=np.array([0, 1], "<i4")),
        "a patch is of one of the 1 readouts",
    ),
    "a patch twice": (lambda: rearrayed("patches", frame=np.array([0, 0], "<i4")), "one patch of a frame, inside it"),
    "a patch outside": (
        lambda: rearrayed("patches", origin=np.array([[11, 3], [20, 10]], "<i4")),
        "one patch of a frame, inside it",
    ),
    "one frame too many": (
        lambda: rearrayed("patches", frame=np.zeros(3, "<i4")),
        r"frame has shape \(2,\), got \(3,\)",
    ),
    "an example outside": (
        lambda: rearrayed("examples", box=np.array([[0, 0, 9, 10.0]])),
        "example 'training/1/7.png': a box has an area",
    ),
    "a crop outside its block": (
        lambda: rearrayed("examples", inner=np.array([[-1, 0, 8, 10]], "<i4")),
        "a crop lies inside its block of 8 x 10",
    ),
    "a crop beyond its block": (
        lambda: rearrayed("examples", inner=np.array([[0, 2**31 - 1, 8, 2**31 - 1]], "<i4")),
        "a crop lies inside",
    ),
    "an example without a label": (
        lambda: rearrayed("examples", label=np.array([""])),
        "a label and a source of its own",
    ),
    "a source twice": (
        lambda: rearrayed(
            "examples", **{name: np.repeat(array, 2, axis=0) for name, array in example_arrays().items()}
        ),
        "a label and a source of its own",
    ),
    "a head on another backbone": (
        lambda: rearrayed("head", backbone_sha256=np.array(["f" * 64])),
        "head.npz was learned on the backbone 'ffffffffffff', the project is on pixels",
    ),
}


def without(path):
    parts = parts_of(full().to_bytes())
    del parts[path]
    return pack(parts)


def entry_replaced(path, data):
    return pack({**parts_of(full().to_bytes()), path: data})


def example_arrays():
    with np.load(io.BytesIO(parts_of(full().to_bytes())["examples.npz"])) as file:
        return dict(file)


def pickled():
    file = io.BytesIO()
    np.savez(file, coef=np.array([[print]], object), classes=np.array(["a"]), allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize(("make", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_in_one_line(make, message):
    data = make()
    with pytest.raises(ReadoutError, match=message) as refused:
        Project.from_bytes(data)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_the_spoiled_files_are_good_before_they_are_spoiled():
    assert_same(Project.from_bytes(repacked()), full())
    assert_same(Project.from_bytes(retold(lambda fields: None)), full())
    for stem in ("head", "patches", "examples"):
        assert_same(Project.from_bytes(rearrayed(stem)), full())
    assert_same(Project.from_bytes(redeclared("layout.json", len(full().document.layout.to_json()))), full())


@pytest.mark.parametrize(("name", "data"), [("notes.txt", b"x"), ("__MACOSX/._head.npz", b"x"), ("folder/", b"")])
def test_entries_and_fields_that_are_not_known_are_left_alone(name, data):
    assert_same(Project.from_bytes(entry(name, data)), full())
    assert_same(Project.from_bytes(retold(lambda fields: fields.update(note=[1]))), full())
    listed = {name: {"bytes": 1, "sha256": "of a later Readout"}}
    assert_same(Project.from_bytes(retold(lambda fields: fields["parts"].update(listed))), full())


@pytest.mark.parametrize("seed", range(5))
def test_damage_anywhere_is_refused_or_does_not_matter(seed):
    """Bytes are changed at random: whatever still opens is the project as it was."""
    rng, good = np.random.default_rng(seed), full().to_bytes()
    for _ in range(60):
        data = bytearray(good)
        for at in rng.integers(0, len(data), rng.integers(1, 4)):
            data[at] = rng.integers(256)
        try:
            opened = Project.from_bytes(bytes(data))
        except ReadoutError:
            continue
        assert_same(opened, full())


def test_an_archive_reads_what_zipfile_writes():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/b.txt", "stored")
        archive.writestr("c", "deflated " * 100, zipfile.ZIP_DEFLATED)
        archive.writestr("e", "")
    found = Archive(file.getvalue())
    assert found.paths == ["a/b.txt", "c", "e"]
    assert [found.read(path) for path in found.paths] == [b"stored", b"deflated " * 100, b""]
