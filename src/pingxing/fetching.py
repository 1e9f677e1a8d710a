"""A stranger's link, fetched so that nobody can make us look where only we can look.

    fetch(link, limit) -> Fetched

Cal. Bus. & Prof. Code 22757.2 (SB 942) asks for a free detector that takes a file or its address. A server that
fetches what strangers name is a hole in the house's wall unless (OWASP, server-side request forgery): the name is
resolved once, every address behind it is a public one, the connection goes to exactly that address, redirects are
judged like links, ports are the web's own, nothing of ours is sent along, and bytes and time are counted.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import PurePosixPath
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse
from urllib3.util import parse_url

from pingxing.errors import InvalidRequest, TooLarge, UnreadableFile

MAX_LINK = 2048  # characters
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = 3
_SECONDS = 20.0  # for everything, redirects and body together
_PATIENCE_S = 6.0  # for the connection, and for each read
_PIECE = 1 << 16
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # NAT64: an IPv4 address in disguise (RFC 6052)
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Pingxing-Verify"}


@dataclass(frozen=True, slots=True)
class Fetched:
    name: str  # last part of the link's path: what a person would call the file
    data: bytes


def fetch(link: str, limit: int) -> Fetched:
    """The file behind `link` (http or https, at most 2,048 characters), at most `limit` bytes of it.

    Raises InvalidRequest where the link is none, or leads to an address that is not public; TooLarge;
    UnreadableFile where nothing answers within 20 s, or the answer is not a file. Only the request is sent.
    """
    until = time.monotonic() + _SECONDS
    for _ in range(_REDIRECTS + 1):
        parts, host, port = _parsed(link)
        with _line(parts, host, port, until) as connection:
            answer = _ask(connection, parts, host)
            if answer.status in (301, 302, 303, 307, 308):
                link = urljoin(link, answer.headers.get("Location", ""))
                continue
            if answer.status != 200 or answer.headers.get("Content-Encoding", "identity") != "identity":
                raise UnreadableFile("link", status=answer.status)
            return Fetched(_name(parts), _body(answer, limit, until))
    raise UnreadableFile("link_redirects", limit=_REDIRECTS)


def is_public(address: str) -> bool:
    """Whether the whole internet knows this address by this name: neither ours, nor our network's, nor a disguise."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip in _TRANSLATED):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _parsed(link: str) -> tuple[SplitResult, str, int]:
    """Raises InvalidRequest for whatever is no plain web address: other schemes, ports, or a name and password."""
    if len(link) > MAX_LINK or any(ord(letter) <= 0x20 or letter == "\\" for letter in link):
        raise InvalidRequest("link")
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise InvalidRequest("link") from None
    if not host or parts.username is not None or port != _PORTS[parts.scheme]:
        raise InvalidRequest("link")
    return parts, host, port


def _public(host: str, port: int) -> str:
    """The address to connect to. One that is not public spoils them all: who mixes them means no good."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreadableFile("link_unreachable", host=host) from None
    addresses = [str(row[4][0]) for row in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise InvalidRequest("link_private", host=host)
    return addresses[0]


@contextmanager
def _line(parts: SplitResult, host: str, port: int, until: float) -> Iterator[HTTPConnection]:
    """A connection that is cut at a set time: who sends a byte every few seconds keeps to every timeout of a read."""
    address = _public(host, port)
    if parts.scheme == "https":  # the certificate is the name's, although the address is dialled
        connection: HTTPConnection = HTTPSConnection(address, port, server_hostname=host, timeout=_PATIENCE_S)
    else:
        connection = HTTPConnection(address, port, timeout=_PATIENCE_S)
    with _answering(host), timed(connection, until):
        yield connection


@contextmanager
def timed(connection: HTTPConnection, until: float) -> Iterator[None]:
    """`connection` connected, and cut at `until` (of `time.monotonic`) whatever it is doing then. Raises what it
    raises."""
    line: socket.socket | None = None

    def cut() -> None:
        if (still := line or connection.sock) is not None:
            with suppress(OSError):  # it has ended by itself
                still.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, until - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        line = connection.sock  # the connection forgets it once the answer says that it is the last one
        yield
    finally:
        timer.cancel()
        connection.close()


@contextmanager
def _answering(host: str) -> Iterator[None]:
    try:
        yield
    except (HTTPError, HTTPException, OSError) as error:
        raise UnreadableFile("link_unreachable", host=host) from error


def _ask(connection: HTTPConnection, parts: SplitResult, host: str) -> HTTPResponse:
    path = parse_url(parts._replace(fragment="").geturl()).request_uri
    headers = {**_HEADERS, "Host": f"[{host}]" if ":" in host else host}
    with _answering(host):
        connection.request("GET", path, headers=headers, preload_content=False, decode_content=False)
        return connection.getresponse()


def _body(answer: HTTPResponse, limit: int, until: float) -> bytes:
    pieces, size = [], 0
    try:
        while piece := answer.read(_PIECE):
            pieces.append(piece)
            if (size := size + len(piece)) > limit:
                raise TooLarge(limit=limit, member="file")
    except (HTTPError, HTTPException, OSError) as error:
        raise UnreadableFile("link_broken") from error
    if not size or time.monotonic() > until:  # a line that was cut can look like the end of the file
        raise UnreadableFile("link_broken")
    return b"".join(pieces)


def _name(parts: SplitResult) -> str:
    return PurePosixPath(unquote(parts.path)).name or (parts.hostname or "")
