"""The test for a change: uniform p-values, error rates on simulated wearers, and the power to find a change."""

import numpy as np
import pytest
from scipy.stats import kstest

from qleap_edge.uncertainty.wearer_drift import ALARM_AT, LEAST_EARLIER, cusum, earlier_ranks, find_drift

EXERCISES = ("squat", "biceps_curl", "row", "lunge")


def wearer(rng: np.random.Generator, count: int, likeness: float = 0.0) -> tuple[np.ndarray, list[str]]:
    """Return scores in which neighbouring observations resemble each other (AR(1)), and their exercises."""
    score = rng.normal(size=count)
    for row in range(1, count):
        score[row] = likeness * score[row - 1] + np.sqrt(1.0 - likeness**2) * score[row]
    return score, [EXERCISES[k] for k in rng.integers(0, len(EXERCISES), count)]


def alarms(likeness: float, change: float, at: int, count: int, wearers: int = 150) -> float:
    """Return the share of wearers for whom the alarm rings."""
    rng, rang = np.random.default_rng(4), 0
    for _ in range(wearers):
        score, names = wearer(rng, count, likeness)
        score[at:] += change
        rang += find_drift(score, names).alarm is not None
    return rang / wearers


def test_p_values_of_exchangeable_scores_are_uniform_and_independent() -> None:
    rng = np.random.default_rng(1)
    found = np.concatenate([earlier_ranks(*wearer(rng, 200)) for _ in range(20)])
    known = found[np.isfinite(found)]
    assert kstest(known, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(known[:-1], known[1:])[0, 1]) < 0.05


def test_ties_are_broken_at_random_and_always_alike() -> None:
    scores, names = np.full(400, 3.0), ["squat"] * 400
    found = earlier_ranks(scores, names)
    assert kstest(found[LEAST_EARLIER:], "uniform").pvalue > 0.01
    np.testing.assert_array_equal(found, earlier_ranks(scores, names))


def test_an_exercise_is_compared_with_itself_alone() -> None:
    """Far from the calibration, but always as far: nothing has changed."""
    names = ["squat", "row"] * 10
    score = np.where(np.array(names) == "row", 100.0, 1.0) + np.random.default_rng(2).normal(size=20)
    found = earlier_ranks(score, names)
    assert np.isnan(found[: 2 * LEAST_EARLIER]).all() and np.isfinite(found[2 * LEAST_EARLIER :]).all()
    np.testing.assert_allclose(found, earlier_ranks(score - 99.0 * (np.array(names) == "row"), names))


def test_a_score_beyond_all_earlier_ones_has_the_smallest_p_value() -> None:
    found = earlier_ranks(np.r_[np.zeros(19), 5.0], ["squat"] * 20)
    assert found[-1] <= 1.0 / 20.0


def test_without_a_change_the_alarm_is_seldom() -> None:
    """200 observations are about a year. Two neighbours in three tenths alike is what the threshold still allows for."""
    assert alarms(likeness=0.0, change=0.0, at=0, count=200) <= 0.03
    assert alarms(likeness=0.3, change=0.0, at=0, count=200) <= 0.10


@pytest.mark.parametrize(("change", "within", "found"), [(2.0, 40, 0.9), (3.0, 25, 0.8)])
def test_a_change_is_found(change: float, within: int, found: float) -> None:
    assert alarms(likeness=0.3, change=change, at=60, count=60 + within) >= found


def test_the_cusum_forgets_a_long_time_without_a_change() -> None:
    """High p-values cost the martingale nearly all its capital; the CUSUM begins anew."""
    calm = np.tile([0.5, 0.45, 0.55], 100)
    changed = np.full(20, 0.02)
    alone, later = cusum(changed), cusum(np.r_[calm, changed])
    assert alone[-1] >= ALARM_AT and later[-1] == pytest.approx(alone[-1], rel=0.5)


def test_what_has_no_p_value_changes_nothing() -> None:
    values = np.array([0.1, 0.2, 0.1])
    with_gaps = cusum(np.array([np.nan, 0.1, np.nan, 0.2, 0.1]))
    np.testing.assert_allclose(with_gaps[[1, 3, 4]], cusum(values))
    assert with_gaps[0] == 1.0 and with_gaps[2] == with_gaps[1]
