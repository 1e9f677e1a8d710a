"""Labels in DOCX, XLSX and PPTX, byte for byte, each bound at its edge: what mutation testing showed.

One property is left, every other part is copied as it stands, and an archive of two minds is refused.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest
from tests.fakes.answers import answer

from pingxing.label.containers import Contents
from pingxing.label.metadata import office
from pingxing.label.metadata.merging import Label
from pingxing.label.metadata.office import KINDS, kind, read, write

NEW = Label('{"N":"<&"}')
TEXT = '{"N":"&lt;&amp;"}'
BASE = "application/vnd.openxmlformats-officedocument."
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/"
CUSTOM_NS, VALUES_NS = f"{OFFICE}custom-properties", f"{OFFICE}docPropsVTypes"
RELATION = f"{OFFICE}relationships/custom-properties"
FMTID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
TYPES, RELATIONS, CUSTOM = "[Content_Types].xml", "_rels/.rels", "docProps/custom.xml"

Pair = tuple[bytes, bytes]  # what stands in the archive, and its line in the directory less the place


def stored(name: str, data: bytes | str, extra: bytes = b"", note: bytes = b"", flags: int = 0) -> Pair:
    data = data.encode() if isinstance(data, str) else data
    facts = struct.pack("<HHHHHIII", 20, flags, 0, 0, 0x21, zlib.crc32(data), len(data), len(data))
    sizes = struct.pack("<HH", len(name), len(extra))
    line = b"PK\1\2\x14\0" + facts + sizes + struct.pack("<HHHI", len(note), 0, 0, 0) + b"{at}" + name.encode() + extra
    return b"PK\3\4" + facts + sizes + name.encode() + extra + data, line + note


def packed(name: str, data: bytes | str) -> Pair:
    """As it is written: deflated at the usual level, the date is DOS's first."""
    data = data.encode() if isinstance(data, str) else data
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    facts = struct.pack("<HHHHHIII", 20, 0x800, 8, 0, 0x21, zlib.crc32(data), len(body), len(data))
    sizes = struct.pack("<HH", len(name), 0)
    line = b"PK\1\2\x14\0" + facts + sizes + bytes(10) + b"{at}" + name.encode()
    return b"PK\3\4" + facts + sizes + name.encode() + body, line


def archive(*pairs: Pair, note: bytes = b"", order: list[int] | None = None) -> bytes:
    out, lines = b"", []
    for local, line in pairs:
        lines.append(line.replace(b"{at}", struct.pack("<I", len(out))))
        out += local
    directory = b"".join(lines[i] for i in order or range(len(lines)))
    tail = struct.pack("<HHHHIIH", 0, 0, len(lines), len(lines), len(directory), len(out), len(note))
    return out + directory + b"PK\5\6" + tail + note


def types(*more: str) -> str:
    return f"<Types>{''.join(more)}</Types>"


def relations(*more: str) -> str:
    return f"<Relationships>{''.join(more)}</Relationships>"


def custom(*more: str, space: str = f'xmlns="{CUSTOM_NS}" xmlns:vt="{VALUES_NS}"') -> str:
    return f"<Properties {space}>{''.join(more)}</Properties>"


def prop(name: str, text: str, pid: str = "2") -> str:
    return f'<property fmtid="{FMTID}" pid="{pid}" name="{name}"><vt:lpwstr>{text}</vt:lpwstr></property>'


def added(pid: int) -> str:
    """The property as it comes into somebody's part, with its namespaces said again."""
    return (
        f'<property xmlns="{CUSTOM_NS}" xmlns:vt="{VALUES_NS}" fmtid="{FMTID}" pid="{pid}" name="AIGC">'
        f"<vt:lpwstr>{TEXT}</vt:lpwstr></property>"
    )


