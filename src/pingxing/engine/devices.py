"""What this machine can compute on, found by asking and by trying: a device that is there may still not work.

Through `torch.accelerator` for every kind that torch or a plug-in of it knows (cuda, mps, xpu, npu, mlu, musa, ...).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pingxing.errors import Unavailable

# Plug-ins that bring a device of their own when they are imported: Ascend, Cambricon, Moore Threads, Kunlun.
_PLUGINS = ("torch_npu", "torch_mlu", "torch_musa", "torch_xmlir")
_SIDE = 512  # of the matrices that are multiplied to see whether it works


@dataclass(frozen=True, slots=True)
class Device:
    kind: str  # as torch names it: "cpu", "cuda", and with a number where there are several, "cuda:1"
    name: str
    memory_bytes: int | None  # of it all; None where it does not say
    free_bytes: int | None
    dtype: str  # in which checkpoints run here
    works: bool
    gflops: float  # measured on a small product, in that type; a hint and no benchmark
    problem: str = ""


def devices() -> tuple[Device, ...]:
    """The accelerators there are, the one that is used first before the others, and the CPU. Raises Unavailable without
    torch."""
    if importlib.util.find_spec("torch") is None:
        raise Unavailable("no_torch")
    problems = [problem for plugin in _PLUGINS if (problem := _plugged(plugin))]
    import torch

    found = [_tried("cpu")]
    if torch.accelerator.is_available():
        accelerator = torch.accelerator.current_accelerator()
        if accelerator is not None:
            count = torch.accelerator.device_count()
            names = [accelerator.type] if count == 1 else [f"{accelerator.type}:{index}" for index in range(count)]
            found = [*map(_tried, names), *found]
    found += [Device(problem.partition(":")[0], "", None, None, "", False, 0.0, problem) for problem in problems]
    return tuple(found)


def beside() -> tuple[str, ...]:
    """Further accelerators of the kind that is used first, as torch names them: "cuda:1", "cuda:2", ..."""
    import torch

    current = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    if current is None:
        return ()
    first = torch.accelerator.current_device_index()
    return tuple(f"{current.type}:{index}" for index in range(torch.accelerator.device_count()) if index != first)


def dtype_of(device: str) -> str:
    """The narrowest type that a device ("cpu", "cuda", "cuda:1", ...) is good at."""
    import torch

    kind = device.partition(":")[0]
    if kind == "cpu":
        return "bfloat16" if multiplies_bf16() else "float32"
    if kind == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    return "float16" if kind == "mps" else "bfloat16"


def learns_in(device: str) -> str:
    """The type that weights are kept in while adapters are trained beside them: on the CPU always fp32."""
    return "float32" if device.partition(":")[0] == "cpu" else dtype_of(device)


def multiplies_bf16() -> bool:
    """Whether this CPU has instructions for products in bf16 (AMX, AVX512-BF16), three to five times as fast as fp32.

    Who keeps oneDNN from them (`ONEDNN_MAX_CPU_ISA` names less than AMX) is understood: all is then computed in fp32.
    """
    import torch

    told: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    most = os.environ.get("ONEDNN_MAX_CPU_ISA", "DEFAULT").upper()
    return (most in ("DEFAULT", "ALL") or "AMX" in most) and bool(told.get("amx_bf16") or told.get("avx512_bf16"))


def memory_of(device: str) -> tuple[int | None, int | None]:
    """(free, whole) bytes of a device ("cpu", "cuda", "cuda:1", ...); None where it does not say."""
    import torch

    kind, _, index = device.partition(":")
    if kind == "cpu":
        return main_memory()
    told = getattr(getattr(torch, kind, None), "mem_get_info", None)
    if told is None:
        return None, None
    free, whole = told(int(index)) if index else told()
    return int(free), int(whole)


def main_memory() -> tuple[int, int]:
    """(available, whole) bytes, without torch: what files merely cache counts as available, and a container's limit as
    the whole."""
    page = os.sysconf("SC_PAGE_SIZE")
    available, whole = os.sysconf("SC_AVPHYS_PAGES") * page, os.sysconf("SC_PHYS_PAGES") * page
    told = _text("/proc/meminfo")
    for line in told.splitlines():
        if line.startswith("MemAvailable:"):
            available = int(line.split()[1]) * 1024
    most, used = _text("/sys/fs/cgroup/memory.max").strip(), _text("/sys/fs/cgroup/memory.current").strip()
    if most.isdigit() and used.isdigit() and int(most) < whole:
        return max(0, min(available, int(most) - int(used))), int(most)
    return available, whole


def _text(path: str) -> str:
    """A file of the kernel's; empty where this system has none."""
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""


def _plugged(plugin: str) -> str:
    """What went wrong with a plug-in that is installed; nothing where it works or is not there."""
    if importlib.util.find_spec(plugin) is None:
        return ""
    try:
        importlib.import_module(plugin)
    except (ImportError, OSError, RuntimeError) as error:  # its driver is missing, mostly
        return f"{plugin}: {error}"
    return ""


def _tried(device: str) -> Device:
    import torch

    dtype = dtype_of(device)
    try:
        free, whole = memory_of(device)
        side = torch.full((_SIDE, _SIDE), 0.5, device=device, dtype=getattr(torch, dtype))
        first = side @ side
        if float(first[0, 0]) != _SIDE / 4:
            raise RuntimeError("it computes something else")
        begin = time.perf_counter()
        for _ in range(8):
            first = side @ side
        float(first[0, 0])  # waits for the device
        taken = time.perf_counter() - begin
    except RuntimeError as error:
        return Device(device, _name(device), None, None, dtype, False, 0.0, str(error).partition("\n")[0][:200])
    return Device(device, _name(device), whole, free, dtype, True, round(8 * 2 * _SIDE**3 / taken / 1e9, 1))


def _name(device: str) -> str:
    import platform

    import torch

    kind, _, index = device.partition(":")
    told = getattr(getattr(torch, kind, None), "get_device_name", None)
    return str(told(int(index or 0))) if told is not None else platform.processor() or platform.machine()
