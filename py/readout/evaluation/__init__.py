"""How often readings are right, and which labels would help most.

Scores: metrics, score, cross_validation and, of windows, line_validation. What to label next: active_learning,
window_doubts, pca. The lesson that a reader may edit: lesson, edited_code, jupyter.
"""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .score import Evaluation, evaluate, train
else:
    __getattr__ = lazy(__name__, score=("Evaluation", "evaluate", "train"))

__all__ = ["Evaluation", "evaluate", "train"]
