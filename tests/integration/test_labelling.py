"""Files that AI made elsewhere: checked, marked, recorded, handed out by the one way; what they say already stays."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from importlib import import_module

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from tests.conftest import finish
from tests.fakes import files
from tests.fakes.films import film
from tests.fakes.pictures import drawing, mark, photo
from tests.independent import reader

from pingxing import appeals, flow, labelling
from pingxing.api.app import create
from pingxing.cli.console import Console
from pingxing.cli.main import group
from pingxing.errors import InvalidRequest, Overloaded, Refused, TooLarge, UnreadableFile
from pingxing.label import pages
from pingxing.label.finding import find
from pingxing.label.foreign import apart, documents, films
from pingxing.label.media.text import find_notice
from pingxing.label.metadata.labels import read_labels, write_label
from pingxing.label.record import Aigc
from pingxing.label.xmp import Provenance
from pingxing.labelling import label_file
from pingxing.ledger import audit
from pingxing.ledger.export import export
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.types import JobState, Role, Scope
from pingxing.verify import verify

pytestmark = pytest.mark.usefixtures("films_here", "works_here")
THEIRS = Aigc.first("001191110102MACQD9K64010000", "their-number-0001")


@pytest.fixture
def works_here(monkeypatch):
    """Children's work in this process: starting Python for each would take longer than all of it."""

    def run(task, data, limit, /, watch=None, **asked):
        room, _, name = task.partition(".")
        return getattr(import_module(f"pingxing.label.foreign.{room}"), name)(data, json.loads(json.dumps(asked)))

    monkeypatch.setattr(apart, "run", run)


def png(width=320, height=260, **more):
    out = io.BytesIO()
    Image.fromarray(photo(width, height, 3)).save(out, "PNG", **more)
    return out.getvalue()


def pdf(pages=2, rotate=0):
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(300, 400).rotate(rotate)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def svg():
    return drawing(200, 160).svg.encode()


FILES = {
    "a.png": png,
    "a.jpg": lambda: files.image("image/jpeg", 120, 96),
    "a.webp": lambda: files.image("image/webp", 120, 96),
    "a.svg": svg,
    "a.pdf": lambda: pdf(2, 90),
    "a.txt": lambda: "一段由模型写成的文字。\n".encode(),
    "a.md": lambda: "---\ntitle: 题\n---\n\n# Words\n".encode(),
    "a.wav": lambda: files.sound("audio/wav"),
    "a.mp3": lambda: files.sound("audio/mpeg"),
    "a.flac": lambda: files.sound("audio/flac"),
    "a.ogg": lambda: files.sound("audio/ogg"),
    "a.m4a": lambda: files.sound("audio/mp4"),
    "a.mp4": film,
}


def bytes_of(app, actor, done):
    return [flow.release(app, actor, receipt.id).data for receipt in done.receipts]


@pytest.mark.parametrize("name", FILES)
def test_labelling_measures_art_10_who_publishes_declares_and_gets_the_label_that_is_offered(
    app, actor, name, tmp_path
):
    done = label_file(app, actor, FILES[name](), name)
    data, *beside = bytes_of(app, actor, done)
    found = verify(app, data)
    (record,) = read_labels(beside[0] if beside else data)
    assert (record.flaw, record.label, record.values["PropagateID"]) == (None, "2", done.receipts[0].id)
    assert reader.problems(beside[0] if beside else data) == [], "by other people's libraries"
    assert found.ledger.same_bytes
    assert (found.ledger.origin, found.ledger.proof_ok) == ("brought", True)
    assert (done.basis, done.names[0]) == ("declared", name)
    assert found.verdict == "possible", "declared by whoever brought it, and checked by nobody"
    assert found.labels.visible.found, found.labels.visible
    if name.endswith(".pdf"):  # turned, and every page sealed
        for page in range(2):
            corner = pages.draw(data, 1_024, page)[-60:, -120:].astype(int)
            assert (abs(corner - (0xA9, 0x34, 0x21)).sum(axis=2) < 60).mean() > 0.1
    if name.endswith((".txt", ".md")):
        text = data.decode()
        assert find_notice(text.split("---\n")[-1][:40])
        assert find_notice(text[-40:])
    if "credentials" in done.put:
        assert (found.labels.c2pa.valid, found.labels.c2pa.facts["source_type"]) == (
            True,
            "compositeWithTrainedAlgorithmicMedia",
        )
    if beside:  # the log counts both files of one job
        with app.store.read() as tx:
            (tmp_path / "log").write_bytes(b"".join(export(tx.log, app.ledger)))
        assert audit.audit(tmp_path / "log", app.ledger.vkey).problems == ()


