"""One path from pixels to a backbone's input, the same to the last bit wherever it runs."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from readout.errors import ReadoutError
from readout.imaging.crops import Crop, cut, jitter, jittered
from readout.imaging.images import load_image
from readout.imaging.resample import resample, to_tensor

FRAME = np.random.default_rng(7).integers(0, 256, (24, 40, 3), np.uint8)

# Change these only together with a model or a head that was measured on the new pixels.
GOLDEN_RED = [
    [154, 178, 172, 152],
    [151, 103, 76, 85],
    [69, 100, 141, 173],
    [140, 185, 159, 97],
]
GOLDEN_SHA256 = "28e712655d0ae7cb8abe967a7d36f60cdc7b139a41c4a74a7cabe1f35d889d04"
BUNDLED_SHA256 = "37994a1c9d9088a9d9e9667361227b4630556408a9e360edb55a3ddf37f5ed07"


def grey_row(*values):
    return np.repeat(np.array(values, np.uint8)[None, :, None], 3, axis=2)


def one(frame, box, size):
    return resample(cut(frame, [box]), size)[0]


BY_HAND = [
    # pixels in a row, box's x and width, size, expected row
    ([0, 100], 0, 2, 2, [0, 100]),
    ([0, 100], 0, 2, 4, [0, 25, 75, 100]),
    ([0, 100, 200], 0.5, 2, 4, [25, 75, 125, 175]),
    ([0, 100, 200], 1, 1, 4, [100, 100, 100, 100]),
    ([8, 16, 24, 32], 0, 4, 2, [14, 26]),  # reduced: weights 3:3:1 over the pixels in reach
]


@pytest.mark.parametrize(("row", "x", "width", "size", "expected"), BY_HAND)
def test_bilinear_worked_out_by_hand(row, x, width, size, expected):
    assert one(grey_row(*row), (x, 0, width, 1), size)[0, :, 0].tolist() == expected


def bilinear(pixels, box, size):
    """Enlargement with the triangle filter in floating point, clamped at the block's edge."""

    def axis(start, length, count):
        at = np.clip(start + (np.arange(size) + 0.5) * length / size - 0.5, 0, count - 1)
        low = np.minimum(at.astype(int), max(count - 2, 0))
        return low, np.minimum(low + 1, count - 1), at - low

    x, y, w, h = box
    left, right, across = axis(x, w, pixels.shape[1])
    up, down, along = axis(y, h, pixels.shape[0])
    rows = pixels[up] * (1 - along)[:, None, None] + pixels[down] * along[:, None, None]
    return rows[:, left] * (1 - across)[:, None] + rows[:, right] * across[:, None]


@pytest.mark.parametrize("seed", range(12))
def test_fractional_boxes_agree_with_bilinear_interpolation(seed):
    random = np.random.default_rng(seed)
    w, h = random.uniform(1, 12, 2)
    box = (random.uniform(0, 40 - w), random.uniform(0, 24 - h), w, h)
    [crop] = cut(FRAME, [box])
    assert np.abs(one(FRAME, box, 32) - bilinear(crop.pixels, crop.box, 32)).max() <= 1  # 8-bit rounding


def pillow(crop, size):
    x, y, w, h = crop.box
    image = Image.fromarray(crop.pixels)
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, box=(x, y, x + w, y + h)))


SHAPES = [
    # height and width of the pixels; 0 for any between 1 and 80
    *[(0, 0)] * 40, (1, 1), (1, 0), (0, 1), (3, 200), (200, 3), (7, 7), (80, 60),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "shape"), enumerate(SHAPES))
def test_resampling_is_pillows_to_the_last_bit(seed, shape):
    random = np.random.default_rng(seed)
    height, width = (int(n or random.integers(1, 81)) for n in shape)
    crops = []
    for whole in (True, False, False, False):
        w, h = (width, height) if whole else random.uniform(0.05, (width, height))
        box = (random.uniform(0, width - w), random.uniform(0, height - h), w, h)
        spreads = (1, 256)  # a single colour, and noise
        crops += [Crop(random.integers(256 - spread, 256, (height, width, 3), np.uint8), box) for spread in spreads]
    crops.append(Crop(crops[-1].pixels ^ np.uint8(255), crops[-1].box))  # two of the same geometry
    for size in (1, 8, 32, int(random.integers(2, 150))):
        expected = np.stack([pillow(crop, size) for crop in crops])
        assert np.array_equal(resample(crops, size), expected), size


