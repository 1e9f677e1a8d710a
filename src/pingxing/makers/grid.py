"""Grids: a table times a template, many pictures from one sentence with blanks.

    plan(order)        every picture with its name and wish; what is wrong is said before anything starts
    make_grid()        the pictures by the one way; one that fails is told, and the others go on

A wish that comes twice is drawn once. Its seed follows from its own words and the order's seed: a row that is added,
moved or taken away changes no other picture.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pingxing import i18n
from pingxing.desk import Desk
from pingxing.errors import InvalidRequest, Refused
from pingxing.house import House
from pingxing.makers.batch import Failed, make
from pingxing.makers.grid_table import MAX_CELL, MAX_COLUMNS, MAX_NAME, Table, csv_of
from pingxing.makers.judging import Finding
from pingxing.makers.pieces import File, OnFile, Set, put, write
from pingxing.makers.ties import Ties
from pingxing.types import LANGUAGES, MAX_SEED, Actor, Request

MAX_CELLS = 1_000  # pictures of one order
MAX_VARIANTS = 10
SIDE = 512  # pixels; prototypes are looked at side by side
TABLE_FILE = "grid.csv"
RETRIED = ("cell_refused", "cell_failed")  # rules of findings: what may be tried again
_NAME_BYTES = 90
_BLANK = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(-?\d{1,9})\.\.(-?\d{1,9})(?:\.\.(\d{1,9}))?")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # names that Windows keeps for itself

Join = Literal["product", "zip"]
NO_TABLE = Table()


@dataclass(frozen=True, slots=True)
class Order:
    """`lists`: "colour=red|blue" or "n=1..5" (or "n=0..10..5"), whose values multiply with the rows (`product`) or go
    along with them one by one (`zip`). `variants`: pictures of each wish, each with a seed of its own. `names`: a
    template for file names; "" joins the values of what the template uses. `width` and `height` in pixels."""

    template: str
    table: Table = NO_TABLE
    lists: tuple[str, ...] = ()
    join: Join = "product"
    variants: int = 1
    names: str = ""
    width: int = SIDE
    height: int = SIDE
    model: str = ""
    style: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture: its file's name, what stood in the blanks, the row of the table (0: none) and the wish."""

    name: str
    values: tuple[tuple[str, str], ...]
    line: int
    request: Request


@dataclass(frozen=True, slots=True)
class Plan:
    """`same`: cells that are another's picture again. `unused`: columns and lists that the template does not name."""

    cells: tuple[Cell, ...]
    same: int
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """`charge` in thousandths of a step of 1024 x 1024; `seconds` from the pace measured here, None before any was."""

    charge: int
    seconds: float | None


def plan(order: Order) -> Plan:
    """Every picture that there will be. Raises InvalidRequest: an unknown variable, a list that is none, lengths that
    do not agree, more than MAX_CELLS pictures, a wish that no engine takes (with its row)."""
    lists = [_list(told) for told in order.lists]
    names = (*order.table.columns, *(name for name, _ in lists))
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidRequest("grid_twice", member="lists", value=twice, row=0, column="–")
    used = _blanks(order.template, names, "template")
    _blanks(order.names, names, "names")
    called = {i18n.say(language, "grid.seed") for language in LANGUAGES}  # a column of this name says the seed itself
    seeds = [name for name in names if name in called]
    count = _count(order, lists)
    if not 1 <= order.variants <= MAX_VARIANTS:
        raise InvalidRequest("grid_variants", member="variants", value=order.variants, most=MAX_VARIANTS)
    if count * order.variants > MAX_CELLS:
        raise InvalidRequest("grid_cells", member="table", found=count * order.variants, most=MAX_CELLS)
    cells: dict[str, Cell] = {}
    taken: set[str] = set()
    for line, values in _rows(order, lists):
        for variant in range(order.variants):
            request = _request(order, values, line, variant, seeds)
            wish = request.model_dump_json()
            if wish in cells:
                continue
            name = _unique(_stem(order, values, used), taken)
            cells[wish] = Cell(name, tuple(values.items()), line, request)
    unused = tuple(name for name in names if name not in used and name not in seeds)
    return Plan(tuple(cells.values()), count * order.variants - len(cells), unused)


