"""From an upload to a version of a model or dataset: what the file says is read, what it does not say is given.

The one place for what is done with a file that somebody brings, whichever way it came: it is looked into through the
decrypting reader, a dangerous one is removed, a doubtful one is published only by who says that they know about it.
What was read becomes the entry, the manifest of a model's tensors, and a preview that opens with the file's key alone.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import sqlalchemy as sa

from db.tables import Model
from hub import artifacts
from hub.access import Caller, Tx, action
from hub.artifacts import Said, Version, find_preview
from hub.errors import Damaged, Invalid
from hub.inspecting import Inspection, Table, inspect_any, known_fields, make_manifest, read_manifest
from hub.inspecting.manifest import Manifest
from hub.items import SHAPES, Kind, only_seen, sees_of
from hub.staging import StagedKey, open_key, refuse_upload, staged_reader
from secure.container import IntegrityError

MOST_TABLES, MOST_COLUMNS = 8, 200
"""What of a dataset a preview keeps."""
MOST_BYTES = 1 << 20
_REMEMBERED = 16  # uploads whose reading is kept in memory until they are published


@dataclass(frozen=True, slots=True)
class Arrived:
    """An upload that is whole, and what was read from it."""

    ref: str
    file_name: str
    size: int
    sha256: str
    inspection: Inspection


# --- reading --------------------------------------------------------------------------------------


def look_into(caller: Caller, ref: str) -> Arrived:
    """What an upload of the caller's own says about itself; read once, however often it is asked.

    ``Invalid`` with the code ``dangerous_file`` for a file that would run programs; it is removed.
    """
    found = open_key(caller, ref)
    remembered = cast("_Remembered", caller.hub.caches.setdefault("uploads looked into", _Remembered()))
    with remembered.turn(ref):  # two requests for one large file read it once
        arrived = remembered.get(ref)
        if arrived is None:
            arrived = _read(caller, found)
            remembered.put(arrived)
    return arrived


look_into.permission = "artifact.upload"  # type: ignore[attr-defined]


def _read(caller: Caller, found: StagedKey) -> Arrived:
    with staged_reader(caller, found.ref) as reader:
        assert found.facts is not None  # else the reader does not open
        try:
            inspection = inspect_any(reader, found.file_name)
        except IntegrityError:
            raise Damaged from None
        except Invalid as error:
            refuse_upload(caller, found.ref, error.message)
            raise
    return Arrived(found.ref, found.file_name, found.facts.size, found.facts.sha256, inspection)


class _Remembered:
    """The latest readings, by upload; whose an upload is has been checked before one asks here."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Arrived] = OrderedDict()
        self._turns = [threading.Lock() for _ in range(_REMEMBERED)]

    def turn(self, ref: str) -> threading.Lock:
        return self._turns[hash(ref) % _REMEMBERED]

    def get(self, ref: str) -> Arrived | None:
        return self._kept.get(ref)

    def put(self, arrived: Arrived) -> None:
        self._kept[arrived.ref] = arrived
        while len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)


# --- publishing -----------------------------------------------------------------------------------


def publish_upload(
    caller: Caller,
    ref: str,
    kind: Kind,
    given: Mapping[str, Any],
    *,
    item_id: int | None = None,
    acknowledged: bool = False,
) -> Version:
    """Publish an upload: as the first version of a new item, or as the next one of an own item.

    ``given`` are fields of a record as ``load`` takes it; the file's own are added. ``Invalid`` with the code
    ``not_acknowledged`` for a doubtful file until the caller says that they know about it.
    """
    arrived = look_into(caller, ref)
    inspection = arrived.inspection
    if inspection.doubt and not acknowledged:
        raise Invalid(
            f"{arrived.file_name} is doubtful: {inspection.doubt}",
            "acknowledge it if you know where it comes from",
            code="not_acknowledged",
        )
    said = Said(inspection.format, inspection.warning, make_manifest(inspection), _preview_of(inspection))
    if item_id is not None:
        return artifacts.publish(caller, ref, kind, item_id, said)
    return artifacts.publish_new(caller, ref, kind, {**_told(inspection, kind, given), **given}, said)


publish_upload.permission = "artifact.upload"  # type: ignore[attr-defined]


def _told(inspection: Inspection, kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the file tells of a record; nothing of an architecture that the person says it does not have."""
    if given.get("arch_name") not in (None, inspection.architecture):
        inspection = replace(inspection, architecture=None)
    return known_fields(inspection, kind)


def _preview_of(inspection: Inspection) -> bytes | None:
    """The tables of a dataset as ``show_preview`` gives them back; as many as there is room for."""
    for count in range(min(len(inspection.tables), MOST_TABLES), 0, -1):
        tables = [describe_table(table) for table in inspection.tables[:count]]
        packed = json.dumps({"v": 1, "tables": tables}, ensure_ascii=False).encode("utf-8", "replace")
        if len(packed) <= MOST_BYTES:
            return packed
    return None


def describe_table(table: Table) -> dict[str, Any]:
    """A table as a preview has it: the figures of its columns, its first rows, and how many columns were left out."""
    return {
        "name": table.name,
        "rows": table.rows,
        "sampled": table.sampled,
        "columns": [asdict(column) for column in table.columns[:MOST_COLUMNS]],
        "preview": [list(row[:MOST_COLUMNS]) for row in table.preview],
        "left_out": len(table.columns[MOST_COLUMNS:]),
    }


# --- what was read, shown again -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows and the column statistics of a version of a dataset, each table as it was read."""

    version: Version
    tables: Sequence[Mapping[str, Any]]


def show_preview(caller: Caller, kind: Kind, item_id: int, version: int | None = None) -> Preview:
    """The preview of a version, the latest unless said otherwise, for who may open its file.

    It has no tables where the file has none, or was put there by an earlier hub.
    """
    found, packed = find_preview(caller, kind, item_id, version)
    return Preview(found, json.loads(packed)["tables"] if packed else ())


show_preview.permission = "artifact.download"  # type: ignore[attr-defined]


@action("catalog.browse", reads=True, quiet=True)
def show_manifest(caller: Caller, tx: Tx, model_id: int) -> Manifest | None:
    """The tensors of a model that the caller sees, as its latest file says them; None where none are known."""
    query: sa.Select[Any] = sa.select(Model.param).where(Model.model_id == model_id)
    param = tx.db.scalar(only_seen(query, SHAPES["model"], sees_of(caller, tx.db)))
    return read_manifest(param) if param else None
