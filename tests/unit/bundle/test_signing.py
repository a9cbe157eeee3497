"""Signatures over the manifest: made, checked, and refused, also against OpenSSL's own verifier."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from qleap_edge.bundle.layout import SIGNATURE_NAME
from qleap_edge.bundle.signing import SignatureDocument, check_signature, load_private_key, load_public_key, sign
from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.errors import CheckFailed, InputDataError
from qleap_edge.core.manifest import MANIFEST_NAME
from qleap_edge.core.resources import resource
from tests.support import signature_vectors
from tests.support.keys import KeyPair, write_keys
from tests.support.micro import Micro

TEXT = b'{"schema": "qleap.bundle"}\n'


@pytest.fixture
def keys(tmp_path: Path) -> KeyPair:
    return write_keys(tmp_path)


@pytest.fixture
def signed(micro: Micro, keys: KeyPair, tmp_path: Path) -> Path:
    bundle = Path(shutil.copytree(micro.bundle, tmp_path / "bundle"))
    sign((bundle / MANIFEST_NAME).read_bytes(), load_private_key(keys.private)).write(bundle / SIGNATURE_NAME)
    return bundle


def test_sign_and_check(keys: KeyPair) -> None:
    document = sign(TEXT, load_private_key(keys.private))
    assert document == sign(TEXT, load_private_key(keys.private)), "deterministic"
    check_signature(TEXT, document, load_public_key(keys.public), Path("here"))
    check_signature(TEXT, document, None, Path("here"))
    assert len(base64.b64decode(document.public_key)) == 32 and len(base64.b64decode(document.signature)) == 64


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_agrees(tmp_path: Path) -> None:
    private, public = tmp_path / "k.pem", tmp_path / "k.pub.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(private)], check=True)
    subprocess.run(["openssl", "pkey", "-in", str(private), "-pubout", "-out", str(public)], check=True)
    document = sign(TEXT, load_private_key(private))
    (tmp_path / "text").write_bytes(TEXT)
    (tmp_path / "sig").write_bytes(base64.b64decode(document.signature))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin"]
    done = subprocess.run([*command, "-in", str(tmp_path / "text"), "-sigfile", str(tmp_path / "sig")])
    assert done.returncode == 0
    check_signature(TEXT, document, load_public_key(public), tmp_path)


def test_a_tampered_text_does_not_fit(keys: KeyPair) -> None:
    document = sign(TEXT, load_private_key(keys.private))
    for wrong in (TEXT + b" ", TEXT.replace(b"bundle", b"bumdle"), b""):
        with pytest.raises(CheckFailed, match="does not fit") as caught:
            check_signature(wrong, document, None, Path("somewhere"))
        assert "somewhere" in str(caught.value) and caught.value.exit_code == 1


def test_another_key_is_named(keys: KeyPair, tmp_path: Path) -> None:
    document = sign(TEXT, load_private_key(keys.private))
    other = write_keys(tmp_path, "other")
    with pytest.raises(CheckFailed, match="signed with another key"):
        check_signature(TEXT, document, load_public_key(other.public), Path("x"))


def other_spelling(text: str) -> str:
    """Return base64 with the spare bits of the last character set: the same bytes, another text."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = text.rstrip("=")
    twin = body[:-1] + alphabet[alphabet.index(body[-1]) + 1] + "=" * (len(text) - len(body))
    assert base64.b64decode(twin, validate=True) == base64.b64decode(text) and twin != text
    return twin


@pytest.mark.parametrize("field", ["public_key", "signature"])
@pytest.mark.parametrize("how", ["other spelling", "not base64", "too short", "empty"])
def test_a_field_that_was_changed(field: str, how: str, keys: KeyPair) -> None:
    document = sign(TEXT, load_private_key(keys.private))
    value = getattr(document, field)
    wrong = {
        "other spelling": other_spelling(value),
        "not base64": "ä" + value[1:],
        "too short": value[4:],
        "empty": "",
    }
    changed = document.model_copy(update={field: wrong[how]})
    with pytest.raises(CheckFailed):
        check_signature(TEXT, changed, None, Path("x"))


