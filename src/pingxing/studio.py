"""The house from Python: the same rooms and the same one way as the command line, without a server.

    from pingxing import Studio

    with Studio.local() as studio:
        pack = studio.stickers("一只柴犬", count=16, platform="wechat")
        print(pack.good, pack.folder, [file.path for file in pack.files])

Everything is written into a folder, with receipts; what platforms would reject is said in `findings`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pingxing.bootstrap import App
    from pingxing.labelling import Labelling
    from pingxing.makers.formats import Platform
    from pingxing.makers.grid import Join
    from pingxing.makers.judging import Finding
    from pingxing.makers.pieces import File, OnFile, Set
    from pingxing.nails import Finger, NailDesign, NailLength, NailShape
    from pingxing.repeat import RepeatName
    from pingxing.settings import Settings
    from pingxing.types import Language, Receipt

Names = str | Sequence[str]
_LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Made:
    """What a maker handed over. `findings` are pairs of a platform's name and what it would say."""

    folder: Path
    files: tuple[File, ...]
    findings: tuple[tuple[str, Finding], ...]

    @property
    def good(self) -> bool:
        """Whether nothing is left that a platform would reject."""
        return not any(finding.must for _, finding in self.findings)


@dataclass(frozen=True, slots=True)
class Marked:
    """A file that was brought to be labelled. `put` are the marks that it got, `basis` on whose word it is called
    generated: another's "label" that was passed on, its own "metadata", or "declared" by whoever brought it."""

    files: tuple[Path, ...]
    receipts: tuple[Receipt, ...]
    put: tuple[str, ...]
    basis: str


