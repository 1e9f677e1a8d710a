"""A service that verifies people, as an operator could run one: a real server on this machine, which knows two people.

It signs by the words of the guide (docs/guides/operate.md) and imports nothing of ours, so that it proves them."""

from __future__ import annotations

import hmac
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "a key of thirty-two characters !"
ANN = ("Ann Unmistakable", "id_card", "11010519491231002X")
BOB = ("欧阳 晓雪", "id_card", "440524188001010014")


class Service:
    """`known` are right; a known number with another name `differs`; whatever else is `unknown`.

    `spoil` names what it does wrong, and the rest of its life is then like that. `asked` is what came, as it came."""

    def __init__(self, *known: tuple[str, str, str], key: str = KEY) -> None:
        self.known, self.key = known or (ANN, BOB), key.encode()
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.spoil = ""
        self.url = ""
        self.held: threading.Event | None = None

    def result(self, body: dict[str, Any]) -> dict[str, Any]:
        told = {"v": 1, "case": body["case"], "reason": ""}
        if self.spoil == "people":
            return told | {"result": "people"}
        numbers = {number: name for name, _, number in self.known}
        if body["number"] not in numbers:
            return told | {"result": "refused", "reason": "unknown"}
        if numbers[body["number"]] != body["name"]:
            return told | {"result": "refused", "reason": "differs"}
        return told | {"result": "verified"}

    def answer(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of what it says."""
        at = headers["pingxing-time"]
        if not hmac.compare_digest(headers["pingxing-signature"], self.signed("question", at, body)):
            return 403, {}, b""
        told = self.result(json.loads(body))
        told |= {
            "case": {"case": "0" * 32},
            "no_reason": {"result": "refused", "reason": ""},
            "own_reason": {"result": "refused", "reason": "looks odd"},
            "reason_for_yes": {"result": "verified", "reason": "unknown"},
            "maybe": {"result": "maybe"},
            "more": {"score": 0.99},
            "yes_as_number": {"v": True},
        }.get(self.spoil, {})
        if self.spoil == "less":
            del told["result"]
        data = b"[" * 3000 if self.spoil == "nested" else json.dumps(told).encode()
        data = data + b" " * 5000 if self.spoil == "long" else data
        now = str(int(time.time()) - (600 if self.spoil == "old" else 0))
        now = "now" if self.spoil == "no_time" else now
        sign = self.signed("question" if self.spoil == "played_back" else "answer", now, data)
        sign = {"unsigned": "", "other_key": "v1=" + "0" * 64}.get(self.spoil, sign)
        if self.spoil == "changed":
            data = data.replace(b"refused", b"verified").replace(b"unknown", b"") + b" "
        return (500 if self.spoil == "status" else 200), {"Pingxing-Time": now, "Pingxing-Signature": sign}, data

    def signed(self, what: str, at: str, body: bytes) -> str:
        message = f"pingxing/name/{what}/1\n{at}\n".encode() + body
        return "v1=" + hmac.new(self.key, message, sha256).hexdigest()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has hung up, which some of the tests are about."""


@contextmanager
def serving(service: Service, tls: ssl.SSLContext | None = None) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.asked.append((self.path, headers, body))
            if service.held is not None:
                service.held.wait(30)
            if service.spoil == "hang_up":
                return
            if service.spoil == "redirect":
                self.send_response(307)
                self.send_header("Location", service.url + "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status, told, data = service.answer(headers, body)
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if service.spoil == "slow":  # a byte now and then keeps to every timeout of a single read
                for byte in data:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.2)
            else:
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is written."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    service.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


SPOILT = (
    "case", "no_reason", "own_reason", "reason_for_yes", "maybe", "more", "yes_as_number", "less", "nested", "long",
    "old", "no_time", "played_back", "unsigned", "other_key", "changed", "status", "hang_up", "redirect", "slow",
)  # fmt: skip
