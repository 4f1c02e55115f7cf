"""Finding: whatever a form says becomes a clear refusal, or a statement that finds what it should."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from db.tables import CATALOGUE, Table
from hub import finding, query
from hub.access import READABLE, Caller
from hub.errors import Invalid
from hub.finding import COMPARISONS, Condition, Search, entities, fields_of, write_search
from hub.home import Hub, open_hub
from tests.conftest import settings_for
from tests.hub.items_world import set_up
from tests.mariadb import MariaDB

AUTHOR = "model_author.model_id/model_author.user_id:user_name"
COLUMN = "model_dataset.model_id/model_dataset.ds_id/ds_col.ds_id:col_name"
TASK = "model_task.model_id:task_name"

Row = Mapping[str, Any]


class Place(NamedTuple):
    callers: tuple[Caller, ...]
    rows: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A small catalogue on each backend in turn; nothing here changes it."""
    home = tmp_path_factory.mktemp("finding") / "hub"
    if request.param == "sqlite":
        hub = open_hub(settings_for(home))
        yield _place(hub)
        hub.close()
        return
    server: MariaDB = request.getfixturevalue("mariadb_server")
    with server.fresh_database() as where:
        hub = open_hub(settings_for(home, **where))
        yield _place(hub)
        hub.close()


def _place(hub: Hub) -> Place:
    world = set_up(hub)
    with hub.database.read() as db:
        rows = {table.name: [dict(row) for row in db.execute(sa.select(table)).mappings()] for table in CATALOGUE}
    return Place(tuple(world), rows)


# --- the same search, worked out without SQL ------------------------------------------------------


def seen_by(place: Place, caller: Caller) -> dict[str, list[dict[str, Any]]]:
    """The rows a caller sees: items by their visibility, the rest by the items they refer to."""
    if caller.is_admin:
        return place.rows
    seen = {
        table: [row for row in place.rows[table] if row["visibility"] == "public" or row["owner_id"] == caller.user_id]
        for table in ("model", "dataset")
    }
    models = {row["model_id"] for row in seen["model"]}
    datasets = {row["ds_id"] for row in seen["dataset"]}
    for table, rows in place.rows.items():
        if table not in seen:
            seen[table] = [
                row
                for row in rows
                if row.get("model_id", None) in {None, *models} and row.get("ds_id", None) in {None, *datasets}
            ]
    return seen


def follow(rows: Mapping[str, list[dict[str, Any]]], table: str, row: Row, way: str) -> list[tuple[str, Row]]:
    """The rows at the end of a way of foreign keys, as a field's name says it."""
    here: list[tuple[str, Row]] = [(table, row)]
    for step in way.split("/") if way else ():
        there = []
        home, column = step.split(".")
        (key,) = Table.metadata.tables[home].c[column].foreign_keys
        for at, one in here:
            target, other = (key.column.table.name, key.column.name) if at == home else (home, column)
            value = one[column] if at == home else one[key.column.name]
            there += [(target, each) for each in rows[target] if each[other] == value]
        here = there
    return here


def holds(value: Any, kind: str, comparison: str, wanted: str) -> bool:
    if comparison == "known" or value is None:
        return comparison == "known" and value is not None
    if kind == "flag":
        return bool(value) == (wanted == "yes")
    if kind == "moment":
        day, asked = str(value)[:10], f"{wanted}{'-01-01'[: 10 - len(wanted)] if len(wanted) == 4 else ''}"
        return {"is": day == asked, "gt": day > asked, "ge": day >= asked, "lt": day < asked, "le": day <= asked}[
            comparison
        ]
    if kind == "number":
        number = {"1k": 1000, "1e1": 10, "2.5": 2.5}.get(wanted) or float(wanted)
        return {"is": value == number, "gt": value > number, "ge": value >= number, "lt": value < number,
                "le": value <= number}[comparison]  # fmt: skip
    text, asked = str(value).lower(), wanted.strip().lower()
    return {"is": text == asked, "contains": asked in text, "begins": text.startswith(asked)}[comparison]


def meets(rows: Mapping[str, list[dict[str, Any]]], entity: str, row: Row, condition: Condition) -> bool:
    kind = fields_of(entity)[condition.field].kind
    opposites = {"isnt": "is", "lacks": "contains", "unknown": "known"}
    comparison = opposites.get(condition.comparison, condition.comparison)
    way, _, column = condition.field.rpartition(":")
    ends = follow(rows, entity, row, way)
    any_of = any(holds(each[column], kind, comparison, condition.value) for _, each in ends)
    return any_of != (condition.comparison in opposites)


