"""The pull-up, id 11: a body that hangs from a bar and rises, or sits and pulls the bar down to its chest.

Of a pull-up the hands stay where they are in the world, to rounding, and carry the whole body; the feet hang in the air. Both
variants have the same way of the hands about the shoulders, from straight arms to the upper chest.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.guided_arms import LEAST_SLACK, Chest, add_unrest, arm_to, thumb
from qleap_edge.physics.exercises.guided_lift import LiftPlan, draw_lift, level_pelvis, radians, sizes
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.seats import draw_seat, seated_pelvis, seated_targets
from qleap_edge.physics.exercises.standing import column, half_width, sway, trunk_angles
from qleap_edge.physics.exercises.timing import effort, phase
from qleap_edge.physics.exercises.variants import Variants
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions

WRISTS_UP_M = 2.3
"""Height of the wrists of who hangs; the floor plays no part."""
_TOES_DOWN = np.radians(28.0)
_TOGETHER = 0.8  # × hip half-width: legs that hang
_OUT, _OUT_BY_WIDTH = 0.25, 0.75  # elbows go outwards, the more the wider the grip, so that forearms stay upright
_SWINGS = 3.0  # × the sway of standing

Way = dict[str, Float[np.ndarray, "3 batch time"]]


def _draw_pull_up(
    subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
) -> LiftPlan:
    return _draw(subject, duration_s, distributions, rng, hangs=True)


def _draw_pull_down(
    subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
) -> LiftPlan:
    return _draw(subject, duration_s, distributions, rng, hangs=False)


def _draw(
    subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator, *, hangs: bool
) -> LiftPlan:
    grip = distributions.pull_grip.draw(rng)
    width = distributions.pull_width if grip == "overhand" else distributions.pull_narrow
    outwards = width.draw(rng)
    size = {
        "reach": min(distributions.straight_reach.draw(rng), LEAST_SLACK),
        "width": outwards * subject.lengths["shoulder_half_width"],
        "out": _OUT + _OUT_BY_WIDTH * max(0.0, outwards),
        "end_x": distributions.pull_end_x.draw(rng) * subject.stature_m,
        "end_z": distributions.pull_end_z.draw(rng) * subject.stature_m,
        "lean": radians(distributions.pull_lean_deg, rng),
        "swing": radians(distributions.pull_swing_deg, rng),
        "knee": radians(distributions.hang_knee_deg, rng),
        "thigh": radians(distributions.hang_thigh_deg, rng),
    }
    seat = None if hangs else draw_seat(subject, distributions, rng, 0.0)
    plan = draw_lift(
        subject, duration_s, distributions, rng, grip=grip, size=size, lifts_first=True, ratio=None, seat=seat
    )
    return replace(plan, footing=replace(plan.footing, toe_out=min(plan.footing.toe_out, 0.2)))


def _lean(plans: list[LiftPlan], ph: Float[np.ndarray, "batch time"], share: float) -> Float[np.ndarray, "batch time"]:
    """Return the pitch of the pelvis: back, by a share of the lean with straight arms and all of it at the turning point."""
    lean, swing = sizes(plans, "lean", "swing")
    return np.asarray(-lean * (share + (1.0 - share) * ph) - swing * ph)


def _way(plans: list[LiftPlan], body: BodyBatch, chest: Chest, ph: Float[np.ndarray, "batch time"]) -> Way:
    """Return how the wrists lie from their shoulders, world, m."""
    reach, width, end_x, end_z = sizes(plans, "reach", "width", "end_x", "end_z")
    arm = reach * (body.length["upper_arm"] + body.length["forearm"])
    way = {}
    for side, sign in SIDES:
        aside = np.stack([0.0 * ph, sign * width + 0.0 * ph, 0.0 * ph])
        height = np.sqrt(arm**2 - width**2)
        start = np.stack([0.12 * height + 0.0 * ph, 0.0 * ph, np.sqrt(1.0 - 0.12**2) * height + 0.0 * ph])
        end = chest.world(end_x + 0.0 * ph, 0.0, end_z)
        way[side] = aside + start + (end - start) * ph
    return way


def _arms(
    plans: list[LiftPlan], body: BodyBatch, chest: Chest, way: Way, back: Float[np.ndarray, "3 batch time"]
) -> Angles:
    """Return the arms whose wrists lie so from their shoulders; ``back`` is the thumb's direction of a neutral grip."""
    (out,) = sizes(plans, "out")
    arms: Angles = {}
    for side, sign in SIDES:
        pole = chest.world(0.4 + 0.0 * back[0], sign * out, -0.8)
        arms |= arm_to(body, chest, side, way[side], pole, thumb(sign, column(plans, "grip"), back))
    return arms


