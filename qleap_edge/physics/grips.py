"""What the hands hold or rest on: contacts drawn for one person, as single postures and as paths of a lift.

Places are given from the left shoulder joint, in shares of stature, in the frame of the thorax (x forward, y left, z up). The
body's shoulder girdle is rigid: where people draw it back or up, the place is given from the joint as it then lies. A draw
that needs more than the anatomical limits is refused and drawn again; :class:`GripDraw` counts how often.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from qleap_edge.core.errors import QleapError
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.contact import FINGERS, PALM, ArmLengths, Contact, solve_contact, solve_path

KNOTS = 13
"""Of a path, evenly spaced in the phase of the lift."""
MAX_DRAWS = 200
PHASE = np.linspace(0.0, 1.0, KNOTS)
_OWN = 0.2

Pair = Float[np.ndarray, "2"]
"""One number of the left and of the right arm."""


class GripDraw:
    """Draws contacts of one person, and counts the draws that were refused.

    Args:
        subject: whose arms.
        rng: draws.
    """

    def __init__(self, subject: Subject, rng: np.random.Generator) -> None:
        self.arm = ArmLengths.of(subject.lengths)
        self.stature_m, self.rng = subject.stature_m, rng
        self.refused = 0

    def pair(self, low: float, high: float, own: float = _OWN) -> Pair:
        """Return a uniform draw for both arms; ``own`` is the share of its spread that each arm has for itself."""
        common, (left, right) = self.rng.uniform(-1.0, 1.0), self.rng.uniform(-1.0, 1.0, 2)
        spread = (1.0 - own) * common + own * np.array([left, right])
        return np.asarray(0.5 * (low + high) + 0.5 * (high - low) * spread)

    def degrees(self, low: float, high: float, own: float = _OWN) -> Pair:
        """Return :meth:`pair` of an angle given in degrees, rad."""
        return np.radians(self.pair(low, high, own))

    def place(self, x: Pair, y: Pair, z: Pair) -> Float[np.ndarray, "3 2"]:
        """Return a point from shares of stature, measured from the shoulder; ``y`` is outwards."""
        return np.stack([x, y, z]) * self.stature_m + self.arm.shoulder[:, None]

    def at_reach(self, x: Pair, y: Pair, share: Pair, sign: float) -> Float[np.ndarray, "3 2"]:
        """Return a point below (sign -1) or above (1) the shoulder at a share of the arm's and hand's length."""
        ahead, aside = x * self.stature_m, y * self.stature_m
        longest = share * (self.arm.upper_arm + self.arm.forearm + self.arm.hand)
        height = sign * np.sqrt(np.maximum(longest**2 - ahead**2 - aside**2, 0.01))
        return np.stack([ahead, aside, height]) + self.arm.shoulder[:, None]

    def chance(self, share: float) -> bool:
        """Return whether an event of that probability happens."""
        return bool(self.rng.uniform() < share)

    def angles(self, draw: Callable[["GripDraw"], Contact]) -> Float[np.ndarray, "2 5"]:
        """Draw a contact until both arms can hold it, and return their hinge angles (rad).

        Raises:
            QleapError: no draw of :data:`MAX_DRAWS` was within the limits.
        """
        for _ in range(MAX_DRAWS):
            solved = solve_contact(draw(self), self.arm)
            if solved.feasible.all():
                return np.ascontiguousarray(solved.angles.T)
            self.refused += 1
        raise self._no_grip(draw)

    def path(self, draw: Callable[["GripDraw"], Contact]) -> Float[np.ndarray, "2 5 knots"]:
        """Draw a path until both arms can follow all of it, and return their hinge angles (rad) at its knots.

        Raises:
            QleapError: no draw of :data:`MAX_DRAWS` was within the limits.
        """
        for _ in range(MAX_DRAWS):
            solved = solve_path(draw(self), self.arm)
            if solved.feasible.all():
                return np.ascontiguousarray(solved.angles.swapaxes(0, 1))
            self.refused += 1
        raise self._no_grip(draw)

    def _no_grip(self, draw: Callable[["GripDraw"], Contact]) -> QleapError:
        return QleapError(
            f"no draw of '{draw.__name__}' in {MAX_DRAWS} is within the limits of the arm",
            where=f"a person of {self.stature_m:.2f} m",
            got=f"upper arm {self.arm.upper_arm:.3f} m, forearm {self.arm.forearm:.3f} m",
            next_step="narrow the distributions that the recipe's synthesis.randomization overrides",
        )


def vector(x: float | Pair, y: float | Pair, z: float | Pair) -> Float[np.ndarray, "3 2"]:
    """Return a direction of both arms."""
    return np.stack(np.broadcast_arrays(*(np.broadcast_to(part, 2).astype(np.float64) for part in (x, y, z))))


def between(low: Contact, high: Contact, bulge: Float[np.ndarray, "3 2"] | None = None) -> Contact:
    """Return the path from one contact to another at :data:`KNOTS` knots of the phase.

    Args:
        low: at phase 0; arrays of both arms. Its limits hold throughout.
        high: at phase 1.
        bulge: by which the grip leaves the straight line half-way, m.
    """

    def mixed(name: str) -> np.ndarray:
        start, end = (np.asarray(getattr(one, name), dtype=np.float64) for one in (low, high))
        start, end = np.broadcast_arrays(start, end)
        return np.asarray(start[..., None] + (end - start)[..., None] * PHASE)

    def direction(name: str) -> np.ndarray:
        return rot.unit(mixed(name))

    point = mixed("point")
    if bulge is not None:
        point = point + bulge[..., None] * (4.0 * PHASE * (1.0 - PHASE))
    return Contact(
        point,
        direction("line"),
        direction("distal"),
        direction("pole"),
        mixed("extension"),
        mixed("deviation"),
        mixed("swivel"),
        normal=None if low.normal is None else direction("normal"),
        limits=low.limits,
    )


def palm_on(
    point: Float[np.ndarray, "3 2"],
    normal: Float[np.ndarray, "3 2"],
    fingers: Float[np.ndarray, "3 2"],
    pole: Float[np.ndarray, "3 2"],
    *,
    extension: Pair,
    swivel: Pair,
) -> Contact:
    """Return a flat hand on a surface: the middle of its palm, the direction out of the palm and that of its fingers."""
    out = rot.unit(normal)
    along = rot.unit(fingers - rot.dot(fingers, out) * out)
    line = rot.cross(along, out)  # dorsal × distal with dorsal = -out
    return Contact(point, line, along, pole, extension=extension, swivel=swivel, normal=out, limits=PALM)


def bar_on_back(draw: GripDraw) -> Contact:
    """A straight bar on the trapezius, between low and high.

    Source:
        Gordon et al. 1989 (ANSUR): cervicale 0.865 and acromion 0.822 of stature high, and the joint some 2 % lower; a high bar
        lies just below cervicale, a low bar on the spine of the scapula. Shoulders drawn back bring the joint nearer to it.
    """
    height = draw.pair(0.0, 1.0, own=0.0)
    back = draw.pair(-0.006, 0.006, own=0.0)
    return Contact(
        draw.place(-0.033 + 0.022 * height + back, draw.pair(0.072, 0.145, own=0.05), 0.020 + 0.036 * height),
        vector(0.0, 1.0, 0.0),
        vector(0.3, 0.0, 1.0),
        vector(-1.0, 0.0, -1.0),
        extension=draw.degrees(0.0, 25.0),
        deviation=draw.degrees(0.0, 25.0),
        swivel=draw.degrees(-45.0, 25.0),
    )


def clean_rack(draw: GripDraw) -> Contact:
    """A bar on the front of the shoulders, on the bent fingers, the elbows ahead; the knuckles are above the bar."""
    return Contact(
        draw.place(draw.pair(0.040, 0.065, 0.0), draw.pair(0.0, 0.045, 0.05), draw.pair(0.035, 0.075, 0.0)),
        vector(0.0, 1.0, 0.0),
        vector(-1.0, 0.0, -0.6),
        vector(1.0, 0.1, 0.0),
        extension=draw.degrees(45.0, 85.0),
        deviation=draw.degrees(-10.0, 15.0),
        swivel=draw.degrees(-25.0, 25.0),
        limits=FINGERS,
    )


def crossed_rack(draw: GripDraw) -> Contact:
    """A bar on the front of the shoulders under crossed arms: each hand lies on it before the other shoulder."""
    half = draw.arm.shoulder[1] / draw.stature_m
    return palm_on(
        draw.place(draw.pair(0.05, 0.07), draw.pair(-0.075, -0.035) - half, draw.pair(0.01, 0.035)),
        vector(draw.pair(-0.6, -0.2), 0.0, -1.0),
        vector(-0.5, -1.0, 0.0),
        vector(1.0, 0.3, 0.1),
        extension=draw.degrees(-10.0, 30.0),
        swivel=draw.degrees(-20.0, 20.0),
    )


def hanging_bar(draw: GripDraw, wide: float = 0.0, underhand: Pair | float = 0.0) -> Contact:
    """A bar before the thighs in nearly straight arms.

    Args:
        draw: person and generator.
        wide: grip's width, 0 at the thighs to 1 of a snatch.
        underhand: 1 of an arm whose palm faces forward.
    """
    apart = draw.pair(-0.012, 0.045, 0.05) + 0.16 * wide
    return Contact(
        draw.at_reach(draw.pair(0.005, 0.04, 0.0), apart, draw.pair(0.975, 0.993, 0.0), -1.0),
        vector(0.0, 1.0 - 2.0 * np.asarray(underhand), 0.0),
        vector(0.0, 0.2, -1.0),
        vector(-1.0, 0.4, 0.0),
        extension=draw.degrees(-5.0, 12.0),
        deviation=draw.degrees(-6.0, 6.0),
        swivel=draw.degrees(-20.0, 20.0),
    )


def mixed_grip(draw: GripDraw) -> Contact:
    """A hanging bar, one hand over and one hand under it."""
    return hanging_bar(draw, underhand=np.array([0.0, 1.0]) if draw.chance(0.5) else np.array([1.0, 0.0]))


def wide_grip(draw: GripDraw) -> Contact:
    """A hanging bar in a wide grip."""
    return hanging_bar(draw, wide=float(draw.rng.uniform(0.4, 1.0)))


def hanging_dumbbells(draw: GripDraw) -> Contact:
    """A dumbbell beside each thigh, the thumbs forward, or turned inwards to the front of the thigh."""
    turn = draw.degrees(-15.0, 80.0, 0.15)
    return Contact(
        draw.at_reach(draw.pair(-0.02, 0.03), draw.pair(0.005, 0.05), draw.pair(0.98, 0.993), -1.0),
        vector(-np.cos(turn), np.sin(turn), 0.0),
        vector(0.0, 0.0, -1.0),
        vector(-1.0, 0.3, 0.0),
        extension=draw.degrees(-8.0, 12.0),
        deviation=draw.degrees(-8.0, 8.0),
        swivel=draw.degrees(-20.0, 20.0),
    )


def goblet(draw: GripDraw) -> Contact:
    """A kettlebell by its horns before the chest, or a dumbbell whose upper plate lies on both palms."""
    half = draw.arm.shoulder[1] / draw.stature_m
    if draw.chance(0.4):
        return palm_on(
            draw.place(draw.pair(0.08, 0.12), draw.pair(0.01, 0.03) - half, draw.pair(-0.08, -0.01)),
            vector(0.1, -0.6, 0.8),
            vector(1.0, -0.3, 0.3),
            vector(-0.1, 0.6, -1.0),
            extension=draw.degrees(10.0, 50.0),
            swivel=draw.degrees(-20.0, 20.0),
        )
    return Contact(
        draw.place(draw.pair(0.09, 0.13), draw.pair(0.02, 0.042) - half, draw.pair(-0.07, 0.0)),
        vector(draw.pair(0.2, 1.0), draw.pair(-0.3, 0.3), -1.0),
        vector(1.0, -0.3, 0.8),
        vector(-0.1, 0.6, -1.0),
        extension=draw.degrees(-5.0, 20.0),
        deviation=draw.degrees(-15.0, 15.0),
        swivel=draw.degrees(-20.0, 25.0),
    )


def bar_at_shoulders(draw: GripDraw) -> Contact:
    """A bar before the shoulders, ready to be pressed, the elbows under it."""
    return Contact(
        draw.place(draw.pair(0.045, 0.08, 0.0), draw.pair(0.015, 0.09, 0.05), draw.pair(-0.01, 0.04, 0.0)),
        vector(0.0, 1.0, 0.0),
        vector(0.1, 0.0, 1.0),
        vector(0.5, 0.3, -1.0),
        extension=draw.degrees(5.0, 25.0),
        deviation=draw.degrees(-5.0, 15.0),
        swivel=draw.degrees(-20.0, 25.0),
    )


def dumbbells_at_shoulders(draw: GripDraw, pronated: Pair | None = None) -> Contact:
    """A dumbbell, or the handle of a machine, beside each shoulder; neutral (palms inwards) to pronated (palms forward)."""
    turn = draw.degrees(0.0, 90.0, 0.1) if pronated is None else pronated
    return Contact(
        draw.place(draw.pair(0.01, 0.06), draw.pair(0.055, 0.125), draw.pair(0.02, 0.08)),
        vector(np.cos(turn), np.sin(turn), 0.0),
        vector(0.0, 0.0, 1.0),
        vector(0.6, 0.5, -1.0),
        extension=draw.degrees(0.0, 20.0),
        deviation=draw.degrees(-8.0, 15.0),
        swivel=draw.degrees(-20.0, 25.0),
    )


def bar_overhead(draw: GripDraw) -> Contact:
    """A bar or a stick above the head on nearly straight arms."""
    return Contact(
        draw.at_reach(draw.pair(-0.03, 0.03, 0.0), draw.pair(0.0, 0.19, 0.05), draw.pair(0.965, 0.99, 0.0), 1.0),
        vector(0.0, 1.0, 0.0),
        vector(0.0, 0.2, 1.0),
        vector(0.5, 1.0, 0.0),
        extension=draw.degrees(0.0, 25.0),
        deviation=draw.degrees(-10.0, 15.0),
        swivel=draw.degrees(-25.0, 25.0),
    )


def hands_on_hips(draw: GripDraw) -> Contact:
    """A palm on each iliac crest, the fingers forward and down."""
    crest = -0.075 - draw.arm.shoulder[2] / draw.stature_m
    half = draw.arm.shoulder[1] / draw.stature_m
    return palm_on(
        draw.place(draw.pair(0.0, 0.035), draw.pair(0.080, 0.092) - half, draw.pair(-0.02, 0.02) + crest),
        vector(0.0, -1.0, draw.pair(-1.0, -0.2)),
        vector(draw.pair(0.4, 1.0), -0.5, -0.8),
        vector(-0.4, 1.0, 0.3),
        extension=draw.degrees(10.0, 50.0),
        swivel=draw.degrees(-20.0, 20.0),
    )


def crossed_arms(draw: GripDraw) -> Contact:
    """Arms crossed before the chest: a hand on the other upper arm, or on the other shoulder."""
    half = draw.arm.shoulder[1] / draw.stature_m
    if draw.chance(0.3):
        return palm_on(
            draw.place(draw.pair(0.045, 0.07), draw.pair(-0.095, -0.06) - half, draw.pair(-0.02, 0.02)),
            vector(-1.0, 0.0, draw.pair(-0.4, 0.0)),
            vector(0.0, -1.0, draw.pair(0.2, 1.0)),
            vector(0.8, 0.3, -1.0),
            extension=draw.degrees(-10.0, 20.0),
            swivel=draw.degrees(-20.0, 20.0),
        )
    return palm_on(
        draw.place(draw.pair(0.06, 0.085, 0.5), draw.pair(-0.09, -0.045) - half, draw.pair(-0.11, -0.05, 0.4)),
        vector(-1.0, draw.pair(-0.2, 0.4), 0.0),
        vector(0.0, -1.0, draw.pair(-0.1, 0.6)),
        vector(0.2, 0.7, -1.0),
        extension=draw.degrees(-15.0, 25.0),
        swivel=draw.degrees(-20.0, 20.0),
    )


def clasped(draw: GripDraw) -> Contact:
    """Hands held together before the chest or the belly, the thumbs up."""
    half = draw.arm.shoulder[1] / draw.stature_m
    return Contact(
        draw.place(draw.pair(0.09, 0.19, 0.0), draw.pair(0.005, 0.02, 0.0) - half, draw.pair(-0.17, -0.03, 0.0)),
        vector(draw.pair(-0.3, 0.3), draw.pair(-0.4, 0.0), -1.0),
        vector(1.0, -0.6, 0.3),
        vector(-0.2, 0.7, -1.0),
        extension=draw.degrees(0.0, 25.0),
        deviation=draw.degrees(-15.0, 15.0),
        swivel=draw.degrees(-20.0, 25.0),
        limits=PALM,
    )
