"""Small files of every format, made by the formats' own libraries where there are any."""

from __future__ import annotations

import collections
import io
import json
import pickle
import random
import struct
import sys
import types
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
from onnx import TensorProto, helper
from safetensors import numpy as safetensors_numpy

from hub.inspecting import Inspection, inspect


def read(data: bytes, name: str) -> Inspection:
    """What inspecting a file of these bytes under this name gives."""
    return inspect(io.BytesIO(data), name)


# --- safetensors ----------------------------------------------------------------------------------


def safetensors_file() -> bytes:
    tensors = {"embed.weight": np.zeros((10, 4), np.float16), "bias": np.ones(3, np.float32), "step": np.int64(7)}
    arrays = {name: np.asarray(value) for name, value in tensors.items()}
    return safetensors_numpy.save(arrays, {"format": "pt", "license": "mit"})


def safetensors_raw(header: Any, data: bytes = b"") -> bytes:
    """A file with this header, which may be anything."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


# --- GGUF -----------------------------------------------------------------------------------------


def gguf_file(
    folder: Path, *, architecture: str = "llama", big: bool = False, feed_forward: Any = 172, **more: int
) -> bytes:
    """A model of two blocks, with a vocabulary and one quantised tensor; ``more`` are metadata of its own."""
    order = gguf.GGUFEndian.BIG if big else gguf.GGUFEndian.LITTLE
    path = folder / "made.gguf"
    writer = gguf.GGUFWriter(path, architecture, endianess=order)
    writer.add_name("Tiny Llama")
    writer.add_block_count(2)
    writer.add_embedding_length(64)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_token_list([f"token{number}" for number in range(12)])
    writer.add_array("tokenizer.ggml.scores", [0.5] * 12)
    for key, value in more.items():
        writer.add_uint32(f"{architecture}.{key.replace('__', '.')}", value)
    writer.add_tensor("token_embd.weight", np.zeros((40, 64), np.float32))
    blocks = np.zeros((64, 2 * 34), np.uint8)
    writer.add_tensor("blk.0.attn_q.weight", blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("output_norm.weight", np.ones(64, np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


# --- ONNX -----------------------------------------------------------------------------------------


def onnx_model(nodes: list[Any], weights: Mapping[str, tuple[int, ...]], constants: Mapping[str, Any] = {}) -> bytes:
    """A model of these nodes; weights are zeros of these shapes, constants of integers."""
    held = [onnx.numpy_helper.from_array(np.zeros(shape, np.float32), name) for name, shape in weights.items()]
    held += [onnx.numpy_helper.from_array(np.asarray(value, np.int64), name) for name, value in constants.items()]
    given = [helper.make_tensor_value_info("in", TensorProto.FLOAT, None)]
    taken = [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "graph", given, taken, held)
    return bytes(helper.make_model(graph, producer_name="tests").SerializeToString())


def onnx_cnn() -> bytes:
    node = helper.make_node
    return onnx_model(
        [
            node("Conv", ["in", "w1", "b1"], ["c1"], kernel_shape=[7, 7]),
            node("Relu", ["c1"], ["r1"]),
            node("MaxPool", ["r1"], ["p1"], kernel_shape=[2, 2]),
            node("Conv", ["p1", "w2"], ["c2"]),
            node("Conv", ["c2", "w3"], ["c3"], kernel_shape=[1, 5]),
            node("GlobalAveragePool", ["c3"], ["p3"]),
            node("Reshape", ["p3", "shape"], ["out"]),
        ],
        {"w1": (8, 3, 7, 7), "b1": (8,), "w2": (8, 8, 3, 3), "w3": (4, 8, 1, 5)},
        {"shape": [1, -1]},
    )


def onnx_rnn() -> bytes:
    return onnx_model(
        [helper.make_node("LSTM", ["in", "W", "R"], ["out", "h"], hidden_size=16)],
        {"W": (1, 64, 24), "R": (1, 64, 16)},
    )


def onnx_transformer() -> bytes:
    node = helper.make_node
    return onnx_model(
        [
            node("MatMul", ["in", "wq"], ["q"]),
            node("MatMul", ["q", "wk"], ["scores"]),
            node("Softmax", ["scores"], ["weights"]),
            node("MatMul", ["weights", "q"], ["out"]),
        ],
        {"wq": (8, 8), "wk": (8, 8)},
    )


def onnx_nested() -> bytes:
    """A graph within a node, and a weight that is a constant of a node."""
    value = onnx.numpy_helper.from_array(np.zeros((5, 5), np.float32))
    inner = helper.make_graph(
        [helper.make_node("Constant", [], ["k"], value=value)],
        "inner",
        [],
        [helper.make_tensor_value_info("k", TensorProto.FLOAT, None)],
    )
    branch = helper.make_node("If", ["in"], ["out"], then_branch=inner, else_branch=inner)
    return onnx_model([branch], {"w": (2, 3)})


# --- pickles --------------------------------------------------------------------------------------

TORCH_MAGIC = 0x1950A86A20F9469CFC6C


class _Storage:
    """A storage that torch.save writes as a persistent id."""


def _torch_pickle(value: Any, protocol: int = 2) -> bytes:
    """A value pickled as torch does it, with stand-ins for its classes under their names."""
    out = io.BytesIO()
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    class FloatStorage:
        pass

    def _rebuild_tensor_v2(*_: Any) -> None:
        pass

    for owner, made in ((torch, FloatStorage), (utils, _rebuild_tensor_v2)):
        made.__module__, made.__qualname__ = owner.__name__, made.__name__
        setattr(owner, made.__name__, made)

    class Pickler(pickle.Pickler):
        def persistent_id(self, one: Any) -> Any:
            return ("storage", FloatStorage, "0", "cpu", 6) if isinstance(one, _Storage) else None

    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules |= {"torch": torch, "torch._utils": utils}
    try:
        Pickler(out, protocol).dump(value)
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    return out.getvalue()


class _Tensor:
    def __reduce__(self) -> Any:
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2  # type: ignore[attr-defined]
        return rebuild, (_Storage(), 0, (2, 3), (3, 1), False, collections.OrderedDict())


class Calls:
    """Whatever is unpickled with this in it is called with these arguments."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def state_dict() -> bytes:
    return _torch_pickle(collections.OrderedDict({"layer.weight": _Tensor(), "layer.bias": _Tensor()}))


