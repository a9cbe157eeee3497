"""Everything that can be simulated, by name: the eight exercises, warm-up moves, and transitions between exercises."""

from qleap_edge.core.exercises import Content
from qleap_edge.physics.exercises.jumping_jack import JumpingJack
from qleap_edge.physics.exercises.protocol import ExerciseModel
from qleap_edge.physics.exercises.transition import STANDING, Transition
from qleap_edge.physics.exercises.walk import Walk
from qleap_edge.physics.exercises.warm_up import WarmUp

_MOVING: tuple[ExerciseModel, ...] = (JumpingJack(), Walk(), WarmUp(), Transition())
CATALOGUE: dict[Content, ExerciseModel] = {model.name: model for model in (*STANDING.values(), *_MOVING)}


def exercise_model(name: Content) -> ExerciseModel:
    """Return the model of an exercise, or of transitions."""
    return CATALOGUE[name]
