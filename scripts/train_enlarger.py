"""Train the network that enlarges our model's pictures four times, on the art drawn large: minutes of one core.

    python scripts/train_enlarger.py --corpus build/picture/narrow --out build/picture/enlarger --minutes 3

The sentences of the corpus' scenes are drawn anew at 256 pixels. One in twelve is held out; the figures that are
printed are of those, beside Lanczos and repetition. The same command goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pingxing.corpus import shards
from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.compose import compose
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.training.picture import checkpoint
from pingxing.training.picture.autoencoder import decibels, rebuild_loss
from pingxing.training.picture.canvas import contact_sheet, png
from pingxing.training.picture.enlarge import TIMES, Enlarger, crops, smaller
from pingxing.training.picture.optimise import Optimiser, Rates, kernels, pace_at

SIDE = 256
CROP = 96


def drawn(corpus: Path, count: int) -> Tensor:
    """Scenes at 256 pixels, (n, 3, 256, 256) uint8, kept beside the corpus once they are drawn."""
    kept = corpus / f"large-{count}.npy"
    if not kept.is_file():
        pairs = [pair for pair in shards.read(*sorted(corpus.glob("scenes-*.tar.gz"))) if pair.split == "train"]
        pool, art, found = RenderPool(1), shipped(), list[np.ndarray]()
        for number, pair in enumerate(pairs[:: max(1, len(pairs) // count)][:count]):
            made = compose(parse(pair.captions["en"][0]), SIDE, SIDE, number, STYLES[pair.idea.style], art)
            found += pool.draw([Drawing(made.markup, (0, 0, made.width, made.height), SIDE, SIDE)])
        pool.close()
        np.save(kept, np.stack(found)[..., :3], allow_pickle=False)
    return torch.from_numpy(np.load(kept, allow_pickle=False)).permute(0, 3, 1, 2).contiguous()


def lanczos(small: Tensor) -> Tensor:
    """By Pillow, through 8 bits."""
    found = []
    for picture in small:
        pixels = ((picture.permute(1, 2, 0) + 1) * 127.5).round().byte().numpy()
        large = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        found.append(torch.from_numpy(np.asarray(large).copy()).permute(2, 0, 1).float() / 127.5 - 1)
    return torch.stack(found)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/picture/enlarger"))
    parser.add_argument("--pictures", type=int, default=240)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=3.0)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    pictures = drawn(asked.corpus, asked.pictures)
    held, known = pictures[::12].float() / 127.5 - 1, pictures[[n for n in range(len(pictures)) if n % 12]]
    model = Enlarger()
    optimiser = Optimiser(model, Rates(muon=3e-3, adam=2e-3, ema=0.99), kernels)
    step, began = 0, time.monotonic()
    if checkpoint.exists(asked.out / "checkpoint"):
        tensors, facts = checkpoint.load(asked.out / "checkpoint")
        model.load_state_dict({name.removeprefix("weight/"): t for name, t in tensors.items() if "weight/" in name[:7]})
        optimiser.load(tensors, int(facts["step"]))
        step = int(facts["step"])
    while step < asked.steps and time.process_time() < 60 * asked.minutes:
        chance = torch.Generator().manual_seed(step)
        large = crops(known, asked.batch, CROP, chance)
        loss = rebuild_loss(model(smaller(large, chance)), large)
        loss.backward()
        optimiser.step(pace_at(step, asked.steps, warm=50))
        step += 1
        if step % 100 == 0:
            print(f"step {step}: loss {float(loss.detach()):.4f}, {time.monotonic() - began:.0f} s", file=sys.stderr)
    weights = {f"weight/{name}": weight.detach() for name, weight in model.state_dict().items()}
    checkpoint.keep(asked.out / "checkpoint", weights | optimiser.state(), {"step": step})
    checkpoint.keep(asked.out / "model", optimiser.mean, {"step": step, "kind": "enlarger"})
    best = Enlarger()
    best.load_state_dict(optimiser.mean)
    best.eval()
    small = smaller(held, torch.Generator().manual_seed(1))
    with torch.no_grad():
        made = best(small)
    repeated = Enlarger()._repeated(small)
    found = {
        "step": step,
        "ours_db": round(decibels(made, held), 2),
        "lanczos_db": round(decibels(lanczos(small), held), 2),
        "repeated_db": round(decibels(repeated, held), 2),
        "clean_ours_db": round(decibels(best(torch.nn.functional.avg_pool2d(held, TIMES)).detach(), held), 2),
        "clean_lanczos_db": round(decibels(lanczos(torch.nn.functional.avg_pool2d(held, TIMES)), held), 2),
        "cpu_seconds": round(time.process_time(), 1),
    }
    rows = torch.stack((repeated[:6], lanczos(small)[:6], made[:6], held[:6]), 1).flatten(0, 1)
    (asked.out / "sheet.png").write_bytes(png(contact_sheet(rows, 4)))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
