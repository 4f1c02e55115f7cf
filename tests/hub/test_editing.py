"""Editing: every field, one or many, by the rules of registering; what is not one's own stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditLog, Cnn, ModelDataset, Module, NameToken, Rnn, Table, Transformer
from hub import catalog, editing, names, query
from hub.errors import Conflict, Denied, HubError, Invalid, NotFound
from hub.fields import say_value
from hub.home import Hub
from hub.plans import confirm
from hub.titles import title_of
from tests.hub.items_world import NET, enter, number_of, record_of, set_up

CASES = json.loads((Path(__file__).parent / "edits.json").read_text("utf-8"))


def count(hub: Hub, table: type[Table], **where: Any) -> int:
    with hub.database.read() as db:
        return int(db.scalar(sa.select(sa.func.count()).select_from(table).filter_by(**where)) or 0)


def dump(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the audit trail's."""
    with hub.database.read() as db:
        return {
            table.name: sorted(map(tuple, db.execute(sa.select(table)).all()), key=repr)
            for table in Table.metadata.sorted_tables
            if not table.name.startswith("audit")
        }


def known(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says: a field of no value says nothing, nor does one that the architecture has not."""
    return {name: value for name, value in record.items() if value is not None}


def test_every_field_is_edited_as_the_case_says(any_hub: Hub) -> None:
    """One hub for all cases: each goes there and back, so that the next one finds what it expects."""
    _, ann, _ = set_up(any_hub)
    for case in CASES["taken"]:
        item_id = number_of(ann, case["item"])
        kind = catalog.show_item(ann, case["item"]).kind
        before = record_of(ann, case["item"])
        plan = editing.PLAN_EDIT[kind](ann, [item_id], case["changes"])
        assert record_of(ann, case["item"]) == before, "a plan changes nothing"
        (done,) = editing.EDIT[kind](ann, [item_id], case["changes"]).items
        shown = [(change.what, change.before, change.after) for change in plan.changes]
        assert shown == [
            (title_of(each.field), say_value(each.before), say_value(each.after)) for each in done.changes
        ], "what was shown is what was done"
        name = case["changes"].get("model_name") or case["changes"].get("ds_name") or case["item"]
        assert {change.field: change.after for change in done.changes} == case["becomes"], case
        assert known(record_of(ann, name)) == known({**before, **case["becomes"]}), case
        editing.EDIT[kind](ann, [item_id], before)
        assert record_of(ann, case["item"]) == before, case


def test_what_is_wrong_is_refused_by_its_field(any_hub: Hub) -> None:
    _, ann, _ = set_up(any_hub)
    before = dump(any_hub)
    for case in CASES["refused"]:
        item = catalog.show_item(ann, case["item"])
        for attempt in (editing.PLAN_EDIT[item.kind], editing.EDIT[item.kind]):
            with pytest.raises(HubError) as raised:
                attempt(ann, [item.item_id], case["changes"])
            assert case["says"] in raised.value.message, case
    assert dump(any_hub) == before


def test_a_new_name_is_found_and_the_old_one_is_not(hub: Hub) -> None:
    _, ann, _ = set_up(hub)
    editing.edit_models(ann, [number_of(ann, "Grid")], {"model_name": "Lattice 9"})
    found = names.look_up_names(ann, ["lattice9", "grid"], ["lattice", "grid"])
    assert set(found.whole) == {"lattice9"}
    assert set(found.having) == {"lattice"}
    editing.edit_models(ann, [number_of(ann, "lattice 9")], {"model_name": "LATTICE 9"})
    assert catalog.show_item(ann, "lattice 9").name == "LATTICE 9", "the case of one's own name may change"


def test_another_architecture_begins_with_a_clean_table(any_hub: Hub) -> None:
    _, ann, _ = set_up(any_hub)
    grid = number_of(ann, "Grid")
    editing.edit_models(ann, [grid], {"arch_name": "Transformer", "decoder_num": 12})
    assert record_of(ann, "Grid")["decoder_num"] == 12
    assert "modules" not in record_of(ann, "Grid")
    assert (count(any_hub, Cnn), count(any_hub, Module), count(any_hub, Transformer)) == (0, 0, 1)
    editing.edit_models(ann, [grid], {"arch_name": "rnn"})
    assert (count(any_hub, Transformer), count(any_hub, Rnn, model_id=grid)) == (0, 1)


def test_only_the_owner_edits_and_the_private_reads_like_the_absent(any_hub: Hub) -> None:
    root, ann, bo = set_up(any_hub)
    grid, echo = number_of(ann, "Grid"), number_of(ann, "Echo")
    for other in (root, bo):
        with pytest.raises(Denied, match="is ann's"):
            editing.edit_models(other, [grid], {"param_num": 1})
    with pytest.raises(Denied, match="is ann's"):
        editing.edit_models(root, [echo], {"param_num": 1})
    said = []
    for number in (echo, 10_000):
        with pytest.raises(NotFound) as raised:
            editing.edit_models(bo, [number], {"param_num": 1})
        said.append((raised.value.message, raised.value.hint))
    assert said[0] == said[1]


def test_many_at_once_say_what_changes_and_what_is_left_out(any_hub: Hub) -> None:
    _, ann, bo = set_up(any_hub)
    ids = [number_of(ann, name) for name in ("Grid", "Net", "Echo")]
    ids += [number_of(bo, "Wave"), 10_000]
    before = dump(any_hub)
    done = editing.edit_models(ann, ids, {"media_type": "speech"})
    assert [(item.name, item.changes) for item in done.items] == [
        ("Grid", (editing.FieldChange("media_type", "image", "audio"),))
    ]
    assert {(one.name, one.why) for one in done.left_out} == {
        ("Net", "it is so already"),
        ("Echo", "it is so already"),
        ("bo/Wave", "it is bo's"),
        ("model number 10000", "there is no such one"),
    }
    assert dump(any_hub)["rnn"] == before["rnn"]
    done = editing.edit_models(ann, ids, {"batch_size": 3})
    assert [item.name for item in done.items] == ["Net", "Echo"]
    assert any(one.name == "Grid" and "cnn models have no such field" in one.why for one in done.left_out)
    editing.edit_models(ann, ids, {"task": {"add": ["Generation"], "remove": ["detect"]}})
    assert [record_of(ann, name)["task"] for name in ("Grid", "Net")] == [
        ["classification", "generation"],
        ["generation"],
    ]
    assert record_of(bo, "Wave")["task"] == []


def test_a_plan_of_many_is_one_button(any_hub: Hub) -> None:
    _, ann, bo = set_up(any_hub)
    ids = [number_of(ann, name) for name in ("Grid", "Net", "Echo")] + [number_of(bo, "Wave")]
    here = enter(any_hub, "ann")
    plan = editing.plan_model_edits(here, ids, {"visibility": "private", "task": {"add": ["regression"]}})
    assert plan.title == "Change 3 models"
    assert [(change.what, change.before, change.after) for change in plan.changes] == [
        ("Grid: Visibility", "public", "private"),
        ("Grid: Task", "classification, detection", "classification, detection, regression"),
        ("Net: Visibility", "public", "private"),
        ("Net: Task", None, "regression"),
        ("Echo: Task", None, "regression"),
    ]
    assert plan.warnings == (
        "Only you and the people you let in will see them.",
        "Left out: bo/Wave; it is bo's.",
    )
    assert confirm(here, plan.plan_id).said == "3 models are changed."
    assert {record_of(ann, name)["visibility"] for name in ("Grid", "Net", "Echo")} == {"private"}
    with pytest.raises(Conflict, match="nothing to change"):
        editing.plan_model_edits(here, ids, {"visibility": "private"})


def test_two_items_of_one_change_do_not_get_the_same_name(hub: Hub) -> None:
    _, ann, _ = set_up(hub)
    ids = [number_of(ann, "Net"), number_of(ann, "Echo")]
    done = editing.edit_models(ann, ids, {"model_name": "Twin"})
    assert [len(done.items), len(done.left_out)] == [1, 1]
    assert "already" in done.left_out[0].why


@pytest.mark.parametrize("meanwhile", [{"description": "newer"}, {"visibility": "private"}, {"model_name": "Other"}])
def test_what_was_changed_meanwhile_is_not_overwritten(any_hub: Hub, meanwhile: dict[str, Any]) -> None:
    _, ann, _ = set_up(any_hub)
    ids = [number_of(ann, "Grid"), number_of(ann, "Net")]
    here = enter(any_hub, "ann")
    plan = editing.plan_model_edits(here, ids, {"visibility": "private"})
    editing.edit_models(ann, ids[1:], meanwhile)
    before = dump(any_hub)["model"]
    with pytest.raises(Conflict, match="have changed"):
        confirm(here, plan.plan_id)
    assert dump(any_hub)["model"] == before, "all or nothing"


def test_a_link_to_a_dataset_one_does_not_see_stays(any_hub: Hub) -> None:
    _, ann, _ = set_up(any_hub)
    grid = number_of(ann, "Grid")
    assert record_of(ann, "Grid")["datasets"] == ["Tides"], "Sands is bo's and private"
    editing.edit_models(ann, [grid], {"datasets": ["Winds"]})
    assert record_of(ann, "Grid")["datasets"] == ["Winds"]
    assert count(any_hub, ModelDataset, model_id=grid) == 2
    with pytest.raises(Invalid, match="there is no 'Sands'"):
        editing.edit_models(ann, [grid], {"datasets": ["Sands"]})


def test_made_private_it_is_gone_for_others_at_once(any_hub: Hub) -> None:
    root, ann, bo = set_up(any_hub)
    statement = "SELECT model_name FROM model WHERE model_name LIKE 'Net'"
    assert query.run_query(bo, statement).rows
    editing.edit_models(ann, [number_of(ann, "Net")], {"visibility": "private"})
    assert not query.run_query(bo, statement).rows
    with pytest.raises(NotFound):
        catalog.show_item(bo, "Net")
    assert catalog.show_item(root, "Net").record["visibility"] == "private"
    editing.edit_models(ann, [number_of(ann, "Net")], {"visibility": "open"})
    assert query.run_query(bo, statement).rows


def test_the_trail_says_which_fields_of_which_items(hub: Hub) -> None:
    _, ann, _ = set_up(hub)
    grid = number_of(ann, "Grid")
    editing.edit_models(ann, [grid], {"param_num": 5, "media_type": "image"})
    with hub.database.read() as db:
        rows = db.execute(sa.select(AuditLog.object_type, AuditLog.object_id, AuditLog.detail)
                          .where(AuditLog.action == "model.edit")).all()  # fmt: skip
    assert [(row[0], row[1], json.loads(row[2])) for row in rows] == [
        ("model", str(grid), {"items": [grid], "fields": ["param_num"]})
    ]


def test_the_index_of_names_has_each_name_once(hub: Hub) -> None:
    _, ann, _ = set_up(hub)
    before = count(hub, NameToken)
    net = number_of(ann, "Net")
    editing.edit_models(ann, [net], {"model_name": "Other"})
    editing.edit_models(ann, [net], {"model_name": NET["model_name"]})
    assert count(hub, NameToken) == before


def test_too_many_at_once_are_refused(hub: Hub) -> None:
    _, ann, _ = set_up(hub)
    with pytest.raises(Invalid, match="at most 1000"):
        editing.edit_models(ann, range(1, 1002), {"param_num": 1})
