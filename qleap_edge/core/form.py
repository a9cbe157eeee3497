"""The names of the form rubric's criteria: what a watch can grade in a squat, and what it cannot see."""

from typing import Literal, get_args

RUBRIC_VERSION = 2
"""Rises with every change of a criterion, of a bound or of how points become a score. Version 1 graded what no wrist sees."""

Observable = Literal["depth", "tempo", "bounce", "pauses", "lean", "consistency", "velocity_loss"]
OBSERVABLE: tuple[Observable, ...] = get_args(Observable)
"""Criteria that the score consists of."""

NotObservable = Literal["valgus", "lumbar", "heel_rise", "asymmetry"]
NOT_OBSERVABLE: tuple[NotObservable, ...] = get_args(NotObservable)
"""Faults that leave no mark at a wrist: knees that fall in, a rounded lower back, lifted heels, a load to one side."""

NOT_OBSERVABLE_IN_WORDS = "knees that fall in, a rounded lower back, lifted heels and a load to one side"

CEILING_KAPPA = 0.9
"""Quadratic weighted kappa of a strong reader of the wrist's signal, told where the repetitions are, on the windows of unseen
synthetic persons with the release sensor. Source: ``benchmarks/bench_form_ceiling.py``."""
