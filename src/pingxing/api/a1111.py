"""The shapes of AUTOMATIC1111's web UI (`/sdapi/v1`), so that tools which speak them draw here as they are.

The one way all the same: what goes out is labelled and has a receipt, what comes in is an upload, a rule's refusal is
an error with its reason. Tools sign in with HTTP Basic, as that API does: any name, and a key as the password; or with
the key as a Bearer token. A session's cookie opens nothing here.
"""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Body, Depends
from fastapi import Request as HttpRequest

from pingxing import flow
from pingxing.api import a1111_lists as lists
from pingxing.api import a1111_wishes as wishes
from pingxing.api import bringing, shapes
from pingxing.api.a1111_doors import KeyDep, key_of, told
from pingxing.api.doors import AdmittingDep, AppDep
from pingxing.api.pictures import size_like
from pingxing.api.uploads import allow
from pingxing.api.waiting import finished
from pingxing.bootstrap import App
from pingxing.desk import JobView
from pingxing.errors import Conflict, InvalidRequest
from pingxing.identity.authority import require
from pingxing.label import masks
from pingxing.types import Actor, Job, JobState, Scope

router = APIRouter(prefix="/sdapi/v1", tags=["A1111"])

_NEVER: dict[str, Any] = {  # what A1111 tells of each picture, and is never done here
    "subseed_strength": 0,
    "seed_resize_from_w": -1,
    "seed_resize_from_h": -1,
    "restore_faces": False,
    "face_restoration_model": None,
    "sd_vae_name": None,
    "sd_vae_hash": None,
    "extra_generation_params": {},
    "clip_skip": 1,
    "is_using_inpainting_conditioning": False,
    "version": "",
}


def _img2img_schema() -> dict[str, Any]:
    """Read here and not by the framework, which would buffer a stranger's pictures before it asks who that is."""
    schema = wishes.Img2Img.model_json_schema(ref_template="#/components/schemas/{model}")
    return {word: value for word, value in schema.items() if word != "$defs"}


@router.post("/txt2img")
async def txt2img(
    app: AppDep, actor: KeyDep, admitting: AdmittingDep, request: HttpRequest, body: wishes.Txt2Img
) -> shapes.ToolImages:
    """Pictures from words. `info` is JSON in text, as A1111's is, and says besides what was ignored."""
    chosen = _chosen(request, actor)
    job, dropped = await to_thread.run_sync(_admit, app, actor, body, chosen, None, limiter=admitting)
    return await _answer(app, actor, job, body, dropped)


@router.post(
    "/img2img",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _img2img_schema()}}}},
)
async def img2img(app: AppDep, actor: KeyDep, admitting: AdmittingDep, request: HttpRequest) -> shapes.ToolImages:
    """Pictures from a picture and words, or only anew where `mask` is light. What was sent is deleted when the job has
    ended, unless a rule stopped it."""
    require(actor, Scope.GENERATE)
    allow(request, actor, app.settings.uploads_per_minute)
    body = wishes.read(wishes.Img2Img, await told(request))
    sent = await to_thread.run_sync(_sent, app, body)
    lent = await bringing.lend(app, actor, request, sent)
    try:
        chosen = _chosen(request, actor)
        job, dropped = await to_thread.run_sync(_admit, app, actor, body, chosen, lent, limiter=admitting)
    except Exception as error:
        await bringing.give_back(app, actor, lent, error=error)
        raise
    try:
        return await _answer(app, actor, job, body, dropped)
    finally:
        await bringing.give_back(app, actor, lent, job.id)


@router.get("/progress")
def progress(app: AppDep, actor: KeyDep, skip_current_image: bool = False) -> shapes.ToolProgress:
    """How far the key's present job is, and its newest labelled preview."""
    working = _working(app, actor)
    running = next((view for view in working if view.job.state is JobState.RUNNING), None)
    if running is None:
        return shapes.tool_progress(len(working))
    with app.store.read() as tx:
        tick = tx.work.ticks([running.job.id])[running.job.id]
    part = tick.step / tick.steps if tick.steps else 0.0
    began = running.job.started_at or running.job.created_at
    shown = None
    if tick.preview and not skip_current_image:
        shown = base64.b64encode(flow.release(app, actor, tick.preview).data).decode()
    return shapes.tool_progress(
        len(working), running.job, tick.step, tick.steps, shown, _left((app.clock() - began).total_seconds(), part)
    )


