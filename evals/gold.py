"""The gold side of an evaluation: a catalogue file as the SQLite tables that one person may see.

Reads the records format by itself and knows nothing of the product's code, so that a mistake there cannot hide here.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Row = tuple[Any, ...]

SCHEMA = """
create table user (user_id integer primary key, user_name text, is_admin int, is_active int);
create table affil (affil_id integer primary key, affil_name text);
create table user_affil (user_id int, affil_id int);
create table dataset (ds_id integer primary key, ds_name text, owner_id int, ds_size int, media text, created_at text,
                      description text, visibility text);
create table dataset_task (ds_id int, task text);
create table ds_col (ds_id int, col_name text, col_datatype text);
create table user_dataset (user_id int, ds_id int);
create table model (model_id integer primary key, model_name text, owner_id int, param_num int, media_type text,
                    arch_name text, train_name text, description text, created_at text, visibility text);
create table model_task (model_id int, task_name text);
create table transformer (model_id int, decoder_num int, attn_size int, up_size int, down_size int, embed_size int);
create table cnn (model_id int, module_num int);
create table module (id integer primary key, model_id int, conv_size int, pool_type text);
create table rnn (model_id int, criteria text, batch_size int, input_size int);
create table model_author (model_id int, user_id int);
create table model_dataset (model_id int, ds_id int);
"""
TRAINING = {"pre": "pretrain", "fin": "finetune", "rei": "rl", "rl": "rl"}
KINDS = {
    "transformer": ("decoder_num", "attn_size", "up_size", "down_size", "embed_size"),
    "cnn": ("module_num",),
    "rnn": ("criteria", "batch_size", "input_size"),
}
TOLERANCE = 1e-6


def load_records(path: Path) -> dict[str, list[Record]]:
    """The catalogue file's four lists; a missing one is empty."""
    records = json.loads(path.read_text(encoding="utf-8"))
    return {key: records.get(key, []) for key in ("affiliation", "user", "dataset", "model")}


def open_gold(records: dict[str, list[Record]], person: str, loader: str) -> sqlite3.Connection:
    """A database in memory that holds only the rows `person` may see; items that name nobody belong to `loader`."""
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)

    def insert(table: str, *values: Any) -> None:
        db.execute(f"insert into {table} values ({','.join('?' * len(values))})", values)

    affils = {a["affil_name"]: i for i, a in enumerate(records["affiliation"], 1)}
    for name, number in affils.items():
        insert("affil", number, name)
    users: dict[str, int] = {}
    admins = {loader}
    for user in records["user"]:
        users[user["user_name"]] = number = len(users) + 1
        if user.get("is_admin"):
            admins.add(user["user_name"])
        insert("user", number, user["user_name"], int(user["user_name"] in admins), 1)
        named = user.get("affiliate") or []
        if user["user_name"] == loader:
            named = []  # was there before the file was loaded, and people who are there are skipped
        for name in [named] if isinstance(named, str) else named:
            insert("user_affil", number, affils[name])
    if loader not in users:
        users[loader] = len(users) + 1
        insert("user", users[loader], loader, 1, 1)

    def sees(record: Record, owner: str) -> bool:
        return record.get("visibility", "public") == "public" or owner == person or person in admins

    datasets: dict[str, int] = {}
    for number, ds in enumerate(records["dataset"], 1):
        owners = ds.get("owners") or []
        owner = owners[0] if owners else loader
        if not sees(ds, owner):
            continue
        datasets[ds["ds_name"]] = number
        insert(
            "dataset", number, ds["ds_name"], users[owner], ds.get("ds_size"), ds["media"].lower(),
            ds.get("created_at"), ds.get("description"), ds.get("visibility", "public"),
        )  # fmt: skip
        for task in ds.get("task") or []:
            insert("dataset_task", number, task.lower())
        for column in ds.get("columns") or []:
            insert("ds_col", number, column["col_name"], column["col_datatype"])
        for name in owners:
            insert("user_dataset", users[name], number)

    for number, model in enumerate(records["model"], 1):
        authors = model.get("authors") or []
        owner = authors[0] if authors else loader
        if not sees(model, owner):
            continue
        arch = model["arch_name"].lower()
        train = (model.get("train_name") or model["trainname"]).lower()
        insert(
            "model", number, model["model_name"], users[owner], model.get("param_num"), model["media_type"].lower(),
            arch, next(TRAINING[start] for start in TRAINING if train.startswith(start)), model.get("description"),
            model.get("created_at"), model.get("visibility", "public"),
        )  # fmt: skip
        insert(arch, number, *(model.get(field) for field in KINDS[arch]))
        for task in model.get("task") or []:
            insert("model_task", number, task.lower())
        for part in model.get("modules") or []:
            insert("module", None, number, part["conv_size"], part["pool_type"].lower())
        for name in authors:
            insert("model_author", number, users[name])
        for name in model.get("datasets") or []:
            if name in datasets:
                insert("model_dataset", number, datasets[name])
    return db


def run_gold(db: sqlite3.Connection, sql: str) -> tuple[list[str], list[Row]]:
    """Column names and rows of a gold query."""
    cursor = db.execute(sql)
    return [column[0] for column in cursor.description], cursor.fetchall()


def normalise_cell(value: Any) -> Any:
    """A cell in a form that compares equal however a backend wrote it: numbers, days, words without case."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    day = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", text)
    return day[1] if day else text.casefold()


def match_rows(
    gold: Sequence[Row], columns: list[str], answer: Sequence[Row], ordered: bool, key: list[str] | None, as_set: bool
) -> bool:
    """Whether some choice of the answer's columns holds the gold's rows, and in its order where `ordered`.

    `columns` are the gold's names; `key` names those whose order counts. Numbers may differ by a millionth.
    """
    ids: dict[Any, Any] = {}
    want = [tuple(share_cell(value, ids) for value in row) for row in gold]
    have = [tuple(share_cell(value, ids) for value in row) for row in answer]
    if not want or not have:
        return not want and not have
    if len(want) != len(have) and not as_set:
        return False

    def count(rows: list[Any]) -> Counter[Any]:
        return Counter(set(rows) if as_set else rows)

    width = len(have[0])
    fits = [
        [j for j in range(width) if count([row[j] for row in have]) == count([row[i] for row in want])]
        for i in range(len(columns))
    ]
    target = count(want)
    places = [columns.index(name) for name in key or () if name in columns] or list(range(len(columns)))

    def search(chosen: list[int]) -> bool:
        if len(chosen) == len(columns):
            if count([tuple(row[j] for j in chosen) for row in have]) != target:
                return False
            return not ordered or all([row[chosen[i]] for row in have] == [row[i] for row in want] for i in places)
        return any(search([*chosen, j]) for j in fits[len(chosen)] if j not in chosen)

    return search([])


def share_cell(value: Any, ids: dict[Any, Any]) -> Any:
    """The first value met that equals this one within the tolerance, so that rows can be hashed and counted."""
    value = normalise_cell(value)
    if not isinstance(value, int | float) or value in ids:
        return value
    for other in ids:
        if math.isclose(value, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            return other
    ids[value] = value
    return value
