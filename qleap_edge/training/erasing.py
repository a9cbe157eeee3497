"""Fits the erasures of *what* and *how* while the network trains, from running moments, as batch normalisation does.

*How* loses what is linear in the exercise, *what* loses what is linear in the form score (of windows that have one): afterwards
the classes have equal means, and no linear reader does better than the labels' frequencies. What is left to non-linear readers
is left; the probes say how much.

Only what is there is erased: directions whose correlation with the label exceeds what as many windows show by chance. Without
that bound the erasure takes directions of chance, other ones in each fit, and the heads never learn what is left to them.

Source: Belrose et al., "LEACE: Perfect linear concept erasure in closed form", NeurIPS 2023: a linear map hides a concept from
every linear reader exactly if it makes the classes' means equal (theorem 3.4). Theirs changes the vectors least, but by an
oblique projection, which throws windows far off that lie outside of what it was fitted to; ours is orthogonal.
"""

import math
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from qleap_edge.core.exercises import EXERCISES, FORM_SCORES, FORM_UNSCORED
from qleap_edge.model.config import EMBEDDING_SIZE
from qleap_edge.model.erasure import Erasure
from qleap_edge.model.hdt import HybridDisentanglingTransformer
from qleap_edge.training.losses import Batch
from qleap_edge.training.processes import Processes

_MEMORY = 0.998  # of the running moments, a step: five hundred batches, some thousands of windows with a form score
_RIDGE = 1e-3  # of the mean variance: added to each, so that a direction nobody uses correlates with nothing
_BEYOND_CHANCE = 1.2  # times the largest correlation that is expected by chance


def erasing_projection(moments: "RunningMoments") -> Float[Tensor, "d d"]:
    """Return the orthogonal projection that makes vectors uncorrelated with a concept, as far as chance lets one tell.

    The largest canonical correlation of ``d`` unrelated numbers with ``k`` classes in ``n`` windows is (√d + √(k - 1)) / √n.

    Identity: with many windows, projection @ cross = 0.

    Source: Johnstone, "On the distribution of the largest eigenvalue in principal components analysis", Ann. Stat. 2001.
    """
    covariance, cross = moments.covariance.double(), moments.cross.double()
    width, classes = cross.shape
    values, vectors = torch.linalg.eigh(
        covariance + _RIDGE * covariance.diagonal().mean() * torch.eye(width).to(covariance)
    )
    root = values.clamp_min(1e-30).sqrt()
    whitened = (vectors / root) @ vectors.T @ cross / moments.share.double().clamp_min(1e-12).sqrt()
    directions, correlations, _ = torch.linalg.svd(whitened, full_matrices=False)
    chance = (math.sqrt(width) + math.sqrt(classes - 1)) / math.sqrt(max(float(moments.windows), 1.0))
    found = directions[:, correlations > _BEYOND_CHANCE * chance]
    basis, _ = torch.linalg.qr((vectors * root) @ vectors.T @ found)
    projection = torch.eye(width).to(covariance) - basis @ basis.T
    return projection.to(moments.cross.dtype)


class RunningMoments(nn.Module):
    """Exponentially forgotten means and covariances of vectors and of a concept's indicators."""

    count: Tensor
    """Batches."""
    windows: Tensor
    """Not yet forgotten."""
    mean: Tensor
    share: Tensor
    covariance: Tensor
    cross: Tensor

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(()))
        self.register_buffer("windows", torch.zeros(()))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("share", torch.zeros(classes))
        self.register_buffer("covariance", torch.zeros(width, width))
        self.register_buffer("cross", torch.zeros(width, classes))

    def observe(self, vectors: Float[Tensor, "b d"], label: Int[Tensor, " b"], processes: Processes) -> None:
        """Add the batch of all processes; one without any label changes nothing."""
        indicator = nn.functional.one_hot(label, len(self.share)).to(vectors.dtype)
        ones = vectors.new_ones(len(vectors), 1)
        joined = torch.cat([ones, vectors, indicator], dim=1)
        sums = processes.sum(joined.T @ joined)
        number = sums[0, 0]
        if number == 0:
            return
        self.count += 1
        step = max(1.0 - _MEMORY, 1.0 / float(self.count))
        self.windows.mul_(_MEMORY).add_(number)
        width = len(self.mean)
        batch = sums[0, 1:] / number
        self.mean.lerp_(batch[:width], step)
        self.share.lerp_(batch[width:], step)
        centre = torch.cat([self.mean, self.share])
        about = torch.outer(batch - centre, batch - centre) - torch.outer(batch, batch)
        second = sums[1:, 1:] / number + about
        self.covariance.lerp_(second[:width, :width], step)
        self.cross.lerp_(second[:width, width:], step)


