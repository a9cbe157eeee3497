"""What a program keeps from one call to the next."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from qleap_edge.mil.format.program import Function
from qleap_edge.mil.runtime.inputs import converted, refuse, sizes_text, tensor_dtype


class State:
    """What a program keeps from one call to the next, by name; made by ``Model.make_state``, all zeros at first."""

    def __init__(self, values: Mapping[str, Tensor]) -> None:
        self.values = dict(values)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a copy of one state, real numbers as float32."""
        return self.values[name].numpy().copy()

    def arrays(self) -> dict[str, np.ndarray]:
        """Return a copy of every state by name, as ``Model.restore_state`` takes them."""
        return {name: self[name] for name in self.values}


def restored_state(function: Function, arrays: Mapping[str, np.ndarray], where: Path) -> State:
    """Return the states of a function with given values.

    Args:
        function: of a package.
        arrays: state → array, of real numbers also in float32: without rounding a state is no half-precision number.
        where: the package, for errors.

    Raises:
        InputDataError: a state is missing, unknown, of another shape, or of a type whose numbers the declared one does not
            hold.
    """
    values = {value.name: value for value in function.block.inputs if value.type.kind == "state"}
    if set(arrays) != set(values):
        raise refuse(where, "states", f"the names {sorted(values)}", str(sorted(arrays)), "check the state's file")
    tensors = {}
    for name, value in values.items():
        array, dtype = arrays[name], tensor_dtype(value)
        if array.shape != value.type.shape:
            raise refuse(where, f"state {name!r}", f"shape ({sizes_text(value.type.shape)})", str(array.shape))
        wanted = str(dtype).removeprefix("torch.")
        tensors[name] = torch.from_numpy(np.array(converted(array, wanted, where, f"state {name!r}"), order="C")).to(
            dtype
        )
    return State(tensors)
