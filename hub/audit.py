"""The audit trail: appended in each action's own transaction, chained by MACs, witnessed by signed checkpoints."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.engine import Database
from db.tables import NAME_LENGTH, AuditHead, AuditLog
from hub import witness
from hub.access import Caller, Tx, action
from hub.errors import Invalid, Unavailable
from secure import chain
from secure.keys import SigningKey, verify_signature

log = logging.getLogger(__name__)

CHECKPOINT_ROWS = 500
CHECKPOINT_SECONDS = 600
_PAGE = 2000
_CHAINED = (
    *("seq", "at_us", "actor_id", "actor", "on_behalf_of", "session_id"),
    *("action", "object_type", "object_id", "outcome", "detail"),
)


# Built once: every action ends with these.
_HEAD = sa.select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1).with_for_update()
_APPEND = sa.insert(AuditLog)
_MOVE = sa.update(AuditHead).where(AuditHead.id == 1).values(seq=sa.bindparam("end"), mac=sa.bindparam("end_mac"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``verify_chain`` found: ``ok``, or the first bad row (``seq``) and what is wrong with it."""

    ok: bool
    rows: int
    checkpoints: int
    seq: int | None = None
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Trail:
    """Appends rows to the chain and signs checkpoints into a file outside the database.

    ``append`` belongs in the caller's own write transaction. Its lock on the head row is held until that commits, so
    rows enter the chain one after the other, from every process and replica.
    """

    def __init__(self, key: bytes, signer: SigningKey, hub_id: str, checkpoint_file: Path) -> None:
        self._key = key
        self._signer = signer
        self.hub_id = hub_id
        self.checkpoint_file = checkpoint_file
        self._lock = threading.Lock()
        try:
            last = self.read_checkpoints()
        except Invalid as error:  # a torn line must not keep the hub from opening; ``verify_chain`` reports it
            log.error("%s", error.message)
            last = []
        self._signed_seq = max((entry["seq"] for entry in last), default=0)
        self._signed_at = time.monotonic()

    def append(
        self,
        db: Session,
        caller: Caller,
        action: str,
        outcome: str,
        object_type: str | None,
        object_id: str | None,
        detail: Mapping[str, Any],
    ) -> None:
        """Add one row in this transaction."""
        last = db.execute(_HEAD).one_or_none()
        if last is None:
            raise Unavailable("the audit trail has lost its end, so nothing can be done", "restore the database")
        row = {
            "seq": last.seq + 1,
            "at_us": time.time_ns() // 1000,
            "actor_id": caller.user_id,
            "actor": _storable(caller.operator or caller.user_name or "nobody"),
            "on_behalf_of": caller.user_name if caller.operator else None,
            "session_id": caller.session_id,
            "action": action,
            "object_type": object_type,
            "object_id": _storable(object_id) if object_id else object_id,
            "outcome": outcome,
            "detail": json.dumps(detail, sort_keys=True, default=str),  # ASCII: whatever it is, it can be stored
        }
        mac = chain.row_mac(self._key, last.mac, _fields(row))
        connection = db.connection()
        connection.execute(_APPEND, {**row, "mac": mac})
        connection.execute(_MOVE, {"end": row["seq"], "end_mac": mac})
        due = (
            row["seq"] - self._signed_seq >= CHECKPOINT_ROWS or time.monotonic() - self._signed_at > CHECKPOINT_SECONDS
        )
        if due:
            # What stands before this transaction is committed, so it may be witnessed now.
            self._sign(last.seq, last.mac)

    def checkpoint(self, db: Session) -> None:
        """Witness the present end of the committed chain."""
        head = db.execute(sa.select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1)).one_or_none()
        if head is not None:
            self._sign(head.seq, head.mac)

    def _sign(self, seq: int, mac: bytes) -> None:
        with self._lock:
            if seq <= self._signed_seq:
                return
            signature = self._signer.sign(chain.checkpoint_text(self.hub_id, seq, mac))
            line = json.dumps({"seq": seq, "mac": mac.hex(), "signature": signature.hex(), "at": int(time.time())})
            with self.checkpoint_file.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
            self._signed_seq, self._signed_at = seq, time.monotonic()

    def read_checkpoints(self, path: Path | None = None) -> list[dict[str, Any]]:
        """The checkpoints in the hub's file or in a copy of it, as they were appended; ``Invalid`` names a bad line."""
        path = path or self.checkpoint_file
        if not path.exists():
            return []
        found = []
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
            try:
                entry = json.loads(line)
                found.append({"seq": int(entry["seq"]), "mac": bytes.fromhex(entry["mac"]), **_signature(entry)})
            except (ValueError, KeyError, TypeError) as error:
                raise Invalid(f"line {number} of {path.name} cannot be read") from error
        return found

    def verify_chain(
        self,
        database: Database,
        progress: Callable[[int, int], None] | None = None,
        checkpoint_file: Path | None = None,
    ) -> Verdict:
        """Check every row, the head and every checkpoint, of the hub's own file or of a copy kept elsewhere; and that
        the rows of keys, grants and artifacts stand as the trail witnessed them last.

        ``progress`` is called with (rows done, rows in all). Rows may be appended meanwhile.
        """
        try:
            # Read before the database is: whatever they witness is committed by then.
            checkpoints = self.read_checkpoints(checkpoint_file)
        except Invalid as error:
            return Verdict(False, 0, 0, None, error.message)
        public_pem = self._signer.public_pem()
        witnessed: dict[int, bytes] = {}
        for entry in checkpoints:
            text = chain.checkpoint_text(self.hub_id, entry["seq"], entry["mac"])
            if not verify_signature(public_pem, text, entry["signature"]):
                return Verdict(False, 0, len(checkpoints), entry["seq"], "a checkpoint's signature is not the hub's")
            witnessed[entry["seq"]] = entry["mac"]
        with database.read(frozen=True) as db:
            last = _Last()
            verdict = self._verify_rows(db, witnessed, len(checkpoints), progress or (lambda _done, _all: None), last)
            if verdict.ok and (wrong := last.compare(db)) is not None:
                return Verdict(False, verdict.rows, verdict.checkpoints, *wrong)
            return verdict

    def _verify_rows(
        self,
        db: Session,
        witnessed: Mapping[int, bytes],
        checkpoints: int,
        progress: Callable[[int, int], None],
        last: _Last,
    ) -> Verdict:
        previous, seq = chain.START, 0
        table = AuditLog.__table__
        while True:
            page = db.execute(sa.select(table).where(table.c.seq > seq).order_by(table.c.seq).limit(_PAGE)).mappings()
            before = seq
            for row in page:
                if row["seq"] != seq + 1:
                    return Verdict(False, seq, checkpoints, seq + 1, "a row is missing")
                if not chain.same(chain.row_mac(self._key, previous, _fields(row)), row["mac"]):
                    return Verdict(False, seq, checkpoints, seq + 1, "a row was changed, moved or put in")
                if witnessed.get(seq + 1, row["mac"]) != row["mac"]:
                    return Verdict(False, seq, checkpoints, seq + 1, "the row is not the one that was witnessed")
                seq, previous = seq + 1, row["mac"]
                last.take(seq, row["detail"])
            # Read after the rows, so the head can only be further on; then what was appended meanwhile comes next.
            head = db.execute(sa.select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1)).one_or_none()
            if head is None:
                return Verdict(False, seq, checkpoints, None, "the head of the chain is missing")
            progress(seq, max(head.seq, seq))
            if head.seq <= seq or seq == before:
                break
        if max(witnessed, default=0) > seq:
            return Verdict(False, seq, checkpoints, seq + 1, "rows are missing that a checkpoint witnessed")
        if head.seq != seq or not chain.same(head.mac, previous):
            return Verdict(False, seq, checkpoints, seq + 1, "the end of the chain does not match its head")
        return Verdict(True, seq, checkpoints)


