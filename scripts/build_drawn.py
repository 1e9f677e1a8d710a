"""Measure our own drawings and gather them in one file: `python scripts/build_drawn.py [--check]`.

Reads drawn/*.svg (frame 128 x 128, no text, no images, no filters) and drawn/names.toml beside the scene
engine's code; writes assets/drawn.json. With --check it only says whether the file is what it would write.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

from build_art import measure, slim

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "src/pingxing/engine/backends/scene"
TARGET = ENGINE / "assets/drawn.json"
SIDE = 128
FORBIDDEN = re.compile(r"<(script|image|text|foreignObject|filter|style|use)\b|\bon\w+=|https?://(?!www\.w3\.org)")


def body(name: str) -> str:
    """The markup inside <svg>, on one line, with its ids renamed."""
    text = (ENGINE / "drawn" / f"{name}.svg").read_text("utf-8")
    found = re.fullmatch(r"\s*<svg [^>]*viewBox=\"0 0 128 128\"[^>]*>(.*)</svg>\s*", text, re.DOTALL)
    if found is None:
        raise SystemExit(f"{name}.svg: must be one <svg> with viewBox 0 0 128 128")
    if bad := FORBIDDEN.search(found[1]):
        raise SystemExit(f"{name}.svg: {bad[0]} has no place in a drawing")
    return slim(re.sub(r"\s*\n\s*", "", found[1]))


def build() -> str:
    rows = {}
    names = tomllib.loads((ENGINE / "drawn/names.toml").read_text("utf-8"))
    lost = {path.stem for path in (ENGINE / "drawn").glob("*.svg")} ^ set(names)
    if lost:
        raise SystemExit(f"drawing without a name, or name without a drawing: {sorted(lost)}")
    for name, row in sorted(names.items(), key=lambda item: item[1]["concept"]):
        markup = body(name)
        x0, y0, x1, y1, left, right, colours, hem, spill = measure(markup, SIDE, SIDE)
        if spill:
            raise SystemExit(f"{name}.svg: drawn beyond its frame")
        if row["concept"] in rows or not re.fullmatch(r"E[0-9A-F]{3}", row["concept"]):
            raise SystemExit(f"{name}: its concept must be a code point of the private use area, used once")
        rows[row["concept"]] = {
            "group": row["group"],
            "subgroup": row["subgroup"],
            "trait": row["trait"],
            "en": [word.strip() for word in row["en"].split(",")],
            "zh": [word.strip() for word in row["zh"].split(",")],
            "box": [x0, y0, x1, y1],
            "foot": [left, right],
            "colours": colours,
            "hem": hem,
            "setting": row.get("setting", ""),
            "markup": markup,
            "emoji": row.get("emoji", ""),
        }
    return json.dumps(rows, ensure_ascii=False, indent=0) + "\n"


def main() -> int:
    text = build()
    if "--check" in sys.argv[1:]:
        fresh = TARGET.is_file() and TARGET.read_text("utf-8") == text
        print("fresh" if fresh else "assets/drawn.json is stale: run python scripts/build_drawn.py")
        return 0 if fresh else 1
    TARGET.write_text(text, "utf-8")
    print(f"{TARGET.name}: {text.count('markup')} drawings, {len(text.encode()) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
