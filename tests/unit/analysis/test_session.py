"""Real recordings through the shipped model: what is said, what is not, and who is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import AlignedRecording, align, windows
from qleap_edge.alignment.wear import ASSUMED_WEAR, Side, Wear
from qleap_edge.analysis.session import SessionReport, analyze
from qleap_edge.bundle.shipped import ShippedModel, open_bundle
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.grades import GRADE_WARNINGS, Grade
from qleap_edge.core.manifest import digest_of, sha256_file
from qleap_edge.core.records import read_document
from qleap_edge.core.resources import resource
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.profile import ABSTAIN_REASONS
from tests.support.micro import Micro
from tests.support.watch_recordings import PENDULUM_LEFT, PENDULUM_RIGHT, WRIST_MOTION, swinging_arm

REASONS = {*ABSTAIN_REASONS, "masked", "untrained"}


@pytest.fixture(scope="module")
def model(micro: Micro) -> ShippedModel:
    return open_bundle(micro.bundle)


@pytest.fixture(scope="module")
def swim() -> AlignedRecording:
    return align(read_recording(WRIST_MOTION), ASSUMED_WEAR)


@pytest.fixture(scope="module")
def report(swim: AlignedRecording, model: ShippedModel) -> SessionReport:
    return analyze(swim, model, stature_m=1.75, stature_source="assumed")


def test_a_real_recording_gives_one_answer_a_window(
    report: SessionReport, micro: Micro, swim: AlignedRecording
) -> None:
    assert len(report.windows) == 61, "804 steps after the gap, hop 10"
    starts = np.array([window.start_s for window in report.windows])
    np.testing.assert_allclose(np.diff(starts), 0.2, atol=1e-9)
    for window in report.windows:
        assert window.end_s - window.start_s == pytest.approx(199 / 50)
        assert isinstance(window.abstain, bool) and window.abstain == bool(window.reasons)
        assert set(window.reasons) <= REASONS
        assert 0.125 - 1e-9 <= window.exercise_probability <= 1.0
        assert (window.form is None) == (window.form_probability is None) == (window.exercise != "squat")
        assert window.sigma_mm > 0.0
    assert report.abstained_share == np.mean([window.abstain for window in report.windows])
    assert report.recording_sha256 == sha256_file(WRIST_MOTION)
    assert report.package_sha256 == digest_of(micro.bundle / "QuantumLeapPose.mlpackage")
    assert (report.grade, report.stature_source) == ("tiny", "assumed")
    assert GRADE_WARNINGS["tiny"] in report.warnings
    assert len(report.warnings) == 1 + sum(finding.level == "warn" for finding in swim.findings)


def test_swimming_is_not_taken_for_a_squat(report: SessionReport) -> None:
    """The model has never seen water: it must be silent nearly always, and it must not count repetitions."""
    assert report.abstained_share is not None and report.abstained_share > 0.9


def test_the_numbers_are_those_of_the_saved_package(
    report: SessionReport, micro: Micro, model: ShippedModel, swim: AlignedRecording
) -> None:
    imu = windows(swim).imu
    outputs = ModelOutputs.of(PosePredictor(micro.bundle / "QuantumLeapPose.mlpackage").predict(imu))
    decoded = decode(outputs, imu, model.profile, stature_m=1.75, wrist="left")
    for row, window in enumerate(report.windows):
        assert window.exercise_probability == pytest.approx(decoded.exercise_probability[row].max())
        assert window.sigma_mm == pytest.approx(1000 * decoded.sigma_m[row, :, 1:].mean())
        assert decoded.reasons(row) == [r for r in window.reasons if r in ABSTAIN_REASONS]


def test_the_report_is_a_document_its_schema_knows(report: SessionReport, tmp_path: Path) -> None:
    report.write(tmp_path / "session.json")
    assert read_document(SessionReport, tmp_path / "session.json") == report
    text = json.loads((tmp_path / "session.json").read_text())
    schema = json.loads(resource("ios_sdk_assets/schema/session.schema.json").read_text())
    assert text.keys() == schema["properties"].keys() == set(schema["required"])
    row = schema["$defs"]["WindowResult"]
    assert all(window.keys() == row["properties"].keys() for window in text["windows"])
    assert {"abstain", "reasons"} <= set(row["required"])


def test_progress_is_told(swim: AlignedRecording, model: ShippedModel) -> None:
    calls: list[tuple[int, int]] = []
    analyze(swim, model, stature_m=1.6, stature_source="given", on_window=lambda a, b: calls.append((a, b)))
    assert calls[-1] == (61, 61) and [a for a, _ in calls] == sorted({a for a, _ in calls})


def test_sigma_grows_with_the_wearer(report: SessionReport, swim: AlignedRecording, model: ShippedModel) -> None:
    taller = analyze(swim, model, stature_m=2.0, stature_source="given")
    for a, b in zip(report.windows, taller.windows, strict=True):
        assert b.sigma_mm == pytest.approx(a.sigma_mm * 2.0 / 1.75)
        assert (a.exercise, a.abstain) == (b.exercise, b.abstain)


@pytest.mark.parametrize(("path", "side", "count"), [(PENDULUM_LEFT, Side.LEFT, 95), (PENDULUM_RIGHT, Side.RIGHT, 114)])
def test_both_wrists(path: Path, side: Side, count: int, model: ShippedModel) -> None:
    wear = Wear(side, Side.RIGHT)
    aligned = align(read_recording(path, 50.0), wear)
    report = analyze(aligned, model, stature_m=1.75, stature_source="assumed")
    rows = sum(1 for _ in path.open()) - 1
    assert len(report.windows) == count == (rows - 200) // 10 + 1
    assert (report.wear.wrist, report.wear.source) == (side.value, "given")


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
    arm = dataclasses.replace(swinging_arm(np.arange(600) / 100.0), quaternion=None)
    left = analyze(align(arm, Wear(Side.LEFT, Side.RIGHT)), model, stature_m=1.75, stature_source="given")
    right = analyze(align(mirrored(arm), Wear(Side.RIGHT, Side.LEFT)), model, stature_m=1.75, stature_source="given")
    assert len(left.windows) == len(right.windows) > 5
    for a, b in zip(left.windows, right.windows, strict=True):
        assert a.exercise_probability == pytest.approx(b.exercise_probability, rel=1e-6)
        assert (a.exercise, a.reasons) == (b.exercise, b.reasons)
        assert a.sigma_mm == pytest.approx(b.sigma_mm, rel=1e-9)


@pytest.mark.parametrize(("seconds", "count"), [(3.9, None), (4.05, 1), (4.25, 2)])
def test_four_seconds_are_needed(seconds: float, count: int | None, model: ShippedModel) -> None:
    arm = swinging_arm(np.arange(round(seconds * 100)) / 100.0)
    aligned = align(arm, ASSUMED_WEAR)
    if count is None:
        with pytest.raises(InputDataError, match="at least 4 s") as caught:
            analyze(aligned, model, stature_m=1.75, stature_source="assumed")
        assert caught.value.exit_code == 3
        return
    assert len(analyze(aligned, model, stature_m=1.75, stature_source="assumed").windows) == count


def test_a_recording_that_fails_its_checks_never_reaches_the_model(model: ShippedModel) -> None:
    arm = swinging_arm(np.arange(600) / 100.0)
    degrees = dataclasses.replace(arm, angular_velocity=np.rad2deg(arm.angular_velocity))
    with pytest.raises(InputDataError, match="checks fail"):
        analyze(align(degrees, ASSUMED_WEAR), model, stature_m=1.75, stature_source="assumed")


def test_the_profile_of_another_package_is_refused(swim: AlignedRecording, model: ShippedModel) -> None:
    other = dataclasses.replace(model, profile=model.profile.model_copy(update={"package_sha256": "0" * 64}))
    with pytest.raises(InputDataError, match="belongs to another package") as caught:
        analyze(swim, other, stature_m=1.75, stature_source="assumed")
    assert caught.value.exit_code == 3


def test_the_profile_of_the_other_variant_is_refused(swim: AlignedRecording, model: ShippedModel, micro: Micro) -> None:
    """The fp16 package computes nearly the same, yet the profile is not its own."""
    other = dataclasses.replace(model, package=micro.stages["compress"] / "float16" / "QuantumLeapPose.mlpackage")
    with pytest.raises(InputDataError, match="belongs to another package"):
        analyze(swim, other, stature_m=1.75, stature_source="assumed")


def test_an_untrained_winner_is_a_reason_to_say_nothing(swim: AlignedRecording, model: ShippedModel) -> None:
    nothing = tuple(item.model_copy(update={"trained": False}) for item in model.contract.exercises)
    contract = model.contract.model_copy(update={"exercises": nothing})
    said = analyze(swim, dataclasses.replace(model, contract=contract), stature_m=1.75, stature_source="assumed")
    assert said.abstained_share == 1.0 and all("untrained" in window.reasons for window in said.windows)
    assert said.repetitions == ()


@pytest.mark.parametrize("grade", ["tiny", "preview", "release"])
def test_every_grade_but_a_release_is_warned_of(grade: Grade, swim: AlignedRecording, model: ShippedModel) -> None:
    said = analyze(swim, dataclasses.replace(model, grade=grade), stature_m=1.75, stature_source="assumed").warnings
    assert [text for text in said if text.startswith("grade ")] == (
        [] if grade == "release" else [GRADE_WARNINGS[grade]]
    )
