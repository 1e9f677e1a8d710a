"""What an XMP packet or a drawing of a stranger says, each bound at its edge: what mutation testing showed.

Every record is found once, in whatever form XML allows; nothing is expanded, and nothing is endless.
"""

from __future__ import annotations

import pytest

from pingxing.label import packets
from pingxing.label.packets import BrokenXml, HostileXml, Packet, parse

NS = "http://www.tc260.org.cn/ns/AIGC/1.0/"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
XMP = "http://ns.adobe.com/xap/1.0/"


def said(inner: str, attributes: str = "", group: str = "") -> Packet:
    space = f'xmlns:t="{NS}" xmlns:i="{IPTC}" xmlns:m="{XMP}"'
    return parse(f"<root {space} {attributes}>{inner}</root>".encode(), drawn_group=group)


@pytest.mark.parametrize(
    ("inner", "records"),
    [
        ("", []),
        ("<t:AIGC>a</t:AIGC>", ["a"]),
        ("<t:AIGC> \n a b\t</t:AIGC>", ["a b"]),
        ("<t:AIGC/>", [""]),
        ("<t:AIGC>a</t:AIGC><t:AIGC>a</t:AIGC>", ["a", "a"]),
        ('<x t:AIGC=" a "/>', ["a"]),
        ('<x t:AIGC="a"><t:AIGC>b</t:AIGC></x>', ["a", "b"]),
        ("<t:AIGC>a<b>c</b>d</t:AIGC>", ["acd"]),
        ("<t:AIGC>a<t:AIGC>b</t:AIGC>c</t:AIGC>", ["ab"]),
        ("<t:AIGC>&lt;&#97;<![CDATA[<b>]]></t:AIGC>", ["<a<b>"]),
        ("<AIGC>a</AIGC><t:aigc>b</t:aigc><t:AIGCs>c</t:AIGCs>", []),
        (f'<AIGC xmlns="{NS}">a</AIGC>', ["a"]),
        ("<i:AISystemUsed>s<t:AIGC>a</t:AIGC></i:AISystemUsed>", []),
        ("a<t:AIGC>b</t:AIGC>c<t:AIGC>d</t:AIGC>", ["b", "d"]),
    ],
)
def test_every_record_of_a_packet_is_found_once(inner: str, records: list[str]) -> None:
    assert said(inner).records == records


def test_a_record_on_the_root_is_one() -> None:
    assert said("", 't:AIGC="a"').records == ["a"]


def test_iptc_and_xmp_say_how_it_was_made_and_the_first_one_counts() -> None:
    inner = (
        "<i:DigitalSourceType> a </i:DigitalSourceType><i:AISystemUsed>b</i:AISystemUsed>"
        "<i:AISystemVersionUsed>c</i:AISystemVersionUsed><m:CreateDate>d</m:CreateDate><m:CreatorTool>e</m:CreatorTool>"
    )
    facts = {"source_type": "a", "system": "b", "version": "c", "created": "d"}
    assert said(inner).facts == facts
    assert said(inner + "<i:AISystemUsed>z</i:AISystemUsed>").facts == facts
    assert said('<x i:AISystemUsed=" y "/>' + inner).facts == facts | {"system": "y"}
    assert said(f"<i:AISystemUsed>{'x' * 300}</i:AISystemUsed>").facts == {"system": "x" * 200}
    assert said(inner).records == []


def test_there_are_sixteen_records_and_a_text_has_an_end() -> None:
    assert len(said("<t:AIGC>a</t:AIGC>" * 16).records) == 16
    assert len(said("<t:AIGC>a</t:AIGC>" * 17).records) == 16
    # expat gives text line by line: what was begun within the limit is taken to its end, and then no more
    line = "x" * 1_023 + "\n"
    assert len(said(f"<t:AIGC>{line * 32}y</t:AIGC>").records[0]) == 32_769
    assert said(f"<t:AIGC>{line * 32}y&lt;z</t:AIGC>").records[0].endswith("\ny")
    long = said(f"<t:AIGC>{line * 40}</t:AIGC>").records[0]
    assert 32_768 <= len(long) <= 33_792
    edge = said("<t:AIGC>" + "z" * 5 + "\n" * 1 + "</t:AIGC>").records[0]
    assert edge == "z" * 5
    again = said(f"<t:AIGC>{line * 40}</t:AIGC><t:AIGC>b</t:AIGC>").records
    assert again[1] == "b"


