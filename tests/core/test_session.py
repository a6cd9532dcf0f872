"""A sitting at the page, run on the desktop: real weights, a part of the bundled data."""

import asyncio
import csv
import io
import shutil

import numpy as np
import pytest

from readout.data.dataset import Dataset
from readout.errors import ReadoutError
from readout.evaluation.score import read_frames, train
from readout.imaging.images import load_image
from readout.model.embedding_cache import EmbeddingCache
from readout.readings.reading import Reader
from readout.workbench.demo import Session

FRAMES = ["image-0001.png", "image-0002.png", "image-0003.png"]


class Cancelled(Exception):
    pass


class AwaitedBackbone:
    """The native backbone as the page has it: its answers are awaited. Counts crops."""

    workers = 2

    def __init__(self, native):
        self.native = native
        self.name, self.input_size, self.dim, self.sha256 = native.name, native.input_size, native.dim, native.sha256
        self.stride = native.stride
        self.prior = native.prior
        self.crops = 0

    async def embed(self, x):
        self.crops += len(x)
        await asyncio.sleep(0)
        return self.native.embed(x)


@pytest.fixture(scope="module")
def folder(data_folder, tmp_path_factory):
    """Three training sets, the testing set and three frames of the bundled data."""
    root = tmp_path_factory.mktemp("session")
    for part in ("training/1", "training/2", "training/3", "testing/9"):
        shutil.copytree(data_folder / part, root / part)
    (root / "frames").mkdir()
    for name in FRAMES:
        shutil.copy(data_folder / "frames" / name, root / "frames")
    shutil.copy(data_folder / "layout.json", root)
    lines = (data_folder / "labels.csv").read_text(encoding="utf-8").splitlines()
    (root / "labels.csv").write_text("\n".join(line for line in lines if line.split(",")[0] in ["frame", *FRAMES]))
    return root


def quiet(news):
    pass


def picture(folder, name):
    return (folder / "frames" / name).read_bytes()


async def read_all(session, folder, names=FRAMES, readouts=("top", "bottom")):
    return [
        await session.read(name, readout, quiet, picture(folder, name) if readout == readouts[0] else None)
        for name in names
        for readout in readouts
    ]


@pytest.fixture(scope="module")
def sitting(folder, native):
    """A session that has learned two sets and read every frame: (session, result of train, readings)."""

    async def run():
        session = Session(folder, AwaitedBackbone(native))
        trained = await session.train(2, quiet)
        return session, trained, await read_all(session, folder, reversed(FRAMES))

    return asyncio.run(run())


@pytest.fixture
def fresh(folder, native):
    return Session(folder, AwaitedBackbone(native))


def test_a_session_describes_its_layout_without_looking_at_the_pictures(fresh):
    about = fresh.describe()
    assert (list(about), about["knows"]) == (["layout", "knows"], [])
    assert about["layout"]["readouts"][1]["name"] == "bottom"
    assert "dataset" not in vars(fresh)


def test_its_lessons_are_the_datasets(fresh):
    about = fresh.lessons()
    assert list(about) == ["classes", "sets", "training", "truths"]
    assert (about["classes"], about["sets"]) == (list("0123456789"), ["1", "2", "3"])
    assert [(each["set"], each["label"]) for each in about["training"]] == [(s, d) for s in "123" for d in "0123456789"]
    assert list(about["truths"]) == FRAMES


def test_pictures_are_flat_rgba(fresh, folder):
    seven = next(each for each in fresh.lessons()["training"] if (each["set"], each["label"]) == ("2", "7"))
    assert list(seven) == ["set", "label", "width", "height", "rgba"]
    rgba = seven["rgba"].reshape(seven["height"], seven["width"], 4)
    assert np.array_equal(rgba[:, :, :3], load_image(folder / "training/2/7.png"))
    assert (rgba[:, :, 3] == 255).all()


def test_training_gives_the_head_that_the_command_line_learns(sitting, folder, native):
    session, trained, _ = sitting
    dataset = Dataset.load(folder)
    head = train(dataset, EmbeddingCache(native), 2)
    assert trained["losses"] == pytest.approx(head.loss_curve_, abs=1e-4)
    assert session.head.coef_ == pytest.approx(head.coef_, abs=1e-4)
    assert list(trained) == ["sets", "examples", "fit_s", "losses"]
    assert (trained["sets"], trained["examples"]) == (2, 20)
    assert trained["fit_s"] > 0


def test_the_testing_pictures_are_predicted_by_the_head_learned_last(folder, native, tmp_path):
    shutil.copytree(folder, tmp_path / "swapped")
    for name in "23":  # sets that call a zero one and a one zero
        for label, picture_of in ("01", "10"):
            source = folder / "training" / name / f"{picture_of}.png"
            shutil.copy(source, tmp_path / "swapped" / "training" / name / f"{label}.png")
    session = Session(tmp_path / "swapped", AwaitedBackbone(native))

    async def run():
        results = []
        for sets in (1, 3):
            await session.train(sets, quiet)
            results.append(await session.test(quiet))
        return results

    assert asyncio.run(run()) == [
        {"truths": list("0123456789"), "predictions": list("0123456789")},
        {"truths": list("0123456789"), "predictions": list("1023456789")},
    ]


