"""What the wrist must do in each exercise: a set that breaks these rules is not that exercise, whatever the network says.

The rules follow from the exercise, not from data: in a squat the hand is held to the body, to a bar or still in the air, so it
travels with the trunk and the forearm keeps its direction; in a curl the forearm turns about the elbow. They are wide, and they
are necessary, not sufficient.

Beside them stands a limit of a wrist. With the forearm upright and the hand travelling up and down, a squat under a raised bar,
a press and a pull-down give the same reading: the elbow bends out of sight. There the network's squat or lunge is not believed;
the wearer can name it.
"""

from dataclasses import dataclass

import numpy as np

from qleap_edge.analysis.measures import RepetitionMeasures
from qleap_edge.analysis.wrist_travel import WristTravel
from qleap_edge.core.exercises import Exercise

_ANY = (-np.inf, np.inf)
UPRIGHT_DEG = 50.0
"""Forearm above the horizontal from which squat, press and pull-down look alike. Under a bar on the back it is 36 to 47
degrees (thirteen measured sets), in measured presses and pull-downs 54 to 80."""


@dataclass(frozen=True)
class WristMotion:
    """What the wrist does in the repetitions of a set, medians."""

    travel_m: float
    """Vertical range of motion."""
    turned_deg: float
    """Change of the forearm's direction against the vertical."""
    elevation_deg: float
    """Angle of the forearm above the horizontal at the start of a repetition; 90: the hand points up."""
    period_s: float
    """Duration of a repetition."""


@dataclass(frozen=True)
class WristPattern:
    """Limits of an exercise; each is (least, most)."""

    travel_m: tuple[float, float] = _ANY
    turned_deg: tuple[float, float] = _ANY
    elevation_deg: tuple[float, float] = _ANY
    period_s: tuple[float, float] = _ANY


TRAVELS_WITH_THE_TRUNK = WristPattern(travel_m=(0.20, 1.3), turned_deg=(-np.inf, 45.0), period_s=(0.9, 15.0))
PATTERNS: dict[Exercise, WristPattern] = {
    "squat": TRAVELS_WITH_THE_TRUNK,
    "lunge": TRAVELS_WITH_THE_TRUNK,
    "deadlift": WristPattern(travel_m=(0.25, 1.3), turned_deg=(-np.inf, 45.0), elevation_deg=(-np.inf, -40.0)),
    "overhead_press": WristPattern(travel_m=(0.25, 1.0), turned_deg=(-np.inf, 70.0), elevation_deg=(30.0, np.inf)),
    "biceps_curl": WristPattern(turned_deg=(50.0, np.inf), period_s=(0.9, 15.0)),
    "jumping_jack": WristPattern(turned_deg=(50.0, np.inf), period_s=(-np.inf, 2.0)),
    # Forearms hang below a bar or point ahead to a cable; the elbows go back.
    "row": WristPattern(turned_deg=(-np.inf, 75.0), elevation_deg=(-np.inf, 30.0)),
    # Forearms stand upright under the weight, or hang upright from the bar.
    "bench_press": WristPattern(travel_m=(0.15, 0.9), turned_deg=(-np.inf, 60.0), elevation_deg=(30.0, np.inf)),
    "pull_up": WristPattern(turned_deg=(-np.inf, 70.0), elevation_deg=(30.0, np.inf)),
    # Nearly straight arms go from hanging to horizontal.
    "lateral_raise": WristPattern(travel_m=(0.25, 1.3), turned_deg=(40.0, np.inf), elevation_deg=(-np.inf, 25.0)),
    "triceps_extension": WristPattern(turned_deg=(35.0, np.inf), period_s=(0.9, 15.0)),
    # The hand stands on the floor below the elbow, so that the watch hardly travels.
    "push_up": WristPattern(travel_m=(-np.inf, 0.25), turned_deg=(-np.inf, 70.0), elevation_deg=(-np.inf, -20.0)),
    "side_lunge": TRAVELS_WITH_THE_TRUNK,
}
"""Exercises that are repeated in sets; those of :data:`qleap_edge.core.exercises.NO_EXERCISE` are none."""

_QUANTITIES = {
    "travel_m": ("the wrist travels {:.2f} m up and down", "{:.2f} m"),
    "turned_deg": ("the forearm turns by {:.0f} degrees", "{:.0f} degrees"),
    "elevation_deg": ("the forearm points {:.0f} degrees above the horizontal", "{:.0f} degrees"),
    "period_s": ("a repetition takes {:.1f} s", "{:.1f} s"),
}


def wrist_motion(measured: tuple[RepetitionMeasures, ...], travels: tuple[WristTravel, ...]) -> WristMotion:
    """Return what the wrist does in a set.

    Args:
        measured: its repetitions.
        travels: of the same repetitions, with the elevations of the forearm.
    """
    return WristMotion(
        travel_m=float(np.median([one.range_m.value for one in measured])),
        turned_deg=float(np.median([one.turned_deg.value for one in measured])),
        elevation_deg=float(np.median([one.elevation_deg for one in travels])),
        period_s=float(np.median([one.end_s - one.start_s for one in measured])),
    )


def ambiguity(exercise: Exercise, motion: WristMotion) -> str | None:
    """Return why a wrist cannot tell an exercise from others; ``None`` if it can."""
    if PATTERNS.get(exercise) is not TRAVELS_WITH_THE_TRUNK or motion.elevation_deg < UPRIGHT_DEG:
        return None
    return (
        f"the forearm points {motion.elevation_deg:.0f} degrees above the horizontal; from {UPRIGHT_DEG:.0f} degrees on, "
        "presses and pull-downs look the same to a wrist"
    )


def contradiction(exercise: Exercise, motion: WristMotion) -> str | None:
    """Return why the motion of the wrist rules an exercise out; ``None`` if it does not."""
    pattern = PATTERNS.get(exercise)
    if pattern is None:
        return "it is not an exercise that is repeated in sets"
    for name, (measured, limit) in _QUANTITIES.items():
        value, (least, most) = getattr(motion, name), getattr(pattern, name)
        if value < least:
            return f"{measured.format(value)}; at least {limit.format(least)} are expected"
        if value > most:
            return f"{measured.format(value)}; at most {limit.format(most)} are expected"
    return None
