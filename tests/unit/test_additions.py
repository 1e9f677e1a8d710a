"""Adapters and embeddings on the shelf, as far as no torch is needed: what they are, whose they are, what is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_checkpoint_folder import folder

from pingxing.engine.backends.diffusion.extras import Extra, asked, digest, kind_of, located, word
from pingxing.engine.backends.diffusion.tensors import Entry, held, write
from pingxing.engine.shelf import Shelf
from pingxing.errors import Conflict, Integrity, InvalidRequest, NotFound, UnreadableFile
from pingxing.types import Addition, Request

__all__ = ["folder"]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def saved(file: Path, **shapes: tuple[int, ...]) -> Path:
    entries = {name.replace("__", "."): Entry("F16", shape) for name, shape in shapes.items()}
    write(file, entries, (bytes(entry.count * 2) for entry in entries.values()), lambda _: None)
    return file


@pytest.fixture
def shelf(tmp_path: Path, folder: Path) -> Shelf:
    (folder / "text_encoder/config.json").write_text(json.dumps({"hidden_size": 8}))
    (folder / "tokenizer/vocab.json").write_text(json.dumps({"cat</w>": 0, "ca": 1}))
    made = Shelf(tmp_path / "models")
    made.add(folder, "dream", NOW)
    made.add(folder, "other", NOW)
    return made


def test_what_is_joined_stands_with_its_models_until_they_go(shelf: Shelf, tmp_path: Path) -> None:
    file = saved(tmp_path / "Easy Word.safetensors", emb_params=(3, 8))
    with pytest.raises(InvalidRequest) as caught:  # a word of two, from the file's name
        shelf.join(file, "", ["dream"], NOW)
    assert caught.value.reason == "trigger"
    joined = shelf.join(file, "", ["dream", "other", "dream"], NOW, trigger="<easy>", licence="cc0")
    assert (joined.name, joined.bases, joined.rank, joined.kind) == ("easy-word", ("dream", "other"), 3, "embedding")
    assert shelf.card("dream").additions == (joined.extra.addition,)
    assert (joined.extra.addition.vectors, joined.extra.addition.width) == (3, 8)
    assert shelf.names() == ("dream", "other"), "it is no model"
    assert shelf.check("easy-word") == joined
    for name in ("easy-word", "dream"):
        with pytest.raises(Conflict):
            shelf.join(file, name, ["dream"], NOW, trigger="<x>")
    with pytest.raises(Conflict):
        shelf.add(shelf.get("dream").path, "easy-word", NOW)
    with pytest.raises(Conflict):
        shelf.join(file, "second", ["other"], NOW, trigger="<easy>")
    shelf.remove("dream")
    assert shelf.joined("easy-word").bases == ("other",)
    shelf.remove("other")
    assert shelf.additions() == ()
    assert file.exists()


def test_changed_files_and_records_are_noticed(shelf: Shelf, tmp_path: Path) -> None:
    file = saved(tmp_path / "word.safetensors", emb_params=(1, 8))
    shelf.join(file, "", ["dream"], NOW)
    file.write_bytes(file.read_bytes()[:-1] + b"\1")
    with pytest.raises(Integrity):
        shelf.check("word")
    file.unlink()
    with pytest.raises(NotFound):
        shelf.check("word")
    (tmp_path / "models/additions/word.json").write_text("{}")
    with pytest.raises(Integrity):
        shelf.joined("word")


@pytest.mark.parametrize(
    ("shapes", "trigger", "reason"),
    [
        ({"emb_params": (2, 9)}, "", "adapter_shape"),
        ({"clip_l": (2, 8), "clip_g": (2, 8)}, "", "adapter_key"),  # for a second encoder, which is not there
        ({"emb_params": (2, 8)}, "cat", "trigger_known"),
        ({"emb_params": (2, 8)}, "Cat", "trigger_known"),
        ({"emb_params": (2, 8)}, "x", "trigger"),
        ({"emb_params": (2, 8)}, "\ue000\ue001", "trigger"),
        ({"unet__a__weight": (8, 8), "unet__b__weight": (8, 8)}, "", "no_addition"),
    ],
)
def test_what_does_not_fit_is_named(
    shelf: Shelf, tmp_path: Path, shapes: dict[str, tuple[int, ...]], trigger: str, reason: str
) -> None:
    file = saved(tmp_path / "strange.safetensors", **shapes)
    with pytest.raises(InvalidRequest) as caught:
        shelf.join(file, "", ["dream"], NOW, trigger=trigger)
    assert caught.value.reason == reason


def test_one_file_is_found_in_a_folder_and_pickles_are_named(tmp_path: Path) -> None:
    place = tmp_path / "trained"
    with pytest.raises(NotFound):
        located(place)
    place.mkdir()
    (place / "pytorch_lora_weights.bin").write_bytes(b"")
    for path in (place, place / "pytorch_lora_weights.bin"):
        with pytest.raises(InvalidRequest) as caught:
            located(path)
        assert (caught.value.reason, caught.value.params["file"]) == ("model_pickle", "pytorch_lora_weights.bin")
    first = saved(place / "a.safetensors", x=(1, 2))
    assert located(place) == first
    saved(place / "b.safetensors", x=(1, 2))
    with pytest.raises(InvalidRequest):
        located(place)
    usual = saved(place / "adapter_model.safetensors", x__lora_A__weight=(1, 2))
    assert located(place) == usual
    assert kind_of(usual)[0] == "adapter"
    alone = digest(usual)
    (place / "adapter_config.json").write_text("{}")
    assert digest(usual) != alone, "what peft says beside it belongs to it"


def test_only_whole_words_ask(tmp_path: Path) -> None:
    extras = [Extra(Addition(name, "embedding", name, "", "", "0" * 64, 1), tmp_path) for name in ("<ink>", "Bad")]
    named = {
        "a <ink> cat": ["<ink>"], "a<ink>cat": ["<ink>"], "一只<ink>猫": ["<ink>"], "Badly": [], "Bad": ["Bad"],
        "不Bad好": ["Bad"], "a bad cat": [], "super-Bad": [], "(Bad:1.2)": ["Bad"],
    }  # fmt: skip
    for prompt, expected in named.items():
        found = asked(extras, Request(prompt=prompt), "m").embeddings
        assert [extra.addition.name for extra in found] == expected, prompt
    assert asked(extras, Request(prompt="a cat", negative="Bad"), "m").embeddings
    assert Extra.heard(json.loads(json.dumps(extras[0].told()))) == extras[0]
    assert word("<ink>").sub("X", "<ink><ink>") == "XX"


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__"),
        st.tuples(st.sampled_from(["F32", "F16", "U8"]), st.lists(st.integers(0, 4), max_size=3)),
        max_size=5,
    )
)
def test_what_is_written_is_what_is_held(
    tmp_path_factory: pytest.TempPathFactory, told: dict[str, tuple[str, list[int]]]
) -> None:
    sizes = {"F32": 4, "F16": 2, "U8": 1}
    entries = {name: Entry(dtype, tuple(shape)) for name, (dtype, shape) in told.items()}
    file, heard = tmp_path_factory.mktemp("any") / "x.safetensors", [0]
    write(file, entries, (bytes(e.count * sizes[e.dtype]) for e in entries.values()), heard.append)
    assert held(file).entries == entries
    assert sum(heard) == sum(entry.count * sizes[entry.dtype] for entry in entries.values())
    with pytest.raises(ValueError, match=r"^a$"):
        write(file, {"a": Entry("F16", (3,))}, [b"12345"], heard.append)
    with pytest.raises(UnreadableFile):
        held(file)
