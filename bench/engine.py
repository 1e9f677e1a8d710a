"""Shared steps against one at a time: `python -m bench.engine [--quick] [--minutes M] [--device D --at-once N,N,...]`.

The networks have the real shapes of Stable Diffusion 1.5 (and with --at-once, of SDXL too) and random weights: speed
does not depend on what weights say. Eight people arrive at random moments, each with a number of steps, a guidance and
a seed of their own. The same arrivals are served by our scheduler and by two peers, in the same process and with the
same weights, loaded once by us and once by diffusers itself: diffusers one request at a time, first come, first served;
and diffusers with request-level batches, where only requests of the same steps and guidance that wait together can
share a call. Every figure is a ratio within this run. For one person alone our loop is also compared with diffusers' on
the network as we lay it out, so that one sees what the loop costs by itself. A person's *wait* ends when the first step
of their picture was run, which is when there is something to see; the *latency* ends with the picture.

On a CPU stable-diffusion.cpp is a third peer where its package stable-diffusion-cpp-python is installed (it is built
from source; bench/README.md says how): the same weights, in the type that is fastest with it, one request at a time. It
serves as many of the arrivals, in their order, as a third of the run's time allows, at least one; since it never draws
two pictures at once, its pictures' steps a second do not depend on how many people there are, and those are compared.

`--minutes` bounds the whole run: where 20 steps a picture would take longer on this machine, there are fewer of them,
and the result says how many, and how many minutes it took. On two idle cores 20 steps take half an hour. A run
that is cut off is taken up by the same command on the same commit and machine: each case is kept when it is complete.
`--device cuda --at-once 1,4,8,16` is for accelerators: so many people at the same moment, at 512 and 1024, on both
shapes, with the network's calls also recorded as CUDA graphs; `--quick` before it tries the whole of it on small
networks, on any device. The result is `engine_cuda.json`. `--soak MINUTES` is another thing: see `bench.engine_soak`.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench import engine_peers as peers
from bench.common import Result, Target, conditions, run, say, spread
from bench.engine_kept import PARTS, Found
from bench.engine_main import OnMain
from bench.engine_peers import Arrival, Draw, Served
from bench.engine_shapes import SHAPES
from pingxing.engine.backends.diffusion.backend import DiffusionBackend
from pingxing.engine.backends.diffusion.folder import inspect
from pingxing.engine.registry import Registry
from pingxing.engine.scheduler import Scheduler
from pingxing.engine.shares import Terms
from pingxing.types import Format, Model, Request

PEOPLE = 8
STEPS = 20
_ROUNDS = 7  # of one person alone
_RUNS = 4.0  # what a case costs in all, in what serving everybody one at a time costs: three systems and the overhead
_CPP_KIND = "f16"  # the fastest of stable-diffusion.cpp's types that lose nothing to speak of, where it was tried
_CPP_SIDES = (64, 256)


@dataclass
class Book(Found):
    """What a run finds out, case by case, and the peers that it is found out with."""

    plain: dict[str, Any] = field(default_factory=dict)  # diffusers' own pipelines, by checkpoint

    def peer(self, engine: DiffusionBackend) -> Draw:
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
        return peers.diffusers(self.plain[name])

    def case(self, name: str, engine: DiffusionBackend, arrivals: Sequence[Arrival], wanted: float | None) -> Served:
        """Serve the same arrivals three ways, and a fourth where the network's calls can be recorded. `wanted`:
        throughput over one at a time; None: nothing was promised. What one at a time took is given back."""
        pipeline = self.peer(engine)
        self.facts[f"steps {name}"] = [arrival.request.steps for arrival in arrivals]
        served: dict[str, Served] = {}
        ways: dict[str, Callable[[], Served]] = {
            "ours": lambda: _ours(engine, arrivals),
            "one_at_a_time": lambda: peers.one_at_a_time(pipeline, arrivals),
            "request_batches": lambda: peers.request_batches(pipeline, arrivals),
        }
        if _records(engine):
            ways["ours_recorded"] = lambda: _recorded(engine, arrivals)
        for label, serve in ways.items():
            say(f"{name}: {label}")
            served[label] = serve()
            kept = self.ours if label.startswith("ours") else self.peers
            kept.setdefault(name, {})[label] = served[label].told()
        mine, one = served["ours"], served["one_at_a_time"]
        faster, wait = one.seconds / mine.seconds, _p95(mine.waits) / _p95(one.waits)
        self.ratio[f"{name}: throughput over one at a time"] = round(faster, 2)
        self.ratio[f"{name}: processor time of one at a time, over ours"] = round(one.computed / mine.computed, 2)
        batched = served["request_batches"].seconds / mine.seconds
        self.ratio[f"{name}: throughput over request batches"] = round(batched, 2)
        self.ratio[f"{name}: wait for the first step, 95th percentile"] = round(wait, 2)
        late = _p95(mine.latencies) / _p95(one.latencies)
        self.ratio[f"{name}: latency of the picture, 95th percentile"] = round(late, 2)
        if (recorded := served.get("ours_recorded")) is not None:
            over = one.seconds / recorded.seconds
            self.ratio[f"{name}: throughput with recorded calls, over one at a time"] = round(over, 2)
        if wanted is not None:
            self.targets.append(Target(f"{name}: throughput over one at a time", wanted, faster, "x", "higher"))
            if len(arrivals) > 1:  # one alone waits for nobody
                self.targets.append(Target(f"{name}: 95th percentile of waits, to one at a time's", 0.5, wait, "x"))
        return one

    def overhead(self, name: str, engine: DiffusionBackend, request: Request) -> None:
        """Our loop over diffusers' for one person alone: the median of some rounds in which everybody has a turn, since
        a processor's pace wanders, from minute to minute by more than is measured here. The order turns round."""
        lonely, peer = [Arrival(0.0, request)], self.peer(engine)
        laid = peers.diffusers(engine._opened())
        ways: dict[str, Callable[[], Served]] = {
            "ours": lambda: _ours(engine, lonely),
            "diffusers": lambda: peers.one_at_a_time(peer, lonely),
            "diffusers, network laid out by us": lambda: peers.one_at_a_time(laid, lonely),
        }
        say(f"{name}: one person")
        rounds: list[dict[str, Served]] = []
        for turn in range(_ROUNDS):
            order = list(ways) if turn % 2 else list(reversed(ways))
            rounds.append({who: ways[who]() for who in order})
        for who in list(ways)[1:]:
            over = median(one["ours"].seconds / one[who].seconds for one in rounds)
            computed = median(one["ours"].computed / one[who].computed for one in rounds)
            self.ratio[f"{name}: one person, ours over {who}"] = round(over, 3)
            self.ratio[f"{name}: one person, processor time of ours over {who}"] = round(computed, 3)
            self.targets.append(Target(f"{name}: one person, ours over {who}", 1.02, over, "x"))

    def cpp(self, name: str, draw: Draw, arrivals: Sequence[Arrival], seconds: float) -> None:
        """stable-diffusion.cpp on as many of the arrivals as it serves in that time, at least one."""
        say(f"{name}: stable-diffusion.cpp")
        first = arrivals[0]
        one = peers.one_at_a_time(draw, [Arrival(0.0, first.request)])
        taken = min(len(arrivals), max(1, int(seconds / one.seconds)))
        served = one if taken == 1 else peers.one_at_a_time(draw, arrivals[:taken])
        steps = sum(arrival.request.steps or 0 for arrival in arrivals[:taken])
        told: dict[str, Any] = {"steps_a_second": round(steps / served.seconds, 3)}
        if taken < len(arrivals):
            told["people"] = taken
        self.peers[name]["stable_diffusion_cpp"] = {**served.told(), **told}
        ours = self.ours[name]["ours"]
        pace = sum(arrival.request.steps or 0 for arrival in arrivals) / ours["seconds"]
        ours["steps_a_second"] = round(pace, 3)
        self.ratio[f"{name}: steps a second over stable-diffusion.cpp"] = round(pace * served.seconds / steps, 2)


