"""A sitting that starts with knowledge, changes its backbone, and gets no more of a frame than it needs."""

import asyncio
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from readout.errors import ReadoutError
from readout.imaging.images import load_image
from readout.readings.reading import review
from readout.workbench.demo import Session
from tests.core.awaited import Awaited

FRAMES = ["image-1.png", "image-2.png", "image-3.png"]
TEXTS = ["1.2", "3.0", "2.2"]


@pytest.fixture
def knowing(knowing_backbone):
    return Awaited(knowing_backbone, knowing_backbone.prior)


@pytest.fixture
def ignorant(pixel_backbone):
    return Awaited(pixel_backbone, name="learns from examples alone")


@pytest.fixture
def folder(make_dataset):
    return make_dataset()


def quiet(news):
    pass


def picture(folder, name):
    return (folder / "frames" / name).read_bytes()


async def read_all(session, names=FRAMES):
    return [await session.read(name, "main", quiet, picture(session.folder, name)) for name in names]


def texts(readings):
    return [reading["text"] for reading in readings]


# Before training


def test_what_a_prior_knows_is_read_before_any_training(folder, knowing):
    session = Session(folder, knowing)
    readings = asyncio.run(read_all(session))
    assert texts(readings) == TEXTS
    assert session.describe()["knows"] == [*"0123456789A", "blank", "unknown"]
    assert session.score()["readings_correct"] == 3
    assert session.inspect(FRAMES[0], "main")["classes"] == [*"0123456789", "blank", "unknown"]
    assert "dataset" in vars(session)  # score had to know the truths; reading did not


def test_reading_needs_no_training_pictures(folder, knowing):
    (folder / "training" / "1" / "0.png").write_bytes(b"damaged")
    assert texts(asyncio.run(read_all(Session(folder, knowing)))) == TEXTS


def test_the_testing_pictures_are_read_before_any_training(folder, knowing):
    tested = asyncio.run(Session(folder, knowing).test(quiet))
    assert tested == {"truths": list("0123"), "predictions": list("0123")}


def test_learning_no_set_is_what_was_known_and_learning_sets_moves_away_from_it(folder, knowing):
    session = Session(folder, knowing)

    async def run():
        told = [await read_all(session)]
        for sets in (0, 1, 2, 0):
            trained = await session.train(sets, quiet)
            assert (trained["sets"], trained["examples"]) == (sets, 4 * sets)
            told.append(session.readings())
        return told

    at_once, none, one, two, none_again = asyncio.run(run())
    assert at_once == none == none_again
    assert texts(one) == texts(two) == TEXTS
    confidences = [[reading["confidence"] for reading in readings] for readings in (none, one, two)]
    assert confidences[0] != confidences[1] != confidences[2]


def test_shifted_training_pictures_are_embedded_once(folder, knowing):
    session = Session(folder, knowing)

    async def run():
        for sets in (1, 2, 1):
            await session.train(sets, quiet)

    asyncio.run(run())
    assert len(knowing.seen) == 2 * 4 * 25


# Another backbone


def test_a_backbone_is_changed_and_changed_back(folder, knowing, ignorant):
    session = Session(folder, knowing)

    async def run():
        before = await read_all(session)
        session.use(ignorant)
        assert session.readings() == []
        assert session.describe()["knows"] == []
        with pytest.raises(ReadoutError, match="nothing has been learned yet: train first"):
            await session.read(FRAMES[0], "main", quiet)
        await session.train(2, quiet)
        other = [await session.read(name, "main", quiet) for name in FRAMES]  # without their pictures
        seen = len(knowing.seen)
        session.use(knowing)
        assert session.readings() == []
        back = [await session.read(name, "main", quiet) for name in FRAMES]
        assert len(knowing.seen) == seen
        return before, other, back

    before, other, back = asyncio.run(run())
    assert texts(other) == TEXTS
    assert back == before
    assert other != before
    for backbone in (knowing, ignorant):
        assert len(backbone.seen) == len(set(backbone.seen))


