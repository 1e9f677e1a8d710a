"""One subject, many situations, a folder for each platform that can be uploaded as it is.

    wish -> situations (ideas.py) -> wishes at each platform's sizes -> the one way (batch.py) -> files -> judging.py

Pictures that came out alike are replaced by the next situation, so that a reviewer does not have to. A checkpoint is
asked for the subject on a plain ground, always with the same words of style and the same seed, so that it stays the
same one; it is cut out then, and its words are set over it (`engine.cutting`). Where its pictures are too alike, it
gets other seeds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from pingxing.desk import Desk
from pingxing.errors import InvalidRequest, PingxingError
from pingxing.house import House
from pingxing.i18n import say
from pingxing.makers.batch import Failed, Made, make
from pingxing.makers.facts import Facts, facts
from pingxing.makers.folder import WORDS_FILE, Sticker, Words, open_pack
from pingxing.makers.formats import Platform, Role, Shape
from pingxing.makers.ideas import Paints, Situation, directed, paints_of, situations, understood
from pingxing.makers.judging import Finding, judge, over_white
from pingxing.makers.movement import given_up, motion_for
from pingxing.makers.pieces import File, OnFile, Set, put, write
from pingxing.makers.ties import Ties
from pingxing.policy.hashes import NEAR, hash_of
from pingxing.store.blobs import storage_failed
from pingxing.types import MAX_SEED, Actor, Format, Language, MotionName, Request

DEFAULT_COUNT = 16
_STYLE, _BARE = "sticker", "flat"  # the same art, with and without the white stroke
_TURNS = 3  # seeds that a checkpoint gets, where all situations with one seed look too much alike
_WORDY = 8  # characters that an English meaning word takes


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of the maker. `model` and `seed` as in a Request; the seed stays the same for the whole set, so
    that the subject does."""

    wish: str
    platforms: tuple[Platform, ...]
    count: int | None = None
    model: str = ""
    seed: int = 0
    moving: bool = False  # always so for platforms that take nothing that stands still


@dataclass(frozen=True, slots=True)
class _Plan:
    subject: str
    count: int
    language: Language


@dataclass(frozen=True, slots=True)
class _Shown:
    """One sticker that is there: its file, what it shows, and the seed that it was made with."""

    name: str
    situation: Situation
    seed: int


@dataclass(slots=True)
class _Bench:
    house: House
    desk: Desk
    actor: Actor
    order: Order
    plan: _Plan
    ties: Ties | None
    files: list[File] = field(default_factory=list)

    @property
    def paints(self) -> Paints:
        """Whether the engine is a checkpoint, whose things the house cuts out."""
        registry = self.house.registry
        return paints_of(registry.backend(self.order.model or registry.default).model)

    def prompt(self, one: Situation) -> str:
        subject, language = self.plan.subject, self.plan.language
        return self.worded(one.painted(subject, language) if self.paints else one.prompt(subject, language))

    def caption(self, one: Situation) -> str:
        """The word that is set over a painting; an engine that composes writes it on a thing in the picture."""
        return one.word.in_(self.plan.language) if self.paints and one.said and self._sets else ""

    @property
    def _sets(self) -> bool:
        """Whether there is an engine here that sets words."""
        return self.house.registry.mounting() is not None

    def worded(self, wish: str) -> str:
        """With the words of style that keep a checkpoint's set together; others know their style by name."""
        return directed("makers.stickers.painted", wish, self.paints) if self.paints else wish


def plan(order: Order) -> _Plan:
    """Raises InvalidRequest for a wish without a subject, a count that a platform does not take or nobody can draw,
    and platforms without stickers, or without moving ones where those are asked for."""
    subject, said, language = understood(order.wish)
    asked = said if order.count is None else order.count
    count = _usual(order.platforms) if asked is None else asked
    for platform in order.platforms:
        role = platform.roles.get("sticker")
        if role is None:
            raise InvalidRequest("no_stickers", member="platform", platform=platform.name)
        if order.moving and role.moving is None:
            raise InvalidRequest("no_moving", member="moving", platform=platform.name)
        if count < 1 or (platform.count and not platform.count.allows(count)):
            wanted = str(platform.count or f"1-{len(situations())}")
            raise InvalidRequest("sticker_count", member="count", platform=platform.name, wanted=wanted)
    if count > len(situations()):
        raise InvalidRequest("too_many_stickers", member="count", limit=len(situations()))
    return _Plan(subject, count, language)


def files_of(order: Order) -> int:
    """How many files it will be, `pack.json` and ZIP not counted. Raises as `plan` does."""
    planned = plan(order)
    return sum(_files_of(platform, planned.count) for platform in order.platforms)