def work_out(place: Place, caller: Caller, search: Search) -> list[tuple[Any, ...]]:
    """Every row that the search finds, in no order."""
    rows = seen_by(place, caller)
    shown = list(dict.fromkeys(search.fields))
    found = []
    for row in rows[search.entity]:
        met = [meets(rows, search.entity, row, condition) for condition in search.conditions]
        if met and not (any(met) if search.any_of else all(met)):
            continue
        for chosen in join(rows, search.entity, row, sorted({name.rpartition(":")[0] for name in shown} - {""})):
            line = []
            for name in shown:
                way, _, column = name.rpartition(":")
                at = chosen.get(way) if way else row
                line.append(plain(at[column]) if at is not None else None)
            found.append(tuple(line))
    return found


def join(
    rows: Mapping[str, list[dict[str, Any]]], entity: str, row: Row, ways: list[str]
) -> Iterator[dict[str, Row | None]]:
    """Each way to choose one row at every place that is shown; ways that begin alike choose the same row there."""
    if not ways:
        yield {}
        return
    first = ways[0]
    steps = first.split("/")
    grouped = [way for way in ways if way.split("/")[0] == steps[0]]
    others = [way for way in ways if way not in grouped]
    ends = follow(rows, entity, row, steps[0]) or [("", {})]
    for (table, end), rest in product(ends, list(join(rows, entity, row, others))):
        inner = ["/".join(way.split("/")[1:]) for way in grouped]
        below = sorted({way for way in inner if way})
        if not table:
            yield {**dict.fromkeys(grouped), **rest}
            continue
        for deeper in join(rows, table, end, below):
            yield {**{way: end for way in grouped if way == steps[0]},
                   **{f"{steps[0]}/{way}": one for way, one in deeper.items()}, **rest}  # fmt: skip


def plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else value


# --- any search -----------------------------------------------------------------------------------

ODD = (
    "",
    "  ",
    "'; DROP TABLE model --",
    "%",
    "_",
    "!",
    "a\nb",
    "é",
    "x" * 150,
    "1e999",
    "-1",
    "2.5",
    "1k",
    "yes",
    "\\",
)
VALUES = {
    "text": ("net", "T", "tides", "ann", "height", "%", "'", "!_", "GRID", "a grid"),
    "number": ("0", "30", "8", "1k", "1e1", "2.5", "3"),
    "moment": ("2020-01-02", "2020", "2030-01-01", "2020-01-03"),
    "flag": ("yes", "no"),
}


@st.composite
def searches(draw: st.DrawFn, *, odd: bool = False) -> Search:
    entity = draw(st.sampled_from(sorted(entities())))
    names = sorted(fields_of(entity))
    near = [name for name in names if ":" not in name]
    conditions = []
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(near) | st.sampled_from(names))
        kind = fields_of(entity)[name].kind
        comparison = draw(st.sampled_from(sorted(COMPARISONS[kind])))
        own = fields_of(entity)[name].column.info.get("values")
        value = draw(st.sampled_from(sorted(own) if own else VALUES[kind]))
        if odd and draw(st.booleans()):
            name = draw(st.sampled_from([*names, "password_hash", "owner_id", "x;y", ""]))
            comparison = draw(st.sampled_from(["is", "gt", "contains", "known", "like", ""]))
            value = draw(st.sampled_from(ODD) | st.text(max_size=20))
        conditions.append(Condition(name, comparison, value))
    fields = draw(st.lists(st.sampled_from(near) | st.sampled_from(names), min_size=1, max_size=4))
    if odd and draw(st.booleans()):
        fields.append(draw(st.sampled_from(["password_hash", "name_key", "model.param", "*", "nothing:here"])))
    sort = draw(st.sampled_from(["", *near, *(names if odd else fields)]))
    return Search(
        entity,
        fields,
        conditions,
        draw(st.booleans()),
        sort,
        draw(st.booleans()),
        draw(st.sampled_from([0, 0, 0, 2, 5])),
    )