@pytest.mark.parametrize("sets", [1, 2])
def test_a_backbone_changed_in_the_midst_of_work_leaves_nothing_of_the_old_one(folder, knowing, ignorant, sets):
    session = Session(folder, ignorant)

    async def run():
        await session.train(sets, quiet)
        stale = [asyncio.ensure_future(work) for work in (session.train(2, quiet), read_all(session))]
        await asyncio.sleep(0)
        session.use(knowing)
        await asyncio.gather(*stale, return_exceptions=True)
        assert session.head.backbone_sha256 == knowing.sha256
        return await read_all(session)

    readings = asyncio.run(run())
    fresh = asyncio.run(read_all(Session(folder, knowing)))
    assert readings == session.readings() == fresh


def test_a_prior_for_another_backbone_is_refused_and_the_one_in_use_stays(folder, knowing, ignorant):
    session = Session(folder, ignorant)
    knowing.prior = replace(knowing.prior, backbone_sha256="f" * 64)
    with pytest.raises(ReadoutError, match="the prior is for the backbone ffffffffffff…, got "):
        session.use(knowing)
    assert (session.backbone, session.cache.backbone, session.head) == (ignorant, ignorant, None)


# A part of the frame


REGIONS = {
    # what: (boxes of the layout, x, y, width, height)
    "as small as can be": ([[5, 6, 8, 10], [14, 6, 8, 10]], (5, 6, 17, 10)),
    "from the frame's corner": ([[5, 6, 8, 10], [14, 6, 8, 10]], (0, 0, 30, 20)),
    "the whole frame": ([[5, 6, 8, 10], [14, 6, 8, 10]], (0, 0, 40, 24)),
    "to the frame's end": ([[5, 6, 8, 10], [30.5, 12.25, 9.5, 11.75]], (5, 6, 35, 18)),
    "fractions": ([[5.3, 6.1, 7.9, 9.7], [14.25, 5.5, 8.1, 10.3]], (5, 5, 18, 11)),
    "sums that round": ([[8.3, 8.3, 7.7, 7.7], [17.1, 8.3, 0.9, 3.7]], (8, 8, 11, 9)),
    "a little more than needed": ([[5.3, 6.1, 7.9, 9.7], [14.25, 5.5, 8.1, 10.3]], (3, 4, 22, 15)),
}


def region_of(folder, name, x, y, width, height, channels=4):
    """What the page gives for a part of a frame."""
    frame = load_image(folder / "frames" / name)
    part = np.full((height, width, channels), 255, np.uint8)
    part[:, :, :3] = frame[y : y + height, x : x + width]
    about = {"x": x, "y": y, "width": width, "height": height, "frame_width": 40, "frame_height": 24}
    return {**about, "rgba": part.tobytes()}


def texture(folder, boxes):
    """Frames of noise, so that no pixel is like its neighbour, and the boxes of the layout."""
    layout = json.loads((folder / "layout.json").read_text())
    layout["readouts"][0]["boxes"] = boxes
    (folder / "layout.json").write_text(json.dumps(layout))
    noise = np.random.default_rng(8).integers(0, 256, (24, 40, 3), np.uint8)
    Image.fromarray(noise).save(folder / "frames" / FRAMES[0])


@pytest.mark.parametrize(("boxes", "region"), REGIONS.values(), ids=REGIONS)
def test_a_part_of_a_frame_is_read_as_the_whole_is_to_the_last_bit(folder, knowing, boxes, region):
    texture(folder, boxes)

    async def run():
        whole, part = Session(folder, knowing), Session(folder, knowing)
        readings = [
            await whole.read(FRAMES[0], "main", quiet, picture(folder, FRAMES[0])),
            await part.read_region(FRAMES[0], "main", quiet, region_of(folder, FRAMES[0], *region)),
        ]
        return readings, [session.inspect(FRAMES[0], "main") for session in (whole, part)]

    (one, other), (seen, seen_of_part) = asyncio.run(run())
    assert one == other
    for box, of_part in zip(seen.pop("boxes"), seen_of_part.pop("boxes"), strict=True):
        assert np.array_equal(box.pop("rgba"), of_part.pop("rgba"))
        assert box == of_part
    assert seen == seen_of_part
    assert len(knowing.seen) == 4  # two boxes in each session
    assert knowing.seen[:2] == knowing.seen[2:]


