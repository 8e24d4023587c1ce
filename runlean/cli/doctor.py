"""``runlean doctor``: what this machine can do, and what to do to go faster."""

from __future__ import annotations

import json as json_text
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from runlean.doctor import Diagnosis


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON and nothing else.")] = False,
    no_speed_test: Annotated[bool, typer.Option("--no-speed-test", help="Leave out the two-second test.")] = False,
) -> None:
    """Show what this machine can do: providers, decoders, networks (status 1 where one is damaged), cores, speed."""
    from runlean.doctor import diagnose

    diagnosis = diagnose(speed=not no_speed_test)
    if json:
        typer.echo(json_text.dumps(diagnosis.as_dict(), indent=2))
    else:
        from runlean.cli.terminal import results

        console = results()
        for name, text in _lines(diagnosis):
            console.print(f"{name:<12} {text}", soft_wrap=True)
    if not all(network.ok for network in diagnosis.networks):
        raise typer.Exit(1)


def _lines(d: Diagnosis) -> list[tuple[str, str]]:
    m, g = d.machine, d.gpu
    memory = "unknown memory" if m.memory_gib is None else f"{m.memory_gib:.1f} GiB memory"
    if m.memory_available_gib is not None:
        memory += f" ({m.memory_available_gib:.1f} free)"
    packages = ", ".join(f"{name} {number}" for name, number in d.packages.items())
    lines = [
        ("runlean", f"{d.runlean}, Python {d.python}"),
        ("packages", packages),
        ("machine", f"{m.system}; {m.processor}; {m.cores_usable} of {m.cores} cores; {memory}"),
        ("gpu", _gpu(d)),
        ("", _libraries(d)),
        ("providers", f"listed: {', '.join(d.providers.listed)}"),
        ("", f"usable here: {', '.join(d.providers.usable)}; --device auto takes {d.providers.taken_by_auto}"),
        ("decoders", f"on the CPU: {', '.join(d.decoders.cpu)} (libavcodec {d.decoders.ffmpeg})"),
        ("", f"on NVIDIA engines: {_nvdec(d)}"),
    ]
    lines += [("", f"engines of this GPU: {line}") for line in d.decoders.engines]
    for network in d.networks:
        mark = "ok" if network.ok else "BAD"
        lines.append(("network", f"{network.name:<20} {mark:<3} {(network.sha256 or '-')[:16]} {network.message}"))
    for folder in d.folders:
        access = "writable" if folder.writable else "NOT WRITABLE"
        lines.append(("folder", f"{folder.purpose}: {folder.path} ({access}, {folder.mib:.1f} MiB)"))
    if d.speed is not None:
        lines.append(
            (
                "speed",
                f"network {d.speed.network_ms_per_crop:.1f} ms per crop; decoding 960x540 h264 "
                f"{d.speed.decode_fps:.0f} frames per second",
            )
        )
    lines.append(("go faster", d.faster))
    if g.lack and not g.devices:
        lines.append(("", f"for a GPU: {g.lack}"))
    return lines


def _gpu(d: Diagnosis) -> str:
    g = d.gpu
    found = f"{g.devices} found" if g.devices else "none found"
    driver = f"driver for CUDA {g.driver_cuda}" if g.driver_cuda else "no NVIDIA driver"
    wanted = f"onnxruntime wants CUDA {g.wanted_cuda}" if g.wanted_cuda else "onnxruntime is built without CUDA"
    names = f" ({', '.join(g.names)})" if g.names else ""
    return f"{found}{names}; {driver}; {wanted}"


def _libraries(d: Diagnosis) -> str:
    g = d.gpu
    if not g.libraries:
        return "libraries: none wanted"
    absent = [library.name for library in g.libraries if not library.loads]
    found = [library.name for library in g.libraries if library.loads]
    text = f"libraries found: {', '.join(found) or 'none'}; missing: {', '.join(absent) or 'none'}"
    cudnn = f"cuDNN {g.cudnn} (9 is wanted)" if g.cudnn else "no cuDNN (9 is wanted)"
    tensorrt = f"TensorRT {g.tensorrt} (10 is wanted)" if g.tensorrt else "no TensorRT (not needed)"
    kernels = f"; {g.kernels}" if g.kernels else ""
    return f"{text}; {cudnn}; {tensorrt}{kernels}"


def _nvdec(d: Diagnosis) -> str:
    if not d.decoders.nvdec_built:
        return "none (this FFmpeg was built without)"
    codecs = ", ".join(d.decoders.nvdec_built)
    return codecs if d.decoders.nvdec_usable else f"built for {codecs}, but there is no GPU"
