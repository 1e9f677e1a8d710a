"""The check that weighs a whole wording where no phrase gives it away. It asks a person, and never blocks by itself.

A small network over what words mean (network.py), trained by `pingxing.training.guard` on sentences that we wrote.
docs/cards/classifier.md says what it is good for and what not.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from pingxing.errors import BackendFailed
from pingxing.policy import disguise, views
from pingxing.policy.base import Subject, TextSubject
from pingxing.policy.network import HARM, Judged, Network
from pingxing.policy.risks import RiskLabel
from pingxing.policy.rules import Both, Strict
from pingxing.types import Finding

PACK = VIEW = "classifier"
MOST_WORDS = 2  # places in the text that are shown for one category
_ALSO = 0.5  # a second category is named where it is at least as likely as not
_HEAVY = 0.4  # a word is shown that weighs at least this part of the heaviest
_GAP = 2  # lighter words between two heavy ones that are shown with them: a phrase reads better than its splinters


class Category(Strict):
    """What a person is told who contests it; `rewrite` is a wish near the subject that passes."""

    labels: tuple[RiskLabel, ...]
    clause: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Both
    rewrite: Both


@dataclass(frozen=True, slots=True)
class _Loaded:
    network: Network
    categories: Mapping[str, Category]
    version: str


class ClassifierCheck:
    """Thread-safe; the weights (5 MB) are read at the first subject, in a tenth of a second."""

    name = PACK

    def __init__(self, weights: bytes | None = None) -> None:
        """`weights` replaces those that ship, for the recipe and for tests."""
        self._given = weights
        self._loaded: _Loaded | None = None
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """The digest of the weights and of the words that go with them."""
        return self._all().version

    def warm(self) -> None:
        self._all()

    def reads(self, subject: Subject) -> bool:
        # It learned from wishes: of prose, such as an article, it sends one paragraph in fifty to a person for nothing.
        # And what must not be drawn is named in a negative prompt: harmful words are in place there.
        return isinstance(subject, TextSubject) and subject.purpose == "prompt"

    def examine(self, subject: Subject) -> Sequence[Finding]:
        if not isinstance(subject, TextSubject):
            raise TypeError("the guard asks `reads` first")
        judged = self._worst(subject.text)
        if judged is None or judged[0].harm < judged[0].threshold:
            return ()
        return tuple(self._findings(subject.text, *judged))

    def rewrite(self, subject: Subject, findings: Sequence[Finding]) -> str | None:
        """What the category of the first finding of this check suggests, in the language of the text."""
        mine = [found for found in findings if found.pack == PACK]
        if not mine or not isinstance(subject, TextSubject):
            return None
        chinese = any("\u3400" <= character <= "\u9fff" for character in subject.text)
        return self._all().categories[mine[0].category].rewrite.of("zh" if chinese else "en")

    def probabilities(self, text: str) -> dict[str, float]:
        """Of each category, and under "harm" of any at all; empty where there is nothing to read."""
        judged = self._worst(text)
        return judged[0].probabilities if judged else {}

    # --- inside ----------------------------------------------------------------------------------

    def _worst(self, text: str) -> tuple[Judged, views.View] | None:
        """The reading of the text that looks worst: as it stands, or with a disguise taken off."""
        network = self._all().network
        read = [(network.vocabulary.read(view.text), view) for view in _readings(text)]
        different = {tokens.ids.tobytes(): (tokens, view) for tokens, view in reversed(read)}
        judged_views = [(network.weigh(tokens), view) for tokens, view in reversed(different.values())]
        found = [(judged, view) for judged, view in judged_views if judged is not None]
        return max(found, key=lambda pair: pair[0].harm - pair[0].threshold, default=None)

    def _findings(self, text: str, judged: Judged, view: views.View) -> Iterator[Finding]:
        loaded = self._all()
        likely = sorted((name for name in judged.probabilities if name != HARM), key=lambda n: -judged.probabilities[n])
        base = views.based(text)
        for place, name in enumerate(likely[:2]):
            if place and judged.probabilities[name] < _ALSO:
                continue
            category = loaded.categories[name]
            for start, end in _heaviest(loaded.network.weights(judged, name))[: 1 if place else MOST_WORDS]:
                yield Finding(
                    rule=name,
                    pack=PACK,
                    version=loaded.version,
                    category=name,
                    span=base.span(*view.span(start, end)),
                    view=VIEW,
                    action="review",
                    reason_en=category.reason.en,
                    reason_zh=category.reason.zh,
                    clause=category.clause,
                )

    def _all(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._given)
            return self._loaded


def _load(given: bytes | None) -> _Loaded:
    data = files(__package__) / "data"
    try:
        weights = given if given is not None else (data / "classifier.npz").read_bytes()
        text = (data / "classifier.yaml").read_bytes()
        categories = {name: Category(**row) for name, row in yaml.safe_load(text).items()}
    except (OSError, ValidationError, yaml.YAMLError) as fault:
        raise BackendFailed("check", check=PACK) from fault
    network = Network.read(weights)
    if missing := set(network.labels) - {HARM} - set(categories):
        raise BackendFailed("check", check=f"{PACK}: {', '.join(sorted(missing))}")
    digest = hashlib.sha256(weights + text).hexdigest()[:12]
    return _Loaded(network, MappingProxyType(categories), f"words-{digest}")


def _readings(text: str) -> Iterator[views.View]:
    """The light text, whose places `views.based` leads back, and what is left of it without a disguise."""
    light = views.light(text)
    plain = disguise.identity("base", views.spaced(light))
    yield plain
    tight = disguise.tight(light)
    if tight is not None:
        yield tight
    compact = tight or plain
    yield from disguise.bare(compact)
    for reading in (disguise.squeezed(compact), disguise.assembled(compact)):
        if reading is not None:
            yield reading


def _heaviest(words: Sequence[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """Spans of the words that weighed most, near ones together, heaviest first; never none."""
    least = max(weight for weight, _, _ in words) * _HEAVY
    heavy = [place for place, (weight, _, _) in enumerate(words) if 0 < weight >= least]
    if not heavy:  # nothing speaks for it by itself: the whole window does
        return [(words[0][1], words[-1][2])]
    groups = [[heavy[0]]]
    for place in heavy[1:]:
        if place - groups[-1][-1] <= _GAP + 1:
            groups[-1].append(place)
        else:
            groups.append([place])
    groups.sort(key=lambda group: (-sum(words[place][0] for place in group), group[0]))
    return [(words[group[0]][1], words[group[-1]][2]) for group in groups]
