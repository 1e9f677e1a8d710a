"""What the pages can say of each model that is served here, without loading any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from pingxing.bootstrap import App, shelf
from pingxing.engine.backends.diffusion.folder import ALONE
from pingxing.engine.kinds import inspect
from pingxing.engine.shelf import Joined, Shelved
from pingxing.errors import NotFound, PingxingError
from pingxing.types import Model, Request

Bytes = Literal["here", "changed", "missing"]


@runtime_checkable
class _Sampling(Protocol):
    @property
    def samplers(self) -> tuple[str, ...]: ...


_GUIDANCE = {"weak": 1.0, "usual": None, "strong": 2.0}


@dataclass(frozen=True, slots=True)
class Offer:
    """A model as the studio offers it. `trouble` is why it cannot be asked now: its folder has gone, mostly.

    `avoids` says under which guidance it reads what must not appear: "weak" (1), "usual" (nothing said), "strong" (2).
    `varies`: whether it hears how much of a picture that it begins with may change.
    """

    card: Model
    samplers: tuple[str, ...] = ()
    trouble: PingxingError | None = None
    avoids: tuple[str, ...] = tuple(_GUIDANCE)
    varies: bool = True

    @property
    def name(self) -> str:
        return self.card.name


@dataclass(frozen=True, slots=True)
class Held:
    """A model as its operator sees it. `record` is the shelf's; None for what comes with the house."""

    offer: Offer
    record: Shelved | None
    additions: tuple[Joined, ...]
    state: Bytes  # of its files, by their sizes and headers; every byte is read on demand only
    default: bool

    @property
    def card(self) -> Model:
        return self.offer.card

    @property
    def loaded(self) -> bool:
        """Whether its weights lie on the device now; what comes with the house is always ready."""
        return self.record is None if self.card.plan is None else self.card.plan.loaded

    @property
    def shares(self) -> bool:
        """Whether pictures of different people share its steps."""
        return self.record is not None and self.record.family != ALONE


def offers(app: App) -> tuple[Offer, ...]:
    """All models, the default first."""
    return tuple(_offer(app, card) for card in sorted(app.models(), key=lambda card: card.name != app.registry.default))


def _offer(app: App, card: Model) -> Offer:
    backend = app.registry.backend(card.name)
    try:
        samplers = backend.samplers if isinstance(backend, _Sampling) else ()
        avoids = tuple(name for name, value in _GUIDANCE.items() if _avoids(app, card, value))
        begun = Request(prompt="-", model=card.name, init_image="0" * 32, strength=0.5)
        varies = "strength" not in app.registry.unheeded(begun)
    except PingxingError as error:
        return Offer(card, trouble=error)
    return Offer(card, samplers, avoids=avoids, varies=varies)


def _avoids(app: App, card: Model, guidance: float | None) -> bool:
    asked = Request(prompt="-", negative="-", model=card.name, guidance=guidance)
    return "negative" not in app.registry.unheeded(asked)


def chosen(every: Sequence[Offer], *, begins: bool, like: str = "") -> str:
    """The model that a fresh form has picked: where it begins with a picture one that can, `like` before others."""
    can = [offer for offer in every if offer.trouble is None and (offer.card.takes_picture or not begins)]
    same = [offer for offer in can if offer.name == like]
    return next((offer.name for offer in [*same, *can]), every[0].name)


def held(app: App) -> tuple[Held, ...]:
    """All models with what the shelf knows of them."""
    kept = shelf(app.settings)
    joined = kept.additions()
    return tuple(
        Held(
            offer=offer,
            record=(record := _record(app, offer.name)),
            additions=tuple(one for one in joined if offer.name in one.bases),
            state="here" if record is None else state_of(record),
            default=offer.name == app.registry.default,
        )
        for offer in offers(app)
    )


def state_of(record: Shelved) -> Bytes:
    """Whether its files are there and as long as they were. Reads headers only."""
    try:
        return "here" if inspect(record.path).size_bytes == record.size_bytes else "changed"
    except NotFound:
        return "missing"
    except PingxingError:
        return "changed"


def _record(app: App, name: str) -> Shelved | None:
    kept = shelf(app.settings)
    return kept.get(name) if name in kept.names() else None
