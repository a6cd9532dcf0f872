"""Loads the generator, which lives outside any installed package, by its path."""

import importlib
import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

from data.displays.fonts import reserved_fonts

DATA = Path(__file__).resolve().parents[2] / "data"


def _load(name, path, **options):
    spec = importlib.util.spec_from_file_location(name, path, **options)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def data():
    """The folder with the bundled set."""
    return DATA


@pytest.fixture(scope="session")
def thermal_viewer():
    """The drawing package, with its submodules as attributes."""
    folder = DATA / "thermal_viewer"
    package = _load("thermal_viewer", folder / "__init__.py", submodule_search_locations=[str(folder)])
    for path in sorted(folder.glob("[a-z]*.py")):
        importlib.import_module(f"thermal_viewer.{path.stem}")
    return package


@pytest.fixture(scope="session")
def generate(thermal_viewer):
    """The command-line module."""
    return _load("readout_data_generate", DATA / "generate.py")


@pytest.fixture(scope="session")
def font(thermal_viewer):
    """The font's wheel. Skips, saying why, only when it is neither cached nor to be had."""
    try:
        return thermal_viewer.typeface.fetch()
    except thermal_viewer.DrawingError as error:
        if "could not be downloaded" not in str(error):
            raise
        pytest.skip(f"drawing needs the font: {error}")


@pytest.fixture(scope="session")
def fonts():
    """File stem to path of every reserved font, or a reason why they can't be had here."""
    if not shutil.which("apt-get"):
        pytest.skip("the reserved fonts come from Debian's packages, and this machine has no apt-get")
    return reserved_fonts()
