"""Shared steps against one at a time: `python -m bench.engine [--quick]`.

The networks have the real shapes of Stable Diffusion 1.5 and random weights: speed does not depend on what weights
say. Eight people arrive at random moments, each with a number of steps, a guidance and a seed of their own. The same
arrivals are served by our scheduler and by two peers in the same process: diffusers one request at a time, first
come, first served; and diffusers with request-level batches, where only requests of the same steps and guidance that
wait together can share a call. Every figure is a ratio within this run.
"""

from __future__ import annotations

import os
import queue
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import Result, Target, conditions, run, say, spread
from pingxing.engine.backends.diffusion.backend import DiffusionBackend
from pingxing.engine.backends.diffusion.folder import inspect
from pingxing.engine.registry import Registry
from pingxing.engine.scheduler import Scheduler
from pingxing.engine.shares import Terms
from pingxing.types import Format, Model, Request

PEOPLE = 8


@dataclass(frozen=True)
class Arrival:
    at: float  # seconds after the beginning
    request: Request


@dataclass(frozen=True)
class Served:
    seconds: float  # from the first arrival to the last picture
    waits: tuple[float, ...]  # of each person, in seconds

    def told(self) -> dict[str, Any]:
        return {"seconds": round(self.seconds, 2), "wait_s": spread(self.waits)}


def measure(quick: bool) -> Result:
    import torch

    os.environ["HF_HUB_OFFLINE"] = "1"
    facts = conditions(torch=torch.__version__, threads=torch.get_num_threads(), dtype="float32", people=PEOPLE)
    ours: dict[str, Any] = {}
    peers: dict[str, Any] = {}
    ratio: dict[str, float] = {}
    targets: list[Target] = []
    with tempfile.TemporaryDirectory(prefix="pingxing-engine-") as folder:
        say("making a checkpoint in the shape of Stable Diffusion 1.5")
        place = _checkpoint(Path(folder) / "sd15", small=quick)
        engine = _engine(place)
        engine.warm()
        pipeline = engine._opened()
        sizes = [(64, 3, 3.0)] if quick else [(64, 10, 3.0), (256, 4, 1.3)]
        for side, steps, wanted in sizes:
            name = f"{side}x{side}"
            arrivals = _arrivals(side, steps, _pace(engine, side))
            facts[f"steps_{name}"] = [arrival.request.steps for arrival in arrivals]
            for label, serve in (
                ("ours", lambda a: _ours(engine, a)),
                ("one_at_a_time", lambda a: _alone(pipeline, a)),
                ("request_batches", lambda a: _batches(pipeline, a)),
            ):
                say(f"{name}: {label}")
                served = serve(arrivals)
                (ours if label == "ours" else peers).setdefault(name, {})[label] = served.told()
            mine, one = ours[name]["ours"], peers[name]["one_at_a_time"]
            ratio[f"{name} throughput, ours over one at a time"] = round(one["seconds"] / mine["seconds"], 2)
            batched = peers[name]["request_batches"]["seconds"]
            ratio[f"{name} throughput, ours over request batches"] = round(batched / mine["seconds"], 2)
            ratio[f"{name} wait, 95th percentile"] = round(mine["wait_s"]["p95"] / one["wait_s"]["p95"], 2)
            targets.append(
                Target(
                    f"{name}: throughput over one at a time", wanted, one["seconds"] / mine["seconds"], "x", "higher"
                )
            )
        side = sizes[0][0]
        lonely = _overhead(engine, pipeline, side, 3 if quick else 10)
        ratio["one person, ours over diffusers"] = round(lonely, 3)
        targets.append(Target("overhead of our loop at one person", 1.02, lonely, "x"))
    return Result("engine", ours, peers, ratio, targets, facts)


def _checkpoint(folder: Path, *, small: bool) -> Path:
    """SD 1.5's shapes, random weights; `small` keeps the layers and takes a quarter of the width."""
    import torch
    from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from tests.fakes.checkpoints import _clip_tokenizer
    from transformers import CLIPTextConfig, CLIPTextModel

    part = 4 if small else 1
    torch.manual_seed(1)
    width = 768 // part
    tokenizer = _clip_tokenizer()
    words = len(tokenizer)
    unet = UNet2DConditionModel(
        sample_size=64,
        in_channels=4,
        out_channels=4,
        block_out_channels=tuple(side // part for side in (320, 640, 1280, 1280)),
        cross_attention_dim=width,
        attention_head_dim=8,
        layers_per_block=2,
        norm_num_groups=16,
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=tuple(side // part for side in (128, 256, 512, 512)),
        layers_per_block=2,
        latent_channels=4,
        norm_num_groups=16,
    )
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=words,
            hidden_size=width,
            intermediate_size=width * 4,
            num_hidden_layers=12,
            num_attention_heads=12,
            max_position_embeddings=77,
            bos_token_id=words - 2,
            eos_token_id=words - 1,
            pad_token_id=words - 1,
        )
    )
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)
    return folder


