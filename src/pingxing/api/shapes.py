"""How values look on the outside: the JSON of the HTTP API and of the command line (`--json`) alike."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from pingxing.desk import JobView
from pingxing.types import (
    USUAL_SIDE,
    Addition,
    Artifact,
    Finding,
    Job,
    JobState,
    Language,
    Layer,
    LedgerAnswer,
    Model,
    Placing,
    Precision,
    Progress,
    Receipt,
    Scene,
    Verdict,
    Verification,
)

STAGES = ("queue", "policy", "engine", "label", "ledger", "total")


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReceiptShape(Shape):
    id: str
    log_index: int
    root: str
    tree_size: int
    issued_at: datetime


class ArtifactShape(Shape):
    sha256: str
    size: int
    width: int
    height: int
    media_type: str
    seed: int
    receipt: ReceiptShape
    url: str | None = None
    path: str | None = None


class FindingShape(Shape):
    rule: str
    pack: str
    version: str
    category: str
    span: tuple[int, int]
    view: str
    action: Literal["allow", "review", "block"]
    reason: str
    clause: str
    appeal: str
    automatic: bool = True  # no person has looked yet
    words: str = ""  # what was read in a picture, and where: x, y, width, height in 0..1
    box: tuple[float, float, float, float] | None = None


class VerdictShape(Shape):
    decision: Literal["allow", "review", "block"]
    findings: list[FindingShape]
    rewrite: str | None


class JobShape(Shape):
    """A job as anyone who may see it gets it. `scene` is there when the engine composes scenes. `reserved` and
    `charged` are steps of a picture of 1024 x 1024: held for it at admission, and what it cost once it has ended.
    `ignored` names what was asked for and changes nothing, since the model has no use for it."""

    job: str
    state: JobState
    model: str
    seed: int | None
    created_at: datetime
    place: int
    wait_s: float | None
    timings_ms: dict[str, float]
    artifacts: list[ArtifactShape]
    scene: dict[str, Any] | None = None
    verdict: VerdictShape | None = None
    error: str | None = None
    reserved: float = 0.0
    charged: float | None = None
    ignored: list[str] = []


class UsageShape(Shape):
    """What one used in the last 24 hours, in steps of a picture of 1024 x 1024."""

    spent: float
    reserved: float
    limit: int | None
    weight: int


class LayerShape(Shape):
    found: bool
    valid: bool | None
    detail: str
    facts: dict[str, str]


class ProofShape(Shape):
    """Inclusion proof (RFC 9162, 2.1.3) without the entry itself, which holds a pseudonym."""

    size: int
    root: str
    leaf_hash: str
    path: tuple[str, ...]
    checkpoint: str


class NoticeShape(Shape):
    """What a person of the house said of the picture after it was delivered."""

    state: Literal["marked", "withdrawn"]
    category: str
    note: str
    link: str
    at: datetime


class LedgerShape(Shape):
    found: bool
    log_index: int | None
    proof_ok: bool | None
    same_bytes: bool | None
    issued_at: datetime | None
    by: Literal["bytes", "label", "watermark"] | None = None
    proof: ProofShape | None = None
    notice: NoticeShape | None = None
    origin: Literal["made", "brought"] | None = None  # made here, or brought here to be labelled


class VerificationShape(Shape):
    verdict: Literal["confirmed", "possible", "suspected", "none"]
    layers: dict[str, LayerShape]
    ledger: LedgerShape


class PlanShape(Shape):
    """Where a checkpoint runs on this machine and how (see `MemoryPlan`); bytes."""

    device: str
    precision: Precision
    placing: Placing
    weights_bytes: int
    resident_bytes: int
    work_bytes: int
    free_bytes: int | None
    fits: bool
    together: int
    loaded: bool
    adapters_bytes: int = 0
    twice_bytes: int = 0


class AdditionShape(Shape):
    """`adapter`: asked for by its name; `embedding`: by its `trigger`, a word in the prompt."""

    name: str
    kind: str
    trigger: str
    licence: str
    lineage: str
    sha256: str
    size_bytes: int


class ModelShape(Shape):
    name: str
    family: str
    media: list[str]
    licence: str
    lineage: str
    sha256: str
    size_bytes: int
    formats: list[str]
    styles: list[str]
    plan: PlanShape | None = None
    additions: list[AdditionShape] = []
    usual_side: int = USUAL_SIDE


class ProgressShape(Shape):
    job: str
    kind: str
    step: int
    steps: int
    place: int
    preview: str | None


def artifact(receipt: Receipt, **where: str) -> ArtifactShape:
    file: Artifact = receipt.artifact
    return ArtifactShape(
        sha256=file.sha256,
        size=file.size,
        width=file.width,
        height=file.height,
        media_type=file.media_type,
        seed=receipt.seed,
        receipt=ReceiptShape(
            id=receipt.id,
            log_index=receipt.log_index,
            root=receipt.root,
            tree_size=receipt.tree_size,
            issued_at=receipt.issued_at,
        ),
        **where,
    )


def job(view: JobView, language: Language, artifacts: list[ArtifactShape] | None = None) -> JobShape:
    scene = next((receipt.scene for receipt in view.receipts if receipt.scene is not None), None)
    own = view.job
    return JobShape(
        job=own.id,
        state=own.state,
        model=own.request.model,
        seed=own.request.seed,
        created_at=own.created_at,
        place=view.place,
        wait_s=view.wait_s,
        timings_ms={stage: own.timings_ms.get(stage, 0.0) for stage in STAGES} if own.state.final else {},
        artifacts=[artifact(receipt) for receipt in view.receipts] if artifacts is None else artifacts,
        scene=scene_dict(scene) if scene is not None else None,
        verdict=verdict(own.verdict, language) if own.verdict is not None else None,
        error=own.error,
        reserved=own.cost / 1000,
        charged=None if own.spent is None else own.spent / 1000,
        ignored=list(view.ignored),
    )


def scene_dict(scene: Scene) -> dict[str, Any]:
    """The scene as `contracts.md` promises it (and a little more: spans, traits, senses, what stands for what)."""
    return {
        "background": scene.background,
        "time": scene.time,
        "weather": scene.weather,
        "style": scene.style,
        "palette": list(scene.palette),
        "objects": [
            {
                "concept": thing.concept,
                "name_en": thing.name_en,
                "name_zh": thing.name_zh,
                "words": thing.words,
                "spans": [list(span) for span in thing.spans],
                "colour": thing.colour,
                "box": list(thing.box),
                "z": thing.z,
                "traits": list(thing.traits),
                "senses": list(thing.senses),
                "flipped": thing.flipped,
            }
            for thing in scene.objects
        ],
        "text": [
            {"string": text.string, "box": list(text.box), "on": text.on, "face": text.face} for text in scene.text
        ],
        "relations": [
            {"subject": relation.subject, "relation": relation.relation, "object": relation.object}
            for relation in scene.relations
        ],
        "not_drawn": list(scene.not_drawn),
        "touches": list(scene.touches),
        "replaced": [
            {
                "word": one.word,
                "span": list(one.span),
                "concept": one.concept,
                "name_en": one.name_en,
                "name_zh": one.name_zh,
            }
            for one in scene.replaced
        ],
        "transparent": scene.transparent,
    }


def finding(found: Finding, language: Language) -> FindingShape:
    return FindingShape(
        rule=found.rule,
        pack=found.pack,
        version=found.version,
        category=found.category,
        span=found.span,
        view=found.view,
        action=found.action,
        reason=found.reason(language),
        clause=found.clause,
        appeal=found.appeal,
        automatic=found.automatic,
        words=found.words,
        box=found.box,
    )


def verdict(value: Verdict, language: Language) -> VerdictShape:
    return VerdictShape(
        decision=value.decision,
        findings=[finding(found, language) for found in value.findings],
        rewrite=value.rewrite,
    )


def _layer(value: Layer) -> LayerShape:
    return LayerShape(found=value.found, valid=value.valid, detail=value.detail, facts=value.facts)


def _ledger(value: LedgerAnswer) -> LedgerShape:
    return LedgerShape(
        found=value.found,
        log_index=value.log_index,
        proof_ok=value.proof_ok,
        same_bytes=value.same_bytes,
        issued_at=value.issued_at,
        by=value.by,
        proof=None if value.proof is None else ProofShape(**asdict(value.proof)),
        notice=None if value.notice is None else NoticeShape(**asdict(value.notice)),
        origin=value.origin,
    )


def verification(value: Verification, say_detail: Any) -> VerificationShape:
    """`say_detail(key, facts)` turns a layer's catalogue key into a sentence."""
    labels = value.labels
    layers = {
        "visible": labels.visible,
        "aigc": labels.aigc,
        "c2pa": labels.c2pa,
        "watermark": labels.watermark,
    }
    return VerificationShape(
        verdict=value.verdict,
        layers={
            name: _layer(layer).model_copy(update={"detail": say_detail(layer.detail, layer.facts)})
            for name, layer in layers.items()
        },
        ledger=_ledger(value.ledger),
    )


