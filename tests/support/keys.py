"""Ed25519 keys as OpenSSL writes them, made for one test."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


@dataclass(frozen=True)
class KeyPair:
    """Where the two halves lie."""

    private: Path
    public: Path


def write_keys(folder: Path, name: str = "key", password: bytes | None = None) -> KeyPair:
    """Write a new key pair in PEM; with a password, the private half is encrypted."""
    key = Ed25519PrivateKey.generate()
    pair = KeyPair(folder / f"{name}.pem", folder / f"{name}.pub.pem")
    protection = NoEncryption() if password is None else BestAvailableEncryption(password)
    pair.private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    pair.public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return pair
