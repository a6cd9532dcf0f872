"""Embeddings that were made elsewhere, and how they compare with those that are made here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ReadoutError
from ..files.npz import from_npz, to_npz
from .backbone import Identity

TOLERANCE = 0.02
"""How much two embeddings of a crop may differ, as a share of their length: half precision, another order of sums."""
_KINDS = {"keys": ("|u1", 2), "rows": ("|u1", 2), "sha256": ("U", 1)}


@dataclass(frozen=True, eq=False)
class Precomputed:
    """Embeddings, float16 (d,), by the key of a crop, of the backbone whose file has this sha256."""

    sha256: str
    rows: Mapping[bytes, np.ndarray]

    def to_bytes(self) -> bytes:
        """An .npz file: keys (n, 16), rows (n, 2 d), which are float16 as bytes, and sha256."""
        rows = np.array(list(self.rows.values()), "<f2")
        keys = np.frombuffer(b"".join(self.rows), np.uint8).reshape(-1, 16)
        return to_npz({"keys": keys, "rows": rows.view(np.uint8), "sha256": np.array([self.sha256])})

    @classmethod
    def from_bytes(cls, data: bytes, backbone: Identity) -> "Precomputed":
        """Read what `to_bytes` wrote; raises ReadoutError for anything else, and for those of another backbone."""
        found = from_npz(data, _KINDS, "precomputed embeddings")
        (sha256,) = found["sha256"].tolist() if len(found["sha256"]) == 1 else ("",)
        if sha256 != backbone.sha256:
            raise ReadoutError(
                f"the precomputed embeddings are of the backbone {sha256[:12]}…, this is {backbone.sha256[:12]}…: "
                "make them again with python -m models.mobilenet.embeddings"
            )
        rows = found["rows"].view("<f2")
        return cls(sha256, {key.tobytes(): row for key, row in zip(found["keys"], rows, strict=True)})

    def compare(self, live: Mapping[bytes, np.ndarray]) -> dict[str, Any]:
        """How many of the 'crops' that are known here and there 'agree', and the 'largest' difference, as a share."""
        shares = []
        for key in self.rows.keys() & live.keys():
            here, there = live[key].astype(np.float64), self.rows[key].astype(np.float64)
            length = max(float(np.linalg.norm(here)), 1e-9)
            shares.append(float(np.linalg.norm(here - there)) / length)
        agree = sum(share <= TOLERANCE for share in shares)
        return {"crops": len(shares), "agree": agree, "largest": max(shares, default=0.0)}