def cost(house: House, plan: Plan) -> Cost:
    """What it takes, before it starts. Raises UnknownModel, and as `House.complete` does."""
    _, each = house.complete(plan.cells[0].request)
    with house.store.read() as tx:
        pace = tx.work.pace()
    workers = max(1, house.settings.workers)
    return Cost(each * len(plan.cells), None if pace is None else pace * len(plan.cells) / workers)


def make_grid(
    house: House, desk: Desk, actor: Actor, order: Order, out: Path, on_file: OnFile, ties: Ties | None = None
) -> Set:
    """One PNG a cell in `out`, and the table of them. A cell that is refused or fails is a finding of the set.

    Raises InvalidRequest, what stops all of it (no allowance left, cancelled), StorageFailed.
    """
    cells = plan(order).cells
    made: list[File] = []
    findings: list[tuple[str, Finding]] = []
    for answer in make(house, desk, actor, [(cell, cell.request) for cell in cells], ties):
        cell = answer.key
        if isinstance(answer, Failed):
            rule = RETRIED[0] if isinstance(answer.error, Refused) else RETRIED[1]
            findings.append(("grid", Finding(f"{cell.name}.png", rule, answer.error.code, "", must=True)))
            continue
        made.append(put(out / f"{cell.name}.png", "cell", answer.receipt.id, answer.data))
        on_file(len(made), len(cells), made[-1])
    write(out / TABLE_FILE, listing_of(order, [(file.path.name, file.receipt) for file in made]))
    return Set(tuple(made), tuple(findings))


def listing_of(
    order: Order, files: Sequence[tuple[str, str]], judged: Mapping[str, tuple[str, int]] | None = None
) -> bytes:
    """These pictures (name and receipt) as a CSV file: what stood in the blanks, wish and seed of each, and what a
    person said of it (by receipt: "keep", "drop" or ""; 1 to 5, or 0 for none)."""
    cells = {f"{cell.name}.png": cell for cell in plan(order).cells}
    told = [(cells[name], name, receipt) for name, receipt in files]
    names = tuple(name for name, _ in told[0][0].values) if told else ()
    said = judged or {}
    rows = []
    for cell, name, receipt in told:
        choice, score = said.get(receipt, ("", 0))
        own = (cell.request.prompt, str(cell.request.seed), choice, str(score or ""), receipt)
        rows.append((name, *(value for _, value in cell.values), *own))
    return csv_of(("file", *names, "prompt", "seed", "choice", "score", "receipt"), rows)


def _list(told: str) -> tuple[str, tuple[str, ...]]:
    """ "colour=red|blue" -> ("colour", ("red", "blue")). Raises InvalidRequest."""
    name, sign, values = (part.strip() for part in told.partition("="))
    if not sign or not name or len(name) > MAX_NAME or any(letter in "{}｛｝|" for letter in name) or not values:
        raise InvalidRequest("grid_list", member="lists", value=told[:80])
    if (range_ := _RANGE.fullmatch(values)) is not None:
        return name, _range(range_, told)
    found = tuple(dict.fromkeys(" ".join(value.split()) for value in values.split("|")))
    if not all(found) or len(found) > MAX_CELLS or any(len(value) > MAX_CELL for value in found):
        raise InvalidRequest("grid_list", member="lists", value=told[:80])
    return name, found


def _range(match: re.Match[str], told: str) -> tuple[str, ...]:
    first, last, step = int(match[1]), int(match[2]), int(match[3] or 1)
    if step == 0:
        raise InvalidRequest("grid_list", member="lists", value=told[:80])
    steps = abs(last - first) // step + 1
    if steps > MAX_CELLS:
        raise InvalidRequest("grid_cells", member="lists", found=steps, most=MAX_CELLS)
    way = step if last >= first else -step
    return tuple(str(first + way * index) for index in range(steps))


def _blanks(template: str, names: Sequence[str], member: str) -> tuple[str, ...]:
    """The names in a template's braces. Raises InvalidRequest for an unknown one, or a brace that has no other."""
    text = _braces(template)
    found = tuple(dict.fromkeys(name.strip() for name in _BLANK.findall(text)))
    if re.search("[{}]", _BLANK.sub("", text)):
        raise InvalidRequest("grid_braces", member=member)
    for name in found:
        if name not in names:
            known = ", ".join(names) or "–"
            raise InvalidRequest("grid_variable", member=member, value=name[:MAX_NAME], known=known)
    return found


