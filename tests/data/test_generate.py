"""The generator: properties of the values over seeds, and the committed pixels again."""

import json

import numpy as np
import pytest
from PIL import Image

SEEDS = (0, 1, 2, 3, 7, 11, 2019, 123456)


@pytest.mark.parametrize("seed", SEEDS)
def test_values_stay_in_range_wander_and_jump(thermal_viewer, seed):
    values = thermal_viewer.values
    top = values.top_values(seed, 300)
    bottom = values.bottom_values(top)
    assert top.min() >= 2000 and top.max() <= 9999 and bottom.min() >= 1000
    assert (top - bottom == 1000).all()
    move = np.abs(np.diff(top))
    wanders, jumps = move <= values.STEP_MAX, move >= values.JUMP_MIN
    assert (wanders | jumps).all()
    assert 0.08 < jumps.mean() < 0.30
    assert (move > 0).mean() > 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_every_digit_occurs_in_every_set_of_fifty(thermal_viewer, seed):
    values = thermal_viewer.values
    digits = "".join(map(values.label_text, values.top_values(seed, 50))).replace(".", "")
    assert min(digits.count(d) for d in "0123456789") >= 3
    assert len(set(digits[::4])) >= 5


def test_a_longer_set_begins_like_a_shorter_one(thermal_viewer):
    top_values = thermal_viewer.values.top_values
    assert (top_values(5, 200)[:20] == top_values(5, 20)).all()
    assert (top_values(5, 20, stream=1) != top_values(5, 20)).any()


@pytest.mark.parametrize("value, text", [(1000, "10.00"), (7905, "79.05"), (9999, "99.99")])
def test_label_text(thermal_viewer, value, text):
    assert thermal_viewer.values.label_text(value) == text


@pytest.mark.parametrize("value, told", [(999, "9.99"), (10000, "100.00"), (-5, "-0.05")])
def test_label_text_refuses_what_does_not_fit(thermal_viewer, value, told):
    with pytest.raises(thermal_viewer.DrawingError, match=f"got {told}"):
        thermal_viewer.values.label_text(value)


def test_a_set_needs_a_frame(thermal_viewer):
    with pytest.raises(thermal_viewer.DrawingError, match="at least 1 frame, got 0"):
        thermal_viewer.values.top_values(1, 0)


def test_ironbow_brightens_all_the_way(thermal_viewer):
    ramp = thermal_viewer.palette.ironbow(np.linspace(0, 1, 200))
    light = ramp @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) > 0).all()
    assert light[0] < 10 and light[-1] > 240


def test_palette_colours_map_to_themselves(thermal_viewer):
    palette = thermal_viewer.palette
    table = palette.colours()
    assert table.shape == (256, 3) and table.dtype == np.uint8
    assert (table[palette.nearest_index(table.astype(float))] == table).all()


def test_field_is_smooth_in_space_and_time(thermal_viewer):
    field = thermal_viewer.field.Field(3, (256, 192))
    first, second = field.at(0), field.at(1)
    assert first.shape == (192, 256) and first.dtype == np.float32
    assert first.min() >= 0 and first.max() < 1
    assert np.ptp(first) > 0.5
    assert np.abs(np.diff(first, axis=1)).max() < 0.15
    assert 0 < np.abs(second - first).max() < 0.25


@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_give_every_folder_every_digit_each_from_another_frame(thermal_viewer, seed):
    values, crops, viewer = thermal_viewer.values, thermal_viewer.crops, thermal_viewer.viewer
    tops = values.top_values(seed, crops.DONORS, crops.STREAM)
    cuts = crops.plan(seed, tops)
    assert len({cut.name for cut in cuts}) == len(cuts) == 90
    assert len({(cut.digit, cut.donor) for cut in cuts}) == 90
    for cut in cuts:
        text = values.label_text(tops[cut.donor]).replace(".", "")
        near = [x for d, x in zip(text, viewer.BOX_X, strict=True) if d == str(cut.digit)]
        assert min(abs(cut.x - x) for x in near) <= 0.5, cut
        assert abs(cut.y - viewer.TOP_Y) <= 1, cut


def test_cuts_need_enough_frames(thermal_viewer):
    with pytest.raises(thermal_viewer.DrawingError, match="got 3 frames: draw more"):
        thermal_viewer.crops.plan(1, [2345, 6789, 1034])


