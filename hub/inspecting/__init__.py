"""Reading what a file says about itself: pure functions over a stream, nothing loaded, extracted or written.

``inspect`` reads models (safetensors, GGUF, ONNX, PyTorch), tables (CSV, TSV, JSON lines, Parquet, and those inside a
zip) and plain text. The file may be a reader that decrypts as it goes: it is read in order wherever that is possible,
and never held in memory whole. Whatever is in a file, the answer is an ``Inspection`` or ``Invalid``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from hub.errors import Invalid
from hub.inspecting.archives import read_zip
from hub.inspecting.gguf import MAGIC as GGUF_MAGIC
from hub.inspecting.gguf import read_gguf
from hub.inspecting.inspection import Broken, Column, Inspection, Kind, Scan, Table, Tensor
from hub.inspecting.manifest import Layer, make_manifest, read_manifest
from hub.inspecting.needed import known_fields, needed_fields, suggest_name
from hub.inspecting.onnx import read_onnx
from hub.inspecting.pickles import read_pickle
from hub.inspecting.safetensors import read_safetensors
from hub.inspecting.source import Readable, Source
from hub.inspecting.tables import read_lines, read_table

__all__ = [
    "FORMATS", "Broken", "Column", "Inspection", "Kind", "Layer", "Readable", "Scan", "Table", "Tensor",
    "format_of", "inspect", "inspect_any", "known_fields", "make_manifest", "needed_fields", "read_manifest",
    "suggest_name",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """What files of one ending are: what to call them, what they can be, their MIME type, and what reads them."""

    name: str
    kind: Kind
    mime: str
    read: Callable[[Source, str], dict[str, Any]]


def _table(suffix: str) -> Callable[[Source, str], dict[str, Any]]:
    return lambda source, name: {"tables": (read_table(source, suffix, name),)}


def _pickle(source: Source, _name: str) -> dict[str, Any]:
    if source.first(4) == GGUF_MAGIC:
        return {"format": "GGUF", **read_gguf(source)}
    return read_pickle(source)


def _text(source: Source, name: str) -> dict[str, Any]:
    table = read_lines(source, name)
    return {"tables": (table,) if table else ()}


_BYTES = "application/octet-stream"
_PICKLE = Format("PyTorch", "model", _BYTES, _pickle)
FORMATS: Mapping[str, Format] = {
    ".safetensors": Format("safetensors", "model", _BYTES, lambda source, _: read_safetensors(source)),
    ".gguf": Format("GGUF", "model", _BYTES, lambda source, _: read_gguf(source)),
    ".onnx": Format("ONNX", "model", _BYTES, lambda source, _: read_onnx(source)),
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".bin"), _PICKLE),
    ".csv": Format("CSV", "dataset", "text/csv", _table(".csv")),
    ".tsv": Format("TSV", "dataset", "text/tab-separated-values", _table(".tsv")),
    ".jsonl": Format("JSON lines", "dataset", "application/x-ndjson", _table(".jsonl")),
    ".parquet": Format("Parquet", "dataset", "application/vnd.apache.parquet", _table(".parquet")),
    ".zip": Format("zip", "dataset", "application/zip", lambda source, _: read_zip(source)),
    ".txt": Format("text", "either", "text/plain", _text),
    ".json": Format("JSON", "records", "application/json", lambda _source, _name: {}),
}
"""Ending of a file's name → its format; files of other endings are not taken."""


def format_of(name: str) -> Format:
    """The format that a file's name says; ``Invalid`` for one that the hub does not take."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in FORMATS:
        what = f"files ending in {suffix[:20]}" if suffix else "files without an ending"
        raise Invalid(f"{name[:100]}: {what} are not taken", f"the hub takes {' '.join(FORMATS)}")
    return FORMATS[suffix]


def inspect(file: Readable, name: str) -> Inspection:
    """What this file says about itself, its format being the one its name ends in.

    ``Invalid``: code ``unreadable_file`` for one that does not keep to its format, ``dangerous_file`` for a pickle that
    is refused. What the reader itself raises comes through as it is.
    """
    known = format_of(name)
    source = Source(file)
    try:
        found = known.read(source, name)
    except (Broken, Invalid) as error:
        if source.failure:
            raise source.failure from None
        if isinstance(error, Invalid):
            raise
        message = f"{name[:100]} cannot be read as {known.name}: {error.what}"
        raise Invalid(message, error.hint or "check the file, and send it anew", code="unreadable_file") from None
    if source.failure:
        raise source.failure
    return Inspection(**{"name": name, "format": known.name, "kind": known.kind, "mime": known.mime,
                         "size": source.size, **found})  # fmt: skip


def inspect_any(file: Readable, name: str) -> Inspection:
    """As ``inspect``, but a file that cannot be read is told of too: ``unread`` says why.

    Whatever it is called, ``Invalid`` with the code ``dangerous_file`` comes of a pickle that is refused.
    """
    try:
        return inspect(file, name)
    except Invalid as error:
        if error.code == "dangerous_file":
            raise
        unread = error.message
    known = FORMATS.get(PurePosixPath(name).suffix.lower())
    kind, mime = (known.kind, known.mime) if known else ("either", _BYTES)
    source = Source(file)
    try:
        scan = read_pickle(source)["scan"]
    except Broken:
        scan = None
    if source.failure:
        raise source.failure
    return Inspection(name, "", kind, mime, source.size, scan=scan, unread=unread)
