"""One checkpoint as a backend: pictures of different people, steps, seeds and guidance share each call of the network.

The contract of isolation: nothing that belongs to one picture (its noise, its sampler's memory, its words) is ever
combined with another's; rows of a batch only lie beside each other in the call. In `exact` mode every picture has
the call to itself, and its bytes are the same alone and in any company; in `shared` mode they agree to 50 dB and
more, since the arithmetic of a batch is ordered by its size.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pingxing.engine.backends.diffusion import memory
from pingxing.engine.backends.diffusion.extras import NOT_ASKED, Asked, Extra, asked
from pingxing.engine.backends.diffusion.folder import Checkpoint, inspect
from pingxing.engine.backends.diffusion.frames import Frame, framed
from pingxing.engine.backends.diffusion.pixels import blended, covered, fitted
from pingxing.engine.backends.diffusion.readings import Readings
from pingxing.engine.backends.diffusion.schedule import Schedule, is_flow, kept_steps, samplers, schedule
from pingxing.engine.base import NOTHING, Inputs
from pingxing.engine.samplers import FLOW_SAMPLERS, SAMPLERS, Memory
from pingxing.errors import BackendFailed, Integrity, InvalidRequest, NotFound, PingxingError
from pingxing.types import MemoryPlan, Model, Picture, Request

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from pingxing.engine.backends.diffusion.adapters import Applied
    from pingxing.engine.backends.diffusion.additions import Additions
    from pingxing.engine.backends.diffusion.family import Family, Row, Words
    from pingxing.engine.backends.diffusion.loading import Plan
    from pingxing.engine.backends.diffusion.recorded import Recordings

Isolation = Literal["shared", "exact"]
_STEPS = {"lcm": 4}
_USUAL_STEPS = 28
_GUIDANCE = {"sd": 7.5, "sdxl": 5.0, "sd3": 5.0, "pixart-sigma": 4.5, "flux": 3.5}
_PREVIEW_SIDE = 256


@dataclass(frozen=True, slots=True)
class Kept:
    """What a masked picture keeps of the one it begins with."""

    clean: Tensor  # the latent of that picture
    noise: Tensor
    mask: Tensor  # (1, height, width): 1 where the picture is made anew


@dataclass(slots=True)
class _Making:
    """The parts of a picture in the making that need torch; begun with its first step."""

    sample: Tensor
    schedule: Schedule
    along: Words
    away: Words | None
    guidance: float
    noise: torch.Generator
    memory: Memory = field(default_factory=Memory)
    kept: Kept | None = None
    applied: Applied = ()
    belief: Tensor | None = None  # the clean picture as the model last saw it coming

    def draw(self) -> Tensor:
        """Fresh noise of this picture's own."""
        import torch

        return torch.randn(self.sample.shape, generator=self.noise).to(self.sample.device)


@dataclass(slots=True, eq=False)
class DiffusionState:
    request: Request
    shape: Hashable
    whole: int  # steps of the way from pure noise
    steps: int  # of these, the ones that are taken: fewer where it begins with a picture
    sampler: str
    frame: Frame
    inputs: Inputs = NOTHING
    step: int = 0
    begun: _Making | None = None
    made: Picture | None = None  # where the pipeline makes it in one go
    asked: Asked = NOT_ASKED
    trouble: PingxingError | None = None  # its own alone, so nobody beside it hears of it

    @property
    def making(self) -> _Making:
        if self.begun is None:
            raise RuntimeError("asked for before its first step")
        return self.begun


