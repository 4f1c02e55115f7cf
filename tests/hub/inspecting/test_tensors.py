"""safetensors, GGUF and ONNX: the readers agree with the formats' own libraries, and say what is wrong with a file."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import gguf
import gguf.constants
import onnx
import pytest
from onnx import helper

from hub.errors import Invalid
from hub.inspecting import Tensor, inspect
from hub.inspecting import gguf as our_gguf
from hub.inspecting import onnx as our_onnx
from hub.inspecting import safetensors as our_safetensors
from tests.hub.inspecting.files import (
    gguf_file,
    onnx_cnn,
    onnx_model,
    onnx_nested,
    onnx_rnn,
    onnx_transformer,
    read,
    safetensors_file,
    safetensors_raw,
)


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(Invalid) as caught:
        read(data, name)
    assert caught.value.code == "unreadable_file"
    assert caught.value.message.startswith(f"{name} cannot be read as ")
    return caught.value.message


# --- safetensors ----------------------------------------------------------------------------------


def test_safetensors_tell_tensors_and_metadata() -> None:
    found = read(safetensors_file(), "tiny.SAFETENSORS")
    assert (found.kind, found.format, found.mime) == ("model", "safetensors", "application/octet-stream")
    assert {tensor.name: (tensor.shape, tensor.dtype) for tensor in found.tensors} == {
        "embed.weight": ((10, 4), "F16"),
        "bias": ((3,), "F32"),
        "step": ((), "I64"),
    }
    assert found.parameters == 44
    assert found.dtypes == {"I64": 1, "F32": 1, "F16": 1}
    assert found.facts == {"format": "pt", "license": "mit"}


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("header", "data", "what"),
    [
        (b"{", b"", "its header is no JSON"),
        (b"[" * 100_000, b"", "its header is no JSON"),
        ([], b"", "its header is no JSON object"),
        (b'{"a":1,"a":2}', b"", "names something twice"),
        ({"a": 1}, b"", "not described by dtype"),
        ({"a": ENTRY | {"dtype": "F33"}}, bytes(8), "no dtype"),
        ({"a": ENTRY | {"shape": [-1]}}, bytes(8), "no whole numbers"),
        ({"a": ENTRY | {"shape": [True]}}, bytes(8), "no whole numbers"),
        ({"a": ENTRY | {"shape": [3]}}, bytes(8), "as many bytes as its shape needs"),
        ({"a": ENTRY | {"shape": [2**62, 2**62]}}, bytes(8), "as many bytes as its shape needs"),
        ({"a": ENTRY | {"data_offsets": [8, 16]}}, bytes(16), "do not begin where"),
        ({"a": ENTRY}, bytes(7), "cut off"),
        ({"a": ENTRY}, bytes(9), "1 bytes after"),
        ({"__metadata__": {"a": 1}}, b"", "no object of texts"),
    ],
)
def test_safetensors_that_break_the_rules(header: Any, data: bytes, what: str) -> None:
    assert what in refusal(safetensors_raw(header, data), "a.safetensors")


def test_a_huge_header_is_refused_before_it_is_read() -> None:
    start = struct.pack("<Q", our_safetensors.MAX_HEADER + 1)
    assert "the most that is read" in refusal(start, "a.safetensors")
    assert "cut off" in refusal(struct.pack("<Q", 1000), "a.safetensors")
    assert "cut off" in refusal(b"", "a.safetensors")


# --- GGUF -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("big", [False, True])
def test_gguf_agrees_with_its_library(tmp_path: Path, big: bool) -> None:
    data = gguf_file(tmp_path, big=big)
    path = tmp_path / "read.gguf"
    path.write_bytes(data)
    theirs = gguf.GGUFReader(path)
    expected = [
        Tensor(one.name, tuple(int(size) for size in one.shape), one.tensor_type.name) for one in theirs.tensors
    ]
    found = read(data, "tiny.gguf")
    assert list(found.tensors) == expected
    assert found.parameters == 40 * 64 + 64 * 64 + 64
    assert found.dtypes == {"F32": 1, "Q8_0": 1, "F16": 1}
    assert found.facts == {"general.architecture": "llama", "general.name": "Tiny Llama"}
    assert found.architecture == "transformer"
    assert found.shape == {"decoder_num": 2, "up_size": 172, "down_size": 64, "embed_size": 64, "attn_size": 16}


def test_the_blocks_of_quantised_types_are_those_of_the_library() -> None:
    theirs = {kind.value: (kind.name, *sizes) for kind, sizes in gguf.constants.GGML_QUANT_SIZES.items()}
    assert theirs.items() <= our_gguf.BLOCKS.items()


def test_a_head_may_be_wider_than_its_share(tmp_path: Path) -> None:
    assert read(gguf_file(tmp_path, attention__key_length=32), "a.gguf").shape["attn_size"] == 32


def test_what_differs_from_block_to_block_is_left_unknown(tmp_path: Path) -> None:
    assert "up_size" not in read(gguf_file(tmp_path, feed_forward=[172, 344]), "a.gguf").shape
    assert read(gguf_file(tmp_path, feed_forward=[172, 172]), "a.gguf").shape["up_size"] == 172


@pytest.mark.parametrize("more", [{"ssm__state_size": 16}, {"wkv__head_size": 64}])
def test_state_space_and_recurrent_models_are_not_called_transformers(tmp_path: Path, more: dict[str, int]) -> None:
    found = read(gguf_file(tmp_path, architecture="mamba", **more), "a.gguf")
    assert found.architecture is None
    assert found.shape == {}


def test_a_gguf_file_called_bin_is_read_as_what_it_is(tmp_path: Path) -> None:
    found = read(gguf_file(tmp_path), "ggml-model.bin")
    assert (found.format, found.scan) == ("GGUF", None)
    assert found.architecture == "transformer"


def _gguf(version: int = 3, tensors: int = 0, pairs: int = 0, rest: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, pairs) + rest


def _text(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "does not begin with GGUF"),
        (b"GGUF", "cut off"),
        (_gguf(1), "version 1"),
        (_gguf(9), "version 9"),
        (_gguf(tensors=10**6), "1,000,000 tensors"),
        (_gguf(pairs=10**6), "1,000,000 values"),
        (_gguf(pairs=1, rest=struct.pack("<Q", 2**60)), "cut off"),
        (_gguf(pairs=1, rest=_text(b"a") + struct.pack("<I", 99)), "unknown type 99"),
        (_gguf(pairs=1, rest=_text(b"a") + struct.pack("<IIQ", 9, 8, 2**60)), "cut off"),
        (_gguf(pairs=1, rest=_text(b"a") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 9), "too deep"),
        (_gguf(pairs=1, rest=_text(b"general.alignment") + struct.pack("<II", 4, 0)), "alignment"),
        (_gguf(tensors=1, rest=_text(b"a") + struct.pack("<IQ", 9, 1) * 9), "9 dimensions"),
        (_gguf(tensors=1, rest=_text(b"a") + struct.pack("<IQQIQ", 2, 2**40, 2**40, 0, 0)), "cannot be"),
        (_gguf(tensors=1, rest=_text(b"a") + struct.pack("<IQIQ", 1, 31, 8, 0)), "cannot be"),
        (_gguf(tensors=1, rest=_text(b"a") + struct.pack("<IQIQ", 1, 64, 0, 0)), "cut off"),
    ],
)
def test_gguf_that_breaks_the_rules(data: bytes, what: str) -> None:
    assert what in refusal(data, "a.gguf")


# --- ONNX -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [onnx_cnn, onnx_rnn, onnx_transformer, onnx_nested])
def test_onnx_agrees_with_its_library(make: Any) -> None:
    data = make()
    graph = onnx.load_from_string(data).graph
    expected = [
        Tensor(one.name, tuple(one.dims), helper.tensor_dtype_to_np_dtype(one.data_type).name)
        for one in graph.initializer
    ]
    found = read(data, "a.onnx")
    assert [tensor for tensor in found.tensors if tensor.name in {one.name for one in expected}] == expected
    assert found.facts == {"producer": "tests"}


def test_the_types_of_onnx_are_those_of_the_library() -> None:
    names = {"float": "float32", "double": "float64"}
    theirs = {kind: name.lower() for name, kind in onnx.TensorProto.DataType.items() if kind}
    assert {kind: names.get(name, name) for kind, name in theirs.items()} == our_onnx._DTYPES


def test_convolutions_become_modules() -> None:
    found = read(onnx_cnn(), "a.onnx")
    assert found.architecture == "cnn"
    assert found.shape == {
        "module_num": 3,
        "modules": [
            {"conv_size": 7, "pool_type": "max"},
            {"conv_size": 3, "pool_type": "other"},  # its kernel is told by the weights alone
            {"conv_size": 5, "pool_type": "avg"},
        ],
    }
    assert found.parameters == 8 * 3 * 49 + 8 + 8 * 8 * 9 + 4 * 8 * 5, "the target shape of a reshape is no parameter"


def test_recurrent_and_attention_models_are_known() -> None:
    found = read(onnx_rnn(), "a.onnx")
    assert (found.architecture, found.shape) == ("rnn", {"input_size": 24})
    found = read(onnx_transformer(), "a.onnx")
    assert (found.architecture, found.shape) == ("transformer", {})


def test_a_mixture_is_left_to_the_person() -> None:
    node = helper.make_node
    both = [node("Conv", ["in", "w"], ["c"], kernel_shape=[3]), node("GRU", ["c", "W", "R"], ["out"])]
    found = read(onnx_model(both, {"w": (1, 1, 3), "W": (1, 3, 2), "R": (1, 3, 1)}), "a.onnx")
    assert (found.architecture, found.shape) == (None, {})
    plain = read(onnx_model([node("Gemm", ["in", "w"], ["out"])], {"w": (4, 4)}), "a.onnx")
    assert (plain.architecture, plain.parameters) == (None, 16)


def test_weights_in_constants_of_inner_graphs_count() -> None:
    assert read(onnx_nested(), "a.onnx").parameters == 6 + 2 * 25


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data)]) + data


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "no graph"),
        (_field(7, b"") * 2, "no graph"),
        (b"\x0b", "no protobuf"),
        (b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "no protobuf"),
        (b"\x3a\x05abc", "cut off"),
        (_field(7, b"\x0a\x7f"), "cut off"),
        (_field(7, b"\x08\x01"), "no protobuf of a model"),
    ],
)
def test_onnx_that_breaks_the_rules(data: bytes, what: str) -> None:
    assert what in refusal(data, "a.onnx")


def test_graphs_within_graphs_end_somewhere() -> None:
    graph = b""
    for _ in range(12):
        graph = _long(1, _long(5, _long(6, graph)))
    assert "too deep" in refusal(_long(7, graph), "a.onnx")


def _long(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2, len(data) & 0x7F | 0x80, len(data) >> 7]) + data


def test_weights_are_not_read() -> None:
    """Of a file whose weights are 8 MiB, less than one of these is read."""
    data = onnx_model([helper.make_node("Gemm", ["in", "w"], ["out"])], {"w": (1024, 2048)})

    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            found = super().read(size)
            self.taken += len(found)
            return found

    file = Counting(data)
    assert inspect(file, "a.onnx").parameters == 2 * 2**20
    assert file.taken < 2**20