def _braces(template: str) -> str:
    return template.replace("｛", "{").replace("｝", "}")


def _filled(template: str, values: Mapping[str, str]) -> str:
    text = _BLANK.sub(lambda blank: values[blank[1].strip()], _braces(template))
    return " ".join(text.split())


def _count(order: Order, lists: Sequence[tuple[str, Sequence[str]]]) -> int:
    """Of the combinations, before any is made: a product may be larger than any memory."""
    rows = len(order.table.rows)
    if len(lists) > MAX_COLUMNS:
        raise InvalidRequest("grid_columns", member="lists", most=MAX_COLUMNS)
    if not rows and not lists:
        raise InvalidRequest("grid_empty", member="table")
    if order.join == "zip":
        lengths = {len(values) for _, values in lists} | ({rows} if rows else set())
        if len(lengths) > 1:
            told = ", ".join(str(length) for length in sorted(lengths))
            raise InvalidRequest("grid_lengths", member="lists", found=told)
        return lengths.pop()
    count = rows or 1
    for _, values in lists:
        count *= len(values)
    return count


def _rows(order: Order, lists: Sequence[tuple[str, Sequence[str]]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each combination with the line of the table that it comes from."""
    table = order.table
    if order.join == "zip":
        count = len(table.rows) or len(lists[0][1])
        for index in range(count):
            row = dict(zip(table.columns, table.rows[index], strict=True)) if table.rows else {}
            yield _line(table, index), row | {name: values[index] for name, values in lists}
        return
    for index, cells in enumerate(table.rows or ((),)):
        row = dict(zip(table.columns, cells, strict=True)) if table.rows else {}
        for chosen in itertools.product(*(values for _, values in lists)):
            yield _line(table, index), row | dict(zip((name for name, _ in lists), chosen, strict=True))


def _line(table: Table, index: int) -> int:
    return table.lines[index] if index < len(table.lines) else index + 1


def _request(order: Order, values: Mapping[str, str], line: int, variant: int, seeds: Sequence[str]) -> Request:
    prompt = _filled(order.template, values)
    said = next((values[name] for name in seeds if values[name]), "")
    if said and not (said.isascii() and said.isdecimal() and len(said) <= 16 and int(said) <= MAX_SEED):
        raise InvalidRequest("grid_seed", member="table", value=said[:40], row=line)
    seed = (int(said) + variant) % (MAX_SEED + 1) if said else _seed(order.seed, prompt, variant)
    try:
        return Request(
            prompt=prompt,
            model=order.model,
            style=order.style,
            seed=seed,
            width=order.width,
            height=order.height,
            urgency="batch",
        )
    except ValidationError as error:
        member = str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else "prompt"
        if member == "prompt":
            raise InvalidRequest("grid_wish", member="template", value=prompt[:60], row=line) from None
        raise InvalidRequest("grid_member", member=member) from None


def _seed(seed: int, prompt: str, variant: int) -> int:
    digest = hashlib.sha256(f"{seed}\n{variant}\n{prompt}".encode()).digest()
    return int.from_bytes(digest[:8]) % (MAX_SEED + 1)


def _stem(order: Order, values: Mapping[str, str], used: Sequence[str]) -> str:
    """A file's name that every system takes, from what stood in the blanks."""
    told = _filled(order.names, values) if order.names else "-".join(values[name] for name in used if values[name])
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LNM" or letter in "-_.+" else " "
        for letter in unicodedata.normalize("NFC", told)
    )
    name = "-".join(kept.split())
    name = name.encode()[:_NAME_BYTES].decode(errors="ignore").strip("-._+")
    if not name or _RESERVED.fullmatch(name.partition(".")[0]):
        name = f"cell-{name}" if name else "cell"
    return name


def _unique(stem: str, taken: set[str]) -> str:
    """Also where capital and small letters are the same to the file system."""
    name = stem
    for number in itertools.count(2):
        if name.casefold() not in taken:
            break
        name = f"{stem}-{number}"
    taken.add(name.casefold())
    return name
