"""What every verifier of people promises, asked of each; and all that a service can do wrong."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import SecretStr
from tests.fakes.verifiers import ANN, BOB, KEY, SPOILT, Service, serving

from pingxing.bootstrap import VERIFIERS
from pingxing.errors import BadSettings, ServiceDown
from pingxing.identity.vault import Person
from pingxing.identity.verifiers import OF_PEOPLE, OF_SERVICES, Answer, Outcome, Reason, Verifier
from pingxing.settings import Settings, load

CASE = "c0ffee" * 5 + "00"
STRANGER = Person("Some Body", "phone", "+8613800138000")


def now() -> datetime:
    return datetime.now(UTC)


def configured(url: str, **more: Any) -> Settings:
    return load({}, verifier="service", verifier_url=url, **more).model_copy(update={"verifier_key": SecretStr(KEY)})


@dataclass
class Scripted:
    """The fake of the tests that are about something else."""

    said: Answer
    name: str = "fake"
    host: str = "verify.example"

    def ready(self) -> None:
        return None

    def ask(self, case: str, who: Person) -> Answer:
        return self.said


@pytest.fixture(params=["operator", "service", "fake"])
def verifier(request: pytest.FixtureRequest) -> Iterator[Verifier]:
    with ExitStack() as stack:
        if request.param == "fake":
            yield Scripted(Answer("refused", "unknown"))
            return
        url = stack.enter_context(serving(Service())).url if request.param == "service" else ""
        settings = configured(url) if url else load({})
        yield VERIFIERS[request.param](settings, now)


def test_every_verifier_in_the_settings_is_built_and_no_other(verifier: Verifier) -> None:
    offered = get_args(Settings.model_fields["verifier"].annotation)
    assert set(offered) == set(VERIFIERS) == {"operator", "service"}
    with pytest.raises(BadSettings):
        load({"PINGXING_VERIFIER": "anybody"})
    assert verifier.name in {*VERIFIERS, "fake"}
    verifier.ready()
    assert bool(verifier.host) == (verifier.name != "operator")  # who gets what is entered is known before


def test_a_stranger_is_never_verified_and_who_refuses_says_why(verifier: Verifier) -> None:
    answer = verifier.ask(CASE, STRANGER)
    assert answer.outcome in ("refused", "people")
    assert (answer.outcome == "refused") == (answer.reason in OF_SERVICES)
    assert verifier.ask(CASE, STRANGER) == answer


def test_nothing_of_a_person_is_printed_or_logged(verifier: Verifier, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = repr(verifier.ask(CASE, STRANGER)) + repr(verifier) + caplog.text
    for secret in ("Some Body", "13800138000", KEY):
        assert secret not in told


def test_threads_may_share_it(verifier: Verifier) -> None:
    alone = verifier.ask(CASE, STRANGER)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda n: verifier.ask(f"{n:032x}", STRANGER), range(24))) == {alone}


def test_an_answer_holds_no_reason_for_yes_and_one_for_no() -> None:
    for wrong in (("verified", "unknown"), ("people", "differs"), ("refused", "")):
        with pytest.raises(ValueError, match="says why"):
            Answer(*wrong)  # type: ignore[arg-type]
    assert set(get_args(Outcome)) == {"verified", "refused", "people"}
    assert set(OF_PEOPLE) | set(OF_SERVICES) | {"unanswered"} == set(get_args(Reason))


# --- the service ---------------------------------------------------------------------------------


@pytest.fixture
def service() -> Iterator[Service]:
    with serving(Service()) as running:
        yield running


def by_service(service: Service, path: str = "/people", **more: Any) -> Verifier:
    return VERIFIERS["service"](configured(service.url + path, **more), now)


@pytest.mark.parametrize(
    ("who", "answer"),
    [
        (ANN, Answer("verified")),
        (BOB, Answer("verified")),
        (("Somebody Else", *ANN[1:]), Answer("refused", "differs")),
        (("Ann Unmistakable", "passport", "E12345678"), Answer("refused", "unknown")),
    ],
)
def test_a_service_says_who_is_right_and_why_not(service: Service, who: tuple[Any, ...], answer: Answer) -> None:
    assert by_service(service).ask(CASE, Person(*who)) == answer
    ((path, headers, body),) = service.asked
    assert path == "/people"  # the address as it was configured: nothing of a person stands in an address
    assert headers["content-type"] == "application/json"
    assert CASE.encode() in body
    assert not {"cookie", "authorization"} & headers.keys()
    service.spoil = "people"
    assert by_service(service).ask(CASE, Person(*who)) == Answer("people")


@pytest.mark.parametrize("spoil", SPOILT)
@pytest.mark.parametrize("who", [ANN, ("Nobody", "passport", "E12345678")])
def test_whatever_a_service_does_wrong_verifies_nobody(
    service: Service, spoil: str, who: tuple[Any, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.spoil = spoil
    began = time.monotonic()
    with pytest.raises(ServiceDown) as caught:
        by_service(service, verifier_seconds=1).ask(CASE, Person(*who))
    assert caught.value.reason == "verifier"
    assert time.monotonic() - began < 10
    assert len(service.asked) == 1  # nothing is asked twice, and no redirect followed
    told = caplog.text + str(caught.value)
    assert "gave no answer that counts" in told
    for secret in (*who[::2], KEY):
        assert secret not in told


def test_a_service_that_is_away_or_has_another_key_verifies_nobody(service: Service) -> None:
    with pytest.raises(ServiceDown):
        VERIFIERS["service"](configured("http://127.0.0.1:9/"), now).ask(CASE, Person(*ANN))
    service.key = b"another key of thirty-two letters"
    with pytest.raises(ServiceDown):
        by_service(service).ask(CASE, Person(*ANN))
    assert len(service.asked) == 1


def test_a_clock_that_is_wrong_by_more_than_five_minutes_is_noticed(service: Service) -> None:
    settings = configured(service.url)
    for apart, right in ((240, True), (-240, True), (400, False), (-400, False)):
        verifier = VERIFIERS["service"](settings, lambda apart=apart: now() + timedelta(seconds=apart))
        if right:
            assert verifier.ask(CASE, Person(*ANN)) == Answer("verified")
        else:
            with pytest.raises(ServiceDown):
                verifier.ask(CASE, Person(*ANN))


def test_proxies_of_the_environment_are_not_asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert by_service(service).ask(CASE, Person(*ANN)) == Answer("verified")


def test_a_certificate_that_nobody_vouches_for_ends_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent before the certificate is known; with the operator's own root it is."""
    certificate, key = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(Service(), context) as service:
        assert service.url.startswith("https://")
        with pytest.raises(ServiceDown):
            by_service(service).ask(CASE, Person(*ANN))
        assert service.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert by_service(service).ask(CASE, Person(*ANN)) == Answer("verified")


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"verifier_url": ""}, "verifier_url"),
        ({"verifier_key": SecretStr("x" * 31)}, "verifier_key"),
        ({"verifier_key": SecretStr("")}, "verifier_key"),
    ],
)
def test_a_service_without_address_or_key_stops_the_start(changes: dict[str, Any], setting: str) -> None:
    settings = configured("https://verify.example/people").model_copy(update=changes)
    with pytest.raises(BadSettings) as caught:
        VERIFIERS["service"](settings, now).ready()
    assert caught.value.params["setting"] == setting
    with pytest.raises(BadSettings):
        VERIFIERS["service"](settings, now).ask(CASE, STRANGER)


