"""The body as a MuJoCo model: MJCF text, the layout of its sensor data, and a compiled model that any subject can be set in.

Compiling takes more than a millisecond. Every subject has the same kinematic tree, so :class:`BodyModel` compiles once and
writes the numbers of a subject into the compiled model.
"""

from typing import NamedTuple

import mujoco
import numpy as np
from jaxtyping import Float

from qleap_edge.core.exercises import Regime
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.skeleton import JOINT_NAMES
from qleap_edge.physics.anthropometry import Subject, mean_subject
from qleap_edge.physics.body import HINGES, SIDES, Segment, segments
from qleap_edge.physics.load import NO_LOAD, Load, Vector

CONTACT_TIME_CONSTANT_S = 0.005
"""Of MuJoCo's soft contacts: at a step of 2 ms planted feet creep 7 mm (95 %), with the default 0.02 s they creep 26 mm."""
JOINT_DAMPING = 1.0  # N m s/rad
ARMATURE = 0.01  # kg m²
STRONG_JOINTS = ("thigh", "shank", "foot", "abdomen", "thorax")
STRONG_STIFFNESS, STIFFNESS = 900.0, 300.0
"""N m/rad of a servo, in strong joints and in the others."""
STIFFENED_ABOVE_KG = 80.0
DAMPING_TIME_S = 0.06
"""A servo's damping over its stiffness."""
SOLE_RADIUS_M = 0.02
HALF_FOOT_M = 0.035

