"""The values that travel through the house.

Everything here is frozen: a value is made once, checked once, and then passed on. Nothing here
does I/O, and nothing here imports another module of the project, but for a few that hold more such values.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pingxing.calm import Calm as Calm
from pingxing.cards import Addition as Addition
from pingxing.cards import MemoryPlan as MemoryPlan
from pingxing.cards import Placing as Placing
from pingxing.cards import Precision as Precision
from pingxing.motion import MOVING_MEDIA as MOVING_MEDIA
from pingxing.motion import Motion as Motion
from pingxing.motion import MotionForm as MotionForm
from pingxing.motion import MotionName as MotionName
from pingxing.nails import Nails as Nails
from pingxing.repeat import Repeat as Repeat
from pingxing.sheets import Sheet as Sheet
from pingxing.testimony import Labels as Labels
from pingxing.testimony import LabelVerdict as LabelVerdict
from pingxing.testimony import Layer as Layer
from pingxing.testimony import LedgerAnswer as LedgerAnswer
from pingxing.testimony import LedgerProof as LedgerProof
from pingxing.testimony import PublicNotice as PublicNotice
from pingxing.testimony import Verification as Verification

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

# --- limits on what may be asked -----------------------------------------------------------------

MAX_PROMPT_CHARS = 4_000
MIN_SIDE, MAX_SIDE = 50, 8_192  # the least: the icon of a sticker album
MAX_PIXELS = MAX_SIDE * MAX_SIDE  # of one request, all its pictures together
MAX_COUNT = 10
MAX_PALETTE = 16
MAX_EDITS = 100
MAX_ADAPTERS = 4
MAX_ADAPTER_WEIGHT = 2.0
MAX_DEADLINE_S = 7 * 24 * 3600
MAX_MARGIN = 200  # pixels
MAX_CAPTION = 24  # characters: a word on a sticker
USUAL_SIDE = 1_024  # pixels
MAX_SEED = 2**53 - 1  # every JSON reader, JavaScript's too, keeps such an integer exactly


# --- who asks ------------------------------------------------------------------------------------


class Role(StrEnum):
    ADMIN = "admin"
    MEMBER = "member"
    AUDITOR = "auditor"


class Scope(StrEnum):
    """What a credential may be used for. A role grants scopes; a key may hold fewer."""

    GENERATE = "generate"  # ask for pictures and fetch one's own
    CHECK = "check"  # ask what the rules say of a text
    MANAGE = "manage"  # one's own keys and settings
    AUDIT = "audit"  # read the ledger and everybody's receipts, never prompts
    OPERATE = "operate"  # accounts, queue, refusals, appeals


ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ADMIN: frozenset(Scope),
    Role.MEMBER: frozenset({Scope.GENERATE, Scope.CHECK, Scope.MANAGE}),
    Role.AUDITOR: frozenset({Scope.CHECK, Scope.MANAGE, Scope.AUDIT}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who speaks, and by what right. The first argument of every use case.

    `account` is an opaque identifier, never a name. `credential` names the session, key or local
    shell that spoke ("session:…", "key:…", "local"), so that authority can be checked again when
    the work runs and not only when it was asked for.
    """

    account: str
    role: Role
    scopes: frozenset[Scope]
    credential: str
    language: Language = "en"
    label_language: Language = "zh"

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


# --- what is asked -------------------------------------------------------------------------------


class Format(StrEnum):
    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    SVG = "svg"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        return {"svg": "image/svg+xml", "pdf": "application/pdf"}.get(self, f"image/{self.value}")

    @property
    def vector(self) -> bool:
        return self in (Format.SVG, Format.PDF)


Urgency = Literal["interactive", "batch"]
BATCH = 4  # so many times a step counts against an account's share where nobody waits for the picture

Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]  # sRGB
_Part = Annotated[float, Field(strict=False, ge=0, le=1, allow_inf_nan=False)]


class SceneEdit(BaseModel):
    """A person's correction of one thing in a scene, before it is drawn again.

    `object` counts the things of the scene as the prompt alone is understood (`Scene.objects` of the same
    prompt, size, style and seed without edits), so that edits never renumber one another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    object: Annotated[int, Field(ge=0, lt=1_000)]
    concept: Annotated[str, Field(pattern=r"^[0-9A-F]{2,6}(-[0-9A-F]{2,6}){0,9}$")] | None = None  # another sense
    colour: Colour | None = None
    at: tuple[_Part, _Part] | None = Field(default=None, strict=False)  # where its middle goes, in parts of the picture
    scale: Annotated[float, Field(strict=False, ge=0.1, le=10, allow_inf_nan=False)] | None = None  # times as large
    remove: bool = False


class AdapterUse(BaseModel):
    """A LoRA that the operator added to the model, and how much of it: 0 is none, below 0 is away from it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=r"^(?:[a-z0-9][a-z0-9._-]{0,63})$")]
    weight: Annotated[
        float, Field(strict=False, ge=-MAX_ADAPTER_WEIGHT, le=MAX_ADAPTER_WEIGHT, allow_inf_nan=False)
    ] = 1.0


