"""Range, velocity and durations of known repetitions, and whether the intervals hold what they promise."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.spatial.transform import Rotation

from qleap_edge.analysis.measures import MOVES_LEAST, measure_set
from qleap_edge.analysis.sets import find_sets
from tests.support.exercise_sets import RATE_HZ, Rep, path, recorded

Z_90 = 1.645


def measured(reps, seed, **options):
    height, pitch, _ = path(reps)
    (found,) = find_sets(recorded(height, pitch, np.random.default_rng(seed), **options))
    measures = measure_set(found)
    assert len(measures) == len(reps)
    return measures


def moving(range_m: float, seconds: float) -> tuple[float, float]:
    """Return how long a minimum-jerk movement is faster than rest, and how far it goes in that time.

    Its speed is 30 s² (1 - s)² of the mean speed at the share s of the time (Flash and Hogan 1985, J. Neurosci. 5(7)).
    """
    share = brentq(lambda s: 30.0 * (s * (1.0 - s)) ** 2 * range_m / seconds - MOVES_LEAST, 0.0, 0.5)
    gone = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
    return (1.0 - 2.0 * share) * seconds, (1.0 - 2.0 * gone) * range_m


@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["down first", "up first"])
def test_range_and_times_of_a_set(sign):
    reps = [Rep(range_m=sign * size, down_s=1.6, up_s=1.2, pause_s=0.6) for size in (0.62, 0.58, 0.6, 0.55, 0.6)]
    for rep, one in zip(reps, measured(reps, 1, core_motion=True), strict=True):
        assert one.range_m.value == pytest.approx(abs(rep.range_m), abs=0.015)
        lowering, lifting = (rep.down_s, rep.up_s) if sign > 0 else (rep.up_s, rep.down_s)
        down_s, _ = moving(abs(rep.range_m), lowering)
        up_s, risen_m = moving(abs(rep.range_m), lifting)
        assert one.eccentric_s.value == pytest.approx(down_s, abs=0.03)
        assert one.concentric_s.value == pytest.approx(up_s, abs=0.03)
        assert rep.pause_s - 0.03 <= one.pause_turn_s.value < rep.pause_s + 0.35
        assert one.peak_concentric_velocity.value == pytest.approx(1.875 * abs(rep.range_m) / lifting, rel=0.04)
        assert one.mean_concentric_velocity.value == pytest.approx(risen_m / up_s, rel=0.03)
        assert one.start_s < one.turn_s < one.end_s


def test_the_pause_before_is_the_rest_since_the_last_repetition():
    measures = measured([Rep(rest_s=rest) for rest in (0.5, 1.5, 2.5, 1.0, 1.0)], 2, core_motion=True)
    assert measures[0].pause_before_s is None
    for rest, one in zip((0.5, 1.5, 2.5, 1.0), measures[1:], strict=True):
        assert one.pause_before_s is not None
        assert rest - 0.03 <= one.pause_before_s.value < rest + 0.35


def test_the_angle_of_a_curl():
    for one in measured([Rep(range_m=-0.3, turn_deg=100.0)] * 6, 3, core_motion=True):
        assert one.turned_deg.value == pytest.approx(100.0, abs=3.0)


@pytest.mark.parametrize("turn_deg", [5.0, 60.0])
def test_ninety_percent_intervals_cover(turn_deg):
    """Over 24 draws of noise, bias, mounting and sizes: at least as often as promised, and not by being endless."""
    inside, widths, errors = [], [], []
    for seed in range(24):
        rng = np.random.default_rng([seed, int(turn_deg)])
        reps = [
            Rep(rng.uniform(1.0, 2.0), rng.uniform(0.0, 0.6), rng.uniform(0.9, 2.0), rng.uniform(0.2, 1.5), size, turn_deg)
            for size in rng.uniform(0.5, 0.65, 5)
        ]  # fmt: skip
        measures = measured(reps, [seed, 1], mounting=Rotation.from_rotvec(rng.uniform(-1.0, 1.0, 3)), sway_m=0.1)
        for rep, one in zip(reps, measures, strict=True):
            errors.append(abs(one.range_m.value - rep.range_m))
            inside.append(errors[-1] <= Z_90 * one.range_m.sd)
            widths.append(one.range_m.sd)
    assert np.mean(inside) >= 0.85
    assert np.median(errors) < 0.01
    assert np.median(widths) < 0.02


def test_a_wrist_that_does_not_return_to_its_height_has_wide_intervals():
    reps = [Rep()] * 6
    height, pitch, _ = path(reps)
    steady = measured(reps, 4)
    drift = 0.02 * np.cumsum(np.interp(np.arange(len(height)), [0, 400, len(height) - 400, len(height)], [0, 1, 1, 0]))
    (found,) = find_sets(recorded(height + drift / RATE_HZ, pitch, np.random.default_rng(4)))
    moved = measure_set(found)
    assert np.median([one.range_m.sd for one in moved]) > np.median([one.range_m.sd for one in steady])


def test_the_mean_velocity_never_exceeds_the_peak():
    """Also where the wrist hardly rises, and where start and end differ in height."""
    for seed, (size, turn_deg) in enumerate(((0.02, 60.0), (0.6, 5.0), (0.3, 90.0))):
        for one in measured([Rep(range_m=size, turn_deg=turn_deg)] * 6, seed):
            assert 0.0 <= one.mean_concentric_velocity.value <= one.peak_concentric_velocity.value