def test_names_go_over_an_encrypted_line_or_stay_here() -> None:
    for address in ("https://verify.example/people", "http://127.0.0.1:9000/", "http://localhost/x", "http://[::1]:1/"):
        assert load({}, verifier_url=address).verifier_url == address
    for address in (
        "http://verify.example/people", "verify.example", "ftp://127.0.0.1/", "https://", "http://127.0.0.1.evil.example/",
        "https://me:secret@verify.example/", "https://verify.example/?key=secret", "https://verify.example/#a",
    ):  # fmt: skip
        with pytest.raises(BadSettings) as caught:
            load({}, verifier_url=address)
        assert caught.value.params["setting"] == "verifier_url"
        assert "secret" not in str(caught.value)


def test_the_key_comes_from_the_environment_alone(tmp_path: Any) -> None:
    assert load({"PINGXING_VERIFIER_KEY": KEY}).verifier_key.get_secret_value() == KEY
    file = tmp_path / "pingxing.toml"
    file.write_text(f'verifier_key = "{KEY}"\n', "utf-8")
    with pytest.raises(BadSettings) as caught:
        load({}, file)
    assert caught.value.reason == "secret"
    told = str(caught.value) + repr(load({"PINGXING_VERIFIER_KEY": KEY}))
    assert KEY not in told


def _certificate(folder: Any) -> tuple[Any, Any]:
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "verify")])
    usage = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(usage, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate, key = folder / "verify.pem", folder / "verify.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    return certificate, key