def test_signed_bundle_with_the_trusted_key(signed: Path, keys: KeyPair) -> None:
    result = validate_bundle(signed, keys.public)
    assert result.signer_trusted and result.signed_by is not None
    raw = load_public_key(keys.public).public_bytes_raw()
    assert base64.b64decode(result.signed_by) == raw
    assert not validate_bundle(signed).signer_trusted


def test_signed_bundle_with_another_key(signed: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="another key"):
        validate_bundle(signed, write_keys(tmp_path, "other").public)


def test_unsigned_although_a_key_is_demanded(micro: Micro, keys: KeyPair) -> None:
    assert validate_bundle(micro.bundle).signed_by is None
    with pytest.raises(CheckFailed, match="not signed"):
        validate_bundle(micro.bundle, keys.public)


def test_the_signature_of_another_bundle(signed: Path, keys: KeyPair) -> None:
    sign(b"another manifest", load_private_key(keys.private)).write(signed / SIGNATURE_NAME)
    with pytest.raises(CheckFailed, match="does not fit"):
        validate_bundle(signed, keys.public)


def test_every_single_changed_byte_of_the_signature_file_is_seen(signed: Path) -> None:
    path = signed / SIGNATURE_NAME
    original = path.read_bytes()
    document = SignatureDocument.model_validate_json(original)
    assert original == document.to_json().encode()
    from qleap_edge.bundle import validate as room

    for position in range(len(original)):
        for new in (original[position] ^ 1, 0x09, 0x20):
            if new == original[position]:
                continue
            path.write_bytes(original[:position] + bytes([new]) + original[position + 1 :])
            with pytest.raises(CheckFailed, match=r"manifest\.sig\.json"):
                room._check_signature(signed, None)


def test_keys_that_are_no_keys(tmp_path: Path) -> None:
    elliptic = generate_private_key(SECP256R1())
    pem, pkcs8 = Encoding.PEM, PrivateFormat.PKCS8
    (tmp_path / "garbage.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n")
    (tmp_path / "binary.pem").write_bytes(bytes(range(256)))
    (tmp_path / "empty.pem").write_bytes(b"")
    (tmp_path / "ec.pem").write_bytes(elliptic.private_bytes(pem, pkcs8, NoEncryption()))
    (tmp_path / "ec.pub.pem").write_bytes(elliptic.public_key().public_bytes(pem, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "locked.pem").write_bytes(elliptic.private_bytes(pem, pkcs8, BestAvailableEncryption(b"word")))
    (tmp_path / "folder.pem").mkdir()
    for name in ("garbage", "binary", "empty", "ec", "locked", "folder", "absent"):
        with pytest.raises(InputDataError, match=rf"{name}\.pem") as caught:
            load_private_key(tmp_path / f"{name}.pem")
        assert caught.value.exit_code == 3
    for name in ("garbage", "binary", "empty", "ec.pub", "folder", "absent"):
        with pytest.raises(InputDataError, match=rf"{name}\.pem"):
            load_public_key(tmp_path / f"{name}.pem")


def test_halves_are_not_exchanged(keys: KeyPair) -> None:
    with pytest.raises(InputDataError):
        load_private_key(keys.public)
    with pytest.raises(InputDataError):
        load_public_key(keys.private)


def test_the_vectors_of_the_swift_package_are_those_of_today() -> None:
    """Its verifier is held to them; whoever changes the generator writes them again."""
    shipped = resource(f"ios_sdk_assets/{signature_vectors.FIXTURE}").read_text(encoding="utf-8")
    assert shipped == signature_vectors.text(), "run python -m tests.support.signature_vectors"
    for vector in signature_vectors.vectors():
        assert vector.openssl == vector.strict or vector.kind == "key of small order"
