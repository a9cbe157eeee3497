"""How a network names the windows of labelled real recordings, before any gate, vote or physics.

    python benchmarks/bench_real_names.py --recordings DIR --model DIR [DIR ...] [--hop 25]

DIR holds recordings with a ``sets.csv``, as for ``qleap benchmark watch``; give the half on which the choice between networks
is made. ``--model`` is a checkpoint folder, a package or a bundle; several are set side by side. A set counts as named right if
the mean probability of the right exercise is the largest; with at least 0.8 it is also an answer. Sets whose exercise the
network has no class for count among the windows that are called squat and in the risk: there any answer is wrong. The risk is
the share of wrong sets among those that are answered, if the sets of the largest mean probability are answered first. Intervals
are 95 %, recordings drawn whole. A bundle has a profile: for it, the exercises that remain possible for a set are given too;
what its gates and probabilities are worth, `qleap calibrate --recordings` says. The last line is one JSON document.
"""

import argparse
import json
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from bench_captured import open_model
from jaxtyping import Float, Int
from scipy.special import softmax

from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.comparison.watch.exercises import exercise_of_label
from qleap_edge.comparison.watch.labelled_sets import read_sets
from qleap_edge.comparison.watch.named_sets import windows_of_set
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES
from qleap_edge.core.units import REFERENCE_STATURE_M
from qleap_edge.metrics.bootstrap import mean_interval
from qleap_edge.uncertainty.decode import decode
from qleap_edge.uncertainty.exercise_sets import mean_probability, remaining

_ANSWER = 0.8
_ANSWERED_SHARES = (0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True)
class NamedSet:
    """One set: what it is, and what the network calls it."""

    file: str
    label: str
    exercise: str | None
    """Of ours; None where there is no class for it."""
    probability: Float[np.ndarray, " exercises"]
    """Mean over the windows of the set."""
    share: Float[np.ndarray, " exercises"]
    """Of the windows, by most probable exercise."""
    remaining: tuple[str, ...] | None = None
    """Exercises that remain possible by the profile of a bundle; None for a model without a profile."""

    @property
    def right(self) -> bool:
        """Whether the largest mean probability is that of the right exercise."""
        return EXERCISES[int(self.probability.argmax())] == self.exercise

    @property
    def answered(self) -> bool:
        """Whether the largest mean probability is large enough for an answer."""
        return float(self.probability.max()) >= _ANSWER


def named_sets(folder: Path, model: Path, hop: int) -> list[NamedSet]:
    """Run the network on the windows whose middle lies in the active part of each set."""
    network, found = open_model(model), []
    for labelled in read_sets(folder):
        imu = windows_of_set(labelled, Wear(Side.LEFT, Side.RIGHT), hop)
        if not len(imu):
            print(f"{labelled.path.name}: no window")
            continue
        outputs = network.run(imu, None)
        probability = softmax(outputs.exercise_logits.astype(np.float64), axis=1)
        share = np.bincount(probability.argmax(axis=1), minlength=len(EXERCISES)) / len(probability)
        exercise = exercise_of_label(labelled.exercise)
        left = None
        if network.profile is not None:
            decoded = decode(outputs, imu, network.profile, stature_m=REFERENCE_STATURE_M, wrist="left")
            mean = mean_probability(decoded.exercise_probability, ~decoded.abstain)
            left = tuple(EXERCISES[one] for one in remaining(mean, ~decoded.abstain, network.profile.exercise_sets))
        found.append(NamedSet(labelled.path.name, labelled.exercise, exercise, probability.mean(axis=0), share, left))
    return found


