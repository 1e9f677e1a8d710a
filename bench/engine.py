"""Shared steps against one at a time: `python -m bench.engine [--quick] [--minutes M] [--at-once N,N,...]`.

The networks have the real shapes of Stable Diffusion 1.5 (and with --at-once, of SDXL too) and random weights: speed
does not depend on what weights say. Eight people arrive at random moments, each with a number of steps, a guidance and
a seed of their own. The same arrivals are served by our scheduler and by two peers, in the same process and with the
same weights, loaded once by us and once by diffusers itself: diffusers one request at a time, first come, first served;
and diffusers with request-level batches, where only requests of the same steps and guidance that wait together can
share a call. Every figure is a ratio within this run. For one person alone our loop is also compared with diffusers' on
the network as we lay it out, so that one sees what the loop costs by itself. A person's *wait* ends when the first step
of their picture was run, which is when there is something to see; the *latency* ends with the picture.

stable-diffusion.cpp is no peer here: its package stable-diffusion-cpp-python comes as source alone and is built by
CMake and a C++ compiler, and it reads its own file format, so random weights in these shapes cannot be given to it.

`--minutes` bounds the whole run: where 20 steps a picture would take longer on this machine, there are fewer of them,
and the result says how many, and how many minutes it took. On two idle cores 20 steps take some 25 minutes.
`--at-once 1,4,8,16` is for accelerators: so many people at the same moment, at 512 and 1024. `--soak MINUTES` is
another thing: see `bench.engine_soak`.
"""

from __future__ import annotations

import argparse
import os
import queue
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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
STEPS = 20
_ROUNDS = 4  # of one person alone
_RUNS = 4.0  # what a case costs in all, in what serving everybody one at a time costs: three systems and the overhead


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


@dataclass
class Book:
    """What a run finds out, case by case."""

    ours: dict[str, Any]
    peers: dict[str, Any]
    ratio: dict[str, float]
    targets: list[Target]
    facts: dict[str, Any]
    plain: dict[str, Any] = field(default_factory=dict)  # diffusers' own pipelines, by checkpoint

    def peer(self, engine: DiffusionBackend) -> Any:
        """The checkpoint as diffusers loads it, on the same device and in the same precision."""
        import torch
        from diffusers import DiffusionPipeline

        name = engine.model.name
        if name not in self.plain:
            plan = engine.planned()
            dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[plan.precision]
            pipeline = DiffusionPipeline.from_pretrained(
                engine._folder, dtype=dtype, local_files_only=True, use_safetensors=True
            )
            pipeline.set_progress_bar_config(disable=True)
            self.plain[name] = pipeline.to(plan.device)
        return self.plain[name]

    def case(self, name: str, engine: DiffusionBackend, arrivals: Sequence[Arrival], wanted: float | None) -> None:
        """Serve the same arrivals three ways. `wanted`: throughput over one at a time; None: nothing was promised."""
        pipeline = self.peer(engine)
        self.facts[f"steps {name}"] = [arrival.request.steps for arrival in arrivals]
        served: dict[str, Served] = {}
        ways: dict[str, Callable[[], Served]] = {
            "ours": lambda: _ours(engine, arrivals),
            "one_at_a_time": lambda: _alone(pipeline, arrivals),
            "request_batches": lambda: _batches(pipeline, arrivals),
        }
        for label, serve in ways.items():
            say(f"{name}: {label}")
            served[label] = serve()
            (self.ours if label == "ours" else self.peers).setdefault(name, {})[label] = served[label].told()
        mine, one = served["ours"], served["one_at_a_time"]
        faster, wait = one.seconds / mine.seconds, _p95(mine.waits) / _p95(one.waits)
        self.ratio[f"{name}: throughput over one at a time"] = round(faster, 2)
        self.ratio[f"{name}: processor time of one at a time, over ours"] = round(one.computed / mine.computed, 2)
        batched = served["request_batches"].seconds / mine.seconds
        self.ratio[f"{name}: throughput over request batches"] = round(batched, 2)
        self.ratio[f"{name}: wait for the first step, 95th percentile"] = round(wait, 2)
        late = _p95(mine.latencies) / _p95(one.latencies)
        self.ratio[f"{name}: latency of the picture, 95th percentile"] = round(late, 2)
        if wanted is not None:
            self.targets.append(Target(f"{name}: throughput over one at a time", wanted, faster, "x", "higher"))
            self.targets.append(Target(f"{name}: 95th percentile of waits, to one at a time's", 0.5, wait, "x"))

    def overhead(self, name: str, engine: DiffusionBackend, request: Request) -> None:
        """Our loop over diffusers' for one person alone: the best of some rounds, in which everybody has a turn."""
        lonely, peer = [Arrival(0.0, request)], self.peer(engine)
        rounds: dict[str, list[Served]] = {"ours": [], "diffusers": [], "diffusers, network laid out by us": []}
        say(f"{name}: one person")
        for _ in range(_ROUNDS):
            rounds["ours"].append(_ours(engine, lonely))
            rounds["diffusers"].append(_alone(peer, lonely))
            rounds["diffusers, network laid out by us"].append(_alone(engine._opened(), lonely))
        mine = rounds.pop("ours")
        for who, theirs in rounds.items():
            over = min(one.seconds for one in mine) / min(one.seconds for one in theirs)
            computed = min(one.computed for one in mine) / min(one.computed for one in theirs)
            self.ratio[f"{name}: one person, ours over {who}"] = round(over, 3)
            self.ratio[f"{name}: one person, processor time of ours over {who}"] = round(computed, 3)
            self.targets.append(Target(f"{name}: one person, ours over {who}", 1.02, over, "x"))


