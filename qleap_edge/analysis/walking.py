"""Tell the swing of the arm in walking from an exercise: the wrist then moves up and down twice a swing.

Each step lifts the body once, and the hand of a swinging arm is highest at both ends of the swing. In an exercise the hand
goes up and down once a repetition. Only swings as fast as walking are judged.

Source: cadence of walking, Tudor-Locke et al. 2018, Br. J. Sports Med. 52(12), 776-788: 100 steps a minute are a moderate pace.
"""

from itertools import pairwise

import numpy as np

from qleap_edge.analysis.cycles import Steps
from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ
from qleap_edge.analysis.vertical_motion import VerticalMotion

SLOWEST_STRIDE_S = 2.0  # two steps, 60 steps a minute
FASTEST_REPETITION_S = 0.9  # two steps at 133 steps a minute; nobody lifts a weight so fast
BAND = 0.3  # of the frequency, on either side
TWICE = 1.0  # the power at twice the frequency of the swings against the power at their frequency


def is_walking(motion: VerticalMotion, start_s: float, repetitions: tuple[Steps, ...]) -> bool:
    """Tell whether repetitions are swings of the arm in walking.

    Args:
        motion: of the stretch.
        start_s: stamp of the first step of the slow signals.
        repetitions: steps of the slow signals.
    """
    turns = [turn for _, turn, _ in repetitions]
    if len(turns) < 2:
        return False
    period_s = float(np.median([after - before for before, after in pairwise(turns)])) / SLOW_RATE_HZ
    if period_s >= SLOWEST_STRIDE_S:
        return False
    if period_s < FASTEST_REPETITION_S:
        return True
    first = motion.at(start_s + repetitions[0][0] / SLOW_RATE_HZ)
    last = motion.at(start_s + repetitions[-1][2] / SLOW_RATE_HZ)
    part = motion.acceleration[first : last + 1]
    power = np.abs(np.fft.rfft((part - part.mean()) * np.hanning(len(part)))) ** 2
    frequency = np.fft.rfftfreq(len(part), 1.0 / motion.rate_hz)

    def around(hz: float) -> float:
        return float(power[np.abs(frequency - hz) <= BAND / period_s].sum())

    return around(2.0 / period_s) > TWICE * around(1.0 / period_s)
