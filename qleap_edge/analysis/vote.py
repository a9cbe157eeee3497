"""Which exercise a set is: the windows of the set vote with their calibrated probabilities, and the wrist's motion may veto.

Windows overlap and share their errors, so their probabilities are averaged, not multiplied: the mean of many windows is no
more certain than one of them (linear opinion pool). A name needs a mean of 0.8, votes of at least half of the windows, and a
motion of the wrist that the exercise allows. Otherwise the set is "repetitions of an unknown exercise", and the one or two
exercises that remain possible by the conformal sets of the profile are said beside it.

Source: linear opinion pool, Genest and Zidek 1986, Statistical Science 1(1), 114-135.
"""

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.analysis.session_document import Candidate, ExerciseStatement
from qleap_edge.analysis.wrist_patterns import WristMotion, ambiguity, contradiction
from qleap_edge.core.exercises import EXERCISES, Exercise, in_words
from qleap_edge.uncertainty.exercise_sets import LEAST_VOTING_SHARE, ExerciseSets, mean_probability, remaining

LEAST_PROBABILITY = 0.8
MOST_LEFT = 2  # more names than these tell nobody anything
SHOWN = 0.05


def vote(
    probability: Float[np.ndarray, "k exercises"],
    votes: Bool[np.ndarray, " k"],
    motion: WristMotion,
    sets: ExerciseSets,
    declared: Exercise | None = None,
) -> ExerciseStatement:
    """Return which exercise a set is, or that nobody knows.

    Args:
        probability: calibrated probability of each exercise, by id, for each window of the set.
        votes: True for the windows from which the network does not abstain.
        motion: what the wrist does in the set.
        sets: which exercises remain possible, of the profile.
        declared: the exercise that the wearer names. It replaces the network's vote, but not the veto of the wrist's motion.
    """
    mean = mean_probability(probability, votes)
    order = [int(one) for one in np.argsort(-mean, kind="stable") if mean[one] >= SHOWN]
    candidates = tuple(
        Candidate(
            exercise=EXERCISES[one],
            probability=float(mean[one]),
            contradiction=contradiction(EXERCISES[one], motion) or ambiguity(EXERCISES[one], motion),
        )
        for one in order
    )
    why = _why_unknown(candidates, votes) if declared is None else contradiction(declared, motion)
    if why is not None and declared is not None:
        why = f"the wearer names {in_words(declared)}, but {why}"
    name = None if why is not None else declared or candidates[0].exercise
    return ExerciseStatement(
        name=name or "unknown",
        named_by="nobody" if name is None else "network" if declared is None else "wearer",
        probability=float(mean[EXERCISES.index(name)]) if name is not None and votes.any() else None,
        candidates=candidates,
        windows=len(votes),
        abstained=int((~votes).sum()),
        why_unknown=why,
        one_of=_one_of(mean, votes, motion, sets) if why is not None and declared is None else (),
    )


def _one_of(
    mean: Float[np.ndarray, " exercises"], votes: Bool[np.ndarray, " k"], motion: WristMotion, sets: ExerciseSets
) -> tuple[Exercise, ...]:
    """Return the exercises that remain possible and that the wrist's motion allows; none where they are too many."""
    left = tuple(EXERCISES[one] for one in remaining(mean, votes, sets))
    left = tuple(name for name in left if contradiction(name, motion) is None and ambiguity(name, motion) is None)
    return left if len(left) <= MOST_LEFT else ()


def _why_unknown(candidates: tuple[Candidate, ...], votes: Bool[np.ndarray, " k"]) -> str | None:
    """Return why the network's first choice is not taken over; ``None`` if it is."""
    if not len(votes):
        return "no whole window of four seconds lies in the set"
    if votes.mean() < LEAST_VOTING_SHARE:
        return f"the network abstains from {int((~votes).sum())} of {len(votes)} windows"
    first = candidates[0]
    if first.probability < LEAST_PROBABILITY:
        shown = f"{first.probability:.2f}"
        if float(shown) >= LEAST_PROBABILITY:  # 0.798 may not read as the 0.80 that is needed
            shown = f"{np.floor(1000.0 * first.probability) / 1000.0:.3f}"
        return (
            f"the network gives {in_words(first.exercise)} a probability of {shown}; "
            f"at least {LEAST_PROBABILITY:.2f} is needed"
        )
    if first.contradiction is not None:
        return f"the network says {in_words(first.exercise)}, but {first.contradiction}"
    return None