def measure(quick: bool, minutes: float, at_once: Sequence[int]) -> Result:
    import torch

    os.environ["HF_HUB_OFFLINE"] = "1"
    book = Book({}, {}, {}, [], {"torch": torch.__version__, "threads": torch.get_num_threads(), "people": PEOPLE})
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pingxing-engine-") as folder:
        say("making a checkpoint in the shape of Stable Diffusion 1.5" + (", a quarter as wide" if quick else ""))
        engine = _engine(_checkpoint(Path(folder) / "sd15", small=quick), "sd15")
        engine.warm()
        book.facts |= {"device": engine.planned().device, "precision": engine.planned().precision}
        if at_once:
            _at_once(book, Path(folder), engine, at_once, quick)
        else:
            # The small shapes first, and two thirds of the time for the large ones.
            sizes = [(64, 3.0, 1.0)] if quick else [(64, 3.0, 0.33), (256, 1.3, 1.0)]
            for side, wanted, part in sizes:
                left = minutes * 60 - (time.monotonic() - begin)
                _at_random(book, engine, side, wanted, 4 if quick else STEPS, left * part)
        engine.close()
    book.facts["minutes"] = round((time.monotonic() - begin) / 60, 1)
    return Result("engine", book.ours, book.peers, book.ratio, book.targets, conditions(**book.facts))


