"""`pingxing make ...`: from one idea to things that can be used and sold."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pingxing.cli.console import Console


def make(console: Console) -> click.Command:
    group = click.Group("make", help=console.say("cli.make.help"))
    group.add_command(_stickers(console))
    return group


def _stickers(console: Console) -> click.Command:
    say = console.say
    params: list[click.Parameter] = [
        click.Argument(["subject"]),
        click.Option(["--for", "platforms"], default="wechat", show_default=True, help=say("cli.make.stickers.for")),
        click.Option(["--count"], type=int, help=say("cli.make.stickers.count")),
        click.Option(["--model"], default="", help=say("cli.generate.model")),
        click.Option(["--seed"], type=int, help=say("cli.generate.seed")),
        click.Option(["--output", "-o"], type=click.Path(file_okay=False, path_type=Path), help=say("cli.make.output")),
        click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json")),
    ]

    def run(**given: Any) -> int:
        return _make_stickers(console, given)

    return click.Command("stickers", callback=run, params=params, help=say("cli.make.stickers.help"))


def _make_stickers(console: Console, given: dict[str, Any]) -> int:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from pingxing import settings
    from pingxing.bootstrap import build
    from pingxing.makers import formats
    from pingxing.makers.judging import good
    from pingxing.makers.stickers import Order, make_stickers, plan
    from pingxing.types import MAX_SEED

    seed = secrets.randbelow(MAX_SEED + 1) if given["seed"] is None else given["seed"]
    platforms = tuple(formats.platform(name.strip()) for name in given["platforms"].split(",") if name.strip())
    order = Order(given["subject"], platforms, given["count"], given["model"], seed)
    plan(order)  # what cannot be made is said before anything starts
    out = given["output"] or Path("stickers")
    with build(settings.load()) as app:
        app.worker.start()  # False where a server of this data folder runs already: then it does the work
        actor = app.identity.local_actor(console.language)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console.rich, transient=True, disable=console.json_only) as bar:
            task = bar.add_task(console.say("cli.running"), total=None)

            def told(done: int, total: int, newest: Path) -> None:
                bar.update(task, completed=done, total=total, description=str(newest))

            made = make_stickers(app, app.desk, actor, order, out, told)
    findings = [finding for _, finding in made.findings]
    if console.json_only:
        files = [{"path": str(file.path), "role": file.role, "receipt": file.receipt} for file in made.files]
        told_findings = [{"platform": name} | asdict(finding) for name, finding in made.findings]
        console.result({"files": files, "findings": told_findings})
    else:
        for platform in platforms:
            number = sum(file.path.is_relative_to(out / platform.name) for file in made.files)
            console.line(
                console.say(
                    "cli.make.done", number=number, platform=platform.names[console.language], path=out / platform.name
                )
            )
        for name, finding in made.findings:
            console.line(f"  {name} {finding.file}: {console.say(f'makers.rule.{finding.rule}')} {finding.found}")
    return 0 if good(findings) else 5
