"""The model of a bundle with the documents that explain its outputs; only an intact bundle is opened."""

from dataclasses import dataclass
from pathlib import Path

from qleap_edge.bundle.layout import PROFILE_NAME
from qleap_edge.bundle.validate import read_manifest, validate_bundle
from qleap_edge.core.contract import CONTRACT_NAME, PACKAGE_NAME, ContractDocument
from qleap_edge.core.grades import Grade
from qleap_edge.core.records import read_document
from qleap_edge.uncertainty.profile import ProfileDocument


@dataclass(frozen=True)
class ShippedModel:
    """The model of a bundle with everything that is needed to decode its outputs."""

    package: Path
    profile: ProfileDocument
    contract: ContractDocument
    grade: Grade


def open_bundle(bundle: Path) -> ShippedModel:
    """Return the model of a bundle with the documents that are needed to decode its outputs.

    Raises:
        InputDataError: there is no bundle.
        SchemaMismatch: the bundle was made by another version of qleap-edge.
        CheckFailed: it is not intact.
    """
    validate_bundle(bundle)
    return ShippedModel(
        package=bundle / PACKAGE_NAME,
        profile=read_document(ProfileDocument, bundle / PROFILE_NAME),
        contract=read_document(ContractDocument, bundle / CONTRACT_NAME),
        grade=read_manifest(bundle).grade,
    )
