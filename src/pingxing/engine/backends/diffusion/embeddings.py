"""Textual inversions (Gal et al. 2022): words whose meaning was learned, as vectors for the text encoders.

Neither tokenizer nor encoder is changed. While a prompt that names such a word is read, copies of the tokenizers know
it, and the vectors stand in for what the encoder's table would give; afterwards everything is as it was.
"""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion.extras import Extra, word
from pingxing.engine.backends.diffusion.folder import Checkpoint
from pingxing.engine.backends.diffusion.tensors import Held, held
from pingxing.errors import InvalidRequest, UnreadableFile

if TYPE_CHECKING:
    from torch import Tensor

_PARTS = {"clip_l": "text_encoder", "clip_g": "text_encoder_2", "emb_params": "text_encoder"}
_FIRST = 0xE000  # Unicode's private use area: one letter stands for one vector, so no cut goes through it
_LAST = 0xF8FF
_KEPT = 8  # tokenizers with words in them
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Vectors:
    """What a file holds for each text encoder: encoder -> name in the file, number of vectors."""

    parts: Mapping[str, tuple[str, int]]
    width: int  # of a vector, over all encoders

    @property
    def count(self) -> int:
        return max(count for _, count in self.parts.values())


def inspect(checkpoint: Checkpoint, file: Path, found: Held) -> Vectors:
    """Raises InvalidRequest naming the key that does not fit the encoder it is meant for."""
    parts: dict[str, tuple[str, int]] = {}
    width = 0
    for key, entry in found.entries.items():
        part = _PARTS.get(key, "text_encoder")
        config = checkpoint.config(part)
        wide = config.get("hidden_size", config.get("d_model"))
        if checkpoint.part(part) is None or wide is None or key == "t5xxl":
            raise InvalidRequest("adapter_key", key=key, file=file.name)
        if entry.shape[-1] != wide:
            shapes = {"found": str(entry.shape), "wanted": f"(…, {wide})"}
            raise InvalidRequest("adapter_shape", key=key, file=file.name, **shapes)
        parts[part] = key, entry.shape[0] if len(entry.shape) == 2 else 1
        width += entry.shape[-1]
    return Vectors(parts, width)


def named(found: Held, file: Path) -> str:
    """The word that the file itself gives: its key, as diffusers writes it, or its own name, as A1111 does."""
    key = next(iter(found.entries))
    return file.stem if key in _PARTS or key == "t5xxl" else key


def check_word(checkpoint: Checkpoint, trigger: str) -> None:
    """Raises InvalidRequest for a word that cannot be one, or that every tokenizer knows and so everybody writes."""
    plain = 2 <= len(trigger) <= _LONGEST and trigger.isprintable() and not any(letter.isspace() for letter in trigger)
    if not plain or any(_FIRST <= ord(letter) <= _LAST for letter in trigger):
        raise InvalidRequest("trigger", value=trigger[:_LONGEST])
    for part in checkpoint.parts:
        if part.kind.endswith(("Tokenizer", "TokenizerFast")):
            known = _vocabulary(checkpoint.folder / part.name)
            if trigger in known or f"{trigger.lower()}</w>" in known or trigger.lower() in known:
                raise InvalidRequest("trigger_known", value=trigger)


def _vocabulary(folder: Path) -> frozenset[str]:
    """The whole words that a tokenizer knows, as far as its files say so in plain text."""
    if (folder / "vocab.txt").is_file():
        return frozenset((folder / "vocab.txt").read_text("utf-8", errors="replace").splitlines())
    for name in ("vocab.json", "tokenizer.json"):
        if (folder / name).is_file():
            try:
                told = json.loads((folder / name).read_text("utf-8"))
                told = told["model"]["vocab"] if name == "tokenizer.json" else told
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise UnreadableFile("model_file", file=f"{folder.name}/{name}") from error
            # Unigram lists pairs of a piece and its weight, the others map a piece to its number.
            return frozenset(one[0] if isinstance(one, list) else one for one in told)
    return frozenset()


@dataclass(frozen=True, slots=True)
class _Word:
    """One embedding in a prompt: the letters that stand for its vectors, and these by encoder."""

    trigger: str
    letters: str
    vectors: Mapping[str, Tensor]  # (vectors, width)


