"""Checkpoints that ship with the package: pack one, take one in place of a training, find one by its name."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qleap_edge.cli.output import JsonFlag, print_json, print_measurements, print_table, progress_bar

if TYPE_CHECKING:
    from qleap_edge.core.recipe import Recipe

app = typer.Typer(name="checkpoint", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def _group() -> None:
    """Work on checkpoints that ship."""


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Option("--checkpoint", help="Checkpoint folder made by `qleap train`.")],
    data: Annotated[Path, typer.Option("--data", help="The very dataset folder that it was trained on.")],
    name: Annotated[str, typer.Option("--name", help="Of the two files, and for `model.pretrained` in a recipe.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the two files; others in it stay.")],
    hop: Annotated[
        int, typer.Option(min=1, help="Steps between two test windows: 10 as in the product, 100 for a quick look.")
    ] = 10,
    json: JsonFlag = False,
) -> None:
    """Make of a checkpoint what can ship: float16 weights, and a card with data, figures and what the rounding cost."""
    from qleap_edge.pretrained.export import export_checkpoint

    with progress_bar("windows", shown=not json) as update:
        card = export_checkpoint(checkpoint, data, name, out, hop=hop, on_window=update)
    if json:
        print_json(card)
        return
    print_measurements(f"{name}: {card.weights_bytes:,} bytes in {out}", (*card.rounding, *card.measurements))


def checkpoint_folder(context: Any, value: Path | None) -> Path | None:
    """Turn the name of a shipped checkpoint into a folder that lives as long as the command; leave a path as it is.

    Args:
        context: of the command, which closes what is opened in it. Typer passes a private class that is no ``typer.Context``.
        value: what stands after the option.

    Raises:
        InputDataError: a shipped file is missing or altered.
    """
    if value is None or value.exists() or len(value.parts) != 1:
        return value
    from qleap_edge.pretrained.registry import shipped_names

    if str(value) not in shipped_names():
        return value
    from qleap_edge.pretrained.install import unpack_pretrained

    scratch = context.with_resource(tempfile.TemporaryDirectory())
    folder = Path(scratch) / value
    unpack_pretrained(str(value), folder)
    return folder


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
