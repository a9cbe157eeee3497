"""Segment lengths, masses and inertias of a person from stature, mass and sex.

A subject is drawn from the distributions of :mod:`qleap_edge.physics.randomize`, or is the mean of the tables. Adults only;
left and right sides are equal.

Sources:
    Masses, centres of mass and radii of gyration: de Leva 1996, Adjustments to Zatsiorsky-Seluyanov's segment inertia
    parameters, J. Biomech. 29(9), table 4. Lengths: Winter 2009, Biomechanics and Motor Control of Human Movement, fig.
    4.1 (Drillis and Contini), with joint centres instead of bony landmarks at the hip and the shoulder.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from qleap_edge.physics.randomize import RELEASE, Distributions

Sex = Literal["female", "male"]


@dataclass(frozen=True)
class Fractions:
    """One row of de Leva's table: shares of body mass and of segment length."""

    mass: float
    centre: float
    """From the proximal (or upper) end."""
    gyration: tuple[float, float, float]
    """Radii about the sagittal (x), transverse (y) and long (z) axis."""


DE_LEVA: dict[Sex, dict[str, Fractions]] = {
    "female": {
        "head": Fractions(0.0668, 0.5894, (0.330, 0.359, 0.318)),
        "thorax": Fractions(0.1545, 0.2077, (0.746, 0.502, 0.718)),
        "abdomen": Fractions(0.1465, 0.4512, (0.433, 0.354, 0.415)),
        "pelvis": Fractions(0.1247, 0.4920, (0.433, 0.402, 0.444)),
        "upper_arm": Fractions(0.0255, 0.5754, (0.278, 0.260, 0.148)),
        "forearm": Fractions(0.0138, 0.4559, (0.261, 0.257, 0.094)),
        "hand": Fractions(0.0056, 0.7474, (0.531, 0.454, 0.335)),
        "thigh": Fractions(0.1478, 0.3612, (0.369, 0.364, 0.162)),
        "shank": Fractions(0.0481, 0.4416, (0.271, 0.267, 0.093)),
        "foot": Fractions(0.0129, 0.4014, (0.139, 0.279, 0.299)),  # long axis of the foot is x
    },
    "male": {
        "head": Fractions(0.0694, 0.5976, (0.362, 0.376, 0.312)),
        "thorax": Fractions(0.1596, 0.2999, (0.716, 0.454, 0.659)),
        "abdomen": Fractions(0.1633, 0.4502, (0.482, 0.383, 0.468)),
        "pelvis": Fractions(0.1117, 0.6115, (0.615, 0.551, 0.587)),
        "upper_arm": Fractions(0.0271, 0.5772, (0.285, 0.269, 0.158)),
        "forearm": Fractions(0.0162, 0.4574, (0.276, 0.265, 0.121)),
        "hand": Fractions(0.0061, 0.7900, (0.628, 0.513, 0.401)),
        "thigh": Fractions(0.1416, 0.4095, (0.329, 0.329, 0.149)),
        "shank": Fractions(0.0433, 0.4459, (0.255, 0.249, 0.103)),
        "foot": Fractions(0.0137, 0.4415, (0.124, 0.245, 0.257)),
    },
}

# Lengths as shares of stature. The first seven stack up from the floor to the top of the head and sum to 1.
_STACK = {
    "ankle_height": 0.039,
    "shank": 0.246,
    "thigh": 0.245,
    "lumbar_base": 0.030,
    "lumbar": 0.100,
    "thorax": 0.165,
    "head": 0.175,
}
_OTHER = {"shoulder_height": 0.150, "upper_arm": 0.172, "forearm": 0.157, "hand": 0.046}  # hand: wrist to grip
_HIP_HALF_WIDTH = {"female": 0.0535, "male": 0.0510}
_SHOULDER_HALF_WIDTH = {"female": 0.1000, "male": 0.1080}
_PAIRED = ("upper_arm", "forearm", "hand", "thigh", "shank", "foot")