_LIMB_POINTS = {
    "hip": "thigh",
    "knee": "shank",
    "ankle": "foot",
    "shoulder": "upper_arm",
    "elbow": "forearm",
}
# Joint points that are the origin of a segment; thorax, neck, head and wrists are placed by `sites`.
_POINTS = {"pelvis": "pelvis", "spine": "thorax"} | {
    f"{side}_{point}": f"{side}_{regime}" for side, _ in SIDES for point, regime in _LIMB_POINTS.items()
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


def sites(part: Segment, subject: Subject) -> list[tuple[str, Vector]]:
    """Return the named points of a segment in its frame, m."""
    length = subject.lengths
    found: list[tuple[str, Vector]] = [
        (point, (0.0, 0.0, 0.0)) for point, segment in _POINTS.items() if segment == part.name
    ]
    name = part.name.partition("_")[0]
    if part.name == "thorax":
        found.append(("thorax", (0.0, 0.0, length["shoulder_height"])))
    elif part.name == "head":
        # As in Vision: "neck" is the middle of the skull, "head" its top.
        found += [("neck", (0.0, 0.0, 0.6 * length["head"])), ("head", (0.0, 0.0, length["head"]))]
    elif part.name.endswith("_foot"):
        down = -length["ankle_height"]
        found += [
            (f"{name}_heel", (-length["foot_heel"], 0.0, down)),
            (f"{name}_ball", (length["foot_ball"], 0.0, down)),
            (f"{name}_sole", (0.0, 0.0, 0.0)),
        ]
    elif part.name.endswith("_forearm"):
        dorsal = part.side * subject.watch_height_m
        found += [
            (f"{name}_wrist", (0.0, 0.0, -length["forearm"])),
            (f"{name}_watch", (0.0, dorsal, subject.watch_to_wrist_m - length["forearm"])),
        ]
    return found


def soles(part: Segment, subject: Subject) -> list[tuple[str, Vector]]:
    """Return the centres of the spheres a foot stands on: one under the heel, two under the toes, m."""
    length, up = subject.lengths, SOLE_RADIUS_M - subject.lengths["ankle_height"]
    toe = length["foot_toe"] - SOLE_RADIUS_M
    places = {"heel": (-length["foot_heel"], 0.0), "inner": (toe, -HALF_FOOT_M), "outer": (toe, HALF_FOOT_M)}
    if not part.name.endswith("_foot"):
        return []
    return [(f"{part.name}_{name}", (x, y, up)) for name, (x, y) in places.items()]


def body_xml(subject: Subject, load: Load = NO_LOAD, regime: Regime = "prescribed") -> str:
    """Return the subject's body as MJCF text.

    ``prescribed``: no contacts, motion is imposed, sensors read. ``forward``: a floor, feet on it, a servo at every hinge.
    """
    parts = segments(subject, load)
    # There is only one island; detecting it would cost 2 µs a step.
    flags = 'contact="disable" constraint="disable"' if regime == "prescribed" else 'island="disable"'
    geoms = (
        f'<geom type="sphere" size="{SOLE_RADIUS_M}" solref="{CONTACT_TIME_CONSTANT_S} 1" condim="3" mass="0"'
        ' contype="1" conaffinity="0"/>'
    )
    floor = (
        "" if regime == "prescribed" else '<geom name="floor" type="plane" size="9 9 1" contype="0" conaffinity="1"/>'
    )
    sensors = _sensor_xml() if regime == "prescribed" else ""
    # Elliptic friction cones: with pyramids planted feet creep up to 32 mm, with ellipses 14 (benchmarks/README.md).
    return (
        '<mujoco model="body"><compiler angle="degree" autolimits="true"/>'
        f'<option gravity="0 0 -{STANDARD_GRAVITY}" timestep="0.01" integrator="implicitfast" cone="elliptic">'
        f"<flag {flags}/></option>"
        f'<default><joint type="hinge" armature="{ARMATURE}" damping="{JOINT_DAMPING}"/><site size="0.01"/>{geoms}</default>'
        f"<worldbody>{floor}{_nested(parts[0], parts, subject, regime)}</worldbody>"
        f"<sensor>{sensors}</sensor>{_servo_xml(subject.mass_kg + load.total_kg) if regime == 'forward' else ''}</mujoco>"
    )


def _nested(part: Segment, parts: tuple[Segment, ...], subject: Subject, regime: Regime) -> str:
    text = "<freejoint/>" if part.parent is None else ""
    for axis, low, high in part.hinges:
        text += f'<joint name="{part.name}.{axis}" axis="{_text(_axis(axis, part.side))}" range="{low} {high}"/>'
    inertial = part.mass_properties
    (xx, xy, xz), (_, yy, yz), (_, _, zz) = inertial.inertia
    moments = _text((xx, yy, zz, xy, xz, yz))
    text += f'<inertial pos="{_text(inertial.centre)}" mass="{inertial.mass:.17g}" fullinertia="{moments}"/>'
    # Frame C: x distal (-z here), z dorsal (outwards, ±y here), y = z × x.
    turned = f' xyaxes="0 0 -1 {-part.side:.0f} 0 0"'
    for name, place in sites(part, subject) if regime == "prescribed" else ():
        text += f'<site name="{name}" pos="{_text(place)}"{turned if name.endswith("_watch") else ""}/>'
    if regime == "forward":
        text += "".join(f'<geom name="{name}" pos="{_text(place)}"/>' for name, place in soles(part, subject))
    text += "".join(_nested(child, parts, subject, regime) for child in parts if child.parent == part.name)
    return f'<body name="{part.name}" pos="{_text(part.offset)}">{text}</body>'


def _axis(axis: str, side: float) -> Vector:
    axes = {"x": (side, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, side), "pronation": (0.0, 0.0, -side)}
    return axes[axis]


def _sensor_xml() -> str:
    rows = [f'<framepos objtype="site" objname="{name}"/>' for name in (*JOINT_NAMES, *FOOT_POINTS)]
    rows += [f'<framexaxis objtype="site" objname="{name}_sole"/>' for name, _ in SIDES]
    rows += ['<subtreecom body="pelvis"/>']
    rows += [f'<accelerometer site="{name}_watch"/>' for name, _ in SIDES]
    rows += [f'<gyro site="{name}_watch"/>' for name, _ in SIDES]
    rows += [f'<framequat objtype="site" objname="{name}_watch"/>' for name, _ in SIDES]
    return "".join(rows)


def stiffnesses(mass_kg: float) -> Float[np.ndarray, " hinges"]:
    """Return every servo's stiffness, N m/rad, in the order of :data:`qleap_edge.physics.body.HINGES`.

    A body of ``mass_kg`` (with its load) is an inverted pendulum, whose stabilising stiffness has to grow with its weight.
    """
    strong = [name.partition(".")[0].rpartition("_")[2] in STRONG_JOINTS for name in HINGES]
    return np.where(strong, STRONG_STIFFNESS, STIFFNESS) * max(1.0, mass_kg / STIFFENED_ABOVE_KG)


def _servo_xml(mass_kg: float) -> str:
    """Return one servo a hinge: torque = control - stiffness × angle - damping × rate."""
    rows = [
        f'<general joint="{name}" gainprm="1" biastype="affine" biasprm="0 {-stiffness} {-DAMPING_TIME_S * stiffness}"/>'
        for name, stiffness in zip(HINGES, stiffnesses(mass_kg), strict=True)
    ]
    return f"<actuator>{''.join(rows)}</actuator>"


def _text(vector: tuple[float, ...]) -> str:
    return " ".join(f"{value:.17g}" for value in vector)


def compile_body(subject: Subject, load: Load = NO_LOAD, regime: Regime = "prescribed") -> mujoco.MjModel:
    """Return the model compiled from its MJCF text, the reference for :class:`BodyModel`."""
    return mujoco.MjModel.from_xml_string(body_xml(subject, load, regime))


class BodyModel:
    """One compiled model and its data, in which one subject after another is set.

    Identity: after :meth:`set_subject` it computes what :func:`compile_body` of that subject computes, to rounding.
    """

    def __init__(self, regime: Regime) -> None:
        # Compiled with a loaded thorax, whose principal axes are tilted: MuJoCo must not assume axes that a later load turns.
        stand_in = mean_subject("male", 1.75, 75.0)
        load = Load(bar_kg=20.0, bar_ahead_m=-0.1, hand_kg=5.0)
        self.model = compile_body(stand_in, load, regime)
        self.data = mujoco.MjData(self.model)
        self.joint_limits: Float[np.ndarray, "hinges 2"] = np.array(self.model.jnt_range[1:], dtype=np.float64)
        """Lowest and highest angle of every hinge, rad, in the order of :data:`qleap_edge.physics.body.HINGES`."""
        parts = segments(stand_in, load)
        self._bodies = [self.model.body(part.name).id for part in parts]
        self._parents = self.model.body_parentid.tolist()
        self._regime = regime
        if regime == "prescribed":
            self._points = [self.model.site(name).id for part in parts for name, _ in sites(part, stand_in)]
        else:
            self._points = [self.model.geom(name).id for part in parts for name, _ in soles(part, stand_in)]

    def set_subject(self, subject: Subject, load: Load) -> None:
        """Write the lengths, masses and sites of a subject with a load into the model."""
        model, parts = self.model, segments(subject, load)
        model.body_pos[self._bodies] = [part.offset for part in parts]
        model.body_ipos[self._bodies] = [part.mass_properties.centre for part in parts]
        model.body_mass[self._bodies] = [part.mass_properties.mass for part in parts]
        inertia = np.array([part.mass_properties.inertia for part in parts])
        model.body_inertia[self._bodies] = inertia.diagonal(axis1=1, axis2=2)
        model.body_iquat[self._bodies] = (1.0, 0.0, 0.0, 0.0)
        for index in np.flatnonzero(inertia[:, (0, 0, 1), (1, 2, 2)].any(axis=1)):
            body = self._bodies[index]
            model.body_inertia[body], model.body_iquat[body] = _principal(inertia[index])
        if self._regime == "prescribed":
            model.site_pos[self._points] = [place for part in parts for _, place in sites(part, subject)]
            # Of what mj_setConst derives, inverse dynamics reads only this; it takes a tenth of the time.
            model.body_subtreemass[:] = model.body_mass
            for body in range(model.nbody - 1, 0, -1):
                model.body_subtreemass[self._parents[body]] += model.body_subtreemass[body]
        else:
            model.geom_pos[self._points] = [place for part in parts for _, place in soles(part, subject)]
            stiffness = stiffnesses(subject.mass_kg + load.total_kg)
            model.actuator_biasprm[:, 1], model.actuator_biasprm[:, 2] = -stiffness, -DAMPING_TIME_S * stiffness
            mujoco.mj_setConst(model, self.data)
        mujoco.mj_resetData(model, self.data)


def _principal(inertia: Float[np.ndarray, "3 3"]) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "4"]]:
    """Return principal moments and the quaternion (w, x, y, z) of their axes."""
    quaternion = np.empty(4)
    moments, axes = np.linalg.eigh(inertia)
    mujoco.mju_mat2Quat(quaternion, (axes * np.sign(np.linalg.det(axes))).ravel())
    return moments, quaternion
