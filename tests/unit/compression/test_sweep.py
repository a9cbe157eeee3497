"""The whole sweep: every variant of the micro network, made, saved, run and scored."""

import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from qleap_edge.compression import tasks
from qleap_edge.compression.document import (
    PLOT_NAME,
    REPORT_NAME,
    SWEEP_NAME,
    SweepDocument,
    chosen_package,
    chosen_variant,
    made_variants,
    package_path,
)
from qleap_edge.compression.plot import draw_pareto
from qleap_edge.compression.schemes import NEEDS_WINDOWS, SCHEMES
from qleap_edge.compression.stored_outputs import OUTPUTS_NAME, PredictedWindows, read_outputs
from qleap_edge.compression.sweep import compress
from qleap_edge.conversion.coreml import NEWER_FOLDER
from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.core.contract import CONTRACT_NAME, OUTPUT_NAMES, PACKAGE_NAME
from qleap_edge.core.errors import InputDataError, UsageError, VariantFailed
from qleap_edge.core.manifest import digest_of, finished_stage
from qleap_edge.core.recipe import CompressionTable, Recipe, Variant
from qleap_edge.core.records import read_document
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.package_outputs import package_outputs
from qleap_edge.metrics.measurement import MeasurementReport
from qleap_edge.mil.format.package import Package
from tests.support.micro import Micro

ALL = get_args(Variant)
EXPANDED_BY = {
    "int8_per_channel": "constexpr_affine_dequantize", "int8_per_block32": "constexpr_blockwise_shift_scale",
    "int4_per_block32": "constexpr_blockwise_shift_scale", "int4_per_block16": "constexpr_blockwise_shift_scale",
    "palette8": "constexpr_lut_to_dense", "palette6": "constexpr_lut_to_dense", "palette4": "constexpr_lut_to_dense",
    "palette8_grouped16": "constexpr_lut_to_dense", "palette6_grouped16": "constexpr_lut_to_dense",
    "palette4_grouped16": "constexpr_lut_to_dense", "prune25_palette6": "constexpr_lut_to_sparse",
    "prune50_palette6": "constexpr_sparse_to_dense", "mixed_palette": "constexpr_lut_to_dense", "w8a8": "quantize",
}  # fmt: skip


@pytest.fixture(scope="module")
def table(micro_recipe: Recipe) -> CompressionTable:
    few = {"variants": ALL, "calibration_windows": 40, "activation_windows": 8, "sensitivity_windows": 2}
    return CompressionTable.model_validate(micro_recipe.compression.model_dump() | few)