def measure(quick: bool, minutes: float, at_once: Sequence[int], device: str) -> Result:
    import torch

    os.environ["HF_HUB_OFFLINE"] = "1"
    facts = {"torch": torch.__version__, "threads": torch.get_num_threads(), "people": PEOPLE}
    book = Book(facts, None if quick or at_once else PARTS)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pingxing-engine-") as folder:
        if at_once:
            crowds = Crowds(book, Path(folder), device, begin + minutes * 60, quick)
            crowds.measure(at_once)
        else:
            _on_cpu(book, Path(folder), minutes * 60, quick)
            book.facts["sittings"] = book.sittings
    book.facts["minutes"] = book.minutes if book.done else round((time.monotonic() - begin) / 60, 1)
    return Result(_name(device), book.ours, book.peers, book.ratio, book.targets, conditions(**book.facts))


def _on_cpu(book: Book, folder: Path, seconds: float, quick: bool) -> None:
    begin = time.monotonic()
    place = SHAPES["sd15"](folder / "sd15", small=quick)
    engine = _engine(place, "sd15", "cpu")
    book.facts |= {"device": engine.planned().device, "precision": engine.planned().precision}
    # The small shapes first, and two thirds of the time for the large ones.
    sizes = [(64, 3.0, 0.33)] if quick else [(64, 3.0, 0.25), (256, 1.3, 0.67)]
    for side, wanted, part in sizes:
        left = seconds - (time.monotonic() - begin)
        _at_random(book, engine, side, wanted, 4 if quick else STEPS, left * part)
    engine.close()
    book.plain.clear()
    sides = [side for side, _, _ in sizes]
    book.facts["stable-diffusion.cpp"] = _beside_cpp(book, place, folder / "cpp", sides, seconds / 3, quick)


