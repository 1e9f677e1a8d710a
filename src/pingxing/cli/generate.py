"""`pingxing generate`: a wish in, labelled files with receipts out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from pingxing.cli import files
from pingxing.cli.console import Console
from pingxing.cli.following import follow
from pingxing.errors import InvalidRequest, Refused
from pingxing.types import Format

_AS_THEY_ARE = (
    *("prompt", "model", "seed", "count", "style", "steps", "guidance"),
    *("negative", "sampler", "strength", "transparent", "urgency"),
)
_SOME_UPLOAD = "0" * 32  # stands for pictures that are not taken before it is known that a model can use them
_SUFFIXES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp", ".svg": "svg", ".pdf": "pdf"}


def generate(console: Console) -> click.Command:
    say = console.say

    def option(name: str, *more: str, **rest: Any) -> click.Option:
        return click.Option([name, *more], help=say(f"cli.generate.{name.lstrip('-').replace('-', '_')}"), **rest)

    params: list[click.Parameter] = [
        click.Argument(["prompt"]),
        option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path)),
        option("--model", default=""),
        option("--size"),
        option("--seed", type=int),
        option("--count", type=int, default=1, show_default=True),
        option("--style", default=""),
        option("--format", type=click.Choice([form.value for form in Format])),
        option("--steps", type=int),
        option("--guidance", type=float),
        option("--negative", default=""),
        option("--palette", default=""),
        option("--transparent", is_flag=True),
        option("--edit", multiple=True),
        option("--init-image", type=click.Path(path_type=Path)),
        option("--mask", type=click.Path(path_type=Path)),
        option("--strength", type=float),
        option("--sampler", default=""),
        option("--adapter", multiple=True),
        option("--urgency", type=click.Choice(["interactive", "batch"]), default="interactive", show_default=True),
        option("--deadline", type=int),
        option("--who", type=click.Choice(["nobody", "myself", "agreed"])),
        click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json")),
    ]

    def run(**given: Any) -> None:
        _run(console, given)

    return click.Command("generate", callback=run, params=params, help=say("cli.generate.help"))


def _run(console: Console, given: dict[str, Any]) -> None:
    from pingxing import settings
    from pingxing.bootstrap import build

    request = _request(given)
    if given["output"] is not None:
        files.check_folder(given["output"])
    with build(settings.load()) as app:
        actor = app.identity.local_actor(console.language)
        app.registry.complete(request, lambda most: 0)  # what cannot be done is said before anything starts
        with _lent(console, app, actor, given) as (lent, begun):
            if lent is not None:
                request = _upon(request, lent, given["size"])
            view = _made(console, app, actor, request, begun)
            artifacts = [_write(app, actor, receipt, given["output"]) for receipt in view.receipts]
        _report(console, view, artifacts)


def _made(console: Console, app: Any, actor: Any, request: Any, begun: list[str]) -> Any:
    from pingxing import flow
    from pingxing.api.waiting import delivered

    app.worker.start()  # False where a server of this data folder runs already: then it does the work
    job = flow.admit(app, actor, request)
    begun.append(job.id)
    return delivered(follow(console, app, actor, job.id))


@contextmanager
def _lent(console: Console, app: Any, actor: Any, given: dict[str, Any]) -> Iterator[tuple[Any, list[str]]]:
    """The picture to begin with and its mask as uploads, for as long as their job lives; and a place for its name."""
    begun: list[str] = []
    if given["init_image"] is None:
        yield None, begun
        return
    from pingxing.api import bringing

    most = app.settings.max_upload_bytes
    image, mask = (files.read(given[name], most) if given[name] else None for name in ("init_image", "mask"))
    consent = bringing.statement(given["who"], None)
    if consent is not None:
        console.note("cli.generate.stated", statement=console.say(f"uploads.basis.{consent.basis}"))
    try:
        lent = bringing.keep(app, actor, bringing.Sent(image or b"", mask, consent))
    except InvalidRequest as error:
        if error.reason == "consent_along":
            raise InvalidRequest("consent_who", **error.params) from None
        if error.reason == "consent_unseen_along":
            raise InvalidRequest("consent_unseen_who", **error.params) from None
        raise
    try:
        yield lent, begun
    except Refused:
        raise  # a person may allow it on appeal, so it stays until it expires
    except BaseException:
        bringing.settle(app, actor, lent, *begun)
        raise
    bringing.settle(app, actor, lent, *begun)


def _upon(request: Any, lent: Any, size: str | None) -> Any:
    from pingxing.api.pictures import size_like

    image, mask = lent.image, lent.mask
    told = {"init_image": image.id, "mask": "" if mask is None else mask.id}
    if size is None:
        width, height = size_like(image.width, image.height)
        told |= {"width": width, "height": height}
    return request.model_copy(update=told)


def _request(given: dict[str, Any]) -> Any:
    from pingxing.api.adapters import adapters_of
    from pingxing.api.invalid import invalid
    from pingxing.api.pictures import palette_of, sides
    from pingxing.types import Request, SceneEdit

    output: Path | None = given["output"]
    form = given["format"] or _SUFFIXES.get(output.suffix.lower() if output else "", "png")
    told = {name: given[name] for name in _AS_THEY_ARE} | {"palette": palette_of(given["palette"])}
    told |= {"deadline_s": given["deadline"], **sides(given["size"])}
    told |= {"adapters": adapters_of(",".join(given["adapter"]), "adapter")}
    told |= {name: _SOME_UPLOAD for name in ("init_image", "mask") if given[name] is not None}
    try:
        edits = [SceneEdit.model_validate_json(text) for text in given["edit"]]
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise InvalidRequest("edit", member="edit") from None
        raise invalid(list(error.errors()), within="edit") from None
    try:
        return Request(format=Format(form), edits=tuple(edits), **told)
    except ValidationError as error:
        raise invalid(list(error.errors())) from None


def _write(app: Any, actor: Any, receipt: Any, output: Path | None) -> Any:
    from pingxing import flow
    from pingxing.api import shapes

    released = flow.release(app, actor, receipt.id)
    kind = receipt.artifact.media_type.partition("/")[2].partition("+")[0]
    suffix = {"jpeg": "jpg"}.get(kind, kind)
    path = output or Path(f"pingxing-{receipt.seed}.{suffix}")
    if receipt.position:
        path = path.with_stem(f"{path.stem}-{receipt.position + 1}")
    files.write(path, [released.data])
    return shapes.artifact(receipt, path=str(path))


def _report(console: Console, view: Any, artifacts: list[Any]) -> None:
    from pingxing.api import shapes

    told = shapes.job(view, console.language, artifacts)
    if console.json_only:
        body = told.model_dump(mode="json", exclude_none=True, include=_PROMISED)
        body["artifacts"] = [artifact.model_dump(mode="json", exclude={"url"}) for artifact in artifacts]
        console.result(body)
        return
    for artifact in artifacts:
        console.line(
            console.say(
                "cli.made",
                path=artifact.path,
                width=artifact.width,
                height=artifact.height,
                seed=artifact.seed,
                number=artifact.receipt.log_index,
            )
        )
    for member in told.ignored:
        console.note("cli.ignored", member=f"--{member.replace('_', '-')}", model=told.model)
    if told.scene:
        name = f"name_{console.language}"
        things = "、" if console.language == "zh" else ", "
        console.note("cli.understood", things=things.join(thing[name] for thing in told.scene["objects"]) or "-")
        for one in told.scene["replaced"]:
            console.note("cli.replaced", word=one["word"], thing=one[name])
        if told.scene["transparent"] and any(artifact.media_type == "image/jpeg" for artifact in artifacts):
            console.note("cli.white_ground")
        if told.scene["not_drawn"]:
            console.note("cli.not_drawn", words=things.join(told.scene["not_drawn"]))


_PROMISED = {"job", "model", "seed", "timings_ms", "artifacts", "scene", "ignored"}
