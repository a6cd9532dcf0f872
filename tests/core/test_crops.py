"""One path from pixels to a backbone's input, the same to the last bit wherever it runs."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from readout.crops import Crop, cut, resample, to_tensor
from readout.images import load_image

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
    (Crop(FRAME[:10, :8].reshape(8, 10, 3), (0.0, 0.0, 8.0, 10.0)), False),
    (Crop.whole(FRAME[:10, :8] ^ np.uint8(1)), False),
]


@pytest.mark.parametrize(("other", "same"), KEYS, ids=range(len(KEYS)))
def test_keys_are_equal_exactly_for_equal_pixels_and_box(other, same):
    assert (other.key == SAME.key) is same


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
