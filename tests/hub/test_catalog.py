"""Registering, listing and showing: the same rules for every way in, and nothing told of what is not to be seen."""

from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditLog, Dataset, ItemGrant, Model, Table, User
from hub import access, catalog, people, records
from hub.access import Caller
from hub.errors import Ambiguous, Conflict, Denied, HubError, Invalid, NotFound
from hub.fields import nearest, spellings
from hub.home import Hub
from tests.conftest import caller_for

NET = {"model_name": "Net", "media_type": "text", "arch_name": "rnn", "train_name": "rl"}
TIDES = {"ds_name": "Tides", "media": "text"}


def set_up(hub: Hub) -> tuple[Caller, Caller, Caller]:
    """Callers for root (admin), ann and bo; ann has public and private items."""
    users = [{"user_name": name, "password": name, "is_admin": name == "root"} for name in ("root", "ann", "bo")]
    hidden = {"visibility": "private"}
    data = {
        "user": users,
        "dataset": [
            {**TIDES, "owners": ["ann"]},
            {**TIDES, "ds_name": "Hidden Tides", "ds_size": 77, "owners": ["ann"], **hidden},
        ],
        "model": [
            {**NET, "authors": ["ann"], "datasets": ["Tides", "Hidden Tides"], "param_num": 10},
            {**NET, "model_name": "Secret Falcon", "authors": ["ann", "bo"], "param_num": 30, **hidden},
            {**NET, "model_name": "Open Falcon", "authors": ["bo"], "media_type": "image"},
        ],
    }
    records.load_records(access.system(hub), data)
    return caller_for(hub, "root"), caller_for(hub, "ann"), caller_for(hub, "bo")


def said(attempt: Any) -> tuple[str, str, str, str]:
    """All that a refusal tells."""
    with pytest.raises(HubError) as raised:
        attempt()
    error = raised.value
    return type(error).__name__, error.code, error.message, error.hint


def test_everyone_sees_and_counts_their_own_share(any_hub: Hub) -> None:
    root, ann, bo = set_up(any_hub)
    for caller, models, datasets in ((root, 3, 2), (ann, 3, 2), (bo, 2, 1)):
        assert catalog.count_items(caller) == {"models": models, "datasets": datasets, "users": 3, "affiliations": 0}
        assert catalog.list_items(caller, "model").total == models
        assert len(catalog.list_items(caller, "dataset").rows) == datasets
    assert catalog.show_item(ann, "net").record["datasets"] == ["Hidden Tides", "Tides"]
    assert catalog.show_item(bo, "net").record["datasets"] == ["Tides"], "a link is seen when both its ends are"


def test_a_private_item_reads_like_none(any_hub: Hub) -> None:
    _, _, bo = set_up(any_hub)
    asked = ("Secret Falcon", "ann/Secret Falcon", "Secret Falcn", "falcon", "Hidden Tides", "hidden")
    while_there = [said(lambda n=name: catalog.show_item(bo, n)) for name in asked]
    assert catalog.list_items(bo, "model", search="secret").total == 0
    assert catalog.list_items(bo, "dataset", search="hidden").total == 0
    with any_hub.database.write() as db:
        db.execute(sa.delete(Model).where(Model.visibility == "private"))
        db.execute(sa.delete(Dataset).where(Dataset.visibility == "private"))
    assert [said(lambda n=name: catalog.show_item(bo, n)) for name in asked] == while_there
    assert not any("Secret" in hint or "Hidden" in hint for *_, hint in while_there)


def test_what_the_trail_keeps_of_a_look_at_a_private_item_is_no_more_than_of_none(hub: Hub) -> None:
    _, _, bo = set_up(hub)
    for name in ("Secret Falcon", "Absent Falcon"):
        said(lambda n=name: catalog.show_item(bo, n))
    with hub.database.read() as db:
        rows = db.execute(sa.select(AuditLog.object_id, AuditLog.detail).order_by(AuditLog.seq.desc()).limit(2)).all()
    assert rows[0].object_id == rows[1].object_id
    assert rows[0].detail == rows[1].detail.replace("Secret", "Absent")


