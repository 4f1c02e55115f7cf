"""The parameter manifest, and what a form has still to ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.inspecting import Inspection, Tensor, known_fields, make_manifest, manifest, needed_fields, read_manifest
from hub.inspecting.needed import suggest_name
from hub.items import check_item
from tests.hub.inspecting.files import CSV, gguf_file, onnx_cnn, read, safetensors_file


def test_the_manifest_is_canonical_and_comes_back() -> None:
    made = make_manifest(read(safetensors_file(), "a.safetensors"))
    assert made
    held = json.loads(made)
    assert made == json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    back = read_manifest(made)
    assert (back.format, back.tensors, back.left_out) == ("safetensors", 3, 0)
    rows = {layer.name: (layer.shape, layer.dtype, layer.parameters) for layer in back.layers}
    assert rows == {"step": ("1", "I64", 1), "bias": ("3", "F32", 3), "embed.weight": ("10 × 4", "F16", 40)}


def test_without_tensors_there_is_none() -> None:
    assert make_manifest(read(CSV, "a.csv")) is None


def test_a_long_manifest_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MAX_BYTES", 1000)
    tensors = tuple(Tensor(f"layer.{number}", (2, 2), "F32") for number in range(100))
    made = make_manifest(Inspection("a", "x", "model", "", 0, tensors=tensors))
    assert made
    assert len(made) <= 1000
    back = read_manifest(made)
    assert back.tensors == 100
    assert back.left_out == 100 - len(back.layers) > 0
    assert [layer.name for layer in back.layers] == [f"layer.{number}" for number in range(len(back.layers))]


def test_any_name_of_a_tensor_can_be_kept() -> None:
    tensors = (Tensor('"quo\\te"\ud800\n', (1,), "F32"),)
    made = make_manifest(Inspection("a", "x", "model", "", 0, tensors=tensors))
    assert made
    assert read_manifest(made).layers[0].name == '"quo\\te"?\n'


# --- what is known, and what is needed --------------------------------------------------------------


def test_of_a_gguf_file_four_fields_are_asked(tmp_path: Path) -> None:
    found = read(gguf_file(tmp_path), "tiny-q8.gguf")
    assert needed_fields(found, "model", {}) == ("model_name", "media_type", "train_name", "task")
    assert suggest_name(found) == "Tiny Llama"
    known = known_fields(found, "model")
    assert known["param_num"] == 6720
    given = {"model_name": "m", "media_type": "text", "train_name": "pretrain", "task": ["generation"]}
    assert needed_fields(found, "model", given) == ()
    assert check_item("model", {**given, **known}).shape["decoder_num"] == 2


def test_what_onnx_tells_fits_the_record() -> None:
    known = known_fields(read(onnx_cnn(), "a.onnx"), "model")
    entry = check_item("model", {"model_name": "m", "media_type": "image", "train_name": "pretrain", **known})
    assert entry.shape["module_num"] == 3
    assert entry.modules[0] == {"conv_size": 7, "pool_type": "max"}


def test_of_a_file_that_tells_nothing_all_required_fields_are_asked() -> None:
    found = read(b"\xff", "weights.bin")
    assert needed_fields(found, "model", {}) == ("model_name", "arch_name", "media_type", "train_name", "task")
    assert needed_fields(found, "model", {"task": [], "model_name": " "[1:]}) == needed_fields(found, "model", {})


def test_a_dataset_needs_name_media_and_tasks() -> None:
    found = read(CSV, "people.csv")
    assert needed_fields(found, "dataset", {}) == ("ds_name", "media", "task")
    known = known_fields(found, "dataset")
    assert known["ds_size"] == 3
    assert known["columns"][1] == {"col_name": "age", "col_datatype": "int64"}
    entry = check_item("dataset", {"ds_name": "people", "media": "text", **known})
    assert len(entry.columns) == 4


@pytest.mark.parametrize(
    ("name", "suggested"),
    [("My model.pt", "My model"), ("dir/x.pt", "x"), ("a\u202eb.pt", ""), ("x" * 300 + ".pt", "")],
)
def test_a_name_is_suggested_where_one_can_be(name: str, suggested: str) -> None:
    assert suggest_name(read(b"", name)) == suggested
