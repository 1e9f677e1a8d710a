"""Numbers of a spreadsheet's cells as the sheet shows them: dates as dates, 0.1 + 0.2 as 0.3, 12 % as 12%.

    shown(stored, code, epoch_1904) -> what a person reads in that cell
    code_of(number_format, own) -> the format's code

Source: ECMA-376 part 1, clauses 18.8.30 (number formats with the built-in ones), 18.17.4 (dates as serial numbers).
What a locale decides (a built-in short date) is written as ISO 8601; a code that says more than numbers, dates and
times shows the plain number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from importlib.resources import files

import yaml

GENERAL = "General"
_MOST = 80  # characters of a code that are understood
_LAST_DAY = 2_958_465  # 9999-12-31
_DIGITS = 15  # that a cell shows of a number
_PRECISE = 25
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[(?:\$[^\]]*|[A-Za-z]+\d*|[<>=][^\]]*)\]|(AM/PM|A/P|[\u4e00-\u9fff]{2}/[\u4e00-\u9fff]{2})|(y+|m+|d+|h+|s+)|(\.0+)|(.)',
    re.I | re.S,
)  # fmt: skip
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.I)
_NUMBER = re.compile(r"(#,##0|0+|#+0*)(\.0+)?(%?)")


@cache
def built_in() -> dict[int, str]:
    """Those that every reader knows, by number."""
    data = yaml.safe_load((files("pingxing.makers") / "xlsx_formats.yaml").read_text("utf-8"))
    return {int(number): str(code) for number, code in data["formats"].items()}


def code_of(number: int, own: Mapping[int, str]) -> str:
    """Of the file's own formats, or of those that every reader knows."""
    return own.get(number, built_in().get(number, GENERAL))


def shown(stored: str, code: str, epoch_1904: bool = False) -> str:
    """`stored` as it stands in the file. What is no number is shown as it is."""
    try:
        value = Decimal(stored.strip())
    except InvalidOperation:
        return stored
    if not value.is_finite() or abs(value.adjusted()) > 300:
        return stored
    section = _section(code[:_MOST], value)
    plain = _bare(section)
    if re.search(r"[ymdhs]", plain, re.I) and not re.search(r"[#0?]", re.sub(r"\.0+", "", plain)):
        return _moment(value, section, epoch_1904) or _general(value)
    return _number(value, section) or _general(value)


def _section(code: str, value: Decimal) -> str:
    """Of "positive;negative;zero" the one that counts."""
    parts = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)
    if value < 0 and len(parts) > 1:
        return parts[1] if "-" in parts[1] or "(" in parts[1] else f"-{parts[1]}"
    return parts[2] if value == 0 and len(parts) > 2 else parts[0]


def _bare(section: str) -> str:
    """Without what is only said: quoted words, colours, conditions."""
    bare = re.sub(r'"[^"]*"|\\.|_.|\*.', "", section)
    return re.sub(r"\[(?![hms]+\])[^\]]*\]|General", "", bare, flags=re.I)


def _general(value: Decimal) -> str:
    rounded = Decimal(f"{value:.{_DIGITS - 1}e}")
    text = f"{rounded:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if len(text.lstrip("-").replace(".", "")) > _DIGITS + 5:
        return f"{rounded.normalize():E}"
    return "0" if text in ("-0", "") else text


def _number(value: Decimal, section: str) -> str | None:
    """A number with fixed places, thousands or per cent, and the words around it; None where the code says more."""
    found = list(_NUMBER.finditer(_masked(section)))
    if len(found) != 1:
        return None
    one = found[0]
    before, after = (_said(part) for part in (section[: one.start()], section[one.end() :]))
    if before is None or after is None:
        return None
    places = len(one[2] or ".") - 1
    scaled = abs(value) * (100 if one[3] else 1)
    if scaled.adjusted() + places > _PRECISE:  # more digits than Decimal counts, and than any cell shows
        return None
    rounded = scaled.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    digits = f"{rounded:,f}" if "," in one[1] else f"{rounded:f}"
    whole, _, rest = digits.partition(".")
    whole = whole.zfill(one[1].count("0")) if "," not in one[1] else whole
    sign = "-" if value < 0 and rounded and "-" not in before and "(" not in before else ""
    return f"{sign}{before}{whole}{'.' + rest if rest else ''}{one[3]}{after}"


def _masked(section: str) -> str:
    """As long as it was, with blanks where words stand."""
    return re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', lambda match: " " * len(match[0]), section)


def _said(part: str) -> str | None:
    """Words beside a number; None for what is more than words."""
    words = ""
    for token in _TOKEN.finditer(part):
        if token[3] or token[4] or token[5] or (token[6] and token[6] in "#?0%@/eE"):
            return None
        currency = re.match(r"\[\$([^-\]]*)", token[0])
        words += currency[1] if currency else token[1] or token[2] or token[6] or ""
    return words


def _moment(value: Decimal, section: str, epoch_1904: bool) -> str | None:
    """A date, a time or both; None for a day that no calendar has."""
    if not 0 <= value <= _LAST_DAY:
        return None
    elapsed = _ELAPSED.search(section)
    seconds = int((value * 86_400).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    days = seconds // 86_400
    # Day 60 is the 29th of February 1900, which never was: days before it begin one later.
    start = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 31 if days < 60 else 30)
    at = start + timedelta(seconds=seconds)
    told = section if elapsed is None else _ELAPSED.sub(lambda m: f'"{_gone(seconds, m[1])}"', section)
    tokens = list(_TOKEN.finditer(told))
    halves = any(token[3] for token in tokens)
    out, last = "", ""
    for place, token in enumerate(tokens):
        part = (token[4] or "").lower()
        if not part:
            out += _halves(token[3], at) if token[3] else "" if token[5] else token[1] or token[2] or token[6] or ""
            continue
        after = next((one[4].lower() for one in tokens[place + 1 :] if one[4]), "")
        minutes = part[0] == "m" and len(part) < 3 and (last == "h" or after[:1] == "s" or (elapsed is not None))
        out += _part(at, part, minutes=minutes, halves=halves)
        last = part[0]
    return out.strip()


def _gone(seconds: int, unit: str) -> str:
    each = {"h": 3_600, "m": 60, "s": 1}[unit[0].lower()]
    return str(seconds // each).zfill(len(unit))


def _halves(code: str, at: datetime) -> str:
    morning, evening = code.split("/")
    return morning if at.hour < 12 else evening


def _part(at: datetime, part: str, *, minutes: bool, halves: bool) -> str:
    hour = (at.hour % 12 or 12) if halves else at.hour
    number = {"y": at.year, "m": at.minute if minutes else at.month, "d": at.day, "h": hour, "s": at.second}[part[0]]
    if part[0] == "y":
        return f"{at.year % 100:02}" if len(part) < 3 else f"{at.year:04}"
    if part[0] in "md" and not minutes and len(part) > 2:
        name = _MONTHS[at.month - 1] if part[0] == "m" else _DAYS[at.weekday()]
        return name[:3] if len(part) == 3 else name[:1] if len(part) == 5 else name
    return f"{number:02}" if len(part) > 1 else str(number)
