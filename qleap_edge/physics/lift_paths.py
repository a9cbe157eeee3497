"""Paths of what the hands hold during a press or a curl: contacts at the knots of the lift's phase, drawn for one person.

The ends of a press are contacts of :mod:`qleap_edge.physics.grips`; a curl is a circle about an elbow that stays at the side.
"""

import numpy as np
from jaxtyping import Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.contact import Contact
from qleap_edge.physics.grips import (
    KNOTS,
    PHASE,
    GripDraw,
    Pair,
    bar_at_shoulders,
    bar_overhead,
    between,
    dumbbells_at_shoulders,
    vector,
)


def bar_press(draw: GripDraw) -> Contact:
    """A bar from the shoulders to overhead; it passes before the face."""
    low, high = bar_at_shoulders(draw), bar_overhead(draw)
    high.point[1] = low.point[1]
    aside, length = high.point[1] - draw.arm.shoulder[1], draw.arm.upper_arm + draw.arm.forearm + draw.arm.hand
    share = draw.pair(0.965, 0.99, 0.0) * length
    high.point[2] = draw.arm.shoulder[2] + np.sqrt(share**2 - aside**2 - high.point[0] ** 2)
    ahead = draw.pair(0.01, 0.03, 0.0) * draw.stature_m
    return between(low, high, vector(ahead, 0.0, 0.0))


def dumbbell_press(draw: GripDraw) -> Contact:
    """A dumbbell or a machine's handle in each hand, from the shoulders to overhead, neutral or pronated, or turning."""
    start = draw.degrees(0.0, 90.0, 0.1)
    end = draw.degrees(0.0, 90.0, 0.1) if draw.chance(0.3) else start
    low, high = dumbbells_at_shoulders(draw, start), bar_overhead(draw)
    place = draw.at_reach(draw.pair(-0.02, 0.03), draw.pair(0.0, 0.09), draw.pair(0.965, 0.985), 1.0)
    line = vector(np.cos(end), np.sin(end), 0.0)
    high = Contact(place, line, high.distal, vector(1.0, 0.8, 0.0), high.extension, high.deviation, high.swivel)
    arc = draw.pair(0.02, 0.04) * draw.stature_m, draw.pair(0.03, 0.06) * draw.stature_m
    return between(low, high, vector(*arc, 0.0))


def _curl(draw: GripDraw, apart: Pair, supinated: Float[np.ndarray, "2 knots"]) -> Contact:
    """Return the forearm's circle about an elbow that stays at the side; supinated 0 is a neutral grip, 1 palms up."""
    start, end = draw.degrees(5.0, 14.0), draw.degrees(112.0, 138.0)
    upper = draw.degrees(-6.0, 8.0)[:, None] + draw.degrees(0.0, 20.0)[:, None] * PHASE
    bend = start[:, None] + (end - start)[:, None] * PHASE
    arm = draw.arm
    aside = np.broadcast_to(draw.pair(0.005, 0.03)[:, None] * draw.stature_m, upper.shape)
    elbow = np.stack([arm.upper_arm * np.sin(upper), aside, -arm.upper_arm * np.cos(upper)])
    elbow *= arm.upper_arm / np.sqrt(rot.dot(elbow, elbow))
    across = apart[:, None] * draw.stature_m - elbow[1]
    radius = np.sqrt((arm.forearm + 0.985 * arm.hand) ** 2 - across**2)
    forward, down = np.sin(upper + bend), -np.cos(upper + bend)
    grip = np.stack([elbow[0] + radius * forward, elbow[1] + across, elbow[2] + radius * down])
    turn = 0.5 * np.pi * supinated
    distal = np.stack([forward, np.zeros_like(forward), down])
    line = np.stack([down * np.cos(turn), -np.sin(turn), -forward * np.cos(turn)])
    return Contact(
        grip + arm.shoulder[:, None, None],
        line,
        distal,
        elbow + np.array([-0.12, 0.02, 0.0])[:, None, None],
        extension=draw.degrees(-8.0, 12.0)[:, None],
        deviation=draw.degrees(-6.0, 10.0)[:, None],
    )


def bar_curl(draw: GripDraw) -> Contact:
    """A straight bar from the thighs to the shoulders, palms up."""
    return _curl(draw, draw.pair(-0.005, 0.05, 0.05), np.ones((2, KNOTS)))


def dumbbell_curl(draw: GripDraw) -> Contact:
    """A dumbbell in each hand, palms up throughout, or turned from neutral to palms up on the way."""
    turned = np.ones((2, KNOTS))
    if draw.chance(0.5):
        turned = draw.pair(0.0, 0.4)[:, None] + (1.0 - draw.pair(0.0, 0.4))[:, None] * np.clip(1.5 * PHASE, 0.0, 1.0)
        turned = np.minimum(turned, 1.0)
    return _curl(draw, draw.pair(0.0, 0.06), turned * draw.pair(0.75, 1.0)[:, None])


def hammer_curl(draw: GripDraw) -> Contact:
    """A dumbbell in each hand, palms inwards."""
    return _curl(draw, draw.pair(0.0, 0.05), np.ones((2, KNOTS)) * draw.pair(-0.1, 0.3)[:, None])
