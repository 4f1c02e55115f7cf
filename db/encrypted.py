"""Columns whose values are encrypted on their way into the database and decrypted on their way out.

What encrypts is set on the ``Database``; without it, such a column takes and gives nothing but NULL. The name of table
and column is bound in, so a value that was moved to another column does not open.
"""

from __future__ import annotations

import base64
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

_SERVERS = ("mysql", "mariadb")


class FieldCipher(Protocol):
    """Seals bytes under a label and opens what was sealed under the same; ValueError for anything else."""

    def seal(self, plain: bytes, label: str, /) -> bytes: ...
    def open(self, sealed: bytes, label: str, /) -> bytes: ...


def set_cipher(engine: sa.Engine, cipher: FieldCipher) -> None:
    """Let this engine's connections encrypt and decrypt with this cipher."""
    engine.dialect.field_cipher = cipher  # type: ignore[attr-defined]


def cipher_of(dialect: sa.Dialect) -> FieldCipher:
    """What encrypts for the engine of this dialect."""
    cipher: FieldCipher | None = getattr(dialect, "field_cipher", None)
    if cipher is None:
        raise RuntimeError("this database was opened without the key of its encrypted columns")
    return cipher


class EncryptedBinary(sa.TypeDecorator[bytes]):
    """Bytes, encrypted; ``where`` is "table.column"."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return dialect.type_descriptor(mysql.LONGBLOB() if dialect.name in _SERVERS else sa.LargeBinary())

    def process_bind_param(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).seal(value, self.where)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).open(value, self.where)


class EncryptedText(sa.TypeDecorator[str]):
    """Text, encrypted and kept as Base64; ``where`` is "table.column". The database cannot compare or search it."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return dialect.type_descriptor(mysql.LONGTEXT() if dialect.name in _SERVERS else sa.Text())

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else seal_text(dialect, value, self.where)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else open_text(dialect, value, self.where)


def seal_text(dialect: sa.Dialect, plain: str, where: str) -> str:
    """A text as ``EncryptedText`` keeps it."""
    return base64.b64encode(cipher_of(dialect).seal(plain.encode("utf-8", "surrogatepass"), where)).decode("ascii")


def open_text(dialect: sa.Dialect, kept: str, where: str) -> str:
    """The text that ``seal_text`` sealed; ValueError for anything else."""
    return cipher_of(dialect).open(base64.b64decode(kept, validate=True), where).decode("utf-8", "surrogatepass")