@router.post("/interrupt")
def interrupt(app: AppDep, actor: KeyDep) -> dict[str, Any]:
    """Cancel what this key has waiting and running; what already ended stays."""
    return _cancelled(app, actor, _working(app, actor))


@router.post("/skip")
def skip(app: AppDep, actor: KeyDep) -> dict[str, Any]:
    """Cancel what this key has running; what waits behind it is begun."""
    running = [view for view in _working(app, actor) if view.job.state is JobState.RUNNING]
    return _cancelled(app, actor, running)


def _cancelled(app: App, actor: Actor, views: list[JobView]) -> dict[str, Any]:
    stopped = 0
    for view in views:
        try:
            flow.cancel(app, actor, view.job.id)
        except Conflict:  # it ended just now
            continue
        stopped += 1
    return {"cancelled": stopped}


@router.get("/sd-models")
def sd_models(app: AppDep, actor: KeyDep) -> list[shapes.ToolModel]:
    return [shapes.tool_model(card, wishes.title(card)) for card in app.models()]


@router.get("/loras")
def loras(app: AppDep, actor: KeyDep, request: HttpRequest) -> list[shapes.ToolLora]:
    """The adapters of the chosen model."""
    card = app.registry.backend(_chosen(request, actor) or app.registry.default).model
    return [shapes.tool_lora(one) for one in card.additions if one.kind == "adapter"]


@router.get("/embeddings")
def embeddings(app: AppDep, actor: KeyDep, request: HttpRequest) -> lists.ToolEmbeddings:
    """The learned words of the chosen model, and those that other models alone know."""
    chosen = _chosen(request, actor) or app.registry.default
    known = {
        card.name: {one.trigger: one for one in card.additions if one.kind == "embedding"} for card in app.models()
    }
    others = {word: one for words in known.values() for word, one in words.items() if word not in known[chosen]}
    return lists.ToolEmbeddings(
        loaded={word: lists.embedding(one) for word, one in known[chosen].items()},
        skipped={word: lists.embedding(one) for word, one in others.items()},
    )


@router.get("/samplers")
def samplers(actor: KeyDep) -> list[shapes.ToolSampler]:
    """All that any model here may have; one that a model has not is told in `info`."""
    return [shapes.ToolSampler(name=name, aliases=[wishes.ALIASES[name]], options={}) for name in wishes.SAMPLERS]


@router.get("/options")
def options(app: AppDep, actor: KeyDep, request: HttpRequest) -> shapes.ToolOptions:
    name = _chosen(request, actor) or app.registry.default
    card = app.registry.backend(name).model
    return shapes.ToolOptions(
        sd_model_checkpoint=wishes.title(card), sd_checkpoint_hash=card.sha256, samples_format="png"
    )


@router.post("/options")
def set_options(
    app: AppDep, actor: KeyDep, request: HttpRequest, asking: Annotated[dict[str, Any], Body(max_length=1_000)]
) -> shapes.ToolIgnored:
    """Choose a model for the account's later requests over these shapes, until the server ends. Other options are
    not taken, and told."""
    require(actor, Scope.GENERATE)
    asked = asking.get("sd_model_checkpoint")
    if asked is not None:
        if not isinstance(asked, str):
            raise InvalidRequest("text", member="sd_model_checkpoint")
        request.app.state.tools[actor.account] = wishes.model_named(app, asked)
    return shapes.ToolIgnored(ignored=[name[:80] for name in asking if name != "sd_model_checkpoint"])


for _path, _list in lists.TOLD.items():
    router.add_api_route(_path, _list, methods=["GET"], dependencies=[Depends(key_of)])
for _path in lists.REFRESHED:
    router.add_api_route(_path, lists.refreshed, methods=["POST"], dependencies=[Depends(key_of)])


# --- inside --------------------------------------------------------------------------------------


def _chosen(request: HttpRequest, actor: Actor) -> str:
    chosen: dict[str, str] = request.app.state.tools
    return chosen.get(actor.account, "")


