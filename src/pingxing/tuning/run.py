"""One training job from wherever it stands: prepared, trained, saved, and its result put on the shelf.

    begin(wish, shelf, jobs, now) -> Job       looked over and written down, or the same one again
    run(job, shelf, told, clock) -> State      to its end, or to where somebody stopped it

Whatever ends the process, the job goes on from its last checkpoint, and ends with the same weights (on a CPU, the same
bytes): batches, noise and times of step n follow from the seed and n.
"""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion.folder import ALONE, FAMILIES, inspect
from pingxing.engine.backends.diffusion.memory import usual_side
from pingxing.engine.backends.own import folder as folders
from pingxing.engine.backends.own import shipped
from pingxing.engine.backends.own.folder import FAMILY
from pingxing.engine.shelf import Joined, Shelf, Shelved
from pingxing.errors import Conflict, Integrity, InvalidRequest, NotFound, PingxingError, Unavailable
from pingxing.tuning.card import data_card
from pingxing.tuning.data import gather
from pingxing.tuning.jobs import Job, Jobs, State, Wish
from pingxing.tuning.room import Need, needed

if TYPE_CHECKING:
    from pingxing.tuning.lora import Learner
    from pingxing.tuning.own import Learner as Own

_EVER = datetime(2026, 11, 22, tzinfo=UTC)  # nobody added the model that comes with the package
_WEIGHTS = "trained"  # pingxing.training.picture.export.TRAINED, which loads torch
RESULT = "pytorch_lora_weights.safetensors"
_SAVE_S = 60.0  # at most so much is done twice after a kill
_NOTE_S = 0.5
_LATELY = 20  # steps over which the loss and the rate that are told are taken

Told = Callable[[State], None]


def begin(wish: Wish, shelf: Shelf, jobs: Jobs, now: datetime) -> Job:
    """Look everything over and write the job down. Nothing is loaded, and nothing is trained yet.

    Raises NotFound for a base or folder that is not there; InvalidRequest, UnreadableFile, TooLarge for pictures and
    captions (see `data.gather`) or a base that cannot be trained; Conflict for a name that is taken; Unavailable
    without torch and peft.
    """
    base = base_of(shelf, wish.base)
    ours = base.family == FAMILY
    for library in ("torch", "onnx") if ours else ("torch", "peft", "diffusers"):
        if importlib.util.find_spec(library) is None:
            raise Unavailable("no_torch")
    if base.family == ALONE:
        raise InvalidRequest("train_family", base=wish.base, found=base.pipeline)
    if ours:
        if not (base.path / _WEIGHTS).is_dir():
            raise NotFound("train_weights", model=wish.base)
        wish = _named(wish, folders.facts(base.path).side)  # whatever was asked for: it knows no other
    else:
        checkpoint = inspect(base.path)
        side = wish.side or usual_side(checkpoint)
        wish = _named(wish, max(checkpoint.multiple, side // checkpoint.multiple * checkpoint.multiple))
    examples = gather(wish.images, wish.captions, wish.side)
    job = jobs.find(wish, base.sha256, examples)
    if job is None or job.state.stage != "done":
        _free(shelf, wish.name)
    return job or jobs.create(wish, base.sha256, examples, now)


def base_of(shelf: Shelf, name: str) -> Shelved:
    """A model of the shelf, or the one that comes with the package. Raises as `Shelf.get` does."""
    if name != shipped.NAME or name in shelf.names() or not shipped.is_here():
        return shelf.get(name)
    found, card = folders.inspect(shipped.FOLDER), shipped.card()
    return Shelved(
        name=name, path=shipped.FOLDER, family=FAMILY, pipeline=found.pipeline, licence=card.licence,
        lineage=card.lineage, sha256=card.sha256, size_bytes=found.size_bytes, parameters=found.parameters,
        dtype=found.dtype, added_at=_EVER, datasets=found.datasets, side=card.usual_side,
    )  # fmt: skip


def bases(shelf: Shelf) -> tuple[str, ...]:
    """Names of what can be trained on."""
    own = (shipped.NAME,) if shipped.is_here() and (shipped.FOLDER / _WEIGHTS).is_dir() else ()
    known = (one.name for one in shelf if one.family in (*FAMILIES.values(), FAMILY))
    return tuple(dict.fromkeys((*own, *known)))


def need(job: Job, shelf: Shelf) -> Need:
    """The memory that it takes, and what there is."""
    from pingxing.engine.backends.diffusion import loading

    base, wish = base_of(shelf, job.wish.base), job.wish
    if base.family == FAMILY:
        from pingxing.tuning import own

        return own.need(base.path, wish.batch)
    checkpoint = inspect(base.path)
    return needed(checkpoint, wish.side, wish.batch, wish.rank, wish.sparing, loading.plan(checkpoint).device)


def run(
    job: Job,
    shelf: Shelf,
    told: Told = lambda state: None,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], datetime] = datetime.now,
    save_s: float = _SAVE_S,
) -> State:
    """Train until it is done, or paused, or cancelled; `stop()` asks for a pause too. Returns the last state.

    One that was cancelled stays so until `job.reopen()`.

    Raises Conflict where somebody trains it already; Unavailable("train_memory"); Integrity where the base is no longer
    what it was; what reading the pictures raises. The job remembers all but the first as its failure.
    """
    with job.held():
        state = job.state
        if state.stage in ("done", "cancelled"):
            return state
        try:
            return _Sitting(job, shelf, told, stop, clock, save_s).run(state)
        except PingxingError as error:
            params = {name: str(value) for name, value in error.params.items()}
            failed = {"kind": type(error).__name__, "reason": error.reason, "params": params}
            job.note(job.state.model_copy(update={"stage": "failed", "error": failed}))
            raise


