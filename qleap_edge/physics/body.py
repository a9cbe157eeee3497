"""The simulated body: a tree of rigid segments, its hinges, its 17 joint points and the two watch sites.

World: z up, x forward, y left. At zero angles the body stands upright, arms hanging, palms to the thighs, and every
segment frame is aligned with the world. Hinges of one body turn in the order y, x, z. On the right side the x and z axes
are negated, so that equal angles on both sides are mirror images. Signs (rad): knee flexion, spine flexion, abduction,
external rotation and pronation positive; hip, shoulder and elbow flexion and ankle dorsiflexion negative.
"""

from dataclasses import dataclass
from typing import NamedTuple

import mujoco
import numpy as np
from jaxtyping import Float

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.skeleton import JOINT_NAMES
from qleap_edge.physics.anthropometry import DE_LEVA, Subject, mean_subject

Vector = tuple[float, float, float]
Hinges = tuple[tuple[str, int, int], ...]
"""Axis, lowest and highest angle in degrees, one entry a hinge."""
SIDES = (("left", 1.0), ("right", -1.0))

_TRUNK = ("pelvis", "abdomen", "thorax", "head")
_HIP = (("y", -145, 35), ("x", -40, 60), ("z", -50, 70))
_KNEE = (("y", 0, 155),)
_ANKLE = (("y", -48, 60), ("x", -35, 35), ("z", -45, 45))
_LUMBAR = (("y", -25, 75), ("x", -30, 30), ("z", -20, 20))
_THORAX = (("y", -30, 35), ("x", -25, 25), ("z", -40, 40))
_NECK = (("y", -60, 60), ("x", -45, 45))
_SHOULDER = (("y", -185, 65), ("x", -50, 150), ("z", -110, 110))
_FOREARM = (("y", -150, 2), ("pronation", -90, 95))
_WRIST = (("x", -75, 75),)


@dataclass(frozen=True)
class Segment:
    """One rigid body; positions in m in the parent's (``offset``) or its own frame (``centre``)."""

    name: str
    parent: str | None
    offset: Vector
    centre: Vector
    mass: float
    inertia: Vector
    """About the centre of mass, along the segment's axes, kg m²."""
    hinges: Hinges
    side: float
    """1 left or middle, -1 right: sign of the x and z hinge axes."""


def _segment(
    subject: Subject,
    kind: str,
    name: str,
    parent: str | None,
    offset: Vector,
    extent: float,
    hinges: Hinges,
    side: float,
) -> Segment:
    """Return one segment; ``extent`` (m) is the length that de Leva's shares refer to."""
    row, mass = DE_LEVA[subject.sex][kind], subject.masses[kind]
    if kind == "foot":
        heel, height = subject.lengths["foot_heel"], subject.lengths["ankle_height"]
        centre = (row.centre * extent - heel, 0.0, -0.6 * height)
    elif kind in _TRUNK:
        centre = (0.0, 0.0, (1.0 - row.centre) * extent)  # de Leva measures the trunk from its upper end
    else:
        centre = (0.0, 0.0, -row.centre * extent)
    about_x, about_y, about_z = (mass * (radius * extent) ** 2 for radius in row.gyration)
    return Segment(name, parent, offset, centre, mass, (about_x, about_y, about_z), hinges, side)


def segments(subject: Subject) -> tuple[Segment, ...]:
    """Return the body's segments, parents first."""
    length = subject.lengths
    trunk = (  # kind, parent, height of its joint above the parent's, extent, hinges
        ("pelvis", None, 0.0, 2.8 * length["lumbar_base"], ()),
        ("abdomen", "pelvis", length["lumbar_base"], length["lumbar"], _LUMBAR),
        ("thorax", "abdomen", length["lumbar"], length["thorax"], _THORAX),
        ("head", "thorax", length["thorax"], length["head"], _NECK),
    )
    parts = [
        _segment(subject, kind, kind, parent, (0.0, 0.0, height), extent, hinges, 1.0)
        for kind, parent, height, extent, hinges in trunk
    ]
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
            ("hand", f"{name}_forearm", (0.0, 0.0, -length["forearm"]), length["hand"], _WRIST),
        )
        for kind, parent, offset, extent, hinges in limbs:
            parts.append(_segment(subject, kind, f"{name}_{kind}", parent, offset, extent, hinges, side))
    return tuple(parts)


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

_LIMB_POINTS = {
    "hip": "thigh",
    "knee": "shank",
    "ankle": "foot",
    "shoulder": "upper_arm",
    "elbow": "forearm",
    "wrist": "hand",
}
# Joint points that are the origin of a segment; thorax, neck and head are placed by `_sites`.
_POINTS = {"pelvis": "pelvis", "spine": "thorax"} | {
    f"{side}_{point}": f"{side}_{kind}" for side, _ in SIDES for point, kind in _LIMB_POINTS.items()
}
FOOT_POINTS = ("left_heel", "left_ball", "right_heel", "right_ball")


