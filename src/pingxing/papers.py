"""Numbers of documents by which people and companies are known: whether one can be real at all.

A number that passes belongs to somebody or nobody; that it belongs to whoever names it, a person or a service must say.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

Paper = Literal["id_card", "passport", "credit_code", "phone"]
PAPERS: tuple[Paper, ...] = ("id_card", "passport", "credit_code", "phone")

_OLDEST = 1850  # year of birth; later than today is not asked, since what is read must not hang on the day
# GB/T 2260, and the numbers of permits for residents of Hong Kong, Macao and Taiwan (81 to 83).
_PROVINCES = frozenset({
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, *range(81, 84),
})  # fmt: skip
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_FORMS = {
    "id_card": re.compile(r"[0-9]{17}[0-9X]"),
    "passport": re.compile(r"(?=.*[0-9])[0-9A-Z]{6,9}"),  # ICAO Doc 9303: nine places at most
    "credit_code": re.compile(rf"[{_CREDIT}]{{2}}[0-9]{{6}}[{_CREDIT}]{{10}}"),
    "phone": re.compile(r"\+[1-9][0-9]{6,14}"),  # ITU-T E.164
}
_MAINLAND = re.compile(r"\+861[3-9][0-9]{9}")


def is_id_number(digits: str) -> bool:
    """Whether these eighteen characters are an identity number: a real province, a real date of birth, and the check
    character of GB 11643 (ISO 7064 MOD 11-2). Numbers of residence permits for foreigners (9...) count as well."""
    if int(digits[:2]) not in _PROVINCES and digits[0] != "9":
        return False
    try:
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(int(d) * w for d, w in zip(digits[:17], _ID_WEIGHTS, strict=True))
    return born.year >= _OLDEST and "10X98765432"[total % 11] == digits[17].upper()


def is_credit_code(code: str) -> bool:
    """Whether the last of eighteen characters is the check character of GB 32100-2015 (ISO 7064 MOD 31-3)."""
    total = sum(_CREDIT.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    return _CREDIT[-total % 31] == code[17]


def canonical(paper: Paper, number: str, today: date) -> str | None:
    """The number in the one way of writing it, so that equal numbers are equal texts; None for one that cannot be.

    A mobile number of mainland China may leave its country away; any other begins with + and the country.
    """
    text = re.sub(r"[\s()-]", "", number).upper()
    if paper == "phone" and not text.startswith("+"):
        text = f"+{text}" if text.startswith("86") and len(text) == 13 else f"+86{text}"
        if not _MAINLAND.fullmatch(text):
            return None
    if not _FORMS[paper].fullmatch(text):
        return None
    if paper == "phone" and text.startswith("+86") and not _MAINLAND.fullmatch(text):
        return None
    if paper == "id_card" and not (is_id_number(text) and text[6:14] <= f"{today:%Y%m%d}"):
        return None
    return text if paper != "credit_code" or is_credit_code(text) else None
