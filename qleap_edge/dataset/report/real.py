"""The squats of one real person, from motion capture with ideal wrist sensors, beside the synthetic squats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.alignment.resample import resample_uniform
from qleap_edge.core.frames import MODEL_RATE_HZ, mirror_imu
from qleap_edge.core.skeleton import JOINT_INDEX, remove_heading
from qleap_edge.dataset.motion_capture import SIDES, MotionCapture
from qleap_edge.dataset.report.document import RealPart, RealRow, SpectrumRow, Spread
from qleap_edge.dataset.report.figures import (
    FIGURES,
    Figure,
    energy_frequencies,
    joint_angles,
    repetition_curves,
    repetition_figures,
    rms,
    spectrum,
    squat_repetitions,
)
from qleap_edge.dataset.report.literature import ENERGY_SHARES, SIGNAL_UNIT, SIGNALS
from qleap_edge.dataset.report.measures import Gathered

SQUAT_LABEL = "Squat"
LEG_SHARE = 0.491
"""Thigh and shank over stature; Winter 2009, Biomechanics and Motor Control of Human Movement, fig. 4.1 (0.245 + 0.246)."""

Wrist = Literal["left", "right"]
_STATURE_NOTE = (
    f"estimated: thigh and shank over {LEG_SHARE:g}; the trunk, head and wrists of the file's skeleton are biased"
)
_HALF_STEP_S = 0.5 / MODEL_RATE_HZ


@dataclass(frozen=True)
class RealSquats:
    """The figures of a trial; the signals of the right wrist are mirrored to a left one."""

    capture: MotionCapture
    stature_m: float
    """Estimated from the legs."""
    seconds: float
    """Duration of the part that is labelled a squat."""
    spans_s: tuple[tuple[float, float, float], ...]
    """Start, bottom and end of each repetition on the trial's clock."""
    angles: Float[np.ndarray, " angles"]
    """Largest value of each of :data:`~qleap_edge.dataset.report.figures.ANGLES` in that part, degrees."""
    figures: Mapping[str, Float[np.ndarray, "repetitions figures"]]
    """Side → one row for each repetition."""
    curves: Mapping[str, Float[np.ndarray, "repetitions curves points"]]
    spectra: Mapping[str, Float[np.ndarray, "signals frequencies"]]
    rms: Mapping[str, Float[np.ndarray, " signals"]]


def stature_from_legs(joints: Float[np.ndarray, "time 17 3"]) -> float:
    """Return a stature (m) from the mean length of thigh and shank.

    The points of trunk, head and wrists on a generic skeleton are biased against this project's; those of the legs are not.
    """

    def length(upper: str, lower: str) -> float:
        return float(np.linalg.norm(joints[:, JOINT_INDEX[upper]] - joints[:, JOINT_INDEX[lower]], axis=1).mean())

    legs = [length(f"{side}_hip", f"{side}_knee") + length(f"{side}_knee", f"{side}_ankle") for side in SIDES]
    return float(np.mean(legs)) / LEG_SHARE


def real_squats(capture: MotionCapture) -> RealSquats:
    """Measure the labelled squats of a trial as those of a dataset are measured.

    The whole trial is resampled to 50 Hz first, so that the edges of the filter do not lie at those of the label.

    Raises:
        InputDataError: the trial has no labelled squat.
    """
    squat = capture.labelled(SQUAT_LABEL)
    stature = stature_from_legs(capture.joints)
    wrists = {"left": capture.imu["left"], "right": mirror_imu(capture.imu["right"])}
    flat = np.hstack([capture.joints.reshape(len(capture.joints), -1), *(wrists[side] for side in SIDES)])
    time_s, values = resample_uniform(capture.time_s, flat, MODEL_RATE_HZ)
    labelled = _labelled_at(time_s, capture.time_s[squat])
    pose = remove_heading(values[labelled, :51].reshape(-1, 17, 3)) / stature
    imu = {side: values[:, 51 + 6 * index : 57 + 6 * index] for index, side in enumerate(SIDES)}
    parts = {side: signal[labelled] for side, signal in imu.items()}
    found = squat_repetitions(pose)
    began = float(time_s[labelled][0])
    return RealSquats(
        capture=capture,
        stature_m=stature,
        seconds=len(pose) / MODEL_RATE_HZ,
        spans_s=tuple(tuple(began + frame / MODEL_RATE_HZ for frame in span) for span in found),  # type: ignore[misc]
        angles=joint_angles(pose).max(axis=0),
        figures={
            side: np.array([repetition_figures(pose, part, span) for span in found]) for side, part in parts.items()
        },
        curves={
            side: np.array([repetition_curves(pose, part, span) for span in found]) for side, part in parts.items()
        },
        spectra={side: np.stack([spectrum(part[:, :3]), spectrum(part[:, 3:])]) for side, part in parts.items()},
        rms={side: np.array([rms(part[:, :3]), rms(part[:, 3:])]) for side, part in parts.items()},
    )


