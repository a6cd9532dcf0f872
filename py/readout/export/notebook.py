"""The lesson as a Jupyter notebook: its steps' code, its pictures, and what the page read with them."""

import base64
import json
import textwrap
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..evaluation.lesson import Lesson

FORMAT = 4, 5
"""The version of Jupyter's notebook format."""
_HIDDEN = {"jupyter": {"source_hidden": True}}
_BEGIN = """\
%load_ext readout.evaluation.jupyter

import base64
import json
import zlib

import numpy as np
from IPython.display import display
from PIL import Image

import readout
from readout import OnnxBackbone
from readout.evaluation.edited_code import applied
from readout.evaluation.lesson import Lesson

print("Readout", readout.__version__)"""
_OPEN = """\
lesson = Lesson.from_bytes(zlib.decompress(base64.b64decode(PICTURES)))
frames = {frame for frame, readout in lesson.frames}
print(len(lesson.training), "pictures to learn from,", len(frames), "frames to read")"""
_RUN = """\
sets = {sets}
backbone = OnnxBackbone.named({backbone!r})  # {names}

with applied(steps):
    found = lesson.first_sets(sets).run(backbone)

score = found["score"]
print(score["digits_correct"], "of", score["digits_total"], "digits,", end=" ")
print(score["readings_correct"], "of", score["readings_total"], "readings")"""
_MATRIX = """\
print("    read as")
print("    " + "".join(f"{label:>4}" for label in score["classes"]))
for label, row in zip(score["classes"], score["confusion"], strict=True):
    print(f"{label:>4}" + "".join(f"{count or '·':>4}" for count in row))"""
_MISTAKES = """\
first = lesson.layout.readouts[0].name
truths = {(frame, first): truth for frame, truth in lesson.truths.items() if frame in frames}
read = {(each["frame"], each["readout"]): each["text"] for each in found["readings"]}
wrong = [key for key, truth in truths.items() if read[key] != truth]
for key in wrong[:5]:
    print(key[0], "shows", truths[key], "and was read as", read[key])
    crops = [Image.fromarray(crop.pixels).resize((64, 80)) for crop in lesson.frames[key]]
    display(Image.fromarray(np.hstack([np.asarray(crop) for crop in crops])))
print(len(wrong), "of", len(truths), "readings are wrong")"""
_COMPARE = """\
on_page = [(frame, name, text) for name, texts in json.loads(PAGE).items() for frame, text in texts.items()]
other = [(frame, name, text, read[frame, name]) for frame, name, text in on_page if read[frame, name] != text]
for frame, name, text, mine in other[:10]:
    print(frame, name, "was", text, "on the page, and is", mine, "here")
print(len(on_page) - len(other), "of", len(on_page), "readings are what the page read")"""


@dataclass(frozen=True)
class Step:
    """A step of the lesson. source: what its code stands for, as `evaluation.edited_code.applied` names it."""

    title: str
    text: str
    source: str
    code: str


def lesson_notebook(
    lesson: Lesson,
    steps: Sequence[Step],
    *,
    sets: int,
    backbone: str,
    backbones: Sequence[str],
    page: Mapping[str, Any] | None = None,
    wheel: str | None = None,
) -> str:
    """The text of an .ipynb that learns `sets` training sets of a lesson, reads its frames and scores that.

    backbone: the name of its model's file, one of `backbones`. page: what the page read with just this: 'score' as
    `evaluation.metrics.scored`, and 'readings', by readout and frame the text; None where it has read nothing with
    this code. wheel: the address of the project's wheel, where the page has one. The notebook holds the crops, no
    embedding: those are made where it runs.
    """
    pictures = base64.b64encode(zlib.compress(lesson.to_bytes(), 9)).decode()
    names = " or ".join(f'"{name}"' for name in backbones)
    cells = [
        _markdown(f"# It knows cats. Teach it digits.\n\n{_introduction(page)}"),
        _markdown(f"## Install Readout\n\n{_installation(wheel)}"),
        *([_code(f'%pip install --quiet "{wheel}"')] if wheel else []),
        _code(_BEGIN),
        _markdown(
            "## The steps\n\nEach cell puts its code in the place of Readout's own. Change one, run it, and run what "
            "comes below the steps again. Without a step's cell Readout's own code is used."
        ),
    ]
    for step in steps:
        cells += [_markdown(f"### {step.title}\n\n{step.text}"), _code(f"%%step {step.source}\n{step.code}")]
    cells += [
        _markdown("## The pictures\n\nThe crops of the lesson, in the next cell: it is long, and hidden."),
        _code(f'PICTURES = """\n{_wrapped(pictures)}\n"""', _HIDDEN),
        _code(_OPEN),
        _markdown(
            f"## Learn and read\n\nFirst the network looks at {len(lesson.crops)} crops. ImageNet MobileNet takes some "
            "seconds for that."
        ),
        _code(_RUN.format(sets=sets, backbone=backbone, names=names)),
        _markdown("What is shown, row by row, and what it was read as:"),
        _code(_MATRIX),
        _markdown("The mistakes, as the network saw them:"),
        _code(_MISTAKES),
    ]
    if page:
        readings = json.dumps(page["readings"], ensure_ascii=True)
        cells += [
            _markdown("## The same as on the page?"),
            _code(f"PAGE = {_literal(readings)}", _HIDDEN),
            _code(_COMPARE),
        ]
    return json.dumps(_notebook(cells), ensure_ascii=False, indent=1) + "\n"


def _introduction(page: Mapping[str, Any] | None) -> str:
    begin = "This is the lesson of Readout with the code as you left it. Run all cells."
    if not page:
        return f"{begin} The page had not come to the end of a run with this code."
    score = page["score"]
    return (
        f"{begin} On the page it read {score['digits_correct']} of {score['digits_total']} digits and "
        f"{score['readings_correct']} of {score['readings_total']} readings right; the last cell compares."
    )


def _installation(wheel: str | None) -> str:
    checkout = "`pip install .` in a checkout of Readout"
    if not wheel:
        return f"Run {checkout}, in the environment of this notebook."
    return (
        f"The next cell installs the wheel that came with the page. Where that address does not answer, run {checkout} "
        "instead, and pass over the cell."
    )


def _literal(text: str) -> str:
    """A text as Python writes it, in lines."""
    parts = textwrap.wrap(text, 100, drop_whitespace=False, break_on_hyphens=False)
    return "(\n" + "\n".join(f"    {part!r}" for part in parts) + "\n)"


def _wrapped(text: str) -> str:
    return "\n".join(text[start : start + 100] for start in range(0, len(text), 100))


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata or {},
        "outputs": [],
        "source": text.splitlines(keepends=True),
    }


def _notebook(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cells": [{"id": f"cell-{k}", **cell} for k, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": FORMAT[0],
        "nbformat_minor": FORMAT[1],
    }
