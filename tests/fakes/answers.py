"""What a call of the label rules answers: its result, or why it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pingxing.errors import LabelFailed, UnreadableFile

_T = TypeVar("_T")


def answer(work: Callable[[], _T]) -> _T | str:
    """The result of `work`, or the reason of its refusal; any other error is one."""
    try:
        return work()
    except (LabelFailed, UnreadableFile) as error:
        return f"{'label' if isinstance(error, LabelFailed) else 'file'}: {error.reason}"


class Claiming(bytes):
    """Few bytes that say they are many: what a bound of gigabytes does can be seen without them."""

    many: int

    @classmethod
    def of(cls, data: bytes, many: int) -> Claiming:
        made = cls(data)
        made.many = many
        return made

    def __len__(self) -> int:
        return self.many
