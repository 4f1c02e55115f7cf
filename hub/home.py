"""An open hub: its settings, database, keys and audit trail; and how a new one is set up under HUB_HOME."""

from __future__ import annotations

import hmac
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from db.engine import Database, mysql_url
from db.migrations import upgrade
from db.tables import AuditHead, HubKey
from hub.audit import Trail
from hub.errors import Invalid, Unavailable
from hub.settings import Settings
from hub.storage import Storage, open_storage
from secure import chain
from secure.keys import MASTER_KEY_SIZE, SigningKey, derive, new_master_key, unwrap, wrap
from secure.passwords import Passwords

_SIGNING = "audit-signing"


@dataclass(slots=True)
class Hub:
    """Everything a caller's actions run on. One per process; safe to use from several threads."""

    settings: Settings
    database: Database
    trail: Trail
    passwords: Passwords
    hub_id: str
    storage: Storage
    signer: SigningKey = field(repr=False)
    _master: bytes = field(repr=False)
    cheap: bool = False
    caches: dict[str, object] = field(default_factory=dict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def key_for(self, purpose: str, size: int = 32) -> bytes:
        """The key the hub derives from its master key for one purpose."""
        return derive(self._master, purpose, size)

    def mac(self, purpose: str, message: bytes) -> bytes:
        """HMAC-SHA256 of a message under the key for this purpose: nobody without the master key can make it."""
        return hmac.digest(self.key_for(purpose), message, "sha256")

    def key_bits(self, bits: int = 3072) -> int:
        """How long a fresh RSA key is; in a hub of tests, where making one must take no time, shorter."""
        return _key_bits(self.cheap, bits)

    def close(self) -> None:
        """Witness the end of the audit chain and let go of the database."""
        with self.database.read() as db:
            self.trail.checkpoint(db)
        for cached in self.caches.values():
            if isinstance(cached, sa.Engine):
                cached.dispose()
        self.database.close()


def _key_bits(cheap: bool, bits: int = 3072) -> int:
    return 1024 if cheap else bits


def open_hub(settings: Settings) -> Hub:
    """Open the hub under these settings, setting up what is missing: folders, master key, tables, hub key pairs.

    ``Unavailable`` says what does not answer and how to mend it. Opening twice at the same time is safe.
    """
    cheap = settings.hub_env != "production" and os.environ.get("HUB_TEST_CHEAP_HASH") == "1"
    _make_folders(settings)
    missing = not settings.master_key_file.exists()
    master = _master_key(settings.master_key_file)
    if settings.db_host:
        _create_database(settings)
    database = Database(settings.database_url(), _Fields(derive(master, "fields")))
    try:
        upgrade(database.engine)
        signer = _signing_key(database, master, _key_bits(cheap))
    except SQLAlchemyError as error:
        database.close()
        where = settings.db_host or str(settings.hub_home)
        raise Unavailable(
            f"the database at {where} cannot be opened: {getattr(error, 'orig', None) or error}",
            "check DB_HOST, DB_PORT, DB_USERNAME and DB_PASSWORD"
            if settings.db_host
            else "check that HUB_HOME is writable; restore a damaged database from a backup",
        ) from error
    except ValueError as error:
        database.close()
        if missing:  # the fresh one opens nothing; left there, it would pass for the one that was lost
            settings.master_key_file.unlink(missing_ok=True)
        raise Unavailable(
            "the master key of this database is missing"
            if missing
            else "the master key does not belong to this database",
            f"put the key this hub was set up with back at {settings.master_key_file}",
        ) from error
    hub_id = derive(master, "hub-id", 8).hex()
    trail = Trail(derive(master, "audit-mac"), signer, hub_id, settings.hub_home / "audit-checkpoints.jsonl")
    passwords = Passwords(derive(master, "password-pepper"), cheap=cheap)
    return Hub(settings, database, trail, passwords, hub_id, open_storage(settings), signer, master, cheap)


class _Fields:
    """What the encrypted columns of the database are sealed with."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, plain: bytes, label: str) -> bytes:
        return wrap(self._key, plain, label)

    def open(self, sealed: bytes, label: str) -> bytes:
        return unwrap(self._key, sealed, label)


def _make_folders(settings: Settings) -> None:
    for folder, mode in (
        (settings.hub_home, 0o700),
        (settings.keys_home, 0o700),
        (settings.hub_home / "artifacts", 0o700),
    ):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=mode)
        except OSError as error:
            raise Unavailable(
                f"cannot make the folder {folder}: {error.strerror}", "set HUB_HOME to a folder of yours"
            ) from error
    settings.keys_home.chmod(0o700)


def _master_key(path: Path) -> bytes:
    """The key in the file; a fresh one is written first where there is none, whole and by one process only."""
    try:
        if not path.exists():
            _write_master_key(path)
        text = path.read_text("ascii").strip()
        key = bytes.fromhex(text)
    except OSError as error:
        raise Unavailable(
            f"the master key {path} cannot be read or written: {error.strerror}", "check HUB_MASTER_KEY_FILE"
        ) from error
    except ValueError:
        key = b""
    if len(key) != MASTER_KEY_SIZE:
        raise Invalid(f"{path} does not hold a master key of 64 hexadecimal digits", "restore it from your copy")
    if path.stat().st_mode & 0o077:
        raise Invalid(f"{path} can be read by others", f"chmod 600 {path}")
    return key


def _write_master_key(path: Path) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_master_key().hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the hub's
            os.link(beside, path)
    finally:
        beside.unlink()


def _create_database(settings: Settings) -> None:
    server = sa.create_engine(
        mysql_url(
            settings.db_host, settings.db_port, settings.db_username, settings.db_password.get_secret_value(), None
        )
    )
    try:
        with server.begin() as connection:
            connection.exec_driver_sql(
                f"CREATE DATABASE IF NOT EXISTS `{settings.target_db}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
            )
    except SQLAlchemyError as error:
        code = getattr(error, "orig", None) and error.orig.args[0]  # type: ignore[attr-defined]
        if code not in (1044, 1227):  # an account of one database may lack CREATE; the database may stand already
            raise Unavailable(
                f"the database server at {settings.db_host}:{settings.db_port} does not let the hub in: "
                f"{getattr(error, 'orig', None) or error}",
                "check DB_HOST, DB_PORT, DB_USERNAME and DB_PASSWORD",
            ) from error
    finally:
        server.dispose()


def _signing_key(database: Database, master: bytes, bits: int) -> SigningKey:
    """The hub's key for signing checkpoints; whoever opens a new hub first makes it, and the head of the trail."""
    try:
        return _find_signing_key(database, master, bits)
    except IntegrityError:  # another process opened the new hub at the same moment: what it made counts
        return _find_signing_key(database, master, bits)


def _find_signing_key(database: Database, master: bytes, bits: int) -> SigningKey:
    wrapping = derive(master, "hub-key-wrapping")
    with database.read() as db:
        stored = db.scalar(sa.select(HubKey.wrapped_private).where(HubKey.purpose == _SIGNING))
    if stored is None:
        fresh = SigningKey.generate(bits)
        with database.write() as db:
            if db.scalar(sa.select(AuditHead.id).where(AuditHead.id == 1)) is None:
                db.add(AuditHead(id=1, seq=0, mac=chain.START))
            stored = db.scalar(sa.select(HubKey.wrapped_private).where(HubKey.purpose == _SIGNING))
            if stored is None:
                stored = wrap(wrapping, fresh.private_der(), _SIGNING)
                db.add(HubKey(purpose=_SIGNING, public_pem=fresh.public_pem(), wrapped_private=stored))
    return SigningKey.load(unwrap(wrapping, stored or b"", _SIGNING))
