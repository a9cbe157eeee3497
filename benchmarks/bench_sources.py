"""What each source of training data is worth on real people: equal small trainings, one source left out, or one person.

    python benchmarks/bench_sources.py --motion DIR --uiprmd DIR --recordings DIR --recorded DIR --initial DIR --out DIR
        [--preset watch] [--subjects 300] [--epochs 8] [--persons s01,...] [--only reference,no-captured]

Variants of the recipe ``pretraining`` with fewer persons, trained with the sizes of ``--preset`` from the same first weights,
which must not have seen captured people:

- ``reference``: all sources;
- ``no-captured``: no captured motion; ``no-recorded``: no recorded windows; ``no-new-exercises``: only the exercises with ids
  0 to 7;
- ``without-<person>``: all sources, without the captured motion of that person. Together they are leave-one-person-out.

Each network is measured on the labelled recordings (``bench_real_names``; give the half on which choices are made) and on
captured persons with virtual watches (``bench_captured``): a network that leaves out a person on that person, the others on
all. Finished datasets and trainings are kept in ``--out``; run it again to go on. The last line is one JSON document.
"""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from bench_captured import asked, open_model, positions, watched
from bench_real_names import named_sets, report

from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.recipe import Recipe, load_recipe
from qleap_edge.dataset.synthesize import synthesize
from qleap_edge.training.loop import train

_NEW = frozenset(EXERCISES[EXERCISES.index("row") :])
_HOP = 50


@dataclass(frozen=True)
class Variant:
    """One training: what differs from the recipe."""

    name: str
    captured: bool = True
    recorded: bool = True
    new_exercises: bool = True
    left_out: tuple[str, ...] = ()

    def recipe(self, preset: str, subjects: int, epochs: int, motion: Path) -> Recipe:
        """Return the recipe ``pretraining`` with this difference."""
        recipe = load_recipe("pretraining").with_preset(preset)
        table = recipe.synthesis
        mix = {name: weight for name, weight in table.mix.items() if self.new_exercises or name not in _NEW}
        synthesis = table.model_copy(
            update={
                "subjects": subjects,
                "mix": mix,
                "captured_share": table.captured_share if self.captured else 0.0,
                "motion": (str(motion),),
                "motion_persons_left_out": self.left_out,
                "split": table.split.model_copy(
                    update={"train": 0.9, "validation": 0.06, "calibration": 0.02, "test": 0.02}
                ),
            }
        )
        training = recipe.training.model_copy(update={"epochs": epochs})
        return recipe.model_copy(update={"name": self.name, "synthesis": synthesis, "training": training})


SOURCES = (
    Variant("reference"),
    Variant("no-captured", captured=False),
    Variant("no-recorded", recorded=False),
    Variant("no-new-exercises", new_exercises=False),
)


def trained(variant: Variant, options: argparse.Namespace) -> Path:
    """Make the dataset of a variant, train its network and return the checkpoint; what is finished is taken as it is."""
    recipe = variant.recipe(options.preset, options.subjects, options.epochs, options.motion)
    same_data = "reference" if variant.name == "no-recorded" else variant.name
    data, checkpoint = options.out / f"data-{same_data}", options.out / variant.name
    if not (checkpoint / "checkpoint.json").exists():
        synthesize(recipe, data, options.workers)
        recorded = options.recorded if variant.recorded else None
        train(recipe, data, checkpoint, resume=True, initial=options.initial, recorded=recorded)
    return checkpoint


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("motion", "uiprmd", "recordings", "recorded", "initial", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--preset", choices=("base", "watch"), default="watch")
    parser.add_argument("--subjects", type=int, default=300)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument(
        "--persons", default="", help="comma-separated, to leave out one after another; none if not given"
    )
    parser.add_argument(
        "--only", default="", help="comma-separated variants of sources; all if not given, 'none' for none"
    )
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in SOURCES if not options.only or one.name in options.only.split(",")]
    paths = {path.stem: path for path in sorted(options.uiprmd.glob("s*.npz"))}
    figures: dict[str, object] = {}
    for variant in chosen:
        checkpoint = trained(variant, options)
        print(f"== {variant.name}")
        model = open_model(checkpoint)
        rows = [row for person, path in paths.items() for row in watched(model, person, path, 1, _HOP, 0)]
        figures[variant.name] = {
            "recordings": report(named_sets(options.recordings, checkpoint, 25)),
            "captured": asked(rows) | positions(rows),
        }
    rows = []
    for person in filter(None, options.persons.split(",")):
        model = open_model(trained(Variant(f"without-{person}", left_out=(person,)), options))
        rows += watched(model, person, paths[person], 1, _HOP, 0)
        print(f"== without {person}: done")
    if rows:
        print("== every person by the network that left the person out")
        figures["leave-one-person-out"] = asked(rows) | positions(rows)
    print(json.dumps({"benchmark": "sources", "figures": figures}))


if __name__ == "__main__":
    main()
