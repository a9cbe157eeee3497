"""Beginning from an earlier checkpoint: the same poses, the same known exercises, and checkpoints that do not fit."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save

from qleap_edge.core.errors import AlteredFile, UsageError
from qleap_edge.core.manifest import sha256_bytes
from qleap_edge.core.records import read_document
from qleap_edge.model.hdt import HybridDisentanglingTransformer
from qleap_edge.model.networks import build_network
from qleap_edge.training.checkpoint import CARD_NAME, WEIGHTS_NAME, CheckpointDocument, load_hdt
from qleap_edge.training.initial import begin_from
from tests.support.micro import Micro

KNOWN = 8


@pytest.fixture(scope="module")
def checkpoint(micro: Micro) -> Path:
    return micro.stages["train"]


@pytest.fixture(scope="module")
def earlier(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that knows the first eight exercises only."""
    folder = tmp_path_factory.mktemp("earlier")
    weights = load_file(checkpoint / WEIGHTS_NAME)
    for name in ("exercise.weight", "exercise.bias"):
        weights[name] = weights[name][:KNOWN].clone()
    image = save(weights)
    (folder / WEIGHTS_NAME).write_bytes(image)
    card = read_document(CheckpointDocument, checkpoint / CARD_NAME)
    card.model_copy(update={"weights_sha256": sha256_bytes(image)}).write(folder / CARD_NAME)
    return folder


def statistics() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(2)
    return 0.1 * torch.randn(17, 3, generator=draw), 0.05 + 0.2 * torch.rand(17, 3, generator=draw)


def begun(folder: Path) -> HybridDisentanglingTransformer:
    torch.manual_seed(1)
    network = build_network("tiny", blind=False)
    assert isinstance(network, HybridDisentanglingTransformer)
    begin_from(network, folder, "tiny", statistics())
    return network.eval()


def test_the_first_poses_and_known_exercises_are_those_of_the_earlier_network(checkpoint: Path, earlier: Path) -> None:
    reference, _ = load_hdt(checkpoint)
    for branch in (reference.what, reference.how):
        branch.erasure.projection.copy_(torch.eye(64))
        branch.erasure.offset.zero_()
    network = begun(earlier)
    imu = 5.0 * torch.randn(4, 200, 6, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        wanted, got = reference(imu), network(imu)
    torch.testing.assert_close(got.pose, wanted.pose, atol=2e-5, rtol=1e-4)
    inside = wanted.pose_log_variance[:, :, 1:] > wanted.pose_log_variance[:, :, 1:].min() + 0.5  # of the lower limit
    difference = (got.pose_log_variance - wanted.pose_log_variance)[:, :, 1:][inside]
    assert difference.abs().median() < 1e-4
    torch.testing.assert_close(got.exercise_logits[:, :KNOWN], wanted.exercise_logits[:, :KNOWN])
    torch.testing.assert_close(network.gaussian.spread, statistics()[1])


def test_new_exercises_keep_their_random_rows(earlier: Path) -> None:
    torch.manual_seed(1)
    fresh = build_network("tiny", blind=False)
    assert isinstance(fresh, HybridDisentanglingTransformer)
    assert torch.equal(begun(earlier).exercise.weight[KNOWN:], fresh.exercise.weight[KNOWN:])


def test_other_sizes_and_altered_weights_are_refused(earlier: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="another network"):
        begin_from(build_network("watch", blind=False), earlier, "watch", statistics())
    (tmp_path / CARD_NAME).write_bytes((earlier / CARD_NAME).read_bytes())
    data = bytearray((earlier / WEIGHTS_NAME).read_bytes())
    data[-1] ^= 1
    (tmp_path / WEIGHTS_NAME).write_bytes(bytes(data))
    with pytest.raises(AlteredFile):
        begin_from(build_network("tiny", blind=False), tmp_path, "tiny", statistics())
