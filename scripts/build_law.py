"""Write docs/law.md: every sentence of tests/law/clauses.toml, and which test keeps which clause.

`python scripts/build_law.py` writes; `--check` exits with 1 where it would change. `table()` is for other builders.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/law.md"
LAWS = {  # the beginning of a test's name, and the law
    "gb45438": "GB 45438-2025",
    "tc260": "Practice guides TC260",
    "labelling_measures": "Labelling measures (人工智能生成合成内容标识办法)",
    "deep_synthesis": "Deep-synthesis provisions (互联网信息服务深度合成管理规定)",
    "generative_ai_measures": "Generative-AI measures (生成式人工智能服务管理暂行办法)",
    "ai_act": "AI Act (EU) 2024/1689 and its code of practice",
    "dsa": "Digital Services Act (EU) 2022/2065",
    "sb942": "California SB 942 / AB 853",
    "c2pa": "C2PA 2.x",
    "iptc": "IPTC 2025.1",
    "privacy": "Privacy",
    "gbt45654": "GB/T 45654-2025",
    "gb11643": "GB 11643 (identity numbers)",
    "figures": "Figures of people",
}
SENTENCES = ROOT / "tests/law/clauses.toml"


def table() -> str:
    """The page. Raises KeyError for a test in tests/law whose name begins with no law."""
    rows: dict[str, list[str]] = {law: [] for law in LAWS}
    for path in sorted([*(ROOT / "tests/law").glob("test_*.py"), *(ROOT / "tests").glob("*/test_*.py")]):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                name = node.name.removeprefix("test_")
                law = next((law for law in LAWS if name.startswith(law)), None)
                if law is None and path.parent.name == "law":
                    raise KeyError(f"{path.name}: {node.name} names no law")
                line = f"| {_words(name, law or '')} | `{path.relative_to(ROOT)}` |"
                if law is not None and line not in rows[law]:
                    rows[law].append(line)
    parts = [
        "# Clauses and the tests that keep them",
        "",
        "Written by `scripts/build_law.py` from `tests/law/clauses.toml` and the names of the tests.",
        *_sentences(),
        "",
        "# Every test by its law",
    ]
    for law, title in LAWS.items():
        if rows[law]:
            parts += ["", f"## {title}", "", "| What is kept | Where |", "|---|---|", *rows[law]]
    return "\n".join(parts) + "\n"


def _sentences() -> list[str]:
    """One row a sentence: tests, what is not built, what nothing here does, what only people can do."""
    clauses = tomllib.loads(SENTENCES.read_text("utf-8"))["clause"]
    kept = sum("tests" in clause and "open" not in clause for clause in clauses)
    left = sum("open" in clause for clause in clauses)
    only = sum(clause.keys() <= {"law", "at", "says", "operator", "absent"} for clause in clauses)
    shared = sum("operator" in clause and "tests" in clause for clause in clauses)
    out = [
        "",
        f"{len(clauses)} sentences: {kept} kept by tests ({shared} of them leave people a part), {left} open or open "
        f"in part, {only} duties of people alone.",
    ]
    for law, title in LAWS.items():
        mine = [clause for clause in clauses if clause["law"] == law]
        if mine:
            out += [
                "",
                f"## {title}, sentence by sentence",
                "",
                "| Where | What it asks | How it is kept |",
                "|---|---|---|",
            ]
            out += [f"| {clause['at']} | {clause['says']} | {_how(clause)} |" for clause in mine]
    return out


def _how(clause: dict[str, Any]) -> str:
    count = len(clause.get("tests", ()))
    parts = [f"{count} test{'s' if count > 1 else ''}"] if count else []
    parts += [f"**open**: {clause['open']}"] if "open" in clause else []
    parts += [f"*not here*: {clause['absent']}"] if "absent" in clause else []
    parts += [f"*people*: {clause['operator']}"] if "operator" in clause else []
    return "; ".join(parts)


def _words(name: str, law: str) -> str:
    return name.removeprefix(law).strip("_").replace("_", " ") or name


def main() -> int:
    wanted = table()
    if PAGE.exists() and PAGE.read_text("utf-8") == wanted:
        return 0
    if "--check" in sys.argv:
        print("docs/law.md is stale: run `python scripts/build_law.py`")
        return 1
    PAGE.write_text(wanted, "utf-8")
    print("docs/law.md written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
