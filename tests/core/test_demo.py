"""The demo, run on the desktop as the page does it: the bundled data with real weights, and a dataset made to order."""

import asyncio
import csv
import io
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from readout.data.dataset import Dataset
from readout.errors import ReadoutError
from readout.evaluation.score import read_frames, train
from readout.imaging.images import load_image
from readout.model.embedding_cache import EmbeddingCache
from readout.readings.reading import Reader, review, write_csv
from readout.workbench.demo import Demo
from tests.core.awaited import Awaited

pytestmark = pytest.mark.usefixtures("each_crop_once")

FRAMES = ["image-0001.png", "image-0002.png", "image-0003.png"]
MADE = ["image-1.png", "image-2.png", "image-3.png"]
TEXTS = ["1.2", "3.0", "2.2"]


class Cancelled(Exception):
    pass


def quiet(news):
    pass


async def read(demo, frames):
    """Have frames read, readout by readout, as the page does. Returns the texts of the first readout."""
    for region in demo.describe()["regions"]:
        x, y, width, height = (region[name] for name in ("x", "y", "width", "height"))
        for name in frames:
            part = load_image(demo.folder / "frames" / name)[y : y + height, x : x + width]
            rgba = np.dstack([part, np.full(part.shape[:2], 255, np.uint8)])
            await demo.bench.add_frames([{"name": name, "regions": [{**region, "rgba": rgba.tobytes()}]}], quiet)
    return texts(demo)


def table(demo):
    return list(csv.DictReader(io.StringIO(demo.csv())))


def texts(demo):
    return [row["text"] for row in table(demo) if row["readout"] == demo.layout.readouts[0].name]


def confidences(demo):
    return [float(row["confidence"]) for row in table(demo)]


# The bundled data, without a prior


@pytest.fixture(scope="module")
def folder(data_folder, tmp_path_factory):
    """Three training sets, the testing set and three frames of the bundled data."""
    root = tmp_path_factory.mktemp("demo")
    for part in ("training/1", "training/2", "training/3", "testing/9"):
        shutil.copytree(data_folder / part, root / part)
    (root / "frames").mkdir()
    for name in FRAMES:
        shutil.copy(data_folder / "frames" / name, root / "frames")
    shutil.copy(data_folder / "layout.json", root)
    lines = (data_folder / "labels.csv").read_text(encoding="utf-8").splitlines()
    (root / "labels.csv").write_text("\n".join(line for line in lines if line.split(",")[0] in ["frame", *FRAMES]))
    return root


@pytest.fixture(scope="module")
def learned(folder, native):
    """A demo that has learned two sets and read every frame, in the opposite order: (demo, what learn gave)."""

    async def run():
        demo = Demo(folder, FRAMES, Awaited(native))
        result = await demo.learn(2, quiet)
        await read(demo, FRAMES[::-1])
        return demo, result

    return asyncio.run(run())


@pytest.fixture
def fresh(folder, native):
    return Demo(folder, FRAMES, Awaited(native))


def test_it_describes_its_layout_without_looking_at_the_pictures(fresh):
    about = fresh.describe()
    assert (list(about), about["knows"]) == (["layout", "regions", "knows"], [])
    assert [readout["name"] for readout in about["layout"]["readouts"]] == ["top", "bottom"]
    assert [region["readout"] for region in about["regions"]] == ["top", "bottom"]
    assert "dataset" not in vars(fresh)


def test_its_examples_are_the_datasets_as_flat_rgba(fresh, folder):
    about = fresh.examples()
    assert list(about) == ["classes", "sets", "training", "truths"]
    assert (about["classes"], about["sets"], list(about["truths"])) == (list("0123456789"), ["1", "2", "3"], FRAMES)
    assert [(each["set"], each["label"]) for each in about["training"]] == [(s, d) for s in "123" for d in "0123456789"]
    seven = about["training"][17]
    assert list(seven) == ["set", "label", "width", "height", "rgba"]
    rgba = seven["rgba"].reshape(seven["height"], seven["width"], 4)
    assert np.array_equal(rgba[:, :, :3], load_image(folder / "training/2/7.png"))
    assert (rgba[:, :, 3] == 255).all()


def test_pictures_may_be_decoded_by_another_decoder(fresh, folder):
    async def black(data):
        return np.zeros((9, 7, 3), np.uint8)

    asyncio.run(fresh.decode(black))
    assert {each["rgba"].max() for each in fresh.examples()["training"]} == {255}  # alpha
    assert {(each["width"], each["height"]) for each in fresh.examples()["training"]} == {(7, 9)}


