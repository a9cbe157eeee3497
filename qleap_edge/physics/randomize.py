"""Domain randomisation: one distribution a line, with its law and its source.

``[design]`` marks a range chosen by this project to cover what people do; everything else cites where it is from.
Angles are degrees here, because people read this page; they become radians where they are used.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from scipy.special import ndtr, ndtri


@runtime_checkable
class Law(Protocol):
    """A distribution of one number."""

    def draw(self, rng: np.random.Generator) -> float:
        """Return one sample."""


@dataclass(frozen=True)
class Uniform:
    """Uniform on [low, high]."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Return one sample."""
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class Normal:
    """Normal, truncated to [low, high]."""

    mean: float
    sd: float
    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        """Return one sample by the inverse of the truncated distribution function: one random number, always."""
        below, above = ndtr((self.low - self.mean) / self.sd), ndtr((self.high - self.mean) / self.sd)
        return float(self.mean + self.sd * ndtri(rng.uniform(below, above)))


def choose(rng: np.random.Generator, weights: dict[str, float]) -> str:
    """Return one key, drawn with probability proportional to its weight."""
    names = list(weights)
    shares = np.array([weights[name] for name in names])
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


# --- Subject -------------------------------------------------------------------------------------------------------
SEX = {"female": 0.5, "male": 0.5}
STATURE_M = {  # NCD-RisC 2016, eLife 5:e13410: adult means of high-income countries, sd 6.5-7.5 cm
    "female": Normal(1.645, 0.067, 1.48, 1.84),
    "male": Normal(1.775, 0.073, 1.58, 1.98),
}
BMI_KG_M2 = Normal(24.5, 3.8, 17.5, 35.0)  # [design] adults who train
LIMB_RATIO = Normal(1.0, 0.025, 0.94, 1.06)  # each segment length against its table value; Winter 2009 gives no spread
SEGMENT_MASS_RATIO = Normal(1.0, 0.06, 0.85, 1.15)  # de Leva 1996 gives means only; [design]
LUMBAR_BASELINE_DEG = {  # lumbar flexion of a clean squat; McKean et al. 2010, J. Strength Cond. Res. 24(6)
    "female": Normal(12.7, 2.5, 6.0, 18.0),
    "male": Normal(22.0, 3.5, 12.0, 27.0),
}
WATCH_TO_WRIST_M = Normal(0.030, 0.008, 0.010, 0.050)  # [design] watch centre, proximal of the wrist joint
WATCH_HEIGHT_M = Uniform(0.022, 0.032)  # [design] sensor above the forearm's axis

# --- Wear ----------------------------------------------------------------------------------------------------------
WRIST = {"left": 0.5, "right": 0.5}  # [design] balanced: both must work; in the field about 70 % wear it left
CROWN = {"right": 0.7, "left": 0.3}  # [design] the factory setting is more common

# --- Squat ---------------------------------------------------------------------------------------------------------
# How many criteria of the rubric are broken, and how badly: (mild, severe). The groups aim at scores 4, 3, 2, 1, 0.
FAULT_PATTERN = {
    "none": 0.95,
    "one_mild": 1.0,
    "some": 0.95,
    "many": 1.25,
    "gross": 1.1,
}  # [design] balances the scores
THIGH_DEG = {0: Uniform(92.5, 102.0), 1: Uniform(79.0, 86.5), 2: Uniform(42.0, 69.0)}  # from the vertical; rubric 90/75
LEAN_DEG = {0: Uniform(-6.0, 6.0), 1: Uniform(12.5, 17.5), 2: Uniform(23.0, 33.0)}  # trunk beyond shank, rubric 10/20
LUMBAR_EXCESS_DEG = {0: Uniform(-4.0, 9.0), 1: Uniform(18.0, 26.0), 2: Uniform(33.0, 39.0)}  # rubric 15/30
KNEE_SHIFT_M = {
    0: Uniform(-0.012, 0.018),
    1: Uniform(0.035, 0.047),
    2: Uniform(0.062, 0.078),
}  # rubric 8/15° for 0.43 m
LOAD_SHIFT = {
    0: Uniform(0.0, 0.045),
    1: Uniform(0.10, 0.13),
    2: Uniform(0.19, 0.28),
}  # × stance half-width; rubric 8/15 %
PELVIS_DROP_DEG = Uniform(0.0, 6.0)  # [design] towards the loaded side, with a load shift
DESCENT_S = {
    0: Uniform(1.45, 2.2),
    1: Uniform(0.9, 1.1),
    2: Uniform(0.78, 0.88),
}  # full descent; rubric 0.8 s of 5-95 %
ASCENT_S = {0: Uniform(0.9, 1.9), 1: Uniform(0.8, 1.2), 2: Uniform(0.78, 0.88)}  # [design] a bounced rep comes up fast
BOUNCE_OVERLAP = Uniform(
    0.36, 0.44
)  # [design] × descent: a bounced rep turns before it has settled; rubric 1.9 body weights
BOTTOM_PAUSE_S = Uniform(0.0, 0.35)  # [design]
TOP_PAUSE_S = Uniform(0.1, 0.7)  # [design]
STANDING_THIGH_DEG = Uniform(2.5, 6.0)  # [design] never locked: keeps the leg's plane defined
STANCE_HALF_WIDTH_RATIO = Uniform(1.0, 1.75)  # × hip half-width; 0.8-1.6 × hip width is usual, Escamilla 2001
TOE_OUT_DEG = Uniform(5.0, 28.0)  # Escamilla 2001, Med. Sci. Sports Exerc. 33(1)
COM_AHEAD_OF_ANKLE_M = Uniform(0.036, 0.058)  # over midfoot
REP_DEPTH_RATIO = Normal(1.0, 0.008, 0.98, 1.02)  # [design] rep against rep
SQUAT_ARMS = {"hips": 1.0, "crossed": 1.0, "forward": 1.2, "bar": 1.2, "goblet": 1.0, "hanging": 1.0}  # [design]
FORWARD_FOLLOWS_DEPTH = 0.5  # share of "forward" squats whose arms rise with the descent and fall with the ascent

