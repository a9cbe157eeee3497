"""Everything that can be simulated, by name: the exercises, warm-up moves, and transitions between exercises."""

from qleap_edge.core.exercises import Content
from qleap_edge.physics.exercises.bench_press import BENCH_PRESS
from qleap_edge.physics.exercises.jumping_jack import JumpingJack
from qleap_edge.physics.exercises.protocol import ExerciseModel
from qleap_edge.physics.exercises.pull_up import PULL_UP
from qleap_edge.physics.exercises.push_up import PushUp
from qleap_edge.physics.exercises.row import ROW
from qleap_edge.physics.exercises.sit_to_stand import SitToStand
from qleap_edge.physics.exercises.transition import STANDING, Transition
from qleap_edge.physics.exercises.triceps_extension import TRICEPS_EXTENSION
from qleap_edge.physics.exercises.walk import Walk
from qleap_edge.physics.exercises.warm_up import WarmUp

_MOVING: tuple[ExerciseModel, ...] = (JumpingJack(), Walk(), WarmUp(), Transition())
_SUPPORTED: tuple[ExerciseModel, ...] = (
    ROW,
    BENCH_PRESS,
    PULL_UP,
    TRICEPS_EXTENSION,
    PushUp(),
    SitToStand(),
)
CATALOGUE: dict[Content, ExerciseModel] = {model.name: model for model in (*STANDING.values(), *_MOVING, *_SUPPORTED)}


def exercise_model(name: Content) -> ExerciseModel:
    """Return the model of an exercise, or of transitions."""
    return CATALOGUE[name]
