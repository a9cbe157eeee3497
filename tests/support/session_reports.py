"""Session documents without a recording: one that is written out, and random ones for property tests."""

from typing import get_args

from hypothesis import strategies as st

from qleap_edge.alignment.lever_arm import Agreement, Verdict
from qleap_edge.alignment.report import WearRecord
from qleap_edge.alignment.wear import Side
from qleap_edge.analysis.alerts import AlertResult
from qleap_edge.analysis.cycles import Signal
from qleap_edge.analysis.session_document import (
    DepthMeasure,
    Disagreement,
    ExerciseStatement,
    Measure,
    RepetitionResult,
    SessionReport,
    SetResult,
    Source,
)
from qleap_edge.analysis.vertical_motion import Tilt
from qleap_edge.core.exercises import EXERCISES, Exercise
from qleap_edge.core.grades import Grade

RECORDING_SHA256 = "5a" * 32
PACKAGE_SHA256 = "c3" * 32


def measure(value: float, half: float, source: Source = "physics") -> Measure:
    return Measure(value=value, low=max(0.0, value - half), high=value + half, source=source)


def repetition(
    start_s: float, range_m: float, *, depth_m: float | None = None, first: bool = False
) -> RepetitionResult:
    depth = None
    if depth_m is not None:
        depth = DepthMeasure(
            value=depth_m, low=depth_m - 0.1, high=depth_m + 0.1, source="both", bias_sd=0.05, spread_sd=0.02,
            by_reference=False,
        )  # fmt: skip
    return RepetitionResult(
        start_s=start_s, turn_s=start_s + 1.25, end_s=start_s + 2.5, partial=range_m < 0.4,
        range_of_motion_m=measure(range_m, 0.03), turned_deg=measure(12.0, 2.0),
        mean_concentric_velocity_m_s=measure(range_m / 1.25, 0.05),
        peak_concentric_velocity_m_s=measure(range_m / 0.7, 0.1),
        eccentric_s=measure(1.2, 0.02), concentric_s=measure(1.25, 0.02), pause_turn_s=measure(0.05, 0.02),
        pause_before_s=None if first else measure(0.4, 0.02), depth_m=depth, referenced_range_m=None,
        network_depth_m=depth_m,
    )  # fmt: skip


def exercise_set(start_s: float, name: Exercise | None, ranges_m: tuple[float, ...]) -> SetResult:
    """Return a set of an exercise that the network names, or of an unknown one (None)."""
    depth_m = 0.42 if name == "squat" else None
    repetitions = tuple(
        repetition(start_s + 3.0 * row, range_m, depth_m=depth_m, first=row == 0)
        for row, range_m in enumerate(ranges_m)
    )
    exercise = ExerciseStatement(
        name=name or "unknown", named_by="network" if name else "nobody", probability=0.93 if name else None,
        candidates=(), windows=20, abstained=3, why_unknown=None if name else "the windows do not agree",
        one_of=() if name else ("row", "biceps_curl"),
    )  # fmt: skip
    disagreement = Disagreement(
        about="depth", repetition=2, physics=0.42, network=0.3, message="the network sees 0.30 m, the wrist says 0.42 m"
    )
    return SetResult(
        start_s=start_s, end_s=repetitions[-1].end_s, signal=get_args(Signal)[0], tilt=get_args(Tilt)[0], watch_arm_only=False,
        agreement=0.97, elevation_deg=5.0, exercise=exercise, form=None, repetitions=repetitions,
        velocity_loss_percent=measure(12.5, 8.0) if len(repetitions) > 1 else None,
        disagreements=(disagreement,) if name == "squat" else (),
        alerts=(
            AlertResult(
                name="short_repetition", limit=0.8, miss_rate_at_most=0.04,
                answers=("alert", *("not sure",) * (len(repetitions) > 1), *("fine",) * (len(repetitions) - 2)),
            ),
        ) if name == "squat" else (),
    )  # fmt: skip


def session(*sets: SetResult, grade: Grade = "preview", **changes: object) -> SessionReport:
    """Return a session with these sets; ``changes`` replace other fields."""
    wear = WearRecord(
        wrist=Side.LEFT, crown=Side.RIGHT, source="given", lever_arm=get_args(Agreement)[0], verdict=get_args(Verdict)[0],
        lever_m=(0.2, 0.0, 0.01), r2=0.8, seconds=30.0,
    )  # fmt: skip
    fields: dict[str, object] = {
        "recording": "recordings/one.csv", "recording_sha256": RECORDING_SHA256, "started_at": "2026-03-01T17:30:00.250Z",
        "duration_s": 300.0, "package_sha256": PACKAGE_SHA256, "grade": grade, "stature_m": 1.75,
        "stature_source": "assumed", "wear": wear, "active_s": None, "declared_exercise": None, "reference": None,
        "warnings": ("grade preview: no figure here may guide anybody",), "sets": sets, "windows": (),
        "abstained_share": None,
    }  # fmt: skip
    return SessionReport.model_validate({**fields, **changes})


