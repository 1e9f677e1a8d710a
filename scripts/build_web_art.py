"""Draw the studio's own pictures: style samples and the welcome picture, made and labelled by the product itself.

Run from the repository: `python scripts/build_web_art.py`. The same art file gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from pingxing.engine.backends.scene import SceneBackend
from pingxing.types import Language, Request
from samples import sealed

OUT = Path(__file__).parent.parent / "src/pingxing/web/static/art"
WELCOME = {
    "zh": "夜晚，湖边的大树下有一只白猫，树的右边挂着两只红灯笼",
    "en": "a white cat under a tree by the lake at night, two red lanterns to the right of the tree",
}


def draw(backend: SceneBackend, name: str, language: Language, **wish: object) -> None:
    request = Request(**wish)  # type: ignore[arg-type]
    state = backend.prepare(request)
    backend.step([state])
    (OUT / f"{name}.webp").write_bytes(sealed(backend.finish(state), name, language))


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    backend = SceneBackend()
    for style in backend.model.styles:
        draw(backend, f"style-{style}", "zh", prompt="a fox and a tree", style=style, width=160, height=160, seed=4)
    for language, prompt in WELCOME.items():
        draw(backend, f"welcome-{language}", language, prompt=prompt, width=1152, height=896, seed=8)
    backend.close()


if __name__ == "__main__":
    main()
