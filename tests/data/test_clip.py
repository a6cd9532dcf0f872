"""The bundled clip is what the generator draws, at the times and with the values that clip.csv says."""

import csv
import itertools

import av
import numpy as np
import pytest

from readout.data.dataset import Dataset
from readout.evaluation.score import train
from readout.imaging.crops import cut
from readout.model.embedding_cache import EmbeddingCache
from readout.model.onnx_backbone import OnnxBackbone
from readout.readings.reading import Reader

FRAMES, SEED = 550, 2019


@pytest.fixture(scope="module")
def truth(data):
    with open(data / "clip.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shown(data, truth):
    """Of every frame its time in seconds; of the first one of each value also the picture, by its number."""
    readings = [row["reading"] for row in truth]
    times, pictures = [], {}
    with av.open(str(data / "clip.webm")) as container:
        for k, frame in enumerate(container.decode(video=0)):
            times.append(frame.pts * frame.time_base)
            if k == 0 or readings[k] != readings[k - 1]:
                pictures[k] = frame.to_ndarray(format="rgb24")
    return times, pictures


def test_every_frame_is_at_its_time(truth, shown):
    assert [row["time_s"] for row in truth] == [f"{float(time):.6f}" for time in shown[0]]
    assert len(truth) == FRAMES


def test_its_values_are_the_generators_and_change_about_twice_a_second(truth, thermal_viewer):
    clip = thermal_viewer.clip.Clip(SEED)
    assert [row["reading"] for row in truth] == clip.readings
    changes = sum(a["reading"] != b["reading"] for a, b in itertools.pairwise(truth))
    assert 1.5 < changes / (FRAMES / thermal_viewer.clip.RATE) < 2.5


def test_its_pictures_are_what_the_generator_draws(shown, thermal_viewer):
    clip = thermal_viewer.clip.Clip(SEED)
    for k in list(shown[1])[::12]:
        drawn, seen = clip.pixels(k).astype(float), shown[1][k].astype(float)
        assert np.abs(drawn - seen).mean() < 2  # of 255: what the codec takes, 1.5
        assert np.abs(drawn - np.roll(seen, 3, axis=1)).mean() > np.abs(drawn - seen).mean()


def test_the_demos_training_reads_every_value(data, truth, shown):
    dataset, backbone = Dataset.load(data), OnnxBackbone.named()
    cache, layout = EmbeddingCache(backbone), dataset.require_layout()
    reader = Reader(layout, train(dataset, cache, 4), backbone)
    for readout, below in zip(layout.readouts, (0, 10), strict=True):
        crops = {k: cut(picture, readout.boxes) for k, picture in shown[1].items()}
        read = {k: reader.read("", readout, cache.embed(each)).text for k, each in crops.items()}
        assert read == {k: f"{float(truth[k]['reading']) - below:.2f}" for k in shown[1]}


def test_a_clip_is_drawn_again_alike(thermal_viewer, tmp_path):
    clip = thermal_viewer.clip.Clip(7, 6)
    pictures = [clip.pixels(k) for k in range(6)]
    for name in ("a.webm", "b.webm"):
        thermal_viewer.clip.write(iter(pictures), str(tmp_path / name))
    assert (tmp_path / "a.webm").read_bytes() == (tmp_path / "b.webm").read_bytes()
    assert np.array_equal(thermal_viewer.clip.Clip(7, 3).pixels(2), pictures[2])


def test_a_clip_needs_a_frame(thermal_viewer):
    with pytest.raises(thermal_viewer.DrawingError, match="at least 1 frame, got 0"):
        thermal_viewer.clip.Clip(1, 0)


def test_a_clip_comes_only_when_asked_for_and_is_not_mixed_in(generate, tmp_path, capsys):
    (tmp_path / "clip.webm").write_bytes(b"")
    assert generate.main(["--frames", "1", "--out", str(tmp_path)]) == 1
    assert "may hold a clip only with --clip, got clip.webm: delete it" in capsys.readouterr().err


def test_an_unseen_set_may_have_a_clip(generate, thermal_viewer, tmp_path, monkeypatch, font):
    monkeypatch.setattr(generate, "plan", lambda *a: [])
    monkeypatch.setattr(thermal_viewer.clip.Clip.__init__, "__defaults__", (3,))
    assert generate.main(["--seed", "7", "--frames", "1", "--clip", "--out", str(tmp_path)]) == 0
    listed = [line[66:] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()]
    assert listed == ["clip.csv", "clip.webm", "frames/image-0001.png", "labels.csv", "layout.json"]
    rows = (tmp_path / "clip.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["time_s", "0.000000", "0.040000", "0.080000"]