def _admit(
    app: App, actor: Actor, body: wishes.Txt2Img, chosen: str, lent: bringing.Lent | None
) -> tuple[Job, list[str]]:
    """The job, and what its model has not. Raises what `flow.admit` does."""
    asked = body.override_settings.sd_model_checkpoint
    more: dict[str, Any] = {}
    if lent is not None and isinstance(body, wishes.Img2Img):
        image, mask = lent.image, lent.mask
        width, height = size_like(image.width, image.height)
        more = {"init_image": image.id, "mask": "" if mask is None else mask.id, "strength": body.strength}
        more |= {"width": body.width or width, "height": body.height or height}
    model = wishes.model_named(app, asked) if asked else chosen
    request = body.request(model, wishes.adapters_of(app, model), **more)
    request, dropped = wishes.fitted(app, request)
    return flow.admit(app, actor, request), dropped


def _sent(app: App, body: wishes.Img2Img) -> bringing.Sent:
    """The picture, and its mask in our way: of the picture's size, light where it is made anew."""
    image = wishes.decoded(body.init_images[0], "init_images")
    consent = bringing.statement(body.consent, body.terms)
    if body.mask is None:
        return bringing.Sent(image, None, consent)
    first = bringing.opened(app, image, "init_images")
    painted = bringing.opened(app, wishes.decoded(body.mask, "mask"), "mask")
    light = masks.where_light(
        painted,
        size=(first.width, first.height),
        inverted=bool(body.inpainting_mask_invert),
        blur=body.mask_blur,
    )
    return bringing.Sent(image, masks.file_of(light), consent)


async def _answer(app: App, actor: Actor, job: Job, body: wishes.Txt2Img, dropped: list[str]) -> shapes.ToolImages:
    view = await finished(app, actor, job.id)
    files = await to_thread.run_sync(_files, app, actor, view) if body.send_images else []
    unused = [wishes.NAMES.get(member, member) for member in view.ignored]
    ignored = [*dropped, *unused, *body.ignored({use.name for use in view.job.request.adapters})]
    info = _info(view, body, ignored, app.registry.backend(view.job.request.model).model.sha256)
    sent = body.model_dump(exclude={"init_images", "mask", *(body.model_extra or {})})
    return shapes.ToolImages(images=files, parameters=sent, info=json.dumps(info, ensure_ascii=False))


def _files(app: App, actor: Actor, view: JobView) -> list[str]:
    return [base64.b64encode(flow.release(app, actor, receipt.id).data).decode() for receipt in view.receipts]


def _info(view: JobView, body: wishes.Txt2Img, ignored: list[str], digest: str) -> dict[str, Any]:
    """All members that A1111's has, since tools read them without asking; `digest` is the model's."""
    request, seeds = view.job.request, [receipt.seed for receipt in view.receipts]
    return {
        "prompt": request.prompt,
        "all_prompts": [request.prompt] * len(seeds),
        "negative_prompt": request.negative,
        "all_negative_prompts": [request.negative] * len(seeds),
        "seed": request.seed,
        "all_seeds": seeds,
        **_NEVER,
        "subseed": -1,
        "all_subseeds": [-1] * len(seeds),
        "width": request.width,
        "height": request.height,
        "sampler_name": wishes.shown_sampler(request),
        "cfg_scale": request.guidance,
        "steps": request.steps,
        "batch_size": body.batch_size,
        "denoising_strength": request.strength,
        "sd_model_name": request.model,
        "sd_model_hash": digest[:10],
        "infotexts": [wishes.summary(request, seed) for seed in seeds],
        "styles": [],
        "job_timestamp": shapes.stamp(view.job.created_at),
        "index_of_first_image": 0,
        "job": view.job.id,
        "receipts": [receipt.id for receipt in view.receipts],
        "ignored": ignored,
    }


def _working(app: App, actor: Actor) -> list[JobView]:
    """What this key has asked for and has not got: the studio's jobs of the same person are not the tool's."""
    views = app.desk.jobs(actor, limit=100, states=[JobState.QUEUED, JobState.RUNNING])
    return [view for view in views if view.job.credential == actor.credential]


def _left(passed: float, part: float) -> float:
    """Seconds, if it goes on as it went."""
    return max(0.0, passed / part - passed) if part > 0 else 0.0
