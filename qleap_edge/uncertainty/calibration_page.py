"""The page of ``qleap calibrate --report``: what the calibration is worth, on which persons, and where it fails."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from qleap_edge.core.output_paths import marked_file, write_output
from qleap_edge.core.skeleton import PELVIS
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.reporting.interactive_page import (
    InteractivePage,
    InteractiveSection,
    Statement,
    Tone,
    render_interactive_page,
)
from qleap_edge.reporting.plots import Plot
from qleap_edge.reporting.tables import DASH, Table, number
from qleap_edge.uncertainty.calibration_curves import (
    coverage_by_exercise,
    coverage_by_joint,
    coverage_by_part,
    exercise_reliability,
    probability_integral_transform,
    reliability,
    scale_bins,
    sparsification,
)
from qleap_edge.uncertainty.calibration_plots import (
    difficulty_plot,
    exercise_plot,
    exercise_reliability_plot,
    joint_plot,
    pit_plot,
    reliability_plot,
    scale_plot,
    sparsification_plot,
)
from qleap_edge.uncertainty.measured_errors import MeasuredErrors
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument
from qleap_edge.uncertainty.report import HARD_LEVEL

_MARK = "qleap-edge: page of a calibration"
CALIBRATION_PAGE_FILE = marked_file("a page of a calibration", b"<!doctype html>", _MARK.encode())
_SHOWN_ABOVE = ("hardest_by_predicted_error", "worst_named_exercise", "worst_group", "sequences_5th_percentile")
"""Where coverage fails first: published work finds 0.6 in the hardest quarter behind 0.9 overall."""


def calibration_page(
    test: CalibrationWindows,
    profile: ProfileDocument,
    measurements: Sequence[Measurement],
    least: Mapping[str, float],
    *,
    statements: Sequence[Statement] = (),
    sections: Sequence[InteractiveSection] = (),
) -> str:
    """Return the page as HTML; equal inputs give equal pages.

    Args:
        test: windows of persons that are in neither training nor calibration.
        profile: of the package that gave the outputs.
        measurements: of :func:`~qleap_edge.uncertainty.report.calibration_measurements` on the same windows.
        least: name of a measurement → the least value that is wanted.
        statements: of real recordings, below the others.
        sections: of real recordings, before the table.
    """
    errors = MeasuredErrors(test, profile)
    subject, size = test.subject, test.size()
    radius = errors.radius(HARD_LEVEL) if HARD_LEVEL in profile.levels else None
    hard = () if radius is None else _where_it_is_hard(errors, radius)
    return render_interactive_page(
        InteractivePage(
            mark=_MARK,
            title=f"Calibration of {profile.variant}",
            heading=f"Calibration of the package {profile.variant}",
            statements=(*_top(measurements, least), _captured(measurements, profile, least), *statements),
            origin=(
                f"{size.windows} windows of {size.sequences} sequences of {size.subjects} synthetic persons who are in neither "
                f"training nor calibration. The profile was fitted on {profile.scale_set.subjects} persons (scales) and "
                f"{profile.radius_set.subjects} others (radii). Package sha256 ",
                f"`{profile.package_sha256}`",
                ".",
            ),
            sections=(
                InteractiveSection(
                    "Size of σ", (),
                    (
                        reliability_plot(reliability(errors.raw, subject), reliability(errors.scaled, subject)),
                        pit_plot(
                            probability_integral_transform(errors.raw, subject),
                            probability_integral_transform(errors.scaled, subject),
                        ),
                        scale_plot(scale_bins(errors)),
                    ),
                ),
                InteractiveSection("Where it is hard", (), hard),
                InteractiveSection(
                    "Answers and abstention", (),
                    (sparsification_plot(sparsification(errors)), exercise_reliability_plot(exercise_reliability(errors))),
                ),
                *sections,
                InteractiveSection("Every figure", (), (), (_table(measurements),)),
            ),
            notes=(
                profile.guarantee,
                "Plots of regions and σ show synthetic persons: none says how often a region holds the joint of a real one.",
                "Frames are no samples: every interval is over persons drawn whole.",
            ),
        )
    )  # fmt: skip


def write_calibration_page(page: str, out: Path) -> None:
    """Write the page atomically.

    Raises:
        UsageError: another file lies there.
        InputDataError: the file cannot be written.
    """
    write_output(out, page.encode(), CALIBRATION_PAGE_FILE)


def _where_it_is_hard(errors: MeasuredErrors, radius: Float[np.ndarray, " 16"]) -> tuple[Plot, ...]:
    hits = (errors.scores <= radius).mean(axis=(1, 2))
    decoded, subject = errors.decoded, errors.test.subject
    curves = {
        name: coverage_by_part(hits, order_by, subject)
        for name, order_by in (
            ("predicted error", decoded.log_sigma),
            ("distance of the embedding", decoded.embedding_distance),
            ("distance of the input", decoded.input_distance),
        )
    }
    return (
        difficulty_plot(curves, HARD_LEVEL),
        exercise_plot(coverage_by_exercise(errors, hits), HARD_LEVEL),
        joint_plot(coverage_by_joint(errors), errors.profile.levels),
    )


def _top(measurements: Sequence[Measurement], least: Mapping[str, float]) -> tuple[Statement, ...]:
    """Return the coverage on average and where it is hard, each with what is wanted of it."""
    named = {row.name.removeprefix("calibration."): row for row in measurements}
    percent = f"{100 * HARD_LEVEL:g}"
    overall = named.get(f"region_coverage_{percent}.after")
    if overall is None or overall.value is None:
        return (Statement("Too few calibration persons for conformal regions at this level.", "warning"),)
    details, missed = [], False
    for where in _SHOWN_ABOVE:
        row = named.get(f"region_coverage_{percent}.{where}")
        if row is None or row.value is None:
            continue
        wanted = least.get(row.name)
        short = wanted is not None and row.value < wanted
        missed = missed or short
        bound = "" if wanted is None else f", wanted at least {wanted:g}{' - missed' if short else ''}"
        details.append(f"{where.replace('_', ' ')}: {_with_interval(row)}{bound}")
    told = f"The {percent} % regions hold {_with_interval(overall)} of the true joints."
    tone: Tone = "bad" if missed else "good"
    return (Statement(told, tone, tuple(details)),)


def _captured(measurements: Sequence[Measurement], profile: ProfileDocument, least: Mapping[str, float]) -> Statement:
    """Return what the regions are worth on people whose motion was captured."""
    before, after = (
        next(
            row
            for row in measurements
            if row.name == f"calibration.captured.region_coverage_{100 * HARD_LEVEL:g}.{when}"
        )
        for when in ("before", "after")
    )
    wanted, found = least.get(after.name), profile.captured
    short = wanted is not None and found.coverage_90 < wanted
    bound = "" if wanted is None else f", wanted at least {wanted:g}{' - missed' if short else ''}"
    factors = [factor for joint, factor in enumerate(found.widening) if joint != PELVIS]
    return Statement(
        f"For {found.persons} people whose motion was captured they hold {number(before.value, 3)}; with σ widened by "
        f"{min(factors):.2f} to {max(factors):.2f}, {_with_interval(after)}.",
        "bad" if short else "good",
        (f"widened by default in an app{bound}", f"{found.recordings} recordings of virtual watches; {after.note}"),
    )


def _with_interval(row: Measurement) -> str:
    shown = number(row.value, 3)
    return shown if row.interval is None else f"{shown} ({number(row.interval[0], 3)} to {number(row.interval[1], 3)})"


def _table(measurements: Sequence[Measurement]) -> Table:
    rows = tuple(
        (
            row.name.removeprefix("calibration."),
            number(row.value),
            DASH if row.interval is None else f"{number(row.interval[0])} to {number(row.interval[1])}",
            DASH if row.subjects is None else str(row.subjects),
            row.note or DASH,
        )
        for row in measurements
    )
    return Table(
        "Every figure, with its 95 % interval over persons", ("figure", "value", "interval", "persons", "note"), rows
    )
