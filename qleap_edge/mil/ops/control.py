"""Choice and repetition, lists, states (MIL: control_flow; iOS18: states).

A list is a tensor whose first axis counts its elements; one of dynamic length grows when it is written behind its end, with
zeros in between. A state is a tensor that the evaluator keeps from one call to the next.
"""

import math
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from qleap_edge.mil.format.program import MAX_ELEMENTS
from qleap_edge.mil.ops.registry import kernel

MAX_ITERATIONS: Final = 2**14
"""Of one loop: no wrist, word or sound model comes near it, and a damaged program does not run for ever."""

WRITE_STATE: Final = "write_state"
Body = Callable[..., tuple[Tensor, ...]]
_LIST_TYPES = {"fp16": torch.float32, "fp32": torch.float32, "int32": torch.int32, "bool": torch.bool}


@kernel("cond", blocks=2, vectorises=False, moves_only=True)
def cond(pred: Tensor, blocks: tuple[Body, Body]) -> tuple[Tensor, ...]:
    """What the first block gives if ``pred``, else what the second gives."""
    chosen, other = blocks
    return chosen() if bool(pred) else other()


@kernel("while_loop", many=("loop_vars",), blocks=2, vectorises=False, moves_only=True)
def while_loop(loop_vars: tuple[Tensor, ...], blocks: tuple[Body, Body]) -> tuple[Tensor, ...]:
    """Let the second block replace the values as long as the first one, given them, returns true.

    Raises:
        ValueError: the condition is not one truth value, or the loop does not end within 16,384 rounds.
    """
    condition, body = blocks
    for _ in range(MAX_ITERATIONS):
        holds = condition(*loop_vars)
        if len(holds) != 1 or holds[0].numel() != 1:
            raise ValueError("the loop's condition is not one truth value")
        if not bool(holds[0]):
            return loop_vars
        loop_vars = body(*loop_vars)
    raise ValueError(f"the loop does not end within {MAX_ITERATIONS} rounds")


@kernel("make_list", static=("init_length", "dynamic_length", "elem_shape", "dtype"), many=("elem_shape",))
def make_list(
    elem_shape: tuple[int, ...], init_length: int = 1, dynamic_length: bool = True, dtype: str = "fp32"
) -> Tensor:
    """A list of ``init_length`` elements of zeros.

    Raises:
        ValueError: an element's size is a symbol, or the type is unknown.
    """
    if dtype not in _LIST_TYPES or any(isinstance(size, str) for size in elem_shape):
        raise ValueError(f"a list of {dtype} elements of shape {elem_shape}")
    return torch.zeros((_within_limit(init_length, elem_shape), *elem_shape), dtype=_LIST_TYPES[dtype])


@kernel("list_length")
def list_length(ls: Tensor) -> Tensor:
    """The number of elements."""
    return torch.tensor(ls.shape[0], dtype=torch.int32, device=ls.device)


@kernel("list_read", vectorises=False, moves_only=True)
def list_read(ls: Tensor, index: Tensor) -> Tensor:
    """One element."""
    return ls[_position(index, ls.shape[0])]


@kernel("list_write", vectorises=False, moves_only=True)
def list_write(ls: Tensor, index: Tensor, value: Tensor) -> Tensor:
    """The list with one element replaced; behind the end it grows."""
    return list_scatter(ls, index.reshape(1), value.unsqueeze(0))


@kernel("list_gather", vectorises=False, moves_only=True)
def list_gather(ls: Tensor, indices: Tensor) -> Tensor:
    """Some elements, stacked."""
    return ls[[_position(index, ls.shape[0]) for index in indices]]


@kernel("list_scatter", vectorises=False, moves_only=True)
def list_scatter(ls: Tensor, indices: Tensor, value: Tensor) -> Tensor:
    """The list with some elements replaced; behind the end it grows.

    Raises:
        ValueError: a negative index, more or fewer values than indices, or elements of another shape.
    """
    positions = indices.to(torch.int64)
    if positions.numel() and int(positions.min()) < 0:
        raise ValueError(f"index {int(positions.min())} of a list")
    if value.shape[0] != positions.numel() or value.shape[1:] != ls.shape[1:]:
        raise ValueError(
            f"values of shape {tuple(value.shape)} for {positions.numel()} elements of {tuple(ls.shape[1:])}"
        )
    length = max(ls.shape[0], int(positions.max()) + 1 if positions.numel() else 0)
    longer = ls.new_zeros((_within_limit(length, tuple(ls.shape[1:])), *ls.shape[1:]))
    longer[: ls.shape[0]] = ls
    longer[positions] = value.to(ls.dtype)
    return longer


@kernel("read_state", moves_only=True, since="CoreML8")
def read_state(input: Tensor) -> Tensor:
    """What the state holds."""
    return input


@kernel(WRITE_STATE, moves_only=True, since="CoreML8")
def write_state(input: Tensor, data: Tensor) -> Tensor:
    """What the state holds from now on.

    Raises:
        ValueError: the data have another shape or type than the state.
    """
    if input.shape != data.shape or input.dtype != data.dtype:
        raise ValueError(f"data of shape {tuple(data.shape)} for a state of shape {tuple(input.shape)}")
    return data


def _position(index: Tensor, length: int) -> int:
    position = int(index)
    if not 0 <= position < length:
        raise ValueError(f"index {position} of a list of {length} elements")
    return position


def _within_limit(length: int, element: tuple[int, ...]) -> int:
    if length < 0 or length * math.prod(element) > MAX_ELEMENTS:
        raise ValueError(f"a list of {length} elements of shape {element}")
    return length
