"""The parameter manifest, which ``model.param`` holds: names, dtypes and shapes of a model's tensors, as read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from hub.inspecting.inspection import Inspection, Tensor

VERSION = 1
MAX_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Layer:
    """A tensor as ``/show`` prints it: (layer, shape, dtype, parameters)."""

    name: str
    shape: str
    dtype: str
    parameters: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was read back; ``left_out`` tensors did not fit."""

    format: str
    layers: Sequence[Layer]
    tensors: int
    left_out: int


def make_manifest(inspection: Inspection) -> bytes | None:
    """Canonical JSON (RFC 8785: keys sorted, nothing between tokens, UTF-8) of at most 4 MiB; None without tensors.

    The tensors come in the order of the file. Where not all fit, the first do, and how many there are is still said.
    """
    if not inspection.tensors:
        return None
    rows, room = [], MAX_BYTES - 200
    for tensor in inspection.tensors:
        row = _canonical([_writable(tensor.name), tensor.dtype, list(tensor.shape)])
        room -= len(row) + 1
        if room < 0:
            break
        rows.append(row)
    head = {"format": inspection.format, "tensors": "", "total": len(inspection.tensors), "v": VERSION}
    return _canonical(head).replace(b'"tensors":""', b'"tensors":[' + b",".join(rows) + b"]", 1)


def read_manifest(param: bytes) -> Manifest:
    """The rows of a manifest that ``make_manifest`` made."""
    held = json.loads(param)
    tensors = [Tensor(name, tuple(shape), dtype) for name, dtype, shape in held["tensors"]]
    layers = tuple(
        Layer(one.name, " × ".join(map(str, one.shape)) or "1", one.dtype, one.parameters) for one in tensors
    )
    return Manifest(held["format"], layers, held["total"], held["total"] - len(layers))


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _writable(name: str) -> str:
    """A tensor's name without half characters, which JSON can carry and UTF-8 cannot."""
    return name.encode("utf-8", "replace").decode("utf-8")