def test_testing_embeds_each_testing_picture_once(fresh):
    async def run():
        await fresh.train(1, quiet)
        counts, news = [fresh.backbone.crops], []
        for _ in range(2):
            await fresh.test(news.append)
            counts.append(fresh.backbone.crops)
        return counts, news

    counts, news = asyncio.run(run())
    assert counts == [10, 20, 20]
    assert news[-1] == {"done": 10, "total": 10}


def test_without_testing_pictures_there_is_nothing_to_predict(folder, native, tmp_path):
    shutil.copytree(folder, tmp_path / "untested", ignore=shutil.ignore_patterns("testing"))
    session = Session(tmp_path / "untested", AwaitedBackbone(native))

    async def run():
        await session.train(1, quiet)
        return await session.test(quiet)

    assert asyncio.run(run()) == {"truths": [], "predictions": []}


def test_readings_equal_those_of_the_command_line(sitting, folder, native):
    session, _, _ = sitting
    dataset, cache = Dataset.load(folder), EmbeddingCache(native)
    reader = Reader(dataset.layout, train(dataset, cache, 2), native)
    expected = list(read_frames(dataset.frames, reader, cache))
    assert [(r["frame"], r["readout"], r["text"], r["value"]) for r in session.readings()] == [
        (r.frame, r.readout, r.text, r.value) for r in expected
    ]
    assert [r["confidence"] for r in session.readings()] == pytest.approx([r.confidence for r in expected], abs=1e-4)


def test_readings_are_kept_as_they_were_given_and_listed_in_order(sitting):
    session, _, given = sitting
    listed = session.readings()
    assert [r["frame"] for r in listed] == [name for name in FRAMES for _ in range(2)]
    assert sorted(listed, key=str) == sorted(given, key=str)


def test_a_reading_is_as_sure_as_its_boxes_together(sitting):
    session, _, _ = sitting
    for reading in session.readings():
        boxes = session.inspect(reading["frame"], reading["readout"])["boxes"]
        assert list(reading) == ["frame", "readout", "text", "value", "confidence", "labels", "flags"]
        assert len(reading["labels"]) == len(boxes) == 4
        assert reading["confidence"] == pytest.approx(np.prod([max(box["probabilities"]) for box in boxes]))


def test_the_csv_holds_the_readings(sitting):
    session, _, _ = sitting
    rows = list(csv.DictReader(io.StringIO(session.to_csv())))
    assert [(row["frame"], row["readout"], row["text"]) for row in rows] == [
        (r["frame"], r["readout"], r["text"]) for r in session.readings()
    ]


def test_inspecting_shows_each_crop_with_the_probability_of_every_class(sitting, folder):
    session, _, _ = sitting
    view = session.inspect(FRAMES[1], "top")
    frame = load_image(folder / "frames" / FRAMES[1])
    assert view["classes"] == list("0123456789")
    assert [view["classes"][int(np.argmax(box["probabilities"]))] for box in view["boxes"]] == view["labels"]
    assert [sum(box["probabilities"]) for box in view["boxes"]] == pytest.approx([1] * 4)
    first, second = view["boxes"][:2]
    assert np.array_equal(first["rgba"].reshape(10, 8, 4)[:, :, :3], frame[37:47, 929:937])
    assert np.array_equal(second["rgba"].reshape(10, 9, 4)[:, :, :3], frame[37:47, 935:944])


def test_the_score_counts_the_first_readout_where_the_truth_is_known(sitting):
    session, _, _ = sitting
    score = session.score()
    truths = session.dataset.truths
    right = sum(r["text"] == truths[r["frame"]] for r in session.readings() if r["readout"] == "top")
    assert (score["readings_correct"], score["readings_total"], score["digits_total"]) == (right, 3, 12)
    assert np.trace(score["confusion"]) == score["digits_correct"]
    assert np.sum(score["confusion"]) == 12


def test_training_tells_every_crop_and_every_step(fresh):
    news = []
    trained = asyncio.run(fresh.train(1, news.append))
    embedded = [each for each in news if "done" in each]
    assert {each["total"] for each in embedded} == {10}  # the examples, and no testing picture
    assert embedded[-1]["done"] == 10
    assert [each["done"] for each in embedded] == sorted(each["done"] for each in embedded)
    steps = [(each["step"], each["loss"]) for each in news if "step" in each]
    assert steps == list(enumerate(trained["losses"]))


