"""The child: loads checkpoints, steps pictures, and answers until nobody asks any more.

Started as `python -m pingxing.engine.backends.apart.child`; speaks `wire` over its standard input and output.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pingxing.engine.backends.apart import wire
from pingxing.engine.backends.diffusion import checkpoint
from pingxing.engine.backends.diffusion.backend import DiffusionBackend, Isolation
from pingxing.engine.backends.diffusion.extras import Extra
from pingxing.engine.backends.own import folder as own
from pingxing.engine.base import Inputs
from pingxing.engine.devices import beside
from pingxing.errors import BackendFailed, PingxingError
from pingxing.types import Format, Model, Request

if TYPE_CHECKING:
    from pingxing.engine.backends.apart.small import SmallBackend

    Resident = DiffusionBackend | SmallBackend

log = logging.getLogger(__name__)
_SWEEP = 64  # pictures between two returns of memory that nobody uses


def opened(model: Model, folder: Path, isolation: Isolation) -> Resident:
    """By the family; what one kind of model needs is not imported for another."""
    if model.family == own.FAMILY:
        from pingxing.engine.backends.apart.small import SmallBackend

        return SmallBackend(model, folder, isolation)
    return checkpoint(model, folder, isolation)


class Bench:
    """All models and pictures of this process. The models that were used last stay loaded, as many as fit; one with
    pictures under way is never put away."""

    def __init__(
        self,
        open: Callable[[Model, Path, Isolation], Resident] = opened,
        memory: int | None = None,
        device: str = "",
        recording: bool = False,
    ) -> None:
        """`memory`: bytes that all models together may take; None: what the device has free. `device` as torch names
        it; "": the one that is used first, and others are told to the parent. `recording`: whether calls are recorded
        where the device can."""
        self._open, self._memory, self._device, self._recording = open, memory, device, recording
        self._others: list[str] | None = None
        self._models: dict[str, Resident] = {}  # the one that was used last stands last
        self._states: dict[int, tuple[Resident, Any]] = {}
        self._made = 0

    def answer(self, head: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        for number in head.get("drop", ()):
            self._states.pop(number, None)
        match head["do"]:
            case "begin":
                return self._begin(head, blobs)
            case "step":
                return self._step(head["ids"])
            case "finish":
                backend, state = self._states[head["id"]]
                self._use(backend)  # it is there: nothing with pictures under way is put away
                made = backend.finish(state)
                del self._states[head["id"]]
                self._made += 1
                if self._made % _SWEEP == 0:
                    _sweep()
                return {"shape": wire.shape(made)}, [wire.pixels(made)]
            case "preview":
                backend, state = self._states[head["id"]]
                shown = backend.preview(state)
                return {"shape": wire.shape(shown)}, [wire.pixels(shown)]
            case "warm":
                backend = self._model(head)
                if self._use(backend):
                    backend.warm()
                return {}, []
            case "plan":
                backend = self._model(head)
                self._limit(backend)
                return {"plan": asdict(backend.planned())}, []
        raise BackendFailed("engine", problem=f"unknown word {head['do']!r}")

    def _begin(self, head: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        init, mask = (wire.picture(shape, data) for shape, data in zip(head["inputs"], blobs, strict=True))
        backend = self._model(head)
        request = Request.model_validate_json(head["request"])
        backend.offer([Extra.heard(told) for told in head.get("extras", ())])
        self._states[head["id"]] = backend, backend.prepare(request, Inputs(init, mask))
        return {}, []

    def _step(self, numbers: list[int]) -> tuple[dict[str, Any], list[bytes]]:
        states = [self._states[number] for number in numbers]
        backend = states[0][0]
        if not self._use(backend):
            return {"full": True}, []
        new = not backend.loaded
        backend.step([state for _, state in states])
        told = {"plan": asdict(backend.planned())} if new else {}
        return {"steps": [[state.step, state.steps] for _, state in states], **told}, []

    def _model(self, head: dict[str, Any]) -> Resident:
        card = head["model"]
        if card["name"] not in self._models:
            formats = tuple(Format(word) for word in card["formats"])
            model = Model(**{**card, "media": tuple(card["media"]), "formats": formats, "styles": (), "additions": ()})
            self._models[model.name] = self._open(model, Path(head["folder"]), head["isolation"])
        found = self._models[card["name"]]
        found.beside = tuple(int(values) for values in head.get("beside", ()))
        found.device, found.recording = self._device, self._recording
        return found

    def _use(self, backend: Resident) -> bool:
        """Bring it to the front, and where it has yet to be loaded and there is no room, put the others away first: who
        was not used for longest goes first, and nobody with pictures under way. False where those hold the room."""
        name = backend.model.name
        self._models[name] = self._models.pop(name)
        if backend.loaded:
            return True
        self._limit(backend)
        idle = [other for other in self._models.values() if other.loaded and not self._busy(other)]
        while not backend.fits() and idle:
            other = idle.pop(0)
            log.warning("model %s makes room for %s", other.model.name, name)
            other.unload()
            gc.collect()
            _sweep()
            self._limit(backend)
        return backend.fits() or not any(other.loaded for other in self._models.values())

    def _busy(self, backend: Resident) -> bool:
        """Whether pictures of it are under way: begun, and neither finished nor given up."""
        return any(owner is backend and state.step > 0 for owner, state in self._states.values())

    def _limit(self, backend: Resident) -> None:
        if self._memory is not None:
            others = [other for other in self._models.values() if other.loaded and other is not backend]
            taken = sum(
                plan.resident_bytes + plan.twice_bytes + plan.adapters_bytes + plan.work_bytes
                for plan in (other.planned() for other in others)
            )
            backend.limit = max(0, self._memory - taken)

    @property
    def loaded(self) -> list[str]:
        return [backend.model.name for backend in self._models.values() if backend.loaded]

    @property
    def others(self) -> list[str]:
        """Further devices, once torch was needed anyway."""
        if self._others is None and "torch" in sys.modules:
            self._others = [] if self._device else list(beside())
        return self._others or []


def _sweep() -> None:
    """Give back to the system what lies free between things that stay. glibc keeps it otherwise, and weights and what
    flows through come in sizes that leave gaps: a process that serves for days would swell."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)


def main(bench: Bench) -> None:
    # Libraries print; the pipe to the parent is for answers alone.
    speak: IO[bytes] = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.environ["HF_HUB_OFFLINE"] = "1"  # weights come from the operator's folders, never from the network
    while True:
        try:
            head, blobs = wire.receive(sys.stdin.buffer)
        except wire.Broken:
            return  # the parent has gone
        try:
            answer, data = bench.answer(head, blobs)
        except PingxingError as error:
            answer, data = {"error": wire.told(error)}, []
        except Exception as error:
            log.exception("engine")
            answer, data = {"error": wire.told(BackendFailed("engine", problem=type(error).__name__))}, []
        try:
            wire.send(speak, {**answer, "loaded": bench.loaded, "others": bench.others}, data)
        except OSError:
            return


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("torchao").setLevel(logging.ERROR)  # it warns of kernels for devices that are not here
    limits = argparse.ArgumentParser(description=__doc__)
    limits.add_argument("--memory", type=int, help="bytes of the device that all models together may take")
    limits.add_argument("--recording", action="store_true", help="record calls where the device can")
    limits.add_argument("--device", default="", help="as torch names it; else the one that is used first")
    main(Bench(**vars(limits.parse_args())))
