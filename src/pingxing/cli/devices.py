"""`pingxing devices`: what this machine can compute on."""

from __future__ import annotations

from dataclasses import asdict

import click

from pingxing.cli.console import Console


def devices(console: Console) -> click.Command:
    def run(as_json: bool) -> None:
        from pingxing.engine.devices import devices as found

        told = found()
        if console.json_only:
            console.result({"devices": [asdict(device) for device in told]})
            return
        for number, device in enumerate(told):
            sign = "✓" if device.works else "!"
            memory = "" if device.memory_bytes is None else f"  {device.memory_bytes / 2**30:.1f} GiB"
            used = "  " + console.say("cli.devices.used") if number == 0 and device.works else ""
            speed = f"  {device.dtype}  {device.gflops:g} GFLOP/s" if device.works else f"  {device.problem}"
            console.line(f"{sign} {device.kind}  {device.name}{memory}{speed}{used}")

    as_json = click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json"))
    return click.Command("devices", callback=run, params=[as_json], help=console.say("cli.devices.help"))
