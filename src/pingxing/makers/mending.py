"""What can be repaired without taste: kind, size, padding, frames, time, margin, white stroke, bytes.

Nothing is cropped and nothing is drawn: what needs a person's eye stays a finding. A repaired file carries on the AIGC
record of the one that it was made from; the files as they were stay in a folder beside the pack.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from pingxing.label import read_labels, webm, write_label
from pingxing.label.encoding import Film, encode
from pingxing.makers.facts import Facts, film
from pingxing.makers.fitting import fitted, size_for, stroked
from pingxing.makers.folder import Pack, Piece, open_pack
from pingxing.makers.formats import Kind, Platform, Role, Shape
from pingxing.makers.judging import Finding, judge, shape_of, thickness_of
from pingxing.makers.timing import timed
from pingxing.store.blobs import storage_failed

_MECHANICAL = frozenset({"kind", "size", "even", "bytes", "frames", "fps", "loops", "seconds", "ground_full", "margin"})
_SUFFIX: dict[Kind, str] = {"apng": "png", "jpeg": "jpg"}
_MEDIA: dict[Kind, str] = {
    "png": "image/png",
    "apng": "image/png",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webm": "video/webm",
}
_LABEL_BYTES = 6_000  # kept free for the record that goes with a file
_RATIO = 0.01  # of a wallpaper or a print: beyond it somebody has to choose what to leave out


def mend(path: Path, platform: Platform) -> tuple[Finding, ...]:
    """Repair what can be, in place, and judge again; what was wrong and is right now is marked `repaired`.

    The files as they were stay in `<folder>.before`. Raises as `open_pack` does, and StorageFailed.
    """
    pack = open_pack(path, platform)
    before = judge(pack, platform)
    for piece in pack.pieces:
        wrong = {finding.rule for finding in before if finding.file == piece.name}
        if isinstance(piece.facts, Facts) and _may_be_mended(piece.facts, platform, piece.role, wrong):
            path = _mended(path, pack.folder, piece, platform, wrong) or path
    if path.is_dir():
        _derive(open_pack(path, platform), platform)
    after = judge(open_pack(path, platform), platform)
    left = {_place(finding) for finding in after}
    return (*(replace(one, repaired=True, must=False) for one in before if _place(one) not in left), *after)


def _place(finding: Finding) -> tuple[str, str]:
    file = Path(finding.file)
    return (file.parent / file.stem).as_posix(), finding.rule  # a repaired file may end otherwise


def _may_be_mended(facts: Facts, platform: Platform, role: str, wrong: Collection[str]) -> bool:
    """Wallpapers and prints fill their surface: another ratio, or too few pixels, is not for a program to settle."""
    if "dpi" in wrong or not (_MECHANICAL | {"stroke_advised"}) & set(wrong):
        return False
    if platform.media == "picture" and "size" in wrong:
        width, height = size_for(facts, shape_of(platform.roles[role], facts))
        return abs(facts.width * height / (facts.height * width) - 1) <= _RATIO and width <= 2 * facts.width
    return True


def _mended(path: Path, folder: Path, piece: Piece, platform: Platform, wrong: Collection[str]) -> Path | None:
    """Put the repaired file in the place of the old one; where that was `path` itself, says how it is called now."""
    assert isinstance(piece.facts, Facts)  # noqa: S101 - asked by the caller
    shape = shape_of(platform.roles[piece.role], piece.facts)
    kind = piece.facts.kind if piece.facts.kind in shape.kinds else shape.kinds[0]
    made = _made(piece.data, piece.facts, shape, kind, stroke="stroke_advised" in wrong)
    if made is None:
        return None
    old = folder / piece.name
    new = old if _ends(old) == kind else old.with_suffix(f".{_SUFFIX.get(kind, kind)}")
    try:
        _keep(folder if path.is_dir() else path.with_suffix(""), piece)
        _write(new, made)
        if new != old:
            old.unlink()
    except OSError as error:
        raise storage_failed(error) from error
    return new if path == old else None


def _ends(path: Path) -> str:
    suffix = path.suffix.lower().lstrip(".")
    return {"jpg": "jpeg"}.get(suffix, suffix)


def _made(data: bytes, facts: Facts, shape: Shape, kind: Kind, *, stroke: bool = False) -> bytes | None:
    """The file anew as `shape` wants it; None where that cannot be had."""
    if kind == "pdf" or (kind == "webm" and not webm.available()):
        return None
    shown = film(data)
    if kind in ("png", "jpeg"):
        shown = Film(shown.frames[:1], (0.0,), 1)
    elif kind in ("apng", "webm") and len(shown.frames) == 1:
        return None  # a picture that stands still cannot be made to move here
    shown = _fit(timed(shown, shape), facts, shape, stroke=stroke)
    records = [judged.aigc for judged in read_labels(data) if judged.aigc] if kind in _MEDIA or kind == "webp" else []
    most = None if shape.bytes is None else shape.bytes - (_LABEL_BYTES if records else 0)
    made = encode(shown, kind, most, shape.frames[0] if shape.frames else 2)
    if made is None or not records:
        return made
    return write_label(made, _MEDIA.get(kind, "image/webp"), records[0])


def _fit(shown: Film, facts: Facts, shape: Shape, *, stroke: bool) -> Film:
    size = size_for(facts, shape)
    rim = thickness_of(*size) if stroke else 0
    scale = min(size[0] / facts.width, size[1] / facts.height)
    if facts.margin * scale - 1 < shape.margin:  # a picture made smaller has smaller margins; one pixel is blur
        rim = max(rim, shape.margin)
    full = shape.ground == "full"
    if size == (facts.width, facts.height) and not rim and not (full and not facts.full):
        return shown
    frames = [fitted(frame, size, rim, full=full) for frame in shown.frames]
    return replace(shown, frames=tuple(stroked(frame) for frame in frames) if stroke else tuple(frames))


def _derive(pack: Pack, platform: Platform) -> None:
    """Files that are another one at another size: thumbnails, icons."""
    for name, role in platform.roles.items():
        if not role.source:
            continue
        sources = [piece for piece in pack.of(role.source) if isinstance(piece.facts, Facts)]
        if role.file and sources and not pack.of(name):
            _derived(pack.folder / role.file, sources[0], role)
        elif role.folder:
            there = {Path(piece.name).stem for piece in pack.of(name)}
            for piece in sources:
                if Path(piece.name).stem not in there:
                    _derived(pack.folder / role.folder / f"{Path(piece.name).stem}.png", piece, role)


def _derived(target: Path, source: Piece, role: Role) -> None:
    assert isinstance(source.facts, Facts)  # noqa: S101 - asked by the caller
    moves = source.facts.moves and role.moving is not None
    shape = role.shape(moves=moves)
    made = _made(source.data, source.facts, shape, shape.kinds[0])
    if made is not None:
        try:
            _write(target, made)
        except OSError as error:
            raise storage_failed(error) from error


def _keep(folder: Path, piece: Piece) -> None:
    kept = folder.with_name(f"{folder.name}.before") / piece.name
    if not kept.exists():  # of two repairs the first saw the person's own file
        _write(kept, piece.data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_bytes(data)
    draft.replace(path)
