"""Compile the CUDA kernels for a GPU that need not be there, and say how large the code is.

Numba's simulator shows that the kernels compute what they should; this shows that they compile. It needs NVIDIA's
compiler but no GPU and no driver: ``pip install 'numba-cuda[cu13]'``, then ``python tools/compile_cuda.py --cc 9.0``.
"""

from __future__ import annotations

import argparse
import sys
from types import SimpleNamespace


def linked(code: bytes, capability: tuple[int, ...]) -> int:
    """Bytes of machine code by nvJitLink, as numba-cuda makes it: drivers older than the compiler read no such PTX."""
    from cuda.core import Linker, LinkerOptions, ObjectCode

    options = LinkerOptions(arch=f"sm_{''.join(map(str, capability))}", link_time_optimization=True)
    return len(bytes(Linker(ObjectCode.from_ltoir(code), options=options).link("cubin").code))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cc", default="9.0", help="compute capability, 9.0 for an H100")
    capability = tuple(int(part) for part in parser.parse_args(arguments).cc.split("."))
    from numba import cuda, types
    from numba.cuda import compiler, dispatcher

    if getattr(cuda, "implementation", "") == "Built-in":
        print("expected numba-cuda, came the CUDA target inside Numba; pip install 'numba-cuda[cu13]'", file=sys.stderr)
        return 1
    for module in (compiler, dispatcher):  # both would ask the driver
        module.get_current_device = lambda: SimpleNamespace(compute_capability=capability)

    from runlean_kernels.cuda import crop

    def array(kind: types.Type, axes: int, order: str = "C") -> types.Array:
        return types.Array(kind, axes, order)

    real, whole, bytes_4 = types.float64, types.int64, array(types.uint8, 4)
    signatures = {
        "sum_colours_on_gpu": [(bytes_4, array(real, 2))],
        "cover_on_gpu": [(bytes_4, array(real, 2), array(types.int32, 3), array(real, 2))],
    }
    for sample in (types.uint8, types.uint16):
        plane = array(sample, 2, "A")
        crops = (plane, plane, plane, *[whole] * 5, array(types.float32, 1), array(real, 3), bytes_4)
        for name in ("crops_to_rgb_on_gpu", "turned_crops_to_rgb_on_gpu"):
            signatures.setdefault(name, []).append(crops)
        luma = (plane, whole, whole, real, array(real, 2), array(types.float32, 2))
        signatures.setdefault("average_luma_on_gpu", []).append(luma)
    for name, every in signatures.items():
        for signature in every:
            kernel = getattr(crop, name).py_func
            code, _ = cuda.compile_ptx(kernel, signature, cc=capability)
            middle, _ = cuda.compile(kernel, signature, cc=capability, device=False, output="ltoir", abi="numba")
            machine = linked(middle, capability)
            print(f"{name:<28} {signature[0]!s:<30} {len(code):>7} bytes of PTX, {machine:>7} of machine code")
    return 0


if __name__ == "__main__":
    sys.exit(main())
