"""Our picture model as a backend: steps of many people's pictures through the scheduler, on onnxruntime alone.

The contract of isolation is that of the diffusion engine: in `exact` mode every picture has each call to itself and the
same bytes in any company. In `shared` mode pictures share calls where the graphs are fp32. Graphs in int8 measure the
range of what they are given over the whole call, so there a picture always has the call to itself: nobody's numbers
may decide how another's are rounded.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.engine.backends.own import folder as folders
from pingxing.engine.backends.own.folder import Facts
from pingxing.engine.backends.own.solver import SOLVERS, TUNED, times
from pingxing.engine.base import NOTHING, Inputs
from pingxing.engine.samplers import Memory
from pingxing.errors import BackendFailed, InvalidRequest
from pingxing.types import Model, Picture, Request
from pingxing.vocabulary import Vocabulary

Floats = NDArray[np.float32]
Isolation = Literal["shared", "exact"]
MOST_SIDE = 1024  # pixels; what it knows of a picture are 64, and more would only be larger
_MOST_ROWS = 32  # of one call
_PREVIEW_SIDE = 256
_FILL = {"hidden": -1e4}  # of places that are not there, in what hides them; 0 anywhere else


@dataclass(frozen=True, slots=True)
class Told:
    """One prompt as the velocity is given it, by the names of its inputs; each without the first axis."""

    always: Mapping[str, Floats]
    each: Mapping[str, Floats]  # what differs from step to step: the first axis is of steps

    def at(self, step: int) -> dict[str, Floats]:
        return {**self.always, **{name: values[step] for name, values in self.each.items()}}


@dataclass(slots=True)
class _Making:
    sample: Floats  # (channels, cells, cells)
    along: Told
    away: Told
    noise: np.random.Generator
    memory: Memory = field(default_factory=Memory)
    belief: Floats | None = None  # the clean latents as last seen coming

    def draw(self) -> Floats:
        return self.noise.standard_normal(self.sample.shape, np.float32)


@dataclass(slots=True, eq=False)
class OwnState:
    request: Request
    shape: Hashable
    steps: int
    sampler: str
    guidance: float
    times: tuple[float, ...]
    tuned: tuple[tuple[float, float, float], ...] = ()  # of each step, where the wish is what they were made for
    step: int = 0
    begun: _Making | None = None

    @property
    def making(self) -> _Making:
        if self.begun is None:
            raise RuntimeError("asked for before its first step")
        return self.begun


class OwnBackend:
    """Serves one exported folder. The graphs are opened when the first picture is stepped, or at `warm()`."""

    parallel = 1
    draining = False

    def __init__(self, model: Model, folder: Path, isolation: Isolation = "shared", threads: int = 0) -> None:
        """Cheap: the folder is looked at when the first wish comes. `threads` of the CPU a call uses, 0: all."""
        self.model, self.isolation = model, isolation
        self._folder, self._threads = folder, threads
        self._lock = threading.Lock()
        self._graphs: dict[str, Any] = {}
        self._nothing: tuple[tuple[float, ...], Told] | None = None

    @cached_property
    def facts(self) -> Facts:
        """Raises NotFound, UnreadableFile."""
        return folders.facts(self._folder)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return folders.vocabulary(self._folder, self.facts)

    @property
    def samplers(self) -> tuple[str, ...]:
        return tuple(SOLVERS)

    def prepare(self, request: Request, inputs: Inputs = NOTHING) -> OwnState:
        """Raises InvalidRequest naming the member that it cannot do; NotFound, UnreadableFile for its folder."""
        empty = {"edits": (), "palette": (), "transparent": False, "adapters": (), "init_image": "", "mask": ""}
        for member, nothing in empty.items():
            if getattr(request, member) != nothing:
                raise InvalidRequest("not_supported", member=member, value=member, model=self.model.name)
        if request.width != request.height or request.width > MOST_SIDE:
            size = f"{request.width}x{request.height}"
            raise InvalidRequest("own_size", member="size", value=size, model=self.model.name, most=MOST_SIDE)
        if request.sampler and request.sampler not in SOLVERS:
            known = ", ".join(SOLVERS)
            raise InvalidRequest("unknown_sampler", member="sampler", value=request.sampler, known=known)
        facts = self.facts
        steps = request.steps or facts.steps
        guidance = facts.guidance if request.guidance is None else request.guidance
        sampler = request.sampler or self.samplers[0]
        usual = sampler == TUNED and (steps, guidance) == (facts.steps, facts.guidance)
        return OwnState(
            request, "latents", steps, sampler, guidance, times(steps, facts.shift), facts.tuned if usual else ()
        )

    def step(self, states: Sequence[OwnState]) -> None:
        fresh = [state for state in states if state.begun is None]
        for state in fresh:
            state.begun = self._begin(state)
        alone = self.isolation == "exact" or self.facts.precision == "int8"
        most = 1 if alone else _MOST_ROWS // 2
        for first in range(0, len(states), most):
            self._advance(states[first : first + most])

    def unheeded(self, request: Request) -> tuple[str, ...]:
        """Guidance of 1 is the prompt's own picture, without a look at what it should stay away from."""
        guidance = self.facts.guidance if request.guidance is None else request.guidance
        return ("negative",) if request.negative and guidance == 1 else ()

    def finish(self, state: OwnState) -> Picture:
        pixels = _pixels(self._run("decoder.onnx", latents=state.making.sample[None])[0][0])
        side = state.request.width
        if folders.ENLARGE in self.facts.files and side > self.facts.side:
            pixels = _pixels(self._run(folders.ENLARGE, pictures=_signed(pixels)[None])[0][0])
        if pixels.shape[0] != side:
            resized = Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
            pixels = np.asarray(resized)
        return Picture(side, side, np.ascontiguousarray(pixels))

    def preview(self, state: OwnState) -> Picture | None:
        """The picture that the model believes in, decoded and not made finer."""
        if state.begun is None or state.begun.belief is None:
            return None
        small = _pixels(self._run("decoder.onnx", latents=state.begun.belief[None])[0][0])
        factor = max(1, _PREVIEW_SIDE // small.shape[0])
        large = np.ascontiguousarray(small.repeat(factor, axis=0).repeat(factor, axis=1))
        return Picture(large.shape[1], large.shape[0], large)

    def warm(self) -> None:
        for part in folders.inspect(self._folder).parts:
            self._graph(part.files[0].name)

    def close(self) -> None:
        with self._lock:
            self._graphs.clear()
            self._nothing = None

    # --- inside ---

    def _begin(self, state: OwnState) -> _Making:
        facts, request = self.facts, state.request
        noise = np.random.Generator(np.random.PCG64(request.seed or 0))
        first = noise.standard_normal((facts.channels, facts.cells, facts.cells), np.float32)
        times = state.times[:-1]
        along, away = self._read(request.prompt, times), self._avoided(request.negative, times)
        return _Making(first, along, away, noise)

    def _avoided(self, text: str, times: tuple[float, ...]) -> Told:
        """Most wishes avoid nothing, in the usual steps: that is read once and kept; nobody's words are."""
        if text:
            return self._read(text, times)
        kept = self._nothing
        if kept is None or kept[0] != times:
            kept = self._nothing = times, self._read(text, times)
        return kept[1]

    def _read(self, text: str, times: tuple[float, ...]) -> Told:
        """In calls of its own, so that what beside it was read changes nothing."""
        facts, t = self.facts, np.array(times, np.float32)
        tokens = self._vocabulary.encode(text, facts.tokens)
        if facts.version == 1:
            said, pooled, hidden = self._run("words.onnx", tokens=np.array([tokens], np.int64))
            return Told({"said": said[0], "pooled": pooled[0], "hidden": hidden[0]}, {"t": t})
        length = max(1, sum(token > 0 for token in tokens))
        said, pooled, hidden = self._run("words.onnx", tokens=np.array([tokens[:length]], np.int64))
        turned, heard = self._run(folders.TOLD, t=t, said=said, pooled=pooled)
        if len(turned) != len(t):
            raise BackendFailed("load", model=self.model.name, problem=f"{folders.TOLD}: not a row for each step")
        return Told({"heard": heard[0], "hidden": hidden[0]}, {"turned": turned})

    def _advance(self, group: Sequence[OwnState]) -> None:
        low, high = self.facts.guided
        rows: list[tuple[Floats, dict[str, Floats]]] = []
        for state in group:
            making, now = state.making, state.times[state.step]
            words = [making.along]
            if state.guidance != 1 and low <= now <= high:
                words.append(making.away)
            rows += [(making.sample, one.at(state.step)) for one in words]
        said = iter(self._velocity(rows))
        for state in group:
            making, now, then = state.making, *state.times[state.step : state.step + 2]
            told = velocity = next(said)
            free = np.zeros_like(told)
            if state.guidance != 1 and low <= now <= high:
                free = next(said)
                velocity = free + np.float32(state.guidance) * (told - free)
            making.belief = (making.sample - np.float32(now) * velocity).astype(np.float32)
            if state.tuned:
                kept, along, away = map(np.float32, state.tuned[state.step])
                after = kept * making.sample + along * told + away * free
            else:
                solve = SOLVERS[state.sampler]
                after = solve(making.sample, making.belief, now, then, making.memory, making.draw)
            making.sample = np.asarray(after, np.float32)
            if not np.isfinite(making.sample).all():
                raise BackendFailed("engine", problem="not a number")
            state.step += 1

    def _velocity(self, rows: Sequence[tuple[Floats, dict[str, Floats]]]) -> Floats:
        told = {name: _level([words[name] for _, words in rows], _FILL.get(name, 0)) for name in rows[0][1]}
        (velocity,) = self._run("velocity.onnx", latents=np.stack([sample for sample, _ in rows]), **told)
        return np.asarray(velocity, np.float32)

    def _run(self, name: str, **given: NDArray[Any]) -> list[Any]:
        """Raises BackendFailed where the graph does not take or give what it should."""
        session = self._graph(name)
        with _said(self.model.name):
            return list(session.run(None, given))

    def _graph(self, name: str) -> Any:
        with self._lock:
            if name not in self._graphs:
                self._graphs[name] = _opened(
                    folders.graph(self._folder, self.facts, name), self.model.name, self._threads
                )
            return self._graphs[name]


def _level(several: Sequence[Floats], fill: float) -> Floats:
    """As one, each at the beginning of its row; what is shorter than the longest ends in `fill`."""
    shapes = [one.shape for one in several]
    if len(set(shapes)) == 1:
        return np.stack(several)
    longest = tuple(max(sizes) for sizes in zip(*shapes, strict=True))
    found = np.full((len(several), *longest), fill, np.float32)
    for row, one in zip(found, several, strict=True):
        row[tuple(slice(size) for size in one.shape)] = one
    return found


def _pixels(picture: Floats) -> NDArray[np.uint8]:
    """(3, side, side) in -1..1 -> (side, side, 3)."""
    values = np.nan_to_num(picture).clip(-1, 1).transpose(1, 2, 0)
    return np.ascontiguousarray(((values + 1) * 127.5).round().astype(np.uint8))


def _signed(pixels: NDArray[np.uint8]) -> Floats:
    values: Floats = pixels.astype(np.float32).transpose(2, 0, 1) / 127.5 - 1
    return np.ascontiguousarray(values)


def _opened(data: bytes, model: str, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others compute on these cores too
    with _said(model):  # given as bytes, so that a graph cannot name other files of this machine to be read with it
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


@contextmanager
def _said(model: str) -> Iterator[None]:
    """What onnxruntime throws (its errors have no common class but Exception), as our own error."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith("onnxruntime") or isinstance(error, RuntimeError | ValueError):
            problem = str(error).partition("\n")[0][:300]
            raise BackendFailed("load", model=model, problem=problem) from error
        raise
