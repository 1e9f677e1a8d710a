"""The words of an XLSX file's first sheet, read as a stream: no entities, no formulas, no more than is asked for.

Source: ECMA-376 part 1, clauses 18.3 (sheets), 18.4 (shared strings), 18.8 (styles); part 2 (packages).
"""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import NoReturn
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from pingxing.errors import InvalidRequest
from pingxing.makers.xlsx_shown import GENERAL, code_of, shown

MAX_PART = 64_000_000  # bytes of one unpacked part: what expands further is no table
MAX_SHARED = 60_000  # strings
_BLOCK = 1 << 16
_SHARED, _BOOK, _RELATIONS = "xl/sharedStrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_MAX_STYLES = 70_000  # Excel writes at most 65,490
_MAX_MEMBERS = 1_000
_MAX_GAPS = 30_000  # rows


def xlsx_rows(data: bytes, *, most_columns: int, most_letters: int) -> Iterator[list[str]]:
    """The rows of the first sheet, empty ones too, so that they count as a spreadsheet counts them. A formula is the
    value that was last counted of it, a number or a date what the sheet shows of it. Cells are cut one letter after
    `most_letters`, rows one cell after `most_columns`: whoever reads them says that they are too long. Raises
    InvalidRequest."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            if len(archive.infolist()) > _MAX_MEMBERS:
                _bad()
            names = set(archive.namelist())
            shared = _Shared(most_letters)
            if _SHARED in names:
                for _ in _parsed(archive, _SHARED, shared):
                    if len(shared.words) > MAX_SHARED:
                        raise InvalidRequest("grid_text", member="table", most=MAX_SHARED, row=0)
            looks = _Looks()
            for part in (_STYLES, _BOOK):
                for _ in _parsed(archive, part, looks) if part in names else ():
                    pass
            sheet = _Sheet(shared.words, looks, most_columns, most_letters)
            for _ in _parsed(archive, _first_sheet(archive, names), sheet):
                yield from sheet.taken()
    except (BadZipFile, expat.ExpatError, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise InvalidRequest("grid_xlsx", member="table") from None


class _Part:
    """Hears the elements of a part; names without their namespace's prefix."""

    def begins(self, name: str, members: dict[str, str]) -> None:
        """An element begins."""

    def says(self, text: str) -> None:
        """Text within it."""

    def ends(self, name: str) -> None:
        """It ends."""


class _Shared(_Part):
    def __init__(self, most: int) -> None:
        self.words: list[str] = []
        self._most, self._text, self._here, self._aloud = most, "", False, False

    def begins(self, name: str, members: dict[str, str]) -> None:
        if name == "si":
            self._text = ""
        elif name == "rPh":  # how it is read aloud, in Japanese files
            self._aloud = True
        self._here = name == "t" and not self._aloud

    def says(self, text: str) -> None:
        if self._here and len(self._text) <= self._most:
            self._text += text[: self._most + 1]

    def ends(self, name: str) -> None:
        self._here = False
        if name == "rPh":
            self._aloud = False
        elif name == "si":
            self.words.append(self._text)


class _Looks(_Part):
    """How numbers are shown: the format of each style, and the day that dates are counted from."""

    def __init__(self) -> None:
        self._own: dict[int, str] = {}
        self._styles: list[int] = []
        self._within = False
        self.epoch_1904 = False

    def begins(self, name: str, members: dict[str, str]) -> None:
        if name == "numFmt" and len(self._own) < _MAX_STYLES:
            self._own[int(members.get("numFmtId", "0"))] = members.get("formatCode", GENERAL)
        elif name == "cellXfs":
            self._within = True
        elif name == "xf" and self._within and len(self._styles) < _MAX_STYLES:
            self._styles.append(int(members.get("numFmtId", "0")))
        elif name == "workbookPr":
            self.epoch_1904 = members.get("date1904", "0") in ("1", "true")

    def ends(self, name: str) -> None:
        if name == "cellXfs":
            self._within = False

    def code(self, style: int) -> str:
        return code_of(self._styles[style], self._own) if 0 <= style < len(self._styles) else GENERAL


