"""The press: a picture becomes a labelled file, and labelled files become receipts.

Everything is derived from the job (receipt identifiers, the label's time, the seed), so that a job run
again after a crash makes the same picture with the same labels under the same names. Only a signed manifest
has salt and a number of its own; the file of the run that was cut off is an orphan, and swept.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pingxing import __version__
from pingxing.house import House
from pingxing.label import PLAIN, aigc_record, bare, seal, seal_moving
from pingxing.label.c2pa import Ingredient
from pingxing.ledger import entries
from pingxing.store.store import Tx
from pingxing.store.work import ReceiptKind
from pingxing.types import MIN_SIDE, MOVING_MEDIA, Actor, Artifact, Format, Job, Mark, Picture, Receipt, Scene

SYSTEM = "Pingxing"
BROUGHT = "brought"  # what the log says that made a file which was only labelled here (`labelling`)
_GLIMPSE = -1  # stands for the step of a preview: an identifier that no receipt has
Origin = Sequence[Ingredient]  # pictures that went into this one


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture that was labelled, read back and stored; nobody's until its receipt is committed."""

    receipt: str
    position: int
    artifact: Artifact
    label: str  # digest of the AIGC record
    seed: int
    scene: Scene | None


def press(
    house: House, job: Job, actor: Actor, picture: Picture, position: int, *, preview: int = 0, origin: Origin = ()
) -> Labelled:
    """Label, read back (inside `seal`) and store one picture; `preview` is the step a preview shows.

    A preview has visible mark and record, but neither watermark nor manifest: it is small, and seen once.

    Raises LabelFailed when the label cannot be read back, StorageFailed when the file cannot be kept.
    """
    mark = house.kit.signed(_mark(house, job, actor, receipt_id(job.id, position, preview)))
    picture = replace(picture, dpi=job.request.dpi or 0)
    motion = None if preview else job.request.motion
    if motion is not None:
        data, media_type = seal_moving(picture, motion, mark, house.kit, origin), MOVING_MEDIA[motion.form]
    else:
        form = Format.WEBP if preview else job.request.format
        data, media_type = seal(picture, form, mark, PLAIN if preview else house.kit, origin), form.media_type
    artifact = Artifact(house.blobs.put(data), len(data), picture.width, picture.height, media_type)
    seed = list(job.request.each())[position].seed or 0
    label = hashlib.sha256(aigc_record(mark).encode()).hexdigest()
    return Labelled(mark.produce_id, position, artifact, label, seed, picture.scene)


def mark_of(house: House, actor: Actor, job: Job, receipt: str, *, trained: bool = True, mixed: bool = False) -> Mark:
    """What the label of a file of this job says, not yet signed. `mixed`: made out of somebody's own file."""
    return Mark(
        language=actor.label_language,
        producer=house.settings.provider_code,
        produce_id=receipt,
        system=SYSTEM,
        version=__version__,
        model=job.request.model,
        created_at=job.created_at,
        trained=trained,
        mixed=mixed,
    )


def _mark(house: House, job: Job, actor: Actor, receipt: str) -> Mark:
    trained = house.registry.backend(job.request.model).model.trained
    return mark_of(house, actor, job, receipt, trained=trained, mixed=bool(job.request.init_image))


def press_bare(
    house: House, job: Job, actor: Actor, picture: Picture, position: int, receipt: str, origin: Origin = ()
) -> Labelled:
    """As `press`, without the visible mark; for `copies` alone. Raises LabelFailed, StorageFailed."""
    form, motion = job.request.format, job.request.motion
    mark = house.kit.signed(_mark(house, job, actor, receipt))
    picture = replace(picture, dpi=job.request.dpi or 0)
    if motion is not None:
        data = seal_moving(picture, motion, mark, house.kit, origin, bare=True)
    else:
        data = bare(picture, form, mark, house.kit, origin)
    media_type = form.media_type if motion is None else MOVING_MEDIA[motion.form]
    artifact = Artifact(house.blobs.put(data), len(data), picture.width, picture.height, media_type)
    label = hashlib.sha256(aigc_record(mark).encode()).hexdigest()
    return Labelled(mark.produce_id, position, artifact, label, 0, None)


def glimpse(house: House, job: Job, actor: Actor, picture: Picture, position: int) -> tuple[bytes, str]:
    """A stopped picture as a person sees it who decides about it: marked like a preview, stored nowhere, nobody's.

    Bytes and media type. Raises LabelFailed.
    """
    mark = house.kit.signed(_mark(house, job, actor, receipt_id(job.id, position, _GLIMPSE)))
    return seal(picture, Format.WEBP, mark, PLAIN), Format.WEBP.media_type


def markable(picture: Picture) -> bool:
    """A picture with a side under 64 pixels has no room for a lawful mark, so as a preview it is not shown."""
    return min(picture.width, picture.height) >= MIN_SIDE


def issue(
    house: House, tx: Tx, job: Job, files: Sequence[Labelled], kind: ReceiptKind = "output", step: int = 0
) -> None:
    """Write labels and deliveries into the log and a receipt for each file, in the caller's transaction."""
    who = house.ledger.pseudonym(job.account)
    records: list[entries.Entry] = []
    for file in files:
        sha256 = file.artifact.sha256
        if kind == "preview":
            records.append(entries.Previewed(job.id, file.receipt, step, sha256, file.label))
        else:
            records.append(entries.Labelled(job.id, sha256, file.label))
            records.append(entries.Delivered(job.id, who, file.receipt, file.position, sha256, job.request.model))
    places = house.ledger.extend(tx.log, records)
    sealed, now, each = house.ledger.seal(tx.log), house.clock(), len(records) // len(files)
    for i, file in enumerate(files):
        receipt = Receipt(
            id=file.receipt,
            job=job.id,
            account=job.account,
            position=file.position,
            artifact=file.artifact,
            seed=file.seed,
            log_index=places[i * each + each - 1].index,
            tree_size=sealed.size,
            root=sealed.root,
            issued_at=now,
            scene=file.scene,
        )
        tx.work.add_receipt(receipt, kind)


def receipt_id(job_id: str, position: int, preview: int = 0) -> str:
    return uuid.uuid5(uuid.UUID(job_id), f"{position}/{preview}").hex
