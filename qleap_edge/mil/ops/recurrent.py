"""Recurrent layers (MIL: recurrent, iOS15 to iOS18). Sequences are (time, batch, features), states (batch, hidden).

Where coremltools' sentences and its numerical tests (mil/ops/tests/iOS14/test_recurrent.py, run on Apple's runtime) differ,
the tests are followed: ``direction="reverse"`` returns the steps in the order they were computed, ``lstm`` clips the cell
state, ``gru`` applies the reset gate before the matrix product unless ``reset_after`` is set.
"""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from qleap_edge.mil.ops.registry import kernel

MAX_STEPS: Final = 2**16  # a Python loop each; eleven minutes at 100 Hz

_ACTIVATIONS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "tanh": torch.tanh,
    "scaled_tanh": torch.tanh,  # alpha and beta are no parameters of the op, both are 1
    "sigmoid": torch.sigmoid,
    "hard_sigmoid": lambda x: torch.clamp(0.2 * x + 0.5, 0.0, 1.0),
    "sigmoid_hard": lambda x: torch.clamp(0.2 * x + 0.5, 0.0, 1.0),
    "relu": torch.relu,
    "linear": lambda x: x,
}
_NAMES: Final = tuple(_ACTIVATIONS)
_ONE_WAY: Final = ("forward", "reverse")
_GRU_STATIC: Final = ("direction", "output_sequence", "recurrent_activation", "activation")
_GRU_CHOICES: Final = {"direction": _ONE_WAY, "recurrent_activation": _NAMES, "activation": _NAMES}

_States = tuple[Tensor, ...]
_Cell = Callable[[Tensor, _States], _States]


def _run(projected: Tensor, states: _States, cell: _Cell, *, reverse: bool) -> tuple[list[Tensor], _States]:
    """Step through time; return the hidden state after each step, in the order of computation, and the last states.

    Raises:
        ValueError: no steps, or more than ``MAX_STEPS``.
    """
    steps = projected.shape[0]
    if not 0 < steps <= MAX_STEPS:
        raise ValueError(f"a sequence of {steps} steps, 1 to {MAX_STEPS} are possible")
    hidden = []
    for now in reversed(range(steps)) if reverse else range(steps):
        states = cell(projected[now], states)
        hidden.append(states[0])
    return hidden, states


def _projected(x: Tensor, weight: Tensor, recurrent: Tensor, bias: Tensor | None, gates: int) -> Tensor:
    """Return ``x @ weight.T + bias`` for all steps at once.

    Raises:
        ValueError: the tensors do not have the sizes of a layer with that many gates.
    """
    if x.dim() != 3 or weight.dim() != 2 or recurrent.dim() != 2:
        raise ValueError("a sequence of rank 3 and weights of rank 2 are expected")
    size = recurrent.shape[1]
    wanted = (gates * size, x.shape[2]), (gates * size, size)
    if (tuple(weight.shape), tuple(recurrent.shape)) != wanted or (bias is not None and bias.shape != (gates * size,)):
        raise ValueError(
            f"weights {tuple(weight.shape)} and {tuple(recurrent.shape)}, expected {wanted[0]}, {wanted[1]}"
        )
    return torch.nn.functional.linear(x, weight, bias)


def _shown(hidden: list[Tensor], output_sequence: bool) -> Tensor:
    return torch.stack(hidden if output_sequence else hidden[-1:])


@kernel(
    "rnn",
    static=("direction", "output_sequence", "activation"),
    choices={"direction": _ONE_WAY, "activation": _NAMES},
)
def rnn(
    x: Tensor,
    initial_h: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias: Tensor | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    activation: str = "tanh",
) -> tuple[Tensor, Tensor]:
    """``h_t = activation(W_ih x_t + W_hh h_(t-1) + b)``; returns all (or the last) hidden states and the last one."""
    act = _ACTIVATIONS[activation]

    def cell(now: Tensor, states: _States) -> _States:
        return (act(now + states[0] @ weight_hh.T),)

    projected = _projected(x, weight_ih, weight_hh, bias, 1)
    hidden, _ = _run(projected, (initial_h,), cell, reverse=direction == "reverse")
    return _shown(hidden, output_sequence), hidden[-1]


@kernel("gru", static=_GRU_STATIC, choices=_GRU_CHOICES)
def gru(
    x: Tensor,
    initial_h: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias: Tensor | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    recurrent_activation: str = "sigmoid",
    activation: str = "tanh",
) -> tuple[Tensor, Tensor]:
    """Gates r, o, z: ``o_t = act(W_io x_t + W_ho (r_t * h_(t-1)) + b_o)``, ``h_t = (1 - z_t) * o_t + z_t * h_(t-1)``."""
    return gru_with_reset(
        x, initial_h, weight_ih, weight_hh, bias, direction, output_sequence, recurrent_activation, activation
    )


