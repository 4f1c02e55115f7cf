"""Random statements, well formed and broken: the guard gives rows or a HubError, and never what is hidden."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from db.tables import Table
from hub.access import READABLE
from hub.errors import Invalid, QueryFailed, QueryRefused
from hub.query import page_query, run_query
from tests.hub.query_world import CANARY, NUMBER, World
from tests.hub.test_query import LEGIT
from tests.hub.test_query_attacks import ATTACKS

pytestmark = pytest.mark.soak
QUERY_SECONDS = 1
_NEVER = (CANARY.casefold(), "argon2", *(str(NUMBER + more) for more in range(3)))
_CORPUS = [case["sql"] for case in LEGIT] + [
    sql for name, category in ATTACKS.items() if "bomb" not in name for sql in category
]
_TABLES = st.sampled_from(
    [*READABLE, *READABLE, *Table.metadata.tables, "sqlite_master", "x", "information_schema.tables"]
)
_COLUMNS = st.sampled_from(
    sorted({column.name for table in Table.metadata.tables.values() for column in table.columns} | {"*", "rowid", "x"})
)
_ALIASES = st.sampled_from(["a", "b", "model", "user", "x"])
_TEXTS = st.sampled_from(
    ["'cnn'", "'a%'", "'\\'", "''''", "'2024-01-01'", "NULL", "1", "0.5", "-1", "TRUE", "''", '"x"']
)
_FUNCTIONS = st.one_of(
    st.sampled_from(
        ["count", "sum", "avg", "min", "max", "lower", "length", "coalesce", "round", "group_concat", "date"]
    ),
    st.sampled_from(
        ["strftime", "substr", "replace", "year", "ifnull", "nullif", "stddev", "concat", "hex", "group_concat"]
    ),
)
_OPERATORS = st.sampled_from(["=", "<>", "<", ">=", "+", "-", "*", "/", "%", "||", "AND", "OR", "LIKE", "IS", "IN"])


def _expressions(queries: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    plain = st.one_of(
        _COLUMNS, st.builds("{}.{}".format, _ALIASES, _COLUMNS), _TEXTS, st.builds('"{}"'.format, _COLUMNS)
    )
    return st.recursive(
        plain,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, _OPERATORS, inner),
            st.builds("{}({})".format, _FUNCTIONS, inner),
            st.builds("{}({}, {})".format, _FUNCTIONS, inner, inner),
            st.builds("{}(DISTINCT {})".format, _FUNCTIONS, inner),
            st.builds("{}({}) OVER (PARTITION BY {} ORDER BY {})".format, _FUNCTIONS, inner, inner, inner),
            st.builds("CASE WHEN {} THEN {} ELSE {} END".format, inner, inner, inner),
            st.builds("CAST({} AS {})".format, inner, st.sampled_from(["INTEGER", "TEXT", "REAL", "DATE", "BLOB"])),
            st.builds("{} IN ({})".format, inner, queries),
            st.builds("EXISTS ({})".format, queries),
            st.builds("({})".format, queries),
            st.builds("{} BETWEEN {} AND {}".format, inner, inner, inner),
            st.builds("{} IS NOT NULL".format, inner),
            st.builds("NOT {}".format, inner),
        ),
        max_leaves=4,
    )


def _queries() -> st.SearchStrategy[str]:
    def select(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        expressions = _expressions(inner)
        source = st.one_of(
            st.builds("{} {}".format, _TABLES, _ALIASES), _TABLES, st.builds("({}) {}".format, inner, _ALIASES)
        )
        join = st.builds(
            " {} JOIN {} {}".format,
            st.sampled_from(["", "LEFT", "RIGHT", "NATURAL", "CROSS"]),
            source,
            st.one_of(st.just(""), st.builds("ON {}".format, expressions), st.builds("USING ({})".format, _COLUMNS)),
        )
        tail = st.lists(
            st.one_of(
                st.builds(" WHERE {}".format, expressions),
                st.builds(" GROUP BY {}".format, expressions),
                st.builds(" HAVING {}".format, expressions),
                st.builds(" ORDER BY {} DESC".format, expressions),
                st.builds(" LIMIT {}".format, st.integers(-1, 5)),
            ),
            max_size=3,
        ).map(lambda parts: "".join(sorted(parts, key=lambda p: " WHERE GROUP HAVING ORDER LIMIT".find(p.split()[0]))))
        item = st.one_of(expressions, st.builds("{} AS {}".format, expressions, _ALIASES))
        one = st.builds(
            "SELECT {} FROM {}{}{}".format,
            st.lists(item, min_size=1, max_size=3).map(", ".join),
            source,
            st.lists(join, max_size=2).map("".join),
            tail,
        )  # fmt: skip
        words = st.sampled_from(["UNION", "UNION ALL", "INTERSECT", "EXCEPT"])
        return st.one_of(
            one,
            one,
            st.builds("{} {} {}".format, one, words, inner),
            st.builds("WITH {} AS ({}) {}".format, _ALIASES, inner, one),
        )

    base = st.builds("SELECT {} FROM {}".format, _COLUMNS, _TABLES)
    return st.recursive(base, select, max_leaves=3)


@st.composite
def _sensible(draw: Any) -> str:
    """A statement that the guard lets through: real columns, types that fit, aggregates where they belong."""

    def pick(*choices: Any) -> Any:
        return draw(st.sampled_from(choices))

    def column(sources: list[tuple[str, str]], numeric: bool) -> str:
        columns = [
            f"{alias}.{name}"
            for alias, table in sources
            for name in READABLE[table]
            if isinstance(Table.metadata.tables[table].c[name].type, sa.Integer) == numeric
        ]
        return pick(*columns) if columns else pick("1", "7") if numeric else "'x'"

    def number(sources: list[tuple[str, str]], depth: int) -> str:
        if depth == 0:
            return pick(column(sources, True), column(sources, True), "0", "2", "1.5", "NULL")
        one, two = number(sources, depth - 1), number(sources, depth - 1)
        words = text(sources, depth - 1)
        return pick(
            f"{one} + {two}", f"({one} - {two})", f"{one} * 2", f"{one} / 4", f"-{one}", f"length({words})",
            f"coalesce({one}, {two})", f"CASE WHEN {test(sources, depth - 1)} THEN {one} ELSE {two} END",
            f"ifnull({one}, 0)", f"nullif({one}, {two})", f"instr({words}, 'a')", f"({subquery(sources, depth - 1)})",
        )  # fmt: skip

    def text(sources: list[tuple[str, str]], depth: int) -> str:
        if depth == 0:
            return pick(column(sources, False), column(sources, False), "'a'", "'It''s'", "NULL")
        one, two = text(sources, depth - 1), text(sources, depth - 1)
        return pick(
            f"lower({one})", f"upper({one})", f"{one} || {two}", f"substr({one}, 2, 3)", f"replace({one}, 'e', '')",
            f"concat({one}, {two})", f"coalesce({one}, {two})", f"trim({one})", f"nullif({one}, {two})",
        )  # fmt: skip

    def test(sources: list[tuple[str, str]], depth: int) -> str:
        one, two = number(sources, max(0, depth - 1)), number(sources, max(0, depth - 1))
        words = text(sources, max(0, depth - 1))
        plain = pick(
            f"{one} < {two}", f"{one} = {two}", f"{one} IS NULL", f"{one} IN (1, 2, 3)", f"{one} BETWEEN 1 AND 5",
            f"{words} LIKE '%a%'", f"{words} IS NOT NULL", f"{words} < 'm'", f"{one} NOT IN (2, {two})",
            f"EXISTS ({query(1, sources)})", f"{one} IN ({query(1, sources)})",
        )  # fmt: skip
        if depth == 0:
            return plain
        return pick(plain, f"NOT ({plain})", f"({plain} AND {test(sources, 0)})", f"({plain} OR {test(sources, 0)})")

    def subquery(outer: list[tuple[str, str]], depth: int) -> str:
        table = pick(*READABLE)
        alias = f"s{len(outer)}{depth}"
        inner = [(alias, table)]
        what = pick("count(*)", f"max({column(inner, True)})")
        return f"SELECT {what} FROM {table} {alias} WHERE {column(inner, True)} > {column(outer, True)}"

    def query(width: int, outer: list[tuple[str, str]]) -> str:
        sources: list[tuple[str, str]] = []
        joined = ""
        for place in range(draw(st.integers(1, 2 if outer else 3))):
            table, alias = pick(*READABLE), f"t{len(outer)}{place}"
            sources.append((alias, table))
            if not joined:
                joined = f"{table} {alias}"
            else:
                on = f"{column(sources[:-1], True)} = {column(sources[-1:], True)}"
                joined += f" {pick('JOIN', 'LEFT JOIN', 'INNER JOIN')} {table} {alias} ON {on}"
        if outer:
            condition = f"{column(sources, True)} <> {column(outer, True)}"
            return f"SELECT {column(sources, True)} FROM {joined} WHERE {condition}"
        where = f" WHERE {test(sources, 1)}" if draw(st.booleans()) else ""
        if draw(st.booleans()):
            keys = [pick(column(sources, False), column(sources, True)) for _ in range(draw(st.integers(0, 2)))]
            values = [
                pick("count(*)", f"sum({number(sources, 0)})", f"avg({column(sources, True)})",
                     f"min({text(sources, 1)})", f"max({number(sources, 1)})", f"count(DISTINCT {text(sources, 0)})")
                for _ in range(width - len(keys))
            ]  # fmt: skip
            grouped = f" GROUP BY {', '.join(keys)} HAVING count(*) > {pick(0, 1)}" if keys else ""
            return f"SELECT {', '.join(keys[:width] + values)} FROM {joined}{where}{grouped}"
        items = [pick(number, text)(sources, 1) for _ in range(width)]
        return f"SELECT {pick('', 'DISTINCT ')}{', '.join(items)} FROM {joined}{where}"

    width = draw(st.integers(2, 3))
    one = query(width, [])
    return str(
        pick(
            one, one,
            f"SELECT x.* FROM ({one}) x",
            f"WITH w AS ({one}) SELECT count(*) FROM w",
            f"{one} UNION {query(width, [])}",
            f"{one} EXCEPT {query(width, [])}",
        )
    )  # fmt: skip


def _mutated() -> st.SearchStrategy[str]:
    """A known statement with its words shuffled, dropped, doubled or taken from another."""

    @st.composite
    def mutate(draw: Any) -> str:
        words = re.findall(r"\w+|\s+|'[^']*'|.", draw(st.sampled_from(_CORPUS)), re.DOTALL)
        others = re.findall(r"\w+|\s+|'[^']*'|.", draw(st.sampled_from(_CORPUS)), re.DOTALL)
        for _ in range(draw(st.integers(1, 4))):
            place = draw(st.integers(0, max(0, len(words) - 1)))
            match draw(st.integers(0, 4)):
                case 0:
                    del words[place : place + 1]
                case 1:
                    words[place:place] = words[place : place + 3]
                case 2:
                    words[place : place + 1] = [draw(st.sampled_from(others))]
                case 3:
                    start = draw(st.integers(0, len(others)))
                    words[place:place] = others[start : start + draw(st.integers(1, 12))]
                case _:
                    words.insert(place, draw(st.text(max_size=3)))
        return "".join(words)

    return mutate()


def _ask(world: World, sql: str) -> None:
    for run in (run_query, page_query):
        try:
            result = run(world.callers["ann"], sql)
            said = repr((result.columns, result.rows, result.notes))
        except (QueryRefused, QueryFailed, Invalid) as error:
            said = repr(error.as_json())
        said = said.casefold()
        if not any(secret in sql.casefold() for secret in _NEVER):
            assert not any(secret in said for secret in _NEVER), sql


@given(sql=_queries())
def test_random_statements(world: World, sql: str) -> None:
    _ask(world, sql)


@given(sql=_sensible())
def test_sensible_statements(world: World, sql: str) -> None:
    _ask(world, sql)


@given(sql=_mutated())
def test_mutated_statements(world: World, sql: str) -> None:
    _ask(world, sql)


@given(sql=st.text(max_size=200))
def test_random_text(world: World, sql: str) -> None:
    _ask(world, "SELECT " + sql)


def test_nothing_changed(world: World) -> None:
    with world.hub.database.read() as db:
        assert db.connection().exec_driver_sql("SELECT count(*) FROM model").scalar() == 12