OVERRIDE = f'<Override PartName="/docProps/custom.xml" ContentType="{BASE}custom-properties+xml"/>'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WORD = stored("word/document.xml", "<w/>")
LINK = f'<Relationship Id="rId1" Type="{RELATION}" Target="docProps/custom.xml"/>'


def document(
    custom_part: str | bytes | None = None, kinds: str | bytes = "", links: str | bytes = "", *more: Pair
) -> bytes:
    parts = [stored(TYPES, kinds or types()), stored(RELATIONS, links or relations()), WORD]
    if custom_part is not None:
        parts.append(stored(CUSTOM, custom_part))
    return archive(*parts, *more)


FULL = (types(OVERRIDE), relations(LINK))


# --- what it is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ([TYPES, "word/document.xml"], f"{BASE}wordprocessingml.document"),
        (["xl/workbook.xml", TYPES], f"{BASE}spreadsheetml.sheet"),
        ([TYPES, "ppt/presentation.xml"], f"{BASE}presentationml.presentation"),
        ([TYPES, "ppt/a", "word/b"], f"{BASE}wordprocessingml.document"),
        ([TYPES, "other/word/document.xml", "word"], None),
        ([TYPES], None),
        (["word/document.xml"], None),
        (["x" + TYPES, "word/document.xml"], None),
        ([], None),
    ],
)
def test_a_kind_is_told_by_the_names_of_the_parts(names: list[str], wanted: str | None) -> None:
    data = archive(*(stored(name, "<x/>") for name in names))
    assert kind(data) == wanted
    assert read(data) == Contents(wanted or "", end=len(data))
    if wanted is None:
        assert answer(lambda: write(data, NEW)) in ("label: container", "file: damaged")


def test_the_names_and_bounds_are_these() -> None:
    assert list(KINDS.items()) == [
        ("word/", f"{BASE}wordprocessingml.document"),
        ("xl/", f"{BASE}spreadsheetml.sheet"),
        ("ppt/", f"{BASE}presentationml.presentation"),
    ]
    bounds = office._MAX_PART, office._MAX_ENTRIES, office._MAX_DEPTH, office._MAX_CUSTOM
    assert bounds == (4 << 20, 50_000, 64, 8)
    assert (office._ROOM, office._MOST_LINES) == (1 << 32, 1 << 16)


def test_what_is_no_archive_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = document()
    for bad in (b"", b"PK\3\4", whole[:-1], whole[:-22]):
        for work in (kind, read, lambda data: write(data, NEW)):
            assert answer(lambda work=work, bad=bad: work(bad)) == "file: damaged"
    for limit, good in ((3, True), (2, False)):
        monkeypatch.setattr(office, "_MAX_ENTRIES", limit)
        assert answer(lambda: kind(whole)) == (KINDS["word/"] if good else "file: bomb")


# --- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (custom(prop("AIGC", " a \n")), ["a"]),
        (custom(prop("AIGC", "a"), prop("B", "c"), prop("AIGC", "d")), ["a", "d"]),
        (custom('<property name="AIGC"/>'), [""]),
        (custom('<property name="AIGC">a<b>c</b>d</property>'), ["acd"]),
        (custom('x<property name="AIGC">a</property>'), ["a"]),
        (custom('<o:property xmlns:o="o" name="AIGC">a</o:property>'), ["a"]),
        (custom('<o:property xmlns:o="o" o:name="AIGC">a</o:property>'), []),
        (custom('<x><property name="AIGC">a</property></x>'), []),
        (custom(prop("aigc", "a"), '<propertys name="AIGC">a</propertys>'), []),
        ('<Properties><property name="AIGC">a</property></Properties>', []),
        ('<p:property xmlns:p="p" name="AIGC">a</p:property>', []),
        (custom(), []),
    ],
)
def test_a_record_is_a_property_of_that_name(part: str, found: list[str]) -> None:
    assert read(document(part)).texts == found


def test_a_part_of_two_byte_characters_is_read() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        part = ("\ufeff" + custom(prop("AIGC", "a"))).encode(encoding)
        assert read(document(part)).texts == ["a"]


