"""How tests are shared out to processes: by pytest-xdist with `--dist loadgroup`, as `build.py --test` asks for."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # xdist writes the groups down after this
def pytest_collection_modifyitems(items):
    """The core's files in any order, each in one process; all browsers in one, and what downloads or builds in one.

    While a browser runs, Playwright's event loop does, and `asyncio.run` of the core's tests fails in that process.
    """
    for item in items:
        path = item.path.relative_to(TESTS)
        group = {"core": str(path), "page": "page"}.get(path.parts[0], "build")
        item.add_marker(pytest.mark.xdist_group(group))
