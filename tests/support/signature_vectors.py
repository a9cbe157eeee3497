"""Signatures with the verdict that a strict verifier must give, for the Swift package.

``python -m tests.support.signature_vectors`` writes them into its fixtures. Honest signatures and the first of the two verdicts
come from ``cryptography``; the points of small order come from the curve's own arithmetic (RFC 8032, section 5.1).
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FIXTURE = "QLeapEdge/Tests/QLeapEdgeTests/Fixtures/signatures.json"
"""Below ``ios_sdk_assets/``."""
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


@dataclass(frozen=True)
class Vector:
    """One signature; bytes are base64."""

    kind: str
    public_key: str
    message: str
    signature: str
    openssl: bool
    """Whether ``cryptography`` accepts it."""
    strict: bool
    """Whether a strict verifier must: no key of small order, one spelling for every point and number."""


def add(one: Point, other: Point) -> Point:
    """Add two points of the curve."""
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P)
    return x % P, y % P


def times(number: int, point: Point) -> Point:
    """Return a multiple of a point."""
    total = (0, 1)
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def points_at(y: int) -> list[Point]:
    """Return the points with this y."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square:
        root = root * pow(2, (P - 1) // 4, P) % P
    return [] if root * root % P != square else [(x, y) for x in sorted({root, -root % P})]


def encoded(point: Point) -> bytes:
    """Return the canonical 32 bytes of a point."""
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def small_points() -> list[Point]:
    """Return the eight points whose order divides 8."""
    for y in range(2, 100):
        for point in points_at(y):
            torsion = times(L, point)
            if times(4, torsion) != (0, 1):
                return [times(number, torsion) for number in range(8)]
    raise AssertionError("no point of order 8 below y = 100")


BASE = next(point for point in points_at(4 * pow(5, -1, P) % P) if point[0] % 2 == 0)


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    """Return the number that binds a signature to key and message."""
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def vector(kind: str, key: bytes, message: bytes, signature: bytes, *, strict: bool) -> Vector:
    """Make a vector with the verdict of ``cryptography``."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        accepted = True
    except (InvalidSignature, ValueError):
        accepted = False
    text = [base64.b64encode(part).decode() for part in (key, message, signature)]
    return Vector(kind, *text, openssl=accepted, strict=strict)


def flipped(data: bytes, bit: int) -> bytes:
    """Return the bytes with one bit turned."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def plain() -> Iterator[Vector]:
    """Yield honest signatures, and the same with one thing changed."""
    keys = [Ed25519PrivateKey.from_private_bytes(hashlib.sha256(bytes([number])).digest()) for number in range(4)]
    raw = [key.public_key().public_bytes_raw() for key in keys]
    for number, length in enumerate([0, 1, 2, 31, 63, 64, 111, 112, 128, 257, 1023, 4096]):
        key, own = keys[number % 4], raw[number % 4]
        message = hashlib.shake_256(bytes([number])).digest(length)
        signature = key.sign(message)
        yield vector("honest", own, message, signature, strict=True)
        if length:
            yield vector("message altered", own, flipped(message, 7 * number % (8 * length)), signature, strict=False)
        yield vector("point altered", own, message, flipped(signature, 21 * number), strict=False)
        yield vector("number altered", own, message, flipped(signature, 256 + 19 * number), strict=False)
        yield vector("another key", raw[(number + 1) % 4], message, signature, strict=False)
        scalar = int.from_bytes(signature[32:], "little")
        for fold in (1, 8):
            again = signature[:32] + (scalar + fold * L).to_bytes(32, "little")
            yield vector(f"number plus {fold} times the order", own, message, again, strict=False)
    for length in (0, 63, 65):
        yield vector(f"{length} bytes", raw[0], b"m", (keys[0].sign(b"m") + b"0")[:length], strict=False)


def small() -> Iterator[Vector]:
    """Yield signatures that anybody can make: for keys of small order, in each of their spellings."""
    spellings = {encoded(point) for point in small_points()}
    for point in small_points():
        spellings |= {(point[1] | sign << 255).to_bytes(32, "little") for sign in (0, 1)}
        if point[1] < 19:
            spellings |= {(point[1] + P | sign << 255).to_bytes(32, "little") for sign in (0, 1)}
    nonce = 12345
    r = encoded(times(nonce, BASE))
    for key in sorted(spellings):
        # Eight divides one challenge of eight: then the key does not enter the equation at all.
        message = next(m for m in map(str.encode, map(str, range(1000))) if challenge(r, key, m) % 8 == 0)
        yield vector("key of small order", key, message, r + nonce.to_bytes(32, "little"), strict=False)


def mixed() -> Iterator[Vector]:
    """Yield signatures of a key plus a point of order 8: the equation without the cofactor decides about them."""
    secret, nonce = 987654321, 192837465
    key = encoded(add(times(secret, BASE), small_points()[1]))
    r = encoded(times(nonce, BASE))
    for rest in (0, 1, 4):
        message = next(m for m in map(str.encode, map(str, range(1000))) if challenge(r, key, m) % 8 == rest)
        number = (nonce + challenge(r, key, message) * secret) % L
        signature = r + number.to_bytes(32, "little")
        yield vector("key with a part of small order", key, message, signature, strict=rest == 0)


def not_on_the_curve() -> Iterator[Vector]:
    """Yield keys that are no point."""
    signature = Ed25519PrivateKey.from_private_bytes(bytes(32)).sign(b"m")
    for y in [y for y in range(2, 40) if not points_at(y)][:4]:
        yield vector("key not on the curve", y.to_bytes(32, "little"), b"m", signature, strict=False)


def vectors() -> list[Vector]:
    """Return all of them; the same at every call."""
    return [*plain(), *small(), *mixed(), *not_on_the_curve()]


def text() -> str:
    """Return the fixture: one vector a line."""
    lines = ",\n".join(json.dumps(asdict(one)) for one in vectors())
    return f'{{"origin": "python -m tests.support.signature_vectors", "vectors": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    (Path(__file__).parents[2] / "ios_sdk_assets" / FIXTURE).write_text(text(), encoding="utf-8")
