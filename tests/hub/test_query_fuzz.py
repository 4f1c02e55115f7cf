"""Random statements, well formed and broken: the guard gives rows or a HubError, and never what is hidden."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from db.tables import Table
from hub.access import READABLE
from hub.errors import HubError, QueryFailed, Unavailable
from hub.query import page_query, run_query
from tests.hub.query_world import CANARY, NUMBER, World
from tests.hub.test_query import LEGIT
from tests.hub.test_query_attacks import ATTACKS

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
_FUNCTIONS = st.sampled_from(
    [
        "count",
        "sum",
        "avg",
        "min",
        "max",
        "lower",
        "upper",
        "length",
        "coalesce",
        "round",
        "abs",
        "group_concat",
        "date",
        "strftime",
        "substr",
        "replace",
        "year",
        "ifnull",
        "nullif",
        "stddev",
        "concat",
        "hex",
        "sleep",
        "load_file",
        "randomblob",
        "row_number",
    ]
)
_OPERATORS = st.sampled_from(
    ["=", "<>", "<", ">=", "+", "-", "*", "/", "%", "||", "AND", "OR", "LIKE", "IS", "IN", "DIV"]
)


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
        one = st.builds(
            "SELECT {} FROM {}{}{}".format,
            st.lists(st.one_of(expressions, st.builds("{} AS {}".format, expressions, _ALIASES)), min_size=1, max_size=3)
            .map(", ".join),
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
        except (Unavailable, QueryFailed) as error:
            assert not isinstance(error, Unavailable), sql
            said = repr(error.as_json())
        except HubError as error:
            said = repr(error.as_json())
        said = said.casefold()
        if not any(secret in sql.casefold() for secret in _NEVER):
            assert not any(secret in said for secret in _NEVER), sql


@given(sql=_queries())
def test_random_statements(world: World, sql: str) -> None:
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
