"""Saved ML Programs of a few operations: built with coremltools' own builder, or converted from a small torch module."""

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from qleap_edge.mil.evaluator import Runtime
from qleap_edge.mil.package import Package

Arrays = Mapping[str, np.ndarray]


def built(body: Callable[..., Any], inputs: Arrays, target: str, folder: Path, precision: str = "FLOAT32") -> Package:
    """Save the program that ``body`` makes of its parameters, which are named as the inputs, and load it."""
    ct, mb, types = _coremltools()
    kinds = {"f": types.fp32, "i": types.int32}
    specs = [mb.TensorSpec(shape=array.shape, dtype=kinds[array.dtype.kind]) for array in inputs.values()]
    model = ct.convert(
        mb.program(input_specs=specs, opset_version=getattr(ct.target, target))(body),
        convert_to="mlprogram",
        minimum_deployment_target=getattr(ct.target, target),
        compute_precision=getattr(ct.precision, precision),
        skip_model_load=True,
    )
    return _saved(model, folder)


def exported(module: nn.Module, inputs: Arrays, target: str, folder: Path, traced: bool = False) -> Package:
    """Save a torch module converted in float32, as an exported program or a traced one, and load it."""
    ct, _, _ = _coremltools()
    tensors = tuple(torch.from_numpy(array) for array in inputs.values())
    if traced:
        source: Any = torch.jit.trace(module.eval(), tensors)
    else:
        source = torch.export.export(module.eval(), tensors).run_decompositions({})
    model = ct.convert(
        source,
        convert_to="mlprogram",
        minimum_deployment_target=getattr(ct.target, target),
        inputs=[ct.TensorType(name, shape=array.shape, dtype=array.dtype.type) for name, array in inputs.items()],
        compute_precision=ct.precision.FLOAT32,
        skip_model_load=True,
    )
    return _saved(model, folder)


def run(package: Package, inputs: Arrays) -> list[np.ndarray]:
    """Return the outputs in the program's order, window by window and all at once being equal."""
    runtime = Runtime(package, "wide")
    order = [feature.name for feature in runtime.function.outputs]
    once = runtime.predict(inputs)
    windows = {
        name: np.stack([array, array[::-1] if array.dtype.kind == "f" else array, array])
        for name, array in inputs.items()
    }
    many = runtime.predict_batch(windows)
    for index in range(3):
        one = runtime.predict({name: np.ascontiguousarray(array[index]) for name, array in windows.items()})
        for name in order:
            np.testing.assert_allclose(many[name][index], one[name], rtol=1e-5, atol=1e-5)
    return [once[name] for name in order]


def check_module(
    module: nn.Module, inputs: Arrays, folder: Path, targets: tuple[str, ...] = ("iOS17",), traced: bool = False
) -> set[str]:
    """Compare a converted module with PyTorch for every target; return the operations of all the programs."""
    found: set[str] = set()
    wanted = module.eval()(*(torch.from_numpy(array) for array in inputs.values())).detach().numpy()
    for target in targets:
        package = exported(module, inputs, target, folder / target, traced)
        found |= {operation.type for operation in package.function(None).block.walk()}
        (got,) = run(package, inputs)
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)
    return found


class Module(nn.Module):
    """A function as a torch module."""

    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)


def _saved(model: Any, folder: Path) -> Package:
    folder.mkdir(parents=True, exist_ok=True)
    model.save(str(folder / "p.mlpackage"))
    return Package.load(folder / "p.mlpackage")


def _coremltools() -> tuple[Any, Any, Any]:
    os.environ["TQDM_DISABLE"] = "1"
    logging.getLogger("coremltools").setLevel(logging.ERROR)
    import coremltools as ct
    from coremltools.converters.mil import Builder
    from coremltools.converters.mil.mil import types

    return ct, Builder, types
