"""`pingxing ...`: thin. Each command translates words into one use case, and its result back.

Exit codes: 0 done; 2 wrong usage; 3 refused by policy; 4 not found; 5 integrity; 6 backend or
resource missing; 7 quota or overload. With `--json` stdout holds exactly one JSON object, an error
being `{"error": {"code", "message", "hint"}}`; everything else goes to stderr.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Mapping, Sequence

import click

from pingxing import __version__, i18n
from pingxing.cli.console import Console
from pingxing.errors import PingxingError
from pingxing.types import LANGUAGES, Language


def main(argv: Sequence[str] | None = None) -> None:
    """The entry point: never returns."""
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    console = Console(_language(arguments, os.environ), json_only="--json" in arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        code = group(console).main(arguments, prog_name="pingxing", standalone_mode=False)
    except PingxingError as error:
        console.fail(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        console.wrong_usage(error)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        console.note("cli.stopped")
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)  # click gives back what Context.exit was told


def group(console: Console) -> click.Group:
    """All commands, with their help in the console's language."""
    from pingxing.cli import (
        appeals,
        bench,
        devices,
        forbidden,
        generate,
        inspect,
        label,
        ledger,
        lint,
        make,
        models,
        packs,
        people,
        serve,
        train,
        usage,
        validate,
        verify,
    )

    say = console.say
    click.Context.formatter_class = helper(console)
    root = click.Group(
        "pingxing",
        help=say("cli.help"),
        epilog=say("cli.epilog"),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        params=[
            click.Option(["--lang"], type=click.Choice(LANGUAGES), help=say("cli.lang"), expose_value=False),
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                help=say("cli.version"),
                callback=_version,
            ),
        ],
    )
    for command in (
        serve.serve(console),
        generate.generate(console),
        verify.verify(console),
        lint.lint(console),
        label.label(console),
        inspect.check(console),
        inspect.scene(console),
        make.make(console),
        validate.validate(console),
        models.models(console),
        train.train(console),
        devices.devices(console),
        usage.usage(console),
        ledger.ledger(console),
        packs.packs(console),
        forbidden.forbidden(console),
        appeals.appeals(console),
        people.people(console),
        serve.link(console),
        serve.key(console),
        bench.bench(console),
    ):
        root.add_command(command)
    return root


def helper(console: Console) -> type[click.HelpFormatter]:
    """Click's own words on a help page, in the console's language."""

    class Helper(click.HelpFormatter):
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, console.say("cli.help.usage") if prefix is None else prefix)

        def write_heading(self, heading: str) -> None:
            super().write_heading({word: console.say(key) for word, key in _HEADINGS.items()}.get(heading, heading))

        def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
            shown = [
                (name, console.say("cli.help.this") if text.startswith("Show this") else text) for name, text in rows
            ]
            super().write_dl(shown, col_max, col_spacing)

    return Helper


_HEADINGS = {"Options": "cli.help.options", "Commands": "cli.help.commands"}


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"pingxing {__version__}")
        context.exit()


def _language(arguments: Sequence[str], environ: Mapping[str, str]) -> Language:
    """`--lang`, PINGXING_LANGUAGE, or what the terminal speaks."""
    spoken = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    asked = environ.get("PINGXING_LANGUAGE", "") or spoken.replace("_", "-")
    for i, argument in enumerate(arguments):
        if argument == "--lang" and i + 1 < len(arguments):
            asked = arguments[i + 1]
        elif argument.startswith("--lang="):
            asked = argument.partition("=")[2]
    return i18n.choose(asked)
