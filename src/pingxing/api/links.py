"""Links to pictures that carry their own permission, for clients that fetch a `url` without a header.

A link is a message from us to ourselves: whose picture, by which credential, until when, and an
HMAC over that. It opens nothing by itself: the credential is checked again when it is used, and the
bytes still come from `flow.release`.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from pingxing.bootstrap import App
from pingxing.errors import NotFound
from pingxing.store.vault import secret_file
from pingxing.types import Actor

LIFETIME = timedelta(hours=1)


def make(app: App, actor: Actor, receipt_id: str) -> str:
    until = int((app.clock() + LIFETIME).timestamp())
    return f"{app.settings.url}/v1/files/{receipt_id}?until={until}&by={actor.credential}&seal=" + _seal(
        app, actor.account, actor.credential, receipt_id, until
    )


def open_link(app: App, receipt_id: str, until: int, by: str, seal: str) -> Actor:
    """Raises NotFound for a link that we did not make or that has expired; Unauthenticated when its key is gone."""
    with app.store.read() as tx:
        account = tx.work.receipt(receipt_id).account
        genuine = hmac.compare_digest(_seal(app, account, by, receipt_id, until).encode(), seal.encode())
        if not genuine or datetime.fromtimestamp(until, app.clock().tzinfo) < app.clock():
            raise NotFound("link")
        return app.identity.still(tx, account, by)


def _seal(app: App, account: str, credential: str, receipt_id: str, until: int) -> str:
    key = secret_file(app.settings.data_dir / "keys" / "links.key")
    return hmac.new(key, f"{account}\n{credential}\n{receipt_id}\n{until}".encode(), sha256).hexdigest()
