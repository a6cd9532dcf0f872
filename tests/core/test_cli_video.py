"""`readout read` on clips: true readings, exact times, by one process and by three, each fault in its own words."""

import argparse
import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import readout
from readout.cli.arguments import moment, rate, step
from readout.cli.batch_video import ReadJob, Stopped, read_clip
from readout.cli.main import main
from readout.cli.progress import progress_bar
from readout.export.shapes import Shape
from readout.export.tables import rows
from readout.export.writers import Dialect, to_text
from readout.layout.frame import Frame
from readout.layout.layout import Layout
from readout.layout.region import Region
from readout.model.embedding_cache import EmbeddingCache
from readout.project.document import Document
from readout.project.project_file import BackboneId, Project
from readout.readings.recognizer import Pair, Recognizer, read_windows
from readout.rules.repair import repair
from readout.rules.rules import rule_from_json
from readout.video.decoder import VideoReader
from readout.video.sampling import choose, frame_name
from readout.workbench.workbench import Workbench
from tests.clips import BAD, CASES, LONG
from tests.containers import SIZE, encode_in_two_sizes
from tests.core.awaited import Awaited
from tests.core.test_cli import run

WHOLE = [name for name, bad in BAD.items() if not bad.frames]
PARTLY = [name for name, bad in BAD.items() if bad.frames]
RISING = {"kind": "rising", "readout": "display"}


