"""Draw the studio's own pictures: style samples and the welcome picture with how it was understood, made and
labelled by the product itself.

Run from the repository: `python scripts/build_web_art.py`. The same art file gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter

from pingxing.engine.backends.scene import SceneBackend
from pingxing.types import Language, Picture, Request
from pingxing.web.understood import Sample
from samples import sealed

OUT = Path(__file__).parent.parent / "src/pingxing/web/static/art"
WELCOME: dict[Language, str] = {
    "zh": "夜晚，湖边的大树下有一只白猫，树的右边挂着两只红灯笼",
    "en": "a white cat under a tree by the lake at night, two red lanterns to the right of the tree",
}


def draw(backend: SceneBackend, name: str, language: Language, **wish: object) -> Picture:
    request = Request(**wish)  # type: ignore[arg-type]
    state = backend.prepare(request)
    backend.step([state])
    picture = backend.finish(state)
    (OUT / f"{name}.webp").write_bytes(sealed(picture, name, language))
    return picture


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    backend = SceneBackend()
    for style in backend.model.styles:
        draw(backend, f"style-{style}", "zh", prompt="a fox and a tree", style=style, width=160, height=160, seed=4)
    for language, prompt in WELCOME.items():
        picture = draw(backend, f"welcome-{language}", language, prompt=prompt, width=1152, height=896, seed=5)
        assert picture.scene is not None
        known = TypeAdapter(Sample).dump_json(Sample(prompt, picture.scene), indent=1)
        (OUT / f"welcome-{language}.json").write_bytes(known + b"\n")
    backend.close()


if __name__ == "__main__":
    main()
