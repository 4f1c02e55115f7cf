"""Files sealed in chunks, so that any size takes constant memory and any range can be read on its own.

A container is ``magic ‖ u32 length ‖ header ‖ header MAC (32)`` and then one record a chunk; ``secure.records`` has
both. Whatever is wrong with one, it is one ``IntegrityError``, and nothing unverified is given out.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from secure.records import (
    BLOCK,
    CHUNK,
    IV,
    MAC,
    TAG,
    Header,
    IntegrityError,
    Records,
    Source,
    fill,
    new_blob_id,
    new_data_key,
    read_exactly,
    read_header,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "CHUNK", "THREADS", "Digest", "Header", "IntegrityError", "Opener", "Sealed", "Sealer", "Sink", "Source",
    "new_blob_id", "new_data_key", "read_header", "seal",
]  # fmt: skip

THREADS = 2


class Digest(Protocol):
    """A running hash of the plaintext, such as ``hashlib.sha256()``."""

    def update(self, data: Buffer, /) -> None: ...


class Sink(Protocol):
    """Where a container is written to; it is written from beginning to end."""

    def write(self, data: memoryview, /) -> int | None: ...


# --- sealing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished container: bytes of plaintext, SHA-512 of its header, SHA-512 of all its tags one after the other."""

    size: int
    header_digest: bytes
    tags_digest: bytes


class Sealer:
    """Seals what is written to it, in any portions, into a sink; ``finish`` makes it whole. Leave it by ``close``.

    Whole chunks go through ``threads`` threads, as the ciphers let go of Python's lock. ``digest``, where one is
    given, is fed the plaintext.
    """

    def __init__(
        self, sink: Sink, key: bytes, header: Header, *, digest: Digest | None = None, threads: int = THREADS
    ) -> None:
        self._start(sink, key, header, digest, threads)
        _write(sink, memoryview(header.raw + header.mac(key)))

    @classmethod
    def resume(
        cls, file: io.RawIOBase, key: bytes, header: Header, *, digest: Digest | None = None, threads: int = THREADS
    ) -> Sealer:
        """Go on where a file was left, after its last whole record that verifies; what comes after is cut off.

        ``size`` says how much plaintext is kept.
        """
        self = cls.__new__(cls)
        self._start(file, key, header, digest, threads)
        opener = Opener(file, key, header, partial=True)
        for chunk, tag in opener.whole_chunks():
            self._tags.update(tag)
            self.size += len(chunk)
            self._index += 1
            if digest is not None:
                digest.update(chunk)
        end = opener.place_of(self._index)
        file.truncate(end)
        file.seek(end)
        return self

    def _start(self, sink: Sink, key: bytes, header: Header, digest: Digest | None, threads: int) -> None:
        self._sink, self._records, self._header = sink, Records(header, key), header
        self._digest, self._threads = digest, threads
        self._tags = hashlib.sha512()
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: deque[tuple[Future[int] | int, _Slot]] = deque()
        self._slot = _Slot(self._records)
        self._free = [_Slot(self._records)] if threads == 1 else []
        self._made = 1 if threads > 1 else 2
        self._index = 0
        self.size = 0

    def write(self, data: Buffer) -> None:
        """Take the next portion of the plaintext."""
        rest = memoryview(data)
        if self._digest is not None:
            self._digest.update(rest)
        self.size += len(rest)
        while rest:
            if self._slot.filled == self._header.chunk:  # only now it is sure that this one is not the last
                self._submit(final=False)
                self._slot = self._next_slot()
            rest = rest[self._slot.fill(rest) :]

    def finish(self) -> Sealed:
        """Seal what is left as the last chunk and write everything out."""
        self._submit(final=True)
        self.flush()
        self.close()
        return Sealed(self.size, self._header.digest, self._tags.digest())

    def flush(self) -> None:
        """Write out every whole chunk that came, so that ``resume`` finds them."""
        while self._under_way:
            self._drain()

    def close(self) -> None:
        """Let go of the threads; without ``finish`` before it, the container stays incomplete and never opens."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
        self._under_way.clear()

    def _submit(self, *, final: bool) -> None:
        slot, index = self._slot, self._index
        self._index += 1
        if self._threads == 1 or (final and index == 0):
            self._under_way.append((slot.seal(index, final), slot))
            self._drain()
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, "seal")
        self._under_way.append((self._pool.submit(slot.seal, index, final), slot))

    def _next_slot(self) -> _Slot:
        if not self._free and self._made <= self._threads + 1:
            self._made += 1
            return _Slot(self._records)
        if not self._free:
            self._drain()
        slot = self._free.pop()
        slot.filled = 0
        return slot

    def _drain(self) -> None:
        job, slot = self._under_way.popleft()
        length = job if isinstance(job, int) else job.result()
        record = memoryview(slot.record)[:length]
        _write(self._sink, record)
        self._tags.update(record[-TAG:])
        self._free.append(slot)


class _Slot:
    """A chunk that is being filled, and room for its record."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._data = memoryview(bytearray(records.chunk))
        self.record = bytearray(records.full)
        self.filled = 0

    def fill(self, data: memoryview) -> int:
        taken = min(len(data), len(self._data) - self.filled)
        self._data[self.filled : self.filled + taken] = data[:taken]
        self.filled += taken
        return taken

    def seal(self, index: int, final: bool) -> int:
        return self._records.seal(index, final, self._data[: self.filled], memoryview(self.record))


