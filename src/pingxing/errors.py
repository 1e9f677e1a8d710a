"""Every way a call can fail, as one tree.

    PingxingError
    |-- InvalidRequest        400  exit 2   a member is missing, unknown or beyond its limits
    |   |-- TooLarge          413  exit 2
    |   `-- UnreadableFile    415  exit 2
    |-- Unauthenticated       401  exit 2
    |-- Forbidden             403  exit 2
    |-- NotFound              404  exit 4
    |   |-- UnknownModel      404  exit 4
    |   `-- Withdrawn         410  exit 4   a person took a delivered picture back; says why
    |-- Conflict              409  exit 2   the thing is no longer in the state that was assumed
    |-- NotOffered            501  exit 6   other servers of this API have it, and this one does not, on purpose
    |-- Refused               400  exit 3   a rule stopped it; carries the verdict and the job
    |-- Unavailable           503  exit 6   a backend, disk or database is missing or failing
    |   |-- DeadlinePassed    504  exit 6   nothing was made by the moment after which it would be of no use
    |   |-- Stopping          503  exit 6   the process ends; the job stays and goes on at the next start
    |   |-- BackendFailed     503  exit 6   may be retried
    |   |-- StorageFailed     503  exit 6   the job waits until the disk or database is back
    |   `-- ServiceDown       503  exit 6   a service the operator configured does not answer; the job waits for it
    |-- Integrity             500  exit 5   something that must agree does not; nothing is delivered
    |   |-- LabelFailed       500  exit 5
    |   `-- LedgerBroken      500  exit 5
    |-- Overloaded            429  exit 7   carries retry_after and the place in the queue
    |   `-- QuotaExceeded     429  exit 7
    `-- BadSettings           500  exit 2

Messages live in the catalogues under `error.<code>` and `error.<code>.hint`, in both languages;
`i18n.explain(error, language)` fills them in. `params` must be safe to show to anyone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pingxing.types import Verdict


class PingxingError(Exception):
    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    waits: ClassVar[bool] = False  # no fault of the job's: after its last try it is kept, and taken up again

    def __init__(self, reason: str = "", **params: object) -> None:
        """`reason` narrows the message: the catalogue is asked for `error.<code>.<reason>` first."""
        super().__init__(self.code, reason, params)
        self.reason = reason
        self.params = params

    def __str__(self) -> str:
        shown = ", ".join(f"{k}={v}" for k, v in self.params.items())
        return f"{self.code}{'.' + self.reason if self.reason else ''}{f' ({shown})' if shown else ''}"


class InvalidRequest(PingxingError):
    code, status, exit_code = "invalid_request", 400, 2


class TooLarge(InvalidRequest):
    code, status = "too_large", 413


class UnreadableFile(InvalidRequest):
    code, status = "unreadable_file", 415


class Unauthenticated(PingxingError):
    code, status, exit_code = "unauthenticated", 401, 2


class Forbidden(PingxingError):
    code, status, exit_code = "forbidden", 403, 2


class NotFound(PingxingError):
    code, status, exit_code = "not_found", 404, 4


class UnknownModel(NotFound):
    code = "unknown_model"


class Withdrawn(NotFound):
    code, status = "withdrawn", 410


class Conflict(PingxingError):
    code, status, exit_code = "conflict", 409, 2


class NotOffered(PingxingError):
    code, status, exit_code = "not_offered", 501, 6


class Refused(PingxingError):
    code, status, exit_code = "refused", 400, 3

    def __init__(self, verdict: Verdict, job: str = "", reason: str = "") -> None:
        """`job` is empty where nothing was asked to be made: an upload (`reason` "upload")."""
        super().__init__(reason, job=job)
        self.verdict = verdict
        self.job = job


class Unavailable(PingxingError):
    code, status, exit_code = "unavailable", 503, 6


class DeadlinePassed(Unavailable):
    code, status = "deadline_passed", 504


class Stopping(Unavailable):
    code = "stopping"


class BackendFailed(Unavailable):
    code, retryable = "backend_failed", True


class StorageFailed(Unavailable):
    code, retryable, waits = "storage_failed", True, True


class ServiceDown(Unavailable):
    code, retryable, waits = "service_down", True, True


class Integrity(PingxingError):
    code, status, exit_code = "integrity", 500, 5


class LabelFailed(Integrity):
    code = "label_failed"


class LedgerBroken(Integrity):
    code = "ledger_broken"


class Overloaded(PingxingError):
    code, status, exit_code = "overloaded", 429, 7

    def __init__(self, reason: str = "", *, retry_after: int, **params: object) -> None:
        super().__init__(reason, retry_after=retry_after, **params)
        self.retry_after = retry_after


class QuotaExceeded(Overloaded):
    code = "quota_exceeded"


class BadSettings(PingxingError):
    code, exit_code = "bad_settings", 2


def by_code(code: str) -> PingxingError:
    """The error that a finished job remembers by its code; PingxingError itself for one we no longer know."""
    pending: list[type[PingxingError]] = [PingxingError]
    while pending:
        kind = pending.pop()
        if kind.code == code and not issubclass(kind, Refused | Overloaded):
            return kind()
        pending.extend(kind.__subclasses__())
    return PingxingError()
