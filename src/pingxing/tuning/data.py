"""Somebody's pictures and what is said of them, looked over before anything is trained: `gather(images, captions)`.

Captions come as one file, told apart by its ending, or as one .txt beside each picture (no file given):

    .csv, .tsv      two columns, file and caption; a first line "file,caption" may stand there
    .jsonl          {"file": "a.png", "caption": "..."} a line (also "file_name", "image", "text")
    .txt            the file's name, a tabulator, the caption

Nothing in these files is believed: names lead nowhere but into the folder, sizes are bounded, pictures are opened as
PNG, JPEG or WebP alone.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from pingxing.errors import InvalidRequest, NotFound, PingxingError, TooLarge, UnreadableFile

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp"})
CAPTIONS = frozenset({".csv", ".tsv", ".jsonl", ".txt"})
FEWEST, MOST = 4, 20_000  # pictures
LONGEST = 1_000  # characters of a caption
_MOST_BYTES = 32 << 20  # of a captions file
_MOST_PICTURE_BYTES = 64 << 20
_MOST_PIXELS = 64 << 20
_FORMATS = ("PNG", "JPEG", "WEBP")
_FILE_WORDS = ("file", "file_name", "image")
_TEXT_WORDS = ("caption", "text")


@dataclass(frozen=True, slots=True)
class Example:
    """One picture: where it lies in the folder, what is said of it, and its bytes' SHA-256."""

    file: str
    caption: str
    sha256: str
    width: int
    height: int


def gather(images: Path, captions: Path | None, side: int) -> tuple[Example, ...]:
    """All examples in the order of their names, each opened once.

    `side` is what they will be trained at, in pixels; a picture whose shorter side is less than half of that is too
    small. Raises NotFound, UnreadableFile, TooLarge, InvalidRequest, naming the file or line that is wrong, and how
    many more there are.
    """
    if not images.is_dir():
        raise NotFound("train_folder", path=images)
    there = {file.relative_to(images).as_posix(): file for file in sorted(images.rglob("*")) if _is_picture(file)}
    if len(there) > MOST:
        raise InvalidRequest("train_many", count=len(there), most=MOST)
    said = _beside(there) if captions is None else _matched(read(captions), there, captions)
    if len(there) < FEWEST:
        raise InvalidRequest("train_few", count=len(there), least=FEWEST, path=images)
    found, wrong = [], list[PingxingError]()
    for name, file in there.items():
        try:
            found.append(_looked(name, file, said[name], images, side))
        except PingxingError as error:
            wrong.append(error)
    if wrong:
        first = wrong[0]
        raise type(first)(first.reason, **(first.params | {"more": len(wrong) - 1}))
    return _different(found)


def pixels(images: Path, example: Example, side: int) -> NDArray[np.uint8]:
    """The middle square of a picture, (side, side, 3). Raises InvalidRequest where it is no longer what it was."""
    try:
        data = (images / example.file).read_bytes()
    except OSError as error:
        raise InvalidRequest("train_changed", file=example.file) from error
    if hashlib.sha256(data).hexdigest() != example.sha256:
        raise InvalidRequest("train_changed", file=example.file)
    picture = _opened(example.file, data)
    return np.asarray(ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS), np.uint8)


def read(file: Path) -> tuple[tuple[int, str, str], ...]:
    """(line, name, caption) of a captions file. Raises NotFound, UnreadableFile, TooLarge, InvalidRequest."""
    if not file.is_file():
        raise NotFound("train_captions", path=file)
    if file.suffix.lower() not in CAPTIONS:
        raise InvalidRequest("train_captions_kind", file=file.name, known=", ".join(sorted(CAPTIONS)))
    if file.stat().st_size > _MOST_BYTES:
        raise TooLarge("train_captions", file=file.name, most=_MOST_BYTES >> 20)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile("train_captions", file=file.name) from error
    if "\0" in text:
        raise UnreadableFile("train_captions", file=file.name)
    rows = _json_lines(text, file.name) if file.suffix.lower() == ".jsonl" else _columns(text, file)
    return tuple(
        (line, _name(name, line, file.name), _caption(caption, line, file.name)) for line, name, caption in rows
    )


def _columns(text: str, file: Path) -> Iterator[tuple[int, str, str]]:
    comma = file.suffix.lower() == ".csv"
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="," if comma else "\t",
                      quoting=csv.QUOTE_MINIMAL if comma else csv.QUOTE_NONE, strict=True)  # fmt: skip
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != 2:
                raise InvalidRequest("train_line", file=file.name, line=rows.line_num)
            if rows.line_num == 1 and row[0].strip().lower() in _FILE_WORDS:
                continue
            yield rows.line_num, row[0], row[1]
    except csv.Error as error:
        raise InvalidRequest("train_line", file=file.name, line=rows.line_num) from error


