"""Mutated files: whatever is in a file, inspecting it gives an Inspection or Invalid, soon and in little memory."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.inspecting import FORMATS, known_fields, make_manifest, needed_fields, read_manifest
from hub.items import check_item
from tests.hub.inspecting.files import corpus, mutate, read

pytestmark = pytest.mark.soak

SHARES = {
    "a.safetensors": 30, "a.gguf": 22, "a.onnx": 20, "a.pt": 10, "a.parquet": 6, "a.csv": 4, "a.jsonl": 4, "a.zip": 3,
    "a.txt": 1,
}  # fmt: skip
"""Of a hundred mutated files, how many are of which format."""
TOTAL = int(os.environ.get("SOAK_FILES", 10_000_000)) if os.environ.get("SOAK") else 50_000
LONGEST = 5.0
"""Seconds of processor time for one file, as other programs may hold the machine up."""


RECORDS: dict[Any, dict[str, Any]] = {
    "model": {"model_name": "m", "media_type": "text", "arch_name": "cnn", "train_name": "rl"},
    "dataset": {"ds_name": "d", "media": "text"},
}


def _try(data: bytes, name: str) -> bool:
    """Whether it could be read; what was read can be stored and shown."""
    try:
        found = read(data, name)
    except Invalid as refused:
        return not _is_clear(refused)
    manifest = make_manifest(found)
    assert not manifest or read_manifest(manifest).tensors == len(found.tensors)
    for kind, record in RECORDS.items():
        if found.kind in (kind, "either"):
            assert needed_fields(found, kind, record) in (("task",), ("task", "acknowledged"))
            check_item(kind, {**record, **known_fields(found, kind)})
    return True


def _is_clear(refused: Invalid) -> bool:
    return refused.code in ("unreadable_file", "dangerous_file") and bool(refused.message and refused.hint)


@pytest.mark.timeout(7000)
@pytest.mark.parametrize("name", SHARES)
def test_mutated_files(name: str, tmp_path: Path, record_property: pytest.RecordProperty) -> None:
    good = corpus(tmp_path)[name]
    assert all(_try(data, name) for data in good)
    chance = random.Random(f"{name} 1")
    slowest = 0.0
    readable = 0
    count = TOTAL * SHARES[name] // 100
    for _ in range(count):
        data = mutate(chance.choice(good), chance)
        started = time.process_time()
        try:
            readable += _try(data, name)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} on {data.hex()}") from error
        slowest = max(slowest, time.process_time() - started)
    record_property("files", f"{count:,}")
    record_property("readable", f"{readable:,}")
    record_property("slowest", f"{slowest:.1f} s")
    assert slowest < LONGEST
    assert readable < count or name == "a.txt"


@given(st.binary(max_size=300), st.sampled_from(sorted(FORMATS)))
def test_any_bytes_under_any_name(data: bytes, suffix: str) -> None:
    _try(data, f"x{suffix}")
