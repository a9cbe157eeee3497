"""Each reason to abstain alone, all of them together, and none."""

import numpy as np

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.uncertainty.abstention import abstained, abstention_reasons
from qleap_edge.uncertainty.decode import DecodedWindows
from qleap_edge.uncertainty.profile import ABSTAIN_REASONS


def decoded(fired: np.ndarray, exercise: np.ndarray) -> DecodedWindows:
    count = len(fired)
    none = np.zeros(count)
    return DecodedWindows(
        pose_m=np.zeros((count, 200, 17, 3)),
        sigma_m=np.zeros((count, 200, 17, 3)),
        radius=((1.0,),) * 17,
        exercise_probability=np.eye(len(EXERCISES))[exercise],
        form_probability=np.full((count, 5), 0.2),
        form_range=(np.zeros(count, dtype=np.int64), np.full(count, 4)),
        log_sigma=none,
        embedding_distance=none,
        input_distance=none,
        fired=fired,
    )


def test_reasons_of_each_window_in_a_fixed_order():
    gates = len(ABSTAIN_REASONS)
    fired = np.zeros((gates + 4, gates), dtype=bool)
    fired[:gates] = np.eye(gates, dtype=bool)
    fired[-1] = True
    exercise = np.zeros(gates + 4, dtype=np.int64)
    masked = np.zeros(gates + 4, dtype=bool)
    masked[[-3, -1]] = True
    exercise[[-2, -1]] = 3
    trained = np.arange(8) != 3
    found = abstention_reasons(decoded(fired, exercise), masked, trained)
    assert found == [
        *((name,) for name in ABSTAIN_REASONS),
        (),
        ("masked",),
        ("untrained",),
        (*ABSTAIN_REASONS, "masked", "untrained"),
    ]
    np.testing.assert_array_equal(abstained(found), [bool(items) for items in found])


def test_no_window_has_no_reason():
    nothing = decoded(np.zeros((0, len(ABSTAIN_REASONS)), bool), np.zeros(0, np.int64))
    assert abstention_reasons(nothing, np.zeros(0, bool), np.ones(8, bool)) == []
    assert abstained([]).shape == (0,)