def test_gb45438_annex_e_a_label_of_another_maker_is_passed_on_with_its_producer(app, actor):
    theirs = write_label(png(), "image/png", THEIRS, Provenance("Model X", "7", "x", mark().created_at))
    done = label_file(app, actor, theirs, "theirs.png")
    (data,) = bytes_of(app, actor, done)
    (record,) = read_labels(data)
    assert (record.values["ContentProducer"], record.values["ProduceID"]) == (THEIRS.producer, THEIRS.produce_id)
    assert record.values["PropagateID"] == done.receipts[0].id
    assert find(data).facts["system"] == "Model X", "which system made it stays, too"
    again = verify(app, data)
    assert (done.basis, again.verdict, again.labels.propagate_id) == ("label", "confirmed", done.receipts[0].id)
    saved = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").resize((256, 208)).save(saved, "JPEG", quality=80)
    assert verify(app, saved.getvalue()).ledger.origin == "brought", "its watermark leads to what was brought"


def test_labelling_measures_art_6_what_the_metadata_say_is_confirmed_and_a_declaration_only_possible(app, actor):
    said = PngInfo()
    said.add_itxt(
        "XML:com.adobe.xmp",
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" e:DigitalSourceType="'
        'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></rdf:RDF></x:xmpmeta>',
    )
    done = label_file(app, actor, png(pnginfo=said), "a.png")
    (data,) = bytes_of(app, actor, done)
    assert (done.basis, verify(app, data).verdict) == ("metadata", "confirmed")


def test_labelling_measures_art_10_a_broken_doubled_or_forged_label_is_not_written_over(app, actor):
    ours = replace(THEIRS, producer=app.settings.provider_code, propagator=app.settings.provider_code)
    for broken in (
        png() + write_label(png(), "image/png", THEIRS),
        write_label(png(), "image/png", THEIRS).replace(b'"Label":"1"', b'"Label":"9"'),
    ):
        with pytest.raises((InvalidRequest, UnreadableFile)):
            label_file(app, actor, broken, "a.png")
    assert ours.produce_id == THEIRS.produce_id


def test_ai_act_art_50_2_what_was_made_here_keeps_its_seal_watermark_and_first_receipt(app, actor, wish):
    app.worker.start()
    made = finish(app, actor, flow.admit(app, actor, wish(width=320, height=260)).id).receipts[0]
    done = label_file(app, actor, flow.release(app, actor, made.id).data, "ours.png")
    (data,) = bytes_of(app, actor, done)
    (record,) = read_labels(data)
    assert (record.values["ProduceID"], done.basis) == (made.id, "label")
    assert not {"seal", "watermark"} & set(done.put)
    assert verify(app, data).labels.tag == int(made.id[:10], 16)


def test_deep_synthesis_art_10_words_of_a_text_are_reviewed_and_a_person_may_let_them_pass(app, actor):
    long = ("good words, " * 300 + "forbidden").encode()
    before = set(app.settings.data_dir.glob("artifacts/*/*/*"))
    with pytest.raises(Refused) as stopped:
        label_file(app, actor, long, "long.txt")
    with app.store.read() as tx:
        job = tx.work.get(stopped.value.job)
    assert job.state is JobState.REFUSED
    finding = stopped.value.verdict.findings[0]
    assert job.request.prompt[slice(*finding.span)] == "forbidden"
    assert set(app.settings.data_dir.glob("artifacts/*/*/*")) == before, "nothing of it is kept"
    case = appeals.file(app, actor, job.id, "it is a quotation")
    appeals.decide(app, actor, case.id, overturn=True, words="it is")
    assert label_file(app, actor, long, "long.txt").receipts


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.mp4"])
def test_deep_synthesis_art_10_pictures_pages_and_frames_are_reviewed(make_app, settings, name):
    app = make_app(settings, guard=Guard([FakeCheck(pictures="block")]))
    actor = app.identity.local_actor("en")
    with pytest.raises(Refused):
        label_file(app, actor, FILES[name](), name)
    with app.store.read() as tx:
        assert tx.work.counts()[JobState.DELIVERED] == 0


BAD = [
    ("a.gif", b"GIF89a" + b"\0" * 90, "label_kind"),
    ("a.docx", b"PK\3\4" + b"\0" * 90, "label_kind"),
    ("a.txt", "GB 编码".encode("gb18030"), "encoding"),
    ("a.txt", b"", "empty"),
    ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><script>1</script></svg>', "active"),
    ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="90"/>', "small"),
    (
        "a.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><image href="https://x.y/z.png"/></svg>',
        "active",
    ),
    ("a.wav", files.sound("audio/wav")[:20], None),
    ("a.mp4", b"\0\0\0\x18ftypisom" + b"\0" * 90, None),
    ("a.pdf", b"%PDF-1.7\nnothing", "damaged"),
]


def test_what_cannot_be_marked_is_refused_with_a_reason(app, actor):
    for name, data, reason in BAD:
        with pytest.raises(UnreadableFile) as told:
            label_file(app, actor, data, name)
        assert reason in (None, told.value.reason), (name, told.value)


