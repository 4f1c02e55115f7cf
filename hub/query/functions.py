"""The functions a statement may call, and how each backend says them: the allow-list is this table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from hub.errors import QueryRefused

Writer = Callable[[Sequence[exp.Expr], Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Function:
    """One callable name: number of arguments, and its text on SQLite and on MySQL/MariaDB.

    A text may be a plain name, a template with ``{0} {1} …``, or a writer that gets the argument nodes and their SQL.
    """

    least: int
    most: int
    sqlite: str | Writer
    mysql: str | Writer
    aggregate: bool = False
    window: bool = False

    def write(self, is_sqlite: bool, nodes: Sequence[exp.Expr], arguments: Sequence[str]) -> str:
        how = self.sqlite if is_sqlite else self.mysql
        if callable(how):
            return how(nodes, arguments)
        return how.format(*arguments) if "(" in how or "{" in how else f"{how}({', '.join(arguments)})"


def _bad_argument(message: str, hint: str) -> QueryRefused:
    return QueryRefused(message, hint, code="forbidden_function")


# --- dates ----------------------------------------------------------------------------------------

_MODIFIER = re.compile(r"([+-]?\d{1,6}) +(second|minute|hour|day|month|year)s?", re.IGNORECASE)
_START_OF = re.compile(r"start of (day|month|year)", re.IGNORECASE)
_STARTS = {"day": "%Y-%m-%d", "month": "%Y-%m-01", "year": "%Y-01-01"}
# letters of strftime → letters of MySQL's DATE_FORMAT, where both mean the same
_LETTERS = {"Y": "Y", "m": "m", "d": "d", "H": "H", "M": "i", "S": "S", "j": "j", "w": "w", "%": "%"}
_LETTERS_BACK = {**{mysql: sqlite for sqlite, mysql in _LETTERS.items()}, "s": "S"}


def literal_text(node: exp.Expr) -> str | None:
    """The text of a string literal, None for anything else."""
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None


def _is_now(node: exp.Expr) -> bool:
    return (literal_text(node) or "").casefold() == "now"


def _moment_sqlite(name: str) -> Writer:
    def write(nodes: Sequence[exp.Expr], arguments: Sequence[str]) -> str:
        _modifiers(nodes[1:])
        return f"{name}({', '.join(arguments)})" if arguments else f"{name}('now')"

    return write


def _moment_mysql(template: str) -> Writer:
    def write(nodes: Sequence[exp.Expr], arguments: Sequence[str]) -> str:
        moment = "UTC_TIMESTAMP()" if not nodes or _is_now(nodes[0]) else arguments[0]
        return template.format(_shift(moment, nodes[1:]))

    return write


def _modifiers(nodes: Sequence[exp.Expr]) -> list[tuple[str, str]]:
    """(amount, unit) of each modifier; ("", unit) means the start of that unit."""
    found = []
    for node in nodes:
        text = (literal_text(node) or "").strip()
        if shift := _MODIFIER.fullmatch(text):
            found.append((shift[1], shift[2].lower()))
        elif start := _START_OF.fullmatch(text):
            found.append(("", start[1].lower()))
        else:
            raise _bad_argument("a date modifier is not known", "use '-7 days', '+1 month' or 'start of month'")
    return found


def _shift(moment: str, modifiers: Sequence[exp.Expr]) -> str:
    for amount, unit in _modifiers(modifiers):
        if amount:
            moment = f"DATE_ADD({moment}, INTERVAL {int(amount)} {unit.upper()})"
        else:
            moment = f"CAST(DATE_FORMAT({moment}, '{_STARTS[unit]}') AS DATETIME)"
    return moment


def _format(node: exp.Expr, letters: dict[str, str]) -> str:
    text = literal_text(node)
    if text is None or len(text) > 60 or not re.fullmatch(r"(?:%[A-Za-z%]|[^%'\\{}])*", text):
        raise _bad_argument("a date format must be a plain text", "for example '%Y-%m'")
    for letter in re.findall(r"%(.)", text):
        if letter not in letters:
            raise _bad_argument(f"the date format %{letter} is not known", "use %Y %m %d %H %M %S %j %w")
    return "'" + re.sub(r"%(.)", lambda found: "%" + letters[found[1]], text) + "'"


def _strftime_sqlite(nodes: Sequence[exp.Expr], arguments: Sequence[str]) -> str:
    _modifiers(nodes[2:])
    return f"strftime({', '.join([_format(nodes[0], {k: k for k in _LETTERS}), *(arguments[1:] or ['now'])])})"


def _strftime_mysql(nodes: Sequence[exp.Expr], arguments: Sequence[str]) -> str:
    moment = "UTC_TIMESTAMP()" if len(nodes) == 1 or _is_now(nodes[1]) else arguments[1]
    return f"DATE_FORMAT({_shift(moment, nodes[2:])}, {_format(nodes[0], _LETTERS)})"


def _date_format_sqlite(nodes: Sequence[exp.Expr], arguments: Sequence[str]) -> str:
    return f"strftime({_format(nodes[1], _LETTERS_BACK)}, {arguments[0]})"


def _date_format_mysql(nodes: Sequence[exp.Expr], arguments: Sequence[str]) -> str:
    return f"DATE_FORMAT({arguments[0]}, {_format(nodes[1], {k: k for k in _LETTERS_BACK})})"


def _part(letter: str, mysql: str) -> Function:
    return Function(1, 1, f"CAST(strftime('%{letter}', {{0}}) AS INTEGER)", mysql)


def _moment(name: str, mysql: str, most: int = 6) -> Function:
    return Function(0, most, _moment_sqlite(name), _moment_mysql(mysql))


def _replace(nodes: Sequence[exp.Expr], arguments: Sequence[str]) -> str:
    # A server cannot be stopped inside one REPLACE, whose time and result grow with the product of its arguments.
    old, new = (literal_text(node) for node in nodes[1:])
    if old is None or new is None or len(new) > 20:
        raise _bad_argument("REPLACE takes short plain texts", "for example REPLACE(model_name, '-', ' ')")
    most = 10_000 if len(new) > len(old) else 65_535
    return f"replace(substr({arguments[0]}, 1, {most}), {arguments[1]}, {arguments[2]})"


_NOW = Function(0, 0, "datetime('now')", "UTC_TIMESTAMP()")
_TODAY = Function(0, 0, "date('now')", "UTC_DATE()")
_AGGREGATES = ("stddev_pop", "stddev_samp", "var_pop", "var_samp")
_DOUBLE = "CAST({0} AS DOUBLE)"
_IF = "CASE WHEN {0} THEN {1} ELSE {2} END"


def _plain(least: int, most: int, name: str, mysql: str = "", **kind: bool) -> Function:
    return Function(least, most, name, mysql or name.upper(), **kind)


_STDDEV, _VARIANCE = (_plain(1, 1, name, aggregate=True) for name in ("stddev_pop", "var_pop"))

FUNCTIONS: dict[str, Function] = {
    "count": _plain(1, 1, "count", aggregate=True, window=True),
    "sum": _plain(1, 1, "sum", aggregate=True, window=True),
    "total": Function(1, 1, "total", "COALESCE(SUM({0}), 0)", aggregate=True),
    "avg": Function(1, 1, "avg", f"AVG({_DOUBLE})", aggregate=True, window=True),
    "min": _plain(1, 1, "min", aggregate=True, window=True),
    "max": _plain(1, 1, "max", aggregate=True, window=True),
    "group_concat": Function(1, 2, "group_concat", "GROUP_CONCAT", aggregate=True),
    "string_agg": Function(2, 2, "group_concat", "GROUP_CONCAT", aggregate=True),
    **{name: _plain(1, 1, name, aggregate=True) for name in _AGGREGATES},
    "stddev": _STDDEV, "std": _STDDEV, "variance": _VARIANCE,
    # windows
    **{name: _plain(0, 0, name, window=True) for name in ("row_number", "rank", "dense_rank")},
    **{name: _plain(0, 0, name, window=True) for name in ("percent_rank", "cume_dist")},
    "ntile": _plain(1, 1, "ntile", window=True),
    "lag": _plain(1, 2, "lag", window=True),
    "lead": _plain(1, 2, "lead", window=True),
    "first_value": _plain(1, 1, "first_value", window=True),
    "last_value": _plain(1, 1, "last_value", window=True),
    "nth_value": _plain(2, 2, "nth_value", window=True),
    # choice
    "coalesce": _plain(2, 20, "coalesce"),
    "ifnull": _plain(2, 2, "ifnull"),
    "nvl": _plain(2, 2, "ifnull"),
    "nullif": _plain(2, 2, "nullif"),
    "iif": Function(3, 3, _IF, _IF),
    "if": Function(3, 3, _IF, _IF),
    "greatest": _plain(2, 20, "max", "GREATEST"),
    "least": _plain(2, 20, "min", "LEAST"),
    # numbers
    "abs": _plain(1, 1, "abs"),
    "round": _plain(1, 2, "round"),
    "ceil": Function(1, 1, "CAST(ceil({0}) AS INTEGER)", "CEILING"),
    "ceiling": Function(1, 1, "CAST(ceil({0}) AS INTEGER)", "CEILING"),
    "floor": Function(1, 1, "CAST(floor({0}) AS INTEGER)", "FLOOR"),
    "sqrt": _plain(1, 1, "sqrt"),
    "power": _plain(2, 2, "power"),
    "pow": _plain(2, 2, "power"),
    "exp": _plain(1, 1, "exp"),
    "ln": _plain(1, 1, "ln"),
    "log10": _plain(1, 1, "log10"),
    "log2": _plain(1, 1, "log2"),
    "mod": Function(2, 2, "({0} % {1})", "({0} % {1})"),
    "sign": _plain(1, 1, "sign"),
    # text
    "length": _plain(1, 1, "length", "CHAR_LENGTH"),
    "char_length": _plain(1, 1, "length", "CHAR_LENGTH"),
    "lower": _plain(1, 1, "lower"),
    "lcase": _plain(1, 1, "lower"),
    "upper": _plain(1, 1, "upper"),
    "ucase": _plain(1, 1, "upper"),
    "substr": _plain(2, 3, "substr"),
    "substring": _plain(2, 3, "substr"),
    "mid": _plain(3, 3, "substr"),
    "left": Function(2, 2, "substr({0}, 1, max({1}, 0))", "LEFT"),
    "right": Function(2, 2, "substr({0}, -max({1}, 0), max({1}, 0))", "RIGHT"),
    "replace": Function(3, 3, _replace, _replace),
    "trim": _plain(1, 1, "trim"),
    "ltrim": _plain(1, 1, "ltrim"),
    "rtrim": _plain(1, 1, "rtrim"),
    "instr": _plain(2, 2, "instr"),
    "locate": Function(2, 2, "instr({1}, {0})", "INSTR({1}, {0})"),
    "concat": Function(1, 20, lambda _, given: "(" + " || ".join(given) + ")", "CONCAT"),
    # moments
    "date": _moment("date", "DATE({0})"),
    "datetime": _moment("datetime", "CAST({0} AS DATETIME)"),
    "time": _moment("time", "TIME({0})"),
    "julianday": _moment("julianday", "(TO_DAYS({0}) + 1721059.5 + TIME_TO_SEC(CAST({0} AS DATETIME)) / 86400e0)", 1),
    "strftime": Function(1, 6, _strftime_sqlite, _strftime_mysql),
    "date_format": Function(2, 2, _date_format_sqlite, _date_format_mysql),
    "year": _part("Y", "YEAR"), "month": _part("m", "MONTH"), "day": _part("d", "DAYOFMONTH"),
    "dayofmonth": _part("d", "DAYOFMONTH"), "dayofyear": _part("j", "DAYOFYEAR"),
    "hour": _part("H", "HOUR"), "minute": _part("M", "MINUTE"), "second": _part("S", "SECOND"),
    "dayofweek": Function(1, 1, "(CAST(strftime('%w', {0}) AS INTEGER) + 1)", "DAYOFWEEK"),
    "quarter": Function(1, 1, "((CAST(strftime('%m', {0}) AS INTEGER) + 2) / 3)", "QUARTER"),
    "datediff": Function(2, 2, "CAST(julianday(date({0})) - julianday(date({1})) AS INTEGER)", "DATEDIFF"),
    "unixepoch": Function(1, 1, "CAST(strftime('%s', {0}) AS INTEGER)", "TIMESTAMPDIFF(SECOND, '1970-01-01', {0})"),
    "unix_timestamp": Function(1, 1, "CAST(strftime('%s', {0}) AS INTEGER)",
                               "TIMESTAMPDIFF(SECOND, '1970-01-01', {0})"),
    "now": _NOW, "current_timestamp": _NOW, "localtimestamp": _NOW, "utc_timestamp": _NOW,
    "curdate": _TODAY, "current_date": _TODAY, "utc_date": _TODAY,
}  # fmt: skip
"""Lower-case name → function. What is not here cannot be called."""

BARE = frozenset(("current_timestamp", "current_date", "localtimestamp"))
"""Functions that are also called without parentheses."""

SQLITE_FUNCTIONS = frozenset(
    " ".join(
        (
            "count sum total avg min max group_concat concat_rows stddev_pop stddev_samp var_pop var_samp",
            "row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value",
            "coalesce ifnull nullif abs round ceil floor sqrt power exp ln log10 log2 sign",
            "length lower upper substr replace trim ltrim rtrim instr like",
            "date datetime time julianday strftime",
        )
    ).split()
)
"""The names that reach SQLite; its authorizer refuses every other."""
