"""The verifier that asks a service over HTTP: one address, a signed question, a signed answer, one set time.

    POST verifier_url     Pingxing-Time: 1794787200      Pingxing-Signature: v1=HMAC-SHA-256(key, question)
        {"v": 1, "case": "…", "name": "…", "paper": "id_card", "number": "…"}
    200                   Pingxing-Time, Pingxing-Signature: v1=HMAC-SHA-256(key, answer)
        {"v": 1, "case": "…", "result": "verified" | "refused" | "people", "reason": "" | "differs" | …}

What is signed is `pingxing/name/question/1` or `pingxing/name/answer/1`, a line feed, the time, a line feed and the
body, so that no question can be played back as an answer; `case` ties an answer to its question, and its time (seconds
since 1970) may be five minutes off. No redirect is followed, no proxy asked, nothing tried a second time; what goes
wrong is logged as one word of ours, never as anything of the question or the answer.
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from http.client import HTTPException
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from pingxing.errors import BadSettings, ServiceDown
from pingxing.fetching import timed
from pingxing.identity.vault import Person
from pingxing.identity.verifiers import OF_SERVICES, Answer
from pingxing.settings import Settings

QUESTION, ANSWER = b"pingxing/name/question/1", b"pingxing/name/answer/1"
MIN_KEY = 32  # characters
APART_S = 300  # that two clocks may be
_MOST = 4096  # bytes of an answer; there is no reason for more
_SCHEME = "v1="

log = logging.getLogger(__name__)


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    v: Annotated[int, Field(ge=1, le=1)]
    case: str
    result: Literal["verified", "refused", "people"]
    reason: Annotated[str, Field(max_length=20)] = ""


class ByService:
    """Raises BadSettings where there is no address. The key is asked for once somebody is to be verified: it lies in
    the server's environment, and a command in another shell lists accounts without it."""

    name = "service"

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        if not settings.verifier_url:
            raise BadSettings("value", setting="verifier_url", problem='verifier = "service" needs one')
        self._key = settings.verifier_key.get_secret_value().encode()
        self._clock, self._seconds = clock, settings.verifier_seconds
        self._url = urlsplit(settings.verifier_url)

    @property
    def host(self) -> str:
        return self._url.netloc

    def ready(self) -> None:
        if len(self._key) < MIN_KEY:
            raise BadSettings("value", setting="verifier_key", problem=f"needs {MIN_KEY} characters or more")

    def ask(self, case: str, who: Person) -> Answer:
        self.ready()
        try:
            told = self._told(case, who)
        except (HTTPError, HTTPException, OSError):
            raise _down("unreachable") from None
        if told.case != case:
            raise _down("another_case")
        reason = next((one for one in OF_SERVICES if one == told.reason), None)
        if told.result == "refused" and reason is not None:
            return Answer("refused", reason)
        if told.result == "refused" or told.reason:
            raise _down("reason")
        return Answer(told.result)

    def _told(self, case: str, who: Person) -> _Told:
        members = {"v": 1, "case": case, "name": who.name, "paper": who.paper, "number": who.number}
        body = json.dumps(members).encode("ascii")
        until = time.monotonic() + self._seconds
        connection = self._line()
        with timed(connection, until):
            at = str(int(self._clock().timestamp()))
            headers = {
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "Pingxing",
                "Pingxing-Time": at,
                "Pingxing-Signature": signature(self._key, QUESTION, at, body),
            }
            connection.request(
                "POST", self._url.path or "/", body, headers, preload_content=False, decode_content=False
            )
            answer = connection.getresponse()
            told = answer.read(_MOST + 1) if answer.status == 200 else b""
        if time.monotonic() > until:
            raise _down("late")
        return self._checked(answer, told)

    def _line(self) -> HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            return HTTPSConnection(host, port or 443, timeout=self._seconds)
        return HTTPConnection(host, port or 80, timeout=self._seconds)

    def _checked(self, answer: HTTPResponse, body: bytes) -> _Told:
        if answer.status != 200:
            raise _down(f"status_{answer.status}")
        if len(body) > _MOST:
            raise _down("too_long")
        at = answer.headers.get("Pingxing-Time", "")
        given = answer.headers.get("Pingxing-Signature", "")
        if not hmac.compare_digest(given.encode(), signature(self._key, ANSWER, at, body).encode()):
            raise _down("signature")
        if not (at.isascii() and at.isdigit()) or abs(int(at[:12]) - self._clock().timestamp()) > APART_S:
            raise _down("time")
        try:
            return _Told.model_validate_json(body)
        except ValidationError:
            raise _down("form") from None


def signature(key: bytes, kind: bytes, at: str, body: bytes) -> str:
    message = b"\n".join((kind, at.encode("utf-8", "replace"), body))
    return _SCHEME + hmac.new(key, message, sha256).hexdigest()


def _down(what: str) -> ServiceDown:
    log.warning("the service that verifies people gave no answer that counts: %s", what)
    return ServiceDown("verifier")
