"""The stage ``calibrate``: the uncertainty profile of the package that ships."""

from qleap_edge.bundle.layout import PROFILE_NAME
from qleap_edge.compression.document import chosen_variant, package_path
from qleap_edge.core.manifest import new_folder, stage_folder
from qleap_edge.evaluation.package_profile import fit_package_profile
from qleap_edge.release.stage import StageRun


def calibrate(run: StageRun) -> None:
    """Fit the profile on the calibration persons.

    The package is run on all of their half-overlapping windows. The compression stage has run it on some of them only, so
    that its outputs are not used here.
    """
    variant = chosen_variant(run.inputs["compression"])
    profile = fit_package_profile(
        package_path(run.inputs["compression"], variant),
        run.inputs["dataset"],
        run.recipe.calibration,
        variant,
        workers=run.workers,
        on_window=run.report("windows"),
    )
    with new_folder(run.out, stage_folder(run.stage.name)) as folder:
        profile.write(folder / PROFILE_NAME)
        run.write_manifest(folder)
