"""Find the numbers with which few steps of a trained picture model come nearest to many: a JSON file for the export.

    python scripts/tune_sampler.py build/picture/nano --corpus C --out build/picture/nano/sampler.json
    python scripts/export_picture.py build/picture/nano --corpus C --out SERVE --sampler build/picture/nano/sampler.json

Prompts are of the training split, every kind alike, in both languages. No weight is trained (training/picture/few.py).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

import torch

from pingxing.corpus.captions import caption
from pingxing.corpus.ideas import draw_idea
from pingxing.corpus.values import LANGUAGES
from pingxing.corpus.world import TOKENS, World
from pingxing.engine.backends.own.solver import times
from pingxing.training.picture.export import Sampling
from pingxing.training.picture.few import many, tuned, velocity_of
from pingxing.training.picture.loop import trained, wanted
from pingxing.training.picture.recipe import autocast
from pingxing.training.picture.transformer import Transformer, TransformerPlan

KINDS = ("single", "pair", "count", "colour", "position", "setting")


def prompts(world: World, each: int) -> list[str]:
    """`each` ideas of every kind in each language."""
    rng = Random("tune the sampler")
    ideas = [draw_idea(world.stock, rng, "train", {kind: 1.0}) for kind in KINDS for _ in range(each)]  # type: ignore[dict-item]
    return [caption(idea, world.concepts, tongue, rng, world.usual) for idea in ideas for tongue in LANGUAGES]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the transformer's run")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=12, help="ideas of every kind, each in both languages")
    parser.add_argument("--steps", type=int, default=Sampling().steps)
    parser.add_argument("--guidance", type=float, default=Sampling().guidance)
    parser.add_argument("--shift", type=float, default=Sampling().shift)
    asked = parser.parse_args(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu":
        torch.set_num_threads(1)
    world = World(asked.corpus)
    mean, facts = trained(asked.run)
    plan = {name: value for name, value in facts["model"].items() if name != "kind"}
    model = Transformer(TransformerPlan(**plan)).to(device).eval()
    model.load_state_dict(mean)
    said = prompts(world, asked.each)
    tokens = wanted(said, lambda words: world.vocabulary.encode(words, TOKENS)).to(device)
    shape = (len(tokens), model.plan.channels, model.plan.cells, model.plan.cells)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(11)).to(device)
    at, guided = times(asked.steps, asked.shift), Sampling().guided
    with torch.no_grad(), autocast(device):
        velocity = velocity_of(model, tokens, guided)
        numbers, far = tuned(velocity, many(velocity, noise, at, asked.guidance), at, asked.guidance)
    rows = tuple((round(kept, 5), round(told, 5), round(free, 5)) for kept, told, free in numbers)
    found = Sampling(asked.steps, asked.guidance, asked.shift, guided, rows)
    asked.out.write_text(json.dumps(asdict(found), indent=1) + "\n", "utf-8")
    print(f"{len(said)} prompts; after each step so far from many steps: {[round(one, 3) for one in far]}")
    print(asked.out.read_text("utf-8"))


if __name__ == "__main__":
    main()
