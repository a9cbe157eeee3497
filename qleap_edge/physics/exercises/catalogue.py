"""Every exercise that can be simulated, by name."""

from qleap_edge.core.errors import UsageError
from qleap_edge.core.exercises import Exercise
from qleap_edge.physics.exercises.idle import Idle
from qleap_edge.physics.exercises.protocol import ExerciseModel
from qleap_edge.physics.exercises.squat import Squat
from qleap_edge.physics.exercises.walk import Walk

CATALOGUE: dict[Exercise, ExerciseModel] = {model.name: model for model in (Squat(), Walk(), Idle())}


def exercise_model(name: Exercise) -> ExerciseModel:
    """Return the model of an exercise.

    Raises:
        UsageError: the exercise has an id but no simulation yet.
    """
    if name not in CATALOGUE:
        raise UsageError(
            "this exercise cannot be simulated yet",
            where="recipe, key 'synthesis.mix'",
            expected=f"some of {', '.join(sorted(CATALOGUE))}",
            got=name,
            next_step="take it out of the mix",
        )
    return CATALOGUE[name]
