"""The mean training pose that a saved package carries: the constant that its last addition adds to the pose."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.skeleton import JOINT_COUNT, PELVIS
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Binding, Constant, Operation

_POSE = "pose"
_TRANSPARENT = ("cast", "identity")  # between the addition and the output


def package_mean_pose(package: Package) -> Float[np.ndarray, "17 3"]:
    """Return the mean of the poses that the network was trained on, body heights, left-arm body.

    The network undoes the normalisation of its target last: pose = normalised × spread + mean. So the package itself says
    what a predictor without any input would answer, and no data set is needed beside it.

    Raises:
        InputDataError: the program's pose does not end in such an addition.
    """
    made_by = {value.name: operation for operation in package.function().block.walk() for value in operation.outputs}
    operation = made_by.get(_POSE)
    while operation is not None and operation.type in _TRANSPARENT:
        operation = next((made_by[name] for name in operation.references() if _computed(made_by.get(name))), None)
    if operation is not None and operation.type == "add":
        for value in _constants(operation.inputs.values(), made_by):
            if value.size == JOINT_COUNT * 3 and value.shape[-2:] == (JOINT_COUNT, 3):
                mean = value.reshape(JOINT_COUNT, 3).astype(np.float64)
                if not mean[PELVIS].any() and np.isfinite(mean).all():
                    return mean
    raise InputDataError(
        "the package does not carry its mean training pose, the baseline of every figure",
        where=f"{package.path}, output {_POSE!r}",
        expected=f"an addition of a constant ({JOINT_COUNT}, 3) whose pelvis is 0",
        got="no such output" if operation is None else f"operation {operation.type!r}",
        next_step="benchmark the checkpoint it was converted from",
    )


def _computed(operation: Operation | None) -> bool:
    return operation is not None and operation.type != "const"


def _constants(inputs: Iterable[tuple[Binding, ...]], made_by: dict[str, Operation]) -> list[np.ndarray]:
    """Return the values of all arguments that are constants, literal or by reference."""
    found = []
    for bindings in inputs:
        for binding in bindings:
            if isinstance(binding, Constant):
                found.append(binding.value)
            elif (source := made_by.get(binding.name)) is not None and source.type == "const":
                found += [constant.value for name, constant in source.constants() if name == "val"]
    return found
