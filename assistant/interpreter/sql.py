"""From the meaning of a question to one SELECT over the plain tables, the same text on every backend.

Conditions on other tables are ``IN (SELECT …)``, so that joins never multiply the rows of an answer; only columns that
are shown, grouped or aggregated are joined. Moments are compared with days as text over half-open ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from assistant.interpreter.schema import Column, Path, Schema, Step, path_key
from assistant.interpreter.tree import (
    AllOf,
    AnyOf,
    Ask,
    Compare,
    Counted,
    Extreme,
    Linked,
    Not,
    Order,
    Peers,
    Rows,
    Scalar,
    Shown,
    Test,
    Top,
)

_OPPOSITE = {"<": ">=", "<=": ">"}


class Inexpressible(Exception):
    """A meaning that would need a statement this module does not write."""


def write_sql(schema: Schema, ask: Ask, *, backslash: bool = False) -> str:
    """The statement for a question; ``backslash`` when the backend reads ``\\`` in a string as an escape."""
    return _Select(schema, ask.rows, backslash).write(ask)


class _Select:
    """One SELECT under way: its tables, and the alias under which each path's end is known."""

    def __init__(self, schema: Schema, rows: Rows, backslash: bool) -> None:
        self.schema = schema
        self.rows = rows
        self.backslash = backslash
        self.aliases: dict[tuple[str, ...], str] = {(): rows.table.name}
        self.used = {rows.table.name}
        self.joins: list[str] = []
        self.where: list[str] = [self.test(test, rows.table.name) for test in rows.tests]

    # -- the whole statement

    def write(self, ask: Ask) -> str:
        if ask.kind == "count":
            return self._write_count(ask)
        if ask.kind == "aggregate":
            return self._write_aggregate(ask)
        if ask.kind == "share":
            return self._write_share(ask)
        if ask.kind == "values":
            return self._write_values(ask)
        if ask.kind == "difference":
            return self._write_difference(ask)
        return self._write_rows(ask)

    def _write_rows(self, ask: Ask) -> str:
        shown = _distinct(ask.show)
        measure = ask.pick.by if ask.pick else None
        measures = (measure, ask.measure, *(order.by for order in ask.order))
        counted = next((by for by in measures if isinstance(by, Counted)), None)
        if counted is not None:
            return self._write_counted(ask, shown, counted)
        if isinstance(measure, Shown):
            shown = _distinct((*shown, measure))
        shown = _distinct((*shown, *(order.by for order in ask.order if isinstance(order.by, Shown))))
        columns = self.select_list(shown)
        keyed = any(each.column.info.get("name") and not each.path for each in shown) or not any(e.many for e in shown)
        distinct = not keyed or any(sum(step.many for step in each.path) > 1 for each in shown)
        orders = [self.order(order) for order in ask.order]
        limit, offset = ask.limit, ask.offset
        if isinstance(measure, Shown) and ask.pick is not None:
            column = self.column(measure)
            if ask.group:
                shown = _distinct((*shown, *ask.group))
                columns = self.select_list(shown)
                self._join_best(ask.group, measure, ask.pick.descending)
                orders = [self.column(each) for each in ask.group]
            elif ask.pick.number is None:
                functions = ("MAX", "MIN") if ask.pick.ends else ("MAX",) if ask.pick.descending else ("MIN",)
                best = [f"{column} = ({self.scalar(Scalar(each, measure, self.rows))})" for each in functions]
                self.where.append(best[0] if len(best) == 1 else f"({' OR '.join(best)})")
            else:
                self.where.append(f"{column} IS NOT NULL")
                orders.append(column + " DESC" * ask.pick.descending)
                limit, offset = ask.pick.number, ask.pick.skipped
        elif ask.pick is not None:
            raise Inexpressible("a superlative without a measure")
        orders += [column for column in self.default_order(shown) if column not in orders]
        return self.assemble(columns, orders=orders, limit=limit, distinct=distinct, offset=offset)

    def _join_best(self, group: Sequence[Shown], measure: Shown, highest: bool) -> None:
        """Keep only the rows with the highest or lowest measure of their group."""
        inner = _Select(self.schema, self.rows, self.backslash)
        keys = [inner.key(each) for each in group]
        best = f"{'MAX' if highest else 'MIN'}({inner.column(measure)}) AS best_of_group"
        named = [f"{key} AS group_{number}" for number, key in enumerate(keys, 1)]
        sql = inner.assemble([*named, best], group=keys)
        same = [f"best.group_{number} = {self.key(each)}" for number, each in enumerate(group, 1)]
        self.joins.append(
            f"JOIN ({sql}) AS best ON {' AND '.join([*same, f'best.best_of_group = {self.column(measure)}'])}"
        )

    def _write_counted(self, ask: Ask, shown: Sequence[Shown], counted: Counted) -> str:
        """Rows with a number of linked rows beside them, ordered by it or picked by it."""
        shown = [each for each in shown if not each.many]
        key = f"{self.rows.table.name}.{self.schema.key_of(self.rows.table).name}"
        columns = self.select_list(shown)
        fewest = not any(self._ways(ask)) and ask.having is None  # those with none count as well
        number, label = self.count_of(counted, outer=fewest)
        group = _unique([key, *(self.column(each) for each in shown)])
        having = [] if ask.having is None else [f"{number} {ask.having[0]} {ask.having[1]}"]
        orders, limit = [number + " DESC" * way for way in self._ways(ask)], ask.limit
        if ask.pick is not None:
            if ask.pick.number is None:
                function = "MAX" if ask.pick.descending else "MIN"
                inner = _Select(self.schema, self.rows, self.backslash)
                inner_number, _ = inner.count_of(counted, outer=fewest)
                inner_sql = inner.assemble([f"{inner_number} AS number"], group=[key])
                having.append(_is_extreme(number, function, inner_sql))
            else:
                limit = ask.pick.number
        orders += [self.column(each) for each in shown[:1]]
        return self.assemble(
            [*columns, f"{number} AS {label}"],
            group=group,
            having=having,
            orders=orders,
            limit=limit,
            offset=ask.offset,
        )

    @staticmethod
    def _ways(ask: Ask) -> list[bool]:
        return [ask.pick.descending] if ask.pick else [order.descending for order in ask.order]

    def _write_count(self, ask: Ask) -> str:
        label = f"{self.rows.table.name}_count"
        if ask.measure is not None:  # how many different values
            assert isinstance(ask.measure, Shown)
            column = self.column(ask.measure)
            return self.assemble([f"COUNT(DISTINCT {column}) AS {ask.measure.column.name}_count"])
        if not ask.group:
            return self.assemble([f"COUNT(*) AS {label}"])
        keys, group = self.group_keys(ask.group)
        table = self.rows.table
        many = any(each.many for each in ask.group)
        number = f"COUNT(DISTINCT {table.name}.{self.schema.key_of(table).name})" if many else "COUNT(*)"
        return self._write_groups(ask, keys, group, number, label)

    def _write_aggregate(self, ask: Ask) -> str:
        if isinstance(ask.measure, Counted):
            return self._write_count_aggregate(ask, ask.measure)
        assert isinstance(ask.measure, Shown)
        if ask.group and sum(step.many for each in ask.group for step in each.path) > 1:
            raise Inexpressible("an aggregate over rows that would be counted twice")
        column = self.column(ask.measure)
        expression = f"{ask.function}({column})"
        label = f"{_AGGREGATE_NAMES[ask.function]}_{ask.measure.column.name}"
        also = [
            f"COUNT(*) AS {self.rows.table.name}_count"
            if each == "COUNT" else f"{each}({column}) AS {_AGGREGATE_NAMES[each]}_{ask.measure.column.name}"
            for each in ask.also
        ]  # fmt: skip
        if not ask.group:
            return self.assemble([f"{expression} AS {label}", *also])
        keys, group = self.group_keys(ask.group)
        keys = [*keys, *also]
        return self._write_groups(ask, keys, group, expression, label)

    def _write_count_aggregate(self, ask: Ask, counted: Counted) -> str:
        """ "the average number of columns per dataset": a function of a number for each row."""
        if ask.group or ask.also:
            raise Inexpressible("numbers of rows by group, taken together")
        number, label = self.count_of(counted, outer=not counted.rows.tests)
        key = f"{self.rows.table.name}.{self.schema.key_of(self.rows.table).name}"
        each = self.assemble([f"{number} AS number"], group=[key])
        head = f"SELECT {ask.function}(counted.number) AS {_AGGREGATE_NAMES[ask.function]}_{label}"
        return f"{head} FROM ({each}) AS counted"

    def _write_share(self, ask: Ask) -> str:
        if ask.group:
            keys, group = self.group_keys(ask.group)
            whole = _Select(self.schema, self.rows, self.backslash).assemble(["COUNT(*)"])
            number = f"COUNT(DISTINCT {self.rows.table.name}.{self.schema.key_of(self.rows.table).name})"
            return self._write_groups(ask, keys, group, f"100.0 * {number} / ({whole})", "percentage")
        assert ask.part is not None
        part = _Select(self.schema, self.rows.with_tests(ask.part), self.backslash)
        return self.assemble([f"100.0 * ({part.assemble(['COUNT(*)'])}) / COUNT(*) AS percentage"])

    def _write_difference(self, ask: Ask) -> str:
        assert isinstance(ask.measure, Shown)
        assert ask.other is not None
        other = self.scalar(Scalar("only", ask.measure, ask.other))
        if ask.function == "RATIO":
            return self.assemble([f"{self.column(ask.measure)} * 1.0 / ({other}) AS ratio"])
        # a product with 1.0 is signed, so that the smaller less the larger is no error where the column is unsigned
        difference = f"{self.column(ask.measure)} * 1.0 - ({other})"
        return self.assemble([f"{f'ABS({difference})' if ask.function == 'ABS' else difference} AS difference"])

    def _write_groups(self, ask: Ask, keys: list[str], group: list[str], value: str, label: str) -> str:
        having = [] if ask.having is None else [f"{value} {ask.having[0]} {ask.having[1]}"]
        orders, limit = [f"{value} DESC"], ask.limit
        if ask.pick is not None:
            orders = [value + " DESC" * ask.pick.descending]
            if ask.pick.number is None:
                inner = _Select(self.schema, self.rows, self.backslash)
                _, inner_group = inner.group_keys(ask.group)
                if isinstance(ask.measure, Shown):
                    inner.column(ask.measure)
                inner_sql = inner.assemble([f"{value} AS number"], group=inner_group)
                function = "MAX" if ask.pick.descending else "MIN"
                having.append(_is_extreme(value, function, inner_sql))
            else:
                limit = ask.pick.number
        elif ask.order:
            orders = []
            for order in ask.order:
                by = value if isinstance(order.by, Counted) else self.column(order.by)
                orders.append(by + " DESC" * order.descending)
        orders += [key.split(" AS ")[0] for key in keys]
        return self.assemble(
            [*keys, f"{value} AS {label}"], group=group, having=having, orders=_unique(orders), limit=limit
        )

    def _write_values(self, ask: Ask) -> str:
        columns = [self.column(each) for each in ask.group]
        self.where += [f"{column} IS NOT NULL" for column in columns]
        return self.assemble(columns, orders=columns, distinct=True, limit=ask.limit)

    def group_keys(self, group: Sequence[Shown]) -> tuple[list[str], list[str]]:
        """(columns to show, columns to group by): rows of an entity are told apart by their key."""
        keys = self.select_list(group)
        columns = []
        for each in group:
            column = self.column(each)
            if each.column.info.get("name") and self.schema.name_of(each.column.table) is each.column:
                alias = column.split(".")[0]
                columns.append(f"{alias}.{self.schema.key_of(each.column.table).name}")
            columns.append(column)
            for test in each.tests:
                self.where.append(self.test(test, column.split(".")[0]))
        return keys, columns

    # -- its parts

    def assemble(
        self,
        columns: Sequence[str],
        *,
        group: Sequence[str] = (),
        having: Sequence[str] = (),
        orders: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
        distinct: bool = False,
    ) -> str:
        parts = [f"SELECT {'DISTINCT ' * distinct}{', '.join(columns)}", f"FROM {self.rows.table.name}", *self.joins]
        if self.where:
            parts.append("WHERE " + " AND ".join(_unique(self.where)))
        if group:
            parts.append("GROUP BY " + ", ".join(_unique(group)))
        if having:
            parts.append("HAVING " + " AND ".join(having))
        if orders:
            parts.append("ORDER BY " + ", ".join(_unique(orders)))
        if limit is not None:
            parts.append(f"LIMIT {limit}" + f" OFFSET {offset}" * bool(offset))
        return " ".join(parts)

    def select_list(self, shown: Iterable[Shown]) -> list[str]:
        """The columns with their aliases; two of one name are told apart by their table."""
        names: set[str] = set()
        columns = []
        for each in shown:
            column, name = self.column(each), each.column.name
            if each.part:
                columns.append(f"{column} AS {each.part}")
                continue
            for test in each.tests:
                self.where.append(self.test(test, column.split(".")[0]))
            if name in names:
                name = column.replace(".", "_")
                column = f"{column} AS {name}"
            names.add(name)
            columns.append(column)
        return columns

    def key(self, shown: Shown) -> str:
        """What tells groups apart: the column, or the key of the row that it is the name of."""
        column = self.column(shown)
        if self.schema.name_of(shown.column.table) is not shown.column:
            return column
        return f"{column.split('.')[0]}.{self.schema.key_of(shown.column.table).name}"

    def column(self, shown: Shown) -> str:
        column = f"{self.join(shown.path)}.{shown.column.name}"
        return f"{shown.part.upper()}({column})" if shown.part else column

    def join(self, path: Path, *, outer: bool = False) -> str:
        """The alias of the table at the end of a path; joins what is not joined yet."""
        alias = self.aliases[()]
        for number, step in enumerate(path, start=1):
            key = path_key(path[:number])
            if key not in self.aliases:
                self.aliases[key] = self._add_join(step, alias, outer)
            alias = self.aliases[key]
        return alias

    def _add_join(self, step: Step, alias: str, outer: bool) -> str:
        name = table = step.right.table.name
        copy = 1
        while name in self.used:
            copy += 1
            name = f"{table}_{copy}"
        self.used.add(name)
        named = table if name == table else f"{table} AS {name}"
        kind = "LEFT JOIN" if outer else "JOIN"
        self.joins.append(f"{kind} {named} ON {name}.{step.right.name} = {alias}.{step.left.name}")
        return name

    def count_of(self, counted: Counted, *, outer: bool) -> tuple[str, str]:
        """(expression, label) for the number of different rows at the end of a path."""
        if outer and counted.rows.tests:
            raise Inexpressible("the fewest of rows that meet a condition")
        alias = self.join(counted.path, outer=outer)
        self.where += [self.test(test, alias) for test in counted.rows.tests]
        table = counted.rows.table
        keys = list(table.primary_key.columns)
        if len(keys) == 1:
            return f"COUNT(DISTINCT {alias}.{keys[0].name})", f"{table.name}_count"
        return f"COUNT({alias}.{self.schema.key_of(table).name})", f"{table.name}_count"

    def order(self, order: Order) -> str:
        if isinstance(order.by, Counted):
            raise Inexpressible("an order by a number that is not shown")
        column = self.column(order.by)
        if order.by.column.info.get("name"):
            column = f"LOWER({column})"
        if order.descending:
            return column + " DESC"
        return f"{column} IS NULL, {column}" if order.by.column.nullable else column

    def default_order(self, shown: Sequence[Shown]) -> list[str]:
        return [self.column(each) for each in shown if each.column.info.get("name")]

    # -- conditions

    def test(self, test: Test, alias: str) -> str:
        """The condition as SQL, for the row known under this alias."""
        if isinstance(test, Compare):
            return self._compare(test, alias)
        if isinstance(test, Linked):
            return self._linked(test, alias)
        if isinstance(test, Not):
            return self._not(test.test, alias)
        if isinstance(test, AnyOf):
            return "(" + " OR ".join(self.test(each, alias) for each in test.tests) + ")"
        if isinstance(test, AllOf):
            return "(" + " AND ".join(self.test(each, alias) for each in test.tests) + ")"
        if isinstance(test, Top):
            return self._top(test, alias)
        if isinstance(test, Peers):
            return self._peers(test, alias)
        return self._extreme(test, alias)

    def _peers(self, test: Peers, alias: str) -> str:
        each = _Select(self.schema, test.rows, self.backslash)
        number, group = f"{test.function.upper()}({each.column(test.shown)}) AS number", each.key(test.group)
        numbers = each.assemble([f"{group} AS group_1", number], group=[group])
        inner = _Select(self.schema, Rows(test.rows.table), self.backslash)
        column, own = inner.column(test.shown), inner.key(test.group)
        inner.joins.append(f"JOIN ({numbers}) AS peers ON peers.group_1 = {own}")
        inner.where.append(f"{column} {test.op} peers.number")
        key = self.schema.key_of(test.rows.table).name
        return f"{alias}.{key} IN ({inner.assemble([f'{test.rows.table.name}.{key}'])})"

    def _top(self, test: Top, alias: str) -> str:
        by = test.pick.by
        if not isinstance(by, Shown):
            raise Inexpressible("the first few by a number that is counted")
        inner = _Select(self.schema, test.rows, self.backslash)
        key, name = self.schema.key_of(test.rows.table).name, self.schema.name_of(test.rows.table)
        column = inner.column(by)
        inner.where.append(f"{column} IS NOT NULL")
        orders = [column + " DESC" * test.pick.descending]
        orders += [f"{test.rows.table.name}.{name.name}"] if name is not None else []
        first = inner.assemble(
            [f"{test.rows.table.name}.{key}"], orders=orders, limit=test.pick.number, offset=test.pick.skipped
        )
        return f"{alias}.{key} IN (SELECT first_few.{key} FROM ({first}) AS first_few)"  # noqa: S608 (from a tree)

    def _not(self, test: Test, alias: str) -> str:
        if isinstance(test, Not):
            return self.test(test.test, alias)
        if isinstance(test, Compare) and test.op == "=" and not isinstance(test.value, Scalar):
            if isinstance(test.value, bool):
                return self._compare(Compare(test.column, "=", not test.value), alias)
            return f"{alias}.{test.column.name} <> {self.literal(test.value)}"
        if isinstance(test, Compare) and test.op == "null":
            return f"{alias}.{test.column.name} IS NOT NULL"
        if isinstance(test, Linked) and test.count is None and test.path:
            return self._linked(test, alias, "NOT IN")
        return f"NOT ({self.test(test, alias)})"

    def _compare(self, test: Compare, alias: str) -> str:
        column, value = f"{alias}.{test.column.name}", test.value
        if test.op == "null":
            return f"{column} IS NULL"
        if isinstance(value, Scalar):
            return f"{column} {test.op} ({self.scalar(value)})"
        if test.op == "in":
            assert isinstance(value, tuple)
            if len(value) == 1:
                return f"{column} = {self.literal(value[0])}"
            return f"{column} IN ({', '.join(self.literal(each) for each in value)})"
        if test.op in ("contains", "starts", "ends"):
            return self._like(column, test.op, str(value))
        return f"{column} {test.op} {self.literal(value)}"

    def _like(self, column: str, op: str, fragment: str) -> str:
        fragment = fragment.lower()
        if any(sign in fragment for sign in "%_\\"):
            place = f"INSTR(LOWER({column}), {self.literal(fragment)})"
            if op == "ends":
                raise Inexpressible("an ending with signs that LIKE would read")
            return f"{place} {'> 0' if op == 'contains' else '= 1'}"
        before, after = "%" * (op != "starts"), "%" * (op != "ends")
        return f"LOWER({column}) LIKE {self.literal(before + fragment + after)}"

    def _linked(self, test: Linked, alias: str, operator: str = "IN") -> str:
        if not test.path:
            return self.test(AllOf(test.rows.tests), alias)
        first, *rest = test.path
        inner = _Select(self.schema, Rows(first.right.table), self.backslash)
        op, number = test.count or (">=", 1)
        counts = (op, number) not in ((">=", 1), (">", 0), ("<", 1), ("=", 0), ("<=", 0))
        plain = not test.rows.tests and not counts
        if plain and rest and rest[-1].right.primary_key and len(rest[-1].right.table.primary_key.columns) == 1:
            rest = rest[:-1]  # the link itself says that the row is there
            end = inner.join(tuple(rest))
        else:
            end = inner.join(tuple(rest))
            inner.where += [inner.test(each, end) for each in test.rows.tests]
        key = f"{first.right.table.name}.{first.right.name}"
        negated = operator == "NOT IN"
        having = []
        if not counts:
            negated ^= (op, number) in (("<", 1), ("=", 0), ("<=", 0))
        else:
            if op in _OPPOSITE:
                op, negated = _OPPOSITE[op], not negated
            keys = list(test.rows.table.primary_key.columns)
            counted = f"DISTINCT {end}.{keys[0].name}" if len(keys) == 1 else "*"
            having = [f"COUNT({counted}) {op} {number}"]
        if plain and first.right.nullable:
            inner.where.append(f"{key} IS NOT NULL")
        sql = inner.assemble([key], group=[key] if having else (), having=having)
        return f"{alias}.{first.left.name} {'NOT IN' if negated else 'IN'} ({sql})"

    def _extreme(self, test: Extreme, alias: str) -> str:
        function = "MAX" if test.highest else "MIN"
        scalar = Scalar(function, test.shown, test.rows)
        compare = Compare(test.shown.column, "=", scalar)
        if not test.shown.path:
            return self._compare(compare, alias)
        return self._linked(Linked(test.shown.path, Rows(test.shown.column.table, (compare,))), alias)

    def scalar(self, scalar: Scalar) -> str:
        inner = _Select(self.schema, scalar.rows, self.backslash)
        column = inner.column(scalar.shown)
        expression = column if scalar.function == "only" else f"{scalar.function.upper()}({column})"
        return inner.assemble([expression])

    def literal(self, value: Any) -> str:
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, Decimal):
            return str(int(value)) if value == value.to_integral_value() else format(value.normalize(), "f")
        if isinstance(value, int):
            return str(value)
        text = str(value).replace("'", "''")
        return "'" + (text.replace("\\", "\\\\") if self.backslash else text) + "'"


_AGGREGATE_NAMES = {"AVG": "average", "SUM": "total", "MAX": "largest", "MIN": "smallest", "STDDEV_POP": "deviation"}


def _is_extreme(number: str, function: str, counted: str) -> str:
    """The condition that a number is the highest or lowest of those that a statement calls ``number``."""
    return f"{number} = (SELECT {function}(counted.number) FROM ({counted}) AS counted)"  # noqa: S608 (from a tree)


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _distinct(shown: Iterable[Shown]) -> tuple[Shown, ...]:
    seen: dict[tuple[tuple[str, ...], Column], Shown] = {}
    for each in shown:
        seen.setdefault((path_key(each.path), each.column), each)
    return tuple(seen.values())
