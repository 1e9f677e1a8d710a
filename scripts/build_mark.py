"""Build src/pingxing/label/glyphs.json: the outlines of the visible mark's dozen glyphs.

The mark must look the same on every machine and in every format, so it is drawn from outlines that
ship with the package and never from whatever fonts a server happens to have. The font itself
(Noto Sans SC, SIL Open Font License 1.1) is 8 MB; the outlines of the glyphs in use are a few kB.

    pip install fonttools pylopdf-fonts-zh-cn
    python scripts/build_mark.py
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

from fontTools.misc.transform import Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parent.parent / "src" / "pingxing" / "label"
WORDINGS = {"zh": "AI生成", "en": "AI generated"}


def main() -> None:
    spec = find_spec("pylopdf_fonts_zh_cn")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install pylopdf-fonts-zh-cn first")
    path = Path(spec.origin).parent / "NotoSansSC-Regular.otf"
    font = TTFont(path)
    glyph_set, names = font.getGlyphSet(), font.getBestCmap()
    glyphs: dict[str, dict[str, object]] = {}
    for character in sorted(set("".join(WORDINGS.values()).upper())):  # the seal is set in capitals
        glyph = glyph_set[names[ord(character)]]
        outline, bounds = SVGPathPen(glyph_set, ntos=lambda n: str(round(n))), BoundsPen(glyph_set)
        glyph.draw(TransformPen(outline, Transform(1, 0, 0, -1, 0, 0)))  # SVG's y axis points down
        glyph.draw(bounds)
        glyphs[character] = {
            "advance": round(glyph.width),
            "ink": [round(n) for n in bounds.bounds] if bounds.bounds else None,  # left, bottom, right, top; y up
            "path": outline.getCommands(),
        }
    package = distribution("pylopdf-fonts-zh-cn")
    data = {
        "source": "Noto Sans SC Regular 2.004, (c) 2014-2021 Adobe, SIL Open Font License 1.1",
        "package": f"pylopdf-fonts-zh-cn {package.version}",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "units_per_em": font["head"].unitsPerEm,
        "wordings": WORDINGS,
        "glyphs": glyphs,
    }
    target = FOLDER / "glyphs.json"
    target.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    licence = font["name"].getDebugName(0) + "\n\n" + (package.read_text("licenses/LICENSE") or "")
    (FOLDER / "glyphs.OFL.txt").write_text(licence, encoding="utf-8")
    print(f"{target.name}: {len(glyphs)} glyphs, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
