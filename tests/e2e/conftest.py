import pytest
from tests.e2e.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("studio") / "data", {"PINGXING_VERIFY_PER_MINUTE": "1000"}).start()
    yield running
    running.stop()
