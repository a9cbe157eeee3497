"""Programs converted by coremltools, saved, executed here and compared with PyTorch."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.mil.tools.inspect import summarize
from tests.support.mil_packages import converted, package_bytes, tiny_transformer

WINDOWS = np.random.default_rng(3).standard_normal((5, 1, 40, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every package of this module, converted once."""
    import coremltools as ct
    import coremltools.optimize.coreml as cto

    folder = tmp_path_factory.mktemp("packages")
    models = {
        "iOS15_fp32": converted(tiny_transformer(False), "iOS15", "FLOAT32"),
        "iOS17_fp32": converted(tiny_transformer(False), "iOS17", "FLOAT32"),
        "iOS17_fp16": converted(tiny_transformer(False), "iOS17", "FLOAT16"),
        "iOS18_fp32": converted(tiny_transformer(True), "iOS18", "FLOAT32"),
        "iOS18_fp16": converted(tiny_transformer(True), "iOS18", "FLOAT16"),
    }
    every = {"weight_threshold": 16}
    quantizer = cto.OptimizationConfig(cto.OpLinearQuantizerConfig(mode="linear_symmetric", **every))
    affine = cto.OptimizationConfig(cto.OpLinearQuantizerConfig(mode="linear", granularity="per_channel", **every))
    blocks = cto.OptimizationConfig(
        cto.OpLinearQuantizerConfig(
            mode="linear_symmetric", dtype="int4", granularity="per_block", block_size=4, **every
        )
    )
    palette = cto.OptimizationConfig(cto.OpPalettizerConfig(mode="uniform", nbits=8, **every))
    palette4 = cto.OptimizationConfig(
        cto.OpPalettizerConfig(mode="uniform", nbits=4, granularity="per_grouped_channel", group_size=4, **every),
        op_type_configs={"conv": None},
    )
    pruner = cto.OptimizationConfig(cto.OpMagnitudePrunerConfig(target_sparsity=0.5, **every))
    for source, name, compress, config in (
        ("iOS17_fp16", "iOS17_int8", cto.linear_quantize_weights, quantizer),
        ("iOS17_fp16", "iOS17_int8_affine", cto.linear_quantize_weights, affine),
        ("iOS17_fp16", "iOS17_palette8", cto.palettize_weights, palette),
        ("iOS17_fp16", "iOS17_pruned", cto.prune_weights, pruner),
        ("iOS18_fp16", "iOS18_int8", cto.linear_quantize_weights, quantizer),
        ("iOS18_fp16", "iOS18_int4_blocks", cto.linear_quantize_weights, blocks),
        ("iOS18_fp16", "iOS18_palette4_groups", cto.palettize_weights, palette4),
        ("iOS18_fp16", "iOS18_pruned", cto.prune_weights, pruner),
    ):
        models[name] = compress(models[source], config)
        models[f"{name}_twin"] = cto.decompress_weights(models[name])
    paths = {}
    for name, model in models.items():
        paths[name] = folder / f"{name}.mlpackage"
        model.save(str(paths[name]))
    assert isinstance(models["iOS17_int8"], ct.models.MLModel)
    return paths


def eager(fused: bool) -> list[np.ndarray]:
    model = tiny_transformer(fused)
    with torch.no_grad():
        rows = [model(torch.from_numpy(window)) for window in WINDOWS]
    return [np.stack([row[index].numpy() for row in rows]) for index in (0, 1)]


@pytest.mark.parametrize(
    ("target", "name", "bound"),
    [
        ("iOS15", "fp32", 1e-5),
        ("iOS17", "fp32", 1e-5),
        ("iOS18", "fp32", 1e-5),
        ("iOS17", "fp16", 5e-3),
        ("iOS18", "fp16", 5e-3),
    ],
)
@pytest.mark.parametrize("precision", ["declared", "wide"])
def test_agrees_with_pytorch(saved: dict[str, Path], target: str, name: str, bound: float, precision: str) -> None:
    model = open_model(saved[f"{target}_{name}"], precision=precision)  # type: ignore[arg-type]
    pose, label = eager(target == "iOS18")
    for index, window in enumerate(WINDOWS):
        outputs = model.predict({"imu": window})
        assert outputs["pose"].shape == (1, 40, 3)
        assert outputs["pose"].dtype == np.float32
        np.testing.assert_allclose(outputs["pose"], pose[index], atol=bound)
        np.testing.assert_allclose(outputs["label"], label[index], atol=bound)