def _beside_cpp(book: Book, place: Path, folder: Path, sides: Sequence[int], seconds: float, quick: bool) -> str:
    """What is told of it: its version and type, or why it was not measured."""
    import torch

    if not peers.has_cpp():
        return "not installed"
    if quick:
        return "not measured: its shapes are the full ones"
    draw = cache(lambda: peers.cpp(place, folder, torch.get_num_threads(), _CPP_KIND))
    for side in sides:
        name, part = f"{side}x{side}", 0.15 if side == min(sides) else 0.85  # the larger ones get nearly all the time

        def beside(name: str = name, side: int = side, part: float = part) -> None:
            book.cpp(name, draw(), _arrivals(side, *book.asked[name]), seconds * part)

        book.once(f"{name}: stable-diffusion.cpp", beside)
    return f"{version(peers.CPP_PACKAGE)}, {_CPP_KIND}"


def _at_random(book: Book, engine: DiffusionBackend, side: int, wanted: float, steps: int, seconds: float) -> None:
    name = f"{side}x{side}"

    def crowd() -> None:
        pace = _pace(engine, side)
        affordable = max(2, int(seconds / (_RUNS * PEOPLE * pace)))
        if affordable < steps:
            say(f"{name}: {pace:.2f} s a step, so {affordable} steps a picture instead of {steps}")
        book.asked[name] = (min(steps, affordable), pace)
        book.facts[f"seconds a step alone {name}"] = round(pace, 3)
        book.case(name, engine, _arrivals(side, *book.asked[name]), wanted)

    def alone() -> None:
        _pace(engine, side)  # warms up, where this is a sitting of its own
        book.overhead(name, engine, _request(side, max(2, book.asked[name][0] // 2), 1))

    book.once(name, crowd)
    book.once(f"{name}: one person", alone)


@dataclass
class Crowds:
    """So many people at the same moment, each with 20 steps and a guidance of their own: for accelerators.

    What there is no time for any more is left out, and told; the largest pictures come last.
    """

    book: Book
    folder: Path
    device: str
    until: float  # on the monotonic clock
    quick: bool

    def measure(self, crowds: Sequence[int]) -> None:
        left_out: list[str] = []
        for shape, make in SHAPES.items():
            if self._left() < 0:
                left_out.append(shape)
                continue
            place = make(self.folder / shape, small=self.quick, device=self.device)
            engine = _engine(place, shape, self.device)
            plan = engine.planned()
            self.book.facts |= {"device": _named(plan.device), f"precision {shape}": plan.precision}
            for side in (64,) if self.quick else (512, 1024):
                left_out += self._side(engine, shape, side, crowds)
            engine.close()
            self.book.plain.clear()
        self.book.facts["left out for want of time"] = left_out

    def _side(self, engine: DiffusionBackend, shape: str, side: int, crowds: Sequence[int]) -> list[str]:
        self.book.facts[f"seconds a step alone {shape} {side}x{side}"] = round(_pace(engine, side), 4)
        left_out, one = [], 0.0  # seconds that one person takes, one at a time
        for people in crowds:
            name = f"{shape} {side}x{side}, {people} at once"
            if one * people * _RUNS > self._left():
                left_out.append(name)
                continue
            chance, steps = random.Random(people), 3 if self.quick else STEPS
            wishes = [_request(side, steps, number, chance.choice([4.0, 5.0, 7.5])) for number in range(people)]
            wanted = 3.0 if (side, people) == (512, 8) else 1.0
            served = self.book.case(name, engine, [Arrival(0.0, wish) for wish in wishes], wanted)
            one = served.seconds / people
        return left_out

    def _left(self) -> float:
        return self.until - time.monotonic()


def _p95(values: Sequence[float]) -> float:
    return max(1e-9, spread(values)["p95"])


def _name(device: str) -> str:
    """Of the result: each kind of accelerator has its own."""
    return "engine" if device == "cpu" else f"engine_{device.partition(':')[0]}"


def _named(device: str) -> str:
    """With the maker's name of it, where it has one."""
    import torch

    kind, _, index = device.partition(":")
    told = getattr(getattr(torch, kind, None), "get_device_name", None)
    return device if told is None else f"{device}: {told(int(index or 0))}"


def _engine(place: Path, name: str, device: str) -> DiffusionBackend:
    found = inspect(place)
    card = Model(name, found.family, ("image",), "", "", "0" * 64, found.size_bytes, (Format.PNG,), ())
    engine = DiffusionBackend(card, place)
    engine.device = device
    return engine


def _records(engine: DiffusionBackend) -> bool:
    return engine.planned().device.partition(":")[0] == "cuda"


def _recorded(engine: DiffusionBackend, arrivals: Sequence[Arrival]) -> Served:
    """As `_ours`, with the network's calls recorded; once before it counts, so that the recordings are there."""
    engine.recording = True
    try:
        _ours(engine, arrivals)
        return _ours(engine, arrivals)
    finally:
        engine.recording = False


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
    name, served = engine.model.name, OnMain(engine)
    scheduler = Scheduler(Registry({name: lambda: served}, name))
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
    served.serve([threading.Thread(target=person, args=(arrival, begin)) for arrival in arrivals])
    end = time.perf_counter()
    scheduler.close()
    if trouble:
        raise trouble[0]
    return Served(end - begin - arrivals[0].at, tuple(waits), tuple(latencies), time.process_time() - computed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.engine", add_help=False)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--device", default="cpu", help='as torch names it: "cuda", "xpu", "npu:1", ...')
    parser.add_argument("--at-once", default="", help="so many people at the same moment, e.g. 1,4,8,16")
    parser.add_argument("--soak", type=float, metavar="MINUTES")
    chosen, rest = parser.parse_known_args()
    if chosen.soak is not None:
        from bench import engine_soak

        return engine_soak.main(chosen.soak, rest)
    crowds = [int(people) for people in chosen.at_once.split(",") if people]
    if chosen.device != "cpu" and not crowds:
        parser.error("--device needs --at-once: people who arrive at random are for the CPU")
    ended = run(_name(chosen.device), lambda quick: measure(quick, chosen.minutes, crowds, chosen.device), rest)
    if not crowds and "--quick" not in rest:
        PARTS.unlink(missing_ok=True)  # all of it is in the result now
    return ended


if __name__ == "__main__":
    sys.exit(main())