def test_resampling_in_pieces_changes_nothing():
    pixels = np.random.default_rng(3).integers(0, 256, (70, 30, 20, 3), np.uint8)
    crops = [Crop(picture, (0.25, 0.5, 19.0, 29.25)) for picture in pixels]
    assert np.array_equal(resample(crops, 64), np.stack([pillow(crop, 64) for crop in crops]))


def test_the_golden_crop():
    y, x, channel = np.ogrid[:24, :40, :3]
    frame = (7 * x + 11 * y + 50 * channel + x * y).astype(np.uint8)
    box = (20.5, 7.25, 8, 10.5)
    assert one(frame, box, 4)[:, :, 0].tolist() == GOLDEN_RED
    assert hashlib.sha256(one(frame, box, 224).tobytes()).hexdigest() == GOLDEN_SHA256


def test_the_golden_crop_of_the_bundled_data(data_folder):
    crop = Crop.whole(load_image(data_folder / "training" / "1" / "7.png"))
    assert hashlib.sha256(resample([crop], 224).tobytes()).hexdigest() == BUNDLED_SHA256


def test_a_box_of_whole_pixels_equals_the_saved_crop(tmp_path):
    x, y, w, h = 11, 5, 8, 10
    Image.fromarray(FRAME).crop((x, y, x + w, y + h)).save(tmp_path / "7.png")
    saved = Crop.whole(load_image(tmp_path / "7.png"))
    [cut_out] = cut(FRAME, [(x, y, w, h)])
    assert cut_out.key == saved.key
    assert np.array_equal(resample([cut_out], 224), resample([saved], 224))


@pytest.mark.parametrize("box", [(11, 5, 8, 10), (11.5, 5, 8, 10), (10.25, 4.75, 7.5, 9.5), (0, 0, 40, 24)])
def test_pixels_outside_the_covering_block_cannot_matter(box):
    x, y, w, h = box
    other = 255 - FRAME
    block = np.s_[int(y) : int(np.ceil(y + h)), int(x) : int(np.ceil(x + w))]
    other[block] = FRAME[block]
    assert cut(FRAME, [box])[0].key == cut(other, [box])[0].key
    assert np.array_equal(one(FRAME, box, 32), one(other, box, 32))


def test_every_pixel_of_the_block_matters():
    [crop] = cut(FRAME, [(11.5, 5, 7, 3)])
    before = resample([crop], 32)
    for y, x in np.ndindex(3, 8):
        changed = crop.pixels.copy()
        changed[y, x] ^= 128
        assert not np.array_equal(resample([Crop(changed, crop.box)], 32), before), (x, y)


BLOCKS = [
    # box, block's width and height, box inside the block
    ((11, 5, 8, 10), (8, 10), (0, 0, 8, 10)),
    ((11.5, 5, 8, 10), (9, 10), (0.5, 0, 8, 10)),
    ((11.25, 5.75, 7.5, 9.5), (8, 11), (0.25, 0.75, 7.5, 9.5)),
    ((39.5, 23.5, 0.5, 0.5), (1, 1), (0.5, 0.5, 0.5, 0.5)),
    ((0, 0, 40, 24), (40, 24), (0, 0, 40, 24)),
]


@pytest.mark.parametrize(("box", "size", "inner"), BLOCKS)
def test_the_block_is_the_smallest_that_covers_the_box(box, size, inner):
    [crop] = cut(FRAME, [box])
    assert (crop.pixels.shape[1], crop.pixels.shape[0]) == size
    assert crop.box == inner


