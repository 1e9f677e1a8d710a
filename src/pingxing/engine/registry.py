"""Which models there are, and the backend behind each: a name beside a function that imports lazily.

`pingxing --help` and the unit tests never import torch or onnxruntime: a backend is loaded when its
first picture is asked for, or its card is read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from pingxing.engine import cutting
from pingxing.engine.base import Backend, Mounting, Planned, Prop, SceneEngine, Telling
from pingxing.errors import InvalidRequest, UnknownModel
from pingxing.types import MAX_PIXELS, MAX_SEED, Format, MemoryPlan, Model, Request

Loader = Callable[[], Backend]


class Registry:
    """Backends by model name. Thread-safe; every backend is loaded at most once."""

    def __init__(
        self, loaders: Mapping[str, Loader], default: str, shelf: Callable[[], Mapping[str, Loader]] = dict
    ) -> None:
        """`loaders` come with the house; `shelf()` tells what else there is at this moment, and may change."""
        self._fixed, self._shelf = dict(loaders), shelf
        if default not in self._loaders:
            raise UnknownModel(model=default, known=", ".join(self._loaders))
        self.default = default
        self._loaded: dict[str, Backend] = {}
        self._lock = threading.Lock()

    @property
    def _loaders(self) -> dict[str, Loader]:
        return {**self._fixed, **{name: loader for name, loader in self._shelf().items() if name not in self._fixed}}

    def backend(self, name: str) -> Backend:
        """Raises UnknownModel with the names that are known."""
        with self._lock:
            if name not in self._fixed and name not in self._shelf():
                if (gone := self._loaded.pop(name, None)) is not None:
                    gone.close()
                raise UnknownModel(model=name[:60], known=", ".join(self._loaders))
            if name not in self._loaded:
                self._loaded[name] = self._loaders[name]()
            return self._loaded[name]

    def planned(self, name: str) -> MemoryPlan | None:
        """How a model lies on its device; None for one that needs none. Raises UnknownModel, and as `Planned` does."""
        backend = self.backend(name)
        return backend.planned() if isinstance(backend, Planned) else None

    def models(self) -> tuple[Model, ...]:
        return tuple(self.backend(name).model for name in self._loaders)

    def loaded(self) -> tuple[Model, ...]:
        """The cards of backends that were asked for; loads none."""
        with self._lock:
            return tuple(backend.model for backend in self._loaded.values())

    def complete(self, request: Request, draw_seed: Callable[[int], int]) -> Request:
        """The request with model, seed and size filled in, checked against what the model can do.

        `draw_seed(n)` gives an integer below n. Raises UnknownModel, InvalidRequest naming the member.
        """
        return self.measured(request, draw_seed)[0]

    def measured(self, request: Request, draw_seed: Callable[[int], int]) -> tuple[Request, int]:
        """As `complete`, and how many steps each of its pictures takes, counted at the size that was asked for."""
        name = request.model or self.default
        backend = self.backend(name)
        card = backend.model
        mounting = self.mounting() if cutting.mounts(request, card) else None
        if request.format not in card.formats and not (mounting and request.format is Format.PDF):
            raise InvalidRequest("not_supported", member="format", value=request.format.value, model=name)
        if request.transparent and request.format is Format.JPEG:  # it has no alpha
            raise InvalidRequest("transparent_format", member="format", value=request.format.value)
        if request.style and request.style not in card.styles:
            raise InvalidRequest("unknown_style", member="style", value=request.style, known=", ".join(card.styles))
        if request.stroke and not card.cuts_out:
            raise InvalidRequest("not_supported", member="stroke", value="stroke", model=name)
        for member in ("nails", "sheet", "caption"):  # drawn of shapes and letters, around a painting if need be
            drawn = card.describes_scene and member != "caption"
            if getattr(request, member) and not (drawn or mounting):
                raise InvalidRequest("not_supported", member=member, value=member, model=name)
        if mounting is not None:
            mounting.mountable(request)
        seed = draw_seed(MAX_SEED + 1) if request.seed is None else request.seed
        complete = request.model_copy(update={"model": name, "seed": seed, **_size(request, card)})
        asked = cutting.drawn(complete, card)
        state = backend.prepare(next(asked.each()))  # what it cannot do, it says now and not in the queue
        work = asked.width * asked.height * int(state.steps)
        return complete, max(1, -(-work // (complete.width * complete.height)))

    def unheeded(self, request: Request) -> tuple[str, ...]:
        """Members of the request that its model takes and does not use; of a model that is gone nothing is known.

        Raises NotFound, UnreadableFile for the model's folder.
        """
        try:
            engine = self.backend(request.model or self.default)
        except UnknownModel:
            return ()
        return engine.unheeded(request) if isinstance(engine, Telling) else ()

    def texts(self, request: Request) -> tuple[str, ...]:
        """What the rules must read: the prompt, and where a person put other things in the place of words,
        the prompt with the names of those, so that a correction says nothing that the prompt may not. What an adapter
        is brought out by counts as said where it is asked for, in the prompt or not.
        """
        engine = self.backend(request.model or self.default)
        words = () if request.sheet is None else request.sheet.words
        if request.caption:
            words = (*words, request.caption)
        # What is set beside the picture is read by itself and with what it is set on.
        said = (request.prompt, *words, "\n".join((*words, request.prompt))) if words else (request.prompt,)
        if request.adapters:
            names = {use.name for use in request.adapters}
            meant = [one.trigger for one in engine.model.additions if one.name in names and one.kind == "adapter"]
            more = [trigger for trigger in meant if trigger and trigger not in request.prompt]
            return (*said, *(f"{request.prompt}, {trigger}" for trigger in more))
        if not isinstance(engine, SceneEngine) or all(edit.concept is None for edit in request.edits):
            return said
        plain = engine.describe(request.model_copy(update={"count": 1, "edits": ()})).objects
        named = {edit.object: engine.prop(edit.concept) for edit in request.edits if edit.concept is not None}
        changes: dict[tuple[int, int], Prop] = {}
        for number, prop in named.items():
            if prop is not None and number < len(plain):
                changes |= dict.fromkeys(plain[number].spans, prop)
        return (request.prompt, *(_reworded(request.prompt, changes, chinese) for chinese in (False, True)))

    def mounting(self) -> Mounting | None:
        """The house's own engine that lays paintings on things; None where there is none."""
        found = (self.backend(name) for name in self._fixed)
        return next((engine for engine in found if isinstance(engine, Mounting)), None)

    def warm(self) -> None:
        """Make the default model ready before anybody asks for it."""
        self.backend(self.default).warm()

    def close(self) -> None:
        with self._lock:
            for backend in self._loaded.values():
                backend.close()
            self._loaded.clear()


def _size(request: Request, card: Model) -> dict[str, int]:
    """The model's own size where none was asked for."""
    side, frames = card.usual_side, 1 if request.motion is None else request.motion.frames
    if request.model_fields_set & {"width", "height"} or side * side * request.count * frames > MAX_PIXELS:
        return {}
    return {"width": side, "height": side}


def _reworded(prompt: str, changes: Mapping[tuple[int, int], Prop], chinese: bool) -> str:
    """The prompt with each span (code points) exchanged for a name; of spans that overlap, the first counts."""
    out, at = "", 0
    for (start, end), prop in sorted(changes.items(), key=lambda change: change[0]):
        if at <= start < end:
            out += prompt[at:start] + (prop.name_zh if chinese else f" {prop.name_en} ")
            at = end
    out += prompt[at:]
    return out if chinese else " ".join(out.split())