def _pull_down(plans: list[LiftPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
    ph = phase([plan.repetitions for plan in plans], time_s)
    pelvis = seated_pelvis(plans, time_s, _lean(plans, ph, 0.5))
    upper = trunk_angles(plans, time_s)
    chest = Chest.of(body, pelvis, upper)
    zero = np.zeros_like(ph)
    upper |= _arms(plans, body, chest, _way(plans, body, chest, ph), np.stack([zero - 1.0, zero, zero]))
    add_unrest(upper, [plan.arms for plan in plans], time_s, effort(ph))
    return seated_targets(plans, body, pelvis, upper)


def _pull_up(plans: list[LiftPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
    """Return the targets of who hangs: the pelvis is where the hands, which do not move, leave it."""
    ph = phase([plan.repetitions for plan in plans], time_s)
    pelvis = level_pelvis(_lean(plans, ph, 0.2))
    upper = trunk_angles(plans, time_s)
    chest = Chest.of(body, pelvis, upper)
    way, drift = _way(plans, body, chest, ph), _SWINGS * sway(plans, time_s)
    (width,) = sizes(plans, "width")
    zero = np.zeros_like(ph)
    middle = 0.5 * sum(chest.shoulders[side] + way[side] for side, _ in SIDES)
    position = np.stack([drift[0], drift[1], WRISTS_UP_M + zero]) - middle
    for side, sign in SIDES:
        aside = sign * (body.length["shoulder_half_width"] + width)
        hand = np.stack([zero, aside + zero, WRISTS_UP_M + zero])
        way[side] = hand - position - chest.shoulders[side]
    upper |= _arms(plans, body, chest, way, np.stack([zero - 1.0, zero, zero]))
    add_unrest(upper, [plan.arms for plan in plans], time_s, effort(ph), ("forearm.pronation",))
    return _hanging(plans, body, replace(pelvis, position=position), upper)


def _hanging(plans: list[LiftPlan], body: BodyBatch, pelvis: Pelvis, upper: Angles) -> MotionTargets:
    """Return the targets of a body with this pelvis, whose legs hang from it."""
    knee, thigh = sizes(plans, "knee", "thigh")
    zero = np.zeros_like(pelvis.yaw)
    back = knee - thigh
    ahead = body.length["thigh"] * np.sin(thigh) - body.length["shank"] * np.sin(back) + zero
    down = body.length["thigh"] * np.cos(thigh) + body.length["shank"] * np.cos(back) + zero
    feet = {}
    for side, sign in SIDES:
        aside = sign * _TOGETHER * half_width(plans, body) / column(plans, "footing.stance_ratio")
        ankle = pelvis.position + np.stack([ahead, aside + zero, -down])
        turned = rot.compose(rot.about("z", sign * column(plans, "footing.toe_out")), rot.about("y", back + _TOES_DOWN))
        feet[side] = Foot(ankle, np.broadcast_to(turned, (3, 3, *zero.shape)))
    return MotionTargets(pelvis, upper, feet, None, np.zeros((*zero.shape, 4), dtype=bool))


PULL_UP = Variants(
    "pull_up",
    FeasibilityLimits(support_margin_m=None, supported=True),
    lambda distributions: distributions.pull_variant,
    {"pull_up": (_draw_pull_up, _pull_up), "pull_down": (_draw_pull_down, _pull_down)},
)