@pytest.mark.parametrize("seed", range(20))
def test_a_box_that_ends_on_the_frames_edge_can_be_resampled(seed):
    w, h = np.random.default_rng(seed).uniform(0.01, 20, 2).tolist()
    assert one(FRAME, (40 - w, 24 - h, w, h), 8).shape == (8, 8, 3)


def test_crops_keep_their_order():
    boxes = [(20, 2, 8, 10), (1, 1, 3, 3), (7.5, 9, 8, 10)]
    together = resample(cut(FRAME, boxes), 16)
    assert np.array_equal(together, np.stack([one(FRAME, box, 16) for box in boxes]))


def test_no_crops_are_no_squares():
    assert resample([], 16).shape == (0, 16, 16, 3)
    assert to_tensor(resample([], 16)).shape == (0, 3, 16, 16)


# Bad input

PIXELS = np.zeros((4, 3, 3))
NAN = PIXELS + np.nan
NO_CROPS = [
    # pixels, what the message says came
    (NAN, r"got float64 of shape \(4, 3, 3\): load pictures .* or replace NaN, scale to 0..255"),
    (NAN.astype(np.float32), "got float32"),
    (PIXELS.astype(np.int64), "got int64"),
    (PIXELS.astype(bool), "got bool"),
    (PIXELS[:, :, 0].astype(np.uint8), r"got uint8 of shape \(4, 3\)"),
    (np.zeros((4, 3, 4), np.uint8), r"got uint8 of shape \(4, 3, 4\)"),
    (np.zeros((2, 4, 3, 3), np.uint8), r"got uint8 of shape \(2, 4, 3, 3\)"),
    (np.zeros((0, 3, 3), np.uint8), r"got uint8 of shape \(0, 3, 3\)"),
    (np.zeros((4, 0, 3), np.uint8), r"got uint8 of shape \(4, 0, 3\)"),
    (np.uint8(7), r"got uint8 of shape \(\)"),
    ([[[1, 2, 3]]], r"got list of shape \(1, 1, 3\)"),
    (None, "got NoneType"),
]


@pytest.mark.parametrize(("pixels", "message"), NO_CROPS, ids=range(len(NO_CROPS)))
def test_what_is_not_8_bit_rgb_is_no_crop(pixels, message):
    rule = r"a crop has at least one pixel, as uint8 RGB of shape \(height, width, 3\), "
    for make in (Crop.whole, lambda pixels: Crop(pixels, (0.0, 0.0, 3.0, 4.0))):
        with pytest.raises(ReadoutError, match=rule + message):
            make(pixels)


def test_a_frame_of_floats_is_cut_into_no_crops():
    with pytest.raises(ReadoutError, match="got float64 of shape"):
        cut(NAN, [(0, 0, 2, 2)])


@pytest.mark.parametrize(
    "box", [(-1, 0, 4, 4), (-40, -24, 4, 4), (37, 0, 4, 4), (0, 21, 4, 4), (2, 2, 0, 4), (2, 2, 4, -1),
            (float("nan"), 2, 4, 4), (2, 2, float("nan"), 4), (2, 2, 4, float("inf"))]
)  # fmt: skip
def test_a_box_outside_its_picture_is_refused(box):
    for make in (lambda: cut(FRAME, [box]), lambda: Crop(FRAME, box)):
        with pytest.raises(ReadoutError, match=r"lies inside its picture of 40 x 24, got \[.*: move it"):
            make()


@pytest.mark.parametrize("shape", [(1, 1, 3), (200, 3, 3), (3, 200, 3), (10, 8, 3)])
@pytest.mark.parametrize("size", [32, 224])
def test_a_single_colour_stays_what_it_is_in_any_shape(shape, size):
    pixels = np.full(shape, (255, 0, 137), np.uint8)
    for crop in jitter(Crop.whole(pixels)):
        assert (resample([crop], size) == pixels[0, 0]).all()


# Jitter

TEXTURE = np.random.default_rng(8).integers(0, 256, (24, 40, 3), np.uint8)
BOX = (11.25, 5.5, 8.0, 10.0)
SHIFTS = [(dx / 2, dy / 2) for dx in range(-2, 3) for dy in range(-2, 3)]


