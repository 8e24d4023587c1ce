"""A network at half precision: its convolutions in float16, what decodes their answers in float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from runlean.models.onnx_wire import TYPES, Field, array_of, attribute, fields, message, node, tensor, text

_FLOAT, _HALF = TYPES["float32"], TYPES["float16"]
#: Inputs that stay as they are whatever the data's type: a Resize's region and scales.
_NOT_DATA: Final = {"Resize": (1, 2)}
#: Operators that can be brought to float16; with any other in front of a convolution the file is left alone.
_KNOWN: Final = frozenset(
    {
        "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Conv", "ConvTranspose", "Div",
        "GlobalAveragePool", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "MaxPool", "Mul", "PRelu", "Pad",
        "Relu", "Resize", "Sigmoid", "Split", "Sub", "Transpose",
    }
)  # fmt: skip
_CONVOLUTIONS: Final = frozenset({"Conv", "ConvTranspose"})


class _Node:
    """A node's parts that matter here, and the rest of its fields."""

    def __init__(self, data: bytes) -> None:
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self.op = ""
        self.rest: list[Field] = []
        for number, kind, value in fields(data):
            if number == 1 and isinstance(value, bytes):
                self.inputs.append(value.decode())
            elif number == 2 and isinstance(value, bytes):
                self.outputs.append(value.decode())
            else:
                if number == 4 and isinstance(value, bytes):
                    self.op = value.decode()
                self.rest.append((number, kind, value))
        self.half = False

    def bytes(self) -> bytes:
        names = [text(1, name) for name in self.inputs] + [text(2, name) for name in self.outputs]
        return message([*names, *self.rest])

    @property
    def casts_to(self) -> int | None:
        """Type number that a Cast makes."""
        for number, _, value in self.rest:
            if number == 5 and isinstance(value, bytes):
                parts = {n: v for n, _, v in fields(value)}
                if parts.get(1) == b"to" and isinstance(parts.get(3), int):
                    return int(parts[3])
        return None

    def cast_to(self, kind: int) -> None:
        """Make a Cast give another type."""
        kept = [part for part in self.rest if part[0] != 5]
        self.rest = [*kept, (5, 2, attribute("to", kind))]


def to_half(model: bytes) -> bytes | None:
    """A copy of an ONNX file whose convolutions, and everything in front of one, compute in float16.

    Inputs and outputs keep their types, and what comes after the last convolution (arg-max, coordinates) stays in
    float32: at 64 cells float16 would round a coordinate to 1/32 of a cell.

    Parameters
    ----------
    model : bytes
        The file.

    Returns
    -------
    bytes or None
        None where the graph holds something that this step does not know (control flow, an operator in front of a
        convolution that is not listed, tensors kept outside the file).
    """
    top = list(fields(model))
    graphs = [value for number, _, value in top if number == 7]
    if len(graphs) != 1 or not isinstance(graphs[0], bytes):
        return None
    graph = _half_graph(list(fields(graphs[0])))
    if graph is None:
        return None
    return message([(n, k, graph if n == 7 else v) for n, k, v in top])


def _half_graph(parts: Sequence[Field]) -> bytes | None:
    nodes = [_Node(value) for number, _, value in parts if number == 1 and isinstance(value, bytes)]
    _mark(nodes)
    if not any(n.op in _CONVOLUTIONS for n in nodes) or any(n.half and n.op not in _KNOWN for n in nodes):
        return None
    weights = dict(array_of(value) for number, _, value in parts if number == 5 and isinstance(value, bytes))
    made: dict[str, bytes] = {}
    changed: list[bytes] = []
    back: set[str] = set()
    half_values = {name for n in nodes if n.half for name in n.outputs}
    outputs = {_name_of(value) for number, _, value in parts if number == 12 and isinstance(value, bytes)}
    floats = {
        _name_of(value) for number, _, value in parts if number == 11 and isinstance(value, bytes) and _is_float(value)
    }
    for one in nodes:
        if one.half and one.op == "Cast" and one.casts_to == _FLOAT:
            one.cast_to(_HALF)
        for i, name in enumerate(one.inputs):
            data = i not in _NOT_DATA.get(one.op, ()) and one.op != "Cast"
            if one.half and name in floats and data:
                one.inputs[i] = f"{name}_half"
                if one.inputs[i] not in back:
                    back.add(one.inputs[i])
                    changed.append(node("Cast", [name], [one.inputs[i]], to=_HALF))
            elif one.half and name in weights and data:
                array = weights[name]
                if array is None:
                    return None
                if array.dtype == np.float32:
                    one.inputs[i] = f"{name}_half"
                    made[one.inputs[i]] = tensor(one.inputs[i], array.astype(np.float16))
            elif not one.half and name in half_values:
                one.inputs[i] = f"{name}_float"
                if name not in back:
                    back.add(name)
                    changed.append(node("Cast", [name], [one.inputs[i]], to=_FLOAT))
        ends = [name for name in one.outputs if one.half and name in outputs]
        for name in ends:
            one.outputs[one.outputs.index(name)] = f"{name}_end"
        changed.append(one.bytes())
        changed += [node("Cast", [f"{name}_end"], [name], to=_FLOAT) for name in ends]
        half_values -= set(ends)  # what reads an output of the graph finds float32 there
    used = {name for one in nodes for name in one.inputs}
    # types of values between the nodes (field 13) are inferred anew; weights that have a float16 twin now are left out
    rest = [
        (number, kind, value)
        for number, kind, value in parts
        if number not in (1, 13) and not (number == 5 and isinstance(value, bytes) and array_of(value)[0] not in used)
    ]
    return message([*((1, 2, data) for data in changed), *rest, *((5, 2, data) for data in made.values())])


def _mark(nodes: Sequence[_Node]) -> None:
    """Mark every convolution, and every node that one of them needs."""
    needed: set[str] = set()
    for one in reversed(nodes):
        if one.op in _CONVOLUTIONS or any(name in needed for name in one.outputs):
            one.half = True
            skipped = _NOT_DATA.get(one.op, ())
            needed.update(name for i, name in enumerate(one.inputs) if i not in skipped)


def _is_float(value_info: bytes) -> bool:
    """Whether an input of the graph is float32."""
    kind = next((v for n, _, v in fields(value_info) if n == 2), b"")
    inner = next((v for n, _, v in fields(kind if isinstance(kind, bytes) else b"") if n == 1), b"")
    return any(n == 1 and v == _FLOAT for n, _, v in fields(inner if isinstance(inner, bytes) else b""))


def _name_of(value_info: bytes) -> str:
    return next((v.decode() for n, _, v in fields(value_info) if n == 1 and isinstance(v, bytes)), "")
