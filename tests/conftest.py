"""How tests are shared out to processes: by pytest-xdist with `--dist loadgroup`, as `build.py --test` asks for."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # xdist writes the groups down after this
def pytest_collection_modifyitems(items):
    """Files of the core and of the page in any order, each in one process; what downloads or builds in one."""
    for item in items:
        path = item.path.relative_to(TESTS)
        group = str(path) if path.parts[0] in ("core", "page") else "build"
        item.add_marker(pytest.mark.xdist_group(group))
