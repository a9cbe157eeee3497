"""Inverse kinematics of an arm whose hand holds a bar or rests on a surface, in closed form but for two angles.

The body has no wrist joint: the watch is on the forearm, which the wrist's own motion does not move. The hand is geometry
only. It is turned against the forearm by an extension (towards the back of the hand) and a deviation (towards the thumb), and
its knuckle line lies along what it holds. Given the grip point and that line, two freedoms are left: the turn of the hand
about the line and the swivel of the elbow about the line from shoulder to wrist. They are chosen by least squares, as near as
possible to a wanted extension, deviation and swivel, and within anatomical limits. Grip point and line are met exactly.

Everything is written for a left arm in the frame of the thorax (x forward, y left, z up). A right arm is the mirror image: its
inputs have their y negated, and its hinge angles are those of the left arm.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import arm_hinge_limits

_SPREAD = np.radians([10.0, 10.0, 15.0])
"""How far extension, deviation and swivel go from what is wanted, one against the other."""
_LIMIT_SPREAD = np.radians(2.0)
_PRONATION_LIMIT = np.radians(85.0)
_WANDER = np.radians(4.0)
"""Between the limits of this solver and those of the body's hinges, for the motion about a posture."""
_ROOM = np.radians(2.0)
"""Within which a hinge is kept from its limit where that costs little."""
_TOLERANCE = np.radians(0.5)
_MAX_REACH = 0.9985
"""Largest distance from shoulder to wrist over the arm's length: about 6° of elbow flexion."""
_TURNS = np.radians(np.arange(-100.0, 101.0, 40.0))
_SWIVELS = np.radians([-40.0, 0.0, 40.0])
_PASSES, _STEP_RAD, _LARGEST_STEP_RAD = 7, 1e-5, 0.4
_LARGEST_BEND_RAD = np.radians(25.0)
"""Largest second difference of an angle along a path of 13 knots: beyond it splines through the knots leave the path."""
_CONTINUITY = 4.0
"""Cost of a change of turn or swivel by one radian between neighbouring knots, squared."""


@dataclass(frozen=True)
class WristLimits:
    """Least and greatest extension and deviation of the wrist, rad."""

    extension: tuple[float, float]
    deviation: tuple[float, float]

    @classmethod
    def degrees(cls, extension: tuple[float, float], deviation: tuple[float, float]) -> "WristLimits":
        """Return limits given in degrees."""
        (a, b), (c, d) = np.radians(extension).tolist(), np.radians(deviation).tolist()
        return cls((a, b), (c, d))


GRIP = WristLimits.degrees((-10.0, 25.0), (-25.0, 25.0))  # [design] a closed hand around a bar or a handle
FINGERS = WristLimits.degrees((-10.0, 85.0), (-25.0, 25.0))  # a bar that lies on the bent fingers, as in a clean
PALM = WristLimits.degrees(
    (-60.0, 90.0), (-35.0, 25.0)
)  # an open hand; goniometry: 60-90°, 30-40° ulnar, 20-25° radial


@dataclass(frozen=True)
class Contact:
    """What left hands touch, in the frame of the thorax; any shape may follow the three components.

    With ``normal`` the palm lies on a surface and the hand cannot turn about its knuckle line.
    """

    point: Float[np.ndarray, "3 *shape"]
    """The grip's middle, or the palm's, m."""
    line: Float[np.ndarray, "3 *#shape"]
    """Unit direction along which the knuckle line lies, from the thumb's to the little finger's side."""
    distal: Float[np.ndarray, "3 *#shape"]
    """About where the hand points, from wrist to knuckles; not along ``line``."""
    pole: Float[np.ndarray, "3 *#shape"]
    """To which side of the line from shoulder to wrist the elbow lies when the swivel is zero; not along that line."""
    extension: Float[np.ndarray, "*#shape"] | float = 0.0
    """Wanted, rad."""
    deviation: Float[np.ndarray, "*#shape"] | float = 0.0
    """Wanted, rad; towards the thumb is positive."""
    swivel: Float[np.ndarray, "*#shape"] | float = 0.0
    """Wanted turn of the elbow from the pole about the line from shoulder to wrist, rad."""
    normal: Float[np.ndarray, "3 *#shape"] | None = None
    """Unit direction out of the palm into the surface that it lies on, at right angles to ``line``."""
    limits: WristLimits = GRIP


@dataclass(frozen=True)
class ArmSolution:
    """Solved arms."""

    angles: Float[np.ndarray, "5 *shape"]
    """Hinges in the order of :data:`qleap_edge.physics.arms.ARM_HINGES`, rad."""
    extension: Float[np.ndarray, "*shape"]
    deviation: Float[np.ndarray, "*shape"]
    """Of the wrist, rad."""
    feasible: Bool[np.ndarray, "*shape"]
    """Within reach and within the limits of wrist and hinges."""
    point_error_m: Float[np.ndarray, "*shape"]
    line_error_rad: Float[np.ndarray, "*shape"]
    """Of the forward kinematics of ``angles`` against the contact."""


