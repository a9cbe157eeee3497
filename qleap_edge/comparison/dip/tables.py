"""The DIP-IMU benchmark as tables of text."""

from qleap_edge.comparison.dip.aggregate import ALL_WRISTS, HEADLINE
from qleap_edge.comparison.dip.document import VIEWS, Control, DipBenchmark, FigureRow, GainRow
from qleap_edge.reporting.tables import DASH, Table, number, percent

_SHOWN: tuple[Control, ...] = ("standing", "training_mean", "other_recordings", "shuffled")


def all_tables(found: DipBenchmark) -> list[Table]:
    """Return every table in the order in which they are printed."""
    return [protocol_table(found), *(figure_table(found, wrist) for wrist in ALL_WRISTS), gain_table(found)]


def summary(found: DipBenchmark) -> str:
    """Return the most important result in a few sentences."""
    row = next(row for row in found.gains if row.wrist == "both" and row.view == "overlap_mean" and row.strongest)
    figure = next(
        row for row in found.figures if row.wrist == "both" and row.view == "overlap_mean" and row.name == HEADLINE
    )
    text = (
        f"One wrist IMU, DIP-derived 6-DOF, open skeleton: {figure.model:.1f} cm MPJPE-16, against "
        f"{figure.controls[row.against]:.1f} cm of the strongest control without a sensor ({row.against}). "
    )
    text += {
        "better": f"With the sensor the error is smaller by {percent(row.gain)}",
        "worse": "It is worse than the prior",
        "undecided": "It is not better than the prior",
        "unknown": "With fewer than two recordings nothing can be said about the gain",
    }[row.verdict]
    text += f" (gain {_interval(row)})." if row.low is not None else "."
    own = next(
        gain
        for gain in found.gains
        if (gain.wrist, gain.view, gain.against) == ("both", "overlap_mean", "training_mean")
    )
    text += f" Against the mean pose of its own training the gain is {percent(own.gain)}"
    text += "." if own.low is None else f" ({_interval(own)})."
    if not found.complete:
        discarded = sum(recording.discarded is not None for recording in found.recordings)
        text += f" INCOMPLETE: {len(found.missing)} recordings are missing and {discarded} are discarded."
    return text


def protocol_table(found: DipBenchmark) -> Table:
    """Return the model, the data and what is fixed."""
    model, fixed = found.model, found.protocol
    counted = [row for row in found.recordings if row.discarded is None]
    wrists = [wrist for row in counted for wrist in row.wrists]
    angles = [wrist.forearm_angle_deg for wrist in wrists]
    other = [row.name for row in counted if row.published_frames is None or abs(row.frames - row.published_frames) > 1]
    unsure = [wrist.abstained for wrist in wrists if wrist.abstained is not None]
    rows = [
        ("model", f"{model.kind} {model.name}, sha256 {model.sha256[:12]}, grade {model.grade or DASH}, sigma {model.sigma}"),
        (
            "data",
            f"DIP-IMU, {', '.join(fixed.subjects)}: {len(counted)} recordings, {sum(row.steps for row in counted):,} steps, "
            f"{sum(wrist.windows for wrist in wrists):,} windows of both wrists",
        ),
        ("complete", "yes" if found.complete else f"no: {len(found.missing)} missing"),
        ("other length than published", ", ".join(other) or "none"),
        ("discarded", "; ".join(f"{row.name}: {row.discarded}" for row in found.recordings if row.discarded) or "none"),
        ("sensors", ", ".join(f"{wrist} wrist: {sensor}" for wrist, sensor in fixed.sensors.items())),
        (
            "gaps",
            f"{fixed.gaps}, at most {percent(max(wrist.filled_share for wrist in wrists))} of a recording filled",
        ),
        (
            "sensor to fitted forearm",
            f"{min(angles):.1f} to {max(angles):.1f}°",
        ),
        ("not sure", f"{percent(sum(unsure) / len(unsure))} of the windows, mean over recordings" if unsure else DASH),
        ("windows", f"{fixed.window_steps} steps at {fixed.rate_hz:g} Hz, hop {fixed.hop_steps}"),
        ("skeleton", f"{fixed.skeleton}; {fixed.stature_m:g} m"),
        ("heading", fixed.heading),
        ("mean", fixed.aggregate),
    ]  # fmt: skip
    return Table("DIP-IMU, one wrist", ("what", "value"), tuple(rows))


def figure_table(found: DipBenchmark, wrist: str) -> Table:
    """Return every figure of one wrist with its interval and the controls."""
    rows = [
        (
            row.name,
            {"overlap_mean": "averaged", "newest": "live"}[view],
            row.unit,
            number(row.model),
            DASH if row.low is None else f"{number(row.low)} to {number(row.high)}",
            number(row.frame_weighted),
            *(number(row.controls.get(control)) for control in _SHOWN),
            number(row.truth),
        )
        for view in VIEWS
        for row in found.figures
        if row.wrist == wrist and row.view == view
    ]
    columns = ("figure", "view", "unit", "model", "95 % interval", "by frames", "standing", "training", "others",
               "shuffled", "truth")  # fmt: skip
    return Table(f"Open-skeleton figures, {wrist} wrist{'s' if wrist == 'both' else ''}", columns, tuple(rows))


def gain_table(found: DipBenchmark) -> Table:
    """Return the gain of MPJPE-16 over each control."""
    rows = [
        (
            row.wrist,
            {"overlap_mean": "averaged", "newest": "live"}[row.view],
            f"{row.against}{', strongest without a sensor' if row.strongest else ''}",
            percent(row.gain),
            _interval(row),
            row.verdict,
        )
        for row in found.gains
    ]
    return Table(
        "Gain of MPJPE-16 over controls", ("wrist", "view", "against", "gain", "95 % interval", "verdict"), tuple(rows)
    )


def figure(found: DipBenchmark, wrist: str, view: str, name: str) -> FigureRow | None:
    """Return one figure; None if it is not there."""
    return next((row for row in found.figures if (row.wrist, row.view, row.name) == (wrist, view, name)), None)


def _interval(row: GainRow) -> str:
    return DASH if row.low is None or row.high is None else f"{percent(row.low)} to {percent(row.high)}"
