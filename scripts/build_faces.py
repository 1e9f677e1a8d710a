"""Pack the display faces that words in pictures may be set in: src/pingxing/engine/backends/scene/assets/faces.pxf.

    npm pack @fontsource/zcool-kuaile@5.3.0 @fontsource/ma-shan-zheng@5.3.1 @fontsource/fredoka@5.3.0 \
        @fontsource/pacifico@5.3.0          # and unpack each into FOLDER/<name>
    python scripts/build_faces.py FOLDER    # needs the development extra (fonttools, brotli)

The faces come as some two hundred woff2 slices each; one file with random access replaces them. No outline is
changed. None of the four has a Reserved Font Name (their licences stand beside the file as faces.OFL.txt).

Form of the file: b"PXFACE1\\n", length of the directory (u64), the directory (JSON: for each face its package, version,
copyright, em, height of a capital, characters as [first, count] runs, and its blocks as [offset, length]), then the
blocks. A block is raw LZMA2 over the glyphs of GLYPHS consecutive characters, as little-endian streams one after the
other, each preceded by its length in bytes (u32): advances (u16), contours of each glyph (u8), points of each contour
(u16), on-curve flags (u8 each), x and y of each point (i16, differences within the glyph).
"""

from __future__ import annotations

import json
import lzma
import struct
import sys
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

MAGIC = b"PXFACE1\n"
FILTERS = [
    {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 20, "lc": 0, "lp": 1, "pb": 1}
]
GLYPHS = 64
TARGET = Path(__file__).parents[1] / "src/pingxing/engine/backends/scene/assets"
# id, package, slices (every file that matches; the heavier weight where the family has several)
FACES = (
    ("round", "zcool-kuaile", "*-400-normal.woff2"),
    ("brush", "ma-shan-zheng", "*-400-normal.woff2"),
    ("bubble", "fredoka", "fredoka-latin-600-normal.woff2"),
    ("script", "pacifico", "pacifico-latin-400-normal.woff2"),
)
Glyph = tuple[int, list[list[tuple[int, int, int]]]]  # advance; contours of (x, y, on curve)


def wanted(code: int) -> bool:
    """Printable characters that need no shaping: Latin, punctuation, CJK."""
    ranges = ((0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x203A), (0x20AC, 0x20AC), (0x2122, 0x2122), (0x3000, 0x30FF),
              (0x3400, 0x9FFF), (0xFF01, 0xFF5E), (0xFFE5, 0xFFE5))  # fmt: skip
    return code not in (0xAD,) and any(low <= code <= high for low, high in ranges)


def slices(folder: Path, pattern: str) -> tuple[dict[int, Glyph], dict[str, Any]]:
    """Every wanted glyph of the package's slices, and what the font says of itself."""
    glyphs: dict[int, Glyph] = {}
    facts: dict[str, Any] = {}
    for path in sorted((folder / "package" / "files").glob(pattern)):
        font = TTFont(path)
        names, table, metrics = font.getBestCmap(), font["glyf"], font["hmtx"]
        for code, name in names.items():
            if wanted(code) and code not in glyphs:
                glyphs[code] = (metrics[name][0], contours(table, name))
        facts = {
            "em": font["head"].unitsPerEm,
            "version": font["name"].getDebugName(5),
            "copyright": font["name"].getDebugName(0),
        }
    return glyphs, facts


def contours(table: Any, name: str) -> list[list[tuple[int, int, int]]]:
    points, ends, flags = table[name].getCoordinates(table)
    found, start = [], 0
    for end in ends:
        found.append([(x, y, flags[i] & 1) for i, (x, y) in enumerate(points[start : end + 1], start)])
        start = end + 1
    return [contour for contour in found if len(contour) > 1]


def block(glyphs: list[Glyph]) -> bytes:
    xs, ys, flags, counts, lengths, advances = [], [], [], [], [], []
    for advance, outline in glyphs:
        advances.append(advance)
        counts.append(len(outline))
        x = y = 0
        for contour in outline:
            lengths.append(len(contour))
            for px, py, on in contour:
                xs.append(px - x)
                ys.append(py - y)
                flags.append(on)
                x, y = px, py
    streams = [
        struct.pack(f"<{len(values)}{kind}", *values)
        for kind, values in (("H", advances), ("B", counts), ("H", lengths), ("B", flags), ("h", xs), ("h", ys))
    ]
    plain = b"".join(struct.pack("<I", len(stream)) + stream for stream in streams)
    return lzma.compress(plain, format=lzma.FORMAT_RAW, filters=FILTERS)


def runs(codes: list[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for code in codes:
        if found and code == found[-1][0] + found[-1][1]:
            found[-1][1] += 1
        else:
            found.append([code, 1])
    return found


def height(glyphs: dict[int, Glyph], character: str) -> int:
    ys = [y for contour in glyphs[ord(character)][1] for _, y, _ in contour]
    return max(ys) - min(ys)


def build(source: Path) -> None:
    directory, body, licences = {}, b"", []
    for name, package, pattern in FACES:
        (folder,) = sorted(source.glob(f"*{package}-*"))
        glyphs, facts = slices(folder, pattern)
        manifest = json.loads((folder / "package" / "package.json").read_text(encoding="utf-8"))
        codes = sorted(glyphs)
        places = []
        for start in range(0, len(codes), GLYPHS):
            packed = block([glyphs[code] for code in codes[start : start + GLYPHS]])
            places.append([len(body), len(packed)])
            body += packed
        licence = (folder / "package" / "LICENSE").read_text(encoding="utf-8")
        licences.append(licence.strip())
        directory[name] = {
            **facts,
            "package": f"{manifest['name']} {manifest['version']}",
            "capital": height(glyphs, "H"),
            "runs": runs(codes),
            "blocks": places,
        }
        print(f"{name}: {len(codes)} glyphs, {sum(size for _, size in places):,} bytes")
    head = json.dumps(directory, ensure_ascii=False, separators=(",", ":")).encode()
    (TARGET / "faces.pxf").write_bytes(MAGIC + len(head).to_bytes(8, "little") + head + body)
    heads = [licence.split("\n\n")[0] for licence in licences]
    text = licences[0].split("\n", 1)[1]
    (TARGET / "faces.OFL.txt").write_text("\n".join(dict.fromkeys(heads)) + "\n" + text + "\n", encoding="utf-8")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
