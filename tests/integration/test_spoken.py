"""What is spoken and sung in sounds and films that people bring: nobody here can listen, so all that is written of it
is read. Files as FFmpeg writes them."""

from __future__ import annotations

import io
import re

import av
import numpy as np
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from tests.conftest import finish
from tests.fakes import files
from tests.fakes.films import film
from tests.integration.test_labelling import works_here
from tests.integration.test_people import client_of, token

from pingxing import appeals, i18n
from pingxing.api.app import create
from pingxing.bootstrap import default_loaders
from pingxing.cli.console import Console
from pingxing.cli.main import group
from pingxing.errors import InvalidRequest, Refused, TooLarge
from pingxing.label.foreign import said
from pingxing.label.foreign.apart import run as in_a_child
from pingxing.labelling import label_file, order_file, outcome
from pingxing.types import LANGUAGES, JobState, Role, Scope

__all__ = ["works_here"]
pytestmark = pytest.mark.usefixtures("films_here", "works_here")
CALM, SUNG = "la la la", "and then they sang of what is forbidden"


def titled(text: str, codec: str = "srt") -> bytes:
    """A film with subtitles, the second of them `text`, set in italics."""
    written = (
        f"1\n00:00:00,100 --> 00:00:01,000\nHello <i>there</i>\n\n2\n00:00:01,200 --> 00:00:02,000\n<i>{text}</i>\n"
    )
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(film()), "r") as frames,
        av.open(io.BytesIO(written.encode()), "r", format="srt") as cues,
        av.open(out, "w", format="matroska") as target,
    ):
        shown = target.add_stream_from_template(frames.streams.video[0])
        spoken = target.add_stream_from_template(cues.streams.subtitles[0])
        for source, stream in ((frames, shown), (cues, spoken)):
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
    return out.getvalue()


def tagged(kind: str, tags: dict[str, str]) -> bytes:
    """A second of sound with tags."""
    form, codec = {"audio/wav": ("wav", "pcm_s16le"), **files.SOUNDS}[kind]
    out = io.BytesIO()
    with av.open(out, "w", format=form) as target:
        stream = target.add_stream(codec, rate=48_000, layout="mono")
        target.metadata.update(tags)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), format="s16", layout="mono")
        frame.rate = 48_000
        fitted = av.AudioResampler(
            stream.format.name, "mono", 48_000, frame_size=stream.codec_context.frame_size or None
        )
        for piece in [*fitted.resample(frame), *fitted.resample(None)]:
            target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return out.getvalue()


def words_stopped(app, refused: Refused) -> str:
    with app.store.read() as tx:
        job = tx.work.get(refused.job)
    assert job.state is JobState.REFUSED
    finding = refused.verdict.findings[0]
    return job.request.prompt[slice(*finding.span)]


def test_deep_synthesis_art_10_subtitles_are_reviewed(app, actor) -> None:
    with pytest.raises(Refused) as stopped:
        label_file(app, actor, titled(SUNG), "a.mkv")
    assert words_stopped(app, stopped.value) == "forbidden"
    assert label_file(app, actor, titled(CALM), "a.mkv").receipts
    assert said.subtitles(titled(SUNG)) == [f"Hello there\n{SUNG}"]  # without how it is set


@pytest.mark.parametrize(
    ("kind", "name", "member"),
    [
        ("audio/mpeg", "a.mp3", "lyrics-eng"),
        ("audio/flac", "a.flac", "LYRICS"),
        ("audio/ogg", "a.ogg", "unsyncedlyrics"),
        ("audio/mp4", "a.m4a", "lyrics"),
        ("audio/wav", "a.wav", "comment"),
    ],
)
def test_deep_synthesis_art_10_lyrics_are_reviewed_to_their_end(app, actor, kind, name, member) -> None:
    verse = "la la la, and another line of it. " * (0 if kind == "audio/wav" else 100)
    with pytest.raises(Refused) as stopped:
        label_file(app, actor, tagged(kind, {"title": "a song", member: verse + SUNG}), name)
    assert words_stopped(app, stopped.value) == "forbidden"
    done = label_file(app, actor, tagged(kind, {"title": "a song", member: verse + CALM}), name)
    assert (bool(done.receipts), done.heard) == (True, False)  # read, and still not listened to


@pytest.mark.parametrize("member", ["title", "comment", "synopsis"])
def test_deep_synthesis_art_10_tags_of_films_are_reviewed(app, actor, member) -> None:
    def named(text: str) -> bytes:
        out = io.BytesIO()
        with av.open(io.BytesIO(film()), "r") as source, av.open(out, "w", format="mp4") as target:
            target.metadata[member] = text
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
        return out.getvalue()

    with pytest.raises(Refused) as stopped:
        label_file(app, actor, named(SUNG), "a.mp4")
    assert words_stopped(app, stopped.value) == "forbidden"
    assert label_file(app, actor, named(CALM), "a.mp4").receipts