def keys(crops):
    return [crop.key for crop in crops]


def test_jitter_cuts_the_moved_boxes_out_of_a_known_frame():
    [crop] = cut(TEXTURE, [BOX], margin=1)
    moved = cut(TEXTURE, [(BOX[0] + dx, BOX[1] + dy, *BOX[2:]) for dx, dy in SHIFTS])
    assert jitter(crop)[0] is crop
    assert sorted(keys(jitter(crop))) == sorted(keys(moved))
    assert len(set(keys(moved))) == 25


@pytest.mark.parametrize("margin", [1, 2, 50])
def test_a_margin_changes_neither_the_key_nor_what_is_read(margin):
    [plain], [crop] = cut(TEXTURE, [BOX]), cut(TEXTURE, [BOX], margin)
    assert (crop.key, crop.box) == (plain.key, plain.box)
    assert np.array_equal(resample([crop], 32), resample([plain], 32))
    assert keys(jitter(crop)) == keys(jitter(cut(TEXTURE, [BOX], 1)[0]))


@pytest.mark.parametrize("box", [(0, 0, 8, 10), (32, 14, 8, 10), (0.5, 13.5, 8, 10), (0, 0, 40, 24)])
def test_beyond_what_is_known_the_edge_is_repeated(box):
    framed = np.pad(TEXTURE, ((2, 2), (2, 2), (0, 0)), mode="edge")
    moved = cut(framed, [(box[0] + 2 + dx, box[1] + 2 + dy, *box[2:]) for dx, dy in SHIFTS])
    assert sorted(keys(jitter(cut(TEXTURE, [box], margin=1)[0]))) == sorted(keys(moved))


def test_jitter_of_a_picture_repeats_its_edge():
    picture = TEXTURE[:10, :8]
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    moved = cut(padded, [(1 + dx, 1 + dy, 8, 10) for dx, dy in SHIFTS])
    assert sorted(keys(jitter(Crop.whole(picture)))) == sorted(keys(moved))


def shift_of(crop, base):
    """Where the brightness of a crop of a ramp says that it is, relative to another."""
    difference = resample([crop], 8)[0, 4, 4].astype(int) - resample([base], 8)[0, 4, 4]
    return tuple(difference[:2] / 8)


def test_shifts_come_nearest_first_and_balanced():
    y, x = np.mgrid[:20, :20]
    ramp = np.stack([8 * x, 8 * y, 0 * x], axis=2).astype(np.uint8)
    [crop] = cut(ramp, [(5, 6, 8, 8)], margin=1)
    shifts = np.array([shift_of(each, crop) for each in jitter(crop)])
    distances = np.hypot(*shifts.T)
    assert sorted(map(tuple, shifts.tolist())) == SHIFTS
    assert (np.diff(distances) >= 0).all()
    assert (np.cumsum(shifts, axis=0)[::2] == 0).all()  # after the 1st, 3rd, 5th …


BUDGETS = [
    # examples, limit, crops of each
    (0, 1000, 25), (1, 1000, 25), (40, 1000, 25), (41, 1000, 23), (80, 1000, 11), (250, 1000, 3),
    (334, 1000, 1), (1000, 1000, 1), (10_000, 1000, 1), (3, 10, 3), (3, 0, 1),
]  # fmt: skip


@pytest.mark.parametrize(("count", "limit", "each"), BUDGETS)
def test_jittered_examples_stay_within_the_limit(count, limit, each):
    pixels = np.random.default_rng(count).integers(0, 256, (count, 3, 2, 3), np.uint8)
    examples = [Crop.whole(picture) for picture in pixels]
    crops, origin = jittered(examples, limit)
    assert len(crops) == len(origin) <= max(limit, count)
    assert np.array_equal(origin, np.repeat(np.arange(count), each))
    assert all(crops[k * each] is example for k, example in enumerate(examples))
    if 0 < count <= 40:
        assert keys(crops) == [key for crop in examples for key in keys(jitter(crop)[:each])]


# Keys

