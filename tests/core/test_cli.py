"""The command line: the bundled data is read well, and everything a user can get wrong is said in one line."""

import asyncio
import contextlib
import csv
import dataclasses
import importlib.metadata
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import readout
from readout.cli.main import main
from readout.cli.output import saved as saved_file
from readout.data.dataset import Dataset, list_frames
from readout.errors import ReadoutError
from readout.evaluation.score import read_frames, train
from readout.imaging.images import load_image
from readout.imaging.patch import Patch
from readout.layout.frame import Frame
from readout.layout.region import bounding_region
from readout.model.embedding_cache import EmbeddingCache
from readout.model.head_file import SavedHead
from readout.project.document import Document
from readout.project.project_file import BackboneId, Project
from readout.readings.reading import COLUMNS, NOTE, Reader, write_csv
from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited

pytestmark = pytest.mark.usefixtures("each_crop_once")

ROOT = Path(__file__).parents[2]
IMAGENET = ["--backbone", "mobilenet_v1_imagenet"]
FIELDS = [
    *("sets", "backbone", "examples", "digits_correct", "digits_total", "readings_correct", "readings_total"),
    *("test_correct", "test_total", "fit_s", "embed_ms_per_crop"),
]


def run(*arguments):
    """Exit status, standard output and standard error of one command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return status, out.getvalue(), err.getvalue()


def evaluated(data_folder, sets):
    status, out, err = run("evaluate", data_folder, "--sets", sets, "--json", *IMAGENET)
    assert (status, err) == (0, "")
    return json.loads(out)


@pytest.fixture(scope="module")
def with_4_sets(data_folder):
    return evaluated(data_folder, 4)


@pytest.fixture(scope="module")
def with_8_sets(data_folder):
    return evaluated(data_folder, 8)


@pytest.fixture(scope="module")
def as_the_ml5_demo(data_folder, tmp_path_factory):
    """The bundled data as the ml5 demo keeps its own: no layout.json, no labels.csv. And a layout beside it."""
    root = tmp_path_factory.mktemp("demo")
    for part in ("training", "testing", "frames"):
        shutil.copytree(data_folder / part, root / "images" / part)
    layout = json.loads((data_folder / "layout.json").read_text())
    layout["readouts"] = layout["readouts"][:1]
    (root / "top.json").write_text(json.dumps(layout))
    return root


# The bundled data


def test_the_json_has_the_documented_fields(with_4_sets):
    assert list(with_4_sets) == FIELDS
    assert (with_4_sets["sets"], with_4_sets["backbone"]) == (4, "mobilenet_v1_imagenet")
    assert (with_4_sets["examples"], with_4_sets["test_total"]) == (40, 10)
    assert (with_4_sets["digits_total"], with_4_sets["readings_total"]) == (200, 50)
    assert with_4_sets["fit_s"] > 0
    assert with_4_sets["embed_ms_per_crop"] > 0


def test_4_sets_read_95_percent_of_the_digits(with_4_sets):
    assert with_4_sets["digits_correct"] >= 0.95 * 200


def test_8_sets_read_99_percent_of_the_digits(with_8_sets):
    assert with_8_sets["examples"] == 80
    assert with_8_sets["digits_correct"] >= 0.99 * 200


def test_read_writes_the_readings_that_evaluate_scores(data_folder, as_the_ml5_demo, tmp_path, with_4_sets):
    images, out = as_the_ml5_demo / "images", tmp_path / "top.csv"
    status, said, err = run(
        *("read", images / "frames", "--train", images, "--layout", as_the_ml5_demo / "top.json", "--out", out),
        *IMAGENET,
    )
    assert (status, said, err) == (0, f"50 frames read into {out}\n", "")
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    truths = dict(csv.reader((data_folder / "labels.csv").read_text().splitlines()[1:]))
    assert [row["frame"] for row in rows] == list(truths)
    assert {row["readout"] for row in rows} == {"top"}
    assert sum(row["text"] == truths[row["frame"]] for row in rows) == with_4_sets["readings_correct"]
    digits = sum(a == b for row in rows for a, b in zip(row["text"], truths[row["frame"]], strict=True) if b != ".")
    assert digits == with_4_sets["digits_correct"]
    assert all(float(row["value"]) == float(row["text"]) for row in rows)
    assert all(0 < float(row["confidence"]) <= 1 and row["time_s"] == "" for row in rows)
    assert list(tmp_path.iterdir()) == [out]


# Small data


def test_read_writes_a_line_for_each_frame_and_readout(make_dataset, tmp_path):
    root, out = make_dataset(), tmp_path / "readings.csv"
    assert run("read", root / "frames", "--train", root, "--sets", 2, "--out", out, *IMAGENET)[0] == 0
    lines = [line.split(",") for line in out.read_text().splitlines()]
    assert tuple(lines[0]) == (*COLUMNS, NOTE)
    assert [line[:5] for line in lines[1:]] == [
        ["image-1.png", "", "main", "1.2", "1.2"],
        ["image-2.png", "", "main", "3.0", "3.0"],
        ["image-3.png", "", "main", "2.2", "2.2"],
    ]


def test_one_frame_can_be_read(make_dataset, tmp_path):
    root, out = make_dataset(), tmp_path / "one.csv"
    assert run("read", root / "frames" / "image-2.png", "--train", root, "--sets", 1, "--out", out, *IMAGENET)[0] == 0
    assert [line.split(",")[3] for line in out.read_text().splitlines()] == ["text", "3.0"]


def test_frames_may_come_from_anywhere(make_dataset, tmp_path):
    learn, see = make_dataset(readings=()), make_dataset(name="other", readings=("0.3",))
    assert run("read", see / "frames", "--train", learn, "--sets", 2, "--out", tmp_path / "a.csv", *IMAGENET)[0] == 0
    assert ",0.3," in (tmp_path / "a.csv").read_text()


def test_frames_may_show_another_format_than_the_dataset_learned_from(make_dataset, tmp_path):
    learn, see = make_dataset(), make_dataset(name="other", readings=("1.2",))
    layout = json.loads((see / "layout.json").read_text(encoding="utf-8"))
    (shown,) = layout["readouts"]
    shown |= {"format": "###", "boxes": [*shown["boxes"], shown["boxes"][0]]}
    (tmp_path / "three.json").write_text(json.dumps(layout), encoding="utf-8")
    out = tmp_path / "out.csv"
    status, _, err = run(
        *("read", see / "frames", "--train", learn, "--sets", 2, "--layout", tmp_path / "three.json", "--out", out),
        *IMAGENET,
    )
    assert (status, err) == (0, "")
    assert [line.split(",")[3] for line in out.read_text(encoding="utf-8").splitlines()] == ["text", "121"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_frame_whose_name_is_no_text_is_read(make_dataset, tmp_path):
    root, out = make_dataset(readings=("1.2",)), tmp_path / "out.csv"
    (root / "labels.csv").unlink()
    (root / "frames" / "image-1.png").rename(root / "frames" / os.fsdecode(b"image-\xff.png"))
    assert run("read", root / "frames", "--train", root, "--sets", 1, "--out", out, *IMAGENET)[0] == 0
    assert "image-\\udcff.png,,main,1.2," in out.read_text(encoding="utf-8")


def test_the_report_says_what_was_right(make_dataset):
    status, out, _ = run("evaluate", make_dataset(), "--sets", 2, *IMAGENET)
    assert status == 0
    assert "8 examples in 2 sets" in out
    assert "frames: 6 of 6 digits, 3 of 3 readings" in out
    assert "testing: 4 of 4" in out


def test_the_ml5_demos_folder_is_scored_on_its_testing_pictures(make_dataset):
    root = make_dataset()
    (root / "labels.csv").unlink()
    (root / "layout.json").unlink()
    status, out, _ = run("evaluate", root, "--sets", 2, "--json", *IMAGENET)
    figures = json.loads(out)
    assert (status, figures["test_total"], figures["readings_total"]) == (0, 4, 0)


# Projects


@pytest.fixture(scope="module")
def project(data_folder, glyphs):
    """Six bundled frames, the last without pixels, a head that learned one set, a correction and a rule."""
    dataset = Dataset.load(data_folder)
    layout, paths = dataset.layout, dataset.frames[:6]
    head = SavedHead.of(train(dataset, EmbeddingCache(glyphs), 1))
    patches = {}
    for path in paths[:5]:
        pixels = load_image(path)
        for one in layout.readouts:
            region = bounding_region(one, layout.frame_size)
            patches[path.name, one.name] = Patch(np.ascontiguousarray(region.cut(pixels)), region.origin)
    document = Document(layout).with_label(paths[1].name, "top", "12.34").with_label(paths[2].name, "bottom", None)
    rules = [{"kind": "range", "readout": "top", "max": 20}, {"kind": "rising", "readout": "gone"}]
    frames = [Frame(path.name, *layout.frame_size) for path in paths]
    return Project("six", BackboneId(glyphs.name, glyphs.sha256), frames, document.with_rules(rules), [], patches, head)


def spoil(project, **changes):
    return dataclasses.replace(project, **changes)


@pytest.fixture
def saved(project, tmp_path):
    path = tmp_path / "six.readout.zip"
    path.write_bytes(project.to_bytes())
    return path


@pytest.fixture
def six_frames(project, data_folder, tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for frame in project.frames:
        shutil.copy(data_folder / "frames" / frame.name, folder)
    return folder


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_project_reads_frames_as_its_head_does(project, saved, six_frames, tmp_path, glyphs):
    out = tmp_path / "out.csv"
    assert run("read", six_frames, "--project", saved, "--out", out) == (0, f"6 frames read into {out}\n", "")
    reader = Reader(project.document.layout, project.restore_head(glyphs), glyphs)
    direct = io.StringIO()
    write_csv(read_frames(list_frames(six_frames), reader, EmbeddingCache(glyphs)), direct)
    expected = list(csv.DictReader(io.StringIO(direct.getvalue())))
    rows = table(out)
    assert tuple(rows[0]) == (*COLUMNS, "typed", "repaired", "repaired_by", "final", NOTE)
    told = [column for column in COLUMNS if column not in ("flags", "confirmed")]  # of several frames
    assert [[row[c] for c in told] for row in rows] == [[row[c] for c in told] for row in expected]
    typed = {(row["frame"], row["readout"]): row["typed"] for row in rows if row["typed"]}
    assert typed == {("image-0002.png", "top"): "12.34", ("image-0003.png", "bottom"): "(not readable)"}
    above = {row["frame"] for row in rows if row["readout"] == "top" and float(row["value"]) > 20}
    flagged = {row["frame"] for row in rows if "range-to-20" in row["flags"].split()}
    assert flagged == above - {"image-0002.png"}
    assert len(flagged) > 1


def test_without_frames_the_pixels_in_the_project_are_read_with_the_same_result(saved, six_frames, tmp_path):
    assert run("read", six_frames, "--project", saved, "--out", tmp_path / "frames.csv")[0] == 0
    out = tmp_path / "own.csv"
    assert run("read", "--project", saved, "--out", out) == (0, f"5 frames read into {out}\n", "")
    assert table(out) == table(tmp_path / "frames.csv")[:10]


def test_the_workbench_and_the_command_line_read_one_file_the_same(project, glyphs, tmp_path):
    saved = tmp_path / "six.readout.zip"
    document = project.document.with_rules(project.document.live_rules)
    saved.write_bytes(spoil(project, document=document).to_bytes())
    bench = Workbench(Awaited(glyphs, glyphs.prior, glyphs.name))
    takeaway = bench.exports
    bench.open(saved.read_bytes())
    asyncio.run(bench.refresh(lambda news: None))
    by_page = takeaway.csv()
    saved.write_bytes(takeaway.save("again"))
    assert run("read", "--project", saved, "--out", tmp_path / "out.csv")[0] == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == by_page
    assert by_page.count("\n") == 11


def test_a_layout_is_fitted_to_frames_of_another_size_when_that_is_asked_for(saved, six_frames, tmp_path):
    assert run("read", six_frames, "--project", saved, "--out", tmp_path / "as_it_was.csv")[0] == 0
    paths = list_frames(six_frames)
    for factor, path in zip((2, 3, 2, 1, 2, 2), paths, strict=True):
        with Image.open(path) as image:
            image.resize((1024 * factor, 768 * factor), Image.Resampling.BILINEAR).save(path)
    command = ["read", six_frames, "--project", saved, "--out", tmp_path / "out.csv"]
    status, _, err = run(*command)
    assert status == 3
    assert "image-0001.png is 2048 x 1536, the layout is for frames of 1024 x 768" in err
    assert "or --scale-layout to fit the layout to every frame" in err
    assert {row["frame"] for row in table(tmp_path / "out.csv")} == {"image-0004.png"}
    assert run(*command, "--scale-layout")[0] == 0
    assert [row["text"] for row in table(tmp_path / "out.csv")] == [
        row["text"] for row in table(tmp_path / "as_it_was.csv")
    ]


def test_a_dataset_reads_frames_of_another_size_too(make_dataset, tmp_path):
    root = make_dataset()
    for path in list_frames(root / "frames"):
        with Image.open(path) as image:
            image.resize((80, 48), Image.Resampling.BILINEAR).save(path)
    command = ["read", root / "frames", "--train", root, "--sets", 2, "--out", tmp_path / "out.csv", *IMAGENET]
    assert "or --scale-layout to fit" in run(*command)[2]
    assert run(*command, "--scale-layout")[0] == 0
    assert [row["text"] for row in table(tmp_path / "out.csv")] == ["1.2", "3.0", "2.2"]


def test_a_project_reads_on_after_a_damaged_frame(saved, six_frames, tmp_path):
    (six_frames / "image-0003.png").write_bytes(b"\x89PNG")
    status, _, err = run("read", six_frames, "--project", saved, "--out", tmp_path / "out.csv")
    assert status == 3
    assert "left out: image-0003.png is not a picture" in err
    rows = table(tmp_path / "out.csv")
    assert [row["frame"] for row in rows[::2]] == [f"image-{k:04}.png" for k in (1, 2, 4, 5, 6)]


MISLED = {
    # what: (change to the project, more arguments, what is said)
    "no pixels": (
        lambda p: spoil(p, patches={}),
        [],
        "six.readout.zip holds no pixels of frames: give the folder of FRAMES",
    ),
    "no layout": (lambda p: spoil(p, document=Document()), [], "six.readout.zip has no layout: show in the page where"),
    "nothing learned": (lambda p: spoil(p, head=None), IMAGENET, "six.readout.zip has learned nothing, and mobilenet"),
    "another backbone": (lambda p: p, IMAGENET, "this head was trained on the backbone"),
    "no such backbone": (
        lambda p: spoil(p, backbone=BackboneId("older", p.backbone.sha256)),
        [],
        "got 'older': use one of",
    ),
    "a rule of no kind": (
        lambda p: spoil(p, document=p.document.with_rules([{"kind": "magic", "readout": "top"}])),
        [],
        "got 'magic': choose one",
    ),
    "no such folder": (lambda p: p, ["{tmp}/none"], "none, which is not there"),
}


@pytest.mark.parametrize(("change", "more", "message"), MISLED.values(), ids=MISLED)
def test_what_is_wrong_with_a_project_is_said_in_one_line(project, tmp_path, change, more, message):
    path = tmp_path / "six.readout.zip"
    path.write_bytes(change(project).to_bytes())
    more = [part.format(tmp=tmp_path) for part in more]
    status, out, err = run("read", *more, "--project", path, "--out", tmp_path / "out.csv")
    assert (status, out) == (2, "")
    assert err.startswith("readout: ")
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [None, b"", b"frame,reading\n", b"PK\3\4"])
def test_a_file_that_is_no_project_is_named(tmp_path, content):
    path = tmp_path / "six.readout.zip"
    if content is not None:
        path.write_bytes(content)
    status, _, err = run("read", "--project", path, "--out", tmp_path / "out.csv")
    assert (status, err.count("\n")) == (2, 1)
    assert str(path) in err


# Errors


def mislabel(root):
    (root / "labels.csv").write_text("frame,reading\nimage-1.png,12\n")


def damage(root):
    path = root / "frames" / "image-2.png"
    path.write_bytes(path.read_bytes()[:80])


def shrink(root):
    Image.new("RGB", (30, 24)).save(root / "frames" / "image-2.png")


def unchanged(root):
    pass


EVALUATE = ["evaluate", "{root}", *IMAGENET, "--sets", "2"]
READ = ["read", "{root}/frames", "--train", "{root}", *IMAGENET, "--sets", "2", "--out", "{tmp}/out.csv"]
WRONG = {
    # what: (change to the dataset, command, what is said)
    "no such dataset": (unchanged, ["evaluate", "{tmp}/none"], "a dataset is a folder, got "),
    "a file as dataset": (unchanged, ["evaluate", "{root}/labels.csv"], "a dataset is a folder, got "),
    "a name too long": (unchanged, ["evaluate", "n" * 5000], "nnn"),
    "no training": (lambda root: shutil.rmtree(root / "training"), EVALUATE, "lacks the folder 'training'"),
    "too many sets": (unchanged, [*EVALUATE[:-1], "3"], "sets is between 1 and 2"),
    "unknown backbone": (unchanged, [*EVALUATE, "--backbone", "resnet"], "got 'resnet': use one of "),
    "nothing to read with": (unchanged, [*EVALUATE[:-1], "0"], "without a prior, there is nothing to read with"),
    "no such layout": (unchanged, [*EVALUATE, "--layout", "{tmp}/none.json"], "none.json cannot be read"),
    "layout that is not JSON": (unchanged, [*EVALUATE, "--layout", "{root}/labels.csv"], "a layout is JSON"),
    "no layout": (lambda root: (root / "layout.json").unlink(), READ, "give one with --layout FILE"),
    "a wrong reading": (mislabel, EVALUATE, "labels.csv, line 2: readout 'main' shows '#.#'"),
    "truncated frame": (damage, EVALUATE, "image-2.png is not a picture"),
    "frame of another size": (shrink, EVALUATE, "image-2.png is 30 x 24, the layout is for frames of 40 x 24"),
    "no such frames": (unchanged, ["read", "{tmp}/none", *READ[2:]], "none, which is not there"),
    "frames without a picture": (unchanged, ["read", "{root}/training", *READ[2:]], "holds no pictures"),
    "a frame that is no picture": (unchanged, ["read", "{root}/labels.csv", *READ[2:]], "labels.csv is not a picture"),
    "no folder for the result": (unchanged, [*READ[:-1], "{tmp}/no/out.csv"], "out.csv cannot be written"),
    "a folder as the result": (unchanged, [*READ[:-1], "{tmp}"], "cannot be written"),
}


@pytest.mark.parametrize(("change", "command", "message"), WRONG.values(), ids=WRONG)
def test_what_the_user_can_mend_is_said_in_one_line(make_dataset, tmp_path, change, command, message):
    root = make_dataset()
    change(root)
    status, out, err = run(*(part.format(root=root, tmp=tmp_path) for part in command))
    assert (status, out) == (2, "")
    assert err.startswith("readout: ")
    assert message in err
    assert err.count("\n") == 1


def test_one_damaged_frame_is_left_out_and_ends_nothing(make_dataset, tmp_path):
    root = make_dataset()
    damage(root)
    status, _, err = run(*(part.format(root=root, tmp=tmp_path) for part in READ))
    assert status == 3
    assert err.startswith("readout: left out: image-2.png is not a picture") and err.count("\n") == 1
    assert [row.split(",")[0] for row in (tmp_path / "out.csv").read_text().splitlines()[1:]] == [
        "image-1.png",
        "image-3.png",
    ]


def test_one_frame_of_another_size_is_left_out_and_ends_nothing(make_dataset, tmp_path):
    root = make_dataset()
    shrink(root)
    status, _, err = run(*(part.format(root=root, tmp=tmp_path) for part in READ))
    assert status == 3 and "left out: image-2.png is 30 x 24" in err
    assert [row["frame"] for row in table(tmp_path / "out.csv")] == ["image-1.png", "image-3.png"]


def test_what_was_read_before_an_error_is_not_lost(tmp_path):
    out = tmp_path / "out.csv"
    with pytest.raises(ReadoutError, match="what was read before that is in .*part"), saved_file(out) as file:
        file.write("some")
        raise ReadoutError("it ended")
    assert (tmp_path / "out.csv.part").read_text() == "some" and not out.exists()


def test_a_failed_read_leaves_an_older_result_alone(make_dataset, tmp_path):
    root = make_dataset()
    for path in list_frames(root / "frames"):
        Image.new("RGB", (30, 24)).save(path)
    (tmp_path / "out.csv").write_text("older")
    assert run(*(part.format(root=root, tmp=tmp_path) for part in READ))[0] == 2
    assert (tmp_path / "out.csv").read_text() == "older"


USAGE = [
    # command, what is said
    ([], "required: COMMAND"),
    (["train"], "invalid choice: 'train'"),
    (["evaluate"], "required: DATASET"),
    (["evaluate", "data", "--sets", "four"], "invalid int value: 'four'"),
    (["read", "frames"], "required: --out"),
    (["read", "frames", "--turn", "180", "--out", "a.csv"], "only with --window or --layout"),
    (["read", "--train", "data", "--out", "a.csv"], "required: FRAMES"),
    (["read", "--train", "data", "--project", "a.readout.zip", "--out", "a.csv"], "not allowed with argument --train"),
    (["read", "--project", "a.readout.zip", "--layout", "a.json", "--out", "a.csv"], "--layout: not allowed with"),
    (
        ["read", "--project", "a.readout.zip", "--sets", "2", "--out", "a.csv"],
        "--sets: not allowed with argument --project",
    ),
]


@pytest.mark.parametrize(("command", "message"), USAGE)
def test_a_wrong_command_shows_how_it_is_used(command, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(command)
    assert message in capsys.readouterr().err


# As programs


def program(*arguments):
    command = [sys.executable, "-W", "error", "-m", "readout", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "py")}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


def test_python_m_readout_works(make_dataset):
    done = program("evaluate", make_dataset(), "--sets", "1", "--json", *IMAGENET)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(json.loads(done.stdout)) == FIELDS


def test_an_error_is_one_line_and_status_2(tmp_path):
    done = program("evaluate", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("readout: ")
    assert (done.stderr.count("\n"), "Traceback" in done.stderr) == (1, False)


def test_the_version_is_the_packages():
    assert program("--version").stdout == f"readout {readout.__version__}\n"


def test_pip_makes_the_command_readout():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    entry = importlib.metadata.EntryPoint("readout", scripts["readout"], "console_scripts")
    assert entry.load() is main
