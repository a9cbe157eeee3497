"""Recurrent kernels against PyTorch's modules, ONNX Runtime's layers and programs that coremltools converts."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from qleap_edge.mil.ops import recurrent
from tests.property.test_mil_kernels import LAW, SEEDS, apply, numbers
from tests.support.mil_programs import assert_batch_is_a_loop, built, from_torch, outputs

SIZES = st.integers(1, 5)
NAMES = {"hard_sigmoid": "HardSigmoid", "sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu", "linear": "Affine"}


def weights_of(module: nn.Module, order: list[int], suffix: str = "") -> list[np.ndarray]:
    """Return input weights, hidden weights, input bias and hidden bias with the gates in MIL's order."""
    found = []
    for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
        parts = np.split(getattr(module, name + suffix).detach().numpy(), len(order))
        found.append(np.concatenate([parts[gate] for gate in order]))
    return found


def seeded(kind: Any, seed: int, *sizes: int, **options: Any) -> nn.Module:
    torch.manual_seed(seed % 2**31)
    return kind(*sizes, **options)


@LAW
@given(seed=SEEDS, steps=SIZES, batch=SIZES, features=SIZES, hidden=SIZES, whole=st.booleans(), reverse=st.booleans())
def test_lstm_and_rnn_are_pytorchs(
    seed: int, steps: int, batch: int, features: int, hidden: int, whole: bool, reverse: bool
) -> None:
    x, h, c = (
        numbers(seed, (steps, batch, features)),
        numbers(seed + 1, (batch, hidden)),
        numbers(seed + 2, (batch, hidden)),
    )
    seen = torch.from_numpy(x[::-1].copy() if reverse else x)  # the steps come out in the order they were computed
    common = {"x": x, "initial_h": h, "output_sequence": whole, "direction": "reverse" if reverse else "forward"}
    start = torch.from_numpy(h)[None], torch.from_numpy(c)[None]
    with torch.no_grad():
        module = seeded(nn.LSTM, seed, features, hidden)
        wanted, (last_h, last_c) = module(seen, start)
        w_ih, w_hh, b_ih, b_hh = weights_of(module, [0, 1, 3, 2])
        got = apply("lstm", **common, initial_c=c, weight_ih=w_ih, weight_hh=w_hh, bias=b_ih + b_hh)
        for one, other in zip(got, (wanted if whole else wanted[-1:], last_h[0], last_c[0]), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
        for activation in ("tanh", "relu"):
            simple = seeded(nn.RNN, seed, features, hidden, nonlinearity=activation)
            wanted, last_h = simple(seen, start[0])
            w_ih, w_hh, b_ih, b_hh = weights_of(simple, [0])
            got = apply("rnn", **common, weight_ih=w_ih, weight_hh=w_hh, bias=b_ih + b_hh, activation=activation)
            for one, other in zip(got, (wanted if whole else wanted[-1:], last_h[0]), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@LAW
@given(seed=SEEDS, steps=SIZES, batch=SIZES, features=SIZES, hidden=SIZES)
def test_both_directions_of_an_lstm(seed: int, steps: int, batch: int, features: int, hidden: int) -> None:
    x = numbers(seed, (steps, batch, features))
    h, c = numbers(seed + 1, (2, batch, hidden)), numbers(seed + 2, (2, batch, hidden))
    module = seeded(nn.LSTM, seed, features, hidden, bidirectional=True)
    with torch.no_grad():
        wanted, (last_h, last_c) = module(torch.from_numpy(x), (torch.from_numpy(h), torch.from_numpy(c)))
    ahead, back = weights_of(module, [0, 1, 3, 2]), weights_of(module, [0, 1, 3, 2], "_reverse")
    arguments = {
        "x": x, "initial_h": np.concatenate(h, -1), "initial_c": np.concatenate(c, -1), "direction": "bidirectional",
        "weight_ih": ahead[0], "weight_hh": ahead[1], "bias": ahead[2] + ahead[3],
        "weight_ih_back": back[0], "weight_hh_back": back[1], "bias_back": back[2] + back[3],
    }  # fmt: skip
    states = [np.concatenate(last.numpy(), -1) for last in (last_h, last_c)]
    got = apply("lstm", **arguments, output_sequence=True)
    for one, other in zip(got, (wanted, *states), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(apply("lstm", **arguments)[0][0], states[0], rtol=1e-4, atol=1e-5)


@LAW
@given(seed=SEEDS, steps=SIZES, batch=SIZES, features=SIZES, hidden=SIZES)
def test_gru_with_the_reset_after_the_product_is_pytorchs(
    seed: int, steps: int, batch: int, features: int, hidden: int
) -> None:
    x, h = numbers(seed, (steps, batch, features)), numbers(seed + 1, (batch, hidden))
    module = seeded(nn.GRU, seed, features, hidden)
    with torch.no_grad():
        wanted, last = module(torch.from_numpy(x), torch.from_numpy(h)[None])
    w_ih, w_hh, b_ih, b_hh = weights_of(module, [0, 2, 1])
    got = apply(
        "gru", x=x, initial_h=h, weight_ih=w_ih, weight_hh=w_hh, bias=b_hh, input_bias=b_ih, reset_after=True,
        output_sequence=True,
    )  # fmt: skip
    np.testing.assert_allclose(got[0], wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got[1], last[0], rtol=1e-4, atol=1e-5)


def by_onnx(op_type: str, inputs: dict[str, np.ndarray | None], **attributes: Any) -> list[np.ndarray]:
    """Run one layer in ONNX Runtime; an absent input is ``None``."""
    names = ["Y", "Y_h", "Y_c"][: 3 if op_type == "LSTM" else 2]
    node = onnx.helper.make_node(
        op_type, [key if inputs[key] is not None else "" for key in inputs], names, **attributes
    )
    given = {key: value for key, value in inputs.items() if value is not None}
    values = [onnx.helper.make_tensor_value_info(key, 1, value.shape) for key, value in given.items()]
    results = [onnx.helper.make_tensor_value_info(name, 1, None) for name in names]
    graph = onnx.helper.make_graph([node], "layer", values, results)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 14)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, given)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, steps=SIZES, batch=SIZES, hidden=SIZES, data=st.data())
