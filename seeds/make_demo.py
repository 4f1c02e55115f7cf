"""Writes seeds/demo.json from seeds/facts/*.csv: `python seeds/make_demo.py`, or `python -m seeds.make_demo`.

The tables hold every fact; here they are only joined, so that the same tables give the same bytes.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FACTS = HERE / "facts"
DEMO = HERE / "demo.json"
PASSWORD = "admin"  # of every demo user; a hub that still has it listens on loopback only

# The fields of each architecture, beside which a CNN has its modules.
SHAPE = {
    "transformer": ("decoder_num", "attn_size", "up_size", "down_size", "embed_size"),
    "cnn": ("module_num",),
    "rnn": ("criteria", "batch_size", "input_size"),
}

Row = dict[str, str]
Record = dict[str, Any]


def make_demo() -> str:
    """Gives the text of demo.json: four lists of records as `openmodelhub load` takes them, one record a line."""
    credit = {(row["kind"], row["name"]): row for row in read_facts("credits")}
    columns = group_rows("columns", "ds_name")
    modules = group_rows("modules", "model_name")
    records = {
        "affiliation": [{"affil_name": row["affil_name"]} for row in read_facts("affiliations")],
        "user": [describe_user(row) for row in read_facts("people")],
        "dataset": [
            describe_dataset(row, credit["dataset", row["ds_name"]], columns[row["ds_name"]])
            for row in read_facts("datasets")
        ],
        "model": [
            describe_model(row, credit["model", row["model_name"]], modules[row["model_name"]])
            for row in read_facts("models")
        ],
    }
    lists = (
        f"{json.dumps(kind)}: [\n" + ",\n".join(json.dumps(record, ensure_ascii=False) for record in rows) + "\n]"
        for kind, rows in records.items()
    )
    return "{\n" + ",\n".join(lists) + "\n}\n"


def describe_user(row: Row) -> Record:
    """Gives the record of one person; `affiliate` is a name, or a list of names where there are several."""
    affiliations = split_list(row["affiliations"])
    return {
        "user_name": row["user_name"],
        "password": PASSWORD,
        "affiliate": affiliations[0] if len(affiliations) == 1 else affiliations,
        "is_admin": row["is_admin"] == "yes",
    }


def describe_dataset(row: Row, credit: Row, columns: list[Row]) -> Record:
    """Gives the record of one dataset; `ds_size` counts rows, null where nobody published it."""
    return drop_unknown_date(
        {
            "ds_name": row["ds_name"],
            "ds_size": read_number(row["ds_size"]),
            "media": row["media"],
            "task": split_list(row["tasks"]),
            "created_at": first_day(row["created"]),
            "description": describe_origin(row["description"], row["publisher"]),
            "visibility": credit["visibility"],
            "owners": split_list(credit["people"]),
            "columns": [{"col_name": col["col_name"], "col_datatype": col["col_datatype"]} for col in columns],
        }
    )


def describe_model(row: Row, credit: Row, modules: list[Row]) -> Record:
    """Gives the record of one model with the fields of its architecture, null where they were not published."""
    record: Record = {
        "model_name": row["model_name"],
        "param_num": read_number(row["param_num"]),
        "media_type": row["media_type"],
        "arch_name": row["arch_name"],
        "train_name": row["train_name"],
        "task": split_list(row["tasks"]),
        "created_at": first_day(row["created"]),
        "description": describe_origin(row["description"], row["publisher"]),
        "visibility": credit["visibility"],
        "authors": split_list(credit["people"]),
        "datasets": split_list(row["trained_on"]),
    }
    for field in SHAPE[row["arch_name"]]:
        record[field] = (row[field] or None) if field == "criteria" else read_number(row[field])
    if row["arch_name"] == "cnn":
        record["modules"] = [
            {"conv_size": read_number(module["conv_size"]), "pool_type": module["pool_type"]} for module in modules
        ]
    return drop_unknown_date(record)


def read_facts(table: str) -> list[Row]:
    """Gives the rows of facts/TABLE.csv in file order; an unknown cell is an empty string."""
    with (FACTS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def group_rows(table: str, key: str) -> defaultdict[str, list[Row]]:
    """Gives the rows of a table by the named column, each group in file order."""
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in read_facts(table):
        groups[row[key]].append(row)
    return groups


def first_day(period: str) -> str | None:
    """Gives the ISO date a year, month or day begins with, and None for an empty cell."""
    return "-".join([*period.split("-"), "01", "01"][:3]) if period else None


def describe_origin(description: str, publisher: str) -> str:
    """Gives the description with whose work it is: the hub's owners are fictional, this is not."""
    return f"{description} Original work: {publisher}." if publisher else description


def drop_unknown_date(record: Record) -> Record:
    """Gives the record without `created_at` where it is unknown."""
    return {key: value for key, value in record.items() if key != "created_at" or value is not None}


def read_number(cell: str) -> int | None:
    """Gives the cell's whole number, and None for an empty cell."""
    return int(cell) if cell else None


def split_list(cell: str) -> list[str]:
    """Gives the parts of a cell that holds a list separated by semicolons."""
    return cell.split(";") if cell else []


if __name__ == "__main__":
    DEMO.write_text(make_demo(), encoding="utf-8", newline="\n")