@pytest.mark.parametrize(
    "name",
    [
        "iOS17_int8",
        "iOS17_int8_affine",
        "iOS17_palette8",
        "iOS17_pruned",
        "iOS18_int8",
        "iOS18_int4_blocks",
        "iOS18_palette4_groups",
        "iOS18_pruned",
    ],
)
def test_compressed_equals_its_decompressed_twin(saved: dict[str, Path], name: str) -> None:
    package = Package.load(saved[name])
    assert any(op.type.startswith("constexpr_") for op in package.function().block.operations)
    for precision in ("declared", "wide"):
        mine = open_model(package, precision=precision).predict({"imu": WINDOWS[0]})
        twin = open_model(saved[f"{name}_twin"], precision=precision).predict({"imu": WINDOWS[0]})
        for output in mine:
            np.testing.assert_array_equal(mine[output], twin[output])


def test_batch_equals_loop(saved: dict[str, Path]) -> None:
    for name, precision, bound in (
        ("iOS17_fp16", "wide", 2e-6),
        ("iOS18_int8", "wide", 2e-6),
        ("iOS18_fp16", "declared", 2e-3),
    ):
        model = open_model(saved[name], precision=precision)  # type: ignore[arg-type]
        calls: list[tuple[int, int]] = []
        batched = model.predict_batch({"imu": WINDOWS}, lambda done, total, calls=calls: calls.append((done, total)))
        looped = [model.predict({"imu": window}) for window in WINDOWS]
        for output, values in batched.items():
            np.testing.assert_allclose(values, np.stack([one[output] for one in looped]), atol=bound)
        assert calls[-1] == (5, 5)
        assert model.predict_batch({"imu": WINDOWS[:0]})["pose"].shape == (0, 1, 40, 3)


def test_declared_rounds_every_half_precision_output(saved: dict[str, Path]) -> None:
    package = Package.load(saved["iOS17_fp16"])
    declared = {output.name: output.type for op in package.function().block.operations for output in op.outputs}
    halves = 0
    for name, value in open_model(package, precision="declared").trace({"imu": WINDOWS[0]}):
        if declared[name].data_type is not None and declared[name].data_type.name == "fp16":
            np.testing.assert_array_equal(value, value.astype(np.float16).astype(np.float32))
            halves += 1
    assert halves > 30
    drifted = [
        name
        for name, value in open_model(package, precision="wide").trace({"imu": WINDOWS[0]})
        if not np.array_equal(value, value.astype(np.float16).astype(np.float32))
    ]
    assert drifted


def test_trace_ends_with_the_outputs(saved: dict[str, Path]) -> None:
    model = open_model(saved["iOS17_fp16"])
    values = dict(model.trace({"imu": WINDOWS[1]}))
    outputs = model.predict({"imu": WINDOWS[1]})
    np.testing.assert_array_equal(values["pose"], outputs["pose"])
    assert len(values) == len(model.plan.body.steps)


def test_package_bytes_stay(saved: dict[str, Path]) -> None:
    before = package_bytes(saved["iOS17_int8"])
    model = open_model(saved["iOS17_int8"])
    model.predict_batch({"imu": WINDOWS})
    assert package_bytes(saved["iOS17_int8"]) == before


def test_inputs_and_constants_are_not_written_to(saved: dict[str, Path]) -> None:
    model = open_model(saved["iOS17_fp16"])
    window = WINDOWS[0].copy()
    first = model.predict({"imu": window})
    np.testing.assert_array_equal(window, WINDOWS[0])
    first["pose"][:] = 0.0  # a caller's scribbling must not reach the next call
    assert np.abs(model.predict({"imu": window})["pose"]).max() > 0.0


