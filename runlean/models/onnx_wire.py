"""ONNX files read, changed and written without the ``onnx`` package.

runlean changes two things about graphs while it runs: it brings a network to half precision, and it makes the small
graph that crops on a GPU. Both need a handful of fields of a file format that is fixed for good (protobuf's wire
format and the field numbers of ``onnx.proto3``); the ``onnx`` package (18 MB, and a second protobuf schema beside ONNX
Runtime's) stays a tool for development, where the tests hold what is written here against its checker.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

#: ``TensorProto.DataType`` of the types that runlean uses.
TYPES: Final = {
    "float32": 1, "uint8": 2, "uint16": 4, "int32": 6, "int64": 7, "bool": 9, "float16": 10, "float64": 11,
}  # fmt: skip
_NAMES: Final = {number: name for name, number in TYPES.items()}

#: Opset and file version of the graphs that are written: those of the shipped networks.
OPSET: Final = 18
IR_VERSION: Final = 9

Value = int | bytes
Field = tuple[int, int, Value]


def fields(data: bytes) -> Iterator[Field]:
    """Fields of a protobuf message in their order: (number, wire type, value); a float stays its four bytes."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield number, kind, value
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + size > end:
            raise ValueError("cut off")
        yield number, kind, data[at : at + size]
        at += size


def message(parts: Sequence[Field]) -> bytes:
    """The message that `fields` would take apart again."""
    out = bytearray()
    for number, kind, value in parts:
        out += _as_varint(number << 3 | kind)
        if isinstance(value, int):
            out += _as_varint(value)
        else:
            if kind == 2:
                out += _as_varint(len(value))
            out += value
    return bytes(out)


def text(number: int, value: str) -> Field:
    """A field that holds a string."""
    return number, 2, value.encode()


def tensor(name: str, array: npt.NDArray[np.generic]) -> bytes:
    """A ``TensorProto``."""
    raw = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    dims: list[Field] = [(1, 0, int(size)) for size in array.shape]
    return message([*dims, (2, 0, TYPES[array.dtype.name]), text(8, name), (9, 2, raw)])


def array_of(data: bytes) -> tuple[str, npt.NDArray[np.generic] | None]:
    """Name and content of a ``TensorProto``; None where it is kept in another way than runlean's own files do."""
    dims: list[int] = []
    kind, name, raw = 0, "", None
    for number, wire, value in fields(data):
        if number == 1 and isinstance(value, int):
            dims.append(value)
        elif number == 1 and wire == 2 and isinstance(value, bytes):
            dims += packed(value)
        elif number == 2 and isinstance(value, int):
            kind = value
        elif number == 8 and isinstance(value, bytes):
            name = value.decode()
        elif number == 9 and isinstance(value, bytes):
            raw = value
    if raw is None or kind not in _NAMES:
        return name, None
    return name, np.frombuffer(raw, np.dtype(_NAMES[kind]).newbyteorder("<")).reshape(dims)


def packed(data: bytes) -> list[int]:
    """Integers of a packed field."""
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value)
    return found


def attribute(name: str, value: int | float | str | Sequence[int]) -> bytes:
    """An ``AttributeProto``: an integer, a number, a string or integers."""
    if isinstance(value, int):
        return message([text(1, name), (3, 0, value), (20, 0, 2)])
    if isinstance(value, float):
        return message([text(1, name), (2, 5, struct.pack("<f", value)), (20, 0, 1)])
    if isinstance(value, str):
        return message([text(1, name), text(4, value), (20, 0, 3)])
    return message([text(1, name), *((8, 0, int(v)) for v in value), (20, 0, 7)])


def node(
    op: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: int | float | str | Sequence[int]
) -> bytes:
    """A ``NodeProto``."""
    parts = [text(1, name) for name in inputs] + [text(2, name) for name in outputs] + [text(4, op)]
    return message([*parts, *((5, 2, attribute(name, value)) for name, value in attributes.items())])


@dataclass(slots=True)
class Graph:
    """A graph that is being written: nodes in order, constants, inputs and outputs.

    `add` appends a node and names its output.
    """

    name: str
    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)
    inputs: list[bytes] = field(default_factory=list)
    outputs: list[bytes] = field(default_factory=list)
    _count: int = 0

    def add(self, op: str, *inputs: str, **attributes: int | float | str | Sequence[int]) -> str:
        """Append a node with one output; returns the output's name."""
        self._count += 1
        name = f"{op.lower()}_{self._count}"
        self.nodes.append(node(op, inputs, [name], **attributes))
        return name

    def constant(self, value: npt.ArrayLike, dtype: str = "float32") -> str:
        """A constant; returns its name."""
        self._count += 1
        name = f"constant_{self._count}"
        self.constants.append(tensor(name, np.asarray(value, np.dtype(dtype))))
        return name

    def take(self, name: str, dtype: str, shape: Sequence[int | str]) -> str:
        """An input of the graph; a string in ``shape`` names a size that is free."""
        self.inputs.append(_value_info(name, dtype, shape))
        return name

    def give(self, value: str, name: str, dtype: str, shape: Sequence[int | str]) -> None:
        """Make a value an output of the graph."""
        self.nodes.append(node("Identity", [value], [name]))
        self.outputs.append(_value_info(name, dtype, shape))

    def model(self) -> bytes:
        """The whole file."""
        parts: list[Field] = [(1, 2, one) for one in self.nodes]
        parts.append(text(2, self.name))
        parts += [(5, 2, one) for one in self.constants]
        parts += [(11, 2, one) for one in self.inputs] + [(12, 2, one) for one in self.outputs]
        opset = message([(2, 0, OPSET)])
        return message([(1, 0, IR_VERSION), text(2, "runlean"), (7, 2, message(parts)), (8, 2, opset)])


def _value_info(name: str, dtype: str, shape: Sequence[int | str]) -> bytes:
    sizes = [message([(1, 0, size) if isinstance(size, int) else text(2, size)]) for size in shape]
    tensor_type = message([(1, 0, TYPES[dtype]), (2, 2, message([(1, 2, size) for size in sizes]))])
    return message([text(1, name), (2, 2, message([(1, 2, tensor_type)]))])


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _as_varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
