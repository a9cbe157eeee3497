"""What each part of the loss and each way of keeping *what* and *how* apart is worth: equal small trainings, one thing changed.

    python benchmarks/bench_ablation.py --data DIR --out DIR [--seeds 3] [--epochs 2] [--only reference,pose-nll]

The smallest network (``tiny``) learns from the same windows in the same order in every variant of a seed, from the same first
weights, and is measured on the dataset's test persons: pose and classes by the same code as ``qleap benchmark baselines``, on
windows every ``--hop`` steps; mean z² and what can be read out of the two embeddings on windows every ``--probe-hop`` steps.
Two readers try (``qleap_edge.metrics.probe``: learnt on half of the test persons, scored on the other half, both ways): a
linear one, and a multi-layer perceptron, because an erasure promises nothing against readers that are not linear. Finished
trainings and measurements of the same code are kept in ``--out``; run it again to go on. All variants of the first seed come
before the second one's, so that what is there compares. The last line is one JSON document.
"""

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch import nn

from qleap_edge.comparison.baselines.document import NetworkResult
from qleap_edge.comparison.baselines.networks import BaselineNetwork
from qleap_edge.comparison.baselines.training_run import RunContext, finished_run
from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.manifest import code_digest, config_digest
from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import BATCH, network_outputs
from qleap_edge.evaluation.probes import QUESTIONS, Label, labels_of
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.probe import Classifier, Fit, Probe, Standardisation, fit_linear_probe, probe
from qleap_edge.metrics.uncertainty import mean_squared_z
from qleap_edge.model.determinism import make_deterministic
from qleap_edge.training.checkpoint import load_checkpoint

VARIANTS: dict[str, dict[str, Any]] = {  # name → what differs from the reference in the recipe's training table
    "reference": {},
    "pose-nll": {"loss": {"pose": "nll"}},
    "pose-beta-1": {"loss": {"beta": 1.0}},
    "no-calibration": {"loss": {"calibration_weight": 0.0}},
    "form-cross-entropy": {"loss": {"form": "cross_entropy"}},
    "not-kept-apart": {"loss": {"disentangling": "none"}},
    "reversal-0.1": {"loss": {"disentangling": "reversal", "disentangling_weight": 0.1}},
    "reversal-1": {"loss": {"disentangling": "reversal", "disentangling_weight": 1.0}},
    "no-average": {"ema_decay": 0.0},
    "rate-1e-4": {"learning_rate": 1e-4},
}
REFERENCE_LOSS = {  # named here, not taken from the defaults: a changed default must not rename what was measured
    "pose": "beta_nll",
    "beta": 0.5,
    "calibration_weight": 0.1,
    "form": "ordinal",
    "disentangling": "erasure",
}
READERS = ("linear", "perceptron")
COLUMNS: tuple[tuple[str, str, int], ...] = (  # figure, heading, digits
    ("mpjpe", "MPJPE mm", 1),
    ("squat_mpjpe", "squats mm", 1),
    ("nll", "NLL nat", 3),
    ("coverage_90", "in 90 %", 3),
    ("zms", "mean z²", 2),
    ("exercise_accuracy", "exercise", 3),
    ("form_kappa", "form QWK", 3),
    ("form_mae", "form MAE", 3),
)
_HIDDEN, _READER_EPOCHS, _READER_BATCH, _READER_RATE = 128, 60, 128, 1e-3


