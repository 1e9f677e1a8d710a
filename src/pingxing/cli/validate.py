"""`pingxing validate PATH --for PLATFORM`: what a platform would say, before it says so."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingxing.cli.console import Console

if TYPE_CHECKING:
    from pingxing.makers.judging import Finding

BROKEN = 5  # exit code where something is left that gets the pack rejected


def validate(console: Console) -> click.Command:
    params: list[click.Parameter] = [
        click.Argument(["path"], type=click.Path(path_type=Path)),
        click.Option(["--for", "platform"], required=True, metavar="PLATFORM", help=console.say("cli.validate.for")),
        click.Option(["--repair"], is_flag=True, help=console.say("cli.validate.repair")),
        click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json")),
    ]

    def run(path: Path, platform: str, repair: bool, as_json: bool) -> int:
        from pingxing.makers import formats
        from pingxing.makers.folder import open_pack
        from pingxing.makers.judging import good, judge
        from pingxing.makers.mending import mend

        wanted = formats.platform(platform)
        findings = mend(path, wanted) if repair else judge(open_pack(path, wanted), wanted)
        ok = good(findings)
        if console.json_only:
            console.result({"ok": ok, "findings": [_told(console, finding) for finding in findings]})
        else:
            for finding in findings:
                _show(console, finding)
            key = "cli.validate.good" if ok else "cli.validate.bad"
            name, number = wanted.names[console.language], sum(finding.must for finding in findings)
            click.secho(console.say(key, path=path, platform=name, number=number), fg="green" if ok else "red")
        return 0 if ok else BROKEN

    return click.Command("validate", callback=run, params=params, help=console.say("cli.validate.help"))


def _told(console: Console, finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {
        "what": console.say(f"makers.rule.{finding.rule}"),
        "fix": console.say(f"makers.rule.{finding.rule}.fix"),
    }


def _show(console: Console, finding: Finding) -> None:
    state = "repaired" if finding.repaired else "must" if finding.must else "advice"
    colour = {"repaired": "green", "must": "red", "advice": "yellow"}[state]
    measured = " → ".join(part for part in (finding.found, finding.wanted) if part)
    line = console.say(
        "cli.validate.finding",
        state=console.say(f"cli.validate.{state}"),
        file=finding.file or console.say("cli.validate.pack"),
        what=console.say(f"makers.rule.{finding.rule}"),
    )
    click.secho(f"{line}  {measured}".rstrip(), fg=colour)
    if not finding.repaired:
        console.line("     " + console.say(f"makers.rule.{finding.rule}.fix"))
