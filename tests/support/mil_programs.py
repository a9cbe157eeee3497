"""Small programs through coremltools and back: written with its builder or traced from torch, saved, loaded, compared."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from qleap_edge.mil.runtime.evaluator import Runtime
from tests.support import mil_packages
from tests.support.mil_packages import builder_program, tensor_types


def built(
    build: Callable[..., Any],
    arguments: Mapping[str, tuple[tuple[Any, ...], type]],
    target: str,
    folder: Path,
    **options: Any,
) -> Runtime:
    """Return a program of coremltools' builder; ``build`` has the arguments' names as its parameters."""
    return mil_packages.built(folder, builder_program(build, arguments, target), target, **options).runtime()


def from_torch(module: nn.Module, inputs: Mapping[str, np.ndarray], target: str, folder: Path) -> Runtime:
    """Return a traced torch module, converted."""
    examples = tuple(torch.from_numpy(array) for array in inputs.values())
    with torch.no_grad():
        traced = torch.jit.trace(module.eval(), examples, check_trace=False)
    return mil_packages.built(folder, traced, target, inputs=tensor_types(inputs)).runtime()


def outputs(runtime: Runtime, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Return the results of one run in the program's order."""
    results = runtime.predict(inputs)
    return [results[feature.name] for feature in runtime.function.outputs]


def assert_batch_is_a_loop(runtime: Runtime, inputs: Mapping[str, np.ndarray], exact: bool = False) -> None:
    """Compare ``predict_batch`` with ``predict`` window by window; the arrays count windows in their first axis."""
    together = runtime.predict_batch(inputs)
    for window in range(len(next(iter(inputs.values())))):
        alone = runtime.predict({name: array[window] for name, array in inputs.items()})
        for name, value in alone.items():
            np.testing.assert_allclose(
                together[name][window], value, rtol=0 if exact else 1e-5, atol=0 if exact else 1e-6
            )