@dataclass(frozen=True)
class ArmLengths:
    """Of one subject's left arm, m."""

    shoulder: Float[np.ndarray, "3"]
    """Place of the joint in the frame of the thorax."""
    upper_arm: float
    forearm: float
    hand: float
    """Wrist to the middle of the grip."""

    @classmethod
    def of(cls, lengths: dict[str, float]) -> "ArmLengths":
        """Take them from a subject's lengths."""
        shoulder = np.array([0.0, lengths["shoulder_half_width"], lengths["shoulder_height"]])
        return cls(shoulder, lengths["upper_arm"], lengths["forearm"], lengths["hand"])


def solve_contact(contact: Contact, lengths: ArmLengths) -> ArmSolution:
    """Return arms of independent contacts, in the shape of ``contact.point``."""
    shape = contact.point.shape[1:]
    flat = _flattened(contact, shape)
    places, costs = _coarse(flat, lengths)
    best = places[:, np.argmin(costs, axis=0), np.arange(costs.shape[1])]
    return _solution(flat, lengths, _refined(flat, lengths, best), shape)


def solve_path(contact: Contact, lengths: ArmLengths) -> ArmSolution:
    """Return arms along a path: the last axis of ``contact.point`` are the knots, which are solved without a jump.

    The coarse solutions of all knots are joined to the cheapest sequence, where every change between neighbours has its
    cost, and refined together. A remaining jump makes the whole path infeasible.
    """
    shape = contact.point.shape[1:]
    flat = _flattened(contact, shape)
    places, costs = _coarse(flat, lengths)
    choices, knots = costs.shape[0], shape[-1]
    places, costs = places.reshape(2, choices, -1, knots), costs.reshape(choices, -1, knots)
    start = np.stack([_cheapest(places[:, :, arm], costs[:, arm]) for arm in range(costs.shape[1])], axis=1)
    solved = _solution(flat, lengths, _refined(flat, lengths, start.reshape(2, -1)), shape)
    bends = np.abs(np.diff(solved.angles, n=2, axis=-1)).max(axis=(0, -1))
    smooth = bends < _LARGEST_BEND_RAD * (12.0 / (knots - 1)) ** 2
    return replace(solved, feasible=solved.feasible & smooth[..., None])


def grip_of(
    angles: Float[np.ndarray, "5 *shape"],
    extension: Float[np.ndarray, "*shape"],
    deviation: Float[np.ndarray, "*shape"],
    lengths: ArmLengths,
) -> tuple[Float[np.ndarray, "3 *shape"], Float[np.ndarray, "3 *shape"]]:
    """Return where a left arm's grip is (m) and its knuckle line, by forward kinematics."""
    upper = rot.from_yxz(angles[0], angles[1], angles[2])
    forearm = rot.compose(upper, rot.about("y", angles[3]), rot.about("z", -angles[4]))
    distal, thumbwards, dorsal = -forearm[:, 2], forearm[:, 0], forearm[:, 1]
    ce, se, cd, sd = np.cos(extension), np.sin(extension), np.cos(deviation), np.sin(deviation)
    hand = cd * (ce * distal + se * dorsal) + sd * thumbwards
    line = sd * (ce * distal + se * dorsal) - cd * thumbwards
    shoulder = lengths.shoulder.reshape(3, *(1,) * (angles.ndim - 1))
    return shoulder - lengths.upper_arm * upper[:, 2] + lengths.forearm * distal + lengths.hand * hand, line


def _flattened(contact: Contact, shape: tuple[int, ...]) -> Contact:
    """Return the contact with one axis of arms, and unit vectors."""

    def vector(value: Float[np.ndarray, "3 *any"]) -> Float[np.ndarray, "3 arms"]:
        extended = value.reshape(3, *(1,) * (1 + len(shape) - value.ndim), *value.shape[1:])
        return np.broadcast_to(extended, (3, *shape)).reshape(3, -1)

    def number(value: Float[np.ndarray, "*any"] | float) -> Float[np.ndarray, " arms"]:
        return np.broadcast_to(value, shape).reshape(-1)

    line = rot.unit(vector(contact.line))
    distal = vector(contact.distal)
    if contact.normal is not None:
        distal = rot.cross(vector(contact.normal), line)  # = line × dorsal, and dorsal = -normal
    return Contact(
        vector(contact.point),
        line,
        rot.unit(distal - rot.dot(distal, line) * line),
        vector(contact.pole),
        number(contact.extension),
        number(contact.deviation),
        number(contact.swivel),
        None if contact.normal is None else vector(contact.normal),
        contact.limits,
    )