def test_properties_stand_where_the_relations_point_and_at_the_usual_place() -> None:
    other = stored("props/own.xml", custom(prop("AIGC", "b")))

    def link(target: str, what: str = RELATION) -> str:
        return f'<Relationship Id="a" Type="{what}" Target="{target}"/>'

    def texts(*links: str) -> list[str]:
        return read(document(custom(prop("AIGC", "a")), types(), relations(*links), other)).texts

    assert texts(link("props/own.xml")) == ["a", "b"]
    assert texts(link("/props/own.xml")) == ["a", "b"]
    assert texts(link("props/own.xml"), link("props/own.xml"), link(CUSTOM)) == ["a", "b"]
    assert texts(link("props/own.xml", RELATION + "s")) == ["a"]
    assert texts(link("props/missing.xml")) == ["a"]
    assert texts(f'<Relationship Type="{RELATION}"/>') == ["a"]
    odd = [stored(name, custom(prop("AIGC", name))) for name in ("~", "~x")]
    links = relations(f'<Relationship Type="{RELATION}"/>', link("/~x"))
    assert read(document(None, types(), links, *odd)).texts == ["~x"]
    assert texts(f'<x><Relationship Type="{RELATION}" Target="props/own.xml"/></x>') == ["a"]
    alone = archive(stored(TYPES, types()), WORD, stored(CUSTOM, custom(prop("AIGC", "a"))))
    assert read(alone).texts == ["a"]
    empty = archive(stored(TYPES, types()), WORD, stored(RELATIONS, ""), stored(CUSTOM, custom(prop("AIGC", "a"))))
    assert read(empty).texts == ["a"]


def test_relations_lead_to_eight_parts_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    links = [f'<Relationship Type="{RELATION}" Target="{n}.xml"/>' for n in "abc"]
    monkeypatch.setattr(office, "_MAX_CUSTOM", 4)
    assert answer(lambda: read(document(None, types(), relations(*links))).texts) == []
    monkeypatch.setattr(office, "_MAX_CUSTOM", 3)
    assert answer(lambda: read(document(None, types(), relations(*links))).texts) == "file: bomb"