def example() -> SessionReport:
    """Return a session with a squat set of three repetitions, the second partial, and one repetition that nobody knows."""
    return session(exercise_set(10.0, "squat", (0.55, 0.31, 0.52)), exercise_set(60.0, None, (0.4,)))


FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=30)
SECONDS = st.floats(0.0, 1e7)


@st.composite
def measures(draw: st.DrawFn) -> Measure:
    low, value, high = sorted(draw(st.tuples(FINITE, FINITE, FINITE)))
    return Measure(value=value, low=low, high=high, source=draw(st.sampled_from(get_args(Source))))


@st.composite
def depths(draw: st.DrawFn) -> DepthMeasure:
    parts = st.floats(0.0, 1e3)
    return DepthMeasure(
        **draw(measures()).model_dump(), bias_sd=draw(parts), spread_sd=draw(parts), by_reference=draw(st.booleans())
    )


@st.composite
def repetitions(draw: st.DrawFn) -> RepetitionResult:
    start_s, turn_s, end_s = sorted(draw(st.tuples(SECONDS, SECONDS, SECONDS)))
    own = {
        name: draw(measures()) for name, field in RepetitionResult.model_fields.items() if field.annotation is Measure
    }
    return RepetitionResult.model_validate(
        {
            **own, "start_s": start_s, "turn_s": turn_s, "end_s": end_s, "partial": draw(st.booleans()),
            "pause_before_s": draw(st.none() | measures()), "depth_m": draw(st.none() | depths()),
            "referenced_range_m": draw(st.none() | depths()),
            "network_depth_m": draw(st.none() | FINITE),
        }
    )  # fmt: skip


@st.composite
def exercise_statements(draw: st.DrawFn) -> ExerciseStatement:
    name = draw(st.sampled_from((*EXERCISES, "unknown")))
    known = name != "unknown"
    return ExerciseStatement(
        name=name, named_by=draw(st.sampled_from(("network", "wearer"))) if known else "nobody",
        probability=draw(st.none() | st.floats(0.0, 1.0)) if known else None, candidates=(), windows=0, abstained=0,
        why_unknown=None if known else draw(TEXTS),
        one_of=() if known else tuple(draw(st.lists(st.sampled_from(EXERCISES), max_size=2, unique=True))),
    )  # fmt: skip


@st.composite
def sets(draw: st.DrawFn) -> SetResult:
    start_s, end_s = sorted(draw(st.tuples(SECONDS, SECONDS)))
    disagreement = st.builds(
        Disagreement, about=st.sampled_from(("repetitions", "exercise", "depth")), repetition=st.none() | st.integers(1, 4),
        physics=st.none() | FINITE, network=st.none() | FINITE, message=TEXTS,
    )  # fmt: skip
    repeated = tuple(draw(st.lists(repetitions(), max_size=3)))
    answers = tuple(draw(st.sampled_from(("alert", "not sure", "fine"))) for _ in repeated)
    alerts = (
        (AlertResult(name="short_repetition", limit=0.8, answers=answers, miss_rate_at_most=0.04),) if answers else ()
    )
    return SetResult(
        start_s=start_s, end_s=end_s, signal=draw(st.sampled_from(get_args(Signal))),
        tilt=draw(st.sampled_from(get_args(Tilt))), watch_arm_only=draw(st.booleans()), agreement=draw(st.floats(-1.0, 1.0)),
        elevation_deg=draw(st.floats(-90.0, 90.0)), exercise=draw(exercise_statements()), form=None,
        repetitions=repeated, alerts=alerts,
        velocity_loss_percent=draw(st.none() | measures()),
        disagreements=tuple(draw(st.lists(disagreement, max_size=2))),
    )  # fmt: skip


@st.composite
def sessions(draw: st.DrawFn) -> SessionReport:
    """Any session that an analysis could write, with figures far beyond those of a person."""
    return session(
        *draw(st.lists(sets(), max_size=3)),
        grade=draw(st.sampled_from(get_args(Grade))),
        started_at=draw(st.sampled_from((None, "2026-03-01T17:30:00.250Z", "2026-03-01T18:30:00+01:00"))),
        warnings=tuple(draw(st.lists(TEXTS, max_size=2))),
    )
