"""Feasibility of a prescribed motion: planted feet, joint limits, unilateral ground reaction, friction and centre of pressure.

Each check returns the name of the first violated constraint, or None. Muscle strength and self-collision are not checked.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial import ConvexHull

from qleap_edge.physics.body import SIDES
from qleap_edge.physics.dynamics import SimulatedMotion, airborne
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.mjcf import HALF_FOOT_M

MAX_SLIDE_M = 1e-6
"""Largest displacement of a planted point of prescribed kinematics; the closed form stays below 1e-13."""

_FLIGHT_SLACK = 0.05  # body weights

_TOE_AHEAD = 0.032 / 0.122  # toe tip ahead of the ball, as a share of heel to ball (anthropometry's foot)
_PAD_BEHIND = 0.15  # the ball's pad behind its middle, the same share: 3 cm


@dataclass(frozen=True)
class FootContact:
    """Quality of the foot contacts at each sample."""

    slide: Float[np.ndarray, " time"]
    """Largest horizontal displacement of a planted heel or ball since it was planted, m."""
    margin: Float[np.ndarray, " time"]
    """Distance of the centre of pressure inside the support polygon, m; negative outside, NaN without support."""


def foot_contact(simulated: SimulatedMotion, contact_mask: Bool[np.ndarray, "time 4"]) -> FootContact:
    """Return slide and support margin of the heels and balls that ``contact_mask`` marks as planted."""
    return FootContact(foot_slide(simulated.foot_points, contact_mask), support_margin(simulated, contact_mask))


def foot_slide(
    points: Float[np.ndarray, "time 4 3"], contact_mask: Bool[np.ndarray, "time 4"]
) -> Float[np.ndarray, " time"]:
    """Return the largest horizontal displacement of a planted heel or ball since it was planted, m."""
    rows = np.arange(len(points))[:, None]
    landed = contact_mask.copy()
    landed[1:] &= ~contact_mask[:-1]
    since = np.maximum.accumulate(np.where(landed, rows, 0), axis=0)
    planted = points[since, np.arange(4), :2]
    moved = points[:, :, :2] - planted
    return np.asarray((np.hypot(moved[:, :, 0], moved[:, :, 1]) * contact_mask).max(axis=1))


def support_margin(simulated: SimulatedMotion, contact_mask: Bool[np.ndarray, "time 4"]) -> Float[np.ndarray, " time"]:
    """Return :attr:`FootContact.margin`.

    A foot's support is 7 cm wide and reaches from heel to toe tip, or with a raised heel from the ball's pad to toe tip. While
    the contact mask does not change, the polygon is the one at its last change; slip by millimetres is neglected.
    """
    points, pressure = simulated.foot_points[:, :, :2], simulated.ground.pressure_centre
    edges = [0, *(np.flatnonzero((contact_mask[1:] != contact_mask[:-1]).any(axis=1)) + 1).tolist(), len(contact_mask)]
    margin = np.full(len(contact_mask), np.nan)
    for first, last in pairwise(edges):
        corners = _corners(points[first], contact_mask[first])
        if len(corners):
            planes = ConvexHull(corners).equations  # outward normals and offsets
            margin[first:last] = -(pressure[first:last] @ planes[:, :2].T + planes[:, 2]).max(axis=1)
    return np.where(airborne(simulated), np.nan, margin)


def _corners(points: Float[np.ndarray, "4 2"], contact_mask: Bool[np.ndarray, "4"]) -> Float[np.ndarray, "corners 2"]:
    found: list[Float[np.ndarray, 2]] = []
    for heel, ball in ((0, 1), (2, 3)):
        if contact_mask[heel] or contact_mask[ball]:
            along = points[ball] - points[heel]
            aside = HALF_FOOT_M / math.hypot(*along) * np.array([-along[1], along[0]])
            rear = points[heel] if contact_mask[heel] else points[ball] - _PAD_BEHIND * along
            front = points[ball] + _TOE_AHEAD * along
            found += [rear + aside, rear - aside, front + aside, front - aside]
    return np.array(found).reshape(-1, 2)


def posture_infeasibility(
    angles: Float[np.ndarray, "hinges time"],
    limits: Float[np.ndarray, "hinges 2"],
    reachable: Bool[np.ndarray, " time"],
) -> str | None:
    """Return why a posture is infeasible, ``reach`` or ``joint_limit``, or None; no dynamics are needed."""
    if not reachable.all():
        return "reach"
    outside = (angles.min(axis=1) < limits[:, 0]) | (angles.max(axis=1) > limits[:, 1])
    return "joint_limit" if outside.any() else None


def wrist_infeasible(simulated: SimulatedMotion, limits: FeasibilityLimits) -> bool:
    """Tell whether a wrist is accelerated or turned more than the limits allow, as by a marker that jumps."""
    for side, _ in SIDES:
        force, rate = np.split(simulated.watch(side), 2, axis=1)
        for values, most in ((force, limits.strongest_m_s2), (rate, limits.fastest_rad_s)):
            if math.isfinite(most) and np.linalg.norm(values, axis=1).max() > most:
                return True
    return False


def floor_infeasibility(simulated: SimulatedMotion, contact: FootContact, limits: FeasibilityLimits) -> str | None:
    """Return why no floor could support a prescribed motion, or None.

    The reasons, in the order of the checks: ``slide``, ``lift_off``, ``peak_force``, ``friction``, ``support``; of a body that
    something else than its feet supports, only the first three.
    """
    if contact.slide.max() > MAX_SLIDE_M:
        return "slide"
    force = simulated.ground.force
    vertical = force[:, 2]
    # In flight the ground reaction is zero up to the error of numerical differentiation.
    least = -_FLIGHT_SLACK * simulated.weight if limits.flight else 0.0
    if (vertical <= least).any():
        return "lift_off"
    if vertical.max() > limits.peak_force * simulated.weight:
        return "peak_force"
    if limits.supported:
        return None
    allowed = limits.exceeding_share * len(vertical)
    if np.count_nonzero(np.hypot(force[:, 0], force[:, 1]) > limits.friction * vertical - least) > allowed:
        return "friction"
    if limits.support_margin_m is not None and np.count_nonzero(contact.margin < limits.support_margin_m) > allowed:
        return "support"
    return None
