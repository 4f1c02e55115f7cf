"""Mutated files: whatever is in a file, inspecting it gives an Inspection or Invalid, soon and in little memory."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

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
TOTAL = 10_000_000 if os.environ.get("SOAK") else 50_000
LONGEST = 5.0
"""Seconds for one file, on a busy machine."""


def _try(data: bytes, name: str) -> bool:
    """Whether it could be read; what was read can be stored and shown."""
    try:
        found = read(data, name)
    except Invalid as error:
        assert error.code in ("unreadable_file", "dangerous_file")
        assert error.message
        assert error.hint
        return False
    manifest = make_manifest(found)
    if manifest:
        assert read_manifest(manifest).tensors == len(found.tensors)
    for kind in ("model", "dataset"):
        if found.kind in (kind, "either"):
            needed_fields(found, kind, {})  # type: ignore[arg-type]
            given = (
                {"ds_name": "d", "media": "text"} if kind == "dataset" else {"model_name": "m", "media_type": "text"}
            )
            given |= {"arch_name": "cnn", "train_name": "rl"} if kind == "model" else {}
            check_item(kind, {**given, **known_fields(found, kind)})  # type: ignore[arg-type]
    return True


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
        started = time.perf_counter()
        try:
            readable += _try(data, name)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} on {data.hex()}") from error
        slowest = max(slowest, time.perf_counter() - started)
    record_property("files", f"{count:,}")
    record_property("readable", f"{readable:,}")
    assert slowest < LONGEST
    assert readable < count or name == "a.txt"


@given(st.binary(max_size=300), st.sampled_from(sorted(FORMATS)))
def test_any_bytes_under_any_name(data: bytes, suffix: str) -> None:
    _try(data, f"x{suffix}")