def test_shapes_cover_their_area(thermal_viewer):
    rounded = thermal_viewer.canvas.rounded
    box, corner = rounded(2.5, 3.25, 12.5, 9.25, 0)
    assert corner == (3, 2) and box.sum() == pytest.approx(60, rel=0.02)
    disc, _ = rounded(2, 2, 22, 22, 10)
    assert disc.sum() == pytest.approx(np.pi * 100, rel=0.02)


def test_text_moves_by_fractions_of_a_pixel(thermal_viewer, font):
    face = thermal_viewer.typeface.Typeface("Semibold")
    columns = []
    for x in (20.0, 20.25, 20.5):
        ink, (_, left) = face.stamp((40, 60), x, 30, "8", 13.2, (0.6, 0.4))
        columns.append((ink.sum(axis=0) * (left + np.arange(ink.shape[1]))).sum() / ink.sum())
    assert np.diff(columns) == pytest.approx([0.25, 0.25], abs=0.01)


def test_a_font_with_other_bytes_is_refused(thermal_viewer, tmp_path):
    wheel = tmp_path / thermal_viewer.typeface.WHEEL
    wheel.write_bytes(b"not the wheel")
    with pytest.raises(thermal_viewer.DrawingError, match="must have sha256 .* delete it"):
        thermal_viewer.typeface.fetch(tmp_path)


def test_first_frame_is_drawn_as_committed(generate, data, thermal_viewer, font):
    again = thermal_viewer.viewer.Viewer(generate.SEED, generate.FRAMES).frame(0)
    committed = Image.open(data / "frames" / generate.frame_name(0))
    assert (np.asarray(again.convert("RGB")) == np.asarray(committed.convert("RGB"))).all()


def test_a_training_crop_is_cut_as_committed(generate, data, thermal_viewer, font):
    crops = thermal_viewer.crops
    viewer = thermal_viewer.viewer.Viewer(generate.SEED, crops.DONORS, crops.STREAM)
    cut = next(c for c in crops.plan(generate.SEED, viewer.tops) if c.name == "training/3/4.png")
    assert cut.take(viewer.frame(cut.donor)).tobytes() == Image.open(data / cut.name).tobytes()


def test_labels_and_layout_are_written_as_committed(generate, data, thermal_viewer):
    tops = thermal_viewer.values.top_values(generate.SEED, generate.FRAMES)
    assert generate.labels_csv(tops) == (data / "labels.csv").read_text(encoding="utf-8")
    assert generate.layout_json() == (data / "layout.json").read_text(encoding="utf-8")
    assert json.loads(generate.layout_json()) == thermal_viewer.viewer.layout()


def test_bundled_set_is_not_overwritten_by_another(generate, capsys):
    assert generate.main(["--seed", "7"]) == 1
    assert "got seed 7 and 50 frames: name another folder with --out" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--seed", "-1"], "a seed is a whole number from 0 up, got -1"),
        (["--frames", "0"], "at least 1 frame, got 0"),
    ],
)
def test_bad_settings_are_told(generate, tmp_path, capsys, arguments, told):
    assert generate.main([*arguments, "--out", str(tmp_path)]) == 1
    assert told in capsys.readouterr().err


def test_other_frames_in_the_folder_are_not_mixed_in(generate, tmp_path, capsys, font):
    stranger = tmp_path / "frames" / "image-0009.png"
    stranger.parent.mkdir()
    stranger.write_bytes(b"")
    assert generate.main(["--frames", "2", "--out", str(tmp_path)]) == 1
    assert "got image-0009.png: delete it" in capsys.readouterr().err
    assert stranger.exists()


def test_unseen_set_comes_with_labels_crops_and_hashes(generate, tmp_path, monkeypatch, font):
    taken = generate.plan
    monkeypatch.setattr(generate, "plan", lambda *a: [c for c in taken(*a) if c.digit == 4][:2])
    assert generate.main(["--seed", "7", "--frames", "2", "--out", str(tmp_path)]) == 0
    listed = [line[66:] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()]
    assert listed == [
        "frames/image-0001.png",
        "frames/image-0002.png",
        "labels.csv",
        "layout.json",
        "training/1/4.png",
        "training/2/4.png",
    ]
    assert len((tmp_path / "labels.csv").read_text().splitlines()) == 3
    with Image.open(tmp_path / "frames" / "image-0002.png") as frame:
        assert frame.size == (1024, 768)
