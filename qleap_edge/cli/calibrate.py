"""``qleap calibrate``: the uncertainty profile of a saved package."""

from pathlib import Path
from typing import Annotated

import typer

from qleap_edge.cli.options import DataOption, JsonFlag, RecipeOption
from qleap_edge.cli.output import print_json, print_measurements, progress_bar


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
