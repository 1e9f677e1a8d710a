"""What a spreadsheet's cell shows: numbers, per cent, dates and times by their formats."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.makers.grid_table import read_table
from pingxing.makers.xlsx_shown import built_in, shown

STYLES = (
    '<styleSheet xmlns="x"><numFmts count="1">'
    '<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>'
    '</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>'
)  # fmt: skip
SHEET = (
    '<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>when</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>day</t></is></c><c r="C1" t="inlineStr"><is><t>part</t></is></c>'
    '<c r="D1" t="inlineStr"><is><t>sum</t></is></c><c r="E1" t="inlineStr"><is><t>yes</t></is></c></row>'
    '<row r="2"><c r="A2" s="1"><v>46096</v></c><c r="B2" s="2"><v>46096</v></c><c r="C2" s="3"><v>0.125</v></c>'
    '<c r="D2"><f>0.1+0.2</f><v>0.30000000000000004</v></c><c r="E2" t="b"><v>1</v></c></row></sheetData></worksheet>'
)


@pytest.mark.parametrize(
    ("stored", "code", "reads"),
    [
        ("46096", "yyyy-mm-dd", "2026-03-15"),
        ("46096", 'yyyy"年"m"月"d"日"', "2026年3月15日"),
        ("46096", "[$-804]yyyy/m/d;@", "2026/3/15"),
        ("46096.75", "d mmm yy h:mm AM/PM", "15 Mar 26 6:00 PM"),
        ("46096.5", "dddd", "Sunday"),
        ("0.5", "h:mm", "12:00"),
        ("1.5", "[h]:mm", "36:00"),
        ("59", "yyyy-mm-dd", "1900-02-28"),
        ("61", "yyyy-mm-dd", "1900-03-01"),
        ("0.30000000000000004", "General", "0.3"),
        ("1E3", "General", "1000"),
        ("12", "000", "012"),
        ("1234.5", "#,##0.00", "1,234.50"),
        ("0.125", "0.0%", "12.5%"),
        ("-3", '0 "kg"', "-3 kg"),
        ("9.9", "¥0.00", "¥9.90"),
        ("9.9", '[$€-407]0.00;[Red]-[$€-407]0.00', "€9.90"),
        ("5", "# ?/?", "5"),  # says more than is understood: the plain number
        ("99999999999", "yyyy-mm-dd", "99999999999"),
        ("-1", "yyyy-mm-dd", "-1"),
        ("1E200", "0.00", "1E+200"),
        ("not a number", "0.00", "not a number"),
        ("NaN", "0.00", "NaN"),
    ],
)  # fmt: skip
def test_a_cell_reads_as_the_sheet_shows_it(stored, code, reads):
    assert shown(stored, code) == reads


def test_days_are_counted_from_1904_where_the_file_says_so():
    assert shown("44634", "yyyy-mm-dd", epoch_1904=True) == "2026-03-15"


@given(st.text(max_size=20) | st.floats().map(str), st.text(max_size=40) | st.sampled_from(sorted(built_in().values())))
def test_whatever_the_file_says_there_is_an_answer(stored, code):
    assert isinstance(shown(stored, code), str)


def test_dates_of_an_xlsx_file_are_dates():
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", SHEET)
        archive.writestr("xl/styles.xml", STYLES)
    table = read_table(out.getvalue())
    assert table.rows == (("2026-03-15", "2026年3月15日", "12.50%", "0.3", "TRUE"),)
