"""Qualitative plots: true and predicted stick figures at several times of a motion, with σ as discs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from qleap_edge.core.exercises import EXERCISE_ID, EXERCISE_MIXED, EXERCISES
from qleap_edge.core.frames import MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.skeleton import PARENTS, PELVIS
from qleap_edge.core.units import MM_PER_BODY_HEIGHT, REFERENCE_STATURE_M
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.groups import FREE, TIED, posture_groups
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.metrics.pose import joint_errors
from qleap_edge.reporting.style import REAL, SYNTHETIC

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FRAMES = 8
_PALE = 0.18
_VIEWS = (("from the right", 0, 1.0), ("from behind", 1, -1.0))  # name, horizontal axis, its sign on paper


@dataclass(frozen=True)
class Example:
    """Some frames of one sequence."""

    name: str
    """An exercise, or a half of the squats."""
    title: str
    truth: Float[np.ndarray, "frames 17 3"]
    pose: Float[np.ndarray, "frames 17 3"]
    sigma: Float[np.ndarray, "frames 17 3"]
    time_s: Float[np.ndarray, " frames"]


def examples(truth: GroundTruth, average: OverlapAverage) -> list[Example]:
    """Return the sequence of median error of each exercise, for squats one of each half (arms tied and free).

    The median shows what to expect, neither the best nor the worst case.
    """
    index, pose, sigma = truth.index, average.pose(), average.sigma()
    error = joint_errors(pose, truth.pose).mean(axis=1) * MM_PER_BODY_HEIGHT
    covered = np.flatnonzero(average.known)
    owner = truth.sequence_of(covered)
    mean = np.bincount(owner, error[covered]) / np.bincount(owner)
    kind = np.array([_content(truth.exercise[a:b]) for a, b in zip(truth.offsets, truth.offsets[1:], strict=False)])
    halves = posture_groups(index.posture)
    squat = kind == EXERCISE_ID["squat"]
    groups = {TIED: squat & halves[TIED], FREE: squat & halves[FREE]}
    groups |= {name: kind == EXERCISE_ID[name] for name in EXERCISES if name != "squat"}
    found = []
    for name, mask in groups.items():
        members = np.flatnonzero(mask)
        if len(members) == 0:
            continue
        chosen = int(members[np.argsort(mean[members], kind="stable")[len(members) // 2]])
        frames = _drawn_frames(truth, average, chosen)
        label = (
            f"{name}, arms: {index.posture[chosen].replace('_', ' ')}; {mean[chosen]:.0f} mm, the median of its kind"
        )
        label += f" (sequence {index.sequence_id[chosen]})"
        time_s = (frames - truth.offsets[chosen]) / MODEL_RATE_HZ
        found.append(Example(name, label, truth.pose[frames], pose[frames], sigma[frames], time_s))
    return found


def draw_example(example: Example) -> "Figure":
    """Draw the frames of an example from the side and from behind."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    figure = Figure(figsize=(1.45 * _FRAMES, 5.6), layout="constrained")
    axes = figure.subplots(len(_VIEWS), _FRAMES, sharex=True, sharey=True)
    for row, (view, axis_number, sign) in enumerate(_VIEWS):
        for column, axis in enumerate(axes[row]):
            flat = [
                REFERENCE_STATURE_M * array[column][:, [axis_number, 2]] * np.array([sign, 1.0])
                for array in (example.truth, example.pose)
            ]
            spread = REFERENCE_STATURE_M * example.sigma[column][:, [axis_number, 2]]
            _draw_body(axis, flat[0], "0.55", "truth", 2.2)
            _draw_discs(axis, flat[1], spread)
            _draw_body(axis, flat[1], SYNTHETIC, "prediction", 1.3)
            axis.set_aspect("equal")
            axis.set_xticks([])
            axis.set_yticks([])
            axis.grid(visible=False)
            for side in ("left", "bottom"):
                axis.spines[side].set_visible(False)
            if row == 0:
                axis.set_title(f"{example.time_s[column]:.2f} s", fontsize=8)
        axes[row, 0].set_ylabel(view)
    lines, labels = axes[0, 0].get_legend_handles_labels()
    disc = Patch(color=REAL, alpha=_PALE, lw=0)
    figure.legend([*lines, disc], [*labels, "±1 σ, raw"], loc="outside lower center", ncols=3)
    figure.suptitle(example.title, fontsize=10)
    return figure


def _content(exercise: np.ndarray) -> int:
    return int(exercise[0]) if (exercise == exercise[0]).all() else EXERCISE_MIXED


def _drawn_frames(truth: GroundTruth, average: OverlapAverage, sequence: int) -> np.ndarray:
    """Return the frames to draw: over the first whole repetition, else over the first four seconds."""
    first = int(truth.offsets[sequence])
    last = first + int(average.known[first : truth.offsets[sequence + 1]].sum()) - 1
    inside = (truth.repetitions[:, 0] >= first) & (truth.repetitions[:, 2] <= last)
    if inside.any():
        begin, _, end = truth.repetitions[inside][0]
    else:
        begin, end = first, min(first + WINDOW_STEPS - 1, last)
    return np.linspace(begin, end, _FRAMES).round().astype(np.int64)


def _draw_body(axis: Any, joints: np.ndarray, colour: str, label: str, width: float) -> None:
    """Draw all bones as one line with gaps of NaN between them."""
    bones = [(parent, joint) for joint, parent in enumerate(PARENTS) if joint != PELVIS]
    gaps = np.full((len(bones), 1, 2), np.nan)
    line = np.concatenate([joints[np.array(bones)], gaps], axis=1).reshape(-1, 2)
    axis.plot(line[:, 0], line[:, 1], color=colour, lw=width, solid_capstyle="round", label=label)


def _draw_discs(axis: Any, joints: np.ndarray, spread: np.ndarray) -> None:
    from matplotlib.collections import EllipseCollection

    shown = [joint for joint in range(len(PARENTS)) if joint != PELVIS]
    size = 2.0 * spread[shown]
    discs = EllipseCollection(
        size[:, 0], size[:, 1], np.zeros(len(shown)), units="xy", offsets=joints[shown], offset_transform=axis.transData,
        facecolors=REAL, edgecolors="none", alpha=_PALE, clip_on=False,
    )  # fmt: skip
    axis.add_collection(discs)