class Request(BaseModel):
    """One wish for one or more pictures, complete once admitted (model and seed filled in).

    Strict: unknown members, floats where integers belong and numbers beyond the limits are errors
    that name the member, never silently repaired.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    prompt: Annotated[str, Field(min_length=1, max_length=MAX_PROMPT_CHARS)]
    model: Annotated[str, Field(max_length=100)] = ""  # "" asks for the default model
    width: Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE)] = 1024
    height: Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE)] = 1024
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None  # None: drawn at admission
    count: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1
    style: Annotated[str, Field(max_length=40)] = ""  # "" lets the model choose
    format: Annotated[Format, Field(strict=False)] = Format.PNG
    steps: Annotated[int, Field(ge=1, le=150)] | None = None
    guidance: Annotated[float, Field(ge=0, le=30, allow_inf_nan=False)] | None = None
    sampler: Annotated[str, Field(max_length=40)] = ""  # "" lets the model choose
    init_image: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""  # an upload to begin with
    mask: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""  # an upload, light where it is to be made anew
    strength: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None  # 1: nothing of it stays
    negative: Annotated[str, Field(max_length=MAX_PROMPT_CHARS)] = ""
    palette: Annotated[tuple[Colour, ...], Field(strict=False, max_length=MAX_PALETTE)] = ()  # no other colours
    transparent: bool = False  # the things without their background
    stroke: bool = False  # with it, a white edge around them, of an engine that paints (others have a style for it)
    caption: Annotated[str, Field(max_length=MAX_CAPTION)] = ""  # with transparency, of one that paints: set above it
    enlarge: bool = False  # an engine that paints may draw it at its own size; it is enlarged then
    calm: Calm = (0.0, 0.0, 0.0, 0.0)  # top, right, bottom, left: parts of it in which no thing is placed
    margin: Annotated[int, Field(ge=0, le=MAX_MARGIN)] = 0  # pixels along every edge that stay empty, the mark's too
    dpi: Annotated[int, Field(ge=1, le=9_600)] | None = None  # what PNG and JPEG say of their dots per inch in print
    motion: Motion | None = None  # a moving picture, in the form that it names instead of `format`
    repeat: Repeat | None = None  # one tile of a pattern
    nails: Nails | None = None  # a set of press-on nails
    sheet: Sheet | None = None  # what it is printed on
    edits: Annotated[tuple[SceneEdit, ...], Field(strict=False, max_length=MAX_EDITS)] = ()
    adapters: Annotated[tuple[AdapterUse, ...], Field(strict=False, max_length=MAX_ADAPTERS)] = ()
    urgency: Urgency = "interactive"  # somebody waits for it, or it may go behind who does
    deadline_s: Annotated[int, Field(ge=1, le=MAX_DEADLINE_S)] | None = None  # after admission; later it is of no use

    @model_validator(mode="after")
    def _within_limits(self) -> Request:
        if not any(unicodedata.category(letter)[0] in "LNPS" for letter in self.prompt):
            raise ValueError("prompt: empty")
        if self.width * self.height * self.count > MAX_PIXELS:
            raise ValueError("size: too many pixels")
        if not self.init_image and (self.mask or self.strength is not None):
            raise ValueError("init_image: missing")
        if len({use.name for use in self.adapters}) < len(self.adapters):
            raise ValueError("adapters: twice")
        if self.motion and self.width * self.height * self.count * self.motion.frames > MAX_PIXELS:
            raise ValueError("motion: too many pixels")
        if self.repeat and (self.motion or self.margin or self.edits):
            raise ValueError("repeat: not together with motion, margin or edits")
        if (self.nails or self.sheet) and (self.repeat or self.motion or self.margin or self.edits):
            raise ValueError("nails, sheet: not together with repeat, motion, margin or edits")
        if ((self.margin or self.stroke) and not self.transparent) or 4 * self.margin > min(self.width, self.height):
            raise ValueError("margin, stroke: without transparency, or a margin of more than a quarter of a side")
        if self.caption and (not (self.transparent and self.caption.strip()) or self.nails or self.sheet):
            raise ValueError("caption: caption")
        return self

    def each(self) -> Iterator[Request]:
        """The same wish as `count` wishes for one picture; picture i has seed + i."""
        for i in range(self.count):
            seed = None if self.seed is None else (self.seed + i) % (MAX_SEED + 1)
            yield self.model_copy(update={"count": 1, "seed": seed})


def charge(request: Request, steps: int) -> int:
    """What so many steps of one picture of this size cost, in thousandths of a step of 1024 x 1024; at least 1."""
    return -(-request.width * request.height * steps * 1000 // (1024 * 1024))


# --- what an engine makes ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SceneObject:
    """One thing in a composed picture, tied to the words that asked for it."""

    concept: str  # emoji code points, upper-case hex joined by "-", e.g. "1F408" or "1F408-200D-2B1B"
    name_en: str
    name_zh: str
    words: str  # the words of the prompt that asked for it
    spans: tuple[tuple[int, int], ...]  # where those words stand in the prompt (code points)
    colour: str | None  # "#rrggbb" when the prompt asked for one
    box: tuple[float, float, float, float]  # x, y, width, height in 0..1 of the picture
    z: int  # drawn in rising order
    traits: tuple[str, ...] = ()  # what the prompt says of it and the picture shows: "striped", "glass", "sad", "old"
    senses: tuple[str, ...] = ()  # other concepts that the same words may mean, likeliest first
    flipped: bool = False  # drawn as in a mirror


@dataclass(frozen=True, slots=True)
class SceneText:
    string: str
    box: tuple[float, float, float, float]
    on: str = ""  # what it is written on: "banner", "placard", "cake", ...
    face: str = ""  # the typeface


@dataclass(frozen=True, slots=True)
class SceneReplacement:
    """A word that no art draws, and the thing of nearest meaning that stands for it."""

    word: str
    span: tuple[int, int]
    concept: str
    name_en: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class SceneRelation:
    subject: int  # index into Scene.objects
    relation: str  # "left-of", "right-of", "above", "below", "on", ...
    object: int


@dataclass(frozen=True, slots=True)
class Scene:
    """What a prompt was understood to mean, before anything is drawn."""

    background: str
    time: str
    weather: str
    style: str
    palette: tuple[str, ...]
    objects: tuple[SceneObject, ...]
    text: tuple[SceneText, ...] = ()
    relations: tuple[SceneRelation, ...] = ()
    not_drawn: tuple[str, ...] = ()  # words understood as things but not drawable
    setting_spans: tuple[tuple[int, int], ...] = ()  # words that chose background, time, weather
    touches: tuple[str, ...] = ()  # seasons and feasts
    replaced: tuple[SceneReplacement, ...] = ()
    transparent: bool = False  # nothing was drawn behind the things


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels as an engine made them: unlabelled, so nothing outside flow, policy and label sees it.

    `pixels` is uint8 RGB of shape (height, width, 3), or RGBA (straight alpha) of shape (height, width, 4)
    where a transparent background was asked for. `svg`, where the engine is a vector engine,
    is the same picture as a standalone SVG document of that width and height. `frames` are all of a picture that
    moves, alike in shape, `pixels` the first; `margin` is how far from every edge the mark has to stay as well,
    `dpi` what the file says of its dots per inch (0: nothing). `repeats` says that its edges meet, `sheet`
    where they are cut off.
    """

    width: int
    height: int
    pixels: NDArray[np.uint8]
    svg: str | None = None
    scene: Scene | None = None
    frames: tuple[NDArray[np.uint8], ...] = ()
    margin: int = 0
    dpi: int = 0
    repeats: bool = False
    sheet: Sheet | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A card of the registry: what can be asked for by name."""

    name: str
    family: str
    media: tuple[str, ...]
    licence: str
    lineage: str
    sha256: str
    size_bytes: int
    formats: tuple[Format, ...]
    styles: tuple[str, ...]
    describes_scene: bool = False
    trained: bool = True  # False for an engine that composes by rules: the label says which (IPTC source type)
    words_known: bool = False  # every word in its pictures is one of the prompt's, so nobody has to read them again
    plan: MemoryPlan | None = None  # of a checkpoint, as far as its device was asked yet
    takes_picture: bool = False  # a wish may begin with a picture
    takes_mask: bool = False  # and be held to a part of it
    cuts_out: bool = False  # it paints whole pictures, and the house cuts the things out (`engine.cutting`)
    additions: tuple[Addition, ...] = ()
    usual_side: int = USUAL_SIDE  # pixels of a side of the square that it makes where no size is asked for
    simple: bool = False  # it paints squares alone, and knows things by their names: art direction disturbs it
    about: tuple[str, str] = ("", "")  # what it can and cannot do, in its makers' words, English and Chinese


# --- what the rules say --------------------------------------------------------------------------

Decision = Literal["allow", "review", "block"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired, with everything a person needs to understand and contest it.

    After DSA art. 17(3): the facts (span), whether automated, the clause, how to appeal.
    """

    rule: str
    pack: str
    version: str
    category: str
    span: tuple[int, int]  # code points of the original text; (0, 0) for a picture
    view: str  # the normal form in which it matched: "plain", "folded", "simplified", "picture"
    action: Decision
    reason_en: str
    reason_zh: str
    clause: str
    appeal: str = "/appeals"
    automatic: bool = True  # no person has looked yet; False where a person's decision is told
    words: str = ""  # what was read in a picture; sealed wherever it is kept
    box: tuple[float, float, float, float] | None = None  # where in the picture: x, y, width, height in 0..1

    def reason(self, language: Language) -> str:
        return self.reason_zh if language == "zh" else self.reason_en