def seal(
    portions: Iterable[Buffer],
    sink: Sink,
    key: bytes,
    header: Header,
    *,
    digest: Digest | None = None,
    threads: int = THREADS,
) -> Sealed:
    """Seal a plaintext that comes in portions of any size."""
    sealer = Sealer(sink, key, header, digest=digest, threads=threads)
    try:
        for portion in portions:
            sealer.write(portion)
        return sealer.finish()
    finally:
        sealer.close()


# --- opening --------------------------------------------------------------------------------------


class Opener:
    """Opens a container that can be sought in; everything it gives out is verified. Not for two threads at once.

    Opening verifies the header; ``size`` verifies the last chunk, and with it that nothing is missing or appended.
    """

    def __init__(self, file: Source, key: bytes, header: Header | None = None, *, partial: bool = False) -> None:
        found = read_header(file)
        if header is not None and found.raw != header.raw:
            raise IntegrityError
        if not hmac.compare_digest(read_exactly(file, MAC), found.mac(key)):
            raise IntegrityError
        self.header = found
        self._file, self._records = file, Records(found, key)
        self._begin = len(found.raw) + MAC
        body = file.seek(0, os.SEEK_END) - self._begin
        full = self._records.full
        self.chunks = body // full if partial else max(1, -(-body // full))
        self._last = body - (self.chunks - 1) * full
        if not partial and self._last < IV + BLOCK + TAG:
            raise IntegrityError
        self._tags: bytes | None = None
        self._size: int | None = None
        self._kept: tuple[int, bytes] | None = None

    @property
    def size(self) -> int:
        """Bytes of plaintext."""
        if self._size is None:
            self._size = (self.chunks - 1) * self.header.chunk + len(self.chunk(self.chunks - 1))
        return self._size

    def pin(self) -> bytes:
        """Read every tag and from now on open only records that have theirs; SHA-512 of all of them, to be compared
        with what was signed."""
        tags = bytearray()
        for index in range(self.chunks):
            self._file.seek(self.place_of(index) + self._length(index) - TAG)
            tags += read_exactly(self._file, TAG)
        self._tags = bytes(tags)
        return hashlib.sha512(tags).digest()

    def place_of(self, index: int) -> int:
        """Where in the file the record of this chunk begins."""
        return self._begin + index * self._records.full

    def chunk(self, index: int) -> bytes:
        """One chunk of the plaintext; the latest is kept, for those who read on in it."""
        if self._kept is None or self._kept[0] != index:
            slot = _OpenSlot(self._records)
            self._kept = (index, bytes(slot.open(*self._load(index, slot))))
        return self._kept[1]

    def read(self, start: int = 0, stop: int | None = None, *, threads: int = THREADS) -> Iterator[bytes]:
        """The plaintext from ``start`` to before ``stop`` (its end), in pieces of at most a chunk, read ahead a little.

        The last chunk is verified before the first piece is given out.
        """
        stop = self.size if stop is None else min(stop, self.size)
        size = self.header.chunk
        for index, piece in self._pieces(start // size, -(-stop // size) if stop > start else 0, threads):
            if start <= index * size and (index + 1) * size <= stop:
                yield piece
            else:
                yield piece[max(0, start - index * size) : stop - index * size]

    def reader(self, *, close: bool = False) -> io.BufferedReader:
        """A seekable binary file of the plaintext, opened chunk by chunk; with ``close``, closing it closes the
        container's file too."""
        return io.BufferedReader(_Plaintext(self, self._file.close if close else None), 1 << 16)

    def whole_chunks(self) -> Iterator[tuple[bytes, bytes]]:
        """Chunk and tag of every record that verifies as one with others after it, up to the first that does not."""
        slot = _OpenSlot(self._records)
        for index in range(self.chunks):
            self._file.seek(self.place_of(index))
            record = slot.room(self._records.full)
            fill(self._file, record)
            try:
                yield bytes(slot.open(index, False, record)), bytes(record[-TAG:])
            except IntegrityError:
                return

    def _pieces(self, first: int, end: int, threads: int) -> Iterator[tuple[int, bytes]]:
        if end - first <= 1 or threads == 1:
            slot = _OpenSlot(self._records)
            for index in range(first, end):
                yield index, bytes(slot.open(*self._load(index, slot)))
            return
        free = [_OpenSlot(self._records) for _ in range(threads + 1)]
        under_way: deque[tuple[int, Future[memoryview], _OpenSlot]] = deque()
        with ThreadPoolExecutor(threads, "open") as pool:
            for index in range(first, end):
                if not free:
                    done, job, slot = under_way.popleft()
                    yield done, bytes(job.result())
                    free.append(slot)
                slot = free.pop()
                under_way.append((index, pool.submit(slot.open, *self._load(index, slot)), slot))
            for done, job, _ in under_way:
                yield done, bytes(job.result())

    def _load(self, index: int, slot: _OpenSlot) -> tuple[int, bool, memoryview]:
        """Read a record into a slot; what ``slot.open`` takes."""
        if not 0 <= index < self.chunks:
            raise IndexError(index)
        self._file.seek(self.place_of(index))
        record = slot.room(self._length(index))
        fill(self._file, record)
        if self._tags is not None and record[-TAG:] != self._tags[index * TAG : (index + 1) * TAG]:
            raise IntegrityError
        return index, index == self.chunks - 1, record

    def _length(self, index: int) -> int:
        return self._last if index == self.chunks - 1 else self._records.full


class _OpenSlot:
    """Room for one record and its chunk."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._record = memoryview(bytearray(records.full))
        self._data = memoryview(bytearray(records.chunk + 2 * BLOCK))

    def room(self, length: int) -> memoryview:
        return self._record[:length]

    def open(self, index: int, final: bool, record: memoryview) -> memoryview:
        return self._data[: self._records.open(index, final, record, self._data)]


class _Plaintext(io.RawIOBase):
    def __init__(self, opener: Opener, closing: Callable[[], None] | None) -> None:
        self._opener, self._closing = opener, closing
        self._at = 0

    def close(self) -> None:
        if self._closing is not None and not self.closed:
            self._closing()
        super().close()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._opener.size}[whence]
        if base + offset < 0:
            raise ValueError("a negative place")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer).cast("B")
        if self._at >= self._opener.size:
            return 0
        index, within = divmod(self._at, self._opener.header.chunk)
        piece = self._opener.chunk(index)[within : within + len(view)]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _write(sink: Sink, view: memoryview) -> None:
    while view:  # a raw file may take less than it is given
        view = view[sink.write(view) or 0 :]
