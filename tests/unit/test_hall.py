"""Which device a picture is made on: arithmetic, without a process."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path

import pytest

from pingxing.engine.backends.apart.hall import Hall
from pingxing.engine.backends.apart.workshop import Workshop
from pingxing.settings import load


@dataclass(slots=True, eq=False, weakref_slot=True)
class Piece:
    left: int = 100
    life: int = 0
    place: Workshop | None = None


def hall(count: int = 2) -> Hall:
    return Hall([Workshop(("true",)) for _ in range(count)])


def places(made: Hall, name: str, pieces: list[Piece]) -> list[int]:
    made.share(name, pieces)
    return [made.workshops.index(piece.place) for piece in pieces if piece.place is not None]


def begin(piece: Piece) -> None:
    assert piece.place is not None
    piece.place.life = piece.life = 1


def test_pictures_are_shared_out_evenly() -> None:
    made = hall(3)
    assert places(made, "dream", [Piece() for _ in range(7)]) == [0, 1, 2, 0, 1, 2, 0]


def test_a_large_picture_weighs_as_much_as_many_small_ones() -> None:
    assert places(hall(), "dream", [Piece(400), *(Piece(100) for _ in range(4))]) == [0, 1, 1, 1, 1]


def test_who_has_the_model_comes_first_and_an_idle_device_before_a_queue() -> None:
    made = hall()
    made.workshops[1].loaded = frozenset({"dream"})
    first, second = Piece(), Piece()
    assert places(made, "dream", [first]) == [1]
    assert places(made, "dream", [first, second]) == [1, 0], "the idle one takes a second copy"
    other = Piece()
    assert places(made, "other", [other]) == [0], "of two that are equally far from done, the first"


def test_a_device_with_work_of_others_is_no_place_for_a_second_copy() -> None:
    made = hall()
    made.workshops[0].loaded, made.workshops[1].loaded = frozenset({"dream"}), frozenset({"other"})
    kept = Piece(10)
    made.share("other", [kept])
    assert kept.place is made.workshops[1]
    assert places(made, "dream", [Piece() for _ in range(4)]) == [0, 0, 0, 0]


def test_what_was_begun_stays_and_what_was_not_moves_to_where_it_is_calm() -> None:
    made = hall()
    held, waiting = [Piece(), Piece()], [Piece(), Piece()]
    assert places(made, "dream", [*held, *waiting]) == [0, 1, 0, 1]
    for piece in held:
        begin(piece)
    held[1].left = 0  # done
    assert places(made, "dream", [*held, *waiting]) == [0, 1, 1, 0]
    waiting[1].left = 1
    held[0].left = 500
    assert places(made, "dream", [*held, *waiting]) == [0, 1, 1, 1]


def test_what_lay_in_a_child_that_died_may_go_elsewhere() -> None:
    made = hall()
    piece = Piece()
    made.share("dream", [piece])
    begin(piece)
    made.workshops[0].life = 2  # another child, which has never heard of it
    busy = Piece(1_000)
    busy.place = made.workshops[0]
    made.workshops[0].take_on("dream", busy)
    made.workshops[1].loaded = frozenset({"dream"})
    assert places(made, "dream", [piece]) == [1]
    assert piece.life == 0


def test_what_nobody_wants_weighs_nothing() -> None:
    made = hall()
    pieces = [Piece(), Piece()]
    made.share("dream", pieces)
    assert [workshop.load for workshop in made.workshops] == [100, 100]
    del pieces[0]
    gc.collect()
    assert [workshop.load for workshop in made.workshops] == [0, 100]


def test_a_device_whose_room_another_model_waits_for_takes_no_new_ones() -> None:
    made = hall()
    for workshop in made.workshops:
        workshop.loaded = frozenset({"dream"})
        workshop.floor._stay_s = 0.0
    made.workshops[0].floor.stand("other")
    assert places(made, "dream", [Piece(), Piece()]) == [1, 1]
    assert not made.wanted("dream")
    made.workshops[1].floor.stand("other")
    assert made.wanted("dream")
    assert places(made, "dream", [Piece(), Piece()]) == [0, 1]


def test_further_devices_are_heard_of_from_the_first_child() -> None:
    named: list[str] = []

    def make(device: str) -> Workshop:
        named.append(device)
        return Workshop(("true",), device=device)

    made = Hall([Workshop(("true",))], make)
    made.enter()
    assert len(made.workshops) == 1
    made.workshops[0].others = ("cuda:1", "cuda:2")
    assert len(made.workshops) == len(made.workshops) == 3
    assert named == ["cuda:1", "cuda:2"]
    assert [workshop._users for workshop in made.workshops] == [1, 1, 1]


def test_devices_are_named_in_the_settings() -> None:
    from pingxing.bootstrap import devices

    assert devices(load({}, devices="")) == ()
    assert devices(load({"PINGXING_DEVICES": "cuda:0, cuda:1,cpu"})) == ("cuda:0", "cuda:1", "cpu")
    made = Hall.of(("cpu", "cpu", "cuda:0"), memory=7)
    assert [workshop._command[-4:] for workshop in made.workshops] == [
        ("--memory", "7", "--device", device) for device in ("cpu", "cpu", "cuda:0")
    ]
    threads = [(workshop._environment or {}).get("OMP_NUM_THREADS") for workshop in made.workshops]
    assert threads[0] == threads[1] is not None
    assert made.workshops[2]._environment is None
    assert Hall.of().workshops[0]._command[-1].endswith("child")


@pytest.mark.parametrize("wrong", ["cuda:", "cuda;1", "gpu 1", ",", "cuda:0,"])
def test_devices_that_are_none_are_a_mistake(wrong: str) -> None:
    from pingxing.errors import BadSettings

    with pytest.raises(BadSettings, match="devices"):
        load({}, devices=wrong)


@pytest.mark.parametrize("recording", [False, True])
def test_whether_calls_are_recorded_reaches_every_model_of_every_device(recording: bool, tmp_path: Path) -> None:
    from pingxing.engine.backends.apart.child import Bench
    from pingxing.engine.backends.diffusion.backend import DiffusionBackend

    assert load({}).record_calls is False
    for made in (Hall.of(("cuda:0", "cuda:1"), recording=recording), Hall.of(recording=recording)):
        made.workshops[0].others = () if len(made.workshops) == 2 else ("cuda:1",)
        assert ["--recording" in workshop._command for workshop in made.workshops] == [recording] * 2
    bench = Bench(recording=recording)
    card = {"name": "dream", "family": "sd", "media": ["image"], "licence": "", "lineage": "", "sha256": "0" * 64}
    head = {"model": card | {"size_bytes": 0, "formats": ["png"]}, "folder": str(tmp_path), "isolation": "shared"}
    served = bench._model(head)
    assert isinstance(served, DiffusionBackend)
    assert served.recording is recording
