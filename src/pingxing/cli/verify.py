"""`pingxing verify FILE...`: what the labels of files and whole folders tell. Changes nothing, keeps nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from pingxing.cli.console import Console
from pingxing.cli.files import read
from pingxing.errors import PingxingError, TooLarge

MOST = 10_000  # files of one call
_COLOURS = {"confirmed": "green", "possible": "yellow", "suspected": "yellow", "none": "white"}


def verify(console: Console) -> click.Command:
    params = [
        click.Argument(["files"], nargs=-1, required=True, type=click.Path()),
        click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json")),
    ]

    def run(files: tuple[str, ...], as_json: bool) -> None:
        from pingxing import settings
        from pingxing.bootstrap import build

        configured = settings.load()
        with build(configured) as app:
            if len(files) == 1 and not Path(files[0]).is_dir():
                ask = _linked if files[0].startswith(("http://", "https://")) else _one
                told = ask(console, app, files[0], configured.max_upload_bytes)
                console.result(told.model_dump(mode="json")) if console.json_only else _show(console, told)
                return
            _many(console, app, list(_under(tuple(map(Path, files)))), configured.max_upload_bytes)

    return click.Command("verify", callback=run, params=params, help=console.say("cli.verify.help"))


def _linked(console: Console, app: Any, link: str, limit: int) -> Any:
    from pingxing.api import shapes
    from pingxing.fetching import fetch
    from pingxing.verify import verify as ask

    return shapes.verification(ask(app, fetch(link, limit).data), lambda key, facts: console.say(key, **facts))


def _under(given: tuple[Path, ...]) -> Iterator[Path]:
    """The files that were named and those in the folders that were named, in order; links are not followed."""
    count = 0
    for path in given:
        inside = sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink()) if path.is_dir() else [path]
        for file in inside:
            if (count := count + 1) > MOST:
                raise TooLarge("files", limit=MOST)
            yield file


def _one(console: Console, app: Any, file: Path | str, limit: int) -> Any:
    """Raises NotFound, TooLarge, UnreadableFile, StorageFailed."""
    from pingxing.api import shapes
    from pingxing.verify import verify as ask

    file = Path(file)
    data = read(file, limit)
    return shapes.verification(ask(app, data), lambda key, facts: console.say(key, **facts))


def _show(console: Console, told: Any) -> None:
    click.secho(console.say(f"cli.verdict.{told.verdict}"), fg=_COLOURS[told.verdict], bold=True)
    for name, layer in told.layers.items():
        sign = "·" if not layer.found else "✓" if layer.valid else "!"
        console.line(f"  {sign} {console.say(f'cli.layer.{name}')}: {layer.detail}")
    key = "cli.ledger.found" if told.ledger.found else "cli.ledger.none"
    console.line(f"  {'✓' if told.ledger.proof_ok else '·'} " + console.say(key, index=told.ledger.log_index))


def _many(console: Console, app: Any, files: list[Path], limit: int) -> None:
    """One line or one member a file; a file that cannot be read is told and does not stop the rest."""
    rows: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    with console.progress(len(files)) as step:
        for file in files:
            try:
                told = _one(console, app, file, limit)
            except PingxingError as error:
                message, _ = console.explain(error)
                counts["error"] += 1
                rows.append({"file": str(file), "error": {"code": error.code, "message": message}})
            else:
                counts[told.verdict] += 1
                rows.append({"file": str(file), **told.model_dump(mode="json")})
            step()
            if not console.json_only:
                _row(console, rows[-1])
    if console.json_only:
        console.result({"files": rows, "counts": dict(counts)})
    else:
        console.line(console.say("cli.verify.counts", **{n: counts[n] for n in (*_COLOURS, "error")}))


def _row(console: Console, row: dict[str, Any]) -> None:
    if "error" in row:
        click.secho(f"{row['file']}  {row['error']['message']}", fg="red")
        return
    layers = " ".join(console.say(f"cli.layer.{name}") for name, layer in row["layers"].items() if layer["found"])
    click.secho(console.say(f"cli.verdict.short.{row['verdict']}").ljust(10), fg=_COLOURS[row["verdict"]], nl=False)
    console.line(f" {row['file']}  {layers}")