def test_a_document_is_two_hundred_and_fifty_six_deep_at_most() -> None:
    assert parse(b"<a>" * 256 + b"</a>" * 256).root == ("a", {})
    with pytest.raises(HostileXml):
        parse(b"<a>" * 257 + b"</a>" * 257)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY % b "c">]>',
    ],
)
def test_a_document_that_declares_entities_is_refused(head: str) -> None:
    with pytest.raises(HostileXml):
        parse(f"{head}<a/>".encode())
    assert parse(b"<!DOCTYPE a><a/>").root == ("a", {})


@pytest.mark.parametrize("data", [b"", b"<a", b"<a>", b"<a></b>", b"<a/>x", b"\xff"])
def test_a_document_that_is_not_whole_is_broken(data: bytes) -> None:
    with pytest.raises(BrokenXml):
        parse(data)


def test_the_root_is_the_outermost_element_with_its_attributes() -> None:
    found = parse(b'<r xmlns="s" a="1"><q b="2"/></r>')
    assert found.root == ("s r", {"a": "1"})


@pytest.mark.parametrize(
    ("inner", "there"),
    [
        ('<c:manifest xmlns:c="http://c2pa.org/manifest"/>', True),
        ('<x><c:manifest xmlns:c="http://c2pa.org/manifest"/></x>', True),
        ('<c:manifest xmlns:c="http://other.org/"/>', False),
        ('<c:other xmlns:c="http://c2pa.org/manifest"/>', False),
        ('<c:amanifest xmlns:c="http://c2pa.org/manifest"/>', False),
        ("", False),
    ],
)
def test_a_manifest_in_a_drawing_is_noticed(inner: str, there: bool) -> None:
    assert said(inner).c2pa is there


MARK = '<g id="mark"><path d="1"/><g><path d="2"/></g></g>'


@pytest.mark.parametrize(
    ("inner", "last"),
    [
        ("", ("", ())),
        (MARK, ("mark", ("1", "2"))),
        (f"<x/>{MARK}", ("mark", ("1", "2"))),
        (f"{MARK}<x/>", ("", ())),
        (f'{MARK}<x id="y"/>', ("y", ())),
        (f"<g>{MARK}</g>", ("", ())),
        ('<g id="mark" d="0"/>', ("mark", ("0",))),
        ('<g id="mark"/>', ("mark", ())),
        ('<g id="other"><path d="1"/></g>', ("other", ())),
        (f'{MARK}<g id="mark"><path d="3"/></g>', ("mark", ("3",))),
        (f'{MARK}<g id="other"><path d="3"/></g>', ("other", ())),
    ],
)
def test_the_outlines_of_the_group_that_is_drawn_last(inner: str, last: tuple[str, tuple[str, ...]]) -> None:
    assert said(inner, group="mark").last == last


def test_without_a_name_no_outlines_are_collected_and_never_more_than_sixty_four() -> None:
    assert said(MARK).last == ("mark", ())
    assert said('<g><path d="1"/></g>').last == ("", ())
    assert said('<g id=""><path d="1"/></g>').last == ("", ())
    assert said('<g id="~"><path d="1"/></g>').last == parse(b'<r><g id="~"><path d="1"/></g></r>').last == ("~", ())
    for count in (63, 64, 65):
        found = said('<g id="mark">' + '<path d="1"/>' * count + "</g>", group="mark")
        assert len(found.last[1]) == min(count, 64)


def test_the_bounds_and_names_of_a_packet() -> None:
    assert (packets._MAX_DEPTH, packets._MAX_TEXT, packets._MAX_RECORDS, packets._MAX_OUTLINES) == (256, 32_768, 16, 64)
    assert f"{NS} AIGC" == packets._AIGC
    assert {
        f"{IPTC} DigitalSourceType": "source_type",
        f"{IPTC} AISystemUsed": "system",
        f"{IPTC} AISystemVersionUsed": "version",
        f"{XMP} CreateDate": "created",
    } == packets._FACTS
