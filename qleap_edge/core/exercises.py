"""Exercise ids and form scores: once released, an id keeps its meaning for ever, and new exercises get higher ids."""

from typing import Literal, get_args

Exercise = Literal[
    "squat", "lunge", "deadlift", "overhead_press", "biceps_curl", "jumping_jack", "walk", "idle",
    "row", "bench_press", "lateral_raise", "pull_up", "triceps_extension", "push_up", "side_lunge", "sit_to_stand",
]  # fmt: skip
EXERCISES: tuple[Exercise, ...] = get_args(Exercise)
EXERCISE_ID: dict[Exercise, int] = {name: index for index, name in enumerate(EXERCISES)}
NO_EXERCISE: frozenset[Exercise] = frozenset({"walk", "idle", "sit_to_stand"})
"""Everyday activities: the network has a class for each, but none of them is ever a set of an exercise."""


def in_words(exercise: str) -> str:
    """Return the name of an exercise as it stands in a sentence: ``biceps_curl`` is "biceps curl"."""
    return exercise.replace("_", " ")


Content = Literal[Exercise, "warm_up", "transition"]
"""Content of a simulated sequence: one exercise, warm-up moves (which are no exercise), or several exercises in turn."""
CONTENTS: tuple[Content, ...] = (*EXERCISES, "warm_up", "transition")
Regime = Literal["prescribed", "forward", "captured"]
"""``prescribed``: the motion is given and checked by inverse dynamics; ``forward``: it is simulated under its own forces;
``captured``: it is that of a captured person, on another body, checked by inverse dynamics."""
REGIMES: tuple[Regime, ...] = get_args(Regime)
EXERCISE_MIXED = -1  # exercise of a sequence with transitions, whose frames have different exercises


def label_of(content: Content) -> int:
    """Return the exercise id of a whole sequence."""
    if content == "transition":
        return EXERCISE_MIXED
    return EXERCISE_ID["idle" if content == "warm_up" else content]


FORM_SCORES = (0, 1, 2, 3, 4)  # 4 is best
FORM_EXERCISES: tuple[Exercise, ...] = ("squat",)
"""Exercises that have a rubric; a form score of any other one has no meaning."""
FORM_UNSCORED = -1  # the rubric does not apply: the loss and the metrics skip it