def test_two_parts_of_one_name_are_two_records() -> None:
    one, two = stored(CUSTOM, custom(prop("AIGC", "a"))), stored(CUSTOM, custom(prop("AIGC", "b")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = archive(stored(TYPES, types()), stored(RELATIONS, relations()), WORD, one, two)
    assert read(data).texts == ["b", "b"]
    several = stored(CUSTOM, custom(prop("AIGC", "c"), prop("AIGC", "d")))
    assert read(archive(stored(TYPES, types()), WORD, one, several)).texts == ["c", "d", "d"]
    assert answer(lambda: write(data, NEW)) == "label: container"


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ("<a", "file: damaged"),
        ("", "file: damaged"),
        ("<a></b>", "file: damaged"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a/>', "file: hostile_xml"),
        ("<a>" * 65 + "</a>" * 65, ""),
        ("<a>" * 66 + "</a>" * 66, "file: hostile_xml"),
    ],
)
def test_a_part_that_is_no_plain_xml_is_refused(part: str, why: str) -> None:
    wanted: object = why or []
    assert answer(lambda: read(document(part)).texts) == wanted
    if why:
        assert answer(lambda: write(document(part), NEW)) == why
        for place in ((part or "<", ""), ("", part or "<")):
            assert answer(lambda place=place: write(document(None, *place), NEW)) == why


def test_a_part_has_a_limit_and_must_be_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    part = custom(prop("AIGC", "a"))
    assert len(types()) < len(relations()) < len(part)
    monkeypatch.setattr(office, "_MAX_PART", len(part))
    assert answer(lambda: read(document(part)).texts) == ["a"]
    monkeypatch.setattr(office, "_MAX_PART", len(part) - 1)
    assert answer(lambda: read(document(part)).texts) == "file: bomb"
    monkeypatch.setattr(office, "_MAX_PART", 9_999)
    wrong = document(part).replace(b">a<", b">b<")  # its sum does not hold
    assert answer(lambda: read(wrong).texts) == "file: damaged"
    secret = archive(stored(TYPES, types()), WORD, stored(CUSTOM, part, flags=1))
    assert answer(lambda: read(secret).texts) == "file: damaged"


# --- writing ---------------------------------------------------------------------------------------------


def properties(data: bytes) -> str:
    with ZipFile(BytesIO(data)) as made:
        assert made.testzip() is None
        return made.read(CUSTOM).decode()


def test_a_document_without_properties_gets_all_three_parts() -> None:
    fresh = HEAD + custom(prop("AIGC", TEXT))
    assert write(document(), NEW) == archive(
        packed(TYPES, types(OVERRIDE)), packed(RELATIONS, relations(LINK)), WORD, packed(CUSTOM, fresh)
    )
    taken = [f'<Relationship Id="rId{n}" Type="x" Target="y"/>' for n in (1, 2, 4)]
    done = write(document(None, "", relations(*taken)), NEW)
    assert packed(RELATIONS, relations(*taken, LINK.replace("rId1", "rId3")))[0] in done
    done = write(document(None, "", relations(*taken[:2])), NEW)
    assert packed(RELATIONS, relations(*taken[:2], LINK.replace("rId1", "rId3")))[0] in done
    done = write(document(None, "", relations('<Relationship Type="x"/>')), NEW)
    assert packed(RELATIONS, relations('<Relationship Type="x"/>', LINK))[0] in done
    # what says it already is not said again
    typed = archive(stored(TYPES, FULL[0]), stored(RELATIONS, relations()), WORD, stored("xl/x", "<x/>"))
    assert write(typed, NEW) == archive(
        stored(TYPES, FULL[0]),
        packed(RELATIONS, relations(LINK)),
        WORD,
        stored("xl/x", "<x/>"),
        packed(CUSTOM, fresh),
    )
    other = types(OVERRIDE.replace("PartName", "Partname"), OVERRIDE.replace("custom.xml", "custom.xmls"))
    assert packed(TYPES, types(other[7:-8], OVERRIDE))[0] in write(document(None, other, FULL[1]), NEW)
    wrong = relations(LINK.replace(RELATION, RELATION + "s"))
    assert packed(RELATIONS, relations(wrong[15:-16], LINK.replace("rId1", "rId2")))[0] in write(
        document(None, FULL[0], wrong), NEW
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (custom(), custom(added(2))),
        (custom(prop("AIGC", "o")), custom(added(2))),
        (custom(prop("A", "1"), prop("AIGC", "o", "7"), prop("B", "2", "5")),
         custom(prop("A", "1"), prop("B", "2", "5"), added(6))),
        (custom(prop("AIGC", "o"), prop("A", "1"), "~", prop("AIGC", "p"), "\n"),
         custom(prop("A", "1"), "~", "\n", added(3))),
        (custom('<property name="AIGC"/>', "<x/>"), custom("<x/>", added(2))),
        (custom('<property name="AIGC" a=">" />', "<x/ >".replace("/ ", "/")), custom("<x/>", added(2))),
        (custom('<property name="AIGC"></property  >', "<x/>"), custom("<x/>", added(2))),
        (custom(prop("A", "1", "x"), prop("B", "1", "-9"), prop("C", "1", "1234567890"), prop("D", "1", "123456789")),
         custom(prop("A", "1", "x"), prop("B", "1", "-9"), prop("C", "1", "1234567890"), prop("D", "1", "123456789"),
                added(123_456_790))),
        (custom(prop("A", "1", "0")), custom(prop("A", "1", "0"), added(2))),
        (custom(prop("A", "1", "1")), custom(prop("A", "1", "1"), added(2))),
        (custom("<property/>"), custom("<property/>", added(2))),
        (custom(prop("AIGCs", "o")), custom(prop("AIGCs", "o"), added(3))),
        (custom("<x><property name='AIGC'/></x>"), custom("<x><property name='AIGC'/></x>", added(2))),
        (HEAD + "<!-- a -->" + custom(prop("AIGC", "人")) + "<!-- b -->",
         HEAD + "<!-- a -->" + custom(added(2)) + "<!-- b -->"),
        ('<p:Properties xmlns:p="p"></p:Properties >', '<p:Properties xmlns:p="p">' + added(2) + "</p:Properties >"),
    ],
)  # fmt: skip
def test_other_properties_stay_and_the_label_comes_behind_them(before: str, after: str) -> None:
    assert write(document(before, *FULL), NEW) == archive(
        stored(TYPES, FULL[0]), stored(RELATIONS, FULL[1]), WORD, packed(CUSTOM, after)
    )
    assert properties(write(document(before, *FULL), NEW)) == after


