"""Score a trained picture model on held-out prompts by category: report.json and grids to look at.

    python scripts/evaluate_picture.py small --corpus build/picture/corpus [--each 200] [--split combination]
    python scripts/evaluate_picture.py nano --corpus C --out RUN --served src/pingxing/engine/backends/own/nano

The prompts are of a split that was never trained on (`combination`: known things in new company, colours, numbers and
places; `train`: what it may have seen). The recogniser is trained first, on the same art, unless --out holds one.

With --served an exported folder is scored instead of the run's own weights, through the very backend that serves it:
its precision, its solver and its few steps. Report and grids then stand in evaluation-SPLIT-PRECISION.
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
from pingxing.engine.backends.own import folder as folders
from pingxing.engine.backends.own.backend import OwnBackend
from pingxing.training.picture import checkpoint
from pingxing.training.picture.canvas import Canvas, contact_sheet, png
from pingxing.training.picture.evaluate import (
    Case,
    Labels,
    Recogniser,
    described,
    frechet,
    languages,
    look,
    nearest,
    parity,
    right,
    shares,
    train_recogniser,
    variety,
)
from pingxing.training.picture.loop import trained, wanted
from pingxing.training.picture.recipe import draw
from pingxing.training.picture.transformer import Transformer, plan_for
from pingxing.types import Model, Request
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


class ByWeights:
    """Draws with the run's own weights, by Heun's method, many prompts at a time."""

    def __init__(self, asked: argparse.Namespace, world: World, device: torch.device) -> None:
        mean, facts = trained(asked.out / asked.size)
        self._model = Transformer(plan_for(asked.size, len(world.vocabulary), TOKENS)).to(device).eval()
        self._model.load_state_dict(mean)
        self._decoder = autoencoder_of(asked.out / "autoencoder", device).eval()
        self._world, self._device = world, device
        self.steps, self.guidance = asked.steps or 10, asked.guidance or 5.0
        self.about: dict[str, Any] = {"step": facts["step"], "steps": self.steps, "guidance": self.guidance}

    def __call__(self, seed: int, some: Sequence[Case]) -> torch.Tensor:
        """Pictures (n, 3, side, side) in -1..1."""
        vocabulary = self._world.vocabulary
        tokens = wanted([case.words for case in some], lambda words: vocabulary.encode(words, TOKENS))
        parts = [
            draw(self._model, self._decoder, rows, seed + 1000 * n, self.steps, self.guidance)
            for n, rows in enumerate(tokens.to(self._device).split(128))
        ]
        return torch.cat(parts).clamp(-1, 1)


class ByBackend:
    """Draws with an exported folder as it is served. Both languages of one idea begin from the same noise."""

    def __init__(self, asked: argparse.Namespace) -> None:
        told = folders.facts(asked.served)
        card = Model(asked.served.name, folders.FAMILY, ("image",), told.licence, told.lineage, "0" * 64, 0, (), ())
        self._engine, self._side = OwnBackend(card, asked.served, "shared", threads=1), told.side
        self._ways = {"steps": asked.steps, "guidance": asked.guidance, "sampler": asked.sampler}
        run = json.loads((asked.out / asked.size / "model" / "facts.json").read_text("utf-8"))
        self.about: dict[str, Any] = {
            "step": run["step"], "precision": told.precision, "sampler": asked.sampler or self._engine.samplers[0],
            "steps": asked.steps or told.steps, "guidance": asked.guidance or told.guidance, "shift": told.shift,
        }  # fmt: skip

    def __call__(self, seed: int, some: Sequence[Case]) -> torch.Tensor:
        """Pictures (n, 3, side, side) in -1..1."""
        made, side = [], self._side
        for first in range(0, len(some), 16):
            states = []
            for number, case in enumerate(some[first : first + 16], first):
                own = seed * 99_991 + number // 2
                states.append(
                    self._engine.prepare(Request(prompt=case.words, width=side, height=side, seed=own, **self._ways))
                )
            while states[0].step < states[0].steps:
                self._engine.step(states)
            made += [self._engine.finish(state).pixels for state in states]
        return torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2).float() / 127.5 - 1


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/picture"))
    parser.add_argument("--split", choices=("combination", "train"), default="combination")
    parser.add_argument("--each", type=int, default=200, help="ideas of every kind, each in both languages")
    parser.add_argument("--served", type=Path, help="an exported folder to score instead of the run's weights")
    parser.add_argument("--steps", type=int, help="of the sampler (default: 10, or what the exported folder says)")
    parser.add_argument("--guidance", type=float, help="(default: 5, or what the exported folder says)")
    parser.add_argument("--sampler", default="", help="of the backend, with --served")
    parser.add_argument("--name", help="of the report's folder (default: evaluation-SPLIT)")
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
    drawn = ByWeights(asked, world, device) if asked.served is None else ByBackend(asked)
    made = drawn(1, found)
    seen, known = look_all(eye, made), look_all(eye, truth)
    chosen = range(0, len(found), max(1, len(found) // 64))[:64]
    seeds = [described(eye, drawn(seed, [found[n] for n in chosen])) for seed in (2, 3, 4)]
    painted = [canvas.paint(world.numbers([said[n] for n in chosen], Random(f"variety {n}"))) for n in (2, 3, 4)]
    learnt = torch.cat([canvas.paint(world.batch(n, 256, 0)) for n in range(16)])
    evenly = range(0, len(found), max(1, len(found) // 512))[:512]  # all kinds alike
    kinds = shares(seen, found)
    report: dict[str, Any] = {
        "size": asked.size, **drawn.about, "split": asked.split, "kinds": kinds, "recogniser": shares(known, found),
        "languages_apart_points": parity(kinds), "languages": languages(right(seen, found), found),
        "frechet": frechet(described(eye, made), described(eye, truth)),
        "frechet_of_two_halves_of_the_truth": frechet(described(eye, truth[::2]), described(eye, truth[1::2])),
        "variety": variety(seeds), "variety_of_true_pictures": variety([described(eye, one) for one in painted]),
        "nearest_training_picture": spread(nearest(made[list(evenly)], learnt)),
        "nearest_of_true_pictures": spread(nearest(truth[list(evenly)], learnt)),
    }  # fmt: skip
    ending = "" if asked.served is None else f"-{drawn.about['precision']}"
    folder = asked.out / asked.size / (asked.name or f"evaluation-{asked.split}{ending}")
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
