"""The page's pure JavaScript, tested by Node: the files beside this one, which `node --test tests/site/` runs alone."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from readout.data.dataset import natural_order
from tooling.constants import write_constants
from tooling.npm import find_node
from tooling.venv import Venv

ROOT = Path(__file__).parents[2]


def node(*arguments, given=""):
    """What Node says and prints: it runs in the checkout, with the constants made."""
    write_constants(ROOT)
    command = [find_node(Venv(ROOT)).node, *arguments]
    return subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, timeout=120, encoding="utf-8")


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.test.js")), ids=lambda path: path.name)
def test_node_agrees(path):
    ran = node("--test", "--test-force-exit", path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


ODD_NAMES = [
    "image-10.png", "image-2.png", "image-02.png", "image-002.png", "image-2a.png", "Image-2.png", "IMAGE-2.png",
    "2.png", "10.png", "a", "", "a1", "a01", "a1b2", "a1b10", "a1b02", "1", "01", "1a", "-1", "1.5", "1.10",
    "ß1", "ss1", "İ1", "i̇1", "ΑΣ1", "ας1", "x²", "x2", "x٣", "x3", "x１２", "x12", "x\U0001d7d9", "x1",
    "\U0001f600", "\uffee", "99999999999999999999999.png", "99999999999999999999998.png", "a/2.png", "a/10.png",
    "b/1.png", "frame 9", "frame_9", "é1", "e\u0301", "Ⅷ", "\u0e59", "9", "a b", "a-b", "A-b",
]  # fmt: skip


def test_the_order_of_names_is_that_of_python():
    chance = random.Random(0)
    alphabet = "0123456789٠٣१０aAbBéÉİßΣσς-_ ./\U0001d7d8\U0001d7ff\U0001f600\uffee"
    names = [*ODD_NAMES, *("".join(chance.choices(alphabet, k=chance.randint(0, 9))) for _ in range(3000))]
    names = list(dict.fromkeys(names))
    chance.shuffle(names)
    ran = node("tests/site/sort_names.js", given=json.dumps(names))
    assert json.loads(ran.stdout) == sorted(names, key=natural_order), ran.stderr
