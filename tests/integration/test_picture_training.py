"""Training of the picture model, small: it learns, stops and goes on bit by bit, and its files say what they are."""

import json
import os
import shutil
import signal
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pingxing.training.picture import checkpoint, evaluate, few, recipe, travel  # noqa: E402
from pingxing.training.picture.autoencoder import Autoencoder, AutoencoderPlan, decibels  # noqa: E402
from pingxing.training.picture.canvas import Canvas, contact_sheet, png  # noqa: E402
from pingxing.training.picture.loop import Course, Sitting, train, trained  # noqa: E402
from pingxing.training.picture.optimise import Optimiser, Rates, orthogonal, pace_at  # noqa: E402
from pingxing.training.picture.recipe import AutoencoderLearner, TransformerLearner, flops  # noqa: E402
from pingxing.training.picture.speed import peak_named  # noqa: E402
from pingxing.training.picture.transformer import SIZES, Transformer, TransformerPlan, plan_for, sample  # noqa: E402

SIDE, WORDS = 32, 12
PLAN = TransformerPlan(32, 4, 2, 32, WORDS, text_depth=1, tokens=6, cells=4, first=1, last=1)
TINY = AutoencoderPlan((8, 16, 24), (1, 1, 1), (1, 1, 1))


@dataclass(frozen=True)
class Numbers:
    tokens: np.ndarray
    drawings: np.ndarray
    spots: np.ndarray
    light: np.ndarray
    background: np.ndarray
    scene: np.ndarray


class Source:
    """Squares of eight colours, left or right: a world that can be learnt in seconds."""

    def batch(self, number, size, seed=0):
        rng = np.random.default_rng([seed, number])
        colour, right = rng.integers(0, 8, size), rng.integers(0, 2, size)
        tokens = np.zeros((size, 6), np.int64)
        tokens[:, 0], tokens[:, 1] = 2 + colour, 10 + right
        drawings = np.full((size, 2), -1, np.int64)
        drawings[:, 0] = colour
        spots = np.zeros((size, 2, 3), np.float32)
        spots[:, 0] = np.stack([0.25 + 0.5 * right, np.full(size, 0.5), np.full(size, 0.5)], 1)
        ones = np.ones((size, 3), np.float32)
        return Numbers(tokens, drawings, spots, ones, np.zeros(size, np.int64), np.full(size, -1, np.int64))


@pytest.fixture(autouse=True)
def few_prompts(monkeypatch):
    """Grids of two pictures: every sitting ends with one."""
    monkeypatch.setattr(recipe, "prompts", lambda: ["a", "b"])


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def canvas():
    corners = np.array([[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)], np.uint8)
    drawings = np.full((8, SIDE, SIDE, 4), 255, np.uint8)
    drawings[..., :3] = corners[:, None, None]
    ground = np.full((1, SIDE, SIDE, 3), 128, np.uint8)
    return Canvas(drawings, ground, np.zeros((1, SIDE, SIDE, 3), np.uint8), torch.device("cpu"))


def autoencoder_learner(canvas):
    return AutoencoderLearner(canvas, 0, Source().batch(999, 8), TINY)


def learner(canvas):
    torch.manual_seed(0)
    return TransformerLearner(canvas, 0, Autoencoder(TINY), PLAN, lambda text: [2, 10, 0, 0, 0, 0], Rates())


def files(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.suffix == ".safetensors"}