def test_threads_give_the_same_results(saved: dict[str, Path]) -> None:
    model = open_model(saved["iOS17_fp16"])
    alone = [model.predict({"imu": window})["pose"] for window in WINDOWS]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda window: model.predict({"imu": window})["pose"], list(WINDOWS) * 4))
    for index, value in enumerate(together):
        np.testing.assert_array_equal(value, alone[index % len(alone)])


def test_same_message_classes_as_coremltools(saved: dict[str, Path]) -> None:
    from coremltools.proto import Model_pb2

    from qleap_edge.mil.format.protobuf import message_module

    assert message_module("Model_pb2").Model is Model_pb2.Model


def test_summary_counts_parameters_and_arithmetic(saved: dict[str, Path]) -> None:
    summary = summarize(Package.load(saved["iOS18_fp16"]))
    width, time = 32, 10
    linears = width * (3 * width + width + 2 * width + 2 * width + 12) * time + width * 3
    convs = 16 * 6 * 5 * 20 + width * 16 * 3 * 10 + width * 3 * 10
    attention = 2 * time * time * width
    assert summary.flops == 2 * (linears + convs + attention)
    parameters = (
        sum(item.numel() for item in tiny_transformer(True).parameters()) - 2 * 16
    )  # batch norm folds into the conv
    assert summary.parameters == parameters
    assert summary.weight_bytes <= 2 * parameters
    assert summary.unsupported == ()
    assert summary.operation_counts["scaled_dot_product_attention"] == 1
    compressed = summarize(Package.load(saved["iOS18_int8"]))
    assert compressed.parameters == parameters
    assert compressed.weight_bytes < 0.65 * summary.weight_bytes
    written_out = summarize(Package.load(saved["iOS17_fp16"]))
    assert written_out.flops == summary.flops


def test_quantised_activations_stay_near_the_source(saved: dict[str, Path]) -> None:
    """8-bit weights and activations, with ranges that this very runtime measured on the saved program."""
    from coremltools.converters.mil.mil.passes.graph_pass import PassOption
    from coremltools.converters.mil.mil.passes.pass_registry import PASS_REGISTRY
    from coremltools.models import MLModel
    from coremltools.models.utils import _apply_graph_pass
    from coremltools.optimize.coreml import OpLinearQuantizerConfig, OptimizationConfig

    source = Package.load(saved["iOS17_fp16"])
    model = open_model(source)
    ranges = {"imu": {"rmin": float(WINDOWS.min()), "rmax": float(WINDOWS.max())}}
    for window in WINDOWS:
        for name, value in model.trace({"imu": window}):
            old = ranges.get(name, {"rmin": np.inf, "rmax": -np.inf})
            ranges[name] = {"rmin": min(old["rmin"], float(value.min())), "rmax": max(old["rmax"], float(value.max()))}
    config = OptimizationConfig(OpLinearQuantizerConfig(mode="linear_symmetric"))
    passes = [PASS_REGISTRY[f"compression::insert_{side}_quantize_dequantize_pair"] for side in ("prefix", "suffix")]
    for one in passes:
        one.set_options([PassOption("config", config), PassOption("activation_stats", ranges)])
    copy = saved["iOS17_fp16"].parent / "copy.mlpackage"
    model = _apply_graph_pass(
        MLModel(str(saved["iOS17_fp16"]), skip_model_load=True), passes, spec_version=8, skip_model_load=True
    )
    model.save(str(copy))
    quantised = Package.load(copy)
    types = [operation.type for operation in quantised.function().block.operations]
    assert types.count("quantize") >= 5
    assert types.count("dequantize") >= 5
    mine, reference = (open_model(item).predict_batch({"imu": WINDOWS})["pose"] for item in (quantised, source))
    assert 0.0 < np.abs(mine - reference).max() < 0.1 * np.abs(reference).max()
