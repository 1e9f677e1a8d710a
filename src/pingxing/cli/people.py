"""`pingxing people`: whose account it is, from the shell. Names and numbers are asked for, so that no history of
commands and no list of processes holds them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from pingxing.cli.console import Console
from pingxing.errors import InvalidRequest, NotFound
from pingxing.papers import PAPERS

if TYPE_CHECKING:
    from pingxing.bootstrap import App
    from pingxing.types import Actor

# As `identity.verifiers.OF_PEOPLE`, which is not read before a command runs (a test compares them).
_OF_PEOPLE = ("differs", "ended", "unreadable", "not_shown", "not_theirs")


def people(console: Console) -> click.Group:
    say = console.say
    as_json = click.Option(["--json", "as_json"], is_flag=True, help=say("cli.json"))
    account = click.Argument(["account"], metavar="ACCOUNT")
    group = click.Group("people", help=say("names.cli.help"))

    def list_people(as_json: bool) -> None:
        from pingxing import realnames

        with _app() as app:
            found = realnames.register(app, app.identity.local_actor(console.language))
        if console.json_only:
            told = [{"account": one.account.name, "standing": one.standing, "by": one.by} for one in found]
            console.result({"people": told})
            return
        for one in found:
            console.line(f"{say(f'names.standing.{one.standing}'):<12}  {one.account.name}")

    def verify(account: str, paper: str, as_json: bool) -> None:
        from pingxing import realnames

        name, number = _asked(console)
        with _app() as app:
            actor = app.identity.local_actor(console.language)
            realnames.verify(app, actor, _id(app, actor, account), name, paper, number)
        _done(console, account, "verified")

    def refuse(account: str, because: str, as_json: bool) -> None:
        from pingxing import realnames

        with _app() as app:
            actor = app.identity.local_actor(console.language)
            realnames.refuse(app, actor, _id(app, actor, account), because)
        _done(console, account, "refused")

    def erase(account: str, as_json: bool) -> None:
        from pingxing import realnames

        with _app() as app:
            actor = app.identity.local_actor(console.language)
            realnames.erase(app, actor, _id(app, actor, account))
        _done(console, account, "erased")

    def turn(as_json: bool) -> None:
        from pingxing import realnames

        with _app() as app:
            count = realnames.turn(app, app.identity.local_actor(console.language))
        if console.json_only:
            console.result({"records": count})
        else:
            console.line(say("names.cli.turned", count=count))

    def list_openings(as_json: bool) -> None:
        from pingxing import openings, realnames

        with _app() as app:
            actor = app.identity.local_actor(console.language)
            names = {one.account.id: one.account.name for one in realnames.register(app, actor)}
            told = [
                {
                    "id": one.id,
                    "account": names[one.subject],
                    "state": openings.state(app, one),
                    "asker": names[one.asker],
                    "second": names.get(one.second or "", ""),
                    "reason": one.reason,
                }
                for one in openings.listing(app, actor)
            ]
        if console.json_only:
            console.result({"openings": told})
            return
        for row in told:
            state = say(f"names.opening.{row['state']}")
            console.line(f"{row['id']}  {state}  {row['account']}  {row['asker']}: {row['reason']}")

    def ask(account: str, reason: str, as_json: bool) -> None:
        from pingxing import openings

        with _app() as app:
            actor = app.identity.local_actor(console.language)
            made = openings.ask(app, actor, _id(app, actor, account), reason)
        if console.json_only:
            console.result({"opening": made})
        else:
            console.line(made)
            console.note("names.cli.asked")

    def decide(opening: str, approve: bool) -> None:
        from pingxing import openings

        with _app() as app:
            openings.decide(app, app.identity.local_actor(console.language), opening, approve=approve)
        _done(console, opening, "approved" if approve else "declined", "opening")

    def show(opening: str, as_json: bool) -> None:
        from pingxing import openings

        with _app() as app:
            who = openings.show(app, app.identity.local_actor(console.language), opening)
        if console.json_only:
            console.result({"name": who.name, "paper": who.paper, "number": who.number})
        else:
            console.line(f"{who.name}  {say(f'names.paper.{who.paper}')}  {who.number}")

    reason = click.Option(["--reason"], required=True, help=say("names.cli.reason"))
    opening = click.Argument(["opening"], metavar="ID")

    paper = click.Option(["--paper"], type=click.Choice(PAPERS), required=True, help=say("names.cli.paper"))
    because = click.Option(["--because"], type=click.Choice(_OF_PEOPLE), required=True, help=say("names.cli.because"))
    for name, run, params in (
        ("list", list_people, []),
        ("verify", verify, [account, paper]),
        ("refuse", refuse, [account, because]),
        ("erase", erase, [account]),
        ("turn-key", turn, []),
        ("openings", list_openings, []),
        ("open", ask, [account, reason]),
        ("approve", lambda opening, as_json: decide(opening, approve=True), [opening]),
        ("decline", lambda opening, as_json: decide(opening, approve=False), [opening]),
        ("show", show, [opening]),
    ):
        command = click.Command(name, callback=run, params=[*params, as_json], help=say(f"names.cli.{name}"))
        group.add_command(command)
    return group


def _asked(console: Console) -> tuple[str, str]:
    """Name and number: typed at a terminal unseen, or a JSON object with both members on stdin."""
    if sys.stdin.isatty():
        ask = [click.prompt(console.say(f"names.{one}"), hide_input=True, err=True) for one in ("name", "number")]
        return str(ask[0]), str(ask[1])
    try:
        told = json.loads(sys.stdin.buffer.read(10_000))
    except ValueError as error:
        raise InvalidRequest("json", member="stdin") from error
    if not isinstance(told, dict) or not all(isinstance(told.get(member), str) for member in ("name", "number")):
        raise InvalidRequest("missing", member="name, number")
    return told["name"], told["number"]


def _id(app: App, actor: Actor, name: str) -> str:
    found = next((one.id for one in app.identity.accounts(actor) if one.name == name), None)
    if found is None:
        raise NotFound("account")
    return found


def _done(console: Console, what: str, state: str, kind: str = "account") -> None:
    if console.json_only:
        console.result({kind: what, "standing": state})
    else:
        word = "standing" if kind == "account" else kind
        console.line(f"{console.say(f'names.{word}.{state}')}  {what}")


def _app() -> App:
    from pingxing.bootstrap import build
    from pingxing.settings import load

    return build(load())