def test_peepholes_activations_and_resets_are_onnx_runtimes(
    seed: int, steps: int, batch: int, hidden: int, data: Any
) -> None:
    kinds = [data.draw(st.sampled_from(sorted(NAMES))) for _ in range(3)]
    alphas = {"hard_sigmoid": (0.2, 0.5), "linear": (1.0, 0.0)}
    x = numbers(seed, (steps, batch, 3), -1, 1)
    h, c = numbers(seed + 1, (batch, hidden), -1, 1), numbers(seed + 2, (batch, hidden), -1, 1)
    parts = [
        numbers(seed + 3, (4, hidden, 3), -1, 1),
        numbers(seed + 4, (4, hidden, hidden), -0.5, 0.5),
        numbers(seed + 5, (4, hidden)),
    ]
    peep = numbers(seed + 6, (3, hidden), -1, 1)

    def listed(kinds: list[str]) -> dict[str, list[Any]]:
        parameters = [alphas[kind] for kind in kinds if kind in alphas]
        found: dict[str, list[Any]] = {"activations": [NAMES[kind] for kind in kinds]}
        if parameters:
            found["activation_alpha"], found["activation_beta"] = (
                list(column) for column in zip(*parameters, strict=True)
            )
        return found

    def flat(array: np.ndarray, order: list[int]) -> np.ndarray:
        return array[order].reshape(-1, *array.shape[2:])

    def doubled(array: np.ndarray, order: list[int]) -> np.ndarray:
        bias = flat(array, order)
        return np.concatenate([bias, np.zeros_like(bias)])[None]

    order = [0, 2, 1, 3]  # ONNX: i o f z; here the parts are i f o z
    wanted = by_onnx(
        "LSTM",
        {
            "X": x, "W": flat(parts[0], order)[None], "R": flat(parts[1], order)[None], "B": doubled(parts[2], order),
            "L": None, "H": h[None], "C": c[None], "P": flat(peep, [0, 2, 1])[None],
        },
        hidden_size=hidden, **listed(kinds),
    )  # fmt: skip
    got = apply(
        "lstm", x=x, initial_h=h, initial_c=c, weight_ih=flat(parts[0], [0, 1, 2, 3]),
        weight_hh=flat(parts[1], [0, 1, 2, 3]), bias=parts[2].ravel(), peephole=peep.ravel(), output_sequence=True,
        recurrent_activation=kinds[0], cell_activation=kinds[1], activation=kinds[2],
    )  # fmt: skip
    if stays_small(*wanted):
        for one, other in zip(got, (wanted[0][:, 0], wanted[1][0], wanted[2][0]), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    three = [part[:3] for part in parts]  # r o z; ONNX: z r o
    wanted = by_onnx(
        "GRU",
        {
            "X": x, "W": flat(three[0], [2, 0, 1])[None], "R": flat(three[1], [2, 0, 1])[None],
            "B": doubled(three[2], [2, 0, 1]), "L": None, "H": h[None],
        },
        hidden_size=hidden, linear_before_reset=0, **listed(kinds[:2]),
    )  # fmt: skip
    got = apply(
        "gru", "CoreML5", x=x, initial_h=h, weight_ih=flat(three[0], [0, 1, 2]), weight_hh=flat(three[1], [0, 1, 2]),
        bias=three[2].ravel(), output_sequence=True, recurrent_activation=kinds[0], activation=kinds[1],
    )  # fmt: skip
    if stays_small(*wanted):
        np.testing.assert_allclose(got[0], wanted[0][:, 0], rtol=1e-3, atol=1e-4)


def stays_small(*values: np.ndarray) -> bool:
    """Tell whether a network did not explode; where gates are unbounded, rounding errors grow with the numbers."""
    return all(np.isfinite(value).all() and np.abs(value).max() < 100 for value in values)


def test_the_cell_state_is_clipped() -> None:
    x, h = np.full((4, 1, 1), 5.0, np.float32), np.zeros((1, 1), np.float32)
    weights = {"weight_ih": np.ones((4, 1), np.float32), "weight_hh": np.zeros((4, 1), np.float32)}
    free = apply("lstm", x=x, initial_h=h, initial_c=h, **weights)
    held = apply("lstm", x=x, initial_h=h, initial_c=h, **weights, clip=0.5)
    assert free[2] > 2
    assert held[2] == np.float32(0.5)
    np.testing.assert_allclose(held[1], np.tanh(0.5) / (1 + np.exp(-5)), rtol=1e-5)


def test_what_is_no_recurrent_layer() -> None:
    x, h = np.zeros((2, 1, 3), np.float32), np.zeros((1, 2), np.float32)
    weights = {"weight_ih": np.zeros((2, 3), np.float32), "weight_hh": np.zeros((2, 2), np.float32)}
    many = np.zeros((recurrent.MAX_STEPS + 1, 1, 3), np.float32)
    for changed in ({"x": x[:0]}, {"x": many}, {"weight_ih": np.zeros((3, 3), np.float32)}, {"x": x[0]}):
        with pytest.raises(ValueError, match=r"expected|possible"):
            apply("rnn", **({"x": x, "initial_h": h} | weights | changed))
    wide = {"weight_ih": np.zeros((8, 3), np.float32), "weight_hh": np.zeros((8, 2), np.float32)}
    with pytest.raises(ValueError, match="backward"):
        apply("lstm", x=x, initial_h=np.zeros((1, 4), np.float32), initial_c=h, **wide, direction="bidirectional")
    with pytest.raises(ValueError, match="peephole"):
        apply("lstm", x=x, initial_h=h, initial_c=h, **wide, peephole=h[0])


class Layers(nn.Module):
    """Two layers, both directions, the sequence second as wrist models have it."""

    def __init__(self, kind: type[nn.Module], bidirectional: bool) -> None:
        super().__init__()
        self.layers = kind(6, 4, num_layers=2, batch_first=True, bidirectional=bidirectional)

    def forward(self, imu: torch.Tensor) -> torch.Tensor:
        return self.layers(imu)[0]


@pytest.mark.parametrize(
    ("kind", "both", "target"), [(nn.LSTM, True, "iOS17"), (nn.LSTM, False, "iOS15"), (nn.RNN, False, "iOS18")]
)
def test_a_converted_torch_module(kind: type[nn.Module], both: bool, target: str, tmp_path: Path) -> None:
    torch.manual_seed(3)
    module = Layers(kind, both)
    windows = numbers(1, (3, 1, 7, 6))
    runtime = from_torch(module, {"imu": windows[0]}, target, tmp_path)
    with torch.no_grad():
        wanted = module(torch.from_numpy(windows[0])).numpy()
    np.testing.assert_allclose(outputs(runtime, {"imu": windows[0]})[0], wanted, rtol=1e-4, atol=1e-5)
    assert_batch_is_a_loop(runtime, {"imu": windows})


def test_a_gru_of_the_builder(tmp_path: Path) -> None:
    from coremltools.converters.mil.mil import Builder

    module = seeded(nn.GRU, 5, 3, 4)
    w_ih, w_hh, b_ih, b_hh = weights_of(module, [0, 2, 1])

    def build(x: Any, h: Any) -> Any:
        return Builder.gru(
            x=x, initial_h=h, weight_ih=w_ih, weight_hh=w_hh, bias=b_hh, input_bias=b_ih, reset_after=True,
            output_sequence=True,
        )  # fmt: skip

    runtime = built(build, {"x": ((5, 1, 3), np.float32), "h": ((1, 4), np.float32)}, "iOS18", tmp_path)
    x, h = numbers(2, (3, 5, 1, 3)), numbers(3, (3, 1, 4))
    with torch.no_grad():
        wanted, last = module(torch.from_numpy(x[0]), torch.from_numpy(h[0])[None])
    got = outputs(runtime, {"x": x[0], "h": h[0]})
    np.testing.assert_allclose(got[0], wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got[1], last[0], rtol=1e-4, atol=1e-5)
    assert_batch_is_a_loop(runtime, {"x": x, "h": h})
