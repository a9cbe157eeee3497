"""``self_test.json``: one window and the outputs of the shipped package, which an app compares with those of its device.

It is the only check of a compiled model: its bytes depend on Apple's compiler, so no digest covers them, and half precision on
a new chip may compute something else without an error.
"""

from typing import Literal

from pydantic import Field

from qleap_edge.core.records import Document, Part
from qleap_edge.verification.golden import GoldenDocument, GoldenOutputs

_POSE = 0.01
"""Body heights, 17 mm: the half-precision package itself is within 1 mm of float32 in 99 of 100 joints."""
_SHARE = 0.05
"""Share of an output's largest size; half precision in another order moves one by less than a hundredth."""
_LEAST = 0.05
"""For outputs that are next to zero."""


class SelfTestTolerance(Part):
    """Largest absolute difference of each output that is still the same model."""

    pose: float = Field(gt=0.0)
    """Body heights."""
    pose_log_variance: float = Field(gt=0.0)
    exercise_logits: float = Field(gt=0.0)
    form_logits: float = Field(gt=0.0)
    what_embedding: float = Field(gt=0.0)
    how_embedding: float = Field(gt=0.0)


class SelfTestDocument(Document):
    """``self_test.json``."""

    schema_name: Literal["qleap.self_test"] = "qleap.self_test"
    schema_version: Literal[1] = 1
    package_sha256: str
    imu: tuple[float, ...]
    """(200, 6) row-major."""
    outputs: GoldenOutputs
    tolerance: SelfTestTolerance


def build_self_test(golden: GoldenDocument) -> SelfTestDocument:
    """Take the first golden window, and a tolerance for each of its outputs."""
    window = golden.windows[0]
    sizes = {name: max(map(abs, values)) for name, values in window.outputs.model_dump().items() if name != "pose"}
    shares = {name: max(_LEAST, _SHARE * size) for name, size in sizes.items()}
    return SelfTestDocument(
        package_sha256=golden.package_sha256,
        imu=window.imu,
        outputs=window.outputs,
        tolerance=SelfTestTolerance(pose=_POSE, **shares),
    )
