"""Labelling measures (人工智能生成合成内容标识办法, in force 2025-09-01)."""

from __future__ import annotations

import ast
import struct
from datetime import timedelta
from pathlib import Path

import click
import pytest
from fastapi.routing import APIRoute
from tests.conftest import finish
from tests.fakes import files
from tests.fakes.pictures import drawing, mark, picture

import pingxing
from pingxing import copies, flow, label
from pingxing.api.app import create
from pingxing.cli.console import Console
from pingxing.cli.main import group
from pingxing.errors import Conflict, Forbidden, LabelFailed
from pingxing.label import writing
from pingxing.label.metadata.labels import republish, write_label
from pingxing.label.record import Aigc
from pingxing.label.visible import Placed
from pingxing.settings import COPY_LOG_DAYS, Settings
from pingxing.types import Format

pytestmark = pytest.mark.usefixtures("films_here")
SOURCE = Path(pingxing.__file__).parent
FORMATS = list(Format)


@pytest.mark.parametrize("format", [Format.PNG, Format.JPEG, Format.WEBP])
def test_labelling_measures_art_4_downloads_and_exports_carry_the_visible_label(app, actor, wish, format) -> None:
    job = flow.admit(app, actor, wish(format=format, width=320, height=256))
    flow.fulfil(app, job.id)
    data = flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id).data
    assert label.read(data).visible.valid


@pytest.mark.parametrize("format", FORMATS)
def test_labelling_measures_art_4_no_file_leaves_without_a_visible_label(format, monkeypatch) -> None:
    monkeypatch.setattr(writing, "stamp", lambda image, placed: None)
    monkeypatch.setattr(Placed, "svg", lambda placed: "")
    source = drawing(320, 240) if format.vector else picture(320, 240)
    with pytest.raises(LabelFailed):
        label.seal(source, format, mark())


def test_labelling_measures_art_5_metadata_hold_generation_provider_and_number(app, actor, wish) -> None:
    app.worker.start()
    view = finish(app, actor, flow.admit(app, actor, wish(width=256, height=256)).id)
    data = flow.release(app, actor, view.receipts[0].id).data
    facts = label.read(data).aigc.facts
    assert (facts["label"], facts["produce_id"]) == ("1", view.receipts[0].id)
    assert facts["producer"] == app.settings.provider_code


def test_labelling_measures_art_5_watermarks_are_encouraged_and_there(app, actor, wish) -> None:
    job = flow.admit(app, actor, wish(width=512, height=512))
    flow.fulfil(app, job.id)
    data = flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id).data
    assert label.read(data, app.kit).watermark.valid


@pytest.mark.parametrize(("value", "word"), [("1", "confirmed"), ("2", "possible"), ("3", "suspected")])
@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "audio/flac", "text/markdown"])
def test_labelling_measures_art_6_metadata_confirm_declare_or_suspect(kind: str, value: str, word: str) -> None:
    record = Aigc(value, "P", "1", "", "P", "1", "")
    assert label.verdict(label.read(write_label(files.sample(kind), kind, record))) == word


def test_labelling_measures_art_6_traces_alone_are_suspected() -> None:
    broken = write_label(files.sample("image/png"), "image/png", Aigc.first("P", "1"))
    stray = files.sample("image/png") + broken[broken.index(b"<?xpacket") : broken.index(b"IDAT")]
    assert label.verdict(label.read(stray)) == "suspected"
    assert label.verdict(label.read(files.sample("image/png"))) == "none"


def test_labelling_measures_art_9_the_door_to_copies_without_mark_is_shut_by_default(app, actor) -> None:
    assert Settings().unlabelled_copies is False
    with pytest.raises(Forbidden):
        copies.bare(app, actor, "0" * 32, "Ann", "print")


def test_labelling_measures_art_9_agreement_first_then_a_logged_recipient(make_app, settings, wish) -> None:
    app = make_app(settings.model_copy(update={"unlabelled_copies": True}))
    actor = app.identity.local_actor("zh")
    job = flow.admit(app, actor, wish(width=256, height=256))
    flow.fulfil(app, job.id)
    receipt = app.desk.job(actor, job.id).receipts[0]
    with pytest.raises(Conflict):
        copies.bare(app, actor, receipt.id, "Ann", "print")
    copies.agree(app, actor)
    copies.bare(app, actor, receipt.id, "Ann", "print")
    assert [copy.recipient for copy in copies.given(app, actor, receipt.id)] == ["Ann"]


def test_labelling_measures_art_9_recipients_are_kept_at_least_six_months(app) -> None:
    assert timedelta(days=COPY_LOG_DAYS) >= timedelta(days=184)


# --- art. 10: nobody removes, forges or hides a label, and there is no tool for it -------------------------

_REMOVERS = ("remove", "strip", "unlabel", "erase", "clean", "unmark", "delabel")


def commands(command: click.Command, path: str = "") -> list[str]:
    if not isinstance(command, click.Group):
        return [path]
    return [name for key, one in command.commands.items() for name in commands(one, f"{path} {key}".strip())]


def test_labelling_measures_art_10_no_door_removes_a_label(app) -> None:
    names = commands(group(Console("en", json_only=False)))
    paths = [route.path for route in create(app).routes if isinstance(route, APIRoute)]
    assert len(names) >= 10
    assert "lint" in names
    offending = [name for name in names + paths if any(word in name for word in _REMOVERS) and "label" in name]
    assert offending == []
    parameters = [p.name or "" for c in _leaves(group(Console("en", json_only=False))) for p in c.params]
    assert not [p for p in parameters if "label" in p and any(word in p for word in ("no_", *_REMOVERS))]


def _leaves(command: click.Command) -> list[click.Command]:
    if not isinstance(command, click.Group):
        return [command]
    return [leaf for one in command.commands.values() for leaf in _leaves(one)]


def test_labelling_measures_art_10_what_takes_a_label_out_is_used_only_where_another_goes_in() -> None:
    taking = {"without_label", "without_comment"}
    users: dict[str, set[str]] = {}
    read = 0
    for path in sorted(SOURCE.rglob("*.py")):
        read += 1
        text = path.read_text("utf-8")
        if not any(name in text for name in taking):
            continue
        nodes = list(ast.walk(ast.parse(text)))
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        if taking & names:
            users[str(path.relative_to(SOURCE))] = taking & names
    assert read > 100
    assert users
    assert all(path.startswith("label/metadata/") for path in users), users


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "audio/mpeg"])
def test_labelling_measures_art_10_passing_on_never_loses_or_forges_the_producer(kind: str) -> None:
    data = write_label(files.sample(kind), kind, Aigc.first("P", "1"))
    said = label.read(republish(data, "Q", "2")).aigc
    assert (said.valid, said.facts["producer"], said.facts["produce_id"]) == (True, "P", "1")


def test_labelling_measures_art_10_a_label_that_was_appended_or_doubled_convinces_nobody() -> None:
    data = write_label(files.sample("audio/wav"), "audio/wav", Aigc.first("P", "1"))
    text = Aigc.first("forger", "1").text().encode()
    forged = data + b"AIGC" + struct.pack("<I", len(text)) + text + b"\0" * (len(text) & 1)
    forged = forged[:4] + struct.pack("<I", len(forged) - 8) + forged[8:]
    assert label.read(forged).aigc.valid is False
    assert label.read(data + text).aigc.valid is False