@pytest.mark.parametrize("make", [learner, autoencoder_learner])
def test_twenty_steps_are_ten_a_kill_and_ten_byte_for_byte(make, canvas, tmp_path):
    course = Course(20, 3, log_steps=5, grid_steps=100)
    assert train(make(canvas), Source(), course, tmp_path / "straight") == Sitting(20, False)
    folder = tmp_path / "cut"

    class Killed(Source):
        def batch(self, number, size, seed=0):
            if number == 9 and not (folder / "checkpoint").exists():
                os.kill(os.getpid(), signal.SIGTERM)  # as a machine that is taken away does
            return super().batch(number, size, seed)

    assert train(make(canvas), Killed(), course, folder) == Sitting(10, True)
    assert train(make(canvas), Source(), course, folder) == Sitting(20, False)
    straight, cut = files(tmp_path / "straight/checkpoint"), files(folder / "checkpoint")
    assert straight == cut
    assert files(tmp_path / "straight/model") == files(folder / "model")
    exact, facts = trained(folder)
    shutil.rmtree(folder / "checkpoint")
    travelled, same = trained(folder)
    assert facts["model"] == same["model"]
    assert all(torch.equal(exact[name].bfloat16().float(), travelled[name]) for name in exact)
    steps = [json.loads(line)["step"] for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert steps == [5, 10, 15, 20]


def test_a_sitting_ends_by_the_clock_and_has_saved(canvas, tmp_path):
    ticks = iter(range(0, 10**6, 20))
    course = Course(50, 4, minutes=2.0, log_steps=5, grid_steps=100)
    done = train(learner(canvas), Source(), course, tmp_path, clock=lambda: float(next(ticks))).done
    assert 0 < done < 50
    assert json.loads((tmp_path / "checkpoint/facts.json").read_text())["step"] == done
    assert (tmp_path / f"grids/{done:07d}.png").is_file()


def test_the_last_sitting_ends_with_rates_near_nothing(canvas, tmp_path):
    ticks = iter(range(0, 10**6))
    course = Course(10**6, 2, minutes=2.0, log_steps=3, grid_steps=10**6, finish=True)
    train(learner(canvas), Source(), course, tmp_path, clock=lambda: float(next(ticks)))
    pace = [json.loads(line)["pace"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert max(pace) > 0.12, "they had risen"
    assert pace[-1] < 0.06
    assert pace[-3:] == sorted(pace[-3:], reverse=True)


def test_batches_made_by_workers_are_the_same(canvas, tmp_path):
    for workers in (0, 2):
        train(learner(canvas), Source(), Course(4, 4, workers=workers, log_steps=2), tmp_path / str(workers))
    assert files(tmp_path / "0/checkpoint") == files(tmp_path / "2/checkpoint")


def test_what_travels_is_small_and_is_gone_on_from(canvas, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "FEWEST", 256)
    there, here = tmp_path / "there", tmp_path / "here"
    train(learner(canvas), Source(), Course(6, 3, log_steps=2), there / "tiny")
    exact = trained(there / "tiny")[0]
    bytes_whole = sum(tensor.numel() for tensor in exact.values()) * 2
    travel.pack(there, ["tiny"], tmp_path / "wide")
    travel.pack(there, ["tiny"], tmp_path / "narrow", most=int(bytes_whole * 0.8))
    with pytest.raises(ValueError, match="do not fit"):
        travel.pack(there, ["tiny"], tmp_path / "none", most=1000)
    assert {file.name for file in (tmp_path / "narrow").iterdir()} == {
        "part-000.safetensors", "facts.json", "tiny.jsonl", "tiny.png",
    }  # fmt: skip
    for kind, near in (("wide", 2**-8), ("narrow", 0.012)):
        assert travel.unpack(tmp_path / kind, here / kind) == ["tiny"]
        came, facts = trained(here / kind / "tiny")
        assert facts["step"] == 6
        for name, tensor in exact.items():
            assert (came[name] - tensor).abs().max() <= near * tensor.abs().max(), name
        again = learner(canvas)
        assert train(again, Source(), Course(8, 3, log_steps=2), here / kind / "tiny") == Sitting(8, False)
        mean = again.optimiser.mean
        assert all((mean[name] - exact[name]).norm() <= 0.2 * exact[name].norm() + 0.05 for name in mean), "went on"
    kept = files(here / "wide/tiny/checkpoint")
    travel.unpack(tmp_path / "narrow", here / "wide")
    assert files(here / "wide/tiny/checkpoint") == kept, "what is exact is not overwritten"
    with pytest.raises(checkpoint.BadCheckpoint, match="not packed"):
        travel.unpack(here / "wide/tiny/model", tmp_path / "other")


def test_another_models_checkpoint_is_refused(canvas, tmp_path):
    train(autoencoder_learner(canvas), Source(), Course(1, 4), tmp_path)
    with pytest.raises(checkpoint.BadCheckpoint, match="another model"):
        train(learner(canvas), Source(), Course(1, 4), tmp_path)


def test_a_run_that_goes_wrong_says_so(canvas, tmp_path):
    broken = learner(canvas)
    broken.model.out.bias.data.fill_(float("nan"))
    with pytest.raises(ArithmeticError, match="step 1"):
        train(broken, Source(), Course(2, 4, log_steps=1), tmp_path)
    assert not (tmp_path / "checkpoint").exists()


class Averages(torch.nn.Module):
    """Stands for a trained autoencoder: the mean colour of every 8x8 pixels."""

    def encode(self, pictures):
        return torch.nn.functional.avg_pool2d(pictures, 8).repeat(1, 6, 1, 1)[:, :16]


def test_the_autoencoder_learns(canvas, tmp_path):
    learner = AutoencoderLearner(canvas, 1, Source().batch(999, 8), AutoencoderPlan((16, 16, 32), (1, 1, 1), (1, 1, 1)))
    train(learner, Source(), Course(40, 8, seed=1, log_steps=4, grid_steps=1000), tmp_path)
    losses = [json.loads(line)["loss"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert losses[-1] < 0.75 * losses[0]


@pytest.mark.slow
def test_it_learns_colours_and_left_from_right(canvas, tmp_path):
    """What is sampled is nearest to the latents of the very picture that the words ask for."""
    rates, steps = Rates(muon=2e-2, adam=1e-2, ema=0.9), 110
    plan = TransformerPlan(32, 3, 2, 32, WORDS, text_depth=1, tokens=6, cells=4, first=1, last=1, widen=2)
    learner = TransformerLearner(canvas, 0, Averages(), plan, lambda text: [2, 10, 0, 0, 0, 0], rates)
    for step in range(steps):
        learner.learn(step, Source().batch(step, 16), pace_at(step, steps, warm=10))
    model = Transformer(plan)
    model.load_state_dict(learner.optimiser.mean)
    asked = Source().batch(12345, 32)
    tokens = torch.from_numpy(asked.tokens)
    made = sample(model, tokens, torch.randn((32, 16, 4, 4), generator=torch.manual_seed(1)), 6, 2.0)
    truth = Averages().encode(canvas.paint(asked))
    nearest = [int((one - truth).square().mean((1, 2, 3)).argmin()) for one in made]
    colour, side = ((tokens[nearest, place] == tokens[:, place]).sum().item() for place in (0, 1))
    assert side >= 27, "by chance 16 of 32"
    assert colour >= 26, "by chance 4 of 32"


def test_skipping_cells_leaves_no_trace_where_blocks_do_nothing():
    """Blocks begin as the identity (their gates are zero), so the routed pass must equal the whole one."""
    torch.manual_seed(0)
    model = Transformer(PLAN)
    torch.nn.init.normal_(model.out.weight, std=0.1)
    x, t, tokens = torch.randn(3, 16, 4, 4), torch.rand(3), torch.tensor([[2, 3, 0, 0, 0, 0]] * 3)
    order = torch.rand(3, 16).argsort(1)
    assert torch.allclose(model(x, t, tokens), model(x, t, tokens, order))
    for block in model.blocks:
        torch.nn.init.normal_(block.offset, std=0.5)
    assert not torch.allclose(model(x, t, tokens), model(x, t, tokens, order))


def test_computing_blocks_once_more_changes_no_gradient():
    torch.manual_seed(0)
    model = Transformer(PLAN)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    x, t, tokens = torch.randn(3, 16, 4, 4), torch.rand(3), torch.tensor([[2, 3, 0, 0, 0, 0]] * 3)
    order, found = torch.rand(3, 16).argsort(1), []
    for sparing in (False, True):
        model.sparing = sparing
        model.zero_grad()
        model(x, t, tokens, order).square().mean().backward()
        found.append([weight.grad.clone() for weight in model.parameters() if weight.grad is not None])
    assert len(found[0]) > 20
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_padding_is_not_seen_and_words_are():
    torch.manual_seed(0)
    model = Transformer(PLAN)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    x, t = torch.randn(1, 16, 4, 4), torch.tensor([0.5])

    def said(*tokens):
        return model(x, t, torch.tensor([[*tokens, 0, 0, 0, 0][:6]]))

    one = said(2, 3)
    assert not torch.allclose(one, said(3, 2)), "word order counts"
    model.words.table.weight.data[0] += 5
    assert torch.allclose(one, said(2, 3), atol=1e-5), "what stands for padding does not"


def test_sampling_follows_a_straight_field_exactly():
    """For the velocity of one known picture, every solver arrives at it."""
    target = torch.randn(2, 16, 4, 4)

    class Straight(torch.nn.Module):
        def forward(self, x, t, tokens, order=None):
            return (x - target[: len(x)]) / t[:, None, None, None].clamp(min=1e-3)

    tokens = torch.zeros((2, 6), dtype=torch.long)
    found = sample(Straight(), tokens, torch.randn(2, 16, 4, 4), steps=6, guidance=1.0)
    assert torch.allclose(found, target, atol=1e-4)


def test_tuned_steps_come_nearer_to_many_than_eulers():
    """In a field that bends, three numbers a step find what Euler misses; without a free velocity there are two."""
    noise = torch.randn((6, 2, 3, 3), generator=torch.Generator().manual_seed(0))

    def velocity(x, t):
        told = 1.5 * x + 0.3
        return (told, None) if t > 0.9 else (told, 0.5 * x)

    times = (1.0, 0.6, 0.3, 0.0)
    goals = few.many(velocity, noise, times, 3.0, fine=40)
    numbers, far = few.tuned(velocity, goals, times, 3.0)
    assert [len(row) for row in numbers] == [3, 3, 3]
    assert numbers[0][2] == 0, "nobody guided there"
    assert max(far) < 0.02
    told, _ = velocity(noise, 1.0)
    assert float((noise - 0.4 * told - goals[1]).square().mean().sqrt()) > 0.05, "Euler is not there"


def test_latents_have_mean_zero_and_variance_one():
    torch.manual_seed(0)
    latents = Autoencoder(TINY).encode(torch.rand(2, 3, 32, 32) * 2 - 1)
    assert latents.shape == (2, 16, 4, 4)
    assert latents.mean(1).abs().max() < 1e-4
    assert (latents.var(1, unbiased=False) - 1).abs().max() < 0.01


def test_steps_are_orthogonal_and_the_pace_rises_stays_and_falls():
    torch.manual_seed(0)
    for rows, columns in ((8, 24), (24, 8)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(2, rows, columns)))
        assert values.min() > 0.5
        assert values.max() < 1.35
    pace = [pace_at(step, 1000) for step in range(1000)]
    assert pace[0] == 0.01
    assert max(pace) == pace[200] == pace[599] == 1.0
    assert pace[800] == pytest.approx(0.5)
    assert all(a >= b for a, b in pairwise(pace[600:]))


def test_the_mean_follows_and_every_weight_moves():
    torch.manual_seed(0)
    model = Transformer(PLAN)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    optimiser = Optimiser(model, Rates())
    assert len(optimiser.stacks) >= 3, "matrices of one shape go together"
    before = {name: weight.clone() for name, weight in optimiser.mean.items()}
    out = model(torch.randn(2, 16, 4, 4), torch.rand(2), torch.tensor([[2, 3, 4, 0, 0, 0]] * 2))
    out.square().mean().backward()
    optimiser.step(1.0)
    still = [name for name in before if torch.equal(before[name], optimiser.mean[name])]
    assert still == []


def test_drawings_are_laid_where_they_belong(canvas):
    batch = Source().batch(0, 16)
    pictures = canvas.paint(batch)
    colours = torch.tensor([[c >> 2 & 1, c >> 1 & 1, c & 1] for c in range(8)]) * 2.0 - 1
    for n, tokens in enumerate(batch.tokens):
        x = 24 if tokens[1] == 11 else 8
        assert torch.allclose(pictures[n, :, 16, x], colours[tokens[0] - 2], atol=0.02)
        assert torch.allclose(pictures[n, :, 16, SIDE - x], torch.tensor(128 / 127.5 - 1), atol=0.02)
    assert decibels(pictures, pictures) > 100


def test_checkpoints_are_read_by_the_usual_library_and_refuse_damage(tmp_path):
    numpy_reader = pytest.importorskip("safetensors.torch")
    tensors = {"a/x": torch.randn(3, 5), "b": torch.randn(300).to(torch.bfloat16), "c": torch.tensor([7])}
    checkpoint.keep(tmp_path / "one", tensors, {"step": 3}, most=1800)
    parts = sorted((tmp_path / "one").glob("*.safetensors"))
    assert len(parts) > 1
    assert all(part.stat().st_size <= 1800 for part in parts)
    foreign = {name: t for part in parts for name, t in numpy_reader.load_file(part).items()}
    found, facts = checkpoint.load(tmp_path / "one")
    assert facts["step"] == 3
    for name, tensor in tensors.items():
        assert torch.equal(found[name], tensor)
        assert torch.equal(foreign[name], tensor)
    parts[0].write_bytes(parts[0].read_bytes()[:-2])
    with pytest.raises(checkpoint.BadCheckpoint):
        checkpoint.load(tmp_path / "one")
    with pytest.raises(FileNotFoundError):
        checkpoint.load(tmp_path / "none")
    with pytest.raises(ValueError, match="larger"):
        checkpoint.keep(tmp_path / "two", {"a": torch.zeros(4000)}, {}, most=1800)


def test_a_checkpoint_is_whole_at_every_moment(tmp_path, monkeypatch):
    checkpoint.keep(tmp_path / "c", {"a": torch.zeros(2)}, {"step": 1})
    rename, calls = Path.rename, []

    def dying(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError("the machine is gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", dying)
    with pytest.raises(OSError, match="gone"):
        checkpoint.keep(tmp_path / "c", {"a": torch.ones(2)}, {"step": 2})
    assert checkpoint.exists(tmp_path / "c")
    assert checkpoint.load(tmp_path / "c")[1]["step"] == 1


def test_pictures_are_written_as_png():
    import io

    from PIL import Image

    sheet = contact_sheet(torch.linspace(-1, 1, 5 * 3 * 8 * 8).reshape(5, 3, 8, 8), 3)
    assert sheet.shape == (22, 32, 3)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(sheet)))), sheet)


def test_sizes_are_what_they_are_called():
    counts = {}
    for size in SIZES:
        counts[size] = sum(weight.numel() for weight in Transformer(plan_for(size, 8000, 24)).parameters()) / 1e6
    assert counts["tiny"] < 2
    assert 9 < counts["nano"] < 12
    assert 40 < counts["small"] < 52
    assert flops(plan_for("small", 8000, 24)) == pytest.approx(17e9, rel=0.1)
    whole, routed = (flops(plan_for("small", 8000, 24), routed=one) for one in (False, True))
    assert 0.6 < routed / whole < 0.7, "half of the cells skip eight blocks of twelve"


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA GeForce RTX 4090", 165e12),
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("a card that nobody has heard of", 0.0),
    ],
)
def test_devices_are_known_by_what_their_driver_calls_them(name, peak):
    assert peak_named(name) == peak


