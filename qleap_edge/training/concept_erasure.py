"""Keeps *what* and *how* apart by erasing: *how* loses what is linear in the exercise, *what* what is linear in the form score.

After four fifths of a training the directions along which the classes' means differ are removed from the vectors for good, and
all that leads to the vectors is held from then on: only what reads them learns to live without. Where the encoder went on
learning, it wrote the exercise into what was left within three epochs (a linear reader of *how* was right in 90 % again); an
erasure that followed the weights from step to step left heads that never caught up. Only what is there is removed: correlations
that exceed what as many windows show by chance. The means are those of the validation persons: a network has set apart the
classes of the persons that it learnt from in other directions than it sets apart those of anybody else.

Classes with equal means leave a linear reader nothing but the labels' frequencies; what is left to non-linear readers is left,
and the probes of the evaluation say how much.

Sources: Ravfogel et al., "Null It Out", ACL 2020, for removing directions; Belrose et al., "LEACE", NeurIPS
2023, theorem 3.4, for equal means as all that linear readers need.
"""

import math
from collections.abc import Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from qleap_edge.core.exercises import EXERCISES, FORM_SCORES, FORM_UNSCORED
from qleap_edge.model.erasure import Erasure
from qleap_edge.model.hdt import HybridDisentanglingTransformer
from qleap_edge.training.losses import Batch
from qleap_edge.training.processes import Processes

ERASED_AT = 0.8
"""Share of a training after which directions are removed."""
CLASSES = {"how": len(EXERCISES), "what": len(FORM_SCORES)}
"""Branch → classes of the label that it must not tell."""
_RIDGE = 1e-3  # of the mean variance: added to each, so that a direction nobody uses correlates with nothing
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
    """Remove what tells these labels in these vectors, and return how many directions that were.

    Along them every vector keeps the mean, so that a head that read them meets what it met on average.

    Args:
        erasure: through which the vectors have gone.
        vectors: this process's.
        label: of each, 0 to ``classes`` - 1.
        classes: how many labels there are.
        processes: over which the vectors are spread.
    """
    joined = torch.cat([vectors, nn.functional.one_hot(label, classes)], dim=1).double()
    number = int(processes.sum(torch.tensor(float(len(joined)), device=vectors.device)).item())
    if number == 0:
        return 0
    mean = processes.sum(joined.sum(dim=0)) / number
    second = processes.sum((joined - mean).T @ (joined - mean)) / number
    width = vectors.shape[1]
    basis = discriminative_directions(second[:width, :width], second[:width, width:], mean[width:], number)
    gone = basis @ basis.T
    erasure.projection.sub_(gone.to(vectors.dtype) @ erasure.projection)
    erasure.offset.add_(gone.to(vectors.dtype) @ (mean[:width].to(vectors.dtype) - erasure.offset))
    return basis.shape[1]


@torch.no_grad()
def fit_concept_erasures(
    network: HybridDisentanglingTransformer, batches: Iterable[Batch], processes: Processes
) -> None:
    """Remove what tells the exercise from *how* and what tells the form score from *what*, as these windows show it.

    Args:
        network: in whose branches.
        batches: of persons that it has not learnt from.
        processes: over which the batches are spread.
    """
    seen: dict[str, list[Tensor]] = {branch: [] for branch in CLASSES}
    labels: dict[str, list[Tensor]] = {branch: [] for branch in CLASSES}
    network.eval()
    for batch in batches:
        output = network(batch.imu)
        scored = batch.form != FORM_UNSCORED
        seen["how"].append(output.how_embedding)
        labels["how"].append(batch.exercise)
        seen["what"].append(output.what_embedding[scored])
        labels["what"].append(batch.form[scored])
    for branch, classes in CLASSES.items():
        erasure = getattr(network, branch).erasure
        erase_directions(erasure, torch.cat(seen[branch]), torch.cat(labels[branch]), classes, processes)