def _at_random(book: Book, engine: DiffusionBackend, side: int, wanted: float, steps: int, seconds: float) -> None:
    pace = _pace(engine, side)
    affordable = max(2, int(seconds / (_RUNS * PEOPLE * pace)))
    if affordable < steps:
        say(f"{side}x{side}: {pace:.2f} s a step, so {affordable} steps a picture instead of {steps}")
    steps, name = min(steps, affordable), f"{side}x{side}"
    book.facts[f"seconds a step alone {name}"] = round(pace, 3)
    book.case(name, engine, _arrivals(side, steps, pace), wanted)
    book.overhead(name, engine, _request(side, max(2, steps // 2), 1))


def _at_once(book: Book, folder: Path, engine: DiffusionBackend, crowds: Sequence[int], quick: bool) -> None:
    """So many people at the same moment, each with 20 steps and a guidance of their own: for accelerators."""
    shapes = [("sd15", engine)] if quick else [("sd15", engine), ("sdxl", None)]
    for shape, known in shapes:
        serving = known or _engine(_sdxl(folder / shape), shape)
        for side in (64,) if quick else (512, 1024):
            _pace(serving, side)
            for people in crowds:
                chance = random.Random(people)
                wishes = [
                    _request(side, 3 if quick else STEPS, n, chance.choice([4.0, 5.0, 7.5])) for n in range(people)
                ]
                wanted = 3.0 if (side, people) == (512, 8) else 1.0
                book.case(
                    f"{shape} {side}x{side}, {people} at once", serving, [Arrival(0.0, w) for w in wishes], wanted
                )
        if known is None:
            serving.close()


def _p95(values: Sequence[float]) -> float:
    return max(1e-9, spread(values)["p95"])


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


def _sdxl(folder: Path) -> Path:
    """SDXL's shapes, random weights, in half precision on the disk."""
    import torch
    from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from tests.fakes.checkpoints import _clip_tokenizer
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    say("making a checkpoint in the shape of SDXL")
    torch.manual_seed(2)
    tokenizer = _clip_tokenizer()
    words = len(tokenizer)

    def text(width: int, layers: int, heads: int) -> Any:
        return CLIPTextConfig(
            vocab_size=words,
            hidden_size=width,
            intermediate_size=width * 4,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            max_position_embeddings=77,
            projection_dim=width,
            bos_token_id=words - 2,
            eos_token_id=words - 1,
            pad_token_id=words - 1,
        )

    unet = UNet2DConditionModel(
        sample_size=128,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(320, 640, 1280),
        cross_attention_dim=2048,
        attention_head_dim=(5, 10, 20),
        transformer_layers_per_block=(1, 2, 10),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        latent_channels=4,
    )
    StableDiffusionXLPipeline(
        vae=vae.half(),
        text_encoder=CLIPTextModel(text(768, 12, 12)).half(),
        text_encoder_2=CLIPTextModelWithProjection(text(1280, 32, 20)).half(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=unet.half(),
        scheduler=EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"),
        add_watermarker=False,
    ).save_pretrained(folder, safe_serialization=True)
    return folder


def _engine(place: Path, name: str) -> DiffusionBackend:
    found = inspect(place)
    card = Model(name, found.family, ("image",), "", "", "0" * 64, found.size_bytes, (Format.PNG,), ())
    return DiffusionBackend(card, place)


def _pace(engine: DiffusionBackend, side: int) -> float:
    """Seconds that one picture's step takes alone, the better of two, after a first one that warms up (and a preview
    and the decoder too)."""
    import torch

    state = engine.prepare(_request(side, 3, 1_000))
    engine.step([state])
    engine.preview(state)
    engine.finish(state)
    taken = []
    for _ in range(2):
        start = time.perf_counter()
        engine.step([state])
        if torch.accelerator.is_available():
            torch.accelerator.synchronize()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _request(side: int, steps: int, seed: int, guidance: float = 5.0) -> Request:
    members: dict[str, Any] = {
        "width": side,
        "height": side,
        "steps": steps,
        "seed": seed,
        "guidance": guidance,
        "sampler": "euler",
    }
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
    name = engine.model.name
    scheduler = Scheduler(Registry({name: lambda: engine}, name))
    engine._read.clear()  # the peers read every prompt too
    waits: list[float] = []
    latencies: list[float] = []
    trouble: list[BaseException] = []

    def person(arrival: Arrival, begin: float) -> None:
        time.sleep(max(0.0, begin + arrival.at - time.perf_counter()))
        request = arrival.request.model_copy(update={"model": name})
        first: list[float] = []

        def heard(step: int, steps: int, preview: object) -> None:
            if step and not first:
                first.append(time.perf_counter())

        try:
            scheduler.run(request, heard, threading.Event(), terms=Terms(str(request.seed)))
        except BaseException as error:
            trouble.append(error)
            raise
        latencies.append(time.perf_counter() - begin - arrival.at)
        waits.append(first[0] - begin - arrival.at)

    begin, computed = time.perf_counter(), time.process_time()
    threads = [threading.Thread(target=person, args=(arrival, begin)) for arrival in arrivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    end = time.perf_counter()
    scheduler.close()
    if trouble:
        raise trouble[0]
    return Served(end - begin - arrivals[0].at, tuple(waits), tuple(latencies), time.process_time() - computed)


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
        first, stepped = chosen[0].request, list[float]()

        def heard(
            _: Any, step: int, time_: Any, kept: dict[str, Any], stepped: list[float] = stepped
        ) -> dict[str, Any]:
            if not stepped:
                stepped.append(time.perf_counter())
            return kept

        with torch.inference_mode():
            pipeline(
                [arrival.request.prompt for arrival in chosen],
                width=first.width,
                height=first.height,
                num_inference_steps=first.steps,
                guidance_scale=first.guidance,
                callback_on_step_end=heard,
                generator=[torch.Generator().manual_seed(arrival.request.seed or 0) for arrival in chosen],
            )
        done = time.perf_counter()
        waits.extend(stepped[0] - begin - arrival.at for arrival in chosen)
        latencies.extend(done - begin - arrival.at for arrival in chosen)
    seconds = time.perf_counter() - begin - arrivals[0].at
    return Served(seconds, tuple(waits), tuple(latencies), time.process_time() - computed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.engine", add_help=False)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--at-once", default="", help="so many people at the same moment, e.g. 1,4,8,16")
    parser.add_argument("--soak", type=float, metavar="MINUTES")
    chosen, rest = parser.parse_known_args()
    if chosen.soak is not None:
        from bench import engine_soak

        return engine_soak.main(chosen.soak, rest)
    crowds = [int(people) for people in chosen.at_once.split(",") if people]
    return run("engine", lambda quick: measure(quick, chosen.minutes, crowds), rest)


if __name__ == "__main__":
    sys.exit(main())
