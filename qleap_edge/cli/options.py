"""Options that several commands share, each with one name and one help text."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
RecipeOption = Annotated[str, typer.Option("--recipe", "-r", help="A shipped recipe's name or a .toml file.")]
DataOption = Annotated[Path, typer.Option("--data", help="Dataset folder made by `qleap synthesize`.")]
OutOption = Annotated[Path, typer.Option("--out", "-o", help="Folder to make.")]


def checkpoint_folder(context: Any, value: Path | None) -> Path | None:
    """Turn the name of a shipped checkpoint into a folder that exists as long as the command runs; return a path unchanged.

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


CheckpointOption = Annotated[
    Path,
    typer.Option(
        "--checkpoint",
        callback=checkpoint_folder,
        help="Checkpoint folder made by `qleap train`, or the name of one that ships.",
    ),
]