def test_registering_tells_nothing_of_private_names(any_hub: Hub) -> None:
    _, ann, bo = set_up(any_hub)
    made = catalog.create_model(bo, {**NET, "model_name": "Secret Falcon"})
    assert catalog.show_item(bo, "secret falcon").item_id == made
    assert catalog.show_item(ann, "ann/secret falcon").record["param_num"] == 30
    for record in ({**NET, "model_name": "X", "datasets": [name]} for name in ("Hidden Tides", "Absent Tides")):
        message = said(lambda r=record: catalog.create_model(bo, r))[2]
        assert message == f"datasets: there is no '{record['datasets'][0]}'"


def test_grants_open_an_item_until_they_expire(hub: Hub) -> None:
    _, ann, bo = set_up(hub)
    with hub.database.write() as db:
        model_id = db.scalar(sa.select(Model.model_id).where(Model.model_name == "Secret Falcon"))
        grant = ItemGrant(epoch=0, user_id=bo.user_id, model_id=model_id, permission="view", granted_by=ann.user_id)
        db.add(grant)
    assert catalog.show_item(bo, "secret falcon").owner == "ann"
    with hub.database.write() as db:
        db.execute(sa.update(ItemGrant).values(expires_at=sa.func.current_timestamp()))
    with pytest.raises(NotFound):
        catalog.show_item(bo, "secret falcon")


def test_names_are_unique_per_owner(any_hub: Hub) -> None:
    _, ann, bo = set_up(any_hub)
    for name in ("Net", " net ", "ＮＥＴ", "NET"):
        with pytest.raises(Conflict, match="you have a model called"):
            catalog.create_model(ann, {**NET, "model_name": name})
    catalog.create_model(bo, NET)
    with pytest.raises(Ambiguous) as raised:
        catalog.show_item(bo, "net")
    assert raised.value.hint == "say which: model ann/Net, model bo/Net"
    assert catalog.show_item(bo, "BO/net").owner == "bo"
    catalog.create_dataset(ann, {**TIDES, "ds_name": "Net Data"})
    catalog.create_dataset(bo, {**TIDES, "ds_name": "Secret"})
    catalog.create_model(bo, {**NET, "model_name": "Secret"})
    with pytest.raises(Ambiguous, match="several things"):
        catalog.show_item(bo, "secret")
    assert catalog.show_item(bo, "secret", kind="dataset").kind == "dataset"


def test_what_is_registered_is_the_callers_own(hub: Hub) -> None:
    root, ann, _ = set_up(hub)
    catalog.create_model(ann, {**NET, "model_name": "Mine", "visibility": "private", "arch_name": "LSTM"})
    mine = catalog.show_item(ann, "mine")
    assert (mine.owner, mine.record["authors"], mine.record["visibility"]) == ("ann", ["ann"], "private")
    assert mine.record["arch_name"] == "rnn"
    catalog.create_model(ann, {**NET, "model_name": "Credited", "authors": ["bo"], "owner": "ANN"})
    assert catalog.show_item(ann, "credited").record["authors"] == ["bo"]
    catalog.create_model(ann, {**NET, "model_name": "Uncredited", "authors": []})
    assert catalog.show_item(ann, "uncredited").record["authors"] == []
    for caller in (ann, root):
        with pytest.raises(Denied, match="your own"):
            catalog.create_model(caller, {**NET, "model_name": "Yours", "owner": "bo"})
    with pytest.raises(Denied, match="only a person"):
        catalog.create_dataset(access.system(hub), TIDES)
    with pytest.raises(Invalid, match="authors: there is no 'zed'"):
        catalog.create_model(ann, {**NET, "model_name": "Other", "authors": ["zed"]})
    with pytest.raises(Invalid, match="media: 'tx' is not one of"):
        catalog.create_dataset(ann, {**TIDES, "ds_name": "Other", "media": "tx"})
    people.grant_permission(root, "bo", "model.create", False)
    with pytest.raises(Denied):
        catalog.create_model(caller_for(hub, "bo"), NET)


