"""Non-maximum suppression against a slow, readable reference of its documentation."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qleap_edge.mil.ops import detection
from tests.property.test_mil_kernels import LAW, SEEDS, apply
from tests.support.mil_programs import assert_batch_is_a_loop, built, outputs


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the intersection over the union of two boxes (x, y, width, height) around their centres."""
    sides = [
        min(a[k] + a[k + 2] / 2, b[k] + b[k + 2] / 2) - max(a[k] - a[k + 2] / 2, b[k] - b[k + 2] / 2) for k in (0, 1)
    ]
    common = max(sides[0], 0) * max(sides[1], 0)
    union = a[2] * a[3] + b[2] * b[3] - common
    return common / union if union > 0 else 0.0


def chosen(boxes: np.ndarray, scores: np.ndarray, most: float, least: float, count: int, apart: bool) -> list[int]:
    """Return the indices of the boxes that stay, of one image."""
    best, kind = scores.max(-1), scores.argmax(-1)
    ranked = sorted(range(len(boxes)), key=lambda index: (-best[index], index))
    kept: list[int] = []
    for index in [index for index in ranked if best[index] >= least] or ranked[:1]:
        rivals = [other for other in kept if not apart or kind[other] == kind[index]]
        if all(overlap(boxes[index], boxes[other]) <= most for other in rivals):
            kept.append(index)
    return kept[:count]


def images(seed: int, count: int, total: int, kinds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return boxes on a coarse grid, so that quotients are exact and equal ones occur, and scores, some equal."""
    rng = np.random.default_rng(seed)
    boxes = np.concatenate([rng.integers(0, 9, (count, total, 2)), 2 * rng.integers(0, 5, (count, total, 2))], -1)
    return boxes.astype(np.float32), (rng.integers(-8, 9, (count, total, kinds)) / 4).astype(np.float32)


@LAW
@given(
    seed=SEEDS, count=st.integers(1, 3), total=st.integers(1, 12), kinds=st.integers(1, 3),
    most=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    least=st.sampled_from([-9.0, -0.5, 0.25, 9.0]), wanted=st.integers(1, 15), apart=st.booleans(),
)  # fmt: skip
def test_boxes_are_those_of_the_reference(
    seed: int, count: int, total: int, kinds: int, most: float, least: float, wanted: int, apart: bool
) -> None:
    boxes, scores = images(seed, count, total, kinds)
    old = apply(
        "non_maximum_suppression", "CoreML6", boxes=boxes, scores=scores, iou_threshold=most, score_threshold=least,
        max_boxes=wanted, per_class_suppression=apart,
    )  # fmt: skip
    new = apply(
        "non_maximum_suppression", "CoreML7", boxes=boxes.swapaxes(1, 2), scores=scores.swapaxes(1, 2), iou_threshold=most,
        max_boxes=wanted, per_class_suppression=apart,
    )  # fmt: skip
    assert old[3].shape == (count,)
    for image in range(count):
        for found, threshold in ((old, least), ((new[0].swapaxes(1, 2), new[1].swapaxes(1, 2), new[2]), -np.inf)):
            kept = chosen(boxes[image], scores[image], most, threshold, wanted, apart)
            rest = wanted - len(kept)
            np.testing.assert_array_equal(found[2][image], [*kept, *[-1] * rest])
            np.testing.assert_array_equal(found[0][image], np.pad(boxes[image][kept], ((0, rest), (0, 0))))
            np.testing.assert_array_equal(found[1][image], np.pad(scores[image][kept], ((0, rest), (0, 0))))
        assert old[3][image] == len(chosen(boxes[image], scores[image], most, least, wanted, apart))


def test_too_much_work_is_refused() -> None:
    boxes, scores = images(1, 1, 4, 2)
    common = {"iou_threshold": 0.5, "score_threshold": 0.0}
    many = np.zeros((1, detection.MAX_BOXES + 1, 4), np.float32)
    for arguments in (
        {"boxes": boxes, "scores": scores, "max_boxes": detection.MAX_SELECTED + 1},
        {"boxes": boxes, "scores": scores, "max_boxes": 0},
        {"boxes": many, "scores": many[..., :1], "max_boxes": 3},
        {"boxes": boxes[:, :0], "scores": scores[:, :0], "max_boxes": 3},
        {"boxes": boxes, "scores": scores[:, :2], "max_boxes": 3},
    ):
        with pytest.raises(ValueError, match="boxes"):
            apply("non_maximum_suppression", "CoreML5", **common, **arguments)


@pytest.mark.parametrize("target", ["iOS15", "iOS17"])
def test_a_program_of_the_builder(target: str, tmp_path: Path) -> None:
    from coremltools.converters.mil.mil import Builder

    later = target == "iOS17"

    def build(boxes: Any, scores: Any) -> Any:
        options = {} if later else {"score_threshold": 0.25}
        return Builder.non_maximum_suppression(boxes=boxes, scores=scores, iou_threshold=0.25, max_boxes=6, **options)

    boxes, scores = images(5, 4, 9, 2)
    windows = {"boxes": boxes[:, None], "scores": scores[:, None]}
    if later:
        windows = {name: np.ascontiguousarray(array.swapaxes(2, 3)) for name, array in windows.items()}
    first = {name: array[0] for name, array in windows.items()}
    runtime = built(build, {name: (array.shape, np.float32) for name, array in first.items()}, target, tmp_path)
    kept = chosen(boxes[0], scores[0], 0.25, -np.inf if later else 0.25, 6, apart=False)
    np.testing.assert_array_equal(outputs(runtime, first)[2][0], [*kept, *[-1] * (6 - len(kept))])
    assert_batch_is_a_loop(runtime, windows, exact=True)
