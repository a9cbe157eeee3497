"""The recurrent baseline: published sizes to the unit, its equations, another runtime, and its dropout."""

import math

import numpy as np
import pytest
import torch

from qleap_edge.conversion.onnx import write_onnx
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.model.baselines.bilstm import BiLSTM, KeyedDropout
from qleap_edge.model.baselines.config import BiLSTMConfig
from qleap_edge.model.config import REFERENCE_PARAMETERS
from qleap_edge.model.hdt import parameter_count
from qleap_edge.model.networks import PoseNetwork, build_network

SMALL = BiLSTMConfig(hidden=12)


def seeded(network: type, config: object, seed: int = 0) -> PoseNetwork:
    torch.manual_seed(seed)
    return network(config)


def loss_of(network: PoseNetwork, imu: torch.Tensor) -> torch.Tensor:
    """A loss that every parameter matters to: Gaussian likelihood of a pose, and both classes."""
    out = network(imu)
    z = (torch.ones_like(out.pose) - out.pose) * torch.exp(-0.5 * out.pose_log_variance)
    classes = out.exercise_logits.log_softmax(-1)[:, 0] + out.form_logits.log_softmax(-1)[:, 0]
    return 0.5 * (out.pose_log_variance + z.square())[:, :, 1:].mean() - classes.mean()


@pytest.mark.parametrize(
    ("preset", "pose_part"), [("bilstm-mobileposer-size", 6_116_146), ("bilstm-imuposer-size", 10_610_278)]
)
def test_the_pose_part_has_the_published_size(preset: str, pose_part: int) -> None:
    network = build_network(preset)
    h, n_in, n_out = network.config.hidden, 6, 102
    assert network.pose_parameters() == pose_part
    assert pose_part == h * (n_in + 1) + 40 * h**2 + 32 * h + n_out * (2 * h + 1)
    heads = 2 * 64 * (2 * h + 1) + 65 * (len(EXERCISES) + 5)
    assert parameter_count(network) == pose_part + heads
    assert heads < 0.02 * pose_part


