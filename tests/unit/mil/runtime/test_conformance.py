"""Networks of many families, saved in five forms by coremltools, executed here, compared with PyTorch.

Each form is compared with PyTorch holding the weights that coremltools itself reads out of the decompressed package, so that a
wrong expansion of a palette and a wrong product are both found. Recurrent networks, whose weights the converter
rearranges, are compared with PyTorch in float32 and, compressed, with their decompressed twin.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from tests.support.architectures import ARCHITECTURES, Architecture
from tests.support.mil_packages import exported

REARRANGED = {"bilstm", "gru"}
COMPRESSED = ("int8", "palette4", "pruned")
SEEDS = (1, 2)
SMALLEST = 64  # elements of a tensor that is compressed


def converted(architecture: Architecture, module: nn.Module, half: bool, traced: bool) -> Any:
    """Return coremltools' model object with input ``x`` and output ``y``."""
    ct, example = import_coremltools(), architecture.inputs(0)
    with suppressed_output():
        return ct.convert(
            torch.jit.trace(module, example) if traced else exported(module, example),
            convert_to="mlprogram",
            minimum_deployment_target=ct.target.iOS18,
            inputs=[
                ct.TensorType("x", shape=architecture.shape, dtype=np.int32 if architecture.tokens else np.float32)
            ],
            outputs=[ct.TensorType("y", dtype=np.float32)],
            compute_precision=ct.precision.FLOAT16 if half else ct.precision.FLOAT32,
            skip_model_load=True,
        )


def compressed(model: Any, form: str) -> Any:
    """Return a compressed copy of a half-precision model."""
    optimize, small = import_coremltools().optimize.coreml, {"weight_threshold": SMALLEST}
    if form == "int8":
        config = optimize.OpLinearQuantizerConfig(mode="linear_symmetric", **small)
        return optimize.linear_quantize_weights(model, optimize.OptimizationConfig(config))
    if form == "palette4":
        config = optimize.OpPalettizerConfig(mode="uniform", nbits=4, **small)
        return optimize.palettize_weights(model, optimize.OptimizationConfig(config))
    config = optimize.OpMagnitudePrunerConfig(target_sparsity=0.5, **small)
    return optimize.prune_weights(model, optimize.OptimizationConfig(config))


def dense_constants(model: Any, folder: Path) -> dict[str, np.ndarray]:
    """Return every constant of a model by name, compressed ones as coremltools expands them."""
    from coremltools.converters.mil.frontend.milproto.load import load

    with suppressed_output():
        dense = import_coremltools().optimize.coreml.decompress_weights(model)
    program = load(dense.get_spec(), dense.get_spec().specificationVersion, dense.weights_dir)
    dense.save(str(folder / "dense.mlpackage"))
    operations = program.functions["main"].operations
    return {item.outputs[0].name: np.asarray(item.outputs[0].val) for item in operations if item.op_type == "const"}


def holding(module: nn.Module, constants: dict[str, np.ndarray]) -> nn.Module:
    """Give the module the weights of the package.

    Only a vector too small to be compressed may be missing, for the converter reshapes the scales of some norms: it is rounded.
    """
    named = [("p", item) for item in module.named_parameters()] + [("b", item) for item in module.named_buffers()]
    state = {}
    for kind, (name, own) in named:
        stem = f"{kind}_{name.replace('.', '_')}"
        found = [value for key, value in constants.items() if key == stem or key.startswith(f"{stem}_to_fp16")]
        if found:
            state[name] = torch.from_numpy(found[0].astype(np.float32)).reshape(own.shape)
        elif own.is_floating_point():
            assert own.numel() < SMALLEST, f"no constant for {name}"
            state[name] = own.half().float()
    module.load_state_dict(state, strict=False)
    return module


def answers(module: nn.Module, architecture: Architecture) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray]]:
    """Yield (inputs of the package, PyTorch's answer)."""
    for seed in SEEDS:
        x = architecture.inputs(seed)
        with torch.no_grad():
            yield {"x": x.numpy()}, module(x).numpy()


def assert_close(got: np.ndarray, wanted: np.ndarray, bound: float) -> None:
    """Compare with the largest number of the answer as the unit."""
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() <= bound * max(1.0, float(np.abs(wanted).max()))


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_agrees_with_pytorch_in_every_form(name: str, tmp_path: Path) -> None:
    architecture = ARCHITECTURES[name]
    module, traced = architecture.module(), name in REARRANGED
    single = converted(architecture, module, half=False, traced=traced)
    single.save(str(tmp_path / "float32.mlpackage"))
    package = Package.load(tmp_path / "float32.mlpackage")
    for inputs, wanted in answers(module, architecture):
        assert_close(open_model(package).predict(inputs)["y"], wanted, 2e-5)

    half = converted(architecture, module, half=True, traced=traced)
    for form in ("float16", *COMPRESSED):
        model = half if form == "float16" else compressed(half, form)
        model.save(str(tmp_path / f"{form}.mlpackage"))
        package = Package.load(tmp_path / f"{form}.mlpackage")
        (tmp_path / form).mkdir()
        constants = dense_constants(model, tmp_path / form)
        if form != "float16":
            assert any(item.type.startswith("constexpr_") for item in package.function().block.operations)
        if name in REARRANGED:
            twin = Package.load(tmp_path / form / "dense.mlpackage")
            for inputs, _ in answers(module, architecture):
                np.testing.assert_array_equal(
                    open_model(package).predict(inputs)["y"], open_model(twin).predict(inputs)["y"]
                )
            continue
        for inputs, wanted in answers(holding(architecture.module(), constants), architecture):
            assert_close(open_model(package, precision="wide").predict(inputs)["y"], wanted, 1e-4)
            assert_close(open_model(package, precision="declared").predict(inputs)["y"], wanted, 2e-2)
