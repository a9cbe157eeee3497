"""``qleap checkpoint``: checkpoints that ship with the package."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.options import JsonFlag
from qleap_edge.cli.output import print_json, print_measurements, progress_bar

if TYPE_CHECKING:
    pass

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
    """Export a checkpoint for shipping: float16 weights, and a card with its data, its figures and the cost of the rounding."""
    from qleap_edge.pretrained.export import export_checkpoint

    with progress_bar("windows", shown=not json) as update:
        card = export_checkpoint(checkpoint, data, name, out, hop=hop, on_window=update)
    if json:
        print_json(card)
        return
    print_measurements(f"{name}: {card.weights_bytes:,} bytes in {out}", (*card.rounding, *card.measurements))
