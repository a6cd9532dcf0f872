"""The memory of a Python that has booted and imported everything, which the page starts from.

tooling/snapshot.mjs takes it in Node, site/workers/python/snapshot.js puts it back in the page and says how.
"""

import gzip
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tooling.npm import Node
from tooling.steps import run

NAME = "python.snapshot"
IMPORTS = ("readout.web",)
"""What the snapshot has imported. A package is in it as far as these need it."""


def write_snapshot(pyodide: Path, wheels: Iterable[Path], node: Node, scratch: Path, out: Path) -> None:
    """Write the snapshot to `out`, compressed.

    pyodide: the folder of the npm package. wheels: what IMPORTS need. scratch: a folder to work in, which
    must not exist, and does not afterwards. Raises BuildError when Python can't boot or import in Node.
    """
    packages, plain = scratch / "packages", scratch / NAME
    script = Path(__file__).with_suffix(".mjs")
    try:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(packages)
        run(
            "Booting Python for its snapshot",
            [node.node, script, pyodide, packages, plain, ",".join(IMPORTS)],
            log=scratch.with_name("snapshot.log"),
            next_step="Correct what the last lines say; py/readout is what is imported.",
        )
        out.write_bytes(gzip.compress(plain.read_bytes(), compresslevel=9, mtime=0))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
