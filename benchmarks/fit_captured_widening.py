"""How much wider the intervals of synthetic persons must be for captured people; writes ``calibration/captured/widening.toml``.

    python benchmarks/fit_captured_widening.py --uiprmd DIR --models DIR [DIR ...] --persons s01,... --data DATASET --date DAY
        --source TEXT [--draws 1] [--hop 50] [--seed 0] [--out calibration/captured/widening.toml]

Give one checkpoint a person, in the order of ``--persons``, each trained without that person: ``bench_sources.py --persons``
makes them. ``--data`` is a dataset of synthetic persons that none of them learnt from; the σ scales and the 90 % regions of
each network are fitted on its split ``test``, as a bundle fits those of its package. Then the person who was left out is
predicted from virtual watches with the errors of the release.

Printed: coverage of the 90 % regions before and after, by person and by movement, and the factor of each joint. A person's
coverage "after" uses factors that were fitted on the other persons. The last line is one JSON document.
"""

import argparse
import json
import os
from datetime import date
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from bench_captured import virtual_recordings, within_repetitions
from jaxtyping import Float

from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.model_under_test import ModelUnderTest, open_checkpoint
from qleap_edge.core.records import write_atomically
from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES, MARKER_JOINTS, PELVIS, mirror_pose
from qleap_edge.dataset.windows import WindowSet, load_windows
from qleap_edge.evaluation.package_outputs import HALF_OVERLAP_HOP
from qleap_edge.metrics.bootstrap import mean_interval
from qleap_edge.uncertainty.captured import LEVEL, CapturedScores, covered, covered_left_out, fit_widening
from qleap_edge.uncertainty.conformal import fit_radii, joint_scores
from qleap_edge.uncertainty.scaling import fit_sigma_scale, standardised_errors

_MEASURED = [JOINT_INDEX[name] for name in MARKER_JOINTS]


def synthetic_regions(
    model: ModelUnderTest, synthetic: WindowSet
) -> tuple[Float[np.ndarray, "17 3"], Float[np.ndarray, " 17"]]:
    """Return the σ scales of a network and the 90 % radius of each joint, fitted on synthetic persons."""
    outputs = model.run(synthetic.imu, None)
    z = standardised_errors(synthetic.pose, outputs.pose, outputs.pose_log_variance)
    scale, _ = fit_sigma_scale(np.delete(z, PELVIS, axis=2), synthetic.subject_id)
    scale = np.insert(scale, PELVIS, 1.0, axis=0)
    return scale, fit_radii(joint_scores(z / scale), synthetic.subject_id, (LEVEL,))[:, 0]


def by_movement(scores: CapturedScores, movement: np.ndarray, factors: dict[int, np.ndarray]) -> dict[str, list[float]]:
    """Return coverage before and after, mean over persons, for each movement."""
    found = {}
    for name in np.unique(movement):
        some = scores.where(movement == name)
        before = covered(some, np.ones(len(JOINT_NAMES)))
        after = [covered(some.where(some.person == one), factors[one])[one] for one in before]
        found[str(name)] = [float(np.mean(list(before.values()))), float(np.mean(after))]
    return found


def toml_text(fitted: date, source: str, counts: dict[str, int], shares: dict[str, float], widening: np.ndarray) -> str:
    """Return the file."""
    lines = [
        "# By how much σ′ of synthetic persons must grow so that the 90 % regions cover people whose motion was captured.",
        "# Written by benchmarks/fit_captured_widening.py. Never below 1. Joints without a common definition (spine, thorax,",
        "# neck, head) have the larger factor of the shoulders; the pelvis is the origin.",
        'schema = "qleap.captured_widening"',
        "schema_version = 1",
        f"fitted = {fitted.isoformat()}",
        f"source = {json.dumps(source)}",
        *(f"{name} = {value}" for name, value in counts.items()),
        *(f"{name} = {value:.4f}" for name, value in shares.items()),
        "",
        "[widening]",
        *(f"{name} = {factor:.3f}" for name, factor in zip(JOINT_NAMES, widening, strict=True)),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fit, print the tables, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uiprmd", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True, nargs="+", help="one a person, in their order")
    parser.add_argument("--persons", required=True, help="comma-separated")
    parser.add_argument("--data", type=Path, required=True, help="synthetic persons that no network learnt from")
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="day of the fit, for the file")
    parser.add_argument("--source", required=True, help="which networks, for the file")
    parser.add_argument("--draws", type=int, default=1, help="watches on each wrist")
    parser.add_argument("--hop", type=int, default=50, help="steps between windows")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("calibration/captured/widening.toml"))
    options = parser.parse_args()
    persons = options.persons.split(",")
    synthetic = load_windows(options.data, "test", HALF_OVERLAP_HOP)
    ratios, who, movements, recordings = [], [], [], 0
    for number, (person, folder) in enumerate(zip(persons, options.models, strict=True)):
        model = open_checkpoint(folder)
        scale, radius = synthetic_regions(model, synthetic)
        for one in virtual_recordings(
            person, options.uiprmd / f"{person}.npz", options.draws, options.hop, options.seed
        ):
            inside = within_repetitions(one.truth)
            if not inside.any():
                continue
            outputs = model.run(one.windows.imu[inside], None)
            truth = one.truth.windowed(one.truth.pose)[inside]
            if one.side is Side.RIGHT:  # the network's frame is the one of a left arm
                truth = mirror_pose(truth)
            z = standardised_errors(truth, outputs.pose, outputs.pose_log_variance) / scale
            ratios.append(joint_scores(z[:, :, _MEASURED]) / radius[_MEASURED])
            who += [number] * int(inside.sum())
            movements += [one.movement] * int(inside.sum())
            recordings += 1
        print(f"{person}: predicted by {folder.name}")
    scores = CapturedScores(np.concatenate(ratios), np.array(who))
    widening = fit_widening(scores)
    before, after = covered(scores, np.ones(len(JOINT_NAMES))), covered_left_out(scores)
    factors = {one: fit_widening(scores.without(one)) for one in before}
    moves = by_movement(scores, np.array(movements), factors)
    for number, person in enumerate(persons):
        print(
            f"{person}: {before[number]:.3f} of the joints inside the {LEVEL:.0%} regions, widened {after[number]:.3f}"
        )
    for name, (first, second) in moves.items():
        print(f"{name}: {first:.3f}, widened {second:.3f}")
    print(", ".join(f"{name} {factor:.2f}" for name, factor in zip(JOINT_NAMES, widening, strict=True)))
    covered_after = np.array(list(after.values()))
    low, high = mean_interval(covered_after, np.arange(len(covered_after)))
    counts = {"persons": len(persons), "recordings": recordings, "windows": len(scores.person)}
    shares = {
        "coverage_90_before": float(np.mean(list(before.values()))), "coverage_90": float(covered_after.mean()),
        "coverage_90_low": float(low), "coverage_90_high": float(high),
    }  # fmt: skip
    write_atomically(options.out, toml_text(options.date, options.source, counts, shares, widening).encode())
    print(json.dumps({"benchmark": "captured_widening", **counts, **shares, "movements": moves,
                      "widening": dict(zip(JOINT_NAMES, widening.tolist(), strict=True))}))  # fmt: skip


if __name__ == "__main__":
    main()
