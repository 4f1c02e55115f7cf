"""The reading of a question, and the sentence that goes with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistant.interpreter.tree import Ask, Counted, Shown

if TYPE_CHECKING:
    from hub.query import Result

FEW = 5  # names that a sentence may list


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
            return _rows_sentence(result, "row")
        return _say(self.ask, result)


def _say(ask: Ask, result: Result) -> str:
    noun = ask.rows.table.name
    rows = result.rows
    if not rows:
        return "No: nothing in the catalogue fits." if ask.kind in ("exists",) else "Nothing in the catalogue fits."
    if ask.kind == "count" and not ask.group:
        number = rows[0][0]
        if ask.measure is not None:
            assert isinstance(ask.measure, Shown)
            return f"{_number(number)} different values of {_label(ask.measure.column.name)}."
        return f"{_number(number)} {_plural(noun, number)}."
    if ask.kind == "aggregate" and not ask.group:
        value = rows[0][0]
        label = _label(result.columns[0])
        if value is None:
            return f"The {label} is unknown: no row has a value."
        return f"The {label} is {_number(value)}."
    if ask.kind in ("check", "exists", "details", "rows") and len(rows) == 1 and len(result.columns) > 1:
        return _one_row(ask, result)
    if ask.kind == "rows" and ask.pick is not None and ask.pick.number is None and len(rows) > 1:
        return f"{len(rows)} share the first place: {_listed([row[0] for row in rows])}."
    if ask.kind in ("count", "aggregate", "values"):
        return _rows_sentence(result, "group" if ask.kind != "values" else "value")
    sentence = _rows_sentence(result, noun)
    measured = ask.pick.by if ask.pick is not None else ask.order[0].by if ask.order else None
    if isinstance(measured, Shown) and measured.column.nullable and ask.pick is not None:
        sentence += f" Those whose {_label(measured.column.name)} is unknown are left out."
    return sentence


def _one_row(ask: Ask, result: Result) -> str:
    """ "resnet50: param_num 25,557,032." """
    row = result.rows[0]
    head = str(row[0])
    rest = [
        f"{_label(column)} {_number(value)}"
        for column, value in zip(result.columns[1:], row[1:], strict=True)
        if value is not None and len(str(value)) < 200
    ]
    unknown = [_label(column) for column, value in zip(result.columns[1:], row[1:], strict=True) if value is None]
    if not rest and unknown:
        return f"{head}: {_listed(unknown)} unknown."
    sentence = f"{head}: {'; '.join(rest)}."
    if ask.kind == "exists":
        return "Yes. " + sentence if rest else f"Yes: {head}."
    return sentence


def _rows_sentence(result: Result, noun: str) -> str:
    number = len(result.rows)
    if result.truncated:
        return f"The first {number} {_plural(noun, number)}; there are more."
    sentence = f"{number} {_plural(noun, number)}."
    if number <= FEW and result.rows and isinstance(result.rows[0][0], str):
        names = list(dict.fromkeys(str(row[0]) for row in result.rows))
        sentence = f"{number} {_plural(noun, number)}: {_listed(names)}."
    return sentence


def _listed(items: Sequence[Any]) -> str:
    words = [str(item) for item in items[:FEW]]
    if len(items) > FEW:
        return ", ".join(words) + " and others"
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


_NOUNS = {"affil": "affiliation", "ds_col": "column", "user": "person"}


def _plural(noun: str, number: Any) -> str:
    noun = noun.replace("_", " ")
    return noun if number == 1 else noun + "s"


def _label(column: str) -> str:
    return column.replace("_", " ")


def _number(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)


__all__ = ["Counted", "Reading"]