def test_properties_of_another_name_are_labelled_where_they_stand() -> None:
    place = "props/own.xml"
    links = relations(f'<Relationship Id="a" Type="{RELATION}" Target="/{place}"/>')
    own = stored(place, custom(prop("AIGC", "o")))
    data = archive(stored(TYPES, types()), stored(RELATIONS, links), WORD, own)
    assert write(data, NEW) == archive(
        packed(TYPES, types(OVERRIDE.replace(CUSTOM, place))),
        stored(RELATIONS, links),
        WORD,
        packed(place, custom(added(2))),
    )
    both = archive(stored(TYPES, types()), stored(RELATIONS, links), WORD, own, stored(CUSTOM, custom()))
    assert answer(lambda: write(both, NEW)) == "label: container"


def test_a_document_that_lacks_a_part_or_its_end_gets_no_label() -> None:
    bad: list[Callable[[], bytes]] = [
        lambda: write(archive(stored(TYPES, types()), WORD), NEW),
        lambda: write(document("<Properties/>"), NEW),
        lambda: write(document(None, "<Types/>"), NEW),
        lambda: write(document(None, "", "<Relationships/>"), NEW),
    ]
    assert [answer(work) for work in bad] == ["label: metadata"] * 4
    assert write(document(None, FULL[0], FULL[1]), NEW) == archive(
        stored(TYPES, FULL[0]), stored(RELATIONS, FULL[1]), WORD, packed(CUSTOM, HEAD + custom(prop("AIGC", TEXT)))
    )


# --- the archive -----------------------------------------------------------------------------------------


def test_everything_else_is_copied_as_it_stands() -> None:
    odd = stored("word/媒体/x.bin".replace("媒体", "m"), bytes(range(256)), b"\x99\x99\4\0extr", b"a note")
    parts = stored(TYPES, FULL[0]), odd, stored(RELATIONS, FULL[1], b"\1\1\0\0"), WORD
    done = packed(CUSTOM, HEAD + custom(prop("AIGC", TEXT)))
    data = archive(*parts, note=b"of the archive")
    assert write(data, NEW) == archive(*parts, done, note=b"of the archive")
    # a directory in another order: the new one follows the places
    shuffled = archive(*parts, order=[2, 0, 3, 1])
    assert write(shuffled, NEW) == archive(*parts, done)
    # bytes behind an entry (a data descriptor) belong to it
    local, line = WORD
    longer = local + b"PK\7\x08descriptor", line
    assert write(archive(parts[0], longer, parts[2]), NEW) == archive(parts[0], longer, parts[2], done)


