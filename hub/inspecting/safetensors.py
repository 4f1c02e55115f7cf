"""safetensors: eight bytes of length, a JSON header, the tensors' bytes. Only the header is read.

The rules are those of the format's description: known dtypes, offsets in order without holes, to the end of the file.
"""

from __future__ import annotations

import json
import math
from typing import Any

from hub.inspecting.inspection import MAX_COUNT, Broken, Tensor, count_parameters
from hub.inspecting.source import CUT_OFF, Source

MAX_HEADER = 10 * 2**20
"""Bytes; some 100,000 tensors. The format itself allows ten times that."""

_BITS = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip


def read_safetensors(source: Source) -> dict[str, Any]:
    """Tensors, parameter count and ``__metadata__``."""
    length = source.unpack("<Q")
    if length > MAX_HEADER:
        raise Broken(f"its header would be {length:,} bytes long, and {MAX_HEADER:,} are the most that is read")
    header = _parse(source.exactly(length))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise Broken("its __metadata__ is no object of texts")
    spans = sorted((_span(name, entry) for name, entry in header.items()), key=lambda span: span[:2])
    end = 0
    for start, stop, tensor in spans:
        if start != end:
            raise Broken(f"the bytes of tensor {tensor.name[:80]!r} do not begin where those before it end")
        end = stop
    there = source.size - 8 - length
    if end > there:
        raise Broken(CUT_OFF)
    if end < there:
        raise Broken(f"there are {there - end:,} bytes after its last tensor")
    tensors = tuple(tensor for _, _, tensor in spans)
    return {"tensors": tensors, "parameters": count_parameters(tensors), "facts": metadata}


def _parse(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        raise Broken("its header is no JSON") from None
    if not isinstance(header, dict):
        raise Broken("its header is no JSON object")
    return header


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Broken("its header names something twice")
    return found


def _span(name: str, entry: Any) -> tuple[int, int, Tensor]:
    """Where a tensor's bytes begin and end, and the tensor."""
    what = f"tensor {name[:80]!r}"
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise Broken(f"{what} is not described by dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise Broken(f"{what} has no dtype that safetensors knows")
    if not _all_counts(shape) or not _all_counts(offsets) or len(offsets) != 2:
        raise Broken(f"{what} has a shape or offsets that are no whole numbers")
    elements = math.prod(shape)
    if elements > MAX_COUNT or elements * _BITS[dtype] != (offsets[1] - offsets[0]) * 8:
        raise Broken(f"{what} has not as many bytes as its shape needs")
    return offsets[0], offsets[1], Tensor(name, tuple(shape), dtype)


def _all_counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value <= MAX_COUNT for value in values)
