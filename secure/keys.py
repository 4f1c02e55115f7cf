"""Keys derived from one master secret, and key pairs wrapped under such keys."""

from __future__ import annotations

import os
from typing import Self

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_KEY_SIZE = 32
_NONCE = 12
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def new_master_key() -> bytes:
    """32 fresh random bytes."""
    return os.urandom(MASTER_KEY_SIZE)


def hkdf(key: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    """``size`` bytes, at most 16,320, derived from a key by HKDF-SHA512 (RFC 5869)."""
    return HKDF(algorithm=hashes.SHA512(), length=size, salt=salt, info=info).derive(key)


def derive(master: bytes, purpose: str, size: int = 32) -> bytes:
    """``size`` bytes of a key for one purpose, by HKDF-SHA512 with the label ``omh/v1/<purpose>``."""
    return hkdf(master, b"", f"omh/v1/{purpose}".encode(), size)


def wrap(key: bytes, secret: bytes, label: str) -> bytes:
    """The secret, sealed under a 32-byte key and bound to a label: nonce (12) then AES-256-GCM."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, secret, label.encode())


def unwrap(key: bytes, wrapped: bytes, label: str) -> bytes:
    """The secret that ``wrap`` sealed under this key and label; ValueError for any other."""
    try:
        return AESGCM(key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], label.encode())
    except (InvalidTag, ValueError) as error:
        raise ValueError("the wrapped key does not open") from error


class _RsaKey:
    """The private half of an RSA pair and what both kinds of pairs have in common."""

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls, bits: int = 3072) -> Self:
        """A fresh pair; takes a few tenths of a second of a core, and lets other threads run meanwhile."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=bits))

    @classmethod
    def load(cls, private_der: bytes) -> Self:
        """The key from its PKCS #8 DER bytes, which must come from a place that is trusted, such as ``unwrap``."""
        # Checking the numbers again takes 0.1 s at every start; that they are unchanged is what unwrapping proved.
        private = serialization.load_der_private_key(private_der, password=None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise ValueError("not an RSA key")
        return cls(private)

    def private_der(self) -> bytes:
        return self._private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def public_pem(self) -> str:
        public = self._private.public_key()
        return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


class SigningKey(_RsaKey):
    """An RSA key that signs with RSA-PSS, SHA-256 and a 32-byte salt (RFC 8017)."""

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message, _PSS, hashes.SHA256())


class EncryptionKey(_RsaKey):
    """An RSA key that opens what ``seal_to`` sealed to its public half."""

    def open(self, sealed: bytes, label: bytes) -> bytes:
        """The secret that was sealed under this label; ValueError for anything else."""
        try:
            return self._private.decrypt(sealed, _oaep(label))
        except ValueError:
            raise ValueError("the sealed key does not open") from None

    def private_pem(self) -> str:
        """The private half in the form that goes into a file of its own."""
        return self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @classmethod
    def load_pem(cls, private_pem: str) -> Self:
        """The key from such a file, its numbers checked; ValueError for any other text."""
        try:
            private = serialization.load_pem_private_key(private_pem.encode(), password=None)
        except (TypeError, UnsupportedAlgorithm) as error:
            raise ValueError("not a private key without a password") from error
        if not isinstance(private, rsa.RSAPrivateKey):
            raise ValueError("not an RSA key")
        return cls(private)


def seal_to(public_pem: str, secret: bytes, label: bytes) -> bytes:
    """The secret, sealed to a public key with RSA-OAEP, SHA-256 and a label (RFC 8017)."""
    public = serialization.load_pem_public_key(public_pem.encode())
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")
    return public.encrypt(secret, _oaep(label))


def _oaep(label: bytes) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label)


def verify_signature(public_pem: str, message: bytes, signature: bytes) -> bool:
    """Whether ``SigningKey.sign`` of the matching private key made this signature of this message."""
    public = serialization.load_pem_public_key(public_pem.encode())
    if not isinstance(public, rsa.RSAPublicKey):
        return False
    try:
        public.verify(signature, message, _PSS, hashes.SHA256())
    except InvalidSignature:
        return False
    return True
