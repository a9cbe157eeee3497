"""The stages that need more than one room: verify, calibrate, evaluate, pack. Each is a function of files."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from qleap_edge.bundle.assemble import BundleParts, assemble
from qleap_edge.bundle.layout import (
    GATE_REPORT_NAME,
    GOLDEN_NAME,
    ONNX_TWIN,
    ONNX_TWIN_REPORT,
    PROFILE_NAME,
    SKELETON_NAME,
)
from qleap_edge.bundle.manifest import BundleManifest
from qleap_edge.compression.document import REPORT_NAME as COMPRESSION_REPORT
from qleap_edge.compression.document import chosen_package, chosen_variant, made_variants, package_path
from qleap_edge.core.contract import CONTRACT_NAME, ONNX_NAME, PACKAGE_NAME
from qleap_edge.core.errors import UsageError
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.core.manifest import digest_of, new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.core.skeleton import skeleton_document
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.windows import WindowSet, load_windows, spread_rows
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.evaluate import Evaluation, Source, task_measurements
from qleap_edge.evaluation.evaluate import evaluate as evaluate_batches
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import BATCH, PosePredictor, network_outputs
from qleap_edge.gates.decide import decide
from qleap_edge.gates.measurements import collect
from qleap_edge.gates.report import SHIPPED_SIZE, shipped_size
from qleap_edge.gates.thresholds import load_thresholds
from qleap_edge.metrics.measurement import Measurement, MeasurementReport
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.pose import mpjpe_per_window
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.tools.drift import DRIFT_BOUND
from qleap_edge.model.determinism import make_deterministic
from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.uncertainty.force_sign import sign_agreement
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument, fit_profile
from qleap_edge.uncertainty.report import calibration_measurements
from qleap_edge.verification.comparison import LadderDocument, OnRung, climb
from qleap_edge.verification.core_ml import core_ml_here
from qleap_edge.verification.device_placement.lint import lint_package, placement_measurements
from qleap_edge.verification.fault_injection import APPLE_SIGN, FAULTS, fault_measurements
from qleap_edge.verification.golden import build_golden
from qleap_edge.verification.ladder import EXPORTED, ONNX, exported_outputs, ladder_title, rung_measurements
from qleap_edge.verification.onnx_twin import TWIN_WINDOWS, onnx_outputs, twin_report

OnWindow = Callable[[int, int], None]

SHIPPED = "shipped"
PARITY_REPORT = "parity.json"
PLACEMENT_REPORT = "placement.json"
PLACEMENT_FINDINGS = "placement_findings.json"
EVALUATION_REPORT = "evaluation.json"
CALIBRATION_REPORT = "calibration.json"
# Half-overlapping windows: denser ones add correlated copies, not information, and the cost is linear.
_HOP = WINDOW_STEPS // 2


def verify(
    checkpoint: Path, conversion: Path, compression: Path, data: Path, out: Path, recipe: Recipe
) -> MeasurementReport:
    """Climb the parity ladder on test windows: eager → exported → ONNX → each saved package; lint the one that ships."""
    require_replaceable(out, stage_folder("verify"))
    make_deterministic(recipe.training.threads)
    model, _ = load_checkpoint(checkpoint)
    test = load_windows(data, "test", _HOP)
    imu = test.imu[spread_rows(len(test.imu), recipe.verification.windows)]
    eager = network_outputs(model, imu)
    rows = list(rung_measurements(EXPORTED, exported_outputs(model, imu), eager))
    rows += rung_measurements(ONNX, onnx_outputs(conversion / ONNX_NAME, imu, recipe.training.threads), eager)
    shipped = chosen_variant(compression)
    for variant in made_variants(compression):
        outputs = predict(package_path(compression, variant), imu)
        rows += rung_measurements(variant, outputs, eager)
        if variant == shipped:
            rows += rung_measurements(SHIPPED, outputs, eager)
    report = MeasurementReport(title=ladder_title(len(imu)), measurements=tuple(rows))
    findings = lint_package(Package.load(package_path(compression, shipped)), recipe.verification.placement)
    placement = MeasurementReport(
        title="Placement rules that the shipped package breaks without a reason in the recipe",
        measurements=placement_measurements(findings),
    )
    with new_folder(out, stage_folder("verify")) as folder:
        report.write(folder / PARITY_REPORT)
        placement.write(folder / PLACEMENT_REPORT)
        findings.write(folder / PLACEMENT_FINDINGS)
        write_stage_manifest(
            folder,
            stage="verify",
            inputs={"checkpoint": checkpoint, "conversion": conversion, "compression": compression, "dataset": data},
            config=recipe.verification,
            seed=recipe.seed,
        )
    return report


def compare(
    packages: Sequence[Path],
    checkpoint: Path,
    data: Path,
    windows: int,
    bound: float = DRIFT_BOUND,
    on_rung: OnRung | None = None,
) -> LadderDocument:
    """Compare saved packages with their checkpoint on test windows; on a Mac Core ML itself takes part."""
    model, _ = load_checkpoint(checkpoint)
    test = load_windows(data, "test", _HOP)
    imu = test.imu[spread_rows(len(test.imu), windows)]
    return climb(model, imu, packages, bound=bound, open_model=core_ml_here(), on_rung=on_rung)


def predict(package: Path, imu: np.ndarray, on_window: OnWindow | None = None) -> ModelOutputs:
    """Run a saved package over windows, each op rounded as it declares."""
    return ModelOutputs.of(PosePredictor(package).predict(imu, on_window))


def calibration_windows(package: Path, windows: WindowSet, on_window: OnWindow | None = None) -> CalibrationWindows:
    """Run the package over windows and put its outputs beside the truth."""
    return CalibrationWindows(
        imu=windows.imu,
        outputs=predict(package, windows.imu, on_window),
        pose=windows.pose,
        exercise=windows.exercise,
        form=windows.form,
        subject=windows.subject_id,
        sequence=windows.sequence_id,
    )


def fit_package_profile(
    package: Path, data: Path, recipe: Recipe, variant: str, on_window: OnWindow | None = None
) -> ProfileDocument:
    """Fit the profile of one saved package on the calibration persons of a dataset."""
    return fit_profile(
        calibration_windows(package, load_windows(data, "calibration", _HOP), on_window),
        package_sha256=digest_of(package),
        variant=variant,
        levels=recipe.calibration.levels,
        abstain_share=recipe.calibration.abstain_share,
    )


def calibrate(
    compression: Path, data: Path, out: Path, recipe: Recipe, on_window: OnWindow | None = None
) -> ProfileDocument:
    """Fit the shipped variant's profile and write it as a stage folder."""
    require_replaceable(out, stage_folder("calibrate"))
    make_deterministic(recipe.training.threads)
    variant = chosen_variant(compression)
    profile = fit_package_profile(package_path(compression, variant), data, recipe, variant, on_window)
    with new_folder(out, stage_folder("calibrate")) as folder:
        profile.write(folder / PROFILE_NAME)
        write_stage_manifest(
            folder,
            stage="calibrate",
            inputs={"compression": compression, "dataset": data},
            config=recipe.calibration,
            seed=recipe.seed,
        )
    return profile


