"""Train and measure all networks of the comparison, and compare their errors."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from qleap_edge.comparison.baselines.document import BaselinesDocument, Comparison, NoSensorResult, Verdict
from qleap_edge.comparison.baselines.networks import Settings, baseline_networks, recipe_of
from qleap_edge.comparison.baselines.training_run import RunContext, TrainingRun, finished_run, require_replaceable_run
from qleap_edge.core.manifest import sha256_file, sole_writer
from qleap_edge.core.output_paths import json_document, require_output_folder, require_replaceable_file, write_output
from qleap_edge.core.recipe import Recipe
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.dataset.splits import Split
from qleap_edge.evaluation.baselines import NO_SENSOR_BASELINES, BaselineName, NoSensorBaselines
from qleap_edge.evaluation.document import Estimate
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.groups import window_groups
from qleap_edge.evaluation.window_metrics import PREDICTORS
from qleap_edge.metrics.bootstrap import person_sums, ratio_intervals
from qleap_edge.model.determinism import make_deterministic

DOCUMENT_NAME = "baselines.json"
DOCUMENT_FILE = json_document(BaselinesDocument, "a comparison with baselines")
SPLIT: Split = "test"
BASELINE_LABELS: dict[BaselineName, str] = {
    "mean_pose": "mean pose",
    "exercise_mean": "mean pose of the exercise",
    "phase_mean": "mean trajectory at the true phase",
}
FEWEST_PERSONS = (
    5  # with fewer, the resamples are too much alike: an interval of two persons misses the truth half of the time
)
NOTES = (
    "Synthetic persons that are in no training; MPJPE-16, heading removed, pelvis at the origin, stature 1.75 m.",
    "Intervals are 95 %, bootstrap over persons: they cover the choice of persons, not the choice of the seed.",
    "The BiLSTMs are re-built from descriptions, with dropout as described, and trained here: same windows, steps, batch, loss "
    "and optimiser as the HDT. They are not the published systems, which use more devices and predict rotations; and their "
    "input is the plain signal, where the HDT first integrates it.",
    "mean pose of the exercise is given the true exercise, mean trajectory also the true phase: no product without a "
    "sensor has them.",
    "Blind: the HDT, trained and tested with the mean input. Its score needs no sensor.",
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
    """Train and measure the recipe's network and those it is compared with, and write ``baselines.json``.

    Args:
        recipe: of the product's network.
        data: a finished dataset folder.
        out: folder with one folder for each training; those that are finished are kept.
        settings: what the command line changes.
        keep_trained: keep checkpoints of the same recipe, data and tools even if the code has changed since.
        on_progress: called with the network's name, steps done, steps in all and a note.

    Raises:
        UsageError: the recipe's network is a baseline itself, another process writes to ``out``, or something else than an
            earlier comparison lies at a path that would be written.
        InputDataError: the data are missing or altered, or a loss is not finite.
    """
    networks = baseline_networks(recipe)
    require_output_folder(out)
    require_replaceable_file(out / DOCUMENT_NAME, DOCUMENT_FILE)
    for seed in range(settings.seeds):
        for network in networks:
            require_replaceable_run(out / network.folder_name(recipe_of(network, recipe, settings, seed).seed))
    with sole_writer(out):
        make_deterministic(recipe.training.threads)
        context = RunContext(
            data, GroundTruth.read(data, SPLIT, settings.hop), NoSensorBaselines.fit(data), keep_trained
        )
        runs: dict[str, list[TrainingRun]] = {network.name: [] for network in networks}
        # Every network is trained with the first seed before any with the second: an interrupted call leaves comparable runs.
        for seed in range(settings.seeds):
            for network in networks:
                own = recipe_of(network, recipe, settings, seed)
                label = f"{network.name}, seed {own.seed}"

                def tell(done: int, total: int, note: str, label: str = label) -> None:
                    if on_progress:
                        on_progress(label, done, total, note)

                folder = out / network.folder_name(own.seed)
                runs[network.name].append(finished_run(network, own, context, folder, tell))
        document = _document(recipe, context, settings, runs)
        write_output(out / DOCUMENT_NAME, document.to_json().encode(), DOCUMENT_FILE)
    return document


def _document(
    recipe: Recipe, context: RunContext, settings: Settings, runs: dict[str, list[TrainingRun]]
) -> BaselinesDocument:
    first = next(iter(runs.values()))
    results = [run.result for part in runs.values() for run in part]
    notes = list(NOTES)
    rates = {result.training.learning_rate for result in results}
    if len(rates) > 1:
        notes.append("The BiLSTMs have a learning rate of their own, given on the command line.")
    if len({result.training.code_digest for result in results}) > 1:
        notes.append("The networks were not all trained by the same version of the code.")
    return BaselinesDocument(
        recipe=recipe.name,
        dataset_sha256=sha256_file(context.data / DATASET_NAME),
        split=SPLIT,
        hop=settings.hop,
        windows=len(context.truth),
        sequences=len(context.truth.index.first),
        subjects=len(np.unique(context.truth.index.subject_id)),
        epochs=first[0].result.training.epochs,
        batch_size=recipe.training.batch_size,
        threads=recipe.training.threads,
        seeds=tuple(run.result.training.seed for run in first),
        networks=tuple(
            result.model_copy(update={"poses": tuple(row for row in result.poses if row.predictor == "model")})
            for result in results
        ),
        priors=tuple(
            NoSensorResult(
                network=BASELINE_LABELS[name],
                predictor=name,
                poses=tuple(row for row in first[0].result.poses if row.predictor == name),
            )
            for name in NO_SENSOR_BASELINES
        ),
        comparisons=tuple(comparisons(context.truth, runs)),
        notes=tuple(notes),
    )


def comparisons(truth: GroundTruth, runs: dict[str, list[TrainingRun]]) -> list[Comparison]:
    """Return the first network's error over every other predictor's, by group of windows, with paired intervals."""
    errors = {name: np.mean([run.window_mpjpe[:, 0] for run in part], axis=0) for name, part in runs.items()}
    (product, ours), *others = errors.items()
    baselines = runs[product][0].window_mpjpe
    others += [(BASELINE_LABELS[name], baselines[:, PREDICTORS.index(name)]) for name in NO_SENSOR_BASELINES]
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
