"""The pictures marks are measured on: photographs that other packages carry, our own scenes, textures, flat areas."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from bench.marks_attacks import Pixels
from bench.scene_bank import bank
from pingxing.engine.backends.scene import SceneBackend
from pingxing.types import Request

SIDE = 512
PLACES = "PINGXING_MARKS_PICTURES"  # site-packages of an environment with scikit-image and scikit-learn
_PHOTOS = {
    "skimage/data": "astronaut.png coffee.png chelsea.png rocket.jpg motorcycle_left.png motorcycle_right.png "
    "hubble_deep_field.jpg retina.jpg ihc.png camera.png grass.png gravel.png brick.png",
    "sklearn/datasets/images": "china.jpg flower.jpg",
}


def pictures(count: int) -> tuple[dict[str, list[Pixels]], dict[str, object]]:
    """`count` pictures of SIDE x SIDE by kind, and what they were made of: 55 % photos, 30 % scenes, 12 % textures."""
    files = photo_files()
    scenes, textures, flats = round(0.30 * count), round(0.12 * count), max(4, round(0.03 * count))
    photos = count - scenes - textures - flats
    kinds = {
        "photos": patches(files, photos),
        "scenes": _scenes(scenes),
        "textures": _textures(textures),
        "flat": _flats(flats),
    }
    facts: dict[str, object] = {
        "side": SIDE,
        "count": {kind: len(found) for kind, found in kinds.items()},
        "photo_files": [path.name for path in files],
        "photo_patches": "random 512 px windows, half of them mirrored; files with a shorter side are enlarged to 512",
    }
    return kinds, facts


def photo_files() -> list[Path]:
    """The photographs at hand; none when neither package is found."""
    found = []
    for folder, names in _PHOTOS.items():
        package = folder.partition("/")[0]
        spec = find_spec(package)
        roots = [Path(os.environ[PLACES])] if PLACES in os.environ else []
        if spec is not None and spec.origin is not None:
            roots.append(Path(spec.origin).parent.parent)
        for root in roots[:1]:
            found += [root / folder / name for name in names.split() if (root / folder / name).is_file()]
    return found


def patches(files: list[Path], count: int, seed: int = 7) -> list[Pixels]:
    """Windows of the photographs in turn, at random places; none without photographs."""
    if not files:
        return []
    chance = np.random.default_rng(seed)
    whole = []
    for path in files:
        image = Image.open(path).convert("RGB")
        part = SIDE / min(image.size)
        if part > 1:
            size = (max(SIDE, round(image.width * part)), max(SIDE, round(image.height * part)))
            image = image.resize(size, Image.Resampling.LANCZOS)
        whole.append(np.asarray(image))
    cut = []
    for index in range(count):
        picture = whole[index % len(whole)]
        top = chance.integers(picture.shape[0] - SIDE + 1)
        left = chance.integers(picture.shape[1] - SIDE + 1)
        patch = picture[top : top + SIDE, left : left + SIDE]
        cut.append(np.ascontiguousarray(patch[:, ::-1] if chance.random() < 0.5 else patch))
    return cut


def _scenes(count: int) -> list[Pixels]:
    prompts = [prompt for pair in bank() for prompt in (pair.en, pair.zh)]
    engine = SceneBackend()
    try:
        engine.warm()
        found = []
        for seed, prompt in enumerate(Random(5).sample(prompts, count)):
            state = engine.prepare(Request(prompt=prompt, seed=seed, width=SIDE, height=SIDE))
            engine.step([state])
            found.append(np.ascontiguousarray(np.asarray(engine.finish(state).pixels)[:, :, :3]))
        return found
    finally:
        engine.close()


def _textures(count: int) -> list[Pixels]:
    """Noise of spectra 1/f**0.3 to 1/f**1.8, 8 to 45 grey levels strong."""
    chance = np.random.default_rng(3)
    radius = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None])
    radius[0, 0] = 1
    found = []
    for index in range(count):
        noise = np.fft.rfft2(chance.normal(size=(SIDE, SIDE))) / radius ** (0.3 + 1.5 * index / count)
        grey = np.fft.irfft2(noise, s=(SIDE, SIDE))
        grey = (grey - grey.mean()) / grey.std() * chance.uniform(8, 45) + chance.uniform(70, 180)
        found.append(np.clip(grey[:, :, None] * chance.uniform(0.7, 1.2, 3), 0, 255).astype(np.uint8))
    return found


def _flats(count: int) -> list[Pixels]:
    """White, mid-grey, random colours, ramps."""
    chance = np.random.default_rng(11)
    found = [np.full((SIDE, SIDE, 3), 255, np.uint8), np.full((SIDE, SIDE, 3), 128, np.uint8)]
    while len(found) < count:
        one, other = chance.integers(0, 256, (2, 3))
        end = one if len(found) % 2 else other
        ramp = np.linspace(one, end, SIDE)
        found.append(np.ascontiguousarray(np.broadcast_to(np.rint(ramp).astype(np.uint8), (SIDE, SIDE, 3))))
    return found[:count]
