"""Deleting and restoring: what is deleted is nowhere, comes back whole, and is gone for good after its time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditLog, ItemGrant, ModelAuthor, ModelDataset, Table, Trash, User
from hub import catalog, editing, names, people, query, records, trash
from hub.access import READABLE, Caller, system
from hub.errors import Ambiguous, Conflict, Denied, HubError, NotFound
from hub.home import Hub
from hub.plans import confirm
from tests.hub.items_world import NET, TIDES, World, enter, number_of, record_of, set_up

Probe = Callable[[Caller], Any]


def rows_of(hub: Hub, *without: str) -> dict[str, list[str]]:
    """Every row of every table, but of the trail's and of these."""
    with hub.database.read() as db:
        return {
            table.name: sorted(repr(tuple(row)) for row in db.execute(sa.select(table)))
            for table in Table.metadata.sorted_tables
            if not table.name.startswith("audit") and table.name not in without
        }


def told(attempt: Callable[[], Any]) -> Any:
    """What comes back, or all that the refusal says."""
    try:
        return attempt()
    except HubError as error:
        return type(error).__name__, error.message, error.hint


EVERYTHING = [
    f"SELECT {', '.join(name for name in columns if (table, name) != ('module', 'id'))} FROM {table}"
    for table, columns in READABLE.items()
]
"""Every column of every table; but modules come back under numbers of their own."""

PROBES: dict[str, Probe] = {
    "count": catalog.count_items,
    "models": lambda caller: catalog.list_items(caller, "model", limit=1000),
    "datasets": lambda caller: catalog.list_items(caller, "dataset", limit=1000, sort="ds_size"),
    "search": lambda caller: [catalog.list_items(caller, kind, search="zebra") for kind in ("model", "dataset")],
    "show": lambda caller: [told(lambda n=name: catalog.show_item(caller, n)) for name in
                            ("Zebra Net", "ann/zebra net", "Zebra Herd", "zebr", "Wave", "Grid")],
    "names": lambda caller: names.look_up_names(caller, ["zebranet", "zebraherd"], ["zebra"], ["zebra-loss"],
                                                [Table.metadata.tables["rnn"].c.criteria]),
    "near": lambda caller: names.look_up_near(caller, "zebranett"),
    "sql": lambda caller: [sorted(query.run_query(caller, each).rows, key=repr) for each in EVERYTHING],
    "sql for strangers": lambda caller: [sorted(query.run_query(caller, each, public_only=True).rows, key=repr)
                                         for each in EVERYTHING],
    "pages": lambda caller: [query.page_query(caller, f"SELECT * FROM {table}").total for table in READABLE],
    "joins": lambda caller: query.run_query(
        caller, "SELECT m.model_name, d.ds_name FROM model m LEFT JOIN model_dataset l ON l.model_id = m.model_id "
                "LEFT JOIN dataset d ON d.ds_id = l.ds_id ORDER BY 1, 2").rows,
    "names in sql": lambda caller: told(lambda: query.run_query(
        caller, "SELECT 1 AS x FROM model WHERE model_name = 'Zebra Net'").rows),
    "linking": lambda caller: told(lambda: editing.plan_model_edits(
        caller, [number_of(caller, "Wave")], {"datasets": {"add": ["Zebra Herd"]}})),
    "export": lambda caller: told(lambda: records.export_records(caller)),
}  # fmt: skip


def probe(world: World) -> dict[str, Any]:
    return {f"{name} as {caller.user_name}": ask(caller) for caller in world for name, ask in PROBES.items()}


def add_zebras(world: World) -> tuple[int, int]:
    """A dataset and a model of ann's, linked with each other and with bo's items, shared, and found by name."""
    herd = catalog.create_dataset(
        world.ann,
        {
            **TIDES,
            "ds_name": "Zebra Herd",
            "columns": [{"col_name": "zebra", "col_datatype": "int"}],
            "task": "detection",
        },
    )
    net = catalog.create_model(
        world.ann,
        {
            "model_name": "Zebra Net",
            "media_type": "image",
            "arch_name": "cnn",
            "train_name": "rl",
            "authors": ["ann", "bo"],
            "datasets": ["Zebra Herd", "Winds"],
            "task": ["detection", "generation"],
            "modules": [{"conv_size": 3, "pool_type": "max"}, {"conv_size": 5}],
            "visibility": "private",
        },
    )
    editing.edit_models(world.bo, [number_of(world.bo, "Wave")], {"datasets": {"add": ["Zebra Herd"]}})
    with world.ann.hub.database.write() as db:
        db.add(
            ItemGrant(epoch=0, user_id=world.bo.user_id, model_id=net, permission="view", granted_by=world.ann.user_id)
        )
    return herd, net


