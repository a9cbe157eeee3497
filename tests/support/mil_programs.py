"""Small programs through coremltools and back: written with its builder or traced from torch, saved, loaded, compared."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from qleap_edge.mil.runtime.evaluator import Model, open_model
from tests.support import mil_packages
from tests.support.mil_packages import builder_program, tensor_types


def built(
    build: Callable[..., Any],
    arguments: Mapping[str, tuple[tuple[Any, ...], type]],
    target: str,
    folder: Path,
    **options: Any,
) -> Model:
    """Return a program of coremltools' builder; ``build`` has the arguments' names as its parameters."""
    return open_model(mil_packages.built(folder, builder_program(build, arguments, target), target, **options))


def from_torch(module: nn.Module, inputs: Mapping[str, np.ndarray], target: str, folder: Path) -> Model:
    """Return a traced torch module, converted."""
    examples = tuple(torch.from_numpy(array) for array in inputs.values())
    with torch.no_grad():
        traced = torch.jit.trace(module.eval(), examples, check_trace=False)
    return open_model(mil_packages.built(folder, traced, target, inputs=tensor_types(inputs)))


def outputs(model: Model, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Return the results of one run in the program's order."""
    results = model.predict(inputs)
    return [results[feature.name] for feature in model.function.outputs]


def assert_batch_is_a_loop(model: Model, inputs: Mapping[str, np.ndarray], exact: bool = False) -> None:
    """Compare ``predict_batch`` with ``predict`` window by window; the arrays count windows in their first axis."""
    together = model.predict_batch(inputs)
    for window in range(len(next(iter(inputs.values())))):
        alone = model.predict({name: array[window] for name, array in inputs.items()})
        for name, value in alone.items():
            np.testing.assert_allclose(
                together[name][window], value, rtol=0 if exact else 1e-5, atol=0 if exact else 1e-6
            )
