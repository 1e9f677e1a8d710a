"""`pingxing bench`: run one of the measurements of the source tree, and show its result."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from pingxing.cli.console import Console
from pingxing.errors import NotFound

ROOT = Path(__file__).parents[3]  # of a source tree; an installed package has no bench beside it


def bench(console: Console) -> click.Command:
    def run(name: str, quick: bool, as_json: bool) -> None:
        name = name.replace("-", "_")  # `own-model` is a module too
        if not name.isidentifier() or not (ROOT / "bench" / f"{name}.py").is_file():
            raise NotFound("bench", name=name)
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "result.json"
            command = [sys.executable, "-m", f"bench.{name}", "--out", str(out), *(["--quick"] if quick else [])]
            code = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode  # noqa: S603 - our own
            if out.is_file():
                result = json.loads(out.read_text("utf-8"))
                if console.json_only:
                    console.result(result)
                else:
                    console.line(json.dumps(result, ensure_ascii=False, indent=2))
        if code:
            raise click.exceptions.Exit(code)

    params: list[click.Parameter] = [
        click.Argument(["name"]),
        click.Option(["--quick"], is_flag=True, help=console.say("cli.bench.quick")),
        click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json")),
    ]
    return click.Command("bench", callback=run, params=params, help=console.say("cli.bench.help"))
