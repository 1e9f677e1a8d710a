"""What else a word may mean: other readings of the same phrase, and the nearest relatives of what was drawn."""

from __future__ import annotations

from functools import cache

from pingxing.engine.backends.scene.people import gendered, plain
from pingxing.engine.backends.scene.plan import Wish
from pingxing.engine.backends.scene.words import Lexicon, concept_of, fold_chinese, fold_english, lexicon, singulars

MOST = 8
_KIN = (
    "🐕🐶🐩🦮🐕‍🦺", "🐈🐱🐈‍⬛😺", "🐎🐴🏇🦄", "🐄🐮🐂🐃", "🐖🐷🐗🐽", "🐑🐏🐐", "🐁🐭🐀🖱", "🐇🐰", "🐅🐯🐆", "🐻🧸🐼🐨🐻‍❄", "🦊🐺🦝",
    "🐒🐵🦍🦧🙈", "🐓🐔🐤🐥🐣", "🐦🕊🐦‍⬛🦅🦜", "🦆🪿🦢", "🐟🐠🐡🦈🎏", "🐳🐋🐬", "🐉🐲🦖🦕", "🐫🐪", "🐛🐜🐝🐞🪲🪳", "🐿🐹", "🦌🫎",
    "🌳🌲🌴🎄🌵", "🌺🌸🌼🌷🌹🌻💐🪷", "🍎🍏", "🍊🍋🍑", "🍦🍨🍧", "🎂🍰🧁🥮", "🍞🥖🥐🥯", "🍜🍝🍲🥣", "🥟🍥🥠🍡", "☕🍵🫖🧋🥤", "🍺🍻🍷🥂🍸",
    "🏠🏡🏘🛖🏚", "🏢🏬🏫🏨🏦", "🏰🏯", "🗼🗽", "⛵🛶🚤🚣🛥🚢⛴", "🚗🚙🏎🚕🚘", "🚌🚍🚎🚐", "🚚🚛🛻", "🚂🚆🚄🚅🚇🚊🚃", "✈🛩🛫", "🚲🛵🏍🛴", "🚀🛸🛰",
    "☀🌞🌅", "🌕🌙🌝🌛🌚", "⭐🌟✨🌠", "☁⛅🌥🌧", "🌍🌎🌏🌐", "🔥🎆", "❤💖💘💕💙💚💛💜", "⏰🕰⌚🕐", "📖📕📗📘📚📔", "✉📧💌📨", "📱☎📞", "💻🖥",
    "🎩🧢👒👑⛑🎓", "👕👔👚🧥🦺", "👗👘🥻👚", "👟👞🥾👠👢🥿👡🩴", "👓🕶🥽", "⚽🏀🏐🏈🎾⚾", "🎁🎀🧧", "☂☔🌂⛱", "🏮💡🪔🕯🔦", "🔑🗝", "🔨⚒🛠🪓", "🗡⚔🔪",
    "🎃👻🦇", "🏆🏅🥇", "💎💍", "👶🧒👼", "🧒👧👦", "🧑👨👩", "👴👵🧓", "🎅🤶", "👸🤴👑", "🧙🧙‍♀🧙‍♂", "🧚🧚‍♀🧚‍♂", "🤖👾👽", "😀😄😊🙂😁", "😢😭😿", "😠😡😾",
    "🚩🏁🏴", "🪑💺🛋", "📦🎁🗃", "👜🎒💼🧳👝", "🖊✏🖋🖌🖍", "🔔🛎🎐", "🦇🏏🏸", "🏗🕊🦩", "🦭🔏", "🎐🪭", "🥮🎑",
)  # fmt: skip
# Words of two worlds that no name of Unicode ties together.
_ALSO = {
    "mouse": "🖱", "bat": "🏏⚾", "crane": "🏗", "seal": "🔏", "fan": "🪭", "ring": "🛎💍", "apple": "🍏💻📱", "苹果": "🍏💻📱", "bank": "🏦💰",
    "nail": "💅", "bow": "🏹🎀", "club": "♣🏑", "diamond": "♦💎", "heart": "❤🫀♥", "star": "🌟✨", "date": "📅", "orange": "🍊🟠", "turkey": "🦃🍗",
    "chicken": "🍗🐔", "fish": "🐠🍣🐡", "lamb": "🐑🍖", "鸡": "🍗🐔", "鱼": "🐠🐡🍣", "牛": "🐂🐃🥩", "羊": "🐐🐏", "鼠标": "🖱", "杜鹃": "🐦🌺", "蝴蝶结": "🎀",
    "letter": "✉🔤", "glasses": "👓🕶🥂", "glass": "🥃🥛🪟", "plant": "🪴🏭🌱", "watch": "⌚", "pipe": "🪈", "sword": "⚔", "cup": "🏆🥤🍵", "kid": "🐐🧒", "cricket": "🏏🦗",
    "drum": "🪘", "horn": "📯🎺", "key": "🗝🎹", "pen": "🖋", "needle": "💉🪡", "lock": "🔒🔐", "plane": "✈🛩", "chips": "🍟", "football": "🏈⚽", "足球": "🏈", "球": "🏀🏐🎾",
    "伞": "☔⛱", "车": "🚙🚌🚲", "船": "🚢🚤🛶", "花": "🌸🌼🌷🌹", "树": "🌲🌴", "灯": "🏮💡🪔", "钟": "🔔🕰", "笔": "✏🖌", "帽子": "🧢👒", "hat": "🧢👒", "flower": "🌸🌼🌷🌹",
    "tree": "🌲🌴🎄", "car": "🚙🚕🏎", "boat": "🚤🛶🚢", "ball": "🏀🏐🎾", "bird": "🕊🦜🐤", "boot": "🥾", "clock": "🕰⌚", "computer": "💻", "phone": "☎", "lamp": "💡🪔🏮",
    "monster": "👹👺", "doll": "🪆🧸🎎", "教师": "👩‍🏫👨‍🏫", "dinosaur": "🦕🦖", "恐龙": "🦕🦖", "dragon": "🐲🦖", "dog": "🐶🐩🦮", "cat": "🐱😺", "tower": "🗼🏯",
}  # fmt: skip


