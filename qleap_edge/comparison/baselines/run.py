"""All networks of the comparison, one after the other, and what follows from them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from qleap_edge.comparison.baselines.document import BaselinesDocument, Comparison, PriorResult, Verdict
from qleap_edge.comparison.baselines.networks import Settings, baseline_networks, recipe_of
from qleap_edge.comparison.baselines.row import Row, RunContext, finished_row
from qleap_edge.core.manifest import sha256_file, sole_writer
from qleap_edge.core.recipe import Recipe
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.dataset.splits import Split
from qleap_edge.evaluation.baselines import PRIORS, NoSensorBaselines, PriorName
from qleap_edge.evaluation.document import Estimate
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.groups import window_groups
from qleap_edge.evaluation.window_metrics import PREDICTORS
from qleap_edge.metrics.bootstrap import person_sums, ratio_intervals
from qleap_edge.model.determinism import make_deterministic

DOCUMENT_NAME = "baselines.json"
SPLIT: Split = "test"
PRIOR_NAMES: dict[PriorName, str] = {
    "mean_pose": "mean pose",
    "exercise_mean": "mean pose of the exercise",
    "phase_mean": "mean trajectory at the true phase",
}
FEWEST_PERSONS = 5  # resamples of fewer are too much alike: an interval of two persons misses half of the time
NOTES = (
    "Synthetic persons that no training has seen; MPJPE-16, heading removed, pelvis at the origin, stature 1.75 m.",
    "Intervals are 95 %, bootstrap over persons; they hold chance in the choice of persons, not in the seed.",
    "The BiLSTMs are re-built from descriptions, with dropout as described, and trained here: same windows, steps, batch, loss "
    "and optimiser as the HDT. They are not the published systems, which read more devices and predict rotations; and they "
    "read the bare signal, where the HDT begins by integrating it.",
    "mean pose of the exercise is told the true exercise, mean trajectory also the true phase: no predictor without a sensor "
    "knows that much.",
    "Blind: the HDT, trained and tested with the mean input. What it scores needs no sensor.",
)


def compare_baselines(
    recipe: Recipe,
    data: Path,
    out: Path,
    settings: Settings,
    *,
    keep_trained: bool = False,
    on_progress: Callable[[str, int, int, str], None] | None = None,
) -> BaselinesDocument:
    """Train and measure the recipe's network and its opponents; write ``baselines.json``.

    Args:
        recipe: of the product.
        data: a finished dataset folder.
        out: folder; each network has one below it, and those that are finished there are kept.
        settings: what is changed for all.
        keep_trained: keep checkpoints of the same recipe, data and tools even if the code has changed since.
        on_progress: called with the network's name, steps done, steps in all and a note.

    Raises:
        UsageError: the recipe's network is a baseline itself, or another process writes to ``out``.
        InputDataError: the data are missing or altered, or a loss is not finite.
    """
    entered = baseline_networks(recipe)
    with sole_writer(out):
        make_deterministic(recipe.training.threads)
        bench = RunContext(data, GroundTruth.read(data, SPLIT, settings.hop), NoSensorBaselines.fit(data), keep_trained)
        rows: dict[str, list[Row]] = {contestant.name: [] for contestant in entered}
        for seed in range(settings.seeds):  # all networks once, then all twice: an early end still compares
            for contestant in entered:
                own = recipe_of(contestant, recipe, settings, seed)
                label = f"{contestant.name}, seed {own.seed}"

                def tell(done: int, total: int, note: str, label: str = label) -> None:
                    if on_progress:
                        on_progress(label, done, total, note)

                folder = out / contestant.folder_name(own.seed)
                rows[contestant.name].append(finished_row(contestant, own, bench, folder, tell))
        document = _document(recipe, bench, settings, rows)
        document.write(out / DOCUMENT_NAME)
    return document


def _document(recipe: Recipe, bench: RunContext, settings: Settings, rows: dict[str, list[Row]]) -> BaselinesDocument:
    first = next(iter(rows.values()))
    results = [row.result for part in rows.values() for row in part]
    notes = list(NOTES)
    rates = {result.training.learning_rate for result in results}
    if len(rates) > 1:
        notes.append("The BiLSTMs have a learning rate of their own, by wish of whoever ran this.")
    if len({result.training.code_digest for result in results}) > 1:
        notes.append("The networks were not all trained by the same state of the code.")
    return BaselinesDocument(
        recipe=recipe.name,
        dataset_sha256=sha256_file(bench.data / DATASET_NAME),
        split=SPLIT,
        hop=settings.hop,
        windows=len(bench.truth),
        sequences=len(bench.truth.index.first),
        subjects=len(np.unique(bench.truth.index.subject_id)),
        epochs=first[0].result.training.epochs,
        batch_size=recipe.training.batch_size,
        threads=recipe.training.threads,
        seeds=tuple(row.result.training.seed for row in first),
        networks=tuple(
            result.model_copy(update={"poses": tuple(row for row in result.poses if row.predictor == "model")})
            for result in results
        ),
        priors=tuple(
            PriorResult(
                network=PRIOR_NAMES[name],
                predictor=name,
                poses=tuple(row for row in first[0].result.poses if row.predictor == name),
            )
            for name in PRIORS
        ),
        comparisons=tuple(comparisons(bench.truth, rows)),
        notes=tuple(notes),
    )


def comparisons(truth: GroundTruth, rows: dict[str, list[Row]]) -> list[Comparison]:
    """Return the first network's error over every other predictor's, by group of windows, with paired intervals."""
    own = {name: np.mean([row.window_mpjpe[:, 0] for row in part], axis=0) for name, part in rows.items()}
    (product, ours), *others = own.items()
    priors = rows[product][0].window_mpjpe
    others += [(PRIOR_NAMES[name], priors[:, PREDICTORS.index(name)]) for name in PRIORS]
    found = []
    for of, mask in window_groups(truth).items():
        above = person_sums(ours[mask, None], truth.subject[mask])
        for name, theirs in others:
            below = person_sums(theirs[mask, None], truth.subject[mask])
            found.append(compared(of, name, above, below))
    return found


def compared(
    of: str, opponent: str, above: Float64[np.ndarray, "persons 1"], below: Float64[np.ndarray, "persons 1"]
) -> Comparison:
    """Return the ratio of two errors, given as the sums of each person's windows."""
    low, high = map(float, ratio_intervals(above, below)[0])
    verdict: Verdict = "better" if high < 1.0 else "worse" if low > 1.0 else "no difference"
    ratio = Estimate(value=float(above.sum() / below.sum()), interval=(low, high) if len(above) > 1 else None)
    few = len(above) < FEWEST_PERSONS
    return Comparison(of=of, opponent=opponent, ratio=ratio, verdict="unknown" if few else verdict)
