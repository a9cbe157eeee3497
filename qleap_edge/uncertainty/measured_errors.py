"""The errors of a saved package on test persons, standardised by its own σ and by the profile's: once for all figures."""

from functools import cached_property

import numpy as np
from jaxtyping import Float

from qleap_edge.core.skeleton import JOINT_NAMES, PELVIS
from qleap_edge.uncertainty.conformal import joint_scores
from qleap_edge.uncertainty.decode import DecodedWindows, decode
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument
from qleap_edge.uncertainty.scaling import standardised_errors

FREE_JOINTS = tuple(name for index, name in enumerate(JOINT_NAMES) if index != PELVIS)
"""The pelvis is the origin and known exactly; counting it would flatter every figure."""


class MeasuredErrors:
    """Errors of all windows of the test persons; lengths are in body heights.

    Args:
        test: windows of persons that are in neither training nor calibration.
        profile: fitted on the same package.
    """

    def __init__(self, test: CalibrationWindows, profile: ProfileDocument) -> None:
        self.test, self.profile = test, profile
        self.decoded: DecodedWindows = decode(
            test.outputs, test.imu, profile, stature_m=1.0, wrist="left", population="synthetic"
        )
        z = standardised_errors(test.pose, test.outputs.pose, test.outputs.pose_log_variance)
        self.raw: Float[np.ndarray, "n 200 16 3"] = np.delete(z, PELVIS, axis=2)
        self.scaled: Float[np.ndarray, "n 200 16 3"] = np.delete(z / np.array(profile.sigma_scale), PELVIS, axis=2)

    @cached_property
    def sigma(self) -> Float[np.ndarray, "n 200 16 3"]:
        """Return σ'."""
        return np.delete(self.decoded.sigma_m, PELVIS, axis=2)

    @cached_property
    def scores(self) -> Float[np.ndarray, "n 200 16"]:
        """Return the score of each joint: the radius that would just cover the truth."""
        return joint_scores(self.scaled)

    @cached_property
    def window_error(self) -> Float[np.ndarray, " n"]:
        """Return the mean distance of the joints of each window from the truth."""
        return np.linalg.norm(self.scaled * self.sigma, axis=-1).mean(axis=(1, 2))

    def radius(self, level: float) -> Float[np.ndarray, " 16"] | None:
        """Return the conformal radii of one of the profile's levels; None where there were too few persons for it."""
        column = self.profile.levels.index(level)
        radius = [radii[column] for joint, radii in enumerate(self.profile.radius) if joint != PELVIS]
        return None if any(value is None for value in radius) else np.array(radius, dtype=np.float64)
