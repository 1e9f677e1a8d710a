"""What the OpenAI images API may be asked for, and the request that each of its three messages means.

What OpenAI's own models would do and ours do not (`style: "vivid"`, a compression, `moderation: "low"`, ...) is taken
in the values that OpenAI knows, so that a client need not know which server it speaks to, and the answer's `ignored`
names it. Anything else that would be ignored is an error instead. Added by us: `seed`, `palette`, `steps`, `guidance`,
`negative`, `sampler`, `adapters`; for pictures that are sent along also `strength`, `consent` and `terms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pingxing.api.adapters import adapters_of
from pingxing.api.bringing import Lent
from pingxing.api.invalid import invalid
from pingxing.api.pictures import sides, size_like
from pingxing.errors import InvalidRequest
from pingxing.types import (
    MAX_ADAPTERS,
    MAX_COUNT,
    MAX_PALETTE,
    MAX_PROMPT_CHARS,
    MAX_SEED,
    AdapterUse,
    Colour,
    Format,
    Request,
)

MOST_PARTIAL = 3
PLAIN_WORDS = "a picture"  # of a variation whose picture nobody described: every request has words
Wish = TypeVar("Wish", bound=BaseModel)
VARIED = 0.6  # how much of a picture its variation undoes, where nobody says

Prompt = Annotated[str, Field(min_length=1, max_length=MAX_PROMPT_CHARS)]
ModelName = Annotated[str, Field(max_length=100)]
Size = Annotated[str, Field(max_length=20, description="`1024x1536`; `auto`: the model's own")]
Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Steps = Annotated[int, Field(ge=1, le=150)]
Guidance = Annotated[float, Field(ge=0, le=30, allow_inf_nan=False)]
Strength = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, description="1: nothing of the picture stays")]
Answer = Literal["url", "b64_json"]
Quality = Literal["auto", "standard", "hd", "low", "medium", "high", "xhigh", "max"]
Partial = Annotated[int, Field(ge=0, le=MOST_PARTIAL, description="With `stream`: how many previews to send at most")]
Percent = Annotated[int, Field(ge=0, le=100)]
Name = Annotated[str, Field(max_length=512)]
Basis = Annotated[
    Literal["nobody", "myself", "agreed"],
    Field(description="Who is shown: needed where a face is. What is stated by it stands at /api/uploads/terms."),
]
Terms = Annotated[
    str, Field(pattern="^[0-9a-f]{64}$", description="`digest` of the statement's wording; without it: the present one")
]

Adapters = Annotated[str, Field(max_length=400, description="`ink:0.8, oil`: names and weights, 1 where there is none")]


_STYLES = ("vivid", "natural")  # of OpenAI's; none of ours is called so
_PLAIN: dict[str, tuple[object, ...]] = {  # the values of what we do not do that ask for nothing
    "quality": (None, "auto", "standard"),
    "output_compression": (None, 100),
    "moderation": (None, "auto"),
    "input_fidelity": (None, "low"),
}


class Streamed(BaseModel):
    """What streaming adds, alike for all that can be streamed."""

    stream: bool | None = None
    partial_images: Partial | None = None
    response_format: Answer | None = None

    def partial(self) -> int | None:
        """How many previews are wanted; None where nothing is streamed. Raises InvalidRequest for what does not go
        together."""
        if not self.stream:
            if self.partial_images:
                raise InvalidRequest("needs_stream", member="partial_images")
            return None
        if self.response_format == "url":  # the events have no place for one
            raise InvalidRequest("stream_url", member="response_format")
        return self.partial_images or 0

    def unused(self) -> list[str]:
        """Members that ask for something which no engine of ours does, as OpenAI's would."""
        found = [name for name, plain in _PLAIN.items() if getattr(self, name, None) not in plain]
        return [*found, *(["style"] if getattr(self, "style", None) in _STYLES else [])]