# --- Walk ----------------------------------------------------------------------------------------------------------
STEP_RATE_HZ = Normal(1.85, 0.14, 1.45, 2.25)  # Bohannon 1997, Age Ageing 26; Whittle 2007, Gait Analysis
STEP_LENGTH_RATIO = Normal(0.40, 0.03, 0.31, 0.46)  # × stature; Whittle 2007
STEP_HALF_WIDTH_M = Uniform(0.035, 0.065)  # between ankle centres 7-13 cm; Whittle 2007
PATH_CURVATURE_1_M = Normal(0.0, 0.08, -0.2, 0.2)  # [design] straight to a gentle bend
WALK_TOE_OUT_DEG = Uniform(2.0, 12.0)
PELVIS_BOB_M = Uniform(0.012, 0.022)  # half of the 3-5 cm excursion; Gard et al. 2004, J. Prosthet. Orthot. 16
PELVIS_SWAY_M = Uniform(0.012, 0.024)
PELVIS_TURN_DEG = Uniform(2.0, 6.0)  # each way; Saunders et al. 1953
PELVIS_LIST_DEG = Uniform(1.5, 4.5)
WALK_LEAN_DEG = Uniform(1.0, 7.0)
ARM_SWING_DEG = Normal(20.0, 7.0, 5.0, 38.0)  # shoulder, each way; Murray 1967
ELBOW_SWING_DEG = Uniform(4.0, 16.0)
TOE_OFF_PITCH_DEG = Uniform(46.0, 60.0)  # foot on its ball at the end of stance; Perry and Burnfield 2010
HEEL_STRIKE_PITCH_DEG = Uniform(9.0, 20.0)  # toes up at contact
FOOT_CLEARANCE_M = Uniform(0.018, 0.035)  # ankle path above the straight line
WALK_ARMS = {"swing": 5.0, "goblet": 0.5, "crossed": 0.3, "pocket": 0.6, "phone": 0.8}  # [design]

# --- Idle ----------------------------------------------------------------------------------------------------------
IDLE_THIGH_DEG = Uniform(4.0, 10.0)
IDLE_STANCE_RATIO = Uniform(0.9, 1.7)
IDLE_LEAN_DEG = Normal(1.0, 2.5, -4.0, 8.0)
SWAY_RMS_M = Uniform(0.002, 0.006)  # quiet standing; Winter 1995, Gait & Posture 3(4)
WEIGHT_SHIFT_M = Normal(0.0, 0.02, -0.045, 0.045)  # [design] sideways, at each change of posture
IDLE_ARMS = {
    "hanging": 2.0, "hips": 1.0, "crossed": 1.0, "forward": 0.4, "gesture": 2.0, "reach": 1.2, "phone": 1.2, "pocket": 0.8,
}  # fmt: skip
IDLE_TURN_DEG = Normal(0.0, 9.0, -25.0, 25.0)  # chest against pelvis, at each change of posture
IDLE_SIDE_BEND_DEG = Normal(0.0, 2.5, -7.0, 7.0)
DWELL_S = Uniform(0.4, 2.2)  # between changes of posture
CHANGE_S = Uniform(0.55, 1.3)  # one change; point-to-point reaching takes 0.5-1.2 s

# --- All -----------------------------------------------------------------------------------------------------------
ARM_WANDER_DEG = Uniform(0.3, 1.4)  # rms of each arm angle about its posture
TRUNK_WANDER_DEG = Uniform(0.2, 0.9)
TREMOR_RAD = Uniform(2e-5, 7e-5)  # physiological, 8-12 Hz: with noise it gives the 2.6-3.5 mg of a worn, quiet watch
TREMOR_HZ = Uniform(8.0, 12.0)  # Elble and Koller 1990
