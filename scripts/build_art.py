"""Build the one art file of the scene engine from openly licensed npm packages.

    python scripts/build_art.py [FOLDER_WITH_node_modules]

Without a folder the pinned packages are installed into a temporary one with `npm install`. The same
packages give the same bytes: nothing here depends on time, order of files or hashing of strings.

The file (see `pingxing.engine.backends.scene.art` for the reader) is

    b"PXART01\\n" | uint64 LE length of the directory | directory (JSON) | sections

where the directory maps a section's name to [offset, length] counted from the end of the directory.
Sections hold JSON packed with raw LZMA2, save the ones named `blocks/<set>`: there, all skin tones of
one concept are packed together, because they differ in a few colours only and so cost almost nothing.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/pingxing/engine/backends/scene/assets/art.pxa"
MANIFEST = TARGET.with_suffix(".json")

PACKAGES = {
    "@iconify-json/fluent-emoji-flat": ("1.2.6", "MIT", "Fluent Emoji (flat), Microsoft Corporation"),
    "@iconify-json/fluent-emoji": ("1.2.7", "MIT", "Fluent Emoji, Microsoft Corporation"),
    "@iconify-json/noto": ("1.2.9", "Apache-2.0", "Noto Emoji, Google LLC"),
    "@iconify-json/twemoji": ("1.2.5", "CC-BY-4.0", "Twemoji, Twitter, Inc. and other contributors"),
    "cldr-annotations-full": ("48.2.0", "Unicode-3.0", "Unicode CLDR annotations, Unicode, Inc."),
    "cldr-annotations-derived-full": ("48.2.0", "Unicode-3.0", "Unicode CLDR derived annotations, Unicode, Inc."),
    "emojibase-data": ("17.0.0", "MIT", "emojibase-data (groups of emoji), Miles Johnson"),
}
SETS = {"flat": "fluent-emoji-flat", "3d": "fluent-emoji", "noto": "noto", "twemoji": "twemoji"}
ALLOWED = {"MIT", "Apache-2.0", "CC-BY-4.0", "Unicode-3.0"}
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 22}]
TONES = re.compile(r"-1F3F[B-F]\b")
PROBE = 96  # pixels a side of the rendering from which the visible box is measured


def pack(data: bytes) -> bytes:
    return lzma.compress(data, format=lzma.FORMAT_RAW, filters=FILTERS)


def dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def concept_of(code_points: str) -> str:
    """ "1f408-200d-2b1b" or an emoji string's hex -> our name for it: upper case, no variation selector."""
    return "-".join(part for part in code_points.upper().split("-") if part != "FE0F")


def install(folder: Path) -> Path:
    wanted = [f"{name}@{version}" for name, (version, _, _) in PACKAGES.items()]
    subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *wanted], cwd=folder, check=True)
    return folder / "node_modules"


def sources(modules: Path) -> list[dict[str, str]]:
    """What went in, with a digest over every file read; a wrong version or licence stops the build."""
    found = []
    for name, (version, licence, credit) in PACKAGES.items():
        folder = modules / name
        package = json.loads((folder / "package.json").read_text())
        if package["version"] != version or package["license"] != licence or licence not in ALLOWED:
            raise SystemExit(f"{name}: wanted {version} {licence}, found {package['version']} {package['license']}")
        digest = hashlib.sha256()
        for file in sorted(used_files(folder, name)):
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
        found.append(
            {"package": name, "version": version, "licence": licence, "credit": credit, "sha256": digest.hexdigest()}
        )
    return found


def used_files(folder: Path, name: str) -> list[Path]:
    if name.startswith("@iconify"):
        return [folder / "icons.json", folder / "chars.json"]
    if name.startswith("cldr"):
        base = next(folder.glob("annotations*"))
        return [base / language / "annotations.json" for language in ("en", "zh", "zh-Hant")]
    return [folder / "en/data.json", folder / "meta/groups.json"]


