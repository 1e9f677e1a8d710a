"""How the command line speaks: results to stdout, everything else to stderr, in the reader's language."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from pingxing import i18n
from pingxing.errors import PingxingError, Refused
from pingxing.types import Language

if TYPE_CHECKING:
    from rich.console import Console as Rich


class Console:
    def __init__(self, language: Language, *, json_only: bool) -> None:
        self.language, self.json_only = language, json_only

    def say(self, key: str, /, **blanks: object) -> str:
        return i18n.say(self.language, key, **blanks)

    @cached_property
    def rich(self) -> Rich:
        """For people: colour and progress where stderr is a terminal, plain lines elsewhere."""
        from rich.console import Console as Rich

        return Rich(stderr=True, highlight=False)

    def result(self, value: Mapping[str, Any]) -> None:
        """The one JSON object."""
        click.echo(json.dumps(value, ensure_ascii=False))

    def line(self, text: str) -> None:
        """A line of a result for people."""
        click.echo(text)

    def note(self, key: str, /, **blanks: object) -> None:
        click.echo(self.say(key, **blanks), err=True)

    def explain(self, error: PingxingError) -> tuple[str, str]:
        """Message and hint in the reader's language."""
        return i18n.explain(error, self.language)

    @contextmanager
    def progress(self, total: int) -> Iterator[Callable[[], None]]:
        """A bar on stderr while many things are looked at; call what it gives once a thing."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.rich, transient=True, disable=self.json_only) as bar:
            task = bar.add_task("", total=total)
            yield lambda: bar.advance(task)

    @contextmanager
    def reading(self) -> Iterator[Callable[[int, int], None]]:
        """A bar on stderr while a large file is read; call what it gives with the bytes that were read, and all."""
        from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

        with Progress(
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=self.rich,
            transient=True,
            disable=self.json_only,
        ) as bar:
            task = bar.add_task("", total=None)
            yield lambda done, whole: bar.update(task, completed=done, total=whole)

    def fail(self, error: PingxingError) -> None:
        message, hint = self.explain(error)
        if self.json_only:
            body: dict[str, Any] = {"code": error.code, "message": message, "hint": hint}
            if isinstance(error, Refused):
                from pingxing.api import shapes

                told = shapes.verdict(error.verdict, self.language)
                body |= {"job": error.job, "findings": [finding.model_dump() for finding in told.findings]}
            self.result({"error": body})
            return
        click.secho(message, fg="red", err=True)
        if isinstance(error, Refused):
            for finding in error.verdict.findings:
                reason = finding.reason(self.language)
                click.echo(self.say("cli.finding", rule=finding.rule, reason=reason, clause=finding.clause), err=True)
            if error.verdict.rewrite:
                click.echo(self.say("cli.rewrite", words=error.verdict.rewrite), err=True)
        click.echo(hint, err=True)

    def wrong_usage(self, error: click.ClickException) -> None:
        message = error.format_message()
        hint = self.say("cli.usage.hint")
        if self.json_only:
            self.result({"error": {"code": "usage", "message": message, "hint": hint}})
            return
        context = getattr(error, "ctx", None)
        if context is not None:
            click.echo(context.get_usage(), err=True)
        click.secho(message, fg="red", err=True)
        click.echo(hint, err=True)


def lines_of_stdin() -> list[str]:
    """Lines of UTF-8 from stdin, without their ends."""
    return sys.stdin.buffer.read().decode("utf-8", "replace").splitlines()
