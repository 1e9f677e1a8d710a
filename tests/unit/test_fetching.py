"""A stranger's link: what is fetched, and all that is not."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing import fetching
from pingxing.errors import InvalidRequest, PingxingError, TooLarge, UnreadableFile
from pingxing.fetching import Fetched, fetch, is_public

FILE = b"\x89PNG and so on" * 100
LIMIT = 100_000


class Web(BaseHTTPRequestHandler):
    """Everything that the web does to a visitor."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Host")))
        getattr(self, "get_" + self.path.split("/")[1].partition(".")[0].partition("?")[0])()

    def answer(self, status: int = 200, body: bytes = FILE, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)

    def get_cat(self) -> None:
        self.answer()

    def get_moved(self) -> None:
        self.answer(302, b"", Location="/cat.png")

    def get_inside(self) -> None:
        self.answer(302, b"", Location="http://169.254.169.254/latest/meta-data/")

    def get_elsewhere(self) -> None:
        self.answer(302, b"", Location="file:///etc/passwd")

    def get_round(self) -> None:
        self.answer(302, b"", Location="/round")

    def get_gone(self) -> None:
        self.answer(404, b"no")

    def get_zipped(self) -> None:
        self.answer(200, b"\x1f\x8b" + bytes(500), Content_Encoding="gzip")

    def get_huge(self) -> None:
        self.answer(200, bytes(LIMIT + 1))

    def get_empty(self) -> None:
        self.answer(200, b"")

    def get_half(self) -> None:
        self.answer(200, FILE[:50], Content_Length=str(len(FILE)))

    def get_slow(self) -> None:
        """A byte now and then, with no length: the end of the line must not pass for the end of the file."""
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(400):
                self.wfile.write(b".")
                time.sleep(0.05)

    def get_drip(self) -> None:
        """Headers without end."""
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(400):
                self.wfile.write(b".")
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[tuple[str, str | None]]]]:
    asked: list[tuple[str, str | None]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (Web,), {"asked": asked}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a visitor who hangs up is no news
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A web whose only machine is this one, and called public.example."""
    lookup = socket.getaddrinfo

    def found(host: str, *rest: object, **more: object) -> object:
        return lookup("127.0.0.1" if host == "public.example" else host, *rest, **more)  # type: ignore[arg-type]

    known = fetching.is_public
    with serving() as (port, asked):
        monkeypatch.setattr(fetching, "_PORTS", {"http": port, "https": port})
        monkeypatch.setattr(fetching.socket, "getaddrinfo", found)
        monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1" or known(address))
        yield f"http://public.example:{port}", asked


def test_a_file_on_the_web_is_fetched_as_it_is(web: tuple[str, list[tuple[str, str | None]]]) -> None:
    address, asked = web
    assert fetch(f"{address}/cat.png?size=2#top", LIMIT) == Fetched("cat.png", FILE)
    assert asked == [("/cat.png?size=2", "public.example")]
    assert fetch(f"{address}/moved", LIMIT) == Fetched("cat.png", FILE)


@pytest.mark.parametrize(
    ("path", "error", "reason"),
    [
        ("/inside", InvalidRequest, "link_private"),
        ("/elsewhere", InvalidRequest, "link"),
        ("/round", UnreadableFile, "link_redirects"),
        ("/gone", UnreadableFile, "link"),
        ("/zipped", UnreadableFile, "link"),
        ("/huge", TooLarge, ""),
        ("/empty", UnreadableFile, "link_broken"),
        ("/half", UnreadableFile, "link_broken"),
        ("/slow", UnreadableFile, "link_broken"),
        ("/drip", UnreadableFile, "link_broken"),
    ],
)
def test_what_the_web_does_to_visitors(
    web: tuple[str, list[tuple[str, str | None]]],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    error: type[PingxingError],
    reason: str,
) -> None:
    monkeypatch.setattr(fetching, "_SECONDS", 0.4)
    began = time.monotonic()
    with pytest.raises(error) as caught:
        fetch(web[0] + path, LIMIT)
    assert caught.value.reason == reason
    assert time.monotonic() - began < 15  # what drips does so for twenty seconds


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3",
     "192.168.0.1", "172.16.5.5", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fc00::1]", "[2002:7f00:1::]",
     "[64:ff9b::7f00:1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "224.0.0.1", "255.255.255.255", "[ff02::1]"],
)  # fmt: skip
def test_no_name_leads_into_the_house(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was dialled")

    monkeypatch.setattr(fetching.HTTPConnection, "connect", never)
    with pytest.raises(InvalidRequest) as caught:
        fetch(f"http://{host}/", LIMIT)
    assert caught.value.reason == "link_private"


def test_one_address_that_is_not_public_spoils_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("1.1.1.1", "127.0.0.1")]
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(InvalidRequest):
        fetch("http://two.example/", LIMIT)


@pytest.mark.parametrize(
    "link",
    ["", "cat.png", "ftp://a.example/x", "file:///etc/passwd", "http://", "http://a.example:22/", "https://a.example:80/",
     "http://u:p@a.example/", "http://a.example/a b", "http://a.example\\@b.example/", "http://a.example/\r\nX: y",
     "http://[::1", "http://a.example:99999/", "http://" + "a" * 70 + ".example/", "http://a.example/" + "a" * 2048],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_told_so(link: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        fetch(link, LIMIT)
    assert caught.value.reason == "link"


@given(
    st.one_of(st.text(max_size=60), st.text(max_size=40).map("http://".__add__), st.from_regex(r"https?://[!-~]{1,40}"))
)
def test_any_text_gets_an_answer(link: str) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror("no such name")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching.socket, "getaddrinfo", nowhere)
        with pytest.raises((InvalidRequest, UnreadableFile)):
            fetch(link, LIMIT)


@given(st.ip_addresses())
def test_public_means_no_special_purpose(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Against IANA's registries of special-purpose addresses, as Python knows them."""
    special = ("is_private", "is_loopback", "is_link_local", "is_multicast", "is_unspecified", "is_reserved")
    assert not is_public(str(address)) or not any(getattr(address, purpose) for purpose in special)


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = ed25519.Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, None)
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pkcs8 = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return context, chain


@pytest.mark.parametrize(("name", "trusted", "right"), [
    ("public.example", True, True), ("public.example", False, False), ("other.example", True, False),
])  # fmt: skip
def test_the_certificate_must_be_the_names(
    web: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, trusted: bool, right: bool
) -> None:
    context, chain = certificate(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with serving(context) as (port, _):
        monkeypatch.setattr(fetching, "_PORTS", {"https": port})
        ask: Callable[[], Fetched] = lambda: fetch(f"https://public.example:{port}/cat.png", LIMIT)  # noqa: E731
        if right:
            assert ask().data == FILE
        else:
            with pytest.raises(UnreadableFile):
                ask()