def make_stickers(
    house: House, desk: Desk, actor: Actor, order: Order, out: Path, on_file: OnFile, ties: Ties | None = None
) -> Set:
    """Folders `out/<platform>` with everything that is uploaded, and `out/<platform>.zip` beside each.

    What was made stays when something later fails or is interrupted. Raises InvalidRequest (see `plan`), Refused where
    the subject itself is stopped, what made the first picture fail, StorageFailed.
    """
    bench = _Bench(house, desk, actor, order, plan(order), ties)
    findings: list[tuple[str, Finding]] = []
    total = files_of(order)
    for platform in order.platforms:
        folder = out / platform.name
        shown = _stickers(bench, platform, folder, lambda file: on_file(len(bench.files), total, file))
        _others(bench, platform, folder, shown, lambda file: on_file(len(bench.files), total, file))
        _words(folder, platform, bench.plan, shown, house.settings.name)
        _zip(folder)
        pack = open_pack(folder, platform)
        findings += [(platform.name, one) for one in (*judge(pack, platform), *given_up(pack, platform))]
    return Set(tuple(bench.files), tuple(findings))


def _usual(platforms: Sequence[Platform]) -> int:
    """The number nearest to sixteen that every platform takes."""
    near = sorted(range(1, len(situations()) + 1), key=lambda number: abs(number - DEFAULT_COUNT))
    good = (n for n in near if all(platform.count is None or platform.count.allows(n) for platform in platforms))
    found = next(good, None)
    if found is None:
        raise InvalidRequest("no_common_count", member="count")
    return found


def _files_of(platform: Platform, count: int) -> int:
    return sum(count if role.folder or name == "sticker" else 1 for name, role in platform.roles.items())


# --- wishes --------------------------------------------------------------------------------------


def _wish(
    bench: _Bench, prompt: str, role: Role, move: MotionName | None = None, seed: int | None = None, caption: str = ""
) -> Request:
    """`move` for what is to move; what a platform takes only moving does so anyway. `seed`: another than the set's.
    `caption`: what a painter's picture says."""
    moves = role.moving is not None and (move is not None or role.still is None)
    shape = role.shape(moves=moves)
    width, height = _size(shape)
    clear = shape.ground != "full"
    return Request(
        prompt=prompt,
        model=bench.order.model,
        seed=bench.order.seed if seed is None else seed,
        width=width,
        height=height,
        style=_style(bench, _BARE if shape.stroke == "none" else _STYLE),
        negative=say(bench.plan.language, "makers.stickers.painted.not") if bench.paints is True else "",
        transparent=clear,
        caption=caption if clear else "",
        stroke=bool(bench.paints) and clear and shape.stroke != "none",
        margin=shape.margin if clear else 0,
        motion=motion_for(shape, move or "bounce") if moves else None,
        format=Format.PNG if moves else next(Format(kind) for kind in shape.kinds if kind in set(Format)),
    )


def _style(bench: _Bench, wanted: str) -> str:
    """A style of the model's; a checkpoint has none, and draws as its prompt says."""
    registry = bench.house.registry
    return wanted if wanted in registry.backend(bench.order.model or registry.default).model.styles else ""


def _size(shape: Shape) -> tuple[int, int]:
    if shape.sizes:
        return shape.sizes[0]
    if shape.longest:
        return shape.longest, shape.longest
    return shape.within or (512, 512)


# --- the stickers --------------------------------------------------------------------------------


def _stickers(bench: _Bench, platform: Platform, folder: Path, told: Callable[[File], None]) -> tuple[_Shown, ...]:
    """Makes them, `count` that differ."""
    role = platform.roles["sticker"]
    suffix = _suffix(_wish(bench, "x", role, _move(bench, None)))
    shown: list[_Shown] = []
    seen: list[int] = []
    left = _tries(bench, shown)
    first: PingxingError | None = None
    while len(shown) < bench.plan.count:
        batch = [one for _, one in zip(range(bench.plan.count - len(shown)), left, strict=False)]
        if not batch:
            raise first or InvalidRequest("too_alike", member="count", limit=len(shown))
        wishes = (
            ((one, seed), _wish(bench, bench.prompt(one), role, _move(bench, one), seed, bench.caption(one)))
            for one, seed in batch
        )
        for answer in make(bench.house, bench.desk, bench.actor, wishes, bench.ties):
            situation, seed = answer.key
            if isinstance(answer, Failed):
                first = first or answer.error
                if not shown:
                    raise answer.error  # the subject itself: nothing else would pass either
                continue
            if any(one.situation == situation for one in shown) or _alike(answer.data, seen):
                continue
            name = f"{len(shown) + 1:02}.{suffix}"
            shown.append(_Shown(name, situation, seed))
            told(_put(bench, folder / name, "sticker", answer))
    return tuple(shown)