class SensorLayout(NamedTuple):
    """Where each quantity lies in one row of ``sensordata``."""

    joints: slice = slice(0, 51)
    foot_points: slice = slice(51, 63)
    """Heel and ball of the left, then of the right foot, on the sole."""
    foot_forward: slice = slice(63, 69)
    centre_of_mass: slice = slice(69, 72)
    specific_force: slice = slice(72, 78)
    """Left wrist, then right wrist, each in its watch frame C."""
    angular_velocity: slice = slice(78, 84)
    orientation: slice = slice(84, 92)
    """Quaternions (w, x, y, z) from C to the world."""
    width: int = 92


SENSORS = SensorLayout()


def body_xml(subject: Subject) -> str:
    """Return the subject's body as MJCF text, contacts and constraints off (the ``prescribed`` regime)."""
    parts = segments(subject)
    head = (
        '<mujoco model="body"><compiler angle="degree" autolimits="true"/>'
        f'<option gravity="0 0 -{STANDARD_GRAVITY}" timestep="0.01"><flag contact="disable" constraint="disable"/></option>'
        '<default><joint type="hinge" armature="0.01"/><site size="0.01"/></default><worldbody>'
    )
    return f"{head}{_nested(parts[0], parts, subject)}</worldbody><sensor>{_sensor_xml()}</sensor></mujoco>"


def _nested(part: Segment, parts: tuple[Segment, ...], subject: Subject) -> str:
    joints = "<freejoint/>" if part.parent is None else ""
    for axis, low, high in part.hinges:
        joints += f'<joint name="{part.name}.{axis}" axis="{_text(_axis(axis, part.side))}" range="{low} {high}"/>'
    inertial = f'<inertial pos="{_text(part.centre)}" mass="{part.mass:.17g}" diaginertia="{_text(part.inertia)}"/>'
    inside = "".join(_nested(child, parts, subject) for child in parts if child.parent == part.name)
    return (
        f'<body name="{part.name}" pos="{_text(part.offset)}">{joints}{inertial}{_sites(part, subject)}{inside}</body>'
    )


def _axis(axis: str, side: float) -> Vector:
    axes = {"x": (side, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, side), "pronation": (0.0, 0.0, -side)}
    return axes[axis]


def _sites(part: Segment, subject: Subject) -> str:
    length = subject.lengths
    text = "".join(f'<site name="{point}"/>' for point, segment in _POINTS.items() if segment == part.name)
    name = part.name.partition("_")[0]
    if part.name == "thorax":
        text += f'<site name="thorax" pos="0 0 {length["shoulder_height"]:.17g}"/>'
    elif part.name == "head":
        # The Vision way: "neck" is the middle of the skull, "head" its top.
        text += f'<site name="neck" pos="0 0 {0.6 * length["head"]:.17g}"/><site name="head" pos="0 0 {length["head"]:.17g}"/>'
    elif part.name.endswith("_foot"):
        down = -length["ankle_height"]
        text += f'<site name="{name}_heel" pos="{-length["foot_heel"]:.17g} 0 {down:.17g}"/>'
        text += f'<site name="{name}_ball" pos="{length["foot_ball"]:.17g} 0 {down:.17g}"/>'
        text += f'<site name="{name}_sole"/>'
    elif part.name.endswith("_forearm"):
        distal = -(length["forearm"] - subject.watch_to_wrist_m)
        dorsal = part.side * subject.watch_height_m
        # Frame C: x distal (-z here), z dorsal (outwards, ±y here), y = z × x.
        text += f'<site name="{name}_watch" pos="0 {dorsal:.17g} {distal:.17g}" xyaxes="0 0 -1 {-part.side:.0f} 0 0"/>'
    return text


def _sensor_xml() -> str:
    rows = [f'<framepos objtype="site" objname="{name}"/>' for name in (*JOINT_NAMES, *FOOT_POINTS)]
    rows += [f'<framexaxis objtype="site" objname="{name}_sole"/>' for name, _ in SIDES]
    rows += ['<subtreecom body="pelvis"/>']
    rows += [f'<accelerometer site="{name}_watch"/>' for name, _ in SIDES]
    rows += [f'<gyro site="{name}_watch"/>' for name, _ in SIDES]
    rows += [f'<framequat objtype="site" objname="{name}_watch"/>' for name, _ in SIDES]
    return "".join(rows)


def _text(vector: tuple[float, ...]) -> str:
    return " ".join(f"{value:.17g}" for value in vector)


def compile_body(subject: Subject) -> mujoco.MjModel:
    """Return the compiled model; its total mass is the subject's."""
    return mujoco.MjModel.from_xml_string(body_xml(subject))


def joint_limits(model: mujoco.MjModel) -> Float[np.ndarray, "hinges 2"]:
    """Return the lowest and highest angle of every hinge, rad, in the order of :data:`HINGES`."""
    return np.array(model.jnt_range[1:], dtype=np.float64)
