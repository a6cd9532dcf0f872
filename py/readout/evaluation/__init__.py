"""How often readings are right, and which labels would help most."""

from typing import TYPE_CHECKING

from .._lazy import lazy
from .metrics import Score, calibration_error, confusion_matrix

if TYPE_CHECKING:
    from .active_learning import Queue, Suggestion, next_best
    from .cross_validation import Validation, cross_validate
    from .score import Evaluation, evaluate, train
else:
    __getattr__ = lazy(
        __name__,
        active_learning=("Queue", "Suggestion", "next_best"),
        cross_validation=("Validation", "cross_validate"),
        score=("Evaluation", "evaluate", "train"),
    )

__all__ = [
    "Evaluation",
    "Queue",
    "Score",
    "Suggestion",
    "Validation",
    "calibration_error",
    "confusion_matrix",
    "cross_validate",
    "evaluate",
    "next_best",
    "train",
]
