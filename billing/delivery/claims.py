"""What is due to be sent or asked about, claimed by one worker at a time; and what came of it.

A claim is a transaction of its own: it writes that the attempt begins, with the hash of what will be sent, and is
committed before the first byte leaves the house. The outcome is another one. Whoever is killed between leaves an
attempt of which nobody knows the outcome, and no second one is begun by itself, unless the way was asked and never
heard of it.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from billing.delivery import links
from billing.delivery.documents.store import DeliveredDocument, document_of
from billing.delivery.outgoing import Outgoing
from billing.delivery.pay_links.store import PayToken, make_pay_tokens
from billing.delivery.state import DeliveryHappening, DeliveryNotSo, DocumentDeliveryState
from billing.delivery.store import (
    BETWEEN,
    add_event,
    answered,
    happens,
    in_one_line,
    locked,
    note_sending,
)
from billing.delivery.way import AskedStatus, SendingAttempt, SendingReceipt
from billing.due.pauses.store import is_document_held_back
from billing.receivables.issued import account_of
from billing.receivables.store import lock_account
from billing.tables import DeliveryRow
from billing.voiding.store import is_asked
from contracts.delivery_terms import EXPECTED_ADDRESS, DeliveryWay
from quantities.errors import UsufructError

#: Whoever claims has so long to say what came of it. An attempt ends long before (api/delivering/): it is cut off.
LEASE = timedelta(minutes=10)
#: What may not be sent now, as while a server is not set, is looked at again after this.
HELD_FOR = timedelta(minutes=15)
#: A way is asked so soon after an attempt was lost; at once it may still be at it.
ASKED_SOON = timedelta(minutes=1)
#: A way that gives no answer about an attempt is asked for so long; then a person is.
ASKED_FOR = timedelta(days=3)
#: So long after it was taken a receiver is expected to answer at all.
ANSWERS_WITHIN = timedelta(days=90)
_FIRST_ASKED_AFTER, _ASKED_AT_LEAST = timedelta(minutes=15), timedelta(days=1)


class DeliverySetup(Protocol):
    """What a claim needs to know: which ways are set up, and the documents' bytes."""

    @property
    def askable(self) -> frozenset[DeliveryWay]:
        """The ways that can be asked what they know."""

    @property
    def mail_domain(self) -> str:
        """For the identifiers of mails."""

    @property
    def public_url(self) -> str:
        """What links begin with; empty: none is made."""

    @property
    def link_days(self) -> int:
        """For how many days a link in a mail opens."""

    def why_not(self, way: DeliveryWay) -> str:
        """Why nothing is sent by a way now, in words; empty where it is."""

    def why_not_yet(self, session: Session, delivered: DeliveredDocument) -> str:
        """Why an issued document waits for something else, in words; empty where it does not."""

    def outgoing(self, session: Session, delivered: DeliveredDocument, at: datetime) -> Outgoing:
        """Read the bytes of an issued document.

        Raises:
            UsufructError: it cannot be sent as it is.
        """


