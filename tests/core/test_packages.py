"""Each package has the names that it says, and gives some of them only when they are asked for."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import readout

PACKAGES = ["readout", *(f"readout.{each.name}" for each in pkgutil.iter_modules(readout.__path__) if each.ispkg)]
HEAVY = ("av", "onnxruntime", "readout.video.decoder", "readout.detection.search", "readout.export.onnx")
"""What the page does without, or on its first visit."""


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_says_what_it_is_and_has_the_names_that_it_lists(name):
    package = importlib.import_module(name)
    assert package.__doc__
    assert len(package.__all__) == len(set(package.__all__))
    assert all(hasattr(package, each) for each in package.__all__)


def test_another_name_is_refused_as_a_module_refuses_it():
    with pytest.raises(AttributeError, match="module 'readout.video' has no attribute 'Clip'"):
        importlib.import_module("readout.video").Clip  # noqa: B018


def test_what_a_first_visit_does_without_is_not_imported_before_it_is_asked_for():
    program = f"import sys, readout.workbench; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
