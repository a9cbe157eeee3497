"""Calibration before and after the profile, on persons that are in neither training nor calibration.

Marginal coverage hides where a product fails, so coverage is also given for the hardest quarter of the windows, the worst
joint, the worst named exercise and the worst sequences. Every interval is over persons.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.metrics.bootstrap import mean_interval, person_sums, ratio_intervals, resampled_interval
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.uncertainty import (
    confidence_calibration_error,
    gaussian_crps,
    interval_hits,
    mean_squared_z,
    normalised_calibration_error,
    radius_hits,
)
from qleap_edge.uncertainty.captured import LEVEL
from qleap_edge.uncertainty.exercise_sets import set_probabilities
from qleap_edge.uncertainty.groups import frame_groups, group_name
from qleap_edge.uncertainty.measured_errors import FREE_JOINTS, MeasuredErrors
from qleap_edge.uncertainty.profile import CalibrationWindows, ProfileDocument

HARD_LEVEL = 0.9
"""Level of the conformal regions whose coverage is given where it is hard."""
_FEWEST_WINDOWS = 50  # of a named exercise whose coverage is quoted
_FEWEST_SEQUENCES = 50  # of a group of frames whose coverage is quoted
_FEWEST_FRAMES = 20  # of a sequence that counts for a group
_KEPT_SHARE = 0.8
_HARDEST_SHARE = 0.25
_SIMULATIONS = 20  # of a perfectly calibrated network, for the floor of ENCE
_LOWEST_PERCENT = 5.0
_RESAMPLES, _SEQUENCE_RESAMPLES = 200, 500  # of figures that must be computed anew for each


def calibration_measurements(test: CalibrationWindows, profile: ProfileDocument) -> tuple[Measurement, ...]:
    """Return coverage and scale figures, raw and calibrated, and the share of windows that are abstained from."""
    return _Report(test, profile).measurements()


class _Report:
    """The figures of one set of errors."""

    def __init__(self, test: CalibrationWindows, profile: ProfileDocument) -> None:
        self.test, self.profile, self.size = test, profile, test.size()
        self.errors = MeasuredErrors(test, profile)
        self.decoded = self.errors.decoded

    def measurements(self) -> tuple[Measurement, ...]:
        rows = [
            self.mean("mean_squared_z.before", mean_squared_z(self.errors.raw), "1 is right"),
            self.mean("mean_squared_z.after", mean_squared_z(self.errors.scaled), "1 is right"),
        ]
        for level in self.profile.levels:
            percent = f"{100 * level:g}"
            rows.append(
                self.mean(f"coverage_{percent}.before", interval_hits(self.errors.raw, level), "Gaussian interval, raw")
            )
            rows.append(
                self.mean(f"coverage_{percent}.after", interval_hits(self.errors.scaled, level), "Gaussian, scaled")
            )
            name, radius = f"region_coverage_{percent}.after", self.errors.radius(level)
            if radius is None:
                note = f"needs more than {self.profile.radius_set.subjects} calibration persons"
                rows.append(Measurement(name=f"calibration.{name}", value=None, unit="1", note=note))
                continue
            rows.append(self.mean(name, radius_hits(self.errors.scores, radius), "conformal region of a joint"))
            if level == HARD_LEVEL:
                rows += self.where_it_is_hard(f"region_coverage_{percent}", self.errors.scores <= radius)
        rows += [self.scale_error(), self.crps(), self.exercise_error(), self.kept()]
        rows += [*self.exercise_sets(), *self.form_sets(), *self.captured()]
        abstain, note = self.decoded.abstain.astype(np.float64), f"target {self.profile.abstain.target_share:g}"
        return (*rows, self.mean("abstained", abstain, note))

    def where_it_is_hard(self, name: str, hits: Bool[np.ndarray, "n 200 16"]) -> list[Measurement]:
        """Return the coverage where marginal coverage says nothing: hard windows, the worst joint, exercise and sequences."""
        window, named = hits.mean(axis=(1, 2)), self.decoded.exercise
        rows = []
        for by, difficulty in (
            ("predicted_error", self.decoded.log_sigma),
            ("input_distance", self.decoded.input_distance),
            ("embedding_distance", self.decoded.embedding_distance),
        ):
            hardest = difficulty >= np.quantile(difficulty, 1.0 - _HARDEST_SHARE)
            note = f"the quarter of the windows with the largest {by.replace('_', ' ')}"
            rows.append(self.mean(f"{name}.hardest_by_{by}", window, note, hardest))
        joint = int(hits.mean(axis=(0, 1)).argmin())
        rows.append(self.mean(f"{name}.worst_joint", hits[:, :, joint].mean(axis=1), FREE_JOINTS[joint]))
        groups = {one: named == one for one in np.unique(named) if np.sum(named == one) >= _FEWEST_WINDOWS}
        if not groups:  # few windows: the exercise that is named most
            most = int(np.bincount(named).argmax())
            groups = {most: named == most}
        worst = min(groups, key=lambda one: float(window[groups[one]].mean()))
        note = f"windows called {EXERCISES[worst].replace('_', ' ')}, of {len(groups)} groups"
        rows.append(self.mean(f"{name}.worst_named_exercise", window, note, groups[worst]))
        return [*rows, self.worst_group(name, hits), self.lowest_sequences(name, window)]

    def worst_group(self, name: str, hits: Bool[np.ndarray, "n 200 16"]) -> Measurement:
        """Return the coverage of the worst of the groups of frames that a phone can tell apart."""
        groups = frame_groups(self.decoded.exercise, self.test.imu, self.test.outputs.pose)
        inside, _, sequence = hits.mean(axis=2), *np.unique(self.test.sequence, return_inverse=True)
        shares = {}
        for one in np.unique(groups):
            frames = (groups == one).sum(axis=1)
            seen = len(np.unique(sequence[frames >= _FEWEST_FRAMES]))
            shares[int(one)] = seen, float(inside[groups == one].mean())
        fewest = min(_FEWEST_SEQUENCES, max(seen for seen, _ in shares.values()))
        large = {one: share for one, (seen, share) in shares.items() if seen >= fewest}
        worst = min(large, key=lambda one: large[one])
        frames = (groups == worst).sum(axis=1)
        weighted = np.where(groups == worst, inside, 0.0).sum(axis=1)
        note = f"{group_name(worst)}; of {len(large)} groups of frames with {fewest} sequences and more"
        return self.ratio(f"{name}.worst_group", weighted, frames.astype(np.float64), note, rows=frames > 0)

    def lowest_sequences(self, name: str, window: Float[np.ndarray, " n"]) -> Measurement:
        """Return the 5th percentile of the coverage of a sequence."""
        _, first, index = np.unique(self.test.sequence, return_index=True, return_inverse=True)
        of_sequence = np.bincount(index, weights=window) / np.bincount(index)
        subject = self.test.subject[first]

        def lowest(rows: np.ndarray) -> float:
            return float(np.percentile(of_sequence[rows], _LOWEST_PERCENT))

        value = lowest(np.arange(len(of_sequence)))
        return Measurement(
            name=f"calibration.{name}.sequences_5th_percentile", value=value, unit="1",
            interval=resampled_interval(lowest, subject, value, _SEQUENCE_RESAMPLES), **self.counts(),
        )  # fmt: skip

    def scale_error(self) -> Measurement:
        """Return ENCE with ten bins, beside what it is for a network whose σ is exactly right."""
        every = (slice(None), slice(None, None, 20))
        z, sigma = self.errors.scaled[every], self.errors.sigma[every]
        rng = np.random.default_rng(0)
        # The errors of a sequence are dependent; one sign and one size for each window and coordinate are the worst case.
        floor = [
            normalised_calibration_error(
                np.broadcast_to(rng.standard_normal((len(z), 1, *z.shape[2:])), z.shape).ravel(), sigma.ravel()
            )
            for _ in range(_SIMULATIONS)
        ]
        value = normalised_calibration_error(z.ravel(), sigma.ravel())
        note = f"10 bins of equal mass; a perfect sigma scores {np.mean(floor):.3f} on as many windows"
        return self.whole(
            "ence_10", value, lambda rows: normalised_calibration_error(z[rows].ravel(), sigma[rows].ravel()), note
        )

    def crps(self) -> Measurement:
        """Return CRPS as a share of that of the same errors with a constant σ for each joint and axis."""
        error = self.errors.scaled * self.errors.sigma
        constant = np.sqrt((error**2).mean(axis=(0, 1)))
        ours = gaussian_crps(self.errors.scaled, self.errors.sigma).mean(axis=(1, 2, 3))
        theirs = gaussian_crps(error / constant, np.broadcast_to(constant, error.shape)).mean(axis=(1, 2, 3))
        note = "a constant sigma a joint and axis, fitted on these windows"
        return self.ratio("crps_over_constant_sigma", ours, theirs, note, baseline=1.0)

    def exercise_error(self) -> Measurement:
        """Return the calibration error of the probability of the named exercise."""
        confidence = self.decoded.exercise_probability.max(axis=1)
        right = self.decoded.exercise == self.test.exercise
        return self.whole(
            "exercise_ece_15", confidence_calibration_error(confidence, right),
            lambda rows: confidence_calibration_error(confidence[rows], right[rows]), "15 bins of equal mass",
        )  # fmt: skip

    def kept(self) -> Measurement:
        """Return the error of the windows that are kept when the fifth of the largest predicted error is not answered."""
        error = self.errors.window_error
        keep = self.decoded.log_sigma <= np.quantile(self.decoded.log_sigma, _KEPT_SHARE)
        full = float(error.mean())
        return self.whole(
            "error_of_kept_80", float(error[keep].mean()) / full,
            lambda rows: float(error[rows][keep[rows]].mean() / error[rows].mean()), "as a share of the error of all windows",
        )  # fmt: skip

    def exercise_sets(self) -> tuple[Measurement, ...]:
        """Return how often the true exercise remains for a whole sequence, and how many exercises remain."""
        sets = self.profile.exercise_sets
        mean, first = set_probabilities(
            self.decoded.exercise_probability, ~self.decoded.abstain, self.test.exercise, self.test.sequence
        )
        subject, left = self.test.subject[first], mean >= sets.threshold
        rows = []
        for name, values, note in (
            ("coverage", left[np.arange(len(first)), self.test.exercise[first]], f"conformal at {sets.level:g}"),
            ("size", left.sum(axis=1), "how many exercises remain"),
        ):
            known = len(first) > 0
            rows.append(
                Measurement(
                    name=f"calibration.exercise_sets.{name}", value=float(values.mean()) if known else None, unit="1",
                    interval=mean_interval(values.astype(np.float64), subject) if known else None,
                    subjects=len(np.unique(subject)), sequences=len(first), note=f"{note}; sequences of one exercise",
                )
            )  # fmt: skip
        return tuple(rows)

    def form_sets(self) -> tuple[Measurement, ...]:
        """Return how often the true form score remains for a window, and how many scores remain; none without scores."""
        low, high = self.decoded.form_range
        score, scored = self.test.form, self.test.form >= 0
        if not scored.any():
            return ()
        inside = ((score >= low) & (score <= high)).astype(np.float64)
        note = f"conformal at {self.profile.form_sets.level:g}; windows with a score"
        return (
            self.mean("form_sets.coverage", inside, note, scored),
            self.mean(
                "form_sets.size", (high - low + 1).astype(np.float64), "how many neighbouring scores remain", scored
            ),
        )

    def captured(self) -> tuple[Measurement, Measurement]:
        """Return what the regions are worth on captured persons, as the profile states it."""
        found = self.profile.captured
        named, counts = f"calibration.captured.region_coverage_{100 * LEVEL:g}", {
            "subjects": found.persons, "sequences": found.recordings,
        }  # fmt: skip
        who = "captured persons, each by a network that did not learn from that person, not by this package"
        return (
            Measurement(name=f"{named}.before", value=found.coverage_90_before, unit="1", note=who, **counts),
            Measurement(
                name=f"{named}.after", value=found.coverage_90, unit="1", note=f"widened; {who}",
                interval=(found.coverage_90_low, found.coverage_90_high), **counts,
            ),
        )  # fmt: skip

    def counts(self) -> dict[str, int]:
        return {"subjects": self.size.subjects, "sequences": self.size.sequences}

    def mean(
        self, name: str, values: np.ndarray, note: str = "", rows: Bool[np.ndarray, " n"] | None = None
    ) -> Measurement:
        """Return a mean over windows with its interval."""
        test = self.test if rows is None else self.test.where(rows)
        size, chosen = test.size(), values if rows is None else values[rows]
        return Measurement(
            name=f"calibration.{name}", value=float(chosen.mean()), unit="1", interval=mean_interval(chosen, test.subject),
            subjects=size.subjects, sequences=size.sequences, note=note,
        )  # fmt: skip

    def ratio(
        self,
        name: str,
        above: np.ndarray,
        below: np.ndarray,
        note: str,
        *,
        baseline: float | None = None,
        rows: Bool[np.ndarray, " n"] | None = None,
    ) -> Measurement:
        """Return the ratio of two sums over windows; a resample draws the same persons for both."""
        test = self.test if rows is None else self.test.where(rows)
        above, below = (values if rows is None else values[rows] for values in (above, below))
        sums = [person_sums(values[:, None], test.subject) for values in (above, below)]
        (low, high), size = ratio_intervals(sums[0], sums[1])[0], test.size()
        return Measurement(
            name=f"calibration.{name}", value=float(above.sum() / below.sum()), unit="1", interval=(float(low), float(high)),
            baseline=baseline, subjects=size.subjects, sequences=size.sequences, note=note,
        )  # fmt: skip

    def whole(self, name: str, value: float, of: Callable[[np.ndarray], float], note: str) -> Measurement:
        """Return a figure that is no mean over windows, with its interval over persons."""
        return Measurement(
            name=f"calibration.{name}", value=value, unit="1",
            interval=resampled_interval(of, self.test.subject, value, _RESAMPLES), note=note, **self.counts(),
        )  # fmt: skip
