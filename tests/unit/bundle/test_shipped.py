"""Opening a bundle."""

from qleap_edge.bundle.layout import (
    PACKAGE_NAME,
)
from qleap_edge.bundle.shipped import open_bundle
from qleap_edge.core.manifest import digest_of
from tests.support.micro import Micro


def test_opening_gives_model_and_documents(micro: Micro) -> None:
    model = open_bundle(micro.bundle)
    assert model.package == micro.bundle / PACKAGE_NAME and model.grade == "tiny"
    assert model.profile.package_sha256 == digest_of(model.package)
    assert [item.name for item in model.contract.exercises if item.trained] == ["squat", "walk", "idle"]
