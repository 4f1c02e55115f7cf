"""ONNX: operators and the shapes of the weights, read from the protobuf by seeking over the weights themselves.

Our own reader: the ``onnx`` package parses a file only when all of it is in memory, weights included. Of the format no
more is read than what is named in ``_Model`` and below; field numbers are those of onnx.proto3. The tests hold this
reader against the package.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hub.inspecting.inspection import MAX_COUNT, Broken, Tensor, count_parameters
from hub.inspecting.source import CUT_OFF, Source

MAX_FIELDS = 2_000_000
"""Fields of the protobuf that are looked at; a model of ten thousand operators has some hundred thousand."""
MAX_TEXT = 4096
MAX_DEPTH = 8
MAX_MODULES = 10_000

_DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
    17: "float8e4m3fn", 18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4",
    23: "float4e2m1", 24: "float8e8m0", 25: "uint2", 26: "int2", 27: "float6e2m3", 28: "float6e3m2",
}  # fmt: skip
_NO_WEIGHTS = {"int32", "int64", "uint32", "uint64", "bool", "string"}
"""What graphs hold as constants: shapes, indices, flags."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_RECURRENT = {"RNN", "LSTM", "GRU"}
_CONVOLUTIONS = {"Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv"}
_POOLS = {
    "MaxPool": "max", "GlobalMaxPool": "max", "AveragePool": "avg", "GlobalAveragePool": "avg", "LpPool": "other",
    "GlobalLpPool": "other",
}  # fmt: skip
_ATTENTION = {"Attention", "MultiHeadAttention", "GroupQueryAttention", "DecoderMaskedMultiHeadAttention"}

Span = tuple[int, int]
"""Where a message begins and ends in the file."""


@dataclass(slots=True)
class _Node:
    op: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    kernel: tuple[int, ...] = ()


