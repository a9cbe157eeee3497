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
    report: Annotated[
        Path | None, typer.Option("--report", help="Write one page with every plot and table into this file.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Fit the uncertainty profile of a saved package on the calibration persons; show coverage before and after."""
    from qleap_edge.core.output_paths import (
        json_document,
        require_different_files,
        require_replaceable_file,
        write_output,
    )
    from qleap_edge.core.recipe import load_recipe
    from qleap_edge.dataset.executors.local import usable_cpus
    from qleap_edge.evaluation.package_profile import calibrate_package
    from qleap_edge.gates.thresholds import load_thresholds
    from qleap_edge.uncertainty.calibration_page import (
        CALIBRATION_PAGE_FILE,
        calibration_page,
        write_calibration_page,
    )
    from qleap_edge.uncertainty.profile import ProfileDocument

    profile_file = json_document(ProfileDocument, "an earlier profile")
    require_different_files(("--out", out), ("--report", report))
    for path, kind in ((out, profile_file), (report, CALIBRATION_PAGE_FILE)):
        if path is not None:
            require_replaceable_file(path, kind)
    table = load_recipe(recipe).calibration
    with progress_bar("windows", shown=not json) as update:
        found = calibrate_package(package, data, table, workers=usable_cpus(), on_window=update)
    write_output(out, found.profile.to_json().encode(), profile_file)
    if report is not None:
        least = {gate.measurement: gate.min for gate in load_thresholds().of_grade("release") if gate.min is not None}
        write_calibration_page(calibration_page(found.test, found.profile, found.report.measurements, least), report)
    if json:
        print_json(found.report)
        return
    pages = "" if report is None else f"; page: {report}"
    print_measurements(f"{found.report.title}; profile: {out}{pages}", found.report.measurements)
