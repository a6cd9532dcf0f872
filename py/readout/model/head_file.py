"""A head as a file keeps it: what it learned, and what it has to meet again to be of use."""

import hashlib
from dataclasses import dataclass, fields

import numpy as np

from ..errors import ReadoutError
from ..files.npz import from_npz, to_npz
from .backbone import BackboneInfo, check_trained_on
from .head import SoftmaxHead
from .prior import UNKNOWN, Prior, stored_name

_KINDS = {
    "classes": ("U", 1),
    "coef": ("<f8", 2),
    "intercept": ("<f8", 1),
    "centres": ("<f8", 2),
    "backbone_sha256": ("U", 1),
    "prior_sha256": ("U", 1),
}


@dataclass(frozen=True, eq=False)
class SavedHead:
    """What a `SoftmaxHead` of C classes on d features learned; with a prior, relative to that.

    classes: (C,). coef: (d, C). intercept: (C,). centres: (c, d), c = 0 without a prior.
    backbone_sha256, prior_sha256: what it was learned on, '' where that is unknown or there was no prior.
    """

    classes: list[str]
    coef: np.ndarray
    intercept: np.ndarray
    centres: np.ndarray
    backbone_sha256: str
    prior_sha256: str

    @classmethod
    def of(cls, head: SoftmaxHead) -> "SavedHead":
        """From a head that has been fitted."""
        if not hasattr(head, "coef_"):
            raise ReadoutError("a head is saved after it has learned, this one has not: call fit first")
        centres = head.centres_ if head.prior else np.empty((0, len(head.coef_)))
        prior = prior_sha256(head.prior) if head.prior else ""
        return cls(list(head.classes_), head.coef_, head.intercept_, centres, head.backbone_sha256 or "", prior)

    def restore(self, backbone: BackboneInfo) -> SoftmaxHead:
        """The head, which answers as it did. Raises ReadoutError where the backbone or its prior is another one."""
        prior = backbone.prior if self.prior_sha256 else None
        head = SoftmaxHead(backbone_sha256=self.backbone_sha256 or None, prior=prior)
        check_trained_on(head, backbone)
        if len(self.coef) != backbone.dim:
            raise ReadoutError(
                f"a head on {backbone.name} takes {backbone.dim} features, the saved one {len(self.coef)}: "
                "train it again"
            )
        if self.prior_sha256:
            found = prior_sha256(backbone.prior) if backbone.prior else "none"
            if found != self.prior_sha256:
                raise ReadoutError(
                    f"this head was learned on the prior {self.prior_sha256[:12]}…, {backbone.name} brings "
                    f"{found[:12]}…: train it again, or use the Readout that saved it"
                )
        head.classes_, head.coef_, head.intercept_, head.loss_curve_ = list(self.classes), self.coef, self.intercept, []
        if self.prior_sha256:
            head.centres_ = self.centres
        return head

    def to_bytes(self) -> bytes:
        """The head as an .npz file, in the precision in which it was learned."""
        arrays = {name: np.asarray(getattr(self, name), np.float64) for name in ("coef", "intercept", "centres")}
        texts = {
            "classes": self.classes,
            "backbone_sha256": [self.backbone_sha256],
            "prior_sha256": [self.prior_sha256],
        }
        return to_npz(arrays | {name: np.array(text) for name, text in texts.items()})

    @classmethod
    def from_bytes(cls, data: bytes, what: str = "head.npz") -> "SavedHead":
        """Read what `to_bytes` wrote; raises ReadoutError, naming `what` it is, for anything else."""
        arrays = from_npz(data, _KINDS, what)
        classes, (d, C) = arrays["classes"].tolist(), arrays["coef"].shape
        shapes = {"classes": (C,), "intercept": (C,), "centres": (len(arrays["centres"]), d)}
        shapes |= {"backbone_sha256": (1,), "prior_sha256": (1,)}
        for name, shape in shapes.items():
            if arrays[name].shape != shape:
                raise ReadoutError(
                    f"{what}: a head of {d} features and {C} classes has {name} of shape {shape}, "
                    f"got {arrays[name].shape}: copy or download the file again"
                )
        prior = arrays["prior_sha256"].item()
        usable = d > 0 and C > 1 and len(set(classes)) == C and all(classes)
        if not usable or (prior and (UNKNOWN not in classes or len(arrays["centres"]) == 0)):
            raise ReadoutError(
                f"{what}: a head tells at least two named classes apart, got {classes[:20]}: download it again"
            )
        coef, intercept, centres = (arrays[name] for name in ("coef", "intercept", "centres"))
        return cls(classes, coef, intercept, centres, arrays["backbone_sha256"].item(), prior)


def prior_sha256(prior: Prior) -> str:
    """A name for a prior by all that it holds."""
    digest = hashlib.sha256()
    for each in fields(prior):
        value = np.asarray(getattr(prior, each.name))
        text = value.dtype.kind == "U"
        digest.update(f"{stored_name(each)} {value.shape}".encode())
        digest.update("\0".join(value.ravel().tolist()).encode() if text else value.astype("<f8").tobytes())
    return digest.hexdigest()
