"""Pickles are scanned and never loaded: what is safe, what has to be acknowledged, what is refused."""

from __future__ import annotations

import argparse
import fractions
import io
import os
import pickle
import shutil
import subprocess
import tracemalloc
import zipfile
from typing import Any

import pytest

from hub.errors import Invalid
from hub.inspecting import inspect, needed_fields
from tests.hub.inspecting.files import Calls, read, safetensors_file, state_dict, torch_legacy, torch_zip

GIVEN = {"model_name": "m", "arch_name": "cnn", "media_type": "text", "train_name": "rl", "task": ["detection"]}


def refused(data: bytes, name: str = "a.pt") -> Invalid:
    with pytest.raises(Invalid) as caught:
        read(data, name)
    assert caught.value.code == "dangerous_file"
    assert "safetensors" in caught.value.hint
    return caught.value


@pytest.mark.parametrize("suffix", ["pt", "pth", "ckpt", "bin"])
@pytest.mark.parametrize("make", [torch_zip, torch_legacy])
def test_weights_alone_are_safe_and_labelled(make: Any, suffix: str) -> None:
    found = read(make(), f"weights.{suffix}")
    assert (found.kind, found.format) == ("model", "PyTorch")
    assert found.scan
    assert found.scan.verdict == "safe"
    assert found.scan.label == "can run code when loaded"
    assert needed_fields(found, "model", GIVEN) == ()


CHECKPOINT = {"args": argparse.Namespace(lr=0.1), "ratio": fractions.Fraction(1, 3)}


@pytest.mark.parametrize("make", [torch_zip, torch_legacy, bytes])
def test_a_training_checkpoint_has_to_be_acknowledged(make: Any) -> None:
    found = read(make(pickle.dumps(CHECKPOINT, 2)), "checkpoint.ckpt")
    assert found.scan
    assert found.scan.verdict == "suspicious"
    assert found.scan.reasons == ("loading it would call argparse.Namespace, fractions.Fraction",)
    assert needed_fields(found, "model", GIVEN) == ("acknowledged",)
    assert needed_fields(found, "model", {**GIVEN, "acknowledged": "yes"}) == ("acknowledged",), "only a real yes"
    assert needed_fields(found, "model", {**GIVEN, "acknowledged": True}) == ()


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("make", [torch_zip, torch_legacy, bytes])
@pytest.mark.parametrize(
    ("function", "arguments"),
    [(os.system, ("true",)), (eval, ("1",)), (subprocess.check_output, (["true"],)), (shutil.rmtree, ("x",))],
)
def test_what_runs_programs_is_refused(make: Any, protocol: int, function: Any, arguments: Any) -> None:
    error = refused(make(pickle.dumps({"weights": [1, 2], "x": Calls(function, *arguments)}, protocol)))
    assert function.__name__ in error.message


HIDING_PLACES = {
    "after a first, harmless pickle": pickle.dumps({}) + pickle.dumps(Calls(os.system, "true")),
    "in place of torch's magic number": pickle.dumps(Calls(os.system, "true"), 2) + torch_legacy(),
    "in the last of torch's five pickles": torch_legacy()[: -(32 + len(pickle.dumps(["0"], 2)))]
    + pickle.dumps(Calls(os.system, "true"), 2),
    "in another file of the zip": torch_zip(None, ("model/extra/more.PKL", pickle.dumps(Calls(os.system, "true"), 0))),
    "in a file of the zip without a name for it": torch_zip(None, ("model/data/1", pickle.dumps(Calls(eval, "1")))),
    "in a compressed zip": torch_zip(pickle.dumps(Calls(eval, "1")), compression=zipfile.ZIP_DEFLATED),
    "before the pickle breaks": pickle.dumps(Calls(os.system, "true"))[:-1] + b"\xff\xff",
    "in front of a zip": pickle.dumps(Calls(os.system, "true")) + torch_zip(),
    "behind a name too long to read": b"\x80\x04X" + (4000).to_bytes(4, "little") + b"a" * 4000 + b"\x8c\x01b\x93.",
}


@pytest.mark.parametrize("data", HIDING_PLACES.values(), ids=HIDING_PLACES)
def test_where_it_may_be_hidden(data: bytes) -> None:
    refused(data)


def test_two_entries_of_one_name_are_both_scanned() -> None:
    evil = pickle.dumps(Calls(os.system, "true"), 2)
    with pytest.warns(UserWarning, match="Duplicate name"):
        refused(torch_zip(state_dict(), ("model/data.pkl", evil)))
    with pytest.warns(UserWarning, match="Duplicate name"):
        refused(torch_zip(evil, ("model/data.pkl", state_dict())))


def test_the_names_in_the_scan_are_few() -> None:
    calls = [Calls(function, "x") for function in (os.system, os.popen, os.remove, os.mkdir, os.rmdir, os.chdir)]
    assert refused(pickle.dumps(calls)).message.endswith(" and 1 more")


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(CHECKPOINT)[:-10],
        torch_zip(state_dict()[:-10]),
        torch_legacy()[:250],
        pickle.dumps({"a": 1}) + b"more",
        b"\x80\x02S'a\n.",
    ],
)
def test_what_cannot_be_read_to_its_end_is_never_safe(data: bytes) -> None:
    found = read(data, "a.pt")
    assert found.scan
    assert found.scan.needs_acknowledging
    assert "to its end" in found.scan.reasons[-1]


@pytest.mark.parametrize("data", [b"", b"\xff" * 100, bytes(100), b"7z\xbc\xaf\x27\x1c" + bytes(50)])
def test_what_no_pickle_reader_would_begin_to_read_is_plain_bytes(data: bytes) -> None:
    found = read(data, "weights.bin")
    assert (found.format, found.scan) == ("binary", None)


def test_a_zip_without_pickles_has_no_scan() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("weights.safetensors", safetensors_file())
    found = read(out.getvalue(), "a.ckpt")
    assert (found.format, found.scan) == ("zip", None)


def test_a_broken_zip_says_so() -> None:
    with pytest.raises(Invalid, match="no whole zip archive"):
        read(torch_zip()[:-30], "a.pt")


def test_long_values_are_stepped_over() -> None:
    """50 MB of bytes and text in a pickle take no memory, and what comes after them is still seen."""
    weights = {"w": bytes(25_000_000), "t": "x" * 25_000_000}
    harmless, evil = pickle.dumps(weights), pickle.dumps([weights, Calls(os.system, "true")])
    tracemalloc.start()
    found = inspect(io.BytesIO(harmless), "a.bin")
    refused(evil)
    assert tracemalloc.get_traced_memory()[1] < len(evil) + 10_000_000, "BytesIO holds one of them"
    tracemalloc.stop()
    assert found.scan
    assert found.scan.verdict == "safe"


def test_a_pickle_without_end_is_refused_in_little_memory() -> None:
    endless = b"\x80\x02]" + b"N0" * 2_000_000
    tracemalloc.start()
    assert "too long to be scanned" in refused(endless).message
    assert tracemalloc.get_traced_memory()[1] < len(endless) + 64 * 2**20
    tracemalloc.stop()
    assert "too long to be scanned" in refused(b"c" + b"a" * 10_000).message