class _Last:
    """How the trail says that each witnessed row stands, and which of its rows says so."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], tuple[str | None, int]] = {}

    def take(self, seq: int, detail: str) -> None:
        if f'"{witness.NOTED}"' not in detail:
            return
        for table, rows in json.loads(detail).get(witness.NOTED, {}).items():
            for known_by, digest in rows.items():
                self._rows[table, known_by] = (digest, seq)

    def compare(self, db: Session) -> tuple[int | None, str] | None:
        """The first row of those tables that stands otherwise: where the trail says so, and what is wrong."""
        there = {(table, key): one for table, rows in witness.all_digests(db).items() for key, one in rows.items()}
        wrong = []
        for place in self._rows.keys() | there.keys():
            digest, seq = self._rows.get(place, (None, None))
            if there.get(place) != digest:
                how = (
                    "is missing" if place not in there else "was put in" if digest is None else "is not as it was left"
                )
                wrong.append((seq or 0, f"a row of {place[0]} {how}: {place[1]}"))
        if not wrong:
            return None
        seq, problem = min(wrong)
        return seq or None, problem


def _storable(text: str) -> str:
    """As much of a text as a column holds, without what UTF-8 cannot say."""
    return text[:NAME_LENGTH].encode("utf-8", "replace").decode()


def _signature(entry: Mapping[str, Any]) -> dict[str, bytes]:
    return {"signature": bytes.fromhex(entry["signature"])}


def _detail(row: Any) -> dict[str, Any]:
    """The facts of a row that people look at; the digests of what was touched are for ``verify_chain``."""
    return {name: value for name, value in json.loads(row["detail"]).items() if name != witness.NOTED}


def _fields(row: Any) -> list[str | None]:
    return [None if row[name] is None else str(row[name]) for name in _CHAINED]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows of the trail: empty means any. ``until`` is a day that is still meant; days are YYYY-MM-DD, UTC.

    ``person`` acted, or was acted for; ``object`` is a kind of thing, a kind and a number ("user 12"), or a name.
    """

    person: str = ""
    action: str = ""
    outcome: str = ""
    object: str = ""
    since: str = ""
    until: str = ""

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What a row must meet; ``Invalid`` for a day that is none."""
        found: list[sa.ColumnElement[bool]] = []
        if self.person:
            found.append(sa.or_(AuditLog.actor == self.person, AuditLog.on_behalf_of == self.person))
        if self.action:
            family = AuditLog.action.startswith(self.action + ".", autoescape=True)
            found.append(sa.or_(AuditLog.action == self.action, family))
        if self.outcome:
            found.append(AuditLog.outcome == self.outcome)
        if self.object:
            kind, _, number = self.object.partition(" ")
            numbered = sa.and_(AuditLog.object_type == kind, AuditLog.object_id == number.strip())
            named = AuditLog.detail.contains(f'"name": {json.dumps(self.object)}', autoescape=True)
            found.append(sa.or_(AuditLog.object_type == self.object, numbered, named))
        if self.since:
            found.append(AuditLog.at_us >= _day(self.since))
        if self.until:
            found.append(AuditLog.at_us < _day(self.until) + 86_400_000_000)
        return found


def _day(text: str) -> int:
    """The microsecond a day begins at."""
    try:
        begins = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(f"'{text[:20]}' is no day", "write it as YYYY-MM-DD") from None
    return int(begins.timestamp()) * 1_000_000


@action("audit.show", reads=True)
def page_audit(
    caller: Caller,
    tx: Tx,
    filters: Filters,
    *,
    oldest_first: bool = False,
    before: int | None = None,
    offset: int = 0,
    limit: int = 20,
) -> tuple[list[dict[str, Any]], int]:
    """A page of the trail, newest first unless asked otherwise, and how many rows fit in all.

    Only rows ``before`` that number, if given: to look is in the trail too, and moves what an offset counts.
    """
    conditions = filters.conditions()
    if before is not None:
        conditions.append(AuditLog.seq < before)
    rows, total = _page(tx, conditions, oldest_first, offset, limit)
    tx.note(rows=len(rows), **{name: value[:100] for name, value in asdict(filters).items() if value})
    return rows, total


@action("audit.own", reads=True, quiet=True)
def own_activity(
    caller: Caller, tx: Tx, *, oldest_first: bool = False, offset: int = 0, limit: int = 20
) -> tuple[list[dict[str, Any]], int]:
    """A page of what the caller did, or others on their behalf, and how many rows there are in all."""
    mine = AuditLog.actor_id == caller.user_id
    return _page(tx, [mine], oldest_first, offset, limit)


def _page(
    tx: Tx, conditions: list[sa.ColumnElement[bool]], oldest_first: bool, offset: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    total = tx.db.scalar(sa.select(sa.func.count()).select_from(AuditLog).where(*conditions)) or 0
    order = AuditLog.seq if oldest_first else AuditLog.seq.desc()
    query = sa.select(AuditLog.__table__).where(*conditions).order_by(order)
    found = tx.db.execute(query.offset(max(offset, 0)).limit(min(max(limit, 0), 1000))).mappings()
    rows = [{**{name: row[name] for name in row if name != "mac"}, "detail": _detail(row)} for row in found]
    return rows, int(total)


@action("audit.verify", reads=True)
def verify_audit(
    caller: Caller,
    tx: Tx,
    progress: Callable[[int, int], None] | None = None,
    *,
    checkpoint_file: Path | None = None,
) -> Verdict:
    """Check the whole chain and its checkpoints, the hub's own or a copy of the file that was kept elsewhere."""
    if checkpoint_file is not None and not checkpoint_file.is_file():
        raise Invalid(f"there is no file {checkpoint_file}", "give the copy of audit-checkpoints.jsonl")
    verdict = caller.hub.trail.verify_chain(caller.hub.database, progress, checkpoint_file)
    tx.note(**verdict.as_json())
    return verdict
