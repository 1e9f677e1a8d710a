"""What a word of place says beyond itself: outside a café is the street, a Halloween pumpkin brings Halloween."""

from __future__ import annotations

from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.sentence import Sentence
from pingxing.engine.backends.scene.words import singulars

MEALS = frozenset({"dinner", "feast", "meal", "晚饭", "大餐"})  # a Chinese New Year dinner is of that feast
INDOORS = {"restaurant", "office", "gym", "library", "station", "airport", "aquarium"}


def feast(reader: Sentence, token: Token) -> None:
    """Halloween pumpkins are of Halloween; a Christmas tree is a kind of tree."""
    table = reader.lexicon.chinese if token.chinese else reader.lexicon.english
    for cut in range(2, len(token.text)) if token.chinese else [i for i, c in enumerate(token.text) if c == " "]:
        touch = next((m.value for m in table.get(token.text[:cut], ()) if m.kind == "touch"), None)
        rest = token.text[cut:].strip()
        forms = [rest] if token.chinese else [rest, *singulars(rest)]
        same = rest in MEALS or any(m.value == token.get("thing") for f in forms for m in table.get(f, ()))
        if touch is not None and same:
            if not reader.negated:
                reader.set(f"touch {touch}", touch, token)
            return


def outdoors(reader: Sentence, token: Token, relation: str) -> None:
    """Outside a café is in the street."""
    if relation == "in-front-of" and token.get("background") in INDOORS:
        reader.setting["background"] = "street"


def beside_table(reader: Sentence, token: Token, relation: str) -> None:
    """No art has a table to sit under; said so, and the scene moves into the room."""
    if token.get("background") == "table" and relation not in ("on", "inside", "in", "holding", "with", "above"):
        if reader.setting.get("background", "table") != "table":
            return
        reader.setting["background"], reader.supposed = "room", True
        reader.not_drawn.append(reader.prompt[token.start : token.end])