def model(card: Model) -> ModelShape:
    return ModelShape(
        name=card.name,
        family=card.family,
        media=list(card.media),
        licence=card.licence,
        lineage=card.lineage,
        sha256=card.sha256,
        size_bytes=card.size_bytes,
        formats=[form.value for form in card.formats],
        styles=list(card.styles),
        plan=None if card.plan is None else PlanShape(**asdict(card.plan)),
        additions=[AdditionShape(**asdict(one)) for one in card.additions],
        usual_side=card.usual_side,
    )


def progress(event: Progress) -> ProgressShape:
    return ProgressShape(
        job=event.job, kind=event.kind, step=event.step, steps=event.steps, place=event.place, preview=event.preview
    )


# --- as A1111's tools expect it ------------------------------------------------------------------


class ToolImages(Shape):
    """`images` in Base64; `info` is JSON in text."""

    images: list[str]
    parameters: dict[str, Any]
    info: str


class ToolState(Shape):
    skipped: bool
    interrupted: bool
    job: str
    job_count: int
    job_no: int
    job_timestamp: str
    sampling_step: int
    sampling_steps: int


class ToolProgress(Shape):
    """`progress` in 0..1, `eta_relative` in seconds; `current_image` is a WebP in Base64."""

    progress: float
    eta_relative: float
    state: ToolState
    current_image: str | None
    textinfo: str | None


