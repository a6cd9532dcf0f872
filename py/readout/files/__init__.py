"""Input that may be damaged or hostile: zips, arrays and JSON, read within limits."""

from .json_fields import check, field, numbers, parse
from .npz import from_npz, to_npz
from .zip_archive import Archive, pack

__all__ = ["Archive", "check", "field", "from_npz", "numbers", "pack", "parse", "to_npz"]
