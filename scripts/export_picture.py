"""Make a folder that serves without torch out of a training run: `pingxing models add FOLDER --name N` takes it.

    python scripts/export_picture.py build/picture/nano --corpus build/picture/corpus --out build/picture/serve

Needs torch and the package `onnx` (extra `training`). --precision int8 is the default: a quarter of the size and twice
as fast; the network that enlarges four times (scripts/train_enlarger.py) goes along.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch

from pingxing.corpus.captions import grammar, plural
from pingxing.training.picture import checkpoint
from pingxing.training.picture.autoencoder import Autoencoder
from pingxing.training.picture.enlarge import Enlarger, shipped
from pingxing.training.picture.export import Card, Sampling, again, export
from pingxing.training.picture.loop import trained
from pingxing.training.picture.transformer import Transformer, TransformerPlan
from pingxing.vocabulary import parts


def card(facts: dict[str, object], weights: int, corpus: Path) -> Card:
    """What people must know, in both languages, from the run's own facts and the corpus' data card."""
    text = tomllib.loads(files("pingxing.training.picture").joinpath("card.toml").read_text("utf-8"))
    told = json.loads((corpus / "card.json").read_text("utf-8"))
    course = facts["course"]
    seen = int(facts["step"]) * int(course["batch"])  # type: ignore[call-overload,index]
    blanks = {"weights": round(weights / 1e6), "pictures": f"{seen:,}"}
    licences = " AND ".join(sorted({"Apache-2.0", *told["licences"]}))
    sources = tuple(f"{one['package']} {one['version']} ({one['licence']})" for one in told["sources"])
    lineage = f"trained from nothing by Pingxing, {seen:,} pictures; scenes of Pingxing's own engine"
    return Card(licences, lineage, sources, text["en"].format(**blanks), text["zh"].format(**blanks))


def share_plurals(model: Transformer, words: Sequence[str], concepts: Sequence[dict[str, Any]]) -> int:
    """Let English plurals of names ("apples") mean what the names mean; returns how many do.

    Numbers say how many, and plurals are heard too seldom to be learnt: with them 53 % of English counts were right,
    with the names in their place 67 %, as in Chinese (LOG.md, 26). A plural that a name or a setting has as its own
    word stays what it is: "under the stars", "in the clouds".
    """
    told = grammar("en")
    phrases = (*told.where.values(), *told.first.values(), *told.times.values(), *told.styles.values(), told.leads)
    numbers = {word: number for number, word in enumerate(words)}
    own = {word for row in concepts for name in row["en"] for word in name.split()}
    own |= {word for several in phrases for phrase in several for word in parts(phrase)}
    shared = set()
    for row in concepts:
        for name in row["en"]:
            one, many = name.split()[-1], plural(name).split()[-1]
            if one != many and one in numbers and many in numbers and many not in own:
                shared.add((numbers[many], numbers[one]))
    with torch.no_grad():
        for many, one in sorted(shared):
            model.words.table.weight[many] = model.words.table.weight[one]
    return len(shared)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, nargs="?", help="folder of the transformer's run")
    parser.add_argument("--again", type=Path, help="a folder that was exported before, instead of a run and a corpus")
    parser.add_argument("--autoencoder", type=Path, help="default: `autoencoder` beside the run")
    parser.add_argument(
        "--enlarger", type=Path, help="folder of scripts/train_enlarger.py; default: the weights that are shipped"
    )
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--precision", choices=("fp32", "int8"), default="int8")
    parser.add_argument(
        "--spare", action="store_true", help="keep what others train on from in 8 bits, half of the size"
    )
    parser.add_argument("--sampler", type=Path, help="what scripts/tune_sampler.py wrote, instead of the next three")
    parser.add_argument("--steps", type=int, default=Sampling().steps)
    parser.add_argument("--guidance", type=float, default=Sampling().guidance)
    parser.add_argument("--shift", type=float, default=Sampling().shift)
    asked = parser.parse_args(arguments)
    if asked.again is not None:
        print(again(asked.again, asked.out))
        return
    if asked.run is None or asked.corpus is None:
        parser.error("a run and its --corpus, or --again")
    mean, facts = trained(asked.run)
    plan = {name: value for name, value in facts["model"].items() if name != "kind"}
    model = Transformer(TransformerPlan(**plan))
    model.load_state_dict(mean)
    pictures = Autoencoder()
    pictures.load_state_dict(trained(asked.autoencoder or asked.run.parent / "autoencoder")[0])
    enlarger = shipped()
    if asked.enlarger is not None:
        enlarger = Enlarger()
        enlarger.load_state_dict(checkpoint.load(asked.enlarger / "model")[0])
    weights = sum(weight.numel() for part in (model, pictures) for weight in part.parameters())
    world = json.loads((asked.corpus / "world.json").read_text("utf-8"))
    words = world["words"]
    print(f"{share_plurals(model, words, world['concepts'])} plurals share the words of their names")
    sampling = Sampling(asked.steps, asked.guidance, asked.shift)
    if asked.sampler is not None:
        sampling = Sampling(**json.loads(asked.sampler.read_text("utf-8")))
    told = card(facts, weights, asked.corpus)
    made = export(model, pictures, words, asked.out, told, asked.precision, sampling, enlarger, asked.spare)
    size = sum(file.stat().st_size for file in made.rglob("*") if file.is_file())
    print(f"{made}: {size / 1e6:.1f} MB, {asked.precision}")


if __name__ == "__main__":
    main()