class ToolModel(Shape):
    title: str
    model_name: str
    hash: str
    sha256: str
    filename: str
    config: str | None


class ToolLora(Shape):
    name: str
    alias: str
    path: str
    metadata: dict[str, str]


class ToolSampler(Shape):
    name: str
    aliases: list[str]
    options: dict[str, str]


class ToolOptions(Shape):
    sd_model_checkpoint: str
    sd_checkpoint_hash: str
    samples_format: str


class ToolIgnored(Shape):
    ignored: list[str]


def stamp(at: datetime) -> str:
    """As A1111 writes a moment."""
    return at.strftime("%Y%m%d%H%M%S")


def tool_lora(one: Addition) -> ToolLora:
    """Without a path: nobody outside needs to know where a file lies."""
    told = {"sshs_model_hash": one.sha256, "modelspec.license": one.licence, "modelspec.trigger_phrase": one.trigger}
    return ToolLora(name=one.name, alias=one.name, path="", metadata={key: text for key, text in told.items() if text})


def tool_model(card: Model, title: str) -> ToolModel:
    return ToolModel(
        title=title,
        model_name=card.name,
        hash=card.sha256[:10],
        sha256=card.sha256,
        filename=card.name,
        config=None,
    )


def tool_progress(
    jobs: int, running: Job | None = None, step: int = 0, steps: int = 0, shown: str | None = None, left: float = 0.0
) -> ToolProgress:
    """`jobs` are waiting and running; `left` in seconds."""
    return ToolProgress(
        progress=min(1.0, step / steps) if steps else 0.0,
        eta_relative=round(left, 3),
        state=ToolState(
            skipped=False,
            interrupted=False,
            job=running.id if running else "",
            job_count=jobs,
            job_no=0,
            job_timestamp=stamp(running.created_at) if running else "0",
            sampling_step=step,
            sampling_steps=steps,
        ),
        current_image=shown,
        textinfo=None,
    )
