"""Words that a picture shows, read and judged by the same rule packs as a prompt.

The networks are PP-OCRv6 (PaddlePaddle, Apache-2.0; small, Chinese and English), as they lie in the wheel of
`rapidocr`, an optional extra. What stands around them here is short, loads nothing from the network, and lets no
failure look like an empty picture.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import BackendFailed, PingxingError
from pingxing.policy.base import Check, PictureSubject, Subject, TextSubject
from pingxing.types import Finding, Picture

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Box = tuple[float, float, float, float]
When = Literal["auto", "always", "never"]

# Detection works on at most a million pixels, so it takes about a second on one thread however large the picture is;
# a line takes some 30 ms more. With the most lines that is three seconds.
_AREA = 1_000_000
_LEAST_SIDE = 736
_MOST_GAIN = 2.0
MOST_LINES = 60  # the tallest; where there are more, a person looks
_INK = 0.3  # of the detector's map: this is writing
_SURE_BOX, _SURE_TEXT = 0.5, 0.5
_GROW = 1.6  # the detector finds the cores of lines; the authors' factor for the whole ones
_HEIGHT, _MOST_WIDTH = 48, 1_920  # pixels of a line as the recogniser sees it

_FILES = {"find": "PP-OCRv6_det_small.onnx", "read": "PP-OCRv6_rec_small.onnx"}
_CLAUSE = "Deep-synthesis provisions art. 10 (review of outputs)"
_TOO_MUCH = (
    "The picture shows more writing than could be read, so a person looks at it first.",
    "图片里的文字太多,没能全部读完,先请人看过。",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of writing: `sure` in 0..1; `box` x, y, width, height in parts of the picture, upright."""

    text: str
    sure: float
    box: Box


@dataclass(frozen=True, slots=True)
class Reading:
    """Lines in reading order; `whole` is False where there were more than `MOST_LINES`."""

    lines: tuple[Line, ...]
    whole: bool = True


def available() -> bool:
    """Whether the extra is installed; nothing is loaded to find out.

    Asked of the path and not of the modules that are there: while another thread imports cv2, which takes itself out of
    them and puts itself in again, `find_spec` raises ValueError.
    """
    return _folder() is not None and PathFinder.find_spec("cv2") is not None


def _folder() -> Path | None:
    found = importlib.util.find_spec("rapidocr")  # does not import it
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "models"
    return folder if all((folder / name).is_file() for name in _FILES.values()) else None