SAME = Crop(FRAME[:10, :8], (0.0, 0.0, 8.0, 10.0))
KEYS = [
    # another crop, whether it has the same key
    (Crop(FRAME[:10, :8].copy(), (0.0, 0.0, 8.0, 10.0)), True),
    (Crop(FRAME[:10, :8], (0, 0, 8, 10)), True),
    (Crop(FRAME[:10, :8], tuple(np.array([0.0, 0, 8, 10]))), True),
    (Crop.whole(FRAME[:10, :8]), True),
    (Crop(FRAME[:10, :8], (0.0, 0.0, 7.5, 10.0)), False),
    (Crop(FRAME[:10, 1:9], (0.0, 0.0, 8.0, 10.0)), False),
    (Crop.whole(FRAME[:10, :8] ^ np.uint8(1)), False),
]


@pytest.mark.parametrize(("other", "same"), KEYS, ids=range(len(KEYS)))
def test_keys_are_equal_exactly_for_equal_pixels_and_box(other, same):
    assert (other.key == SAME.key) is same


def test_the_same_bytes_in_another_shape_have_another_key():
    box = (0.0, 0.0, 8.0, 8.0)
    assert Crop(FRAME[:10, :8], box).key != Crop(FRAME[:10, :8].reshape(8, 10, 3), box).key


def test_equal_boxes_at_other_places_share_a_key_where_the_pixels_do():
    pixels = np.tile(FRAME[:, :10], (1, 3, 1))
    first, second = cut(pixels, [(3.5, 2, 4, 5), (13.5, 2, 4, 5)])
    assert first.key == second.key


# Tensors


def test_a_tensor_maps_0_to_255_on_minus_1_to_1_channel_first():
    squares = np.zeros((2, 4, 4, 3), np.uint8)
    squares[1, 2, 3] = (0, 255, 51)
    tensor = to_tensor(squares)
    assert (tensor.shape, tensor.dtype, tensor.flags.c_contiguous) == ((2, 3, 4, 4), np.float32, True)
    assert tensor[1, :, 2, 3] == pytest.approx([-1, 1, -0.6], abs=1e-6)
    assert (tensor[0] == -1).all()


def test_every_byte_lands_in_range_and_in_order():
    values = to_tensor(np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3))[0, 0].ravel()
    assert (values[0], values[-1]) == (-1, 1)
    assert (np.diff(values) > 0).all()


# A part of the frame


PARTS = {
    # what: (box, the part's x, y, width, height)
    "whole pixels": ((12, 9, 5, 4), (10, 8, 20, 20)),
    "fractions": ((12.3, 9.7, 4.1, 3.9), (12, 9, 9, 9)),
    "as small as can be": ((12.3, 9.7, 4.1, 3.9), (12, 9, 5, 5)),
    "sums that round to a whole number in the frame alone": ((8.3, 8.3, 0.7, 0.7), (8, 8, 4, 4)),
    "at the frame's beginning": ((0.5, 0, 3, 3), (0, 0, 6, 6)),
    "at the frame's end": ((27.25, 21.5, 4.75, 2.5), (20, 20, 12, 4)),
}


@pytest.mark.parametrize("margin", [0, 2])
@pytest.mark.parametrize(("box", "part"), PARTS.values(), ids=PARTS)
def test_a_box_cut_out_of_a_part_is_the_one_cut_out_of_the_frame(box, part, margin):
    pixels = np.random.default_rng(6).integers(0, 256, (24, 32, 3), np.uint8)
    x, y, w, h = part
    [whole] = cut(pixels, [box], margin)
    [crop] = cut(pixels[y : y + h, x : x + w], [box], margin, origin=(x, y))
    assert crop.key == whole.key
    assert (crop.pixels.shape, crop.box) == (whole.pixels.shape, whole.box)


@pytest.mark.parametrize("origin", [(13, 8), (10, 10), (0, 0)])
def test_a_box_that_leaves_the_part_is_refused(origin):
    with pytest.raises(ReadoutError, match="a box has an area and lies inside its picture of 5 x 5"):
        cut(np.zeros((5, 5, 3), np.uint8), [(12, 9, 3, 3)], origin=origin)