def test_learning_other_sets_embeds_no_crop_twice_and_rereads(fresh, folder):
    async def run():
        await fresh.train(1, quiet)
        await read_all(fresh, folder, FRAMES[:1])
        counts, readings = [fresh.backbone.crops], [fresh.readings()]
        for sets in (3, 2, 1):
            await fresh.train(sets, quiet)
            counts.append(fresh.backbone.crops)
            readings.append(fresh.readings())
        return counts, readings

    counts, readings = asyncio.run(run())
    assert counts == [18, 38, 38, 38]  # set 1 and 8 boxes; sets 2 and 3 are new once
    assert readings[3] == readings[0]
    assert readings[1][0]["confidence"] != readings[0][0]["confidence"]


def test_a_session_that_must_forget_embeddings_reads_the_same(fresh, sitting, folder):
    fresh.cache.limit = 4  # one readout

    async def run():
        await fresh.train(1, quiet)
        await read_all(fresh, folder)
        await fresh.train(2, quiet)

    asyncio.run(run())
    assert len(fresh.cache) == 4
    expected = sitting[0].readings()
    assert [r["text"] for r in fresh.readings()] == [r["text"] for r in expected]
    assert [r["confidence"] for r in fresh.readings()] == pytest.approx([r["confidence"] for r in expected], abs=1e-4)
    assert len(fresh.inspect(FRAMES[0], "top")["boxes"]) == 4


@pytest.mark.parametrize("calls", [0, 3, 8])
def test_a_progress_that_raises_cancels_and_what_was_embedded_is_kept(fresh, calls):
    seen = []

    def cancel(news):
        seen.append(news)
        if len(seen) > calls:
            raise Cancelled

    async def run():
        with pytest.raises(Cancelled):
            await fresh.train(2, cancel)
        await asyncio.sleep(0.01)
        first = fresh.backbone.crops
        await fresh.train(2, quiet)
        return first

    first = asyncio.run(run())
    assert first < 20
    assert fresh.backbone.crops == 20


def test_cancelling_while_the_head_learns_keeps_the_head_that_was(fresh):
    def cancel(news):
        if news.get("step", 0) > 1:
            raise Cancelled

    async def run():
        await fresh.train(1, quiet)
        before = fresh.head
        with pytest.raises(Cancelled):
            await fresh.train(2, cancel)
        return before

    assert asyncio.run(run()) is fresh.head
    assert fresh.head.classes_ == list("0123456789")


def test_another_picture_under_a_known_name_replaces_its_readings(fresh, folder):
    async def run():
        await fresh.train(1, quiet)
        await read_all(fresh, folder, FRAMES[:1])
        again = await fresh.read(FRAMES[0], "top", quiet, picture(folder, FRAMES[1]))
        await fresh.train(2, quiet)
        return again

    again = asyncio.run(run())
    assert again["text"] != ""
    assert [(r["frame"], r["readout"]) for r in fresh.readings()] == [(FRAMES[0], "top")]


REFUSED = {
    # what: (call, what the message says)
    "reading before training": (lambda s, data: s.read("a", "top", quiet, data), "nothing has been learned yet: train"),
    "testing before training": (lambda s, data: s.test(quiet), "nothing has been learned yet: train"),
    "a frame never given": (lambda s, data: s.read("a", "top", quiet), "a with readout 'top' has not been given"),
    "another readout": (lambda s, data: s.read("a", "left", quiet, data), "a with readout 'left' has not been given"),
    "a frame that is no picture": (lambda s, data: s.read("a", "top", quiet, b""), "a is not a picture"),
    "too many sets": (lambda s, data: s.train(4, quiet), "sets is between 1 and 3, .*got 4"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_refused(fresh, folder, call, message):
    with pytest.raises(ReadoutError, match=message):
        asyncio.run(call(fresh, picture(folder, FRAMES[0])))


def test_a_frame_of_another_size_is_refused(fresh, folder):
    with pytest.raises(ReadoutError, match="small.png is 8 x 10, the layout is for frames of 1024 x 768"):
        asyncio.run(fresh.read("small.png", "top", quiet, (folder / "training/1/0.png").read_bytes()))


def test_nothing_is_inspected_before_it_was_given(fresh):
    with pytest.raises(ReadoutError, match="has not been given: read it with its picture first"):
        fresh.inspect(FRAMES[0], "top")


def test_the_score_of_no_readings_is_none_of_none(fresh):
    score = fresh.score()
    assert (score["digits_total"], score["readings_total"]) == (0, 0)
    assert np.sum(score["confusion"]) == 0


def test_a_crop_that_is_not_embedded_yet_is_no_crash(fresh, folder):
    async def run():
        await fresh.train(1, quiet)
        with pytest.raises(Cancelled):
            await fresh.read(FRAMES[0], "top", raising, picture(folder, FRAMES[0]))

    def raising(news):
        raise Cancelled

    asyncio.run(run())
    with pytest.raises(ReadoutError, match="4 of 4 crops have no embedding yet: embed them first"):
        fresh.inspect(FRAMES[0], "top")


def test_a_session_needs_a_layout(folder, native, tmp_path):
    shutil.copytree(folder / "training", tmp_path / "bare" / "training")
    with pytest.raises(ReadoutError, match="layout.json cannot be read"):
        Session(tmp_path / "bare", AwaitedBackbone(native))
