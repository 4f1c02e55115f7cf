"""The gate: permission, transaction and audit row together; rows nobody else may see."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import Affil, AuditLog, User, WebSession, utc_now
from hub import access, people, records
from hub.access import ACTIONS, CATALOGUE, PERMISSIONS, Caller, Granted, Tx, action, nobody, system, visible
from hub.errors import Conflict, Denied, Invalid, NotSignedIn, Unavailable
from hub.home import Hub
from tests.conftest import caller_for


@pytest.fixture(autouse=True)
def _no_trace() -> Iterator[None]:
    """Actions that a test declares are gone after it."""
    before = {name: list(actions) for name, actions in ACTIONS.items()}
    yield
    ACTIONS.clear()
    ACTIONS.update(before)


def trail(hub: Hub, last: int = 100) -> list[Any]:
    with hub.database.read() as db:
        return list(reversed(db.scalars(sa.select(AuditLog).order_by(AuditLog.seq.desc()).limit(last)).all()))


def affiliations(hub: Hub) -> int:
    with hub.database.read() as db:
        return int(db.scalar(sa.select(sa.func.count()).select_from(Affil)) or 0)


@action("affiliation.edit")
def add_affiliation(caller: Caller, tx: Tx, name: str, error: Exception | None = None) -> str:
    tx.concerns("affil", name)
    tx.note(asked=name)
    tx.db.add(Affil(affil_name=name, name_key=name))
    tx.db.flush()
    if error:
        raise error
    return caller.user_name


@pytest.fixture
def root(any_hub: Hub) -> Caller:
    people.first_admin(any_hub, "root", "a long enough secret")
    return caller_for(any_hub, "root")


def test_what_is_done_and_its_audit_row_stand_together(any_hub: Hub, root: Caller) -> None:
    assert add_affiliation(root, "Lab") == "root"
    row = trail(any_hub)[-1]
    assert (row.actor, row.action, row.outcome) == ("root", "affiliation.edit", "ok")
    assert (row.object_type, row.object_id, row.detail) == ("affil", "Lab", '{"asked": "Lab"}')
    assert affiliations(any_hub) == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(Invalid("no"), "failed"), (Denied("no"), "refused"), (RuntimeError("secret text"), "failed")],
)
def test_a_failure_leaves_nothing_but_its_audit_row(any_hub: Hub, root: Caller, error: Exception, outcome: str) -> None:
    before = len(trail(any_hub))
    with pytest.raises(type(error)):
        add_affiliation(root, "Lab", error)
    assert affiliations(any_hub) == 0
    rows = trail(any_hub)
    assert len(rows) == before + 1
    assert (rows[-1].outcome, rows[-1].object_id) == (outcome, "Lab")
    assert "secret text" not in rows[-1].detail, "what a bug says may hold anything"


def test_a_refusal_is_audited(any_hub: Hub, root: Caller) -> None:
    with pytest.raises(Denied, match="you may not create and rename affiliations"):
        add_affiliation(nobody(any_hub), "Lab")
    row = trail(any_hub)[-1]
    assert (row.actor, row.outcome) == ("nobody", "refused")
    assert affiliations(any_hub) == 0


def test_odd_text_can_be_audited(any_hub: Hub, root: Caller) -> None:
    for text in ("\ud800", "a\x00b", "x" * 100_000, "𝔘𝔫𝔦", "'\"\\"):
        with pytest.raises(Invalid):
            add_affiliation(root, "Lab", Invalid(text))
    assert any_hub.trail.verify_chain(any_hub.database).ok


def test_a_duplicate_runs_again_and_says_it_in_its_own_words(any_hub: Hub, root: Caller) -> None:
    runs: list[int] = []

    @action("affiliation.edit")
    def add_once(caller: Caller, tx: Tx) -> None:
        runs.append(1)
        if len(runs) == 1:  # somebody else was first, unseen when it was looked for
            raise sa.exc.IntegrityError("INSERT", {}, Exception("duplicate"))
        raise Conflict("it is there already")

    with pytest.raises(Conflict):
        add_once(root)
    assert len(runs) == 2
    assert trail(any_hub)[-1].outcome == "failed"


def test_a_database_that_fails_is_unavailable_and_said_so(hub: Hub) -> None:
    @action("session.open")
    def break_down(caller: Caller, tx: Tx) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("disk I/O error"))

    with pytest.raises(Unavailable, match="does not answer"):
        break_down(nobody(hub))
    assert trail(hub)[-1].outcome == "failed"


def test_a_read_is_audited_before_its_rows_leave(hub: Hub) -> None:
    @action("session.open", reads=True)
    def read_something(caller: Caller, tx: Tx) -> str:
        return "rows"

    with hub.database.write() as db:
        db.execute(sa.text("DELETE FROM audit_head"))
    with pytest.raises(Unavailable, match="lost its end"):
        read_something(nobody(hub))


def test_a_quiet_read_leaves_no_row_but_its_refusal_does(hub: Hub) -> None:
    @action("catalog.browse", reads=True, quiet=True)
    def look(caller: Caller, tx: Tx) -> int:
        return 1

    assert look(system(hub)) == 1
    assert trail(hub) == []
    with pytest.raises(Denied):
        look(nobody(hub))
    assert [row.outcome for row in trail(hub)] == ["refused"]


def test_an_action_needs_a_permission_that_exists() -> None:
    with pytest.raises(KeyError):
        action("no.such")


# --- who the caller is ----------------------------------------------------------------------------


def test_what_a_caller_may_do_is_read_anew_each_time(demo_hub: Hub) -> None:
    dana = caller_for(demo_hub, "dana")
    assert dana.is_admin
    people.edit_person(caller_for(demo_hub, "admin"), "dana", is_admin=False)
    with pytest.raises(Denied):
        people.list_people(dana)
    people.edit_person(caller_for(demo_hub, "admin"), "dana", is_active=False)
    with pytest.raises(NotSignedIn):
        people.list_people(dana)
    row = trail(demo_hub)[-1]
    assert (row.actor, row.outcome) == ("dana", "refused")


def test_a_session_must_be_the_persons_own_open_and_in_time(demo_hub: Hub) -> None:
    with demo_hub.database.write() as db:
        ids = {
            name: db.scalar(sa.select(User.user_id).where(User.user_name == name)) or 0 for name in ("alice", "dana")
        }
        later = utc_now().replace(year=9000)
        for name, expires in (("live", later), ("late", utc_now().replace(year=2000)), ("ended", later)):
            row = WebSession(session_id=name, user_id=ids["alice"], expires_at=expires)
            row.ended_at = utc_now() if name == "ended" else None
            db.add(row)
    with demo_hub.database.read() as db:
        assert access.person(demo_hub, db, ids["alice"], session_id="live").user_name == "alice"
        for user_id, session_id in (
            *((ids["dana"], "live"), (ids["alice"], "late"), (ids["alice"], "ended"), (ids["alice"], "none")),
            *((999, "live"), (999, None)),
        ):
            with pytest.raises(NotSignedIn):
                access.person(demo_hub, db, user_id, session_id=session_id)


def test_nobody_can_be_made_up(demo_hub: Hub) -> None:
    with pytest.raises(NotSignedIn):
        people.list_people(Caller(demo_hub, "admin"))
    alice = caller_for(demo_hub, "alice")
    claimed = Caller(demo_hub, "system", alice.user_id, granted=frozenset(PERMISSIONS))
    with pytest.raises(Denied):
        people.list_people(claimed)


@pytest.mark.parametrize("role", ["nobody", "user", "admin", "system"])
def test_roles_have_what_the_table_says(hub: Hub, role: Any) -> None:
    ranks = ["nobody", "user", "admin", "system"]
    caller = Caller(hub, role)
    for permission, (least, _) in PERMISSIONS.items():
        assert caller.may(permission) == (ranks.index(role) >= ranks.index(least)), permission
    assert not caller.may("no.such")


# --- rows -----------------------------------------------------------------------------------------


def test_visible_rows_agree_with_a_count_by_hand(demo_hub: Hub) -> None:
    exported = records.export_records(caller_for(demo_hub, "admin"))
    for name in ("alice", "bob.tanaka", "kofi", "admin"):
        caller = caller_for(demo_hub, name)
        seen = {
            kind: {
                record[label]
                for record in exported[kind]
                if caller.is_admin or record["visibility"] == "public" or record["owner"] == name
            }
            for kind, label in (("model", "model_name"), ("dataset", "ds_name"))
        }
        links = sum(
            data in seen["dataset"]
            for record in exported["model"]
            if record["model_name"] in seen["model"]
            for data in record["datasets"]
        )
        with demo_hub.database.read() as db:
            counts = {}
            for table in CATALOGUE:
                condition = visible(caller, Granted(), table)
                query = sa.select(sa.func.count()).select_from(table)
                counts[table.name] = db.scalar(query if condition is None else query.where(condition))
        assert counts["model"] == len(seen["model"])
        assert counts["dataset"] == len(seen["dataset"])
        assert counts["model_dataset"] == links
        assert counts["user"] == 28
        for part, whole in (("transformer", "model"), ("cnn", "model"), ("rnn", "model")):
            assert counts[part] == sum(
                record["arch_name"] == part and record["model_name"] in seen[whole] for record in exported[whole]
            )
        assert counts["module"] == sum(
            len(record.get("modules", [])) for record in exported["model"] if record["model_name"] in seen["model"]
        )
        assert counts["ds_col"] == sum(
            len(record["columns"]) for record in exported["dataset"] if record["ds_name"] in seen["dataset"]
        )


def test_many_threads_write_one_chain(any_hub: Hub, root: Caller) -> None:
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                add_affiliation(root, f"lab-{number}-{turn}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert affiliations(any_hub) == 40
    verdict = any_hub.trail.verify_chain(any_hub.database)
    assert verdict.ok, verdict
