"""How often a known mistake of an integration is noticed after it was put into test data.

Specific force left in g, angular velocity in degrees per second and no gyroscope are put into windows: the abstention gates
must turn these away. A reversed specific force is put into recordings, since no single window needs to show it: the check of
the recording must find it or leave it open. The measurements do not cover faults of other kinds.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float32, Int64

from qleap_edge.alignment.gravity_checks import sign_evidence
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.frames import MODEL_RATE_HZ, STANDARD_GRAVITY
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.decode import decode, input_gate
from qleap_edge.uncertainty.profile import ProfileDocument

Windows = Float32[np.ndarray, "n 200 6"]


def _scaled(force: float, gyro: float) -> np.ndarray:
    return np.array([force] * 3 + [gyro] * 3, dtype=np.float32)


FAULTS: dict[str, np.ndarray] = {
    "force_in_g": _scaled(1.0 / STANDARD_GRAVITY, 1.0),
    "gyro_in_degrees": _scaled(1.0, 180.0 / np.pi),
    "gyro_missing": _scaled(1.0, 0.0),
}
"""Name of the fault → factor on each of the six channels."""


def fault_measurements(
    imu: Windows, profile: ProfileDocument, predict: Callable[[Windows], ModelOutputs]
) -> tuple[Measurement, ...]:
    """Return the share of windows turned away for each fault.

    One of the gates needs the input only. A window that it turns away stays turned away whatever the network returns, so the
    network is run on the others only, on those of all faults together.

    Args:
        imu: test windows without a fault.
        profile: of the package.
        predict: runs the package.
    """
    faulty = {name: imu * factor for name, factor in FAULTS.items()}
    turned_away: dict[str, Bool[np.ndarray, " n"]] = {
        name: input_gate(windows, profile) for name, windows in faulty.items()
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


def reversed_sign_measurements(
    sequences: Sequence[Float32[np.ndarray, "_ 6"]], subject: Int64[np.ndarray, " sequences"]
) -> tuple[Measurement, ...]:
    """Return what the sign check of a recording says of recordings whose specific force was negated.

    A recording is all sequences of one person. The three shares add up to 1. By symmetry the share that passes is also the
    share of right recordings that would be refused.

    Args:
        sequences: whole test sequences without a fault, 50 Hz, left-arm frame C, without a gravity column.
        subject: person of each sequence.
    """
    wear = Wear(Side.LEFT, Side.RIGHT)  # frame C is the device frame of a watch worn this way
    persons = np.unique(subject)
    verdicts = [
        sign_evidence(
            [_reversed_recording(imu) for imu, owner in zip(sequences, subject, strict=True) if owner == person], wear
        ).verdict(one_sign=True)
        for person in persons
    ]
    return tuple(
        Measurement(
            name=f"recording_sign.reversed_{name}",
            value=float(np.mean([found == verdict for found in verdicts])),
            unit="1",
            subjects=len(persons),
            sequences=len(sequences),
            note="all sequences of a person, specific force negated",
        )
        for name, verdict in (("detected", "reversed"), ("undecided", "undecided"), ("passed", "consistent"))
    )


def _reversed_recording(imu: Float32[np.ndarray, "n 6"]) -> Recording:
    signal = imu.astype(np.float64)
    return Recording(
        format="synthetic",
        path="synthetic",
        sha256="",
        time_s=np.arange(len(signal)) / MODEL_RATE_HZ,
        specific_force=-signal[:, :3],
        angular_velocity=signal[:, 3:],
    )
