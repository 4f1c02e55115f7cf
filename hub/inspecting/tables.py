"""Tables as text: CSV, TSV and JSON lines. Read once, in order; a row at a time is in memory."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

from charset_normalizer import from_bytes

from hub.inspecting.inspection import Broken, Table
from hub.inspecting.source import Source
from hub.inspecting.tally import MAX_COLUMNS, SAMPLE_CELLS, Tally, make_table

SNIFFED = 64 * 1024
MAX_LINE = 8 * 2**20
"""Characters of one row."""
_DELIMITERS = ",;\t|"
_SNIFFED_ROWS = 50
_BLOCK = 256 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_LONGEST_NUMBER = 300
_WHOLE = re.compile(r"[+-]?(0|[1-9]\d*)")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")

csv.field_size_limit(MAX_LINE)  # the module's own default of 131,072 is less than a long article


def read_table(source: Source, suffix: str, name: str) -> Table:
    """The table in a file of this ending."""
    return TABLES[suffix](source, name)


# --- text -----------------------------------------------------------------------------------------


def find_encoding(start: bytes) -> str | None:
    """The encoding of a text that begins so; None where it is no text."""
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    if b"\0" in start:
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        best = from_bytes(start).best()
        return best.encoding if best else None
    return "utf-8"


def _open_text(source: Source) -> TextIO:
    encoding = find_encoding(source.first(SNIFFED))
    if encoding is None:
        raise Broken("it is no text")
    return io.TextIOWrapper(source, encoding, errors="replace")


def _lines(text: TextIO, note: Callable[[int], None] = lambda _characters: None) -> Iterator[str]:
    """The lines of a text with their ends, whatever these are, as a line feed; ``note`` hears of every block read."""
    rest = ""
    while block := text.read(_BLOCK):
        note(len(block))
        lines = (rest + block).split("\n")
        rest = lines.pop()
        if len(rest) > MAX_LINE:
            raise Broken(f"it has a line of more than {MAX_LINE:,} characters, the most that is read")
        yield from [f"{line}\n" for line in lines]
    if rest:
        yield rest


def read_lines(source: Source, name: str) -> Table | None:
    """A plain text as a table with one column, a row for every line that is not blank; None where it is no text."""
    if find_encoding(source.first(SNIFFED)) is None:
        return None
    try:
        lines = (line.strip() for line in _lines(_open_text(source)))
        return _tally(name, ["text"], ([line] for line in lines if line), str)
    except Broken:
        return None


# --- CSV ------------------------------------------------------------------------------------------


def _read_csv(source: Source, name: str) -> Table:
    text = _open_text(source)
    return _read_separated(text, name, _delimiter(source.first(SNIFFED), text.encoding))


def _read_tsv(source: Source, name: str) -> Table:
    return _read_separated(_open_text(source), name, "\t")


def _read_separated(text: TextIO, name: str, delimiter: str) -> Table:
    rows = _rows(text, delimiter)
    first = next(rows, None)
    if first is None:
        return make_table(name, [], 0)
    if len(first) > MAX_COLUMNS:
        raise Broken(f"it has more than {MAX_COLUMNS:,} columns, the most that is read")
    head = _is_header(first)
    names = first if head else [f"column {number}" for number in range(1, len(first) + 1)]
    body = rows if head else _again(first, rows)
    return _tally(name, names, body, _value)


def _again(first: list[str], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rest


def _rows(text: TextIO, delimiter: str) -> Iterator[list[str]]:
    """The rows that are not blank, none wider than the first."""
    width = taken = 0

    def note(characters: int) -> None:
        nonlocal taken
        taken += characters
        if taken > 2 * MAX_LINE + _BLOCK:
            raise Broken(f"it has a row of more than {MAX_LINE:,} characters", "look for a quote that never ends")

    reader = csv.reader(_lines(text, note), delimiter=delimiter)
    try:
        for row in reader:
            taken = 0
            width = width or len(row)
            if len(row) > width:
                raise Broken(f"line {reader.line_num:,} has {len(row):,} cells where the first row has {width:,}")
            if row:
                yield row
    except csv.Error as error:
        raise Broken(f"line {reader.line_num:,} cannot be read: {error}") from None


def _delimiter(start: bytes, encoding: str) -> str:
    """Of the usual ones the one that cuts the first lines into the most columns, the same number in each."""
    text = start.decode(encoding, "replace")
    lines = text.splitlines(keepends=True)
    lines = lines[: -1 if len(start) == SNIFFED else None][:_SNIFFED_ROWS]
    best, most = ",", 1
    for delimiter in _DELIMITERS:
        try:
            widths = {len(row) for row in csv.reader(lines, delimiter=delimiter) if row}
        except csv.Error:
            continue
        if len(widths) == 1 and (width := widths.pop()) > most:
            best, most = delimiter, width
    return best


def _is_header(row: Sequence[str]) -> bool:
    """Whether a first row names the columns: most of what stands in it is no number."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return sum(1 for cell in filled if _NUMBER.fullmatch(cell)) * 2 < len(filled)


