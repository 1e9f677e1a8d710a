"""Our own picture model without torch: exported small, put on the shelf, and served to many at once."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import warnings
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from pingxing.engine.backends.own.backend import OwnBackend, OwnState  # noqa: E402
from pingxing.engine.backends.own.folder import FAMILY  # noqa: E402
from pingxing.engine.shelf import Shelf  # noqa: E402
from pingxing.errors import BackendFailed, Integrity, InvalidRequest, NotFound, UnreadableFile  # noqa: E402
from pingxing.training.picture.autoencoder import Autoencoder, AutoencoderPlan  # noqa: E402
from pingxing.training.picture.export import Card, Sampling, again, export  # noqa: E402
from pingxing.training.picture.transformer import Transformer, TransformerPlan  # noqa: E402
from pingxing.types import Request  # noqa: E402

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = ("<pad>", "<unknown>", "a", "cat", "red", "two", "猫", "红", "一", "只", "tree", "boat")
PLAN = TransformerPlan(32, 4, 2, 32, len(WORDS), text_depth=1, tokens=6, cells=4, first=1, last=1)
CARD = Card("Apache-2.0", "random numbers", ("none",), "Knows nothing.", "什么也不会。")
SAID = ("a red cat", "一只红猫", "two boats", "tree", "unheard of")


def made() -> tuple[Transformer, Autoencoder]:
    torch.manual_seed(0)
    model, pictures = Transformer(PLAN), Autoencoder(AutoencoderPlan((8, 16, 24), (1, 1, 1), (1, 1, 1)))
    for part in (model, pictures):
        for weight in part.parameters():
            torch.nn.init.normal_(weight, std=0.15)
    return model, pictures


class Twice(torch.nn.Module):
    """Stands for a network that enlarges."""

    def forward(self, pictures: Any) -> Any:
        return torch.nn.functional.interpolate(pictures, scale_factor=4.0, mode="nearest")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("own")
    made_of: dict[str, Any] = {"fp32": None, "int8": Twice()}
    return {
        kind: export(*made(), WORDS, place / kind, CARD, kind, Sampling(4, 3.0), enlarger)  # type: ignore[arg-type]
        for kind, enlarger in made_of.items()
    }


def backend(folder: Path, isolation: Any = "shared") -> OwnBackend:
    shelf = Shelf(folder.parent / "shelf")
    name = folder.name
    found = shelf.get(name) if name in shelf.names() else shelf.add(folder, name, NOW)
    return OwnBackend(found.card, folder, isolation, threads=1)


def wish(**members: Any) -> Request:
    return Request(**{"prompt": SAID[0], "width": 64, "height": 64, "seed": 5} | members)


def alone(engine: OwnBackend, request: Request) -> NDArray[np.uint8]:
    state = engine.prepare(request)
    while state.step < state.steps:
        engine.step([state])
    return engine.finish(state).pixels


def test_the_shelf_knows_what_it_is(folders: dict[str, Path]) -> None:
    card = backend(folders["fp32"]).model
    assert (card.family, card.usual_side, card.licence) == (FAMILY, 128, "Apache-2.0")
    assert card.about == (CARD.about_en, CARD.about_zh)
    assert not card.takes_picture
    narrow = Shelf(folders["fp32"].parent / "shelf").add(folders["int8"], "narrow", NOW)
    assert narrow.dtype == "I8"
    assert narrow.sha256 != card.sha256


def test_it_draws_what_torch_would(folders: dict[str, Path]) -> None:
    """The same noise along the same line, by Euler, through the modules themselves."""
    engine, (model, pictures) = backend(folders["fp32"]), made()
    state = engine.prepare(wish(sampler="flow-euler", guidance=3.0))
    x = torch.from_numpy(np.random.Generator(np.random.PCG64(5)).standard_normal((1, 16, 4, 4), np.float32))
    tokens = torch.tensor([[2, 4, 3, 0, 0, 0]])
    with torch.no_grad():
        for now, then in zip(state.times, state.times[1:], strict=False):
            t = torch.tensor([now])
            along, away = model(x, t, tokens), model(x, t, torch.zeros_like(tokens))
            x = x + (then - now) * (away + 3 * (along - away) if 0.1 <= now <= 0.95 else along)
        wanted = ((pictures.decode(x).clamp(-1, 1)[0] + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
    while state.step < state.steps:
        engine.step([state])
    small = engine.preview(state)
    assert small is not None
    last = small.pixels[:: 256 // 32, :: 256 // 32].astype(int)
    assert np.abs(last - wanted).max() <= 1
    assert wanted.std() > 5, "it is no plain ground"


def test_numbers_of_its_own_are_used_for_the_steps_they_were_made_for(folders: dict[str, Path], tmp_path: Path) -> None:
    folder, plain = tmp_path / "tuned", backend(folders["fp32"])
    shutil.copytree(folders["fp32"], folder)
    page = folder / "picture.json"
    facts = json.loads(page.read_text())
    times, guidance = plain.prepare(wish()).times, facts["guidance"]

    def served(*shares: float) -> OwnBackend:
        steps = zip(times, times[1:], shares, strict=False)
        rows = [(1.0, share * (b - a) * (guidance if 0.1 <= a <= 0.95 else 1), share * (b - a) * (1 - guidance))
                for a, b, share in steps]  # fmt: skip
        page.write_text(json.dumps(facts | {"tuned": rows}))
        return OwnBackend(plain.model, folder, "exact", threads=1)

    euler = alone(plain, wish(sampler="flow-euler"))
    assert np.abs(alone(served(1, 1, 1, 1), wish()).astype(int) - euler).max() <= 1, "Euler's own numbers"
    other = served(1, 1, 1, 0.5)
    assert not np.array_equal(alone(other, wish()), euler)
    for members in ({"steps": 3}, {"guidance": 2.0}, {"sampler": "flow-euler"}):
        assert np.array_equal(alone(other, wish(**members)), alone(plain, wish(**members)))
    with pytest.raises(UnreadableFile):
        alone(served(1, 1, 1), wish())


class First(torch.nn.Module):
    """The velocity as version 1 of the format had it."""

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, latents: Any, t: Any, said: Any, pooled: Any, hidden: Any) -> Any:
        return self.model.told(latents, t, said, pooled, hidden)


@pytest.fixture(scope="module")
def first(folders: dict[str, Path]) -> Path:
    """A folder of version 1: no told.onnx, words always as long as they may be."""
    folder = folders["fp32"].with_name("first")
    shutil.copytree(folders["fp32"], folder)
    (folder / "told.onnx").unlink()
    model = made()[0].eval()
    tokens = torch.ones((2, PLAN.tokens), dtype=torch.long)
    names = ("said", "pooled", "hidden")
    with torch.no_grad():
        words = dict(zip(names, model.words(tokens), strict=True))
    rows = {"latents": torch.zeros((2, PLAN.channels, PLAN.cells, PLAN.cells)), "t": torch.zeros(2), **words}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the exporter says of itself
        for name, module, given, outputs in (
            ("words.onnx", model.words, {"tokens": tokens}, names),
            ("velocity.onnx", First(model), rows, ("velocity",)),
        ):
            torch.onnx.export(
                module, tuple(given.values()), str(folder / name), dynamo=False, input_names=list(given),
                output_names=list(outputs), opset_version=17,
                dynamic_axes={axis: {0: "n"} for axis in (*given, *outputs)},
            )  # fmt: skip
    page = folder / "picture.json"
    facts = json.loads(page.read_text())
    files = {name: sha256((folder / name).read_bytes()).hexdigest() for name in facts["files"] if name != "told.onnx"}
    page.write_text(json.dumps(facts | {"version": 1, "files": files}))
    return folder


def test_a_folder_of_version_1_is_served_and_can_be_exported_again(
    folders: dict[str, Path], first: Path, tmp_path: Path
) -> None:
    new = backend(folders["fp32"])
    old, made_again = backend(first), backend(again(first, tmp_path / "again"))
    assert (old.facts.version, made_again.facts.version) == (1, 2)
    for wanted in ({"prompt": "two boats", "negative": "a red cat"}, {"prompt": "?", "seed": 8}, {"steps": 7}):
        pixels = alone(new, wish(**wanted)).astype(int)
        assert np.abs(alone(old, wish(**wanted)) - pixels).max() <= 1
        assert decibels(alone(made_again, wish(**wanted)), pixels) > 30, "through weights that were kept in bf16"
    kept = {name: digest for name, digest in old.facts.files.items() if name not in ("words.onnx", "velocity.onnx")}
    assert kept.items() <= made_again.facts.files.items(), "what decodes, the words, the weights"
    states = [old.prepare(wish(seed=n, prompt=SAID[n])) for n in range(4)]
    for _ in range(states[0].steps):
        old.step(states)
    assert np.abs(old.finish(states[3]).pixels.astype(int) - alone(new, wish(seed=3, prompt=SAID[3]))).max() <= 1


def decibels(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(10 * np.log10(255**2 / ((one.astype(float) - other) ** 2).mean()))


@pytest.mark.parametrize("kind", ["fp32", "int8"])
def test_nobodys_picture_depends_on_its_company(folders: dict[str, Path], kind: str) -> None:
    engine = backend(folders[kind], "exact")
    chance = random.Random(1)
    for _ in range(4):
        wishes = [
            wish(prompt=chance.choice(SAID), seed=n, steps=chance.randint(1, 5), guidance=chance.choice([1.0, 4.0]),
                 sampler=chance.choice(engine.samplers))
            for n in range(5)
        ]  # fmt: skip
        states: list[OwnState] = [engine.prepare(one) for one in wishes]
        while going := [state for state in states if state.step < state.steps]:
            engine.step(chance.sample(going, chance.randint(1, len(going))))
        for one, state in zip(wishes, states, strict=True):
            assert np.array_equal(engine.finish(state).pixels, alone(engine, one))


def test_shared_calls_are_alike(folders: dict[str, Path]) -> None:
    engine = backend(folders["fp32"])
    wishes = [wish(seed=n, prompt=SAID[n % 5]) for n in range(6)]
    states = [engine.prepare(one) for one in wishes]
    for _ in range(states[0].steps):
        engine.step(states)
    for one, state in zip(wishes, states, strict=True):
        assert np.abs(engine.finish(state).pixels.astype(int) - alone(engine, one)).max() <= 1


def test_words_seed_steps_and_what_to_avoid_count(folders: dict[str, Path]) -> None:
    engine = backend(folders["int8"])
    plain = alone(engine, wish())
    assert np.array_equal(plain, alone(backend(folders["int8"]), wish()))
    for other in ({"prompt": "two boats"}, {"seed": 6}, {"steps": 2}, {"guidance": 1.0}, {"negative": "tree"}):
        assert not np.array_equal(plain, alone(engine, wish(**other))), other
    assert alone(engine, wish(width=300, height=300)).shape == (300, 300, 3)
    pixels = alone(engine, wish(width=128, height=128))
    assert np.array_equal(pixels, pixels[::4, ::4].repeat(4, 0).repeat(4, 1)), "four times as large by its own network"


@pytest.mark.parametrize(
    "members",
    [
        {"width": 64, "height": 128},
        {"width": 2048, "height": 2048},
        {"transparent": True},
        {"palette": ("#ff0000",)},
        {"sampler": "unipc"},
        {"init_image": "0" * 32},
        {"adapters": ({"name": "x"},)},
    ],
)
def test_what_it_cannot_do_is_said_at_once(folders: dict[str, Path], members: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        backend(folders["fp32"]).prepare(wish(**members))
    assert caught.value.params["member"] in {*members, "size"}


def test_damage_is_named(folders: dict[str, Path], tmp_path: Path) -> None:
    import shutil

    def copy(name: str) -> Path:
        return Path(shutil.copytree(folders["fp32"], tmp_path / name))

    changed = copy("changed")
    engine = backend(changed)
    graph = changed / "velocity.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"\0")
    with pytest.raises(Integrity):
        alone(engine, wish())
    with pytest.raises(Integrity):
        Shelf(tmp_path / "shelf").check("changed")
    gone = copy("gone")
    (gone / "decoder.onnx").unlink()
    with pytest.raises(NotFound, match=r"decoder\.onnx"):
        backend(gone)
    for name, text in (("picture.json", "{}"), ("vocabulary.json", '["a"]'), ("vocabulary.json", "[" * 10**5)):
        broken = copy(f"broken-{len(text)}")
        (broken / name).write_text(text)
        with pytest.raises(UnreadableFile, match=name):
            backend(broken)
    strange = copy("strange")  # a graph of another shape under the right name and sum
    facts = json.loads((strange / "picture.json").read_text())
    (strange / "velocity.onnx").write_bytes((strange / "decoder.onnx").read_bytes())
    facts["files"]["velocity.onnx"] = facts["files"]["decoder.onnx"]
    (strange / "picture.json").write_text(json.dumps(facts))
    with pytest.raises(BackendFailed):
        alone(backend(strange), wish())


def test_it_serves_where_there_is_no_torch(folders: dict[str, Path]) -> None:
    code = (
        "import sys; sys.modules['torch'] = None; from pathlib import Path; from pingxing.engine.shelf import Shelf; "
        "from pingxing.engine.backends.own.backend import OwnBackend; from pingxing.types import Request; "
        f"found = Shelf(Path({str(folders['fp32'].parent / 'shelf')!r})).get('fp32'); "
        "engine = OwnBackend(found.card, found.path, 'exact', 1); "
        "state = engine.prepare(Request(prompt='a cat', width=64, height=64, seed=5)); "
        "[engine.step([state]) for _ in range(state.steps)]; print(engine.finish(state).pixels.sum())"
    )
    backend(folders["fp32"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == int(alone(backend(folders["fp32"], "exact"), wish(prompt="a cat")).sum())


def test_what_enlarges_is_better_than_resampling() -> None:
    """On a drawing that it has never seen: a disc and a bar, averaged to a quarter."""
    from pingxing.training.picture.autoencoder import decibels
    from pingxing.training.picture.enlarge import shipped

    y, x = torch.meshgrid(torch.arange(128), torch.arange(128), indexing="ij")
    large = torch.full((1, 3, 128, 128), 0.8)
    large[:, 0, (x - 50) ** 2 + (y - 60) ** 2 < 900] = -0.9
    large[:, 2, (x > 70) & (y > 90)] = -0.5
    small = torch.nn.functional.avg_pool2d(large, 4)
    usual = torch.nn.functional.interpolate(small, scale_factor=4.0, mode="bicubic").clamp(-1, 1)
    with torch.no_grad():
        assert decibels(shipped()(small), large) > decibels(usual, large) + 1