def table(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def read(tmp_path, glyphs):
    """read(path, layout, *arguments): exit status, rows of the CSV (None without one), and what was said of errors."""

    def one(path, layout, *arguments):
        document = Document().with_layout(Layout.from_json(json.dumps(layout)))
        project, out = tmp_path / "p.readout.zip", tmp_path / "out.csv"
        saved = Project("p", BackboneId(glyphs.name, glyphs.sha256), document=document)
        project.write_bytes(saved.to_bytes())
        status, _, err = run("read", path, "--project", project, "--out", out, *arguments)
        rows = table(out) if out.exists() else None
        return status, rows, err

    return one


@pytest.mark.parametrize("name", CASES)
def test_a_clip_is_read(read, name):
    case = CASES[name]
    status, rows, err = read(case.path(), case.layout, "--processes", 1)
    assert (status, err) == (0, "")
    assert [row["time_s"] for row in rows] == [f"{time:.6f}" for time in case.times]
    assert [row["frame"] for row in rows] == [frame_name(case.file, time) for time in case.times]
    right = np.mean([row["text"] == text for row, text in zip(rows, case.readings, strict=True)])
    assert right >= 0.995


def test_the_workbench_reads_the_same(tmp_path, glyphs):
    """What the page hands to Python, chunk by chunk, with a rule and a typed reading, gives the same CSV."""
    case, out, project = CASES["phone"], tmp_path / "out.csv", tmp_path / "p.readout.zip"
    clip, names = VideoReader(case.path()), [frame_name(case.file, time) for time in case.times]

    async def by_workbench():
        bench = Workbench(Awaited(glyphs, glyphs.prior))
        bench.editor.set_layout(case.layout)
        bench.editor.set_rules([RISING])
        sizes = {"width": clip.width, "height": clip.height}
        bench.set_frames([{"name": n, "time_s": t, **sizes} for n, t in zip(names, case.times, strict=True)])
        bench.editor.set_label(names[7], "display", "12.34")
        for part in clip.read(clip.times, [*map(Region.from_fields, bench.missing()["clip_regions"])]):
            await bench.chunks.add_chunk(clip.name, **as_message(part), progress=lambda *_: None)
        return bench

    bench = asyncio.run(by_workbench())
    typed, [rule] = bench.editor.document.typed, bench.editor.document.live_rules
    columns = bench.observations.columns()
    outcome = repair(columns, [rule_from_json(rule, ["display"])], {("display", 7): "12.34"})
    expected = to_text(Shape().table(rows(names, columns, outcome, typed, case.times)), Dialect.named("comma"))
    frames = [Frame(name, clip.width, clip.height, time) for name, time in zip(names, case.times, strict=True)]
    saved = Project("p", BackboneId(glyphs.name, glyphs.sha256), frames=frames, document=bench.editor.document)
    project.write_bytes(saved.to_bytes())
    assert run("read", case.path(), "--project", project, "--out", out, "--processes", 1)[0] == 0
    assert out.read_bytes().decode() == expected
    assert "only-rising" in expected
    assert ",12.34," in expected


@pytest.fixture(scope="module")
def taken(glyphs):
    """taken(case): the project and CSV that the page saves of a clip and a picture beside it, one frame typed."""

    def one(case):
        clip, names = VideoReader(case.path()), [frame_name(case.file, time) for time in case.times]
        size = {"width": clip.width, "height": clip.height}
        bench = Workbench(Awaited(glyphs, glyphs.prior, glyphs.name))
        bench.editor.set_layout(case.layout)
        bench.set_frames(
            [
                {"name": "a.png", **size},
                *({"name": n, "time_s": t, **size} for n, t in zip(names, case.times, strict=True)),
            ]
        )
        bench.editor.set_label(names[1], "display", case.readings[1])
        picture = np.dstack([next(case.pictures()), np.full((clip.height, clip.width), 255, np.uint8)])
        regions = [{**r, "rgba": cut(picture, r)} for r in bench.missing()["regions"]]

        async def read():
            await bench.add_frames([{"name": "a.png", "regions": regions}], lambda *_: None)
            for part in clip.read(clip.times, [*map(Region.from_fields, bench.missing()["clip_regions"])]):
                await bench.chunks.add_chunk(clip.name, **as_message(part), progress=lambda *_: None)
            await bench.refresh(lambda *_: None)

        asyncio.run(read())
        takeaway = bench.exports
        return takeaway.save("p"), takeaway.csv()

    return one


def as_message(part):
    """A chunk as the page sends it."""
    regions = [{**planes.region.fields(), "data": planes.data.tobytes()} for planes in part.planes]
    return {"times": part.times, "index": part.index, **part.planes[0].coding._asdict(), "regions": regions}


def cut(picture, region):
    x, y, width, height = (region[name] for name in ("x", "y", "width", "height"))
    return np.ascontiguousarray(picture[y : y + height, x : x + width]).tobytes()


@pytest.mark.parametrize("name", ["vp9", "phone"])
def test_a_project_is_read_again_without_its_clip(tmp_path, taken, name):
    case, project, out = CASES[name], tmp_path / "p.readout.zip", tmp_path / "out.csv"
    data, expected = taken(case)
    project.write_bytes(data)
    frames = 1 + len(case.times)
    assert run("read", "--project", project, "--out", out) == (0, f"{frames} frames read into {out}\n", "")
    assert out.read_bytes().decode() == expected
    assert [row["frame"] for row in table(out)] == ["a.png", *(frame_name(case.file, time) for time in case.times)]


def test_looks_of_another_backbone_are_not_read(tmp_path, glyphs, taken):
    project, out = tmp_path / "p.readout.zip", tmp_path / "out.csv"
    saved = Project.from_bytes(taken(CASES["vp9"])[0])
    saved.backbone, saved.head, saved.patches = BackboneId(glyphs.name, "0" * 64), None, {}
    project.write_bytes(saved.to_bytes())
    status, _, err = run("read", "--project", project, "--out", out)
    assert (status, out.exists()) == (2, False)
    assert "holds no pixels of frames: give the folder of FRAMES, or the clip, too" in err


def test_three_processes_read_what_one_reads(tmp_path, read):
    case = CASES["phone"]
    one = read(case.path(), case.layout, "--processes", 1)
    three = read(case.path(), case.layout, "--processes", 3)
    assert one == three
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("arguments", "every", "start", "end"),
    [
        (["--every", "5"], {"frames": 5}, None, None),
        (["--every", "0.5s"], {"seconds": 0.5}, None, None),
        (["--every", "0.1s", "--from", "0:01", "--to", "2.2s"], {"seconds": 0.1}, 1.0, 2.2),
    ],
)
def test_some_frames_are_read(read, arguments, every, start, end):
    case = CASES["h264"]
    status, rows, _ = read(case.path(), case.layout, "--processes", 1, *arguments)
    chosen = choose(case.times, every, start, end)
    assert status == 0
    assert [(row["time_s"], row["text"]) for row in rows] == [
        (f"{case.times[k]:.6f}", case.readings[k]) for k in chosen
    ]