def _value(cell: str) -> Any:
    """A cell as what it is: nothing, a number, true or false, or text; 007 and 1,5 are text."""
    if not cell:
        return None
    if cell[0] in "+-.0123456789" and len(cell) <= _LONGEST_NUMBER:
        if _WHOLE.fullmatch(cell):
            return int(cell)
        if _NUMBER.fullmatch(cell) and not re.match(r"[+-]?0\d", cell):
            return float(cell)
    elif len(cell) <= 5 and (word := cell.lower()) in ("true", "false"):
        return word == "true"
    return cell


def _tally(name: str, names: Sequence[str], rows: Iterable[list[str]], value_of: Callable[[str], Any]) -> Table:
    """Count all rows, look at the first; rows that are shorter than the names end in empty cells."""
    tallies = [Tally(one) for one in names]
    looked_at = max(SAMPLE_CELLS // max(len(tallies), 1), 1)
    count = 0
    for row in rows:
        if count < looked_at:
            for tally, cell in zip(tallies, row, strict=False):
                tally.add(value_of(cell))
            for tally in tallies[len(row) :]:
                tally.add(None)
        count += 1
    return make_table(name, tallies, count)


# --- JSON lines -----------------------------------------------------------------------------------


def _read_jsonl(source: Source, name: str) -> Table:
    tallies: dict[str, Tally] = {}
    count = cells = 0
    for number, line in enumerate(_lines(_open_text(source)), 1):
        if not line.strip():
            continue
        if cells < SAMPLE_CELLS:
            record = _record(line, number)
            _add(tallies, record, count)
            cells += len(tallies)
        count += 1
    return make_table(name, list(tallies.values()), count)


def _record(line: str, number: int) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise Broken(f"line {number:,} is no JSON", "each line has to be one JSON object") from None
    if not isinstance(record, dict):
        raise Broken(f"line {number:,} is no JSON object", "each line has to be one JSON object")
    return record


def _add(tallies: dict[str, Tally], record: Mapping[str, Any], before: int) -> None:
    for key, value in record.items():
        if key not in tallies:
            if len(tallies) >= MAX_COLUMNS:
                raise Broken(f"it has more than {MAX_COLUMNS:,} different keys, the most that is read")
            tallies[key] = Tally(key, empty=before)
        tallies[key].add(value)
    if len(record) < len(tallies):
        for key, tally in tallies.items():
            if key not in record:
                tally.add(None)


def _read_parquet(source: Source, name: str) -> Table:
    from hub.inspecting.parquet import read_parquet  # pyarrow takes a third of a second to load

    return read_parquet(source, name)


TABLES: Mapping[str, Callable[[Source, str], Table]] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}
"""Ending of a file → what reads the table in it."""
