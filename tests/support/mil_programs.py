"""Small programs through coremltools and back: written with its builder or converted from torch, saved, loaded."""

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


def _tools() -> Any:
    os.environ["TQDM_DISABLE"] = "1"
    logging.getLogger("coremltools").setLevel(logging.ERROR)
    import coremltools

    return coremltools


def _load(model: Any, folder: Path) -> Runtime:
    path = folder / f"{len(list(folder.iterdir()))}.mlpackage"
    model.save(str(path))
    return Runtime(Package.load(path))


def built(
    build: Callable[..., Any],
    arguments: Mapping[str, tuple[tuple[Any, ...], type]],
    target: str,
    folder: Path,
    **options: Any,
) -> Runtime:
    """Return a program of the builder ``mb``; ``build`` has the arguments' names as its parameters."""
    ct = _tools()
    from coremltools.converters.mil.mil import Builder, types

    kinds = {np.float32: types.fp32, np.int32: types.int32, np.float16: types.fp16}
    specs = [Builder.TensorSpec(shape=shape, dtype=kinds[dtype]) for shape, dtype in arguments.values()]
    version = getattr(ct.target, target)
    program = Builder.program(input_specs=specs, opset_version=version)(build)
    model = ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=version,
        compute_precision=ct.precision.FLOAT32,
        skip_model_load=True,
        **options,
    )
    return _load(model, folder)


def from_torch(module: nn.Module, inputs: Mapping[str, np.ndarray], target: str, folder: Path) -> Runtime:
    """Return a traced torch module, converted."""
    ct = _tools()
    examples = tuple(torch.from_numpy(array) for array in inputs.values())
    with torch.no_grad():
        traced = torch.jit.trace(module.eval(), examples, check_trace=False)
    model = ct.convert(
        traced,
        convert_to="mlprogram",
        minimum_deployment_target=getattr(ct.target, target),
        inputs=[ct.TensorType(name, shape=array.shape, dtype=array.dtype) for name, array in inputs.items()],
        compute_precision=ct.precision.FLOAT32,
        skip_model_load=True,
    )
    return _load(model, folder)


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
