"""The floor under every number: the same pictures drawn by bare resvg and written by bare Pillow, nothing else."""

from __future__ import annotations

import statistics
from functools import partial
from io import BytesIO
from typing import Any

from bench.common import timed
from bench.studio import prompts


def documents(width: int, height: int, count: int) -> list[str]:
    """SVG documents that the scene engine composed for the benchmark's prompts."""
    from pingxing.bootstrap import default_loaders
    from pingxing.settings import load
    from pingxing.types import Request

    backend = default_loaders(load({}))["scene"]()
    found = []
    try:
        for number in range(count):
            words = prompts()[number % len(prompts())]
            state = backend.prepare(Request(prompt=words, model="scene", width=width, height=height, seed=number))
            while state.step < state.steps:
                backend.step([state])
            found.append(backend.finish(state).svg or "")
    finally:
        backend.close()
    return found


def floor_ms(width: int, height: int, count: int) -> float:
    """Median milliseconds of bare render plus bare PNG encode, one after the other in one process."""
    svgs = documents(width, height, min(count, len(prompts())))
    _bare(svgs[0])
    taken = [timed(partial(_bare, svgs[number % len(svgs)]), 1)[0] for number in range(count)]
    return statistics.median(taken)


def _bare(svg: str) -> Any:
    import resvg_py
    from PIL import Image

    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").save(out := BytesIO(), "PNG")
    return out.getvalue()
