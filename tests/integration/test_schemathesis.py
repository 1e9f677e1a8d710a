"""The OpenAPI document is true: whatever fits it is answered as it says, and nothing makes the server stumble."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from pingxing.api.app import ROOMS, create
from pingxing.bootstrap import App, build
from pingxing.engine.backends.fake import FakeBackend
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.settings import load
from pingxing.types import Scope


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    configured = load(
        {},
        data_dir=tmp_path_factory.mktemp("schema"),
        default_model="fake",
        verify_per_minute=10_000,
        verify_links=False,  # whatever is drawn here, nobody out there is bothered with it
        queue_limit_account=100_000,
        queue_limit=1_000_000,
    )
    with build(configured, loaders={"fake": FakeBackend}, guard=Guard([FakeCheck()])) as app:
        yield app


@pytest.fixture(scope="module")
def key(house: App) -> str:
    scopes = frozenset({Scope.GENERATE, Scope.CHECK, Scope.MANAGE})
    return house.identity.make_key(house.identity.local_actor("en"), "schemathesis", scopes)[1]


@pytest.fixture(scope="module")
def server(house: App) -> Iterator[Any]:
    made = create(house)
    with TestClient(made):  # runs the worker while the module's tests run
        yield made


@pytest.fixture(scope="module")
def document(server: Any) -> Any:
    return schemathesis.openapi.from_asgi("/api/openapi.json", server)


def operations() -> list[tuple[str, str]]:
    """What the routers offer, known before any house is built."""
    bare = FastAPI()
    for room in ROOMS:
        bare.include_router(room.router)
    return [(path, method.upper()) for path, item in bare.openapi()["paths"].items() for method in item]


def test_the_document_names_every_operation(document: Any) -> None:
    named = {(operation.ok().path, operation.ok().method.upper()) for operation in document.get_all_operations()}
    assert named == set(operations())
    assert len(named) >= 18


# Nothing in a schema can say "not only spaces" and "not too many pixels together", or what a picture is.
SAYS_NO_MORE = {
    "/api/uploads",
    "/api/label",
    "/api/verify/batch",
    "/api/appeals/uploads",
    "/api/forbidden/pictures",
    "/api/jobs",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/images/variations",
    "/sdapi/v1/txt2img",
    "/sdapi/v1/img2img",
    "/sdapi/v1/png-info",
    "/api/verify",
    "/api/verify/link",
    "/api/makers/stickers",  # nor which places there are
    "/api/makers/grid",  # nor what fills a blank
    "/api/makers/grid/plan",
    "/api/makers/{order_id}/zip",
}


# As stickers, and of 17 megapixels each, or thirteen pictures: minutes of drawing.
LARGE = {f"/api/makers/{kind}" for kind in ("wallpapers", "prints", "patterns", "nails")}


# The worker's threads use `random` while cases are drawn, which Hypothesis takes for the strategies' doing.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.parametrize(("path", "method"), [one for one in operations() if one[0] not in LARGE])
def test_the_document_is_true(document: Any, key: str, path: str, method: str) -> None:
    @given(case=document[path][method].as_strategy())
    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def holds(case: schemathesis.Case) -> None:
        excluded = [positive_data_acceptance] if path in SAYS_NO_MORE else []
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, excluded_checks=excluded)

    holds()