@dataclass(frozen=True, slots=True)
class ClaimedSending:
    """A document that is to be sent now: its attempt is on record.

    Attributes:
        attempt: which.
        way: by what.
        to: the addresses.
        outgoing: what is sent.
        tries: the number of the attempt since somebody ordered it, from 1 on.
        token: of the link that the mail has; empty of other ways.
        link_ends_at: when each of them expires.
        pay_tokens: of the links under which documents are paid; none where its mail has none.
    """

    attempt: SendingAttempt
    way: DeliveryWay
    to: tuple[str, ...]
    outgoing: Outgoing
    tries: int
    token: str = ""
    link_ends_at: datetime | None = None
    pay_tokens: tuple[PayToken, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimedQuestion:
    """An attempt that the way is to be asked about now; it is ``sending`` where nobody said what came of it."""

    attempt: SendingAttempt
    way: DeliveryWay
    state: DocumentDeliveryState


@dataclass(frozen=True, slots=True)
class ClaimPassed:
    """What was looked at needs nothing now; there may be more."""


@dataclass(frozen=True, slots=True)
class SendingOutcome:
    """What came of an attempt: ``sent`` with its receipt, ``failed``, ``refused`` or ``lost`` with the reason."""

    happening: DeliveryHappening
    receipt: SendingReceipt | None = None
    detail: str = ""


def claim(
    session: Session, now: datetime, setup: DeliverySetup
) -> ClaimedSending | ClaimedQuestion | ClaimPassed | None:
    """Claim the delivery that is due longest and that nobody else holds; None where none is.

    Args:
        session: states the tenant, as the product itself; it is committed before anything of it is done.
        now: the instant.
        setup: which ways are set up.
    """
    due = select(DeliveryRow).where(col(DeliveryRow.next_at).is_not(None), col(DeliveryRow.next_at) <= now)
    held_back = is_document_held_back(DeliveryRow.tenant, ["deliver"], DeliveryRow.invoice_id, now)
    due = due.where((col(DeliveryRow.state) != DocumentDeliveryState.DUE) | ~held_back)  # what was begun is ended
    oldest = due.order_by(col(DeliveryRow.next_at), col(DeliveryRow.id)).limit(1)
    return _claimed(session, oldest, now, setup)


def claim_one(
    session: Session, key: int, now: datetime, setup: DeliverySetup
) -> ClaimedSending | ClaimedQuestion | ClaimPassed | None:
    """Claim one delivery, if it is due and nobody else holds it."""
    due = select(DeliveryRow).where(DeliveryRow.id == key, col(DeliveryRow.next_at) <= now)
    return _claimed(session, due, now, setup)


def _claimed(
    session: Session, due: SelectOfScalar[DeliveryRow], now: datetime, setup: DeliverySetup
) -> ClaimedSending | ClaimedQuestion | ClaimPassed | None:
    unheld = due.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    row = session.exec(unheld).first()
    if row is None:
        return None
    if row.state == DocumentDeliveryState.DUE:
        return _to_send(session, row, now, setup)
    return _to_ask(session, row, now, setup)


def _to_ask(session: Session, row: DeliveryRow, now: datetime, setup: DeliverySetup) -> ClaimedQuestion | ClaimPassed:
    way = DeliveryWay(row.way)
    if way in setup.askable:
        row.next_at = now + LEASE
        session.flush()
        return ClaimedQuestion(_attempt(session, row, setup), way, DocumentDeliveryState(row.state))
    row.next_at = None
    if row.state == DocumentDeliveryState.SENDING:
        detail = "whoever sent it ended before it was known whether it was taken"
        happens(session, row, DeliveryHappening.LOST, at=now, detail=detail)
    session.flush()
    return ClaimPassed()


def _to_send(session: Session, row: DeliveryRow, now: datetime, setup: DeliverySetup) -> ClaimedSending | ClaimPassed:
    delivered = document_of(session, row)
    lock_account(session, account_of(delivered.invoice))  # whoever voids it holds the same lock
    delivered.refresh(session)
    if delivered.voided_on is not None:
        detail = f"{delivered.number} is void since {delivered.voided_on}"
        return _ended(session, row, DeliveryHappening.WITHDRAWN, detail, now)
    held = setup.why_not(DeliveryWay(row.way)) or setup.why_not_yet(session, delivered)
    if delivered.letter is None and is_asked(session, delivered.invoice):
        held = f"somebody has asked for {delivered.number} to be void"
    if held:
        row.held, row.waits, row.next_at = held, True, now + HELD_FOR
        session.flush()
        return ClaimPassed()
    if not row.address:
        detail = f"there is no address: {EXPECTED_ADDRESS[DeliveryWay(row.way)]}"
        return _ended(session, row, DeliveryHappening.REFUSED, detail, now)
    try:
        with session.begin_nested():
            outgoing = setup.outgoing(session, delivered, now)
    except UsufructError as refusal:
        return _ended(session, row, DeliveryHappening.REFUSED, str(refusal), now)
    return _begun(session, row, outgoing, now, setup)


def _ended(session: Session, row: DeliveryRow, happening: DeliveryHappening, detail: str, now: datetime) -> ClaimPassed:
    happens(session, row, happening, at=now, detail=detail)
    row.next_at = None
    session.flush()
    return ClaimPassed()


def _begun(
    session: Session, row: DeliveryRow, outgoing: Outgoing, now: datetime, setup: DeliverySetup
) -> ClaimedSending:
    row.attempts, row.tries = row.attempts + 1, row.tries + 1
    row.began_at, row.next_at, row.original_sha256 = now, now + LEASE, outgoing.original.sha256
    attempt = _attempt(session, row, setup)
    happens(session, row, DeliveryHappening.CLAIMED, at=now, number=attempt.key)
    token, ends_at = "", None
    if row.way == DeliveryWay.LINK:
        token, link = links.make_of_delivery(session, row, days=setup.link_days, zone=outgoing.zone, at=now)
        ends_at = link.expires_at
    pay_tokens = tuple[PayToken, ...]()
    if row.way in {DeliveryWay.MAIL, DeliveryWay.LINK} and setup.public_url:
        days, zone = setup.link_days, outgoing.zone
        pay_tokens = make_pay_tokens(session, document_of(session, row), days=days, zone=zone, at=now)
        ends_at = pay_tokens[0].ends_at if pay_tokens else ends_at
    session.flush()
    return ClaimedSending(
        attempt=attempt,
        way=DeliveryWay(row.way),
        to=tuple(row.address.split(BETWEEN)),
        outgoing=outgoing,
        tries=row.tries,
        token=token,
        link_ends_at=ends_at,
        pay_tokens=pay_tokens,
    )


def _attempt(session: Session, row: DeliveryRow, setup: DeliverySetup) -> SendingAttempt:
    """Name an attempt as it is known outside.

    A mail by document and attempt, so that a repeated one is recognised. Other ways by the order to send it, which they
    take once however often they are given it: only a person's order to send it again has another name.
    """
    key = f"{row.reference}.{row.rounds}"
    if row.way in {DeliveryWay.MAIL, DeliveryWay.LINK}:
        named = re.sub(r"[^A-Za-z0-9-]+", "-", document_of(session, row).number).strip("-")
        key = f"<{named}.{row.reference}.{row.attempts}@{setup.mail_domain}>"
    return SendingAttempt(
        tenant=row.tenant, delivery=row.id, attempt=row.attempts, key=key, at=row.began_at or row.asked_at
    )


def record_outcome(
    session: Session,
    claimed: ClaimedSending,
    outcome: SendingOutcome,
    *,
    now: datetime,
    wait: timedelta | None,
    is_askable: bool = False,
) -> DocumentDeliveryState:
    """Record what came of an attempt, and say where its delivery stands.

    That it was taken counts even where whoever sent it was slower than its lease; all else counts only while the
    attempt is the last one.

    Args:
        session: states the tenant, as the product itself.
        claimed: the attempt.
        outcome: of it.
        now: the instant.
        wait: until the next attempt, where this one failed; None where there is none any more.
        is_askable: whether the way can be asked about an attempt that is lost; then it is, soon, and no person yet.
    """
    row = locked(session, claimed.attempt.delivery)
    happening, detail = outcome.happening, outcome.detail
    number = "" if outcome.receipt is None else outcome.receipt.number
    if outcome.receipt is not None:
        detail = " ".join(filter(None, (outcome.receipt.taken_by, outcome.receipt.detail)))
    if happening is DeliveryHappening.FAILED and wait is None:
        happening, detail = DeliveryHappening.REFUSED, f"given up after {claimed.tries} attempts: {detail}"
    is_last = row.attempts == claimed.attempt.attempt
    if happening is DeliveryHappening.LOST and is_askable and is_last and row.state == DocumentDeliveryState.SENDING:
        add_event(session, row, happening, at=now, detail=detail)
        row.next_at = now + ASKED_SOON
        session.flush()
        return DocumentDeliveryState.SENDING
    is_taken = happening is DeliveryHappening.SENT
    if not is_last and not (is_taken and row.state != DocumentDeliveryState.SENDING):
        add_event(session, row, happening, at=now, number=number, detail=detail, attempt=claimed.attempt.attempt)
        return DocumentDeliveryState(row.state)
    try:
        happens(session, row, happening, at=now, number=number, detail=detail)
    except DeliveryNotSo:  # somebody has decided meanwhile
        add_event(session, row, happening, at=now, number=number, detail=detail, attempt=claimed.attempt.attempt)
        return DocumentDeliveryState(row.state)
    row.next_at = None
    if row.state == DocumentDeliveryState.DUE:
        row.next_at = now + (wait or timedelta(0))
    if is_taken:
        note_sending(session, row, by=row.asked_by or BY_THE_CONTRACT, at=now)
        row.next_at = next_asked(now, now) if claimed.way is DeliveryWay.PEPPOL else None
    session.flush()
    return DocumentDeliveryState(row.state)


#: By whom documents are sent of which nobody but the contract asks it.
BY_THE_CONTRACT = "the contract"


def next_asked(sent_at: datetime, now: datetime) -> datetime | None:
    """Say when a way is asked next what became of a document: the longer ago it was sent, the later, daily at least.

    Returns:
        None once no answer is expected any more.
    """
    ago = now - sent_at
    if ago > ANSWERS_WITHIN:
        return None
    return now + min(max(_FIRST_ASKED_AFTER, ago / 2), _ASKED_AT_LEAST)


def record_status(
    session: Session, question: ClaimedQuestion, status: AskedStatus | None, *, now: datetime
) -> DocumentDeliveryState:
    """Record what a way knows of an attempt, and say where its delivery stands.

    Args:
        session: states the tenant, as the product itself.
        question: which attempt was asked about.
        status: what the way said; None where it did not answer.
        now: the instant.
    """
    row = locked(session, question.attempt.delivery)
    if row.attempts != question.attempt.attempt or row.state != question.state:
        return DocumentDeliveryState(row.state)  # somebody has decided meanwhile
    if row.state == DocumentDeliveryState.SENDING:
        _know_after_all(session, row, status, now)
    elif status is not None:
        _hear(session, row, status, now)
    if row.state == DocumentDeliveryState.SENT and row.next_at is not None:
        row.next_at = next_asked(row.began_at or row.asked_at, now)
    session.flush()
    return DocumentDeliveryState(row.state)


def _know_after_all(session: Session, row: DeliveryRow, status: AskedStatus | None, now: datetime) -> None:
    """Let the way say what came of an attempt: taken, or never heard of, and then it is due again."""
    if status is None:
        row.next_at = now + HELD_FOR
        if now - (row.began_at or row.asked_at) > ASKED_FOR:
            row.next_at = None
            detail = "the way that it was given to does not say whether it was taken"
            happens(session, row, DeliveryHappening.LOST, at=now, detail=detail)
        return
    if status.receipt is None:
        happens(session, row, DeliveryHappening.NEVER_ARRIVED, at=now, detail=status.detail)
        row.next_at = now
        return
    taken = status.receipt
    happens(session, row, DeliveryHappening.SENT, at=now, number=taken.number, detail=taken.taken_by)
    note_sending(session, row, by=row.asked_by or BY_THE_CONTRACT, at=now)
    _hear(session, row, status, now)


def _hear(session: Session, row: DeliveryRow, status: AskedStatus, now: datetime) -> None:
    if status.failure:
        happens(session, row, DeliveryHappening.REFUSED, at=now, detail=in_one_line(status.failure))
        row.next_at = None
    elif status.answer is not None and row.answer != status.answer:
        answered(session, row, status.answer, detail=status.detail, by=None, at=now)
