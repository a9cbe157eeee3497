"""``qleap train``: train the network of a recipe, or install the shipped checkpoint that it names."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.options import DataOption, JsonFlag, OutOption, RecipeOption
from qleap_edge.cli.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from qleap_edge.core.recipe import Recipe


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
    initial: Annotated[
        Path | None, typer.Option("--initial", help="Checkpoint folder whose weights are the first ones.")
    ] = None,
    recorded: Annotated[
        Path | None,
        typer.Option("--recorded", help="Labelled real recordings (`qleap dataset recorded`) for the exercise head."),
    ] = None,
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

    first = os.environ.get("RANK", "0") == "0"  # only one of the processes that torchrun started prints

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
        install_shipped(loaded, data, out, wants_training=any((resume, track, preset, initial, recorded)), json=json)
        return
    with progress_bar("training steps", shown=first and not json, log_every_s=60.0) as update:

        def step(progress: Progress) -> None:
            note = f"epoch {progress.epoch}, loss {progress.loss:.3f}, {progress.windows_per_s:.0f} windows/s"
            update(progress.step, progress.total_steps, note)

        card = run(
            loaded.from_scratch(),
            data,
            out,
            resume=resume,
            initial=initial,
            recorded=recorded,
            on_start=say,
            on_step=step,
            trackers=wanted,
        )
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


def install_shipped(recipe: "Recipe", data: Path, out: Path, *, wants_training: bool, json: bool) -> None:
    """Make the checkpoint folder of a recipe that names a shipped checkpoint, and say so.

    Raises:
        UsageError: options were given that only a training obeys; or the checkpoint does not fit the recipe.
        InputDataError: a shipped file is missing or altered; or the dataset may test with persons it was trained on.
    """
    from qleap_edge.core.errors import UsageError
    from qleap_edge.pretrained.install import install_pretrained

    if wants_training:
        raise UsageError(
            f"the recipe takes the shipped checkpoint {recipe.model.pretrained!r}, so there is no training to resume or track",
            where=f"recipe {recipe.name!r}, key 'model.pretrained'",
            next_step="add --from-scratch to train, or leave --resume, --track and --preset out",
        )
    taken = install_pretrained(recipe, data, out)
    if json:
        print_json(taken)
        return
    print_table("Checkpoint", ("what", "value"), (("folder", out), ("shipped checkpoint", taken.name)))
    for note in taken.notes:
        typer.echo(note)
    typer.echo("To train it instead: --from-scratch")
