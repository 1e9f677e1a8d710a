"""1,000 requests over HTTP from 50 accounts at once: `python -m bench.load [--quick]`.

All requests are sent together to a real `pingxing serve` process. Then: was every one answered and
delivered, is every picture labelled, does every receipt prove, and did anybody starve?
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.common import Result, Target, conditions, run, say, spread
from bench.floor import floor_ms
from bench.studio import Person, Studio, people, prompts
from bench.truth import Examiner, labelled_for

SIDE = 512
_LOOK_EVERY_S = 0.5
_GIVE_UP_S = 1_800.0


@dataclass
class Order:
    """One request and what became of it. Times are seconds of the machine's clock, which both sides share."""

    person: Person
    prompt: str
    seed: int
    sent: float = 0.0
    acknowledged: float = 0.0
    ended: float = 0.0  # when its pictures and receipts were committed
    told: float = 0.0  # when its event stream said so, for those that watch
    job: str = ""
    state: str = ""
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def wait(self) -> float:
        return self.ended - self.sent


def measure(quick: bool) -> Result:
    accounts, each = (10, 4) if quick else (50, 20)
    facts = conditions(accounts=accounts, requests=accounts * each, size=f"{SIDE}x{SIDE}", format="png")
    floor = floor_ms(SIDE, SIDE, 10 if quick else 30)
    with tempfile.TemporaryDirectory(prefix="pingxing-load-") as folder:
        data = Path(folder) / "data"
        say(f"making {accounts} accounts")
        *members, newcomer = people(data, accounts + 1)
        with Studio(data) as studio:
            studio.start()
            orders, memory, seconds = asyncio.run(_drive(studio, members, newcomer, each))
            studio.stop()
        truth = Examiner(data).settled()
    return _judge(orders, truth.problems, memory, seconds, floor, facts)


async def _drive(
    studio: Studio, members: Sequence[Person], newcomer: Person, each: int
) -> tuple[list[Order], float, float]:
    wishes, accounts, clients = prompts(), len(members), dict[str, httpx.AsyncClient]()
    orders = [
        Order(person, wishes[(i * each + n) % len(wishes)], seed=i * each + n)
        for n in range(each)
        for i, person in enumerate(members)
    ]
    late = Order(newcomer, wishes[0], seed=len(orders))
    async with AsyncExitStack() as stack:
        # A client for each account with a connection for each request: one large pool would measure the pool.
        for person in (*members, newcomer):
            client = httpx.AsyncClient(
                base_url=studio.url,
                headers=person.headers,
                limits=httpx.Limits(max_connections=each + 1, max_keepalive_connections=each + 1),
                timeout=httpx.Timeout(120, pool=None),
                trust_env=False,
            )
            clients[person.account] = await stack.enter_async_context(client)
        # What is loaded lazily is loaded by a first picture, which is not counted.
        await _first(clients[members[0].account], members[0])
        begun = time.time()
        say(f"sending {len(orders)} requests")
        sending = [asyncio.create_task(_send(clients[order.person.account], order)) for order in orders]
        # Each account watches its first order, as a person would who has the page open.
        watching = [
            asyncio.create_task(_watch(clients[order.person.account], order, sending[i]))
            for i, order in enumerate(orders[:accounts])
        ]
        await asyncio.gather(*sending)
        say(f"acknowledged after {time.time() - begun:.1f} s")
        await _send(clients[newcomer.account], late)  # one more account, one request, behind everybody
        orders.append(late)
        memory = await _all_ended(studio)
        await asyncio.gather(*watching)
        seconds = max(_ends(studio.data).values()) - begun
        say(f"ended after {seconds:.1f} s; fetching")
        ends = _ends(studio.data)
        for order in orders:
            order.ended = ends.get(order.job, 0.0)
            await _look(clients[order.person.account], order)
            await _fetch(clients[order.person.account], order)
    return orders, memory, seconds


async def _first(client: httpx.AsyncClient, person: Person) -> None:
    order = Order(person, prompts()[0], seed=0)
    await _watch(client, order, asyncio.create_task(_send(client, order)))


async def _send(client: httpx.AsyncClient, order: Order) -> None:
    body = {"prompt": order.prompt, "seed": order.seed, "width": SIDE, "height": SIDE}
    order.sent = time.time()
    try:
        answer = await client.post("/api/jobs", json=body)
    except httpx.TransportError as error:
        order.problems.append(f"no answer: {type(error).__name__}")
        return
    order.acknowledged = time.time()
    if answer.status_code not in (200, 201, 202):
        order.problems.append(f"answered {answer.status_code}: {answer.text[:200]}")
        return
    order.job = answer.json()["job"]


async def _watch(client: httpx.AsyncClient, order: Order, sending: asyncio.Task[None]) -> None:
    """Follow an order's events to its end, once it was acknowledged."""
    await sending
    if not order.job:
        return
    path = f"/api/jobs/{order.job}/events"
    async with client.stream("GET", path, timeout=_GIVE_UP_S) as events:
        async for line in events.aiter_lines():
            if line in ("event: done", "event: refused", "event: failed", "event: cancelled"):
                order.told = time.time()
                return
    order.problems.append("its events ended before it did")


