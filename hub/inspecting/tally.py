"""Columns as they fill: what type their values have, and a few figures of them. Nothing grows with the rows."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from db.tables import NAME_LENGTH
from hub.inspecting.inspection import Cell, Column, Table

MAX_COLUMNS = 10_000
SAMPLE_CELLS = 500_000
"""Cells that types and figures are taken from; more rows than these fill are only counted."""
PREVIEW_ROWS = 10
PREVIEW_COLUMNS = 200
MAX_DISTINCT = 1000
MAX_CELL = 200

_NUMBERS = {"int64", "float64"}


class Tally:
    """One column. Types are the words that ``ds_col.col_datatype`` uses already: string, int64, float64, list, …"""

    def __init__(self, name: str, datatype: str | None = None, empty: int = 0) -> None:
        self.name = name
        self.given = datatype
        self.types: set[str] = set()
        self.rows = empty
        self.empty = empty
        self.different: set[Any] | None = set()
        self.lowest: float | int | None = None
        self.highest: float | int | None = None
        self.total, self.numbers = 0.0, 0
        self.shown: list[Cell] = [None] * min(empty, PREVIEW_ROWS)

    def add(self, value: Any) -> None:
        self.rows += 1
        if len(self.shown) < PREVIEW_ROWS:
            self.shown.append(show_cell(value))
        if value is None:
            self.empty += 1
            return
        kind = _type_of(value)
        self.types.add(kind)
        if kind in _NUMBERS:
            self._add_number(value)
        if self.different is not None:
            self.different.add(value if kind in _NUMBERS or kind == "bool" else hash(str(value)))
            if len(self.different) > MAX_DISTINCT:
                self.different = None

    def _add_number(self, value: float) -> None:
        if not math.isfinite(value) or abs(value) > 1e300:
            return
        self.lowest = value if self.lowest is None else min(self.lowest, value)
        self.highest = value if self.highest is None else max(self.highest, value)
        self.total += value
        self.numbers += 1

    @property
    def datatype(self) -> str:
        if self.given:
            return self.given
        if self.types <= _NUMBERS and self.types:
            return "float64" if "float64" in self.types else "int64"
        if len(self.types) == 1:
            return next(iter(self.types))
        return "object" if self.types & {"list", "struct"} else "string"

    def column(self, name: str) -> Column:
        """The column under this name; figures of numbers only where all its values are numbers."""
        datatype = self.datatype
        distinct = None if self.different is None else len(self.different)
        if not self.numbers or not self.types <= _NUMBERS:
            return Column(name, datatype, self.empty, distinct)
        return Column(name, datatype, self.empty, distinct, self.lowest, self.highest, self.total / self.numbers)


def _type_of(value: Any) -> str:
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int64" if -(2**63) <= value < 2**63 else "string"
    if isinstance(value, float):
        return "float64"
    if isinstance(value, list):
        return "list"
    return "struct" if isinstance(value, dict) else "string"


def show_cell(value: Any) -> Cell:
    """A value as a preview shows it: short, and of bytes only how many there are."""
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and -(2**63) <= value < 2**63):
        return value
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    nested = isinstance(value, list | tuple | dict)
    text = json.dumps(_shorten(value), ensure_ascii=False) if nested else str(value)
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _shorten(value: Any, depth: int = 0) -> Any:
    """As much of a nested value as a cell can show."""
    if isinstance(value, dict):
        return {} if depth > 3 else {str(key)[:50]: _shorten(one, depth + 1) for key, one in islice(value.items(), 20)}
    if isinstance(value, list | tuple):
        return [] if depth > 3 else [_shorten(one, depth + 1) for one in value[:20]]
    return show_cell(value)


def make_table(name: str, tallies: Sequence[Tally], rows: int) -> Table:
    """The table of these columns; of very many columns a preview shows the first."""
    names = column_names(tally.name for tally in tallies)
    columns = tuple(tally.column(one) for tally, one in zip(tallies, names, strict=True))
    sampled = max((tally.rows for tally in tallies), default=0)
    shown = [tally.shown for tally in tallies[:PREVIEW_COLUMNS]]
    return Table(name, columns, rows, sampled, tuple(zip(*shown, strict=True)))


def column_names(names: Iterable[str]) -> list[str]:
    """Names that the catalogue takes: visible characters, not too long, none empty, no two the same."""
    found: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        seen = "".join(letter if unicodedata.category(letter)[0] not in "CZ" else " " for letter in name[:1000])
        plain = unicodedata.normalize("NFC", " ".join(seen.split()))[: NAME_LENGTH // 2].strip() or f"column {number}"
        one, again = plain, 2
        while one in found:
            one, again = f"{plain} ({again})", again + 1
        found[one] = None
    return list(found)
