"""`pingxing lint FILE...`: which clause of which law each finding breaks. Changes nothing, keeps nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingxing.cli.console import Console
from pingxing.cli.files import read
from pingxing.errors import PingxingError

if TYPE_CHECKING:
    from pingxing.label.kit import Kit
    from pingxing.label.lint import Broken

BROKEN = 5  # exit code where a duty is broken
_TEXT, _BESIDE = (".txt", ".md", ".markdown"), ".aigc.json"
_COLOURS = {"must": "red", "should": "yellow"}


def lint(console: Console) -> click.Command:
    params = [
        click.Argument(["files"], nargs=-1, required=True, type=click.Path(path_type=Path)),
        click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json")),
    ]

    def run(files: tuple[Path, ...], as_json: bool) -> int:
        from pingxing import settings

        configured = settings.load()
        kit = _kit(configured)
        if len(files) == 1:
            told = [_one(console, files[0], kit, configured.max_upload_bytes)]
            body: dict[str, Any] = told[0]
        else:
            told = [_row(console, file, kit, configured.max_upload_bytes) for file in files]
            body = {"files": told, "ok": all(row["ok"] for row in told)}
        if console.json_only:
            console.result(body)
        else:
            for row in told:
                _show(console, row)
        return 0 if all(row["ok"] for row in told) else BROKEN

    return click.Command("lint", callback=run, params=params, help=console.say("cli.lint.help"))


def _kit(configured: Any) -> Kit:
    """This house's keys where there are some, to look for its watermark; none are made."""
    from datetime import UTC, datetime

    from pingxing.label.kit import PLAIN, WATERMARK_FILE, forge

    keys = configured.data_dir / "keys"
    return forge(keys, configured, datetime.now(UTC)) if (keys / WATERMARK_FILE).is_file() else PLAIN


def _one(console: Console, file: Path, kit: Kit, limit: int) -> dict[str, Any]:
    """Raises NotFound, TooLarge, UnreadableFile, StorageFailed."""
    from pingxing.label.lint import lint as judge
    from pingxing.label.lint import ok

    data = read(file, limit)
    beside = file.with_name(file.name + _BESIDE)
    label = beside.read_bytes() if beside.is_file() and beside.stat().st_size <= limit else None
    found = judge(data, kit, text=file.suffix.lower() in _TEXT, beside=label)
    return {"file": str(file), "ok": ok(found), "findings": [_finding(console, one) for one in found]}


def _finding(console: Console, one: Broken) -> dict[str, str]:
    return {
        "rule": one.rule,
        "clause": "; ".join(console.say(clause) for clause in one.clauses),
        "jurisdiction": one.jurisdiction,
        "severity": one.severity,
        "what": console.say(f"lint.{one.rule}", **one.facts),
        "fix": console.say(f"lint.{one.rule}.fix"),
    }


def _row(console: Console, file: Path, kit: Kit, limit: int) -> dict[str, Any]:
    """One of many: a file that cannot be read is told and does not stop the rest."""
    try:
        return _one(console, file, kit, limit)
    except PingxingError as error:
        message, _ = console.explain(error)
        return {"file": str(file), "ok": False, "findings": [], "error": {"code": error.code, "message": message}}


def _show(console: Console, row: dict[str, Any]) -> None:
    if "error" in row:
        click.secho(f"{row['file']}: {row['error']['message']}", fg="red")
        return
    if not row["findings"]:
        click.secho(console.say("cli.lint.clean", file=row["file"]), fg="green")
        return
    console.line(row["file"])
    for finding in row["findings"]:
        severity = console.say(f"cli.lint.{finding['severity']}")
        line = console.say(
            "cli.lint.finding", severity=severity, jurisdiction=finding["jurisdiction"], clause=finding["clause"]
        )
        click.secho(line, fg=_COLOURS[finding["severity"]])
        console.line(f"     {finding['what']}")
        console.line(console.say("cli.lint.fix", fix=finding["fix"]))
