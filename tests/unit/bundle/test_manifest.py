"""The payload that is committed with the Swift package is one of today's version."""

import pytest

from qleap_edge.bundle.layout import (
    PAYLOAD_NAME,
    PROFILE_NAME,
    SELF_TEST_NAME,
    SKELETON_NAME,
    SWIFT_GOLDEN,
    SWIFT_PAYLOAD,
)
from qleap_edge.bundle.manifest import PayloadManifest
from qleap_edge.core.contract import CONTRACT_NAME, ContractDocument
from qleap_edge.core.records import Document, read_document
from qleap_edge.core.resources import resource
from qleap_edge.core.skeleton import SkeletonDocument, skeleton_document
from qleap_edge.uncertainty.profile import ProfileDocument
from qleap_edge.verification.golden import GoldenDocument
from qleap_edge.verification.self_test import SelfTestDocument
from tests.support.command import tree

COMMITTED = f"ios_sdk_assets/{SWIFT_PAYLOAD}"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (CONTRACT_NAME, ContractDocument),
        (PROFILE_NAME, ProfileDocument),
        (SKELETON_NAME, SkeletonDocument),
        (SELF_TEST_NAME, SelfTestDocument),
        (PAYLOAD_NAME, PayloadManifest),
    ],
)
def test_the_committed_payload_is_readable_today(name: str, kind: type[Document]) -> None:
    document = read_document(kind, resource(COMMITTED) / name)
    assert document.to_json() == (resource(COMMITTED) / name).read_text(encoding="utf-8")


def test_the_committed_payload_is_of_one_piece() -> None:
    folder = resource(COMMITTED)
    payload = read_document(PayloadManifest, folder / PAYLOAD_NAME)
    assert {r.path: r.sha256 for r in payload.files} == {k: v for k, v in tree(folder).items() if k != PAYLOAD_NAME}
    assert read_document(SelfTestDocument, folder / SELF_TEST_NAME).package_sha256 == payload.package_sha256
    golden = resource(f"ios_sdk_assets/{SWIFT_GOLDEN}")
    assert read_document(GoldenDocument, golden).package_sha256 == payload.package_sha256
    assert read_document(ProfileDocument, folder / PROFILE_NAME).package_sha256 == payload.package_sha256
    assert read_document(SkeletonDocument, folder / SKELETON_NAME) == skeleton_document()
