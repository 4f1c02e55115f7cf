"""The SELECT behind a chart, and the one for the rows behind a point of it; both are run by the guard like any other.

Numbers are taken together by the database, so a chart is of all the rows of a result, not of the first page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from db.tables import CATALOGUE, User
from hub.access import READABLE
from hub.charts.spec import ChartSpec
from hub.errors import Invalid
from hub.query.grammar import parse, show

PER_DECADE = 3  # buckets of a logarithmic histogram for each power of ten
BUCKETS = 24

_ROWS = "charted"
_OURS = ("x", "series", "label", "value", "bucket")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_TABLES = {table.name: table for table in CATALOGUE}
_CUT = {"year": 4, "month": 7, "day": 10}


# --- the chart's own statement --------------------------------------------------------------------


def chart_statement(sql: str, columns: Sequence[str], spec: ChartSpec, scale: tuple[float, float] = (0, 1)) -> str:
    """The statement whose rows the chart shows: ``x``, then ``series`` where there is one, then the value.

    For a histogram ``scale`` is the least value and the width of a bucket; ``x`` is then the number of the bucket.
    """
    x = _cell(columns, spec.x)
    if spec.kind == "histogram":
        where = f"{x} > 0" if spec.log else f"NOT {x} IS NULL"
        bucket = bucket_expression(x, spec, scale)
        return (
            f"{_with(sql, columns)} SELECT {bucket} AS bucket, COUNT(*) AS value FROM {_ROWS} "
            f"WHERE {where} GROUP BY {bucket} ORDER BY {bucket}"
        )
    if spec.kind == "scatter":
        y = _cell(columns, spec.y)
        split = f", {_cell(columns, spec.series)} AS series" if spec.series else ""
        split += f", {_cell(columns, spec.label)} AS label" if spec.label else ""
        return (
            f"{_with(sql, columns)} SELECT {x} AS x{split}, {y} AS value FROM {_ROWS} "
            f"WHERE NOT {x} IS NULL AND NOT {y} IS NULL"
        )
    key = f"SUBSTR({x}, 1, {_CUT[spec.unit]})" if spec.unit else x
    keys = [(key, "x")] + ([(_cell(columns, spec.series), "series")] if spec.series else [])
    value = "COUNT(*)" if spec.y is None else f"{(spec.aggregate or 'sum').upper()}({_cell(columns, spec.y)})"
    shown = ", ".join(f"{expression} AS {name}" for expression, name in keys)
    grouped = ", ".join(expression for expression, _ in keys)
    needed = [_cell(columns, name) for name in (spec.y, spec.x if spec.kind == "line" else None) if name]
    known = f"WHERE {' AND '.join(f'NOT {cell} IS NULL' for cell in needed)} " if needed else ""
    order = grouped if spec.kind == "line" or spec.unit else f"{value} DESC, {grouped}"
    return (
        f"{_with(sql, columns)} SELECT {shown}, {value} AS value FROM {_ROWS} {known}"
        f"GROUP BY {grouped} ORDER BY {order}"
    )


def span_statement(sql: str, columns: Sequence[str], column: str) -> str:
    """The statement for the least and the highest number of a column, and how many there are, and of zero or below."""
    x = _cell(columns, column)
    return (
        f"{_with(sql, columns)} SELECT MIN({x}), MAX({x}), COUNT({x}), "
        f"SUM(CASE WHEN {x} <= 0 THEN 1 ELSE 0 END) FROM {_ROWS}"
    )


def bucket_expression(x: str, spec: ChartSpec, scale: tuple[float, float] = (0, 1)) -> str:
    """The number of the bucket that a value falls into."""
    if spec.log:
        return f"FLOOR(ROUND(LOG10({x}) * {PER_DECADE}, 9))"  # so that 1000 is 3, not a little less
    least, width = scale
    return f"FLOOR(({x} - {_number(least)}) / {_number(width)})"


def scale_of(least: float, most: float) -> tuple[float, float]:
    """Where the buckets of a linear histogram begin, and how wide a round number makes each of them."""
    span = (most - least) or 1
    power = 10.0 ** math.floor(math.log10(span / BUCKETS))
    width = next(step * power for step in (1, 2, 5, 10) if span / (step * power) <= BUCKETS)
    if isinstance(least, int) and isinstance(most, int):
        width = max(1.0, width)
    return math.floor(least / width) * width, width


def _with(sql: str, columns: Sequence[str]) -> str:
    return f"WITH {_ROWS}({', '.join(_names(columns))}) AS ({sql})"


def _names(columns: Sequence[str]) -> list[str]:
    """The columns by their own names, except those that would not do in SQL."""
    folded = [column.casefold() for column in columns]
    return [
        f'"{column}"'
        if _PLAIN.fullmatch(column) and folded.count(column.casefold()) == 1 and column.casefold() not in _OURS
        else f'"c{at}"'
        for at, column in enumerate(columns)
    ]


def _cell(columns: Sequence[str], name: str | None) -> str:
    assert name is not None
    return _names(columns)[list(columns).index(name)]


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


# --- the rows behind a point ----------------------------------------------------------------------


def rows_statement(sql: str, point: Mapping[str, Any]) -> str:
    """The statement for the rows that a point of a chart stands for: those for which columns of ``sql`` have values.

    Rows that were counted or added up are taken apart again: a bar of "models by media type" gives models. ``Invalid``
    when there is no such column.
    """
    tree, point = _side(parse(sql), dict(point))
    tests = []
    for name, value in point.items():
        inner = _projection(tree, name)
        if inner is None or _aggregates(inner):
            raise Invalid("there is no such point in this chart", "draw the chart again")
        tests.append(_test(inner, value))
    return show(_taken_apart(tree, tests))


def _side(tree: exp.Query, point: dict[str, Any]) -> tuple[exp.Select, dict[str, Any]]:
    """Of statements put together by UNION ALL, the one a point is of, and what of the point it still has to meet."""
    for select in [tree] if isinstance(tree, exp.Select) else tree.find_all(exp.Select):
        texts = {item.alias_or_name: _unaliased(item) for item in select.expressions}
        fixed = {name: node.this for name, node in texts.items() if isinstance(node, exp.Literal) and node.is_string}
        if select is tree or (fixed and all(point.get(name) == text for name, text in fixed.items())):
            return select, {name: value for name, value in point.items() if select is tree or name not in fixed}
    raise Invalid("the rows behind this cannot be told apart", "ask for them in words")


def _taken_apart(tree: exp.Select, tests: list[exp.Expr]) -> exp.Expr:
    rows = _charted(tree)
    if rows is None:
        return _members(tree, tests) or _filtered(tree, tests)
    inner, names = rows
    used = {column.name for test in tests for column in test.find_all(exp.Column)}
    meant = dict(zip(names, inner.expressions, strict=False))
    keys = {name: _unaliased(item) for name, item in meant.items()}
    if inner.args.get("group") and all(name in keys and not _aggregates(keys[name]) for name in used):
        moved = [
            test.transform(lambda node: keys[node.name].copy() if isinstance(node, exp.Column) else node)
            for test in tests
        ]
        members = _members(inner, moved)
        if members is not None:
            return members
    shown = exp.Select(
        expressions=[
            exp.alias_(exp.column(name, quoted=True), item.alias_or_name or name, quoted=True)
            for name, item in meant.items()
        ]
    ).from_(_ROWS)
    shown.set("with_", tree.args["with_"].copy())
    return shown.where(*_conditions(tree), *tests)


def _charted(tree: exp.Select) -> tuple[exp.Select, list[str]] | None:
    """The statement that a chart's own one is of, and what its columns are called there."""
    clause = tree.args.get("with_")
    if clause is None or len(clause.expressions) != 1 or clause.expressions[0].alias != _ROWS:
        return None
    cte = clause.expressions[0]
    inner = cte.this
    while isinstance(inner, exp.Subquery) and not inner.args.get("with_"):
        inner = inner.this
    names = [column.name for column in cte.args["alias"].args.get("columns") or ()]
    items = inner.expressions if isinstance(inner, exp.Select) else ()
    if not isinstance(inner, exp.Select) or any(item.find(exp.Star) and not _aggregates(item) for item in items):
        return exp.Select(expressions=[exp.column(name, quoted=True) for name in names]), names
    return inner, names