def fit_perceptron(vectors: np.ndarray, label: np.ndarray, weight: np.ndarray) -> Classifier:
    """Return a reader with two hidden layers: 128 GELUs each, a fifth dropped, AdamW with cosine, 60 epochs."""
    standardise = Standardisation.of(vectors)
    known, index = np.unique(label, return_inverse=True)
    inputs, weights = (torch.from_numpy(a).float() for a in (standardise(vectors), weight))
    wanted = torch.from_numpy(index)
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for width in (inputs.shape[1], _HIDDEN):
        layers += [nn.Linear(width, _HIDDEN), nn.GELU(), nn.Dropout(0.2)]
    network = nn.Sequential(*layers, nn.Linear(_HIDDEN, len(known)))
    optimiser = torch.optim.AdamW(network.parameters(), lr=_READER_RATE, weight_decay=1e-2)
    steps = _READER_EPOCHS * -(-len(inputs) // _READER_BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(_READER_EPOCHS):
        for rows in torch.split(torch.randperm(len(inputs)), _READER_BATCH):
            losses = nn.functional.cross_entropy(network(inputs[rows]), wanted[rows], reduction="none")
            optimiser.zero_grad()
            (losses * weights[rows]).mean().backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    network.eval()

    def read(others: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            said = network(torch.from_numpy(standardise(others)).float()).argmax(dim=1)
        return known[said.numpy()].astype(np.int64)

    return read


FITS: dict[str, Fit] = {"linear": fit_linear_probe, "perceptron": fit_perceptron}


@dataclass(frozen=True)
class Ablation:
    """What all runs have in common."""

    options: argparse.Namespace
    bench: RunContext
    probed: GroundTruth

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Ablation":
        """Read the dataset once for all runs."""
        bench = RunContext(
            options.data,
            GroundTruth.read(options.data, "test", options.hop),
            NoSensorBaselines.fit(options.data),
            options.keep_trained,
        )
        return cls(options, bench, GroundTruth.read(options.data, "test", options.probe_hop))

    def recipe(self, variant: str, seed: int) -> Recipe:
        """Return the recipe of one run; but for the variant's own keys it is that of every other run of the seed."""
        release, options, change = load_recipe("release").from_scratch(), self.options, VARIANTS[variant]
        training = {
            "epochs": options.epochs,
            "batch_size": options.batch,
            "learning_rate": options.rate,
            "threads": options.threads,
            "precision": "float32",
        }
        values = release.model_dump()
        values["model"]["preset"] = "tiny"
        values["training"] |= training | {key: value for key, value in change.items() if key != "loss"}
        values["training"]["loss"] |= REFERENCE_LOSS | change.get("loss", {})
        values["seed"] = release.seed + seed
        return Recipe.model_validate(values)

    def finished(self, variant: str, seed: int) -> dict[str, Any]:
        """Return the figures of one run; train and measure it unless that was done by the same code."""
        recipe, folder = self.recipe(variant, seed), self.options.out / f"{variant}-seed{seed}"

        def show(done: int, total: int, note: str) -> None:
            if done % 100 == 0 or done == total:
                print(f"  {variant}, seed {seed}: {done} of {total}, {note}", flush=True)

        row = finished_run(BaselineNetwork(variant, "tiny"), recipe, self.bench, folder, show)
        made, path = row.result.training, folder / "ablation.json"
        readers = [_HIDDEN, _READER_EPOCHS, _READER_BATCH, _READER_RATE]
        measured = config_digest({"weights": made.weights_sha256, "hop": self.options.probe_hop, "readers": readers})
        code = code_digest()
        if path.is_file():
            kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if kept["measured"] == measured and (kept["code"] == code or self.options.keep_trained):
                return kept
        figures = pose_figures(row.result) | self.further_figures(folder / "checkpoint")
        what = {"variant": variant, "seed": seed, "measured": measured, "code": code}
        found = what | {"seconds": made.seconds, "steps": made.steps, **figures}
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        return found

    def further_figures(self, checkpoint: Path) -> dict[str, Any]:
        """Return mean z² and what the readers find."""
        network, _ = load_checkpoint(checkpoint)
        squares, embeddings = [], []
        for first in range(0, len(self.probed), BATCH):
            rows = slice(first, first + BATCH)
            outputs = network_outputs(network, self.probed.cut(self.probed.imu, rows))
            squares.append(mean_squared_z(standardised(outputs, self.probed.cut(self.probed.pose, rows))))
            embeddings.append({"what": outputs.what_embedding, "how": outputs.how_embedding})
        found: dict[str, Any] = {"zms": float(np.concatenate(squares).mean())}
        for of, read_from in QUESTIONS:
            vectors = np.concatenate([part[read_from] for part in embeddings])
            for reader in READERS:
                found[f"{of}_from_{read_from}.{reader}"] = self.read(vectors, of, FITS[reader])
        return found

    def read(self, vectors: np.ndarray, of: Label, fit: Fit) -> dict[str, float]:
        """Return what one reader finds in one embedding."""
        label = labels_of(self.probed, of)
        known = label != FORM_UNSCORED
        found: Probe | None = probe(vectors[known], label[known], self.probed.subject[known], fit)
        if found is None:
            raise SystemExit(f"the test persons of {self.options.data} show one class of {of} only: nothing to read")
        return {
            "balanced_accuracy": found.balanced_accuracy.value,
            "chance": found.chance,
            "accuracy": found.accuracy.value,
            "majority": found.majority,
        }


def standardised(outputs: ModelOutputs, truth: np.ndarray) -> np.ndarray:
    """Return z of the 16 joints that can be wrong."""
    return np.asarray(((truth - outputs.pose) * np.exp(-0.5 * outputs.pose_log_variance))[:, :, 1:])


def pose_figures(result: NetworkResult) -> dict[str, float | None]:
    """Return what the comparison of networks measures."""
    rows = {row.of: row.figures for row in result.poses if row.predictor == "model"}
    named = ("mpjpe", "nll", "coverage_90", "exercise_accuracy", "form_mae")
    found: dict[str, float | None] = {name: rows["all"][name].value for name in named}
    kappa = result.form_kappa
    return found | {"squat_mpjpe": rows["squat"]["mpjpe"].value, "form_kappa": None if kappa is None else kappa.value}


def over_seeds(values: list[float | None], digits: int) -> str:
    """Return mean ± standard deviation; a dash where a figure is undefined for a seed."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return "–"
    if len(known) == 1:
        return f"{known[0]:.{digits}f}"
    return f"{np.mean(known):.{digits}f} ± {np.std(known, ddof=1):.{digits}f}"


def print_tables(runs: list[dict[str, Any]]) -> None:
    """Print three tables in Markdown, mean ± standard deviation over seeds."""
    by_variant = {name: [run for run in runs if run["variant"] == name] for name in VARIANTS}
    by_variant = {name: part for name, part in by_variant.items() if part}
    reference = {run["seed"]: run["mpjpe"] for run in by_variant.get("reference", [])}

    def table(headings: list[str], cells: Callable[[list[dict[str, Any]]], list[str]]) -> None:
        print("\n| " + " | ".join(["variant", "seeds", *headings]) + " |")
        print("|---" * (len(headings) + 2) + "|")
        for name, part in by_variant.items():
            print("| " + " | ".join([name, str(len(part)), *cells(part)]) + " |")

    def task(part: list[dict[str, Any]]) -> list[str]:
        gaps = [run["mpjpe"] - reference[run["seed"]] for run in part if run["seed"] in reference]
        return [
            *(over_seeds([run[name] for run in part], digits) for name, _, digits in COLUMNS),
            over_seeds(gaps, 1) if gaps else "",
        ]

    def reading(part: list[dict[str, Any]], score: str) -> list[str]:
        names = [f"{of}_from_{read_from}" for of, read_from in QUESTIONS]
        found = [[[run[f"{name}.{reader}"][score] for run in part] for reader in READERS] for name in names]
        return ["; ".join(over_seeds(values, 2) for values in pair) for pair in found]

    table([*(heading for _, heading, _ in COLUMNS), "MPJPE, paired difference"], task)
    for score, floor in (("balanced_accuracy", "chance"), ("accuracy", "majority")):
        table([f"{of} from *{read_from}*" for of, read_from in QUESTIONS], partial(reading, score=score))
        floors = [f"{name} {runs[0][f'{name}_from_what.linear'][floor]:.3f}" for name in ("exercise", "form")]
        print(f"\n{score.replace('_', ' ')}: linear reader; perceptron. {floor.capitalize()}: {', '.join(floors)}.")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="made by `qleap synthesize --recipe release`")
    parser.add_argument("--out", type=Path, required=True, help="finished runs are kept there")
    parser.add_argument("--only", default=",".join(VARIANTS), help="names of variants")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2, help="of one window a training sequence")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--hop", type=int, default=100)
    parser.add_argument("--probe-hop", type=int, default=50)
    parser.add_argument(
        "--keep-trained", action="store_true", help="keep runs of the same recipe even if the code has changed"
    )
    options = parser.parse_args()
    variants = options.only.split(",")
    if unknown := sorted(set(variants) - set(VARIANTS)):
        parser.error(f"no variant {', '.join(unknown)}; there are {', '.join(VARIANTS)}")
    make_deterministic(options.threads)
    ablation, runs = Ablation.of(options), []
    for seed in range(options.seeds):
        for variant in variants:
            runs.append(ablation.finished(variant, seed))
            print(f"{variant}, seed {seed}: MPJPE {runs[-1]['mpjpe']:.1f} mm", flush=True)
    print_tables(runs)
    budget = {name: getattr(options, name) for name in ("epochs", "batch", "rate", "threads", "hop", "probe_hop")}
    persons = len(np.unique(ablation.bench.truth.subject))
    print(json.dumps({"benchmark": "ablation", **budget, "test_persons": persons, "runs": runs}))


if __name__ == "__main__":
    main()
