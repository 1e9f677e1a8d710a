"""Each picture marked, attacked and read, and searched where there is nothing to find: one JSON line a picture.

The lines are kept, so that a run can be stopped and taken up again; only those made by the same code from the same
pixels are counted.
Pictures come in an order of which every beginning holds the kinds in proportion.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import say, spread
from bench.marks_attacks import ATTACKS, Pixels, psnr
from pingxing.label import watermark
from pingxing.label.watermark import Key, Message, detect, embed

KEY = Key(7, b"bench key, of no value")
OTHER = Key(7, b"another key of that id")
Line = dict[str, Any]


def survey(kinds: dict[str, list[Pixels]], log: Path, until: float, count: int) -> list[Line]:
    """Lines of at most `count` pictures, those in `log` first; no new one is begun after `until` (time.time())."""
    code = source(Path(__file__).with_name("marks_attacks.py"))
    done = {(line["kind"], line["index"], line["picture"]): line for line in kept(log) if line["code"] == code}
    found: list[Line] = []
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        for kind, index in order(kinds)[:count]:
            picture = hashlib.sha256(kinds[kind][index].tobytes()).hexdigest()[:12]
            line = done.get((kind, index, picture))
            if line is None:
                if time.time() > until:
                    break
                head = {"code": code, "kind": kind, "index": index, "picture": picture}
                line = {**head, **_one(kinds[kind][index], index)}
                file.write(json.dumps(line) + "\n")
                file.flush()
            found.append(line)
            if len(found) % 20 == 0:
                say(f"{len(found)} pictures, {sum(len(one['missed']) for one in found)} readings missed")
    return found


def order(kinds: dict[str, list[Pixels]]) -> list[tuple[str, int]]:
    """Every picture once, shuffled within its kind, kinds in proportion."""
    places = []
    for kind, pictures in kinds.items():
        shuffled = np.random.default_rng(17).permutation(len(pictures))
        places += [((rank + 0.5) / len(pictures), kind, int(index)) for rank, index in enumerate(shuffled)]
    return [(kind, index) for _, kind, index in sorted(places)]


def _one(pixels: Pixels, index: int) -> Line:
    message = Message(KEY.id, int.from_bytes(hashlib.sha256(pixels.tobytes()).digest()[:5], "big"))
    start = time.process_time()
    marked = embed(pixels, message, KEY)
    embedding = time.process_time() - start
    missed: list[str] = []
    wrong: list[str] = []
    decoding: dict[str, float] = {}
    for name, attack in ATTACKS.items():
        hit = np.ascontiguousarray(attack(marked, np.random.default_rng(index)))
        start = time.process_time()
        answer = detect(hit, [KEY])
        decoding[name] = round((time.process_time() - start) * 1e9 / (hit.shape[0] * hit.shape[1]), 1)
        if not answer.found or answer.tag != message.tag:
            (wrong if answer.found else missed).append(name)
    return {
        "psnr": round(min(psnr(pixels, marked), 99.0), 3),
        "missed": missed,
        "wrong": wrong,
        "embed_ms": round(embedding * 1e9 / (pixels.shape[0] * pixels.shape[1]), 1),
        "decode_ms": decoding,
        **_nothing_there(pixels, marked, index),
    }


def _nothing_there(pixels: Pixels, marked: Pixels, index: int) -> Line:
    """Whole searches that must find nothing: an unmarked crop with two keys, the marked picture with a wrong one."""
    chance = np.random.default_rng([index, 9])
    side = int(chance.integers(192, 385))
    top, left = chance.integers(0, pixels.shape[0] - side + 1, 2)
    crop = np.ascontiguousarray(pixels[top : top + side, left : left + side])
    wrong = Key(KEY.id, chance.bytes(16))
    start = time.process_time()
    alarms = int(detect(crop, [KEY, OTHER]).found)
    searching = (time.process_time() - start) * 1e9 / (side * side)
    return {"false_alarms": alarms + int(detect(marked, [wrong]).found), "search_ms": round(searching, 1)}


def source(*more: Path) -> str:
    """A digest of the watermark's sources and of `more`."""
    files = [*sorted(Path(watermark.__file__).parent.glob("*.py")), *more]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def kept(log: Path) -> list[Line]:
    """The whole lines of a log; none where there is no log."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def summary(lines: list[Line]) -> dict[str, Any]:
    """Exact rates by attack and kind, over the pictures there are."""
    total = len(lines)
    made = Counter(line["kind"] for line in lines)
    bad = {name: Counter(line["kind"] for line in lines if name in line["missed"] + line["wrong"]) for name in ATTACKS}
    return {
        "pictures": total,
        "psnr_db": spread([line["psnr"] for line in lines]),
        "exact": {name: round(1 - by.total() / total, 4) for name, by in bad.items()},
        "exact_by_kind": {
            name: {kind: f"{made[kind] - by[kind]}/{made[kind]}" for kind in made} for name, by in bad.items()
        },
        "missed": [f"{line['kind']} {line['index']}: {name}" for line in lines for name in line["missed"]][:200],
        "wrong_messages": sum(len(line["wrong"]) for line in lines),
        "searches_for_nothing": {"crops with two keys": total, "marked pictures with a wrong key": total},
        "false_alarms": sum(line["false_alarms"] for line in lines),
        "cpu_ms_per_megapixel": {
            "embed at 512 px": spread([line["embed_ms"] for line in lines]),
            "decode, marked": spread([value for line in lines for value in line["decode_ms"].values()]),
            "decode, unmarked crops with two keys": spread([line["search_ms"] for line in lines]),
        },
    }
