"""GET /api/trust: everything an outsider needs to check our signatures, and nothing that could make one."""

from fastapi.testclient import TestClient

from pingxing.api.app import create
from pingxing.inspecting import Trust


def test_anybody_gets_the_public_keys_and_no_secret(make_app, settings) -> None:
    code = "001191110102MACQD9K64010000"
    app = make_app(settings.model_copy(update={"provider_code": code}))
    answer = TestClient(create(app, work=False)).get("/api/trust")
    assert answer.status_code == 200
    trust = Trust.load(answer.content)
    assert trust.provider_code == code
    assert trust.c2pa_roots.count("BEGIN CERTIFICATE") == 1  # the root, not the signer's chain
    assert trust.record_key.startswith("-----BEGIN PUBLIC KEY-----")
    assert trust.ledger_vkey == app.ledger.vkey
    assert trust.watermark_key == 1
    assert "PRIVATE" not in answer.text
    secrets = [file.read_bytes() for file in (settings.data_dir / "keys").glob("*.key")]
    assert len(secrets) >= 5
    for secret in secrets:
        assert secret not in answer.content
        assert secret.hex() not in answer.text
