"""The parts of a container: its header, and records of one chunk each.

A record is ``IV (16) ‖ ciphertext ‖ tag (32)`` under A256CBC-HS512 (RFC 7518, 5.2.5: AES-256-CBC, then HMAC-SHA-512
over everything), its place and whether it is the last one bound in as associated data (STREAM: Hoang, Reyhanitabar,
Rogaway, Vizár 2015). Whatever is wrong, it is one ``IntegrityError`` that says no more.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

from secure.keys import hkdf

if TYPE_CHECKING:
    from typing_extensions import Buffer

SUITE = "A256CBC-HS512"
CHUNK = 1 << 20
KEY_SIZE = 32

_MAGIC = b"OMHUB\x01\r\n"
BLOCK, IV, TAG, MAC = 16, 16, 32, 32
"""Bytes of a block of the cipher, an initialisation vector, a record's tag, and the header's MAC."""
_LARGEST_CHUNK = 1 << 24
_LONGEST_HEADER = 1024
_PADDING = tuple(bytes([count]) * count for count in range(BLOCK + 1))  # PKCS #7
_HEADER = re.compile(
    rb'\{"blob_id":"([0-9a-f]{32})","chunk":([1-9][0-9]{1,7}),"owner_key_id":"([0-9a-f]{0,64})",'
    rb'"salt":"([0-9a-f]{64})","suite":"A256CBC-HS512","v":1\}'
)


class IntegrityError(Exception):
    """What was to be opened is not what was sealed; it never says which part, or how."""

    def __init__(self) -> None:
        super().__init__("the file failed its integrity check")


class Source(Protocol):
    """A seekable binary file."""

    def readinto(self, buffer: bytearray | memoryview, /) -> int | None: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def close(self) -> None: ...


def new_data_key() -> bytes:
    """A fresh key for one file."""
    return os.urandom(KEY_SIZE)


def new_blob_id() -> str:
    """A fresh name for a container: 32 hexadecimal digits."""
    return os.urandom(16).hex()


# --- the header -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in clear at the beginning of a container; ``raw`` is all of it up to its MAC."""

    blob_id: str
    chunk: int
    owner_key_id: str
    salt: bytes
    raw: bytes

    @classmethod
    def make(cls, blob_id: str, owner_key_id: str, chunk: int = CHUNK) -> Header:
        """A header with a fresh salt; ``chunk`` is a multiple of 16 bytes."""
        salt = os.urandom(32)
        body = (
            f'{{"blob_id":"{blob_id}","chunk":{chunk},"owner_key_id":"{owner_key_id}",'
            f'"salt":"{salt.hex()}","suite":"{SUITE}","v":1}}'
        ).encode()
        return cls.parse(_MAGIC + len(body).to_bytes(4, "big") + body)

    @classmethod
    def parse(cls, raw: bytes) -> Header:
        """The header of these bytes, which must be spelled exactly as ``make`` spells one."""
        found = _HEADER.fullmatch(raw, len(_MAGIC) + 4)
        if found is None or raw[: len(_MAGIC) + 4] != _MAGIC + (len(raw) - len(_MAGIC) - 4).to_bytes(4, "big"):
            raise IntegrityError
        blob_id, chunk, owner_key_id, salt = found.groups()
        size = int(chunk)
        if size % BLOCK or size > _LARGEST_CHUNK:
            raise IntegrityError
        return cls(blob_id.decode(), size, owner_key_id.decode(), bytes.fromhex(salt.decode()), raw)

    @property
    def digest(self) -> bytes:
        """SHA-512 of the header."""
        return hashlib.sha512(self.raw).digest()

    def mac(self, key: bytes) -> bytes:
        """The MAC that stands behind the header, under the file's data key."""
        return hmac.digest(hkdf(key, self.salt, b"omh/v1/container/header-mac", 32), self.raw, "sha512")[:MAC]