@dataclass(frozen=True, slots=True)
class Verdict:
    decision: Decision
    findings: tuple[Finding, ...] = ()
    rewrite: str | None = None  # a wording that would pass, where one is known

    @property
    def allows(self) -> bool:
        return self.decision == "allow"

    @property
    def rules(self) -> frozenset[str]:
        return frozenset(f"{finding.pack}/{finding.rule}" for finding in self.findings)

    def without(self, cleared: frozenset[str]) -> Verdict:
        """What is left of the verdict when a person has set these rules aside for this one wish."""
        left = tuple(finding for finding in self.findings if f"{finding.pack}/{finding.rule}" not in cleared)
        actions = {finding.action for finding in left}
        decision: Decision = "block" if "block" in actions else "review" if "review" in actions else "allow"
        return Verdict(decision, left, self.rewrite if left else None)


# --- what leaves ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """What a label says. Members that go into the AIGC record are bytes 0x21-0x7E (GB 45438 annex E)."""

    language: Language  # wording of the visible mark
    producer: str  # ContentProducer: the operator's provider code
    produce_id: str  # ProduceID: the receipt's identifier
    system: str  # name of the generating system, e.g. "Pingxing"
    version: str
    model: str
    created_at: datetime
    trained: bool = True  # False: composed by rule (IPTC algorithmicMedia, not trainedAlgorithmicMedia)
    mixed: bool = False  # made out of a picture that somebody brought
    signature: str = ""  # ReservedCode1: the producer's signature of the record, where it has a key


