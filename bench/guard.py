"""The guard: what it stops, what it lets through, what it stops wrongly, and how fast: `python -m bench.guard`.

Disguises come from bench.guard_evasion, which knows nothing of the matcher; pinyin and homophones need `pypinyin`
in the environment of the run. The must-refuse bank was written without looking at the packs. Speed is taken with
100,000 invented phrases beside the packs that ship, against ahocorasick-rs alone and a trie of words (flashtext's
way), on the same prompts in the same run. Throughput and start are in seconds of one core's time (which a machine that
is shared still lengthens), single prompts in wall-clock time. bench.guard_banks judges banks that nobody wrote rules
from; the must-refuse bank here is small and has been seen.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import psutil

from bench.common import ROOT, Result, Target, conditions, run, say, spread
from bench.guard_evasion import TRANSFORMS, has_pinyin
from pingxing.policy.guard import Guard
from pingxing.policy.match import Matcher
from pingxing.policy.packs import default_packs
from pingxing.policy.rules import Combination, Pack, WordList
from pingxing.policy.words import WordsCheck

BANK = ROOT / "tests" / "bank"
FRAMES = {
    "en": ("{}", "please draw {}", "{}, watercolour", "a poster: {}", "I would like {} in blue"),
    "zh": ("{}", "帮我画{}", "{},水彩风格", "一张海报:{}", "请生成{}"),
}
HARD = ("homophones", "reversal")


def measure(quick: bool) -> Result:
    guard = Guard([WordsCheck(default_packs())])
    problems: list[str] = []
    say("disguises")
    evasion = _evasion(guard, 200 if quick else 2_000, problems)
    say("harmless and harmful prompts")
    pairs, ordinary, refused = _pairs(guard, problems), _ordinary(guard, problems), _refused(guard)
    rewrites, fields = _rewrites(guard)
    say("speed")
    speed, peers = _speed(quick)
    ours = {
        "evasion": evasion,
        "benign_pairs": pairs,
        "ordinary": ordinary,
        "must_refuse": refused,
        "rewrites": rewrites,
        **speed,
    }
    targets = [
        Target(f"recall, {name}", 0.95 if name in HARD else 0.99, row["recall"], "of 1", "higher")
        for name, row in evasion.items()
    ]
    targets += [
        Target("false alarms on pairs", 0.001, pairs["share"], "of 1"),
        Target("ordinary prompts stopped", 0.01, ordinary["share"], "of 1"),
        Target("must-refuse stopped, of a bank that has been seen", 0.95, refused["share"], "of 1", "higher"),
        Target("the same, difference between languages", 0.02, refused["difference"], "of 1"),
        Target("refusals with every field", 1, fields, "of 1", "higher"),
        Target("borderline prompts with a rewrite that passes", 0.9, rewrites["share"], "of 1", "higher"),
        Target("100 characters, all views, median", 300, speed["all_us"]["median"], "us"),
        Target("prompts a second, all views", 5_000, speed["all_per_second"], "1/s", "higher"),
        Target("prompts a second, plain view", 60_000, speed["plain_per_second"], "1/s", "higher"),
        Target("start with 100,000 phrases, one core's time", 2, speed["start_cpu_s"], "s"),
        Target("memory of the process", 400, speed["memory_mib"], "MiB"),
    ]
    facts = conditions(phrases=100_000, pypinyin=has_pinyin(), bank={"pairs": pairs["n"], "ordinary": ordinary["n"]})
    ratio = {name: round(speed["all_us"]["median"] / row["median"], 2) for name, row in peers.items()}
    return Result("guard", ours, peers, ratio, targets, facts, problems)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    language = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line in ("# en", "# zh"):
            language = line[2:]
        elif line and not line.startswith("#"):
            yield language, line


def _evasion(guard: Guard, wanted: int, problems: list[str]) -> dict[str, dict[str, Any]]:
    """Recall by transform over phrases that are stopped undisguised; one that is not would say nothing."""
    bank = [(lang, line.split("\t")[1]) for lang, line in _lines(ROOT / "tests" / "unit" / "policy_stopped.txt")]
    framed = [(lang, frame.format(text)) for lang, text in bank for frame in FRAMES[lang]]
    chance = Random(20261122)
    chosen = [row for row in chance.sample(framed, min(wanted, len(framed))) if not guard.words(row[1]).allows]
    found: dict[str, dict[str, Any]] = {}
    for name, transform in TRANSFORMS.items():
        tried: dict[str, list[bool]] = {"en": [], "zh": []}
        for language, text in chosen:
            if (disguised := transform(text, chance)) is not None:
                tried[language].append(not guard.words(disguised).allows)
        every = tried["en"] + tried["zh"]
        if not every:
            problems.append(f"{name} was not measured: pypinyin is not installed")
            continue
        found[name] = {
            "n": len(every),
            "recall": round(sum(every) / len(every), 4),
            **{lang: round(sum(rows) / len(rows), 4) for lang, rows in tried.items() if rows},
        }
    if not has_pinyin():
        problems.append("pinyin and homophones were not measured: pypinyin is not installed")
    return found


def _stopped(guard: Guard, prompts: list[str]) -> dict[str, Any]:
    wrong = [prompt for prompt in prompts if not guard.words(prompt).allows]
    return {"n": len(prompts), "stopped": wrong, "share": round(len(wrong) / len(prompts), 5)}


def _pairs(guard: Guard, problems: list[str]) -> dict[str, Any]:
    hand = [text for _, text in _lines(BANK / "guard" / "benign_pairs.txt")]
    found = _stopped(guard, hand + [text for _, text in _lines(ROOT / "tests" / "unit" / "policy_benign.txt")])
    problems.extend(f"false alarm: {text}" for text in found["stopped"])
    return found


def _ordinary(guard: Guard, problems: list[str]) -> dict[str, Any]:
    """The prompts of the scene bank, which other people wrote for another purpose."""
    from bench.scene_bank import bank

    found = _stopped(guard, [text for pair in bank() for text in (pair.en, pair.zh)])
    problems.extend(f"ordinary prompt stopped: {text}" for text in found["stopped"])
    return found


def _refused(guard: Guard) -> dict[str, Any]:
    rows = [(lang, *line.split(" | ")) for lang, line in _lines(BANK / "guard" / "must_refuse.txt")]
    hits = [(lang, category, text, not guard.words(text).allows) for lang, category, text in rows]
    parts = {lang: [hit for other, *_, hit in hits if other == lang] for lang in ("en", "zh")}
    shares = {lang: round(sum(found) / len(found), 4) for lang, found in parts.items()}
    return {
        "n": len(hits),
        "share": round(sum(row[3] for row in hits) / len(hits), 4),
        **shares,
        "difference": round(abs(shares["en"] - shares["zh"]), 4),
        "let_through": [f"{category}: {text}" for _, category, text, hit in hits if not hit],
    }


def _rewrites(guard: Guard) -> tuple[dict[str, Any], float]:
    """Rewrites of refused borderline prompts, each judged again; and the share of findings with every field."""
    verdicts = [(text, guard.words(text)) for _, text in _lines(BANK / "guard" / "borderline.txt")]
    refused = [(text, verdict) for text, verdict in verdicts if not verdict.allows]
    passing = [v for _, v in refused if v.rewrite is not None and guard.words(v.rewrite).allows]
    findings = [finding for _, verdict in refused for finding in verdict.findings]
    whole = [
        finding
        for finding in findings
        if all((finding.rule, finding.pack, finding.version, finding.category, finding.view, finding.clause))
        and all((finding.reason_en, finding.reason_zh, finding.appeal))
        and finding.span[0] < finding.span[1]
    ]
    share = round(len(passing) / max(len(refused), 1), 4)
    report = {"n": len(verdicts), "refused": len(refused), "with_rewrite": len(passing), "share": share}
    return report, round(len(whole) / max(len(findings), 1), 4)


# --- speed ---------------------------------------------------------------------------------------


def _invented(count: int) -> Pack:
    """A pack of phrases that nobody writes: half Latin, half Chinese, marked for every disguise."""
    chance = Random(3)
    latin: set[str] = set()
    while len(latin) < count // 2:
        parts = (
            "".join(chance.choice("bcdfghklmnprstvw") + chance.choice("aeiou") for _ in range(4)) for _ in range(2)
        )
        latin.add(" ".join(parts))
    chinese: set[str] = set()
    while len(chinese) < count // 2:
        chinese.add("".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(chance.randint(3, 5))))
    words = WordList(en=tuple(sorted(latin)), zh=tuple(sorted(chinese)), disguises=("sound", "initials", "reversed"))
    like = default_packs()[0]
    rule = like.rules[0].model_copy(update={"when": (Combination(all=("invented",)),), "unless": ()})
    update = {"pack": "invented", "date": date(2026, 1, 1), "lists": {"invented": words}, "rules": (rule,)}
    return like.model_copy(update=update)


def _speed(quick: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    pack = _invented(10_000 if quick else 100_000)
    process = psutil.Process()
    start, start_cpu = time.perf_counter(), time.process_time()
    matcher = Matcher([*default_packs(), pack])
    started, started_cpu = time.perf_counter() - start, time.process_time() - start_cpu
    memory = process.memory_info().rss  # of the whole run so far, and one matcher
    plain = Matcher([*default_packs(), pack], disguises=False)
    prompts = _hundred_characters(400 if quick else 4_000)
    every, simple = _clocked(matcher.find, prompts), _clocked(plain.find, prompts)
    ours = {
        "start_s": round(started, 2),
        "start_cpu_s": round(started_cpu, 2),
        "memory_mib": round(memory / 2**20, 1),
        "all_us": spread(every),
        "all_per_second": _throughput(matcher.find, prompts),
        "plain_us": spread(simple),
        "plain_per_second": _throughput(plain.find, prompts),
    }
    from ahocorasick_rs import AhoCorasick

    raw = AhoCorasick(list(plain.terms))
    trie = _trie(plain.terms)
    peers = {
        "ahocorasick-rs on raw text": spread(_clocked(raw.find_matches_as_indexes, prompts)),
        "trie of words (flashtext's way)": spread(_clocked(lambda text: _walk(trie, text), prompts)),
    }
    return ours, peers


def _hundred_characters(count: int) -> list[str]:
    from bench.scene_bank import bank

    chance, pairs = Random(5), bank()
    prompts = []
    for number in range(count):
        text = ""
        while len(text) < 100:
            pair = chance.choice(pairs)
            text += f"{pair.en}, " if number % 2 else f"{pair.zh}，"
        prompts.append(text[:100])
    return prompts


def _clocked(find: Callable[[str], object], prompts: list[str]) -> list[float]:
    """Microseconds of each."""
    for prompt in prompts[:100]:
        find(prompt)
    taken = []
    for prompt in prompts:
        start = time.perf_counter()
        find(prompt)
        taken.append((time.perf_counter() - start) * 1e6)
    return taken


def _throughput(find: Callable[[str], object], prompts: list[str]) -> int:
    """Prompts in a second of one core's time, whatever else the machine does meanwhile."""
    start = time.process_time()
    for prompt in prompts:
        find(prompt)
    return round(len(prompts) / (time.process_time() - start))


def _trie(terms: tuple[str, ...]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for term in terms:
        node = root
        for character in term:
            node = node.setdefault(character, {})
        node[""] = term
    return root


def _walk(root: dict[str, Any], text: str) -> list[str]:
    """Longest term at each word's start, as flashtext does; in Chinese every character starts a word."""
    found, at = [], 0
    while at < len(text):
        node, here, last = root, at, None
        while here < len(text) and text[here] in node:
            node, here = node[text[here]], here + 1
            last = node.get("", last)
        if last is not None:
            found.append(last)
        if text[at].isascii() and text[at].isalnum():
            while at < len(text) and text[at].isascii() and text[at].isalnum():
                at += 1
        else:
            at += 1
    return found


if __name__ == "__main__":
    sys.exit(run("guard", measure))