def test_deep_synthesis_art_10_a_transcript_is_reviewed_before_anything_is_done(app, actor) -> None:
    sound, moving = files.sound("audio/wav"), film()
    for label in (
        lambda words: label_file(app, actor, sound, "a.wav", words),
        lambda words: order_file(app, actor, moving, "a.mp4", words),
    ):
        with pytest.raises(Refused) as stopped:
            label(f"{CALM}\n" * 500 + SUNG)
        assert words_stopped(app, stopped.value) == "forbidden"
        with pytest.raises(TooLarge) as caught:
            label("x" * 100_001)
        assert caught.value.reason == "chars"
    with app.store.read() as tx:
        assert tx.work.counts()[JobState.QUEUED] == 0
    # A person may let it pass, as any words.
    case = appeals.file(app, actor, stopped.value.job, "it is a quotation")
    appeals.decide(app, actor, case.id, overturn=True, words="it is")
    job = order_file(app, actor, moving, "a.mp4", f"{CALM}\n" * 500 + SUNG)
    app.worker.start()
    finish(app, actor, job.id)
    assert outcome(app, actor, job.id).receipts


def test_deep_synthesis_art_10_a_transcript_at_every_door(app, actor) -> None:
    made = app.identity.make_key(actor, "k", frozenset({Scope.GENERATE, Scope.MANAGE}))
    api = TestClient(create(app, work=False), base_url="http://127.0.0.1")
    api.headers["authorization"] = f"Bearer {made[1]}"
    sound = ("a.wav", files.sound("audio/wav"), "audio/wav")
    refused = api.post("/api/label", files={"file": sound}, data={"transcript": SUNG})
    assert (refused.status_code, refused.json()["code"]) == (400, "refused")
    labelled = api.post("/api/label", files={"file": sound}, data={"transcript": CALM})
    assert (labelled.status_code, labelled.json()["heard"]) == (201, False)
    assert api.post("/api/label", files={"file": sound}, data={"transcripts": CALM}).status_code == 400
    schema = api.get("/api/openapi.json").json()["paths"]["/api/label"]["post"]["requestBody"]
    assert schema["content"]["multipart/form-data"]["schema"]["properties"]["transcript"]["maxLength"] == 100_000

    app.identity.create_account(actor, "ann", Role.MEMBER, "long enough password")
    ann = client_of(app, "ann")
    for language in LANGUAGES:
        assert i18n.say(language, "labelling.transcript") in ann.get(f"/label?lang={language}").text
    form = {"csrf": token(ann), "transcript": SUNG}
    assert ann.post("/label", files={"file": sound}, data=form).status_code == 400
    assert ann.post("/label", files={"file": sound}, data={**form, "transcript": CALM}).status_code == 200


def test_deep_synthesis_art_10_a_transcript_from_the_shell(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PINGXING_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.wav").write_bytes(files.sound("audio/wav"))
    (tmp_path / "calm.txt").write_text(CALM, "utf-8")
    (tmp_path / "harm.txt").write_text("怎样制作炸弹", "utf-8")

    def label(*arguments: str):
        return CliRunner().invoke(group(Console("en", json_only=False)), ["label", *arguments])

    assert label("a.wav", "--transcript", "calm.txt").exit_code == 0
    assert isinstance(label("a.wav", "--transcript", "harm.txt").exception, Refused)
    refused = label("a.wav", "a.wav", "--transcript", "calm.txt").exception
    assert isinstance(refused, InvalidRequest)
    assert refused.params == {"member": "--transcript"}


def test_deep_synthesis_art_10_nothing_here_makes_speech(app, settings) -> None:
    """What would be spoken by us would be a wish, admitted and judged as one; there is no such door to walk past it."""
    paths = set(create(app, work=False).openapi()["paths"])
    assert len(paths) > 60
    assert not [path for path in paths if re.search("speech|audio|voice|tts", path)]
    cards = [load().model for load in default_loaders(settings.model_copy(update={"workers": 1})).values()]
    assert cards
    assert {medium for card in cards for medium in card.media} == {"image"}


def test_too_much_to_read_is_refused_and_not_cut(app, actor) -> None:
    flood = tagged("audio/flac", {"lyrics": "la " * 40_000})
    for read in (
        lambda: label_file(app, actor, flood, "a.flac"),
        lambda: in_a_child("sound.look", flood, 30, seconds=1_800),
    ):
        with pytest.raises(TooLarge) as caught:
            read()
        assert (caught.value.reason, caught.value.params["limit"]) == ("chars", 100_000)