def _json_lines(text: str, file: str) -> Iterator[tuple[int, str, str]]:
    for line, row in enumerate(text.split("\n"), 1):
        if not row.strip():
            continue
        try:
            told = json.loads(row)
        except (ValueError, RecursionError) as error:
            raise InvalidRequest("train_line", file=file, line=line) from error
        if not isinstance(told, dict):
            raise InvalidRequest("train_line", file=file, line=line)
        name = next((told[word] for word in _FILE_WORDS if word in told), None)
        caption = next((told[word] for word in _TEXT_WORDS if word in told), None)
        if not isinstance(name, str) or not isinstance(caption, str):
            raise InvalidRequest("train_line", file=file, line=line)
        yield line, name, caption


def _name(name: str, line: int, file: str) -> str:
    """A name that leads into the folder and nowhere else."""
    plain = name.strip().replace("\\", "/").removeprefix("./")
    parts = plain.split("/")
    if not plain or plain.startswith("/") or ".." in parts or ":" in parts[0] or len(plain) > 500:
        raise InvalidRequest("train_name", file=file, line=line, value=plain[:80])
    return plain


def _caption(text: str, line: int, file: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if not plain:
        raise InvalidRequest("train_caption_empty", file=file, line=line)
    if len(plain) > LONGEST:
        raise InvalidRequest("train_caption_long", file=file, line=line, most=LONGEST)
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in plain):
        raise InvalidRequest("train_line", file=file, line=line)
    return plain


def _matched(rows: Sequence[tuple[int, str, str]], there: dict[str, Path], captions: Path) -> dict[str, str]:
    said: dict[str, str] = {}
    for line, name, caption in rows:
        if name not in there:
            raise InvalidRequest("train_no_picture", file=captions.name, line=line, value=name[:80])
        if name in said:
            raise InvalidRequest("train_twice", file=captions.name, line=line, value=name[:80])
        said[name] = caption
    silent = [name for name in there if name not in said]
    if silent:
        raise InvalidRequest("train_no_caption", file=silent[0], more=len(silent) - 1, captions=captions.name)
    return said


def _beside(there: dict[str, Path]) -> dict[str, str]:
    said, silent = {}, []
    for name, file in there.items():
        text = file.with_suffix(".txt")
        if not text.is_file():
            silent.append(name)
            continue
        if text.stat().st_size > 16 * LONGEST:
            raise InvalidRequest("train_caption_long", file=text.name, line=1, most=LONGEST)
        try:
            said[name] = _caption(text.read_text("utf-8-sig"), 1, text.name)
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFile("train_captions", file=text.name) from error
    if silent:
        expected = Path(silent[0]).with_suffix(".txt").name
        raise InvalidRequest("train_no_caption", file=silent[0], more=len(silent) - 1, captions=expected)
    return said


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in ENDINGS and file.is_file() and not file.name.startswith(".")


def _looked(name: str, file: Path, caption: str, images: Path, side: int) -> Example:
    if not file.resolve().is_relative_to(images.resolve()):  # a link that leads out of the folder
        raise InvalidRequest("train_name", file=name, line=0, value=name[:80])
    if file.stat().st_size > _MOST_PICTURE_BYTES:
        raise TooLarge("train_picture", file=name, most=_MOST_PICTURE_BYTES >> 20)
    data = file.read_bytes()
    width, height = _opened(name, data).size
    if min(width, height) * 2 < side:
        raise InvalidRequest("train_small", file=name, width=width, height=height, least=-(-side // 2))
    return Example(name, caption, hashlib.sha256(data).hexdigest(), width, height)


def _opened(name: str, data: bytes) -> Image.Image:
    """The picture upright, as RGB on white. Raises UnreadableFile, TooLarge."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise TooLarge("train_pixels", file=name, most=_MOST_PIXELS >> 20)
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
                    coloured = upright.convert("RGBA")
                    ground = Image.new("RGBA", coloured.size, "white")
                    return Image.alpha_composite(ground, coloured).convert("RGB")
                return upright.convert("RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise TooLarge("train_pixels", file=name, most=_MOST_PIXELS >> 20) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise UnreadableFile("train_picture", file=name) from error


def _different(found: list[Example]) -> tuple[Example, ...]:
    """Raises InvalidRequest where too few pictures differ: the same one many times teaches nothing else."""
    if len(Counter(example.sha256 for example in found)) < FEWEST:
        raise InvalidRequest("train_same", count=len({example.sha256 for example in found}), least=FEWEST)
    return tuple(found)