@dataclass(frozen=True)
class _Arm:
    angles: Float[np.ndarray, "5 *arms"]
    extension: Float[np.ndarray, "*arms"]
    deviation: Float[np.ndarray, "*arms"]
    overreach: Float[np.ndarray, "*arms"]
    """By which the wrist is too far or too near, m."""


def _arm(contact: Contact, lengths: ArmLengths, free: Float[np.ndarray, "2 *arms"]) -> _Arm:
    """Return the arms for a turn of the hand about its knuckle line and a swivel of the elbow, rad."""
    turn, swivel = free
    line = contact.line
    hand = np.cos(turn) * contact.distal + np.sin(turn) * rot.cross(line, contact.distal)
    dorsal = rot.cross(hand, line)
    upper, fore = lengths.upper_arm, lengths.forearm
    shoulder = lengths.shoulder.reshape(3, *(1,) * turn.ndim)
    reach = contact.point - lengths.hand * hand - shoulder
    wanted = np.sqrt(rot.dot(reach, reach))
    distance = np.clip(wanted, abs(upper - fore) + 0.02, _MAX_REACH * (upper + fore))
    along = reach / wanted
    split = (upper**2 - fore**2 + distance**2) / (2.0 * distance)
    radius = np.sqrt(np.maximum(upper**2 - split**2, 1e-9))
    first = rot.unit(contact.pole - rot.dot(contact.pole, along) * along)
    towards = np.cos(swivel) * first + np.sin(swivel) * rot.cross(along, first)
    elbow = split * along + radius * towards  # from the shoulder
    up = -elbow / upper  # the upper arm's z, and below its x and y
    ahead = rot.unit(rot.dot(towards, up) * up - towards)
    aside = rot.cross(up, ahead)
    forearm = (distance * along - elbow) / fore
    extension = -np.arcsin(np.clip(rot.dot(forearm, dorsal), -1.0, 1.0))
    deviation = np.arctan2(rot.dot(forearm, line), rot.dot(forearm, hand))
    se = np.sin(extension)
    back = se * np.cos(deviation) * hand + se * np.sin(deviation) * line + np.cos(extension) * dorsal
    pronation = np.arctan2(rot.dot(back, rot.cross(forearm, aside)), rot.dot(back, aside))
    flexion = np.arctan2(up[0], up[2])
    angles = np.stack(
        [
            np.where(flexion > np.radians(120.0), flexion - 2.0 * np.pi, flexion),
            np.arcsin(np.clip(-up[1], -1.0, 1.0)),
            np.arctan2(ahead[1], aside[1]),
            -np.arccos(np.clip((distance**2 - upper**2 - fore**2) / (2.0 * upper * fore), -1.0, 1.0)),
            pronation,
        ]
    )
    return _Arm(angles, extension, deviation, np.abs(wanted - distance))


_LOW, _HIGH = arm_hinge_limits()
_LOW, _HIGH = _LOW + _WANDER, _HIGH - _WANDER
_LOW[4], _HIGH[4] = -_PRONATION_LIMIT, _PRONATION_LIMIT
_HIGH[1] = np.radians(70.0)  # an upper arm straight to the side is where the shoulder's hinges y and z are one


def _excess(contact: Contact, arm: _Arm, room: float) -> Float[np.ndarray, "7 *arms"]:
    """Return by how much the five hinges, extension and deviation are beyond their limits, kept ``room`` (rad) away."""
    limits = contact.limits
    values = np.concatenate([arm.angles, arm.extension[None], arm.deviation[None]])
    column = (-1, *(1,) * arm.extension.ndim)
    low = np.append(_LOW + room, [limits.extension[0], limits.deviation[0]]).reshape(column)
    high = np.append(_HIGH - room, [limits.extension[1], limits.deviation[1]]).reshape(column)
    return np.asarray(np.maximum(values - high, 0.0) + np.maximum(low - values, 0.0))


def _residuals(
    contact: Contact, lengths: ArmLengths, free: Float[np.ndarray, "2 *arms"]
) -> Float[np.ndarray, "11 *arms"]:
    arm = _arm(contact, lengths, free)
    wanted = np.stack(
        [arm.extension - contact.extension, arm.deviation - contact.deviation, free[1] - contact.swivel]
    ) / _SPREAD.reshape(3, *(1,) * arm.extension.ndim)
    excess = _excess(contact, arm, _ROOM) / _LIMIT_SPREAD
    return np.concatenate([wanted, excess, 200.0 * arm.overreach[None]])


