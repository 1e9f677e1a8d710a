"""The studio's pages: server-rendered, bilingual, usable without JavaScript for reading and verifying."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingxing.bootstrap import App
from pingxing.web.lending import Lending
from pingxing.web.routes import routes

STATIC = Path(str(files("pingxing.web") / "static"))

_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def mount(server: FastAPI, app: App) -> None:
    """Add the pages and their files to the server."""
    server.state.lending = Lending()
    server.mount("/static", StaticFiles(directory=STATIC), name="static")
    server.router.routes.extend(routes)
    server.add_middleware(SafeHeaders)


class SafeHeaders:
    """Every answer says what a browser may do with it, unless its route said so itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/api/docs":  # that page is FastAPI's own
            await self._app(scope, receive, send)
            return

        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, careful)
