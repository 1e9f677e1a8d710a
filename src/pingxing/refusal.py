"""What a refusal leaves on record. Where a rule only doubts ("review"), the house itself asks people to look."""

from __future__ import annotations

import uuid
from datetime import timedelta

from pingxing.house import House
from pingxing.ledger import entries
from pingxing.store.store import Tx
from pingxing.store.work import Appeal
from pingxing.types import Job, Verdict


def rules(verdict: Verdict) -> tuple[str, ...]:
    """As the ledger names them."""
    return tuple(sorted(verdict.rules))[:50]


def hold(house: House, tx: Tx, job: Job, verdict: Verdict) -> None:
    """Put a refusal whose verdict is "review" before people, in the transaction that refuses.

    A case without words: whoever asked may add some (`appeals.file`). Does nothing for other verdicts.
    """
    if verdict.decision != "review":
        return
    now = house.clock()
    appeal = Appeal(
        id=uuid.uuid4().hex,
        job=job.id,
        account=job.account,
        words="",
        state="open",
        answer="",
        successor=None,
        created_at=now,
        decided_at=None,
        due_at=now + timedelta(days=house.settings.appeal_days),
        kind="review",
    )
    tx.work.add_appeal(appeal)
    house.ledger.append(tx.log, entries.Review(job.id, appeal.id))
    house.ledger.seal(tx.log)