def test_it_learns_and_reads_as_the_command_line_does(learned, folder, native):
    demo, result = learned
    dataset, cache = Dataset.load(folder), EmbeddingCache(native)
    head = train(dataset, cache, 2)
    assert list(result) == ["sets", "examples", "fit_s", "losses"]
    assert (result["sets"], result["examples"]) == (2, 20)
    assert result["fit_s"] > 0
    assert result["losses"] == pytest.approx(head.loss_curve_, abs=1e-4)
    assert demo.bench.learner.head.coef_ == pytest.approx(head.coef_, abs=1e-4)

    file = io.StringIO()
    write_csv(read_frames(dataset.frames, Reader(dataset.layout, head, native), cache), file)
    expected = list(csv.DictReader(io.StringIO(file.getvalue())))
    found = table(demo)
    assert [list(row) for row in found] == [list(row) for row in expected]
    assert confidences(demo) == pytest.approx([float(row.pop("confidence")) for row in expected], abs=2e-4)
    assert {row["confirmed"] for row in found} == {"no"}  # no two neighbours are alike
    alone = ("confidence", "confirmed")
    assert [{name: cell for name, cell in row.items() if name not in alone} for row in found] == [
        {name: cell for name, cell in row.items() if name not in alone} for row in expected
    ]


def test_the_testing_pictures_are_predicted_by_the_head_learned_last(folder, native, tmp_path):
    shutil.copytree(folder, tmp_path / "swapped")
    for name in "23":  # sets that call a zero one and a one zero
        for label, picture_of in ("01", "10"):
            source = folder / "training" / name / f"{picture_of}.png"
            shutil.copy(source, tmp_path / "swapped" / "training" / name / f"{label}.png")
    demo = Demo(tmp_path / "swapped", FRAMES, Awaited(native))

    async def run():
        results = []
        for sets in (1, 3):
            await demo.learn(sets, quiet)
            results.append(await demo.test(quiet))
        return results

    assert asyncio.run(run()) == [
        {"truths": list("0123456789"), "predictions": list("0123456789")},
        {"truths": list("0123456789"), "predictions": list("1023456789")},
    ]


def test_testing_embeds_each_testing_picture_once(fresh):
    async def run():
        await fresh.learn(1, quiet)
        counts, news = [len(fresh.bench.learner.backbone.seen)], []
        for _ in range(2):
            await fresh.test(news.append)
            counts.append(len(fresh.bench.learner.backbone.seen))
        return counts, news

    counts, news = asyncio.run(run())
    assert counts == [10, 20, 20]
    assert news[-1] == {"done": 10, "total": 10}


def test_without_testing_pictures_there_is_nothing_to_predict(folder, native, tmp_path):
    shutil.copytree(folder, tmp_path / "untested", ignore=shutil.ignore_patterns("testing"))
    demo = Demo(tmp_path / "untested", FRAMES, Awaited(native))

    async def run():
        await demo.learn(1, quiet)
        return await demo.test(quiet)

    assert asyncio.run(run()) == {"truths": [], "predictions": []}


def test_the_score_counts_the_first_readout_where_the_truth_is_known(learned):
    demo, _ = learned
    score, truths = demo.score(), demo.dataset.truths
    right = sum(text == truths[frame] for frame, text in zip(FRAMES, texts(demo), strict=True))
    assert (score["readings_correct"], score["readings_total"], score["digits_total"]) == (right, 3, 12)
    assert np.trace(score["confusion"]) == score["digits_correct"]
    assert np.sum(score["confusion"]) == 12


def test_the_score_of_no_readings_is_none_of_none(fresh):
    score = fresh.score()
    assert (score["digits_total"], score["readings_total"]) == (0, 0)
    assert np.sum(score["confusion"]) == 0


def test_learning_tells_every_crop_that_was_embedded(fresh):
    news = []
    asyncio.run(fresh.learn(1, news.append))
    assert {each["total"] for each in news} == {10}  # the examples, and no testing picture
    assert [each["done"] for each in news] == sorted(each["done"] for each in news)
    assert news[-1]["done"] == 10


