"""When an app must answer "not sure" for a window: the gates of the profile, a window with holes, an untrained exercise.

The gates belong to the profile, are applied by :mod:`qleap_edge.uncertainty.decode`, and are the same in Python and in Swift.
The other two reasons depend on the recording and on the contract of the model, and are added here.
"""

from typing import Literal

import numpy as np
from jaxtyping import Bool

from qleap_edge.uncertainty.decode import DecodedWindows
from qleap_edge.uncertainty.profile import AbstainReason

Reason = AbstainReason | Literal["masked", "untrained"]
"""A gate of the profile; ``masked``: too many steps of the window are bridged holes; ``untrained``: the most probable
exercise is one that the model was not trained on."""


def abstention_reasons(
    decoded: DecodedWindows, masked: Bool[np.ndarray, " n"], trained: Bool[np.ndarray, " exercises"]
) -> list[tuple[Reason, ...]]:
    """Return the reasons to abstain from each window, in a fixed order; none where the window may be answered.

    Args:
        decoded: outputs of the model after the profile.
        masked: True for windows with too many bridged holes (``Windows.rejected``).
        trained: True for the exercises, by id, that the model was trained on.
    """
    untrained = ~trained[decoded.exercise]
    return [
        (*decoded.reasons(row), *(("masked",) if masked[row] else ()), *(("untrained",) if untrained[row] else ()))
        for row in range(len(masked))
    ]


def abstained(reasons: list[tuple[Reason, ...]]) -> Bool[np.ndarray, " n"]:
    """Return True for the windows with at least one reason to abstain."""
    return np.array([bool(items) for items in reasons], dtype=bool)
