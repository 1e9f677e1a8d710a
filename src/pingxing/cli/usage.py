"""`pingxing usage`: what one's pictures cost in the last 24 hours, in steps, as `GET /api/usage` tells it."""

from __future__ import annotations

from dataclasses import asdict

import click

from pingxing.cli.console import Console


def usage(console: Console) -> click.Command:
    def run(as_json: bool) -> None:
        from pingxing import settings
        from pingxing.api import shapes
        from pingxing.bootstrap import build

        with build(settings.load()) as app:
            actor = app.identity.local_actor(console.language)
            told = shapes.UsageShape(**asdict(app.desk.usage(actor)))
        if console.json_only:
            console.result(told.model_dump(mode="json"))
            return
        console.line(console.say("cli.used.spent", steps=f"{told.spent:g}"))
        console.line(console.say("cli.used.reserved", steps=f"{told.reserved:g}"))
        limit = "cli.used.no_limit" if told.limit is None else "cli.used.limit"
        console.line(console.say(limit, steps="" if told.limit is None else told.limit))
        console.line(console.say("cli.used.weight", weight=told.weight))

    as_json = click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json"))
    return click.Command("usage", callback=run, params=[as_json], help=console.say("cli.used.help"))