def test_the_part_of_the_device_that_was_used_is_written_down(canvas, tmp_path):
    train(learner(canvas), Source(), Course(4, 4, log_steps=2), tmp_path, peak=1e12)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row["mfu"] for row in rows] == [pytest.approx(row["tflops"]) for row in rows]
    assert all(row["mfu"] > 0 for row in rows)


def test_rates_do_not_pass_what_they_may(canvas, tmp_path):
    train(learner(canvas), Source(), Course(12, 2, log_steps=3, most=0.03), tmp_path)
    pace = [json.loads(line)["pace"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert pace == [0.03] * 4


def labels():
    """Colours are the concepts of this world; each drawing is one of them."""
    return evaluate.Labels(np.arange(1, 9), np.zeros(8, np.int64), np.zeros(8, np.int64), np.zeros(1, np.int64))


def test_a_recogniser_learns_what_is_there_and_where():
    corners = np.array([[r, g, b] for r in (0, 255) for g in (0, 255) for b in (0, 255)], np.uint8)
    drawings = np.full((8, 64, 64, 4), 255, np.uint8)
    drawings[..., :3] = corners[:, None, None]
    grey = np.full((1, 64, 64, 3), 128, np.uint8)
    canvas = Canvas(drawings, grey, grey, torch.device("cpu"))
    before = evaluate.Recogniser
    try:
        evaluate.Recogniser = lambda found: before(found, width=24)
        eye = evaluate.train_recogniser(canvas, Source(), labels(), 45, 8, lambda line: None)
    finally:
        evaluate.Recogniser = before
    asked = Source().batch(4321, 24)
    cases = [evaluate.Case("single", "en", "", ((int(t[0]) - 1, 1, 0),)) for t in asked.tokens]
    seen = evaluate.look(eye, canvas.paint(asked))
    assert evaluate.shares(seen, cases)["single"]["share"] > 0.8
    sides = [one.spots[0][1] > 0.5 for one, case in zip(seen, cases, strict=True) if one.spots]
    assert np.mean([side == (t[1] == 11) for side, t in zip(sides, asked.tokens, strict=False)]) > 0.9


@pytest.mark.parametrize(
    ("kind", "things", "more", "right"),
    [
        ("single", ((3, 1, 0),), {}, True),
        ("single", ((4, 1, 0),), {}, False),
        ("count", ((3, 2, 0),), {}, True),
        ("count", ((3, 3, 0),), {}, False),
        ("colour", ((3, 1, 2),), {}, True),
        ("colour", ((3, 1, 1),), {}, False),
        ("pair", ((3, 1, 0), (5, 1, 0)), {"relation": "and"}, True),
        ("pair", ((3, 1, 0), (6, 1, 0)), {"relation": "and"}, False),
        ("position", ((3, 1, 0), (5, 1, 0)), {"relation": "left"}, True),
        ("position", ((5, 1, 0), (3, 1, 0)), {"relation": "left"}, False),
        ("position", ((3, 1, 0), (5, 1, 0)), {"relation": "above"}, False),
        ("setting", ((3, 1, 0),), {"setting": 7}, True),
        ("setting", ((3, 1, 0),), {"setting": 8}, False),
        ("style", ((3, 1, 0),), {"style": 1}, True),
        ("style", ((3, 1, 0),), {"style": 0}, False),
    ],
)
def test_what_counts_as_right(kind, things, more, right):
    spots = ((3, 0.2, 0.6, 5, 2), (3, 0.3, 0.9, 4, 2), (5, 0.8, 0.4, 3, 0))
    assert evaluate.shows(evaluate.Seen(spots, 7, 1), evaluate.Case(kind, "en", "", things, **more)) is right


def test_cells_that_touch_are_one_thing():
    cells = np.zeros((8, 8), np.int64)
    cells[1:3, 1:3], cells[6, 6], cells[5, 5] = 4, 4, 9
    spots = evaluate._spots(cells, np.ones((8, 8), np.int64))
    assert [(spot[0], spot[3]) for spot in spots] == [(4, 4), (9, 1), (4, 1)]
    assert spots[0][1:3] == pytest.approx((0.25, 0.25))


def test_distances_are_nothing_for_the_same_and_grow():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(400, 5))
    a -= a.mean(0)
    assert evaluate.frechet(a, a) == pytest.approx(0, abs=1e-6)
    assert evaluate.frechet(a, a + 2) == pytest.approx(20, rel=1e-6)
    assert evaluate.frechet(a, 2 * a) == pytest.approx(float(np.trace(np.cov(a, rowvar=False))), rel=1e-6)
    pictures = torch.rand(3, 3, 4, 4)
    assert evaluate.nearest(pictures, torch.cat((pictures, pictures + 1))) == pytest.approx(0, abs=1e-3)
    assert evaluate.parity({"single": {"en": 0.9, "zh": 0.85}, "count": {"en": 0.5, "zh": 0.5}}) == pytest.approx(5)
    assert evaluate.variety([a, a]) == 0


def test_languages_are_compared_idea_by_idea():
    cases = [evaluate.Case("pair", language, "", ()) for _ in range(50) for language in ("en", "zh")]
    assert evaluate.languages([True] * 100, cases)["all"] == {"english_ahead": 0, "within": 0}
    one_ahead = evaluate.languages([True, False] * 5 + [True, True] * 45, cases)["pair"]
    assert one_ahead["english_ahead"] == 10
    assert 0 < one_ahead["within"] < 10, "only the five that differ say anything"
    assert evaluate.languages([False, True] * 50, cases)["all"]["english_ahead"] == -100


def test_exported_graphs_say_the_same_for_any_number(tmp_path):
    pytest.importorskip("onnx")
    ort = pytest.importorskip("onnxruntime")
    from pingxing.training.picture.export import graphs

    torch.manual_seed(0)
    model, decoder = Transformer(PLAN), Autoencoder(TINY)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    words, told, velocity, pictures = (ort.InferenceSession(path) for path in graphs(model, decoder, tmp_path))
    x, t, tokens = torch.randn(5, 16, 4, 4), torch.rand(5), torch.randint(0, WORDS, (5, 6))
    tokens[2] = torch.tensor([3, 5, 0, 0, 0, 0])
    said, pooled, hidden = words.run(None, {"tokens": tokens.numpy()})
    rows = [
        told.run(None, {"t": t[n : n + 1].numpy(), "said": said[n : n + 1], "pooled": pooled[n : n + 1]})
        for n in range(5)
    ]
    turned, heard = (np.concatenate(part) for part in zip(*rows, strict=True))
    several, _ = told.run(None, {"t": t.numpy(), "said": said[:1], "pooled": pooled[:1]})
    assert np.abs(several[0] - turned[0]).max() < 1e-4, "a row for each step"
    given = {"latents": x.numpy(), "turned": turned, "heard": heard, "hidden": hidden}
    (said,) = velocity.run(None, given)
    short = words.run(None, {"tokens": tokens[2:3, :2].numpy()})
    less = told.run(None, {"t": t[2:3].numpy(), "said": short[0], "pooled": short[1]})
    (alone,) = velocity.run(None, {"latents": x[2:3].numpy(), "turned": less[0], "heard": less[1], "hidden": short[2]})
    assert np.abs(alone[0] - said[2]).max() < 1e-4, "padding says nothing"
    (drawn,) = pictures.run(None, {"latents": x.numpy()})
    with torch.no_grad():
        assert np.abs(said - model(x, t, tokens).numpy()).max() < 1e-4
        assert np.abs(drawn - decoder.decode(x).clamp(-1, 1).numpy()).max() < 1e-4
    assert said.std() > 0.01
