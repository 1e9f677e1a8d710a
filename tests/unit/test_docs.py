"""Docs that cannot drift: links lead to the lines they name, and the reference is what the code says now."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?://)(?P<path>[^)#\s]+)(?:#L(?P<line>\d+))?\)")


def test_generated_pages_are_fresh():
    done = subprocess.run(
        [sys.executable, "scripts/build_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_between_files_lead_somewhere():
    looked = 0
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")]:
        for match in LINK.finditer(page.read_text("utf-8")):
            looked += 1
            assert (page.parent / match["path"]).exists(), f"{page.name}: {match['path']}"
    assert looked > 40


def test_decisions_are_numbered_without_gaps_and_name_what_they_reject():
    records = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    assert len(records) >= 10
    for record in records:
        text = record.read_text("utf-8")
        assert "**Context.**" in text, record.name
        assert "**Decision.**" in text, record.name


def test_nothing_in_the_tree_names_one_machine():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    looked = 0
    for name in listed:
        path = ROOT / name
        if (
            path.suffix in {".py", ".md", ".toml", ".yaml", ".po", ".html", ".css", ".js", ".json", ""}
            and path.is_file()
        ):
            looked += 1
            found = re.search(r"(^|[^a-z])/(w[o]rk|r[o]ot|h[o]me/\w+)/", path.read_text("utf-8", "replace"))
            assert not found, f"{name}: {found}"
    assert looked > 100
