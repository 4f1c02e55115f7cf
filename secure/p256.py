"""Signatures of browsers: ECDSA on P-256 with SHA-256 (FIPS 186-5), in the forms that WebCrypto gives."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

POINT_SIZE = 65  # 0x04, then x and y of 32 bytes: an uncompressed point (SEC 1, 2.3.3), WebCrypto's "raw"
SIGNATURE_SIZE = 64  # r and s of 32 bytes (IEEE P1363)


def is_point(point: bytes) -> bool:
    """Whether these bytes are a public key: an uncompressed point on the curve."""
    try:
        _load(point)
    except ValueError:
        return False
    return True


def verify_p256(point: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the private key of this public point made this signature of this message."""
    if len(signature) != SIGNATURE_SIZE:
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        _load(point).verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _load(point: bytes) -> ec.EllipticCurvePublicKey:
    if len(point) != POINT_SIZE:
        raise ValueError("not an uncompressed point")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
