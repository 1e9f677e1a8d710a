"""The README's five minutes are run as they stand, in both languages, beside a server."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.server import nursery

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.M | re.S)


def tour(name: str) -> list[tuple[str, str]]:
    """The commands of a README one by one, each with its kind."""
    blocks = BLOCK.findall((ROOT / name).read_text("utf-8"))
    assert len(blocks) >= 6
    return [(k, line) for k, text in blocks for line in ([text] if k == "python" else text.strip().split("\n"))]


@pytest.mark.slow
def test_the_tour_runs_as_it_stands_in_both_languages(server, tmp_path):
    """A line that stands in both is run once: it is the same command, in the same folder, beside the same server.

    English ones start programs from nothing, as readers do; what is only in Chinese is run by forks.
    """
    environ = server.env | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{server.env['PATH']}",
        "OPENAI_API_KEY": server.key(),
    }
    english, chinese = tour("README.md"), tour("README.zh.md")
    assert len(english) == len(chinese)
    for kind, text in english:
        command = ["bash", "-euo", "pipefail", "-c", text]
        if kind == "python":
            command = [sys.executable, "-c", text.replace("http://127.0.0.1:8188", server.url)]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    assert {path.name for path in tmp_path.iterdir()} == {"apples.png", "cat.svg", "log.jsonl"}
    for kind, text in chinese:
        if (kind, text) in english:
            continue
        if kind == "python":
            text = text.replace("http://127.0.0.1:8188", server.url)
            done = subprocess.run([sys.executable, "-c", text], env=environ, capture_output=True, text=True)
        else:
            program, *words = shlex.split(text)
            assert program == "pingxing"
            done = nursery().run(words, environ, tmp_path)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readme_says_the_same_in_both_languages(name):
    text = (ROOT / name).read_text("utf-8")
    for promise in ("make run", "make test", "pingxing verify", "docs/architecture.md", "NOTICE", "PINGXING_DATA_DIR"):
        assert promise in text


@pytest.mark.parametrize(("script", "file"), [("openai_picture.py", "fish.png"), ("follow_a_job.py", "dragon.webp")])
def test_the_examples_run(script, file, server, tmp_path):
    key = server.key()
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / script), server.url],
        cwd=tmp_path,
        env=server.env | {"OPENAI_API_KEY": key, "PX_KEY": key},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / file).stat().st_size > 1_000
    told = {"openai_picture.py", "follow_a_job.py", "sticker_pack.py"}
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == told


def test_the_example_of_the_makers_runs(server, tmp_path):
    script = str(ROOT / "examples" / "sticker_pack.py")
    asked = [sys.executable, script, "a fox", "pack"]
    done = subprocess.run(asked, cwd=tmp_path, env=server.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ready to upload" in done.stdout
    assert (tmp_path / "pack" / "wechat.zip").stat().st_size > 10_000
