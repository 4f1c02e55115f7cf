"""From a tree to the SQL that runs: every node is known or the statement is refused, every name is resolved.

What comes out holds no word of the person's but escaped literals: tables appear as marks that ``fill`` replaces with
the rows of one caller, columns and aliases under names of our own. So a name cannot mean one thing to the checker and
another to the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from hub.access import READABLE, readable_columns
from hub.query.calls import Calls
from hub.query.expressions import Comparison
from hub.query.grammar import not_select, parse, show, too_complex
from hub.query.scope import (
    TABLES,
    TAKEN,
    Column,
    Output,
    Scope,
    Source,
    alias_of,
    ambiguous_column,
    bound,
    clip,
    columns_of,
    is_source_column,
    keys_of,
    name_of,
    only,
    refuse,
    renamed,
    resolve,
    unknown_table,
    whole,
)

MAX_JOINS = 24
MAX_TABLES = 120  # with every use of a WITH query counted by the tables in it, since databases write it out
_JOINS = {
    ("", ""): "JOIN", ("", "INNER"): "JOIN", ("", "CROSS"): "JOIN",
    ("LEFT", ""): "LEFT JOIN", ("LEFT", "OUTER"): "LEFT JOIN",
    ("RIGHT", ""): "RIGHT JOIN", ("RIGHT", "OUTER"): "RIGHT JOIN",
}  # fmt: skip


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


class _Compiler(Calls):
    """Compiles one statement."""

    def statement(self, tree: exp.Query) -> Checked:
        while type(tree) is exp.Subquery and not any(value for key, value in tree.args.items() if key != "this"):
            tree = tree.this
        limit, offset = bound(tree.args.get("limit")), bound(tree.args.get("offset")) or 0
        body, outputs = self.query(tree, None, {}, top=True)
        columns = tuple(output.name for output in outputs)
        names = tuple(output.alias for output in outputs)
        tables, comparisons = frozenset(self.tables), tuple(self.comparisons)
        return Checked(show(tree), body, columns, names, tables, comparisons, limit, offset)

    def query(
        self, node: exp.Expr, parent: Scope | None, ctes: dict[str, Source], *, top: bool = False
    ) -> tuple[str, list[Output]]:
        """The SQL of a query and its result columns; ``top`` leaves LIMIT and OFFSET to whoever runs it."""
        if type(node) is exp.Select:
            return self.select(node, parent, ctes, top)
        if type(node) in (exp.Union, exp.Intersect, exp.Except):
            return self.set_operation(node, parent, ctes, top)
        if type(node) is exp.Subquery:
            only(node, "this", "with_", "order", "limit", "offset")
            head, ctes = self.with_(node, parent, ctes)
            inner, outputs = self.query(node.this, parent, ctes)
            if not any(node.args.get(key) for key in ("with_", "order", "limit", "offset")):
                return inner, outputs
            return self.ordered(node, head + self.wrapped(inner), outputs, top), outputs
        raise not_select()

    def with_(self, node: exp.Expr, parent: Scope | None, ctes: dict[str, Source]) -> tuple[str, dict[str, Source]]:
        clause = node.args.get("with_")
        if clause is None:
            return "", ctes
        only(clause, "expressions", "recursive")
        if clause.args.get("recursive"):
            raise refuse("too_complex", "recursive queries are not run", "ask without WITH RECURSIVE")
        ctes, parts = dict(ctes), []
        for cte in clause.expressions:
            only(cte, "this", "alias")
            name = name_of(cte.args["alias"].this)
            if name in TAKEN or name.startswith(("sqlite_", "mysql")):
                raise refuse("cte_name", f"a WITH query cannot be called {clip(name)}", "give it another name")
            if name in self.cte_names:
                raise refuse("cte_name", f"two WITH queries are called {clip(name)}", "give them different names")
            before = self.used
            inner, outputs = self.query(cte.this, parent, ctes)
            self.cte_names.add(name)
            alias = self.fresh("q")
            ctes[name] = Source(name, alias, columns_of(outputs, cte.args["alias"]), used=self.used - before)
            parts.append(f"{alias} AS ({inner})")
        return f"WITH {', '.join(parts)} ", ctes

    def set_operation(
        self, node: exp.Expr, parent: Scope | None, ctes: dict[str, Source], top: bool
    ) -> tuple[str, list[Output]]:
        only(node, "with_", "this", "expression", "distinct", "order", "limit", "offset")
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
        self, node: exp.Expr, chain: exp.Expr | None, parent: Scope | None, ctes: dict[str, Source]
    ) -> tuple[str, list[Output]]:
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
        return (sql if plain or same else self.wrapped(sql)), outputs

    def wrapped(self, sql: str) -> str:
        return f"SELECT * FROM ({sql}) AS {self.fresh('t')}"  # noqa: S608 - made of checked parts

    def ordered(self, node: exp.Expr, body: str, outputs: list[Output], top: bool) -> str:
        """The query with its ORDER BY over result columns alone, and its LIMIT."""
        order = node.args.get("order")
        if order:
            only(order, "expressions")
            scope = Scope(None, {}, clause="order")
            for output in outputs:
                scope.aliases.setdefault(output.name.lower(), output)
            body += " ORDER BY " + ", ".join(self.order_term(term, scope, outputs) for term in order.expressions)
        return body + ("" if top else self.limit(node))

    def limit(self, node: exp.Expr) -> str:
        limit, offset = bound(node.args.get("limit")), bound(node.args.get("offset"))
        if limit is None and not offset:
            return ""
        return f" LIMIT {limit if limit is not None else 2**62} OFFSET {offset or 0}"

    def select(
        self, node: exp.Select, parent: Scope | None, ctes: dict[str, Source], top: bool
    ) -> tuple[str, list[Output]]:
        only(
            node,
            *("with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "windows"),
            *("order", "limit", "offset"),
        )
        head, ctes = self.with_(node, parent, ctes)
        scope = Scope(parent, ctes)
        source = self.from_(node, scope)
        scope.windows = {name_of(window.this): window for window in node.args.get("windows") or ()}
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
            only(distinct)
        parts = [f"{head}SELECT {'DISTINCT ' if distinct else ''}"]
        parts.append(", ".join(f"{output.sql} AS {output.alias}" for output in outputs))
        parts += [source, where, f" GROUP BY {', '.join(group)}" if group else "", having, order]
        if not top:
            parts.append(self.limit(node))
        return self.sized("".join(parts)), outputs

    def from_(self, node: exp.Select, scope: Scope) -> str:
        clause = node.args.get("from_")
        if clause is None:
            if node.args.get("joins"):
                raise refuse("parse", "JOIN needs a FROM before it", "name the first table in FROM")
            return ""
        only(clause, "this")
        if type(clause.this) is exp.Table and self.is_dual(clause.this) and not node.args.get("joins"):
            return ""
        sql = " FROM " + self.source(clause.this, scope)
        for join in node.args.get("joins") or ():
            sql += self.join(join, scope)
        return sql

    @staticmethod
    def is_dual(table: exp.Table) -> bool:
        return table.name.lower() == "dual" and not any(v for k, v in table.args.items() if k != "this")

    def join(self, join: exp.Expr, scope: Scope) -> str:
        only(join, "this", "on", "side", "kind", "using", "method")
        self.joins += 1
        if self.joins > MAX_JOINS:
            raise too_complex("the statement joins too many tables", f"use at most {MAX_JOINS} joins")
        method, side, kind = (str(join.args.get(part) or "").upper() for part in ("method", "side", "kind"))
        word = _JOINS.get((side, kind)) if method in ("", "NATURAL") else None
        if word is None:
            said = " ".join(filter(None, (method, side, kind)))
            raise refuse("join", f"{clip(said)} JOIN is not supported", "use JOIN or LEFT JOIN")
        sql = f" {word} {self.source(join.this, scope)}"
        condition = ""
        using = [name_of(c.this if isinstance(c, exp.Column) else c) for c in join.args.get("using") or ()]
        if method == "NATURAL":
            using = self.shared_keys(scope)
        if using:
            condition = " AND ".join(self.using(name, scope, word) for name in using)
        elif on := join.args.get("on"):
            scope.clause = "on"
            condition = self.expr(on, scope)
            self.note_equal(on, scope)
        elif word != "JOIN":
            raise refuse("join", f"{word} needs a condition", "add ON or USING")
        return sql + (f" ON {condition}" if condition else " ON 1 = 1")

    def shared_keys(self, scope: Scope) -> list[str]:
        """The columns of a NATURAL JOIN, which all have to be keys: two created_at that are equal mean nothing."""
        right = scope.sources[-1]
        shared = [name for name in right.columns if any(name in source.columns for source in scope.sources[:-1])]
        for name in shared:
            column = right.columns[name]
            if column is None or column.origin is None or not (column.origin.primary_key or column.origin.foreign_keys):
                raise refuse("join", f"NATURAL JOIN would compare {clip(name)}", "say what is equal with ON or USING")
        if not shared:
            raise refuse("join", "NATURAL JOIN finds no column on both sides", "say what is equal with ON or USING")
        return shared

    def using(self, name: str, scope: Scope, word: str) -> str:
        right = scope.sources[-1]
        lefts = [source for source in scope.sources[:-1] if name in source.columns and name not in source.merged]
        there = right.columns.get(name)
        here = lefts[0].columns[name] if len(lefts) == 1 else None
        if len(lefts) > 1:
            raise refuse("ambiguous_column", f"{clip(name)} in USING is in several tables", "use ON instead")
        if there is None or here is None:
            raise refuse("unknown_column", f"USING needs a column {clip(name)} on both sides", "use ON instead")
        if word == "RIGHT JOIN":
            lefts[0].merged.add(name)
        else:
            right.merged.add(name)
        pair = (lefts[0].sql(here), right.sql(there))
        scope.equal.append(pair)
        return f"{pair[0]} = {pair[1]}"

    def note_equal(self, on: exp.Expr, scope: Scope) -> None:
        """Keep the columns that a join makes equal: grouping by one groups by the other."""
        for part in on.flatten() if type(on) is exp.And else (on,):
            part = part.unnest()
            if type(part) is exp.EQ and all(type(side) is exp.Column for side in (part.this, part.expression)):
                scope.equal.append((self.expr(part.this, scope), self.expr(part.expression, scope)))

    def source(self, node: exp.Expr, scope: Scope) -> str:
        """One table, WITH query or subquery of FROM, added to the scope."""
        alias = self.fresh("t")
        if type(node) is exp.Table:
            only(node, "this", "alias")
            if type(node.this) is not exp.Identifier:
                raise refuse("unknown_table", "functions cannot stand in for tables", "name a table of the catalogue")
            name = name_of(node.this)
            said = node.args.get("alias")
            cte = scope.ctes.get(name)
            self.use(cte.used if cte else 1)
            if cte:
                columns, sql, table = dict(cte.columns), cte.alias, None
                if said is not None and said.args.get("columns"):
                    columns = renamed(list(columns.values()), said)
            elif name in READABLE:
                if said is not None and said.args.get("columns"):
                    raise refuse("parse", f"the columns of {name} cannot be renamed in FROM", "rename them in SELECT")
                table = TABLES[name]
                node.this.set("this", name)  # shown as it is called
                self.tables.add(name)
                columns = {c.name: Column(c.name, c.name, c) for c in readable_columns(table)}
                sql = f"\x00{name}\x00"
            else:
                raise unknown_table(name, scope)
        elif type(node) is exp.Subquery:
            said = node.args.get("alias")
            node.set("alias", None)  # it belongs to this use; the rest of the node is the query itself
            inner, outputs = self.query(node, scope.parent, scope.ctes)
            node.set("alias", said)
            columns, sql, table = columns_of(outputs, said), f"({inner})", None
            name = ""
        else:
            raise refuse("parse", "FROM takes tables and subqueries", "name a table of the catalogue")
        if said is not None:
            only(said, "this", "columns")
            name = name_of(said.this) if said.this else name
        if name and any(source.name == name for source in scope.sources):
            raise refuse("ambiguous_table", f"two tables here are called {clip(name)}", "give each its own alias")
        scope.sources.append(Source(name, alias, columns, table))
        return f"{sql} AS {alias}"

    def use(self, tables: int) -> None:
        self.used += tables
        if self.used > MAX_TABLES:
            raise too_complex(
                "the statement uses too many tables", f"use at most {MAX_TABLES}, WITH queries written out"
            )

    def projections(self, node: exp.Select, scope: Scope) -> list[Output]:
        outputs: list[Output] = []
        for item in node.expressions:
            said, inner = None, item
            if type(item) is exp.Alias:
                only(item, "this", "alias")
                name_of(item.args["alias"])
                said, inner = str(item.args["alias"].this), item.this
            if type(inner) is exp.Star or (type(inner) is exp.Column and type(inner.this) is exp.Star):
                outputs += self.star(inner, scope)
                continue
            sql, bare, aggregate = self.watched(inner, scope)
            name = said if said is not None else self.column_name(inner, scope)
            origin = self.origin(inner, scope)
            output = Output(name, sql, self.fresh("c"), origin[0] if origin else None, inner, bare, aggregate)
            outputs.append(output)
            if said is not None:
                scope.aliases.setdefault(said.lower(), output)
        if not outputs:
            raise refuse("parse", "the SELECT names no columns", "say which columns you want")
        return outputs

    def column_name(self, node: exp.Expr, scope: Scope) -> str:
        if type(node) is exp.Column:
            found = resolve(node, scope)
            if isinstance(found, tuple):
                return found[1].name
        text = show(node)
        return text if len(text) <= 100 else text[:97] + "..."

    def star(self, node: exp.Expr, scope: Scope) -> list[Output]:
        star = node if type(node) is exp.Star else node.this
        only(star)
        sources = scope.sources
        if type(node) is exp.Column:
            only(node, "this", "table")
            name = name_of(node.args["table"])
            sources = [source for source in scope.sources if source.name == name]
            if not sources:
                raise refuse("unknown_table", f"no table here is called {clip(name)}", "name it in FROM")
        if not sources:
            raise refuse("parse", "* needs a FROM", "name a table of the catalogue")
        outputs = []
        for source in sources:
            for key, column in source.columns.items():
                if type(node) is exp.Star and key in source.merged:
                    continue
                if column is None:
                    raise ambiguous_column(key, [source])
                sql = source.sql(column)
                outputs.append(Output(column.name, sql, self.fresh("c"), column.origin, None, {sql: (source, column)}))
        return outputs

    def where(self, node: exp.Select, scope: Scope) -> str:
        clause = node.args.get("where")
        if clause is None:
            return ""
        only(clause, "this")
        scope.clause = "where"
        return f" WHERE {self.expr(clause.this, scope)}"

    def group(self, node: exp.Select, scope: Scope, outputs: list[Output]) -> list[str]:
        clause = node.args.get("group")
        if clause is None:
            return []
        only(clause, "expressions")
        scope.clause = "group"
        terms = []
        for term in clause.expressions:
            term = term.unnest()
            output = None if is_source_column(term, scope) else alias_of(term, scope)
            if (number := whole(term)) is not None:
                output = self.numbered_output(number, outputs)
            terms.append(output.sql if output else self.expr(term, scope))
            if output and output.aggregate:
                raise refuse("not_grouped", "GROUP BY cannot take an aggregate", "group by plain columns")
        scope.groups = set(terms)
        return terms

    def having(self, node: exp.Select, scope: Scope) -> str:
        clause = node.args.get("having")
        if clause is None:
            return ""
        only(clause, "this")
        scope.clause = "having"
        sql, bare, _ = self.watched(clause.this, scope)
        scope.bare |= bare
        scope.aggregates = True
        return f" HAVING {sql}"

    def select_order(self, node: exp.Select, scope: Scope, outputs: list[Output]) -> str:
        clause = node.args.get("order")
        if clause is None:
            return ""
        only(clause, "expressions")
        scope.clause = "order"
        return " ORDER BY " + ", ".join(self.order_term(term, scope, outputs) for term in clause.expressions)

    def dependent_columns(self, scope: Scope, outputs: list[Output], group: list[str]) -> list[str]:
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
                if any(fixed.issuperset(key) for key in keys_of(source)):
                    more = {source.sql(c) for c in source.columns.values() if c is not None} - fixed
                    changed |= bool(more)
                    fixed |= more
        for sql, (_, column) in bare.items():
            if sql in group or sql in extra:
                continue
            if sql not in fixed:
                raise refuse(
                    "not_grouped",
                    f"{clip(column.name)} is neither grouped by nor aggregated",
                    f"add it to GROUP BY, or use MAX({clip(column.name)})",
                )
            extra.append(sql)
        return extra

    # --- subqueries in expressions ---

    def subquery(self, node: exp.Expr, scope: Scope, width: int | None, *, wrap: bool = False) -> str:
        inner, outputs = self.query(node, scope, scope.ctes)
        if width is not None and len(outputs) != width:
            raise refuse("parse", f"a subquery here must give {width} column(s)", f"it gives {len(outputs)}")
        # MariaDB takes no LIMIT directly inside IN.
        return self.wrapped(inner) if wrap and " LIMIT " in inner else inner

    def x_subquery(self, node: exp.Expr, scope: Scope) -> str:
        return f"({self.subquery(node, scope, 1)})"

    def x_select(self, node: exp.Expr, scope: Scope) -> str:
        return f"({self.subquery(node, scope, 1)})"

    def x_exists(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this")
        return f"EXISTS ({self.subquery(node.this, scope, None)})"

    def x_in(self, node: exp.Expr, scope: Scope) -> str:
        only(node, "this", "expressions", "query")
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