def bin_of(caller: Caller) -> list[str]:
    return [one.name for one in trash.list_trash(caller)]


def test_what_is_deleted_is_nowhere_and_comes_back_whole(any_hub: Hub) -> None:
    world = set_up(any_hub)
    before, rows_before = probe(world), rows_of(any_hub)
    herd, net = add_zebras(world)
    full, rows_full = probe(world), rows_of(any_hub)
    changed = [name for name in full if full[name] != before[name]]
    assert {name.partition(" as ")[0] for name in changed} == set(PROBES), "each probe can see such an item"
    for order in (("dataset", "model"), ("model", "dataset")):
        for kind in order:
            trash.DELETE[kind](world.ann, [net if kind == "model" else herd])
        assert rows_of(any_hub, "trash") == {name: rows for name, rows in rows_before.items() if name != "trash"}
        assert probe(world) == before
        for one in sorted(trash.list_trash(world.ann), key=lambda one: order.index(one.kind)):
            trash.RESTORE[one.kind](world.ann, one.trash_id)
        assert probe(world) == full
        assert {name: len(rows) for name, rows in rows_of(any_hub).items()} == {
            name: len(rows) for name, rows in rows_full.items()
        }, "modules and grants come back under numbers of their own"
        assert not bin_of(world.ann)


def test_a_deleted_item_of_another_is_nobodys_but_the_owners(any_hub: Hub) -> None:
    root, ann, bo = set_up(any_hub)
    grid = number_of(ann, "Grid")
    for other in (root, bo):
        with pytest.raises(Denied, match="is ann's"):
            trash.delete_models(other, [grid])
    trash.delete_models(ann, [grid])
    (one,) = trash.list_trash(ann)
    assert (one.name, one.kind) == ("Grid", "model")
    for other in (root, bo):
        assert not bin_of(other)
        with pytest.raises(NotFound):
            trash.restore_model(other, one.trash_id)
        with pytest.raises(NotFound):
            trash.find_trashed(other, "Grid")
    with pytest.raises(NotFound):
        trash.restore_dataset(ann, one.trash_id)
    assert trash.find_trashed(ann, "grid") == trash.find_trashed(ann, f"#{one.trash_id}") == one
    assert trash.restore_model(ann, one.trash_id) == grid
    with pytest.raises(NotFound):
        trash.restore_model(ann, one.trash_id)


def test_a_private_item_is_deleted_no_more_than_an_absent_one(any_hub: Hub) -> None:
    _, ann, bo = set_up(any_hub)
    echo = number_of(ann, "Echo")
    assert told(lambda: trash.delete_models(bo, [echo])) == told(lambda: trash.delete_models(bo, [9999]))
    assert record_of(ann, "Echo")["visibility"] == "private"


def test_many_are_deleted_at_once_and_the_preview_says_which(any_hub: Hub) -> None:
    root, ann, bo = set_up(any_hub)
    ids = [number_of(ann, "Grid"), number_of(ann, "Net"), number_of(bo, "Wave"), 9999]
    here = enter(any_hub, "ann")
    plan = trash.plan_model_deletion(here, ids)
    assert plan.dangerous
    assert [(change.what, change.before, change.after) for change in plan.changes] == [
        ("Grid", "model, linked to 1 dataset", None),
        ("Net", "model, linked to 1 dataset", None),
    ], "of the links those she sees"
    assert plan.warnings[0].startswith("For 30 days")
    assert [each for each in plan.warnings if "Left out" in each] == [
        "Left out: bo/Wave; it is bo's.",
        "Left out: model number 9999; there is no such one.",
    ]
    assert catalog.count_items(root)["models"] == 4
    assert "/trash has them until" in confirm(here, plan.plan_id).said
    assert catalog.count_items(root)["models"] == 2
    assert sorted(bin_of(ann)) == ["Grid", "Net"]


def test_a_name_taken_meanwhile_is_said_with_what_to_do(any_hub: Hub) -> None:
    _, ann, _ = set_up(any_hub)
    trash.delete_models(ann, [number_of(ann, "Net")])
    fresh = catalog.create_model(ann, {**NET, "model_name": "NET"})
    (one,) = trash.list_trash(ann)
    with pytest.raises(Conflict, match="another model called 'Net' now") as raised:
        trash.restore_model(ann, one.trash_id)
    assert "rename that one first" in raised.value.hint
    trash.delete_models(ann, [fresh])
    with pytest.raises(Ambiguous) as twice:
        trash.find_trashed(ann, "net")
    assert f"#{one.trash_id} (model" in twice.value.hint
    here = enter(any_hub, "ann")
    plan = trash.plan_model_restore(here, one.trash_id)
    assert [(change.what, change.after) for change in plan.changes] == [("Net", "a public model of yours")]
    assert confirm(here, plan.plan_id).said == "Net is back, public as it was."
    assert record_of(ann, "Net")["criteria"] == "ctc"


