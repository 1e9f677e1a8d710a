"""`pingxing make ...`: from one idea to things that can be used and sold."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingxing.cli.console import Console

if TYPE_CHECKING:
    from pingxing.makers.formats import Platform, Sort
    from pingxing.makers.pieces import File, OnFile, Set
    from pingxing.makers.ties import Ties


def make(console: Console) -> click.Command:
    from pingxing.cli.make_choose import choose
    from pingxing.cli.make_grid import grid

    group = click.Group("make", help=console.say("cli.make.help"))
    for command in (_stickers, _wallpaper, _print, _pattern, _nails, grid, choose):
        group.add_command(command(console))
    return group


def _stickers(console: Console) -> click.Command:
    say = console.say
    params: list[click.Parameter] = [
        click.Argument(["subject"]),
        click.Option(["--for", "platforms"], default="wechat", show_default=True, help=say("cli.make.stickers.for")),
        click.Option(["--count"], type=int, help=say("cli.make.stickers.count")),
        click.Option(["--moving"], is_flag=True, help=say("cli.make.stickers.moving")),
        *common(console),
        click.Option(["--output", "-o"], type=click.Path(file_okay=False, path_type=Path), help=say("cli.make.output")),
    ]

    def run(**given: Any) -> int:
        return _make_stickers(console, given)

    return click.Command("stickers", callback=run, params=params, help=say("cli.make.stickers.help"))


def _wallpaper(console: Console) -> click.Command:
    say = console.say
    params: list[click.Parameter] = [
        click.Argument(["prompt"]),
        click.Option(
            ["--device", "surfaces"], default="iphone-16", show_default=True, help=say("cli.make.wallpaper.device")
        ),
        click.Option(["--pair"], is_flag=True, help=say("cli.make.wallpaper.pair")),
        click.Option(["--style"], default="", help=say("cli.generate.style")),
        *common(console),
        click.Option(["--output", "-o"], type=click.Path(file_okay=False, path_type=Path), help=say("cli.make.folder")),
    ]

    def run(**given: Any) -> int:
        return _make_surfaces(console, given, given["output"] or Path("wallpapers"))

    return click.Command("wallpaper", callback=run, params=params, help=say("cli.make.wallpaper.help"))


def _print(console: Console) -> click.Command:
    say = console.say
    params: list[click.Parameter] = [
        click.Argument(["prompt"]),
        click.Option(
            ["--for", "--product", "surfaces"], default="t-shirt", show_default=True, help=say("cli.make.print.product")
        ),
        click.Option(["--size"], default="", help=say("cli.make.print.size")),
        click.Option(["--trim"], default="6x9", show_default=True, help=say("cli.make.print.trim")),
        click.Option(["--pages"], type=int, default=120, show_default=True, help=say("cli.make.print.pages")),
        click.Option(["--paper"], default="white", show_default=True, help=say("cli.make.print.paper")),
        click.Option(["--title"], default="", help=say("cli.make.print.title")),
        click.Option(["--author"], default="", help=say("cli.make.print.author")),
        click.Option(["--marks"], is_flag=True, help=say("cli.make.print.marks")),
        click.Option(["--mockup"], is_flag=True, help=say("cli.make.print.mockup")),
        click.Option(["--proof"], is_flag=True, help=say("cli.make.print.proof")),
        click.Option(["--dpi"], type=int, default=0, help=say("cli.make.print.dpi")),
        click.Option(["--style"], default="", help=say("cli.generate.style")),
        *common(console),
        click.Option(["--output", "-o"], type=click.Path(dir_okay=False, path_type=Path), help=say("cli.make.file")),
    ]

    def run(**given: Any) -> int:
        output: Path | None = given["output"]
        folder, file = (output.parent, output.name) if output else (Path("prints"), "")
        return _make_prints(console, given, folder, file)

    return click.Command("print", callback=run, params=params, help=say("cli.make.print.help"))


def _pattern(console: Console) -> click.Command:
    from pingxing.repeat import MAX_ACROSS, REPEATS

    say, across, layouts = console.say, click.IntRange(1, MAX_ACROSS), click.Choice(REPEATS)
    params: list[click.Parameter] = [
        click.Argument(["prompt"]),
        click.Option(["--repeat"], type=layouts, default="half-drop", show_default=True, help=say("cli.make.layout")),
        click.Option(["--across"], type=across, default=3, show_default=True, help=say("cli.make.across")),
        click.Option(["--size"], default="160x160", show_default=True, help=say("cli.make.repeat")),
        click.Option(["--dpi"], type=int, default=150, show_default=True, help=say("cli.make.dpi")),
        click.Option(["--colourways"], default="", help=say("cli.make.colourways")),
        click.Option(["--mockup"], is_flag=True, help=say("cli.make.pattern.mockup")),
        click.Option(["--style"], default="", help=say("cli.generate.style")),
        *common(console),
        click.Option(["--output", "-o"], type=click.Path(dir_okay=False, path_type=Path), help=say("cli.make.tile")),
    ]

    def run(**given: Any) -> int:
        return _make_pattern(console, given)

    return click.Command("pattern", callback=run, params=params, help=say("cli.make.pattern.help"))


def _nails(console: Console) -> click.Command:
    from pingxing.nails import NAIL_DESIGNS, NAIL_LENGTHS, NAIL_SHAPES, TONES

    say, tones = console.say, click.IntRange(1, TONES)

    def chosen(name: str, known: tuple[str, ...], usual: str) -> click.Option:
        told = say(f"cli.make.nails.{name}")
        return click.Option([f"--{name}"], type=click.Choice(known), default=usual, show_default=True, help=told)

    params: list[click.Parameter] = [
        click.Argument(["prompt"]),
        click.Option(["--size"], default="M", show_default=True, help=say("cli.make.nails.size")),
        chosen("shape", NAIL_SHAPES, "almond"),
        chosen("length", NAIL_LENGTHS, "medium"),
        chosen("design", NAIL_DESIGNS, "motifs"),
        click.Option(["--accents"], default="ring", show_default=True, help=say("cli.make.nails.accents")),
        click.Option(["--tone"], type=tones, default=3, show_default=True, help=say("cli.make.nails.tone")),
        click.Option(["--paper"], default="5x7", show_default=True, help=say("cli.make.nails.paper")),
        click.Option(["--decals"], type=int, default=0, help=say("cli.make.nails.decals")),
        click.Option(["--decal-paper"], default="4x6", show_default=True, help=say("cli.make.nails.decal_paper")),
        click.Option(["--palette"], default="", help=say("cli.make.nails.palette")),
        click.Option(["--style"], default="", help=say("cli.generate.style")),
        *common(console),
        click.Option(["--output", "-o"], type=click.Path(file_okay=False, path_type=Path), help=say("cli.make.folder")),
    ]

    def run(**given: Any) -> int:
        return _make_nails(console, given)

    return click.Command("nails", callback=run, params=params, help=say("cli.make.nails.help"))


def common(console: Console) -> tuple[click.Option, ...]:
    say = console.say
    return (
        click.Option(["--model"], default="", help=say("cli.generate.model")),
        click.Option(["--seed"], type=int, help=say("cli.generate.seed")),
        click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json")),
    )


def _make_prints(console: Console, given: dict[str, Any], out: Path, file: str) -> int:
    from pingxing.makers.prints import Order, make_prints, plan

    members = ("title", "author", "marks", "mockup", "proof", "dpi", "model", "style")
    told: dict[str, Any] = {name: given[name] for name in members}
    order = Order(given["prompt"], _platforms(_goods(given), "product"), **told, seed=_seed(given), file=file)
    plan(order)
    made = with_app(console, lambda app, who, told, ties: make_prints(app, app.desk, who, order, out, told, ties))
    return report(console, made)


def _goods(given: dict[str, Any]) -> str:
    """Names of goods: a poster or a card by its size, a cover by its trim, pages and paper."""
    from pingxing.makers.formats.goods import COVER, cover_name

    cover = cover_name(given["trim"], given["pages"], given["paper"])
    sized = {"poster": given["size"] or "a3", "card": given["size"] or "5x7"}
    names = []
    for name in filter(None, map(str.strip, given["surfaces"].split(","))):
        size = sized.get(name, "").lower().replace("×", "x").removesuffix("cm").removesuffix("in").strip()
        names.append(cover if name == COVER else f"{name}-{size}" if size else name)
    return ",".join(names)


def _make_surfaces(console: Console, given: dict[str, Any], out: Path) -> int:
    from pingxing.makers.surfaces import Order, make_surfaces, plan

    order = Order(
        given["prompt"],
        _platforms(given["surfaces"], "screen"),
        given["pair"],
        given["model"],
        given["style"],
        _seed(given),
    )
    plan(order)  # what cannot be made is said before anything starts
    made = with_app(console, lambda app, who, told, ties: make_surfaces(app, app.desk, who, order, out, told, ties))
    return report(console, made)


def _make_stickers(console: Console, given: dict[str, Any]) -> int:
    from pingxing.makers.stickers import Order, make_stickers, plan

    platforms = _platforms(given["platforms"], "pack")
    order = Order(given["subject"], platforms, given["count"], given["model"], _seed(given), given["moving"])
    plan(order)
    out = given["output"] or Path("stickers")
    made = with_app(console, lambda app, who, told, ties: make_stickers(app, app.desk, who, order, out, told, ties))
    return report(console, made)


def _make_pattern(console: Console, given: dict[str, Any]) -> int:
    from pingxing.makers.patterns import Order, make_patterns, plan

    width, height = millimetres(given["size"])
    output: Path = given["output"] or Path("pattern.png")
    order = Order(
        given["prompt"],
        given["repeat"],
        given["across"],
        width,
        height,
        given["dpi"],
        tuple(name.strip() for name in given["colourways"].split(",") if name.strip()),
        mockup=given["mockup"],
        model=given["model"],
        style=given["style"],
        seed=_seed(given),
        stem=output.stem,
    )
    plan(order, vector=True)
    out = output.parent
    return report(
        console,
        with_app(console, lambda app, actor, told, ties: make_patterns(app, app.desk, actor, order, out, told, ties)),
    )


def _make_nails(console: Console, given: dict[str, Any]) -> int:
    from pingxing.makers.nails import Order, make_nails, plan

    members = ("size", "shape", "length", "design", "tone", "paper", "decals", "decal_paper", "model", "style")
    told: dict[str, Any] = {name: given[name] for name in members}
    for name in ("accents", "palette"):
        told[name] = tuple(filter(None, map(str.strip, given[name].split(","))))
    order = Order(given["prompt"], **told, seed=_seed(given))
    plan(order)
    out = given["output"] or Path("nails")
    made = with_app(console, lambda app, who, news, ties: make_nails(app, app.desk, who, order, out, news, ties))
    return report(console, made)


def pixels(text: str) -> tuple[int, int]:
    """ "512x512". Raises InvalidRequest."""
    from pingxing.errors import InvalidRequest

    wide, by, high = text.lower().replace("×", "x").partition("x")
    high = high if by else wide
    if not all(side.isascii() and side.isdecimal() and len(side) < 6 for side in (wide, high)):
        raise InvalidRequest("grid_member", member="--size")
    return int(wide), int(high)


def millimetres(text: str) -> tuple[float, float]:
    """ "160" or "160x120". Raises InvalidRequest."""
    from pingxing.errors import InvalidRequest

    wide, by, high = text.lower().replace("×", "x").partition("x")
    try:
        found = float(wide), float(high if by else wide)
    except ValueError:
        raise InvalidRequest("millimetres", member="--size", value=text) from None
    if not all(0 < side < 10_000 for side in found):
        raise InvalidRequest("millimetres", member="--size", value=text)
    return found


def _platforms(names: str, kind: Sort) -> tuple[Platform, ...]:
    """Raises NotFound for a name that is none, which names those of the kind."""
    from pingxing.makers import formats

    return tuple(formats.platform(name.strip(), kind) for name in names.split(",") if name.strip())


def _seed(given: dict[str, Any]) -> int:
    from pingxing.types import MAX_SEED

    return secrets.randbelow(MAX_SEED + 1) if given["seed"] is None else int(given["seed"])


def with_app(console: Console, work: Callable[[Any, Any, OnFile, Ties], Set]) -> Set:
    """Runs it with the App and who speaks here, behind a bar that counts files."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from pingxing import settings
    from pingxing.bootstrap import build
    from pingxing.makers.ties import Ties

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with build(settings.load()) as app:
        app.worker.start()  # False where a server of this data folder runs already: then it does the work
        with Progress(*columns, console=console.rich, transient=True, disable=console.json_only) as bar:
            task = bar.add_task(console.say("cli.running"), total=None)

            def told(done: int, total: int, newest: File) -> None:
                bar.update(task, completed=done, total=total, description=str(newest.path))

            # Where the server that does the work stops, this process takes it over.
            return work(app, app.identity.local_actor(console.language), told, Ties(app.worker.start))


def report(console: Console, made: Set) -> int:
    from pingxing.makers.judging import good

    if console.json_only:
        files = [{"path": str(file.path), "role": file.role, "receipt": file.receipt} for file in made.files]
        findings = [{"platform": name} | asdict(finding) for name, finding in made.findings]
        console.result({"files": files, "findings": findings})
    else:
        for folder, number in Counter(file.path.parent for file in made.files).items():
            console.line(console.say("cli.make.done", number=number, path=folder))
        for name, finding in made.findings:
            console.line(f"  {name} {finding.file}: {console.say(f'makers.rule.{finding.rule}')} {finding.found}")
    return 0 if good([finding for _, finding in made.findings]) else 5
