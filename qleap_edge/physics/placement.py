"""Where the pelvis goes when feet and posture are given: over the feet as balance asks, and as high as the legs reach."""

import numpy as np
from jaxtyping import Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, LegMasses, Pelvis, UpperBody, hip_places, solve_leg

MAX_REACH = 0.991
"""Share of the leg's length: the knee keeps about 15° of flexion, clear of its singularity."""

_GAIN = 0.88  # of a shift of the pelvis arrives at the centre of mass: the feet stay
_PASSES = 6  # each leaves about a tenth of the error


class Placement:
    """A body whose posture, pelvis angles and feet are given; only the place of its pelvis is open.

    Args:
        body: dimensions.
        pelvis: its angles are used.
        feet: both, anywhere.
        upper: final hinge angles of spine, neck and arms.
    """

    def __init__(self, body: BodyBatch, pelvis: Pelvis, feet: dict[str, Foot], upper: Angles) -> None:
        self._body, self._feet = body, feet
        turned = rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
        self._hips = hip_places(body, np.zeros_like(turned[:, 1]), turned)
        self._legs = LegMasses(body, feet)
        reduced = UpperBody.of(body, upper)
        inside = reduced.total_moment({side: upper[f"{side}_upper_arm.y"] for side, _ in SIDES})
        self._upper_mass, self._upper_moment = reduced.mass, rot.rotate(turned, inside)

    def centre_of_mass(self, position: Float[np.ndarray, "3 batch time"]) -> Float[np.ndarray, "3 batch time"]:
        """Return the whole body's centre of mass with the pelvis at ``position``, m."""
        legs = {
            side: solve_leg(self._body, position + self._hips[side], self._feet[side], sign) for side, sign in SIDES
        }
        moment = self._legs.moment(legs)
        moment += self._upper_mass * position
        moment += self._upper_moment
        moment /= self._legs.mass + self._upper_mass
        return moment

    def over(
        self,
        position: Float[np.ndarray, "3 batch time"],
        com_target: Float[np.ndarray, "axes batch time"],
        passes: int = _PASSES,
    ) -> Float[np.ndarray, "3 batch time"]:
        """Return the pelvis moved until the centre of mass is at its target.

        Args:
            position: where to start.
            com_target: world x and y, or x, y and z, m; with two rows the pelvis keeps its height.
            passes: fixed, because an early exit would not be smooth in time.
        """
        axes = len(com_target)
        for _ in range(passes):
            error = self.centre_of_mass(position)[:axes] - com_target
            position = np.concatenate([position[:axes] - error / _GAIN, position[axes:]])
        return position

    def _room_above(self, position: Float[np.ndarray, "3 batch time"], reach: float) -> Float[np.ndarray, "batch time"]:
        """Return how much higher the pelvis could be before a leg is longer than ``reach`` of its length, m."""
        longest = reach * (self._body.length["thigh"] + self._body.length["shank"])
        room = []
        for side, hip in self._hips.items():
            ankle = self._feet[side].ankle
            x, y, z = position + hip
            apart = (x - ankle[0]) ** 2 + (y - ankle[1]) ** 2
            room.append(ankle[2] + np.sqrt(np.maximum(longest**2 - apart, 0.01)) - z)
        return np.minimum(*room)

    def just_reached(
        self, position: Float[np.ndarray, "3 batch time"], reach: float = MAX_REACH
    ) -> Float[np.ndarray, "3 batch time"]:
        """Return the pelvis shifted up or down, the same for all samples, to where the legs just reach the feet."""
        up = self._room_above(position, reach).min(axis=1, keepdims=True)
        return position + np.stack([0.0 * up, 0.0 * up, up])
