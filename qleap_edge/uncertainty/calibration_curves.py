"""The curves of the calibration page, each with its interval over persons."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int
from scipy.stats import norm

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.metrics.bootstrap import mean_interval, mean_intervals, person_draws, person_sums
from qleap_edge.uncertainty.measured_errors import MeasuredErrors

NOMINAL_LEVELS = np.concatenate([[0.01], np.arange(0.05, 1.0, 0.05), [0.99]])
PIT_BINS = 20
PARTS = 10
"""Windows are ordered by a figure and cut into so many parts of equal size."""
_EVERY_FRAMES = 10  # of a window: neighbouring frames say the same
_LEVELS_PERCENT = (2.5, 97.5)


@dataclass(frozen=True)
class Curve:
    """Values with the interval of each; ``x`` increases."""

    x: Float64[np.ndarray, " n"]
    value: Float64[np.ndarray, " n"]
    interval: Float64[np.ndarray, "n 2"]


def reliability(z: Float[np.ndarray, "n 200 16 3"], subject: Int[np.ndarray, " n"]) -> Curve:
    """Return the share of coordinates inside the central interval, for each of :data:`NOMINAL_LEVELS`."""
    size = np.abs(z[:, ::_EVERY_FRAMES])
    inside = np.stack([(size <= norm.ppf(0.5 + 0.5 * level)).mean(axis=(1, 2, 3)) for level in NOMINAL_LEVELS], axis=1)
    return Curve(NOMINAL_LEVELS, inside.mean(axis=0), mean_intervals(inside, subject))


def probability_integral_transform(z: Float[np.ndarray, "n 200 16 3"], subject: Int[np.ndarray, " n"]) -> Curve:
    """Return the density of Φ(z) in :data:`PIT_BINS` bins; it is 1 everywhere for a distribution that is right."""
    bins = np.minimum((norm.cdf(z[:, ::_EVERY_FRAMES]) * PIT_BINS).astype(np.int64), PIT_BINS - 1).reshape(len(z), -1)
    flat = np.arange(len(z))[:, None] * PIT_BINS + bins
    counts = np.bincount(flat.ravel(), minlength=len(z) * PIT_BINS).reshape(len(z), PIT_BINS)
    density = counts * PIT_BINS / bins.shape[1]
    return Curve((np.arange(PIT_BINS) + 0.5) / PIT_BINS, density.mean(axis=0), mean_intervals(density, subject))


def coverage_by_part(
    hits: Float[np.ndarray, " n"], order_by: Float[np.ndarray, " n"], subject: Int[np.ndarray, " n"]
) -> Curve:
    """Return the coverage of ten equal parts of the windows, ordered by a figure; x is the middle of the part's share."""
    parts = equal_parts(order_by)
    value = np.array([hits[part].mean() for part in parts])
    interval = np.array([mean_interval(hits[part], subject[part]) for part in parts])
    return Curve((np.arange(len(parts)) + 0.5) / len(parts), value, interval)


def equal_parts(order_by: Float[np.ndarray, " n"]) -> list[Int[np.ndarray, " part"]]:
    """Return the rows of :data:`PARTS` equal parts in the order of a figure; fewer parts where there are fewer rows."""
    return np.array_split(np.argsort(order_by, kind="stable"), min(PARTS, len(order_by)))


@dataclass(frozen=True)
class NamedCoverage:
    """Coverage of the windows that the network calls by one exercise."""

    exercise: str
    windows: int
    value: float
    interval: tuple[float, float]


def coverage_by_exercise(errors: MeasuredErrors, hits: Float[np.ndarray, " n"]) -> tuple[NamedCoverage, ...]:
    """Return the coverage by named exercise, which an app knows, in the order of the ids."""
    named, subject = errors.decoded.exercise, errors.test.subject
    found = []
    for exercise in np.unique(named):
        rows = named == exercise
        value, interval = float(hits[rows].mean()), mean_interval(hits[rows], subject[rows])
        found.append(NamedCoverage(EXERCISES[exercise], int(rows.sum()), value, interval))
    return tuple(found)


