"""What a file says about itself: the shapes that every reader of a format gives."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["model", "dataset", "either", "records"]
Cell = str | int | float | bool | None

MAX_COUNT = 2**63 - 1
"""Of parameters and of rows: what the database holds."""


class Broken(Exception):
    """The file does not keep to its format; the message ends a sentence that begins with the file's name."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor; ``dtype`` in the words of its format ("BF16", "Q4_K", "float32"), ``shape`` as that writes it."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def parameters(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Scan:
    """What scanning a pickle found. Every pickle can run code when it is loaded; the scan is a tripwire, no proof."""

    verdict: Literal["safe", "suspicious"]
    reasons: tuple[str, ...] = ()

    label = "can run code when loaded"

    @property
    def needs_acknowledging(self) -> bool:
        return self.verdict == "suspicious"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; ``datatype`` is a word of ``ds_col.col_datatype``: string, int64, list, Image and so on.

    The figures are of the rows that were looked at (``Table.sampled``): how many cells are empty, how many different
    values there are (None where more than were kept track of), and of numbers the lowest, highest and mean.
    """

    name: str
    datatype: str
    empty: int = 0
    distinct: int | None = None
    lowest: float | int | None = None
    highest: float | int | None = None
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: all its columns and rows counted, the first ``sampled`` rows looked at, the very first shown."""

    name: str
    columns: tuple[Column, ...]
    rows: int | None
    sampled: int
    preview: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that was read from a file. What it does not say is empty or None, never guessed.

    ``mime`` is what a download is labelled with, ``size`` is in bytes. ``facts`` are texts that the file holds about
    itself. ``architecture``, ``shape`` and ``media`` are in the words of the catalogue (``decoder_num``, ``modules``).
    ``tables`` has one table, or those inside a zip; ``scan`` is there for pickles alone; ``unread`` says why a file
    that does not keep to its format could not be read.
    """

    name: str
    format: str
    kind: Kind
    mime: str
    size: int
    facts: Mapping[str, str] = field(default_factory=dict)
    tensors: Sequence[Tensor] = ()
    parameters: int | None = None
    architecture: str | None = None
    shape: Mapping[str, Any] = field(default_factory=dict)
    media: str | None = None
    tables: Sequence[Table] = ()
    scan: Scan | None = None
    unread: str = ""

    @property
    def doubt(self) -> str:
        """Why whoever publishes the file has to say that they know about it; empty where nothing is doubtful."""
        reasons = self.scan.reasons if self.scan and self.scan.needs_acknowledging else ()
        return "; ".join([*([self.unread] if self.unread else []), *reasons])

    @property
    def warning(self) -> str:
        """The label that the file carries wherever it is shown, or nothing."""
        said = [f"it {self.scan.label}"] if self.scan else []
        said += ["it could not be looked into"] if self.unread else []
        return " and ".join(said)

    @property
    def dtypes(self) -> Mapping[str, int]:
        """How many tensors there are of each dtype, most first."""
        return dict(Counter(tensor.dtype for tensor in self.tensors).most_common())

    @property
    def main_tables(self) -> Sequence[Table]:
        """The tables that are one dataset together: those with the columns that most rows have."""
        rows: Counter[tuple[str, ...]] = Counter()
        for table in self.tables:
            rows[_names(table)] += table.rows or 0
        if not rows:
            return ()
        most = rows.most_common(1)[0][0]
        return [table for table in self.tables if _names(table) == most]

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of the dataset; of several tables of the same columns (train, test), the largest one's."""
        tables = self.main_tables
        return max(tables, key=lambda table: table.rows or 0).columns if tables else ()

    @property
    def rows(self) -> int | None:
        """How many rows the dataset has, None where that is not known."""
        counts = [table.rows for table in self.main_tables]
        total = sum(count or 0 for count in counts)
        return total if counts and None not in counts and total <= MAX_COUNT else None


def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def count_parameters(tensors: Sequence[Tensor]) -> int:
    """The elements of all these tensors."""
    total = sum(tensor.parameters for tensor in tensors)
    if total > MAX_COUNT:
        raise Broken("it claims more parameters than can be")
    return total