def test_learning_other_sets_embeds_no_crop_twice_and_rereads(fresh):
    async def run():
        await fresh.learn(1, quiet)
        await read(fresh, FRAMES[:1])
        counts, tables = [len(fresh.bench.learner.backbone.seen)], [fresh.csv()]
        for sets in (3, 2, 1):
            await fresh.learn(sets, quiet)
            counts.append(len(fresh.bench.learner.backbone.seen))
            tables.append(fresh.csv())
        return counts, tables

    counts, tables = asyncio.run(run())
    assert counts == [18, 38, 38, 38]  # set 1 and 8 boxes; sets 2 and 3 are new once
    assert tables[3] == tables[0] != tables[1]


def test_a_demo_that_must_forget_embeddings_reads_the_same(fresh, learned):
    fresh.bench.learner._cache.limit = 4  # one readout

    async def run():
        await fresh.learn(1, quiet)
        await read(fresh, FRAMES)
        await fresh.learn(2, quiet)

    asyncio.run(run())
    assert len(fresh.bench.learner._cache) == 4
    assert texts(fresh) == texts(learned[0])
    assert confidences(fresh) == pytest.approx(confidences(learned[0]), abs=2e-4)


@pytest.mark.parametrize("calls", [0, 3, 8])
def test_a_progress_that_raises_cancels_and_what_was_embedded_is_kept(fresh, calls):
    seen = []

    def cancel(news):
        seen.append(news)
        if len(seen) > calls:
            raise Cancelled

    async def run():
        with pytest.raises(Cancelled):
            await fresh.learn(2, cancel)
        await asyncio.sleep(0.01)
        first = len(fresh.bench.learner.backbone.seen)
        assert fresh.bench.learner.head is None
        await fresh.learn(2, quiet)
        return first

    first = asyncio.run(run())
    assert first < 20
    assert len(fresh.bench.learner.backbone.seen) == 20


def test_nothing_is_read_before_anything_was_learned(fresh):
    assert asyncio.run(read(fresh, FRAMES[:1])) == []
    asyncio.run(fresh.learn(1, quiet))
    assert len(texts(fresh)) == 1  # what was seen by then


