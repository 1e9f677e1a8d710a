"""`pingxing forbidden`: the operator's list of forbidden pictures, from the shell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pingxing.cli.console import Console
from pingxing.errors import NotFound

if TYPE_CHECKING:
    from pingxing.bootstrap import App
    from pingxing.store.forbidden import Listed


def forbidden(console: Console) -> click.Group:
    say = console.say
    as_json = click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json"))
    group = click.Group("forbidden", help=say("uploads.cli.help"))

    def list_forbidden(as_json: bool) -> None:
        from pingxing import forbidden as use

        with _app() as app:
            found = use.listing(app, app.identity.local_actor(console.language))
        _tell(console, found)

    def add(what: str, reason: str, clause: str, as_json: bool) -> None:
        from pingxing import forbidden as use

        with _app() as app:
            actor = app.identity.local_actor(console.language)
            path = Path(what)
            if path.is_file():
                fingerprint = use.fingerprint(app, actor, path.read_bytes())
            elif len(what) == 64:
                fingerprint = what
            else:
                raise NotFound("file", path=what)
            _tell(console, use.add(app, actor, [fingerprint], reason, clause))

    def remove(listed: str, as_json: bool) -> None:
        from pingxing import forbidden as use

        with _app() as app:
            use.remove(app, app.identity.local_actor(console.language), listed)
        if console.json_only:
            console.result({"removed": listed})
        else:
            console.line(say("uploads.cli.removed", id=listed))

    reason = click.Option(["--reason"], required=True, help=say("uploads.cli.reason"))
    clause = click.Option(["--clause"], default="", help=say("uploads.cli.clause"))
    for name, run, params in (
        ("list", list_forbidden, []),
        ("add", add, [click.Argument(["what"], metavar="FILE|HASH"), reason, clause]),
        ("remove", remove, [click.Argument(["listed"], metavar="ID")]),
    ):
        group.add_command(
            click.Command(
                name,
                callback=run,
                params=[*params, as_json],
                help=say(f"uploads.cli.{name}"),
            )
        )
    return group


def _tell(console: Console, found: tuple[Listed, ...]) -> None:
    if console.json_only:
        console.result(
            {
                "forbidden": [
                    {
                        "id": one.id,
                        "hash": one.hash,
                        "reason": one.reason,
                        "clause": one.clause,
                        "added_at": one.added_at.isoformat(),
                    }
                    for one in found
                ]
            }
        )
        return
    for one in found:
        console.line(f"{one.id}  {one.hash}  {one.reason}{f'  ({one.clause})' if one.clause else ''}")
    if not found:
        console.note("uploads.cli.none")


def _app() -> App:
    from pingxing.bootstrap import build
    from pingxing.settings import load

    return build(load())
