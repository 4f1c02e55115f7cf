"""The expressions of a statement: operators, comparisons, plain values; a node without a method is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlglot import exp

from hub.query.functions import literal_text
from hub.query.grammar import show, too_complex
from hub.query.scope import Column, Output, Scope, Source, clip, only, refuse, resolve, whole

MAX_SQL = 200_000  # characters of what runs, before the caller's rows are filled in
DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
_NUMBER = re.compile(r"\d{1,30}(\.\d{0,30})?(e[+-]?\d{1,3})?|\.\d{1,30}", re.IGNORECASE)
_OPERATORS: Mapping[type[exp.Expr], str] = {
    exp.And: "AND", exp.Or: "OR", exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Mod: "%",
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip
_COMPARES = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_WHOLE = ("INT", "BIGINT", "SMALLINT", "TINYINT", "UINT", "UBIGINT", "BOOLEAN")
_BROKEN = ("FLOAT", "DOUBLE", "DECIMAL", "BIGDECIMAL")
_TEXT = ("TEXT", "CHAR", "VARCHAR", "NCHAR", "NVARCHAR")
_TYPES: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(_WHOLE, ("CAST({0} AS INTEGER)", "CAST({0} AS SIGNED)")),
    **dict.fromkeys(_BROKEN, ("CAST({0} AS REAL)", "CAST({0} AS DOUBLE)")),
    **dict.fromkeys(_TEXT, ("CAST({0} AS TEXT)", "CAST({0} AS CHAR)")),
    "DATE": ("date({0})", "DATE({0})"),
    **dict.fromkeys(("DATETIME", "TIMESTAMP", "TIMESTAMPTZ"), ("datetime({0})", "CAST({0} AS DATETIME)")),
}
_FOLDS = {"lower": "lower", "lcase": "lower", "upper": "upper", "ucase": "upper"}
How = Literal["equal", "order", "like", "pattern"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A text that a statement compares with a column of the catalogue."""

    column: sa.Column[Any]
    text: str
    folded: str  # "lower" or "upper" where the column's letters are made so first
    how: How  # like: no wildcards, but without regard to case


