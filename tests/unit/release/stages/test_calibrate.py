"""The stage ``calibrate``: which persons it uses, and that its profile can be fitted again."""

from pathlib import Path

from qleap_edge.bundle.layout import PROFILE_NAME
from qleap_edge.compression.document import chosen_package
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import read_document
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.package_profile import fit_package_profile
from qleap_edge.uncertainty.profile import ProfileDocument
from tests.support.micro import Micro


def stored(micro: Micro) -> ProfileDocument:
    return read_document(ProfileDocument, micro.stages["calibrate"] / PROFILE_NAME)


def test_parts_of_the_split_are_used_as_promised(micro: Micro, micro_recipe: Recipe) -> None:
    """Training, calibration and test persons are different persons."""
    data = micro.stages["synthesize"]
    persons = {
        split: set(load_windows(data, split, 100).subject_id.tolist()) for split in ("train", "calibration", "test")
    }
    assert not persons["train"] & persons["test"] and not persons["calibration"] & persons["test"]
    profile = stored(micro)
    assert profile.scale_set.subjects + profile.radius_set.subjects == len(persons["calibration"]) == 20
    assert profile.levels == micro_recipe.calibration.levels


def test_the_profile_can_be_fitted_again(micro: Micro, micro_recipe: Recipe) -> None:
    shipped: Path = chosen_package(micro.stages["compress"])
    again = fit_package_profile(
        shipped, micro.stages["synthesize"], micro_recipe.calibration, shipped.parent.name, workers=2
    )
    assert again == stored(micro)
