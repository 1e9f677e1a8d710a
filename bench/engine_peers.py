"""Those beside whom `bench.engine` measures us: diffusers in two ways, and stable-diffusion.cpp where it is installed.

Each is a server that takes the next call when it is free; who has arrived by then waits.
"""

from __future__ import annotations

import importlib.util
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import spread
from pingxing.types import Request

CPP, CPP_PACKAGE = "stable_diffusion_cpp", "stable-diffusion-cpp-python"


@dataclass(frozen=True)
class Arrival:
    at: float  # seconds after the beginning
    request: Request


@dataclass(frozen=True)
class Served:
    seconds: float  # from the first arrival to the last picture
    waits: tuple[float, ...]  # of each person, in seconds, until their first step was run
    latencies: tuple[float, ...]  # until their picture was there
    computed: float  # seconds of the processor, all cores together

    def told(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds, 2),
            "processor_s": round(self.computed, 2),
            "wait_s": spread(self.waits),
            "latency_s": spread(self.latencies),
        }


Draw = Callable[[Sequence[Request], Callable[[], None]], None]
"""Makes the pictures of these requests in one call, and says each time that a step was run."""


def one_at_a_time(draw: Draw, arrivals: Sequence[Arrival]) -> Served:
    """First come, first served."""
    return _in_turn(arrivals, lambda waiting: waiting[:1], draw)


def request_batches(draw: Draw, arrivals: Sequence[Arrival]) -> Served:
    """As above, and who waits and wants as many steps and the same guidance shares the call."""

    def together(waiting: list[Arrival]) -> list[Arrival]:
        first = waiting[0].request
        return [a for a in waiting if (a.request.steps, a.request.guidance) == (first.steps, first.guidance)]

    return _in_turn(arrivals, together, draw)


def _in_turn(arrivals: Sequence[Arrival], choose: Callable[[list[Arrival]], list[Arrival]], draw: Draw) -> Served:
    arrived: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
    begin, computed = time.perf_counter(), time.process_time()

    def feed() -> None:
        for arrival in arrivals:
            time.sleep(max(0.0, begin + arrival.at - time.perf_counter()))
            arrived.put(arrival)

    threading.Thread(target=feed, daemon=True).start()
    waits: list[float] = []
    latencies: list[float] = []
    waiting: list[Arrival] = []
    while len(latencies) < len(arrivals):
        if not waiting:
            waiting.append(arrived.get())
        while not arrived.empty():
            waiting.append(arrived.get())
        chosen = choose(waiting)
        waiting = [arrival for arrival in waiting if arrival not in chosen]
        stepped: list[float] = []
        draw([arrival.request for arrival in chosen], lambda: stepped.append(time.perf_counter()))  # noqa: B023
        done = time.perf_counter()
        waits.extend(stepped[0] - begin - arrival.at for arrival in chosen)
        latencies.extend(done - begin - arrival.at for arrival in chosen)
    seconds = time.perf_counter() - begin - arrivals[0].at
    return Served(seconds, tuple(waits), tuple(latencies), time.process_time() - computed)


def diffusers(pipeline: Any) -> Draw:
    """A loaded pipeline of the library, with Euler's method."""
    import torch
    from diffusers import EulerDiscreteScheduler

    pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)

    def draw(requests: Sequence[Request], stepped: Callable[[], None]) -> None:
        first = requests[0]

        def heard(_: Any, step: int, time_: Any, kept: dict[str, Any]) -> dict[str, Any]:
            stepped()
            return kept

        with torch.inference_mode():
            pipeline(
                [request.prompt for request in requests],
                width=first.width,
                height=first.height,
                num_inference_steps=first.steps,
                guidance_scale=first.guidance,
                callback_on_step_end=heard,
                generator=[torch.Generator().manual_seed(request.seed or 0) for request in requests],
            )

    return draw


def has_cpp() -> bool:
    return importlib.util.find_spec(CPP) is not None


def cpp(folder: Path, place: Path, threads: int, kind: str) -> Draw:
    """stable-diffusion.cpp with the same weights, one picture a call. `kind` is what it keeps them in ("f16", ...).

    `folder` is a diffusers folder of SD 1.5's full width (its shapes are fixed there); `place` gets what it reads.
    Raises RuntimeError where it cannot load them.
    """
    from stable_diffusion_cpp import StableDiffusion

    model = StableDiffusion(
        model_path=str(_as_it_reads(folder, place)),
        n_threads=threads,
        wtype=kind,
        vae_decode_only=True,
        verbose=False,
    )

    def draw(requests: Sequence[Request], stepped: Callable[[], None]) -> None:
        (request,) = requests

        def heard(step: int, steps: int, taken: float) -> None:
            if step:  # it also tells that it begins
                stepped()

        made = model.generate_image(
            request.prompt,
            width=request.width,
            height=request.height,
            sample_steps=request.steps,
            cfg_scale=request.guidance,
            sample_method="euler",
            seed=request.seed or 0,
            progress_callback=heard,
        )
        if not made or made[0].size != (request.width, request.height):
            raise RuntimeError("stable-diffusion.cpp made no picture")

    return draw


def _as_it_reads(folder: Path, place: Path) -> Path:
    """The same weights, the text encoder's under the names that transformers gave them up to its version 4."""
    from safetensors.numpy import load_file, save_file

    for part in ("unet", "vae"):
        (place / part).parent.mkdir(parents=True, exist_ok=True)
        (place / part).symlink_to(folder.resolve() / part)
    told = load_file(folder / "text_encoder" / "model.safetensors")
    (place / "text_encoder").mkdir()
    named = {f"text_model.{key.removeprefix('text_model.')}": value for key, value in told.items()}
    save_file(named, place / "text_encoder" / "model.safetensors")
    return place
