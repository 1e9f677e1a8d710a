"""`pingxing ledger`: check the log, prove an entry, take it out, and audit what was taken out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pingxing.cli import files
from pingxing.cli.console import Console
from pingxing.errors import LedgerBroken, NotFound

if TYPE_CHECKING:
    from pingxing.bootstrap import App


def ledger(console: Console) -> click.Group:
    say = console.say
    as_json = click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json"))
    file = click.Argument(["file"], type=click.Path(dir_okay=False, path_type=Path))
    group = click.Group("ledger", help=say("cli.ledger.help"))

    def command(name: str, run: object, *params: click.Parameter) -> None:
        group.add_command(
            click.Command(
                name,
                callback=run,  # type: ignore[arg-type]
                params=[*params, as_json],
                help=say(f"cli.ledger.{name}.help"),
            )
        )

    def verify(as_json: bool) -> None:
        with _app(attest=False) as app, app.store.read() as tx:  # a broken log is what is looked for
            report = app.ledger.verify(tx.log)
        _tell(console, report.ok, report.size, report.root, [str(problem) for problem in report.problems])

    def prove(index: int, as_json: bool) -> None:
        with _app() as app, app.store.read() as tx:
            proof = app.ledger.prove(tx.log, index)
            vkey = app.ledger.vkey
        console.result(
            {
                "ok": True,
                "index": proof.index,
                "size": proof.size,
                "root": proof.root,
                "path": list(proof.path),
                "leaf": proof.leaf.decode(),
                "checkpoint": proof.checkpoint,
                "vkey": vkey,
            }
        )

    def export(file: Path, as_json: bool) -> None:
        from pingxing.ledger.export import export as lines

        files.check_folder(file)
        with _app() as app, app.store.read() as tx:
            size = tx.log.size()
            files.write(file, lines(tx.log, app.ledger))
            root = sealed.root if (sealed := app.ledger.attest(tx.log)) else ""
        _tell(console, True, size, root, [])

    def audit(file: Path, vkey: str | None, as_json: bool) -> None:
        # Only the independent checker: nothing of the ledger's own code has a say here.
        from pingxing.ledger.audit import audit as independent

        if not file.is_file():
            raise NotFound("file", path=file)
        found = independent(file, vkey)
        _tell(console, found.ok, found.size, found.root, [str(problem) for problem in found.problems])

    command("verify", verify)
    command("prove", prove, click.Argument(["index"], type=click.IntRange(min=0)))
    command("export", export, file)
    command("audit", audit, file, click.Option(["--vkey"], help=say("cli.ledger.vkey")))
    return group


def _app(*, attest: bool = True) -> App:
    from pingxing import settings
    from pingxing.bootstrap import build

    return build(settings.load(), attest=attest)


def _tell(console: Console, ok: bool, size: int, root: str, problems: list[str]) -> None:
    if console.json_only:
        console.result({"size": size, "root": root, "ok": ok, "problems": problems})
    else:
        console.line(console.say("cli.ledger.ok" if ok else "cli.ledger.broken", size=size, root=root))
        for problem in problems:
            console.line(f"  ! {problem}")
    if not ok:
        if console.json_only:
            raise click.exceptions.Exit(LedgerBroken.exit_code)
        raise LedgerBroken("verify", problems=len(problems))
