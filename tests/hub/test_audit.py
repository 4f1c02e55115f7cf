"""The audit chain: whatever is done to its rows is found, and many processes append to one chain."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditHead, AuditLog
from hub import affiliations, audit, people
from hub.access import Caller, nobody, system
from hub.errors import Conflict, Denied, Invalid
from hub.home import Hub, open_hub
from secure import chain
from secure.keys import derive
from tests.conftest import ROOT, caller_for

LOG = AuditLog.__table__
HEAD = AuditHead.__table__


def append(hub: Hub, count: int, caller: Caller | None = None) -> None:
    for number in range(count):
        with hub.database.write() as db:
            hub.trail.append(db, caller or system(hub), "test.act", "ok", "thing", str(number), {"number": number})


def verify(hub: Hub) -> audit.Verdict:
    return hub.trail.verify_chain(hub.database)


def run(hub: Hub, *statements: Any) -> None:
    with hub.database.write() as db:
        for statement in statements:
            db.execute(statement)


def checkpoint(hub: Hub) -> None:
    with hub.database.read() as db:
        hub.trail.checkpoint(db)


def test_an_untouched_chain_is_whole(any_hub: Hub) -> None:
    assert verify(any_hub) == audit.Verdict(True, 0, 0)
    append(any_hub, 5)
    checkpoint(any_hub)
    append(any_hub, 3)
    assert verify(any_hub) == audit.Verdict(True, 8, 1)


EDITS: dict[str, Any] = {
    "at_us": LOG.c.at_us + 1,
    "actor_id": 7,
    "actor": "mallory",
    "on_behalf_of": "mallory",
    "session_id": "x",
    "action": "test.other",
    "object_type": None,
    "object_id": "",
    "outcome": "refused",
    "detail": "{}",
    "mac": bytes(32),
}


@pytest.mark.parametrize("column", EDITS)
def test_every_changed_field_is_found(hub: Hub, column: str) -> None:
    append(hub, 6)
    run(hub, sa.update(LOG).where(LOG.c.seq == 4).values({column: EDITS[column]}))
    assert (verify(hub).ok, verify(hub).seq) == (False, 4)


def test_every_column_is_chained() -> None:
    assert set(EDITS) | {"seq"} == {column.name for column in LOG.columns}


def _swap(hub: Hub) -> None:
    run(
        hub,
        sa.update(LOG).where(LOG.c.seq == 3).values(seq=100),
        sa.update(LOG).where(LOG.c.seq == 4).values(seq=3),
        sa.update(LOG).where(LOG.c.seq == 100).values(seq=4),
    )


def _insert(hub: Hub) -> None:
    with hub.database.read() as db:
        row = dict(db.execute(sa.select(LOG).where(LOG.c.seq == 6)).mappings().one())
    run(hub, sa.insert(LOG).values(**{**row, "seq": 7}))


def _insert_in_between(hub: Hub) -> None:
    with hub.database.read() as db:
        row = dict(db.execute(sa.select(LOG).where(LOG.c.seq == 2)).mappings().one())
    for seq in range(6, 2, -1):
        run(hub, sa.update(LOG).where(LOG.c.seq == seq).values(seq=seq + 1))
    run(hub, sa.insert(LOG).values(**{**row, "seq": 3}), sa.update(HEAD).values(seq=7))


def _cut_with_head(hub: Hub) -> None:
    with hub.database.read() as db:
        mac = db.scalar(sa.select(LOG.c.mac).where(LOG.c.seq == 4))
    run(hub, sa.delete(LOG).where(LOG.c.seq > 4), sa.update(HEAD).values(seq=4, mac=mac))


TAMPERING: list[tuple[str, Callable[[Hub], None], int]] = [
    ("a row deleted", lambda hub: run(hub, sa.delete(LOG).where(LOG.c.seq == 3)), 3),
    ("the first row deleted", lambda hub: run(hub, sa.delete(LOG).where(LOG.c.seq == 1)), 1),
    ("two rows swapped", _swap, 3),
    ("a row put at the end", _insert, 7),
    ("a row put in between", _insert_in_between, 3),
    ("the end cut off", lambda hub: run(hub, sa.delete(LOG).where(LOG.c.seq > 4)), 5),
    ("the end cut off and the head set back", _cut_with_head, 5),
    ("everything deleted", lambda hub: run(hub, sa.delete(LOG), sa.update(HEAD).values(seq=0, mac=bytes(32))), 1),
    ("the head set back", lambda hub: run(hub, sa.update(HEAD).values(seq=5)), 7),
]


@pytest.mark.parametrize(("tamper", "seq"), [case[1:] for case in TAMPERING], ids=[case[0] for case in TAMPERING])
def test_tampering_is_found_and_placed(hub: Hub, tamper: Callable[[Hub], None], seq: int) -> None:
    append(hub, 6)
    checkpoint(hub)
    tamper(hub)
    verdict = verify(hub)
    assert (verdict.ok, verdict.seq) == (False, seq), verdict


def test_a_lost_head_is_found(hub: Hub) -> None:
    append(hub, 2)
    run(hub, sa.delete(HEAD))
    assert "head" in verify(hub).problem
    run(hub, sa.insert(HEAD).values(id=1, seq=2, mac=bytes(32)))
    assert not verify(hub).ok
    run(hub, sa.delete(LOG), sa.update(HEAD).values(seq=0, mac=bytes(32)))


def test_a_rewrite_with_the_key_is_found_by_a_checkpoint(hub: Hub) -> None:
    append(hub, 6)
    checkpoint(hub)
    key = derive(bytes.fromhex(hub.settings.master_key_file.read_text("ascii").strip()), "audit-mac")
    with hub.database.write() as db:
        rows = [dict(row) for row in db.execute(sa.select(LOG).order_by(LOG.c.seq)).mappings()]
        previous = chain.START
        for row in rows:
            row["actor"] = "somebody else"
            fields = [None if row[name] is None else str(row[name]) for name in row if name != "mac"]
            previous = row["mac"] = chain.row_mac(key, previous, fields)
            db.execute(sa.update(LOG).where(LOG.c.seq == row["seq"]).values(**row))
        db.execute(sa.update(HEAD).values(mac=previous))
    verdict = verify(hub)
    assert (verdict.ok, verdict.seq) == (False, 6)
    assert "witnessed" in verdict.problem
    aside = hub.trail.checkpoint_file.rename(hub.settings.hub_home / "kept-elsewhere.jsonl")
    assert verify(hub).ok, "only the checkpoint can tell"
    assert not hub.trail.verify_chain(hub.database, checkpoint_file=aside).ok


def test_forged_and_torn_checkpoints(hub: Hub) -> None:
    append(hub, 3)
    checkpoint(hub)
    file = hub.trail.checkpoint_file
    good = file.read_text("utf-8")
    entry = json.loads(good)
    for forged in (
        {**entry, "seq": 2},
        {**entry, "mac": "00" * 32},
        {**entry, "signature": "00" * 384},
        {**entry, "signature": ""},
    ):
        file.write_text(json.dumps(forged) + "\n", "utf-8")
        assert "signature" in verify(hub).problem
    for torn in (good[:40], "\x00\n", "[]\n", '{"seq": 1}\n', '"x"\n'):
        file.write_text(good + torn, "utf-8")
        assert verify(hub).problem == "line 2 of audit-checkpoints.jsonl cannot be read"
        again = open_hub(hub.settings)
        again.database.close()
    file.write_text(good, "utf-8")
    assert verify(hub).ok


def test_checkpoints_come_by_themselves(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "CHECKPOINT_ROWS", 10)
    append(hub, 35)
    assert [entry["seq"] for entry in hub.trail.read_checkpoints()] == [9, 18, 27]
    assert verify(hub) == audit.Verdict(True, 35, 3)


def test_closing_witnesses_the_end(hub: Hub) -> None:
    append(hub, 3)
    hub.close()
    assert [entry["seq"] for entry in hub.trail.read_checkpoints()] == [3]
    hub.close()
    assert len(hub.trail.read_checkpoints()) == 1, "nothing new, nothing written"


APPENDER = """
import sys
from pathlib import Path
from hub.access import system
from hub.home import open_hub
from hub.settings import Settings