class DiffusionBackend:
    """Serves one checkpoint. Its weights load when the first picture is stepped, or at `warm()`."""

    parallel = 1  # one device, one step at a time
    draining = False

    def __init__(
        self,
        model: Model,
        folder: Path,
        isolation: Isolation = "shared",
        extras: Callable[[], Iterable[Extra]] = tuple,
    ) -> None:
        """Cheap: the folder is looked at when the first wish comes, so a card can be shown of one that is gone.

        `extras()` tells what may be added to the model at this moment.
        """
        self.model, self.isolation, self._extras = model, isolation, extras
        self._folder = folder
        self._loading = threading.Lock()
        self._pipeline: Any = None
        self._family: Family | None = None
        self._plan: Plan | None = None
        self._added: Additions | None = None
        self._recordings: Recordings | None = None
        self._read = Readings()
        self._inks: Tensor | None = None
        self.beside: tuple[int, ...] | None = None  # values of each adapter, where somebody else keeps the books
        self.device = ""  # as torch names it; "": the one that is used first
        self.limit: int | None = None  # bytes of the device that it may take when it is loaded; None: what is free
        self.recording = False  # whether calls are recorded and played again where the device can do that

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """Raises NotFound, UnreadableFile, InvalidRequest naming the file that is missing or wrong."""
        return inspect(self._folder)

    @cached_property
    def _config(self) -> dict[str, Any]:
        return self.checkpoint.config("scheduler")

    @property
    def _flow(self) -> bool:
        return is_flow(self._config)

    @cached_property
    def _multiple(self) -> int:
        return self.checkpoint.multiple

    @property
    def samplers(self) -> tuple[str, ...]:
        return samplers(self._config)

    def offer(self, extras: Sequence[Extra]) -> None:
        """What may be added from now on, where somebody else keeps the books."""
        self._extras = lambda: extras

    def _adapters(self) -> tuple[int, ...]:
        """Values of each that it may have to make room for."""
        if self.beside is not None:
            return self.beside
        return tuple(extra.addition.values for extra in self._extras() if extra.addition.kind == "adapter")

    def prepare(self, request: Request, inputs: Inputs = NOTHING) -> DiffusionState:
        """Raises InvalidRequest naming the member that this checkpoint cannot do."""
        self._accept(request)
        if request.sampler and request.sampler not in self.samplers:
            known = ", ".join(self.samplers)
            raise InvalidRequest("unknown_sampler", member="sampler", value=request.sampler, known=known)
        sampler = request.sampler or self.samplers[0]
        steps = request.steps or _STEPS.get(sampler, _USUAL_STEPS)
        taken = kept_steps(steps, strength(request)) if request.init_image else steps
        wanted = asked(self._extras(), request, self.model.name)
        frame = framed(request.width, request.height, self._multiple)
        return DiffusionState(request, frame.drawn, steps, taken, sampler, frame, inputs, asked=wanted)

    def _accept(self, request: Request) -> None:
        """Raises InvalidRequest naming the member that no checkpoint can do."""
        for member, empty in (("edits", ()), ("palette", ()), ("transparent", False)):
            if getattr(request, member) != empty:
                raise InvalidRequest("not_supported", member=member, value=member, model=self.model.name)

    def unheeded(self, request: Request) -> tuple[str, ...]:
        """Words to stay away from are the second row of guidance: without that row nobody reads them."""
        if not request.negative or (not self._told_guidance and self._guidance(request) > 1):
            return ()
        return ("negative",)

    @cached_property
    def _told_guidance(self) -> bool:
        """Whether guidance was distilled into the network, which is told it: as `Family.told_guidance`, unloaded."""
        unet, transformer = self.checkpoint.config("unet"), self.checkpoint.config("transformer")
        flux = self.checkpoint.family == "flux" and bool(transformer.get("guidance_embeds"))
        return flux or unet.get("time_cond_proj_dim") is not None

    def _guidance(self, request: Request) -> float:
        """What is asked for, or what the family is usually asked for. A Flux that is told none was distilled to go
        without (schnell): a second row would only burn its colours."""
        if request.guidance is not None:
            return request.guidance
        family = self.checkpoint.family
        return 1.0 if family == "flux" and not self._told_guidance else _GUIDANCE[family]

    def step(self, states: Sequence[DiffusionState]) -> None:
        with self._careful():
            family = self._loaded()
            groups: defaultdict[Hashable, list[DiffusionState]] = defaultdict(list)
            for state in states:
                if state.begun is None:
                    try:
                        state.begun = self._begin(family, state)
                    except (Integrity, InvalidRequest, NotFound) as error:  # a file that it asked for has changed
                        state.trouble, state.step = error, state.steps
                        continue
                alone = id(state) if self.isolation == "exact" else None
                groups[(state.making.along.signature, alone)].append(state)
            for group in groups.values():
                most = self._most(group[0])
                for first in range(0, len(group), most):
                    self._advance(family, group[first : first + most])

    def _most(self, state: DiffusionState) -> int:
        """How many pictures of this one's size the memory lets share a call."""
        if self._plan is None:
            return 1
        flowing = memory.work(self.checkpoint, *state.frame.drawn)
        return memory.together(flowing, self._plan.memory)

    def finish(self, state: DiffusionState) -> Picture:
        if state.trouble is not None:
            raise state.trouble
        with self._careful():
            decoded = self._loaded().decode(state.making.sample)
            pixels = (decoded * 255).round().permute(1, 2, 0).to("cpu").numpy().astype(np.uint8)
        pixels = state.frame.cut(pixels)
        if state.inputs.init is not None and state.inputs.mask is not None:
            pixels = blended(pixels, state.inputs.init, state.inputs.mask)
        return Picture(state.request.width, state.request.height, np.ascontiguousarray(pixels))

    def preview(self, state: DiffusionState) -> Picture | None:
        """The clean picture that the model believes in, each latent pixel in the colour the decoder gives its like."""
        if state.begun is None or state.begun.belief is None:
            return None
        with self._careful():
            inks = self._palette(self._loaded())
            colours = (state.begun.belief.permute(1, 2, 0) @ inks[:-1] + inks[-1]).clamp(0, 1)
            small = (colours * 255).to("cpu").numpy().astype(np.uint8)
        factor = max(1, _PREVIEW_SIDE // max(small.shape[:2]))
        large = state.frame.cut(small.repeat(factor, axis=0).repeat(factor, axis=1))
        return Picture(large.shape[1], large.shape[0], np.ascontiguousarray(large))

    def warm(self) -> None:
        with self._careful():
            self._loaded()

    @property
    def loaded(self) -> bool:
        return self._pipeline is not None

    def fits(self) -> bool:
        """Whether it would lie on the device whole and as it is, as things are now."""
        from pingxing.engine.backends.diffusion import loading

        return loading.plan(self.checkpoint, self.limit, self._adapters(), self.device).native

    def planned(self) -> MemoryPlan:
        """How it lies on the device, or would if it were loaded now."""
        from pingxing.engine.backends.diffusion import loading

        if self._plan is not None and self.loaded:
            return replace(self._plan.memory, loaded=True)
        return loading.plan(self.checkpoint, self.limit, self._adapters(), self.device).memory

    def unload(self) -> None:
        """Give the device's memory back; pictures under way go on once it is loaded again."""
        self._pipeline, self._family, self._plan, self._added = None, None, None, None
        self._recordings = None
        self._read.clear()

    def close(self) -> None:
        self.unload()
        self._inks = None

    # --- inside ---

    def _opened(self) -> Any:
        """The pipeline on the device it was planned for."""
        from pingxing.engine.backends.diffusion import loading

        with self._loading:
            if self._pipeline is None:
                self._plan = loading.plan(self.checkpoint, self.limit, self._adapters(), self.device)
                self._pipeline = loading.load(self.checkpoint, self._plan)
            return self._pipeline

    def _loaded(self) -> Family:
        from pingxing.engine.backends.diffusion import loading

        pipeline = self._opened()
        if self._family is None and self._plan is not None:
            self._family = loading.family(self.checkpoint, pipeline, self._plan)
            self._recordings = loading.recordings(pipeline, self._plan)
        if self._family is None:
            raise BackendFailed("engine", problem="unloaded")
        return self._family

    def _additions(self) -> Additions:
        import torch

        from pingxing.engine.backends.diffusion.additions import Additions

        pipeline = self._opened()
        if self._added is None and self._plan is not None:
            device, dtype = torch.device(self._plan.device), getattr(torch, self._plan.dtype)
            self._added = Additions(self.checkpoint, pipeline, device, dtype)
        if self._added is None:
            raise BackendFailed("engine", problem="unloaded")
        return self._added

    def _begin(self, family: Family, state: DiffusionState) -> _Making:
        import torch

        request, scale, (width, height) = state.request, self.checkpoint.scale, state.frame.drawn
        tokens = width * height // self._multiple**2
        passed = schedule(self._config, state.sampler, state.whole, tokens)
        guidance = self._guidance(request)
        applied = self._additions().applied(state.asked)
        avoids = not family.told_guidance and guidance > 1  # else there is no second row, as `unheeded` says
        along, away = self._words(family, state, applied, avoids=avoids)
        noise = torch.Generator("cpu").manual_seed(request.seed or 0)  # on the CPU: the same on every device
        size = (family.channels, height // scale, width // scale)
        first = torch.randn(size, generator=noise).to(family.device)
        making = _Making(first * passed.start, passed, along, away, guidance, noise, applied=applied)
        if state.inputs.init is not None:
            self._begin_with(family, state, making, first)
        state.steps = len(making.schedule.times)
        return making

    def _begin_with(self, family: Family, state: DiffusionState, making: _Making, first: Tensor) -> None:
        """From a picture instead of from noise alone (SDEdit, Meng et al. 2022); a mask keeps parts of it."""
        inputs = state.inputs
        if inputs.init is None:
            return
        making.schedule = making.schedule.later(strength(state.request))
        clean = family.noised(fitted(inputs.init, state.frame))
        making.sample = self._between(clean, first, making.schedule.levels[0])
        if inputs.mask is not None:
            mask = covered(inputs.mask, state.frame, self.checkpoint.scale).to(family.device)
            making.kept = Kept(clean, first, mask)

    def _between(self, clean: Tensor, noise: Tensor, level: float) -> Tensor:
        return clean * (1 - level) + noise * level if self._flow else clean + noise * level

    def _words(
        self, family: Family, state: DiffusionState, applied: Applied, *, avoids: bool
    ) -> tuple[Words, Words | None]:
        request = state.request

        def kept(text: Hashable, read: Callable[[], Words]) -> Words:
            return self._read.of((text, state.asked.key), read)

        with self._additions().reading(state.asked, applied) as spelled:
            return family.encode(spelled(request.prompt), spelled(request.negative) if avoids else None, kept)

    def _advance(self, family: Family, group: Sequence[DiffusionState]) -> None:
        from pingxing.engine.backends.diffusion.family import believed, guided

        prediction = "flow" if self._flow else str(self._config.get("prediction_type", "epsilon"))
        rows = [(row, state.making.applied) for state in group for row in _rows(state, self._flow)]
        with self._additions().over([applied for _, applied in rows]), self._played(rows):
            outputs = iter(family.predict([row for row, _ in rows]))
        for state in group:
            making = state.making
            output = next(outputs)
            if making.away is not None:
                output = guided(next(outputs), output, making.guidance)
            now, then = making.schedule.levels[state.step : state.step + 2]
            x0 = believed(prediction, making.sample, output, now)
            take = (FLOW_SAMPLERS if self._flow else SAMPLERS)[state.sampler]
            making.belief = x0
            making.sample = take(making.sample, x0, now, then, making.memory, making.draw)
            if (kept := making.kept) is not None:
                known = self._between(kept.clean, kept.noise, then)
                making.sample = making.sample * kept.mask + known * (1 - kept.mask)
            state.step += 1

    def _played(self, rows: Sequence[tuple[Row, Applied]]) -> AbstractContextManager[None]:
        """Recorded calls where pictures may share steps anyway: by a hair, a recording may compute in another order."""
        from pingxing.engine.backends.diffusion.recorded import PLACES

        if self._recordings is None:
            return nullcontext()
        plain = self.recording and self.isolation == "shared" and not any(applied for _, applied in rows)
        height, width = rows[0][0].sample.shape[-2:]
        return self._recordings.played(plain and len(rows) * height * width <= PLACES)

    def _palette(self, family: Family) -> Tensor:
        """(channels + 1, 3): the linear map from a latent pixel to a colour that fits this decoder best.

        Measured once on random latents, so that no table of factors is needed for any model.
        """
        import torch

        if self._inks is None:
            noise = torch.Generator("cpu").manual_seed(0)
            latents = [torch.randn((family.channels, 8, 8), generator=noise).to(family.device) for _ in range(8)]
            seen, shown = [], []
            for latent in latents:
                decoded = family.decode(latent)
                side = decoded.shape[1] // 8
                shown.append(torch.nn.functional.avg_pool2d(decoded[None], side)[0].flatten(1).T)
                seen.append(latent.float().flatten(1).T)
            points = torch.cat(seen)
            ones = torch.ones(len(points), 1, device=points.device)
            self._inks = torch.linalg.lstsq(torch.cat([points, ones], 1).cpu(), torch.cat(shown).cpu()).solution
            self._inks = self._inks.to(points.device)
        return self._inks

    @contextmanager
    def _careful(self) -> Iterator[None]:
        """Without gradients; what torch throws (no memory, mostly) is said as our error and may go well next time."""
        import torch

        try:
            with torch.inference_mode():
                yield
        except torch.OutOfMemoryError as error:
            raise BackendFailed("memory", model=self.model.name) from error
        except RuntimeError as error:
            raise BackendFailed("load", model=self.model.name, problem=str(error).partition("\n")[0][:300]) from error


def strength(request: Request) -> float:
    """How much of the picture it begins with is undone: all of it under a mask, three quarters without one."""
    if request.strength is not None:
        return request.strength
    return 1.0 if request.mask else 0.75


def _rows(state: DiffusionState, flow: bool) -> list[Row]:
    """One line with the words, and where there is guidance, one without, told apart by nothing else."""
    from pingxing.engine.backends.diffusion.family import Row

    making = state.making
    level, time = making.schedule.levels[state.step], making.schedule.times[state.step]
    sample = making.sample if flow else making.sample / (level**2 + 1) ** 0.5
    size = state.frame.drawn
    words = [making.along] if making.away is None else [making.along, making.away]
    return [Row(sample, time, word, making.guidance, size) for word in words]
