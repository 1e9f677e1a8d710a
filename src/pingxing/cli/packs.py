"""`pingxing packs`: the operator's own rule packs, from the shell."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from pingxing.cli.console import Console
from pingxing.errors import InvalidRequest, NotFound, UnreadableFile

if TYPE_CHECKING:
    from pingxing.bootstrap import App
    from pingxing.rulebook import Edition
    from pingxing.store.packs import Stage

_SIGNATURE = ".sig"  # beside the file, as `policy.packs.sign` writes it
_STAGES = ("shadow", "active", "retired")


def packs(console: Console) -> click.Group:
    say = console.say
    as_json = click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json"))
    file = click.Argument(["file"], type=click.Path(dir_okay=False, path_type=Path))
    name = click.Argument(["name"])
    version = click.Option(["--version"], help=say("rulebook.cli.version"))
    group = click.Group("packs", help=say("rulebook.cli.help"))

    def command(called: str, run: object, *params: click.Parameter) -> None:
        group.add_command(
            click.Command(
                called,
                callback=run,  # type: ignore[arg-type]
                params=[*params, as_json],
                help=say(f"rulebook.cli.{called}"),
            )
        )

    def list_packs(as_json: bool) -> None:
        from pingxing import rulebook

        with _app() as app:
            shelf = rulebook.shelf(app, app.identity.local_actor(console.language))
        if console.json_only:
            console.result({"packs": [_told(one) for one in shelf]})
            return
        for one in shelf:
            _line(console, one)
        if not shelf:
            console.note("rulebook.cli.none")

    def show(name: str, version: str | None, as_json: bool) -> None:
        from pingxing import rulebook

        with _app() as app:
            actor = app.identity.local_actor(console.language)
            one = rulebook.show(app, actor, name, version)
            steps = rulebook.history(app, actor, name)
        if console.json_only:
            history = [
                {"version": s.version, "stage": s.stage, "by": s.by, "at": s.at.isoformat(), "log_index": s.log_index}
                for s in steps
            ]
            console.result({**_told(one), "body": one.body.decode(), "history": history})
            return
        console.line(one.body.decode().rstrip("\n"))
        for step in steps:
            console.note("rulebook.cli.step", at=f"{step.at:%Y-%m-%d %H:%M}", **_words(console, step), by=step.by)

    def check(file: Path, as_json: bool) -> None:
        from pingxing import rehearsal, rulebook

        body = _read(file)
        pack, cases = rulebook.readable(body), rehearsal.cases(body)
        failed = [case for case in cases if not case.ok]
        if console.json_only:
            told = [
                {"rule": c.rule, "language": c.language, "case": c.text, "wanted": c.wanted, "ok": c.ok} for c in cases
            ]
            console.result({"ok": not failed, "pack": pack.pack, "version": pack.version, "cases": told})
        else:
            for case in failed:
                console.line(console.say(f"rulebook.cli.failed.{case.wanted}", rule=case.rule, case=case.text))
            console.line(console.say("rulebook.cli.checked", failed=len(failed), count=len(cases)))
        if failed:
            raise click.exceptions.Exit(InvalidRequest.exit_code)

    def add(file: Path, as_json: bool) -> None:
        from pingxing import rulebook

        body, beside = _read(file), file.with_name(file.name + _SIGNATURE)
        signature = _signature(beside) if beside.is_file() else None
        with _app() as app:
            _done(console, rulebook.add(app, app.identity.local_actor(console.language), body, signature))

    def stage(name: str, stage: str, version: str | None, as_json: bool) -> None:
        from pingxing import rulebook

        with _app() as app:
            actor = app.identity.local_actor(console.language)
            _done(console, rulebook.stage(app, actor, name, cast("Stage", stage), version))

    def rollback(name: str, as_json: bool) -> None:
        from pingxing import rulebook

        with _app() as app:
            _done(console, rulebook.roll_back(app, app.identity.local_actor(console.language), name))

    command("list", list_packs)
    command("show", show, name, version)
    command("check", check, file)
    command("add", add, file)
    command("stage", stage, name, click.Argument(["stage"], type=click.Choice(_STAGES)), version)
    command("rollback", rollback, name)
    return group


def _app() -> App:
    from pingxing import settings
    from pingxing.bootstrap import build

    return build(settings.load())


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise NotFound("file", path=file)
    try:
        return file.read_bytes()
    except OSError as error:
        raise UnreadableFile(problem=str(error)) from error


def _signature(beside: Path) -> bytes:
    try:
        return b64decode(_read(beside).strip(), validate=True)
    except ValueError as error:
        raise InvalidRequest("pack_signature") from error


def _told(one: Edition) -> dict[str, Any]:
    return {
        "pack": one.name,
        "version": one.version,
        "stage": one.stage,
        "digest": one.digest,
        "signed_by": "house" if one.house_signed else "operator",
        "added_at": one.added_at.isoformat(),
        "rules": len(one.pack.rules) if one.pack else None,
    }


def _words(console: Console, one: Any) -> dict[str, str]:
    return {"version": one.version, "stage": console.say(f"rulebook.stage.{one.stage}")}


def _line(console: Console, one: Edition) -> None:
    rules = len(one.pack.rules) if one.pack else "–"
    console.line(console.say("rulebook.cli.line", pack=one.name, **_words(console, one), rules=rules))


def _done(console: Console, one: Edition) -> None:
    if console.json_only:
        console.result(_told(one))
    else:
        _line(console, one)