def coverage_by_joint(errors: MeasuredErrors) -> Float64[np.ndarray, "16 levels"]:
    """Return the coverage of each joint's region at each of the profile's levels; NaN where there is no radius."""
    columns = []
    for level in errors.profile.levels:
        radius = errors.radius(level)
        columns.append(np.full(16, np.nan) if radius is None else (errors.scores <= radius).mean(axis=(0, 1)))
    return np.stack(columns, axis=1)


@dataclass(frozen=True)
class ScaleBins:
    """Frames' coordinates in ten bins of σ': what σ' says and what the error is, in body heights."""

    predicted: Float64[np.ndarray, " bins"]
    """Root of the mean σ'²."""
    measured: Float64[np.ndarray, " bins"]
    """Root of the mean squared error."""
    interval: Float64[np.ndarray, "bins 2"]
    """Of ``measured``."""


def scale_bins(errors: MeasuredErrors) -> ScaleBins:
    """Return the bins that ENCE compares."""
    sigma, z = errors.sigma[:, ::_EVERY_FRAMES], errors.scaled[:, ::_EVERY_FRAMES]
    edges = np.quantile(sigma, np.linspace(0.0, 1.0, PARTS + 1)[1:-1])
    bins = np.searchsorted(edges, sigma, side="right").reshape(len(sigma), -1)
    flat = (np.arange(len(sigma))[:, None] * PARTS + bins).ravel()
    size = len(sigma) * PARTS

    def sums(weights: np.ndarray | None) -> Float64[np.ndarray, "persons bins"]:
        by_window = np.bincount(flat, None if weights is None else weights.ravel(), size).reshape(-1, PARTS)
        return person_sums(by_window.astype(np.float64), errors.test.subject)

    count, spread, error = sums(None), sums(sigma**2), sums((z * sigma) ** 2)
    draws = person_draws(len(count))
    drawn = np.sqrt((draws @ error) / np.maximum(draws @ count, 1.0))
    total = count.sum(axis=0)
    return ScaleBins(
        np.sqrt(spread.sum(axis=0) / total),
        np.sqrt(error.sum(axis=0) / total),
        np.percentile(drawn, _LEVELS_PERCENT, axis=0).T,
    )


@dataclass(frozen=True)
class Sparsification:
    """Error of the windows that are kept, as a share of the error of all, by the share that is kept."""

    kept: Float64[np.ndarray, " n"]
    by_sigma: Float64[np.ndarray, " n"]
    by_error: Float64[np.ndarray, " n"]
    """The best that any order could do: ordered by the true error."""


def sparsification(errors: MeasuredErrors) -> Sparsification:
    """Return what is gained by not answering the windows of the largest σ'."""
    kept = np.arange(0.05, 1.001, 0.05)
    error = errors.window_error

    def of(order_by: np.ndarray) -> Float64[np.ndarray, " n"]:
        running = np.cumsum(error[np.argsort(order_by, kind="stable")]) / np.arange(1, len(error) + 1)
        return running[np.maximum(1, np.round(kept * len(error))).astype(np.int64) - 1] / error.mean()

    return Sparsification(kept, of(errors.decoded.log_sigma), of(error))


def exercise_reliability(errors: MeasuredErrors) -> Curve:
    """Return how often the named exercise is right, by ten parts of its probability; x is the mean probability."""
    probability = errors.decoded.exercise_probability.max(axis=1)
    right: Bool[np.ndarray, " n"] = errors.decoded.exercise == errors.test.exercise
    parts = equal_parts(probability)
    return Curve(
        np.array([probability[part].mean() for part in parts]),
        np.array([right[part].mean() for part in parts]),
        np.array([mean_interval(right[part].astype(np.float64), errors.test.subject[part]) for part in parts]),
    )
