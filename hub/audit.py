"""The audit trail: appended in each action's own transaction, chained by MACs, witnessed by signed checkpoints."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import AuditHead, AuditLog
from hub.access import Caller, Tx, action
from hub.errors import Invalid
from secure import chain
from secure.keys import SigningKey, verify_signature

CHECKPOINT_ROWS = 500
CHECKPOINT_SECONDS = 600
_PAGE = 2000
_CHAINED = (
    *("seq", "at_us", "actor_id", "actor", "on_behalf_of", "session_id"),
    *("action", "object_type", "object_id", "outcome", "detail"),
)


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
        last = self.read_checkpoints()
        self._signed_seq = last[-1]["seq"] if last else 0
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
        head = sa.select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1).with_for_update()
        last = db.execute(head).one()
        row = {
            "seq": last.seq + 1,
            "at_us": time.time_ns() // 1000,
            "actor_id": caller.user_id,
            "actor": caller.operator or caller.user_name or "nobody",
            "on_behalf_of": caller.user_name if caller.operator else None,
            "session_id": caller.session_id,
            "action": action,
            "object_type": object_type,
            "object_id": object_id[:190] if object_id else object_id,
            "outcome": outcome,
            "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str),
        }
        mac = chain.row_mac(self._key, last.mac, _fields(row))
        db.execute(sa.insert(AuditLog).values(**row, mac=mac))
        db.execute(sa.update(AuditHead).where(AuditHead.id == 1).values(seq=row["seq"], mac=mac))
        due = (
            row["seq"] - self._signed_seq >= CHECKPOINT_ROWS or time.monotonic() - self._signed_at > CHECKPOINT_SECONDS
        )
        if due:
            # What stands before this transaction is committed, so it may be witnessed now.
            self._sign(last.seq, last.mac)

    def checkpoint(self, db: Session) -> None:
        """Witness the present end of the committed chain."""
        head = db.execute(sa.select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1)).one()
        self._sign(head.seq, head.mac)

    def _sign(self, seq: int, mac: bytes) -> None:
        with self._lock:
            if seq <= self._signed_seq:
                return
            signature = self._signer.sign(chain.checkpoint_text(self.hub_id, seq, mac))
            line = json.dumps({"seq": seq, "mac": mac.hex(), "signature": signature.hex(), "at": int(time.time())})
            with self.checkpoint_file.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            self._signed_seq, self._signed_at = seq, time.monotonic()

    def read_checkpoints(self) -> list[dict[str, Any]]:
        """The checkpoints in the file, oldest first; ``Invalid`` when a line cannot be read."""
        if not self.checkpoint_file.exists():
            return []
        found = []
        for number, line in enumerate(self.checkpoint_file.read_text("utf-8").splitlines(), 1):
            try:
                entry = json.loads(line)
                found.append({"seq": int(entry["seq"]), "mac": bytes.fromhex(entry["mac"]), **_signature(entry)})
            except (ValueError, KeyError, TypeError) as error:
                raise Invalid(f"line {number} of {self.checkpoint_file.name} cannot be read") from error
        return found

    def verify_chain(self, db: Session, progress: Callable[[int, int], None] | None = None) -> Verdict:
        """Check every row, the head and every checkpoint; ``progress`` is called with (rows done, rows in all)."""
        public_pem = self._signer.public_pem()
        try:
            checkpoints = self.read_checkpoints()
        except Invalid as error:
            return Verdict(False, 0, 0, None, error.message)
        witnessed: dict[int, bytes] = {}
        for entry in checkpoints:
            text = chain.checkpoint_text(self.hub_id, entry["seq"], entry["mac"])
            if not verify_signature(public_pem, text, entry["signature"]):
                return Verdict(False, 0, len(checkpoints), entry["seq"], "a checkpoint's signature is not the hub's")
            witnessed[entry["seq"]] = entry["mac"]
        head = db.execute(sa.select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1)).one_or_none()
        if head is None:
            return Verdict(False, 0, len(checkpoints), None, "the head of the chain is missing")
        previous, seq = chain.START, 0
        while True:
            rows = db.execute(
                sa.select(AuditLog.__table__).where(AuditLog.seq > seq).order_by(AuditLog.seq).limit(_PAGE)
            )
            page = rows.mappings().all()
            for row in page:
                if row["seq"] != seq + 1:
                    return Verdict(False, seq, len(checkpoints), seq + 1, "a row is missing")
                seq = row["seq"]
                if not chain.same(chain.row_mac(self._key, previous, _fields(row)), row["mac"]):
                    return Verdict(False, seq - 1, len(checkpoints), seq, "a row was changed, moved or put in")
                previous = row["mac"]
                if seq in witnessed and witnessed[seq] != previous:
                    return Verdict(False, seq - 1, len(checkpoints), seq, "the row is not the one that was witnessed")
            if progress:
                progress(seq, max(head.seq, seq))
            if len(page) < _PAGE:
                break
        if witnessed and max(witnessed) > seq:
            return Verdict(False, seq, len(checkpoints), seq + 1, "rows are missing that a checkpoint witnessed")
        if head.seq != seq or not chain.same(head.mac, previous):
            return Verdict(False, seq, len(checkpoints), seq + 1, "the end of the chain does not match its head")
        return Verdict(True, seq, len(checkpoints))


def _signature(entry: Mapping[str, Any]) -> dict[str, bytes]:
    return {"signature": bytes.fromhex(entry["signature"])}


def _fields(row: Any) -> list[str | None]:
    return [None if row[name] is None else str(row[name]) for name in _CHAINED]


@action("audit.show", reads=True)
def show_audit(
    caller: Caller,
    tx: Tx,
    *,
    actor: str = "",
    action: str = "",
    outcome: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """The newest rows first, filtered by actor, action (or its noun) and outcome, older than seq ``before``."""
    query = sa.select(AuditLog.__table__).order_by(AuditLog.seq.desc()).limit(limit)
    if actor:
        query = query.where(sa.or_(AuditLog.actor == actor, AuditLog.on_behalf_of == actor))
    if action:
        query = query.where(
            sa.or_(AuditLog.action == action, AuditLog.action.startswith(action + ".", autoescape=True))
        )
    if outcome:
        query = query.where(AuditLog.outcome == outcome)
    if before is not None:
        query = query.where(AuditLog.seq < before)
    shown = []
    for row in tx.db.execute(query).mappings():
        entry = {name: row[name] for name in row if name not in ("mac", "detail")}
        shown.append({**entry, "detail": json.loads(row["detail"])})
    tx.note(rows=len(shown))
    return shown


@action("audit.verify", reads=True)
def verify_audit(caller: Caller, tx: Tx, progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Check the whole chain and its checkpoints."""
    verdict = caller.hub.trail.verify_chain(tx.db, progress)
    tx.note(**verdict.as_json())
    return verdict
