"""A dataset folder: what it holds, in which order, and every way in which it can be wrong."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image

from readout.data.dataset import Dataset, list_frames
from readout.data.examples import labels_of
from readout.errors import ReadoutError
from readout.imaging.images import load_image

GREY = Image.new("RGB", (8, 10), (90, 90, 90))


def names(paths):
    return [path.name for path in paths]


# What is loaded


def test_a_folder_is_read_by_set_and_label(make_dataset):
    dataset = Dataset.load(make_dataset(sets=2, labels="07", readings=("0.7", "7.7")))
    assert list(dataset.training) == ["1", "2"]
    assert [labels_of(examples) for examples in dataset.training.values()] == [["0", "7"], ["0", "7"]]
    assert [example.source for example in dataset.testing] == ["testing/9/0.png", "testing/9/7.png"]
    assert names(dataset.frames) == ["image-1.png", "image-2.png"]
    assert dataset.truths == {"image-1.png": "0.7", "image-2.png": "7.7"}
    assert dataset.layout.frame_size == (40, 24)
    assert dataset.classes == ["0", "7"]


def test_an_example_holds_the_pixels_of_its_file(make_dataset):
    root = make_dataset()
    example = Dataset.load(root).training["2"][3]
    assert example.source == "training/2/3.png"
    assert np.array_equal(example.crop.pixels, load_image(root / example.source))
    assert example.crop.box == (0, 0, 8, 10)


def test_sets_come_in_natural_order(make_dataset):
    dataset = Dataset.load(make_dataset(sets=11, labels="01", readings=()))
    assert list(dataset.training) == [str(number) for number in range(1, 12)]
    assert [example.source for example in dataset.first_sets(10)][-1] == "training/10/1.png"


@pytest.mark.parametrize("junk", [".DS_Store", "Thumbs.db", "desktop.ini", ".hidden.png"])
@pytest.mark.parametrize("place", ["training", "training/1", "testing", "frames"])
def test_what_systems_leave_behind_is_ignored(make_dataset, place, junk):
    root = make_dataset()
    (root / place / junk).write_bytes(b"junk")
    assert len(Dataset.load(root).first_sets(2)) == 8


def test_only_training_must_be_there(make_dataset):
    root = make_dataset()
    for part in ("testing", "frames"):
        shutil.rmtree(root / part)
    for part in ("layout.json", "labels.csv"):
        (root / part).unlink()
    dataset = Dataset.load(root)
    assert (dataset.testing, dataset.frames, dataset.layout, dataset.truths) == ([], [], None, {})


def test_the_ml5_demos_folder_works_with_a_layout_given(make_dataset, tmp_path):
    root = make_dataset()
    (root / "labels.csv").unlink()
    layout = (root / "layout.json").rename(tmp_path / "drawn.json")
    with pytest.raises(ReadoutError, match="has no layout.json: add one, or give one with --layout FILE"):
        Dataset.load(root).require_layout()
    dataset = Dataset.load(root, layout)
    assert dataset.require_layout().frame_size == (40, 24)
    assert (len(dataset.frames), dataset.truths) == (3, {})


def test_a_layout_given_replaces_the_folders_own(make_dataset, tmp_path):
    root = make_dataset()
    (tmp_path / "drawn.json").write_text((root / "layout.json").read_text().replace('"main"', '"given"'))
    assert Dataset.load(root, tmp_path / "drawn.json").layout.readouts[0].name == "given"


@pytest.mark.parametrize("label", ["A", "z", "é", "minus", "ok"])
def test_a_label_is_a_letter_or_a_digit_or_a_word(make_dataset, label):
    root = make_dataset(labels="01", readings=())
    GREY.save(root / "training" / "1" / f"{label}.png")
    assert label in Dataset.load(root).classes


def test_pictures_of_any_kind_can_be_examples(make_dataset):
    root = make_dataset(labels="01", readings=())
    GREY.convert("CMYK").save(root / "training" / "1" / "2.jpg")
    GREY.convert("P").save(root / "training" / "1" / "3.gif")
    assert Dataset.load(root).classes == ["0", "1", "2", "3"]


def test_the_bundled_dataset_is_whole(data_folder):
    dataset = Dataset.load(data_folder)
    assert [labels_of(examples) for examples in dataset.training.values()] == [list("0123456789")] * 8
    assert labels_of(dataset.testing) == list("0123456789")
    assert set(dataset.truths) == set(names(dataset.frames))
    assert len(dataset.frames) == 50


# The first sets


SETS = [
    # labels known without an example, sets, what the message says
    ("", 0, "between 1 and 2, .*got 0: without a prior, there is nothing to read with"),
    ("", -1, "between 1 and 2, .*got -1: ask for fewer, or add a folder"),
    ("", 3, "between 1 and 2, .*got 3: ask for fewer, or add a folder"),
    ("", 1000, "between 1 and 2, .*got 1000: ask for fewer, or add a folder"),
    ("0123", -1, "between 0 and 2, .*got -1"),
    ("0123", 3, "between 0 and 2, .*got 3: ask for fewer, or add a folder"),
    ("012", 0, "class 3 has no examples in the first 0 training sets: label at least one 3 there, or use more sets"),
]


@pytest.mark.parametrize(("known", "sets", "message"), SETS)
def test_sets_lie_between_one_or_none_and_those_there_are(make_dataset, known, sets, message):
    with pytest.raises(ReadoutError, match=message):
        Dataset.load(make_dataset(sets=2)).first_sets(sets, known)


KNOWN = [("0123", 0, 0), ("0123456789", 0, 0), ("0", 1, 4), ("0", 2, 8)]


@pytest.mark.parametrize(("known", "sets", "examples"), KNOWN)
def test_what_is_known_needs_no_example(make_dataset, known, sets, examples):
    assert len(Dataset.load(make_dataset(sets=2)).first_sets(sets, known)) == examples


def test_the_first_sets_show_every_class(make_dataset):
    root = make_dataset(sets=3)
    (root / "training" / "1" / "2.png").unlink()
    dataset = Dataset.load(root)
    with pytest.raises(ReadoutError, match="class 2 has no examples in the first 1 training sets: label at least"):
        dataset.first_sets(1)
    assert len(dataset.first_sets(2)) == 7
    assert len(dataset.first_sets(1, known=["2"])) == 3


# What is wrong


def spoil(place, content):
    """Writes `content` to a file of the dataset: bytes, or None for an empty folder."""

    def change(root):
        if content is None:
            shutil.rmtree(root / place, ignore_errors=True)
            (root / place).mkdir(parents=True)
        else:
            (root / place).write_bytes(content)

    return change


def truncate(place):
    return lambda root: (root / place).write_bytes((root / place).read_bytes()[:100])


HEAD = b"frame,reading\n"
WRONG = {
    # what: (change to the folder, what the message says)
    "no folder": (shutil.rmtree, "a dataset is a folder, got .*, which is none: check the path"),
    "no training folder": (
        lambda root: shutil.rmtree(root / "training"),
        r"lacks the folder 'training', got \['frames', .*\]: put labelled pictures into training/1/0.png",
    ),
    "training without sets": (spoil("training", None), "training has no sets: add the folder 1"),
    "empty set": (spoil("training/2", None), r"training.2 is empty: add its pictures, named by label, or remove"),
    "empty test set": (spoil("testing/9", None), r"testing.9 is empty"),
    "stray file among the sets": (spoil("training/0.png", b""), "one folder for each set, got the file 0.png: move it"),
    "name that is no label": (
        lambda root: (root / "training/1/3.png").rename(root / "training/1/crop-3.png"),
        "crop-3.png: a file is named by its label, one letter or digit .*, got 'crop-3': rename the file",
    ),
    "two digits are no label": (spoil("training/1/10.png", b""), "named by its label.*got '10'"),
    "truncated picture": (truncate("training/2/3.png"), r"training.2.3.png is not a picture"),
    "text named like a picture": (spoil("training/1/3.png", b"three"), r"training.1.3.png is not a picture"),
    "text among the pictures": (spoil("training/1/notes.txt", b"three"), "notes.txt is not a picture"),
    "folder among the pictures": (spoil("training/1/old", None), "old cannot be read"),
    "truncated test picture": (truncate("testing/9/3.png"), r"testing.9.3.png is not a picture"),
    "frames without pictures": (spoil("frames", None), "frames holds no pictures .*: add frames, or check the path"),
    "damaged layout": (spoil("layout.json", b"{"), "layout.json: a layout is JSON"),
    "empty labels": (spoil("labels.csv", b""), "labels.csv starts with the line 'frame,reading', got .*: add that"),
    "labels without a head": (spoil("labels.csv", b"image-1.png,1.2\n"), "starts with the line 'frame,reading'"),
    "labels in another encoding": (spoil("labels.csv", "frame,reading\n".encode("utf-16")), "as CSV in UTF-8"),
    "label without a reading": (
        spoil("labels.csv", HEAD + b"image-1.png,1.2\nimage-2.png\n"),
        "labels.csv, line 3: a line has a frame and a reading, got 'image-2.png': correct the line",
    ),
    "frame labelled twice": (
        spoil("labels.csv", HEAD + b"image-1.png,1.2\n\nimage-1.png,1.3\n"),
        "labels.csv, line 4: a frame appears once, got 'image-1.png,1.3': correct the line",
    ),
    "reading too short": (
        spoil("labels.csv", HEAD + b"image-1.png,1.\n"),
        "labels.csv, line 2: readout 'main' shows '#.#'.*got '1.': correct the reading",
    ),
    "reading with a comma": (spoil("labels.csv", HEAD + b'image-1.png,"1,2"\n'), "line 2: .*got '1,2'"),
    "reading with a space": (spoil("labels.csv", HEAD + b"image-1.png, 1.2\n"), "line 2: .*got ' 1.2'"),
    "no reading": (spoil("labels.csv", HEAD + b"image-1.png,\n"), "line 2: .*got ''"),
    "reading with a label that is never shown": (
        spoil("labels.csv", HEAD + b"image-1.png,1.2\nimage-2.png,3.O\n"),
        "line 3: a reading is made of labels that have training pictures, got '3.O' with 'O': correct the reading",
    ),
    "frames that are not there": (
        spoil("labels.csv", HEAD + b"image-1.png,1.2\nimage-8.png,1.2\nimage-9.png,1.2\n"),
        "labels.csv names frames that are not in .*frames: image-8.png, image-9.png: add the frames or remove",
    ),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_folder_is_named(make_dataset, change, message):
    root = make_dataset()
    change(root)
    with pytest.raises(ReadoutError, match=message):
        Dataset.load(root)


def test_a_layout_given_must_be_there(make_dataset, tmp_path):
    with pytest.raises(ReadoutError, match="none.json cannot be read .*give a layout with --layout"):
        Dataset.load(make_dataset(), tmp_path / "none.json")


# labels.csv


SPELLINGS = {
    "plain": b"frame,reading\nimage-1.png,1.2\nimage-3.png,2.2\n",
    "byte order mark": b"\xef\xbb\xbfframe,reading\nimage-1.png,1.2\nimage-3.png,2.2\n",
    "Windows line ends": b"frame,reading\r\nimage-1.png,1.2\r\nimage-3.png,2.2\r\n",
    "no end of line at the end": b"frame,reading\nimage-1.png,1.2\nimage-3.png,2.2",
    "quotes": b'"frame","reading"\n"image-1.png","1.2"\n"image-3.png","2.2"\n',
    "blank lines": b"frame,reading\n\nimage-1.png,1.2\n\nimage-3.png,2.2\n\n",
    "more columns": b"frame,reading,note\nimage-1.png,1.2,\nimage-3.png,2.2,blurred\n",
}


@pytest.mark.parametrize("content", SPELLINGS.values(), ids=SPELLINGS)
def test_labels_may_be_spelled_in_many_ways_and_name_some_frames_only(make_dataset, content):
    root = make_dataset()
    (root / "labels.csv").write_bytes(content)
    assert Dataset.load(root).truths == {"image-1.png": "1.2", "image-3.png": "2.2"}


def test_labels_without_a_layout_are_kept_unchecked(make_dataset):
    root = make_dataset()
    (root / "layout.json").unlink()
    (root / "labels.csv").write_bytes(HEAD + b"image-1.png,anything\n")
    assert Dataset.load(root).truths == {"image-1.png": "anything"}


def test_labels_without_frames_are_no_error(make_dataset):
    root = make_dataset()
    shutil.rmtree(root / "frames")
    assert len(Dataset.load(root).truths) == 3


# Frames


def test_frames_are_the_pictures_of_a_folder_in_natural_order(tmp_path):
    for name in ("image-10.png", "image-9.PNG", "image-1.jpeg", "notes.txt", "labels.csv"):
        (tmp_path / name).touch()
    (tmp_path / "old.png").mkdir()
    (tmp_path / "more").mkdir()
    assert names(list_frames(tmp_path)) == ["image-1.jpeg", "image-9.PNG", "image-10.png"]


def test_one_picture_is_a_list_of_one(tmp_path):
    (tmp_path / "shot.dat").touch()
    assert list_frames(tmp_path / "shot.dat") == [tmp_path / "shot.dat"]


def test_frames_that_are_not_there_are_named(tmp_path):
    with pytest.raises(ReadoutError, match="a folder of pictures or one picture, got .*none, which is not there"):
        list_frames(tmp_path / "none")


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_frame_that_is_a_broken_link_is_not_passed_over(tmp_path):
    (tmp_path / "image-1.png").symlink_to(tmp_path / "gone.png")
    assert names(list_frames(tmp_path)) == ["image-1.png"]
