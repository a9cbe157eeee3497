"""Which exercise a network names for whole sets, real and synthetic, and which figure tells wrong names from right ones.

A set is named by the mean calibrated probability over the windows that vote, as the analysis of a recording does it before the
motion of the wrist may veto. A set of an exercise that the network has no class for is named wrongly whatever is said, so an
order of the sets by doubt is judged by the errors that an app would show.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int
from scipy.stats import rankdata

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import align, windows
from qleap_edge.alignment.wear import Wear
from qleap_edge.comparison.watch.exercises import exercise_of_label
from qleap_edge.comparison.watch.labelled_sets import LabelledSet, read_sets
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.frames import WINDOW_SECONDS
from qleap_edge.evaluation.package_outputs import package_outputs
from qleap_edge.metrics.bootstrap import resampled_interval
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.uncertainty import confidence_calibration_error
from qleap_edge.uncertainty.calibration_curves import Curve
from qleap_edge.uncertainty.decode import DecodedWindows, decode
from qleap_edge.uncertainty.exercise_sets import LEAST_VOTING_SHARE, mean_probability
from qleap_edge.uncertainty.measured_errors import MeasuredErrors
from qleap_edge.uncertainty.profile import ProfileDocument

Doubt = Literal[
    "as the app answers", "probability", "distance of the embedding", "predicted error", "distance of the input"
]
"""An order of sets from the surest to the least sure one. ``as the app answers``: by the probability of the windows that vote,
sets in which fewer than half vote last. ``probability``: that of all windows."""
DOUBTS: tuple[Doubt, ...] = get_args(Doubt)
ANSWERED = 0.7
"""Share of the sets for which the risk is quoted."""
HOP_STEPS = 25
_RESAMPLES = 1000
_BINS = 5  # of the calibration error: with a few tens of sets more would hold next to none
_UNNAMED = -1  # an exercise that the network has no class for


@dataclass(frozen=True)
class NamedSets:
    """Sets, what they are called, and every doubt about it."""

    wrong: Bool[np.ndarray, " sets"]
    probability: Float64[np.ndarray, " sets"]
    """Of the name, mean over the windows that vote."""
    votes: Bool[np.ndarray, " sets"]
    """Whether at least half of the windows vote, so that an app says something."""
    doubt: dict[Doubt, Float64[np.ndarray, " sets"]]
    cluster: Int[np.ndarray, " sets"]
    """Person, or recording, whose sets are drawn together for an interval."""

    def __len__(self) -> int:
        """Return the number of sets."""
        return len(self.wrong)

    def where(self, keep: Bool[np.ndarray, " sets"]) -> "NamedSets":
        """Return some of the sets."""
        doubt = {by: values[keep] for by, values in self.doubt.items()}
        return NamedSets(self.wrong[keep], self.probability[keep], self.votes[keep], doubt, self.cluster[keep])


def real_sets(
    folder: Path,
    package: Path,
    profile: ProfileDocument,
    wear: Wear,
    *,
    workers: int = 1,
    on_set: Callable[[int, int], None] | None = None,
) -> NamedSets:
    """Name the labelled sets of a folder with a package.

    Args:
        folder: holds recordings and ``sets.csv``.
        package: the ``.mlpackage``.
        profile: fitted on this package.
        wear: how the watch was worn in all of them.
        workers: processes that run the package.
        on_set: called with (sets done, all sets).

    Raises:
        InputDataError: the table or a recording cannot be read, or no set holds a window.
    """
    labelled, parts, true = read_sets(folder), [], []
    for number, one in enumerate(labelled, start=1):
        imu = windows_of_set(one, wear, HOP_STEPS)
        if len(imu):
            parts.append(imu)
            name = exercise_of_label(one.exercise)
            true.append(_UNNAMED if name is None else EXERCISE_ID[name])
        if on_set is not None:
            on_set(number, len(labelled))
    if not parts:
        raise InputDataError(
            "no set holds a window that can be used", where=folder, expected="active parts of at least four seconds",
            next_step="check the recordings with `qleap watch inspect`",
        )  # fmt: skip
    imu = np.concatenate(parts)
    outputs = package_outputs(package, imu, workers=workers)
    decoded = decode(outputs, imu, profile, stature_m=1.0, wrist="left")
    sequence = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return named_sets(decoded, sequence, np.array(true), np.arange(len(parts)))


def windows_of_set(labelled: LabelledSet, wear: Wear, hop: int) -> Float32[np.ndarray, "windows 200 6"]:
    """Return the windows whose middle lies in the active part of a set and that the checks of the recording let through."""
    recording = read_recording(labelled.path)
    cut = windows(align(recording, wear), hop=hop)
    middle = cut.start_s + WINDOW_SECONDS / 2 + recording.origin_s
    return cut.imu[(middle >= labelled.active_s[0]) & (middle <= labelled.active_s[1]) & ~cut.rejected]


def synthetic_sets(errors: MeasuredErrors) -> NamedSets:
    """Name the sequences of the test persons in which one exercise is done throughout."""
    test = errors.test
    _, first, index = np.unique(test.sequence, return_index=True, return_inverse=True)
    other = np.bincount(index, weights=test.exercise != test.exercise[first][index]) > 0
    keep = ~other[index]
    _, rows = np.unique(test.sequence[keep], return_inverse=True)
    return named_sets(errors.decoded, rows, test.exercise[first][~other], test.subject[first][~other], keep)


def named_sets(
    decoded: DecodedWindows,
    sequence: Int[np.ndarray, " windows"],
    exercise: Int[np.ndarray, " sets"],
    cluster: Int[np.ndarray, " sets"],
    keep: Bool[np.ndarray, " all"] | None = None,
) -> NamedSets:
    """Return the names of sets and the doubts about them.

    Args:
        decoded: all windows.
        sequence: the set of each window that is kept, from 0.
        exercise: the true one of each set; -1: the network has no class for it.
        cluster: of each set.
        keep: windows that belong to a set; None: all.
    """
    rows = np.flatnonzero(np.ones(len(decoded.log_sigma), dtype=bool) if keep is None else keep)
    probability, voting = decoded.exercise_probability[rows], ~decoded.abstain[rows]
    of_all, of_voting = (np.zeros((len(exercise), probability.shape[1])) for _ in range(2))
    share = np.zeros(len(exercise))
    for one in range(len(exercise)):
        inside = sequence == one
        of_all[one] = probability[inside].mean(axis=0)
        share[one] = voting[inside].mean()
        of_voting[one] = mean_probability(probability[inside], voting[inside]) if share[one] > 0.0 else of_all[one]
    count = np.bincount(sequence, minlength=len(exercise))
    embedding, error, signal = (
        np.bincount(sequence, weights=values[rows]) / count
        for values in (decoded.embedding_distance, decoded.log_sigma, decoded.input_distance)
    )
    votes = share >= LEAST_VOTING_SHARE
    named = of_voting.max(axis=1)
    values = (1.0 - named + (~votes) * (2.0 - share), 1.0 - of_all.max(axis=1), embedding, error, signal)
    return NamedSets(
        wrong=of_voting.argmax(axis=1) != exercise,
        probability=named,
        votes=votes,
        doubt=dict(zip(DOUBTS, values, strict=True)),
        cluster=cluster,
    )


def risk_at(wrong: Bool[np.ndarray, " sets"], doubt: Float[np.ndarray, " sets"], answered: float) -> float:
    """Return the share of wrong names among the surest sets; at least one set is answered."""
    first = np.argsort(doubt, kind="stable")[: max(1, round(answered * len(wrong)))]
    return float(wrong[first].mean())


def risk_curve(sets: NamedSets, by: Doubt) -> Curve:
    """Return the risk against the share of sets that is answered, with 95 % intervals over clusters."""
    shares, doubt = np.arange(1, 11) / 10.0, sets.doubt[by]
    value = np.array([risk_at(sets.wrong, doubt, share) for share in shares])
    interval = np.array(
        [_interval(sets, partial(risk_at, answered=float(a)), doubt, v) for a, v in zip(shares, value, strict=True)]
    )
    return Curve(shares, value, interval)


def auroc(wrong: Bool[np.ndarray, " sets"], doubt: Float[np.ndarray, " sets"]) -> float:
    """Return the probability that a wrong set is doubted more than a right one; NaN without sets of both kinds.

    Source: rank-sum form of the area under the ROC curve, Hanley and McNeil 1982, Radiology 143(1), 29-36.
    """
    positives = int(wrong.sum())
    pairs = positives * (len(wrong) - positives)
    if not pairs:
        return float("nan")
    return float((rankdata(doubt)[wrong].sum() - positives * (positives + 1) / 2) / pairs)


def roc(wrong: Bool[np.ndarray, " sets"], doubt: Float[np.ndarray, " sets"]) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of right and of wrong sets that are turned away, for every threshold on the doubt."""
    thresholds = np.r_[np.inf, np.sort(np.unique(doubt))[::-1]]
    turned = doubt >= thresholds[:, None]
    return turned[:, ~wrong].mean(axis=1), turned[:, wrong].mean(axis=1)


