"""`pingxing train`: an adapter learnt from one's own pictures, as a job that can be paused, resumed and cancelled."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import click

from pingxing.cli.console import Console


def train(console: Console) -> click.Command:
    def begin(images: Path | None, captions: Path | None, base: str, as_json: bool, later: bool, **given: Any) -> None:
        context = click.get_current_context()
        if context.invoked_subcommand is not None:
            return
        if images is None or not base:
            raise click.UsageError(console.say("cli.train.wants"), context)
        from pingxing.tuning.jobs import wished
        from pingxing.tuning.run import begin as looked_over

        wish = wished(images=images, captions=captions, base=base, **given)
        job = looked_over(wish, _shelf(), _jobs(), datetime.now(UTC))
        if later:
            _tell(console, job)
            return
        if not job.running:
            job.reopen()
        _run(console, job)

    def resume(job: str, as_json: bool, reopened: bool) -> None:
        found = _jobs().get(job)
        if not reopened and not found.running:
            found.reopen()
        _run(console, found)

    def listing(as_json: bool) -> None:
        jobs = list(_jobs())
        if console.json_only:
            console.result({"jobs": [_facts(job) for job in jobs]})
            return
        for job in jobs:
            console.line(_line(console, job))

    def show(job: str, as_json: bool) -> None:
        _tell(console, _jobs().get(job))

    def pause(job: str, as_json: bool) -> None:
        found = _jobs().get(job)
        found.pause()
        _tell(console, found)

    def cancel(job: str, as_json: bool) -> None:
        found = _jobs().get(job)
        found.cancel()
        _tell(console, found)

    say = console.say
    as_json = click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json"))
    numbers: list[tuple[str, type, str]] = [
        ("--steps", int, "steps"), ("--batch", int, "batch"), ("--rank", int, "rank"), ("--rate", float, "rate"),
        ("--side", int, "side"), ("--seed", int, "seed"),
    ]  # fmt: skip
    params: list[click.Parameter] = [
        click.Option(["--images"], type=click.Path(path_type=Path), help=say("cli.train.images")),
        click.Option(["--captions"], type=click.Path(path_type=Path), help=say("cli.train.captions")),
        click.Option(["--base"], default="", help=say("cli.train.base")),
        click.Option(["--name"], default="", help=say("cli.train.name")),
        click.Option(["--licence"], default="", help=say("cli.train.licence")),
        click.Option(["--trigger"], default="", help=say("cli.train.trigger")),
        *(
            click.Option([flag], type=kind, default=_usual(word), show_default=True, help=say(f"cli.train.{word}"))
            for flag, kind, word in numbers
        ),
        click.Option(["--sparing/--lavish"], default=True, help=say("cli.train.sparing")),
        click.Option(["--later"], is_flag=True, help=say("cli.train.later")),
        as_json,
    ]
    group = click.Group("train", callback=begin, params=params, invoke_without_command=True, help=say("cli.train.help"))
    named = click.Argument(["job"])
    for word, callback, wanted in (
        ("list", listing, []),
        ("show", show, [named]),
        ("resume", resume, [named, click.Option(["--reopened"], is_flag=True, hidden=True)]),  # by a server, already
        ("pause", pause, [named]),
        ("cancel", cancel, [named]),
    ):
        made = click.Command(word, callback=callback, params=[*wanted, as_json], help=say(f"cli.train.{word}.help"))
        group.add_command(made)
    return group


_USUAL: dict[str, int | float] = {"steps": 800, "batch": 1, "rank": 16, "rate": 1e-4, "side": 0, "seed": 0}


def _usual(word: str) -> int | float:
    """What `Wish` has too; written out, since the command's help must not load it."""
    return _USUAL[word]


def _run(console: Console, job: Any) -> None:
    """Train in this process, with a bar; the first ^C pauses."""
    from pingxing.tuning.run import run

    if not console.json_only:
        console.note("cli.train.begins", job=job.id, name=job.wish.name, base=job.wish.base)
    with _asked() as stop, _bar(console, job.wish.steps) as told:
        state = run(job, _shelf(), told, stop, lambda: datetime.now(UTC))
    _tell(console, job)
    if state.stage == "paused" and not console.json_only:
        console.note("cli.train.paused", job=job.id)


@contextmanager
def _asked() -> Iterator[Any]:
    """Whether somebody pressed ^C or sent SIGTERM: the step that is under way is finished and saved first."""
    asked: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar(console: Console, steps: int) -> Iterator[Any]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console.rich, transient=True, disable=console.json_only) as bar:
        task = bar.add_task("", total=steps)

        def told(state: Any) -> None:
            words = console.say(f"train.stage.{state.stage}")
            loss = "" if state.loss is None else f"  {state.loss:.4f}"
            bar.update(task, completed=state.step, description=f"{words}{loss}")

        yield told


def _facts(job: Any) -> dict[str, Any]:
    state = job.state
    told: dict[str, Any] = state.model_dump(mode="json") | {"job": job.id, "base": job.wish.base, "name": job.wish.name}
    return told | {"running": job.running, "interrupted": job.interrupted}


def _tell(console: Console, job: Any) -> None:
    """The job, and the registered model where there is one."""
    from pingxing.tuning.run import result

    made = result(job, _shelf())
    if console.json_only:
        console.result(_facts(job) | {"model": None if made is None else made.model_dump(mode="json")})
        return
    console.line(_line(console, job))
    if made is not None:
        key = "cli.train.made" if hasattr(made, "bases") else "cli.train.made_model"
        console.line(console.say(key, name=made.name, base=job.wish.base, path=made.path))


def _line(console: Console, job: Any) -> str:
    state = job.state
    stage = "interrupted" if job.interrupted else state.stage
    return (
        f"{job.id}  {console.say(f'train.stage.{stage}')}  {state.step}/{state.steps}  {job.wish.base}  {job.wish.name}"
    )


def _shelf() -> Any:
    from pingxing import settings
    from pingxing.bootstrap import shelf

    return shelf(settings.load())


def _jobs() -> Any:
    from pingxing import settings
    from pingxing.bootstrap import training_jobs

    return training_jobs(settings.load())
