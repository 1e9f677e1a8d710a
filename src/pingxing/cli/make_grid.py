"""`pingxing make grid ...`: a table times a sentence, as an order that outlives a kill and is gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingxing.cli.console import Console

if TYPE_CHECKING:
    from pingxing.makers.grid import Order, Plan
    from pingxing.makers.pieces import OnFile, Set
    from pingxing.makers.viewing import View
    from pingxing.makers.wanted import GridWanted

SHEET_FILE = "contact-sheet.pdf"


def grid(console: Console) -> click.Command:
    from pingxing.cli.make import common

    say = console.say
    params: list[click.Parameter] = [
        click.Argument(["table"], required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.Option(["--template"], default="", help=say("cli.make.grid.template", open="{", close="}")),
        click.Option(["--list", "lists"], multiple=True, help=say("cli.make.grid.list")),
        click.Option(
            ["--join"], type=click.Choice(("product", "zip")), default="product", help=say("cli.make.grid.join")
        ),
        click.Option(["--variants"], type=int, default=1, show_default=True, help=say("cli.make.grid.variants")),
        click.Option(["--names"], default="", help=say("cli.make.grid.names")),
        click.Option(["--size"], default="512x512", show_default=True, help=say("cli.make.grid.size")),
        click.Option(["--style"], default="", help=say("cli.generate.style")),
        click.Option(["--dry-run"], is_flag=True, help=say("cli.make.grid.dry")),
        click.Option(["--resume"], default="", metavar="ORDER", help=say("cli.make.grid.resume")),
        click.Option(["--contact-sheet"], is_flag=True, help=say("cli.make.grid.sheet")),
        *common(console),
        click.Option(
            ["--output", "-o"], type=click.Path(file_okay=False, path_type=Path), help=say("cli.make.grid.folder")
        ),
    ]

    def run(**given: Any) -> int:
        if bool(given["template"]) == bool(given["resume"]):
            raise click.UsageError(say("cli.make.grid.either"))
        return _make(console, given)

    return click.Command("grid", callback=run, params=params, help=say("cli.make.grid.help"))


def _make(console: Console, given: dict[str, Any]) -> int:
    from pingxing.cli.make import report, with_app
    from pingxing.makers.grid import RETRIED, plan

    wanted: GridWanted | None = None
    if not given["resume"]:
        order = _order(given)
        planned = plan(order)  # what cannot be made is said before anything starts
        if given["dry_run"]:
            return _counted(console, planned)
        for line in _planned(console, planned) if not console.json_only else ():
            console.line(line)
        wanted = _wanted(order, given["seed"])
    out = given["output"] or Path("grid")
    name = ""

    def work(app: Any, actor: Any, told: OnFile) -> Set:
        nonlocal name
        name, made = _ordered(console, app, actor, wanted, given, out, told)
        return made

    made = with_app(console, lambda app, actor, told, _: work(app, actor, told))
    rules = [finding.rule for _, finding in made.findings]
    if console.json_only:
        files = [{"path": str(file.path), "role": file.role, "receipt": file.receipt} for file in made.files]
        findings = [{"platform": name} | asdict(finding) for name, finding in made.findings]
        console.result({"order": name, "files": files, "findings": findings})
    else:
        report(console, made)
        if rules:
            console.note("cli.make.grid.again", order=name)
    return (3 if RETRIED[0] in rules else 6) if rules else 0


def _ordered(
    console: Console, app: Any, actor: Any, wanted: GridWanted | None, given: dict[str, Any], out: Path, told: OnFile
) -> tuple[str, Set]:
    """The order's name and what was made. A new order, or the same one that was cut off before, or the one named."""
    from pingxing.flow import release
    from pingxing.makers.pieces import Set, put
    from pingxing.makers.workshop import Workshop

    shop = Workshop(app, app.desk)
    try:
        name: str = given["resume"] if wanted is None else shop.begin(actor, wanted).id
        before = shop.view(actor, name).order
        if before.done:
            console.note("cli.make.grid.on", order=name, done=before.done, total=before.total)
        elif not console.json_only:
            console.note("cli.make.grid.begun", order=name)
        made = shop.make_here(actor, name, out, told, app.worker.start)
        _list(shop.view(actor, name), out)
        if given["contact_sheet"]:
            receipt = shop.sheet(actor, name)
            sheet = put(out / SHEET_FILE, "contact-sheet", receipt.id, release(app, actor, receipt.id).data)
            made = Set((*made.files, sheet), made.findings)
        return name, made
    finally:
        shop.close()


def _list(view: View, out: Path) -> None:
    """The table beside the pictures, with what was said of them so far."""
    from pingxing.makers.grid import TABLE_FILE
    from pingxing.makers.pieces import write
    from pingxing.makers.workshop import listed

    write(out / TABLE_FILE, listed(view, view.cells))


def _order(given: dict[str, Any]) -> Order:
    from pingxing.cli.make import pixels
    from pingxing.makers.grid import NO_TABLE, Order
    from pingxing.makers.grid_table import MAX_BYTES, read_table

    table = NO_TABLE
    if given["table"] is not None:
        with given["table"].open("rb") as file:
            table = read_table(file.read(MAX_BYTES + 1))
    width, height = pixels(given["size"])
    members = ("template", "lists", "join", "variants", "names", "model", "style")
    return Order(
        **{name: given[name] for name in members}, table=table, width=width, height=height, seed=given["seed"] or 0
    )


def _wanted(order: Order, seed: int | None) -> GridWanted:
    """Raises InvalidRequest."""
    from pydantic import ValidationError

    from pingxing.errors import InvalidRequest
    from pingxing.makers.wanted import GridWanted

    try:
        return GridWanted(
            template=order.template,
            columns=order.table.columns,
            rows=order.table.rows,
            lists=order.lists,
            join=order.join,
            variants=order.variants,
            names=order.names,
            width=order.width,
            height=order.height,
            model=order.model,
            style=order.style,
            seed=seed,
        )
    except ValidationError as error:
        raise InvalidRequest("grid_member", member=str(error.errors()[0]["loc"][0])) from None


def _counted(console: Console, planned: Plan) -> int:
    """What it would be."""
    from pingxing import settings
    from pingxing.bootstrap import build
    from pingxing.makers.grid import cost

    with build(settings.load()) as app:
        budget = cost(app, planned)
    if console.json_only:
        answer = {"cells": len(planned.cells), "same": planned.same, "unused": list(planned.unused)}
        console.result(answer | {"charge": budget.charge, "seconds": budget.seconds})
        return 0
    console.line(console.say("grid.plan.charge", steps=f"{budget.charge / 1000:g}"))
    console.line(_time(console, budget.seconds))
    for line in _planned(console, planned):
        console.line(line)
    return 0


def _planned(console: Console, planned: Plan) -> Iterator[str]:
    yield console.say("grid.plan.count", count=len(planned.cells))
    if planned.same:
        yield console.say("grid.plan.same", count=planned.same)
    if planned.unused:
        yield console.say("grid.plan.unused", names=", ".join(planned.unused))


def _time(console: Console, seconds: float | None) -> str:
    if seconds is None:
        return console.say("grid.plan.unmeasured")
    return console.say("grid.plan.time", minutes=max(1, round(seconds / 60)))
