"""What the arms do: postures as anatomical angles, drawn independently of the legs.

A posture is (flexion, abduction, external rotation, elbow flexion, pronation) in degrees, the same for both sides.
``level`` postures keep their direction to the world while the trunk leans (gravity or the task holds them there), the
others are carried along by the chest.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics import randomize
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.kinematics import Angles
from qleap_edge.physics.trajectory import Wander, quintic, wander

ARM_HINGES = ("upper_arm.y", "upper_arm.x", "upper_arm.z", "forearm.y", "forearm.pronation")
_SIGN = np.array([-1.0, 1.0, 1.0, -1.0, 1.0])  # anatomical angle → hinge angle


@dataclass(frozen=True)
class Posture:
    """Middle and spread (uniform, each way) of the five angles, degrees."""

    middle: tuple[int, int, int, int, int]
    spread: tuple[int, int, int, int, int]
    level: bool = False
    symmetric: float = 0.8
    """Share of the spread that both arms have in common."""


POSTURES: dict[str, Posture] = {  # [design]; the wrist's place in each is checked against the trunk in the tests
    "hanging": Posture((2, 8, 0, 12, 25), (6, 5, 15, 10, 35), level=True),
    "forward": Posture((88, 0, 0, 8, 60), (10, 8, 10, 8, 40), level=True),
    "hips": Posture((-22, 42, -62, 92, 45), (8, 6, 8, 8, 25)),
    "crossed": Posture((38, 2, -58, 108, 30), (8, 6, 8, 8, 25)),
    "bar": Posture((-18, 42, 72, 128, 65), (10, 8, 10, 8, 20)),
    "goblet": Posture((32, 4, -22, 132, 0), (8, 5, 8, 8, 25)),
    "swing": Posture((0, 7, 0, 22, 30), (5, 4, 12, 12, 30)),
    "pocket": Posture((-14, 16, -18, 42, 40), (6, 5, 10, 10, 25)),
    "phone": Posture((24, 6, -32, 104, 5), (10, 6, 12, 12, 35), symmetric=0.0),
    "gesture": Posture((30, 16, -8, 78, 15), (26, 14, 30, 34, 60), symmetric=0.2),
    "reach": Posture((82, 12, 0, 28, 20), (34, 22, 20, 24, 70), level=True, symmetric=0.2),
}


def draw_posture(rng: np.random.Generator, name: str) -> Float[np.ndarray, "2 5"]:
    """Draw hinge angles (rad) of the left and the right arm for a posture."""
    posture = POSTURES[name]
    common = rng.uniform(-1.0, 1.0, 5)
    own = rng.uniform(-1.0, 1.0, (2, 5))
    spread = posture.symmetric * common + (1.0 - posture.symmetric) * own
    return np.asarray(_SIGN * np.radians(np.array(posture.middle) + spread * np.array(posture.spread)))


@dataclass(frozen=True)
class ArmPlan:
    """Both arms of one sequence: postures to hold, when to change, and the wander about them."""

    postures: Float[np.ndarray, "stations 2 5"]
    change_start_s: Float[np.ndarray, " changes"]
    change_s: Float[np.ndarray, " changes"]
    level: bool
    wander: Wander
    tremor: Wander


def draw_arms(rng: np.random.Generator, names: list[str], changes: list[tuple[float, float]]) -> ArmPlan:
    """Draw a plan that holds the named postures in turn; ``changes`` are (start, duration) in s, one fewer.

    With one posture, or all of one kind, the arms stay level as the posture says; a mixture is carried by the chest.
    """
    rms = np.radians(randomize.ARM_WANDER_DEG.draw(rng)) * rng.uniform(0.5, 1.5, 10)
    tremor = randomize.TREMOR_RAD.draw(rng) * np.ones(10)
    low = randomize.TREMOR_HZ.draw(rng)
    return ArmPlan(
        postures=np.stack([draw_posture(rng, name) for name in names]),
        change_start_s=np.array([start for start, _ in changes], dtype=np.float64),
        change_s=np.array([duration for _, duration in changes], dtype=np.float64),
        level=all(POSTURES[name].level for name in names),
        wander=Wander.draw(rng, rms),
        tremor=Wander.draw(rng, tremor, low_hz=low, high_hz=1.05 * low, sines=2),
    )


def arm_angles(
    plans: list[ArmPlan], time: Float[np.ndarray, "batch time"]
) -> tuple[Angles, dict[str, Bool[np.ndarray, "batch 1"]]]:
    """Return the arms' hinge angles and which sides are level."""
    angles = np.empty((10, *time.shape))
    for row, plan in enumerate(plans):
        station = plan.postures.reshape(len(plan.postures), 10)
        angles[:, row] = station[0][:, None]
        for index in range(len(plan.change_s)):
            step = quintic((time[row] - plan.change_start_s[index]) / plan.change_s[index])
            angles[:, row] += (station[index + 1] - station[index])[:, None] * step
    angles += wander([plan.wander for plan in plans], time) + wander([plan.tremor for plan in plans], time)
    out: Angles = {}
    for index, (side, _) in enumerate(SIDES):
        for hinge, name in enumerate(ARM_HINGES):
            out[f"{side}_{name}"] = angles[5 * index + hinge]
        # A forearm does not overextend: keep the wander on the anatomical side, smoothly enough to differentiate.
        out[f"{side}_forearm.y"] = -_softplus(-out[f"{side}_forearm.y"])
    level = np.array([[plan.level] for plan in plans])
    return out, {side: level for side, _ in SIDES}


def _softplus(angle: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    """Return a smooth max(angle, 0) with a knee of about 2°."""
    knee = np.radians(2.0)
    return np.asarray(knee * np.logaddexp(0.0, angle / knee))
