"""`pingxing devices`: what this machine can compute on."""

from __future__ import annotations

from dataclasses import asdict

import click

from pingxing.cli import plans
from pingxing.cli.console import Console


def devices(console: Console) -> click.Command:
    def run(as_json: bool) -> None:
        from pingxing.engine.devices import devices as found

        told, laid = found(), {name: plan for name in _names() if (plan := plans.told(name))}
        if console.json_only:
            models = [{"name": name, **plan} for name, plan in laid.items()]
            console.result({"devices": [asdict(device) for device in told], "models": models})
            return
        for number, device in enumerate(told):
            sign = "✓" if device.works else "!"
            memory = "" if device.memory_bytes is None else f"  {device.memory_bytes / 2**30:.1f} GiB"
            used = "  " + console.say("cli.devices.used") if number == 0 and device.works else ""
            speed = f"  {device.dtype}  {device.gflops:g} GFLOP/s" if device.works else f"  {device.problem}"
            console.line(f"{sign} {device.kind}  {device.name}{memory}{speed}{used}")
        for name, plan in laid.items():
            console.line(f"  {name}  {plans.line(console, plan['plan'])}")

    as_json = click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json"))
    return click.Command("devices", callback=run, params=[as_json], help=console.say("cli.devices.help"))


def _names() -> tuple[str, ...]:
    from pingxing import settings
    from pingxing.bootstrap import shelf

    return tuple(shelf(settings.load()).names())
