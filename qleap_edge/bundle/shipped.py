"""Open a bundle for use: only an intact one gives a model."""

from pathlib import Path

from qleap_edge.analysis.session import ShippedModel
from qleap_edge.bundle.layout import PROFILE_NAME
from qleap_edge.bundle.validate import read_manifest, validate_bundle
from qleap_edge.calibration.profile import ProfileDocument
from qleap_edge.conversion.contract import ContractDocument
from qleap_edge.conversion.coreml import CONTRACT_NAME, PACKAGE_NAME
from qleap_edge.core.records import read_document


def open_bundle(bundle: Path) -> ShippedModel:
    """Return the model of a bundle with the documents that explain its answers.

    Raises:
        InputDataError: there is no bundle.
        CheckFailed: it is not intact.
    """
    validate_bundle(bundle)
    return ShippedModel(
        package=bundle / PACKAGE_NAME,
        profile=read_document(ProfileDocument, bundle / PROFILE_NAME),
        contract=read_document(ContractDocument, bundle / CONTRACT_NAME),
        grade=read_manifest(bundle).grade,
    )
