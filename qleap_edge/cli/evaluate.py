"""``qleap evaluate``: accuracy of a checkpoint or a saved package on test persons."""

from pathlib import Path
from typing import Annotated

import typer

from qleap_edge.cli.options import DataOption, JsonFlag, checkpoint_folder
from qleap_edge.cli.output import print_json, print_table, progress_bar


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
