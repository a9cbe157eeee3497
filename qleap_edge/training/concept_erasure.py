"""Concept erasure keeps *what* and *how* apart: the exercise is removed linearly from *how*, the form score from *what*.

After four fifths of a training the directions along which the classes' means differ are removed from the embeddings for good.
From then on everything that computes the embeddings is frozen, and only the heads and the pose decoder, which read them, are
trained. When the encoder stayed trainable, a linear probe of *how* predicted the exercise in 90 % of the windows again after
three epochs; when the erasure was fitted anew at every step, the heads never caught up. A direction is removed only where the
correlation exceeds what so many windows show by chance. The means are those of the validation persons, because the network
separates the classes of its training persons along other directions than those of other persons.

Where the means of all classes are equal, a linear probe has nothing but the labels' frequencies. What non-linear probes still
find remains; the probes of the evaluation measure it.

Sources: Ravfogel et al., "Null It Out", ACL 2020, for removing directions; Belrose et al., "LEACE", NeurIPS
2023, theorem 3.4, for equal class means as the exact condition for linear probes.
"""

import math
from collections.abc import Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from qleap_edge.core.exercises import EXERCISES, FORM_SCORES, FORM_UNSCORED
from qleap_edge.model.decoder import Erasure
from qleap_edge.model.hdt import HybridDisentanglingTransformer
from qleap_edge.training.losses import Batch
from qleap_edge.training.processes import Processes

ERASED_AT = 0.8
"""Share of a training after which directions are removed."""
CLASSES = {"how": len(EXERCISES), "what": len(FORM_SCORES)}
"""Embedding → number of classes of the label that is removed from it."""
_RIDGE = 1e-3  # of the mean variance: added to each, so that a direction without variance correlates with nothing
_BEYOND_CHANCE = 1.2  # times the largest correlation that is expected by chance


def discriminative_directions(
    covariance: Float[Tensor, "d d"], cross: Float[Tensor, "d k"], share: Float[Tensor, " k"], windows: int
) -> Float[Tensor, "d r"]:
    """Return an orthonormal basis of the directions along which classes have different means, beyond chance.

    The largest canonical correlation of ``d`` unrelated numbers with ``k`` classes in ``n`` windows is (√d + √(k - 1)) / √n.

    Args:
        covariance: of the vectors.
        cross: covariance of the vectors with the classes' indicators.
        share: of each class.
        windows: how many this was measured on.

    Source: Johnstone, "On the distribution of the largest eigenvalue in principal components analysis", Ann. Stat. 2001.
    """
    width, classes = cross.shape
    ridge = _RIDGE * covariance.diagonal().mean() * torch.eye(width).to(covariance)
    values, vectors = torch.linalg.eigh(covariance + ridge)
    root = values.clamp_min(1e-30).sqrt()
    whitened = (vectors / root) @ vectors.T @ cross / share.clamp_min(1e-12).sqrt()
    directions, correlations, _ = torch.linalg.svd(whitened, full_matrices=False)
    chance = (math.sqrt(width) + math.sqrt(classes - 1)) / math.sqrt(max(windows, 1))
    found = directions[:, correlations > _BEYOND_CHANCE * chance]
    basis, _ = torch.linalg.qr((vectors * root) @ vectors.T @ found)
    return basis


def erase_directions(
    erasure: Erasure, vectors: Float[Tensor, "n d"], label: Int[Tensor, " n"], classes: int, processes: Processes
) -> int:
    """Remove from an embedding the directions along which it predicts these labels, and return how many those were.

    Along a removed direction every vector gets the mean over all vectors, which is what a head saw there on average.

    Args:
        erasure: the projection that produced the vectors; it is changed in place.
        vectors: this process's embeddings.
        label: class of each vector, 0 to ``classes`` - 1.
        classes: number of classes.
        processes: the processes over which the vectors are spread.
    """
    joined = torch.cat([vectors, nn.functional.one_hot(label, classes)], dim=1).double()
    number = int(processes.sum(torch.tensor(float(len(joined)), device=vectors.device)).item())
    if number == 0:
        return 0
    mean = processes.sum(joined.sum(dim=0)) / number
    second = processes.sum((joined - mean).T @ (joined - mean)) / number
    width = vectors.shape[1]
    basis = discriminative_directions(second[:width, :width], second[:width, width:], mean[width:], number)
    removed = basis @ basis.T
    erasure.projection.sub_(removed.to(vectors.dtype) @ erasure.projection)
    erasure.offset.add_(removed.to(vectors.dtype) @ (mean[:width].to(vectors.dtype) - erasure.offset))
    return basis.shape[1]


@torch.no_grad()
def fit_concept_erasures(
    network: HybridDisentanglingTransformer, batches: Iterable[Batch], processes: Processes
) -> None:
    """Fit both erasures: remove the exercise from *how* and the form score from *what*, as measured on these windows.

    Args:
        network: the network whose two branches are changed in place.
        batches: windows of persons that the network was not trained on.
        processes: the processes over which the batches are spread.
    """
    embeddings: dict[str, list[Tensor]] = {branch: [] for branch in CLASSES}
    labels: dict[str, list[Tensor]] = {branch: [] for branch in CLASSES}
    network.eval()
    for batch in batches:
        output = network(batch.imu)
        scored = batch.form != FORM_UNSCORED
        embeddings["how"].append(output.how_embedding)
        labels["how"].append(batch.exercise)
        embeddings["what"].append(output.what_embedding[scored])
        labels["what"].append(batch.form[scored])
    for branch, classes in CLASSES.items():
        erasure = getattr(network, branch).erasure
        erase_directions(erasure, torch.cat(embeddings[branch]), torch.cat(labels[branch]), classes, processes)
