"""Are *what* and *how* disentangled? A linear probe for each of the two labels in each of the two embeddings.

The exercise should be found in *what* and not in *how*, the form score in *how* and not in *what*. The probes are linear,
because concept erasure is guaranteed for linear probes only: it makes the means of the labels equal, and then no linear probe
has a lower loss than one that knows nothing but the frequencies of the labels. Accuracy is not such a loss: where labels with
equal means have unequal covariances, balanced accuracy stays somewhat above chance. ``benchmarks/bench_ablation.py`` uses a
nonlinear probe as well.
"""

from typing import Literal

import numpy as np
from jaxtyping import Int64

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.evaluation.document import Estimate, ProbeRow
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.window_metrics import Embedding, WindowTable
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.probe import Score, probe

Label = Literal["exercise", "form"]
QUESTIONS: tuple[tuple[Label, Embedding], ...] = (
    ("exercise", "what"),
    ("exercise", "how"),
    ("form", "how"),
    ("form", "what"),
)
"""Each label in the embedding that should hold it, then in the one that should not."""


def labels_of(truth: GroundTruth, label: Label) -> Int64[np.ndarray, " windows"]:
    """Return the label of every window; a form score may be missing (-1)."""
    return truth.window_exercise if label == "exercise" else truth.window_form


def probe_rows(table: WindowTable, truth: GroundTruth) -> tuple[ProbeRow, ...]:
    """Return the scores of the linear probes; no row where there is one label or one person only."""
    rows = []
    for label, embedding in QUESTIONS:
        wanted = labels_of(truth, label)
        known = wanted != FORM_UNSCORED
        found = probe(table.embeddings[embedding][known], wanted[known], truth.subject[known])
        if found is None:
            continue
        rows.append(
            ProbeRow(
                label=label,
                embedding=embedding,
                balanced_accuracy=_estimate(found.balanced_accuracy),
                chance=found.chance,
                accuracy=_estimate(found.accuracy),
                majority=found.majority,
                windows=found.windows,
                sequences=len(np.unique(truth.sequence[known])),
                subjects=found.persons,
            )
        )
    return tuple(rows)


def disentangling(rows: tuple[ProbeRow, ...]) -> tuple[Measurement, ...]:
    """Return the measurements ``disentangling.<label>_from_<embedding>``: balanced accuracy beside chance.

    A measurement that could not be taken has no value, so that its gate fails.
    """
    found = {(row.label, row.embedding): row for row in rows}
    measured = []
    for label, embedding in QUESTIONS:
        row = found.get((label, embedding))
        measured.append(
            Measurement(
                name=f"disentangling.{label}_from_{embedding}",
                value=None if row is None else row.balanced_accuracy.value,
                unit="1",
                interval=None if row is None else row.balanced_accuracy.interval,
                baseline=None if row is None else row.chance,
                subjects=None if row is None else row.subjects,
                sequences=None if row is None else row.sequences,
                note=_note(label, embedding) if row else "one label or one person only: no probe can be trained",
            )
        )
    return tuple(measured)


def _note(label: Label, embedding: Embedding) -> str:
    belongs = (label, embedding) in (("exercise", "what"), ("form", "how"))
    return f"balanced accuracy of a linear probe; baseline: chance, {'to be beaten' if belongs else 'to be met'}"


def _estimate(score: Score) -> Estimate:
    return Estimate(value=score.value, interval=score.interval)
