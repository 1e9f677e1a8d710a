"""`pingxing verify` over one file, many files and folders, as people and programs call it."""

import json
from pathlib import Path

import pytest
from PIL import Image
from tests.unit.test_label_kit import mark, scene

from pingxing.cli.main import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from pingxing import label
    from pingxing.types import Format

    monkeypatch.setenv("PINGXING_DATA_DIR", str(tmp_path / "data"))
    files = tmp_path / "files"
    (files / "sub").mkdir(parents=True)
    (files / "labelled.png").write_bytes(label.seal(scene(), Format.PNG, mark()))
    Image.new("RGB", (80, 60), "teal").save(files / "sub" / "photo.jpg")
    (files / "sub" / "note.txt").write_text("no picture")
    (files / "torn.png").write_bytes((files / "labelled.png").read_bytes()[:2_000])
    (files / "link.png").symlink_to(files / "labelled.png")
    return files


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0), capsys.readouterr().out


def test_one_file_is_one_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = call(capsys, "verify", folder / "labelled.png", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["verdict"] == "confirmed"
    assert set(told["layers"]) == {"visible", "aigc", "c2pa", "watermark"}
    assert told["ledger"]["found"] is False


def test_a_folder_is_an_answer_for_each_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = call(capsys, "verify", folder, "--json")
    told = json.loads(out)
    assert code == 0
    by_name = {Path(row["file"]).name: row for row in told["files"]}
    assert set(by_name) == {"labelled.png", "photo.jpg", "note.txt", "torn.png"}  # links are not followed
    assert by_name["labelled.png"]["verdict"] == "confirmed"
    assert by_name["photo.jpg"]["verdict"] == "none"
    assert by_name["torn.png"]["error"]["code"] == "unreadable_file"
    assert told["counts"] == {"confirmed": 1, "none": 2, "error": 1}


def test_people_read_one_line_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = call(capsys, "--lang", "zh", "verify", folder / "sub", folder / "labelled.png")
    assert code == 0
    assert "已确认" in out
    assert "无标识" in out
    assert out.count("\n") == 4


def test_a_file_that_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = call(capsys, "verify", folder / "nowhere.png", "--json")
    assert code == 4
    assert json.loads(out)["error"]["code"] == "not_found"