def test_lists_are_searched_sorted_and_paged(any_hub: Hub) -> None:
    root, _, _ = set_up(any_hub)

    def names(**wanted: Any) -> list[str]:
        return [row["model_name"] for row in catalog.list_items(root, "model", **wanted).rows]

    assert names() == ["Net", "Open Falcon", "Secret Falcon"]
    assert names(search="falcon") == ["Open Falcon", "Secret Falcon"]
    assert names(search="BO") == ["Open Falcon"], "by owner"
    assert names(search="%") == []
    assert names(search="_") == []
    assert names(sort="param_num") == ["Net", "Secret Falcon", "Open Falcon"], "what is unknown comes last"
    assert names(sort="param_num", descending=True) == ["Secret Falcon", "Net", "Open Falcon"]
    assert names(sort="owner", descending=True)[0] == "Open Falcon"
    assert names(offset=1, limit=1) == ["Open Falcon"]
    assert names(offset=99) == []
    page = catalog.list_items(root, "model", limit=1)
    assert page.total == 3
    assert list(page.rows[0]) == [
        *("model_id", "model_name", "owner", "param_num", "media_type", "arch_name", "train_name", "description"),
        *("created_at", "visibility", "task"),
    ]
    with pytest.raises(Invalid) as raised:
        catalog.list_items(root, "model", sort="parm_num")
    assert "param_num" in raised.value.hint
    with pytest.raises(Invalid):
        catalog.list_items(root, "user")  # type: ignore[arg-type]


def test_a_misspelt_name_gets_proposals(demo_hub: Hub) -> None:
    alice = caller_for(demo_hub, "alice")
    for wrong, right in (("resnet-50", "resnet50"), ("bert-base-uncasd", "bert-base-uncased"), ("GPT 2", "gpt2")):
        with pytest.raises(NotFound) as raised:
            catalog.show_item(alice, wrong)
        assert f"'{right}'" in raised.value.hint, (wrong, raised.value.hint)
    for odd in ("", "/", "a/", "'; drop table model", "x" * 5000, "%", "\x00"):
        with pytest.raises(NotFound) as raised:
            catalog.show_item(alice, odd)
        assert len(raised.value.message) < 300


def test_the_schema_in_words_follows_the_metadata(demo_hub: Hub) -> None:
    alice = caller_for(demo_hub, "alice")
    text = catalog.describe(alice)
    for table, columns in access.READABLE.items():
        assert f"\n{table}: " in f"\n{text}"
        for column in columns:
            assert f"\n  {column} " in text
    assert "password_hash" not in text
    assert "name_key" not in text
    assert "audit" not in text
    assert "one of 'text', 'image', 'audio', 'video'" in text
    assert "references user.user_id" in text
    assert catalog.describe(alice, "CNN").startswith("cnn: ")
    with pytest.raises(NotFound) as raised:
        catalog.describe(alice, "modle")
    assert "model" in raised.value.hint
    with pytest.raises(NotFound):
        catalog.describe(alice, "audit_log")


def test_every_stored_value_has_its_spellings() -> None:
    closed = [column for table in Table.metadata.tables.values() for column in table.columns if "values" in column.info]
    assert len(closed) >= 8
    for column in closed:
        known = spellings(column)
        assert set(known.values()) == set(column.info["values"])
        for value, words in column.info["values"].items():
            for word in (value, value.upper(), *words):
                key = "".join(character for character in word.casefold() if character not in " -_")
                assert known[key] == value


def test_nearest_finds_what_looks_alike() -> None:
    assert nearest("imge", ["image", "text"], 1) == ["image"]
    assert nearest("zzz", ["image", "text"]) == []


def test_the_tables_refuse_what_the_rules_refuse(hub: Hub) -> None:
    set_up(hub)
    with hub.database.read() as db:
        owner = db.scalar(sa.select(User.user_id))
    good = {"ds_name": "raw", "name_key": "raw", "owner_id": owner, "media": "text", "visibility": "public"}
    for wrong in ({"media": "smell"}, {"visibility": "x"}, {"ds_size": -1}, {"owner_id": 999}, {"ds_name": None}):
        with pytest.raises(sa.exc.IntegrityError), hub.database.write() as db:
            db.execute(sa.insert(Dataset), [{**good, **wrong}])
