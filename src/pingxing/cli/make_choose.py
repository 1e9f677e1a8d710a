"""`pingxing make choose ORDER`: keep, drop and score pictures of a grid, list them, and take the good ones home."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from pingxing.cli.console import Console

if TYPE_CHECKING:
    from pingxing.makers.viewing import Piece, View
    from pingxing.makers.workshop import Workshop

SHEET_FILE = "contact-sheet.pdf"


def choose(console: Console) -> click.Command:
    say = console.say
    only = click.Choice(("all", "keep", "drop", "open"))
    params: list[click.Parameter] = [
        click.Argument(["order"]),
        click.Option(["--keep"], multiple=True, metavar="NAME", help=say("cli.make.choose.keep")),
        click.Option(["--drop"], multiple=True, metavar="NAME", help=say("cli.make.choose.drop")),
        click.Option(["--undo"], multiple=True, metavar="NAME", help=say("cli.make.choose.undo")),
        click.Option(["--score", "scores"], multiple=True, metavar="NAME=N", help=say("cli.make.choose.score")),
        click.Option(["--only"], type=only, default="all", show_default=True, help=say("cli.make.choose.only")),
        click.Option(["--least"], type=click.IntRange(0, 5), default=0, help=say("cli.make.choose.least")),
        click.Option(
            ["--by"], type=click.Choice(("table", "score", "name")), default="table", show_default=True,
            help=say("cli.make.choose.by"),
        ),
        click.Option(["--contact-sheet"], is_flag=True, help=say("cli.make.choose.sheet")),
        click.Option(
            ["--output", "-o"], type=click.Path(file_okay=False, path_type=Path), help=say("cli.make.choose.folder")
        ),
        click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json")),
    ]  # fmt: skip

    def run(**given: Any) -> int:
        return _choose(console, given)

    return click.Command("choose", callback=run, params=params, help=say("cli.make.choose.help"))


def _choose(console: Console, given: dict[str, Any]) -> int:
    from pingxing import settings
    from pingxing.bootstrap import build
    from pingxing.makers.viewing import picked
    from pingxing.makers.workshop import Workshop

    with build(settings.load()) as app:
        actor, shop = app.identity.local_actor(console.language), Workshop(app, app.desk)
        try:
            _judge(shop, actor, given)
            view = shop.view(actor, given["order"])
            cells = picked(view, given["only"], given["least"], given["by"])
            if given["output"] is not None:
                _taken(shop, app, actor, view, cells, given)
        finally:
            shop.close()
    told = [_told(view, piece) for piece in cells]
    if console.json_only:
        console.result({"order": given["order"], "cells": told})
        return 0
    for one in told:
        choice = console.say(f"grid.chosen.{one['choice'] or 'none'}")
        console.line(f"{one['score'] or '-'}  {one['path']}  {choice}")
    return 0


def _judge(shop: Workshop, actor: Any, given: dict[str, Any]) -> None:
    """Everything is looked up before anything is written. Raises NotFound, InvalidRequest, Conflict."""
    from pingxing.makers.viewing import Choice

    view = shop.view(actor, given["order"])
    marks: list[tuple[str, Choice | None]] = []
    chosen: tuple[Choice | None, ...] = ("keep", "drop", None)
    for member, choice in zip(("keep", "drop", "undo"), chosen, strict=True):
        marks += [(_receipt(view, name), choice) for name in given[member]]
    scores = [_scored(view, told) for told in given["scores"]]
    for receipt, choice in marks:
        shop.mark(actor, given["order"], receipt, choice)
    for receipt, score in scores:
        shop.score(actor, given["order"], receipt, score)


def _scored(view: View, told: str) -> tuple[str, int | None]:
    """ "fox=4"; 0 takes a score back. Raises InvalidRequest, NotFound."""
    from pingxing.errors import InvalidRequest
    from pingxing.makers.viewing import SCORES

    name, _, score = told.rpartition("=")
    if not name or score not in ("0", *map(str, SCORES)):
        raise InvalidRequest("grid_score", member="--score", value=told[:60], least=SCORES[0], most=SCORES[-1])
    return _receipt(view, name), int(score) or None


def _receipt(view: View, name: str) -> str:
    """Of the picture of that name, with or without its ending. Raises NotFound."""
    from pingxing.errors import NotFound

    found = next((piece for piece in view.cells if name in (piece.path, PurePosixPath(piece.path).stem)), None)
    if found is None:
        raise NotFound("file", path=name)
    return found.receipt


def _told(view: View, piece: Piece) -> dict[str, Any]:
    choice, score = view.chosen.get(piece.receipt), view.scores.get(piece.receipt)
    return {"path": piece.path, "receipt": piece.receipt, "choice": choice, "score": score}


def _taken(shop: Workshop, app: Any, actor: Any, view: View, cells: tuple[Piece, ...], given: dict[str, Any]) -> None:
    """The pictures that are listed, their table and a contact sheet where one is asked for. Raises StorageFailed."""
    from pingxing.flow import release
    from pingxing.makers.grid import TABLE_FILE
    from pingxing.makers.pieces import write
    from pingxing.makers.workshop import listed

    out: Path = given["output"]
    for piece in cells:
        write(out / piece.path, release(app, actor, piece.receipt).data)
    write(out / TABLE_FILE, listed(view, cells))
    if given["contact_sheet"]:
        receipt = shop.sheet(actor, given["order"], least=given["least"], by=given["by"])
        write(out / SHEET_FILE, release(app, actor, receipt.id).data)