async def _all_ended(studio: Studio) -> float:
    """Wait until no job is open; the most memory (MiB, resident) that was seen. Asks the database, not the
    server: a thousand clients that ask again and again would be what is measured."""
    most, until = 0.0, time.time() + _GIVE_UP_S
    while time.time() < until and _open(studio.data):
        most = max(most, (await asyncio.to_thread(studio.memory))[0])
        await asyncio.sleep(_LOOK_EVERY_S)
    return most


def _open(data: Path) -> int:
    with closing(sqlite3.connect(data / "pingxing.db", timeout=20)) as database:
        query = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')"
        return int(database.execute(query).fetchone()[0])


def _ends(data: Path) -> dict[str, float]:
    with closing(sqlite3.connect(data / "pingxing.db", timeout=20)) as database:
        rows = database.execute("SELECT id, finished_at FROM jobs WHERE finished_at IS NOT NULL")
        return {job: microseconds / 1e6 for job, microseconds in rows}


async def _look(client: httpx.AsyncClient, order: Order) -> None:
    if not order.job:
        return
    answer = await client.get(f"/api/jobs/{order.job}")
    if answer.status_code != 200:
        order.problems.append(f"its job answered {answer.status_code}")
        return
    found = answer.json()
    order.state, order.artifacts = found["state"], found["artifacts"]


async def _fetch(client: httpx.AsyncClient, order: Order) -> None:
    """The bytes, their digest, their label, and the receipt's proof by the independent checker."""
    from pingxing.ledger import audit

    if order.state != "delivered" or len(order.artifacts) != 1:
        order.problems.append(f"ended {order.state or 'never'} with {len(order.artifacts)} pictures")
        return
    artifact = order.artifacts[0]
    receipt = artifact["receipt"]["id"]
    answer = await client.get(artifact["url"] or f"/api/receipts/{receipt}/file")
    if answer.status_code != 200 or hashlib.sha256(answer.content).hexdigest() != artifact["sha256"]:
        order.problems.append(f"its picture answered {answer.status_code} or other bytes")
        return
    if labelled_for(answer.content) != receipt:
        order.problems.append("its picture is not labelled for its receipt")
    answer = await client.get(f"/api/receipts/{receipt}/proof")
    if answer.status_code != 200:
        order.problems.append(f"its proof answered {answer.status_code}")
        return
    proof = answer.json()
    leaf, path = proof["leaf"].encode(), [bytes.fromhex(step) for step in proof["path"]]
    if not audit.includes(leaf, proof["index"], proof["size"], path, bytes.fromhex(proof["root"])):
        order.problems.append("its receipt does not prove")
    if receipt.encode() not in leaf or artifact["sha256"].encode() not in leaf:
        order.problems.append("what was proved is not its delivery")


def _judge(
    orders: Sequence[Order],
    problems: Sequence[str],
    memory: float,
    seconds: float,
    floor: float,
    facts: dict[str, Any],
) -> Result:
    *orders, late = orders
    own = [f"request {order.seed}: {problem}" for order in (*orders, late) for problem in order.problems]
    waits: dict[str, list[float]] = defaultdict(list)
    for order in orders:
        if order.state == "delivered":
            waits[order.person.account].append(order.wait)
    overall = statistics.median([wait for several in waits.values() for wait in several] or [0.0])
    medians = [statistics.median(several) for several in waits.values()]
    slowest = max(medians, default=0.0)
    lost = sum(order.state != "delivered" for order in (*orders, late))
    ours = {
        "delivered": len(orders) + 1 - lost,
        "seconds": round(seconds, 2),
        "pictures_per_second": round((len(orders) + 1 - lost) / seconds, 2) if seconds else 0.0,
        "acknowledge_s": spread([order.acknowledged - order.sent for order in orders if order.job]),
        "wait_s": spread([wait for several in waits.values() for wait in several]),
        "account_median_wait_s": spread(medians),
        "told_after_end_s": spread([order.told - order.ended for order in orders if order.told and order.ended]),
        "newcomer_wait_s": round(late.wait, 2),
        "memory_mib": round(memory, 1),
    }
    per_picture = seconds * 1000 / (len(orders) + 1)
    return Result(
        name="load",
        ours=ours,
        peers={"bare_render_and_encode_ms": round(floor, 2)},
        ratio={"wall_per_picture_over_bare": round(per_picture / floor, 2)},
        targets=[
            Target("requests lost", 0, lost, "requests"),
            Target("pictures or receipts that are wrong", 0, len(own) + len(problems), "problems"),
            Target(
                "slowest account's median wait over all", 2.0, round(slowest / overall, 3) if overall else 99.0, "x"
            ),
        ],
        conditions={**facts, "note": "the clients ran on the same cores as the server"},
        problems=[*own, *problems],
    )


def main() -> int:
    return run("load", measure)


if __name__ == "__main__":
    sys.exit(main())
