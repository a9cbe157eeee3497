"""Figures over all recordings with their intervals, and the gain over each control."""

from collections.abc import Iterable
from typing import get_args

import numpy as np
from jaxtyping import Float64

from qleap_edge.comparison.dip.document import (
    CONTROLS,
    SENSOR_FREE,
    VIEWS,
    Control,
    FigureRow,
    GainRow,
    RecordingRow,
    ValueRow,
    Verdict,
    View,
    Wrists,
)
from qleap_edge.comparison.dip.scores import SIGMA_UNITS, UNITS
from qleap_edge.metrics.bootstrap import mean_interval, ratio_intervals

HEADLINE = "mpjpe_16"
"""The figure whose gain over the controls is reported."""

ALL_WRISTS: tuple[Wrists, ...] = get_args(Wrists)


def figure_rows(recordings: Iterable[RecordingRow]) -> tuple[FigureRow, ...]:
    """Return every figure of each wrist and of both, in each view."""
    counted = [row for row in recordings if row.discarded is None]
    return tuple(
        row
        for wrist in ALL_WRISTS
        for view in VIEWS
        for name, unit in (UNITS | SIGMA_UNITS).items()
        if (row := _figure(counted, wrist, view, name, unit)) is not None
    )


def gain_rows(recordings: Iterable[RecordingRow]) -> tuple[GainRow, ...]:
    """Return the gain of MPJPE-16 over each control, and which control without a sensor is the strongest."""
    counted = [row for row in recordings if row.discarded is None]
    rows: list[GainRow] = []
    for wrist in ALL_WRISTS:
        for view in VIEWS:
            values = [_values(row, wrist, view, HEADLINE) for row in counted]
            model = np.array([np.mean([value.model for value in group]) for group in values], dtype=np.float64)
            errors = {
                control: np.array([np.mean([value.controls[control] for value in group]) for group in values])
                for control in CONTROLS
                if all(control in value.controls for group in values for value in group)
            }
            free = [control for control in SENSOR_FREE if control in errors]
            strongest = min(free, key=lambda control: float(errors[control].mean()))
            rows += [_gain(wrist, view, control, control == strongest, model, errors[control]) for control in errors]
    return tuple(rows)


def _figure(counted: list[RecordingRow], wrist: Wrists, view: View, name: str, unit: str) -> FigureRow | None:
    groups = [group for row in counted if (group := _values(row, wrist, view, name))]
    if not groups:
        return None
    each = np.array([np.mean([value.model for value in group]) for group in groups], dtype=np.float64)
    flat = [value for group in groups for value in group]
    low, high = mean_interval(each, np.arange(len(each))) if len(each) > 1 else (None, None)
    truths = [np.mean([value.truth for value in group if value.truth is not None]) for group in groups
              if any(value.truth is not None for value in group)]  # fmt: skip
    return FigureRow(
        wrist=wrist,
        view=view,
        name=name,
        unit=unit,
        recordings=len(each),
        model=float(each.mean()),
        low=low,
        high=high,
        frame_weighted=float(np.average([value.model for value in flat], weights=[value.frames for value in flat])),
        truth=float(np.mean(truths)) if truths else None,
        controls={
            control: float(np.mean([np.mean([value.controls[control] for value in group]) for group in groups]))
            for control in CONTROLS
            if all(control in value.controls for value in flat)
        },
    )


def _values(recording: RecordingRow, wrist: Wrists, view: View, name: str) -> list[ValueRow]:
    """Return one figure of a recording, once for each wrist; a figure that is not defined in it is left out."""
    return [
        value
        for row in recording.wrists
        if wrist in (row.wrist, "both")
        for value in row.values
        if value.view == view and value.name == name and value.model is not None
    ]


def _gain(
    wrist: Wrists,
    view: View,
    control: Control,
    strongest: bool,
    model: Float64[np.ndarray, " n"],
    errors: Float64[np.ndarray, " n"],
) -> GainRow:
    low, high, verdict = None, None, "unknown"
    if len(model) > 1:
        least, most = ratio_intervals(model[:, None], errors[:, None])[0]
        low, high = 1.0 - float(most), 1.0 - float(least)
        verdict = "better" if low > 0.0 else "worse" if high < 0.0 else "undecided"
    return GainRow(
        wrist=wrist,
        view=view,
        against=control,
        strongest=strongest,
        gain=1.0 - float(model.sum() / errors.sum()),
        low=low,
        high=high,
        verdict=_VERDICTS[verdict],
    )


_VERDICTS: dict[str, Verdict] = {verdict: verdict for verdict in get_args(Verdict)}
