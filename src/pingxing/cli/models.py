"""`pingxing models`: which models are served, and the operator's own checkpoints put on the shelf or taken off it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pingxing.cli import plans
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
            for one in card.additions:
                kind = console.say(f"cli.models.{one.kind}")
                console.line(f"    {one.name}  {kind}  {one.trigger}  {one.size_bytes / 1e6:.1f} MB  {one.licence}")

    def show(name: str, check: bool, as_json: bool) -> None:
        kept = _shelf()
        if check:
            kept.check(name)
        told = kept.joined(name) if kept.adds(name) else _card(name)
        _tell(console, told, ({"checked": True} if check else {}) | plans.told(name))

    def add(path: Path, as_json: bool, **given: Any) -> None:
        with console.reading() as told:
            added = _add(path, datetime.now(UTC), told, **given)
        more = {} if _shelf().adds(added.name) else {"path": str(added.path), "parameters": added.parameters}
        _tell(console, added if not more else _card(added.name), more)

    def remove(name: str, as_json: bool) -> None:
        kept = _shelf()
        if kept.adds(name):
            _tell(console, kept.part(name), {})
            return
        card = _card(name)
        kept.remove(name)
        _tell(console, card, {})

    group = click.Group("models", help=console.say("cli.models.help"))
    as_json = click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json"))
    named = click.Argument(["name"])
    check = click.Option(["--check"], is_flag=True, help=console.say("cli.models.check"))
    adding: list[click.Parameter] = [
        click.Argument(["path"], type=click.Path(path_type=Path)),
        click.Option(["--name"], default="", help=console.say("cli.models.name")),
        click.Option(["--licence"], default="", help=console.say("cli.models.licence")),
        click.Option(["--for", "bases"], multiple=True, help=console.say("cli.models.for")),
        click.Option(["--trigger"], default="", help=console.say("cli.models.trigger")),
        click.Option(["--like"], default="", help=console.say("cli.models.like")),
        click.Option(
            ["--prediction"], type=click.Choice(["epsilon", "v_prediction"]), help=console.say("cli.models.prediction")
        ),
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
    kept = _shelf()
    return [*told, *(shapes.model(kept.card(name)) for name in kept.names())]


def _add(
    path: Path,
    now: datetime,
    told: Callable[[int, int], None],
    *,
    name: str,
    licence: str,
    bases: tuple[str, ...],
    trigger: str,
    like: str,
    prediction: str | None,
) -> Any:
    """Whatever it is: what belongs to models, a checkpoint's folder, or a checkpoint in one file."""
    kept = _shelf()
    if bases:
        return kept.join(path, name, bases, now, licence=licence, trigger=trigger, told=told)
    if path.is_file() or (any(path.glob("*.safetensors")) and not (path / "model_index.json").is_file()):
        return kept.convert(path, name, now, licence=licence, like=like, prediction=prediction or "", told=told)
    return kept.add(path, name, now, licence=licence, told=told)


def _card(name: str) -> Any:
    told = _cards()
    card = next((card for card in told if card.name == name), None)
    if card is None:
        raise UnknownModel(model=name[:60], known=", ".join(card.name for card in told))
    return card


def _tell(console: Console, card: Any, more: dict[str, Any]) -> None:
    told = card.model_dump(mode="json") | more
    if console.json_only:
        console.result({"models": [told]})
        return
    for member, value in told.items():
        shown = plans.line(console, value) if member == "plan" and value else value
        if isinstance(value, list):
            shown = ", ".join(str(one["name"]) if isinstance(one, dict) else str(one) for one in value)
        console.line(f"{member}: {shown}")