def slim(body: str) -> str:
    """Rename ids to ~0, ~1, ... so that the reader can prefix them, and twins pack well."""
    body = body.replace("xlink:href", "href")
    ids = {old: f"~{n}" for n, old in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', body)))}

    def swap(match: re.Match[str]) -> str:
        return match.group(1) + ids.get(match.group(2), match.group(2))

    return re.sub(r'(\bid="|url\(#|href="#)([^")]+)', swap, body)


def main_colours(pixels: np.ndarray[Any, Any]) -> list[str]:
    """The colour a person would name for the thing: the mean of its largest family of hues or greys.

    A second one follows where another family of hues covers nearly as much (a bicycle's frame and tyres).
    """
    rgb = pixels.astype(np.float64) / 255
    high, low = rgb.max(axis=1), rgb.min(axis=1)
    spread = high - low
    safe = np.where(spread > 0, spread, 1)
    r, g, b = rgb.T
    hue = np.where(high == r, (g - b) / safe % 6, np.where(high == g, (b - r) / safe + 2, (r - g) / safe + 4))
    family = np.where(spread > 0.18, (hue * 4).astype(int) % 24, 24 + (high * 2.99).astype(int))
    weight = np.bincount(family, minlength=27).astype(float)
    weight[24] *= 0.4  # near black is mostly outline, eye and shadow
    joined = weight.copy()
    joined[:24] += 0.8 * (np.roll(weight[:24], 1) + np.roll(weight[:24], -1))
    best = int(joined.argmax())
    found = [mean_of(rgb, family, best)]
    rest = joined.copy()
    rest[24:] = 0
    if best < 24:
        rest[[(best + step) % 24 for step in range(-4, 5)]] = 0
    if rest.max() > 0.3 * joined[best]:
        found.append(mean_of(rgb, family, int(rest.argmax())))
    return found


def hem(pixels: np.ndarray[Any, Any]) -> str:
    """The commonest colour of the lowest visible rows: the coat of a person drawn down to the shoulders."""
    solid = pixels[:, :, 3] > 200
    rows = np.flatnonzero(solid.any(axis=1))
    if not len(rows):
        return "#808080"
    low = pixels[max(0, rows[-1] - 5) : rows[-1] + 1]
    shades, counts = np.unique(low[low[:, :, 3] > 200][:, :3] // 16, axis=0, return_counts=True)
    chosen = (low[:, :, :3] // 16 == shades[counts.argmax()]).all(axis=2) & (low[:, :, 3] > 200)
    red, green, blue = (round(float(v)) for v in low[chosen][:, :3].mean(axis=0))
    return f"#{red:02x}{green:02x}{blue:02x}"


def spills(body: str, side: float) -> int:
    """1 where the drawing has parts outside its frame, which must be clipped away, else 0."""
    bare = re.sub(r' filter="[^"]*"', "", body).replace("~", "m")  # blurs do not matter here, and cost time
    view = f"{-side} {-side} {3 * side} {3 * side}"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}">{bare}</svg>'
    png = resvg_py.svg_to_bytes(svg_string=svg, width=72, height=72, skip_system_fonts=True)
    alpha = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[:, :, 3] > 60
    alpha[23:49, 23:49] = False
    return int(alpha.any())


def mean_of(rgb: np.ndarray[Any, Any], family: np.ndarray[Any, Any], best: int) -> str:
    chosen = np.isin(family, [best, (best + 1) % 24, (best - 1) % 24] if best < 24 else [best])
    red, green, blue = (round(float(v) * 255) for v in rgb[chosen].mean(axis=0))
    return f"#{red:02x}{green:02x}{blue:02x}"


def measure(body: str, width: float, height: float) -> list[Any]:
    """Visible box [x0, y0, x1, y1], foot [left, right] where it would stand (art units), main colours, hem, spill."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{body.replace("~", "m")}</svg>'
    side = max(width, height)
    png = resvg_py.svg_to_bytes(
        svg_string=svg, width=round(PROBE * width / side), height=round(PROBE * height / side), skip_system_fonts=True
    )
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    alpha = pixels[:, :, 3] > 40
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return [0.0, 0.0, width, height, 0.0, width, ["#808080"], "#808080", 0]
    unit = side / PROBE
    low = max(rows[0], rows[-1] - max(2, (rows[-1] - rows[0]) // 12))
    foot = np.flatnonzero(alpha[low : rows[-1] + 1].any(axis=0))
    box = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1, foot[0], foot[-1] + 1]
    return [
        *(round(float(v) * unit, 2) for v in box),
        main_colours(pixels[alpha][:, :3]),
        hem(pixels),
        spills(body, side),
    ]


def read_set(modules: Path, slug: str) -> tuple[dict[str, dict[str, Any]], float]:
    """Concept -> icon. The vendor's own table of code points decides; names are never guessed at."""
    folder = modules / "@iconify-json" / slug
    icons = json.loads((folder / "icons.json").read_text())
    table = json.loads((folder / "chars.json").read_text())
    if not table:  # fluent-emoji ships an empty table, and the same names as its flat twin
        table = json.loads((modules / "@iconify-json/fluent-emoji-flat/chars.json").read_text())
    aliases = {name: value["parent"] for name, value in icons.get("aliases", {}).items()}
    art: dict[str, dict[str, Any]] = {}
    for code, name in sorted(table.items()):
        icon = icons["icons"].get(aliases.get(name, name))
        if icon is not None:
            size = float(icons["width"])
            art[concept_of(code)] = {
                "body": slim(icon["body"]),
                "width": float(icon.get("width", size)),
                "height": float(icon.get("height", icons["height"])),
            }
    return art, float(icons["width"])


def pack_set(art: dict[str, dict[str, Any]], size: float) -> tuple[dict[str, Any], bytes]:
    families: dict[str, list[str]] = {}
    for concept in sorted(art):
        families.setdefault(TONES.sub("", concept), []).append(concept)
    blocks, where, index = bytearray(), [], {}
    for number, family in enumerate(sorted(families)):
        members = families[family]
        packed = pack("\0".join(art[member]["body"] for member in members).encode())
        where.append([len(blocks), len(packed)])
        blocks += packed
        for place, member in enumerate(members):
            icon = art[member]
            index[member] = [number, place, *measure(icon["body"], icon["width"], icon["height"])]
    return {"size": size, "where": where, "art": index}, bytes(blocks)


def annotations(modules: Path, language: str) -> dict[str, dict[str, list[str]]]:
    merged: dict[str, dict[str, list[str]]] = {}
    for package, folder, root in (
        ("cldr-annotations-full", "annotations", "annotations"),
        ("cldr-annotations-derived-full", "annotationsDerived", "annotationsDerived"),
    ):
        data = json.loads((modules / package / folder / language / "annotations.json").read_text())
        for emoji, entry in data[root]["annotations"].items():
            merged[concept_of("-".join(f"{ord(c):x}" for c in emoji))] = entry
    return merged


def vocabulary(modules: Path, drawable: set[str]) -> dict[str, list[Any]]:
    """Concept -> [group, subgroup, [en name, keywords...], [zh ...], [zh-Hant ...]], skin tones left out."""
    names = json.loads((modules / "emojibase-data/meta/groups.json").read_text())
    groups = {
        concept_of(e["hexcode"]): (names["groups"][str(e["group"])], names["subgroups"][str(e["subgroup"])])
        for e in json.loads((modules / "emojibase-data/en/data.json").read_text())
        if "group" in e
    }
    tables = [annotations(modules, language) for language in ("en", "zh", "zh-Hant")]
    found: dict[str, list[Any]] = {}
    for concept in sorted(drawable):
        if TONES.search("-" + concept) or concept not in groups or concept not in tables[0]:
            continue
        words = []
        for table in tables:
            entry = table.get(concept, {})
            name = entry.get("tts", [""])[0]
            words.append([name, *[w for w in entry.get("default", []) if w != name]])
        found[concept] = [*groups[concept], *words]
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        modules = Path(sys.argv[1]) if len(sys.argv) > 1 else install(Path(scratch))
        origin = sources(modules)
        sections: dict[str, bytes] = {}
        drawable: set[str] = set()
        counts = {}
        for name, slug in SETS.items():
            art, size = read_set(modules, slug)
            drawable |= set(art)
            index, blocks = pack_set(art, size)
            sections[f"index/{name}"], sections[f"blocks/{name}"] = pack(dump(index)), blocks
            counts[name] = len(art)
            print(name, len(art), "icons,", round(len(blocks) / 1e6, 2), "MB", file=sys.stderr)
        sections["vocabulary"] = pack(dump(vocabulary(modules, drawable)))
        sections["sources"] = pack(dump(origin))
    directory, offset = {}, 0
    for name in sorted(sections):
        directory[name] = [offset, len(sections[name])]
        offset += len(sections[name])
    head = dump(directory)
    data = b"PXART01\n" + len(head).to_bytes(8, "little") + head + b"".join(sections[n] for n in sorted(sections))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(data)
    facts = {"sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data), "icons": counts, "sources": origin}
    MANIFEST.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(TARGET, len(data), "bytes", facts["sha256"], file=sys.stderr)


if __name__ == "__main__":
    main()
