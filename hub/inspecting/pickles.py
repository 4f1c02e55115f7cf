"""Pickles: scanned by picklescan, never loaded. PyTorch files, zipped or of the older kind, and plain pickles.

picklescan keeps a list of every opcode it reads, takes long values into memory, and passes over what it cannot read.
So it is given a stream that counts reads and steps over long values, and what could not be read is never "safe".
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Any, cast

from picklescan import scanner
from picklescan.relaxed_zipfile import RelaxedZipFile

from hub.errors import Invalid
from hub.inspecting.archives import open_archive
from hub.inspecting.inspection import Scan
from hub.inspecting.source import Source

MAX_READS = 600_000
"""Reads of one pickle: a checkpoint takes some fifty a tensor, and the list of their opcodes some 50 MiB."""
LONG_VALUE = 1024
MAX_LINE = 4096
MAX_PICKLES = 64
MAX_REASONS = 5

_ZIP = b"PK\x03\x04"
_TORCH_MAGIC, _TORCH_PICKLES = 0x1950A86A20F9469CFC6C, 5  # of torch.save before its zip form: five, then raw bytes
_OPCODES = frozenset(ord(opcode.code) for opcode in pickletools.opcodes)
_STARTS = tuple(bytes([0x80, version]) for version in range(6))
_ENDINGS = (".pkl", ".pickle", ".joblib")
_INSTEAD = "save the weights alone, as safetensors"


class _Skipped(bytes):
    """Stands for a long value that was stepped over: it has its length, and as a name it is unknown, so dangerous."""

    length = 0

    def __len__(self) -> int:
        return self.length


class _TooLong(Exception):
    """The pickle has more opcodes, or a longer line, than are scanned."""


class _Bounded:
    """A stream of ``size`` bytes for picklescan and pickletools: reads are counted, long values stepped over."""

    def __init__(self, stream: IO[bytes], size: int, start: int) -> None:
        self.stream, self.size = stream, size
        self.reads = 0
        self.too_long = False
        stream.seek(start)

    def read(self, size: int) -> bytes:
        if size < LONG_VALUE:
            self._count()
            return self.stream.read(size)
        skipped = _Skipped(b"unknown")
        here = self.stream.tell()
        skipped.length = min(size, self.size - here)
        self.stream.seek(here + skipped.length)
        return skipped

    def readline(self) -> bytes:
        self._count()
        line = self.stream.readline(MAX_LINE)
        if len(line) == MAX_LINE:
            self._stop()
        return line

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def _count(self) -> None:
        self.reads += 1
        if self.reads > MAX_READS:
            self._stop()

    def _stop(self) -> None:
        self.too_long = True
        raise _TooLong


@dataclass(slots=True)
class _Findings:
    """What was found in all pickles of a file."""

    pickles: int = 0
    dangerous: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    broken: bool = False
    torch: bool = False

    def scan(self) -> Scan | None:
        """The verdict, None where there is no pickle; ``Invalid`` with the reason for what is dangerous."""
        if self.dangerous:
            raise Invalid(
                f"this file is refused: loading it would call {_some(self.dangerous)}",
                f"it can run any program on the machine that loads it; {_INSTEAD}",
                code="dangerous_file",
            )
        reasons = [f"loading it would call {_some(self.unknown)}"] if self.unknown else []
        if self.broken:
            reasons.append("it could not be read to its end, so nothing is known about the rest")
        if reasons:
            return Scan("suspicious", tuple(reasons))
        return Scan("safe") if self.pickles else None


def read_pickle(source: Source) -> dict[str, Any]:
    """The scan's verdict and the file's format; ``Invalid`` with the code ``dangerous_file`` for what is refused."""
    found = _Findings()
    start = source.first(4)
    if start == _ZIP:
        _scan_zip(source, found)
    elif start and start[0] in _OPCODES:
        _scan_stream(source, source.size, found)
    scan = found.scan()
    kind = "PyTorch" if found.torch else "pickle" if scan else "zip" if start == _ZIP else "binary"
    return {"format": kind, "scan": scan}


def _scan_zip(source: Source, found: _Findings) -> None:
    """Every file in it that is called a pickle or begins as one; others may begin so by chance."""
    with open_archive(source, RelaxedZipFile) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
            called = info.filename.lower().endswith(_ENDINGS)
            with archive.open(info) as member:
                if not called and not member.read(2).startswith(_STARTS):
                    continue
                inside = _Findings()
                _scan_stream(member, info.file_size, inside)
            if called or inside.pickles or inside.dangerous or inside.unknown:
                _join(found, inside)
            found.torch |= info.filename.endswith("/data.pkl")


def _join(found: _Findings, more: _Findings) -> None:
    found.pickles += more.pickles
    found.dangerous |= more.dangerous
    found.unknown |= more.unknown
    found.broken |= more.broken


def _scan_stream(stream: IO[bytes], size: int, found: _Findings) -> None:
    """The pickles that follow each other in a stream; what comes after the last of them is no part of it."""
    here, limit = 0, MAX_PICKLES
    while here < size and limit > 0:
        first = here == 0
        end, magic, unreadable = _walk(stream, size, here)
        found.torch |= first and magic
        limit = _TORCH_PICKLES if first and magic else limit
        limit -= 1
        _judge(stream, size, here, found)
        if end is None:
            found.broken |= unreadable or bool(found.pickles) or bool(found.unknown)
            return
        found.pickles += 1
        here = end
    found.broken |= here < size and not found.torch


def _walk(stream: IO[bytes], size: int, start: int) -> tuple[int | None, bool, bool]:
    """Where the pickle that starts here ends (None: it does not), whether it is torch's magic number, and whether it
    ends in something that a more lenient reader might read on from."""
    bounded = _Bounded(stream, size, start)
    magic = False
    try:
        for _opcode, value, _place in pickletools.genops(cast("Any", bounded)):
            magic |= isinstance(value, int) and value == _TORCH_MAGIC
    except _TooLong:
        raise _too_long() from None
    except Exception as error:  # whatever pickletools stumbles over
        return None, False, not _is_no_opcode(error)
    return stream.tell(), magic, False


def _is_no_opcode(error: Exception) -> bool:
    """Whether reading stopped at a byte that is no opcode for any reader."""
    return isinstance(error, ValueError) and str(error).endswith("unknown") and "opcode" in str(error)


def _judge(stream: IO[bytes], size: int, start: int, found: _Findings) -> None:
    """Add picklescan's word on every import of the pickle that starts here."""
    bounded = _Bounded(stream, size, start)
    try:
        result = scanner.scan_pickle_bytes(cast("Any", bounded), "an upload", multiple_pickles=False)
    except _TooLong:
        raise _too_long() from None
    except Exception:  # picklescan could make nothing of an import
        found.dangerous.add("what the scan cannot name")
        return
    if bounded.too_long:
        raise _too_long()
    for one in result.globals:
        name = f"{one.module}.{one.name}"[:100]
        if one.safety is scanner.SafetyLevel.Dangerous:
            found.dangerous.add(name)
        elif one.safety is scanner.SafetyLevel.Suspicious:
            found.unknown.add(name)


def _too_long() -> Invalid:
    return Invalid("this file is refused: the pickle in it is too long to be scanned", _INSTEAD, code="dangerous_file")


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - MAX_REASONS} more" if len(listed) > MAX_REASONS else ""
    return ", ".join(listed[:MAX_REASONS]) + more
