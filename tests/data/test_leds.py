"""The lesson's second display: drawn as committed, small, and hard for what has never seen it."""

import asyncio
import hashlib
import json
from itertools import islice

import numpy as np
import pytest
from PIL import Image

from data.leds import generate
from readout import Dataset, OnnxBackbone, evaluate
from readout.imaging.images import load_image
from readout.workbench.demo import Demo
from tests.core.window_bench import awaited

FOLDER = generate.HERE


@pytest.fixture(scope="module")
def display():
    return generate.board(np.random.default_rng([generate.SEED, 0]))


@pytest.fixture(scope="module")
def dataset():
    return Dataset.load(FOLDER)


def pixels(picture):
    return np.asarray(picture.convert("RGB"))


def test_frames_crops_and_layout_are_drawn_as_committed(display, dataset):
    for name, text, picture in islice(generate.frames(display), 3):
        assert dataset.truths[name] == text
        assert (pixels(picture) == pixels(Image.open(FOLDER / "frames" / name))).all()
    for name, picture in islice(generate.crops(display), 12):
        assert (pixels(picture) == pixels(Image.open(FOLDER / name))).all()
    assert generate.layout_json(display) == (FOLDER / "layout.json").read_text(encoding="utf-8")


def test_it_is_small_whole_and_no_crop_is_of_a_frame_that_is_read(dataset):
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    there = {path.relative_to(FOLDER).as_posix() for path in [*FOLDER.rglob("*.png"), *FOLDER.glob("l*.*")]}
    assert listed.keys() == there
    for name, digest in listed.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name
    assert sum((FOLDER / name).stat().st_size for name in listed) < 300_000
    assert (len(dataset.training), len(dataset.testing), len(dataset.frames)) == (7, 10, generate.FRAMES)
    assert {len(examples) for examples in dataset.training.values()} == {10}
    near = set()
    for path in dataset.frames:
        frame = pixels(Image.open(path))
        for x, y, w, h in dataset.layout.readouts[0].boxes:
            near |= {
                frame[top : top + 15, left : left + 11].tobytes()
                for left in range(round(x) - 2, round(x) + 3)
                for top in range(round(y) - 2, round(y) + 3)
            }
            assert (round(h), round(w)) == (15, 11)
    examples = [*dataset.testing, *(each for some in dataset.training.values() for each in some)]
    assert not [each.source for each in examples if each.crop.pixels.tobytes() in near]


def test_the_prior_of_glyphs_is_wrong_about_it_and_one_picture_of_each_digit_mends_that(dataset):
    none, one = (evaluate(dataset, OnnxBackbone.named(), sets=sets) for sets in (0, 1))
    assert none.digits_total == 200
    assert none.digits_correct < 150 and one.digits_correct > 195


def test_the_demo_reads_whole_numbers_counts_those_wrong_without_a_flag_and_learns_from_four(dataset):
    async def story(names):
        demo = Demo(FOLDER, names, awaited("glyphs"))
        demo.use_lines(awaited("lines"))
        (region,) = demo.window_regions()
        x, y, width, height = (region[key] for key in ("x", "y", "width", "height"))
        for name in names:
            part = load_image(FOLDER / "frames" / name)[y : y + height, x : x + width]
            rgba = np.dstack([part, np.full(part.shape[:2], 255, np.uint8)]).tobytes()
            await demo.windows.add_frames([{"name": name, "regions": [{**region, "rgba": rgba}]}], lambda news: None)
        (column,) = demo.windows.observations.columns().values()
        first = [column.reading(k, name) for k, name in enumerate(names)]
        return first, demo.window_score(), await demo.teach_windows(4, lambda news: None)

    names = list(dataset.truths)[:12]
    read, found, taught = asyncio.run(story(names))
    right = [each for each in read if each.text == dataset.truths[each.frame]]
    silent = [each.frame for each in read if each not in right and not each.flags]
    assert found["total"] == len(names) and found["right"] == len(right)
    assert [each["frame"] for each in found["wrong"]] == silent
    assert found["flagged"] == len(names) - len(right) - len(silent)
    assert found["right"] < len(names) / 2
    assert (found["typed"], taught["typed"], taught["total"]) == (0, 4, len(names) - 4)
    assert taught["right"] > 0.8 * taught["total"]
    assert json.dumps([found, taught])
