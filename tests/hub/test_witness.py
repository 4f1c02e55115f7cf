"""Rows of keys, grants and artifacts that were put back, taken out or put in: ``audit verify`` finds them."""

import sqlite3
from collections.abc import Callable, Sequence

import pytest

from db.tables import Artifact, ItemGrant, KeyWrap, PersonKey, Table
from hub import access, editing, people, plans, trash
from hub.access import Caller, action
from hub.audit import Filters, Verdict, page_audit
from hub.home import Hub
from tests.conftest import caller_for
from tests.hub.files import PASSWORDS, set_up, sign_in
from tests.hub.test_artifacts import publish


def verify(hub: Hub) -> Verdict:
    return hub.trail.verify_chain(hub.database)


@pytest.fixture
def ann(hub: Hub) -> Caller:
    set_up(hub)
    return sign_in(hub, "ann")


def test_what_the_hub_does_itself_is_in_order(any_hub: Hub) -> None:
    set_up(any_hub)
    ann, bo = sign_in(any_hub, "ann"), sign_in(any_hub, "bo")
    made = publish(ann, b"one")
    publish(ann, b"two")
    other = publish(bo, b"three", name="other")
    editing.edit_models(ann, [made.item_id], {"visibility": "public"})
    editing.edit_models(ann, [made.item_id], {"visibility": "private"})
    trash.delete_models(ann, [made.item_id])
    assert verify(any_hub) == Verdict(True, verify(any_hub).rows, 0)
    (gone,) = trash.list_trash(ann)
    trash.restore_model(ann, gone.trash_id)
    people.change_password(ann, PASSWORDS["ann"], "a quiet blue lantern")
    plan = editing.plan_model_edits(ann, [made.item_id], {"visibility": "public"})
    assert verify(any_hub).ok
    plans.confirm(ann, plan.plan_id)
    people.remove_person(caller_for(any_hub, "root"), "bo", transfer_to="ann")
    assert other.version == 1
    people.remove_person(caller_for(any_hub, "root"), "ann", delete_items=True)
    assert verify(any_hub).problem == ""


@action("person.edit")
def let_in(caller: Caller, tx: access.Tx, user_id: int, item_id: int) -> None:
    """What an action that lets somebody in does to its table."""
    tx.db.add(ItemGrant(epoch=0, user_id=user_id, model_id=item_id, permission="view", granted_by=user_id))


TABLES: list[tuple[type[Table], Callable[[Caller, int], object]]] = [
    (PersonKey, lambda ann, _: people.change_password(ann, PASSWORDS["ann"], "a quiet blue lantern")),
    (KeyWrap, lambda ann, item: editing.edit_models(ann, [item], {"visibility": "private"})),
    (Artifact, lambda ann, item: publish(ann, b"two")),
    (ItemGrant, lambda ann, item: trash.delete_models(ann, [item])),
]


@pytest.mark.parametrize(("kind", "then"), TABLES, ids=lambda one: getattr(one, "__name__", ""))
def test_rows_put_back_taken_out_and_put_in_are_found(
    ann: Caller, kind: type[Table], then: Callable[[Caller, int], object]
) -> None:
    hub, table = ann.hub, kind.__tablename__
    made = publish(ann, b"one", visibility="public")
    let_in(caller_for(hub, "root"), caller_for(hub, "bo").user_id or 0, made.item_id)
    assert verify(hub).ok
    intruder = sqlite3.connect(hub.settings.hub_home / "openmodelhub.db")
    before = intruder.execute(f"SELECT * FROM {table}").fetchall()
    then(ann, made.item_id)
    after = intruder.execute(f"SELECT * FROM {table}").fetchall()
    assert verify(hub).ok

    def found_with(rows: Sequence[tuple[object, ...]]) -> Verdict:
        intruder.execute(f"DELETE FROM {table}")
        intruder.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(before[0]))})", rows)
        intruder.commit()
        return verify(hub)

    assert f"a row of {table} " in found_with(before).problem
    for number in range(len(after)):
        assert "is missing" in found_with(after[:number] + after[number + 1 :]).problem
    assert found_with(after).ok
    intruder.close()


def test_people_do_not_see_the_digests(ann: Caller) -> None:
    publish(ann, b"one")
    shown = page_audit(caller_for(ann.hub, "root"), Filters(action="artifact.upload"))[0]
    assert shown
    assert all("witnessed" not in row["detail"] for row in shown)