def test_a_part_may_follow_the_whole_and_keeps_its_reading(folder, knowing):
    session = Session(folder, knowing)

    async def run():
        await read_all(session, FRAMES[:1])
        return await session.read_region(FRAMES[0], "main", quiet, region_of(folder, FRAMES[0], 5, 6, 17, 10))

    assert asyncio.run(run())["text"] == "1.2"
    assert len(session.readings()) == 1
    assert len(knowing.seen) == 2


WRONG_REGIONS = {
    # what: (changes to the region, what the message says)
    "a frame of another size": ({"frame_width": 41}, "image-1.png is 41 x 24, the layout is for frames of 40 x 24"),
    "a frame lying on its side": ({"frame_width": 24, "frame_height": 40}, "image-1.png is 24 x 40, the layout"),
    "a box to its left": ({"x": 6}, "a box has an area and lies inside its picture of 17 x 10, got"),
    "a box above": ({"y": 7}, "a box has an area and lies inside its picture of 17 x 10, got"),
    "a box to its right": ({"x": 4}, "a box has an area and lies inside its picture of 17 x 10, got"),
}


@pytest.mark.parametrize(("change", "message"), WRONG_REGIONS.values(), ids=WRONG_REGIONS)
def test_a_part_that_cannot_be_read_is_refused(folder, knowing, change, message):
    session = Session(folder, knowing)
    region = region_of(folder, FRAMES[0], 5, 6, 17, 10) | change
    with pytest.raises(ReadoutError, match=message):
        asyncio.run(session.read_region(FRAMES[0], "main", quiet, region))
    assert session.readings() == []


# Review


def test_a_review_names_the_readings_to_look_at(folder, knowing):
    session = Session(folder, knowing)
    assert session.review() == {"readings": 0, "wrong": 0, "first": []}
    blend = load_image(folder / "frames" / FRAMES[1]).astype(float)
    blend = (blend + load_image(folder / "frames" / FRAMES[2])) / 2  # 3.0 over 2.2
    Image.fromarray(blend.astype(np.uint8)).save(folder / "frames" / FRAMES[1])

    asyncio.run(read_all(session, list(reversed(FRAMES))))
    found, confidences = session.review(), [reading["confidence"] for reading in session.readings()]
    assert found["readings"] == 3
    assert found["wrong"] == pytest.approx(sum(1 - confidence for confidence in confidences))
    assert found["first"] == [{"frame": FRAMES[k], "readout": "main"} for k in review(confidences).first]
    assert found["first"] == [{"frame": "image-2.png", "readout": "main"}]
    assert "doubtful" in session.readings()[1]["flags"]


# Boxes that show no digit


def test_a_blank_box_is_read_as_a_space_and_another_glyph_as_unknown(folder, knowing):
    frame = load_image(folder / "frames" / FRAMES[0])
    blanked = frame.copy()
    blanked[6:16, 5:13] = 90
    strange = frame.copy()
    strange[6:16, 5:13] = np.random.default_rng(99).integers(20, 236, (10, 8, 3))
    for name, pixels in {"blank.png": blanked, "strange.png": strange}.items():
        Image.fromarray(pixels).save(folder / "frames" / name)
    session = Session(folder, knowing)
    blank, unknown = asyncio.run(read_all(session, ["blank.png", "strange.png"]))
    assert (blank["text"], blank["value"], blank["labels"]) == (" .2", 0.2, ["blank", "2"])
    assert (unknown["text"], unknown["value"], unknown["labels"]) == ("?.2", None, ["unknown", "2"])
    assert "unknown" in unknown["flags"]
    assert "unknown" not in blank["flags"]
    assert '"' not in session.to_csv()
    assert "blank.png,,main, .2,0.2," in session.to_csv()
