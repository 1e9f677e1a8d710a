"""`pingxing label FILE... [--out DIR]`: marks for files that AI made elsewhere. Saying so is what calling it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pingxing.cli import files
from pingxing.cli.console import Console
from pingxing.cli.following import follow
from pingxing.errors import InvalidRequest, PingxingError

_MARKED = "-labelled"  # before the ending, where it would otherwise stand beside its original under the same name


def label(console: Console) -> click.Command:
    params = [
        click.Argument(["files"], nargs=-1, required=True, type=click.Path(path_type=Path)),
        click.Option(
            ["--out", "-o"], type=click.Path(file_okay=False, path_type=Path), help=console.say("cli.label.out")
        ),
        click.Option(
            ["--transcript"],
            type=click.Path(dir_okay=False, path_type=Path),
            help=console.say("cli.label.transcript"),
        ),
        click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json")),
    ]

    def run(files: tuple[Path, ...], out: Path | None, transcript: Path | None, as_json: bool) -> int:
        from pingxing import settings
        from pingxing.bootstrap import build

        if transcript is not None and len(files) > 1:
            raise InvalidRequest("label_transcript", member="--transcript")
        with build(settings.load()) as app:
            if len(files) == 1:
                rows = [_one(console, app, files[0], out, transcript)]
            else:
                rows = [_row(console, app, file, out) for file in files]
        failed = [row for row in rows if "error" in row]
        if console.json_only:
            console.result(rows[0] if len(rows) == 1 else {"files": rows})
        return int(failed[0]["exit"]) if failed else 0

    return click.Command("label", callback=run, params=params, help=console.say("cli.label.help"))


def _one(console: Console, app: Any, file: Path, out: Path | None, transcript: Path | None = None) -> dict[str, Any]:
    """Raises NotFound, StorageFailed, and as `labelling.label_file` does."""
    from pingxing import flow
    from pingxing.api.labelling import shape
    from pingxing.label.foreign.texts import decoded

    actor = app.identity.local_actor(console.language)
    data = files.read(file, app.settings.max_upload_bytes)
    folder = file.parent if out is None else out
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    words = "" if transcript is None else decoded(files.read(transcript, app.settings.max_upload_bytes))
    done = _labelled(console, app, actor, data, file.name, words)
    told = shape(done).model_dump(mode="json", exclude={"files": {"__all__": {"url", "seed"}}})
    for row, receipt in zip(told["files"], done.receipts, strict=True):
        path = folder / (row["name"] if out is not None else _beside(file, row["name"]))
        if path.resolve() == file.resolve():
            raise InvalidRequest("label_over", member="--out", path=path)
        files.write(path, [flow.release(app, actor, receipt.id).data])
        row["path"] = str(path)
    _show(console, told)
    return {"file": str(file), **told}


def _labelled(console: Console, app: Any, actor: Any, data: bytes, name: str, transcript: str) -> Any:
    """At once, or as a job with a bar: in this process, or by the server of this data folder. ^C ends the job."""
    from pingxing import labelling

    if not labelling.lasting(data, name):
        return labelling.label_file(app, actor, data, name, transcript)
    job_id = labelling.order_file(app, actor, data, name, transcript).id
    app.worker.start()
    follow(console, app, actor, job_id, waiting="labelling.job.waiting", running="labelling.job.running")
    return labelling.outcome(app, actor, job_id)


def _beside(file: Path, name: str) -> str:
    """`a.png` -> `a-labelled.png`; the label file of `a.txt` goes with the marked text: `a-labelled.txt.aigc.json`."""
    stem = file.name.rpartition(".")[0] or file.name
    return stem + _MARKED + name.removeprefix(stem)


def _row(console: Console, app: Any, file: Path, out: Path | None) -> dict[str, Any]:
    """One of many: what is wrong with it is told and does not stop the rest."""
    try:
        return _one(console, app, file, out)
    except PingxingError as error:
        message, hint = console.explain(error)
        if not console.json_only:
            click.secho(f"{file}: {message} {hint}", fg="red", err=True)
        told = {"code": error.code, "message": message, "hint": hint}
        return {"file": str(file), "error": told, "exit": error.exit_code}


def _show(console: Console, told: dict[str, Any]) -> None:
    if console.json_only:
        return
    comma = "、" if console.language == "zh" else ", "
    put = comma.join(console.say(f"labelling.put.{sign}") for sign in told["put"])
    for row in told["files"]:
        console.line(console.say("cli.label.done", path=row["path"], put=put, number=row["receipt"]["log_index"]))
    console.note(f"labelling.basis.{told['basis']}")
    if not told["heard"]:
        console.note("labelling.unheard")
