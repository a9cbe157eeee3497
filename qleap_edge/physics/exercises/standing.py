"""Common parts of the exercises: feet, trunk, loads by posture, sway, and columns of numbers from plans."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.core.exercises import Content, label_of
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.balance import PelvisPlacement
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import SmoothNoise, smooth_noise

TRUNK_NOISE_CHANNELS = 7
NEARLY_STRAIGHT = 0.982
"""Reach of a leg over its length: knees are never straight."""
_BAR_AHEAD_M = {"bar": -0.06, "front_rack": 0.10}  # of the shoulders' line; a bar on the back lies on the trapezius


@dataclass(frozen=True)
class Footing:
    """How a person stands: foot placement, centre of mass, and involuntary motion of trunk and centre of mass."""

    thigh: float
    """Lean of the thighs when upright, rad: knees are never locked."""
    com_ahead: float
    """Centre of mass ahead of the ankles, m."""
    stance_ratio: float
    """Half the distance of the ankles over the hips' half-width."""
    toe_out: float
    trunk: SmoothNoise
    sway: SmoothNoise


def draw_footing(distributions: Distributions, rng: np.random.Generator, sway_share: float = 0.5) -> Footing:
    """Draw how a person stands; ``sway_share`` scales the sway, which is smaller during exercise."""
    trunk_rms = np.radians(distributions.trunk_wander_deg.draw(rng))
    return Footing(
        thigh=float(np.radians(distributions.standing_thigh_deg.draw(rng))),
        com_ahead=distributions.com_ahead_of_ankle_m.draw(rng),
        stance_ratio=distributions.stance_half_width_ratio.draw(rng),
        toe_out=float(np.radians(distributions.toe_out_deg.draw(rng))),
        trunk=SmoothNoise.draw(rng, np.full(TRUNK_NOISE_CHANNELS, trunk_rms)),
        sway=SmoothNoise.draw(rng, np.full(2, distributions.sway_rms_m.draw(rng) * sway_share), high_hz=0.8),
    )


def column(plans: Sequence[object], name: str, index: int | None = None) -> Float[np.ndarray, "batch 1"]:
    """Return one number of every plan as a column; ``name`` may be dotted."""
    values = map(attrgetter(name), plans)
    return np.array([[value if index is None else value[index]] for value in values], dtype=np.float64)


def half_width(plans: Sequence[object], body: BodyBatch) -> Float[np.ndarray, "batch 1"]:
    """Return half the distance of the ankles, m."""
    return column(plans, "footing.stance_ratio") * body.length["hip_half_width"]


def draw_load(posture: str, subject: Subject, distributions: Distributions, rng: np.random.Generator) -> Load:
    """Draw the load of a posture; most postures have none."""
    loaded = distributions.loaded.draw(rng)
    if posture in _BAR_AHEAD_M:
        mass = distributions.bar_ratio.draw(rng) * subject.mass_kg
        return Load(bar_kg=mass, bar_ahead_m=_BAR_AHEAD_M[posture]) if loaded else NO_LOAD
    load_by_posture = {
        "goblet": (distributions.goblet_ratio, 0.5),
        "dumbbells": (distributions.dumbbell_ratio, 1.0),
        "grip": (distributions.deadlift_ratio, 1.0),
        "grip_mixed": (distributions.deadlift_ratio, 1.0),
        "grip_wide": (distributions.deadlift_ratio, 0.7),
        "overhead": (distributions.press_ratio, 0.6),
        **dict.fromkeys(("press_bar", "press_dumbbells"), (distributions.press_ratio, 1.0)),
        **dict.fromkeys(("curl_bar", "curl_dumbbells", "curl_hammer"), (distributions.curl_ratio, 1.0)),
    }
    if posture not in load_by_posture:
        return NO_LOAD
    distribution, share = load_by_posture[posture]
    mass = distribution.draw(rng) * share * subject.mass_kg
    return Load(hand_kg=mass) if loaded or posture == "dumbbells" else NO_LOAD