class Generation(Streamed):
    """`POST /v1/images/generations`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: Prompt
    model: ModelName | None = None
    n: Count | None = None
    size: Size | None = None
    output_format: Literal["png", "jpeg", "webp", "svg", "pdf"] | None = None
    output_compression: Percent | None = None
    style: Annotated[str, Field(max_length=40)] | None = None
    seed: Seed | None = None
    steps: Steps | None = None
    guidance: Annotated[Guidance, Field(strict=False)] | None = None
    negative: Annotated[str, Field(max_length=MAX_PROMPT_CHARS)] | None = None
    sampler: Annotated[str, Field(max_length=40)] | None = None
    adapters: Annotated[list[AdapterUse], Field(max_length=MAX_ADAPTERS)] | None = None
    quality: Quality | None = None
    background: Literal["auto", "opaque", "transparent"] | None = None
    palette: Annotated[list[Colour], Field(max_length=MAX_PALETTE)] | None = None
    moderation: Literal["auto", "low"] | None = None
    user: Name | None = None
    safety_identifier: Name | None = None

    def request(self) -> Request:
        """Raises InvalidRequest for what only the whole wish shows: a side beyond its limits, too many pixels."""
        if self.background == "transparent" and self.output_format == "jpeg":
            raise InvalidRequest("transparent_format", member="output_format", value="jpeg")
        palette, clear = tuple(self.palette or ()), self.background == "transparent"
        return _request(self, **sides(self.size), palette=palette, transparent=clear)


class Edit(Streamed):
    """The words of the form of `POST /v1/images/edits`: text, so numbers are read out of it."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt
    model: ModelName | None = None
    n: Count | None = None
    size: Size | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    output_compression: Percent | None = None
    style: Annotated[str, Field(max_length=40)] | None = None
    seed: Seed | None = None
    steps: Steps | None = None
    guidance: Guidance | None = None
    negative: Annotated[str, Field(max_length=MAX_PROMPT_CHARS)] | None = None
    sampler: Annotated[str, Field(max_length=40)] | None = None
    strength: Strength | None = None
    adapters: Adapters | None = None
    quality: Quality | None = None
    background: Literal["auto", "opaque"] | None = None
    input_fidelity: Literal["low", "high"] | None = None
    moderation: Literal["auto", "low"] | None = None
    user: Name | None = None
    safety_identifier: Name | None = None
    consent: Basis | None = None
    terms: Terms | None = None

    def request(self, lent: Lent) -> Request:
        return _request(self, strength=self.strength, **_upon(self.size, lent))


class Variation(BaseModel):
    """The words of the form of `POST /v1/images/variations`. `prompt` is ours: without it a picture that this studio
    made keeps the words it was made from."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt | None = None
    model: ModelName | None = None
    n: Count | None = None
    size: Size | None = None
    response_format: Answer | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    seed: Seed | None = None
    steps: Steps | None = None
    guidance: Guidance | None = None
    negative: Annotated[str, Field(max_length=MAX_PROMPT_CHARS)] | None = None
    sampler: Annotated[str, Field(max_length=40)] | None = None
    strength: Strength | None = None
    adapters: Adapters | None = None
    user: Name | None = None
    consent: Basis | None = None
    terms: Terms | None = None

    def request(self, lent: Lent, words: str) -> Request:
        """`words` are those of the picture, where they are known."""
        strength = VARIED if self.strength is None else self.strength
        prompt = self.prompt or words or PLAIN_WORDS
        return _request(self, prompt=prompt, strength=strength, **_upon(self.size, lent))


def read_form(kind: type[Wish], words: Mapping[str, str]) -> Wish:
    """Raises InvalidRequest naming the member."""
    try:
        return kind.model_validate(dict(words))
    except ValidationError as error:
        raise invalid(list(error.errors())) from None


def _upon(size: str | None, lent: Lent) -> dict[str, Any]:
    """The size that was asked for, or one like the picture's; and the picture with its mask."""
    image, mask = lent.image, lent.mask
    width, height = size_like(image.width, image.height)
    return {
        "width": width,
        "height": height,
        **sides(size),
        "init_image": image.id,
        "mask": "" if mask is None else mask.id,
    }


def _request(wish: Generation | Edit | Variation, **more: Any) -> Request:
    style = getattr(wish, "style", None) or ""
    told: dict[str, Any] = {
        "prompt": wish.prompt,
        "model": wish.model or "",
        "seed": wish.seed,
        "count": wish.n or 1,
        "style": "" if style in _STYLES else style,
        "format": Format(wish.output_format or "png"),
        "steps": wish.steps,
        "guidance": wish.guidance,
        "negative": wish.negative or "",
        "sampler": wish.sampler or "",
        "adapters": adapters_of(given) if isinstance(given := wish.adapters, str) else tuple(given or ()),
    }
    try:
        return Request(**(told | more))
    except ValidationError as error:
        raise invalid(list(error.errors())) from None