@dataclass(frozen=True, slots=True)
class Artifact:
    """A labelled file, named by the digest of its bytes."""

    sha256: str
    size: int
    width: int
    height: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a picture was checked, labelled and recorded; bytes are handed out only against it."""

    id: str
    job: str
    account: str
    position: int  # 0-based among the job's pictures
    artifact: Artifact
    seed: int
    log_index: int  # of the delivery entry
    tree_size: int  # size of the log whose root this is
    root: str  # hex; RFC 9162 Merkle tree head
    issued_at: datetime
    scene: Scene | None = None


# --- jobs ----------------------------------------------------------------------------------------


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    id: str
    account: str
    credential: str
    state: JobState
    request: Request
    created_at: datetime
    priority: int  # fair-queue tag; lower runs first
    started_at: datetime | None = None
    finished_at: datetime | None = None
    log_index: int | None = None  # of the admission or refusal entry
    verdict: Verdict | None = None
    cleared: frozenset[str] = frozenset()  # rules a person set aside for this wish, on appeal
    error: str | None = None  # error code when failed
    timings_ms: dict[str, float] = field(default_factory=dict)
    cost: int = 0  # reserved for it at admission, see `charge`
    spent: int | None = None  # what it was charged; None until it has ended
    due_at: datetime | None = None  # afterwards it is of no use to whoever asked


@dataclass(frozen=True, slots=True)
class Progress:
    """One event of a job's life, as streamed to whoever watches."""

    job: str
    kind: Literal["queued", "progress", "done", "refused", "failed", "cancelled"]
    step: int = 0
    steps: int = 0
    place: int = 0  # in the queue; 0 once running
    preview: str | None = None  # identifier of the preview's receipt
    scene: Scene | None = None
