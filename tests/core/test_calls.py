"""What the page may call: every name in the table leads to a method, and no other name does."""

import inspect

import pytest

from readout.errors import ReadoutError
from readout.model.onnx_backbone import OnnxBackbone
from readout.workbench.calls import DEMO, FUNCTIONS, METHODS, find
from readout.workbench.demo import Demo
from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited


@pytest.fixture(scope="module")
def projects(data_folder):
    """The user's own and the demo."""
    glyphs = OnnxBackbone.named()
    backbone = Awaited(glyphs, glyphs.prior)
    return Workbench(backbone), Demo(data_folder, [], backbone)


@pytest.mark.parametrize("name", [*METHODS, *DEMO, *FUNCTIONS])
def test_every_name_leads_to_a_public_method_that_says_what_it_does(projects, name):
    found = find(*projects, name)
    assert inspect.isroutine(found) and found.__doc__
    assert not found.__name__.startswith("_")


@pytest.mark.parametrize(
    "name", ["", "begin", "workbench/editor", "workbench/_review", "workbench/__class__", "exports/csv/", "demo/bench"]
)
def test_no_other_name_does(projects, name):
    with pytest.raises(ReadoutError, match="workbench/calls.py"):
        find(*projects, name)