def _members(tree: exp.Select, tests: list[exp.Expr]) -> exp.Select | None:
    """The rows of the table that a grouped statement counts, where these tests hold; None when it is not told."""
    if not tree.args.get("group") or tree.args.get("with_"):
        return None
    sources = {source.alias_or_name: source for source in tree.find_all(exp.Table) if source.parent_select is tree}
    counted = _counted(tree, sources)
    if counted is None:
        return None
    table = _TABLES.get(sources[counted].name)
    if table is None or len(table.primary_key) != 1:
        return None
    (key,) = table.primary_key
    inner = exp.Select(expressions=[exp.column(key.name, counted)])
    for part in ("from_", "joins"):
        if tree.args.get(part):
            value = tree.args[part]
            inner.set(part, [one.copy() for one in value] if isinstance(value, list) else value.copy())
    inner = inner.where(*[*_conditions(tree), *tests])
    name, alias = table.name, "found"
    columns = [
        column
        for column in READABLE[name]
        if not table.c[column].primary_key and not table.c[column].foreign_keys and column != "description"
    ]
    shown = exp.Select(expressions=[exp.column(columns[0], alias)])
    if "owner_id" in table.c:
        shown = shown.select(exp.alias_(exp.column(User.user_name.key, "owner"), "owner"))
    shown = shown.select(*(exp.column(column, alias) for column in columns[1:]))
    shown = shown.from_(exp.alias_(exp.to_table(name), alias, table=True))
    if "owner_id" in table.c:
        owner = exp.alias_(exp.to_table(User.__tablename__), "owner", table=True)
        on = exp.EQ(this=exp.column(User.user_id.key, "owner"), expression=exp.column("owner_id", alias))
        shown = shown.join(owner, on=on)
    found = exp.In(this=exp.column(key.name, alias), query=exp.Subquery(this=inner))
    return shown.where(found).order_by(exp.column(columns[0], alias))


