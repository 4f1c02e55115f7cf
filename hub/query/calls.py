"""The calls of a statement: functions, aggregates, windows, and moments moved by intervals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from hub.query.expressions import DAY, Expressions
from hub.query.functions import FUNCTIONS, Function, literal_text
from hub.query.grammar import show
from hub.query.scope import Scope, clip, counted, name_of, near, only, refuse

_UNITS = {
    **{unit: (1, unit) for unit in ("second", "minute", "hour", "day", "month", "year")},
    "week": (7, "day"), "quarter": (3, "month"),
}  # fmt: skip
_FRAME = re.compile(r"UNBOUNDED|CURRENT ROW|\d{1,9}")


class Calls(Expressions):
    """Writes calls of the functions that are allowed."""

    def x_dpipe(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "expression", "safe")
        return self.call("concat", (node.this, node.args["expression"]), scope)

    def x_if(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "true", "false")
        return self.call("if", [node.this, node.args["true"], node.args.get("false") or exp.null()], scope)

    def x_trim(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "position")
        side = str(node.args.get("position") or "").lower()
        name = {"": "trim", "both": "trim", "leading": "ltrim", "trailing": "rtrim"}[side]
        return self.call(name, (node.this,), scope)

    def x_extract(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "expression")
        unit = node.this.name.lower()
        if unit not in ("year", "quarter", "month", "day", "hour", "minute", "second"):
            raise refuse("forbidden_function", f"EXTRACT({clip(unit)}) is not known", "use YEAR, MONTH or DAY")
        return self.call(unit, (node.args["expression"],), scope)

    def shift(self, moment: exp.Expr, interval: exp.Expr, sign: int, scope: Scope) -> str:
        """A moment moved by an INTERVAL; a day stays a day."""
        only(interval, "this", "unit")
        unit = interval.args["unit"].name.lower().removesuffix("s") if interval.args.get("unit") else ""
        amount = re.fullmatch(r"([+-]?\d{1,6})", show(interval.this).strip("'"))
        if unit not in _UNITS or not amount:
            raise refuse("parse", "this INTERVAL is not understood", "write INTERVAL 30 DAY")
        step, unit = _UNITS[unit]
        count, base = sign * int(amount[1]) * step, self.expr(moment, scope)
        if self.is_sqlite:
            is_day = unit in ("day", "month", "year") and (
                base.startswith("date(") or bool(DAY.fullmatch(literal_text(moment) or ""))
            )
            return f"{'date' if is_day else 'datetime'}({base}, '{count:+d} {unit}')"
        return f"DATE_ADD({base}, INTERVAL {count} {unit.upper()})"

    def x_anonymous(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "expressions")
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
            alike = near(name, list(FUNCTIONS))
            hint = f"did you mean {' or '.join(alike)}?" if alike else "use plain aggregates, text and date functions"
            raise refuse("forbidden_function", f"the function {clip(name)} is not allowed", hint)
        if not found.least <= count <= found.most:
            wanted = str(found.least) if found.least == found.most else f"{found.least} to {found.most}"
            raise refuse("forbidden_function", f"{name} takes {wanted} arguments", f"it was given {count}")
        return found

    def call(
        self, name: str, nodes: Sequence[exp.Expr], scope: Scope, *, over: bool = False,
        only_where: exp.Expr | None = None,
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
            only(nodes[0], "expressions")
            nodes[:1] = nodes[0].expressions
            if any(type(node) is exp.Star for node in nodes):
                raise refuse("parse", "DISTINCT takes a column, not *", "for example COUNT(DISTINCT model_id)")
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
        with counted(scope, aggregate):
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

    def arguments(self, name: str, nodes: Sequence[exp.Expr], only_where: exp.Expr | None, scope: Scope) -> list[str]:
        star = name == "count" and len(nodes) == 1 and type(nodes[0]) is exp.Star
        if star:
            only(nodes[0])
        if only_where is None:
            return ["*"] if star else [self.expr(node, scope) for node in nodes]
        value = "1" if star else self.expr(nodes[0], scope)
        first = f"CASE WHEN {self.expr(only_where, scope)} THEN {value} END"
        return [first, *(self.expr(node, scope) for node in nodes[1:])]

    def inner_order(self, node: exp.Expr, scope: Scope) -> list[tuple[str, bool]]:
        only(node, "this", "expressions")
        with counted(scope, True):
            return [key for term in node.expressions for key in self.order_keys(term, scope)]

    def group_concat(
        self, nodes: Sequence[exp.Expr], given: Sequence[str], distinct: bool, order: list[tuple[str, bool]]
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

    def date_add(self, name: str, nodes: Sequence[exp.Expr], scope: Scope) -> str:
        sign = 1 if name in ("date_add", "adddate") else -1
        if len(nodes) != 2 or type(nodes[1]) is not exp.Interval:
            raise refuse("forbidden_function", f"{name} takes a moment and an INTERVAL", "write INTERVAL 30 DAY")
        return self.shift(nodes[0], nodes[1], sign, scope)

    def x_filter(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "expression")
        where = node.args["expression"]
        if type(node.this) is not exp.Anonymous or type(where) is not exp.Where:
            raise refuse("parse", "FILTER belongs to an aggregate", "write COUNT(*) FILTER (WHERE ...)")
        only(where, "this")
        return self.call(str(node.this.this).lower(), node.this.expressions, scope, only_where=where.this)

    def x_window(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "partition_by", "order", "spec", "alias", "over")
        called = node.this
        if type(called) is not exp.Anonymous:
            raise refuse("parse", "OVER belongs to a function", "write ROW_NUMBER() OVER (...)")
        function = self.call(str(called.this).lower(), called.expressions, scope, over=True)
        if named := node.args.get("alias"):
            window = scope.windows.get(name_of(named))
            if window is None or any(node.args.get(key) for key in ("partition_by", "order", "spec")):
                raise refuse("parse", f"the window {clip(named.name)} is not known", "define it in WINDOW, plain")
            only(window, "this", "partition_by", "order", "spec")
            node = window
        parts = []
        if partition := node.args.get("partition_by"):
            parts.append("PARTITION BY " + ", ".join(self.expr(term, scope) for term in partition))
        if order := node.args.get("order"):
            only(order, "expressions")
            parts.append("ORDER BY " + ", ".join(self.order_term(term, scope) for term in order.expressions))
        if spec := node.args.get("spec"):
            parts.append(self.frame(spec))
        return self.sized(f"{function} OVER ({' '.join(parts)})")

    def frame(self, spec: exp.Expr) -> str:
        only(spec, "kind", "start", "start_side", "end", "end_side")
        kind = str(spec.args.get("kind") or "").upper()
        edges = []
        for edge in ("start", "end"):
            value, side = spec.args.get(edge), str(spec.args.get(f"{edge}_side") or "").upper()
            if value is None:
                continue
            text = (show(value) if isinstance(value, exp.Expr) else str(value)).upper()
            if not _FRAME.fullmatch(text) or side not in ("", "PRECEDING", "FOLLOWING"):
                raise refuse(
                    "parse", "this window frame is not understood", "use ROWS BETWEEN 2 PRECEDING AND CURRENT ROW"
                )
            edges.append(f"{text} {side}".strip())
        if kind not in ("ROWS", "RANGE") or not edges:
            raise refuse("parse", "this window frame is not understood", "use ROWS or RANGE")
        return f"{kind} BETWEEN {edges[0]} AND {edges[1]}" if len(edges) == 2 else f"{kind} {edges[0]}"
