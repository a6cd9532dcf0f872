"""The reserved fonts, or a reason why they can't be had here."""

import shutil

import pytest

from benchmarks.displays.fonts import reserved_fonts


@pytest.fixture(scope="session")
def fonts():
    """File stem to path of every reserved font."""
    if not shutil.which("apt-get"):
        pytest.skip("the reserved fonts come from Debian's packages, and this machine has no apt-get")
    return reserved_fonts()
