"""Draws the bundled data set, or another one like it: frames, labels, layout, crops and a clip.

python data/generate.py                                  redraws data/ itself
python data/generate.py --seed 7 --out DIR --frames 20   draws an unseen set into DIR
python data/generate.py --seed 7 --out DIR --clip        the same, with a clip
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

from thermal_viewer import DrawingError, clip
from thermal_viewer.crops import DONORS, STREAM, plan
from thermal_viewer.values import label_text
from thermal_viewer.viewer import Viewer, layout

HERE = Path(__file__).resolve().parent
SEED, FRAMES = 2019, 50
SUMS = "SHA256SUMS"
CLIP = ("clip.csv", "clip.webm")


def frame_name(k):
    """File name of frame k, counted from 0."""
    return f"image-{k + 1:04d}.png"


def labels_csv(tops):
    """Text of labels.csv: the true top reading of every frame. tops: (n,) hundredths."""
    rows = [f"{frame_name(k)},{label_text(top)}" for k, top in enumerate(tops)]
    return "\n".join(["frame,reading", *rows]) + "\n"


def layout_json():
    """Text of layout.json, one readout a line."""
    found = layout()
    readouts = ",\n  ".join(json.dumps(readout) for readout in found["readouts"])
    return f'{{"version": {found["version"]}, "frame_size": {found["frame_size"]},\n "readouts": [\n  {readouts}]}}\n'


def draw_frames(viewer, out):
    """Writes every frame of a viewer into out/frames, telling how far it is."""
    folder = out / "frames"
    folder.mkdir(parents=True, exist_ok=True)
    names = {frame_name(k) for k in range(len(viewer.tops))}
    strangers = sorted(p.name for p in folder.iterdir() if p.name not in names)
    if strangers:
        raise DrawingError(
            f"{folder} may hold only the {len(names)} frames drawn now, got "
            f"{strangers[0]}: delete it or choose another --out"
        )
    for k in range(len(viewer.tops)):
        viewer.frame(k).save(folder / frame_name(k), optimize=True)
        _progress("frame", k + 1, len(viewer.tops))


def draw_crops(seed, out):
    """Writes training/ and testing/, cut from frames that are not in out/frames."""
    viewer = Viewer(seed, DONORS, STREAM)
    cuts = sorted(plan(seed, viewer.tops), key=lambda cut: cut.donor)
    frame, drawn = None, None
    for done, cut in enumerate(cuts, 1):
        if cut.donor != drawn:
            frame, drawn = viewer.frame(cut.donor), cut.donor
        path = out / cut.name
        path.parent.mkdir(parents=True, exist_ok=True)
        cut.take(frame).save(path, optimize=True)
        _progress("crop", done, len(cuts))


def draw_clip(seed, out):
    """Writes clip.webm and clip.csv, the truth about it."""
    drawn = clip.Clip(seed)
    count = len(drawn.readings)

    def pictures():
        for k in range(count):
            yield drawn.pixels(k)
            _progress("clip frame", k + 1, count)

    clip.write(pictures(), out / "clip.webm")
    (out / "clip.csv").write_text(clip.csv(drawn.readings), encoding="utf-8", newline="\n")


def sums(out):
    """Text of SHA256SUMS: every drawn file below `out`, as `sha256sum -c` reads it."""
    drawn = [out / "labels.csv", out / "layout.json"]
    drawn += [out / name for name in CLIP if (out / name).exists()]
    for folder in ("frames", "testing", "training"):
        drawn += (out / folder).rglob("*.png")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(out).as_posix()}" for path in drawn]
    return "\n".join(sorted(lines, key=lambda line: line[66:])) + "\n"


def draw(seed, out, frames, with_clip=False):
    """Draws a whole set into the folder `out`; the bundled set always has its clip.

    Raises: DrawingError if the bundled set would be overwritten by another one, the folder
    holds other frames or another clip, or the font or PyAV can't be had.
    """
    with_clip = with_clip or out.resolve() == HERE
    if out.resolve() == HERE and (seed, frames) != (SEED, FRAMES):
        raise DrawingError(
            f"the bundled set has seed {SEED} and {FRAMES} frames, got seed {seed} "
            f"and {frames} frames: name another folder with --out"
        )
    if with_clip:
        clip.encoder()
    elif strangers := [name for name in CLIP if (out / name).exists()]:
        raise DrawingError(
            f"{out} may hold a clip only with --clip, got {strangers[0]}: "
            "delete it, ask for --clip or choose another --out"
        )
    viewer = Viewer(seed, frames)
    draw_frames(viewer, out)
    draw_crops(seed, out)
    if with_clip:
        draw_clip(seed, out)
    (out / "labels.csv").write_text(labels_csv(viewer.tops), encoding="utf-8", newline="\n")
    (out / "layout.json").write_text(layout_json(), encoding="utf-8", newline="\n")
    (out / SUMS).write_text(sums(out), encoding="utf-8", newline="\n")


def main(arguments=None):
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED, help=f"default {SEED}, the bundled set")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="default data/")
    parser.add_argument("--frames", type=int, default=FRAMES, metavar="N", help=f"default {FRAMES}")
    parser.add_argument("--clip", action="store_true", help="also draw a clip; needs PyAV")
    asked = parser.parse_args(arguments)
    try:
        if asked.seed < 0:
            raise DrawingError(f"a seed is a whole number from 0 up, got {asked.seed}: choose another --seed")
        draw(asked.seed, asked.out, asked.frames, asked.clip)
    except DrawingError as error:
        print(f"generate: {error}", file=sys.stderr)
        return 1
    return 0


def _progress(noun, done, total):
    if done == total:
        print(f"{noun} {done} of {total}", file=sys.stderr)
    elif sys.stderr.isatty():
        print(f"{noun} {done} of {total}", end="\r", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
