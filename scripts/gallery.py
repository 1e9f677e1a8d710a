"""The contact sheet: sixty wishes, each drawn from its English and from its Chinese with another seed.

`python scripts/gallery.py` writes build/gallery/index.html and sheet.png, to be looked at until none of the
pictures is embarrassing. `--keep` also writes the chosen ones (KEPT) for the start page and the READMEs.
Everything is labelled, as all that leaves the product is.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from pingxing import __version__
from pingxing.engine.backends.scene import SceneBackend
from pingxing.types import Language, Picture, Request
from samples import sealed

ROOT = Path(__file__).parent.parent
WISHES = Path(__file__).with_name("gallery.txt")
OUT = ROOT / "build" / "gallery"
START_PAGE = ROOT / "src/pingxing/web/static/gallery"
SEEDS: dict[Language, int] = {"en": 1, "zh": 2}
KEPT_SIDE = 640  # pixels
COLUMNS, CELL, GAP = 6, 300, 6  # of the contact sheet, pixels

# (line of gallery.txt counted from 1, language whose drawing is kept)
KEPT: tuple[tuple[int, Language], ...] = (
    (2, "zh"), (1, "en"), (6, "en"), (17, "en"), (25, "zh"), (55, "en"),
    (12, "zh"), (13, "zh"), (47, "zh"), (53, "zh"), (42, "en"), (8, "zh"),
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    number: int
    en: str
    zh: str
    style: str
    width: int
    height: int

    def prompt(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


def wishes() -> list[Wish]:
    lines = [line for line in WISHES.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    found = []
    for number, line in enumerate(lines, 1):
        en, zh, style, size = (part.strip() for part in line.split("|"))
        width, height = map(int, size.split("x"))
        found.append(Wish(number, en, zh, style, width, height))
    return found


def draw(backend: SceneBackend, wish: Wish, language: Language) -> tuple[Picture, float]:
    """The picture and the milliseconds that composing and drawing took."""
    begun = time.perf_counter()
    state = backend.prepare(
        Request(
            prompt=wish.prompt(language),
            style=wish.style,
            width=wish.width,
            height=wish.height,
            seed=SEEDS[language],
        )
    )
    backend.step([state])
    return backend.finish(state), (time.perf_counter() - begun) * 1000


def row(wish: Wish, pictures: dict[Language, tuple[Picture, float]]) -> str:
    cells = []
    for language, (picture, ms) in pictures.items():
        scene = picture.scene
        assert scene is not None
        things = ", ".join(f"{thing.name_zh if language == 'zh' else thing.name_en}" for thing in scene.objects)
        missing = f"<p class=missing>not drawn: {escape(', '.join(scene.not_drawn))}</p>" if scene.not_drawn else ""
        swapped = "".join(f"<p class=missing>{escape(r.word)} → {escape(r.name_en)}</p>" for r in scene.replaced)
        cells.append(
            f'<figure><img src="{wish.number:02d}-{language}.webp" width="{picture.width}" height="{picture.height}" '
            f'loading="lazy" alt="{escape(wish.prompt(language), quote=True)}">'
            f"<figcaption><b>{escape(wish.prompt(language))}</b>"
            f"<p>{escape(scene.background)}, {escape(scene.time)}, {escape(scene.weather)}; {escape(things)}; "
            f"{ms:.0f} ms</p>{missing}{swapped}</figcaption></figure>"
        )
    return f'<section id="w{wish.number}"><h2>{wish.number} {escape(wish.style)}</h2>{"".join(cells)}</section>'


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pingxing gallery</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;background:#faf8f3;color:#1c1b1a;margin:24px}}
section{{display:grid;grid-template-columns:1fr 1fr;gap:12px;margin-bottom:32px}}
h2{{grid-column:1/3;margin:0;font-size:15px}}
figure{{margin:0}}img{{width:100%;height:auto;border-radius:8px}}p{{margin:2px 0;color:#6b675f;font-size:13px}}
.missing{{color:#b93a27}}</style><h1>Pingxing {version}: {count} wishes, two languages, two seeds</h1>{rows}</html>
"""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--keep", action="store_true", help="also write the chosen pictures for the start page")
    asked.add_argument("--only", type=int, nargs="*", help="numbers of wishes; all of them where left out")
    given = asked.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    chosen = [wish for wish in wishes() if not given.only or wish.number in given.only]
    rows, thumbs = [], []
    backend = SceneBackend()
    for wish in chosen:
        pictures: dict[Language, tuple[Picture, float]] = {}
        for language in SEEDS:
            picture, ms = draw(backend, wish, language)
            name = f"{wish.number:02d}-{language}"
            data = sealed(picture, name, language)
            (OUT / f"{name}.webp").write_bytes(data)
            pictures[language] = (picture, ms)
            thumbs.append((wish, language, data))
        rows.append(row(wish, pictures))
        print(f"\r{wish.number}/{len(chosen)}", end="", file=sys.stderr)
    backend.close()
    (OUT / "index.html").write_text(PAGE.format(version=__version__, count=len(chosen), rows="".join(rows)), "utf-8")
    sheet(thumbs).save(OUT / "sheet.png")
    print(f"\n{OUT / 'index.html'}", file=sys.stderr)
    if given.keep:
        keep()
    return 0


def sheet(thumbs: list[tuple[Wish, Language, bytes]]) -> Image.Image:
    """All pictures small, each with its number: what one looks at first."""
    lines = -(-len(thumbs) // COLUMNS)
    step = CELL + GAP
    page = Image.new("RGB", (COLUMNS * step + GAP, lines * step + GAP), "#faf8f3")
    pen = ImageDraw.Draw(page)
    for place, (wish, language, data) in enumerate(thumbs):
        left, top = GAP + place % COLUMNS * step, GAP + place // COLUMNS * step
        with Image.open(BytesIO(data)) as image:
            small = image.convert("RGB")
        small.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
        page.paste(small, (left + (CELL - small.width) // 2, top + (CELL - small.height) // 2))
        pen.text((left + 3, top + 1), f"{wish.number}{language}", fill="#b93a27")
    return page


def keep() -> None:
    """The chosen ones, labelled, with an index for the start page.

    Square, as the start page shows them: a tile that cut a wider picture would cut its label too.
    """
    START_PAGE.mkdir(parents=True, exist_ok=True)
    for old in START_PAGE.iterdir():
        old.unlink()
    backend = SceneBackend()
    index = []
    by_number = {wish.number: wish for wish in wishes()}
    for number, language in KEPT:
        wish = by_number[number]
        small = Wish(number, wish.en, wish.zh, wish.style, KEPT_SIDE, KEPT_SIDE)
        picture, _ = draw(backend, small, language)
        name = f"{number:02d}-{language}.webp"
        (START_PAGE / name).write_bytes(sealed(picture, f"gallery-{number:02d}-{language}", language))
        index.append(
            {
                "file": name,
                "width": picture.width,
                "height": picture.height,
                "style": wish.style,
                "prompt_en": wish.en,
                "prompt_zh": wish.zh,
                "alt": {"en": wish.en, "zh": wish.zh},
            }
        )
    backend.close()
    (START_PAGE / "index.json").write_text(json.dumps(index, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
