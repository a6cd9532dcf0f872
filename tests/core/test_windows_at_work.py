"""Windows in a project: read as frames come, taught by typing, kept in chunks, saved and opened, read live."""

import asyncio
import csv
import json

import numpy as np
import onnxruntime
import pytest

from readout.cli.main import main
from readout.errors import ReadoutError
from readout.model.backbone import find_model
from readout.rules.rules import Range
from readout.workbench.workbench import Workbench
from tests.core.displays import drawn
from tests.core.window_bench import awaited, opened

TEXTS = ["32.5", "-3", "200", "7.08"]
NAMES = [f"{k}.png" for k in range(len(TEXTS))]
LAYOUT = {"version": 2, "frame_size": [160, 48], "readouts": [{"name": "speed", "window": [8, 6, 144, 36]}]}


@pytest.fixture(scope="module")
def backbones():
    return awaited("glyphs"), awaited("lines")


@pytest.fixture
def bench(backbones):
    return opened(backbones, LAYOUT, NAMES)


def region(pixels):
    height, width = pixels.shape[:2]
    rgba = np.concatenate([pixels, np.full((height, width, 1), 255, np.uint8)], axis=2).tobytes()
    return {"readout": "speed", "x": 0, "y": 0, "width": width, "height": height, "rgba": rgba}


def give(bench, texts=TEXTS):
    frames = [{"name": name, "regions": [region(drawn(text))]} for name, text in zip(NAMES, texts, strict=True)]
    return asyncio.run(bench.add_frames(frames, progress=lambda _: None))


def refresh(bench):
    return asyncio.run(bench.refresh(progress=lambda _: None))


def test_windows_are_asked_for_and_read(bench):
    assert bench.missing()["frames"] == NAMES
    [found] = give(bench)["readouts"]
    assert found["texts"].split("\n") == TEXTS
    assert found["values"].tolist() == [32.5, -3, 200, 7.08]
    assert bench.missing()["frames"] == []


def test_without_a_line_backbone_windows_wait(backbones):
    bench = Workbench(backbones[0])
    bench.set_frames([{"name": name, "width": 160, "height": 48} for name in NAMES])
    bench.editor.set_layout(LAYOUT)
    assert give(bench)["readouts"] == []
    bench.use_lines(backbones[1])
    [found] = refresh(bench)["readouts"]
    assert found["texts"].split("\n") == TEXTS


def test_typed_windows_are_shown_newest_first_and_which_are_typed_in_two_ways(bench):
    give(bench, ["32.5", "32.5", "200", "7.08"])
    for name, text in zip(NAMES, ["32.5", "3.25", "200"], strict=False):
        bench.editor.set_label(name, "speed", text)
    found = bench.labelling.typed_windows()
    assert [(each["frame"], each["text"], each["others"]) for each in found] == [
        (NAMES[2], "200", []),
        (NAMES[1], "3.25", ["32.5"]),
        (NAMES[0], "32.5", ["3.25"]),
    ]
    assert all(len(each["rgba"]) == 4 * each["width"] * each["height"] > 0 for each in found)
    bench.editor.set_label(NAMES[1], "speed", None)
    assert [each["others"] for each in bench.labelling.typed_windows()] == [[], []]


def test_any_text_can_be_typed_and_teaches(bench):
    give(bench)
    bench.editor.set_label(NAMES[0], "speed", "32:5")
    learned = refresh(bench)["learned"]
    assert learned["examples"] == 1
    bench.editor.set_label(NAMES[1], "speed", "")
    bench.editor.set_label(NAMES[2], "speed", None)
    table = refresh(bench)
    assert table["review"]["readings"] == 1
    assert [each["typed"] for each in bench.inspect(NAMES[0])["readouts"]] == ["32:5"]


def test_typed_texts_have_the_values_of_their_column(bench):
    give(bench, ["32:34", "32:35", "32:36", "32:37"])
    bench.editor.set_label(NAMES[0], "speed", "1:02:03")
    bench.editor.set_label(NAMES[1], "speed", "Err")
    [column] = refresh(bench)["readouts"]
    assert column["notation"]["kind"] == "time"
    assert column["stated"] == {"1:02:03": 3723.0, "Err": None}


def test_another_turn_is_read_anew(bench):
    give(bench)
    layout = json.loads(json.dumps(LAYOUT))
    layout["readouts"][0]["turn"] = 1.0
    bench.editor.set_layout(layout)
    table = refresh(bench)
    assert [each["texts"].split("\n") for each in table["readouts"]] == [TEXTS]


def test_a_constraint_is_obeyed_by_what_was_seen_before(bench):
    give(bench)
    layout = json.loads(json.dumps(LAYOUT))
    layout["readouts"][0]["constraint"] = "digits<=2"
    bench.editor.set_layout(layout)
    texts = refresh(bench)["readouts"][0]["texts"].split("\n")
    assert all(sum(c.isdigit() for c in text) <= 2 for text in texts)
    assert "constrained" in bench.inspect(NAMES[2])["readouts"][0]["flags"]


def test_rules_and_exports_take_windows(bench):
    give(bench)
    bench.editor.set_rules([Range("speed", 0, 100).to_json()])
    table = refresh(bench)
    assert table["rules"][0]["flags"]
    rows = bench.exports.csv().splitlines()
    assert rows[1].split(",")[:5] == ["0.png", "", "speed", "32.5", "32.5"]
    assert "32.5" in bench.exports.audit_report("t", "now")


