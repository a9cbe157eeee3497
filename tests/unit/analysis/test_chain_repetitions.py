"""Which swings are repetitions: alike in posture and height, of a size of their own."""

import numpy as np
import pytest

from qleap_edge.analysis.chain_repetitions import find_chain
from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ, SlowSignals
from tests.support.exercise_sets import minimum_jerk


def signals(swings: list[tuple[float, float]], still_s: float = 4.0) -> SlowSignals:
    """Return the slow signals of swings down and back, each with its depth (m) and turn of the forearm (rad)."""
    height, turn = [np.zeros(round(still_s * SLOW_RATE_HZ))], [np.zeros(round(still_s * SLOW_RATE_HZ))]
    for depth, angle in swings:
        way = np.concatenate([minimum_jerk(25), np.ones(4), 1.0 - minimum_jerk(25), np.zeros(12)])
        height.append(-depth * way)
        turn.append(angle * way)
    height.append(height[0])
    turn.append(turn[0])
    pitch = np.concatenate(turn)
    up = np.stack([np.sin(pitch), np.zeros(len(pitch)), np.cos(pitch)], axis=1)
    return SlowSignals(np.arange(len(pitch)) / SLOW_RATE_HZ, up, np.concatenate(height))


def chain_of(swings: list[tuple[float, float]]):
    slow = signals(swings)
    return find_chain(slow, "travel", slow.height, (60, 340), 0.6)


USUAL = [(0.6, 0.2)] * 6


def test_alike_swings_are_a_chain():
    chain = chain_of(USUAL)
    assert chain is not None and len(chain.repetitions) == 6
    assert chain.amplitude == pytest.approx(0.6, abs=0.01)
    assert chain.agreement > 0.99 and chain.passes == 0


@pytest.mark.parametrize("guess", [0.1, 0.3, 0.6])
def test_a_guess_of_the_amplitude_that_is_too_small_costs_nothing(guess):
    slow = signals(USUAL)
    chain = find_chain(slow, "travel", slow.height, (60, 340), guess)
    assert chain is not None and len(chain.repetitions) == 6
    assert chain.amplitude == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("share", [0.65, 1.4])
def test_a_smaller_or_larger_repetition_counts_wherever_it_is(place, share):
    swings = list(USUAL)
    swings[place] = (0.6 * share, 0.2 * share)
    chain = chain_of(swings)
    assert chain is not None and len(chain.repetitions) == 6


@pytest.mark.parametrize("place", [0, 6])
def test_a_swing_in_another_posture_next_to_a_set_is_none(place):
    """The hand goes down as far, but the forearm turns by 90 degrees: a weight is picked up or put down."""
    chain = chain_of([*USUAL[:place], (0.6, 1.6), *USUAL[place:]])
    assert chain is not None and len(chain.repetitions) == 6


def test_between_two_repetitions_a_swing_may_differ_more():
    chain = chain_of([*USUAL[:3], (0.5, 0.9), *USUAL[:3]])
    assert chain is not None and len(chain.repetitions) == 7


def test_both_ends_are_treated_alike():
    swings = [(0.3, 0.1), (0.5, 0.2), *USUAL, (0.45, 0.3)]
    slow = signals(swings)
    back = SlowSignals(slow.time_s, slow.up[::-1].copy(), slow.height[::-1].copy())
    window = (len(slow) // 2 - 140, len(slow) // 2 + 140)
    forwards, backwards = (find_chain(one, "travel", one.height, window, 0.6) for one in (slow, back))
    assert forwards is not None and backwards is not None
    assert len(forwards.repetitions) == len(backwards.repetitions)
