"""The command line.

First main. `readout read`: arguments and sources (what is read), find (where no layout is given), again (a project's
readouts in another clip), read_sources with batch_images and batch_video, settle, output. `readout watch`: watch.
"""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .main import main
else:
    __getattr__ = lazy(__name__, main=("main",))

__all__ = ["main"]
