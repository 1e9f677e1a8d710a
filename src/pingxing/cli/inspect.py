"""`check`, `scene`, `models`: questions that change nothing."""

from __future__ import annotations

import json
from typing import Any

import click

from pingxing.cli.console import Console, lines_of_stdin
from pingxing.errors import InvalidRequest


def check(console: Console) -> click.Command:
    def run(text: str, jsonl: bool, as_json: bool) -> None:
        from pingxing import settings
        from pingxing.api import shapes
        from pingxing.bootstrap import reading_guard
        from pingxing.types import MAX_PROMPT_CHARS

        guard = reading_guard(settings.load())
        for line in _texts(text, jsonl):
            if len(line) > MAX_PROMPT_CHARS:
                raise InvalidRequest("too_long", member="text", limit=MAX_PROMPT_CHARS)
            told = shapes.verdict(guard.words(line), console.language)
            if console.json_only or jsonl:
                console.result(told.model_dump(mode="json"))
                continue
            console.line(console.say(f"cli.decision.{told.decision}"))
            for finding in told.findings:
                console.line(
                    console.say("cli.finding", rule=finding.rule, reason=finding.reason, clause=finding.clause)
                )
            if told.rewrite:
                console.line(console.say("cli.rewrite", words=told.rewrite))

    params = [click.Argument(["text"]), _jsonl(console), _json(console)]
    return click.Command("check", callback=run, params=params, help=console.say("cli.check.help"))


def scene(console: Console) -> click.Command:
    def run(text: str, jsonl: bool, as_json: bool) -> None:
        from pingxing import settings
        from pingxing.api.shapes import scene_dict
        from pingxing.bootstrap import default_loaders
        from pingxing.types import MAX_PROMPT_CHARS, Request

        backend: Any = default_loaders(settings.load())["scene"]()
        for line in _texts(text, jsonl):
            if not 0 < len(line.strip()) <= len(line) <= MAX_PROMPT_CHARS:
                raise InvalidRequest("length", member="text", least=1, most=MAX_PROMPT_CHARS)
            told = scene_dict(backend.describe(Request(prompt=line, seed=0)))
            if console.json_only or jsonl:
                console.result(told)
            else:
                console.line(json.dumps(told, ensure_ascii=False, indent=2))
        backend.close()

    params = [click.Argument(["text"]), _jsonl(console), _json(console)]
    return click.Command("scene", callback=run, params=params, help=console.say("cli.scene.help"))


def _texts(text: str, jsonl: bool) -> list[str]:
    """`-` reads stdin: one text, or with --jsonl one text a line, in order."""
    if text != "-":
        return [text]
    lines = lines_of_stdin()
    return lines if jsonl else ["\n".join(lines)]


def _json(console: Console) -> click.Option:
    return click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json"))


def _jsonl(console: Console) -> click.Option:
    return click.Option(["--jsonl"], is_flag=True, help=console.say("cli.jsonl"))
