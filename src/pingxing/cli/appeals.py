"""`pingxing appeals`: contest a refusal from the shell, read the answers; for the operator, look and answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingxing.cli import files
from pingxing.cli.console import Console
from pingxing.errors import NotFound

if TYPE_CHECKING:
    from pingxing.bootstrap import App
    from pingxing.store.pleas import Plea
    from pingxing.store.work import Appeal
    from pingxing.types import Actor

_FILE = click.Path(dir_okay=False, path_type=Path)


def appeals(console: Console) -> click.Group:
    say = console.say
    as_json = click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json"))
    group = click.Group("appeals", help=say("cli.appeals.help"))

    def job(job: str, words: str, as_json: bool) -> None:
        with _app() as app:
            _filed(console, _use().file(app, _actor(console, app), job, words))

    def picture(file: Path, words: str, as_json: bool) -> None:
        with _app() as app:
            data = files.read(file, app.settings.max_upload_bytes)
            _filed(console, _use().plead(app, _actor(console, app), data, words))

    def list_mine(as_json: bool) -> None:
        with _app() as app:
            actor = _actor(console, app)
            found = [*_use().mine(app, actor), *_use().pleas(app, actor)]
            _use().read(app, actor)
        _list(console, found)

    def withdraw(case: str, as_json: bool) -> None:
        with _app() as app:
            _list(console, [_use().withdraw(app, _actor(console, app), case)])

    def waiting(as_json: bool) -> None:
        with _app() as app:
            actor = _actor(console, app)
            found = [*(one.plea for one in _use().exhibits(app, actor)), *_use().pending(app, actor)]
        _list(console, found)

    def show(case: str, output: Path, position: int, as_json: bool) -> None:
        files.check_folder(output)
        with _app() as app:
            shown = _use().show(app, _actor(console, app), case, position)
        files.write(output, [shown.data])
        if console.json_only:
            console.result({"path": str(output), "media_type": shown.media_type})
        else:
            console.line(say("cli.appeals.wrote", path=output))

    def answer(case: str, outcome: str, words: str, as_json: bool) -> None:
        with _app() as app:
            _list(console, [_decided(app, _actor(console, app), case, outcome == "overturn", words)])

    case = click.Argument(["case"], metavar="ID")
    words = click.Argument(["words"])
    output = click.Option(["--output", "-o"], type=_FILE, required=True, help=say("cli.generate.output"))
    position = click.Option(["--position"], type=int, default=0, help=say("cli.appeals.position"))
    outcome = click.Argument(["outcome"], type=click.Choice(["uphold", "overturn"]))
    for name, run, params in (
        ("job", job, [click.Argument(["job"]), words]),
        ("picture", picture, [click.Argument(["file"], type=_FILE), words]),
        ("list", list_mine, []),
        ("withdraw", withdraw, [case]),
        ("waiting", waiting, []),
        ("show", show, [case, output, position]),
        ("answer", answer, [case, outcome, words]),
    ):
        told = say(f"cli.appeals.{name}")
        group.add_command(click.Command(name, callback=run, params=[*params, as_json], help=told))
    return group


def _decided(app: App, actor: Actor, case: str, overturn: bool, words: str) -> Appeal | Plea:
    """One name for both kinds of case, as the queue shows them side by side."""
    found: Appeal | Plea
    try:
        found = _use().answer(app, actor, case, overturn=overturn, words=words)
    except NotFound:
        found = _use().decide(app, actor, case, overturn=overturn, words=words)
    return found


def _filed(console: Console, one: Appeal | Plea) -> None:
    if console.json_only:
        console.result(_told(one))
    else:
        console.line(console.say("cli.appeals.filed", due=f"{one.due_at:%Y-%m-%d}", id=one.id))


def _list(console: Console, found: list[Any]) -> None:
    if console.json_only:
        console.result({"appeals": [_told(one) for one in found]})
        return
    for one in found:
        state = console.say("appeals.state.withdrawn" if one.state == "withdrawn" else f"web.appeal.{one.state}")
        blanks = {"id": one.id, "state": state, "due": f"{one.due_at:%Y-%m-%d}", "what": _told(one)["about"]}
        console.line(console.say("cli.appeals.one", **blanks))
        if one.answer:
            console.line(console.say("cli.appeals.answered", answer=one.answer))
    if not found:
        console.note("cli.appeals.none")


def _told(one: Appeal | Plea) -> dict[str, Any]:
    """`about`: a job, or the digest of a picture that was brought."""
    job = getattr(one, "job", "")
    return {
        "id": one.id,
        "about": job or f"sha256:{getattr(one, 'sha256', '')}",
        "state": one.state,
        "words": one.words,
        "answer": one.answer,
        "created_at": one.created_at.isoformat(),
        "due_at": one.due_at.isoformat(),
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
    }


def _use() -> Any:
    """The use cases, imported once a command runs: `--help` is answered without them."""
    from pingxing import appeals as use

    return use


def _app() -> App:
    from pingxing.bootstrap import build
    from pingxing.settings import load

    return build(load())


def _actor(console: Console, app: App) -> Actor:
    return app.identity.local_actor(console.language)
