"""What A1111's API may be asked for (AUTOMATIC1111 stable-diffusion-webui, modules/api/models.py), in our terms.

Tools that speak it send dozens of members, most of them with the values that they have anyway. So members that we do
not know are taken, unlike everywhere else in this house, and those that ask for something are told back as ignored.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pingxing.api.adapters import as_written, written
from pingxing.api.invalid import invalid, renamed
from pingxing.api.wishes import Basis, Terms
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest, UnknownModel
from pingxing.types import MAX_COUNT, MAX_PROMPT_CHARS, MAX_SEED, Model, Request

SAMPLERS = {"Euler": "euler", "Euler a": "euler-a", "DPM++ 2M": "dpm++-2m", "UniPC": "unipc", "LCM": "lcm"}
ALIASES = {"Euler": "k_euler", "Euler a": "k_euler_a", "DPM++ 2M": "k_dpmpp_2m", "UniPC": "unipc", "LCM": "lcm"}
_SCHEDULE = re.compile(r" (Karras|Exponential|Polyexponential|SGM Uniform|Uniform)$")
_USUAL_SIDE = 512
_VARIED = 0.75

# Not known to us, and yet nothing is asked for by these values: A1111's own defaults.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "scheduler": ("automatic", "Automatic"),
    "subseed": (-1,),
    "seed_resize_from_h": (-1,),
    "seed_resize_from_w": (-1,),
    "s_noise": (1,),
    "eta": (1,),  # of samplers that add noise, as they do here
    "override_settings_restore_afterwards": (True,),
    "save_images": (True,),  # they are kept anyway
    "hr_scale": (2,),  # of enable_hr, which is told where it is set
    "hr_upscaler": ("Latent",),
    "image_cfg_scale": (1.5,),
    "initial_noise_multiplier": (1,),
    "inpaint_full_res_padding": (32,),  # of inpaint_full_res
    "include_init_images": (False,),
}
_MODEL_MEMBERS = ("sampler", "steps", "guidance", "negative")  # what a model may not have; said, and left out
NAMES = {
    "sampler": "sampler_name",
    "guidance": "cfg_scale",
    "negative": "negative_prompt",
    "init_image": "init_images",
    "strength": "denoising_strength",
    "adapters": "prompt",
}
Body = TypeVar("Body", bound=BaseModel)

Words = Annotated[str, Field(max_length=MAX_PROMPT_CHARS)]
Side = Annotated[int, Field(ge=1, le=100_000)]
Picture64 = Annotated[str, Field(description="A picture as Base64, or as a data: address")]


class Override(BaseModel):
    """Settings for one request. Others than these are ignored, and told."""

    model_config = ConfigDict(extra="allow")

    sd_model_checkpoint: Annotated[str, Field(max_length=200)] = ""


class Txt2Img(BaseModel):
    """`POST /sdapi/v1/txt2img`. What is left out, the model chooses; sides are 512."""

    model_config = ConfigDict(extra="allow")

    prompt: Words = ""
    negative_prompt: Words = ""
    seed: Annotated[int, Field(ge=-1, le=MAX_SEED, description="-1: drawn")] = -1
    sampler_name: Annotated[str, Field(max_length=100)] = ""
    sampler_index: Annotated[str, Field(max_length=100, description="An older name of `sampler_name`")] = ""
    steps: Annotated[int, Field(ge=1, le=150)] | None = None
    cfg_scale: Annotated[float, Field(ge=0, le=30, allow_inf_nan=False)] | None = None
    width: Side | None = None
    height: Side | None = None
    batch_size: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1
    n_iter: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1
    denoising_strength: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    override_settings: Override = Override()
    send_images: bool = True

    @model_validator(mode="before")
    @classmethod
    def _null_is_nothing(cls, told: Any) -> Any:
        if not isinstance(told, Mapping):
            return told
        return {name: value for name, value in told.items() if value is not None}

    @property
    def sampler(self) -> str:
        return self.sampler_name or self.sampler_index

    def ignored(self, adapters: Collection[str] = ()) -> list[str]:
        """What was asked for and is not done, but for what depends on the model; `adapters` are those that it has."""
        more, override = self.model_extra or {}, self.override_settings.model_extra or {}
        found = [name for name, value in more.items() if _asks(name, value)]
        found += [f"override_settings.{name}" for name, value in override.items() if value not in (None, "")]
        if (schedule := _SCHEDULE.search(self.sampler)) is not None:
            found.append(f"sampler_name:{schedule[0]}")
        return [name[:80] for name in (*found, *written(self.prompt, adapters)[2])]

    def request(self, model: str, adapters: Collection[str] = (), **more: Any) -> Request:
        """`adapters` are those that the model has. Raises InvalidRequest, with members under A1111's names."""
        if self.batch_size * self.n_iter > MAX_COUNT:
            raise InvalidRequest("most", member="batch_size * n_iter", limit=MAX_COUNT)
        prompt, uses, _ = written(self.prompt, adapters)
        told: dict[str, Any] = {
            "prompt": prompt,
            "adapters": uses,
            "negative": self.negative_prompt,
            "model": model,
            "width": self.width or _USUAL_SIDE,
            "height": self.height or _USUAL_SIDE,
            "seed": None if self.seed < 0 else self.seed,
            "count": self.batch_size * self.n_iter,
            "steps": self.steps,
            "guidance": self.cfg_scale,
            "sampler": _sampler(self.sampler),
        }
        try:
            return Request(**(told | more))
        except ValidationError as error:
            raise invalid(list(error.errors())) from None


