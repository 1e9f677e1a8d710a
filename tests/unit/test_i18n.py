"""Both languages say everything, with the same blanks; every error that can be raised has words and a hint."""

import ast
import re
from pathlib import Path

import pytest

import pingxing
from pingxing import errors, i18n
from pingxing.errors import InvalidRequest, PingxingError

SOURCE = Path(pingxing.__file__).parent
BLANK = re.compile(r"{(\w+)")


def test_both_languages_have_the_same_keys_and_blanks():
    en, zh = i18n.catalogue("en"), i18n.catalogue("zh")
    assert len(en) > 150
    assert en.keys() == zh.keys()
    for key in en:
        if key:
            assert en[key].strip(), key
            assert zh[key].strip(), key
            assert set(BLANK.findall(en[key])) == set(BLANK.findall(zh[key])), key


def test_chinese_is_chinese_and_english_is_english():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    symbols_only = [
        k for k, v in i18n.catalogue("zh").items() if k and not chinese.search(v) and re.search(r"[A-Za-z]{9}", v)
    ]
    assert not [key for key in symbols_only if not i18n.catalogue("zh")[key].isascii()], symbols_only
    stray = [key for key, words in i18n.catalogue("en").items() if key and len(chinese.findall(words)) > 12]
    assert not stray


def leaves(kind=PingxingError):
    yield kind
    for child in kind.__subclasses__():
        yield from leaves(child)


def test_every_error_has_words_and_a_hint_in_both_languages():
    codes = {kind.code for kind in leaves()}
    assert len(codes) >= 20
    for code in codes:
        for language in ("en", "zh"):
            assert i18n.knows(language, f"error.{code}"), code
            assert i18n.knows(language, f"error.{code}.hint"), code


def test_every_reason_that_the_code_gives_has_words_or_is_within_the_general_ones():
    names = {kind.__name__: kind for kind in leaves()}
    found, missing = 0, []
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
                reason = node.args[0]
                if isinstance(reason, ast.Constant) and isinstance(reason.value, str):
                    found += 1
                    if not i18n.knows("zh", f"error.{names[node.func.id].code}.{reason.value}"):
                        missing.append(f"{names[node.func.id].code}.{reason.value}")
    assert found > 60
    internal = {
        "integrity",
        "ledger_broken",
        "label_failed",
        "backend_failed",
        "not_found",
        "conflict",
        "unknown_model",
    }
    assert not [name for name in missing if name.split(".")[0] not in internal], missing


def test_codes_are_one_to_one():
    kinds = list(leaves())
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        if not issubclass(kind, errors.Refused | errors.Overloaded):
            assert type(errors.by_code(kind.code)) is kind
    assert type(errors.by_code("nonesuch")) is PingxingError


def test_an_error_without_its_details_is_still_explained():
    message, hint = i18n.explain(InvalidRequest("not_supported"), "en")
    assert "–" in message
    assert hint


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,zh;q=0.9", "en"),
        ("fr,zh;q=0.2", "zh"),
        ("fr", "en"),
        ("", "en"),
        ("zh;q=0", "en"),
        ("zh;q=nan-sense,en", "en"),
        (",;q=,,,zh" * 50, "zh"),
    ],
)
def test_the_language_a_browser_asks_for(header, language):
    assert i18n.choose(header) == language


def test_what_is_wrong_with_several_files_says_how_many_and_with_one_says_nothing_of_others() -> None:
    for language, others in (("en", "3 more"), ("zh", "3 张")):
        for more, wanted in ((0, False), ("0", False), (3, True), ("3", True)):
            said, hint = i18n.explain(errors.UnreadableFile("train_picture", file="b.png", more=more), language)
            assert said.startswith("b.png")
            assert (others in said) is wanted
            assert not ("0" in said and not wanted)
            assert hint