def test_a_clip_without_a_frame_in_the_part_is_said(tmp_path, read):
    case = CASES["h264"]
    status, rows, err = read(case.path(), case.layout, "--from", "1:00:00")
    assert (status, rows) == (2, None) and f"{case.file}: no frame is left between --from and --to" in err
    folder = tmp_path / "clips"
    folder.mkdir()
    encode_in_two_sizes(folder / "long.webm", SIZE)  # 3 s
    (folder / "short.webm").write_bytes(CASES["vp8"].path().read_bytes())
    end = str(CASES["vp8"].times[-1] + 0.1)
    status, rows, err = read(folder, CASES["vp8"].layout, "--processes", 1, "--scale-layout", "--from", end)
    assert status == 3 and rows and {row["frame"].split("#")[0] for row in rows} == {"long.webm"}
    assert "left out: short.webm: no frame is left between --from and --to" in err


def test_the_clips_of_a_folder_are_read_one_after_the_other(tmp_path, read):
    folder = tmp_path / "clips"
    folder.mkdir()
    for name, file in (("vp9", "clip10.webm"), ("vp8", "clip9.webm")):
        (folder / file).write_bytes(CASES[name].path().read_bytes())
    (folder / "notes.txt").write_text("mine")
    status, rows, _ = read(folder, CASES["vp8"].layout, "--processes", 1, "--every", "8")
    assert status == 0
    assert [row["frame"].split("#")[0] for row in rows] == ["clip9.webm"] * 4 + ["clip10.webm"] * 4
    Image.new("RGB", (16, 12)).save(folder / "clip9.thm", "JPEG")
    status, found, err = read(folder, CASES["vp8"].layout, "--processes", 1, "--every", "8")
    assert (status, found) == (3, rows)
    assert "clip9.thm is 16 x 12" in err


def test_clips_and_pictures_of_one_size_are_read_one_after_the_other(tmp_path, read):
    folder, case = tmp_path / "day", CASES["vp8"]
    folder.mkdir()
    (folder / "clip.webm").write_bytes(case.path().read_bytes())
    clip = VideoReader(case.path())
    [part] = clip.read([float(clip.times[0])], [Region("", 0, 0, clip.width, clip.height)])
    Image.fromarray(part.planes[0].rgb(part.index)[0]).save(folder / "a.png")
    status, rows, _ = read(folder, case.layout, "--processes", 1, "--every", "8")
    assert status == 0
    assert [(row["frame"].split("#")[0], bool(row["time_s"])) for row in rows] == [("clip.webm", True)] * 4 + [
        ("a.png", False)
    ]
    assert rows[-1]["text"] == rows[0]["text"] == case.readings[0]


def test_clips_of_one_name_in_two_zips_are_kept_apart(tmp_path, read):
    for day, name in (("mon", "vp8"), ("tue", "vp9")):
        (tmp_path / "zips" / day).mkdir(parents=True)
        with zipfile.ZipFile(tmp_path / "zips" / day / "cam.zip", "w") as archive:
            archive.write(CASES[name].path(), "clip.webm")
    status, rows, _ = read(tmp_path / "zips", CASES["vp8"].layout, "--processes", 1, "--scale-layout")
    found = {
        day: [row["text"] for row in rows if row["frame"].startswith(f"{day}/cam/clip.webm")] for day in ("mon", "tue")
    }
    assert (status, found) == (0, {"mon": CASES["vp8"].readings, "tue": CASES["vp9"].readings})