def _engine(place: Path) -> DiffusionBackend:
    found = inspect(place)
    card = Model("sd15", found.family, ("image",), "", "", "0" * 64, found.size_bytes, (Format.PNG,), ())
    return DiffusionBackend(card, place)


def _pace(engine: DiffusionBackend, side: int) -> float:
    """Seconds that one picture's step takes alone, after a first one that warms up."""
    state = engine.prepare(_request(side, 3, 0))
    engine.step([state])
    start = time.perf_counter()
    engine.step([state])
    return time.perf_counter() - start


def _request(side: int, steps: int, seed: int, guidance: float = 5.0) -> Request:
    members = {"width": side, "height": side, "steps": steps, "seed": seed, "guidance": guidance, "sampler": "euler"}
    return Request(prompt=f"picture no. {seed}", **members)


def _arrivals(side: int, steps: int, pace: float) -> list[Arrival]:
    """Eight people within the time that serving two of them alone takes, steps and guidance mixed."""
    chance = random.Random(side)
    window = 2 * steps * pace
    made = []
    for seed in range(PEOPLE):
        taken = max(1, round(steps * chance.choice([0.75, 1.0, 1.0, 1.25])))
        made.append(Arrival(chance.random() * window, _request(side, taken, seed, chance.choice([4.0, 5.0, 7.5]))))
    return sorted(made, key=lambda arrival: arrival.at)


def _ours(engine: DiffusionBackend, arrivals: Sequence[Arrival]) -> Served:
    scheduler = Scheduler(Registry({"sd15": lambda: engine}, "sd15"))
    waits: list[float] = []

    def person(arrival: Arrival, begin: float) -> None:
        time.sleep(max(0.0, begin + arrival.at - time.perf_counter()))
        request = arrival.request.model_copy(update={"model": "sd15"})
        scheduler.run(request, lambda *_: None, threading.Event(), terms=Terms(str(request.seed)))
        waits.append(time.perf_counter() - begin - arrival.at)

    begin = time.perf_counter()
    threads = [threading.Thread(target=person, args=(arrival, begin)) for arrival in arrivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    end = time.perf_counter()
    for lane in scheduler._lanes.values():
        lane.close()
    return Served(end - begin - arrivals[0].at, tuple(waits))


def _alone(pipeline: Any, arrivals: Sequence[Arrival]) -> Served:
    return _in_turn(arrivals, lambda waiting: waiting[:1], pipeline)


def _batches(pipeline: Any, arrivals: Sequence[Arrival]) -> Served:
    def together(waiting: list[Arrival]) -> list[Arrival]:
        first = waiting[0].request
        return [a for a in waiting if (a.request.steps, a.request.guidance) == (first.steps, first.guidance)]

    return _in_turn(arrivals, together, pipeline)


def _in_turn(arrivals: Sequence[Arrival], choose: Callable[[list[Arrival]], list[Arrival]], pipeline: Any) -> Served:
    """A server that takes the next call when it is free: who has arrived by then waits."""
    import torch
    from diffusers import EulerDiscreteScheduler

    pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    arrived: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
    begin = time.perf_counter()

    def feed() -> None:
        for arrival in arrivals:
            time.sleep(max(0.0, begin + arrival.at - time.perf_counter()))
            arrived.put(arrival)

    threading.Thread(target=feed, daemon=True).start()
    waits: list[float] = []
    waiting: list[Arrival] = []
    while len(waits) < len(arrivals):
        if not waiting:
            waiting.append(arrived.get())
        while not arrived.empty():
            waiting.append(arrived.get())
        chosen = choose(waiting)
        waiting = [arrival for arrival in waiting if arrival not in chosen]
        first = chosen[0].request
        with torch.inference_mode():
            pipeline(
                [arrival.request.prompt for arrival in chosen],
                width=first.width,
                height=first.height,
                num_inference_steps=first.steps,
                guidance_scale=first.guidance,
                generator=[torch.Generator().manual_seed(arrival.request.seed or 0) for arrival in chosen],
            )
        done = time.perf_counter()
        waits.extend(done - begin - arrival.at for arrival in chosen)
    return Served(time.perf_counter() - begin - arrivals[0].at, tuple(waits))


def _overhead(engine: DiffusionBackend, pipeline: Any, side: int, steps: int) -> float:
    """Our loop over diffusers' for one person alone, the better of three runs each, taken in turns."""
    lonely = [Arrival(0.0, _request(side, steps, 1))]
    ours, theirs = [], []
    for _ in range(3):
        ours.append(_ours(engine, lonely).seconds)
        theirs.append(_alone(pipeline, lonely).seconds)
    return min(ours) / min(theirs)


if __name__ == "__main__":
    sys.exit(run("engine", measure))