@dataclass(frozen=True)
class Subject:
    """One simulated person; lengths in m, masses in kg, angles in rad."""

    subject_id: int
    sex: Sex
    stature_m: float
    mass_kg: float
    lengths: dict[str, float]
    """Keys: the stacked and other lengths, and ``hip_half_width``, ``shoulder_half_width``, ``foot_heel/ball/toe``."""
    masses: dict[str, float]
    """One entry a segment name; a paired segment's entry is the mass of one side. They sum to ``mass_kg``."""
    lumbar_baseline: float
    """Lumbar flexion at the bottom of this subject's faultless squat."""
    watch_to_wrist_m: float
    watch_height_m: float

    def __hash__(self) -> int:
        return hash((self.subject_id, self.stature_m, self.mass_kg))  # its tables of lengths and masses have no hash


def draw_subject(subject_id: int, distributions: Distributions, rng: np.random.Generator) -> Subject:
    """Draw one subject; the same generator state gives the same subject."""
    sex: Sex = "female" if distributions.sex.draw(rng) == "female" else "male"
    stature = getattr(distributions.stature_m, sex).draw(rng)
    mass = distributions.bmi_kg_m2.draw(rng) * stature**2
    ratios = {name: distributions.limb_ratio.draw(rng) for name in (*_STACK, *_OTHER, "hip", "shoulder")}
    mass_ratios = {name: distributions.segment_mass_ratio.draw(rng) for name in DE_LEVA[sex]}
    return Subject(
        subject_id=subject_id,
        sex=sex,
        stature_m=stature,
        mass_kg=mass,
        lengths=_lengths(sex, stature, ratios),
        masses=_masses(sex, mass, mass_ratios),
        lumbar_baseline=float(np.radians(getattr(distributions.lumbar_baseline_deg, sex).draw(rng))),
        watch_to_wrist_m=distributions.watch_to_wrist_m.draw(rng),
        watch_height_m=distributions.watch_height_m.draw(rng),
    )


def mean_subject(sex: Sex, stature_m: float, mass_kg: float) -> Subject:
    """Return the subject whose proportions are those of the tables."""
    ones = dict.fromkeys((*_STACK, *_OTHER, "hip", "shoulder", *DE_LEVA[sex]), 1.0)
    return Subject(
        subject_id=0,
        sex=sex,
        stature_m=stature_m,
        mass_kg=mass_kg,
        lengths=_lengths(sex, stature_m, ones),
        masses=_masses(sex, mass_kg, ones),
        lumbar_baseline=float(np.radians(getattr(RELEASE.lumbar_baseline_deg, sex).mean)),
        watch_to_wrist_m=RELEASE.watch_to_wrist_m.mean,
        watch_height_m=0.027,
    )


def _lengths(sex: Sex, stature: float, ratios: dict[str, float]) -> dict[str, float]:
    stack = {name: share * ratios[name] for name, share in _STACK.items()}
    scale = stature / sum(stack.values())  # the stacked lengths sum to the stature whatever the ratios
    lengths = {name: share * scale for name, share in stack.items()}
    lengths |= {name: share * ratios[name] * stature for name, share in _OTHER.items()}
    lengths["hip_half_width"] = _HIP_HALF_WIDTH[sex] * ratios["hip"] * stature
    lengths["shoulder_half_width"] = _SHOULDER_HALF_WIDTH[sex] * ratios["shoulder"] * stature
    # Foot: heel behind, ball and toe tip ahead of the ankle; Winter's foot is 0.152 of stature long.
    lengths |= {"foot_heel": 0.042 * stature, "foot_ball": 0.080 * stature, "foot_toe": 0.112 * stature}
    return lengths


def _masses(sex: Sex, mass: float, ratios: dict[str, float]) -> dict[str, float]:
    shares = {name: row.mass * ratios[name] for name, row in DE_LEVA[sex].items()}
    total = sum(share * (2 if name in _PAIRED else 1) for name, share in shares.items())
    return {name: share / total * mass for name, share in shares.items()}
