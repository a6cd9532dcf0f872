"""An extension of IPython for notebooks of the lesson: `%%step SOURCE` keeps a cell's code for `applied`.

`%load_ext readout.evaluation.jupyter` also makes the name `steps`: by source, the code of the cells that were run.
"""

import linecache
from typing import Any

from ..errors import ReadoutError
from .edited_code import CodeError, applied


def load_ipython_extension(shell: Any) -> None:
    """Called by IPython with its InteractiveShell."""
    from IPython.core.error import UsageError  # there where this is called

    steps: dict[str, str] = {}

    def step(line: str, cell: str) -> None:
        """Keep the cell as the code of a source, 'py/readout/model/softmax.py#softmax', for `with applied(steps):`."""
        source = line.strip()
        try:
            with applied({source: cell}):
                pass
        except CodeError as error:
            raise UsageError(f"line {error.line}: {error.words}" if error.line else error.words) from error
        except ReadoutError as error:
            raise UsageError(str(error)) from error
        steps[source] = cell
        linecache.cache[source] = len(cell), None, cell.splitlines(keepends=True), source  # for tracebacks

    shell.register_magic_function(step, "cell", "step")
    shell.push({"steps": steps})
