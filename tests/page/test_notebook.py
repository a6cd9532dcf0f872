"""The lesson's notebook: downloaded in the page, executed by Jupyter in a new environment, the same digits."""

import csv

import nbformat
import pytest
from playwright.sync_api import expect

from tests.environments import create_environment, run

EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
try:
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
finally:
    nbformat.write(notebook, sys.argv[1])
"""
SETS = 1


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The commands of an environment without Readout."""
    return create_environment(tmp_path_factory.mktemp("environment"))


@pytest.fixture
def lesson(page, site):
    """The lesson after one set, with ImageNet MobileNet: there is something at stake."""
    page.goto(f"{site}?sets={SETS}#learn")
    expect(page.locator(".headline")).to_contain_text("182 of 200 digits")
    return page


def taken(page, name, path):
    button = page.get_by_role("button", name=name)
    expect(button).to_be_enabled()
    with page.expect_download() as download:
        button.click()
    download.value.save_as(path)
    return path


def executed(environment, path):
    """The notebook after all of its cells were run, and what was printed by the cell that holds `text`."""
    run(environment / "python", "-c", EXECUTE, path, cwd=path.parent, IPYTHONDIR=str(path.parent))
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]

    def printed(text):
        (cell,) = (cell for cell in cells if text in cell.source)
        return "".join(each.text for each in cell.outputs if each.output_type == "stream").strip()

    return printed


def test_it_installs_readout_from_the_page_and_reads_with_the_edited_code_what_the_page_read(
    lesson, environment, tmp_path
):
    original = taken(lesson, "Download CSV", tmp_path / "original.csv")
    lesson.get_by_role("button", name="nearest neighbours").click()
    expect(lesson.locator(".result").filter(has_text="with 1 set")).to_be_visible()
    path = taken(lesson, "Download as a notebook", tmp_path / "lesson.ipynb")
    assert texts(original) != texts(taken(lesson, "Download CSV", tmp_path / "edited.csv"))
    printed = executed(environment, path)
    headline = lesson.locator(".headline").inner_text()
    assert printed(f"sets = {SETS}").splitlines() == ["learned 10 pictures by heart", headline]
    assert printed("on_page") == "100 of 100 readings are what the page read"
    wrong = lesson.locator("button.frame.wrong").count()
    assert printed("wrong[:5]").endswith(f"{wrong} of 50 readings are wrong")


def test_of_the_led_board_too_it_reads_what_the_page_read(page, site, environment, tmp_path):
    page.goto(f"{site}?sets={SETS}&display=leds#learn")
    expect(page.locator(".headline")).to_contain_text("164 of 200 digits")
    printed = executed(environment, taken(page, "Download as a notebook", tmp_path / "leds.ipynb"))
    assert printed(f"sets = {SETS}") == page.locator(".headline").inner_text()
    assert printed("on_page") == "50 of 50 readings are what the page read"


def texts(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]
