"""Parquet, by pyarrow: the schema and the number of rows from the footer, and the first rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hub.inspecting.inspection import Broken, Table
from hub.inspecting.source import CUT_OFF, Source
from hub.inspecting.tally import MAX_COLUMNS, SAMPLE_CELLS, Tally, make_table

MAGIC = b"PAR1"
MAX_FOOTER = 16 * 2**20
MAX_SAMPLE = 16 * 2**20
"""Bytes of rows that are looked at."""
MAX_ROWS = 5000
_BATCH = 50
_WORDS = (
    (pa.types.is_large_string, "string"),
    (pa.types.is_null, "string"),
    (pa.types.is_float16, "float16"),
    (pa.types.is_float32, "float32"),
    (pa.types.is_float64, "float64"),
    (pa.types.is_struct, "struct"),
    (pa.types.is_nested, "list"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_date, "date"),
    (pa.types.is_decimal, "decimal"),
    (pa.types.is_large_binary, "binary"),
)
"""Arrow types whose own name is not the catalogue's word for them."""


def read_parquet(source: Source, name: str) -> Table:
    """The table in a Parquet file."""
    _check_frame(source)
    try:
        file = pq.ParquetFile(
            source,
            pre_buffer=False,
            buffer_size=64 * 1024,
            thrift_string_size_limit=MAX_FOOTER,
            thrift_container_size_limit=1_000_000,
            arrow_extensions_enabled=False,
        )
        schema = file.schema_arrow
        if len(schema) > MAX_COLUMNS:
            raise Broken(f"it has more than {MAX_COLUMNS:,} columns, the most that is read")
        features = _features(schema.metadata or {})
        tallies = [Tally(field.name, features.get(field.name) or _word(field.type)) for field in schema]
        for batch in _first_batches(file):
            for tally, column in zip(tallies, batch.columns, strict=True):
                for value in _values(column):
                    tally.add(value)
        return make_table(name, tallies, _count_rows(file.metadata))
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        if source.failure:
            raise source.failure from None
        raise Broken(f"it is no whole Parquet file ({_first_line(error)})") from None


def _check_frame(source: Source) -> None:
    """Both magic numbers and a footer of a size that can be, before the library takes memory for it."""
    if source.size < 12 or source.first(4) != MAGIC:
        raise Broken("it does not begin as Parquet does")
    source.seek(-8, io.SEEK_END)
    length, end = int.from_bytes(source.read(4), "little"), source.read(4)
    source.seek(0)
    if end == b"PARE":
        raise Broken("its footer is encrypted", "write it without encryption")
    if end != MAGIC or length > source.size - 12:
        raise Broken(CUT_OFF)
    if length > MAX_FOOTER:
        raise Broken(f"its footer is longer than {MAX_FOOTER:,} bytes, the most that is read")


def _count_rows(metadata: pq.FileMetaData) -> int:
    groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    if sum(groups) != metadata.num_rows or min(groups, default=0) < 0:
        raise Broken("its footer contradicts itself about the number of rows")
    return sum(groups)


def _first_batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    cells = taken = rows = 0
    for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
        yield batch
        cells += batch.num_rows * batch.num_columns
        taken += batch.nbytes
        rows += batch.num_rows
        if cells >= SAMPLE_CELLS or taken >= MAX_SAMPLE or rows >= MAX_ROWS:
            return


def _values(column: pa.Array) -> list[Any]:
    """The values as Python's; times as text, since Python's own end with the year 9999 and need to know each zone."""
    try:
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp(column.type.unit))
        if pa.types.is_temporal(column.type):
            column = column.cast(pa.string())
        return list(column.to_pylist())
    except (pa.ArrowException, ValueError, OverflowError, KeyError):
        return ["a value that cannot be shown"] * len(column)


def _features(metadata: Mapping[bytes, bytes]) -> dict[str, str]:
    """What the Hugging Face datasets library wrote about columns: ClassLabel, Image, Audio and so on."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        kinds = {name: feature["_type"] for name, feature in features.items() if isinstance(feature, dict)}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return {}
    own = ("ClassLabel", "Image", "Audio", "Video", "Translation")
    return {name: kind for name, kind in kinds.items() if kind in own}


def _word(kind: pa.DataType) -> str:
    """The word for an Arrow type that the catalogue uses for it."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    for test, word in _WORDS:
        if test(kind):
            return word
    return str(kind)[:50]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:150]
