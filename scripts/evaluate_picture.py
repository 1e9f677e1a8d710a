"""Score a trained picture model on held-out prompts by category: report.json and grids to look at.

    python scripts/evaluate_picture.py small --corpus build/picture/corpus [--each 200] [--split combination]

The prompts are of a split that was never trained on (`combination`: known things in new company, colours, numbers and
places; `train`: what it may have seen). The recogniser is trained first, on the same art, unless --out holds one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch

from pingxing.corpus.captions import caption, grammar
from pingxing.corpus.ideas import draw_idea
from pingxing.corpus.values import LANGUAGES
from pingxing.corpus.world import TOKENS, Batch, Said, World
from pingxing.training.picture import checkpoint
from pingxing.training.picture.canvas import Canvas, contact_sheet, png
from pingxing.training.picture.evaluate import (
    Case,
    Labels,
    Recogniser,
    described,
    frechet,
    look,
    nearest,
    parity,
    shares,
    train_recogniser,
    variety,
)
from pingxing.training.picture.loop import trained, wanted
from pingxing.training.picture.recipe import draw
from pingxing.training.picture.transformer import Transformer, plan_for
from train_picture import autoencoder_of

KINDS = ("single", "pair", "count", "colour", "position", "setting", "style")


class Naming:
    """Numbers for concepts, colours, settings and styles of one world."""

    def __init__(self, world: World) -> None:
        self.concepts = {concept: number for number, concept in enumerate(sorted(world.concepts), 1)}
        colours = sorted({colour for _, _, colour in world.table if colour})
        self.colours = {colour: number for number, colour in enumerate(["", *colours])}
        self.settings = {setting: number for number, setting in enumerate(["", *sorted(world.stock.settings)])}
        self.styles = {style: number for number, style in enumerate(world.styles)}
        keys = sorted(world.table, key=lambda key: world.table[key])
        places = sorted((number, setting) for (setting, _), numbers in world.grounds.items() for number in numbers)
        self.labels = Labels(
            np.array([self.concepts[concept] for concept, _, _ in keys]),
            np.array([self.colours[colour] for _, _, colour in keys]),
            np.array([self.styles[style] for _, style, _ in keys]),
            np.array([self.settings[setting] for _, setting in places]),
        )


def cases(world: World, naming: Naming, split: str, each: int) -> tuple[list[Case], list[Said]]:
    """`each` ideas of every kind, told in both languages: the same ideas, so that the languages can be compared."""
    rng = Random(f"evaluate {split}")
    found: list[Case] = []
    said: list[Said] = []
    for kind in KINDS:
        plain = kind in ("single", "style")
        lawful = "train" if plain and split == "combination" else split  # a single thing is no combination
        for _ in range(each):
            idea = draw_idea(world.stock, rng, lawful, {"single" if plain else kind: 1.0})  # type: ignore[arg-type]
            for language in LANGUAGES:
                words = caption(idea, world.concepts, language, rng, world.usual)
                while kind == "style" and not any(said in words for said in grammar(language).styles[idea.style]):
                    words = caption(idea, world.concepts, language, rng, world.usual)
                things = tuple(
                    (naming.concepts[thing.concept], thing.count, naming.colours[thing.colour]) for thing in idea.things
                )
                style = naming.styles[idea.style]
                found.append(Case(kind, language, words, things, idea.relation, naming.settings[idea.setting], style))
                said.append(Said(idea, words, language))
    return found, said


class Everything:
    """All that the recogniser may have to name: what is held out from the model too, a quarter of the pictures."""

    def __init__(self, world: World) -> None:
        self._world = world

    def batch(self, number: int, size: int, seed: int = 0) -> Batch:
        rng = Random(f"recogniser {seed} {number}")
        held = {"colour": 0.4, "count": 0.3, "pair": 0.1, "position": 0.2}
        said = [
            self._world.say(rng, "combination", held) if rng.random() < 0.25 else self._world.say(rng)
            for _ in range(size)
        ]
        return self._world.numbers(said, rng)


def recogniser(world: World, canvas: Canvas, naming: Naming, folder: Path, steps: int, batch: int) -> Recogniser:
    if checkpoint.exists(folder):
        model = Recogniser(naming.labels).to(canvas.device)
        model.load_state_dict(checkpoint.load(folder)[0])
        return model.eval()
    model = train_recogniser(
        canvas, Everything(world), naming.labels, steps, batch, lambda line: print(line, file=sys.stderr)
    )
    checkpoint.keep(folder, {name: value.contiguous() for name, value in model.state_dict().items()}, {"steps": steps})
    return model


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/picture"))
    parser.add_argument("--split", choices=("combination", "train"), default="combination")
    parser.add_argument("--each", type=int, default=200, help="ideas of every kind, each in both languages")
    parser.add_argument("--steps", type=int, default=10, help="of the sampler")
    parser.add_argument("--guidance", type=float, default=5.0)
    parser.add_argument("--recogniser-steps", type=int, default=4000)
    parser.add_argument("--recogniser-batch", type=int, default=256)
    asked = parser.parse_args(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cpu":
        torch.set_num_threads(1)
    world = World(asked.corpus)
    naming = Naming(world)
    canvas = Canvas(world.drawings, world.backgrounds, world.scenes, device)
    eye = recogniser(world, canvas, naming, asked.out / "recogniser", asked.recogniser_steps, asked.recogniser_batch)
    found, said = cases(world, naming, asked.split, asked.each)
    truth = torch.cat(
        [canvas.paint(world.numbers(said[at : at + 256], Random(f"truth {at}"))) for at in range(0, len(said), 256)]
    )
    mean, facts = trained(asked.out / asked.size)
    model = Transformer(plan_for(asked.size, len(world.vocabulary), TOKENS)).to(device).eval()
    model.load_state_dict(mean)
    decoder = autoencoder_of(asked.out / "autoencoder", device).eval()

    def drawn(seed: int, some: Sequence[Case]) -> torch.Tensor:
        tokens = wanted([case.words for case in some], lambda words: world.vocabulary.encode(words, TOKENS)).to(device)
        parts = [
            draw(model, decoder, rows, seed + 1000 * n, asked.steps, asked.guidance)
            for n, rows in enumerate(tokens.split(128))
        ]
        return torch.cat(parts).clamp(-1, 1)

    made = drawn(1, found)
    seen, known = look_all(eye, made), look_all(eye, truth)
    some = found[:: max(1, len(found) // 64)][:64]
    seeds = [described(eye, drawn(seed, some)) for seed in (2, 3, 4)]
    learnt = torch.cat([canvas.paint(world.batch(n, 256, 0)) for n in range(8)])
    kinds = shares(seen, found)
    report: dict[str, Any] = {
        "size": asked.size, "step": facts["step"], "split": asked.split, "steps": asked.steps,
        "guidance": asked.guidance, "kinds": kinds, "recogniser": shares(known, found),
        "languages_apart_points": parity(kinds),
        "frechet": frechet(described(eye, made), described(eye, truth)),
        "frechet_of_two_halves_of_the_truth": frechet(described(eye, truth[::2]), described(eye, truth[1::2])),
        "variety": variety(seeds),
        "nearest_training_picture": spread(nearest(made[:256], learnt)),
        "nearest_of_true_pictures": spread(nearest(truth[:256], learnt)),
    }  # fmt: skip
    folder = asked.out / asked.size / f"evaluation-{asked.split}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    for kind in KINDS:
        rows = [n for n, case in enumerate(found) if case.kind == kind][:48]
        (folder / f"{kind}.png").write_bytes(png(contact_sheet(made[rows], 12)))
        (folder / f"{kind}.txt").write_text("\n".join(found[n].words for n in rows) + "\n", "utf-8")
    print(json.dumps(report, indent=1))


def look_all(eye: Recogniser, pictures: torch.Tensor) -> list[Any]:
    return [seen for some in pictures.split(256) for seen in look(eye, some)]


def spread(values: np.ndarray[Any, Any]) -> dict[str, float]:
    return {
        name: round(float(np.quantile(values, q)), 4) for name, q in (("least", 0.0), ("tenth", 0.1), ("median", 0.5))
    }


if __name__ == "__main__":
    main()
