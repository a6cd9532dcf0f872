"""Readout reads the numbers shown in video frames.

The packages, in the order the data flows: files, layout, imaging, data, video, model, detection, readings, rules,
evaluation, project, export, workbench for the page, watch for cameras, cli for the terminal. Their picture is in
docs/architecture.md.
"""

from typing import TYPE_CHECKING

from ._lazy import lazy
from .errors import ReadoutError

if TYPE_CHECKING:
    from .data import Dataset
    from .evaluation import evaluate, train
    from .export import load
    from .imaging import load_image
    from .layout import Layout
    from .model import OnnxBackbone, SoftmaxHead
    from .project import Project
    from .readings import Reader
    from .video import VideoReader
else:
    __getattr__ = lazy(
        __name__,
        data=("Dataset",),
        evaluation=("evaluate", "train"),
        export=("load",),
        imaging=("load_image",),
        layout=("Layout",),
        model=("OnnxBackbone", "SoftmaxHead"),
        project=("Project",),
        readings=("Reader",),
        video=("VideoReader",),
    )

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Layout",
    "OnnxBackbone",
    "Project",
    "Reader",
    "ReadoutError",
    "SoftmaxHead",
    "VideoReader",
    "__version__",
    "evaluate",
    "load",
    "load_image",
    "train",
]