class Reader:
    """Finds lines of writing and reads them, on one thread. Loaded at the first picture; threads may share it."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._lock = threading.Lock()

    def __call__(self, picture: Picture) -> Reading:
        """Raises BackendFailed where the extra is missing or a network does not answer."""
        if not available():
            raise BackendFailed("no_reader")
        try:
            return self._read(picture)
        except PingxingError:
            raise
        except Exception as fault:
            raise BackendFailed("check", check="writing") from fault

    def _read(self, picture: Picture) -> Reading:
        pixels = _over_white(picture.pixels)
        places = self._find(pixels)
        chosen = sorted(places, key=lambda place: -min(place[1]))[:MOST_LINES]
        lines = [line for place in chosen if (line := self._line(pixels, place)) is not None]
        return Reading(_in_order(lines), whole=len(chosen) == len(places))

    def _find(self, pixels: NDArray[np.uint8]) -> list[Any]:
        """Rotated rectangles ((x, y), (width, height), degrees), in pixels, around what looks like writing."""
        import cv2

        height, width = pixels.shape[:2]
        scale = min(max(1.0, min(_LEAST_SIDE / min(height, width), _MOST_GAIN)), (_AREA / (height * width)) ** 0.5)
        across, down = (max(32, round(side * scale / 32) * 32) for side in (width, height))
        seen = cv2.resize(pixels, (across, down), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        chance = self._networks["find"].run(None, {"x": _tensor(seen)})[0][0, 0]
        ink = cv2.dilate((chance > _INK).astype(np.uint8), np.ones((2, 2), np.uint8))
        outlines, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        back = np.array([width / across, height / down])
        return [
            cv2.minAreaRect((cv2.boxPoints(rect) * back).astype(np.float32))
            for outline in outlines
            if (rect := _grown(outline, chance)) is not None
        ]

    def _line(self, pixels: NDArray[np.uint8], place: Any) -> Line | None:
        strip = _cut(pixels, place)
        text, sure = self._recognise(strip)
        if sure < _SURE_TEXT + 0.4:  # not quite sure: perhaps it stands on its head
            text, sure = max((text, sure), self._recognise(strip[::-1, ::-1]), key=lambda said: said[1])
        if sure < _SURE_TEXT or not text.strip():
            return None
        return Line(text.strip(), round(sure, 4), _upright(place, pixels))

    def _recognise(self, strip: NDArray[np.uint8]) -> tuple[str, float]:
        """The likeliest text of a strip and the mean certainty of its letters (CTC, best path)."""
        import cv2

        width = int(np.clip(round(strip.shape[1] * _HEIGHT / strip.shape[0]), 16, _MOST_WIDTH))
        line = cv2.resize(np.ascontiguousarray(strip), (width, _HEIGHT))
        room = np.zeros((1, 3, _HEIGHT, max(320, -(-width // 32) * 32)), np.float32)
        room[..., :width] = _tensor(line)
        chances = self._networks["read"].run(None, {"x": room})[0][0]
        best, sure = chances.argmax(axis=1), chances.max(axis=1)
        said = (best != 0) & np.concatenate([[True], best[1:] != best[:-1]])
        if not said.any():
            return "", 0.0
        return "".join(self._letters[letter] for letter in best[said]), float(sure[said].mean())

    @cached_property
    def _letters(self) -> tuple[str, ...]:
        known = self._networks["read"].get_modelmeta().custom_metadata_map["character"].splitlines()
        return ("", *known, " ")

    @property
    def _networks(self) -> dict[str, InferenceSession]:
        with self._lock:
            if not self._sessions:
                from onnxruntime import InferenceSession, SessionOptions

                options = SessionOptions()
                options.intra_op_num_threads, options.inter_op_num_threads = self._threads, 1
                options.log_severity_level = 4
                options.enable_cpu_mem_arena = False  # strips of many widths would each be kept
                folder = _folder() or Path()
                for task, name in _FILES.items():
                    self._sessions[task] = InferenceSession(str(folder / name), options, ["CPUExecutionProvider"])
            return self._sessions

    @cached_property
    def _sessions(self) -> dict[str, InferenceSession]:
        return {}


class WritingCheck:
    """Reads pictures and asks `rules` about the words, as about any output. Findings say what was read, and where."""

    name = "writing"

    def __init__(self, rules: Check, when: When = "auto", read: Callable[[Picture], Reading] | None = None) -> None:
        """`when` "auto" leaves out pictures whose every word its engine set itself, after the prompt's check had read
        it; "always" reads those too; "never" reads none. `read` stands in for the reader in tests."""
        self._rules, self._when = rules, when
        self._read = read or Reader()

    @property
    def able(self) -> bool:
        """Whether there is something to read with."""
        return not isinstance(self._read, Reader) or available()

    def concerns(self, *, words_known: bool) -> bool:
        """Whether pictures of such an engine are read."""
        return self._when == "always" or (self._when == "auto" and not words_known)

    @property
    def version(self) -> str:
        return f"ppocr-6s.{self._when}+{self._rules.version}"

    def reads(self, subject: Subject) -> bool:
        return isinstance(subject, PictureSubject) and self.concerns(words_known=subject.words_known)

    def examine(self, subject: Subject) -> Sequence[Finding]:
        if not isinstance(subject, PictureSubject):
            raise TypeError("the guard asks `reads` first")
        reading = self._read(subject.picture)
        text = "\n".join(line.text for line in reading.lines)
        found = [_placed(finding, text, reading.lines) for finding in self._rules.examine(TextSubject(text, "output"))]
        if not reading.whole:
            found.append(_too_much(self.version))
        return tuple(found)


def _placed(finding: Finding, text: str, lines: Sequence[Line]) -> Finding:
    """A finding in the joined lines as one in the picture."""
    start, end = finding.span
    at, touched = 0, list[Box]()
    for line in lines:
        if at < end and start < at + len(line.text):
            touched.append(line.box)
        at += len(line.text) + 1
    return replace(finding, span=(0, 0), view="picture", words=text[start:end], box=_around(touched))


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return (left, top, round(right - left, 4), round(bottom - top, 4))


def _too_much(version: str) -> Finding:
    return Finding(
        rule="too-much-writing",
        pack="pictures",
        version=version,
        category="unread",
        span=(0, 0),
        view="picture",
        action="review",
        reason_en=_TOO_MUCH[0],
        reason_zh=_TOO_MUCH[1],
        clause=_CLAUSE,
    )


# --- pixels --------------------------------------------------------------------------------------


def _over_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return (pixels[..., :3] * alpha + 255 * (1 - alpha)).round().astype(np.uint8)


def _tensor(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """(1, 3, height, width) in -1..1, blue first: what both networks were trained on."""
    plane = pixels[..., ::-1].astype(np.float32).transpose(2, 0, 1)[None]
    return np.ascontiguousarray(plane / 127.5 - 1)


def _grown(outline: Any, chance: NDArray[np.float32]) -> Any:
    """The rectangle around a whole line, from the outline of its core; None for specks and what is not sure."""
    import cv2

    (x, y), (width, height), turn = cv2.minAreaRect(outline)
    if min(width, height) < 3:
        return None
    left, top, across, down = cv2.boundingRect(outline)
    inside = np.zeros((down, across), np.uint8)
    cv2.fillPoly(inside, [outline - np.array([left, top])], [1])
    if cv2.mean(chance[top : top + down, left : left + across], inside)[0] < _SURE_BOX:
        return None
    more = 2 * width * height * _GROW / (2 * (width + height))  # Vatti clipping, of a rectangle
    return (x, y), (width + more, height + more), turn


def _cut(pixels: NDArray[np.uint8], place: Any) -> NDArray[np.uint8]:
    """What lies in a rotated rectangle, as a strip that runs left to right."""
    import cv2

    corners = _corners(place)
    width = max(1, round(float(np.linalg.norm(corners[1] - corners[0]))))
    height = max(1, round(float(np.linalg.norm(corners[3] - corners[0]))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    size = (min(width, 8_192), min(height, 8_192))
    strip = cv2.warpPerspective(pixels, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rot90(strip) if height >= 1.5 * width else strip, np.uint8)


def _corners(place: Any) -> NDArray[np.float32]:
    """Upper left, upper right, lower right, lower left, as one sees them."""
    import cv2

    points = cv2.boxPoints(place)
    by_x = points[np.argsort(points[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    upper_left, lower_left = left[np.argsort(left[:, 1], kind="stable")]
    upper_right, lower_right = right[np.argsort(right[:, 1], kind="stable")]
    return np.array([upper_left, upper_right, lower_right, lower_left], np.float32)


def _upright(place: Any, pixels: NDArray[np.uint8]) -> Box:
    corners = _corners(place)
    size = np.array(pixels.shape[1::-1])
    low, high = np.clip(corners.min(axis=0) / size, 0, 1), np.clip(corners.max(axis=0) / size, 0, 1)
    x, y, width, height = (round(float(value), 4) for value in (*low, *(high - low)))
    return x, y, width, height


def _in_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Row by row from the top, each from the left: a line belongs to a row whose first line's middle it touches."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box[1] + line.box[3] / 2):
        first = rows[-1][0].box if rows else None
        if first is not None and line.box[1] <= first[1] + first[3] / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return tuple(line for row in rows for line in sorted(row, key=lambda line: line.box[0]))