REFUSED = {
    # what: (call, what the message says)
    "testing before learning": (lambda demo: demo.test(quiet), "nothing has been learned yet: learn a set first"),
    "too many sets": (lambda demo: demo.learn(4, quiet), "sets is between 1 and 3, .*got 4"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_refused(fresh, call, message):
    with pytest.raises(ReadoutError, match=message):
        asyncio.run(call(fresh))


def test_a_demo_needs_a_layout(folder, native, tmp_path):
    shutil.copytree(folder / "training", tmp_path / "bare" / "training")
    with pytest.raises(ReadoutError, match="layout.json cannot be read"):
        Demo(tmp_path / "bare", FRAMES, Awaited(native))


# A dataset made to order, with a prior and without


@pytest.fixture
def knowing(knowing_backbone):
    return Awaited(knowing_backbone, knowing_backbone.prior)


@pytest.fixture
def ignorant(pixel_backbone):
    return Awaited(pixel_backbone, name="learns from examples alone")


@pytest.fixture
def made(make_dataset):
    return make_dataset()


def test_what_a_prior_knows_is_read_before_anything_is_learned(made, knowing):
    demo = Demo(made, MADE, knowing)
    (made / "training" / "1" / "0.png").rename(made / "0.png")
    (made / "training" / "1" / "0.png").write_bytes(b"damaged")
    assert asyncio.run(read(demo, MADE)) == TEXTS
    assert demo.describe()["knows"] == [*"0123456789A", "blank", "unknown"]
    assert "dataset" not in vars(demo)
    (made / "0.png").replace(made / "training" / "1" / "0.png")
    assert demo.score()["readings_correct"] == 3
    assert asyncio.run(demo.test(quiet)) == {"truths": list("0123"), "predictions": list("0123")}


def test_learning_no_set_is_what_was_known_and_learning_sets_moves_away_from_it(made, knowing):
    demo = Demo(made, MADE, knowing)

    async def run():
        await read(demo, MADE)
        told = [demo.csv()]
        for sets in (0, 1, 2, 0):
            result = await demo.learn(sets, quiet)
            assert (result["sets"], result["examples"]) == (sets, 4 * sets)
            assert texts(demo) == TEXTS
            told.append(demo.csv())
        return told

    at_once, none, one, two, none_again = asyncio.run(run())
    assert at_once == none == none_again
    assert len({none, one, two}) == 3


def test_shifted_training_pictures_are_embedded_once(made, knowing):
    demo = Demo(made, MADE, knowing)

    async def run():
        for sets in (1, 2, 1):
            await demo.learn(sets, quiet)

    asyncio.run(run())
    assert len(knowing.seen) == 2 * 4 * 25


def test_a_backbone_is_changed_and_changed_back(made, knowing, ignorant):
    demo = Demo(made, MADE, knowing)

    async def run():
        await read(demo, MADE)
        before = demo.csv()
        demo.bench.use(ignorant)
        assert (texts(demo), demo.describe()["knows"]) == ([], [])
        await demo.learn(2, quiet)
        assert await read(demo, MADE) == TEXTS
        other, seen = demo.csv(), len(knowing.seen)
        demo.bench.use(knowing)
        assert texts(demo) == []
        assert (await demo.learn(0, quiet))["examples"] == 0
        await read(demo, MADE)
        assert len(knowing.seen) == seen
        return before, other, demo.csv()

    before, other, back = asyncio.run(run())
    assert back == before != other
    for backbone in (knowing, ignorant):
        assert len(backbone.seen) == len(set(backbone.seen))


@pytest.mark.parametrize("sets", [1, 2])
def test_a_backbone_changed_in_the_midst_of_work_leaves_nothing_of_the_old_one(made, knowing, ignorant, sets):
    demo = Demo(made, MADE, ignorant)

    async def run():
        await demo.learn(sets, quiet)
        stale = [asyncio.ensure_future(work) for work in (demo.learn(2, quiet), read(demo, MADE))]
        await asyncio.sleep(0)
        demo.bench.use(knowing)
        await asyncio.gather(*stale, return_exceptions=True)
        assert demo.bench.learner.head.backbone_sha256 == knowing.sha256
        await demo.learn(0, quiet)
        await read(demo, MADE)
        return demo.csv()

    fresh = Demo(made, MADE, knowing)
    asyncio.run(read(fresh, MADE))
    assert asyncio.run(run()) == fresh.csv()


def test_a_prior_for_another_backbone_is_refused_and_the_one_in_use_stays(made, knowing, ignorant):
    bench = Demo(made, MADE, ignorant).bench
    knowing.prior = replace(knowing.prior, backbone_sha256="f" * 64)
    with pytest.raises(ReadoutError, match="the prior is for the backbone ffffffffffff…, got "):
        bench.use(knowing)
    assert (bench.learner.backbone, bench.learner.head) == (ignorant, None)


def test_a_review_names_the_readings_to_look_at(made, knowing):
    demo = Demo(made, MADE, knowing)
    assert demo.review() == {"readings": 0, "wrong": 0, "first": []}
    blend = load_image(made / "frames" / MADE[1]).astype(float)
    blend = (blend + load_image(made / "frames" / MADE[2])) / 2  # 3.0 over 2.2
    Image.fromarray(blend.astype(np.uint8)).save(made / "frames" / MADE[1])

    asyncio.run(read(demo, MADE[::-1]))
    found, sure = demo.review(), confidences(demo)
    assert found["readings"] == 3
    assert found["wrong"] == pytest.approx(sum(1 - each for each in sure), abs=2e-4)
    assert found["first"] == [{"frame": MADE[k], "readout": "main"} for k in review(sure).first]
    assert found["first"] == [{"frame": "image-2.png", "readout": "main"}]
    assert table(demo)[1]["flags"].startswith("doubtful")


def test_a_blank_box_is_a_space_and_another_glyph_a_question_mark_in_the_csv(made, knowing):
    frame = load_image(made / "frames" / MADE[0])
    blanked, strange = frame.copy(), frame.copy()
    blanked[6:16, 5:13] = 90
    strange[6:16, 5:13] = np.random.default_rng(99).integers(20, 236, (10, 8, 3))
    for name, pixels in {"blank.png": blanked, "strange.png": strange}.items():
        Image.fromarray(pixels).save(made / "frames" / name)
    demo = Demo(made, ["blank.png", "strange.png"], knowing)
    asyncio.run(read(demo, ["blank.png", "strange.png"]))
    blank, unknown = table(demo)
    assert (blank["text"], blank["value"]) == (" .2", "0.2")
    assert (unknown["text"], unknown["value"]) == ("?.2", "")
    assert ("unknown" in blank["flags"], "unknown" in unknown["flags"]) == (False, True)
    assert demo.score()["readings_total"] == 0  # their truths are not known