def report(sets: list[NamedSet]) -> dict[str, object]:
    """Print a line for each logged exercise and the totals; return the totals."""
    by_label: dict[str, list[NamedSet]] = defaultdict(list)
    for one in sets:
        by_label[one.label].append(one)
    for label, some in sorted(by_label.items()):
        share = np.mean([one.share for one in some], axis=0)
        shown = ", ".join(f"{EXERCISES[i]} {share[i]:.2f}" for i in np.argsort(-share)[:3])
        right = sum(one.right for one in some)
        print(f"  {label:24s} {some[0].exercise or '-':18s} {len(some):2d} sets, {right} right: {shown}")
    known = [one for one in sets if one.exercise is not None]
    answered = [one for one in known if one.answered]
    others = [one for one in sets if one.exercise != "squat"]
    squat = np.array([one.share[EXERCISE_ID["squat"]] for one in others])
    named = np.array([float(one.right) for one in known])
    low, high = mean_interval(named, np.arange(len(named)))
    figures = {
        "sets": len(known),
        "right": float(named.mean()),
        "right_interval": [low, high],
        "answered": len(answered) / len(known),
        "right_of_answered": float(np.mean([one.right for one in answered])) if answered else float("nan"),
        "windows_called_squat": float(squat.mean()),
        "sets_called_squat": sum(EXERCISES[int(one.probability.argmax())] == "squat" for one in others),
    }
    print(
        f"  {len(known)} sets with a class: right {named.mean():.2f} [{low:.2f}, {high:.2f}]; answered "
        f"{figures['answered']:.2f}, right of these {figures['right_of_answered']:.2f}; "
        f"windows called squat {figures['windows_called_squat']:.3f}, sets {figures['sets_called_squat']} of {len(squat)}"
    )
    risk = risk_by_coverage(sets)
    for share, (wrong, interval) in risk.items():
        print(f"  answered {share:.0%}: wrong {wrong:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]")
    figures |= _sets_of_exercises(known)
    sure = float(np.mean([one.probability.max() for one in sets]))
    print(f"  mean probability of the named exercise {sure:.2f}, right {np.mean([one.right for one in sets]):.2f}")
    return figures | {"risk": {str(share): [wrong, *interval] for share, (wrong, interval) in risk.items()}}


def _sets_of_exercises(known: list[NamedSet]) -> dict[str, float]:
    """Print and return how often the true exercise remains, for a model with a profile."""
    told = [one for one in known if one.remaining is not None]
    if not told:
        return {}
    few = [one for one in told if one.remaining and len(one.remaining) <= 2]
    right = [one for one in few if one.exercise in (one.remaining or ())]
    single = [one for one in few if len(one.remaining or ()) == 1]
    figures = {
        "one_or_two_remain": len(few) / len(told),
        "right_of_one_or_two": len(right) / max(len(few), 1),
        "one_remains": len(single) / len(told),
        "right_of_one": sum(one.exercise in (one.remaining or ()) for one in single) / max(len(single), 1),
    }
    print(
        f"  by the profile: one or two exercises remain in {figures['one_or_two_remain']:.2f} of the sets, the right one "
        f"among them {figures['right_of_one_or_two']:.2f}; one remains in {figures['one_remains']:.2f}, right "
        f"{figures['right_of_one']:.2f}"
    )
    return figures


def risk_by_coverage(sets: list[NamedSet]) -> dict[float, tuple[float, tuple[float, float]]]:
    """Return the share of wrong sets among the answered ones with its interval, by the share that is answered."""
    wrong = np.array([float(not one.right) for one in sets])
    sure = np.array([one.probability.max() for one in sets])

    def risk(rows: Int[np.ndarray, " n"], share: float) -> float:
        first = rows[np.argsort(-sure[rows], kind="stable")][: max(1, round(share * len(rows)))]
        return float(wrong[first].mean())

    every, rng = np.arange(len(sets)), np.random.default_rng(0)
    drawn = [rng.choice(every, len(every)) for _ in range(2000)]
    found = {}
    for share in _ANSWERED_SHARES:
        low, high = np.percentile([risk(rows, share) for rows in drawn], [2.5, 97.5])
        found[share] = (risk(every, share), (float(low), float(high)))
    return found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, nargs="+")
    parser.add_argument("--hop", type=int, default=25, help="steps between windows")
    options = parser.parse_args()
    figures = {}
    for model in options.model:
        print(model)
        figures[str(model)] = report(named_sets(options.recordings, model, options.hop))
    print(json.dumps({"benchmark": "real_names", "figures": figures}))


if __name__ == "__main__":
    main()
