"""Records in and out: one transaction, every spelling normalised, every mistake named by file, record and field."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import Account, AuditLog, Model, NameToken, Table, User
from hub import access, catalog, people, records
from hub.errors import Denied, Invalid
from hub.home import Hub
from hub.passwords import DEMO_PASSWORD
from secure.passwords import is_hash
from tests.conftest import DEMO, caller_for, settings_for

SMALL: dict[str, Any] = {
    "affiliation": [{"affil_name": "Northlake"}, {"affil_name": "Quill/Mark"}],
    "user": [
        {"user_name": "root", "password": "admin", "affiliate": None, "is_admin": True},
        {"user_name": "ann", "password": "x", "affiliate": "Northlake", "is_admin": False},
        {"user_name": "bo", "password_hash": "older-plain", "affiliate": ["northlake", "Quill/Mark"]},
    ],
    "dataset": [
        {
            "ds_name": "Tides",
            "ds_size": 10,
            "media": "Text",
            "task": ["classification"],
            "owners": ["ann", "bo"],
            "columns": [{"col_name": "b", "col_datatype": "int"}, {"col_name": "a", "col_datatype": "string"}],
        },
        {"ds_name": "Sands", "ds_size": None, "media": "speech", "task": None, "visibility": "private", "owner": "bo"},
    ],
    "model": [
        {
            "model_name": "Net-1",
            "param_num": 25557032,
            "media_type": "image",
            "arch_name": "CNN",
            "trainname": "pre-train",
            "task": ["Classification"],
            "authors": ["bo", "ann"],
            "datasets": ["tides"],
            "module_num": None,
            "modules": [{"conv_size": 3, "pool_type": "Max-Pool"}, {"conv_size": 1, "pool_type": "average"}],
            "decoder_num": None,
        },
        {
            "model_name": "Talk",
            "param_num": 1,
            "media_type": "audio",
            "arch_name": "Recurrent Neural Network",
            "train_name": "reinforcement learning",
            "criteria": "ctc",
            "batch_size": 20,
            "input_size": 80,
            "trainname": None,
        },
    ],
}


def load(hub: Hub, data: Any, source: str = "small.json") -> records.Summary:
    return records.load_records(access.system(hub), data, source=source)


def count(hub: Hub, table: Any) -> int:
    with hub.database.read() as db:
        return int(db.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def changed(**parts: Any) -> dict[str, Any]:
    """The small catalogue with one field set: ``model__1__param_num=-1``."""
    data = deepcopy(SMALL)
    for path, value in parts.items():
        section, number, *fields = path.split("__")
        record = data[section][int(number)]
        for field in fields[:-1]:
            record = record[int(field)] if field.isdecimal() else record[field]
        record[fields[-1]] = value
    return data


def test_spellings_are_normalised_and_every_part_is_stored(any_hub: Hub) -> None:
    summary = load(any_hub, SMALL)
    assert summary.loaded == {"affiliation": 2, "user": 3, "dataset": 2, "model": 2}
    assert not any(summary.skipped.values())
    root = caller_for(any_hub, "root")
    net = catalog.show_item(root, "net-1")
    assert net.owner == "bo", "the first author owns it"
    record = net.record
    assert (record["arch_name"], record["train_name"], record["media_type"]) == ("cnn", "pretrain", "image")
    assert record["module_num"] == 2, "counted from its modules where it was not given"
    assert record["modules"] == [{"conv_size": 3, "pool_type": "max"}, {"conv_size": 1, "pool_type": "avg"}]
    assert record["authors"] == ["ann", "bo"]
    assert record["datasets"] == ["Tides"]
    assert record["visibility"] == "public"
    talk = catalog.show_item(root, "Talk")
    assert talk.owner == "root", "who names nobody leaves it to the one who loads"
    assert talk.record["authors"] == []
    assert (talk.record["arch_name"], talk.record["train_name"]) == ("rnn", "rl")
    sands = catalog.show_item(root, "sands")
    assert (sands.owner, sands.record["media"], sands.record["visibility"]) == ("bo", "audio", "private")
    assert people.list_people(root, search="bo").rows[0]["affiliations"] == ["Northlake", "Quill/Mark"]


def test_a_second_load_skips_and_counts(any_hub: Hub) -> None:
    load(any_hub, SMALL)
    again = load(any_hub, SMALL)
    assert not any(again.loaded.values())
    assert again.skipped == {"affiliation": 2, "user": 3, "dataset": 2, "model": 2}
    assert count(any_hub, Model) == 2


def test_a_name_twice_in_one_file_counts_as_skipped(hub: Hub) -> None:
    data = deepcopy(SMALL)
    data["model"].append({**SMALL["model"][0], "model_name": "NET-1"})
    data["affiliation"].append({"affil_name": "northlake"})
    summary = load(hub, data)
    assert summary.loaded["model"] == 2
    assert summary.skipped == {"affiliation": 1, "user": 0, "dataset": 0, "model": 1}


def test_another_owner_may_have_the_same_name(hub: Hub) -> None:
    data = deepcopy(SMALL)
    data["model"].append({**SMALL["model"][0], "authors": ["ann"]})
    assert load(hub, data).loaded["model"] == 3
    data["dataset"].append({**SMALL["dataset"][0], "owners": ["bo"]})
    data["model"][-1]["model_name"] = "Net-2"
    assert load(hub, {**data, "model": data["model"][-1:]}).loaded == {
        "affiliation": 0,
        "user": 0,
        "dataset": 1,
        "model": 1,
    }, "the dataset meant is the owner's own"
    with pytest.raises(Invalid, match=r'model 1 \("Net-3"\): .tides. is the name of several things') as raised:
        load(hub, {"model": [{**SMALL["model"][0], "model_name": "Net-3", "authors": ["root"]}]})
    assert "ann/Tides" in raised.value.hint
    assert "bo/Tides" in raised.value.hint
    load(hub, {"model": [{**SMALL["model"][0], "model_name": "Net-3", "authors": ["root"], "datasets": ["bo/tides"]}]})
    shown = catalog.show_item(caller_for(hub, "root"), "net-3")
    assert shown.record["datasets"] == ["bo/Tides"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"model__0__media_type": "smell"}, r'small.json: model 1 \("Net-1"\): media_type: .smell. is not one of text, im'),
    ({"model__0__media_type": None}, r"media_type: a value is needed"),
    ({"model__0__param_num": -1}, r"param_num: -1 is below 0"),
    ({"model__0__param_num": 2**63}, r"param_num: 9223372036854775808 is above 9223372036854775807"),
    ({"model__0__param_num": 1.5}, r"param_num: 1.5 is not a whole number"),
    ({"model__0__param_num": "many"}, r"param_num: 'many' is not a whole number"),
    ({"model__0__param_num": True}, r"param_num: True is not a whole number"),
    ({"model__1__batch_size": 2**31}, r'model 2 \("Talk"\): batch_size: 2147483648 is above 2147483647'),
    ({"model__0__decoder_num": 3}, r"decoder_num: cnn models have no such field"),
    ({"model__1__modules": [{"conv_size": 1}]}, r"modules: rnn models have no modules"),
    ({"model__0__modules__1__pool_type": "puddle"}, r"modules 2: pool_type: 'puddle' is not one of max, min, avg"),
    ({"model__0__modules__1__size": 1}, r"modules 2: size: there is no such field"),
    ({"model__0__task": ["classification", "cooking"]}, r"task: 'cooking' is not one of"),
    ({"model__0__authors": ["bo", "nobody.here"]}, r"model 1 .*authors: there is no 'nobody.here'"),
    ({"model__0__datasets": ["Tidse"]}, r"datasets: there is no 'Tidse'"),
    ({"model__0__owner": "ghost"}, r"owner: there is no 'ghost'"),
    ({"model__0__train_name": "rl"}, r"trainname: says something else than train_name"),
    ({"model__0__model_name": ""}, r"small.json: model 1.*: model_name: a name is needed"),
    ({"model__0__model_name": "a/b"}, r"model_name: 'a/b' holds a slash"),
    ({"model__0__model_name": "x" * 191}, r"model_name: a name has at most 190 characters"),
    ({"model__0__model_name": "ﷺ" * 12}, r"model_name: a name has at most 190 characters"),
    ({"model__0__model_name": "a\u202eb"}, r"holds control or invisible characters"),
    ({"model__0__model_name": "\ud800"}, r"holds control or invisible characters"),
    ({"model__0__model_name": 7}, r"model 1: model_name: a name is needed, not 7"),
    ({"model__0__description": "x" * 10_001}, r"description: more than 10000 characters"),
    ({"model__0__description": "a\x00b"}, r"description: the text holds control characters"),
    ({"model__0__visibility": "sometimes"}, r"visibility: 'sometimes' is not one of public, private"),
    ({"model__0__created_at": "yesterday"}, r"created_at: 'yesterday' is not a date"),
    ({"model__0__created_at": "2024-02-30"}, r"created_at: '2024-02-30' is not a date"),
    ({"dataset__0__ds_size": 2**63}, r'dataset 1 \("Tides"\): ds_size: 9223372036854775808 is above'),
    ({"dataset__0__owners": ["ann", "gone"]}, r"dataset 1 .*owners: there is no 'gone'"),
    ({"dataset__0__columns__0__col_name": None}, r"columns 1: col_name: a value is needed"),
    ({"dataset__0__columns": ["a"]}, r"columns 1: an object with fields is needed, not 'a'"),
    ({"user__1__affiliate": "Nowhere"}, r'user 2 \("ann"\): affiliate: there is no .Nowhere.'),
    ({"user__1__is_admin": "maybe"}, r"is_admin: 'maybe' is neither true nor false"),
    ({"user__1__password_hash": "also"}, r"password_hash: there is a password too"),
    ({"user__1__password": 5}, r"password: text is needed"),
    ({"user__1__password": "p" * 1025}, r"password is longer than 1024 bytes"),
    ({"user__1__user_name": "a/b"}, r"user_name: 'a/b' holds a slash"),
    ({"user__1__pasword": "x"}, r"pasword: there is no such field"),
    ({"affiliation__1__affil_name": "a\nb"}, r"affiliation 2: affil_name: 'a\\nb' holds control"),
]


@pytest.mark.parametrize(
    ("parts", "message"), WRONG, ids=[next(iter(parts)) + str(i) for i, (parts, _) in enumerate(WRONG)]
)
def test_a_bad_record_is_named_and_nothing_is_kept(hub: Hub, parts: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        load(hub, changed(**parts))
    kept = [name for name, table in Table.metadata.tables.items() if not name.startswith(("audit", "hub_"))
            and count(hub, table)]  # fmt: skip
    assert kept == []
    with hub.database.read() as db:
        outcomes = list(db.scalars(sa.select(AuditLog.outcome)))
    assert "ok" not in outcomes
    if "p" * 1025 not in parts.values():  # found while hashing, before the gate is reached a second time
        assert outcomes == ["failed"]


@pytest.mark.mariadb
def test_a_bad_last_record_undoes_everything_on_mariadb(mariadb_hub: Hub) -> None:
    with pytest.raises(Invalid, match="model 1 "):
        load(mariadb_hub, changed(model__0__authors=["nobody"]))
    assert [count(mariadb_hub, table) for table in (Model, User, NameToken)] == [0, 0, 0]


def test_near_words_are_proposed(hub: Hub) -> None:
    for parts, near in (
        ({"user__1__pasword": "x"}, "password"),
        ({"model__0__media_type": "imagee"}, "image"),
        ({"model__0__datasets": ["Tidse"]}, "Tides"),
    ):
        with pytest.raises(Invalid) as raised:
            load(hub, changed(**parts))
        assert near in raised.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"model": [}', "odd.json: line 1, column 12"),
        ('{"model": [],\n "user": oops}', "odd.json: line 2, column 10"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"model": [], "model": []}', "the field 'model' stands twice"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 5000, "odd.json: "),
        ("", "line 1, column 1"),
    ],
)
def test_broken_json_is_located(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text, "utf-8")
    with pytest.raises(Invalid, match=message):
        records.read_records(file)


def test_files_that_are_no_text_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Invalid, match="not UTF-8"):
        records.read_records(tmp_path / "odd.json")
    with pytest.raises(Invalid, match="cannot be read"):
        records.read_records(tmp_path / "none.json")
    (tmp_path / "odd.json").write_text("\ufeff{}", "utf-8")
    assert records.read_records(tmp_path / "odd.json") == {}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "an object with the lists"),
        ({"models": []}, "models: there is no such field"),
        ({"model": {}}, "model: a list of records is needed"),
        ({"model": ["x"]}, "model 1: an object with fields is needed"),
    ],
)
def test_what_is_no_catalogue_is_refused(hub: Hub, data: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        load(hub, data)


def test_passwords_hashes_and_locked_accounts(any_hub: Hub) -> None:
    foreign = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$0123456789abcdefghijklmnopqrstuvwxyzABCDEF0"
    data = {
        "user": [
            {"user_name": "plain", "password": "pw"},
            {"user_name": "old", "password_hash": "pw-old"},
            {"user_name": "foreign", "password_hash": foreign, "is_admin": True},
            {"user_name": "other", "password_hash": foreign.replace("argon2id", "argon2i")},
            {"user_name": "none"},
            {"user_name": "demo", "password": DEMO_PASSWORD},
        ]
    }
    summary = load(any_hub, data)
    assert summary.locked == ["foreign", "other", "none"]
    with any_hub.database.read() as db:
        rows = {row.user_name: row for row in db.scalars(sa.select(User))}
        accounts = {row.user_id: row for row in db.scalars(sa.select(Account))}
    for name, password in (("plain", "pw"), ("old", "pw-old"), ("demo", DEMO_PASSWORD)):
        assert is_hash(rows[name].password_hash or "")
        assert any_hub.passwords.verify(rows[name].password_hash, password)
        assert rows[name].is_active
    for name in summary.locked:
        assert (rows[name].password_hash, rows[name].is_active) == (None, False)
        assert accounts[rows[name].user_id].must_change_password
    assert accounts[rows["demo"].user_id].demo_password
    assert rows["plain"].user_id not in accounts


def test_production_takes_no_demo_password(tmp_path: Path) -> None:
    from hub.home import open_hub

    hub = open_hub(settings_for(tmp_path / "production", hub_env="production"))
    with pytest.raises(Invalid, match="demo passwords"):
        load(hub, SMALL)
    hub.close()


def test_export_round_trips(any_hub: Hub, tmp_path: Path) -> None:
    load(any_hub, json.loads(DEMO.read_text("utf-8")), "demo.json")
    exported = records.export_records(caller_for(any_hub, "admin"))
    text = records.write_records(exported)
    assert "password" not in text
    assert "argon2" not in text
    assert {section: len(rows) for section, rows in exported.items()} == {
        "affiliation": 12,
        "user": 28,
        "dataset": 100,
        "model": 92,
    }
    from hub.home import open_hub

    second = open_hub(settings_for(tmp_path / "second"))
    people.first_admin(second, "first", "a long enough secret")
    load(second, json.loads(text), "export.json")
    again = records.export_records(caller_for(second, "first"))
    again["user"] = [user for user in again["user"] if user["user_name"] != "first"]
    assert again == exported
    second.close()


def test_only_who_may_loads_and_exports(demo_hub: Hub) -> None:
    alice = caller_for(demo_hub, "alice")
    for attempt in (lambda: records.load_records(alice, SMALL), lambda: records.export_records(alice)):
        with pytest.raises(Denied):
            attempt()
    with demo_hub.database.read() as db:
        last = db.execute(sa.select(AuditLog.action, AuditLog.outcome).order_by(AuditLog.seq.desc()).limit(2)).all()
    assert [tuple(row) for row in last] == [("records.export", "refused"), ("records.load", "refused")]


def test_a_person_who_loads_owns_what_names_no_owner(demo_hub: Hub) -> None:
    dana = caller_for(demo_hub, "dana")
    records.load_records(dana, {"model": [SMALL["model"][1]]}, source="one.json")
    assert catalog.show_item(dana, "Talk").owner == "dana"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2018-10-01", "2018-10-01 00:00:00"),
        ("2018-10-01 12:30", "2018-10-01 12:30:00"),
        ("2018-10-01T12:30:59.9Z", "2018-10-01 12:30:59"),
        ("2018-10-01T23:30:00-02:00", "2018-10-02 01:30:00"),
        ("2018-10", "2018-10-01 00:00:00"),
        ("2018", "2018-01-01 00:00:00"),
    ],
)
def test_dates_are_stored_in_utc(hub: Hub, given: str, stored: str) -> None:
    load(hub, changed(dataset__0__created_at=given))
    assert catalog.show_item(caller_for(hub, "root"), "tides").record["created_at"] == stored


def test_progress_goes_up_to_all(hub: Hub) -> None:
    seen: list[tuple[int, int]] = []
    records.load_records(
        access.system(hub), json.loads(DEMO.read_text("utf-8")), progress=lambda done, total: seen.append((done, total))
    )
    assert seen[0] == (0, 232)
    assert seen[-1] == (232, 232)
    assert seen == sorted(seen)


def test_loaded_names_are_indexed(hub: Hub) -> None:
    load(hub, SMALL)
    with hub.database.read() as db:
        rows = set(db.execute(sa.select(NameToken.table_name, NameToken.token)).tuples())
    assert {("model", "net"), ("dataset", "tides"), ("user", "ann"), ("affil", "northlake")} <= rows
