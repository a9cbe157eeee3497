"""The simulated body: a tree of rigid segments and its hinges; :mod:`qleap_edge.physics.mjcf` turns it into a MuJoCo model.

World: z up, x forward, y left. At zero angles the body stands upright, arms hanging, palms to the thighs, and every
segment frame is aligned with the world. Hinges of one body turn in the order y, x, z. On the right side the x and z axes
are negated, so that equal angles on both sides are mirror images. Signs (rad): knee flexion, spine flexion, abduction,
external rotation and pronation positive; hip, shoulder and elbow flexion and ankle dorsiflexion negative.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from qleap_edge.physics.anthropometry import DE_LEVA, Subject, mean_subject
from qleap_edge.physics.load import BAR_GYRATION_M, DUMBBELL_GYRATION_M, NO_LOAD, Load, MassProperties, Vector

Hinges = tuple[tuple[str, int, int], ...]
"""Axis, lowest and highest angle in degrees, one entry a hinge."""
SIDES = (("left", 1.0), ("right", -1.0))

_TRUNK = ("pelvis", "abdomen", "thorax", "head")
_HIP = (("y", -150, 35), ("x", -40, 60), ("z", -50, 70))
_KNEE = (("y", 0, 160),)
_ANKLE = (("y", -50, 60), ("x", -35, 35), ("z", -45, 45))
_LUMBAR = (("y", -25, 75), ("x", -30, 30), ("z", -20, 20))
_THORAX = (("y", -30, 35), ("x", -25, 25), ("z", -40, 40))
_NECK = (("y", -60, 60), ("x", -45, 45))
_SHOULDER = (("y", -185, 65), ("x", -50, 178), ("z", -110, 110))
_FOREARM = (("y", -155, 2), ("pronation", -90, 95))


@dataclass(frozen=True)
class Segment:
    """One rigid body, with the load that is fixed to it."""

    name: str
    parent: str | None
    offset: Vector
    """Its joint in the parent's frame, m."""
    mass_properties: MassProperties
    hinges: Hinges
    side: float
    """1 left or middle, -1 right: sign of the x and z hinge axes."""


def _segment_mass_properties(subject: Subject, kind: str, extent: float) -> MassProperties:
    """Return a segment's mass distribution; ``extent`` (m) is the length that de Leva's shares refer to."""
    row, mass = DE_LEVA[subject.sex][kind], subject.masses[kind]
    if kind == "foot":
        centre = (row.centre * extent - subject.lengths["foot_heel"], 0.0, -0.6 * subject.lengths["ankle_height"])
    elif kind in _TRUNK:
        centre = (0.0, 0.0, (1.0 - row.centre) * extent)  # de Leva measures the trunk from its upper end
    else:
        centre = (0.0, 0.0, -row.centre * extent)
    about_x, about_y, about_z = (radius * extent for radius in row.gyration)
    return MassProperties.of(mass, centre, (about_x, about_y, about_z))


@lru_cache(maxsize=64)  # kinematics and the MuJoCo model need the same body one after the other
def segments(subject: Subject, load: Load = NO_LOAD) -> tuple[Segment, ...]:
    """Return the body's segments, parents first; hands with their load are part of the forearms, a bar of the thorax."""
    length = subject.lengths
    bar = MassProperties.of(load.bar_kg, (load.bar_ahead_m, 0.0, length["shoulder_height"]), BAR_GYRATION_M)
    dumbbell = MassProperties.of(load.hand_kg, (0.0, 0.0, -length["hand"]), DUMBBELL_GYRATION_M)
    # The wrist is rigid: the watch is on the forearm, which the wrist's own motion does not move.
    hand = _segment_mass_properties(subject, "hand", length["hand"]).combined(dumbbell).shifted(-length["forearm"])
    # Kind, parent, height of its joint above the parent's, extent, hinges.
    trunk: tuple[tuple[str, str | None, float, float, Hinges], ...] = (
        ("pelvis", None, 0.0, 2.8 * length["lumbar_base"], ()),
        ("abdomen", "pelvis", length["lumbar_base"], length["lumbar"], _LUMBAR),
        ("thorax", "abdomen", length["lumbar"], length["thorax"], _THORAX),
        ("head", "thorax", length["thorax"], length["head"], _NECK),
    )
    parts = []
    for kind, parent, height, extent, hinges in trunk:
        mass_properties = _segment_mass_properties(subject, kind, extent)
        parts.append(
            Segment(
                kind,
                parent,
                (0.0, 0.0, height),
                mass_properties.combined(bar) if kind == "thorax" else mass_properties,
                hinges,
                1.0,
            )
        )
    for name, side in SIDES:
        hip = (0.0, side * length["hip_half_width"], 0.0)
        shoulder = (0.0, side * length["shoulder_half_width"], length["shoulder_height"])
        foot = length["foot_heel"] + length["foot_toe"]
        limbs: tuple[tuple[str, str, Vector, float, Hinges], ...] = (
            ("thigh", "pelvis", hip, length["thigh"], _HIP),
            ("shank", f"{name}_thigh", (0.0, 0.0, -length["thigh"]), length["shank"], _KNEE),
            ("foot", f"{name}_shank", (0.0, 0.0, -length["shank"]), foot, _ANKLE),
            ("upper_arm", "thorax", shoulder, length["upper_arm"], _SHOULDER),
            ("forearm", f"{name}_upper_arm", (0.0, 0.0, -length["upper_arm"]), length["forearm"], _FOREARM),
        )
        for kind, parent, offset, extent, hinges in limbs:
            mass_properties = _segment_mass_properties(subject, kind, extent)
            held = mass_properties.combined(hand) if kind == "forearm" else mass_properties
            parts.append(Segment(f"{name}_{kind}", parent, offset, held, hinges, side))
    return tuple(parts)


def arm_hinge_limits() -> tuple[Float[np.ndarray, "5"], Float[np.ndarray, "5"]]:
    """Return the lowest and highest angles of shoulder (y, x, z), elbow and pronation, rad."""
    low, high = np.radians([limits for _, *limits in (*_SHOULDER, *_FOREARM)]).T
    return low.copy(), high.copy()


def _hinge_names() -> tuple[str, ...]:
    """Return every hinge as ``segment.axis`` in the order MuJoCo numbers them: depth first, as the XML is nested."""
    parts = segments(mean_subject("male", 1.75, 75.0))  # only names and order are taken from this person
    names: list[str] = []

    def visit(part: Segment) -> None:
        names.extend(f"{part.name}.{axis}" for axis, _, _ in part.hinges)
        for child in parts:
            if child.parent == part.name:
                visit(child)

    visit(parts[0])
    return tuple(names)


HINGES = _hinge_names()
QPOS = {name: 7 + index for index, name in enumerate(HINGES)}
"""Hinge → index in ``qpos``; the first seven are the root's position and its quaternion (w, x, y, z)."""
DOF_COUNT = 6 + len(HINGES)
