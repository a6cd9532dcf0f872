"""Reading a camera, a stream or a folder that grows for months, and giving out what it shows.

First loop. Frames come from stream, folder and clip, and are read by frame_reader. What they show goes to board, and
from there to csv_log, server with metrics, webhook and mqtt.
"""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .loop import watch
else:
    __getattr__ = lazy(__name__, loop=("watch",))

__all__ = ["watch"]
