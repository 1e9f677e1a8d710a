"""Tables as people have them, CSV or XLSX, as rows of words: hostile ones end in an answer, never in a surprise.

What begins with = + - @ is text like any other: nothing here counts. Rows are numbered as a spreadsheet shows them,
the line of names being 1. CSV: RFC 4180, with comma, semicolon or tab. XLSX: ECMA-376 part 1, clause 18, the first
sheet, of which only the words are read.
"""

from __future__ import annotations

import codecs
import csv
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from pingxing.errors import InvalidRequest, TooLarge
from pingxing.makers.grid_xlsx import xlsx_rows

MAX_ROWS = 1_000  # a row makes at least one picture, and an order has at most so many
MAX_COLUMNS = 40
MAX_CELL = 400  # characters
MAX_NAME = 40  # characters of a column's name
MAX_TEXT = 300_000  # characters of all cells together
MAX_BYTES = 8_000_000  # of the file
_MAX_LINES = 20_000  # with the empty ones
_ZIP = b"PK\x03\x04"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # the XLS of before 2007
_MARKS = (",", ";", "\t")
_HEAD, _BREAKS = 4_096, b"\t\n\r\f\v\x1b"


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are the names of the first line; every row has as many cells. `lines`: where each row stands."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[int, ...] = ()


def read_table(data: bytes) -> Table:
    """Read a CSV or XLSX file. Raises TooLarge, InvalidRequest with the row and column where something is wrong."""
    if len(data) > MAX_BYTES:
        raise TooLarge("grid_table", member="table", most=MAX_BYTES // 1_000_000)
    if data.startswith(_OLE):
        raise InvalidRequest("grid_old_table", member="table")
    if data.startswith(_ZIP):
        return table_of(xlsx_rows(data, most_columns=MAX_COLUMNS, most_letters=MAX_CELL))
    return table_of(_csv_rows(decoded(data)))


def table_of(lines: Iterable[Sequence[str]]) -> Table:
    """The first line that is not empty holds the names. Stops reading at the limits. Raises InvalidRequest."""
    columns: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    letters = 0
    for line, cells in enumerate(lines, start=1):
        if line > _MAX_LINES:
            raise InvalidRequest("grid_rows", member="table", most=MAX_ROWS, row=line)
        plain = [_plain(cell) for cell in cells]
        while plain and not plain[-1]:
            plain.pop()
        if not plain:
            continue
        if not columns:
            columns = _columns(plain, line)
            continue
        if len(rows) == MAX_ROWS:
            raise InvalidRequest("grid_rows", member="table", most=MAX_ROWS, row=line)
        rows.append(_row(plain, columns, line))
        numbers.append(line)
        letters += sum(map(len, rows[-1]))
        if letters > MAX_TEXT:
            raise InvalidRequest("grid_text", member="table", most=MAX_TEXT, row=line)
    if not rows:
        raise InvalidRequest("grid_empty", member="table")
    return Table(columns, tuple(rows), tuple(numbers))


def decoded(data: bytes) -> str:
    """The text of a CSV file: UTF-8, with a mark or without, or GB18030. Raises InvalidRequest for anything else."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InvalidRequest("grid_encoding", member="table")
    if any(byte < 32 and byte not in _BREAKS for byte in data[:_HEAD]):  # a picture, a PDF: no text has such bytes
        raise InvalidRequest("grid_encoding", member="table")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Bytes of another encoding that happen to be GB18030 become letters that nobody writes.
        if "\0" in text or (encoding == "gb18030" and any(unicodedata.category(c) in ("Co", "Cn") for c in text)):
            break
        return text
    raise InvalidRequest("grid_encoding", member="table")


def defused(cell: str) -> str:
    """As it may stand in a CSV file: no spreadsheet takes it for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.lstrip().startswith(("=", "+", "-", "@")) or cell.startswith(("\t", "\r")) else cell


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[str]], *, safe: bool = True) -> bytes:
    """A CSV file that spreadsheets open with its Chinese whole, and, `safe`, in which nothing is a formula; what is
    read here again need not be."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in (columns, *rows):
        writer.writerow([defused(cell) if safe else cell for cell in row])
    return codecs.BOM_UTF8 + out.getvalue().encode()


def column_name(number: int) -> str:
    """1 -> A, 27 -> AA, as a spreadsheet calls them."""
    name = ""
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def _csv_rows(text: str) -> Iterator[list[str]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(_MARKS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=mark, strict=True)
    row = 0
    while True:
        row += 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise InvalidRequest("grid_csv", member="table", row=row) from None


def _columns(cells: Sequence[str], line: int) -> tuple[str, ...]:
    for number, name in enumerate(cells, start=1):
        if not name:
            raise InvalidRequest("grid_no_name", member="table", row=line, column=column_name(number))
        if len(name) > MAX_NAME or any(letter in "{}｛｝=|" for letter in name):
            where = {"row": line, "column": column_name(number)}
            raise InvalidRequest("grid_name", member="table", value=name[:MAX_NAME], most=MAX_NAME, **where)
    if len(cells) > MAX_COLUMNS:
        raise InvalidRequest("grid_columns", member="table", most=MAX_COLUMNS)
    name, times = Counter(cells).most_common(1)[0]
    if times > 1:
        column = column_name(len(cells) - list(reversed(cells)).index(name))
        raise InvalidRequest("grid_twice", member="table", value=name, row=line, column=column)
    return tuple(cells)


def _row(cells: Sequence[str], columns: Sequence[str], line: int) -> tuple[str, ...]:
    if len(cells) > len(columns):
        column = column_name(len(columns) + 1)
        raise InvalidRequest("grid_beyond", member="table", row=line, column=column)
    for number, cell in enumerate(cells, start=1):
        if len(cell) > MAX_CELL:
            where = {"row": line, "column": column_name(number)}
            raise InvalidRequest("grid_cell", member="table", most=MAX_CELL, **where)
    return (*cells, *("" for _ in range(len(columns) - len(cells))))


def _plain(cell: str) -> str:
    """One line, without what cannot be seen."""
    seen = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in cell)
    return " ".join(unicodedata.normalize("NFC", seen).split())
