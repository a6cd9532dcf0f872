"""The lesson's code, edited and run: it gives what the project gives, and says what is wrong where it does not run."""

from pathlib import Path

import numpy as np
import pytest

from readout.data.dataset import Dataset
from readout.evaluation import edited_code
from readout.evaluation.lesson import Lesson
from readout.evaluation.score import evaluate
from readout.imaging.crops import cut
from readout.imaging.images import load_image
from readout.model import head, softmax, training
from readout.model.embedding_cache import EmbeddingCache

FRAMES = 6
FIT_HEAD = "py/readout/model/training.py#fit_head"
SOFTMAX = "py/readout/model/softmax.py#softmax"
STANDARDISATION = "py/readout/model/head.py#standardisation"
READ = "py/readout/readings/reading.py#Reader.read"
NEAREST = """
class Nearest:
    def __init__(self, X, y):
        self.X, self.y, self.classes_ = X, np.array(y), sorted(set(y))
    def predict_proba(self, X):
        near = ((X[:, None] - self.X) ** 2).sum(2).argsort(1)[:, :3]
        return (self.y[near][:, :, None] == np.array(self.classes_)).mean(1)

def fit_head(lesson, embeddings, backbone, on_step=None):
    print(len(embeddings), "examples")
    return Nearest(embeddings, lesson.labels)
"""


class Silent:
    """What is known of a backbone that cannot be asked: the lesson has to bring all embeddings."""

    def __init__(self, backbone):
        self.name, self.input_size, self.dim = backbone.name, backbone.input_size, backbone.dim
        self.sha256, self.prior, self.stride = backbone.sha256, backbone.prior, 0

    def embed(self, x):
        raise AssertionError(f"{len(x)} crops are not in the lesson")


@pytest.fixture(scope="module")
def dataset(data_folder):
    return Dataset.load(data_folder)


@pytest.fixture(scope="module")
def file(dataset, glyphs):
    """Two sets and a few frames as the page hands them over."""
    layout, names = dataset.layout, dataset.frames[:FRAMES]
    frames = {(p.name, r.name): cut(load_image(p), r.boxes) for p in names for r in layout.readouts}
    plain = Lesson(layout, dataset.first_sets(2, ["0"]), dataset.testing, frames, dataset.truths, {})
    crops = [*plain.crops, *training.TrainingSet.of(plain.training, glyphs).crops]
    rows = EmbeddingCache(glyphs).embed(crops)
    known = {crop.key: row for crop, row in zip(crops, rows, strict=True)}
    return Lesson(layout, plain.training, plain.testing, frames, dataset.truths, known).to_bytes()


@pytest.fixture(scope="module")
def run(file, glyphs):
    return lambda code: edited_code.run(file, Silent(glyphs), code)


def test_the_file_holds_the_lesson(file, dataset):
    lesson = Lesson.from_bytes(file)
    assert lesson.to_bytes() == file
    assert [e.label for e in lesson.training] == [e.label for e in dataset.first_sets(2, ["0"])]
    assert lesson.truths == dataset.truths and lesson.layout == dataset.layout


def test_unedited_it_scores_what_evaluate_scores(run, dataset, glyphs):
    few = {path.name: dataset.truths[path.name] for path in dataset.frames[:FRAMES]}
    same = Dataset(dataset.root, dataset.training, dataset.testing, dataset.frames[:FRAMES], dataset.layout, few)
    expected = evaluate(same, glyphs, sets=2)
    found = run({})
    assert found["score"]["digits_correct"] == expected.digits_correct
    assert found["score"]["digits_total"] == expected.digits_total == 4 * FRAMES
    right = [t == p for t, p in zip(*found["testing"].values(), strict=True)]
    assert sum(right) == expected.test_correct
    assert np.trace(found["score"]["confusion"]) == expected.digits_correct


def test_edited_code_runs_in_place_of_the_project_s_and_then_no_more(run):
    before = softmax.softmax, training.fit_head, head.softmax, dict(vars(training))
    least = "def softmax(scores):\n    return np.eye(scores.shape[1])[scores.argmin(axis=1)]"
    assert run({SOFTMAX: least})["score"]["digits_correct"] == 0
    assert (softmax.softmax, training.fit_head, head.softmax, dict(vars(training))) == before
    assert run({})["score"]["digits_correct"] == 4 * FRAMES


def test_a_head_of_nearest_neighbours_in_six_lines_reads(run):
    found = run({FIT_HEAD: NEAREST})
    assert "error" not in found
    assert found["score"]["digits_correct"] > 2 * FRAMES
    assert found["printed"].endswith("examples\n")
    assert {share for each in found["readings"] for row in each["probabilities"] for share in row} <= {
        0,
        1 / 3,
        2 / 3,
        1,
    }


def test_a_method_can_be_edited(run):
    text = "def read(self, frame, readout, embeddings):\n    raise ValueError('not today')"
    assert run({READ: text})["error"]["line"] == 2
    assert "error" not in run({})


@pytest.mark.parametrize(
    ("source", "text", "line", "words"),
    [
        (SOFTMAX, "def softmax(scores):\n    return scors", 2, "NameError: name 'scors' is not defined"),
        (SOFTMAX, "def softmax(scores)\n    return scores", 1, "SyntaxError: expected ':'"),
        (SOFTMAX, "def softmax(scores):\nreturn scores", 2, "IndentationError"),
        (SOFTMAX, "x = 1", None, "has to define softmax"),
        (SOFTMAX, "def softmax(scores):\n\n    return scores @ scores", 3, "print(x.shape)"),
        (SOFTMAX, "1 / 0", 1, "divided by zero"),
        (FIT_HEAD, "import pandas_of_my_own", 1, "ModuleNotFoundError"),
        (FIT_HEAD, "def fit_head(lesson, embeddings, backbone, on_step=None):\n    return None", None, "gave back"),
        (SOFTMAX, "\0", None, "null bytes"),
    ],
)
def test_an_error_names_its_line_and_says_what_it_means(run, source, text, line, words):
    found = run({source: text})
    assert found["error"]["source"] == source
    assert found["error"]["line"] == line
    assert words in found["error"]["words"]


def test_what_is_printed_is_bounded_and_kept_beside_an_error(run):
    found = run({SOFTMAX: "print('x' * 100_000)\nraise KeyError('a')"})
    assert found["printed"] == "x" * edited_code.MOST_PRINTED
    assert found["error"]["line"] == 2


@pytest.mark.parametrize(
    "source", ["py/os.py#remove", "py/readout/model/head.py#nothing", "#", "py/readout/model/head.py#np"]
)
def test_only_functions_of_the_project_are_replaced(run, source):
    error = run({source: "def remove(): pass"})["error"]
    assert "function of the project" in error["words"]


IDEAS = Path(__file__).resolve().parents[2] / "site" / "features" / "demo" / "ideas"
REPLACES = {
    "cooler_softmax": SOFTMAX,
    "no_prior": "py/readout/model/prior.py#Prior.scores",
    "no_standardisation": STANDARDISATION,
    "strict": FIT_HEAD,
    "nearest_neighbours": FIT_HEAD,
}


@pytest.mark.parametrize("path", sorted(IDEAS.glob("*.py")), ids=lambda path: path.stem)
def test_every_idea_of_the_page_runs(run, path):
    assert "error" not in run({REPLACES[path.stem]: path.read_text(encoding="utf-8")})