_CLASSES = {"how": len(EXERCISES), "what": len(FORM_SCORES)}
"""Branch → classes of the label that it must not tell."""


def _told(branch: str, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return which windows have the label that a branch must not tell, and those labels."""
    if branch == "how":
        return torch.ones_like(batch.exercise, dtype=torch.bool), batch.exercise
    scored = batch.form != FORM_UNSCORED
    return scored, batch.form[scored]


class Eraser(nn.Module):
    """Watches what enters the two erasures of a network and keeps them fitted; its state belongs to the training's.

    Args:
        network: the one that is trained.
        processes: whose batches count.
    """

    def __init__(self, network: HybridDisentanglingTransformer, processes: Processes) -> None:
        super().__init__()
        self._processes = processes
        self._seen: dict[str, Tensor] = {}
        self._erasures = _erasures(network)
        self.moments = nn.ModuleDict({name: _moments(name) for name in self._erasures})
        for name, erasure in self._erasures.items():
            erasure.register_forward_pre_hook(self._note(name))

    def _note(self, branch: str) -> Callable[[nn.Module, tuple[Tensor]], None]:
        def hook(module: nn.Module, arguments: tuple[Tensor]) -> None:
            if module.training:
                self._seen[branch] = arguments[0].detach().float()

        return hook

    @torch.no_grad()
    def update(self, batch: Batch) -> None:
        """Count what the last forward pass showed, and fit anew."""
        for branch, vectors in self._seen.items():
            rows, label = _told(branch, batch)
            moments: RunningMoments = self.moments[branch]  # type: ignore[assignment]
            moments.observe(vectors[rows], label, self._processes)
            _fit(self._erasures[branch], moments)
        self._seen.clear()


@torch.no_grad()
def refit(network: HybridDisentanglingTransformer, batches: Iterable[Batch], processes: Processes) -> None:
    """Fit the erasures of a network that is not trained further to all of these windows at once.

    The running moments lag behind weights that move, and they belong to the weights themselves, not to their average. Where a
    class is a tight cluster, the least difference of means tells it.
    """
    seen: dict[str, list[Tensor]] = {}
    labels: dict[str, list[Tensor]] = {}
    network.eval()
    for batch in batches:
        tokens = network.encoder(network.frontend(network.normalise(batch.imu))).mean(dim=1)
        for branch in _CLASSES:
            rows, label = _told(branch, batch)
            seen.setdefault(branch, []).append(getattr(network, branch).layers(tokens)[rows])
            labels.setdefault(branch, []).append(label)
    for branch, erasure in _erasures(network).items():
        moments = _moments(branch).to(erasure.offset.device)
        moments.observe(torch.cat(seen[branch]), torch.cat(labels[branch]), processes)
        _fit(erasure, moments)


def _erasures(network: HybridDisentanglingTransformer) -> dict[str, Erasure]:
    return {"how": network.how.erasure, "what": network.what.erasure}


def _moments(branch: str) -> RunningMoments:
    return RunningMoments(EMBEDDING_SIZE, _CLASSES[branch])


def _fit(erasure: Erasure, moments: RunningMoments) -> None:
    if moments.count > 0 and bool(moments.covariance.isfinite().all()):  # else the loss is not, and will be refused
        erasure.set_erasure(erasing_projection(moments), moments.mean)
