"""The imperceptible mark after what people do to pictures: `python -m bench.marks [--quick]`.

Photographs come from scikit-image and scikit-learn where they are installed (or where PINGXING_MARKS_PICTURES, a
site-packages folder, says); peers are measured when PINGXING_MARKS_PEERS names a Python that has them. A full run takes
about half an hour of one core, and two hours more for a million whole searches with wrong keys. It can be stopped and
taken up again (build/marks.jsonl, -keys and -peers, or where PINGXING_MARKS_LOG, _KEYS_LOG and _PEERS_LOG say);
PINGXING_MARKS_COUNT or PINGXING_MARKS_MINUTES attack fewer pictures than 1,000, PINGXING_MARKS_KEYS_MINUTES searches
less with wrong keys, and then the result says so; PINGXING_MARKS_WORKERS searches in several processes.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import ROOT, Result, Target, conditions, run, say, spread
from bench.marks_attacks import Pixels
from bench.marks_keys import survey as wrong_keys
from bench.marks_pictures import patches, photo_files, pictures
from bench.marks_survival import KEY, kept, summary, survey
from pingxing.label.watermark import Key, Message, detect, embed
from pingxing.label.watermark.embed import reduced
from pingxing.label.watermark.pattern import FAMILIES, lattice, modulate
from pingxing.label.watermark.sense import luma, residual
from pingxing.label.watermark.spectrum import whitened
from pingxing.label.watermark.sync import Pose, sample

WANTED = 1000
PEERS = 52  # pictures that peers are measured on: some take seconds each
_THEIRS = ("marks_peers.py", "marks_attacks.py")


def measure(quick: bool) -> Result:
    count = 40 if quick else int(os.environ.get("PINGXING_MARKS_COUNT", WANTED))
    kinds, sources = pictures(count)
    lines = survey(kinds, _log("LOG", "marks"), _until("MINUTES"), count)
    attacked = Counter(line["kind"] for line in lines)
    facts = conditions(
        made=sources,
        attacked=dict(attacked),
        cut="marked at 512 px; crops at random places; see bench/marks_attacks.py",
    )
    problems = [] if kinds["photos"] else ["no photographs found: install scikit-image and scikit-learn"]
    chosen = [kinds[line["kind"]][line["index"]] for line in lines]
    crops = 20 if quick else 120
    ours: dict[str, Any] = {**summary(lines), "speed": _speed(chosen)}
    ours["chance"] = _chance(chosen, crops, 200 if quick else -(-1_000_000 // crops))
    ours["wrong_keys"] = wrong_keys(
        chosen,
        crops=20 if quick else 1000,
        keys=20 if quick else 1000,
        log=_log("KEYS_LOG", "marks-keys-quick" if quick else "marks-keys"),
        until=_until("KEYS_MINUTES"),
        workers=int(os.environ.get("PINGXING_MARKS_WORKERS", "1")),
    )
    averaged = [picture for found in kinds.values() for picture in found]
    if not quick:  # filled up with photographs' patches: averaging is the stronger the more there are
        averaged += patches(photo_files(), max(0, WANTED - len(averaged)), 8)
    ours["averaging"] = _averaging(averaged)
    peers = _peers(chosen[: 4 if quick else PEERS], _log("PEERS_LOG", "marks-peers"))
    problems += [
        f"peer not measured: {name}: {found['missing']}" for name, found in peers.items() if "missing" in found
    ]
    return Result("marks", ours, peers, {}, _targets(ours), facts, problems)


def _log(name: str, usual: str) -> Path:
    return Path(os.environ.get(f"PINGXING_MARKS_{name}", ROOT / "build" / f"{usual}.jsonl"))


def _until(name: str) -> float:
    return time.time() + 60 * float(os.environ.get(f"PINGXING_MARKS_{name}", "inf"))


def _targets(ours: dict[str, Any]) -> list[Target]:
    chance, averaging, keys = ours["chance"], ours["averaging"], ours["wrong_keys"]
    small = ours["cpu_ms_per_megapixel"]["decode, unmarked crops with two keys"]
    unit = f"of 1, {ours['pictures']} pictures"
    return [
        Target("pictures", WANTED, ours["pictures"], "pictures", "higher"),
        Target("PSNR, worst picture", 42, ours["psnr_db"]["min"], "dB", "higher"),
        *(Target(f"64 bits exact: {name}", 0.99, rate, unit, "higher") for name, rate in ours["exact"].items()),
        Target("wrong messages", 0, ours["wrong_messages"], "messages"),
        Target("false alarms in whole searches", 0, ours["false_alarms"], f"hits in {3 * ours['pictures']} searches"),
        Target("whole searches of a crop with a wrong key", 1_000_000, keys["searches"], "searches", "higher"),
        Target("false alarms with wrong keys", 0, keys["hits"], f"hits in {keys['searches']} searches"),
        Target("pairs of crop and wrong key at one place", 1_000_000, chance["pairs"], "pairs", "higher"),
        Target("largest part of the bound on agreement by chance", 1, chance["worst_part_of_bound"], "of 1"),
        Target("pictures averaged", WANTED, averaging["averaged"], "pictures", "higher"),
        Target("forgeries accepted after averaging", 0, averaging["forged"], "pictures"),
        Target("detection lost to averaging", 0.01, averaging["lost"], f"of 1, {averaging['washed']} pictures"),
        Target("embed, median", 150, ours["speed"]["embed_ms"]["median"], "ms per megapixel"),
        Target("decode, 95th percentile", 1000, ours["speed"]["decode_ms"]["p95"], "ms per megapixel"),
        Target("decode, unmarked crops, two keys, 95th percentile", 1000, small["p95"], "ms per megapixel"),
    ]


def _speed(flat: list[Pixels]) -> dict[str, Any]:
    """Milliseconds of processor time per megapixel at 1024 x 1024, four pictures in one.

    Processor time of one thread, not the clock's: other programs may run. Unmarked pictures take the whole search.
    """
    embedding, decoding = [], []
    message = Message(KEY.id, 1)
    for index in range(0, min(len(flat), 24) - 3, 4):
        four = flat[index : index + 4]
        large = np.concatenate([np.concatenate(four[:2], axis=1), np.concatenate(four[2:], axis=1)])
        size = large.shape[0] * large.shape[1] / 1e6
        start = time.process_time()
        marked = embed(large, message, KEY)
        embedding.append((time.process_time() - start) * 1000 / size)
        for picture in (marked, large):
            start = time.process_time()
            detect(picture, [KEY])
            decoding.append((time.process_time() - start) * 1000 / size)
    return {"embed_ms": spread(embedding), "decode_ms": spread(decoding)}


def _chance(flat: list[Pixels], crops: int, keys: int) -> dict[str, Any]:
    """The tail of the agreement over pairs of an unmarked crop and a random key.

    The bound says P(agreement > t) <= exp(-t*t / 2) for any picture: observed parts of it are given for several t.
    """
    chance = np.random.default_rng(9)
    steps = np.arange(len(lattice().steps))
    coded = chance.integers(0, 2, 256).astype(np.uint8)
    marks = np.stack(
        [modulate(coded, Key(number % 256, chance.bytes(16)), int(chance.integers(FAMILIES))) for number in range(keys)]
    )
    levels = (3.0, 4.0, 4.5, 5.0)
    over = dict.fromkeys(levels, 0)
    largest = 0.0
    for number in range(crops):
        side = int(chance.integers(192, 385))
        picture = flat[number % len(flat)]
        top, left = chance.integers(0, picture.shape[0] - side + 1, 2)
        crop = np.ascontiguousarray(picture[top : top + side, left : left + side])
        values = sample(whitened(residual(reduced(luma(crop)))), Pose.of(1.0, 0.0), steps)
        deviations = np.real(marks.conj() @ values) / np.sqrt(max(float(np.sum(np.abs(values) ** 2)) / 2, 1e-12))
        largest = max(largest, float(deviations.max()))
        for level in levels:
            over[level] += int((deviations > level).sum())
    pairs = crops * keys
    parts = {str(level): round(over[level] / pairs / float(np.exp(-(level**2) / 2)), 4) for level in levels}
    return {
        "crops": crops,
        "pairs": pairs,
        "part_of_bound_seen": parts,
        "worst_part_of_bound": max(parts.values()),
        "largest_agreement": round(largest, 2),
        "bound_of_a_hit": 1e-9,
        "needed_agreement": "about 12 deviations",
    }


def _averaging(flat: list[Pixels]) -> dict[str, Any]:
    """Mark all, average their fine structure; add it to clean pictures (forge), take it from marked ones (wash)."""
    chosen = set(range(0, len(flat), max(1, len(flat) // 100)))
    fine = np.zeros(flat[0].shape[:2], np.float64)
    whole = np.zeros(flat[0].shape, np.float64)
    kept: dict[int, Pixels] = {}
    for index, pixels in enumerate(flat):
        marked = embed(pixels, Message(KEY.id, index), KEY)
        fine += residual(luma(marked))
        whole += marked
        if index in chosen:
            kept[index] = marked
    mean = fine / max(float(fine.std()), 1e-9)
    forged, before, after, tried = 0, 0, 0, 1
    for index, marked in kept.items():
        before += detect(marked, [KEY]).found
        after += detect(_moved(marked, -2.0 * mean), [KEY]).found
        for strength in (2.0, 6.0):
            tried += 1
            forged += detect(_moved(flat[index], strength * mean), [KEY]).found
    forged += detect(np.rint(whole / len(flat)).astype(np.uint8), [KEY]).found
    return {
        "averaged": len(flat),
        "estimate": "mean of the detector's own residual over all marked pictures, scaled to 2 and 6 grey levels",
        "forgeries_tried": tried,
        "forged": forged,
        "washed": len(kept),
        "found_before": before,
        "found_after": after,
        "lost": round((before - after) / len(kept), 4),
    }


def _moved(pixels: Pixels, change: np.ndarray[Any, Any]) -> Pixels:
    moved: Pixels = np.clip(np.rint(pixels + change[:, :, None]), 0, 255).astype(np.uint8)
    return moved


def _peers(flat: list[Pixels], log: Path) -> dict[str, Any]:
    """invisible-watermark and blind-watermark in their own environment, on fewer pictures: some take seconds each.

    A result in `log` of the same pictures and attacks stands, and is not measured again.
    """
    pictures = np.stack(flat)
    of = hashlib.sha256(pictures.tobytes() + b"".join(ROOT.joinpath("bench", name).read_bytes() for name in _THEIRS))
    for line in kept(log):
        if line["of"] == of.hexdigest():
            return dict(line["found"])
    python = os.environ.get("PINGXING_MARKS_PEERS")
    if python is None:
        say("PEERS MISSING: set PINGXING_MARKS_PEERS to a Python with invisible-watermark and blind-watermark")
        return {"all": {"missing": "PINGXING_MARKS_PEERS is not set"}}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "pictures.npz"), Path(folder, "result.json")
        np.savez(source, pictures=pictures)
        subprocess.run([python, "-m", "bench.marks_peers", str(source), str(target)], cwd=ROOT, check=True)
        found: dict[str, Any] = json.loads(target.read_text())
    if not any("missing" in peer for peer in found.values()):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"of": of.hexdigest(), "found": found}) + "\n")
    return found


if __name__ == "__main__":
    sys.exit(run("marks", measure))
