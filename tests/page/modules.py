"""Modules of site/ for tests, bundled as the build does it, on a server with the page's own security policy."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from tests.page.helpers import ROOT
from tooling import bundle, npm
from tooling.serve import SiteHandler, serve
from tooling.venv import Venv

HOLDER = "../tests/page/holder.js"
"""A module of the tests that stands for Python, as far as it holds pixels."""
POLICY = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', (ROOT / "site/index.html").read_text())[1]


class Handler(SiteHandler):
    """Sends the policy with every answer, so that it binds the workers too."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()


@contextlib.contextmanager
def served(folder: Path, modules: list[str], workers: list[str] = ()) -> Iterator[str]:
    """The address of an empty page; there `import("./modules.js")` gives what these modules, named from site/, export.

    `workers` are named as in dist/.
    """
    sources = {target: source for source, target in bundle.SCRIPTS.items()}
    node = npm.find_node(Venv(ROOT))
    entry = folder / "entry.js"
    entry.write_text("".join(f'export * from "{(ROOT / "site" / name).as_posix()}";\n' for name in modules))
    npm.esbuild(node, ROOT, [str(entry), *bundle.SCRIPT_OPTIONS, f"--outfile={folder / 'modules.js'}"])
    for name in workers:
        npm.esbuild(
            node, ROOT, [str(ROOT / "site" / sources[name]), *bundle.SCRIPT_OPTIONS, f"--outfile={folder / name}"]
        )
    (folder / "index.html").write_text("<!doctype html><title>Modules</title><input type=file multiple>")
    with serve(folder, handler=Handler) as server:
        yield f"{server.url}index.html"
