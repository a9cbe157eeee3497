"""Commands around the network: train, evaluate, convert, compress, verify, calibrate."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.checkpoint import checkpoint_folder, install_shipped
from qleap_edge.cli.output import (
    JsonFlag,
    RecipeOption,
    number,
    print_json,
    print_measurements,
    print_table,
    progress_bar,
)

if TYPE_CHECKING:
    from qleap_edge.verification.comparison import LadderDocument

DataOption = Annotated[Path, typer.Option("--data", help="Dataset folder made by `qleap synthesize`.")]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder to make.")]
CheckpointOption = Annotated[
    Path,
    typer.Option(
        "--checkpoint",
        callback=checkpoint_folder,
        help="Checkpoint folder made by `qleap train`, or the name of one that ships.",
    ),
]


def train(
    recipe: RecipeOption,
    data: DataOption,
    out: OutOption,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted run of the same recipe.")] = False,
    preset: Annotated[
        str | None, typer.Option("--preset", help="Train this network in place of the one the recipe names.")
    ] = None,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Train although the recipe names a checkpoint that ships.")
    ] = False,
    track: Annotated[
        list[str] | None, typer.Option("--track", help="Also log to `tensorboard` or `wandb`; may be repeated.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Train the network of a recipe and write a checkpoint folder; `torchrun` spreads it over processes."""
    from qleap_edge.core.recipe import load_recipe
    from qleap_edge.model.config import REFERENCE_PARAMETERS
    from qleap_edge.training.loop import Progress
    from qleap_edge.training.loop import train as run
    from qleap_edge.training.tracking.trackers import choose_trackers

    first = os.environ.get("RANK", "0") == "0"  # of the processes that torchrun started, one speaks

    computed = ""

    def say(sentence: str) -> None:
        nonlocal computed
        computed = sentence
        if first and not json and sys.stderr.isatty():
            typer.echo(sentence, err=True)

    wanted = choose_trackers(track or ())
    loaded = load_recipe(recipe)
    if preset is not None:
        loaded = loaded.with_preset(preset)
    if loaded.model.pretrained is not None and not from_scratch:
        install_shipped(loaded, data, out, wants_training=resume or bool(track) or preset is not None, json=json)
        return
    with progress_bar("training steps", shown=first and not json, log_every_s=60.0) as update:

        def step(progress: Progress) -> None:
            note = f"epoch {progress.epoch}, loss {progress.loss:.3f}, {progress.windows_per_s:.0f} windows/s"
            update(progress.step, progress.total_steps, note)

        card = run(loaded.from_scratch(), data, out, resume=resume, on_start=say, on_step=step, trackers=wanted)
    if not first:
        return
    if json:
        print_json(card)
        return
    reference = f", {card.parameters / REFERENCE_PARAMETERS:.2%} of the reference" if card.preset == "base" else ""
    print_table(
        "Checkpoint",
        ("what", "value"),
        (
            ("folder", out),
            ("preset", card.preset),
            ("parameters", f"{card.parameters:,}{reference}"),
            ("computed", computed),
            ("epochs", f"{card.epochs}, best {card.best_epoch}"),
            ("validation loss", f"{card.validation_loss:.4f}"),
            ("exercises", ", ".join(card.trained_exercises)),
        ),
    )


def convert(
    checkpoint: CheckpointOption,
    out: OutOption,
    seed: Annotated[int, typer.Option(help="Recorded in the manifest.")] = 0,
    json: JsonFlag = False,
) -> None:
    """Convert a checkpoint to a saved fp16 .mlpackage and an ONNX file."""
    from qleap_edge.conversion.coreml import convert as run
    from qleap_edge.core.contract import PACKAGE_NAME
    from qleap_edge.core.manifest import digest_of
    from qleap_edge.core.recipe import ConversionTable

    contract = run(checkpoint, out, ConversionTable(), seed)
    if json:
        print_json(contract)
        return
    print_table(
        f"{out / PACKAGE_NAME}  sha256 {digest_of(out / PACKAGE_NAME)[:16]}…",
        ("tensor", "shape", "unit", "meaning"),
        ((t.name, "×".join(map(str, t.shape)), t.unit, t.description) for t in (*contract.inputs, *contract.outputs)),
    )