@given(search=searches(), who=st.integers(0, 2))
def test_a_search_finds_what_it_should_for_each_person(place: Place, search: Search, who: int) -> None:
    caller = place.callers[who]
    result = query.run_query(caller, write_search(search), strict=False)
    expected = Counter(work_out(place, caller, search))
    found = Counter(tuple(row) for row in result.rows)
    if search.limit:
        assert found <= expected
        assert found.total() == min(search.limit, expected.total())
    else:
        assert found == expected
    shown = list(dict.fromkeys(search.fields))
    if search.sort in shown:
        values = [row[shown.index(search.sort)] for row in result.rows]
        known = [value for value in values if value is not None]
        assert values == known + [None] * (len(values) - len(known)), "what is unknown comes last"
        assert known == sorted(known, reverse=search.descending)


@given(search=searches(odd=True))
def test_whatever_a_form_says_is_refused_clearly_or_runs(place: Place, search: Search) -> None:
    statement, refusal = None, None
    try:
        statement = write_search(search)
    except Invalid as error:
        refusal = error
    if statement is None:
        assert refusal is not None
        assert all((refusal.message, refusal.hint))
    else:
        assert "password_hash" not in statement
        query.run_query(place.callers[1], statement, strict=False)


# --- single cases ---------------------------------------------------------------------------------


def test_what_can_be_looked_for_is_what_people_may_read() -> None:
    assert list(entities()) == ["model", "dataset", "user", "affil"]
    for entity in entities():
        titles = [each.title for each in fields_of(entity).values()]
        assert len(set(titles)) == len(titles), "no two fields are called alike"
        for each in fields_of(entity).values():
            assert each.column.name in READABLE[each.column.table.name]
    assert fields_of("model")[AUTHOR].title == "author › User"
    assert fields_of("model")[COLUMN].title == "training dataset › column › Column"


def test_both_tasks_are_asked_for_by_two_conditions(place: Place) -> None:
    both = [Condition(TASK, "is", "detection"), Condition(TASK, "is", "classify")]
    rows = query.run_query(place.callers[1], write_search(Search("model", ["model_name"], both))).rows
    assert rows == [["Grid"]]
    neither = [Condition(TASK, "isnt", "detection"), Condition(TASK, "unknown")]
    rows = query.run_query(place.callers[1], write_search(Search("model", ["model_name"], neither))).rows
    assert rows == [["Net"], ["Echo"], ["Wave"]]


def test_columns_that_are_called_alike_say_what_they_are_of(place: Place) -> None:
    search = Search("model", ["model_name", "model.owner_id:user_name", AUTHOR])
    result = query.run_query(place.callers[1], write_search(search))
    assert result.columns == ["model_name", "owner_user_name", "author_user_name"]


@pytest.mark.parametrize(
    ("search", "said"),
    [
        (Search("audit_log"), "nothing called 'audit_log'"),
        (Search("model", ["param"]), "no field 'param'"),
        (Search("model", sort=AUTHOR), "is not shown"),
        (Search("model", limit=5000), "at most 1000 rows"),
        (Search("model", limit=-1), "at most 1000 rows"),
        (Search("model", conditions=[Condition("param_num", "gt", "many")]), "'many' is no number"),
        (Search("model", conditions=[Condition("param_num", "gt", "1e30")]), "too large"),
        (Search("model", conditions=[Condition("param_num", "gt")]), "a value to compare with is needed"),
        (Search("model", conditions=[Condition("param_num", "contains", "1")]), "no such comparison"),
        (Search("model", conditions=[Condition("media_type", "is", "smell")]), "is not one of its values"),
        (Search("model", conditions=[Condition("created_at", "ge", "2023-02-29")]), "is no day"),
        (Search("user", conditions=[Condition("is_admin", "is", "perhaps")]), "neither yes nor no"),
        (Search("model", conditions=[Condition("model_name", "is", "x")] * 13), "at most 12 conditions"),
        (Search("model", sorted(fields_of("model"))[:21]), "at most 20 fields"),
    ],
)
def test_what_makes_no_sense_is_said(search: Search, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        write_search(search)
    assert said in refused.value.message
    assert refused.value.hint


def test_the_largest_search_passes_the_guard(place: Place) -> None:
    far = [name for name in fields_of("model") if name.count("/") >= 2]
    ways: dict[str, str] = {name.rpartition(":")[0]: name for name in far}
    chosen = random.Random(4).sample(sorted(ways.values()), finding.MOST_LINKS)
    conditions = [Condition(name, "known") for name in (chosen * 2)[: finding.MOST_CONDITIONS]]
    assert query.run_query(place.callers[1], write_search(Search("model", chosen, conditions)), strict=False).columns
