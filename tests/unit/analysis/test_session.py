"""Real recordings through sets, measures, network and fusion: what is said, what is not, and who is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import AlignedRecording, align, windows
from qleap_edge.alignment.wear import ASSUMED_WEAR, Side, Wear
from qleap_edge.analysis.measures import measure_set
from qleap_edge.analysis.session import Session, Wearer, analyze
from qleap_edge.analysis.session_document import SessionReport
from qleap_edge.analysis.sets import find_sets
from qleap_edge.bundle.shipped import ShippedModel, open_bundle
from qleap_edge.core.errors import InputDataError, SchemaMismatch, UsageError
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.grades import GRADE_WARNINGS, Grade
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.records import read_document
from qleap_edge.core.resources import resource
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.profile import ABSTAIN_REASONS
from tests.support.exercise_sets import Rep, path, recorded
from tests.support.micro import Micro
from tests.support.watch_recordings import EVERYDAY, GYM_SET, PENDULUM_LEFT, PENDULUM_RIGHT, WRIST_MOTION, swinging_arm

REASONS = {*ABSTAIN_REASONS, "masked", "untrained", "set_unknown", "outvoted"}
SOMEBODY = Wearer(1.75, "assumed")
LEFT = Wear(Side.LEFT, Side.RIGHT)


@pytest.fixture(scope="module")
def model(micro: Micro) -> ShippedModel:
    return open_bundle(micro.bundle)


@pytest.fixture(scope="module")
def gym() -> AlignedRecording:
    return align(read_recording(GYM_SET), LEFT)


@pytest.fixture(scope="module")
def session(gym: AlignedRecording, model: ShippedModel) -> Session:
    return analyze(gym, model, SOMEBODY)


@pytest.fixture(scope="module")
def report(session: Session) -> SessionReport:
    return session.report


def worn(reps: list[Rep]) -> Recording:
    """Return a set recorded with white noise: without any, an exact sensor at rest counts as stuck."""
    height, pitch, _ = path(reps)
    ideal, rng = recorded(height, pitch, core_motion=True), np.random.default_rng(2)
    assert ideal.user_acceleration is not None
    noise = rng.normal(0.0, 0.01, ideal.specific_force.shape)
    return dataclasses.replace(
        ideal,
        specific_force=ideal.specific_force + noise,
        user_acceleration=ideal.user_acceleration - noise / STANDARD_GRAVITY,
        angular_velocity=ideal.angular_velocity + rng.normal(0.0, 2e-3, noise.shape),
    )


def squats(count: int) -> Recording:
    return worn([Rep(range_m=0.6, down_s=1.5, up_s=1.2, pause_s=0.3, rest_s=0.8)] * count)


def test_sets_and_repetitions_are_those_of_physics(report: SessionReport, gym: AlignedRecording) -> None:
    found = find_sets(gym.recording)
    assert [len(one.repetitions) for one in report.sets] == [len(one.repetitions) for one in found]
    for said, one in zip(report.sets, found, strict=True):
        assert said.start_s <= one.start_s + 0.2 and said.end_s >= one.end_s - 0.2, "from rest to rest"
        assert [(rep.start_s, rep.end_s) for rep in said.repetitions] == [
            (rep.start_s, rep.end_s) for rep in measure_set(one)
        ]
    assert len(found) >= 1
    for one in report.sets:
        for rep in one.repetitions:
            for measure in (rep.range_of_motion_m, rep.mean_concentric_velocity_m_s, rep.concentric_s, rep.eccentric_s):
                assert 0.0 <= measure.low <= measure.value <= measure.high and measure.source == "physics"
            assert rep.start_s < rep.turn_s < rep.end_s


def test_the_windows_are_those_whose_middle_lies_in_a_set(report: SessionReport, gym: AlignedRecording) -> None:
    cut = windows(gym)
    middle = cut.start_s + 2.0
    expected = [
        start
        for one in report.sets
        for start, at in zip(cut.start_s, middle, strict=True)
        if one.start_s <= at <= one.end_s
    ]
    np.testing.assert_allclose([window.start_s for window in report.windows], expected, atol=1e-9)
    for window in report.windows:
        assert window.end_s - window.start_s == pytest.approx(199 / 50)
        assert window.abstain == bool(window.reasons) and set(window.reasons) <= REASONS
        assert 0.125 - 1e-9 <= window.exercise_probability <= 1.0
        assert (window.form is None) == (window.form_probability is None)
        assert window.form is None or window.exercise == "squat"
    assert report.abstained_share == np.mean([window.abstain for window in report.windows])


def test_where_it_comes_from_is_said(report: SessionReport, micro: Micro, gym: AlignedRecording) -> None:
    assert report.recording_sha256 == gym.recording.sha256
    assert report.package_sha256 == digest_of(micro.bundle / "QuantumLeapPose.mlpackage")
    assert (report.grade, report.stature_source, report.reference) == ("tiny", "assumed", None)
    assert GRADE_WARNINGS["tiny"] in report.warnings
    assert len(report.warnings) == 1 + sum(finding.level == "warn" for finding in gym.findings)
    assert report.started_at is None, "the merged export has no date"


def test_a_recording_with_stamps_of_the_epoch_has_a_date(model: ShippedModel) -> None:
    assert analyze(align(read_recording(WRIST_MOTION)), model, SOMEBODY).report.started_at == "2024-06-23T00:31:21Z"


@pytest.mark.parametrize("recording", [WRIST_MOTION, GYM_SET, EVERYDAY], ids=lambda path: path.stem)
def test_no_real_recording_without_squats_has_a_set_of_squats(recording: Path, model: ShippedModel) -> None:
    said = analyze(align(read_recording(recording), LEFT), model, SOMEBODY).report
    assert all(one.exercise.name != "squat" and one.form is None for one in said.sets)
    accepted = [window for window in said.windows if not window.abstain and window.exercise == "squat"]
    assert accepted == []
    assert all(rep.depth_m is None for one in said.sets for rep in one.repetitions)


def test_the_numbers_are_those_of_the_saved_package(
    report: SessionReport, micro: Micro, model: ShippedModel, gym: AlignedRecording
) -> None:
    cut = windows(gym)
    rows = np.searchsorted(cut.start_s, [window.start_s - 1e-6 for window in report.windows])
    imu = cut.imu[rows]
    outputs = ModelOutputs.of(PosePredictor(micro.bundle / "QuantumLeapPose.mlpackage").predict(imu))
    decoded = decode(outputs, imu, model.profile, stature_m=1.75, wrist="left")
    for row, window in enumerate(report.windows):
        assert window.exercise_probability == pytest.approx(decoded.exercise_probability[row].max())
        assert window.sigma_mm == pytest.approx(1000 * decoded.sigma_m[row, :, 1:].mean())
        assert decoded.reasons(row) == [r for r in window.reasons if r in ABSTAIN_REASONS]


def test_the_track_is_the_mean_of_the_windows(session: Session, model: ShippedModel, gym: AlignedRecording) -> None:
    (track, *_), cut = session.tracks, windows(gym)
    one = session.report.sets[0]
    inside = (cut.start_s + 2.0 >= one.start_s) & (cut.start_s + 2.0 <= one.end_s)
    outputs = ModelOutputs.of(PosePredictor(model.package).predict(cut.imu[inside]))
    decoded = decode(outputs, cut.imu[inside], model.profile, stature_m=1.75, wrist="left")
    at = len(track.time_s) // 2
    offsets = np.rint((track.time_s[at] - cut.start_s[inside]) * 50).astype(int)
    rows = np.flatnonzero((offsets >= 0) & (offsets < 200))
    np.testing.assert_allclose(
        track.pose_m[at], np.mean([decoded.pose_m[row, offsets[row]] for row in rows], axis=0), atol=1e-6
    )


def test_the_report_is_a_document_its_schema_knows(report: SessionReport, tmp_path: Path) -> None:
    report.write(tmp_path / "session.json")
    assert read_document(SessionReport, tmp_path / "session.json") == report
    text = json.loads((tmp_path / "session.json").read_text())
    schema = json.loads(resource("ios_sdk_assets/schema/session.schema.json").read_text())
    assert text.keys() == schema["properties"].keys() == set(schema["required"])
    row = schema["$defs"]["WindowResult"]
    assert all(window.keys() == row["properties"].keys() for window in text["windows"])
    assert {"abstain", "reasons"} <= set(row["required"])
    old = {**text, "schema_version": 4}
    (tmp_path / "old.json").write_text(json.dumps(old))
    with pytest.raises(SchemaMismatch, match="expected 5; got 4"):
        read_document(SessionReport, tmp_path / "old.json")


def test_progress_is_told(gym: AlignedRecording, model: ShippedModel, report: SessionReport) -> None:
    calls: list[tuple[int, int]] = []
    analyze(gym, model, Wearer(1.6, "given"), on_window=lambda a, b: calls.append((a, b)))
    total = len(report.windows)
    assert calls[-1] == (total, total) and [a for a, _ in calls] == sorted({a for a, _ in calls})


def test_sigma_grows_with_the_wearer_and_the_wrist_does_not(
    report: SessionReport, gym: AlignedRecording, model: ShippedModel
) -> None:
    taller = analyze(gym, model, Wearer(2.0, "given")).report
    for a, b in zip(report.windows, taller.windows, strict=True):
        assert b.sigma_mm == pytest.approx(a.sigma_mm * 2.0 / 1.75)
        assert (a.exercise, a.abstain) == (b.exercise, b.abstain)
    assert [one.repetitions for one in report.sets] == [one.repetitions for one in taller.sets]


def test_the_wearer_may_name_the_exercise(model: ShippedModel) -> None:
    said = analyze(align(squats(6), LEFT), model, Wearer(1.75, "given", "squat")).report
    (one,) = said.sets
    assert (one.exercise.name, one.exercise.named_by, len(one.repetitions)) == ("squat", "wearer", 6)
    assert said.declared_exercise == "squat"
    assert all(rep.network_depth_m is not None and rep.network_depth_m >= 0.0 for rep in one.repetitions)
    assert one.form is None or one.form.source == "network"


def test_a_name_that_the_wrist_rules_out_is_not_taken_over(model: ShippedModel) -> None:
    said = analyze(align(squats(6), LEFT), model, Wearer(1.75, "given", "biceps_curl")).report
    (one,) = said.sets
    assert one.exercise.name == "unknown" and len(one.repetitions) == 6
    assert one.exercise.why_unknown is not None and "the forearm turns by" in one.exercise.why_unknown


def test_one_repetition_is_a_set_only_where_exercise_is_known_to_be(model: ShippedModel) -> None:
    alone = align(squats(1), LEFT)
    assert analyze(alone, model, SOMEBODY).report.sets == ()
    end_s = float(alone.recording.time_s[-1])
    said = analyze(alone, model, SOMEBODY, active=(0.0, end_s)).report
    assert [len(one.repetitions) for one in said.sets] == [1]
    assert said.active_s == (0.0, end_s) and said.sets[0].velocity_loss_percent is None


def test_an_active_part_outside_of_the_recording_is_refused(model: ShippedModel) -> None:
    with pytest.raises(UsageError, match="--active: the part lies outside of the recording"):
        analyze(align(squats(4), LEFT), model, SOMEBODY, active=(500.0, 600.0))


def test_velocity_loss_of_a_slowing_set(model: ShippedModel) -> None:
    reps = [Rep(range_m=0.6, down_s=1.5, up_s=up, pause_s=0.3, rest_s=0.8) for up in (1.0, 1.05, 1.1, 1.2, 1.3, 1.6)]
    (one,) = analyze(align(worn(reps), LEFT), model, SOMEBODY).report.sets
    loss = one.velocity_loss_percent
    assert loss is not None
    assert loss.low < 100.0 * (1.0 - 1.0 / 1.6) < loss.high
    assert loss.value == pytest.approx(100.0 * (1.0 - 1.0 / 1.6), abs=6.0)


@pytest.mark.parametrize(("path", "side"), [(PENDULUM_LEFT, Side.LEFT), (PENDULUM_RIGHT, Side.RIGHT)])
def test_both_wrists(path: Path, side: Side, model: ShippedModel) -> None:
    said = analyze(align(read_recording(path, 50.0), Wear(side, Side.RIGHT)), model, SOMEBODY).report
    assert (said.wear.wrist, said.wear.source) == (side.value, "given")
    assert all(one.exercise.name != "squat" for one in said.sets)


def mirrored(arm: Recording) -> Recording:
    """Return the motion of the mirror image, recorded on the other wrist by a watch with its crown mirrored, too.

    A mirrored watch has its x axis where it was (to the hand), and y reflected.
    """
    polar, axial = np.array([1.0, -1.0, 1.0]), np.array([-1.0, 1.0, -1.0])
    return dataclasses.replace(
        arm,
        specific_force=arm.specific_force * polar,
        angular_velocity=arm.angular_velocity * axial,
        gravity=arm.gravity * polar,
        user_acceleration=arm.user_acceleration * polar,
        quaternion=None,
    )


def test_a_mirrored_motion_on_the_other_wrist_gets_the_same_answer(model: ShippedModel) -> None:
    arm = dataclasses.replace(squats(5), quaternion=None)
    left = analyze(align(arm, LEFT), model, SOMEBODY).report
    right = analyze(align(mirrored(arm), Wear(Side.RIGHT, Side.LEFT)), model, SOMEBODY).report
    assert len(left.windows) == len(right.windows) > 5
    assert [one.repetitions for one in left.sets] == [one.repetitions for one in right.sets]
    assert [one.elevation_deg for one in left.sets] == pytest.approx([one.elevation_deg for one in right.sets])
    for a, b in zip(left.windows, right.windows, strict=True):
        assert a.exercise_probability == pytest.approx(b.exercise_probability, rel=1e-6)
        assert (a.exercise, a.reasons) == (b.exercise, b.reasons)
        assert a.sigma_mm == pytest.approx(b.sigma_mm, rel=1e-9)


def test_four_seconds_are_needed(model: ShippedModel) -> None:
    with pytest.raises(InputDataError, match="at least 4 s") as caught:
        analyze(align(swinging_arm(np.arange(390) / 100.0), ASSUMED_WEAR), model, SOMEBODY)
    assert caught.value.exit_code == 3


def test_a_recording_that_fails_its_checks_never_reaches_the_model(model: ShippedModel) -> None:
    arm = swinging_arm(np.arange(600) / 100.0)
    degrees = dataclasses.replace(arm, angular_velocity=np.rad2deg(arm.angular_velocity))
    with pytest.raises(InputDataError, match="checks fail"):
        analyze(align(degrees, ASSUMED_WEAR), model, SOMEBODY)


def test_the_profile_of_another_package_is_refused(gym: AlignedRecording, model: ShippedModel) -> None:
    other = dataclasses.replace(model, profile=model.profile.model_copy(update={"package_sha256": "0" * 64}))
    with pytest.raises(InputDataError, match="belongs to another package") as caught:
        analyze(gym, other, SOMEBODY)
    assert caught.value.exit_code == 3


def test_the_profile_of_the_other_variant_is_refused(gym: AlignedRecording, model: ShippedModel, micro: Micro) -> None:
    """The fp16 package computes nearly the same, yet the profile is not its own."""
    other = dataclasses.replace(model, package=micro.stages["compress"] / "float16" / "QuantumLeapPose.mlpackage")
    with pytest.raises(InputDataError, match="belongs to another package"):
        analyze(gym, other, SOMEBODY)


def test_an_untrained_winner_is_a_reason_to_say_nothing(gym: AlignedRecording, model: ShippedModel) -> None:
    nothing = tuple(item.model_copy(update={"trained": False}) for item in model.contract.exercises)
    contract = model.contract.model_copy(update={"exercises": nothing})
    said = analyze(gym, dataclasses.replace(model, contract=contract), SOMEBODY).report
    assert said.abstained_share == 1.0 and all("untrained" in window.reasons for window in said.windows)
    assert said.sets and all(one.exercise.name == "unknown" for one in said.sets)


@pytest.mark.parametrize("grade", ["tiny", "preview", "release"])
def test_every_grade_but_a_release_is_warned_of(grade: Grade, gym: AlignedRecording, model: ShippedModel) -> None:
    said = analyze(gym, dataclasses.replace(model, grade=grade), SOMEBODY).report.warnings
    assert [text for text in said if text.startswith("grade ")] == (
        [] if grade == "release" else [GRADE_WARNINGS[grade]]
    )