def test_a_damaged_clip_of_several_never_ends_the_run(tmp_path, read):
    folder, case = tmp_path / "clips", CASES["vp8"]
    folder.mkdir()
    for name in ("clip1.webm", "clip3.webm"):
        (folder / name).write_bytes(case.path().read_bytes())
    (folder / "clip2.webm").write_bytes(b"\x1a\x45\xdf\xa3" + b"nothing" * 20)
    common = "--processes", 1, "--every", "8", "--file-column"
    status, rows, err = read(folder, case.layout, *common)
    assert status == 3
    assert "clip2.webm" in err
    assert [row["file"] for row in rows] == ["clip1.webm"] * 4 + ["clip3.webm"] * 4


def test_there_is_a_table_for_each_clip_where_it_is_asked_for(tmp_path, read):
    folder, case = tmp_path / "clips", CASES["vp8"]
    folder.mkdir()
    for name in ("clip1.webm", "clip2.webm"):
        (folder / name).write_bytes(case.path().read_bytes())
    out = tmp_path / "tables"
    status, _, err = read(folder, case.layout, "--processes", 1, "--every", "8", "--per-file", "--out", out)
    assert (status, err) == (0, "")
    assert sorted(path.name for path in out.iterdir()) == ["clip1.webm.csv", "clip2.webm.csv"]
    for path in out.iterdir():
        assert [row["frame"].split("#")[0] for row in table(path)] == [path.name.removesuffix(".csv")] * 4


def test_a_picture_that_is_named_like_a_clip_is_read_as_one(read):
    status, rows, err = read(BAD["picture"].path(), CASES["vp8"].layout)
    assert (status, [row["text"] for row in rows], err) == (0, ["12.34"], "")


@pytest.mark.parametrize("name", [name for name in WHOLE if name != "picture"])
def test_a_file_that_is_no_clip_is_said_in_one_line(tmp_path, read, name):
    status, rows, err = read(BAD[name].path(), CASES["vp8"].layout)
    assert (status, rows) == (2, None)
    assert err.startswith("readout: ")
    assert BAD[name].words in err
    assert err.count("\n") == 1
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("name", PARTLY)
def test_what_there_is_of_a_damaged_clip_is_read_and_said(read, name):
    bad, case = BAD[name], CASES[BAD[name].of]
    status, rows, err = read(bad.path(), case.layout, "--processes", 1)
    truth = {f"{time:.6f}": text for time, text in zip(case.times, case.readings, strict=True)}
    assert status == 3
    assert bad.words in err
    assert len(rows) >= bad.frames
    assert [row["text"] for row in rows] == [truth[row["time_s"]] for row in rows]


def test_a_clip_of_another_size_is_read_with_a_scaled_layout(read):
    case = CASES["vp9"]
    fields = json.loads(json.dumps(case.layout))
    fields["frame_size"] = [640, 480]
    for field in fields["readouts"]:
        field["boxes"] = [[2 * n for n in box] for box in field["boxes"]]
    status, rows, err = read(case.path(), fields, "--as-placed")
    assert (status, rows) == (2, None)
    assert "--scale-layout" in err
    status, rows, _ = read(case.path(), fields, "--as-placed", "--scale-layout", "--processes", 1)
    assert (status, [row["text"] for row in rows]) == (0, case.readings)


def test_ctrl_c_keeps_what_was_read(glyphs):
    case = CASES["h264"]
    clip, layout = VideoReader(case.path()), Layout.from_json(json.dumps(case.layout))

    def stop(done, total):
        raise KeyboardInterrupt

    head = Project("p", BackboneId(glyphs.name, glyphs.sha256)).restore_head(glyphs)
    recognizer = Recognizer(lambda: Pair(EmbeddingCache(glyphs), head), read_windows)
    found = read_clip(clip, clip.times, ReadJob(layout, None, glyphs.name), recognizer, 1, stop)
    assert isinstance(found.failure, Stopped)
    assert "stopped after 128 of 160 frames" in str(found.failure)
    column = found.columns["display"]
    assert column.given.tolist() == [True] * 128 + [False] * 32
    assert column.texts[:128] == case.readings[:128]


