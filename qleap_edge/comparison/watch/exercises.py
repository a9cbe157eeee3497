"""What the session of a recording says about a labelled set: its exercise, and from how many windows the network abstains.

The baseline is the network alone, window by window: the most probable exercise wherever no gate fires.
"""

from collections import Counter

import numpy as np

from qleap_edge.analysis.session_document import SessionReport, WindowReason
from qleap_edge.comparison.watch.document import NetworkPart, RefusedPart
from qleap_edge.core.exercises import EXERCISES, Exercise

_ALIASES: dict[str, Exercise] = {
    "bicepcurl": "biceps_curl", "bicepscurl": "biceps_curl", "curl": "biceps_curl",
    "curls": "biceps_curl", "dumbbellcurl": "biceps_curl",
    "backsquat": "squat", "frontsquat": "squat", "gobletsquat": "squat", "overheadsquat": "squat", "squats": "squat",
    "lunges": "lunge", "shoulderpress": "overhead_press", "militarypress": "overhead_press", "deadlifts": "deadlift",
    "jumpingjacks": "jumping_jack",
    "rows": "row", "cablerow": "row", "seatedrow": "row", "seatedcablerow": "row", "bentoverrow": "row",
    "barbellrow": "row", "dumbbellrow": "row", "machinerow": "row",
    "benchpresses": "bench_press", "inclinepress": "bench_press", "inclinebenchpress": "bench_press",
    "chestpress": "bench_press", "dumbbellbenchpress": "bench_press", "inclinedumbbellpress": "bench_press",
    "lateralraises": "lateral_raise", "sideraise": "lateral_raise", "latraise": "lateral_raise",
    "pullups": "pull_up", "chinup": "pull_up", "chinups": "pull_up", "latpull": "pull_up", "latpulldown": "pull_up",
    "latpulldowns": "pull_up", "pulldown": "pull_up", "pulldowns": "pull_up",
    "tricepext": "triceps_extension", "tricepsext": "triceps_extension", "tricepextension": "triceps_extension",
    "tricepextensions": "triceps_extension", "tricepsextensions": "triceps_extension",
    "triceppushdown": "triceps_extension", "tricepspushdown": "triceps_extension", "skullcrusher": "triceps_extension",
    "pushups": "push_up", "pressup": "push_up", "pressups": "push_up",
    "sidelunges": "side_lunge", "laterallunge": "side_lunge", "cossacksquat": "side_lunge",
    "chairrise": "sit_to_stand", "fivetimessittostand": "sit_to_stand",
    **{name.replace("_", ""): name for name in EXERCISES},
}  # fmt: skip

_OF_THE_SET: frozenset[WindowReason] = frozenset({"set_unknown", "outvoted"})


def exercise_of_label(label: str) -> Exercise | None:
    """Return the exercise that a free label names; ``None`` for any that the model has no class for."""
    return _ALIASES.get("".join(letter for letter in label.lower() if letter.isalpha()))


def network_part(session: SessionReport, active: tuple[float, float]) -> NetworkPart:
    """Return what the session says about the active part of a recording.

    Args:
        session: of the whole recording; nothing in it depends on the active part.
        active: start and end (s), since the first row.
    """
    inside = [number for number, one in enumerate(session.sets, 1) if _overlap(one.start_s, one.end_s, active) > 0.5]
    windows = [one for one in session.windows if one.set_number in inside]
    gates = Counter(reason for one in windows for reason in one.reasons if reason not in _OF_THE_SET)
    alone = [one for one in windows if set(one.reasons) <= _OF_THE_SET]
    return NetworkPart(
        named=tuple(session.sets[number - 1].exercise.name for number in inside),
        windows=len(windows),
        refused=tuple(RefusedPart(reason=reason, windows=count) for reason, count in sorted(gates.items())),
        squat_windows=sum(not one.abstain and one.exercise == "squat" for one in windows),
        squat_windows_alone=sum(one.exercise == "squat" for one in alone),
        most_frequent_alone=_most_frequent([one.exercise for one in alone]),
    )


def _overlap(start_s: float, end_s: float, active: tuple[float, float]) -> float:
    """Return the share of a set that lies in the active part."""
    return float(np.clip(min(end_s, active[1]) - max(start_s, active[0]), 0.0, None)) / max(end_s - start_s, 1e-9)


def _most_frequent(names: list[Exercise]) -> Exercise | None:
    return Counter(names).most_common(1)[0][0] if names else None
