"""How tests are shared out to processes: by pytest-xdist with `--dist loadgroup`, as `build.py --test` asks for."""

from pathlib import Path

import pytest

from readout.model.onnx_backbone import OnnxBackbone

TESTS = Path(__file__).parent
LAST = "page", "core"
"""Folders whose files are shared out one by one, after all others: both end together, the core's files being small."""


@pytest.hookimpl(tryfirst=True)  # xdist writes the groups down after this
def pytest_collection_modifyitems(items):
    """Each file of the page and of the core is a group; what downloads or builds is one, and the first."""
    items.sort(key=lambda item: LAST.index(folder_of(item)) if folder_of(item) in LAST else -1)
    for item in items:
        group = str(item.path.relative_to(TESTS)) if folder_of(item) in LAST else "build"
        item.add_marker(pytest.mark.xdist_group(group))


def folder_of(item):
    return item.path.relative_to(TESTS).parts[0]


@pytest.fixture(scope="session", autouse=True)
def one_thread_each():
    """Beside other tests the threads of onnxruntime wait for each other, and take processor time while they do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OnnxBackbone.__init__, "__defaults__", (1,))
        yield
