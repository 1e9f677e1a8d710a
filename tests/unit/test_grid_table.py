"""Grids before anything starts: tables of every kind, templates, lists, counts, names."""

import csv
from dataclasses import replace
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing import i18n
from pingxing.errors import InvalidRequest, TooLarge
from pingxing.makers.grid import MAX_CELLS, Order, listing_of, plan
from pingxing.makers.grid_table import MAX_BYTES, MAX_ROWS, Table, column_name, csv_of, defused, read_table
from pingxing.makers.wanted import GridWanted, check, read_wanted

TABLE = Table(("主体", "颜色"), (("猫", "红色"), ("狗", "蓝色")), (2, 3))
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>n</t></is></c></row>'
    '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4"><f>1+2</f><v>3</v></c></row></sheetData></worksheet>'
)
SHARED = "<sst><si><t>主体</t></si><si><r><t>=c</t></r><r><t>at</t></r><rPh><t>aloud</t></rPh></si></sst>"


def xlsx(sheet: str = SHEET, shared: str = SHARED, name: str = "xl/worksheets/sheet1.xml") -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr(name, sheet)
        archive.writestr("xl/sharedStrings.xml", shared)
    return out.getvalue()


def refusal(work, *given) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        work(*given)
    for language in ("en", "zh"):  # the words are there, and every blank in them is filled
        title, hint = i18n.explain(caught.value, language)
        assert i18n.knows(language, f"error.{caught.value.code}.{caught.value.reason}"), caught.value.reason
        assert "{" not in title + hint
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_of_every_usual_kind_is_the_same_table(encoding, mark):
    text = f'主体{mark}颜色\r\n\r\n猫{mark}" 红\n色 "\r\n=1+1{mark}\r\n'
    assert read_table(text.encode(encoding)) == Table(("主体", "颜色"), (("猫", "红 色"), ("=1+1", "")), (3, 4))


def test_xlsx_words_shared_inline_and_counted():
    assert read_table(xlsx()) == Table(("主体", "n"), (("=cat", "3"),), (4,))


@pytest.mark.parametrize(
    ("data", "reason", "where"),
    [
        (b"", "grid_empty", {}),
        (b"a,b\n", "grid_empty", {}),
        (b"a,a\n1,2\n", "grid_twice", {"column": "B", "row": 1}),
        (b"a,,c\n1,2,3\n", "grid_no_name", {"column": "B", "row": 1}),
        (b"a=b\n1\n", "grid_name", {"column": "A", "row": 1}),
        (b"a\n1\n2,3\n", "grid_beyond", {"row": 3, "column": "B"}),
        (b"a,b\nx," + b"y" * 500, "grid_cell", {"row": 2, "column": "B"}),
        (b'a\n"x\n', "grid_csv", {"row": 2}),
        (b"a\n" + b"x" * 200_000, "grid_csv", {"row": 2}),
        ("a\nx".encode("utf-16"), "grid_encoding", {}),
        ("café\nx".encode("latin-1"), "grid_encoding", {}),
        (b"a\n\0\n", "grid_encoding", {}),
        (b"a\n" + b"x\n" * (MAX_ROWS + 1), "grid_rows", {"row": MAX_ROWS + 2}),
        (b"a\n" + b"\n" * 1_000_000, "grid_rows", {}),
        (b",".join(b"c%d" % n for n in range(50)) + b"\n1", "grid_columns", {}),
        (b"PK\x03\x04 no archive", "grid_xlsx", {}),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"...", "grid_old_table", {}),
        (xlsx(name="else.xml"), "grid_xlsx", {}),
        (xlsx(shared="<sst/>"), "grid_xlsx", {}),
        (xlsx(shared='<!DOCTYPE x [<!ENTITY a "b">]><sst><si><t>&a;</t></si></sst>'), "grid_xlsx", {}),
        (xlsx(sheet=SHEET.replace('r="4"', 'r="900000"')), "grid_rows", {}),
    ],
)
def test_a_table_that_is_none_is_told_where(data, reason, where):
    error = refusal(read_table, data)
    assert error.reason == reason
    assert {name: error.params[name] for name in where} == where


def test_what_expands_too_far_is_no_table(monkeypatch):
    monkeypatch.setattr("pingxing.makers.grid_xlsx.MAX_PART", 200_000)
    bomb = xlsx(sheet=SHEET + " " * 2_000_000)
    assert len(bomb) < 10_000
    assert refusal(read_table, bomb).reason == "grid_xlsx"
    assert isinstance(refusal(read_table, b"x" * (MAX_BYTES + 1)), TooLarge)


def answers(data: bytes) -> None:
    try:
        table = read_table(data)
    except InvalidRequest:
        return
    assert table.rows
    assert all(len(row) == len(table.columns) for row in table.rows)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_an_answer(data):
    answers(data)


@given(st.text(alphabet='ab,;"\n\t主=|{}', max_size=80))
def test_any_text_is_a_table_or_an_answer(text):
    answers(text.encode())


@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=4))
def test_a_damaged_workbook_is_a_table_or_an_answer(place, piece):
    whole = xlsx()
    answers(whole[: place % len(whole)] + piece + whole[place % len(whole) + len(piece) :])


