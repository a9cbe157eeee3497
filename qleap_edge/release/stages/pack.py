"""The last step of a release: the verdict of the gates, and the bundle. It is made anew each time, from finished stages."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from qleap_edge.analysis.parameters import analysis_parameters
from qleap_edge.bundle.assemble import BundleParts, assemble
from qleap_edge.bundle.layout import (
    ACCURACY_REPORT,
    ANALYSIS_NAME,
    CALIBRATION_REPORT,
    GATE_REPORT_NAME,
    GOLDEN_NAME,
    ONNX_TWIN,
    ONNX_TWIN_REPORT,
    PARITY_REPORT,
    PLACEMENT_REPORT,
    PROFILE_NAME,
    SELF_TEST_NAME,
    SKELETON_NAME,
)
from qleap_edge.bundle.manifest import BundleManifest
from qleap_edge.compression.document import REPORT_NAME as COMPRESSION_REPORT
from qleap_edge.compression.document import chosen_package, chosen_variant
from qleap_edge.core.contract import CONTRACT_NAME, ONNX_NAME, PACKAGE_NAME
from qleap_edge.core.manifest import digest_of
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.skeleton import skeleton_document
from qleap_edge.gates.decide import decide
from qleap_edge.gates.report import SHIPPED_SIZE, SIGNED, collect, shipped_size, signed
from qleap_edge.gates.thresholds import load_thresholds


def pack(folders: Mapping[str, Path], out: Path, recipe: Recipe, signing_key: Path | None = None) -> BundleManifest:
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
        ACCURACY_REPORT: folders["evaluate"] / ACCURACY_REPORT,
        CALIBRATION_REPORT: folders["evaluate"] / CALIBRATION_REPORT,
        COMPRESSION_REPORT: folders["compress"] / COMPRESSION_REPORT,
    }
    extras = {}
    if recipe.bundle.onnx:
        reports[ONNX_TWIN_REPORT] = folders["evaluate"] / ONNX_TWIN_REPORT
        extras[ONNX_TWIN] = folders["convert"] / ONNX_NAME
    measurements = collect(reports.values(), digest_of(package))
    measurements |= {SHIPPED_SIZE: shipped_size(package), SIGNED: signed(signing_key is not None)}
    thresholds = load_thresholds()
    gate_report = decide(thresholds, recipe.gates.grade, measurements)
    release = decide(thresholds, "release", measurements)
    # The signature may come later, and an app can check it: what the app tells its user is about the model.
    missed = [result.measurement for result in release.gates if result.verdict != "pass"]
    unmet = tuple(name for name in missed if name != SIGNED)
    with tempfile.TemporaryDirectory() as scratch:
        parts = Path(scratch)
        skeleton_document().write(parts / SKELETON_NAME)
        analysis_parameters().write(parts / ANALYSIS_NAME)
        gate_report.write(parts / GATE_REPORT_NAME)
        manifest = assemble(
            BundleParts(
                payload={
                    PACKAGE_NAME: package,
                    CONTRACT_NAME: folders["convert"] / CONTRACT_NAME,
                    PROFILE_NAME: folders["calibrate"] / PROFILE_NAME,
                    SKELETON_NAME: parts / SKELETON_NAME,
                    SELF_TEST_NAME: folders["evaluate"] / SELF_TEST_NAME,
                    ANALYSIS_NAME: parts / ANALYSIS_NAME,
                },
                golden=folders["evaluate"] / GOLDEN_NAME,
                reports=reports | {GATE_REPORT_NAME: parts / GATE_REPORT_NAME},
                stages=folders,
                recipe=recipe.name,
                grade=recipe.gates.grade,
                unmet=unmet,
                variant=chosen_variant(folders["compress"]),
                seed=recipe.seed,
                extras=extras,
            ),
            out,
            signing_key,
        )
    return manifest
