"""The bundled clip is what the generator draws, at the times and with the values that clip.csv says."""
import csv

import av
import numpy as np
import pytest

from readout.crops import cut
from readout.dataset import Dataset
from readout.embeddings import EmbeddingCache
from readout.evaluation import train
from readout.native import OnnxBackbone
from readout.reader import Reader

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
    changes = sum(a["reading"] != b["reading"] for a, b in zip(truth, truth[1:]))
    assert 1.5 < changes / (FRAMES / thermal_viewer.clip.RATE) < 2.5


def test_its_pictures_are_what_the_generator_draws(shown, thermal_viewer):
    clip = thermal_viewer.clip.Clip(SEED)
    for k in list(shown[1])[::12]:
        drawn, seen = clip.pixels(k).astype(float), shown[1][k].astype(float)
        assert np.abs(drawn - seen).mean() < 4  # of 255: what the codec takes
        assert np.abs(drawn - np.roll(seen, 3, axis=1)).mean() > np.abs(drawn - seen).mean()


def test_the_demos_training_reads_every_value(data, truth, shown):
    dataset, backbone = Dataset.load(data), OnnxBackbone.named()
    cache, layout = EmbeddingCache(backbone), dataset.require_layout()
    reader, top = Reader(layout, train(dataset, cache, 4), backbone), layout.readouts[0]
    read = {k: reader.read("", top, cache.embed(cut(picture, top.boxes))).text for k, picture in shown[1].items()}
    assert read == {k: truth[k]["reading"] for k in shown[1]}


def test_a_clip_is_drawn_again_alike(thermal_viewer, tmp_path):
    clip = thermal_viewer.clip.Clip(7, 6)
    pictures = [clip.pixels(k) for k in range(6)]
    for name in ("a.webm", "b.webm"):
        thermal_viewer.clip.write(iter(pictures), str(tmp_path / name))
    assert (tmp_path / "a.webm").read_bytes() == (tmp_path / "b.webm").read_bytes()
    assert np.array_equal(thermal_viewer.clip.Clip(7, 3).pixels(2), pictures[2])
