"""Footholds: exactly in place in contact, smooth between two of them."""

import numpy as np

from qleap_edge.physics.captured.footholds import RETURN_S, Footholds

RATE_HZ = 50.0
TIME_S = np.arange(0.0, 4.0, 0.005)


def holds() -> Footholds:
    contact = np.ones(200, dtype=bool)
    contact[80:130] = False  # one step
    contact[20:23] = False  # a moment in which the marker was badly seen
    return Footholds.where(contact, RATE_HZ)


def test_a_contact_goes_on_beyond_the_recording_and_short_gaps_do_not_count():
    found = holds()
    assert len(found.start_s) == 2
    assert found.start_s[0] < -1e6 and found.end_s[1] > 1e6
    assert found.end_s[0] == 79 / RATE_HZ and found.start_s[1] == 130 / RATE_HZ


def test_it_is_released_only_away_from_contact():
    found = holds()
    free = found.released(TIME_S)
    standing = (found.end_s[0] >= TIME_S) | (found.start_s[1] <= TIME_S)
    assert (free[standing] == 0.0).all()
    away = (found.end_s[0] + RETURN_S < TIME_S) & (found.start_s[1] - RETURN_S > TIME_S)
    assert (free[away] == 1.0).all() and away.any()
    assert np.abs(np.diff(free, 2)).max() < 0.006  # no corner: a quintic's acceleration, 5.8 / 0.18² × 0.005²


def test_a_place_is_held_exactly_and_passes_smoothly_to_the_next():
    found = holds()
    held = np.array([[0.0, 1.0], [0.5, 1.2]])
    x, y = found.place(held, TIME_S)
    assert (x[found.end_s[0] >= TIME_S] == 0.0).all() and (x[found.start_s[1] <= TIME_S] == 0.5).all()
    assert (np.diff(x) >= 0.0).all() and np.abs(np.diff(x, 2)).max() < 1e-4 and y[-1] == 1.2


def test_a_foot_that_never_stands_is_free():
    found = Footholds.where(np.zeros(100, dtype=bool), RATE_HZ)
    assert (found.released(TIME_S) == 1.0).all()
    assert (found.place(np.zeros((0, 3)), TIME_S) == 0.0).all()