class Expressions:
    """Writes the SQL of expressions. Methods named after a node type are the allow-list."""

    def __init__(self, is_sqlite: bool) -> None:
        self.is_sqlite = is_sqlite
        self.tables: set[str] = set()
        self.comparisons: list[Comparison] = []
        self.cte_names: set[str] = set()
        self.joins = 0
        self.used = 0
        self.numbered = 0
        self.size = 0

    def order_term(self, term: exp.Expr, scope: Scope, outputs: Sequence[Output] = ()) -> str:
        keys = self.order_keys(term, scope, outputs)
        return ", ".join(f"{sql} DESC" if down else sql for sql, down in keys)

    def order_keys(self, term: exp.Expr, scope: Scope, outputs: Sequence[Output] = ()) -> list[tuple[str, bool]]:
        """What to sort by and whether downwards; a key of its own for NULLs where they do not sort as the lowest."""
        down, first, inner = False, None, term
        if type(term) is exp.Ordered:
            only(term, "this", "desc", "nulls_first")
            down, first, inner = bool(term.args.get("desc")), term.args.get("nulls_first"), term.this
        if outputs and (number := whole(inner)) is not None:
            sql = self.numbered_output(number, outputs).alias
        else:
            folded = type(inner) is exp.Collate
            sql, bare, _ = self.watched(self.uncollated(inner) if folded else inner, scope)
            sql = f"LOWER({sql})" if folded else sql
            scope.bare |= bare
        nulls = [] if first is None or bool(first) != down else [(f"({sql} IS NULL)", bool(first))]
        return [*nulls, (sql, down)]

    def numbered_output(self, number: int, outputs: Sequence[Output]) -> Output:
        if not 1 <= number <= len(outputs):
            raise refuse("unknown_column", f"there is no result column {number}", f"there are {len(outputs)}")
        return outputs[number - 1]

    def watched(self, node: exp.Expr, scope: Scope) -> tuple[str, dict[str, tuple[Source, Column]], bool]:
        """An expression's SQL, the columns it uses outside aggregates and groups, and whether it aggregates."""
        kept, scope.bare = scope.bare, {}
        before, scope.aggregates = scope.aggregates, False
        sql = self.expr(node, scope)
        bare, aggregate = scope.bare, scope.aggregates
        scope.bare, scope.aggregates = kept, before or aggregate
        return sql, bare, aggregate

    def expr(self, node: exp.Expr, scope: Scope) -> str:
        """The SQL of one expression; a node without a method of its own is refused."""
        write = getattr(self, f"x_{type(node).__name__.lower()}", None)
        operator = _OPERATORS.get(type(node))
        if operator:
            return self.binary(node, operator, scope)
        if write is None:
            raise refuse("forbidden", f"{clip(type(node).__name__.upper())} is not allowed here", "use plain SELECT")
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

    def binary(self, node: exp.Expr, operator: str, scope: Scope) -> str:
        only(node, "this", "expression")
        if type(node) in (exp.And, exp.Or):
            parts = [self.expr(part, scope) for part in _operands(node)]
            return self.sized("(" + f" {operator} ".join(parts) + ")")
        left, right = node.this, node.args["expression"]
        if type(node) in (exp.Add, exp.Sub) and type(right) is exp.Interval:
            name = "date_add" if type(node) is exp.Add else "date_sub"
            return self.expr(exp.Anonymous(this=name, expressions=[left, right]), scope)
        if isinstance(node, _COMPARES):
            how: How = "equal" if type(node) in (exp.EQ, exp.NEQ) else "order"
            return f"({self.operand(left, right, scope, how)} {operator} {self.operand(right, left, scope, how)})"
        return self.sized(f"({self.expr(left, scope)} {operator} {self.expr(right, scope)})")

    def operand(self, node: exp.Expr, other: exp.Expr, scope: Scope, how: How = "equal") -> str:
        """One side of a comparison; a literal is matched to what the other side is."""
        if type(node) is exp.Collate or type(other) is exp.Collate:
            node, other = (self.uncollated(each) if type(each) is exp.Collate else each for each in (node, other))
            return f"LOWER({self.expr(node, scope)})"
        found = self.origin(other, scope)
        text = self.text_of(node, scope)
        if text is not None and found is not None:
            self.comparisons.append(Comparison(found[0], text, found[1], how))
            if self.is_sqlite and isinstance(found[0].type, sa.DateTime) and _MOMENT.fullmatch(text):
                return self.text(text.replace("T", " ") + " 00:00:00"[len(text) - 10 :])  # moments are text there
        if (
            isinstance(node, exp.Literal)
            and not node.is_string
            and isinstance(other, exp.Anonymous)
            and other.name.lower() in ("strftime", "date_format")
        ):
            return self.text(str(node.this))
        return self.expr(node, scope)

    def text_of(self, node: exp.Expr, scope: Scope) -> str | None:
        text = literal_text(node)
        if text is None and type(node) is exp.Column and resolve(node, scope) is None:
            return str(node.this.this)
        return text

    def origin(self, node: exp.Expr, scope: Scope) -> tuple[sa.Column[Any], str] | None:
        """The catalogue column an expression shows, and whether its letter case is folded."""
        while type(node) is exp.Paren:
            node = node.this
        if type(node) is exp.Column and type(node.this) is exp.Identifier:
            found = resolve(node, scope)
            if isinstance(found, tuple) and found[1].origin is not None:
                return found[1].origin, ""
            if isinstance(found, Output) and found.origin is not None:
                return found.origin, ""
        if type(node) is exp.Anonymous and node.name.lower() in _FOLDS:
            inner = self.origin(node.expressions[0], scope) if len(node.expressions) == 1 else None
            return (inner[0], _FOLDS[node.name.lower()]) if inner else None
        if type(node) in (exp.Trim, exp.Collate):
            return self.origin(node.this, scope)
        return None

    def x_paren(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this")
        return self.expr(node.this, scope)

    def x_column(self, node: exp.Expr, scope: Scope) -> str:
        found = resolve(node, scope)
        if found is None:
            return self.text(str(node.this.this))
        if isinstance(found, str):
            return self.expr(exp.Anonymous(this=found), scope)
        if isinstance(found, Output):
            return found.alias
        source, column, owner = found
        if column.origin is not None and node.name.lower() == column.name:
            node.this.set("this", column.name)
        sql = source.sql(column)
        if not owner.inside_aggregate and owner.clause in ("select", "having", "order") and sql not in owner.groups:
            owner.bare[sql] = (source, column)
        return sql

    def x_literal(self, node: exp.Expr, _scope: Scope) -> str:
        text = str(node.this)
        if node.args.get("is_string"):
            return self.text(text)
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise refuse("parse", f"{clip(text)} is not a number", "write it in digits")
        return text if len(text) < 19 or not text.isdigit() else text + "e0"

    def text(self, text: str) -> str:
        if not self.is_sqlite:
            text = text.replace("\\", "\\\\")
        return "'" + text.replace("'", "''") + "'"

    def x_null(self, _node: exp.Expr, _scope: Scope) -> str:
        return "NULL"

    def x_boolean(self, node: exp.Expr, _scope: Scope) -> str:
        return "1" if node.this else "0"

    def x_not(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this")
        return f"(NOT {self.expr(node.this, scope)})"

    def x_neg(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this")
        return f"(- {self.expr(node.this, scope)})"

    def x_div(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "expression", "typed", "safe")
        number = "REAL" if self.is_sqlite else "DOUBLE"
        left, right = self.expr(node.this, scope), self.expr(node.args["expression"], scope)
        return f"(CAST({left} AS {number}) / {right})"

    def x_intdiv(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "expression")
        left, right = self.expr(node.this, scope), self.expr(node.args["expression"], scope)
        return f"CAST({left} / {right} AS INTEGER)" if self.is_sqlite else f"({left} DIV {right})"

    def x_is(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "expression", "negate")
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

    def x_between(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "low", "high")
        low, high = (self.operand(node.args[side], node.this, scope, "order") for side in ("low", "high"))
        return f"({self.expr(node.this, scope)} BETWEEN {low} AND {high})"

    def row(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "expressions")
        return f"({', '.join(self.expr(item, scope) for item in node.expressions)})"

    def x_like(self, node: exp.Expr, scope: Scope, escape: str = "\\") -> str:
        only(node, "this", "expression", "negate")
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

    def x_escape(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "expression")
        escape = literal_text(node.args["expression"])
        if type(node.this) not in (exp.Like, exp.ILike) or escape is None or len(escape) != 1 or escape.isalnum():
            raise refuse("parse", "ESCAPE takes one sign after LIKE", "for example ESCAPE '!'")
        return self.x_like(node.this, scope, escape)

    def x_case(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "ifs", "default")
        subject = node.args.get("this")
        parts = ["CASE", *([self.expr(subject, scope)] if subject is not None else [])]
        for branch in node.args["ifs"]:
            only(branch, "this", "true")
            test = self.expr(branch.this, scope) if subject is None else self.operand(branch.this, subject, scope)
            parts.append(f"WHEN {test} THEN {self.expr(branch.args['true'], scope)}")
        if node.args.get("default") is not None:
            parts.append(f"ELSE {self.expr(node.args['default'], scope)}")
        return self.sized(" ".join(parts) + " END")

    def x_cast(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "to", "safe")
        kind = node.args["to"]
        templates = _TYPES.get(kind.this.name) if type(kind) is exp.DataType else None
        if templates is None:
            raise refuse("forbidden", f"CAST to {clip(show(kind))} is not allowed", "cast to INTEGER, REAL or TEXT")
        if any(value for key, value in kind.args.items() if key not in ("this", "expressions", "nested")):
            raise refuse("forbidden", "CAST takes a plain type", "cast to INTEGER, REAL or TEXT")
        return templates[0 if self.is_sqlite else 1].format(self.expr(node.this, scope))

    def uncollated(self, node: exp.Expr) -> exp.Expr:
        """What stands before COLLATE NOCASE."""
        only(node, "this", "expression")
        if node.args["expression"].name.lower() != "nocase":
            raise refuse("forbidden", "this COLLATE is not allowed", "leave it out, or use LOWER()")
        inner: exp.Expr = node.this
        return inner

    def fresh(self, letter: str) -> str:
        self.numbered += 1
        return f"{letter}{self.numbered}"


def _operands(node: exp.Expr) -> list[exp.Expr]:
    """The terms of a chain of the same connector, left to right, without recursion."""
    found: list[exp.Expr] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if type(one) is type(node):
            waiting += [one.args["expression"], one.this]
        else:
            found.append(one)
    return found