@cache
def _split(line: str) -> tuple[str, ...]:
    """The concepts written one after the other in a line of emoji."""
    book, found, at = lexicon(), [], 0
    while at < len(line):
        for length in range(min(8, len(line) - at), 0, -1):
            if (concept := concept_of(line[at : at + length])) in book.entries:
                found.append(concept)
                at += length
                break
        else:
            at += 1
    return tuple(found)


@cache
def _kin() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in _KIN:
        for concept in _split(line):
            found[concept] = (*found.get(concept, ()), *_split(line))
    return found


def _phrases(words: str) -> list[str]:
    """The whole of the wish's words, then what is left when the front is taken off: "a small mouse", "small mouse", "mouse"."""
    english = fold_english(words).split()
    phrases = [" ".join(english[start:]) for start in range(len(english))]
    han = fold_chinese(words)
    if not han.isascii():
        phrases += [han[start:] for start in range(len(han))]
    return [form for phrase in phrases for form in (phrase, *singulars(phrase))]


def senses_of(wish: Wish, book: Lexicon) -> tuple[str, ...]:
    """Other concepts that the same words may mean, likeliest first, at most eight; none is the concept itself."""
    found: list[str] = []
    phrases = _phrases(wish.words[-40:])
    for phrase in phrases:
        found += _split(_ALSO[phrase]) if phrase in _ALSO else ()
        for table in (book.english, book.chinese):
            found += [m.value for m in table.get(phrase, ()) if m.kind == "thing"]
    bare = plain(wish.concept)
    found += _kin().get(bare, ())
    for gender in ("female", "male"):
        found.append(gendered(bare, gender))
    for phrase in phrases:
        found += book.owners.get(phrase, ())[:6]
    kept = [
        concept for concept in dict.fromkeys(found) if concept not in (wish.concept, bare) and concept in book.entries
    ]
    return tuple(kept[:MOST])