def read_header(file: Source) -> Header:
    """The header a file begins with; nothing of it is verified before ``Opener`` has its key."""
    file.seek(0)
    start = read_exactly(file, len(_MAGIC) + 4)
    length = int.from_bytes(start[len(_MAGIC) :], "big")
    if start[: len(_MAGIC)] != _MAGIC or length > _LONGEST_HEADER:
        raise IntegrityError
    return Header.parse(start + read_exactly(file, length))


# --- one record -----------------------------------------------------------------------------------


class Records:
    """Seals and opens single records under the keys that belong to one header and data key."""

    def __init__(self, header: Header, key: bytes) -> None:
        digest = header.digest
        made = hkdf(key, header.salt, b"omh/v1/container/payload" + digest, 64)
        self._key, self._bound = made, digest[:32]
        self.chunk = header.chunk
        self.full = IV + header.chunk + BLOCK + TAG
        """Bytes of a record of a whole chunk."""

    def seal(self, index: int, final: bool, data: memoryview, record: memoryview) -> int:
        """Write the record of a chunk, whose place is ``index``; its length."""
        iv = os.urandom(IV)
        record[:IV] = iv
        return IV + encrypt(self._key, iv, self._associated(index, final), data, record[IV:])

    def open(self, index: int, final: bool, record: memoryview, data: memoryview) -> int:
        """Write the chunk of a record that is verified first; its length. ``data`` has room for the padding too."""
        iv, sealed = bytes(record[:IV]), record[IV:]
        length = decrypt(self._key, iv, self._associated(index, final), sealed, data)
        if length > self.chunk or (length < self.chunk and not final):
            raise IntegrityError
        return length

    def _associated(self, index: int, final: bool) -> bytes:
        return self._bound + index.to_bytes(8, "big") + bytes([final])


def encrypt(key: bytes, iv: bytes, associated: bytes, plain: Buffer, out: memoryview) -> int:
    """A256CBC-HS512 of RFC 7518, 5.2.5, into ``out``: ciphertext, then tag (32); the length of both."""
    view = memoryview(plain)
    whole = len(view) & -BLOCK
    encryptor = Cipher(AES256(key[32:]), CBC(iv)).encryptor()
    # ``update`` would run at half this speed: it makes a new buffer each time.
    written = encryptor.update_into(view[:whole], out) if whole else 0
    last = bytes(view[whole:])
    written += encryptor.update_into(last + _PADDING[BLOCK - len(last)], out[written:])
    out[written : written + TAG] = _tag(key, iv, associated, out[:written])
    return written + TAG


def decrypt(key: bytes, iv: bytes, associated: bytes, sealed: memoryview, out: memoryview) -> int:
    """The reverse of ``encrypt``: the length of the plaintext in ``out``, nothing of which is written unverified."""
    cipher, tag = sealed[:-TAG], sealed[-TAG:]
    if len(sealed) < BLOCK + TAG or len(cipher) % BLOCK or len(iv) != IV:
        raise IntegrityError
    if not hmac.compare_digest(_tag(key, iv, associated, cipher), tag):
        raise IntegrityError
    length = Cipher(AES256(key[32:]), CBC(iv)).decryptor().update_into(cipher, out)
    pad = out[length - 1]
    if not 1 <= pad <= BLOCK or out[length - pad : length] != _PADDING[pad]:
        raise IntegrityError
    return length - pad


def _tag(key: bytes, iv: bytes, associated: bytes, cipher: memoryview) -> bytes:
    mac = hmac.new(key[:32], associated + iv, "sha512")
    mac.update(cipher)
    mac.update((8 * len(associated)).to_bytes(8, "big"))
    return mac.digest()[:TAG]


# --- reading ---------------------------------------------------------------------------------------


def fill(file: Source, view: memoryview) -> None:
    """Read a view full; a file that ends before that is not whole."""
    got = 0
    while got < len(view):
        count = file.readinto(view[got:])
        if not count:
            raise IntegrityError
        got += count


def read_exactly(file: Source, length: int) -> bytes:
    """The next bytes of a file, as many as that."""
    found = bytearray(length)
    fill(file, memoryview(found))
    return bytes(found)