@kernel("gru", static=(*_GRU_STATIC, "reset_after"), choices=_GRU_CHOICES, since="CoreML8")
def gru_with_reset(
    x: Tensor,
    initial_h: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias: Tensor | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    recurrent_activation: str = "sigmoid",
    activation: str = "tanh",
    reset_after: bool = False,
    input_bias: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """As before; ``reset_after`` is PyTorch's ``o_t = act(W_io x_t + input_bias_o + r_t * (W_ho h_(t-1) + b_o))``."""
    act, gate = _ACTIVATIONS[activation], _ACTIVATIONS[recurrent_activation]
    projected = _projected(x, weight_ih, weight_hh, input_bias, 3)
    size = weight_hh.shape[1]
    offset = weight_hh.new_zeros(3 * size) if bias is None else bias

    def cell(now: Tensor, states: _States) -> _States:
        h = states[0]
        x_r, x_o, x_z = torch.split(now, size, -1)
        b_r, b_o, b_z = torch.split(offset, size)
        w_r, w_o, w_z = torch.split(weight_hh, size)
        r, z = gate(x_r + h @ w_r.T + b_r), gate(x_z + h @ w_z.T + b_z)
        o = act(x_o + (r * (h @ w_o.T + b_o) if reset_after else (r * h) @ w_o.T + b_o))
        return ((1 - z) * o + z * h,)

    hidden, _ = _run(projected, (initial_h,), cell, reverse=direction == "reverse")
    return _shown(hidden, output_sequence), hidden[-1]


@kernel(
    "lstm",
    static=("direction", "output_sequence", "recurrent_activation", "cell_activation", "activation", "clip"),
    choices={
        "direction": (*_ONE_WAY, "bidirectional"),
        "recurrent_activation": _NAMES,
        "cell_activation": _NAMES,
        "activation": _NAMES,
    },
)
def lstm(
    x: Tensor,
    initial_h: Tensor,
    initial_c: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias: Tensor | None = None,
    peephole: Tensor | None = None,
    weight_ih_back: Tensor | None = None,
    weight_hh_back: Tensor | None = None,
    bias_back: Tensor | None = None,
    peephole_back: Tensor | None = None,
    direction: str = "forward",
    output_sequence: bool = False,
    recurrent_activation: str = "sigmoid",
    cell_activation: str = "tanh",
    activation: str = "tanh",
    clip: float | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gates i, f, o, z: ``c_t = clip(f_t * c_(t-1) + i_t * z_t)``, ``h_t = o_t * activation(c_t)``.

    A peephole adds ``p_i * c_(t-1)``, ``p_f * c_(t-1)`` and ``p_o * c_t`` inside the gates. ``bidirectional`` puts the two
    directions side by side in the features, both in the order of time; its last states are those after each one's last step.

    Raises:
        ValueError: sizes do not fit, or the weights of the backward direction are absent.
    """
    names = recurrent_activation, cell_activation, activation
    forward_cell = _lstm_cell(weight_hh, peephole, names, clip)
    projected = _projected(x, weight_ih, weight_hh, bias, 4)
    if direction != "bidirectional":
        hidden, last = _run(projected, (initial_h, initial_c), forward_cell, reverse=direction == "reverse")
        return _shown(hidden, output_sequence), last[0], last[1]
    if weight_ih_back is None or weight_hh_back is None or weight_hh_back.shape != weight_hh.shape:
        raise ValueError("the weights of the backward direction are absent or of another size")
    size = weight_hh.shape[1]
    if initial_h.shape[-1] != 2 * size or initial_c.shape[-1] != 2 * size:
        raise ValueError(f"initial states of {initial_h.shape[-1]} and {initial_c.shape[-1]} features, not {2 * size}")
    (h, h_back), (c, c_back) = torch.split(initial_h, size, -1), torch.split(initial_c, size, -1)
    ahead, last = _run(projected, (h, c), forward_cell, reverse=False)
    projected = _projected(x, weight_ih_back, weight_hh_back, bias_back, 4)
    cell = _lstm_cell(weight_hh_back, peephole_back, names, clip)
    back, last_back = _run(projected, (h_back, c_back), cell, reverse=True)
    states = [torch.cat(pair, -1) for pair in zip(last, last_back, strict=True)]
    if output_sequence:
        return torch.cat([torch.stack(ahead), torch.stack(back[::-1])], -1), states[0], states[1]
    return states[0].unsqueeze(0), states[0], states[1]


def _lstm_cell(recurrent: Tensor, peephole: Tensor | None, names: tuple[str, str, str], clip: float | None) -> _Cell:
    """Return one step of an LSTM.

    Raises:
        ValueError: the peephole is not three vectors of the hidden size.
    """
    gate, inner, outer = (_ACTIVATIONS[name] for name in names)
    size = recurrent.shape[-1]
    if peephole is not None and peephole.shape != (3 * size,):
        raise ValueError(f"a peephole of shape {tuple(peephole.shape)}, not {(3 * size,)}")
    p_i, p_f, p_o = (None, None, None) if peephole is None else torch.split(peephole, size)

    def peeped(gate_input: Tensor, weight: Tensor | None, c: Tensor) -> Tensor:
        return gate(gate_input if weight is None else gate_input + weight * c)

    def cell(now: Tensor, states: _States) -> _States:
        h, c = states
        i, f, o, z = torch.split(now + h @ recurrent.T, size, -1)
        c = peeped(f, p_f, c) * c + peeped(i, p_i, c) * inner(z)
        if clip is not None:
            c = torch.clamp(c, -clip, clip)
        return peeped(o, p_o, c) * outer(c), c

    return cell
