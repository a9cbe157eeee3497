"""The rows of the document: means and medians over groups of windows, with intervals over persons."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int64

from qleap_edge.core.exercises import EXERCISES, FORM_SCORES, FORM_UNSCORED
from qleap_edge.evaluation.document import Confusion, Estimate, PoseRow, RepetitionRow
from qleap_edge.evaluation.frame_metrics import Figure
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.groups import SQUAT, posture_groups, window_groups
from qleap_edge.evaluation.repetition_metrics import REPETITION_COLUMN, REPETITION_FIGURES, RepetitionTable
from qleap_edge.evaluation.window_metrics import WINDOW_FIGURES, WindowTable
from qleap_edge.metrics.bootstrap import mean_intervals, median_interval
from qleap_edge.metrics.classification import confusion


def pose_rows(table: WindowTable, truth: GroundTruth) -> tuple[PoseRow, ...]:
    """Return one row for each group, mode and predictor."""
    rows = []
    for of, mask in window_groups(truth).items():
        # All predictors of a group at once share one set of resamples and one matrix product.
        wide = np.concatenate([values[mask] for values in table.values.values()], axis=1)
        estimates = _means(wide, truth.subject[mask])
        counts = {"windows": int(mask.sum()), **_counts(truth, truth.sequence[mask])}
        for number, (mode, predictor) in enumerate(table.values):
            part = estimates[number * len(WINDOW_FIGURES) :]
            figures = _named(WINDOW_FIGURES, part)
            rows.append(PoseRow(of=of, mode=mode, predictor=predictor, figures=figures, **counts))
    return tuple(rows)


def repetition_rows(table: RepetitionTable, truth: GroundTruth) -> tuple[RepetitionRow, ...]:
    """Return one row for each group of squats, mode and predictor; a group without a whole squat is left out."""
    subject, posture = truth.index.subject_id[table.sequence], truth.index.posture[table.sequence]
    groups = {SQUAT: np.ones(len(posture), dtype=bool), **posture_groups(posture)}
    rows = []
    for of, mask in groups.items():
        for (mode, predictor), values in table.values.items():
            seen: Bool[np.ndarray, " repetitions"] = mask & ~np.isnan(values[:, 0])
            if not seen.any():
                continue
            estimates = _means(values[seen], subject[seen])
            error = values[seen, REPETITION_COLUMN["depth_error"]]
            interval = median_interval(error, subject[seen]) if len(set(subject[seen].tolist())) > 1 else None
            median = Estimate(value=float(np.median(error)), interval=interval)
            figures = _named(REPETITION_FIGURES, estimates) | {"depth_error": median}
            counts = {"repetitions": int(seen.sum()), **_counts(truth, table.sequence[seen])}
            rows.append(RepetitionRow(of=of, mode=mode, predictor=predictor, figures=figures, **counts))
    return tuple(rows)


def confusions(table: WindowTable, truth: GroundTruth) -> tuple[Confusion, ...]:
    """Return the confusion of exercises, and of form scores where the rubric applies."""
    found = [_confusion("exercise", EXERCISES, table.exercise, truth.window_exercise)]
    scored = truth.window_form != FORM_UNSCORED
    if scored.any():
        names = tuple(str(score) for score in FORM_SCORES)
        found.append(_confusion("form", names, table.form[scored], truth.window_form[scored]))
    return tuple(found)


def _confusion(of: str, labels: Sequence[str], predicted: np.ndarray, label: np.ndarray) -> Confusion:
    counts = confusion(predicted, label, len(labels))
    return Confusion.model_validate({"of": of, "labels": tuple(labels), "counts": tuple(map(tuple, counts.tolist()))})


def _means(values: Float64[np.ndarray, "n k"], person: Int64[np.ndarray, " n"]) -> list[Estimate | None]:
    """Return the mean of each column with its interval; None where it holds no number."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean = np.divide(total, known.sum(axis=0), out=np.full(len(total), np.nan), where=known.any(axis=0)).tolist()
    if len(set(person.tolist())) == 1:
        return [Estimate(value=value, interval=None) if np.isfinite(value) else None for value in mean]
    ends = [tuple(pair) for pair in mean_intervals(values, person).tolist()]
    return [
        Estimate(value=value, interval=pair) if np.isfinite(value) else None
        for value, pair in zip(mean, ends, strict=True)
    ]


def _named(figures: Sequence[Figure], estimates: list[Estimate | None]) -> dict[str, Estimate]:
    return {figure.name: estimate for figure, estimate in zip(figures, estimates, strict=False) if estimate is not None}


def _counts(truth: GroundTruth, sequence: Int64[np.ndarray, " n"]) -> dict[str, int]:
    return {
        "sequences": len(np.unique(sequence)),
        "subjects": len(np.unique(truth.index.subject_id[sequence])),
    }