def torch_zip(pickled: bytes | None = None, *more: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """What torch.save writes today."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        archive.writestr("model/data.pkl", state_dict() if pickled is None else pickled)
        archive.writestr("model/data/0", bytes(24))
        archive.writestr("model/version", b"3\n")
        for name, data in more:
            archive.writestr(name, data)
    return out.getvalue()


def torch_legacy(pickled: bytes | None = None) -> bytes:
    """What torch.save wrote before its zip form: five pickles, then raw bytes."""
    parts = [TORCH_MAGIC, 1001, {"little_endian": True}]
    start = b"".join(pickle.dumps(part, 2) for part in parts)
    return start + (state_dict() if pickled is None else pickled) + pickle.dumps(["0"], 2) + b"\xff" * 32


# --- tables ---------------------------------------------------------------------------------------


def parquet_file(table: pa.Table | None = None, **more: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(small_table() if table is None else table, out, **more)
    return out.getvalue()


def small_table() -> pa.Table:
    return pa.table(
        {
            "id": pa.array([1, 2, 3], pa.int32()),
            "text": ["a", "b", None],
            "score": [0.5, 1.5, 2.5],
            "tags": [["x"], [], ["y", "z"]],
            "good": [True, False, None],
        }
    )


def zip_file(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


CSV = b'name,age,height,member\nAda,36,1.70,true\nGrace,85,,false\n"Smith, J.",41,1.8,true\n'
JSONL = b'{"id": 1, "text": "a", "tags": ["x"]}\n\n{"id": 2.5, "more": {"a": null}}\n'


def corpus(folder: Path) -> dict[str, list[bytes]]:
    """Good files of every format, by the name they come under."""
    return {
        "a.safetensors": [safetensors_file()],
        "a.gguf": [gguf_file(folder), gguf_file(folder, big=True)],
        "a.onnx": [onnx_cnn(), onnx_rnn(), onnx_transformer(), onnx_nested()],
        "a.pt": [torch_zip(), torch_legacy(), pickle.dumps({"a": [1, 2.5, "x" * 2000]}, 4), state_dict()],
        "a.csv": [CSV, "größe;zahl\nä;1\n".encode("latin-1"), CSV.decode().encode("utf-16")],
        "a.jsonl": [JSONL],
        "a.parquet": [parquet_file(), parquet_file(compression="zstd", use_dictionary=False)],
        "a.zip": [zip_file({"t.csv": CSV, "b/t.jsonl": JSONL, "c.parquet": parquet_file()})],
        "a.txt": [b"some text\nof two lines\n"],
    }


def mutate(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one to four of: bits flipped, bytes replaced, numbers made extreme, cut off, parts moved."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if not changed:
            return b""
        at = min(chance.randrange(len(changed)), chance.randrange(len(changed)))  # headers come first
        kind = chance.randrange(7)
        if kind == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            changed[at] = chance.randrange(256)
        elif kind == 2:
            width = chance.choice((1, 2, 4, 8))
            changed[at : at + width] = chance.choice((b"\0", b"\xff", b"\x7f", b"\x80", b"\x01")) * width
        elif kind == 3:
            del changed[at : at + chance.randint(1, 16)]
        elif kind == 4:
            changed[at:at] = changed[at : at + chance.randint(1, 16)]
        elif kind == 5:
            changed[at:at] = chance.randbytes(chance.randint(1, 8))
        elif chance.random() < 0.3:
            del changed[at:]
    return bytes(changed)
