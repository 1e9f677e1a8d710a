"""What the studio can say of each model that is served here, without loading any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pingxing.bootstrap import App
from pingxing.errors import PingxingError
from pingxing.types import Model


@runtime_checkable
class _Sampling(Protocol):
    @property
    def samplers(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A model as the studio offers it. `trouble` is why it cannot be asked now: its folder has gone, mostly."""

    card: Model
    samplers: tuple[str, ...] = ()
    trouble: PingxingError | None = None

    @property
    def name(self) -> str:
        return self.card.name


def offers(app: App) -> tuple[Offer, ...]:
    """All models, the default first."""
    return tuple(_offer(app, card) for card in sorted(app.models(), key=lambda card: card.name != app.registry.default))


def _offer(app: App, card: Model) -> Offer:
    backend = app.registry.backend(card.name)
    try:
        samplers = backend.samplers if isinstance(backend, _Sampling) else ()
    except PingxingError as error:
        return Offer(card, trouble=error)
    return Offer(card, samplers)


def chosen(all_of_them: tuple[Offer, ...], *, begins: bool, like: str = "") -> str:
    """The model that a fresh form has picked: where it begins with a picture one that can, `like` before others."""
    can = [offer for offer in all_of_them if offer.trouble is None and (offer.card.takes_picture or not begins)]
    same = [offer for offer in can if offer.name == like]
    return next((offer.name for offer in [*same, *can]), all_of_them[0].name)