def compress(
    package: Annotated[Path, typer.Option("--package", help="Conversion folder, or the .mlpackage inside it.")],
    out: OutOption,
    data: Annotated[
        Path | None, typer.Option("--data", help="Dataset to judge the variants on; without one none is chosen.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option("--recipe", "-r", help="Whose variants and budget; default: all variants.")
    ] = None,
    only: Annotated[str | None, typer.Option("--only", help="Variants, separated by commas.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a CPU.")] = None,
    seed: Annotated[int, typer.Option(help="Recorded in the manifest.")] = 0,
    json: JsonFlag = False,
) -> None:
    """Make smaller variants of a saved package, run each on the task, and choose the smallest one inside the budget."""
    from qleap_edge.cli.compression import compression_table, print_sweep
    from qleap_edge.compression.sweep import compress as run
    from qleap_edge.dataset.executors.local import usable_cpus

    table = compression_table(recipe, only, judged=data is not None)
    conversion = package.parent if package.suffix == ".mlpackage" else package
    with progress_bar("tasks", shown=not json) as update:
        document = run(conversion, data, out, table, seed, workers=workers or usable_cpus(), on_task=update)
    print_json(document) if json else print_sweep(document, out)


def verify(
    package: Annotated[list[Path], typer.Option("--package", help="A saved .mlpackage, a rung; may be given again.")],
    checkpoint: CheckpointOption,
    data: DataOption,
    windows: Annotated[int, typer.Option(min=1, help="Test windows to compare on.")] = 64,
    drift_bound: Annotated[
        float | None,
        typer.Option(
            min=0.0, help="Relative difference at which an operation drifts; not given: as `qleap mil drift`."
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Compare saved packages with the network they were made from, and name the first operation that drifts."""
    from qleap_edge.mil.tools.drift import DRIFT_BOUND
    from qleap_edge.verification.comparison import compare_with_checkpoint

    bound = DRIFT_BOUND if drift_bound is None else drift_bound
    with progress_bar("rungs", shown=not json) as update:
        found = compare_with_checkpoint(package, checkpoint, data, windows, bound, update)
    print_json(found) if json else _print_ladder(found)


def calibrate(
    package: Annotated[Path, typer.Option("--package", help="The saved .mlpackage that ships.")],
    data: DataOption,
    recipe: RecipeOption,
    out: Annotated[Path, typer.Option("--out", "-o", help="Profile to write.")] = Path("profile.json"),
    json: JsonFlag = False,
) -> None:
    """Fit the uncertainty profile of a saved package on the calibration persons; show coverage before and after."""
    from qleap_edge.core.output_paths import json_document, require_replaceable_file, write_output
    from qleap_edge.core.recipe import load_recipe
    from qleap_edge.dataset.executors.local import usable_cpus
    from qleap_edge.evaluation.package_profile import calibrate_package
    from qleap_edge.uncertainty.profile import ProfileDocument

    profile_file = json_document(ProfileDocument, "an earlier profile")
    require_replaceable_file(out, profile_file)
    table = load_recipe(recipe).calibration
    with progress_bar("windows", shown=not json) as update:
        profile, report = calibrate_package(package, data, table, workers=usable_cpus(), on_window=update)
    write_output(out, profile.to_json().encode(), profile_file)
    print_json(report) if json else print_measurements(f"{report.title}; profile: {out}", report.measurements)


def evaluate(
    data: DataOption,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", callback=checkpoint_folder, help="Evaluate a checkpoint, a folder or a name …"),
    ] = None,
    package: Annotated[Path | None, typer.Option("--package", help="… or a saved .mlpackage.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for evaluation.json, figures and index.html.")
    ] = None,
    hop: Annotated[
        int, typer.Option(min=1, help="Steps between two windows: 10 as in the product, 100 for a quick look.")
    ] = 10,
    json: JsonFlag = False,
) -> None:
    """Measure a checkpoint or a saved package on test persons, beside predictors that have no sensor."""
    from qleap_edge.core.errors import UsageError
    from qleap_edge.evaluation.evaluate_model import evaluate_model
    from qleap_edge.evaluation.tables import all_tables, measurement_table, summary
    from qleap_edge.evaluation.write import PAGE_NAME, check_out, write_evaluation

    if (checkpoint is None) == (package is None):
        raise UsageError("give exactly one of --checkpoint and --package")
    if out is not None:
        check_out(out)
    with progress_bar("windows", shown=not json) as update:
        found, source = evaluate_model(data, checkpoint=checkpoint, package=package, hop=hop, on_window=update)
    if out is not None:
        write_evaluation(found, source, data, out)
    if json:
        print_json(found.document)
        return
    for table in (measurement_table(found.document), *all_tables(found.document)):
        print_table(table.title, table.columns, table.rows)
    typer.echo(summary(found.document))
    if out is not None:
        typer.echo(f"Page: {out / PAGE_NAME}")


def _print_ladder(found: "LadderDocument") -> None:
    """Print one row a rung, then where each package begins to drift."""
    figures = {
        "worst joint, mm": "pose_drift_max",
        "99 % of joints, mm": "pose_drift_p99",
        "pose PSNR, dB": "pose.psnr",
        "σ ratio, 99 %": "sigma_ratio_p99",
        "class flips": "exercise_flips",
    }
    rows = ((rung, *(number(found.figure(rung, name)) for name in figures.values())) for rung in found.rungs)
    print_table(found.title, ("rung", *figures), rows)
    print_table(
        f"First operation that drifts by more than {found.bound:.2%}, on each package's worst window",
        ("package", "compared with", "window", "operation", "value", "drift"),
        (
            (
                item.rung,
                item.against or "itself without rounding",
                item.window,
                *(
                    (f"none of {item.compared}", "", "")
                    if item.first is None
                    else (item.first.operation, item.first.name, f"{item.first.relative:.2%}")
                ),
            )
            for item in found.first_drifts
        ),
    )
    for note in found.notes:
        typer.echo(note)
