"""What exists in Python and in the page: Python's side of the tables in tests/cases. tests/site has the other one."""

import random
from types import SimpleNamespace

import pytest
from PIL import Image

from readout.data.dataset import Dataset, natural_order
from readout.detection.hints import format_of
from readout.errors import ReadoutError
from readout.files.foreign_zip import plain_path
from readout.files.kinds import kind_of
from readout.files.zip_archive import Archive, pack
from readout.files.zip_names import decoded_names
from readout.layout.box import hull
from readout.layout.layout import Readout
from readout.layout.region import Region
from readout.project.document import labels_in
from readout.readings.reading import number
from readout.rules.rules import plain
from readout.video.decoder import _told
from readout.video.frame_regions import _another_size, _turned, same_shape
from readout.video.packets import PacketIndex
from tests.case_tables import cases

GREY = Image.new("RGB", (8, 10), (90, 90, 90))


def of(table, key=None):
    """A parametrization by the cases of a table, or of one of its lists, named by their first text."""
    found = cases(table)[key] if key else cases(table)
    return pytest.mark.parametrize("case", found, ids=[f"{k}" for k in range(len(found))])


@of("formats", "typed")
def test_a_typed_text_has_a_format(case):
    assert format_of(case["text"]) == case["format"]


@of("formats", "shown")
def test_a_text_follows_a_format_or_not(case):
    readout = Readout("top", case["format"], ((0.0, 0.0, 1.0, 1.0),) * case["format"].count("#"))
    if case["labels"] is None:
        with pytest.raises(ReadoutError, match="correct the reading or the format"):
            labels_in(readout, case["text"])
    else:
        assert labels_in(readout, case["text"]) == case["labels"]


@of("numbers", "stated")
def test_a_text_states_a_number_or_none(case):
    assert number(case["text"]) == case["value"]


@of("numbers", "plain")
def test_a_number_is_written_as_people_do(case):
    assert plain(case["value"]) == case["text"]


@of("natural_order")
def test_names_have_an_order(case):
    for seed in range(5):
        assert sorted(random.Random(seed).sample(case, len(case)), key=natural_order) == case


@of("hulls")
def test_a_turned_window_has_an_upright_box_around_it(case):
    assert hull(tuple(case["window"]), case["turn"]) == pytest.approx(case["hull"], abs=1e-5)


@of("regions", "even")
def test_regions_are_aligned_to_even_pixels(case):
    assert list(Region("", *case["region"]).aligned_to_even(tuple(case["frame"])).box) == case["aligned"]


@of("regions", "turned")
def test_regions_of_turned_clips_lie_elsewhere_as_stored(case):
    rotation, coded = case["rotation"], tuple(case["coded_size"])
    stored = _turned(Region("", *case["upright"]), rotation, coded)
    assert list(stored.box) == case["coded"]
    upright = coded[::-1] if rotation % 180 else coded
    assert list(_turned(stored, -rotation % 360, upright).box) == case["upright"]


@of("video_reading", "spans")
def test_spans_of_packets_are_planned(case):
    places = {time: at for at, time in enumerate(case["order"])}
    assert PacketIndex(case["order"], case["keys"], places=places).spans(case["wanted"]) == case["spans"]


@of("video_reading", "lost")
def test_frames_that_are_lost_are_told_in_sentences(case):
    assert _told(case["lost"]) == case["told"]


@of("video_reading", "another_size")
def test_a_change_of_size_is_told(case):
    clip = SimpleNamespace(coded=tuple(case["coded"]), rotation=case["rotation"])
    assert _another_size(tuple(case["now"]), clip) == case["told"]
    assert same_shape(tuple(case["now"]), clip.coded) == case["same_shape"]


@of("zip_paths")
def test_paths_in_zips_of_projects_are_plain(case):
    data = pack({"a" * len(case["path"].encode()): b"x"}).replace(
        b"a" * len(case["path"].encode()), case["path"].encode()
    )
    if case["path"].isascii() and not case["project"]:
        with pytest.raises(ReadoutError, match="plain paths inside it"):
            Archive(data)
    else:
        assert Archive(pack({case["path"]: b"x"})).paths == [case["path"]]


@of("zip_paths")
def test_paths_in_zips_of_pictures_stay_inside_and_become_plain(case):
    assert plain_path(case["path"]) == case["pictures"]


@of("zip_names")
def test_names_in_zips_have_an_encoding(case):
    assert decoded_names([(bytes.fromhex(each), case["utf8"]) for each in case["bytes"]]) == (
        case["names"],
        case["sure"],
    )


@of("file_kinds")
def test_a_file_is_known_by_its_first_bytes(case):
    assert kind_of(bytes.fromhex(case["head"])) == case["kind"]


@of("dataset_folders")
def test_a_folder_is_a_dataset(case, tmp_path):
    layout = (
        '{"version": 1, "frame_size": [8, 10], "readouts": [{"name": "top", "format": "#", "boxes": [[0, 0, 8, 10]]}]}'
    )
    texts = {"layout.json": layout, "labels.csv": "frame,reading\n"}
    for path in case["paths"]:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in (".png", ".jpg") and not file.name.startswith("."):
            GREY.save(file)
        else:
            file.write_text(texts.get(file.name, ""))
    found = Dataset.load(tmp_path / "d")
    assert [each.source for examples in found.training.values() for each in examples] == case["training"]
    assert [each.source for each in found.testing] == case["testing"]
    assert [path.name for path in found.frames] == case["frames"]
    assert (found.layout is not None) == ("layout.json" in case["lists"])