def real_set_measurements(sets: NamedSets) -> tuple[Measurement, ...]:
    """Return the figures of real sets; their intervals are over sets."""
    found = []
    for by, doubt in sets.doubt.items():
        key = by.replace(" ", "_")
        found.append(
            _measured(
                sets, f"risk_{100 * ANSWERED:g}.{key}", partial(risk_at, answered=ANSWERED), doubt,
                f"share of wrong names among the surest {ANSWERED:.0%} of the sets",
            )
        )  # fmt: skip
        found.append(
            _measured(
                sets, f"auroc.{key}", auroc, doubt,
                "probability that a wrong name is doubted more than a right one; 0.5 is a guess",
            )
        )  # fmt: skip
    told = sets.where(sets.votes)
    if len(told) >= _BINS:
        rng, sure = np.random.default_rng(0), told.probability
        perfect = [_calibration_error(rng.random(len(told)) >= sure, sure) for _ in range(_RESAMPLES)]
        note = (
            f"sets in which at least half of the windows vote, {_BINS} bins; a perfect probability scores "
            f"{np.mean(perfect):.3f} with so few"
        )
        found.append(_measured(told, "exercise_ece", _calibration_error, sure, note))
    return tuple(found)


_Figure = Callable[[Bool[np.ndarray, " sets"], Float[np.ndarray, " sets"]], float]
"""Of what is wrong, and a number for each set."""


def _calibration_error(wrong: Bool[np.ndarray, " sets"], sure: Float[np.ndarray, " sets"]) -> float:
    return confidence_calibration_error(sure, ~wrong, _BINS)


def _measured(sets: NamedSets, name: str, figure: _Figure, values: np.ndarray, note: str) -> Measurement:
    value = figure(sets.wrong, values)
    known = bool(np.isfinite(value))
    return Measurement(
        name=f"calibration.real_sets.{name}", value=value if known else None, unit="1",
        interval=_interval(sets, figure, values, value) if known else None, sequences=len(sets), note=note,
    )  # fmt: skip


def _interval(sets: NamedSets, figure: _Figure, values: np.ndarray, value: float) -> tuple[float, float]:
    """Return the interval over clusters; a resample in which the figure is undefined counts as the value."""

    def known(rows: Int[np.ndarray, " rows"]) -> float:
        found = figure(sets.wrong[rows], values[rows])
        return found if np.isfinite(found) else value

    return resampled_interval(known, sets.cluster, value, _RESAMPLES)