class Img2Img(Txt2Img):
    """`POST /sdapi/v1/img2img`. The first of `init_images` is used. `consent` and `terms` are ours: who is shown,
    needed where a face is."""

    init_images: Annotated[list[Picture64], Field(min_length=1, max_length=16)]
    mask: Picture64 | None = None
    mask_blur: Annotated[int, Field(ge=0, le=64, description="Pixels of the mask")] = 0
    inpainting_mask_invert: Annotated[int, Field(ge=0, le=1)] = 0
    resize_mode: Annotated[int, Field(ge=0, le=3)] = 0
    inpainting_fill: Annotated[int, Field(ge=0, le=3)] = 0
    inpaint_full_res: bool = False
    consent: Basis | None = None
    terms: Terms | None = None

    def ignored(self, adapters: Collection[str] = ()) -> list[str]:
        found = super().ignored(adapters) + [f"init_images[{i}]" for i in range(1, len(self.init_images))]
        asked = {
            "resize_mode": self.resize_mode > 1,  # cut to fit, always: 1; of the same shape, so is 0
            "inpainting_fill": self.mask is not None and self.inpainting_fill > 1,
            "inpaint_full_res": self.mask is not None and self.inpaint_full_res,
        }
        return found + [name for name, meant in asked.items() if meant]

    @property
    def strength(self) -> float:
        if self.denoising_strength == 0:
            raise InvalidRequest("above", member="denoising_strength", limit=0)
        return _VARIED if self.denoising_strength is None else self.denoising_strength


def read(kind: type[Body], told: Any) -> Body:
    """Raises InvalidRequest naming the member."""
    try:
        return kind.model_validate(told)
    except ValidationError as error:
        raise invalid(list(error.errors())) from None


def decoded(text: str, member: str) -> bytes:
    """The bytes of a picture in Base64. Raises InvalidRequest."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("base64", member=member) from None


def fitted(app: App, request: Request) -> tuple[Request, list[str]]:
    """The request without what its model does not have, and the names of that: a tool sends steps and samplers whether
    a model has them or not. Raises what else the model has against it, with members under A1111's names."""
    dropped: list[str] = []
    request = _along_flow(app, request)
    while True:
        try:
            app.registry.complete(request, lambda _: 0)
        except InvalidRequest as error:
            member = str(error.params.get("member"))
            if member not in _MODEL_MEMBERS or error.reason not in ("not_supported", "unknown_sampler"):
                raise renamed(error, NAMES) from None
            if getattr(request, member) == Request.model_fields[member].default:
                raise
            request = request.model_copy(update={member: Request.model_fields[member].default})
            dropped.append(NAMES.get(member, member))
        else:
            return request, dropped


def _along_flow(app: App, request: Request) -> Request:
    """Euler's method goes by another name with flow models."""
    known = getattr(app.registry.backend(request.model or app.registry.default), "samplers", ())
    if request.sampler == "euler" and "euler" not in known and "flow-euler" in known:
        return request.model_copy(update={"sampler": "flow-euler"})
    return request


def adapters_of(app: App, model: str) -> frozenset[str]:
    """The names of the adapters that a model has; "" is the default model."""
    card = app.registry.backend(model or app.registry.default).model
    return frozenset(one.name for one in card.additions if one.kind == "adapter")


def title(card: Model) -> str:
    return f"{card.name} [{card.sha256[:10]}]"


def model_named(app: App, asked: str) -> str:
    """The model's name by its name, title or hash. Raises UnknownModel."""
    for card in app.models():
        if asked in (card.name, title(card), card.sha256, card.sha256[:10]):
            return card.name
    raise UnknownModel(model=asked[:60], known=", ".join(card.name for card in app.models()))


def _sampler(asked: str) -> str:
    name = _SCHEDULE.sub("", asked)
    if name in ("", "Automatic"):
        return ""
    ours = next((ours for theirs, ours in SAMPLERS.items() if name in (theirs, ALIASES[theirs])), None)
    if ours is None:
        raise InvalidRequest("unknown_sampler", member="sampler_name", value=asked[:60], known=", ".join(SAMPLERS))
    return ours


def _asks(name: str, value: Any) -> bool:
    return not (value in (None, "", False, 0) or value in ([], {}) or value in _NEUTRAL.get(name, ()))


def summary(request: Request, seed: int) -> str:
    """What A1111 calls infotext: prompt, negative prompt and settings on lines of their own."""
    return "\n".join(_lines(request, seed))


def _lines(request: Request, seed: int) -> Iterator[str]:
    yield request.prompt + as_written(request.adapters)
    if request.negative:
        yield f"Negative prompt: {request.negative}"
    facts = {
        "Steps": request.steps,
        "Sampler": shown_sampler(request),
        "CFG scale": request.guidance,
        "Seed": seed,
        "Size": f"{request.width}x{request.height}",
        "Model": request.model,
        "Denoising strength": request.strength,
    }
    yield ", ".join(f"{name}: {value}" for name, value in facts.items() if value not in (None, ""))


def shown_sampler(request: Request) -> str:
    ours = request.sampler.removeprefix("flow-")
    return next((theirs for theirs, known in SAMPLERS.items() if known == ours), "")
