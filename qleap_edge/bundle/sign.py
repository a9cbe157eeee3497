"""Sign a finished bundle, where the key is: not on the machine that trains, but on the one that releases."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from qleap_edge.bundle.layout import SIGNATURE_NAME
from qleap_edge.bundle.signing import SignatureDocument, sign
from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.errors import CheckFailed
from qleap_edge.core.manifest import MANIFEST_NAME
from qleap_edge.core.records import read_document


def sign_bundle(bundle: Path, key: Ed25519PrivateKey) -> SignatureDocument:
    """Sign a finished bundle, which is checked first: a signature must not vouch for an altered one.

    Raises:
        InputDataError: there is no bundle.
        CheckFailed: it is not intact, or somebody else has signed it.
    """
    found = validate_bundle(bundle)
    document = sign((bundle / MANIFEST_NAME).read_bytes(), key)
    if found.signed_by is not None and read_document(SignatureDocument, bundle / SIGNATURE_NAME) != document:
        raise CheckFailed(
            "the bundle is signed by another key", where=bundle / SIGNATURE_NAME, expected="no signature, or one by this key",
            got=found.signed_by, next_step=f"delete {SIGNATURE_NAME} if that signature is not wanted, then sign again",
        )  # fmt: skip
    document.write(bundle / SIGNATURE_NAME)
    return document
