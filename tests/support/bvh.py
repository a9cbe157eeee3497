"""A BVH file of our own body, written here by hand from MuJoCo's segments: joints named as by Mixamo, y up, in centimetres."""

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from qleap_edge.physics.load import NO_LOAD
from qleap_edge.physics.mjcf import BodyModel
from tests.support.captured import WOMAN

L = WOMAN.lengths
_LEGS = (("UpLeg", "thigh"), ("Leg", "shank"), ("Foot", "foot"))
_ARMS = (("Arm", "upper_arm"), ("ForeArm", "forearm"))
Y_UP = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
"""Ours (x ahead, y left, z up) → theirs (x left, y up, z ahead)."""


def tree() -> list[tuple[str, str | None, str, np.ndarray]]:
    """Return joint, parent, segment whose rotation it has, and offset from the parent in our axes, m; parents first."""
    chest = np.array([0.0, 0.0, L["lumbar"]])
    found = [
        ("Hips", None, "pelvis", np.zeros(3)),
        ("Spine", "Hips", "abdomen", np.array([0.0, 0.0, L["lumbar_base"]])),
        ("Spine1", "Spine", "thorax", chest),
        ("Neck", "Spine1", "head", np.array([0.0, 0.0, L["thorax"]])),
    ]
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        name = side.lower()
        hip = np.array([0.0, sign * L["hip_half_width"], 0.0])
        shoulder = np.array([0.0, sign * L["shoulder_half_width"], L["shoulder_height"]])
        offsets = [hip, np.array([0.0, 0.0, -L["thigh"]]), np.array([0.0, 0.0, -L["shank"]])]
        parents = ["Hips", f"{side}UpLeg", f"{side}Leg"]
        found += [
            (f"{side}{joint}", parent, f"{name}_{segment}", offset)
            for (joint, segment), parent, offset in zip(_LEGS, parents, offsets, strict=True)
        ]
        found.append(
            (f"{side}ToeBase", f"{side}Foot", f"{name}_foot", np.array([L["foot_ball"], 0.0, -L["ankle_height"]]))
        )
        offsets = [shoulder, np.array([0.0, 0.0, -L["upper_arm"]])]
        found += [
            (f"{side}{joint}", parent, f"{name}_{segment}", offset)
            for (joint, segment), parent, offset in zip(_ARMS, ["Spine1", f"{side}Arm"], offsets, strict=True)
        ]
        found.append((f"{side}Hand", f"{side}ForeArm", f"{name}_forearm", np.array([0.0, 0.0, -L["forearm"]])))
    return found


def bvh_text(qpos: np.ndarray, rate_hz: float) -> str:
    """Return the text of a file in which our body moves so."""
    body = BodyModel("prescribed")
    body.set_subject(WOMAN, NO_LOAD)
    joints = tree()
    segment_of = {name: segment for name, _, segment, _ in joints}
    rows = []
    for one in qpos:
        body.data.qpos[:] = one
        mujoco.mj_kinematics(body.model, body.data)
        world = {name: body.data.body(segment).xmat.reshape(3, 3) for name, segment in segment_of.items()}
        numbers = list(100.0 * Y_UP @ one[:3])
        for name, parent, _, _ in order(joints):
            local = world[name] if parent is None else world[parent].T @ world[name]
            angles = Rotation.from_matrix(Y_UP @ local @ Y_UP.T).as_euler("ZXY", degrees=True)
            numbers += list(angles)
        rows.append(" ".join(f"{number:.6f}" for number in numbers))
    head = f"MOTION\nFrames: {len(qpos)}\nFrame Time: {1.0 / rate_hz:.8f}\n"
    return "HIERARCHY\n" + _text(joints, "Hips", 0) + head + "\n".join(rows) + "\n"


def order(joints: list[tuple[str, str | None, str, np.ndarray]]) -> list[tuple[str, str | None, str, np.ndarray]]:
    """Return the joints as they stand in the file, depth first."""

    def below(name: str) -> list[tuple[str, str | None, str, np.ndarray]]:
        own = next(joint for joint in joints if joint[0] == name)
        return [own, *(one for child in joints if child[1] == name for one in below(child[0]))]

    return below("Hips")


def _text(joints: list[tuple[str, str | None, str, np.ndarray]], name: str, depth: int) -> str:
    pad = "  " * depth
    _, parent, _, offset = next(joint for joint in joints if joint[0] == name)
    channels = "Zrotation Xrotation Yrotation"
    shown = " ".join(f"{number:.6f}" for number in 100.0 * Y_UP @ offset)
    kind, root = ("ROOT", "6 Xposition Yposition Zposition ") if parent is None else ("JOINT", "3 ")
    text = f"{pad}{kind} {name}\n{pad}{{\n{pad}  OFFSET {shown}\n{pad}  CHANNELS {root}{channels}\n"
    children = [child for child, above, _, _ in joints if above == name]
    text += "".join(_text(joints, child, depth + 1) for child in children)
    if not children:
        text += f"{pad}  End Site\n{pad}  {{\n{pad}    OFFSET 0.0 5.0 0.0\n{pad}  }}\n"
    return text + f"{pad}}}\n"
