"""What one person prepared, as another looks at it and releases it: released is what was shown."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from api.audit.note import made
from api.operations.readings import deliver_released
from api.server.database import as_product
from billing.previews.readings_effect import CONTRACTS_MAX, OwedOfContracts, effect, owed_of, rated_with
from billing.previews.repricing import Repricing
from metering.deliveries import history
from metering.deliveries.changed_readings import ChangedReadings, changed_readings, changed_since
from metering.deliveries.history import Batch
from metering.deliveries.receipt import Receipt, Sender
from metering.log.transaction import watermark
from metering.quality.edits import store
from metering.quality.edits.store import PreparedEdit
from quantities.errors import Conflict, UsufructError


class OtherThanShown(Conflict):
    """The edit would write something else than was shown."""


class ReadingsChangedSince(Conflict):
    """The readings have changed since the edit was prepared."""


@dataclass(frozen=True, slots=True)
class EditLook:
    """What an edit would write, or has written.

    Attributes:
        prepared: who prepared what, when and why; and who released it.
        readings: a page of the readings that change, each before and after.
        receipt: of what would be stored, with the verdicts of a file; None where nothing can be, or it is released.
        refused: why it cannot be released as it is; empty where it can.
        reprices: the documents that it corrects, as of now, each by how much; of a released edit nothing is said.
        contracts_left_out: how many more contracts it concerns, of which the documents are not rated again.
        since: deliveries that have changed the same readings since it was prepared, the oldest first.
        digest: of all of it; who releases what was shown names it. Empty where it is released, or cannot be.
    """

    prepared: PreparedEdit
    readings: ChangedReadings
    receipt: Receipt | None = None
    refused: str = ""
    reprices: Repricing = field(default_factory=Repricing)
    contracts_left_out: int = 0
    since: Sequence[Batch] = ()
    digest: str = ""


_NOTHING_OWED = OwedOfContracts({}, {}, {})


def show_edit(session: Session, number: int, *, who: str, at: datetime, after: int = 0, most: int = 100) -> EditLook:
    """Show what an edit would write: it is written, looked at, and taken back with the whole transaction.

    Args:
        session: states the tenant, and has written nothing yet; it goes on with a new transaction.
        number: of the edit.
        who: looks.
        at: the instant.
        after: how many readings the pages before have.
        most: how many the page has.

    Raises:
        UnknownEdit: there is no edit of that number.
    """
    prepared = store.find(session, number)
    if prepared.edit.batch is not None:
        return EditLook(prepared, changed_readings(session, [prepared.edit.batch], after=after, most=most))
    with as_product(session):  # whoever may look may not write
        look = _rehearsed(session, prepared, Sender(f"edit {number}", who, at), (after, most))
    session.rollback()
    return look


def release_edit(session: Session, number: int, *, who: str, at: datetime, shown: str | None = None) -> Batch:
    """Release an edit that another person prepared: only now is it written.

    Args:
        session: states the tenant.
        number: of the edit.
        who: releases it.
        at: the instant.
        shown: the digest of what was shown; without it, whatever it comes to is written, unless deliveries since it
            was prepared have changed the same readings.

    Returns:
        The batch that it is written in.

    Raises:
        UnknownEdit: there is no edit of that number.
        EditAlreadyReleased: it is written already.
        SamePerson: whoever releases it has prepared it, and the tenant keeps to four eyes.
        OtherThanShown: it comes to something else than what was shown; nothing is written.
        ReadingsChangedSince: nothing says that it was looked at, and the readings have changed.
    """
    prepared, by = store.find(session, number), Sender(f"edit {number}", who, at)
    if prepared.edit.batch is None:
        store.refuse_same_person(session, prepared.edit, who)
    with as_product(session):  # what an edit changes, whoever releases it may not change alone
        readings = None
        if shown is not None and prepared.edit.batch is None:
            look = _rehearsed(session, prepared, by, (0, 0))
            readings = look.readings.sha256
            if look.digest != shown:
                _refuse_other(number, look.digest or look.refused, shown)
        receipt = store.release(session, number, by, deliver_released)
        batches = batches_of(receipt)
        if readings is None:
            _refuse_changed(number, _since(session, prepared, batches))
        elif changed_readings(session, batches, most=0).sha256 != readings:
            _refuse_other(number, "other readings", shown)
    made(session, f"batch {receipt.batch}")
    return history.batch(session, receipt.batch)


def batches_of(receipt: Receipt) -> list[int]:
    """The batches of a receipt: its own, and those of exchanges that its file declares."""
    return sorted({receipt.batch, *(exchange.batch for exchange in receipt.exchanges)})


def _refuse_other(number: int, comes_to: str, shown: str | None) -> None:
    detail = f"edit {number} comes to something else by now: usufruct edit show {number}"
    raise OtherThanShown(detail, found=shown, expected=comes_to)


def _refuse_changed(number: int, since: Sequence[Batch]) -> None:
    if since:
        named = ", ".join(f"batch {batch.id} of {batch.recorded_by}" for batch in since)
        detail = f"{named} changed what edit {number} changes: look at it with usufruct edit show {number}"
        expected = "the digest of what it comes to now"
        raise ReadingsChangedSince(detail, found=[batch.id for batch in since], expected=expected)


def _since(session: Session, prepared: PreparedEdit, batches: Collection[int]) -> list[Batch]:
    known = prepared.delivery.known_batch
    return [] if known is None else changed_since(session, batches, known)


def _rehearsed(session: Session, prepared: PreparedEdit, by: Sender, page: tuple[int, int]) -> EditLook:
    """Write what an edit would, look at it, and take it back."""
    known, (after, most) = watermark(session), page
    contract_ids: list[int] = []
    with session.begin_nested() as savepoint:
        try:
            receipt = store.rehearse(session, prepared.edit.id, by, deliver_released)
        except UsufructError as refusal:
            savepoint.rollback()
            return EditLook(prepared, ChangedReadings(0, "", ()), refused=str(refusal))
        batches = batches_of(receipt)
        look = EditLook(
            prepared,
            changed_readings(session, batches, after=after, most=most),
            receipt,
            since=_since(session, prepared, batches),
        )
        contract_ids = rated_with(session, batches)
        owed_after = _owed(session, contract_ids, max(batches), by)
        savepoint.rollback()
    reprices = effect(_owed(session, contract_ids, known, by), owed_after)
    left_out = max(0, len(contract_ids) - CONTRACTS_MAX)
    look = replace(look, reprices=reprices, contracts_left_out=left_out)
    return replace(look, digest=_digest(look))


def _owed(session: Session, contract_ids: Sequence[int], known: int, by: Sender) -> OwedOfContracts:
    chosen = contract_ids[:CONTRACTS_MAX]
    return owed_of(session, chosen, known, by.recorded_at) if chosen else _NOTHING_OWED


def _digest(look: EditLook) -> str:
    """Digest what is shown, whichever page: what is stored, refused and declared, and what it reprices."""
    receipt, delivery = look.receipt, look.prepared.delivery
    stored = () if receipt is None else (receipt.stored, receipt.corrected, receipt.refused)
    facts = [
        look.prepared.edit.id,
        look.readings.sha256,
        stored,
        delivery.model_dump_json(include={"closing", "opening", "serial", "approved_until"}),
        look.prepared.approved_until,
        [(document.number, document.net, document.gross) for document in look.reprices.documents],
        look.reprices.fault,
    ]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:_DIGEST_CHARACTERS]


_DIGEST_CHARACTERS = 16
