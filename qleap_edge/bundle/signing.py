"""The signature of a bundle: Ed25519 over ``manifest.json``, which in turn holds the hash of every file.

Make a key with ``openssl genpkey -algorithm ed25519 -out release.pem`` and its public half with
``openssl pkey -in release.pem -pubout -out release.pub.pem``. With ``-aes256`` the first is encrypted by a password.
"""

import base64
import binascii
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from qleap_edge.core.errors import CheckFailed, InputDataError
from qleap_edge.core.records import Document

PASSWORD_VARIABLE = "QLEAP_KEY_PASSWORD"
"""Variable of the environment that may hold the password of an encrypted key."""


class SignatureDocument(Document):
    """``manifest.sig.json``."""

    schema_name: Literal["qleap.signature"] = "qleap.signature"
    schema_version: Literal[1] = 1
    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str
    """Raw 32 bytes, base64."""
    signature: str
    """Over the bytes of ``manifest.json``, base64."""


def load_private_key(path: Path, password: bytes | None = None) -> Ed25519PrivateKey:
    """Read an Ed25519 private key in PEM.

    Args:
        path: the file.
        password: of an encrypted key; None for one that is not encrypted.

    Raises:
        InputDataError: not readable, another kind of key, encrypted without a password, or with another one.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=password)
    except TypeError as problem:  # the library's word for a password where none belongs, and for one that is missing
        missing = password is None
        raise InputDataError(
            "the key is encrypted" if missing else "the key is not encrypted", where=path,
            expected="its password" if missing else "no password", got="none" if missing else "one",
            next_step=f"give the password: --password-file FILE, or {PASSWORD_VARIABLE}" if missing else "leave it out",
        ) from problem  # fmt: skip
    except OSError as problem:
        raise InputDataError(
            "the key cannot be read", where=path, got=str(problem), next_step="check the path"
        ) from problem
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise InputDataError(
            "not a PEM private key" if password is None else "not a PEM private key with this password",
            where=path, got=str(problem), next_step="check the file, and the password if there is one",
        ) from problem  # fmt: skip
    if not isinstance(key, Ed25519PrivateKey):
        raise InputDataError("wrong kind of key", where=path, expected="Ed25519", got=type(key).__name__)
    return key


def is_encrypted(path: Path) -> bool:
    """Return whether a readable PEM private key needs a password."""
    try:
        load_pem_private_key(path.read_bytes(), password=None)
    except TypeError:
        return True
    except (OSError, ValueError, UnsupportedAlgorithm):
        return False  # loading it says what is wrong
    return False


def load_public_key(path: Path) -> Ed25519PublicKey:
    """Read an Ed25519 public key in PEM.

    Raises:
        InputDataError: not readable, or another kind of key.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as problem:
        raise InputDataError(
            "not a PEM public key", where=path, got=str(problem),
            next_step="give the public half: openssl pkey -in release.pem -pubout -out release.pub.pem",
        ) from problem  # fmt: skip
    if not isinstance(key, Ed25519PublicKey):
        raise InputDataError("wrong kind of key", where=path, expected="Ed25519", got=type(key).__name__)
    return key


def sign(manifest: bytes, key: Ed25519PrivateKey) -> SignatureDocument:
    """Sign the manifest's bytes; Ed25519 is deterministic, equal input gives an equal signature."""
    return SignatureDocument(
        public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        signature=base64.b64encode(key.sign(manifest)).decode(),
    )


def check_signature(
    manifest: bytes, document: SignatureDocument, trusted: Ed25519PublicKey | None, where: Path
) -> None:
    """Check the signature, and that the key is the trusted one if one is given.

    Raises:
        CheckFailed: the signature does not fit the manifest, or another key made it.
    """
    try:
        raw = _canonical_base64(document.public_key)
        if trusted is not None and raw != trusted.public_bytes_raw():
            raise CheckFailed(
                "signed with another key", where=where, expected=base64.b64encode(trusted.public_bytes_raw()).decode(),
                got=document.public_key, next_step="do not use this bundle unless you know who made it",
            )  # fmt: skip
        Ed25519PublicKey.from_public_bytes(raw).verify(_canonical_base64(document.signature), manifest)
    except (InvalidSignature, ValueError, binascii.Error) as problem:
        raise CheckFailed(
            "the signature does not fit manifest.json", where=where, next_step="fetch the bundle again from its source"
        ) from problem


def _canonical_base64(text: str) -> bytes:
    """Decode base64 that has one spelling only: spare bits in the last character would let a changed file pass."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not canonical base64")
    return raw
