"""From a tree to the SQL that runs: every node is known or the statement is refused, every name is resolved.

What comes out holds no word of the person's but escaped literals: tables appear as marks that ``fill`` replaces with
the rows of one caller, columns and aliases under names of our own. So a name cannot mean one thing to the checker and
another to the database.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import sqlalchemy as sa
from rapidfuzz import process
from sqlglot import exp

from db.tables import CATALOGUE, Table
from hub.access import READABLE, readable_columns
from hub.errors import QueryRefused
from hub.query.functions import BARE, FUNCTIONS, Function, literal_text
from hub.query.grammar import MAX_NAME, not_select, parse, show, too_complex

MAX_JOINS = 24
MAX_SQL = 300_000  # characters of what runs, before the caller's rows are filled in

_TABLES: Mapping[str, sa.Table] = {table.name: table for table in CATALOGUE}
_TAKEN = frozenset(Table.metadata.tables)
_COLUMN_NAMES = frozenset(column.name for table in Table.metadata.tables.values() for column in table.columns)
_NUMBER = re.compile(r"\d{1,30}(\.\d{0,30})?(e[+-]?\d{1,3})?|\.\d{1,30}", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


How = Literal["equal", "order", "like", "pattern"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A text that a statement compares with a column of the catalogue."""

    column: sa.Column[Any]
    text: str
    folded: str  # "lower" or "upper" where the column's letters are made so first
    how: How  # like: no wildcards, but without regard to case


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement that may run once ``fill`` has put in one caller's rows; the same for every caller."""

    shown: str
    body: str
    columns: tuple[str, ...]
    names: tuple[str, ...]  # of the columns, in the SQL
    tables: frozenset[str]
    comparisons: tuple[Comparison, ...]
    limit: int | None
    offset: int

    def fill(self, rows_of: Callable[[str], str]) -> str:
        """The SQL to run, each table replaced by the subquery ``rows_of`` gives for it."""
        return re.sub("\x00(\\w+)\x00", lambda mark: rows_of(mark[1]), self.body)


def check(sql: str, is_sqlite: bool) -> Checked:
    """Read and check a statement for one backend; ``QueryRefused`` says what is wrong with it."""
    tree = parse(sql)
    try:
        return _Compiler(is_sqlite).statement(tree)
    except RecursionError:
        raise too_complex() from None


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that can be named: how a person says it, how the SQL says it, and where in the catalogue it is from."""

    name: str
    sql: str
    origin: sa.Column[Any] | None = None


@dataclass(slots=True)
class _Source:
    """One entry of FROM: its name to the person and to the SQL, its columns by lower-case name (None: ambiguous)."""

    name: str
    alias: str
    columns: dict[str, _Column | None]
    table: sa.Table | None = None
    merged: set[str] = field(default_factory=set)  # columns that USING took together with an earlier source's

    def sql(self, column: _Column) -> str:
        return f"{self.alias}.{column.sql}"


@dataclass(slots=True)
class _Scope:
    """What names mean within one SELECT."""

    parent: _Scope | None
    ctes: dict[str, _Source]
    sources: list[_Source] = field(default_factory=list)
    aliases: dict[str, _Output] = field(default_factory=dict)
    windows: dict[str, exp.Window] = field(default_factory=dict)
    clause: str = "from"
    inside_aggregate: int = 0
    aggregates: bool = False
    groups: set[str] = field(default_factory=set)
    bare: dict[str, tuple[_Source, _Column]] = field(default_factory=dict)
    equal: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Output:
    """One column of a SELECT's result."""

    name: str
    sql: str
    alias: str
    origin: sa.Column[Any] | None = None
    node: exp.Expression | None = None
    bare: dict[str, tuple[_Source, _Column]] = field(default_factory=dict)
    aggregate: bool = False


def refuse(code: str, message: str, hint: str) -> QueryRefused:
    return QueryRefused(message, hint, code=code)


def _clip(name: object) -> str:
    text = str(name)
    return text if len(text) <= 60 else text[:57] + "..."


def _near(name: str, known: Sequence[str]) -> list[str]:
    return [found[0] for found in process.extract(name, known, limit=3, score_cutoff=60)]


