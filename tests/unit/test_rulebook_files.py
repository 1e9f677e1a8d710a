"""Whatever an operator hands in is a pack or a clear answer, in bounded time."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.rulepacks import pack

from pingxing import rulebook
from pingxing.errors import Conflict, InvalidRequest

BOMB = b"a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nlists: {pot: {en: [*b, *b, *b, *b]}}\n"


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(body):
    with contextlib.suppress(InvalidRequest, Conflict):  # and nothing else
        rulebook.checked(body)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 600), st.binary(max_size=6))
def test_a_pack_with_any_few_bytes_exchanged(at, spoilt):
    body = pack()
    with contextlib.suppress(InvalidRequest, Conflict):
        rulebook.checked(body[:at] + spoilt + body[at + len(spoilt) :])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (BOMB, "aliases"),
        (pack().replace(b"[teapot]", b"&pot [teapot]").replace(b"[a teapot]", b"*pot"), "aliases"),
        (b"[" * 100_000, "pack_unreadable"),
        (b"{a: " * 50_000, "pack_unreadable"),
        (b"pack: " + b"x" * 1_000_000, "pack_unreadable"),
        (b"- " * 300_000, "pack_unreadable"),
        (pack().replace(b"date: 2026-11-22", b"date: !!python/object/apply:os.system [ls]"), "pack_unreadable"),
        (pack().replace(b"when: [{all: [pot]}]", b"when: [" + b"{all: [pot]}," * 1_001 + b"]"), "1001 combinations"),
        (pack().replace(b"version: 1.0.0", b"version: 1.0"), "version"),
        (pack() + b"pack: twice\n", "stands twice"),
    ],
)
def test_hostile_files_are_told_so_at_once(body, says):
    begun = time.process_time()
    with pytest.raises(InvalidRequest, match=says):
        rulebook.checked(body)
    assert time.process_time() - begun < 5


def test_an_asterisk_in_a_text_is_no_alias():
    assert rulebook.checked(pack(en="t*pot")).pack == "house-rules"