class _Sheet(_Part):
    def __init__(self, shared: list[str], looks: _Looks, columns: int, letters: int) -> None:
        self._shared, self._looks, self._columns, self._letters = shared, looks, columns, letters
        self._rows: list[list[str]] = []
        self._number = 0
        self._cells: dict[int, str] = {}
        self._column, self._kind, self._style, self._text, self._here = 0, "", 0, "", False

    def taken(self) -> list[list[str]]:
        rows, self._rows = self._rows, []
        return rows

    def begins(self, name: str, members: dict[str, str]) -> None:
        if name == "row":
            number = int(members.get("r", self._number + 1))
            if not self._number < number <= 1_048_576:
                _bad()
            # Gaps are told as empty rows, as far as anybody would read.
            self._rows.extend([] for _ in range(self._number + 1, min(number, _MAX_GAPS)))
            self._number, self._cells, self._column = number, {}, 0
        elif name == "c":
            self._column = _column(members["r"]) if "r" in members else self._column + 1
            self._kind, self._style, self._text = members.get("t", "n"), int(members.get("s", "0")), ""
        self._here = name == "v" or (name == "t" and self._kind == "inlineStr")

    def says(self, text: str) -> None:
        if self._here and len(self._text) <= self._letters:
            self._text += text[: self._letters + 1]

    def ends(self, name: str) -> None:
        self._here = False
        if name == "c" and self._column <= self._columns + 1:
            self._cells[self._column] = self._words()
        elif name == "row":
            last = max(self._cells, default=0)
            self._rows.append([self._cells.get(column, "") for column in range(1, last + 1)])

    def _words(self) -> str:
        if self._kind == "n" and self._text:
            return shown(self._text, self._looks.code(self._style), self._looks.epoch_1904)
        if self._kind == "b":
            return "TRUE" if self._text.strip() == "1" else "FALSE"
        if self._kind != "s" or not self._text:
            return self._text
        number = int(self._text)
        if not 0 <= number < len(self._shared):
            _bad()
        return self._shared[number]


class _Names(_Part):
    """One attribute of every element of a name, in order."""

    def __init__(self, element: str, read: Callable[[dict[str, str]], tuple[str, str]]) -> None:
        self._element, self._read = element, read
        self.found: list[tuple[str, str]] = []

    def begins(self, name: str, members: dict[str, str]) -> None:
        if name == self._element and len(self.found) < _MAX_MEMBERS:
            self.found.append(self._read(members))


def _first_sheet(archive: ZipFile, names: set[str]) -> str:
    usual = "xl/worksheets/sheet1.xml"
    if _BOOK in names and _RELATIONS in names:
        sheets = _Names("sheet", lambda members: (members.get("id", ""), ""))
        parts = _Names("Relationship", lambda members: (members.get("Id", ""), members.get("Target", "")))
        for part, listener in ((_BOOK, sheets), (_RELATIONS, parts)):
            for _ in _parsed(archive, part, listener):
                pass
        target = dict(parts.found).get(sheets.found[0][0], "") if sheets.found else ""
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        if path in names:
            return path
    if usual not in names:
        _bad()
    return usual


def _parsed(archive: ZipFile, part: str, listener: _Part) -> Iterator[None]:
    """Feed a part to its listener, a block at a time."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, members: listener.begins(
        name.rpartition(":")[2], {key.rpartition(":")[2]: value for key, value in members.items()}
    )
    parser.EndElementHandler = lambda name: listener.ends(name.rpartition(":")[2])
    parser.CharacterDataHandler = listener.says
    parser.StartDoctypeDeclHandler = lambda *_: _bad()  # no XLSX has one; bombs of entities begin with it
    read = 0
    with archive.open(part) as file:
        while block := file.read(_BLOCK):
            read += len(block)
            if read > MAX_PART:
                _bad()
            parser.Parse(block, False)
            yield
    parser.Parse(b"", True)
    yield


def _column(reference: str) -> int:
    """ "AB12" -> 28. Raises ValueError."""
    number = 0
    for letter in reference.rstrip("0123456789").upper()[:4]:
        if not "A" <= letter <= "Z":
            raise ValueError(reference)
        number = number * 26 + ord(letter) - ord("A") + 1
    if not number:
        raise ValueError(reference)
    return number


def _bad() -> NoReturn:
    raise InvalidRequest("grid_xlsx", member="table")
