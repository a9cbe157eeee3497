"""Could a body do this? Planted feet, joint limits, a floor that only pushes, and a centre of pressure between the feet."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial import ConvexHull

from qleap_edge.physics.dynamics import SimulatedMotion, airborne
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.mjcf import HALF_FOOT_M

MAX_SLIDE_M = 1e-6
"""A planted point of prescribed kinematics that is further from its place slides; closed form stays below 1e-13."""

_FLIGHT_SLACK = 0.05  # body weights

_TOE_AHEAD = 0.032 / 0.122  # toe tip ahead of the ball, as a share of heel to ball (anthropometry's foot)
_PAD_BEHIND = 0.15  # the ball's pad behind its middle, the same share: 3 cm


@dataclass(frozen=True)
class FootContact:
    """How the feet stand, sample by sample."""

    slide: Float[np.ndarray, " time"]
    """How far the worst planted heel or ball is from where it was planted, along the floor, m."""
    margin: Float[np.ndarray, " time"]
    """How far the centre of pressure lies inside the hull of what stands, m; negative outside, NaN while nothing does."""


def foot_contact(simulated: SimulatedMotion, contact_mask: Bool[np.ndarray, "time 4"]) -> FootContact:
    """Return how the feet stand that should: ``contact_mask`` tells which heels and balls."""
    return FootContact(foot_slide(simulated.foot_points, contact_mask), support_margin(simulated, contact_mask))


def foot_slide(
    points: Float[np.ndarray, "time 4 3"], contact_mask: Bool[np.ndarray, "time 4"]
) -> Float[np.ndarray, " time"]:
    """Return how far the worst planted heel or ball is, along the floor, from where it was when it was planted, m."""
    rows = np.arange(len(points))[:, None]
    landed = contact_mask.copy()
    landed[1:] &= ~contact_mask[:-1]
    since = np.maximum.accumulate(np.where(landed, rows, 0), axis=0)
    planted = points[since, np.arange(4), :2]
    moved = points[:, :, :2] - planted
    return np.asarray((np.hypot(moved[:, :, 0], moved[:, :, 1]) * contact_mask).max(axis=1))


def support_margin(simulated: SimulatedMotion, contact_mask: Bool[np.ndarray, "time 4"]) -> Float[np.ndarray, " time"]:
    """Return :attr:`FootContact.margin`.

    A foot stands on heel to toe tip, or with a risen heel on the ball's pad to toe tip, 7 cm wide. While the same points
    stand, they stand where they were when they were planted: what they creep in a simulation is millimetres.
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
    """Return why no body has this shape: ``reach`` or ``joint_limit``; known before any physics."""
    if not reachable.all():
        return "reach"
    outside = (angles.min(axis=1) < limits[:, 0]) | (angles.max(axis=1) > limits[:, 1])
    return "joint_limit" if outside.any() else None


def floor_infeasibility(simulated: SimulatedMotion, contact: FootContact, limits: FeasibilityLimits) -> str | None:
    """Return why no floor carries a prescribed motion, or None when one does.

    The reasons, in the order they are tried: ``slide``, ``lift_off``, ``peak_force``, ``friction``, ``support``.
    """
    if contact.slide.max() > MAX_SLIDE_M:
        return "slide"
    force = simulated.ground.force
    vertical = force[:, 2]
    # In flight the floor's push is zero up to what differencing leaves of fast legs.
    least = -_FLIGHT_SLACK * simulated.weight if limits.flight else 0.0
    if (vertical <= least).any():
        return "lift_off"
    if vertical.max() > limits.peak_force * simulated.weight:
        return "peak_force"
    if (np.hypot(force[:, 0], force[:, 1]) > limits.friction * vertical - least).any():
        return "friction"
    if limits.support_margin_m is not None and np.nanmin(contact.margin) < limits.support_margin_m:
        return "support"
    return None
