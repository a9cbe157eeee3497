"""The bounds of the report: physical properties that a dataset must have, each number with its bound and verdict."""

import numpy as np

from qleap_edge.core.exercises import REGIMES
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.dataset.report.document import CheckRow, GroundRow, RestRow, ScoreRow, Verdict
from qleap_edge.dataset.report.measures import Gathered

LEAST_SCORE_SHARE = 0.15  # of the scored sequences, for each form score
LEAST_FRAME_SHARE = (
    0.99  # of a squat's frames: the ground force is upward, and the centre of pressure lies inside the feet
)
MEAN_FORCE_SLACK = 0.01  # over a repetition that ends where it begins, the mean ground force is the weight
REST_SLACK_M_S2 = 0.02
MOST_SLIDE_MM = {"prescribed": 0.1, "forward": 15.0, "captured": 0.1}
"""Of a planted foot in any sequence. Prescribed feet stand still up to rounding; those of forward simulation creep."""


def check_rows(
    gathered: Gathered, scores: tuple[ScoreRow, ...], ground: tuple[GroundRow, ...], rest: tuple[RestRow, ...]
) -> tuple[CheckRow, ...]:
    """Return every check, in the order in which they are printed; what the dataset does not contain is ``unmeasured``."""
    squats = {row.regime: row for row in ground if row.content == "squat"}
    rows = [*_score_checks(gathered, scores)]
    for regime in REGIMES:
        row = squats.get(regime)
        rows += [
            _at_least(
                f"squats, {regime}: the floor pushes", None if row is None else row.force_pushing_share, "of the frames"
            ),
            _at_least(
                f"squats, {regime}: centre of pressure inside the feet",
                None if row is None else row.pressure_inside_share,
                "of the frames with a foot on the floor",
            ),
            _within(
                f"squats, {regime}: mean ground force over weight",
                None if row is None else row.force_mean,
                1.0,
                MEAN_FORCE_SLACK,
                "1",
            ),
        ]
    rows += [_slide_check(ground, regime) for regime in REGIMES]
    idle = next((row.norm.median for row in rest if row.content == "idle"), None)
    rows.append(_within("idle: median rest norm", idle, STANDARD_GRAVITY, REST_SLACK_M_S2, "m/s²"))
    return tuple(rows)


def _score_checks(gathered: Gathered, scores: tuple[ScoreRow, ...]) -> list[CheckRow]:
    scored = sum(row.sequences for row in scores)
    rows = [
        CheckRow(
            name=f"share of form score {row.score}",
            value=row.share if scored else None,
            unit="1",
            bound=f">= {LEAST_SCORE_SHARE:g}",
            verdict=_verdict(None if not scored else row.share >= LEAST_SCORE_SHARE),
            note=f"{row.sequences} of {scored}",
        )
        for row in scores
    ]
    agrees = gathered.sequences["form_agrees"]
    known = agrees[np.isfinite(agrees)]
    share = float(known.mean()) if len(known) else None
    rows.append(
        CheckRow(
            name="rubric computed again from the file agrees",
            value=share,
            unit="1",
            bound="= 1",
            verdict=_verdict(None if share is None else share == 1.0),
            note=f"{int(known.sum())} of {len(known)}: score, deductions and measures, bit for bit",
        )
    )
    return rows


def _slide_check(ground: tuple[GroundRow, ...], regime: str) -> CheckRow:
    slides = [row.slide_most_mm for row in ground if row.regime == regime]
    worst, bound = max(slides, default=None), MOST_SLIDE_MM[regime]
    return CheckRow(
        name=f"{regime}: largest slide of a planted foot",
        value=worst,
        unit="mm",
        bound=f"<= {bound:g}",
        verdict=_verdict(None if worst is None else worst <= bound),
        note="of all contents",
    )


def _at_least(name: str, value: float | None, note: str) -> CheckRow:
    verdict = _verdict(None if value is None else value >= LEAST_FRAME_SHARE)
    return CheckRow(name=name, value=value, unit="1", bound=f">= {LEAST_FRAME_SHARE:g}", verdict=verdict, note=note)


def _within(name: str, value: float | None, wanted: float, slack: float, unit: str) -> CheckRow:
    verdict = _verdict(None if value is None else abs(value - wanted) <= slack)
    return CheckRow(name=name, value=value, unit=unit, bound=f"{wanted:.6g} ± {slack:g}", verdict=verdict)


def _verdict(good: bool | None) -> Verdict:
    return "unmeasured" if good is None else "ok" if good else "short"
