"""One real person against the synthetic squats: does each figure lie inside the synthetic 1-99 % range?"""

from typing import Literal

import numpy as np
from jaxtyping import Float

from qleap_edge.dataset.motion_capture import SIDES
from qleap_edge.dataset.report.document import RealPart, RealRow, SpectrumRow, Spread
from qleap_edge.dataset.report.figures import FIGURES, Figure
from qleap_edge.dataset.report.gather import Gathered
from qleap_edge.dataset.report.literature import ENERGY_SHARES, SIGNAL_UNIT, SIGNALS
from qleap_edge.dataset.report.real import LEG_SHARE, RealSquats
from qleap_edge.dataset.report.spectra import energy_frequencies

Wrist = Literal["left", "right"]
_STATURE_NOTE = (
    f"estimated: thigh and shank over {LEG_SHARE:g}; the trunk, head and wrists of the file's skeleton are biased"
)


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
