"""Zip archives, looked into where they are: nothing is extracted, and what claims too much is not opened."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from hub.inspecting.inspection import Broken, Table
from hub.inspecting.source import CUT_OFF, Source
from hub.inspecting.tables import TABLES, read_table

MAX_ENTRIES = 100_000
MAX_DIRECTORY = 16 * 2**20
MAX_TOTAL = 64 * 2**30
MAX_RATIO, RATIO_FROM = 200, 64 * 2**20
"""A zip that unpacks to more than so many times its size is a bomb, unless it is small even then."""
MAX_TABLES = 64
MAX_PARQUET = 32 * 2**20
"""Parquet is read from its end, so inside a zip it has to be held in memory."""

_ENTRY = b"PK\x01\x02"
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError, OverflowError)
_ENDS = {".png": "image", ".jpg": "image", ".jpeg": "image", ".gif": "image", ".webp": "image", ".bmp": "image",
         ".tif": "image", ".tiff": "image", ".wav": "audio", ".mp3": "audio", ".flac": "audio", ".ogg": "audio",
         ".m4a": "audio", ".mp4": "video", ".avi": "video", ".mov": "video", ".mkv": "video", ".webm": "video",
         ".txt": "text"}  # fmt: skip


class _Directory(io.BufferedReader):
    """Stands between the file and ``zipfile``, which reads the whole list of entries at once."""

    def __init__(self, source: Source) -> None:
        super().__init__(source, 64 * 1024)
        self.size = source.size

    def read(self, size: int | None = -1, /) -> bytes:
        size = self.size - self.tell() if size is None or size < 0 else size
        if size > MAX_DIRECTORY:
            raise Broken(f"its list of entries is longer than {MAX_DIRECTORY:,} bytes, the most that is read")
        data = super().read(size)
        if size > 2**16 and data.count(_ENTRY) > MAX_ENTRIES:
            raise _too_many()
        return data


@contextmanager
def open_archive(source: Source, kind: type[zipfile.ZipFile] = zipfile.ZipFile) -> Iterator[zipfile.ZipFile]:
    """The archive, within the limits; what it raises while it is open is ``Broken`` as well."""
    try:
        with kind(_Directory(source)) as archive:
            _check(archive.infolist(), source.size)
            yield archive
    except ZIP_ERRORS as error:
        raise Broken(f"it is no whole zip archive ({str(error)[:100] or type(error).__name__})") from None


def entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in it, in the order in which they stand, without those that systems put beside people's own."""
    own = (
        info
        for info in archive.infolist()
        if info.filename
        and not info.filename.endswith("/")
        and not any(part.startswith((".", "__MACOSX")) for part in info.filename.split("/"))
    )
    return sorted(own, key=lambda info: info.header_offset)


def _check(infos: list[zipfile.ZipInfo], size: int) -> None:
    if len(infos) > MAX_ENTRIES:
        raise _too_many()
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL:
        raise Broken(f"it would unpack to {total:,} bytes, and {MAX_TOTAL:,} are the most that is looked into")
    if total > max(RATIO_FROM, MAX_RATIO * size):
        raise Broken(f"it would unpack to {total // size:,} times its size, as a zip bomb does")
    for info in infos:
        if not 0 <= info.header_offset < size:
            raise Broken(CUT_OFF)
        if info.flag_bits & 1:
            raise Broken(f"{info.filename[:80]!r} in it needs a password", "make a zip without one")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Broken(f"{info.filename[:80]!r} in it is not compressed by deflate", "make an ordinary zip")


def _too_many() -> Broken:
    return Broken(f"it has more than {MAX_ENTRIES:,} entries, the most that is looked into")


def read_zip(source: Source) -> dict[str, Any]:
    """The tables in it, the medium where all its other files are of one, and how many files there are."""
    tables: list[Table] = []
    with open_archive(source) as archive:
        own = entries(archive)
        for info in own:
            suffix = PurePosixPath(info.filename).suffix.lower()
            if suffix in TABLES and len(tables) < MAX_TABLES and (suffix != ".parquet" or info.file_size < MAX_PARQUET):
                tables.append(_table(archive, info, suffix))
    media = {_ENDS.get(PurePosixPath(info.filename).suffix.lower()) for info in own} - {None}
    facts = {"files": f"{len(own):,}"}
    return {"tables": tuple(tables), "facts": facts, "media": media.pop() if len(media) == 1 and not tables else None}


def _table(archive: zipfile.ZipFile, info: zipfile.ZipInfo, suffix: str) -> Table:
    try:
        with archive.open(info) as member:
            held = io.BytesIO(member.read()) if suffix == ".parquet" else member
            return read_table(Source(held, info.file_size), suffix, info.filename)
    except Broken as error:
        raise Broken(f"{info.filename[:80]!r} in it cannot be read: {error.what}", error.hint) from None