def test_limits_are_kept_before_anything_is_marked(make_app, settings, actor, monkeypatch):
    app = make_app(settings.model_copy(update={"max_upload_bytes": 4_000}))
    own = app.identity.local_actor("en")
    with pytest.raises(TooLarge):
        label_file(app, own, b"a" * 4_001, "a.txt")
    monkeypatch.setattr("pingxing.label.foreign.texts.MAX_CHARS", 10)
    with pytest.raises(TooLarge):
        label_file(app, own, b"eleven char", "a.txt")
    with pytest.raises(UnreadableFile) as told:
        documents.look(pdf(2), {"pages": 1})
    assert told.value.reason == "too_many_pages"
    with pytest.raises(UnreadableFile) as told:
        films.look(film(20), {"seconds": 180, "frames": 19, "pixels": 1 << 20, "work": 1 << 40})
    assert told.value.reason in ("too_long", "film_work")
    with pytest.raises(UnreadableFile) as told:
        films.look(film(20), {"seconds": 180, "frames": 99, "pixels": 1 << 20, "work": 160 * 120 * 3})
    assert told.value.reason == "film_work"


def test_two_files_at_a_time(app, actor, monkeypatch):
    monkeypatch.setattr(labelling, "_PATIENCE_S", 0.01)
    with labelling._TURNS, labelling._TURNS, pytest.raises(Overloaded):
        label_file(app, actor, b"words", "a.txt")
    assert label_file(app, actor, b"words", "a.txt").receipts


def test_doors_api_page_and_shell(app, actor, tmp_path, monkeypatch):
    server = create(app, work=False)
    client = TestClient(server)
    client.headers["Authorization"] = f"Bearer {app.identity.make_key(actor, 'k', frozenset(Scope))[1]}"
    answer = client.post("/api/label", files={"file": ("../诗.txt", "一首诗".encode())})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert [one["name"] for one in told["files"]] == ["诗.txt", "诗.txt.aigc.json"]
    assert (told["basis"], told["put"], told["heard"]) == ("declared", ["notice", "record"], True)
    fetched = client.get(told["files"][0]["url"])
    assert "AI生成" in fetched.text
    assert fetched.headers["content-disposition"].startswith("attachment")
    stranger = app.identity.create_account(actor, "stranger", Role.MEMBER, "a long pass phrase")
    assert stranger.id
    assert client.post("/api/label", files={"file": ("a.gif", b"GIF89a")}).json()["reason"] == "label_kind"
    assert TestClient(server).post("/api/label", files={"file": ("a.txt", b"x")}).status_code == 401


def test_sb942_22757_2_many_files_in_one_message(app, actor):
    (ours,) = bytes_of(app, actor, label_file(app, actor, png(), "a.png"))
    anyone = TestClient(create(app, work=False))  # no account
    sent = [("files", ("ours.png", ours)), ("files", ("photo.png", png())), ("files", ("broken.png", ours[:900]))]
    told = anyone.post("/api/verify/batch", files=sent).json()
    assert told["counts"] == {"possible": 1, "none": 1, "error": 1}
    assert [row["file"] for row in told["files"]] == ["ours.png", "photo.png", "broken.png"]
    assert told["files"][0]["answer"]["ledger"]["origin"] == "brought"
    assert told["files"][2]["error"]["code"] == "unreadable_file"
    assert anyone.post("/api/verify/batch", data={"files": "words"}).status_code == 400
    many = [("files", ("a.txt", b"x"))] * 15
    assert [anyone.post("/api/verify/batch", files=many).status_code for _ in range(2)] == [200, 429]


def test_shell_writes_beside_the_original_and_never_over_it(settings, make_app, tmp_path, monkeypatch):
    monkeypatch.setattr("pingxing.bootstrap.build", lambda *_, **__: make_app())
    monkeypatch.setattr("pingxing.settings.load", lambda *_, **__: settings)
    source = tmp_path / "poem.txt"
    source.write_text("roses", "utf-8")
    command = group(Console("en", json_only=True))
    told = CliRunner().invoke(command, ["label", str(source), "--json"], standalone_mode=False)
    assert told.exception is None, told.exception
    files_made = json.loads(told.stdout)["files"]
    assert [one["path"] for one in files_made] == [
        str(tmp_path / "poem-labelled.txt"),
        str(tmp_path / "poem-labelled.txt.aigc.json"),
    ]
    assert source.read_text("utf-8") == "roses"
    with pytest.raises(InvalidRequest) as over:
        CliRunner().invoke(
            command,
            ["label", str(source), "--out", str(tmp_path), "--json"],
            standalone_mode=False,
            catch_exceptions=False,
        )
    assert over.value.reason == "label_over"
