"""Where sealed files lie. What is stored here was encrypted before; nothing here knows a key.

A blob is written to a name of its own that nobody reads (``begin``), and becomes readable as a whole (``finish``). A
small note stands beside it: what a lost database can be survived with.
"""

from __future__ import annotations

import errno
import fcntl
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from hub.errors import Conflict, Invalid, NotFound, Unavailable
from hub.settings import Settings

_PART, _NOTE, _NEW_NOTE = ".part", ".json", ".json.new"


class Storage(Protocol):
    """Blobs by their ids, which are 32 hexadecimal digits. ``Unavailable`` when the storage cannot be used."""

    def begin(self, blob_id: str) -> io.RawIOBase:
        """A new file, readable and writable, that is not a blob yet; until it is closed nobody else can resume it."""

    def resume(self, blob_id: str) -> io.RawIOBase:
        """The file that was begun; ``NotFound`` when there is none, ``Conflict`` while somebody else writes to it."""

    def finish(self, blob_id: str) -> None:
        """Make what was begun a blob, for good: it is there after a crash of the machine too."""

    def open(self, blob_id: str) -> io.RawIOBase:
        """A blob, to read and to seek in; ``NotFound`` when there is none."""

    def put_note(self, blob_id: str, note: bytes) -> None:
        """Put the note beside a blob, in place of an earlier one, for good; one at a time."""

    def read_note(self, blob_id: str) -> bytes:
        """The note beside a blob; ``NotFound`` when there is none."""

    def delete(self, blob_id: str) -> None:
        """Remove a blob, what was begun of it, and its note, as far as they are there."""

    def blob_ids(self) -> Iterator[tuple[str, float]]:
        """Every id of which anything is there, and when that was written last, in seconds since 1970."""


class FolderStorage:
    """Blobs as files of one folder, two levels deep."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, blob_id: str) -> io.RawIOBase:
        path = self._path(blob_id, _PART)
        with _telling():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _alone(os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b", buffering=0))

    def resume(self, blob_id: str) -> io.RawIOBase:
        with _telling():
            return _alone(self._path(blob_id, _PART).open("r+b", buffering=0))

    def finish(self, blob_id: str) -> None:
        part = self._path(blob_id, _PART)
        with _telling():
            _sync(part)
            part.rename(self._path(blob_id))
            _sync(part.parent)

    def open(self, blob_id: str) -> io.RawIOBase:
        with _telling():
            return self._path(blob_id).open("rb", buffering=0)

    def put_note(self, blob_id: str, note: bytes) -> None:
        path, beside = self._path(blob_id, _NOTE), self._path(blob_id, _NEW_NOTE)
        with _telling():
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            beside.rename(path)
            _sync(path.parent)

    def read_note(self, blob_id: str) -> bytes:
        with _telling():
            return self._path(blob_id, _NOTE).read_bytes()

    def delete(self, blob_id: str) -> None:
        with _telling():
            for suffix in (_PART, "", _NEW_NOTE, _NOTE):
                self._path(blob_id, suffix).unlink(missing_ok=True)

    def blob_ids(self) -> Iterator[tuple[str, float]]:
        for path in sorted(self.folder.glob("??/*")):
            with suppress(FileNotFoundError):
                name = path.name.partition(".")[0]
                if len(name) == 32 and path.parent.name == name[:2]:
                    yield name, path.stat().st_mtime

    def _path(self, blob_id: str, suffix: str = "") -> Path:
        if len(blob_id) != 32 or not set(blob_id) <= set("0123456789abcdef"):
            raise NotFound("there is no such file")
        return self.folder / blob_id[:2] / f"{blob_id}{suffix}"


def open_storage(settings: Settings) -> Storage:
    """The storage that STORAGE_URL names."""
    scheme, _, rest = settings.storage_url.partition(":")
    if scheme != "file":
        raise Invalid(f"STORAGE_URL: there is no storage of the kind {scheme!r}", "use file: or file:/a/folder")
    return FolderStorage(Path(rest).expanduser().absolute() if rest else settings.hub_home / "artifacts")


def _alone(file: io.FileIO) -> io.RawIOBase:
    """The file, locked for who has it open: two that write to it would spoil it for each other."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Conflict("this upload is under way elsewhere", "wait a minute and try again") from None
    return file


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _telling() -> Iterator[None]:
    """What the file system says, in the hub's words."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound("the file is not in the storage", "`openmodelhub doctor` looks at the storage") from None
    except OSError as error:
        raise failed(error) from error


def failed(error: OSError) -> Unavailable:
    """What to say when the storage does not take or give something."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable("the storage is full", "an administrator must make room")
    return Unavailable(f"the storage cannot be used: {error.strerror}", "`openmodelhub doctor` looks at the storage")