def _repeated(contact: Contact, count: int) -> Contact:
    """Return the contact with a new axis before the arms, along which all are alike."""
    shape = (3, count, contact.point.shape[1])
    vectors = (contact.point, contact.line, contact.distal, contact.pole)
    point, line, distal, pole = (np.broadcast_to(value[:, None], shape) for value in vectors)
    normal = None if contact.normal is None else np.broadcast_to(contact.normal[:, None], shape)
    return replace(contact, point=point, line=line, distal=distal, pole=pole, normal=normal)


def _coarse(contact: Contact, lengths: ArmLengths) -> tuple[np.ndarray, Float[np.ndarray, "choices arms"]]:
    """Return turns and swivels on a grid, and their costs."""
    turns = _TURNS if contact.normal is None else np.zeros(1)
    turn, swivel = (grid.reshape(-1, 1) for grid in np.meshgrid(turns, _SWIVELS, indexing="ij"))
    places = np.stack(np.broadcast_arrays(turn, swivel + contact.swivel))
    wide = _repeated(contact, places.shape[1])
    residuals = _residuals(wide, lengths, places)
    return places, np.asarray((residuals**2).sum(axis=0))


def _cheapest(places: Float[np.ndarray, "2 choices knots"], costs: Float[np.ndarray, "choices knots"]) -> np.ndarray:
    """Return the sequence of choices with the least sum of costs, those of the changes included."""
    total, back = costs[:, 0], []
    for knot in range(1, costs.shape[1]):
        change = places[:, :, None, knot] - places[:, None, :, knot - 1]
        change[0] = (change[0] + np.pi) % (2.0 * np.pi) - np.pi
        through = total + _CONTINUITY * (change**2).sum(axis=0)
        back.append(np.argmin(through, axis=1))
        total = through.min(axis=1) + costs[:, knot]
    chosen = [int(np.argmin(total))]
    for links in reversed(back):
        chosen.append(int(links[chosen[-1]]))
    found = places[:, chosen[::-1], np.arange(costs.shape[1])]
    return np.stack([np.unwrap(found[0]), found[1]])


def _refined(contact: Contact, lengths: ArmLengths, free: Float[np.ndarray, "2 arms"]) -> Float[np.ndarray, "2 arms"]:
    """Return the turns and swivels after a fixed number of damped Gauss-Newton steps; none may raise the cost."""
    steps = np.array([[0.0, _STEP_RAD, 0.0], [0.0, 0.0, _STEP_RAD]])[:, :, None]
    if contact.normal is not None:
        steps = steps * np.array([0.0, 1.0])[:, None, None]
    wide = _repeated(contact, steps.shape[1])
    damping = np.full(free.shape[1], 1e-3)
    best, least, tried = free, np.full(free.shape[1], np.inf), free
    gradient = hessian = np.zeros(0)
    for _ in range(_PASSES + 1):
        found = _residuals(wide, lengths, tried[:, None] + steps)
        cost = (found[:, 0] ** 2).sum(axis=0)
        slopes = (found[:, 1:] - found[:, :1]) / _STEP_RAD
        better = cost < least
        new_gradient = (slopes * found[:, :1]).sum(axis=0)
        new_hessian = (slopes[:, :, None] * slopes[:, None]).sum(axis=0)
        gradient = np.where(better, new_gradient, gradient) if gradient.size else new_gradient
        hessian = np.where(better, new_hessian, hessian) if hessian.size else new_hessian
        best, least = np.where(better, tried, best), np.where(better, cost, least)
        damping = np.where(better, 0.3 * damping, 8.0 * damping)
        a, c = hessian[0, 0] * (1.0 + damping) + 1e-6, hessian[1, 1] * (1.0 + damping) + 1e-6
        b = hessian[0, 1]
        determinant = a * c - b * b
        step = -np.stack([c * gradient[0] - b * gradient[1], a * gradient[1] - b * gradient[0]]) / determinant
        tried = best + np.clip(step, -_LARGEST_STEP_RAD, _LARGEST_STEP_RAD)
    return best


def _solution(
    contact: Contact, lengths: ArmLengths, free: Float[np.ndarray, "2 arms"], shape: tuple[int, ...]
) -> ArmSolution:
    arm = _arm(contact, lengths, free)
    point, line = grip_of(arm.angles, arm.extension, arm.deviation, lengths)
    miss = point - contact.point
    within = (_excess(contact, arm, 0.0) < _TOLERANCE).all(axis=0)
    error = np.sqrt(rot.dot(miss, miss))
    crossed = rot.cross(line, contact.line)
    turned = np.arctan2(np.sqrt(rot.dot(crossed, crossed)), rot.dot(line, contact.line))
    return ArmSolution(
        arm.angles.reshape(5, *shape),
        arm.extension.reshape(shape),
        arm.deviation.reshape(shape),
        (within & (error < 1e-6)).reshape(shape),
        error.reshape(shape),
        turned.reshape(shape),
    )