hub = open_hub(Settings(_env_file=None))
for number in range(int(sys.argv[1])):
    with hub.database.write() as db:
        hub.trail.append(db, system(hub), "test.act", "ok", None, None, {"from": sys.argv[2], "number": number})
hub.close()
"""


def start_appender(hub: Hub, rows: int, name: int) -> subprocess.Popen[bytes]:
    settings = hub.settings
    env = {
        "HUB_HOME": str(settings.hub_home),
        "HUB_TEST_CHEAP_HASH": "1",
        "PYTHONPATH": str(ROOT),
        **({"DB_HOST": settings.db_host, "DB_PORT": str(settings.db_port), "TARGET_DB": settings.target_db}
           if settings.db_host else {}),
    }  # fmt: skip
    command = [sys.executable, "-c", APPENDER, str(rows), str(name)]
    return subprocess.Popen(command, env=env, stderr=subprocess.PIPE)


@pytest.mark.soak
def test_four_processes_append_to_one_chain(any_hub: Hub, soak_factor: int) -> None:
    count = 60 * soak_factor
    processes = [start_appender(any_hub, count, name) for name in range(4)]
    for process in processes:
        _, said = process.communicate(timeout=100 * soak_factor)
        assert process.returncode == 0, said.decode()
    verdict = verify(any_hub)
    assert (verdict.ok, verdict.rows) == (True, 4 * count), verdict
    with any_hub.database.read() as db:
        details = [json.loads(text) for text in db.scalars(sa.select(LOG.c.detail).order_by(LOG.c.seq))]
    for name in range(4):
        assert [one["number"] for one in details if one["from"] == str(name)] == list(range(count))


@pytest.mark.soak
def test_killed_writers_leave_an_intact_chain(
    any_hub: Hub, soak_factor: int, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(2)
    for number in range(soak_factor):
        processes = [start_appender(any_hub, 10_000, 2 * number + each) for each in range(2)]
        seen = verify(any_hub).rows
        deadline = time.monotonic() + 60
        while verify(any_hub).rows < seen + 20 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(chance.random() / 5)
        for process in processes:
            process.kill()
            process.communicate()
        verdict = verify(any_hub)
        assert verdict.ok, verdict
        assert verdict.rows >= seen + 20
        append(any_hub, 1)
    record_property("kills", 2 * soak_factor)
    record_property("rows", verify(any_hub).rows)


def test_verifying_while_others_append(any_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_PAGE", 7)
    append(any_hub, 20)
    stop = threading.Event()

    def keep_appending() -> None:
        while not stop.is_set():
            append(any_hub, 1)

    thread = threading.Thread(target=keep_appending)
    thread.start()
    try:
        verdicts = [verify(any_hub) for _ in range(5)]
    finally:
        stop.set()
        thread.join()
    assert all(verdict.ok for verdict in verdicts), verdicts


def test_showing_is_for_admins_and_audited_itself(demo_hub: Hub) -> None:
    admin, alice = (caller_for(demo_hub, name) for name in ("admin", "alice"))
    for attempt in (lambda: audit.page_audit(alice, audit.Filters()), lambda: audit.verify_audit(alice)):
        with pytest.raises(Denied):
            attempt()
    with pytest.raises(Denied):
        people.list_people(nobody(demo_hub))
    refused = audit.page_audit(admin, audit.Filters(outcome="refused"))[0]
    assert [(row["actor"], row["action"]) for row in refused] == [
        ("nobody", "person.list"),
        ("alice", "audit.verify"),
        ("alice", "audit.show"),
    ]
    assert [row["action"] for row in audit.page_audit(admin, audit.Filters(action="person"))[0]] == ["person.list"]
    assert {row["actor"] for row in audit.page_audit(admin, audit.Filters(person="alice"))[0]} == {"alice"}
    newest = audit.page_audit(admin, audit.Filters(), limit=2)[0]
    older = audit.page_audit(admin, audit.Filters(), before=newest[-1]["seq"], limit=1)[0]
    assert older[0]["seq"] == newest[-1]["seq"] - 1
    assert newest[0]["action"] == "audit.show"
    assert "mac" not in newest[0]
    progress: list[tuple[int, int]] = []
    verdict = audit.verify_audit(admin, lambda done, total: progress.append((done, total)))
    assert verdict.ok
    assert progress[-1][0] == progress[-1][1] == verdict.rows
    with pytest.raises(Invalid, match="there is no file"):
        audit.verify_audit(admin, checkpoint_file=Path("none.jsonl"))


def test_an_operators_deeds_name_both(demo_hub: Hub) -> None:
    acting = people.act_for(demo_hub, "dana", "cli:olga")
    people.list_people(acting)
    (row,) = audit.page_audit(acting, audit.Filters(action="person.list"))[0]
    assert (row["actor"], row["on_behalf_of"]) == ("cli:olga", "dana")
    assert [one["seq"] for one in audit.page_audit(acting, audit.Filters(person="dana"), limit=100)[0]][-1] == row[
        "seq"
    ]


FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({"person": "ada"}, ["affiliation.edit", "affiliation.edit", "person.list"]),
    ({"action": "affiliation"}, ["affiliation.edit", "affiliation.edit"]),
    ({"action": "affil"}, []),
    ({"action": "person.list"}, ["person.list"]),
    ({"outcome": "failed"}, ["affiliation.edit"]),
    ({"person": "ada", "outcome": "ok"}, ["affiliation.edit", "person.list"]),
    ({"object": "affil"}, ["affiliation.edit"]),
    ({"object": "affil 1"}, ["affiliation.edit"]),
    ({"object": "affil 2"}, []),
    ({"object": 'Tide "100%" Ö'}, ["affiliation.edit"]),
    ({"object": "Tide"}, []),
    ({"since": "2000-01-01", "until": "2000-01-02"}, []),
    ({"since": "2000-01-01", "action": "person.list"}, ["person.list"]),
    ({"until": "2999-01-01", "action": "person.list"}, ["person.list"]),
    ({"since": "2999-01-01"}, []),
]


@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_the_trail_is_filtered(any_hub: Hub, number: int) -> None:
    filters, actions = FILTERS[number]
    ada = admin_of(any_hub, "ada")
    affiliations.create_affiliation(ada, 'Tide "100%" Ö')
    with pytest.raises(Conflict):
        affiliations.create_affiliation(ada, 'Tide "100%" Ö')
    people.list_people(ada)
    rows, total = audit.page_audit(ada, audit.Filters(**filters), oldest_first=True)
    assert [row["action"] for row in rows] == actions
    assert total == len(actions)


def test_the_trail_is_paged_either_way_and_ones_own_part_is_ones_own(any_hub: Hub) -> None:
    ada, bob = admin_of(any_hub, "ada"), admin_of(any_hub, "bob")
    for _ in range(5):
        people.list_people(ada)
    people.list_people(bob)
    rows, total = audit.page_audit(ada, audit.Filters(action="person.list"), offset=4, limit=4)
    assert (len(rows), total) == (2, 6)
    newest, _ = audit.page_audit(ada, audit.Filters(action="person.list"), limit=1)
    oldest, _ = audit.page_audit(ada, audit.Filters(action="person.list"), oldest_first=True, limit=1)
    assert (newest[0]["actor"], oldest[0]["actor"]) == ("bob", "ada")
    mine, total = audit.own_activity(bob)
    assert ([row["action"] for row in mine], total) == (["person.list"], 1)
    with pytest.raises(Invalid, match="no day"):
        audit.page_audit(ada, audit.Filters(since="2024-02-30"))


def admin_of(hub: Hub, name: str) -> Caller:
    with hub.database.write() as db:
        people.add_person(db, name, "-", is_admin=True)
    return caller_for(hub, name)