def test_a_saved_project_opens_with_its_windows_and_what_was_typed(bench, backbones):
    give(bench)
    bench.editor.set_label(NAMES[0], "speed", "32:5")
    before = refresh(bench)
    data = bench.exports.save("p")
    other = Workbench(backbones[0])
    other.use_lines(backbones[1])
    other.open(data)
    after = refresh(other)
    assert after["readouts"][0]["texts"] == before["readouts"][0]["texts"]
    assert after["readouts"][0]["confidence"].tolist() == pytest.approx(before["readouts"][0]["confidence"].tolist())


def test_both_kinds_are_read_side_by_side(bench, backbones):
    layout = json.loads(json.dumps(LAYOUT))
    layout["readouts"].append({"name": "box", "format": "#", "boxes": [[70, 8, 16, 32]]})
    bench.editor.set_layout(layout)
    frames = [
        {"name": name, "regions": [region(drawn(text)), {**region(drawn(text)), "readout": "box"}]}
        for name, text in zip(NAMES, TEXTS, strict=True)
    ]
    found = asyncio.run(bench.add_frames(frames, progress=lambda _: None))["readouts"]
    assert [each["readout"] for each in found] == ["speed", "box"]
    assert found[0]["texts"].split("\n") == TEXTS
    assert bench.labelling.next_best()["readings"] == 2 * len(TEXTS)


def test_chunks_of_a_clip_are_kept_and_restored(backbones):
    def opened():
        bench = Workbench(backbones[0])
        bench.use_lines(backbones[1])
        times = [0.0, 0.5, 1.0]
        frames = [{"name": f"c.mp4#t={t:.6f}", "width": 160, "height": 48, "time_s": t} for t in times]
        bench.set_frames(frames)
        bench.editor.set_layout(LAYOUT)
        return bench, times

    bench, times = opened()
    pictures = b"".join(region(drawn(text))["rgba"] for text in TEXTS[:2])
    whole = {"readout": "speed", "x": 0, "y": 0, "width": 160, "height": 48, "data": pictures}
    given = asyncio.run(
        bench.chunks.add_chunk(
            "c.mp4", times, np.array([0, 0, 1]), "RGBA", None, True, 0, [whole], progress=lambda _: None
        )
    )
    assert given["readouts"][0]["texts"].split("\n") == ["32.5", "32.5", "-3"]
    other, _ = opened()
    restored = other.chunks.restore_chunks([given["kept"].tobytes()])
    assert restored["frames"] == 3 and restored["readouts"][0]["texts"].split("\n") == ["32.5", "32.5", "-3"]


def test_a_window_is_read_live(bench):
    bench.live.begin(160, 48)
    frames = [{"time_s": float(k), "regions": [region(drawn(text))]} for k, text in enumerate(TEXTS)]
    found = [asyncio.run(bench.live.read(frame, progress=lambda _: None)) for frame in [frames[0], *frames]]
    assert [each["readouts"][0]["text"] for each in found] == [TEXTS[0], *TEXTS]
    assert [each["embedded"] for each in found] == [1, 0, 1, 1, 1]


def test_live_what_a_text_means_follows_from_all_that_was_seen(bench):
    """A colon that is passed over once does not make a number of a time."""
    bench.live.begin(160, 48)
    shown = ["32:34", "32:35", "32:36", "3237"]
    frames = [{"time_s": float(k), "regions": [region(drawn(text))]} for k, text in enumerate(shown)]
    found = [asyncio.run(bench.live.read(frame, progress=lambda _: None))["readouts"][0] for frame in frames]
    assert [each["text"] for each in found] == shown
    assert [each["value"] for each in found] == [1954, 1955, 1956, None]
    assert "no-value" in found[3]["flags"]


def test_windows_read_nothing_live_without_a_line_backbone(backbones):
    bench = Workbench(backbones[0])
    bench.editor.set_layout(LAYOUT)
    bench.live.begin(160, 48)
    with pytest.raises(ReadoutError, match="none was given yet"):
        asyncio.run(bench.live.read({"time_s": 0.0, "regions": [region(drawn("7"))]}, progress=lambda _: None))


def test_the_command_line_reads_windows_by_what_was_typed(bench, tmp_path):
    """`readout read --project` learns from a project's windows, and reads as the page does."""
    give(bench)
    bench.editor.set_label(NAMES[0], "speed", "32x5")
    page = refresh(bench)["readouts"][0]
    assert page["texts"].split("\n")[0] == "32x5"
    (tmp_path / "p.readout.zip").write_bytes(bench.exports.save("p"))
    assert main(["read", "--project", str(tmp_path / "p.readout.zip"), "--out", str(tmp_path / "out.csv")]) == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == page["texts"].split("\n")
    assert [float(row["confidence"]) for row in rows] == pytest.approx(page["confidence"].tolist(), abs=2e-4)


def test_a_projects_line_head_leaves_as_one_onnx_file(bench):
    give(bench)
    bench.editor.set_label(NAMES[0], "speed", "32x5")
    refresh(bench)
    model = find_model("lines")
    card = model.with_suffix(".json").read_text("utf-8")
    session = onnxruntime.InferenceSession(
        bench.exports.classifier(model.read_bytes(), card), providers=["CPUExecutionProvider"]
    )
    assert "x" in json.loads(session.get_modelmeta().custom_metadata_map["classes"])
    assert '"x"' in bench.exports.example(card)


def test_settings_say_what_read_the_windows(bench):
    give(bench)
    bench.editor.set_label(NAMES[0], "speed", "32:5")
    refresh(bench)
    settings = json.loads(bench.exports.settings("now"))
    assert settings["backbone"]["name"] == "lines" and settings["examples"] == {"32:5": 1}
    assert ":" in settings["head"]["classes"]