@dataclass(slots=True)
class _Model:
    source: Source
    facts: dict[str, str] = field(default_factory=dict)
    tensors: list[Tensor] = field(default_factory=list)
    nodes: list[_Node] = field(default_factory=list)
    fields_left: int = MAX_FIELDS

    def read(self) -> None:
        graphs = 0
        for number, value in self.fields((0, self.source.size)):
            if number == 2:
                self.facts["producer"] = self.text(value)
            elif number == 7:
                self.read_graph(self.span(value), 0)
                graphs += 1
        if graphs != 1:
            raise Broken("it holds no graph")

    def read_graph(self, span: Span, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Broken("its graphs stand in each other too deep")
        for number, value in self.fields(span):
            if number == 1:
                self.read_node(self.span(value), depth)
            elif number == 5:
                self.tensors.append(self.read_tensor(self.span(value)))
            elif number == 15:
                self.read_sparse(self.span(value))

    def read_node(self, span: Span, depth: int) -> None:
        node, attributes = _Node(), []
        for number, value in self.fields(span):
            if number == 1:
                node.inputs.append(self.text(value))
            elif number == 2:
                node.outputs.append(self.text(value))
            elif number == 4:
                node.op = self.text(value)
            elif number == 5:
                attributes.append(self.span(value))
        self.nodes.append(node)
        for attribute in attributes:
            self.read_attribute(node, attribute, depth)

    def read_attribute(self, node: _Node, span: Span, depth: int) -> None:
        name, numbers, graphs, tensors = "", list[int](), list[Span](), list[Span]()
        for number, value in self.fields(span):
            if number == 1:
                name = self.text(value)
            elif number == 8:
                numbers += self.numbers(value)
            elif number in (6, 11):
                graphs.append(self.span(value))
            elif number == 5:
                tensors.append(self.span(value))
        if name == "kernel_shape":
            node.kernel = tuple(numbers)
        if node.op == "Constant" and node.outputs:
            self.tensors += [self.read_tensor(tensor, node.outputs[0]) for tensor in tensors]
        for graph in graphs:
            self.read_graph(graph, depth + 1)

    def read_tensor(self, span: Span, name: str = "") -> Tensor:
        shape, kind = list[int](), 0
        for number, value in self.fields(span):
            if number == 1:
                shape += self.numbers(value)
            elif number == 2 and isinstance(value, int):
                kind = value
            elif number == 8:
                name = name or self.text(value)
        if any(size > MAX_COUNT for size in shape) or math.prod(shape) > MAX_COUNT:
            raise Broken(f"tensor {name[:80]!r} has a shape that cannot be")
        return Tensor(name, tuple(shape), _DTYPES.get(kind, f"type {kind}"))

    def read_sparse(self, span: Span) -> None:
        shape, tensor = list[int](), None
        for number, value in self.fields(span):
            if number == 1:
                tensor = self.read_tensor(self.span(value))
            elif number == 3:
                shape += self.numbers(value)
        if tensor:
            self.tensors.append(tensor)

    # --- the wire format --------------------------------------------------------------------------

    def fields(self, span: Span) -> Iterator[tuple[int, int | Span]]:
        """The fields of a message: number, and its value or where it stands; each is found wherever reading went."""
        here, end = span
        while here < end:
            self.fields_left -= 1
            if self.fields_left < 0:
                raise Broken(f"it holds more than {MAX_FIELDS:,} fields, the most that is looked at")
            self.source.seek(here)
            key = self.varint()
            number, wire = key >> 3, key & 7
            value: int | Span
            if wire == _VARINT:
                value = self.varint()
                here = self.source.tell()
            else:
                length = {_FIXED64: 8, _FIXED32: 4}.get(wire)
                if wire == _BYTES:
                    length = self.varint()
                if length is None or not number:
                    raise Broken("it is no protobuf")
                start = self.source.tell()
                here = start + length
                value = (start, here)
            if here > end:
                raise Broken(CUT_OFF)
            yield number, value

    def varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self.source.read(1)
            if not byte:
                raise Broken(CUT_OFF)
            value |= (byte[0] & 0x7F) << shift
            if byte[0] < 0x80:
                return value & (2**64 - 1)
        raise Broken("it is no protobuf")

    def span(self, value: int | Span) -> Span:
        if isinstance(value, int):
            raise Broken("it is no protobuf of a model")
        return value

    def text(self, value: int | Span) -> str:
        start, end = self.span(value)
        self.source.seek(start)
        return self.source.read(min(end - start, MAX_TEXT)).decode("utf-8", "replace")

    def numbers(self, value: int | Span) -> list[int]:
        """Repeated numbers, packed into one field or one a field."""
        if isinstance(value, int):
            return [value]
        start, end = value
        if end - start > MAX_TEXT:
            raise Broken("it holds a shape of thousands of dimensions")
        self.source.seek(start)
        found = []
        while self.source.tell() < end:
            found.append(self.varint())
        return found


def read_onnx(source: Source) -> dict[str, Any]:
    """Tensors, parameter count (without integer constants), producer, and the architecture where it is certain."""
    model = _Model(source)
    model.read()
    weights = [tensor for tensor in model.tensors if tensor.dtype not in _NO_WEIGHTS]
    facts = {key: value for key, value in model.facts.items() if value}
    found = {"tensors": tuple(model.tensors), "parameters": count_parameters(weights), "facts": facts}
    return {**found, **_architecture(model)}


def _architecture(model: _Model) -> dict[str, Any]:
    """One of the three, where the operators leave no doubt; models that mix them have none."""
    counts = Counter(node.op for node in model.nodes)
    convolutions = sum(counts[op] for op in _CONVOLUTIONS)
    recurrent = sum(counts[op] for op in _RECURRENT)
    attention = sum(counts[op] for op in _ATTENTION) + _plain_attention(model.nodes)
    shapes = {tensor.name: tensor.shape for tensor in model.tensors}
    if recurrent and not convolutions and not attention:
        return {"architecture": "rnn", "shape": _recurrent_shape(model.nodes, shapes)}
    if convolutions and not recurrent and not attention:
        modules = _modules(model.nodes, shapes)
        return {"architecture": "cnn", "shape": {"module_num": len(modules), "modules": modules[:MAX_MODULES]}}
    if attention > convolutions and not recurrent:  # a few convolutions cut pictures and sound into tokens
        return {"architecture": "transformer"}
    return {}


def _plain_attention(nodes: list[_Node]) -> int:
    """How many softmaxes weigh what a matrix product then sums, as attention written out in operators does."""
    weights = {output for node in nodes if node.op == "Softmax" for output in node.outputs}
    return sum(1 for node in nodes if node.op == "MatMul" and node.inputs and node.inputs[0] in weights)


def _recurrent_shape(nodes: list[_Node], shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """The width of what comes in: the last dimension of the first recurrent operator's input weights."""
    first = next(node for node in nodes if node.op in _RECURRENT)
    weights = shapes.get(first.inputs[1], ()) if len(first.inputs) > 1 else ()
    return {"input_size": weights[-1]} if weights and weights[-1] < 2**31 else {}


def _modules(nodes: list[_Node], shapes: dict[str, tuple[int, ...]]) -> list[dict[str, Any]]:
    """One module a convolution, with the first pooling after it; "other" where none follows before the next one."""
    modules = []
    made: dict[str, _Node] = {output: node for node in nodes for output in node.outputs}
    pooled: dict[int, str] = {}
    for node in nodes:
        if node.op in _POOLS and (before := _convolution_before(node, made)):
            pooled.setdefault(id(before), _POOLS[node.op])
    for node in nodes:
        if node.op in _CONVOLUTIONS:
            kernel = node.kernel or (shapes.get(node.inputs[1], ())[2:] if len(node.inputs) > 1 else ())
            size = max(kernel, default=None)
            known = size if size is not None and size < 2**31 else None
            modules.append({"conv_size": known, "pool_type": pooled.get(id(node), "other")})
    return modules


def _convolution_before(node: _Node, made: dict[str, _Node]) -> _Node | None:
    """The convolution that a pooling takes its first input from, through whatever stands between."""
    seen: set[int] = set()
    while node.inputs and id(node) not in seen:
        seen.add(id(node))
        if (before := made.get(node.inputs[0])) is None:
            return None
        if before.op in _CONVOLUTIONS:
            return before
        node = before
    return None
