"""GGUF, versions 2 and 3, in either byte order: metadata and tensor descriptions. The tensors' bytes are not read.

Our own reader: the ``gguf`` package maps the whole file into memory, which a stream that is decrypted as it is read
does not allow, and sets no limits. The tests hold this one against it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hub.inspecting.inspection import MAX_COUNT, Broken, Tensor, count_parameters
from hub.inspecting.source import CUT_OFF, Source

MAGIC = b"GGUF"
MAX_HEADER = 32 * 2**20
"""Bytes; the vocabularies of the largest models take a third of it."""
MAX_TENSORS = 100_000
MAX_PAIRS = 4096
MAX_TEXT, MAX_ARRAY = 64 * 1024, 1024
"""Bytes of a text and values of an array that are kept; longer ones are passed over."""

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MAX_DIMENSIONS, _MAX_DEPTH = 8, 4
_DEFAULT_ALIGNMENT = 32

BLOCKS = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
}  # fmt: skip
"""Type of a tensor in the file → its name, elements in a block, bytes of a block."""

_FACTS = ("general.name", "general.architecture", "general.license", "general.size_label", "general.finetune")
_SHAPE = {"block_count": "decoder_num", "feed_forward_length": "up_size"}


def read_gguf(source: Source) -> dict[str, Any]:
    """Tensors, parameter count, the metadata's facts, and for a transformer its shape."""
    if source.read(4) != MAGIC:
        raise Broken("it does not begin with GGUF")
    header = _Header(source)
    tensors, data_end = header.read_tensors()
    alignment = header.metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    if not isinstance(alignment, int) or not 0 < alignment <= 2**20:
        raise Broken("its alignment cannot be")
    start = -(-source.tell() // alignment) * alignment
    if start + data_end > source.size:
        raise Broken(CUT_OFF)
    facts = {key: value for key in _FACTS if isinstance(value := header.metadata.get(key), str) and value}
    return {"tensors": tensors, "parameters": count_parameters(tensors), "facts": facts, **_shape(header.metadata)}


class _Header:
    """What stands before the tensors' bytes, read in order; ``metadata`` holds the values that are short."""

    def __init__(self, source: Source) -> None:
        self.source = source
        version = source.unpack("<I")
        self.order = "<" if version < 2**16 else ">"
        if self.order == ">":
            version = int.from_bytes(version.to_bytes(4, "little"), "big")
        if version not in (2, 3):
            raise Broken(f"it is GGUF version {version}, and 2 and 3 are read", "convert it with llama.cpp's tools")
        self.tensor_count, pairs = self.unpack("Q"), self.unpack("Q")
        if self.tensor_count > MAX_TENSORS:
            raise Broken(f"it claims {self.tensor_count:,} tensors, and {MAX_TENSORS:,} are the most that is read")
        if pairs > MAX_PAIRS:
            raise Broken(f"it claims {pairs:,} values of metadata, and {MAX_PAIRS:,} are the most that is read")
        self.metadata: dict[str, Any] = {}
        for _ in range(pairs):
            key = self.text()
            self.metadata[key] = self.value(self.unpack("I"))

    def unpack(self, layout: str) -> Any:
        self.check_room(1, 1)
        return self.source.unpack(self.order + layout)

    def check_room(self, count: int, least: int) -> None:
        """Whether these many things of at least so many bytes can still come in the header."""
        here = self.source.tell()
        if count * least > self.source.size - here:
            raise Broken(CUT_OFF)
        if count * least > MAX_HEADER - here:
            raise Broken(f"its header is longer than {MAX_HEADER:,} bytes, the most that is read")

    def text(self) -> str:
        length = self.unpack("Q")
        self.check_room(length, 1)
        if length <= MAX_TEXT:
            return self.source.exactly(length).decode("utf-8", "replace")
        self.source.skip(length)
        return ""

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self.array(depth + 1)
        if kind not in _SCALARS:
            raise Broken(f"its metadata has a value of the unknown type {kind}")
        return self.unpack(_SCALARS[kind])

    def array(self, depth: int) -> Any:
        """A short array of numbers as a list; None for any other, which is passed over."""
        kind, count = self.unpack("I"), self.unpack("Q")
        if depth > _MAX_DEPTH:
            raise Broken("its metadata has arrays in arrays too deep")
        if layout := _SCALARS.get(kind):
            width = {"B": 1, "b": 1, "H": 2, "h": 2, "I": 4, "i": 4, "f": 4}.get(layout, 8)
            self.check_room(count, width)
            if count <= MAX_ARRAY:
                return [self.unpack(layout) for _ in range(count)]
            self.source.skip(count * width)
            return None
        self.check_room(count, 8)
        for _ in range(count):
            self.value(kind, depth)
        return None

    def read_tensors(self) -> tuple[tuple[Tensor, ...], int]:
        """The tensors, and how far behind the data's start the last of their bytes are."""
        tensors, end, names = [], 0, set()
        self.check_room(self.tensor_count, 24)
        for _ in range(self.tensor_count):
            name, dimensions = self.text(), self.unpack("I")
            if name in names:
                raise Broken(f"it has two tensors called {name[:80]!r}")
            names.add(name)
            if dimensions > _MAX_DIMENSIONS:
                raise Broken(f"tensor {name[:80]!r} claims {dimensions:,} dimensions")
            shape = tuple(self.unpack("Q") for _ in range(dimensions))
            kind, offset = self.unpack("I"), self.unpack("Q")
            dtype, block, width = BLOCKS.get(kind, (f"type {kind}", 1, 0))
            elements = math.prod(shape)
            if elements > MAX_COUNT or elements % block:
                raise Broken(f"tensor {name[:80]!r} has a shape that cannot be")
            end = max(end, offset + elements // block * width)
            tensors.append(Tensor(name, shape, dtype))
        return tuple(tensors), end


def _shape(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Architecture and its fields, where the metadata says that blocks have attention and nothing else beside it."""
    prefix = f"{metadata.get('general.architecture')}."
    own = {key.removeprefix(prefix): value for key, value in metadata.items() if key.startswith(prefix)}
    heads = _one_number(own.get("attention.head_count"))
    if not heads or "block_count" not in own or any(key.startswith(("ssm.", "wkv.")) for key in own):
        return {}
    width = _one_number(own.get("embedding_length"))
    head = _one_number(own.get("attention.key_length")) or (width // heads if width else None)
    shape = {name: _one_number(own.get(key)) for key, name in _SHAPE.items()}
    shape |= {"embed_size": width, "down_size": width, "attn_size": head}
    return {"architecture": "transformer", "shape": {key: value for key, value in shape.items() if value is not None}}


def _one_number(value: Any) -> int | None:
    """A count that is the same for every block, else None."""
    if isinstance(value, list):
        value = value[0] if value and len(set(value)) == 1 else None
    return value if isinstance(value, int) and 0 < value < 2**31 else None