def _tries(bench: _Bench, shown: Sequence[_Shown]) -> Iterator[tuple[Situation, int]]:
    """Every situation with the set's seed; of a checkpoint, those that are not there yet with others after that."""
    for turn in range(_TURNS if bench.paints else 1):
        for one in situations():
            if all(one != there.situation for there in shown):
                yield one, (bench.order.seed + turn) % (MAX_SEED + 1)


def _move(bench: _Bench, one: Situation | None) -> MotionName | None:
    return None if not bench.order.moving else one.motion if one else "bounce"


def _suffix(wish: Request) -> str:
    kind = wish.motion.form if wish.motion else wish.format.value
    return {"jpeg": "jpg", "apng": "png"}.get(kind, kind)


def _alike(data: bytes, seen: list[int]) -> bool:
    """Whether one that is there already looks the same; if not, remembers this one."""
    found: Facts = facts(data)
    here = int(hash_of(over_white(found)).hex, 16)
    if any((here ^ there).bit_count() <= NEAR for there in seen):
        return True
    seen.append(here)
    return False


# --- what goes with them -------------------------------------------------------------------------


def _others(
    bench: _Bench,
    platform: Platform,
    folder: Path,
    shown: Sequence[_Shown],
    told: Callable[[File], None],
) -> None:
    """Cover, icon, banner, thumbnails: the same things at their own sizes."""
    wishes = list(_other_wishes(bench, platform, shown))
    for answer in make(bench.house, bench.desk, bench.actor, wishes, bench.ties):
        name, role = answer.key
        if isinstance(answer, Failed):
            raise answer.error
        told(_put(bench, folder / name, role, answer))


def _other_wishes(
    bench: _Bench, platform: Platform, shown: Sequence[_Shown]
) -> Iterator[tuple[tuple[str, str], Request]]:
    subject, language = bench.plan.subject, bench.plan.language
    for name, role in platform.roles.items():
        if role.folder:
            for one in shown:
                stem = Path(one.name).stem
                yield (
                    (f"{role.folder}/{stem}.png", name),
                    _wish(bench, bench.prompt(one.situation), role, None, one.seed, bench.caption(one.situation)),
                )
        elif role.drawn:
            wish = _wish(bench, say(language, "makers.stickers.banner", subject=subject), role)
            told = {"style": _style(bench, _BARE), "transparent": False, "stroke": False, "negative": "", "margin": 0}
            told["enlarge"] = bool(bench.paints)
            yield (f"{role.file}.png", name), wish.model_copy(update=told)
        elif role.file:
            yield (role.file, name), _wish(bench, bench.worded(subject), role)


# --- files ---------------------------------------------------------------------------------------


def _put(bench: _Bench, path: Path, role: str, made: Made[tuple[Situation, int]] | Made[tuple[str, str]]) -> File:
    bench.files.append(put(path, role, made.receipt.id, made.data))
    return bench.files[-1]


def _words(folder: Path, platform: Platform, plan: _Plan, shown: Sequence[_Shown], maker: str) -> None:
    """What a person types on the platform: a first proposal, within its limits."""
    title = say(plan.language, "makers.stickers.title", subject=plan.subject)
    intro = say(plan.language, "makers.stickers.intro", subject=plan.subject, number=len(shown))
    most = {name: rule.most for name, rule in platform.texts.items()}
    # Where a meaning may have four characters, only Chinese says anything in them.
    language: Language = plan.language if most.get("meaning", 100) > _WORDY else "zh"
    words = Words(
        name=title[: most.get("name", 100)],
        intro=intro[: most.get("intro", 1_000)],
        copyright=maker[: most["copyright"]] if "copyright" in most else "",
        publisher=maker if "publisher" in most else "",
        stickers=tuple(
            Sticker(file=one.name, meaning=one.situation.word.in_(language), emoji=one.situation.emoji) for one in shown
        ),
    )
    text = json.dumps(words.model_dump(mode="json"), ensure_ascii=False, indent=2)
    write(folder / WORDS_FILE, text.encode())


def _zip(folder: Path) -> None:
    """Everything in the folder."""
    try:
        inside = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.startswith(".")]
        with folder.with_suffix(".zip").open("wb") as target:
            packed(target, ((file.relative_to(folder).as_posix(), file.read_bytes()) for file in inside))
    except OSError as error:
        raise storage_failed(error) from error


def packed(target: IO[bytes], files: Iterable[tuple[str, bytes]]) -> None:
    """A ZIP of these, in order and without a clock: the same files are the same bytes."""
    with ZipFile(target, "w", ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
