"""PyAV, or None where it is not installed: reading pictures does without."""

try:
    import av as av
except ImportError:
    av = None  # type: ignore[assignment]
