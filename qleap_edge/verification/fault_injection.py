"""Does the abstention work? The mistakes integrators make, applied to good windows: the model must say "not sure".

Each kind is a bug that has been shipped by somebody: acceleration left in g, Apple's sign kept, gyroscope in degrees, no
gyroscope. The share of windows turned away is measured for each.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float32

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.profile import ProfileDocument

Windows = Float32[np.ndarray, "n 200 6"]


def _scaled(force: float, gyro: float) -> np.ndarray:
    return np.array([force] * 3 + [gyro] * 3, dtype=np.float32)


APPLE_SIGN = "force_with_apple_sign"
FAULTS: dict[str, np.ndarray] = {
    "force_in_g": _scaled(1.0 / STANDARD_GRAVITY, 1.0),
    APPLE_SIGN: _scaled(-1.0, 1.0),
    "gyro_in_degrees": _scaled(1.0, 180.0 / np.pi),
    "gyro_missing": _scaled(1.0, 0.0),
}


def fault_measurements(
    imu: Windows, profile: ProfileDocument, predict: Callable[[Windows], ModelOutputs]
) -> tuple[Measurement, ...]:
    """Return the share of windows turned away for each mistake."""
    rows = []
    for name, factor in FAULTS.items():
        wrong = imu * factor
        decoded = decode(predict(wrong), wrong, profile, stature_m=1.0, wrist="left")
        rows.append(Measurement(name=f"abstention.{name}", value=float(decoded.abstain.mean()), unit="1"))
    return tuple(rows)
