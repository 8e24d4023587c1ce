"""A TensorFlow.js graph model as it lies in its two files."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class TfjsGraph:
    """A TensorFlow.js graph model: nodes by name, and the weights that its constants hold."""

    def __init__(self, model: dict[str, Any], weights: bytes) -> None:
        self.nodes = {node["name"]: node for node in model["modelTopology"]["node"]}
        self.constants: dict[str, Array] = {}
        offset = 0
        for group in model["weightsManifest"]:
            for entry in group["weights"]:
                stored = np.dtype(entry.get("quantization", {}).get("dtype", entry["dtype"]))
                count = int(np.prod(entry["shape"]))
                self.constants[entry["name"]] = np.frombuffer(weights, stored, count, offset).reshape(entry["shape"])
                offset += count * stored.itemsize
        if offset != len(weights):
            raise ValueError(f"expected {offset} bytes of weights, came {len(weights)}")

    def named(self, pattern: str) -> str:
        """The one node whose name matches."""
        found = [name for name in self.nodes if re.search(pattern, name)]
        if len(found) != 1:
            raise ValueError(f"expected one node {pattern}, came {found}")
        return found[0]

    def attribute(self, name: str, key: str) -> Any:
        """Text, number or list that a node's attribute holds; None where it has none."""
        value = self.nodes[name].get("attr", {}).get(key)
        if value is None:
            return None
        if "s" in value:
            return base64.b64decode(value["s"]).decode()
        if "list" in value:
            content = value["list"]
            return [base64.b64decode(s).decode() for s in content.get("s", [])] or [
                int(i) for i in content.get("i", [])
            ]
        return next(iter(value.values()))

    def inputs(self, name: str) -> list[str]:
        return [source.split(":")[0] for source in self.nodes[name].get("input", []) if not source.startswith("^")]