@dataclass(slots=True)
class _Sitting:
    """One process's share of a job."""

    job: Job
    shelf: Shelf
    told: Told
    stop: Callable[[], bool]
    clock: Callable[[], datetime]
    save_s: float

    def run(self, state: State) -> State:
        job = self.job
        base = base_of(self.shelf, job.wish.base)
        if base.sha256 != job.base_sha256:
            raise Integrity("model_changed", model=base.name)
        need(job, self.shelf).check()
        if base.family == FAMILY:
            return self._own(base.path, state)
        from pingxing.tuning import lora

        with lora.calm(), lora.honest(job.wish.base):
            return self._learnt(base.path, state)

    def _learnt(self, folder: Path, state: State) -> State:
        from pingxing.tuning import lora

        job, checkpoint = self.job, inspect(folder)
        state = self._noted(state.model_copy(update={"stage": "preparing", "error": None}))
        pipeline, family = lora.loaded(checkpoint)
        examples, prepared = job.examples, job.folder / "prepared"

        def go_on(done: int) -> bool:
            return not self._asked()

        if not lora.prepare(family, job.wish, job.wish.side, examples, prepared, go_on):
            return self._stopped(state)
        held = lora.Prepared.of(prepared, examples)
        learner = lora.Learner(checkpoint, pipeline, family, job.wish, job.wish.side, held)
        step = learner.resume(job.folder / "checkpoint")
        state = state.model_copy(update={"stage": "training", "step": step, "saved": step, "steps": job.wish.steps})
        state, over = self._train(learner, self._noted(state))
        return state if not over else self._done(learner, state)

    def _own(self, folder: Path, state: State) -> State:
        """Our own model, all of it: what comes out is no adapter but a model."""
        from pingxing.training.picture.checkpoint import BadCheckpoint
        from pingxing.tuning import own

        job = self.job
        state = self._noted(state.model_copy(update={"stage": "preparing", "error": None}))
        try:
            learner = own.Learner(folder, job.wish, job.examples)
            step = learner.resume(job.folder / "checkpoint")
        except BadCheckpoint as error:
            raise Integrity("train_checkpoint", problem=str(error)[:200]) from error
        state = state.model_copy(update={"stage": "training", "step": step, "saved": step, "steps": job.wish.steps})
        state, over = self._train(learner, self._noted(state))
        return state if not over else self._made(learner, state)

    def _train(self, learner: Learner | Own, state: State) -> tuple[State, bool]:
        """The state after the last step, and whether that was the last of all."""
        job, wish, losses = self.job, self.job.wish, list[float]()
        began = saved = noted = time.monotonic()
        before, first = state.seconds, state.step
        with (job.folder / "metrics.jsonl").open("a", encoding="utf-8") as metrics:
            for step in range(state.step, wish.steps):
                losses = [*losses, learner.learn(step)][-_LATELY:]
                now = time.monotonic()
                rate = (step + 1 - first) * wish.batch / max(now - began, 1e-9)
                state = state.model_copy(
                    update={
                        "step": step + 1,
                        "loss": round(sum(losses) / len(losses), 6),
                        "rate": round(rate, 4),
                        "seconds": round(before + now - began, 3),
                    }
                )
                metrics.write(json.dumps({"step": step + 1, "loss": losses[-1], "pictures_s": state.rate}) + "\n")
                last = step + 1 == wish.steps
                asked = "" if last else self._asked()
                if asked or last or now - saved >= self.save_s:
                    metrics.flush()
                    learner.save(job.folder / "checkpoint", step + 1)
                    saved, state = now, self._noted(state.model_copy(update={"saved": step + 1}))
                if asked:
                    return self._stopped(state), False
                if now - noted >= _NOTE_S:
                    noted, state = now, self._noted(state)
        return state, True

    def _asked(self) -> str:
        return self.job.asked() or ("pause" if self.stop() else "")

    def _stopped(self, state: State) -> State:
        cancelled = self.job.asked() == "cancel"
        self.job.cleared()
        state = state.model_copy(update={"stage": "cancelled" if cancelled else "paused"})
        if cancelled:
            self.job.ended(state)
        else:
            self.job.note(state)
        self.told(state)
        return state

    def _noted(self, state: State) -> State:
        self.job.note(state)
        self.told(state)
        return state

    def _carded(self, state: State, kind: str) -> tuple[Path, dict[str, Any]]:
        """The result's folder, and the data card that lies in it."""
        job = self.job
        card = data_card(job, job.examples, self.clock(), state.loss, kind)
        result = job.folder / "result" / job.wish.name
        result.mkdir(parents=True, exist_ok=True)
        (result / "data_card.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return result, card

    def _made(self, learner: Own, state: State) -> State:
        """Export the model and put it on the shelf; where that was done before a kill, once."""
        from pingxing.training.picture.export import Card

        job, facts, name = self.job, learner.facts, self.job.wish.name
        result, card = self._carded(state, "whole")
        lineage = f"{job.wish.base} ({job.base_sha256[:12]}) trained on {str(card['data_sha256'])[:12]}, job {job.id}"
        licence = " AND ".join(filter(None, (facts.licence, job.wish.licence)))
        data = (*facts.datasets, f"{card['pictures']} pictures of the operator's own")
        learner.export(result, Card(licence, lineage, data, facts.about_en, facts.about_zh))
        if not (name in self.shelf.names() and self.shelf.get(name).path == result.resolve()):
            self.shelf.add(result, name, self.clock(), licence=licence)
        state = state.model_copy(update={"stage": "done", "model": name})
        job.ended(state)
        self.told(state)
        return state

    def _done(self, learner: Learner, state: State) -> State:
        """Write the adapter and its data card, and put it on the shelf; where that was done before a kill, once."""
        job, now = self.job, self.clock()
        result, card = self._carded(state, "lora")
        _write_adapter(result / RESULT, learner.adapter(), job, str(card["data_sha256"]))
        name = job.wish.name
        if not (self.shelf.adds(name) and self.shelf.joined(name).path == (result / RESULT).resolve()):
            self.shelf.join(result, name, [job.wish.base], now, licence=job.wish.licence, trigger=job.wish.trigger)
        state = state.model_copy(update={"stage": "done", "model": name})
        job.ended(state)
        self.told(state)
        return state


def result(job: Job, shelf: Shelf) -> Joined | Shelved | None:
    """What it put on the shelf, where that is still there."""
    name = job.state.model
    if name in shelf.names():
        return shelf.get(name)
    return shelf.joined(name) if name and shelf.adds(name) else None


def _write_adapter(file: Path, weights: dict[str, Any], job: Job, data_sha256: str) -> None:
    from safetensors.torch import save

    lineage = f"LoRA of {job.wish.base} ({job.base_sha256[:12]}) on {data_sha256[:12]}, job {job.id}"
    told = {
        "format": "pt",
        "ss_sd_model_name": lineage,
        "modelspec.trigger_phrase": job.wish.trigger,
        "modelspec.license": job.wish.licence,
    }
    data = save(weights, metadata={name: value for name, value in told.items() if value})
    draft = file.with_suffix(".draft")
    draft.write_bytes(data)
    draft.replace(file)


def _named(wish: Wish, side: int) -> Wish:
    """The wish with what was left open: absolute paths, the side, a name."""
    images = wish.images.resolve()
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in images.name.lower())
    name = wish.name or f"{plain.strip('-') or 'own'}-{wish.base}"[:64].rstrip("-._")
    captions = None if wish.captions is None else wish.captions.resolve()
    return wish.model_copy(update={"images": images, "captions": captions, "side": side, "name": name})


def _free(shelf: Shelf, name: str) -> None:
    if shelf.adds(name) or name in shelf.names():
        raise Conflict("model_name", value=name)
