"""The lesson as a notebook: Jupyter's format, and cells that learn and read as the page does."""

import asyncio
import json
import sys
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from readout.data.dataset import Dataset
from readout.errors import ReadoutError
from readout.evaluation.lesson import Lesson
from readout.imaging.crops import cut
from readout.imaging.images import load_image
from readout.model import softmax
from readout.model.onnx_backbone import OnnxBackbone
from readout.workbench.demo import Demo
from tests.core.awaited import Awaited
from tests.core.test_demo import quiet, read

FRAMES = [f"image-{k:04}.png" for k in range(1, 7)]
SOFTMAX = "py/readout/model/softmax.py#softmax"
LEAST = "def softmax(scores):\n    return np.eye(scores.shape[1])[scores.argmin(axis=1)]"
ORIGINAL = """\
def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)"""
SETS = 1


@pytest.fixture(scope="module")
def demo(data_folder):
    """The bundled data, a few frames of which were read after learning a set."""
    glyphs = OnnxBackbone.named()
    backbone = Awaited(glyphs, glyphs.prior, glyphs.name)

    async def run():
        demo = Demo(data_folder, FRAMES, backbone)
        await demo.learn(SETS, quiet)
        await read(demo, FRAMES)
        return demo

    return asyncio.run(run())


@pytest.fixture
def notebook(demo):
    """The notebook of a softmax, as nbformat reads it."""

    def make(code=ORIGINAL, wheel=None, known=True):
        step = {"title": "Put a layer on top", "text": "A tiny one.", "source": SOFTMAX, "code": code}
        columns = demo.bench.observations.columns()
        readings = {
            name: {frame: column.reading(k, frame).text for k, frame in enumerate(FRAMES)}
            for name, column in columns.items()
        }
        page = {"score": demo.score(), "readings": readings} if known else None
        return nbformat.reads(demo.notebook([step], SETS, ["glyphs", "other"], page, wheel), as_version=4)

    return make


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """IPython, with an empty namespace; it keeps no history, and puts a module of its own in the place of __main__."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    yield InteractiveShell(colors="nocolor", config=Config(HistoryManager={"enabled": False}))
    InteractiveShell.clear_instance()


def run(shell, notebook):
    """Run all cells. Returns what each cell of code printed; stops at the first that fails."""
    printed = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            with capture_output() as captured:
                found = shell.run_cell(cell.source)
            printed.append(captured.stdout + captured.stderr)
            if not found.success:
                break
    return printed


def test_it_is_a_notebook_with_all_pictures_and_no_embedding(notebook, demo):
    found = notebook()
    nbformat.validate(found)
    assert len({cell.id for cell in found.cells}) == len(found.cells)
    assert found.metadata.kernelspec.name == "python3"
    assert f"%%step {SOFTMAX}\n{ORIGINAL}" in [cell.source for cell in found.cells]
    assert len(json.dumps(found)) < 100_000


def test_its_cells_give_what_the_page_gave(shell, notebook, demo):
    printed = run(shell, notebook())
    score = demo.score()
    assert f"{score['digits_correct']} of {score['digits_total']} digits" in "".join(printed)
    assert printed[-1] == f"{2 * len(FRAMES)} of {2 * len(FRAMES)} readings are what the page read\n"


def test_all_sets_are_in_it_and_the_score_is_that_of_those_that_are_asked_for(shell, notebook):
    run(shell, notebook())
    lesson = shell.user_ns["lesson"]
    assert len(lesson.training) == 80
    shell.run_cell("found = lesson.first_sets(8).run(backbone)", silent=True)
    assert shell.user_ns["found"]["examples"] == 80


def test_edited_code_is_what_reads_and_the_project_s_own_stays_as_it_is(shell, notebook):
    before = softmax.softmax
    printed = run(shell, notebook(LEAST))
    assert "0 of 24 digits" in "".join(printed)
    assert printed[-1].endswith(f"0 of {2 * len(FRAMES)} readings are what the page read\n")
    assert "was read as" in printed[-3]
    assert softmax.softmax is before


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def softmax(scores)\n    return scores", "line 1: SyntaxError: expected ':'"),
        ("x = 1", "has to define softmax"),
        ("def softmax(scores):\n    return np.exp(scors)", "return np.exp(scors)"),
    ],
)
def test_an_error_is_said_at_the_cell_or_shows_its_line(shell, notebook, code, words):
    assert words in run(shell, notebook(code))[-1]


def test_it_says_where_readout_comes_from_and_what_the_page_knew(notebook):
    address = "https://example.org/pip/readout_numbers-1-py3-none-any.whl?v=12#sha256=34"
    sources = [cell.source for cell in notebook(wheel=address).cells]
    assert f'%pip install --quiet "{address}"' in sources
    assert "On the page it read 24 of 24 digits" in sources[0]
    without = [cell.source for cell in notebook(known=False).cells]
    assert "had not come to the end" in without[0]
    assert not any("PAGE" in source or "%pip" in source for source in without)


def test_more_sets_than_there_are_are_refused(data_folder):
    dataset = Dataset.load(data_folder)
    path = dataset.frames[0]
    frames = {(path.name, r.name): cut(load_image(path), r.boxes) for r in dataset.layout.readouts}
    training = [example for examples in dataset.training.values() for example in examples]
    lesson = Lesson(dataset.layout, training, [], frames, dataset.truths, {})
    assert [Path(e.source).parts[1] for e in lesson.first_sets(2).training] == ["1"] * 10 + ["2"] * 10
    with pytest.raises(ReadoutError, match="between 0 and 8, .* got 9"):
        lesson.first_sets(9)
