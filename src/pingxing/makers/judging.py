"""A folder against what a platform asks for. Findings say what was found and what is wanted; nothing is changed.

`must` findings get a pack rejected; the others are advice. A pack is good when no `must` is left.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image

from pingxing.errors import PingxingError
from pingxing.makers import paper
from pingxing.makers.facts import Facts
from pingxing.makers.folder import WORDS_FILE, Pack, Piece, expected
from pingxing.makers.formats import Platform, Role, Shape
from pingxing.policy.hashes import NEAR, hash_of
from pingxing.types import Picture

STROKE = 8 / 512  # of the longer side: what WhatsApp advises
STROKED, BARE = 0.8, 0.5  # share of the rim that is white: a stroke, none
SMALL = 64  # pixels of a sticker in the lists that people choose from
LOST = 0.5  # of its contrast: beyond, nobody sees there what it shows (ours lose 0.15 to 0.40)
_TRUE = 0.02  # what a file says of its density, beside what it has in print
_ROUNDING = 0.005  # seconds; containers count in hundredths


@dataclass(frozen=True, slots=True)
class Finding:
    """`rule` is a key of the catalogue (`makers.rule.<rule>`); found and wanted are short and need no translation."""

    file: str  # "" for the pack
    rule: str
    found: str = ""
    wanted: str = ""
    must: bool = True
    repaired: bool = False


def judge(pack: Pack, platform: Platform) -> tuple[Finding, ...]:
    """All findings, in the order of the files, then those of the pack."""
    found = [finding for piece in pack.pieces for finding in _of_piece(piece, platform)]
    if platform.media == "pack":
        found += [*_of_pack(pack, platform), *_of_words(pack, platform)]
    elif not pack.pieces:
        found.append(Finding("", "empty", "0", "1"))
    return tuple(found)


def good(findings: Sequence[Finding]) -> bool:
    return not any(finding.must for finding in findings)


def shape_of(role: Role, facts: Facts) -> Shape:
    return role.shape(moves=facts.moves)


# --- one file ------------------------------------------------------------------------------------


def _of_piece(piece: Piece, platform: Platform) -> Iterator[Finding]:
    if paper.is_pdf(piece.data) and platform.good is not None:
        yield from (Finding(piece.name, *one) for one in paper.of_pdf(piece.data, platform))
        return
    if isinstance(piece.facts, PingxingError):
        yield Finding(piece.name, "unreadable", f"{piece.facts.code}.{piece.facts.reason}".rstrip("."))
        return
    role = platform.roles[piece.role]
    shape = shape_of(role, piece.facts)
    for rule, found, wanted in (
        *_shape(piece.facts, shape), *_weight(piece, shape), *_look(piece.facts, shape),
        *paper.of_pixels(piece.facts, platform),
    ):  # fmt: skip
        yield Finding(piece.name, rule, found, wanted, must=rule != "stroke_advised")
    if platform.inches and platform.dpi:
        yield from _density(piece.name, piece.facts, platform.inches, platform.dpi[0])


def _shape(facts: Facts, shape: Shape) -> Iterator[tuple[str, str, str]]:
    if facts.kind not in shape.kinds:
        yield "kind", facts.kind, ", ".join(shape.kinds)
    width, height = facts.width, facts.height
    size, longest = f"{width}×{height}", max(width, height)
    if shape.sizes and (width, height) not in shape.sizes:
        yield "size", size, ", ".join(f"{w}×{h}" for w, h in shape.sizes)
    if shape.within and (width > shape.within[0] or height > shape.within[1]):
        yield "size", size, f"≤ {shape.within[0]}×{shape.within[1]}"
    if shape.longest and longest != shape.longest:
        yield "size", size, f"{shape.longest}×≤{shape.longest}"
    if shape.reaching and longest < shape.reaching:
        yield "size", size, f"≥ {shape.reaching}"
    if shape.even and (width % 2 or height % 2):
        yield "even", size, "2n×2n"


def _weight(piece: Piece, shape: Shape) -> Iterator[tuple[str, str, str]]:
    facts = piece.facts
    assert isinstance(facts, Facts)  # noqa: S101 - asked by the caller
    if shape.bytes and len(piece.data) > shape.bytes:
        yield "bytes", f"{len(piece.data) / 1_000:.1f} KB", f"≤ {shape.bytes / 1_000:g} KB"
    if not facts.moves:
        return
    if shape.frames and not shape.frames[0] <= facts.frames <= shape.frames[1]:
        yield "frames", str(facts.frames), f"{shape.frames[0]}-{shape.frames[1]}"
    if shape.fps and facts.fps > shape.fps + 0.01:
        yield "fps", f"{facts.fps:.3g}", f"≤ {shape.fps:g}"
    if shape.loops and not shape.loops[0] <= facts.loops <= shape.loops[1]:
        yield "loops", str(facts.loops) if facts.loops else "∞", f"{shape.loops[0]}-{shape.loops[1]}"
    # Where loops are counted, the whole showing has to end in time.
    lasts = facts.seconds * (max(1, facts.loops) if shape.loops else 1)
    if shape.seconds and lasts > shape.seconds + _ROUNDING:
        yield "seconds", f"{lasts:.2f} s", f"≤ {shape.seconds:g} s"
    if shape.silent and not facts.silent:
        yield "silent", "", ""


def _look(facts: Facts, shape: Shape) -> Iterator[tuple[str, str, str]]:
    if shape.ground == "clear" and not facts.clear:
        yield "ground_clear", "", ""
    if shape.ground == "full" and not facts.full:
        yield "ground_full", "", ""
    if shape.margin and facts.clear and facts.margin < shape.margin:
        yield "margin", f"{facts.margin} px", f"≥ {shape.margin} px"
    if shape.stroke != "any":
        share = facts.stroke(thickness_of(facts.width, facts.height))
        if shape.stroke == "none" and facts.clear and share > BARE:
            yield "stroke_none", f"{share:.0%}", f"≤ {BARE:.0%}"
        if shape.stroke == "advised" and share < STROKED:
            yield "stroke_advised", f"{share:.0%}", f"≥ {STROKED:.0%}"


def thickness_of(width: int, height: int) -> int:
    """Of a white stroke, in pixels of a picture of this size."""
    return max(1, round(STROKE * max(width, height)))


def _density(name: str, facts: Facts, inches: tuple[float, float], least: int) -> Iterator[Finding]:
    """Dots per inch when the picture fills as much of the print as its ratio allows."""
    density = max(facts.width / inches[0], facts.height / inches[1])
    if density < least - 0.5:  # whole pixels miss it by less
        size = "×".join(str(math.ceil(side * least)) for side in inches)
        yield Finding(name, "dpi", f"{density:.0f} DPI", f"≥ {least} DPI ({size})")
    elif facts.dpi and abs(facts.dpi / density - 1) > _TRUE:
        yield Finding(name, "density", f"{facts.dpi:.0f} DPI", f"{density:.0f} DPI", must=False)


# --- the pack ------------------------------------------------------------------------------------


def _of_pack(pack: Pack, platform: Platform) -> Iterator[Finding]:
    stickers = pack.of("sticker")
    if platform.count and not platform.count.allows(len(stickers)):
        yield Finding("", "count", str(len(stickers)), str(platform.count))
    shown = [(piece.name, piece.facts) for piece in stickers if isinstance(piece.facts, Facts)]
    moving = sum(facts.moves for _, facts in shown)
    if not platform.mixed and 0 < moving < len(shown):
        yield Finding("", "mixed", f"{moving} + {len(shown) - moving}", str(len(shown)))
    if platform.zip_bytes and (size := sum(len(piece.data) for piece in pack.pieces)) > platform.zip_bytes:
        yield Finding("", "zip_bytes", f"{size / 1e6:.1f} MB", f"≤ {platform.zip_bytes / 1e6:g} MB")
    for name, role in platform.roles.items():
        if role.file and not pack.of(name):
            yield Finding(expected(role, ""), "missing")
        if role.folder:
            there = {Path(piece.name).stem for piece in pack.of(name)}
            for piece in stickers:
                if Path(piece.name).stem not in there:
                    yield Finding(expected(role, piece.name), "missing")
    for name, facts in shown:
        if (gone := lost_when_small(facts)) > LOST:
            yield Finding(name, "too_fine", f"{gone:.0%}", f"≤ {LOST:.0%}", must=False)
    if platform.differ:
        yield from _alike(shown)


def _alike(shown: Sequence[tuple[str, Facts]]) -> Iterator[Finding]:
    """Pairs that a reviewer would call the same picture, by PDQ."""
    seen = [(name, hash_of(over_white(facts))) for name, facts in shown]
    for (one, here), (other, there) in combinations(seen, 2):
        apart = (int(here.hex, 16) ^ int(there.hex, 16)).bit_count()
        if apart <= NEAR:
            yield Finding(other, "alike", f"{one}: {apart}/256", f"> {NEAR}/256")


def lost_when_small(facts: Facts) -> float:
    """How much of a sticker's light and dark a list of stickers cannot show, which draws it `SMALL` pixels large: what
    is left out there, as a part of all contrast (both root mean square). 0 is nothing; noise loses nearly all."""
    grey = Image.fromarray(over_white(facts).pixels).convert("L")
    part = min(1.0, SMALL / max(grey.size))
    listed = grey.resize([max(1, round(side * part)) for side in grey.size], Image.Resampling.BOX)
    whole = np.asarray(grey, np.float32)
    seen = np.asarray(listed.resize(grey.size, Image.Resampling.BICUBIC), np.float32)
    return float(np.sqrt(np.square(whole - seen).mean()) / max(1.0, float(whole.std())))


def over_white(facts: Facts) -> Picture:
    frame = facts.first.astype(np.uint16)
    alpha = frame[..., 3:]
    pixels = ((frame[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return Picture(facts.width, facts.height, np.ascontiguousarray(pixels))


# --- the words -----------------------------------------------------------------------------------


def _of_words(pack: Pack, platform: Platform) -> Iterator[Finding]:
    if not (platform.texts or platform.emoji):
        return
    words = pack.words
    if words is None:
        yield Finding(WORDS_FILE, "words_missing", must=False)
        return
    for member, rule in platform.texts.items():
        if member != "meaning":
            yield from _text(WORDS_FILE, member, getattr(words, member), rule.most)
    for piece in pack.of("sticker"):
        said = words.of(piece.name)
        meaning = platform.texts.get("meaning")
        if meaning:
            yield from _text(piece.name, "meaning", said.meaning if said else "", meaning.most)
            if meaning.plain and said and (marks := _marks(said.meaning)):
                yield Finding(piece.name, "meaning_plain", marks)
        if platform.emoji:
            emoji = said.emoji if said else ()
            if not platform.emoji.allows(len(emoji)):
                yield Finding(piece.name, "emoji", str(len(emoji)), str(platform.emoji))
            for one in emoji:
                if not is_emoji(one):
                    yield Finding(piece.name, "emoji_kind", one[:20])
    if "meaning" in platform.texts and platform.texts["meaning"].unique:
        said_twice = Counter(sticker.meaning for sticker in words.stickers if sticker.meaning)
        for meaning_word, times in said_twice.items():
            if times > 1:
                yield Finding(WORDS_FILE, "meaning_twice", f"{meaning_word} × {times}", "1")


def _text(file: str, member: str, text: str, most: int) -> Iterator[Finding]:
    if not 1 <= len(text.strip()) <= len(text) <= most:
        yield Finding(file, f"text_{member}", str(len(text)), f"1-{most}")


def _marks(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter)[0] not in "LNM")


def is_emoji(text: str) -> bool:
    """Roughly Unicode TR51: symbols with their joiners and selectors, flags, keycaps; no letters, no spaces."""
    kinds = {unicodedata.category(letter) for letter in text}
    joins = {"Mn", "Cf", "Me", "Sk", "Nd", "Po", "Co"}
    return 0 < len(text) <= 12 and bool(kinds & {"So", "Sk", "Me"}) and kinds <= {"So", "Sm", *joins}