def test_an_archive_with_something_in_front_or_behind_gets_no_label() -> None:
    whole = document()
    end = len(whole) - 22
    start = struct.unpack_from("<I", whole, end + 16)[0]

    def bent(at: int, value: bytes) -> bytes:
        return whole[:at] + value + whole[at + len(value) :]

    for bad in (
        whole + b"~",
        b"~" + whole,
        bent(end + 20, b"\1\0"),
        bent(end + 12, struct.pack("<I", end - start + 1)),
        bent(end + 12, struct.pack("<I", end - start - 1)),
        bent(start, b"PK\1\3"),
        bent(start + 42, struct.pack("<I", start)),
        bent(start + 42, struct.pack("<I", 1)),
        bent(end + 10, b"\4\0"),
    ):
        found = answer(lambda bad=bad: office._directory(bad))
        assert found == "label: container"
        assert answer(lambda bad=bad: write(bad, NEW)) in ("label: container", "file: damaged")
    for bad in (b"", b"PK\5\6", b"PK\5\6" + bytes(17), whole[:-1]):
        assert answer(lambda bad=bad: office._directory(bad)) == "label: container"
    assert office._directory(b"PK\5\6" + bytes(18)) == ([], 0, b"")
    assert answer(lambda: office._directory(bytes(40))) == "label: container"
    entries, found_start, note = office._directory(archive(WORD, note=b"PK\5"))
    assert (found_start, note) == (len(WORD[0]), b"PK\5")
    assert entries == [office._Entry(b"word/document.xml", WORD[1].replace(b"{at}", bytes(4)), 0)]


def test_lines_of_the_directory_fill_it_exactly() -> None:
    line = WORD[1].replace(b"{at}", bytes(4))
    bare = line[:28] + bytes(6) + line[34:46]

    def told(lines: bytes, count: int, note: bytes = b"") -> object:
        tail = struct.pack("<HHHHIIH", 0, 0, count, count, len(lines), len(WORD[0]), len(note))
        return answer(lambda: office._directory(WORD[0] + lines + b"PK\5\6" + tail + note))

    good = [office._Entry(b"", bare, 0)]
    assert told(bare, 1) == (good, len(WORD[0]), b"")
    for wrong in (bare[:45], bare[:44], bare[:46] + b"~", bare + bare):
        assert told(wrong, 1) == "label: container"
    assert told(bare, 0) == "label: container"
    assert told(b"", 1) == "label: container"
    # a note that reaches over the end, to where the archive's own begins: what stands there is no line
    reaching = line[:28] + bytes(4) + struct.pack("<H", 22) + line[34:46]
    assert told(reaching, 2, b"PK\1\2") == "label: container"
    assert told(reaching, 2, b"PK\1\2" + bare[4:]) == "label: container"
    # nothing of the archive lies behind its directory
    far = len(WORD[0]) + 46 + 22
    beyond = bare[:42] + struct.pack("<I", far)
    assert told(beyond, 1, b"PK\3\4") == "label: container"


def test_the_directory_tells_names_extras_and_notes_apart() -> None:
    one, two = stored("a", "1", b"\1\1\0\0", b"note"), stored("bc", "2", b"", b"longer note")
    data = archive(one, two)
    second = len(one[0])
    lines = one[1].replace(b"{at}", bytes(4)), two[1].replace(b"{at}", struct.pack("<I", second))
    entries, start, _ = office._directory(data)
    assert entries == [office._Entry(b"a", lines[0], 0), office._Entry(b"bc", lines[1], second)]
    assert start == second + len(two[0])


def test_an_archive_has_a_longest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    data = document()
    done = write(data, NEW)
    size = len(done) - 22
    for limit, good in ((size + 1, True), (size, False)):
        monkeypatch.setattr(office, "_ROOM", limit)
        assert answer(lambda: write(data, NEW)) == (done if good else "label: no_room")
    monkeypatch.setattr(office, "_ROOM", 1 << 32)
    for limit, good in ((5, True), (4, False)):
        monkeypatch.setattr(office, "_MOST_LINES", limit)
        assert answer(lambda: write(data, NEW)) == (done if good else "label: no_room")
