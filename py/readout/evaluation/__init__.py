"""How often readings are right, and which labels would help most."""

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .score import Evaluation, evaluate, train
else:
    __getattr__ = lazy(__name__, score=("Evaluation", "evaluate", "train"))

__all__ = ["Evaluation", "evaluate", "train"]