class Studio:
    """An opened house. Close it, or use it as a context manager; one process opens a data folder once."""

    def __init__(self, app: App, language: Language = "en") -> None:
        self._app, self._actor = app, app.identity.local_actor(language)
        app.worker.start()  # where a server of this data folder runs already, that one does the work

    @classmethod
    def local(
        cls, data_dir: Path | str | None = None, *, settings: Settings | None = None, language: Language = "en"
    ) -> Studio:
        """The studio of a data folder (settings as for the command line), opened as its local administrator.

        Raises BadSettings, StorageFailed, Integrity as `bootstrap.build` does.
        """
        from pingxing.bootstrap import build
        from pingxing.settings import load

        found = settings or load(data_dir=None if data_dir is None else Path(data_dir))
        return cls(build(found), language)

    def stickers(
        self,
        subject: str,
        *,
        count: int | None = None,
        platform: Names = "wechat",
        moving: bool = False,
        model: str = "",
        seed: int | None = None,
        out: Path | str = "stickers",
    ) -> Made:
        """A pack for each platform, in `out/<platform>` with a ZIP beside it.

        Raises InvalidRequest (no subject, a count that a platform does not take), NotFound (platform), Refused where a
        rule stops the subject, and as `makers.stickers.make_stickers` does.
        """
        from pingxing.makers.stickers import Order, make_stickers

        order = Order(subject, _platforms(platform), count, model, _seed(seed), moving)
        return self._made(
            Path(out), lambda app, told: make_stickers(app, app.desk, self._actor, order, Path(out), told)
        )

    def wallpapers(
        self,
        wish: str,
        *,
        device: Names = "iphone-16",
        pair: bool = False,
        style: str = "",
        model: str = "",
        seed: int | None = None,
        out: Path | str = "wallpapers",
    ) -> Made:
        """One wish at the size of each screen; with `pair` by day and by night. Raises as `stickers` does."""
        from pingxing.makers.surfaces import Order, make_surfaces

        order = Order(wish, _platforms(device), pair, model, style, _seed(seed))
        return self._made(
            Path(out), lambda app, told: make_surfaces(app, app.desk, self._actor, order, Path(out), told)
        )

    def prints(
        self,
        wish: str,
        *,
        product: Names = "t-shirt",
        title: str = "",
        author: str = "",
        marks: bool = False,
        mockup: bool = False,
        proof: bool = False,
        style: str = "",
        model: str = "",
        seed: int | None = None,
        out: Path | str = "prints",
    ) -> Made:
        """One wish at the size and density of each product, with a PDF beside it where something is cut. Raises as
        `stickers` does."""
        from pingxing.makers.prints import Order, make_prints

        order = Order(
            wish, _platforms(product), model, style, _seed(seed),
            title=title, author=author, marks=marks, mockup=mockup, proof=proof,
        )  # fmt: skip
        return self._made(Path(out), lambda app, told: make_prints(app, app.desk, self._actor, order, Path(out), told))

    def label(self, file: Path | str, *, out: Path | str = "labelled") -> Marked:
        """Every mark that the law asks for on a file that AI made elsewhere, and a receipt; calling this says that it
        did. What marks the file already stay. A plain text comes with a label file.

        Raises OSError, TooLarge, UnreadableFile, Refused where a rule stops it, and as `labelling.label_file` does.
        """
        from pingxing.flow import release

        source, folder = Path(file), Path(out)
        done = self._labelled(source.read_bytes(), source.name)
        folder.mkdir(parents=True, exist_ok=True)
        paths = tuple(folder / name for name in done.names)
        if source.resolve() in {path.resolve() for path in paths}:
            raise FileExistsError(source)
        for path, receipt in zip(paths, done.receipts, strict=True):
            path.write_bytes(release(self._app, self._actor, receipt.id).data)
        return Marked(paths, done.receipts, done.put, done.basis)

    def _labelled(self, data: bytes, name: str) -> Labelling:
        """A film is a job: done by the worker here, or by the server of this data folder, also where this one ends."""
        from pingxing import labelling

        if not labelling.lasting(data, name):
            return labelling.label_file(self._app, self._actor, data, name)
        job = labelling.order_file(self._app, self._actor, data, name)
        while not self._app.desk.job(self._actor, job.id).job.state.final:
            self._app.worker.start()
            time.sleep(_LOOK_EVERY_S)
        return labelling.outcome(self._app, self._actor, job.id)

    def patterns(
        self,
        wish: str,
        *,
        layout: RepeatName = "half-drop",
        across: int = 3,
        size_mm: tuple[float, float] = (160.0, 160.0),
        dpi: int = 150,
        colourways: Sequence[str] = (),
        mockup: bool = False,
        style: str = "",
        model: str = "",
        seed: int | None = None,
        out: Path | str = "patterns",
    ) -> Made:
        """One seamless tile, in its own colours and in each colourway; with `mockup` on cloth and on a parcel as well.
        Raises as `stickers` does."""
        from pingxing.makers.patterns import Order, make_patterns

        order = Order(
            wish, layout, across, *size_mm, dpi, tuple(colourways), mockup=mockup, model=model, style=style,
            seed=_seed(seed),
        )  # fmt: skip
        return self._made(
            Path(out), lambda app, told: make_patterns(app, app.desk, self._actor, order, Path(out), told)
        )

    def nails(
        self,
        wish: str,
        *,
        size: str = "M",
        shape: NailShape = "almond",
        length: NailLength = "medium",
        design: NailDesign = "motifs",
        accents: Sequence[Finger] = ("ring",),
        tone: int = 3,
        decals: int = 0,
        style: str = "",
        model: str = "",
        seed: int | None = None,
        out: Path | str = "nails",
    ) -> Made:
        """Ten nails: a sheet true to the millimetre, a picture of each, both hands. Raises as `stickers` does."""
        from pingxing.makers.nails import Order, make_nails

        order = Order(
            wish, size, shape, length, design, tuple(accents), tone, decals=decals, model=model, style=style,
            seed=_seed(seed),
        )  # fmt: skip
        return self._made(Path(out), lambda app, told: make_nails(app, app.desk, self._actor, order, Path(out), told))

    def grid(
        self,
        template: str,
        *,
        table: Path | str | None = None,
        lists: Sequence[str] = (),
        join: Join = "product",
        variants: int = 1,
        names: str = "",
        size: tuple[int, int] = (512, 512),
        style: str = "",
        model: str = "",
        seed: int | None = None,
        out: Path | str = "grid",
    ) -> Made:
        """A table (CSV or XLSX) and lists ("colour=red|blue", "n=1..5") times a sentence with `{blanks}`. A picture
        that failed is a finding. Raises as `stickers` does, InvalidRequest and TooLarge for what is wrong with the
        table, OSError where it cannot be read."""
        from pingxing.makers.grid import Order, make_grid
        from pingxing.makers.grid_table import MAX_BYTES, Table, read_table

        rows = Table()
        if table is not None:
            with Path(table).open("rb") as file:
                rows = read_table(file.read(MAX_BYTES + 1))
        order = Order(template, rows, tuple(lists), join, variants, names, *size, model, style, _seed(seed))
        return self._made(Path(out), lambda app, told: make_grid(app, app.desk, self._actor, order, Path(out), told))

    def validate(self, path: Path | str, platform: str, *, repair: bool = False) -> tuple[Finding, ...]:
        """What a platform would say of a folder; with `repair`, what is mechanical is put right first."""
        from pingxing.makers import formats
        from pingxing.makers.folder import open_pack
        from pingxing.makers.judging import judge
        from pingxing.makers.mending import mend

        wanted = formats.platform(platform)
        return mend(Path(path), wanted) if repair else judge(open_pack(Path(path), wanted), wanted)

    def close(self) -> None:
        self._app.close()

    def __enter__(self) -> Studio:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _made(self, out: Path, work: Callable[[App, OnFile], Set]) -> Made:
        found = work(self._app, lambda *_: None)
        return Made(out, found.files, found.findings)


def _platforms(names: Names) -> tuple[Platform, ...]:
    from pingxing.makers import formats

    told = names.split(",") if isinstance(names, str) else names
    return tuple(formats.platform(name.strip()) for name in told)


def _seed(seed: int | None) -> int:
    from pingxing.types import MAX_SEED

    return secrets.randbelow(MAX_SEED + 1) if seed is None else seed
