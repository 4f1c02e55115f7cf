"""Where a table's rows come from: paged, sorted and exported again through the gate, with the rights of that moment.

A source is a small JSON object that travels to the browser and back, so nothing in it is trusted: it names what to run,
and the caller's own permissions decide what comes of it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from assistant.lists import LISTS, Asked
from hub import catalog, insights, query, records
from hub.access import Caller
from hub.errors import Invalid
from hub.items import SHAPES, Kind, Shape

Source = Mapping[str, Any]
Format = Literal["csv", "json"]

PAGE = 20
"""Rows a table shows at a time."""

_LONGEST = 20_000  # characters of a text in a source
_FORMULA = re.compile(r"^[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a source's rows, how many there are in all, and which columns they cannot be sorted by."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    total: int
    unsorted: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A file's content, and a sentence about what is in it."""

    name: str
    type: str
    text: str
    note: str


def from_query(sql: str) -> Source:
    """The rows of a checked SELECT."""
    return {"what": "query", "sql": sql}


def from_items(kind: str, search: str = "") -> Source:
    """The models or datasets that the caller sees, those with ``search`` in their name if given."""
    return {"what": "items", "kind": kind, "search": search}


def from_records() -> Source:
    """The whole catalogue, as ``openmodelhub load`` takes it."""
    return {"what": "records"}


def is_charted(source: Source) -> bool:
    """Whether the rows of a source can be charted, as they are those of a statement."""
    return source.get("what") in ("query", "items")


def as_sql(source: Source) -> str:
    """A SELECT for the rows of a source; ``Invalid`` when they are not rows of the catalogue."""
    match source.get("what"):
        case "query":
            return _text(source, "sql")
        case "items":
            return _items_sql(SHAPES[_kind(source)], _text(source, "search").strip())
    raise Invalid("there are no rows to chart", "ask a question first")


def _items_sql(shape: Shape, search: str) -> str:
    table = shape.table.name
    plain = [f"{table}.{column.name}" for column in shape.fields if column.name != "description"]
    shown = ", ".join([f"{table}.{shape.name.name}", "user.user_name AS owner", *plain])
    where = ""
    if search:
        word = "'" + search.lower().replace("'", "''") + "'"
        places = (f"{table}.{shape.name.name}", "user.user_name", f"{table}.description")
        where = " WHERE " + " OR ".join(f"INSTR(LOWER({place}), {word}) > 0" for place in places)
    return f"SELECT {shown} FROM {table} JOIN user ON user.user_id = {table}.{shape.owner.name}{where}"  # noqa: S608


def fetch_page(
    caller: Caller,
    source: Source,
    *,
    offset: int = 0,
    limit: int = PAGE,
    order_by: str | None = None,
    descending: bool = False,
) -> Page:
    """``limit`` rows of a source from ``offset`` on, in the order of a column; ``Invalid`` when it is no source."""
    offset, limit = max(0, int(offset)), max(1, min(int(limit), caller.hub.settings.query_rows))
    match source.get("what"):
        case "query":
            result = query.page_query(
                caller, _text(source, "sql"), offset=offset, limit=limit, order_by=order_by, descending=descending
            )
            return Page(result.columns, result.rows, result.total if result.total is not None else len(result.rows))
        case "items":
            kind = _kind(source)
            found = catalog.list_items(
                caller,
                kind,
                search=_text(source, "search"),
                sort=order_by or "name",
                descending=descending,
                offset=offset,
                limit=limit,
            )
            columns = _listed(kind)
            rows = [[_cell(row[column]) for column in columns] for row in found.rows]
            return Page(columns, rows, found.total, unsorted=("task",))
        case "insight":  # one that has no rows of the catalogue behind it
            drawn = insights.show_insight(caller, _text(source, "name"))
            return Page(drawn.columns, drawn.rows[offset : offset + limit], len(drawn.rows))
        case str(what) if what in LISTS:
            listed = LISTS[what](caller, source, Asked(offset, limit, order_by, descending))
            return Page(listed.columns, listed.rows, listed.total, listed.unsorted)
    raise Invalid("there are no rows to show", "ask the question again")


def write_file(caller: Caller, source: Source, format: Format) -> Written:
    """A source's rows as CSV or JSON, up to the row limit of one answer; the note says when there were more.

    In CSV a text that a spreadsheet would run as a formula gets an apostrophe in front; JSON keeps every value.
    """
    if format not in ("csv", "json"):
        raise Invalid("a file is written as CSV or JSON", "say csv or json")
    if source.get("what") == "records":
        data = records.export_records(caller)
        entries = sum(len(part) for part in data.values())
        return Written(f"{name_file(source)}.json", "application/json", _dump(data), f"{entries:,} records.")
    page = fetch_page(caller, source, limit=caller.hub.settings.query_rows)
    cut = page.total > len(page.rows)
    note = f"{len(page.rows):,} {'row' if len(page.rows) == 1 else 'rows'}."
    if cut:
        note = f"The file holds the first {len(page.rows):,} of {page.total:,} rows."
    name = name_file(source)
    if format == "csv":
        return Written(f"{name}.csv", "text/csv", write_csv(page.columns, page.rows), note)
    statement = {"sql": source["sql"]} if source["what"] == "query" else {}
    result = {**statement, "columns": list(page.columns), "rows": [list(row) for row in page.rows], "truncated": cut}
    return Written(f"{name}.json", "application/json", _dump(result), note)


def name_file(source: Source) -> str:
    """What a file with these rows is called, without its ending."""
    names = {
        "query": "result",
        "items": f"{source.get('kind')}s",
        "records": "openmodelhub",
        "insight": str(source.get("name")),
    }
    return names.get(source["what"]) or str(source["what"])


def write_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV (RFC 4180) that is safe to open in a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_defuse(column) for column in columns])
    writer.writerows([[_defuse(value) for value in row] for row in rows])
    return out.getvalue()


def _defuse(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and _FORMULA.match(value) else value


def _dump(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _listed(kind: Kind) -> list[str]:
    """The columns of a list of items: what fits in a line."""
    shape = SHAPES[kind]
    fields = (column.name for column in shape.fields if column.name not in ("description", "created_at"))
    return [shape.name.name, "owner", *fields, "task"]


def _cell(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else value


def _text(source: Source, key: str) -> str:
    value = source.get(key, "")
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise Invalid("there are no rows to show", "ask the question again")
    return value


def _kind(source: Source) -> Kind:
    kind = source.get("kind")
    if isinstance(kind, str) and kind in SHAPES:
        return cast("Kind", kind)
    raise Invalid("there are no rows to show", "ask the question again")