def test_a_table_times_lists_and_ranges():
    order = Order("{主体}，{颜色}，{风格}，{n} 个", TABLE, ("风格=水彩|剪纸", "n=1..3"))
    found = plan(order)
    assert (len(found.cells), found.same, found.unused) == (12, 0, ())
    assert found.cells[0].request.prompt == "猫，红色，水彩，1 个"
    assert found.cells[-1].name == "狗-蓝色-剪纸-3"
    assert {cell.line for cell in found.cells} == {2, 3}
    assert plan(order) == found


def test_lists_may_go_along_with_the_rows():
    found = plan(Order("{主体} {n}", TABLE, ("n=10..20..10",), join="zip"))
    assert [cell.request.prompt for cell in found.cells] == ["猫 10", "狗 20"]
    assert found.unused == ("颜色",)
    assert refusal(plan, Order("{主体} {n}", TABLE, ("n=1..3",), join="zip")).reason == "grid_lengths"


def test_cells_that_are_the_same_are_drawn_once_and_others_keep_their_seeds():
    found = plan(Order("{主体}", TABLE, ("n=1..5",), variants=2))
    assert (len(found.cells), found.same, found.unused) == (4, 16, ("颜色", "n"))
    assert len({cell.request.seed for cell in found.cells}) == 4
    fewer = plan(Order("{主体}", Table(TABLE.columns, TABLE.rows[1:], (3,)), variants=2))
    assert [cell.request for cell in fewer.cells] == [cell.request for cell in found.cells[2:]]
    said = plan(Order("a cat", lists=("seed=7..9",)))
    assert [cell.request.seed for cell in said.cells] == [7, 8, 9]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"template": "{主题}"}, "grid_variable"),
        ({"template": "{主体"}, "grid_braces"),
        ({"template": "{}"}, "grid_variable"),
        ({"names": "{x}"}, "grid_variable"),
        ({"lists": ("n",)}, "grid_list"),
        ({"lists": ("n=a||b",)}, "grid_list"),
        ({"lists": ("n=1..5..0",)}, "grid_list"),
        ({"lists": ("n=1..999999999",)}, "grid_cells"),
        ({"lists": tuple(f"n{n}=1..900" for n in range(30))}, "grid_cells"),
        ({"lists": ("颜色=红",)}, "grid_twice"),
        ({"lists": ("seed=x",)}, "grid_seed"),
        ({"table": Table(), "template": "x"}, "grid_empty"),
        ({"template": "  "}, "grid_wish"),
        ({"width": 9_000}, "grid_member"),
        ({"variants": 11}, "grid_variants"),
    ],
)
def test_what_cannot_be_made_is_said_before_anything_starts(change, reason):
    assert refusal(plan, replace(Order("{主体}", TABLE), **change)).reason == reason


def test_a_wish_that_is_none_names_its_row():
    assert refusal(plan, Order("{a}", Table(("a", "b"), (("x", "1"), ("", "2")), (2, 5)))).params["row"] == 5


@given(st.lists(st.text(max_size=60), min_size=1, max_size=8))
def test_names_are_safe_and_each_its_own(values):
    rows = tuple((f"{value} .", "x") for value in values)
    names = [cell.name for cell in plan(Order("a {a}{b}", Table(("a", "b"), rows), names="{a}", variants=2)).cells]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert not set(name) & set('/\\:*?"<>| \n\0')
        assert not name.startswith((".", "-", "="))
        assert 0 < len(name.encode()) < 120


def test_names_that_a_system_keeps_for_itself():
    rows = (("CON",), ("../../etc/passwd",), ("A",), ("a",), ("grid",))
    names = [cell.name for cell in plan(Order("x {a}", Table(("a",), rows))).cells]
    assert names == ["cell-CON", "etc-passwd", "A", "a-2", "grid"]


def test_nothing_in_our_csv_is_a_formula():
    order = Order("{a}", Table(("a",), (("=HYPERLINK(1)",), ("-2+3",), ("fine",))))
    files = [(f"{cell.name}.png", "r") for cell in plan(order).cells]
    rows = list(csv.reader(StringIO(listing_of(order, files).decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["a", "'=HYPERLINK(1)", "'-2+3", "fine"]
    assert defused("@x") == "'@x"
    assert csv_of(("a",), ()).startswith(b"\xef\xbb\xbf")
    assert [column_name(n) for n in (1, 26, 27, 703)] == ["A", "Z", "AA", "AAA"]


def test_an_order_travels_as_json():
    wanted = GridWanted(template="{a}", columns=("a",), rows=(("cat",), ("dog",)), lists=("n=1..2",))
    assert read_wanted(wanted.model_dump(mode="json")) == wanted
    assert check(wanted) == 2
    assert check(GridWanted(template="{n}", lists=(f"n=1..{MAX_CELLS}",))) == MAX_CELLS
    assert refusal(check, GridWanted(template="{a}", columns=("a",), rows=(("1", "2"),))).params["row"] == 2


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + b"0" * 400, b"GIF89a\x01\x00", b"%PDF-1.7\n%\xe2\x00"])
def test_a_picture_is_no_table_whatever_its_bytes_might_spell(data):
    with pytest.raises(InvalidRequest) as caught:
        read_table(data)
    assert caught.value.reason == "grid_encoding"