_OPERATORS: Mapping[type[exp.Expression], str] = {
    exp.And: "AND", exp.Or: "OR", exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Mod: "%",
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip
_COMPARES = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_JOINS = {
    ("", "", ""): "JOIN", ("", "", "INNER"): "JOIN", ("", "", "CROSS"): "JOIN",
    ("", "LEFT", ""): "LEFT JOIN", ("", "LEFT", "OUTER"): "LEFT JOIN",
    ("", "RIGHT", ""): "RIGHT JOIN", ("", "RIGHT", "OUTER"): "RIGHT JOIN",
}  # fmt: skip
_TYPES: Mapping[exp.DType, tuple[str, str]] = {
    **dict.fromkeys((exp.DType.INT, exp.DType.BIGINT, exp.DType.SMALLINT, exp.DType.TINYINT, exp.DType.UBIGINT, exp.DType.UINT, exp.DType.BOOLEAN), ("CAST({0} AS INTEGER)", "CAST({0} AS SIGNED)")),
    **dict.fromkeys((exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.BIGDECIMAL), ("CAST({0} AS REAL)", "CAST({0} AS DOUBLE)")),
    **dict.fromkeys((exp.DType.TEXT, exp.DType.CHAR, exp.DType.VARCHAR, exp.DType.NCHAR, exp.DType.NVARCHAR), ("CAST({0} AS TEXT)", "CAST({0} AS CHAR)")),
    exp.DType.DATE: ("date({0})", "DATE({0})"),
    **dict.fromkeys((exp.DType.DATETIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ), ("datetime({0})", "CAST({0} AS DATETIME)")),
}  # fmt: skip
_UNITS = {
    **{unit: (1, unit) for unit in ("second", "minute", "hour", "day", "month", "year")},
    "week": (7, "day"), "quarter": (3, "month"),
}  # fmt: skip
_FOLDS = {"lower": "lower", "lcase": "lower", "upper": "upper", "ucase": "upper"}
_FRAME = re.compile(r"UNBOUNDED|CURRENT ROW|\d{1,9}")


class _Compiler:
    """Compiles one statement. Methods named after a node type are the allow-list: other nodes are refused."""

    def __init__(self, is_sqlite: bool) -> None:
        self.is_sqlite = is_sqlite
        self.tables: set[str] = set()
        self.comparisons: list[Comparison] = []
        self.cte_names: set[str] = set()
        self.joins = 0
        self.numbered = 0
        self.size = 0

    # --- statements ---

    def statement(self, tree: exp.Query) -> Checked:
        while type(tree) is exp.Subquery and not any(value for key, value in tree.args.items() if key != "this"):
            tree = tree.this
        limit, offset = _bound(tree.args.get("limit")), _bound(tree.args.get("offset")) or 0
        body, outputs = self.query(tree, None, {}, top=True)
        columns = tuple(output.name for output in outputs)
        names = tuple(output.alias for output in outputs)
        tables, comparisons = frozenset(self.tables), tuple(self.comparisons)
        return Checked(show(tree), body, columns, names, tables, comparisons, limit, offset)

    def query(
        self, node: exp.Expression, parent: _Scope | None, ctes: dict[str, _Source], *, top: bool = False
    ) -> tuple[str, list[_Output]]:
        """The SQL of a query and its result columns; ``top`` leaves LIMIT and OFFSET to whoever runs it."""
        if type(node) is exp.Select:
            return self.select(node, parent, ctes, top)
        if type(node) in (exp.Union, exp.Intersect, exp.Except):
            return self.set_operation(node, parent, ctes, top)
        if type(node) is exp.Subquery:
            self.only(node, "this", "with_", "order", "limit", "offset")
            head, ctes = self.with_(node, parent, ctes)
            inner, outputs = self.query(node.this, parent, ctes)
            if not any(node.args.get(key) for key in ("with_", "order", "limit", "offset")):
                return inner, outputs
            alias = self.fresh("t")
            return self.ordered(node, f"{head}SELECT * FROM ({inner}) AS {alias}", outputs, top), outputs
        raise not_select()

    def with_(
        self, node: exp.Expression, parent: _Scope | None, ctes: dict[str, _Source]
    ) -> tuple[str, dict[str, _Source]]:
        clause = node.args.get("with_")
        if clause is None:
            return "", ctes
        self.only(clause, "expressions", "recursive")
        if clause.args.get("recursive"):
            raise refuse("too_complex", "recursive queries are not run", "ask without WITH RECURSIVE")
        ctes, parts = dict(ctes), []
        for cte in clause.expressions:
            self.only(cte, "this", "alias")
            name = self.name(cte.args["alias"].this)
            if name in _TAKEN or name.startswith(("sqlite_", "mysql")):
                raise refuse("cte_name", f"a WITH query cannot be called {_clip(name)}", "give it another name")
            if name in self.cte_names:
                raise refuse("cte_name", f"two WITH queries are called {_clip(name)}", "give them different names")
            inner, outputs = self.query(cte.this, parent, ctes)
            self.cte_names.add(name)
            alias = self.fresh("q")
            ctes[name] = _Source(name, alias, self.columns_of(outputs, cte.args["alias"]))
            parts.append(f"{alias} AS ({inner})")
        return f"WITH {', '.join(parts)} ", ctes

    def set_operation(
        self, node: exp.Expression, parent: _Scope | None, ctes: dict[str, _Source], top: bool
    ) -> tuple[str, list[_Output]]:
        self.only(node, "with_", "this", "expression", "distinct", "order", "limit", "offset")
        everything = not node.args.get("distinct")
        if everything and type(node) is not exp.Union:
            raise refuse("parse", f"{node.key.upper()} ALL is not supported", f"use {node.key.upper()}")
        head, ctes = self.with_(node, parent, ctes)
        left, outputs = self.member(node.this, node, parent, ctes)
        right, others = self.member(node.args["expression"], None, parent, ctes)
        if len(outputs) != len(others):
            raise refuse("parse", "the two sides have different numbers of columns", "select as many on either side")
        for output, other in zip(outputs, others, strict=True):
            if output.origin is not other.origin:
                output.origin = None
        word = node.key.upper() + (" ALL" if everything else "")
        return self.ordered(node, f"{head}{left} {word} {right}", outputs, top), outputs

    def member(
        self, node: exp.Expression, chain: exp.Expression | None, parent: _Scope | None, ctes: dict[str, _Source]
    ) -> tuple[str, list[_Output]]:
        # The backends disagree on precedence and on parentheses, so all but a plain SELECT is wrapped.
        sql, outputs = self.query(node, parent, ctes)
        while type(node) is exp.Subquery:
            chain = None
            if any(node.args.get(key) for key in ("with_", "order", "limit", "offset")):
                break
            node = node.this
        plain = type(node) is exp.Select and not any(node.args.get(k) for k in ("with_", "order", "limit", "offset"))
        same = (
            chain is not None
            and type(node) is type(chain)
            and type(node) is exp.Union
            and node.args.get("distinct") == chain.args.get("distinct")
            and not any(node.args.get(key) for key in ("with_", "order", "limit", "offset"))
        )
        return (sql, outputs) if plain or same else (f"SELECT * FROM ({sql}) AS {self.fresh('t')}", outputs)

    def ordered(self, node: exp.Expression, body: str, outputs: list[_Output], top: bool) -> str:
        """The query with its ORDER BY over result columns alone, and its LIMIT."""
        order = node.args.get("order")
        if order:
            self.only(order, "expressions")
            scope = _Scope(None, {}, clause="order")
            for output in outputs:
                scope.aliases.setdefault(output.name.lower(), output)
            body += " ORDER BY " + ", ".join(self.order_term(term, scope, outputs) for term in order.expressions)
        return body + ("" if top else self.limit(node))

    def limit(self, node: exp.Expression) -> str:
        limit, offset = _bound(node.args.get("limit")), _bound(node.args.get("offset"))
        if limit is None and not offset:
            return ""
        return f" LIMIT {limit if limit is not None else 2**62} OFFSET {offset or 0}"

    def select(
        self, node: exp.Select, parent: _Scope | None, ctes: dict[str, _Source], top: bool
    ) -> tuple[str, list[_Output]]:
        self.only(
            node,
            *("with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "windows"),
            *("order", "limit", "offset"),
        )
        head, ctes = self.with_(node, parent, ctes)
        scope = _Scope(parent, ctes)
        source = self.from_(node, scope)
        scope.windows = {self.name(window.this): window for window in node.args.get("windows") or ()}
        scope.clause = "select"
        outputs = self.projections(node, scope)
        where = self.where(node, scope)
        group = self.group(node, scope, outputs)
        having = self.having(node, scope)
        order = self.select_order(node, scope, outputs)
        if node.args.get("group") or scope.aggregates:
            group += self.dependent_columns(scope, outputs, group)
        distinct = node.args.get("distinct")
        if distinct:
            self.only(distinct)
        parts = [f"{head}SELECT {'DISTINCT ' if distinct else ''}"]
        parts.append(", ".join(f"{output.sql} AS {output.alias}" for output in outputs))
        parts += [source, where, f" GROUP BY {', '.join(group)}" if group else "", having, order]
        if not top:
            parts.append(self.limit(node))
        return self.sized("".join(parts)), outputs

    # --- clauses ---

    def from_(self, node: exp.Select, scope: _Scope) -> str:
        clause = node.args.get("from_")
        if clause is None:
            if node.args.get("joins"):
                raise refuse("parse", "JOIN needs a FROM before it", "name the first table in FROM")
            return ""
        self.only(clause, "this")
        if type(clause.this) is exp.Table and self.is_dual(clause.this) and not node.args.get("joins"):
            return ""
        sql = " FROM " + self.source(clause.this, scope)
        for join in node.args.get("joins") or ():
            sql += self.join(join, scope)
        return sql

    @staticmethod
    def is_dual(table: exp.Table) -> bool:
        return table.name.lower() == "dual" and not any(v for k, v in table.args.items() if k != "this")

    def join(self, join: exp.Expression, scope: _Scope) -> str:
        self.only(join, "this", "on", "side", "kind", "using", "method")
        self.joins += 1
        if self.joins > MAX_JOINS:
            raise too_complex("the statement joins too many tables", f"use at most {MAX_JOINS} joins")
        key = tuple(str(join.args.get(part) or "").upper() for part in ("method", "side", "kind"))
        if key[0] == "NATURAL":
            raise refuse("join", "NATURAL JOIN is not supported", "say which columns are equal with ON or USING")
        word = _JOINS.get(key)  # type: ignore[call-overload]
        if word is None:
            raise refuse("join", f"{_clip(' '.join(filter(None, key)))} JOIN is not supported", "use JOIN or LEFT JOIN")
        sql = f" {word} {self.source(join.this, scope)}"
        condition = ""
        if using := join.args.get("using"):
            condition = " AND ".join(self.using(column, scope, word) for column in using)
        elif on := join.args.get("on"):
            scope.clause = "on"
            condition = self.expr(on, scope)
            self.note_equal(on, scope)
        elif word != "JOIN":
            raise refuse("join", f"{word} needs a condition", "add ON or USING")
        return sql + (f" ON {condition}" if condition else " ON 1 = 1")

    def using(self, column: exp.Expression, scope: _Scope, word: str) -> str:
        identifier = column.this if isinstance(column, exp.Column) else column
        name, right = self.name(identifier), scope.sources[-1]
        lefts = [source for source in scope.sources[:-1] if name in source.columns and name not in source.merged]
        there = right.columns.get(name)
        here = lefts[0].columns[name] if len(lefts) == 1 else None
        if len(lefts) > 1:
            raise refuse("ambiguous_column", f"{_clip(name)} in USING is in several tables", "use ON instead")
        if there is None or here is None:
            raise refuse("unknown_column", f"USING needs a column {_clip(name)} on both sides", "use ON instead")
        if word == "RIGHT JOIN":
            lefts[0].merged.add(name)
        else:
            right.merged.add(name)
        pair = (lefts[0].sql(here), right.sql(there))
        scope.equal.append(pair)
        return f"{pair[0]} = {pair[1]}"

    def note_equal(self, on: exp.Expression, scope: _Scope) -> None:
        """Keep the columns that a join makes equal: grouping by one groups by the other."""
        for part in on.flatten() if type(on) is exp.And else (on,):
            part = part.unnest()
            if type(part) is exp.EQ and all(type(side) is exp.Column for side in (part.this, part.expression)):
                scope.equal.append((self.expr(part.this, scope), self.expr(part.expression, scope)))

    def source(self, node: exp.Expression, scope: _Scope) -> str:
        """One table, WITH query or subquery of FROM, added to the scope."""
        alias = self.fresh("t")
        if type(node) is exp.Table:
            self.only(node, "this", "alias")
            if type(node.this) is not exp.Identifier:
                raise refuse("unknown_table", "functions cannot stand in for tables", "name a table of the catalogue")
            name = self.name(node.this)
            said = node.args.get("alias")
            if cte := scope.ctes.get(name):
                columns, sql, table = dict(cte.columns), cte.alias, None
                if said is not None and said.args.get("columns"):
                    columns = self.renamed(list(columns.values()), said)
            elif name in READABLE:
                if said is not None and said.args.get("columns"):
                    raise refuse("parse", f"the columns of {name} cannot be renamed in FROM", "rename them in SELECT")
                table = _TABLES[name]
                node.this.set("this", name)  # shown as it is called
                self.tables.add(name)
                columns = {c.name: _Column(c.name, c.name, c) for c in readable_columns(table)}
                sql = f"\x00{name}\x00"
            else:
                raise self.unknown_table(name, scope)
        elif type(node) is exp.Subquery:
            # The alias belongs to this use; the rest of the node is the query itself.
            said = node.args.get("alias")
            inner_node = node.copy() if said is not None else node
            if said is not None:
                inner_node.set("alias", None)
            inner, outputs = self.query(inner_node, scope.parent, scope.ctes)
            columns, sql, table = self.columns_of(outputs, said), f"({inner})", None
            name = ""
        else:
            raise refuse("parse", "FROM takes tables and subqueries", "name a table of the catalogue")
        if said is not None:
            self.only(said, "this", "columns")
            name = self.name(said.this) if said.this else name
        if name and any(source.name == name for source in scope.sources):
            raise refuse("ambiguous_table", f"two tables here are called {_clip(name)}", "give each its own alias")
        scope.sources.append(_Source(name, alias, columns, table))
        return f"{sql} AS {alias}"

    def unknown_table(self, name: str, scope: _Scope) -> QueryRefused:
        near = _near(name, [*READABLE, *scope.ctes])
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        return refuse(
            "unknown_table", f"there is no table called {_clip(name)}", f"{hint}the tables are: {', '.join(READABLE)}"
        )

    def columns_of(self, outputs: list[_Output], alias: exp.Expression | None) -> dict[str, _Column | None]:
        columns = [_Column(output.name, output.alias, output.origin) for output in outputs]
        return self.renamed(list(columns), alias)

    def renamed(self, columns: Sequence[_Column | None], alias: exp.Expression | None) -> dict[str, _Column | None]:
        given = alias.args.get("columns") if alias is not None else None
        if given:
            if len(given) != len(columns):
                raise refuse("parse", "the list of column names is not as long as the columns", "name every column")
            columns = [
                replace(column, name=str(identifier.this)) if column else None
                for column, identifier in zip(columns, given, strict=True)
                if self.name(identifier) is not None
            ]
        found: dict[str, _Column | None] = {}
        for column in columns:
            if column is not None:
                key = column.name.lower()
                found[key] = None if key in found else column
        return found

    def projections(self, node: exp.Select, scope: _Scope) -> list[_Output]:
        outputs: list[_Output] = []
        for item in node.expressions:
            said, inner = None, item
            if type(item) is exp.Alias:
                self.only(item, "this", "alias")
                self.name(item.args["alias"])
                said, inner = str(item.args["alias"].this), item.this
            if type(inner) is exp.Star or (type(inner) is exp.Column and type(inner.this) is exp.Star):
                outputs += self.star(inner, scope)
                continue
            sql, bare, aggregate = self.watched(inner, scope)
            name = said if said is not None else self.column_name(inner, scope)
            origin = self.origin(inner, scope)
            output = _Output(name, sql, self.fresh("c"), origin[0] if origin else None, inner, bare, aggregate)
            outputs.append(output)
            if said is not None:
                scope.aliases.setdefault(said.lower(), output)
        if not outputs:
            raise refuse("parse", "the SELECT names no columns", "say which columns you want")
        return outputs

    def column_name(self, node: exp.Expression, scope: _Scope) -> str:
        if type(node) is exp.Column:
            found = self.resolve(node, scope)
            if isinstance(found, tuple):
                return found[1].name
        text = show(node)
        return text if len(text) <= 100 else text[:97] + "..."

    def star(self, node: exp.Expression, scope: _Scope) -> list[_Output]:
        star = node if type(node) is exp.Star else node.this
        self.only(star)
        sources = scope.sources
        if type(node) is exp.Column:
            self.only(node, "this", "table")
            name = self.name(node.args["table"])
            sources = [source for source in scope.sources if source.name == name]
            if not sources:
                raise refuse("unknown_table", f"no table here is called {_clip(name)}", "name it in FROM")
        if not sources:
            raise refuse("parse", "* needs a FROM", "name a table of the catalogue")
        outputs = []
        for source in sources:
            for key, column in source.columns.items():
                if type(node) is exp.Star and key in source.merged:
                    continue
                if column is None:
                    raise self.ambiguous(key, [source])
                sql = source.sql(column)
                outputs.append(_Output(column.name, sql, self.fresh("c"), column.origin, None, {sql: (source, column)}))
        return outputs

    def where(self, node: exp.Select, scope: _Scope) -> str:
        clause = node.args.get("where")
        if clause is None:
            return ""
        self.only(clause, "this")
        scope.clause = "where"
        return f" WHERE {self.expr(clause.this, scope)}"

    def group(self, node: exp.Select, scope: _Scope, outputs: list[_Output]) -> list[str]:
        clause = node.args.get("group")
        if clause is None:
            return []
        self.only(clause, "expressions")
        scope.clause = "group"
        terms = []
        for term in clause.expressions:
            term = term.unnest()
            if (number := _whole(term)) is not None:
                output = self.numbered_output(number, outputs)
                terms.append(output.sql)
            elif (output := self.alias_of(term, scope)) and not self.is_source_column(term, scope):
                terms.append(output.sql)
            else:
                terms.append(self.expr(term, scope))
                continue
            if output.aggregate:
                raise refuse("not_grouped", "GROUP BY cannot take an aggregate", "group by plain columns")
        scope.groups = set(terms)
        return terms

    def having(self, node: exp.Select, scope: _Scope) -> str:
        clause = node.args.get("having")
        if clause is None:
            return ""
        self.only(clause, "this")
        scope.clause = "having"
        sql, bare, _ = self.watched(clause.this, scope)
        scope.bare |= bare
        scope.aggregates = True
        return f" HAVING {sql}"

    def select_order(self, node: exp.Select, scope: _Scope, outputs: list[_Output]) -> str:
        clause = node.args.get("order")
        if clause is None:
            return ""
        self.only(clause, "expressions")
        scope.clause = "order"
        return " ORDER BY " + ", ".join(self.order_term(term, scope, outputs) for term in clause.expressions)

    def order_term(self, term: exp.Expression, scope: _Scope, outputs: Sequence[_Output] = ()) -> str:
        keys = self.order_keys(term, scope, outputs)
        return ", ".join(f"{sql} DESC" if down else sql for sql, down in keys)

    def order_keys(
        self, term: exp.Expression, scope: _Scope, outputs: Sequence[_Output] = ()
    ) -> list[tuple[str, bool]]:
        """What to sort by and whether downwards; a key of its own for NULLs where they do not sort as the lowest."""
        down, first, inner = False, None, term
        if type(term) is exp.Ordered:
            self.only(term, "this", "desc", "nulls_first")
            down, first, inner = bool(term.args.get("desc")), term.args.get("nulls_first"), term.this
        if outputs and (number := _whole(inner)) is not None:
            sql = self.numbered_output(number, outputs).alias
        else:
            folded = type(inner) is exp.Collate
            sql, bare, _ = self.watched(self.uncollated(inner) if folded else inner, scope)
            sql = f"LOWER({sql})" if folded else sql
            scope.bare |= bare
        nulls = [] if first is None or bool(first) != down else [(f"({sql} IS NULL)", bool(first))]
        return [*nulls, (sql, down)]

    def numbered_output(self, number: int, outputs: Sequence[_Output]) -> _Output:
        if not 1 <= number <= len(outputs):
            raise refuse("unknown_column", f"there is no result column {number}", f"there are {len(outputs)}")
        return outputs[number - 1]

    def dependent_columns(self, scope: _Scope, outputs: list[_Output], group: list[str]) -> list[str]:
        """Columns to group by as well, because what is grouped by decides them; a refusal where it does not."""
        bare = dict(scope.bare)
        for output in outputs:
            if output.sql not in scope.groups:
                bare |= output.bare
        fixed = set(group)
        extra: list[str] = []
        changed = bool(group)
        while changed:
            changed = False
            for one, other in scope.equal:
                if (one in fixed) != (other in fixed):
                    fixed |= {one, other}
                    changed = True
            for source in scope.sources:
                if any(fixed.issuperset(key) for key in _keys(source)):
                    more = {source.sql(c) for c in source.columns.values() if c is not None} - fixed
                    changed |= bool(more)
                    fixed |= more
        for sql, (_, column) in bare.items():
            if sql in group or sql in extra:
                continue
            if sql not in fixed:
                raise refuse(
                    "not_grouped",
                    f"{_clip(column.name)} is neither grouped by nor aggregated",
                    f"add it to GROUP BY, or use MAX({_clip(column.name)})",
                )
            extra.append(sql)
        return extra

    # --- expressions ---

    def watched(self, node: exp.Expression, scope: _Scope) -> tuple[str, dict[str, tuple[_Source, _Column]], bool]:
        """An expression's SQL, the columns it uses outside aggregates and groups, and whether it aggregates."""
        kept, scope.bare = scope.bare, {}
        before, scope.aggregates = scope.aggregates, False
        sql = self.expr(node, scope)
        bare, aggregate = scope.bare, scope.aggregates
        scope.bare, scope.aggregates = kept, before or aggregate
        return sql, bare, aggregate

    def expr(self, node: exp.Expression, scope: _Scope) -> str:
        """The SQL of one expression; a node without a method of its own is refused."""
        write = getattr(self, f"x_{type(node).__name__.lower()}", None)
        operator = _OPERATORS.get(type(node))
        if operator:
            return self.binary(node, operator, scope)
        if write is None:
            raise refuse("forbidden", f"{_clip(type(node).__name__.upper())} is not allowed here", "use plain SELECT")
        before = dict(scope.bare) if scope.groups else None
        sql = str(write(node, scope))
        if before is not None and sql in scope.groups:
            scope.bare = before
        return self.sized(sql)

    def sized(self, sql: str) -> str:
        # What was copied so far bounds the work, since every part is copied into the whole once a level.
        self.size += len(sql)
        if len(sql) > MAX_SQL or self.size > 50 * MAX_SQL:
            raise too_complex()
        return sql

    def binary(self, node: exp.Expression, operator: str, scope: _Scope) -> str:
        self.only(node, "this", "expression")
        if type(node) in (exp.And, exp.Or):
            parts = [self.expr(part, scope) for part in _operands(node)]
            return self.sized("(" + f" {operator} ".join(parts) + ")")
        left, right = node.this, node.args["expression"]
        if type(node) in (exp.Add, exp.Sub) and type(right) is exp.Interval:
            return self.shift(left, right, 1 if type(node) is exp.Add else -1, scope)
        if isinstance(node, _COMPARES):
            how: How = "equal" if type(node) in (exp.EQ, exp.NEQ) else "order"
            return f"({self.operand(left, right, scope, how)} {operator} {self.operand(right, left, scope, how)})"
        return self.sized(f"({self.expr(left, scope)} {operator} {self.expr(right, scope)})")

    def operand(self, node: exp.Expression, other: exp.Expression, scope: _Scope, how: How = "equal") -> str:
        """One side of a comparison; a literal is matched to what the other side is."""
        if type(node) is exp.Collate or type(other) is exp.Collate:
            node, other = (self.uncollated(each) if type(each) is exp.Collate else each for each in (node, other))
            return f"LOWER({self.expr(node, scope)})"
        found = self.origin(other, scope)
        text = self.text_of(node, scope)
        if text is not None and found is not None:
            self.comparisons.append(Comparison(found[0], text, found[1], how))
            if self.is_sqlite and isinstance(found[0].type, sa.DateTime) and _DAY.fullmatch(text):
                return self.text(text + " 00:00:00")  # moments are text there; a bare day means its midnight
        if (
            isinstance(node, exp.Literal)
            and not node.is_string
            and isinstance(other, exp.Anonymous)
            and other.name.lower() in ("strftime", "date_format")
        ):
            return self.text(str(node.this))
        return self.expr(node, scope)

    def text_of(self, node: exp.Expression, scope: _Scope) -> str | None:
        text = literal_text(node)
        if text is None and type(node) is exp.Column and self.resolve(node, scope) is None:
            return str(node.this.this)
        return text

    def origin(self, node: exp.Expression, scope: _Scope) -> tuple[sa.Column[Any], str] | None:
        """The catalogue column an expression shows, and whether its letter case is folded."""
        node = node.unnest()
        if type(node) is exp.Column and type(node.this) is exp.Identifier:
            found = self.resolve(node, scope)
            if isinstance(found, tuple) and found[1].origin is not None:
                return found[1].origin, ""
            if isinstance(found, _Output) and found.origin is not None:
                return found.origin, ""
        if type(node) is exp.Anonymous and node.name.lower() in _FOLDS:
            inner = self.origin(node.expressions[0], scope) if len(node.expressions) == 1 else None
            return (inner[0], _FOLDS[node.name.lower()]) if inner else None
        if type(node) in (exp.Trim, exp.Collate):
            return self.origin(node.this, scope)
        return None

    def x_paren(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this")
        return self.expr(node.this, scope)

    def x_column(self, node: exp.Expression, scope: _Scope) -> str:
        found = self.resolve(node, scope)
        if found is None:
            return self.text(str(node.this.this))
        if isinstance(found, str):
            return self.call(found, (), scope)
        if isinstance(found, _Output):
            return found.alias
        source, column, owner = found
        if column.origin is not None and node.name.lower() == column.name:
            node.this.set("this", column.name)
        sql = source.sql(column)
        if not owner.inside_aggregate and owner.clause in ("select", "having", "order") and sql not in owner.groups:
            owner.bare[sql] = (source, column)
        return sql

    def resolve(self, node: exp.Column, scope: _Scope) -> tuple[_Source, _Column, _Scope] | _Output | str | None:
        """What a column name means: a source's column, a result column, a function called bare, or (None) a text."""
        self.only(node, "this", "table")
        if type(node.this) is not exp.Identifier:
            raise refuse("parse", "* cannot stand here", "name a column")
        name = self.name(node.this)
        table = node.args.get("table")
        where: _Scope | None = scope
        if table is not None:
            qualifier = self.name(table)
            while where is not None:
                for source in where.sources:
                    if source.name == qualifier:
                        if name not in source.columns:
                            raise self.unknown_column(name, [source])
                        column = source.columns[name]
                        if column is None:
                            raise self.ambiguous(name, [source])
                        return source, column, where
                where = where.parent
            raise refuse("unknown_table", f"no table here is called {_clip(qualifier)}", "name it in FROM")
        alias = scope.aliases.get(name)
        if alias is not None and (scope.clause == "order" or (scope.clause == "having" and alias.aggregate)):
            return alias
        while where is not None:
            holding = [s for s in where.sources if name in s.columns and name not in s.merged]
            if len(holding) > 1:
                raise self.ambiguous(name, holding)
            if holding:
                column = holding[0].columns[name]
                if column is None:
                    raise self.ambiguous(name, holding)
                return holding[0], column, where
            where = where.parent
        if alias is not None and scope.clause == "having":
            return alias
        quoted = bool(node.this.args.get("quoted"))
        if name in BARE and not quoted:
            return name
        if alias is not None:
            raise refuse(
                "unknown_column",
                f"the alias {_clip(name)} is not known yet in {scope.clause.upper()}",
                "repeat the expression there, or use a subquery",
            )
        if quoted and name not in _COLUMN_NAMES:
            return None
        sources = [source for level in _levels(scope) for source in level.sources]
        raise self.unknown_column(name, sources)

    def is_source_column(self, node: exp.Expression, scope: _Scope) -> bool:
        return any(node.name.lower() in source.columns for source in scope.sources)

    def alias_of(self, node: exp.Expression, scope: _Scope) -> _Output | None:
        if type(node) is exp.Column and node.args.get("table") is None:
            return scope.aliases.get(node.name.lower())
        return None

    def unknown_column(self, name: str, sources: Sequence[_Source]) -> QueryRefused:
        known = list(dict.fromkeys(key for source in sources for key in source.columns))
        near = _near(name, known)
        where = f" in {_clip(sources[0].name)}" if len(sources) == 1 and sources[0].name else ""
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        hint += f"the columns are: {', '.join(map(_clip, known[:60]))}" if known else "name a table in FROM"
        return refuse("unknown_column", f"there is no column called {_clip(name)}{where}", hint)

    def ambiguous(self, name: str, sources: Sequence[_Source]) -> QueryRefused:
        tables = [_clip(source.name) for source in sources if source.name]
        return refuse(
            "ambiguous_column",
            f"the column {_clip(name)} is in several tables",
            f"say which: {' or '.join(f'{table}.{_clip(name)}' for table in tables)}" if len(tables) > 1
            else "give the columns different names",
        )  # fmt: skip

    def x_literal(self, node: exp.Expression, scope: _Scope) -> str:
        text = str(node.this)
        if node.args.get("is_string"):
            return self.text(text)
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise refuse("parse", f"{_clip(text)} is not a number", "write it in digits")
        return text if len(text) < 19 or not text.isdigit() else text + "e0"

    def text(self, text: str) -> str:
        if not self.is_sqlite:
            text = text.replace("\\", "\\\\")
        return "'" + text.replace("'", "''") + "'"

    def x_null(self, node: exp.Expression, scope: _Scope) -> str:
        return "NULL"

    def x_boolean(self, node: exp.Expression, scope: _Scope) -> str:
        return "1" if node.this else "0"

    def x_not(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this")
        return f"(NOT {self.expr(node.this, scope)})"

    def x_neg(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this")
        return f"(- {self.expr(node.this, scope)})"

    def x_div(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "expression", "typed", "safe")
        number = "REAL" if self.is_sqlite else "DOUBLE"
        left, right = self.expr(node.this, scope), self.expr(node.args["expression"], scope)
        return f"(CAST({left} AS {number}) / {right})"

    def x_intdiv(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "expression")
        left, right = self.expr(node.this, scope), self.expr(node.args["expression"], scope)
        return f"CAST({left} / {right} AS INTEGER)" if self.is_sqlite else f"({left} DIV {right})"

    def x_dpipe(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "expression", "safe")
        return self.call("concat", (node.this, node.args["expression"]), scope)

    def x_is(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "expression", "negate")
        right = node.args["expression"]
        negate = bool(node.args.get("negate"))
        if type(right) is exp.Not:
            right, negate = right.this, not negate
        if type(right) not in (exp.Null, exp.Boolean):
            raise refuse("parse", "IS takes NULL, TRUE or FALSE", "use = to compare")
        left = self.expr(node.this, scope)
        if type(right) is exp.Null:
            return f"({left} IS {'NOT ' if negate else ''}NULL)"
        return f"({left} IS {'NOT ' if negate else ''}{'TRUE' if right.this else 'FALSE'})"

    def x_between(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "low", "high")
        low, high = (self.operand(node.args[side], node.this, scope, "order") for side in ("low", "high"))
        return f"({self.expr(node.this, scope)} BETWEEN {low} AND {high})"

    def x_in(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "expressions", "query")
        left = self.row(node.this, scope) if type(node.this) is exp.Tuple else self.expr(node.this, scope)
        query = node.args.get("query")
        if query is None:
            listed = [
                self.row(item, scope) if type(item) is exp.Tuple else self.operand(item, node.this, scope)
                for item in node.expressions
            ]
            if not listed:
                raise refuse("parse", "IN needs a list or a subquery", "write IN ('a', 'b')")
            return self.sized(f"({left} IN ({', '.join(listed)}))")
        width = len(node.this.expressions) if type(node.this) is exp.Tuple else 1
        return f"({left} IN ({self.subquery(query, scope, width, wrap=True)}))"

    def subquery(self, node: exp.Expression, scope: _Scope, width: int | None, *, wrap: bool = False) -> str:
        inner, outputs = self.query(node, scope, scope.ctes)
        if width is not None and len(outputs) != width:
            raise refuse("parse", f"a subquery here must give {width} column(s)", f"it gives {len(outputs)}")
        # MariaDB takes no LIMIT directly inside IN.
        return f"SELECT * FROM ({inner}) AS {self.fresh('t')}" if wrap and " LIMIT " in inner else inner

    def row(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "expressions")
        return f"({', '.join(self.expr(item, scope) for item in node.expressions)})"

    def x_subquery(self, node: exp.Expression, scope: _Scope) -> str:
        return f"({self.subquery(node, scope, 1)})"

    def x_select(self, node: exp.Expression, scope: _Scope) -> str:
        return f"({self.subquery(node, scope, 1)})"

    def x_exists(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this")
        return f"EXISTS ({self.subquery(node.this, scope, None)})"

    def x_like(self, node: exp.Expression, scope: _Scope, escape: str = "\\") -> str:
        self.only(node, "this", "expression", "negate")
        pattern = self.text_of(node.args["expression"], scope)
        found = self.origin(node.this, scope)
        if pattern is not None and found is not None:
            plain = pattern.replace(escape, "")
            how: How = "pattern" if re.search("[%_]", plain) else "like"
            self.comparisons.append(Comparison(found[0], plain, "lower", how))
        left, right = self.expr(node.this, scope), self.expr(node.args["expression"], scope)
        if not (self.is_sqlite and pattern is not None and pattern.isascii()):
            left, right = f"LOWER({left})", f"LOWER({right})"
        return f"({left} {'NOT ' if node.args.get('negate') else ''}LIKE {right} ESCAPE {self.text(escape)})"

    x_ilike = x_like

    def x_escape(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "expression")
        escape = literal_text(node.args["expression"])
        if type(node.this) not in (exp.Like, exp.ILike) or escape is None or len(escape) != 1 or escape.isalnum():
            raise refuse("parse", "ESCAPE takes one sign after LIKE", "for example ESCAPE '!'")
        return self.x_like(node.this, scope, escape)

    def x_case(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "ifs", "default")
        subject = node.args.get("this")
        parts = ["CASE", *([self.expr(subject, scope)] if subject is not None else [])]
        for branch in node.args["ifs"]:
            self.only(branch, "this", "true")
            test = self.expr(branch.this, scope) if subject is None else self.operand(branch.this, subject, scope)
            parts.append(f"WHEN {test} THEN {self.expr(branch.args['true'], scope)}")
        if node.args.get("default") is not None:
            parts.append(f"ELSE {self.expr(node.args['default'], scope)}")
        return self.sized(" ".join(parts) + " END")

    def x_if(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "true", "false")
        return self.call("if", [node.this, node.args["true"], node.args.get("false") or exp.null()], scope)

    def x_cast(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "to", "safe")
        kind = node.args["to"]
        templates = _TYPES.get(kind.this) if type(kind) is exp.DataType else None
        if templates is None:
            raise refuse("forbidden", f"CAST to {_clip(show(kind))} is not allowed", "cast to INTEGER, REAL or TEXT")
        if any(value for key, value in kind.args.items() if key not in ("this", "expressions", "nested")):
            raise refuse("forbidden", "CAST takes a plain type", "cast to INTEGER, REAL or TEXT")
        return templates[0 if self.is_sqlite else 1].format(self.expr(node.this, scope))

    def uncollated(self, node: exp.Expression) -> exp.Expression:
        """What stands before COLLATE NOCASE."""
        self.only(node, "this", "expression")
        if node.args["expression"].name.lower() != "nocase":
            raise refuse("forbidden", "this COLLATE is not allowed", "leave it out, or use LOWER()")
        inner: exp.Expression = node.this
        return inner

    def x_trim(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "position")
        side = str(node.args.get("position") or "").lower()
        name = {"": "trim", "both": "trim", "leading": "ltrim", "trailing": "rtrim"}[side]
        return self.call(name, (node.this,), scope)

    def x_strposition(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "substr")
        return self.call("instr", (node.this, node.args["substr"]), scope)

    def x_extract(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "expression")
        unit = node.this.name.lower()
        if unit not in ("year", "quarter", "month", "day", "hour", "minute", "second"):
            raise refuse("forbidden_function", f"EXTRACT({_clip(unit)}) is not known", "use YEAR, MONTH or DAY")
        return self.call(unit, (node.args["expression"],), scope)

    def shift(self, moment: exp.Expression, interval: exp.Expression, sign: int, scope: _Scope) -> str:
        """A moment moved by an INTERVAL; a day stays a day."""
        self.only(interval, "this", "unit")
        unit = interval.args["unit"].name.lower().removesuffix("s") if interval.args.get("unit") else ""
        amount = re.fullmatch(r"([+-]?\d{1,6})", show(interval.this).strip("'"))
        if unit not in _UNITS or not amount:
            raise refuse("parse", "this INTERVAL is not understood", "write INTERVAL 30 DAY")
        step, unit = _UNITS[unit]
        count, base = sign * int(amount[1]) * step, self.expr(moment, scope)
        if self.is_sqlite:
            is_day = unit in ("day", "month", "year") and (
                base.startswith("date(") or bool(_DAY.fullmatch(literal_text(moment) or ""))
            )
            return f"{'date' if is_day else 'datetime'}({base}, '{count:+d} {unit}')"
        return f"DATE_ADD({base}, INTERVAL {count} {unit.upper()})"

    # --- functions ---

    def x_anonymous(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "expressions")
        if not isinstance(node.this, str):
            raise refuse("forbidden_function", "a function name cannot be quoted", "write it plain")
        return self.call(node.this.lower(), node.expressions, scope)

    def function(self, name: str, count: int) -> Function:
        if name in ("min", "max") and count > 1:
            name = {"min": "least", "max": "greatest"}[name]
        found = FUNCTIONS.get(name)
        if found is None:
            if name == "log":
                raise refuse("forbidden_function", "LOG has two meanings", "use LN, LOG10 or LOG2")
            near = _near(name, list(FUNCTIONS))
            hint = f"did you mean {' or '.join(near)}?" if near else "use plain aggregates, text and date functions"
            raise refuse("forbidden_function", f"the function {_clip(name)} is not allowed", hint)
        if not found.least <= count <= found.most:
            wanted = str(found.least) if found.least == found.most else f"{found.least} to {found.most}"
            raise refuse("forbidden_function", f"{name} takes {wanted} arguments", f"it was given {count}")
        return found

    def call(
        self, name: str, nodes: Sequence[exp.Expression], scope: _Scope, *, over: bool = False,
        only_where: exp.Expression | None = None,
    ) -> str:  # fmt: skip
        if name in ("date_add", "date_sub", "adddate", "subdate"):
            return self.date_add(name, nodes, scope)
        nodes = list(nodes)
        order: list[tuple[str, bool]] = []
        if nodes and type(nodes[0]) is exp.Order and name in ("group_concat", "string_agg"):
            nodes[:1], order = [nodes[0].this], self.inner_order(nodes[0], scope)
        if nodes and type(nodes[-1]) is exp.Order and name in ("group_concat", "string_agg"):
            nodes[-1:], order = [nodes[-1].this], self.inner_order(nodes[-1], scope)
        distinct = bool(nodes) and type(nodes[0]) is exp.Distinct
        if distinct:
            self.only(nodes[0], "expressions")
            nodes[:1] = nodes[0].expressions
            if nodes and type(nodes[-1]) is exp.Order and name in ("group_concat", "string_agg"):
                nodes[-1:], order = [nodes[-1].this], self.inner_order(nodes[-1], scope)
        function = self.function(name, len(nodes))
        aggregate = function.aggregate and not over
        if not function.aggregate and not over and function.window:
            raise refuse("forbidden_function", f"{name} needs OVER (...)", "add a window, or use an aggregate")
        if over and not function.window:
            raise refuse("forbidden_function", f"{name} cannot be used with OVER", "use it without a window")
        if (distinct or only_where is not None) and (not function.aggregate or over):
            raise refuse("forbidden_function", f"{name} takes no DISTINCT or FILTER here", "use a subquery")
        if aggregate and scope.clause in ("where", "on", "group"):
            raise refuse("not_grouped", f"{name} cannot stand in {scope.clause.upper()}", "use HAVING or a subquery")
        if aggregate and scope.inside_aggregate:
            raise refuse("not_grouped", "an aggregate cannot hold another", "use a subquery")
        with _counted(scope, aggregate):
            given = self.arguments(name, nodes, only_where, scope)
        if aggregate:
            scope.aggregates = True
        if name in ("group_concat", "string_agg"):
            return self.group_concat(nodes, given, distinct, order)
        if distinct:
            if len(given) != 1 or name == "total":
                raise refuse("forbidden_function", f"{name} takes one DISTINCT argument", "use a subquery")
            plain = function.write(self.is_sqlite, nodes, given)
            return plain.replace("(", "(DISTINCT ", 1)
        return function.write(self.is_sqlite, nodes, given)

    def arguments(
        self, name: str, nodes: Sequence[exp.Expression], only_where: exp.Expression | None, scope: _Scope
    ) -> list[str]:
        star = name == "count" and len(nodes) == 1 and type(nodes[0]) is exp.Star
        if star:
            self.only(nodes[0])
        if only_where is None:
            return ["*"] if star else [self.expr(node, scope) for node in nodes]
        value = "1" if star else self.expr(nodes[0], scope)
        first = f"CASE WHEN {self.expr(only_where, scope)} THEN {value} END"
        return [first, *(self.expr(node, scope) for node in nodes[1:])]

    def inner_order(self, node: exp.Expression, scope: _Scope) -> list[tuple[str, bool]]:
        self.only(node, "this", "expressions")
        with _counted(scope, True):
            return [key for term in node.expressions for key in self.order_keys(term, scope)]

    def group_concat(
        self, nodes: Sequence[exp.Expression], given: Sequence[str], distinct: bool, order: list[tuple[str, bool]]
    ) -> str:
        separator = literal_text(nodes[1]) if len(nodes) > 1 else ","
        if separator is None or len(separator) > 20:
            raise refuse("forbidden_function", "the separator must be a short text", "for example ', '")
        if not self.is_sqlite:
            by = ", ".join(f"{sql} DESC" if down else sql for sql, down in order)
            what = f"{'DISTINCT ' if distinct else ''}{given[0]}{' ORDER BY ' + by if by else ''}"
            return f"GROUP_CONCAT({what} SEPARATOR {self.text(separator)})"
        if not distinct and not order:
            return f"group_concat({given[0]}, {self.text(separator)})"
        ways = "".join("d" if down else "a" for _, down in order)
        keys = "".join(f", {sql}" for sql, _ in order)
        return f"concat_rows({int(distinct)}, {self.text(separator)}, '{ways}', {given[0]}{keys})"

    def date_add(self, name: str, nodes: Sequence[exp.Expression], scope: _Scope) -> str:
        sign = 1 if name in ("date_add", "adddate") else -1
        if len(nodes) != 2 or type(nodes[1]) is not exp.Interval:
            raise refuse("forbidden_function", f"{name} takes a moment and an INTERVAL", "write INTERVAL 30 DAY")
        return self.shift(nodes[0], nodes[1], sign, scope)

    def x_filter(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "expression")
        where = node.args["expression"]
        if type(node.this) is not exp.Anonymous or type(where) is not exp.Where:
            raise refuse("parse", "FILTER belongs to an aggregate", "write COUNT(*) FILTER (WHERE ...)")
        self.only(where, "this")
        return self.call(str(node.this.this).lower(), node.this.expressions, scope, only_where=where.this)

    def x_window(self, node: exp.Expression, scope: _Scope) -> str:
        self.only(node, "this", "partition_by", "order", "spec", "alias", "over")
        called = node.this
        if type(called) is not exp.Anonymous:
            raise refuse("parse", "OVER belongs to a function", "write ROW_NUMBER() OVER (...)")
        function = self.call(str(called.this).lower(), called.expressions, scope, over=True)
        if named := node.args.get("alias"):
            window = scope.windows.get(self.name(named))
            if window is None or any(node.args.get(key) for key in ("partition_by", "order", "spec")):
                raise refuse("parse", f"the window {_clip(named.name)} is not known", "define it in WINDOW, plain")
            self.only(window, "this", "partition_by", "order", "spec")
            node = window
        parts = []
        if partition := node.args.get("partition_by"):
            parts.append("PARTITION BY " + ", ".join(self.expr(term, scope) for term in partition))
        if order := node.args.get("order"):
            self.only(order, "expressions")
            parts.append("ORDER BY " + ", ".join(self.order_term(term, scope) for term in order.expressions))
        if spec := node.args.get("spec"):
            parts.append(self.frame(spec))
        return self.sized(f"{function} OVER ({' '.join(parts)})")

    def frame(self, spec: exp.Expression) -> str:
        self.only(spec, "kind", "start", "start_side", "end", "end_side")
        kind = str(spec.args.get("kind") or "").upper()
        edges = []
        for edge in ("start", "end"):
            value, side = spec.args.get(edge), str(spec.args.get(f"{edge}_side") or "").upper()
            if value is None:
                continue
            text = (show(value) if isinstance(value, exp.Expression) else str(value)).upper()
            if not _FRAME.fullmatch(text) or side not in ("", "PRECEDING", "FOLLOWING"):
                raise refuse(
                    "parse", "this window frame is not understood", "use ROWS BETWEEN 2 PRECEDING AND CURRENT ROW"
                )
            edges.append(f"{text} {side}".strip())
        if kind not in ("ROWS", "RANGE") or not edges:
            raise refuse("parse", "this window frame is not understood", "use ROWS or RANGE")
        return f"{kind} BETWEEN {edges[0]} AND {edges[1]}" if len(edges) == 2 else f"{kind} {edges[0]}"

    # --- small things ---

    def only(self, node: exp.Expression, *allowed: str) -> None:
        """Refuse a node that says more than the parts named here."""
        for key, value in node.args.items():
            if value and key not in allowed:
                raise refuse(
                    "forbidden", f"{_clip(key.strip('_').replace('_', ' ').upper())} is not allowed here",
                    "write a plain SELECT",
                )  # fmt: skip

    def name(self, node: exp.Expression) -> str:
        if type(node) is not exp.Identifier:
            raise refuse("parse", "a name is missing", "name tables and columns plainly")
        self.only(node, "this", "quoted")
        text = str(node.this)
        if not text or len(text) > MAX_NAME:
            raise refuse("parse", "a name is empty or too long", f"use at most {MAX_NAME} characters")
        return text.lower()

    def fresh(self, letter: str) -> str:
        self.numbered += 1
        return f"{letter}{self.numbered}"


def _bound(node: exp.Expression | None) -> int | None:
    """The number of a LIMIT or OFFSET."""
    if node is None:
        return None
    value = node.args.get("expression")
    number = _whole(value) if value is not None else None
    extra = any(value for key, value in node.args.items() if key != "expression")
    if number is None or extra or number >= 2**62:
        raise refuse("parse", f"{type(node).__name__.upper()} takes a plain number", "for example LIMIT 10")
    return number


def _whole(node: exp.Expression) -> int | None:
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit() and len(str(node.this)) < 20:
        return int(str(node.this))
    return None


def _levels(scope: _Scope | None) -> Iterator[_Scope]:
    while scope is not None:
        yield scope
        scope = scope.parent


def _operands(node: exp.Expression) -> list[exp.Expression]:
    """The terms of a chain of the same connector, left to right, without recursion."""
    found: list[exp.Expression] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if type(one) is type(node):
            waiting += [one.args["expression"], one.this]
        else:
            found.append(one)
    return found


def _keys(source: _Source) -> list[set[str]]:
    """Sets of columns, as the SQL names them, of which each decides a row of this source."""
    if source.table is None:
        return []
    keys = [{f"{source.alias}.{column.name}" for column in source.table.primary_key}]
    if "name_key" in source.table.columns and source.table.columns["name_key"].unique:
        keys += [{f"{source.alias}.{c.name}"} for c in source.table.columns if c.info.get("name")]
    return keys


@contextmanager
def _counted(scope: _Scope, aggregate: bool) -> Iterator[None]:
    scope.inside_aggregate += aggregate
    try:
        yield
    finally:
        scope.inside_aggregate -= aggregate
