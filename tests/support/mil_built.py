"""Programs of a few operations in several opsets, window by window and batched, beside PyTorch."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from qleap_edge.conversion.libraries import import_coremltools
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from tests.support import mil_packages
from tests.support.mil_packages import builder_program, tensor_types

Arrays = Mapping[str, np.ndarray]


def built(body: Callable[..., Any], inputs: Arrays, target: str, folder: Path, precision: str = "FLOAT32") -> Package:
    """Save the program that ``body`` makes of its parameters, which are named as the inputs, and load it."""
    described = {name: (array.shape, array.dtype.type) for name, array in inputs.items()}
    rounding = getattr(import_coremltools().precision, precision)
    return mil_packages.built(folder, builder_program(body, described, target), target, compute_precision=rounding)


def exported(module: nn.Module, inputs: Arrays, target: str, folder: Path, traced: bool = False) -> Package:
    """Save a torch module converted in float32, as an exported program or a traced one, and load it."""
    tensors = tuple(torch.from_numpy(array) for array in inputs.values())
    source = torch.jit.trace(module.eval(), tensors) if traced else mil_packages.exported(module, *tensors)
    return mil_packages.built(folder, source, target, inputs=tensor_types(inputs))


def run(package: Package, inputs: Arrays) -> list[np.ndarray]:
    """Return the outputs in the program's order, window by window and all at once being equal."""
    model = open_model(package, precision="wide")
    order = [feature.name for feature in model.function.outputs]
    once = model.predict(inputs)
    for name, value in open_model(package, precision="wide", executor="reference").predict(inputs).items():
        np.testing.assert_array_equal(once[name], value)  # the compiled executor's numbers are the kernels'
    windows = {
        name: np.stack([array, array[::-1] if array.dtype.kind == "f" else array, array])
        for name, array in inputs.items()
    }
    many = model.predict_batch(windows)
    for index in range(3):
        one = model.predict({name: np.ascontiguousarray(array[index]) for name, array in windows.items()})
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


class Accumulator(nn.Module):
    """Keeps the sum of all its inputs and returns twice that."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(1, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.add_(x)  # type: ignore[operator]
        return self.seen * 2.0  # type: ignore[operator]


def accumulator(folder: Path) -> Package:
    """Return a package with the state ``seen``: a sum of three half-precision numbers."""
    ct = import_coremltools()
    return mil_packages.built(
        folder,
        torch.jit.trace(Accumulator().eval(), torch.zeros(1, 3)),
        inputs=[ct.TensorType("x", shape=(1, 3), dtype=np.float16)],
        outputs=[ct.TensorType("y", dtype=np.float16)],
        states=[ct.StateType(wrapped_type=ct.TensorType(shape=(1, 3), dtype=np.float16), name="seen")],
        compute_precision=ct.precision.FLOAT16,
    )