def planted_feet(plans: Sequence[object], body: BodyBatch, shape: tuple[int, ...]) -> dict[str, Foot]:
    """Return two flat feet that never move: ankles at x = 0, toes turned out."""
    feet = {}
    apart, toe_out = half_width(plans, body), column(plans, "footing.toe_out")
    height = np.broadcast_to(body.length["ankle_height"], shape)
    for side, sign in SIDES:
        ankle = np.stack([np.zeros(shape), np.broadcast_to(sign * apart, shape), height])
        feet[side] = Foot(ankle, np.broadcast_to(rot.about("z", sign * toe_out), (3, 3, *shape)))
    return feet


def sway(plans: Sequence[Any], time_s: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "2 batch time"]:
    """Return how the centre of mass drifts about its target, m."""
    return smooth_noise([plan.footing.sway for plan in plans], time_s)


def rolling_ankle(
    body: BodyBatch, pitch: Float[np.ndarray, "batch time"]
) -> tuple[Float[np.ndarray, "batch time"], Float[np.ndarray, "batch time"]]:
    """Return the ankle's forward and upward place over a foothold when the foot is turned about its ball or its heel."""
    pivot = np.where(pitch > 0.0, body.length["foot_ball"], -body.length["foot_heel"])
    height = body.length["ankle_height"]
    return pivot - pivot * np.cos(pitch) + height * np.sin(pitch), pivot * np.sin(pitch) + height * np.cos(pitch)


def trunk_angles(
    plans: Sequence[Any],
    time_s: Float[np.ndarray, "batch time"],
    *,
    lumbar_flexion: Float[np.ndarray, "#batch #time"] | float = 0.0,
    thorax_flexion: Float[np.ndarray, "#batch #time"] | float = 0.0,
    side_bend: Float[np.ndarray, "#batch #time"] | float = 0.0,
    waist_turn: Float[np.ndarray, "#batch #time"] | float = 0.0,
    turn: Float[np.ndarray, "#batch #time"] | float = 0.0,
    head_flexion: Float[np.ndarray, "#batch #time"] | float = 0.0,
) -> Angles:
    """Return spine and neck angles: what the exercise asks for, plus micro-motion (rad)."""
    drift = smooth_noise([plan.footing.trunk for plan in plans], time_s)
    return {
        "abdomen.y": lumbar_flexion + 0.3 * drift[0],
        "abdomen.x": side_bend + drift[1],
        "abdomen.z": waist_turn + 0.5 * drift[2],
        "thorax.y": thorax_flexion + drift[3],
        "thorax.x": drift[4],
        "thorax.z": turn + drift[2],
        "head.y": head_flexion + 2.0 * drift[5],
        "head.x": drift[6],
    }


def compensate_trunk_lean(
    upper: Angles, lean_compensation: dict[str, Float[np.ndarray, "batch 1"]], pitch: Float[np.ndarray, "batch time"]
) -> None:
    """Turn the shoulders, in place, against the lean of pelvis (``pitch``, rad) and spine, by each side's share."""
    trunk = pitch + upper["abdomen.y"] + upper["thorax.y"]
    for side, _ in SIDES:
        upper[f"{side}_upper_arm.y"] = upper[f"{side}_upper_arm.y"] - lean_compensation[side] * trunk


def balanced_targets(
    body: BodyBatch,
    feet: dict[str, Foot],
    contact_mask: Bool[np.ndarray, "batch time 4"],
    upper: Angles,
    com: Float[np.ndarray, "2 batch time"],
    height: Float[np.ndarray, "batch time"],
    *,
    yaw: Float[np.ndarray, "batch time"],
    pitch: Float[np.ndarray, "batch time"],
) -> MotionTargets:
    """Return targets on these feet, with the pelvis at ``height`` (m) and the centre of mass over ``com``."""
    pelvis = Pelvis(np.stack([com[0], com[1], height]), yaw, pitch, np.zeros_like(height))
    position = PelvisPlacement(body, pelvis, feet, upper).with_com_at(pelvis.position, com)
    return MotionTargets(replace(pelvis, position=position), upper, feet, None, contact_mask)


def one_exercise(content: Content, time_s: Float[np.ndarray, " time"]) -> np.ndarray:
    """Return the ids of a sequence that holds one exercise, or none, throughout."""
    return np.full(len(time_s), label_of(content), dtype=np.int8)
