"""Evaluation sets: displays drawn with font families that no training glyph was drawn with.

The modules, in the order a frame comes about: fonts, dots and drum give the typefaces; strip puts
characters side by side; scenery lies behind; paint colours; spoil degrades; styles draws a
display's settings by lot; sets cuts the crops. handwriting has scikit-learn's digits.
"""

from .handwriting import handwriting
from .sets import EvaluationSet, draw
from .styles import STYLES

__all__ = ["STYLES", "EvaluationSet", "draw", "handwriting"]
