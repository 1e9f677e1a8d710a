"""kill -9 under load, a few times; and the examiner that the crash benchmark relies on sees what is wrong."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from bench.crash import crash
from bench.truth import Examiner


@pytest.fixture(scope="module")
def survived(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crash")
    return crash(2, 7, folder), folder / "data"


@pytest.mark.slow
def test_what_was_acknowledged_ends_well_after_kill_9(survived):
    result, _ = survived
    assert result.problems == []
    assert [target.name for target in result.targets if not target.met] == []
    assert result.ours["kills"] == 2
    assert result.ours["acknowledged"] >= 2  # at least one a kill
    assert result.ours["pictures"] >= 2
    assert result.ours["unfinished_at_kill"]["max"] > 0


@pytest.fixture
def copy(survived, tmp_path):
    """The survivor's data folder, to be damaged."""
    data = tmp_path / "data"
    shutil.copytree(survived[1], data)
    assert Examiner(data).settled().problems == []
    return data


def damage(data, statement):
    with closing(sqlite3.connect(data / "pingxing.db")) as database, database:
        assert database.execute(statement).rowcount > 0


def pictures(data):
    return sorted((data / "artifacts").glob("??/??/*"))


def a_lost_picture(data):
    pictures(data)[0].unlink()


def a_changed_picture(data):
    file = pictures(data)[0]
    file.write_bytes(file.read_bytes()[:-1] + b"x")


def a_picture_without_a_receipt(data):
    folder = data / "artifacts" / "00" / "00"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("0" * 64)).write_bytes(b"x")


def a_lost_receipt(data):
    damage(data, "DELETE FROM receipts WHERE id = (SELECT min(id) FROM receipts)")


def another_end(data):
    damage(data, "UPDATE jobs SET state = 'refused' WHERE id = (SELECT min(id) FROM jobs WHERE state = 'delivered')")


def an_unfinished_job(data):
    damage(data, "UPDATE jobs SET state = 'queued' WHERE id = (SELECT min(id) FROM jobs WHERE state = 'refused')")


def a_lost_job(data):
    damage(data, "DELETE FROM jobs WHERE id = (SELECT min(id) FROM jobs WHERE state = 'refused')")


def a_changed_entry(data):
    damage(data, "UPDATE log_entries SET data = CAST(replace(data, '\"count\":1', '\"count\":3') AS BLOB)")


@pytest.mark.parametrize(
    ("hurt", "found"),
    [
        (a_lost_picture, "has no picture"),
        (a_changed_picture, "not what its name says"),
        (a_picture_without_a_receipt, "has no receipt"),
        (a_lost_receipt, "which is no receipt"),
        (another_end, "is refused"),
        (an_unfinished_job, "is queued"),
        (a_lost_job, "which is no job"),
        (a_changed_entry, "audit: the entries do not hash"),
    ],
)
def test_the_examiner_sees(copy, hurt, found):
    hurt(copy)
    assert any(found in problem for problem in Examiner(copy).settled().problems)