def test_a_number_is_not_given_again_while_the_trash_remembers_it(any_hub: Hub) -> None:
    """A kept link must never come to mean another item."""
    _, ann, bo = set_up(any_hub)
    tides = number_of(ann, "Tides")
    last = catalog.create_model(bo, {**NET, "model_name": "Last", "datasets": ["Tides"]})
    trash.delete_datasets(ann, [tides])
    with any_hub.database.write() as db:  # for good: as when a person is removed with what they own
        db.execute(sa.delete(Table.metadata.tables["model"]).where(Table.metadata.tables["model"].c.model_id == last))
    fresh = catalog.create_model(bo, {**NET, "model_name": "Fresh"})
    assert fresh > last
    trash.restore_dataset(ann, trash.list_trash(ann)[0].trash_id)
    assert record_of(bo, "Fresh")["datasets"] == []
    assert record_of(ann, "Net")["datasets"] == ["Tides"]


def test_a_removed_persons_credits_do_not_come_back_as_anothers(any_hub: Hub) -> None:
    root, ann, bo = set_up(any_hub)
    grid = number_of(ann, "Grid")
    trash.delete_models(ann, [grid])
    people.remove_person(root, "bo", transfer_to="root")
    with any_hub.database.write() as db:
        db.add(User(user_id=bo.user_id, user_name="zoe", name_key="zoe", created_at=datetime(2040, 1, 1)))
    trash.restore_model(ann, trash.list_trash(ann)[0].trash_id)
    with any_hub.database.read() as db:
        assert list(db.scalars(sa.select(ModelAuthor.user_id).where(ModelAuthor.model_id == grid))) == [ann.user_id]


def test_links_between_two_deleted_items_come_back_with_the_second(any_hub: Hub) -> None:
    _, _, bo = set_up(any_hub)
    wave, winds = number_of(bo, "Wave"), number_of(bo, "Winds")
    trash.delete_datasets(bo, [winds])
    trash.delete_models(bo, [wave])
    by_kind = {one.kind: one.trash_id for one in trash.list_trash(bo)}
    trash.restore_dataset(bo, by_kind["dataset"])
    with any_hub.database.read() as db:
        assert not db.scalar(sa.select(ModelDataset.ds_id).where(ModelDataset.ds_id == winds))
    trash.restore_model(bo, by_kind["model"])
    assert record_of(bo, "Wave")["datasets"] == ["Tides", "Winds"]


def test_it_is_swept_when_its_time_is_over(any_hub: Hub) -> None:
    _, ann, _ = set_up(any_hub)
    for name in ("Grid", "Net"):
        trash.delete_models(ann, [number_of(ann, name)])
    days = any_hub.settings.trash_days
    with any_hub.database.write() as db:
        old = sa.update(Trash).where(Trash.item_name == "Grid")
        (moment,) = db.scalars(sa.select(Trash.deleted_at).where(Trash.item_name == "Grid"))
        db.execute(old.values(deleted_at=moment - timedelta(days=days)))
    assert bin_of(ann) == ["Net"], "past its time it is not to be had any more, swept or not"
    with any_hub.database.read() as db:
        number = db.scalar(sa.select(Trash.trash_id).where(Trash.item_name == "Grid"))
    with pytest.raises(NotFound):
        trash.restore_model(ann, number or 0)
    assert trash.sweep_trash(system(any_hub)) == 1
    assert trash.sweep_trash(system(any_hub)) == 0
    assert bin_of(ann) == ["Net"]


def test_the_trail_names_what_was_deleted(hub: Hub) -> None:
    _, ann, _ = set_up(hub)
    net = number_of(ann, "Net")
    trash.delete_models(ann, [net])
    trash.restore_model(ann, trash.list_trash(ann)[0].trash_id)
    with hub.database.read() as db:
        rows = db.execute(sa.select(AuditLog.object_id, AuditLog.detail).where(AuditLog.action == "model.delete")).all()
    assert [(row[0], json.loads(row[1])) for row in rows] == [
        (str(net), {"items": {str(net): "Net"}}),
        (str(net), {"name": "Net"}),
    ]
