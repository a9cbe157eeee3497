"""Begin a training from the weights of an earlier checkpoint.

The earlier network may know fewer exercises: ids are only ever appended, so its rows of the exercise head are the first ones,
and the new exercises keep their random first weights. The concept erasures start as the identity again, because they are
fitted anew. The signal keeps the earlier statistics; the pose gets those of the new data, and the last layer is changed so that
the network still computes the same poses.
"""

from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.manifest import verify_sha256
from qleap_edge.core.records import read_document
from qleap_edge.model.hdt import HybridDisentanglingTransformer
from qleap_edge.model.networks import network_config
from qleap_edge.training.checkpoint import CARD_NAME, WEIGHTS_NAME, CheckpointDocument

_EXERCISE_HEAD = ("exercise.weight", "exercise.bias")
_ERASURES = ("what.erasure.", "how.erasure.")


def begin_from(
    network: nn.Module, folder: Path, preset: str, pose: tuple[Float[Tensor, "17 3"], Float[Tensor, "17 3"]]
) -> None:
    """Set the weights of a new network to those of a checkpoint folder, in place.

    Identity: before the first step the poses are those of the earlier network without its erasures, to rounding.

    Args:
        network: as it was built for this training.
        folder: the earlier checkpoint.
        preset: name of the sizes that this training wants.
        pose: mean and standard deviation of the poses of the new training data, body heights.

    Raises:
        UsageError: the checkpoint has other sizes, or is a baseline.
        InputDataError: the card or the weights cannot be read, or the weights do not fit.
        AlteredFile: the weights are not those of the card.
    """
    card = read_document(CheckpointDocument, folder / CARD_NAME)
    if not isinstance(network, HybridDisentanglingTransformer) or card.config != network_config(preset):
        raise UsageError(
            "the initial checkpoint is of another network",
            where=folder,
            expected=f"preset {preset!r}",
            got=f"preset {card.preset!r}",
            next_step="give a checkpoint of this preset to --initial, or leave it out",
        )
    weights = folder / WEIGHTS_NAME
    verify_sha256(weights, card.weights_sha256, next_step="restore the file or train again")
    state = network.state_dict()
    try:
        earlier = {name: tensor.float() for name, tensor in load_file(weights).items()}
        for name in _EXERCISE_HEAD:
            known = len(earlier[name])
            earlier[name] = torch.cat([earlier[name], state[name][known:]])
        for name in state:
            if name.startswith(_ERASURES):
                earlier[name] = state[name]
        network.load_state_dict(earlier)
    except (KeyError, RuntimeError, SafetensorError) as problem:
        raise InputDataError(
            "the weights do not fit the network",
            where=weights,
            expected=f"tensors of preset {preset!r}",
            got=str(problem).splitlines()[-1].strip(),
            next_step="give another checkpoint to --initial",
        ) from problem
    _change_pose_statistics(network, *pose)


def _change_pose_statistics(
    network: HybridDisentanglingTransformer, mean: Float[Tensor, "17 3"], spread: Float[Tensor, "17 3"]
) -> None:
    """Give the Gaussian output other statistics, and the last layer the weights that undo the change.

    The smoothing between them leaves constants as they are, so the change of a frame's mean and scale passes through it.
    """
    old_mean, old_spread = network.gaussian.mean.clone(), network.gaussian.spread.clone()
    network.gaussian.set_statistics(mean, spread)
    ratio = old_spread / network.gaussian.spread
    shift = (old_mean - network.gaussian.mean) / network.gaussian.spread
    frames = network.pose_decoder.frames_per_token
    scale = torch.stack([ratio, torch.ones_like(ratio)]).reshape(-1).repeat(frames)
    offset = torch.stack([shift, 2.0 * torch.log(ratio)]).reshape(-1).repeat(frames)
    with torch.no_grad():
        out = network.pose_decoder.out
        out.weight.mul_(scale[:, None])
        out.bias.mul_(scale).add_(offset)
