"""Train our own picture model on a packed corpus. Stops when told, and goes on where it stopped.

    python scripts/build_corpus.py build/picture/corpus                 # once, about ten minutes of one core
    python scripts/train_picture.py small --corpus build/picture/corpus # autoencoder first, then the transformer

    python scripts/train_picture.py nano --corpus build/picture/narrow --minutes 180        # what a CPU can do

Everything stands in --out: autoencoder/ and <size>/ with checkpoint/ (exact, fp32), model/ (the mean in bf16, files of
at most 16 MiB), metrics.jsonl and grids/. The same command again goes on; --minutes ends a sitting, not the course, and
--finish makes this sitting the last, with rates falling by its clock. Where a machine is lent by the hour:

    ... small --corpus C --steps 1000000 --autoencoder-minutes 2.5 --minutes 6      # the first sitting
    ... small --corpus C --steps 1000000 --only transformer --minutes 9             # any number of these
    ... small --corpus C --steps 1000000 --only transformer --minutes 7 --finish    # the last

--pack FOLDER writes what was learnt as eight files of at most 16 MiB (60 MiB together) when the sitting ends, and
--unpack FOLDER goes on from them on another machine, where --out holds no checkpoint (training/picture/travel.py).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch

from pingxing.corpus.world import TOKENS, World
from pingxing.training.picture import travel
from pingxing.training.picture.autoencoder import Autoencoder
from pingxing.training.picture.canvas import Canvas
from pingxing.training.picture.loop import Course, train, trained
from pingxing.training.picture.optimise import Rates
from pingxing.training.picture.recipe import AutoencoderLearner, TransformerLearner, flops
from pingxing.training.picture.speed import peak
from pingxing.training.picture.transformer import plan_for


@dataclass(frozen=True, slots=True)
class Preset:
    """Steps and batches of the two courses."""

    autoencoder_steps: int
    autoencoder_batch: int
    steps: int
    batch: int
    rates: Rates


PRESETS = {
    "tiny": Preset(60, 32, 120, 32, Rates()),  # a rehearsal: minutes on a CPU
    "nano": Preset(6_000, 32, 20_000, 96, Rates(ema=0.998)),
    "small": Preset(12_000, 512, 14_000, 1024, Rates(ema=0.9995)),
}


def autoencoder_of(folder: Path, device: torch.device) -> Autoencoder:
    """The trained autoencoder. Raises FileNotFoundError or BadCheckpoint."""
    mean, _ = trained(folder)
    model = Autoencoder()
    model.load_state_dict(mean)
    return model.to(device)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=sorted(PRESETS))
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/picture"))
    parser.add_argument("--only", choices=("autoencoder", "transformer"))
    parser.add_argument("--minutes", type=float, default=0.0, help="of this sitting, for what is trained in it")
    parser.add_argument("--autoencoder-minutes", type=float, default=0.0, help="train it so long and no longer")
    parser.add_argument("--finish", action="store_true", help="end the course with this sitting, whatever its step")
    parser.add_argument(
        "--most",
        type=float,
        default=1.0,
        help="part of the rates that is never passed (to go on with what was finished: 0.7)",
    )
    parser.add_argument("--steps", type=int, help="of the transformer's whole course")
    parser.add_argument("--autoencoder-steps", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, where there is no GPU")
    parser.add_argument("--workers", type=int, help="processes that make batches (default: 12 with a GPU, else none)")
    parser.add_argument("--sparing", action="store_true", help="gradient checkpointing: less memory, a third more time")
    parser.add_argument("--pack", type=Path, help="folder for what travels, written when the sitting ends")
    parser.add_argument("--unpack", type=Path, help="folder of what travelled, to go on from")
    parser.add_argument("--grid-steps", type=int, default=500)
    parser.add_argument("--save-minutes", type=float, default=3.0)
    asked = parser.parse_args(arguments)
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    if cuda:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    else:
        torch.set_num_threads(asked.threads)
    preset = PRESETS[asked.size]
    if asked.unpack is not None:
        print(f"goes on from {', '.join(travel.unpack(asked.unpack, asked.out))} of {asked.unpack}", file=sys.stderr)
    world = World(asked.corpus)
    canvas = Canvas(world.drawings, world.backgrounds, world.scenes, device)
    workers = (12 if cuda else 0) if asked.workers is None else asked.workers
    print(
        f"{device}: {len(world.concepts)} concepts, {len(world.drawings)} drawings, {len(world.scenes)} scenes",
        file=sys.stderr,
    )
    if asked.only != "transformer":
        steps = asked.autoencoder_steps or preset.autoencoder_steps
        course = Course(
            steps, preset.autoencoder_batch, asked.seed + 1, asked.autoencoder_minutes or asked.minutes, workers,
            asked.save_minutes, grid_steps=asked.grid_steps, finish=asked.autoencoder_minutes > 0,
        )  # fmt: skip
        held = world.numbers([world.say(Random(f"held {n}"), "combination") for n in range(64)], Random("held"))
        sitting = train(AutoencoderLearner(canvas, course.seed, held), world, course, asked.out / "autoencoder")
        if sitting.stopped or (sitting.done < steps and not course.finish):
            packed(asked, ["autoencoder"])
            return  # an autoencoder that is not done yet is nothing to build on
    if asked.only != "autoencoder":
        plan = plan_for(asked.size, len(world.vocabulary), TOKENS)
        steps, batch = asked.steps or preset.steps, asked.batch or preset.batch
        learner = TransformerLearner(
            canvas, asked.seed, autoencoder_of(asked.out / "autoencoder", device), plan,
            lambda text: world.vocabulary.encode(text, TOKENS), preset.rates, compiled=cuda,
            sparing=asked.sparing,
        )  # fmt: skip
        weights = sum(weight.numel() for weight in learner.model.parameters())
        print(f"{asked.size}: {weights / 1e6:.1f} M weights, {flops(plan) / 1e9:.2f} GFLOP a picture", file=sys.stderr)
        course = Course(
            steps, batch, asked.seed, asked.minutes, workers, asked.save_minutes,
            grid_steps=asked.grid_steps, finish=asked.finish, most=asked.most,
        )  # fmt: skip
        train(learner, world, course, asked.out / asked.size, peak=peak(device))
        packed(asked, ["autoencoder", asked.size])


def packed(asked: argparse.Namespace, runs: Sequence[str]) -> None:
    """Write what travels, if somebody asked for it."""
    if asked.pack is not None:
        size = travel.pack(asked.out, runs, asked.pack)
        print(f"{asked.pack}: {len(list(asked.pack.iterdir()))} files, {size / 2**20:.1f} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()