def calibrate_package(
    package: Path, data: Path, recipe: Recipe, on_window: OnWindow | None = None
) -> tuple[ProfileDocument, MeasurementReport]:
    """Fit one package's profile and measure coverage before and after on test persons."""
    profile = fit_package_profile(package, data, recipe, package.parent.name, on_window)
    test = calibration_windows(package, load_windows(data, "test", _HOP), on_window)
    return profile, MeasurementReport(
        title=f"Uncertainty of {package} on test persons (synthetic)",
        measurements=calibration_measurements(test, profile),
    )


def evaluate_model(
    data: Path,
    *,
    checkpoint: Path | None,
    package: Path | None,
    hop: int = _HOP,
    on_window: OnWindow | None = None,
) -> tuple[Evaluation, Source]:
    """Measure a checkpoint (eager fp32) or a saved package on test persons; exactly one of the two is given.

    Raises:
        UsageError: neither is given.
        InputDataError: the dataset, or the model, is missing or damaged.
    """
    if package is not None:
        run, source = _package_runner(package), Source("package", package)
    elif checkpoint is not None:
        run, source = partial(network_outputs, load_checkpoint(checkpoint)[0]), Source("checkpoint", checkpoint)
    else:
        raise UsageError("nothing to evaluate", expected="a checkpoint or a package")
    truth, priors = GroundTruth.read(data, "test", hop), NoSensorBaselines.fit(data)

    def batches() -> Iterator[ModelOutputs]:
        for first in range(0, len(truth), BATCH):
            imu = truth.cut(truth.imu, slice(first, first + BATCH))
            yield run(imu)
            if on_window is not None:
                on_window(first + len(imu), len(truth))

    return evaluate_batches(batches(), truth, priors, source=source, data=data), source


def _package_runner(package: Path) -> Callable[[np.ndarray], ModelOutputs]:
    predictor = PosePredictor(package)
    return lambda imu: ModelOutputs.of(predictor.predict(imu))