def _labelled_at(
    time_s: Float[np.ndarray, " steps"], stamps_s: Float[np.ndarray, " labelled"]
) -> Bool[np.ndarray, " steps"]:
    """Return True for the steps of the uniform grid that lie within half a step of a labelled sample."""
    after = np.searchsorted(stamps_s, time_s)
    before = np.clip(after - 1, 0, len(stamps_s) - 1)
    nearest = np.minimum(
        np.abs(time_s - stamps_s[before]), np.abs(time_s - stamps_s[np.clip(after, 0, len(stamps_s) - 1)])
    )
    return np.asarray(nearest <= _HALF_STEP_S + 1e-9)


def real_part(gathered: Gathered, real: RealSquats) -> RealPart:
    """Return every figure of every real repetition beside the synthetic repetitions."""
    synthetic = gathered.repetitions.get("figures", np.empty((0, len(FIGURES))))
    rows = []
    for index, figure in enumerate(FIGURES):
        wrists: tuple[Wrist | None, ...] = ("left", "right") if figure.of_wrist else (None,)
        values = synthetic[:, index]
        rows += [
            _row(figure, wrist, number, float(value), values)
            for wrist in wrists
            for number, value in enumerate(real.figures[wrist or "left"][:, index], start=1)
        ]
    return RealPart(
        file=real.capture.path.name,
        sha256=real.capture.sha256,
        stature_m=real.stature_m,
        stature_note=_STATURE_NOTE,
        seconds=real.seconds,
        spans_s=real.spans_s,
        figures=tuple(rows),
        outside=sum(row.inside is False for row in rows),
    )


def _row(
    figure: Figure, wrist: Wrist | None, repetition: int, value: float, synthetic: Float[np.ndarray, " repetitions"]
) -> RealRow:
    found = Spread.of(synthetic)
    inside = None if found.low is None or found.high is None else found.low <= value <= found.high
    return RealRow(
        figure=figure.name,
        label=figure.label,
        unit=figure.unit,
        wrist=wrist,
        repetition=repetition,
        real=value,
        synthetic=found,
        percentile=percentile_of(value, synthetic) if found.count else None,
        inside=inside,
    )


def percentile_of(value: float, values: Float[np.ndarray, " n"]) -> float:
    """Return the percent of the values that lie below one, equal ones counted half."""
    return float(100.0 * (np.mean(values < value) + 0.5 * np.mean(values == value)))


def real_spectra(real: RealSquats) -> tuple[SpectrumRow, ...]:
    """Return the bandwidth of both real wrists over the labelled squats."""
    return tuple(
        SpectrumRow(
            source="real",
            of=f"squat, {side} wrist",
            signal=signal,
            unit=SIGNAL_UNIT[signal],
            below_hz={
                str(share): float(value)
                for share, value in zip(ENERGY_SHARES, energy_frequencies(real.spectra[side][index]), strict=True)
            },
            rms=float(real.rms[side][index]),
            sequences=1,
        )
        for side in SIDES
        for index, signal in enumerate(SIGNALS)
    )