@pytest.fixture(scope="module")
def stage(micro: Micro, table: CompressionTable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sweep") / "compress"
    calls: list[tuple[int, int]] = []
    compress(
        micro.stages["convert"],
        micro.stages["synthesize"],
        out,
        table,
        1,
        workers=2,
        on_task=lambda *c: calls.append(c),
    )
    total = calls[-1][1]
    assert calls == [(done, total) for done in range(1, total + 1)], "progress counts every task once"
    return out


@pytest.fixture(scope="module")
def document(stage: Path) -> SweepDocument:
    return read_document(SweepDocument, stage / SWEEP_NAME)


def test_every_variant_is_made_and_scored(stage: Path, document: SweepDocument) -> None:
    assert [item.variant for item in document.variants] == list(ALL) == list(SCHEMES)
    assert made_variants(stage) == ALL
    assert {item.verdict for item in document.variants} <= {"chosen", "inside", "outside"}
    for item in document.variants:
        assert item.reasons or item.verdict == "chosen"
        assert all(figure.value is not None and np.isfinite(figure.value) for figure in item.figures), item.variant


@pytest.mark.parametrize("variant", [name for name in ALL if name != "float16"])
def test_the_file_is_what_its_name_says(stage: Path, document: SweepDocument, variant: Variant) -> None:
    package = Package.load(package_path(stage, variant))
    kinds = {op.type for op in package.function().block.operations}
    assert EXPANDED_BY[variant] in kinds
    assert package.specification_version == (9 if SCHEMES[variant].newer else 8)
    found = document.result(variant)
    assert found is not None
    size = found.figure("size")
    assert size is not None
    weighed = sum(path.stat().st_size for path in package.path.rglob("*") if path.is_file())
    assert size.value == weighed / 1e6
    assert weighed < sum(p.stat().st_size for p in package_path(stage, "float16").rglob("*") if p.is_file())


@pytest.mark.parametrize("variant", ALL)
def test_stock_coremltools_opens_it(stage: Path, variant: Variant, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(package_path(stage, variant), tmp_path / PACKAGE_NAME))
    with suppressed_output():
        model = import_coremltools().models.MLModel(str(copy), skip_model_load=True)
    assert [item.name for item in model.get_spec().description.input] == ["imu"]
    assert digest_of(copy) == digest_of(package_path(stage, variant))


def test_fewer_bits_are_smaller_and_drift_more(document: SweepDocument) -> None:
    def value(variant: Variant, name: str) -> float:
        result = document.result(variant)
        found = None if result is None else result.figure(name)
        assert found is not None and found.value is not None
        return found.value

    assert value("palette4", "size") < value("palette6", "size") < value("palette8", "size")
    assert value("int4_per_block32", "size") < value("int4_per_block16", "size") < value("int8_per_block32", "size")
    assert value("prune50_palette6", "size") < value("prune25_palette6", "size")
    assert abs(value("palette8", "mpjpe_change")) < abs(value("prune50_palette6", "mpjpe_change"))


def test_the_chosen_one_is_the_smallest_that_may_ship(stage: Path, document: SweepDocument) -> None:
    chosen = chosen_variant(stage)
    assert chosen == document.chosen and chosen_package(stage) == package_path(stage, chosen)
    assert not SCHEMES[chosen].newer

    def size(variant: Variant) -> int:
        return sum(p.stat().st_size for p in package_path(stage, variant).rglob("*") if p.is_file())

    for item in document.variants:
        if item.verdict == "inside":
            assert size(item.variant) >= size(chosen)
        if SCHEMES[item.variant].newer:
            assert (item.verdict == "outside" and "iOS 18" in " ".join(item.reasons)) or "allowed" in " ".join(
                item.reasons
            )


def test_mixed_precision_is_put_together_from_the_sensitivities(stage: Path, document: SweepDocument) -> None:
    assert document.mixed is not None and document.layers
    assert set(document.mixed.bits) == {layer.name for layer in document.layers}
    stored = [
        int(np.log2(op.inputs["lut"][0].value.size))  # type: ignore[union-attr]
        for op in Package.load(package_path(stage, "mixed_palette")).function().block.operations
        if op.type == "constexpr_lut_to_dense"
    ]
    assert sorted(stored) == sorted(document.mixed.bits.values())


def test_the_report_names_every_figure_and_what_ships(stage: Path, document: SweepDocument) -> None:
    report = read_document(MeasurementReport, stage / REPORT_NAME)
    said = {item.name: item.value for item in report.measurements}
    assert len(said) == len(report.measurements)
    assert said["compression.float16.size_share"] == 1.0
    for name in ("size", "mpjpe_change", "coverage_change", "size_share"):
        assert said[f"compression.shipped.{name}"] == said[f"compression.{document.chosen}.{name}"]


def test_the_outputs_of_the_chosen_variant_are_kept(
    micro: Micro, stage: Path, table: CompressionTable, document: SweepDocument
) -> None:
    package = chosen_package(stage)
    stored = read_outputs(
        stage / OUTPUTS_NAME, PredictedWindows.of(package, micro.stages["synthesize"], table.test_hop)
    )
    wanted = package_outputs(package, load_windows(micro.stages["synthesize"], "test", table.test_hop).imu)
    assert stored is not None and len(stored) == document.windows
    for name in OUTPUT_NAMES:
        np.testing.assert_array_equal(getattr(stored, name), getattr(wanted, name), err_msg=name)


def test_a_finished_stage(micro: Micro, stage: Path, table: CompressionTable) -> None:
    assert (stage / CONTRACT_NAME).read_bytes() == (micro.stages["convert"] / CONTRACT_NAME).read_bytes()
    inputs = {"conversion": micro.stages["convert"], "dataset": micro.stages["synthesize"]}
    assert finished_stage(stage, stage="compress", inputs=inputs, config=table, seed=1)


def test_one_process_gives_what_two_do(micro: Micro, stage: Path, table: CompressionTable, tmp_path: Path) -> None:
    few = table.model_copy(update={"variants": ("float16", "palette4", "mixed_palette", "w8a8")})
    one = compress(micro.stages["convert"], micro.stages["synthesize"], tmp_path / "one", few, 1, workers=1)
    two = read_document(SweepDocument, stage / SWEEP_NAME)
    for variant in few.variants:
        ours, theirs = one.result(variant), two.result(variant)
        assert ours is not None and theirs is not None and ours.figures == theirs.figures
        assert digest_of(package_path(tmp_path / "one", variant)) == digest_of(package_path(stage, variant))
    assert one.layers == two.layers and one.mixed == two.mixed
    assert one.chosen == chosen_variant(tmp_path / "one")


def test_the_picture(stage: Path, document: SweepDocument) -> None:
    picture = draw_pareto(document)
    assert picture.startswith(b"\x89PNG") and picture == (stage / PLOT_NAME).read_bytes() == draw_pareto(document)


def test_a_variant_that_cannot_be_made_is_recorded(
    micro: Micro, table: CompressionTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = tasks.make_variant

    def breaking(source: Path, variant: Variant, out: Path, **settings: object) -> None:
        if variant == "palette4":
            raise VariantFailed("coremltools cannot make the variant palette4", where=source)
        make(source, variant, out, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(tasks, "make_variant", breaking)
    few = table.model_copy(update={"variants": ("float16", "int8_per_channel", "palette4")})
    found = compress(micro.stages["convert"], micro.stages["synthesize"], tmp_path / "out", few, 1, workers=1)
    failed = found.result("palette4")
    assert failed is not None and failed.verdict == "not made" and "cannot make" in failed.reasons[0]
    assert found.chosen == "int8_per_channel"
    assert made_variants(tmp_path / "out") == ("float16", "int8_per_channel")


def test_a_budget_that_nothing_keeps(micro: Micro, table: CompressionTable, tmp_path: Path) -> None:
    tight = table.budget.model_copy(update={"size_share": 0.0})
    few = table.model_copy(update={"variants": ("float16", "int8_per_channel"), "budget": tight})
    found = compress(micro.stages["convert"], micro.stages["synthesize"], tmp_path / "out", few, 1)
    assert found.chosen == "float16"
    lost = found.result("int8_per_channel")
    assert lost is not None and lost.verdict == "outside" and "the file is" in lost.reasons[0]


def test_without_data_nothing_is_scored(micro: Micro, table: CompressionTable, tmp_path: Path) -> None:
    few = table.model_copy(update={"variants": ("float16", "palette4")})
    found = compress(micro.stages["convert"], None, tmp_path / "out", few, 1)
    assert found.chosen is None and {item.verdict for item in found.variants} == {"not judged"}
    assert [figure.name for figure in found.variants[1].figures] == ["size", "size_share"]
    assert not (tmp_path / "out" / PLOT_NAME).exists() and not (tmp_path / "out" / OUTPUTS_NAME).exists()
    with pytest.raises(InputDataError, match="no variant was chosen") as caught:
        chosen_package(tmp_path / "out")
    assert "--data" in str(caught.value)


@pytest.mark.parametrize("variant", sorted(NEEDS_WINDOWS))
def test_what_needs_windows_is_refused_without_data(
    micro: Micro, table: CompressionTable, variant: Variant, tmp_path: Path
) -> None:
    few = table.model_copy(update={"variants": ("float16", variant)})
    with pytest.raises(UsageError, match=variant):
        compress(micro.stages["convert"], None, tmp_path / "out", few, 1)
    assert not list(tmp_path.iterdir())


def test_what_needs_a_newer_package_is_refused_without_one(
    micro: Micro, table: CompressionTable, tmp_path: Path
) -> None:
    conversion = Path(shutil.copytree(micro.stages["convert"], tmp_path / "conversion"))
    shutil.rmtree(conversion / NEWER_FOLDER)
    few = table.model_copy(update={"variants": ("float16", "int4_per_block32")})
    with pytest.raises(InputDataError, match="int4_per_block32") as caught:
        compress(conversion, None, tmp_path / "out", few, 1)
    assert NEWER_FOLDER in str(caught.value) and not (tmp_path / "out").exists()


def test_no_conversion(tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match=PACKAGE_NAME):
        compress(tmp_path / "nowhere", None, tmp_path / "out", CompressionTable(variants=("float16",)), 1)
    assert not list(tmp_path.iterdir())


def test_what_is_made_from_a_package_for_newer_systems_needs_them(
    micro: Micro, table: CompressionTable, tmp_path: Path
) -> None:
    few = table.model_copy(update={"variants": ("float16", "palette4")})
    newer = micro.stages["convert"] / NEWER_FOLDER
    found = compress(newer, None, tmp_path / "out", few, 1)
    assert {item.systems for item in found.variants} == {"iOS 18, watchOS 11"}
    found = compress(micro.stages["convert"], None, tmp_path / "out", few, 1)
    assert {item.systems for item in found.variants} == {"iOS 17, watchOS 10"}
