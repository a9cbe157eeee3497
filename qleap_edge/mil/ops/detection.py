"""Non-maximum suppression of boxes (MIL: tensor_operation, iOS15 and iOS17).

The greedy rule needs no matrix of all pairs: the best remaining box is taken and those that overlap it are dropped, once for
each box to return. That takes memory for one row of overlaps, and work proportional to boxes times selected boxes.

As in coremltools' numerical tests (mil/ops/tests/iOS14/test_tensor_operation.py): a box's score is that of its best class,
its class is that one, and if no box reaches the score threshold, the best one is returned all the same.
"""

from typing import Final

import torch
from torch import Tensor

from qleap_edge.mil.ops.registry import kernel

MAX_BOXES: Final = 2**16
MAX_SELECTED: Final = 2**14  # a Python loop each


def _overlaps(box: Tensor, boxes: Tensor) -> Tensor:
    """Return intersection over union of (n, 1, 4) with (n, B, 4), centre and size; 0 where there is no area."""
    low, high = boxes[..., :2] - boxes[..., 2:] / 2, boxes[..., :2] + boxes[..., 2:] / 2
    box_low, box_high = box[..., :2] - box[..., 2:] / 2, box[..., :2] + box[..., 2:] / 2
    sides = (torch.minimum(high, box_high) - torch.maximum(low, box_low)).clamp(min=0)
    common = sides[..., 0] * sides[..., 1]
    union = boxes[..., 2] * boxes[..., 3] + box[..., 2] * box[..., 3] - common
    return torch.where(union > 0, common / union.masked_fill(union <= 0, 1.0), torch.zeros_like(union))


def _select(boxes: Tensor, best: Tensor, kind: Tensor, alive: Tensor, threshold: float, count: int) -> Tensor:
    """Return (n, count) positions of the selected boxes, -1 after the last; all arguments have the best box first."""
    total = boxes.shape[1]
    order = torch.arange(total, device=boxes.device)
    alive = alive | (~alive.any(-1, keepdim=True) & (order == 0))
    picks = []
    for _ in range(min(count, total)):
        first = torch.where(alive, order, total).amin(-1, keepdim=True)
        at = first.clamp(max=total - 1)
        box = torch.gather(boxes, 1, at.unsqueeze(-1).expand(-1, -1, 4))
        rivals = (_overlaps(box, boxes) > threshold) & (kind == torch.gather(kind, 1, at))
        alive = alive & ~rivals & (order != first)
        picks.append(torch.where(first < total, first, -1))
    picks.extend([torch.full_like(picks[0], -1)] * (count - len(picks)))
    return torch.cat(picks, -1)


def _suppress(
    boxes: Tensor, scores: Tensor, iou_threshold: float, score_threshold: float | None, max_boxes: int, per_class: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return selected boxes (n, max_boxes, 4), their scores, their indices and how many there are.

    Raises:
        ValueError: sizes do not fit each other, or are more than this op is for.
    """
    if boxes.dim() != 3 or scores.dim() != 3 or boxes.shape[:2] != scores.shape[:2] or boxes.shape[2] != 4:
        raise ValueError(f"boxes of shape {tuple(boxes.shape)} with scores of shape {tuple(scores.shape)}")
    if not 0 < boxes.shape[1] <= MAX_BOXES or not 0 < max_boxes <= MAX_SELECTED or not scores.shape[2]:
        raise ValueError(
            f"{max_boxes} of {boxes.shape[1]} boxes with {scores.shape[2]} scores: at most {MAX_SELECTED} of {MAX_BOXES}"
        )
    best = scores.amax(-1)
    ranked = torch.sort(best, stable=True, dim=-1, descending=True)
    order, best = ranked.indices, ranked.values
    kind = torch.gather(scores.argmax(-1), 1, order) if per_class else torch.zeros_like(order)
    sorted_boxes = torch.gather(boxes, 1, order.unsqueeze(-1).expand(-1, -1, 4))
    alive = torch.ones_like(best, dtype=torch.bool) if score_threshold is None else best >= score_threshold
    picks = _select(sorted_boxes, best, kind, alive, iou_threshold, max_boxes)
    valid = picks >= 0
    indices = torch.gather(order, 1, picks.clamp(min=0))
    shown = valid.unsqueeze(-1)
    at = indices.unsqueeze(-1)
    chosen = torch.gather(boxes, 1, at.expand(-1, -1, 4)) * shown
    chosen_scores = torch.gather(scores, 1, at.expand(-1, -1, scores.shape[2])) * shown
    return chosen, chosen_scores, torch.where(valid, indices, -1), valid.sum(-1)


@kernel("non_maximum_suppression", static=("iou_threshold", "score_threshold", "max_boxes", "per_class_suppression"))
def non_maximum_suppression(
    boxes: Tensor,
    scores: Tensor,
    iou_threshold: float,
    score_threshold: float,
    max_boxes: int,
    per_class_suppression: bool = False,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Boxes (n, B, 4) by descending score without those that overlap a better one by more than ``iou_threshold``.

    Returns boxes, scores (n, max_boxes, K), indices and their number; what is missing is 0, its index -1.
    """
    return _suppress(boxes, scores, iou_threshold, score_threshold, max_boxes, per_class_suppression)


@kernel("non_maximum_suppression", static=("iou_threshold", "max_boxes", "per_class_suppression"), since="CoreML7")
def non_maximum_suppression_boxes_last(
    boxes: Tensor, scores: Tensor, iou_threshold: float, max_boxes: int, per_class_suppression: bool = False
) -> tuple[Tensor, Tensor, Tensor]:
    """As before with boxes (n, 4, B) and scores (n, K, B), without a score threshold and without the number."""
    chosen, chosen_scores, indices, _ = _suppress(
        boxes.transpose(1, 2), scores.transpose(1, 2), iou_threshold, None, max_boxes, per_class_suppression
    )
    return chosen.transpose(1, 2), chosen_scores.transpose(1, 2), indices