def _counted(tree: exp.Select, sources: Mapping[str, exp.Table]) -> str | None:
    """The alias of the table whose rows a grouped statement is about: the one it counts, else its first."""
    first = tree.args["from_"].this if tree.args.get("from_") else None
    for item in tree.expressions:
        inner = _unaliased(item)
        if _aggregates(inner):
            for column in inner.find_all(exp.Column):
                if column.table in sources:
                    return str(column.table)
    return first.alias_or_name if isinstance(first, exp.Table) else None


def _filtered(tree: exp.Select, tests: list[exp.Expr]) -> exp.Select:
    """The statement itself, with the tests on its rows before they are grouped."""
    if any(tree.args.get(key) for key in ("group", "distinct", "limit", "offset", "having")):
        raise Invalid("the rows behind this cannot be told apart", "ask for them in words")
    return tree.copy().where(*tests)


def _conditions(tree: exp.Select) -> list[exp.Expr]:
    where = tree.args.get("where")
    return [where.this.copy()] if where is not None else []


def _projection(tree: exp.Select, name: str) -> exp.Expr | None:
    return next((_unaliased(item) for item in tree.expressions if item.alias_or_name == name), None)


def _unaliased(item: exp.Expr) -> exp.Expr:
    return item.this if isinstance(item, exp.Alias) else item


_AGGREGATING = {"count", "sum", "avg", "min", "max", "total", "group_concat", "string_agg", "stddev", "std", "variance",
                "stddev_pop", "stddev_samp", "var_pop", "var_samp"}  # fmt: skip


def _aggregates(node: exp.Expr) -> bool:
    return bool(node.find(exp.AggFunc, exp.Window)) or any(
        call.name.lower() in _AGGREGATING for call in node.find_all(exp.Anonymous)
    )


def _test(inner: exp.Expr, value: Any) -> exp.Expr:
    if value is None:
        return exp.Is(this=inner.copy(), expression=exp.Null())
    if isinstance(value, str) and len(value) <= 2000:
        literal: exp.Expr = exp.Literal.string(value)
    elif type(value) in (int, float) and math.isfinite(value):
        literal = exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
    else:
        raise Invalid("there is no such point in this chart", "draw the chart again")
    return exp.EQ(this=inner.copy(), expression=literal)