def test_one_baseline_has_the_size_of_the_reference_network() -> None:
    smaller = build_network("bilstm-mobileposer-size").pose_parameters()
    assert abs(smaller / REFERENCE_PARAMETERS - 1) < 0.002
    # MobilePoser's pose part and the whole of it.
    assert 5_395_112 < smaller < 6_674_994


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def lstm_direction(x: np.ndarray, weights: dict[str, np.ndarray], suffix: str) -> np.ndarray:
    """One direction of one layer, gate by gate (Hochreiter and Schmidhuber 1997; Gers et al. 2000)."""
    w, u = weights[f"lstm.weight_ih_{suffix}"], weights[f"lstm.weight_hh_{suffix}"]
    b = weights[f"lstm.bias_ih_{suffix}"] + weights[f"lstm.bias_hh_{suffix}"]
    hidden = np.zeros(u.shape[1])
    cell = np.zeros(u.shape[1])
    out = []
    for step in x[::-1] if suffix.endswith("reverse") else x:
        i, f, g, o = np.split(w @ step + u @ hidden + b, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        out.append(hidden)
    return np.array(out[::-1] if suffix.endswith("reverse") else out)


def test_the_network_agrees_with_its_equations() -> None:
    network = seeded(BiLSTM, SMALL, 3).eval()
    network.normalise.mean.copy_(torch.randn(6))
    network.normalise.deviation.copy_(torch.rand(6) + 0.5)
    spread = torch.rand(17, 3) + 0.1
    network.gaussian.set_statistics(torch.randn(17, 3), spread)
    imu = torch.randn(2, 200, 6) * 3
    with torch.no_grad():
        out = network(imu)
    w = {name: tensor.double().numpy() for name, tensor in network.state_dict().items()}
    for row in range(2):
        x = (imu[row].double().numpy() - w["normalise.mean"]) / w["normalise.deviation"]
        x = np.maximum(x @ w["embed.weight"].T + w["embed.bias"], 0.0)
        for layer in ("l0", "l1"):
            x = np.concatenate([lstm_direction(x, w, layer), lstm_direction(x, w, f"{layer}_reverse")], axis=1)
        frames = (x @ w["pose.weight"].T + w["pose.bias"]).reshape(200, 2, 17, 3)
        pose = frames[:, 0, 1:] * spread.numpy()[1:] + w["gaussian.mean"][1:]
        np.testing.assert_allclose(out.pose[row, :, 1:], pose, atol=2e-5)
        log_variance = frames[:, 1, 1:] - 2.0 + 2.0 * np.log(spread.numpy()[1:])
        np.testing.assert_allclose(out.pose_log_variance[row, :, 1:], log_variance, atol=2e-5)
        what = w["what.weight"] @ x.mean(axis=0) + w["what.bias"]
        how = w["how.weight"] @ x.mean(axis=0) + w["how.bias"]
        np.testing.assert_allclose(out.what_embedding[row], what, atol=1e-5)
        np.testing.assert_allclose(
            out.exercise_logits[row], w["exercise.weight"] @ what + w["exercise.bias"], atol=1e-5
        )
        np.testing.assert_allclose(out.form_logits[row], w["form.weight"] @ how + w["form.bias"], atol=1e-5)


def test_another_runtime_agrees(tmp_path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    network = seeded(BiLSTM, SMALL, 4).eval()
    write_onnx(network, tmp_path / "bilstm.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "bilstm.onnx", providers=["CPUExecutionProvider"])
    imu = torch.randn(1, 200, 6)
    with torch.no_grad():
        ours = network(imu)
    for mine, theirs in zip(ours, session.run(list(ours._fields), {"imu": imu.numpy()}), strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs, atol=1e-5)


def test_each_frame_depends_on_earlier_and_later_ones() -> None:
    network = seeded(BiLSTM, SMALL).eval()
    imu = torch.randn(1, 200, 6, requires_grad=True)
    network(imu).pose[0, 100, 1:].sum().backward()
    touched = imu.grad[0].abs().sum(dim=1)
    assert touched[95] > 0.0 and touched[105] > 0.0


@pytest.mark.parametrize("config", [SMALL, BiLSTMConfig(hidden=12, input_dropout=0.2, hidden_dropout=0.4)])
def test_it_fits_one_batch(config: BiLSTMConfig) -> None:
    network = seeded(BiLSTM, config).train()
    imu = torch.randn(4, 200, 6)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(15):
        loss = loss_of(network, imu)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 1.0


def test_windows_of_a_batch_do_not_see_each_other() -> None:
    network = seeded(BiLSTM, SMALL).eval()
    imu = torch.randn(4, 200, 6)
    with torch.no_grad():
        torch.testing.assert_close(network(imu).pose[2:3], network(imu[2:3]).pose, atol=1e-6, rtol=1e-5)


def test_dropout_keeps_the_mean() -> None:
    torch.manual_seed(0)
    dropout = KeyedDropout(0.4)
    values = torch.ones(100, 1000)
    thinned = dropout(values)
    assert thinned.unique().tolist() == [0.0, pytest.approx(1 / 0.6)]
    assert thinned.mean().item() == pytest.approx(1.0, abs=5 * math.sqrt(0.4 / 0.6 / 1e5))
    assert not torch.equal(dropout(values), thinned), "a mask of its own each time"
    assert torch.equal(dropout.eval()(values), values)


def test_a_resumed_network_draws_the_masks_of_an_uninterrupted_one() -> None:
    config = BiLSTMConfig(hidden=12, input_dropout=0.2, hidden_dropout=0.4)
    imu = torch.randn(2, 200, 6)
    uninterrupted = seeded(BiLSTM, config).train()
    uninterrupted(imu)
    state = {name: tensor.clone() for name, tensor in uninterrupted.state_dict().items()}
    second = uninterrupted(imu).pose
    torch.manual_seed(99)  # neither the global generator nor another key may matter
    resumed = BiLSTM(config).train()
    resumed.load_state_dict(state)
    assert torch.equal(resumed(imu).pose, second)
    assert not torch.equal(seeded(BiLSTM, config, 1).input_dropout.key, uninterrupted.input_dropout.key)