class Reading:
    """Lets the text encoders of one loaded pipeline read words that they do not know. One call at a time."""

    def __init__(self, checkpoint: Checkpoint, pipeline: Any) -> None:
        self._checkpoint, self._pipeline = checkpoint, pipeline
        self._tokenizers: OrderedDict[tuple[str, int], Any] = OrderedDict()

    @contextmanager
    def of(self, extras: Sequence[Extra]) -> Iterator[_Spelling]:
        """Within, encode what `spelled` makes of a prompt. Raises as `inspect` does for a file that has changed."""
        words, at = [], _FIRST
        for extra in extras:
            vectors = self._vectors(extra)
            letters = "".join(chr(at + i) for i in range(max(len(one) for one in vectors.values())))
            words.append(_Word(extra.addition.trigger, letters, vectors))
            at += len(letters)
        spelling = _Spelling(tuple(words))
        if not words:
            yield spelling
            return
        parts = [part.name for part in self._checkpoint.parts if part.name.startswith("tokenizer")]
        before = {name: getattr(self._pipeline, name) for name in parts}
        hooks: list[Any] = []
        try:
            for name, tokenizer in before.items():
                encoder = name.replace("tokenizer", "text_encoder")
                reader = self._reader(name, tokenizer, spelling, encoder)
                # Past the pipeline's own bookkeeping: what it writes down of itself must not change.
                self._pipeline.__dict__[name] = reader
                if any(encoder in one.vectors for one in words):
                    table = getattr(self._pipeline, encoder).get_input_embeddings()
                    hooks.append(table.register_forward_hook(reader.put))
            yield spelling
        finally:
            for hook in hooks:
                hook.remove()
            self._pipeline.__dict__.update(before)

    def _reader(self, name: str, tokenizer: Any, spelling: _Spelling, encoder: str) -> _Tokenizer:
        from tokenizers import AddedToken

        count = len(spelling.letters)
        kept = (name, count)
        if kept not in self._tokenizers:
            made = copy.deepcopy(tokenizer)
            made.add_tokens([AddedToken(chr(_FIRST + i), normalized=False, special=False) for i in range(count)])
            self._tokenizers[kept] = made
            if len(self._tokenizers) > _KEPT:
                self._tokenizers.popitem(last=False)
        self._tokenizers.move_to_end(kept)
        return _Tokenizer(self._tokenizers[kept], spelling, encoder)

    def _vectors(self, extra: Extra) -> dict[str, Tensor]:
        from safetensors.torch import load_file

        found = inspect(self._checkpoint, extra.path, held(extra.path))
        there = load_file(extra.path)
        return {part: there[key].reshape(count, -1) for part, (key, count) in found.parts.items()}


@dataclass(frozen=True, slots=True)
class _Spelling:
    words: tuple[_Word, ...]

    @property
    def letters(self) -> str:
        return "".join(one.letters for one in self.words)

    def spelled(self, text: str) -> str:
        """The text with each word as the letters that stand for it."""
        if not self.words:
            return text
        text = "".join(" " if _FIRST <= ord(letter) <= _LAST else letter for letter in text)
        for one in sorted(self.words, key=lambda one: -len(one.trigger)):
            text = word(one.trigger).sub(one.letters, text)
        return text

    def plain(self, text: str, encoder: str) -> str:
        """The text for an encoder: words that it has no vectors for are read as they are written."""
        for one in self.words:
            count = len(one.vectors.get(encoder, ()))
            text = text.replace(one.letters, one.letters[:count] or one.trigger)
        return text


class _Tokenizer:
    """A tokenizer to whoever asks; it remembers where the letters stood, and says that an ordinary token is there.

    Encoders take the end of the text from the largest number in it, so no number beyond their own may reach them.
    """

    def __init__(self, tokenizer: Any, spelling: _Spelling, encoder: str) -> None:
        self._tokenizer, self._spelling, self._encoder = tokenizer, spelling, encoder
        numbers = tokenizer.convert_tokens_to_ids(list(spelling.letters))
        vectors = [(one, i) for one in spelling.words for i in range(len(one.letters))]
        self._meant = dict(zip(numbers, vectors, strict=True))
        special = set(tokenizer.all_special_ids)
        self._filler = next(number for number in range(len(special) + 1) if number not in special)
        self._places: list[tuple[int, int, Tensor]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def __call__(self, text: Any, *more: Any, **rest: Any) -> Any:
        one = isinstance(text, str)
        texts = [self._spelling.plain(piece, self._encoder) for piece in ([text] if one else text)]
        read = self._tokenizer(texts[0] if one else texts, *more, **rest)
        ids = read["input_ids"]
        if hasattr(ids, "shape"):
            self._places = []
            for row, column in (ids >= min(self._meant)).nonzero().tolist():
                if (meant := self._meant.get(int(ids[row, column]))) is not None:
                    vectors = meant[0].vectors[self._encoder]
                    self._places.append((row, column, vectors[meant[1]]))
                    ids[row, column] = self._filler
        return read

    def put(self, table: Any, given: tuple[Any, ...], output: Tensor) -> Tensor:
        """The hook of the encoder's table of embeddings."""
        ids, changed = given[0], output.clone()
        for row, column, vector in self._places:
            # What was cut off since, or replaced by the end of the text, stays as it is.
            if row < ids.shape[0] and column < ids.shape[1] and int(ids[row, column]) == self._filler:
                changed[row, column] = vector.to(output.device, output.dtype)
        return changed
