"""Share of test windows that the abstention gates turn away after a known mistake of integration was put into them.

The faults are mistakes that integrators make: specific force left in g, Apple's sign kept, angular velocity in degrees per
second, no gyroscope. The measurements say how often the app would show "not sure"; they do not cover faults of other kinds.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float32

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.decode import decode, input_gates
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
"""Name of the fault → factor on each of the six channels."""


def fault_measurements(
    imu: Windows, profile: ProfileDocument, predict: Callable[[Windows], ModelOutputs]
) -> tuple[Measurement, ...]:
    """Return the share of windows turned away for each fault.

    Two of the gates need the input only. A window that they turn away stays turned away whatever the network returns, so the
    network is run on the others only, on those of all faults together.

    Args:
        imu: test windows without a fault.
        profile: of the package.
        predict: runs the package.
    """
    faulty = {name: imu * factor for name, factor in FAULTS.items()}
    turned_away: dict[str, Bool[np.ndarray, " n"]] = {
        name: np.asarray(input_gates(windows, profile).any(axis=1)) for name, windows in faulty.items()
    }
    undecided = np.concatenate([windows[~turned_away[name]] for name, windows in faulty.items()])
    if len(undecided):
        by_network = decode(predict(undecided), undecided, profile, stature_m=1.0, wrist="left").abstain
        first = 0
        for abstain in turned_away.values():
            open_rows = np.flatnonzero(~abstain)
            abstain[open_rows] = by_network[first : first + len(open_rows)]
            first += len(open_rows)
    return tuple(
        Measurement(name=f"abstention.{name}", value=float(abstain.mean()), unit="1")
        for name, abstain in turned_away.items()
    )
