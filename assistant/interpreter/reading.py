"""The reading of a question, and the sentence that goes with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assistant.interpreter.schema import Column
from assistant.interpreter.tree import Ask, Shown

if TYPE_CHECKING:
    from hub.query import Result

FEW = 5  # names that a sentence may list
LONG = 200  # letters of a value that is left to the table


@dataclass(frozen=True)
class Reading:
    """How a question was read. Either ``sql`` answers it, or ``talk`` does, or ``error`` says why neither can.

    ``names`` tell how words were taken for names; ``unknown_words`` stand as in the question; ``suggestions`` are
    questions that are understood.
    """

    understood: bool
    sql: str | None
    talk: str | None
    names: list[str]
    unknown_words: list[str]
    suggestions: list[str]
    error: dict[str, str] | None
    ask: Ask | None = field(default=None, repr=False, compare=False)

    def say(self, result: Result) -> str:
        """The answer as one or two sentences; every name and number in it stands in the rows or counts them."""
        if self.talk is not None:
            return self.talk
        if self.ask is None:
            return _count_rows(result, ("row", "rows"))
        return _say(self.ask, result)


def nouns_of(table: sa.Table) -> tuple[str, str]:
    """The everyday noun for a row of a table, and for several."""
    given = table.info.get("noun")
    return (given[0], given[1]) if given else (table.name.replace("_", " "), table.name.replace("_", " ") + "s")


def _say(ask: Ask, result: Result) -> str:
    nouns = nouns_of(ask.rows.table)
    if not result.rows:
        return "No, nothing in the catalogue says so." if ask.kind == "exists" else "Nothing in the catalogue fits."
    first = result.rows[0][0]
    if ask.kind == "share" and not ask.group:
        return "There is nothing to take a share of." if first is None else f"{_plain(first)} percent."
    if ask.kind == "difference":
        unit = ask.measure.column.info.get("unit", "") if isinstance(ask.measure, Shown) else ""
        if ask.function == "RATIO" and first is not None:
            return f"{_plain(first)} times as many {unit}".strip() + "."
        return (
            "One of the two numbers is not known."
            if first is None
            else f"A difference of {_plain(first)} {unit}".strip() + "."
        )
    if ask.kind == "count" and not ask.group:
        if isinstance(ask.measure, Shown):
            return f"{_plain(first)} different values of {label_of(ask.measure.column)}."
        return f"{_plain(first)} {nouns[first != 1]}."
    if ask.kind == "aggregate" and not ask.group:
        if not isinstance(ask.measure, Shown):
            assert ask.measure is not None
            counted = nouns_of(ask.measure.rows.table)[1]
            return f"The {_AGGREGATES.get(ask.function, '')} number of {counted}: {_plain(first)}."
        what = f"{_AGGREGATES.get(ask.function, '')} {label_of(ask.measure.column, several=True)}".strip()
        if first is None:
            return f"No value is known, so there is no {what}."
        more = [
            f"{_AGGREGATES[each]} {_plain(value)}" for each, value in zip(ask.also, result.rows[0][1:], strict=True)
        ]
        return f"The {what}: {'; '.join([_plain(first), *more])}."
    if ask.kind in ("count", "aggregate", "share"):
        return _count_rows(result, ("group", "groups"))
    if ask.kind == "values":
        return _count_rows(result, ("value", "values"))
    if len(result.rows) == 1:
        return "Yes. " * (ask.kind == "exists") + _one_row(ask, result)
    picked = ask.pick if not ask.group else None
    if picked is not None and picked.number is None and not picked.ends:
        return f"{len(result.rows)} share the first place: {_listed([row[0] for row in result.rows])}."
    several = any(shown.many for shown in (*ask.show, *ask.group)) and ask.show[0].column.info.get("name")
    sentence = _count_rows(result, nouns, several=bool(several))
    if picked is not None and isinstance(picked.by, Shown) and picked.by.column.nullable:
        sentence += f" Any without a known {label_of(picked.by.column, several=True)} are left out."
    return sentence


def _one_row(ask: Ask, result: Result) -> str:
    """ "resnet50: 25,557,032 parameters; architecture cnn." """
    columns = {shown.column.name: shown.column for shown in (*ask.show, *ask.noted) if isinstance(shown, Shown)}
    head, *values = result.rows[0]
    said, unknown = [], []
    for name, value in zip(result.columns[1:], values, strict=True):
        column = columns.get(name)
        label = label_of(column) if column is not None else name.replace("_", " ")
        if value is None:
            unknown.append(label)
        elif len(str(value)) <= LONG:
            said.append(_labelled(column, label, value))
    parts = [*said, *([f"{_listed(unknown)} unknown"] if unknown else [])]
    return f"{_plain(head)}: {'; '.join(parts)}." if parts else f"{_plain(head)}."


def _labelled(column: Column | None, label: str, value: Any) -> str:
    if column is not None and isinstance(column.type, sa.Boolean):
        return f"{label}: {'yes' if value else 'no'}"
    if column is not None and column.info.get("unit"):
        return f"{_plain(value)} {column.info['unit']}"
    return f"{label} {_plain(value)}"


def label_of(column: Column, *, several: bool = False) -> str:
    """The everyday words for a column; of a number of things, the things where ``several`` values are meant."""
    info = column.info
    if info.get("name"):
        return nouns_of(column.table)[0] if info.get("synonyms", ("name",))[0] == "name" else str(info["synonyms"][0])
    if several and info.get("unit"):
        return f"number of {info['unit']}"
    words = info.get("positive") or info.get("synonyms")
    return str(words[0]) if words else column.name.replace("_", " ")


def _count_rows(result: Result, nouns: tuple[str, str], *, several: bool = False) -> str:
    """How many rows there are; where there are ``several`` for one name, not how many names."""
    number = len(result.rows)
    names = list(dict.fromkeys(str(row[0]) for row in result.rows))
    several = several and len(names) < number
    noun = "rows" if several and result.truncated else nouns[(len(names) if several else number) != 1]
    if result.truncated:
        return f"The first {number} {noun}; there are more."
    if several:
        others = list(dict.fromkeys(str(row[1]) for row in result.rows))
        if len(names) == 1:
            listed = 1 < len(others) <= FEW and all(isinstance(row[1], str) for row in result.rows)
            return f"{names[0]}: {_listed(others)}." if listed else f"{names[0]}: {number} rows."
        return f"{number} rows."
    if number <= FEW and result.rows and isinstance(result.rows[0][0], str) and len(names) == number:
        return f"{number} {noun}: {_listed(names)}."
    return f"{number} {noun}."


def _listed(items: Sequence[Any]) -> str:
    words = [str(item) for item in items[:FEW]]
    if len(items) > FEW:
        return ", ".join(words) + " and others"
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _plain(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{int(value):,}" if float(value).is_integer() else f"{value:,}"
    return str(value).removesuffix(" 00:00:00")


_AGGREGATES = {
    "AVG": "average",
    "SUM": "total",
    "MAX": "largest",
    "MIN": "smallest",
    "STDDEV_POP": "standard deviation of the",
}
