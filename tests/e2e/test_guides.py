"""The guide to checking files is run as it stands, beside a server; in Chinese it holds the same code."""

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.test_readme import BLOCK, ROOT


def blocks(name: str) -> list[tuple[str, str]]:
    found = BLOCK.findall((ROOT / "docs" / "guides" / name).read_text("utf-8"))
    assert [kind for kind, _ in found] == ["sh", "python", "python", "python"]
    return found


def test_the_guide_runs_as_it_stands(server, tmp_path):
    environ = server.env | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{server.env['PATH']}"}
    for kind, text in blocks("verify.md"):
        command = ["bash", "-euo", "pipefail", "-c", text]
        if kind == "python":
            command = [sys.executable, "-c", text.replace("http://127.0.0.1:8188", server.url)]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    assert {path.name for path in tmp_path.iterdir()} == {"balloon.png", "answer.json", "trust.json"}


def test_the_guide_holds_the_same_code_in_chinese():
    words = {'sentences("zh")': 'sentences("en")', "海面上的一只红气球": "a red balloon over the sea"}
    for (_, english), (_, chinese) in zip(blocks("verify.md"), blocks("verify.zh.md"), strict=True):
        for theirs, ours in words.items():
            chinese = chinese.replace(theirs, ours)
        assert chinese == english
