"""How the operator's models lie on this machine's device, for the command line."""

from __future__ import annotations

import importlib.util
from dataclasses import asdict
from typing import Any

from pingxing.cli.console import Console


def told(name: str) -> dict[str, Any]:
    """{"plan": ...} of a model of the shelf, as it would be loaded now; empty where torch is missing or it is ours."""
    from pingxing import settings
    from pingxing.bootstrap import device_memory, devices, shelf
    from pingxing.engine.backends.own.folder import FAMILY

    given = settings.load()
    kept = shelf(given)
    if name not in kept.names() or importlib.util.find_spec("torch") is None:
        return {}
    if kept.get(name).family == FAMILY:  # runs on the CPU, without torch
        return {}
    from pingxing.engine.backends.diffusion.folder import inspect
    from pingxing.engine.backends.diffusion.loading import plan

    adapters = tuple(one.values for one in kept.additions() if name in one.bases and one.kind == "adapter")
    device = next(iter(devices(given)), "")
    return {"plan": asdict(plan(inspect(kept.get(name).path), device_memory(given), adapters, device).memory)}


def line(console: Console, plan: dict[str, Any]) -> str:
    """The plan in one line for people."""
    gib = {key: f"{plan[key] / 2**30:.1f}" for key in ("weights_bytes", "resident_bytes", "work_bytes")}
    free = "?" if plan["free_bytes"] is None else f"{plan['free_bytes'] / 2**30:.1f}"
    words = console.say(
        "cli.plan",
        device=plan["device"],
        precision=plan["precision"],
        placing=console.say(f"cli.plan.{plan['placing']}"),
        free=free,
        together=plan["together"],
        **gib,
    )
    if plan["twice_bytes"]:
        words += " " + console.say("cli.plan.twice", size=f"{plan['twice_bytes'] / 2**30:.1f}")
    return words if plan["fits"] else f"{words} {console.say('cli.plan.short')}"