def evaluate(
    checkpoint: Path,
    conversion: Path,
    compression: Path,
    calibration: Path,
    data: Path,
    out: Path,
    recipe: Recipe,
    on_window: OnWindow | None = None,
) -> tuple[MeasurementReport, MeasurementReport]:
    """Measure the shipped package on test persons: task metrics, coverage before and after, foreign input; golden file.

    A twin that the bundle carries is measured under the package's profile, on a spread of the same windows.
    """
    require_replaceable(out, stage_folder("evaluate"))
    make_deterministic(recipe.training.threads)
    package = chosen_package(compression)
    profile = read_document(ProfileDocument, calibration / PROFILE_NAME)
    windows = load_windows(data, "test", _HOP)
    test = calibration_windows(package, windows, on_window)
    model, _ = load_checkpoint(checkpoint)
    eager = network_outputs(model, windows.imu)
    task = MeasurementReport(
        title="Accuracy of the shipped package on test persons (synthetic)",
        measurements=(
            *task_measurements(test.outputs, GroundTruth.read(data, "test", _HOP), NoSensorBaselines.fit(data)),
            _compression_cost(test.outputs, eager, windows),
        ),
    )
    uncertainty = MeasurementReport(
        title="Uncertainty of the shipped package on test persons (synthetic)",
        measurements=(
            *calibration_measurements(test, profile),
            *fault_measurements(windows.imu, profile, lambda imu: predict(package, imu)),
        ),
    )
    golden_imu = _golden_windows(windows.imu, recipe.verification.golden_windows)
    with new_folder(out, stage_folder("evaluate")) as folder:
        task.write(folder / EVALUATION_REPORT)
        uncertainty.write(folder / CALIBRATION_REPORT)
        build_golden(predict(package, golden_imu), golden_imu, profile, recipe.seed).write(folder / GOLDEN_NAME)
        if recipe.bundle.onnx:
            some = test.where(spread_rows(len(windows.imu), TWIN_WINDOWS))
            twin = twin_report(conversion / ONNX_NAME, some, profile, recipe.training.threads)
            twin.write(folder / ONNX_TWIN_REPORT)
        write_stage_manifest(
            folder,
            stage="evaluate",
            inputs={
                "checkpoint": checkpoint,
                "conversion": conversion,
                "compression": compression,
                "calibration": calibration,
                "dataset": data,
            },
            config=recipe.evaluation_config(),
            seed=recipe.seed,
        )
    return task, uncertainty


def _golden_windows(imu: Float32[np.ndarray, "n 200 6"], count: int) -> Float32[np.ndarray, "golden 200 6"]:
    """Return good windows and two on which both languages must agree to be silent.

    In the last but one, the clearest of the good windows has Apple's sign; the last is one that no wrist can produce.
    """
    good = imu[spread_rows(len(imu), count)]
    clearest = good[np.argmax(sign_agreement(good))]
    return np.stack([*good, clearest * FAULTS[APPLE_SIGN], 4.0 * good[0]])


def _compression_cost(shipped: ModelOutputs, eager: ModelOutputs, truth: WindowSet) -> Measurement:
    full = float(mpjpe_per_window(eager.pose, truth.pose).mean()) * MM_PER_BODY_HEIGHT
    small = float(mpjpe_per_window(shipped.pose, truth.pose).mean()) * MM_PER_BODY_HEIGHT
    return Measurement(
        name="pose.mpjpe_change_by_compression",
        value=small / full - 1.0,
        unit="1",
        note=f"{full:.2f} mm eager fp32, {small:.2f} mm shipped",
    )


def pack(folders: dict[str, Path], out: Path, recipe: Recipe, signing_key: Path | None = None) -> BundleManifest:
    """Decide the gates and assemble the bundle (also a failing one: its report says so, and ``qleap gate`` exits 1).

    Args:
        folders: stage name → finished stage folder.
        out: the bundle folder to make.
        recipe: the recipe.
        signing_key: Ed25519 private key (PEM), or None for an unsigned bundle.
    """
    package = chosen_package(folders["compress"])
    reports = {
        PARITY_REPORT: folders["verify"] / PARITY_REPORT,
        PLACEMENT_REPORT: folders["verify"] / PLACEMENT_REPORT,
        EVALUATION_REPORT: folders["evaluate"] / EVALUATION_REPORT,
        CALIBRATION_REPORT: folders["evaluate"] / CALIBRATION_REPORT,
        COMPRESSION_REPORT: folders["compress"] / COMPRESSION_REPORT,
    }
    extras = {}
    if recipe.bundle.onnx:
        reports[ONNX_TWIN_REPORT] = folders["evaluate"] / ONNX_TWIN_REPORT
        extras[ONNX_TWIN] = folders["convert"] / ONNX_NAME
    measurements = collect(reports.values()) | {SHIPPED_SIZE: shipped_size(package)}
    gate_report = decide(load_thresholds(), recipe.gates.grade, measurements)
    with tempfile.TemporaryDirectory() as scratch:
        parts = Path(scratch)
        skeleton_document().write(parts / SKELETON_NAME)
        gate_report.write(parts / GATE_REPORT_NAME)
        manifest = assemble(
            BundleParts(
                payload={
                    PACKAGE_NAME: package,
                    CONTRACT_NAME: folders["convert"] / CONTRACT_NAME,
                    PROFILE_NAME: folders["calibrate"] / PROFILE_NAME,
                    SKELETON_NAME: parts / SKELETON_NAME,
                    GOLDEN_NAME: folders["evaluate"] / GOLDEN_NAME,
                },
                reports=reports | {GATE_REPORT_NAME: parts / GATE_REPORT_NAME},
                stages=folders,
                recipe=recipe.name,
                grade=recipe.gates.grade,
                variant=chosen_variant(folders["compress"]),
                seed=recipe.seed,
                extras=extras,
            ),
            out,
            signing_key,
        )
    return manifest
