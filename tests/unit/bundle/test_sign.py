"""``qleap sign``: a finished bundle gets its signature; altered ones, other signers and wrong passwords are refused."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from qleap_edge.bundle.layout import SIGNATURE_NAME
from qleap_edge.bundle.sign import sign_bundle
from qleap_edge.bundle.signing import PASSWORD_VARIABLE, load_private_key
from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.errors import CheckFailed, InputDataError
from qleap_edge.gates.report import gate_bundle
from tests.support.command import assert_refused, call
from tests.support.keys import write_keys
from tests.support.micro import Micro


@pytest.fixture
def bundle(micro: Micro, tmp_path: Path) -> Path:
    return Path(shutil.copytree(micro.bundle, tmp_path / micro.bundle.name))


def test_a_signed_bundle_is_trusted_by_its_key_and_still_gated(bundle: Path, tmp_path: Path) -> None:
    keys = write_keys(tmp_path)
    before = gate_bundle(bundle)
    done = call("sign", bundle, "--key", keys.private)
    assert done.code == 0, done.err
    found = validate_bundle(bundle, keys.public)
    assert found.signer_trusted and found.signed_by is not None and found.signed_by in done.out
    assert gate_bundle(bundle, public_key=keys.public) == before
    payload = json.loads((bundle / "QLeapEdge/Sources/QLeapEdge/Payload/payload.json").read_text())
    assert "bundle.signed" not in payload["unmet"], "the app is not told that a signed bundle is unsigned"
    release = {gate.measurement: gate.verdict for gate in gate_bundle(bundle, grade="release").gates}
    assert release["bundle.signed"] == "pass"


def test_signing_again_gives_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    keys = write_keys(tmp_path)
    sign_bundle(bundle, load_private_key(keys.private))
    first = (bundle / SIGNATURE_NAME).read_bytes()
    told = json.loads(call("sign", bundle, "--key", keys.private, "--json").out)
    assert (bundle / SIGNATURE_NAME).read_bytes() == first and told == json.loads(first)


def test_the_signature_of_somebody_else_is_kept(bundle: Path, tmp_path: Path) -> None:
    sign_bundle(bundle, load_private_key(write_keys(tmp_path, "a").private))
    first = (bundle / SIGNATURE_NAME).read_bytes()
    with pytest.raises(CheckFailed, match=r"signed by another key.*delete"):
        sign_bundle(bundle, load_private_key(write_keys(tmp_path, "b").private))
    assert (bundle / SIGNATURE_NAME).read_bytes() == first


def test_an_altered_bundle_is_not_signed(bundle: Path, tmp_path: Path) -> None:
    (bundle / "profile.json").write_text((bundle / "profile.json").read_text() + " ")
    assert_refused(call("sign", bundle, "--key", write_keys(tmp_path).private), 1, "profile.json")
    assert not (bundle / SIGNATURE_NAME).exists()


def test_an_encrypted_key(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = write_keys(tmp_path, password=b"right horse")
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    assert_refused(call("sign", bundle, "--key", keys.private), 3, "the key is encrypted", "--password-file")
    password = tmp_path / "password"
    password.write_text("wrong horse\n")
    assert_refused(call("sign", bundle, "--key", keys.private, "--password-file", password), 3, "with this password")
    password.write_text("\n")
    assert_refused(call("sign", bundle, "--key", keys.private, "--password-file", password), 3, "the password is empty")
    monkeypatch.setenv(PASSWORD_VARIABLE, "")
    assert_refused(call("sign", bundle, "--key", keys.private), 3, "the key is encrypted")
    assert not (bundle / SIGNATURE_NAME).exists()
    password.write_text("right horse\n")
    assert call("sign", bundle, "--key", keys.private, "--password-file", password).code == 0
    (bundle / SIGNATURE_NAME).unlink()
    monkeypatch.setenv(PASSWORD_VARIABLE, "right horse")
    assert call("sign", bundle, "--key", keys.private).code == 0
    assert validate_bundle(bundle, keys.public).signer_trusted


def test_a_password_of_a_key_that_has_none(tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = write_keys(tmp_path)
    with pytest.raises(InputDataError, match=r"the key is not encrypted.*leave it out"):
        load_private_key(keys.private, b"password")
    monkeypatch.setenv(PASSWORD_VARIABLE, "of another key")
    assert call("sign", bundle, "--key", keys.private).code == 0, "a variable for other keys does no harm"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_a_key_that_openssl_encrypted(bundle: Path, tmp_path: Path) -> None:
    private, password = tmp_path / "k.pem", tmp_path / "password"
    command = ["openssl", "genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:right horse", "-out", private]
    subprocess.run(command, check=True)
    password.write_text("right horse")
    assert call("sign", bundle, "--key", private, "--password-file", password).code == 0
