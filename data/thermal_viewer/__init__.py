"""Draws frames of a thermal camera viewer with a colour scale whose end labels can be read.

Every module is pure except `typeface.fetch`, which downloads one font. Random numbers come from
`numpy.random.default_rng([seed, stream, ...])`, so a frame depends on its seed, its stream and
its number, and on nothing drawn before it.
"""


class DrawingError(Exception):
    """Base of every error this package raises on purpose."""
