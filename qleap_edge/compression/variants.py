"""Smaller forms of a saved package: fp16 as it is, and int8 weights with one scale a channel.

Source: coremltools 9 optimisation API, linear symmetric weight quantisation; activations stay fp16.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Literal

from qleap_edge.conversion.canonical import write_canonical
from qleap_edge.conversion.coreml import CONTRACT_NAME, PACKAGE_NAME
from qleap_edge.conversion.quiet import coremltools, quietly
from qleap_edge.core.manifest import digest_of, list_files, new_folder, write_stage_manifest
from qleap_edge.core.recipe import CompressionTable
from qleap_edge.metrics.measurement import Measurement, MeasurementReport

Variant = Literal["float16", "int8_per_channel"]
REPORT_NAME = "compression.json"
_WEIGHT_THRESHOLD = 512  # elements; smaller tensors stay fp16: their scales would eat the gain


def package_path(stage: Path, variant: Variant) -> Path:
    """Return where a variant lies in a compression stage folder."""
    return stage / variant / PACKAGE_NAME


def compress(conversion: Path, out: Path, table: CompressionTable, seed: int) -> MeasurementReport:
    """Make every variant of a conversion stage's package, written canonically, with their sizes.

    Raises:
        InputDataError: the conversion stage is missing.
    """
    source = conversion / PACKAGE_NAME
    digest_of(source)  # a missing package is refused here, by name
    with new_folder(out) as folder:
        for variant in table.variants:
            (folder / variant).mkdir()
            make_variant(source, variant, package_path(folder, variant))
        report = MeasurementReport(
            title="Size of each variant", measurements=tuple(_size(folder, variant) for variant in table.variants)
        )
        report.write(folder / REPORT_NAME)
        shutil.copyfile(conversion / CONTRACT_NAME, folder / CONTRACT_NAME)
        write_stage_manifest(folder, stage="compress", inputs={"conversion": conversion}, config=table, seed=seed)
    return report


def make_variant(source: Path, variant: Variant, out: Path) -> None:
    """Write one variant of a saved package; the source is opened from a copy, because opening may rewrite its manifest."""
    if variant == "float16":
        shutil.copytree(source, out)
        return
    ct = coremltools()
    optimize = ct.optimize.coreml
    config = optimize.OptimizationConfig(
        global_config=optimize.OpLinearQuantizerConfig(
            mode="linear_symmetric", dtype="int8", granularity="per_channel", weight_threshold=_WEIGHT_THRESHOLD
        )
    )
    with tempfile.TemporaryDirectory() as scratch, quietly():
        copy = Path(scratch) / PACKAGE_NAME
        shutil.copytree(source, copy)
        model = ct.models.MLModel(str(copy), skip_model_load=True)
        write_canonical(optimize.linear_quantize_weights(model, config), out)


def package_megabytes(package: Path) -> float:
    """Return the size of a package in units of 10^6 bytes."""
    return sum(record.bytes for record in list_files(package)) / 1e6


def _size(folder: Path, variant: Variant) -> Measurement:
    return Measurement(
        name=f"size.{variant}",
        value=package_megabytes(package_path(folder, variant)),
        unit="MB",
        note="whole .mlpackage",
    )
