"""`serve`, `link`, `key`: run the studio, get into it, let programs into it."""

from __future__ import annotations

import contextlib
import signal
import socket
from typing import Any

import click

from pingxing.cli.console import Console
from pingxing.errors import Unavailable


def serve(console: Console) -> click.Command:
    def run(host: str | None, port: int | None) -> None:
        import uvicorn

        from pingxing import settings
        from pingxing.api.app import create
        from pingxing.bootstrap import build

        configured = settings.load(host=host, port=port)
        if "language" not in configured.model_fields_set:  # said nowhere: then what this terminal speaks
            configured = configured.model_copy(update={"language": console.language})
        with contextlib.closing(_listen(configured.host, configured.port)) as listener:
            configured = configured.model_copy(update={"port": listener.getsockname()[1]})
            with build(configured) as app:
                config = uvicorn.Config(
                    create(app),
                    log_level="warning",
                    access_log=False,
                    # Longer than clients keep an idle connection (httpx, and so openai: 5 s): the side that
                    # sends must be the one that closes, or a request now and then meets a closed door.
                    timeout_keep_alive=75,
                    timeout_graceful_shutdown=5,
                    server_header=False,
                )
                _greet(console, app)
                # After an orderly end uvicorn raises the signal again; both kinds then end here, and the App is closed.
                signal.signal(signal.SIGTERM, signal.default_int_handler)
                with contextlib.suppress(KeyboardInterrupt):
                    uvicorn.Server(config).run(sockets=[listener])

    say = console.say
    params: list[click.Parameter] = [
        click.Option(["--host"], help=say("cli.serve.host")),
        click.Option(["--port"], type=click.IntRange(0, 65535), help=say("cli.serve.port")),
    ]
    return click.Command("serve", callback=run, params=params, help=say("cli.serve.help"))


def _listen(host: str, port: int) -> socket.socket:
    """Bound before anything is built, so that a port in use is the first thing one hears of. Raises Unavailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise Unavailable("port", host=host, port=port, problem=error.strerror) from error
    return listener


def _greet(console: Console, app: Any) -> None:
    """Address, one-time sign-in link, where the keys are. Plain lines: they are read by people and by scripts."""
    url, data = app.settings.url, app.settings.data_dir
    secret = app.identity.first_link()
    console.line("")
    console.line(f"  {console.say('cli.serve.title', name=app.settings.name)}")
    console.line(f"  {console.say('cli.serve.address')}  {url}")
    if secret is not None:
        console.line(f"  {console.say('cli.serve.sign_in')}  {url}/sign-in/{secret}")
    console.line(f"  {console.say('cli.serve.keys')}  {data / 'keys'}")
    console.line(f"  {console.say(f'names.serve.{app.settings.real_names}')}")
    console.line(f"  {console.say('cli.serve.stop')}")
    console.line("")


def link(console: Console) -> click.Command:
    def run(as_json: bool) -> None:
        from pingxing import settings
        from pingxing.bootstrap import build

        with build(settings.load()) as app:
            actor = app.identity.local_actor(console.language)
            url = f"{app.settings.url}/sign-in/{app.identity.new_link(actor, actor.account)}"
        if console.json_only:
            console.result({"url": url})
        else:
            console.line(url)

    return click.Command("link", callback=run, params=[_json(console)], help=console.say("cli.link.help"))


def key(console: Console) -> click.Command:
    def run(label: str, as_json: bool) -> None:
        from pingxing import settings
        from pingxing.bootstrap import build
        from pingxing.types import Scope

        with build(settings.load()) as app:
            actor = app.identity.local_actor(console.language)
            made, secret = app.identity.make_key(actor, label, frozenset({Scope.GENERATE, Scope.CHECK}))
        if console.json_only:
            console.result({"id": made.id, "key": secret})
        else:
            console.line(secret)
            console.note("cli.key.once")

    params = [click.Argument(["label"]), _json(console)]
    return click.Command("key", callback=run, params=params, help=console.say("cli.key.help"))


def _json(console: Console) -> click.Option:
    return click.Option(["--json", "as_json"], is_flag=True, help=console.say("cli.json"))
