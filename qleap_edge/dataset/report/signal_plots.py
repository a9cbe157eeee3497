"""Figures of wrist signals and of single repetitions: the synthetic range with the curves of the real person."""

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from qleap_edge.dataset.motion_capture import SIDES
from qleap_edge.dataset.report.figures import CURVE_POINTS, FREQUENCIES_HZ
from qleap_edge.dataset.report.literature import SIGNAL_UNIT, SIGNALS, WATCH_FACTS, Signal
from qleap_edge.dataset.report.measures import Gathered
from qleap_edge.dataset.report.real import RealSquats
from qleap_edge.dataset.windows import spread_rows
from qleap_edge.reporting.style import REAL, SYNTHETIC, WATCH, WRIST_LINES, shared_legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIGNAL_TITLE: dict[Signal, str] = {"specific_force": "Specific force", "angular_velocity": "Angular velocity"}
_FASTEST_HZ = 22.0  # the passband of 50 Hz data
_EXAMPLES = 4


def spectra(gathered: Gathered, real: RealSquats | None) -> "Figure":
    """Draw densities and running energy of the squats' wrist signals, with the real person's and the watch's figures."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.6), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True)
    all_densities = gathered.sequences["spectra"][gathered.where("squat")].astype(np.float64)
    shown = slice(1, int(np.searchsorted(FREQUENCIES_HZ, _FASTEST_HZ, side="right")))
    frequency = FREQUENCIES_HZ[shown]
    for column, signal in enumerate(SIGNALS):
        density, energy = axes[:, column]
        densities = all_densities[:, column]
        _band(density, frequency, densities[:, shown], "synthetic squats")
        _band(energy, frequency, _running_percent(densities)[:, shown], "synthetic squats")
        if real is not None:
            for side in SIDES:
                own = real.spectra[side][None, column]
                look = {"color": REAL, "linestyle": WRIST_LINES[side], "label": f"real person, {side} wrist"}
                density.plot(frequency, own[0, shown], **look)
                energy.plot(frequency, _running_percent(own)[0, shown], **look)
        fact = WATCH_FACTS["squat"][signal].below_hz
        known = [(hertz, share) for share, hertz in fact.items() if hertz <= _FASTEST_HZ]
        energy.plot(*zip(*known, strict=True), "D", color=WATCH, label="real watch, barbell squats")
        density.set_xscale("log")
        density.set_yscale("log")
        density.set_title(f"{_SIGNAL_TITLE[signal]} in squats")
        density.set_ylabel(f"density (({SIGNAL_UNIT[signal]})²/Hz)")
        energy.set_ylabel("energy below (%)")
        energy.set_xlabel("frequency (Hz)")
        energy.set_ylim(0.0, 102.0)
        ticks = [0.25, 0.5, 1, 2, 4, 8, 16]
        energy.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        density.minorticks_off()
        energy.minorticks_off()
    shared_legend(figure, 5)
    return figure


def curves(gathered: Gathered, real: RealSquats | None) -> "Figure":
    """Draw knee flexion and the wrist's specific force over single repetitions."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.8), layout="constrained")
    knee, force = figure.subplots(1, 2)
    percent = np.linspace(0.0, 100.0, CURVE_POINTS)
    stored = gathered.repetitions["curves"].astype(np.float64)
    examples = spread_rows(len(stored), _EXAMPLES)
    for axis, column in ((knee, 0), (force, 1)):
        _band(axis, percent, stored[:, column], "synthetic squats")
        for number, index in enumerate(examples):
            label = "synthetic examples" if number == 0 else None
            axis.plot(percent, stored[index, column], color="0.35", linewidth=0.6, label=label)
        for side in SIDES if real is not None else ():
            _real_curves(axis, percent, real, side, column)
        axis.set_xlabel("share of the repetition (%)")
    knee.set_ylabel("knee flexion, mean of both sides (°)")
    knee.set_title("Knee")
    force.set_ylabel("norm of the specific force (m/s²)")
    force.set_title("Wrist")
    force.set_ylim(0.0, None)
    shared_legend(figure, 5)
    return figure


def _real_curves(axis: Any, percent: np.ndarray, real: RealSquats | None, side: str, column: int) -> None:
    if real is None or (column == 0 and side == "right"):  # the knees are the same for both wrists
        return
    for repetition, curve in enumerate(real.curves[side][:, column]):
        label = f"real person, {side} wrist" if column == 1 and repetition == 0 else None
        axis.plot(percent, curve, color=REAL, linestyle=WRIST_LINES[side], linewidth=1.1, label=label)


def _band(axis: Any, x: np.ndarray, rows: Float[np.ndarray, "rows x"], label: str) -> None:
    """Draw the median and the 1-99 % band of many curves."""
    low, median, high = np.percentile(rows, (1.0, 50.0, 99.0), axis=0)
    axis.fill_between(x, low, high, color=SYNTHETIC, alpha=0.2, lw=0, label=f"{label}, 1–99 %")
    axis.plot(x, median, color=SYNTHETIC, label=f"{label}, median")


def _running_percent(densities: Float[np.ndarray, "rows frequencies"]) -> Float[np.ndarray, "rows frequencies"]:
    """Return the percent of the energy up to each frequency, without the constant part."""
    running = np.cumsum(np.where(np.arange(densities.shape[1]) == 0, 0.0, densities), axis=1)
    return np.asarray(100.0 * running / np.maximum(running[:, -1:], 1e-30))
