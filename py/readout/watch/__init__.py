"""Reading a camera, a stream or a folder that grows for months, and giving out what it shows."""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .board import Board
    from .csv_log import CsvLog
    from .folder import FolderSource
    from .frame_reader import FrameReader
    from .loop import watch
    from .server import Server
else:
    __getattr__ = lazy(
        __name__,
        board=("Board",),
        csv_log=("CsvLog",),
        folder=("FolderSource",),
        frame_reader=("FrameReader",),
        loop=("watch",),
        server=("Server",),
    )

__all__ = ["Board", "CsvLog", "FolderSource", "FrameReader", "Server", "watch"]
