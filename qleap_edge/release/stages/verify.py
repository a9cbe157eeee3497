"""The stage ``verify``: the parity ladder on test windows, and the placement rules on the package that ships."""

from functools import partial

from qleap_edge.bundle.layout import PARITY_REPORT, PLACEMENT_REPORT
from qleap_edge.compression.document import chosen_variant, made_variants, package_path
from qleap_edge.compression.stored_outputs import OUTPUTS_NAME, PredictedWindows, read_outputs
from qleap_edge.core.contract import ONNX_NAME
from qleap_edge.core.manifest import digest_of, new_folder, stage_folder
from qleap_edge.core.recipe import Variant
from qleap_edge.dataset.reader import spread_windows
from qleap_edge.dataset.windows import spread_rows
from qleap_edge.evaluation.package_outputs import HALF_OVERLAP_HOP, package_outputs
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.metrics.measurement import Measurement, MeasurementReport
from qleap_edge.mil.format.package import Package
from qleap_edge.model.determinism import make_deterministic
from qleap_edge.release.stage import StageRun
from qleap_edge.training.checkpoint import load_checkpoint
from qleap_edge.verification.device_placement.lint import lint_package, placement_measurements
from qleap_edge.verification.ladder import RungOutputs, climb, ladder_title, rung_measurements

PLACEMENT_FINDINGS = "placement_findings.json"
SHIPPED = "shipped"
"""Name under which the rung of the package that ships is reported a second time, for the gates."""


def verify(run: StageRun) -> None:
    """Compare the exported program, ONNX Runtime and every variant with eager PyTorch; lint the variant that ships."""
    recipe, compression = run.recipe, run.inputs["compression"]
    shipped = chosen_variant(compression)
    package = Package.load(package_path(compression, shipped))
    findings = lint_package(package, recipe.verification.placement)
    placement = MeasurementReport(
        title="Placement rules that the shipped package breaks without a reason in the recipe",
        package_sha256=digest_of(package_path(compression, shipped)),
        dataset_sha256=None,
        measurements=placement_measurements(findings),
    )
    parity = _parity(run, shipped)
    with new_folder(run.out, stage_folder(run.stage.name)) as folder:
        parity.write(folder / PARITY_REPORT)
        placement.write(folder / PLACEMENT_REPORT)
        findings.write(folder / PLACEMENT_FINDINGS)
        run.write_manifest(folder)


def _parity(run: StageRun, shipped: Variant) -> MeasurementReport:
    threads = run.recipe.training.threads
    make_deterministic(threads)
    model, _ = load_checkpoint(run.inputs["checkpoint"])
    windows = run.recipe.verification.windows
    imu = spread_windows(run.inputs["dataset"], "test", HALF_OVERLAP_HOP, windows).imu
    eager = network_outputs(model, imu)
    rows: list[Measurement] = []
    onnx = run.inputs["conversion"] / ONNX_NAME
    for rung in climb(model, eager, imu, _variants(run, shipped), onnx=onnx, onnx_threads=threads):
        rows += rung.measurements
        if rung.name == shipped:
            rows += rung_measurements(SHIPPED, rung.outputs, eager)
    measured = PredictedWindows.of(
        package_path(run.inputs["compression"], shipped), run.inputs["dataset"], HALF_OVERLAP_HOP
    )
    return MeasurementReport(
        title=ladder_title(len(imu)),
        package_sha256=measured.package_sha256,
        dataset_sha256=measured.dataset_sha256,
        measurements=tuple(rows),
    )


def _variants(run: StageRun, shipped: Variant) -> dict[str, RungOutputs]:
    """Return how to get the outputs of each variant; those of the one that ships were stored by the compression stage."""
    compression, dataset = run.inputs["compression"], run.inputs["dataset"]
    paths = {name: package_path(compression, name) for name in made_variants(compression)}
    rungs: dict[str, RungOutputs] = {name: partial(package_outputs, path) for name, path in paths.items()}
    wanted = PredictedWindows.of(paths[shipped], dataset, HALF_OVERLAP_HOP)
    stored = read_outputs(compression / OUTPUTS_NAME, wanted)
    if stored is not None:
        rows = stored[spread_rows(len(stored), run.recipe.verification.windows)]
        rungs[shipped] = lambda imu: rows
    return rungs
