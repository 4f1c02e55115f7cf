"""Reading a file of which nothing is trusted: exact, bounded, never whole."""

from __future__ import annotations

import io
import struct
from typing import Any, Protocol

from hub.inspecting.inspection import Broken

BUFFER = 256 * 1024
CUT_OFF = "it ends before all that it announces is there: the file was cut off"


class Readable(Protocol):
    """What is asked of a file: binary, seekable from its start, current place and end."""

    def read(self, size: int, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...


class _Raw(io.RawIOBase):
    """The file as the standard library wants it; remembers what reading it raised, whoever swallowed that."""

    def __init__(self, file: Readable) -> None:
        self.file = file
        self.failure: Exception | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.file.read(len(buffer))
        except Exception as error:
            self.failure = error
            raise
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()


class Source(io.BufferedReader):
    """A file that is read in blocks. ``size`` is its length in bytes, found by seeking where it is not given."""

    def __init__(self, file: Readable, size: int | None = None) -> None:
        raw = _Raw(file)
        self.size = raw.seek(0, io.SEEK_END) if size is None else size
        raw.seek(0)
        super().__init__(raw, BUFFER)
        self._reader = raw

    @property
    def failure(self) -> Exception | None:
        """What the file itself raised, if it did: that is no fault of the format."""
        return self._reader.failure

    def close(self) -> None:
        """Nothing: the file is closed by whoever opened it, not by what reads through this."""

    def exactly(self, count: int) -> bytes:
        """These many bytes; ``Broken`` where fewer are left, before any memory is taken."""
        if count > self.size - self.tell():
            raise Broken(CUT_OFF)
        return self.read(count)

    def unpack(self, layout: str) -> Any:
        """The value of this ``struct`` layout, a tuple where it has several."""
        values = struct.unpack(layout, self.exactly(struct.calcsize(layout)))
        return values[0] if len(values) == 1 else values

    def skip(self, count: int) -> None:
        """Pass over these many bytes, which must be there."""
        if count > self.size - self.tell():
            raise Broken(CUT_OFF)
        self.seek(count, io.SEEK_CUR)

    def first(self, count: int) -> bytes:
        """Up to these many bytes from the start; reading goes on from the start."""
        self.seek(0)
        start = self.read(count)
        self.seek(0)
        return start