def test_a_dataset_teaches_clips_too(data_folder, tmp_path):
    case, layout, out = CASES["vp9"], tmp_path / "layout.json", tmp_path / "out.csv"
    layout.write_text(json.dumps(case.layout))
    arguments = ("--train", data_folder, "--sets", 0, "--layout", layout, "--out", out, "--processes", 1)
    assert run("read", case.path(), *arguments)[0] == 0
    rows = table(out)
    assert [(row["time_s"], row["text"]) for row in rows] == [
        (f"{time:.6f}", text) for time, text in zip(case.times, case.readings, strict=True)
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--every", "0"], "give 5 or 0.5s"),
        (["--every", "2.5"], "give 5 or 0.5s"),
        (["--every", "often"], "give 5 or 0.5s"),
        (["--from", "noon"], "give 12.5 or 1:02:03"),
        (["--processes", "0"], "1 or more"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(capsys, arguments, message):
    with pytest.raises(SystemExit):
        main(["read", "clip.mp4", "--project", "p", "--out", "o", *arguments])
    assert message in capsys.readouterr().err


PEAK = """
import resource, sys
from readout.cli.main import main
status = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not tell a process's peak")
def test_an_hour_takes_little_more_memory_than_six_minutes(tmp_path, glyphs):
    peaks = []
    for case in LONG.values():
        document = Document().with_layout(Layout.from_json(json.dumps(case.layout)))
        project, out = tmp_path / "p.readout.zip", tmp_path / f"{case.name}.csv"
        project.write_bytes(Project("p", BackboneId(glyphs.name, glyphs.sha256), document=document).to_bytes())
        arguments = ["read", case.path(), "--project", project, "--out", out, "--processes", "1"]
        environment = {**os.environ, "PYTHONPATH": str(Path(readout.__file__).parents[1])}
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *map(str, arguments)], capture_output=True, text=True, env=environment
        )
        peaks.append(int(done.stderr.split()[-1]))
        rows = table(out)
        assert [(row["time_s"], row["text"]) for row in rows] == [
            (f"{time:.6f}", text) for time, text in zip(case.times, case.readings, strict=True)
        ]
    assert peaks[1] < 1.35 * peaks[0]


def test_only_clips_have_moments(data_folder, capsys):
    with pytest.raises(SystemExit):
        main(["read", str(data_folder / "frames"), "--project", "p", "--out", "o", "--every", "5"])
    assert "argument --every: only for clips" in capsys.readouterr().err


def test_moments_and_steps():
    assert [moment(text) for text in ("12.5", "12.5s", "2:03", "1:02:03.5")] == [12.5, 12.5, 123.0, 3723.5]
    assert [step(text) for text in ("5", "0.5s", ".5s", "2 s")] == [
        {"frames": 5},
        {"seconds": 0.5},
        {"seconds": 0.5},
        {"seconds": 2.0},
    ]
    assert [rate(text) for text in ("25", "0.5", "30000/1001")] == [25, 0.5, 30000 / 1001]


@pytest.mark.parametrize("text", ["1e400", "1/0", "0", "-1", "inf", "many"])
def test_anything_else_is_no_rate(text):
    with pytest.raises(argparse.ArgumentTypeError, match="pictures a second, more than 0"):
        rate(text)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_is_shown_on_a_terminal_and_nowhere_else(monkeypatch, terminal):
    shown = io.StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(sys, "stderr", shown)
    show = progress_bar("boiler.mp4")
    show(50, 200)
    show(200, 200)
    assert bool(shown.getvalue()) == terminal
    assert not terminal or ("boiler.mp4: 100%" in shown.getvalue() and "200/200" in shown.getvalue())
