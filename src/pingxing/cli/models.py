"""`pingxing models`: which models are served, and the operator's own checkpoints put on the shelf or taken off it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pingxing.cli.console import Console
from pingxing.errors import UnknownModel


def models(console: Console) -> click.Command:
    def listing(as_json: bool) -> None:
        told = _cards()
        if console.json_only:
            console.result({"models": [card.model_dump() for card in told]})
            return
        for card in told:
            console.line(f"{card.name}  {card.family}  {card.size_bytes / 1e6:.1f} MB  {card.licence}")

    def show(name: str, check: bool, as_json: bool) -> None:
        if check:
            _shelf().check(name)
        _tell(console, _card(name), {"checked": True} if check else {})

    def add(path: Path, name: str, licence: str, as_json: bool) -> None:
        with console.reading() as told:
            shelved = _shelf().add(path, name, datetime.now(UTC), licence=licence, told=told)
        _tell(console, _card(shelved.name), {"path": str(shelved.path), "parameters": shelved.parameters})

    def remove(name: str, as_json: bool) -> None:
        card = _card(name)
        _shelf().remove(name)
        _tell(console, card, {})

    group = click.Group("models", help=console.say("cli.models.help"))
    as_json = click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json"))
    named = click.Argument(["name"])
    check = click.Option(["--check"], is_flag=True, help=console.say("cli.models.check"))
    adding: list[click.Parameter] = [
        click.Argument(["path"], type=click.Path(path_type=Path)),
        click.Option(["--name"], default="", help=console.say("cli.models.name")),
        click.Option(["--licence"], default="", help=console.say("cli.models.licence")),
    ]
    for word, callback, params in (
        ("list", listing, []),
        ("add", add, adding),
        ("show", show, [named, check]),
        ("remove", remove, [named]),
    ):
        help = console.say(f"cli.models.{word}.help")
        group.add_command(click.Command(word, callback=callback, params=[*params, as_json], help=help))
    return group


def _shelf() -> Any:
    from pingxing import settings
    from pingxing.bootstrap import shelf

    return shelf(settings.load())


def _cards() -> list[Any]:
    """The cards of all models: those that come with the house first."""
    from pingxing import settings
    from pingxing.api import shapes
    from pingxing.bootstrap import default_loaders

    loaded = [loader() for loader in default_loaders(settings.load()).values()]
    told = [shapes.model(backend.model) for backend in loaded]
    for backend in loaded:
        backend.close()
    return [*told, *(shapes.model(shelved.card) for shelved in _shelf())]


def _card(name: str) -> Any:
    told = _cards()
    card = next((card for card in told if card.name == name), None)
    if card is None:
        raise UnknownModel(model=name[:60], known=", ".join(card.name for card in told))
    return card


def _tell(console: Console, card: Any, more: dict[str, Any]) -> None:
    if console.json_only:
        console.result({"models": [card.model_dump() | more]})
        return
    for member, value in (card.model_dump() | more).items():
        console.line(f"{member}: {', '.join(value) if isinstance(value, list) else value}")
