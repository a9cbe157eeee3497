"""Session reports with known contents, for whatever shows or exports them."""

from typing import Literal

from qleap_edge.alignment.report import WearRecord
from qleap_edge.alignment.wear import Side
from qleap_edge.analysis.session_document import (
    Candidate,
    Disagreement,
    ExerciseStatement,
    FormStatement,
    Measure,
    Named,
    NamedBy,
    RepetitionResult,
    SessionReport,
    SetResult,
)


def measure(value: float, half: float = 0.05) -> Measure:
    return Measure(value=value, low=max(0.0, value - half), high=value + half, source="physics")


def repetition(start_s: float, *, partial: bool = False) -> RepetitionResult:
    return RepetitionResult(
        start_s=start_s, turn_s=start_s + 1.4, end_s=start_s + 2.6, partial=partial,
        range_of_motion_m=measure(0.36 if partial else 0.6), turned_deg=measure(12.0, 1.0),
        mean_concentric_velocity_m_s=measure(0.5), peak_concentric_velocity_m_s=measure(0.9),
        eccentric_s=measure(1.4), concentric_s=measure(1.2), pause_turn_s=measure(0.1), pause_before_s=None,
        depth_m=None, referenced_range_m=None, network_depth_m=None,
    )  # fmt: skip


def set_result(name: Named, count: int, start_s: float, named_by: NamedBy = "network") -> SetResult:
    unknown = name == "unknown"
    return SetResult(
        start_s=start_s, end_s=start_s + 3.0 * count, signal="travel", tilt="core-motion", agreement=0.97, elevation_deg=42.0,
        exercise=ExerciseStatement(
            name=name, named_by="nobody" if unknown else named_by, probability=None if unknown else 0.93,
            candidates=(Candidate(exercise="squat", probability=0.93, contradiction=None),), windows=12,
            abstained=9 if unknown else 0, why_unknown="the network abstains from 9 of 12 windows" if unknown else None,
        ),
        form=FormStatement(score=2, probability=0.4) if name == "squat" else None,
        repetitions=tuple(
            repetition(start_s + 3.0 * k, partial=k == count - 1 and count > 1) for k in range(count)
        ),
        velocity_loss_percent=measure(20.0, 10.0) if count > 1 else None,
        disagreements=(
            Disagreement(about="depth", repetition=2, physics=0.5, network=0.3, message="the depths differ"),
            Disagreement(about="repetitions", repetition=None, physics=5, network=6, message="the counts differ"),
        ) if name == "squat" else (),
    )  # fmt: skip


def session_report(
    *sets: tuple[Named, int], named_by: NamedBy = "network", grade: Literal["preview", "release"] = "preview"
) -> SessionReport:
    """Return a report with sets of these exercises and counts of repetitions, 100 s apart, from 10 s on."""
    return SessionReport(
        recording="workout.csv", recording_sha256="a" * 64, started_at="2026-11-29T10:00:00Z", duration_s=600.0,
        package_sha256="b" * 64, grade=grade, stature_m=1.75, stature_source="given",
        wear=WearRecord(
            wrist=Side.LEFT, crown=Side.RIGHT, source="given", lever_arm="abstains", verdict="abstain",
            lever_m=(0.0, 0.0, 0.0), r2=None, seconds=0.0,
        ), active_s=None, declared_exercise=None,
        reference=None, warnings=("grade preview: no figure here may guide anybody",),
        sets=tuple(set_result(name, count, 10.0 + 100.0 * k, named_by) for k, (name, count) in enumerate(sets)),
        windows=(), abstained_share=None,
    )  # fmt: skip
