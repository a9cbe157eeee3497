"""``qleap calibrate``: the uncertainty profile of a saved package."""

from pathlib import Path
from typing import Annotated

import typer

from qleap_edge.cli.options import DataOption, JsonFlag, RecipeOption
from qleap_edge.cli.output import print_json, print_measurements, progress_bar
from qleap_edge.cli.watch import CrownOption, WristOption, wear_from


def calibrate(
    package: Annotated[Path, typer.Option("--package", help="The saved .mlpackage that ships.")],
    data: DataOption,
    recipe: RecipeOption,
    out: Annotated[Path, typer.Option("--out", "-o", help="Profile to write.")] = Path("profile.json"),
    report: Annotated[
        Path | None, typer.Option("--report", help="Write one page with every plot and table into this file.")
    ] = None,
    recordings: Annotated[
        Path | None,
        typer.Option(
            "--recordings",
            help="Real recordings and sets.csv, as for `qleap benchmark watch`: how often their sets are named wrongly.",
        ),
    ] = None,
    wrist: WristOption = None,
    crown: CrownOption = None,
    json: JsonFlag = False,
) -> None:
    """Fit the uncertainty profile of a saved package on the calibration persons; show coverage before and after."""
    from qleap_edge.comparison.watch.labelled_sets import read_sets
    from qleap_edge.comparison.watch.named_sets import real_set_measurements, real_sets, synthetic_sets
    from qleap_edge.comparison.watch.named_sets_page import real_sets_section, real_sets_statement
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
    from qleap_edge.reporting.interactive_page import InteractiveSection, Statement
    from qleap_edge.uncertainty.calibration_page import (
        CALIBRATION_PAGE_FILE,
        calibration_page,
        write_calibration_page,
    )
    from qleap_edge.uncertainty.measured_errors import MeasuredErrors
    from qleap_edge.uncertainty.profile import ProfileDocument

    profile_file = json_document(ProfileDocument, "an earlier profile")
    require_different_files(("--out", out), ("--report", report))
    for path, kind in ((out, profile_file), (report, CALIBRATION_PAGE_FILE)):
        if path is not None:
            require_replaceable_file(path, kind)
    if recordings is not None:
        read_sets(recordings)  # minutes pass before its recordings are read
    table = load_recipe(recipe).calibration
    with progress_bar("windows", shown=not json) as update:
        found = calibrate_package(package, data, table, workers=usable_cpus(), on_window=update)
    statements: tuple[Statement, ...] = ()
    sections: tuple[InteractiveSection, ...] = ()
    measured = found.report
    if recordings is not None:
        with progress_bar("sets", shown=not json) as update:
            real = real_sets(
                recordings, package, found.profile, wear_from(wrist, crown), workers=usable_cpus(), on_set=update
            )
        rows = real_set_measurements(real)
        measured = measured.model_copy(update={"measurements": (*measured.measurements, *rows)})
        if report is not None:
            synthetic = synthetic_sets(MeasuredErrors(found.test, found.profile))
            statements, sections = (real_sets_statement(real, rows),), (real_sets_section(real, synthetic),)
    write_output(out, found.profile.to_json().encode(), profile_file)
    if report is not None:
        least = {gate.measurement: gate.min for gate in load_thresholds().of_grade("release") if gate.min is not None}
        page = calibration_page(
            found.test, found.profile, measured.measurements, least, statements=statements, sections=sections
        )
        write_calibration_page(page, report)
    if json:
        print_json(measured)
        return
    pages = "" if report is None else f"; page: {report}"
    print_measurements(f"{measured.title}; profile: {out}{pages}", measured.measurements)
