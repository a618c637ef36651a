"""A mail about a threshold: claimed before it is sent, recorded after; one of unknown outcome is not repeated.

due → sending → sent | failed | unknown        not taken, tried again: → due, an hour later, five times at most
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from billing.due.pauses.store import is_held_back
from billing.spending.mail import AlertMail
from billing.spending.measured import percent_of
from billing.spending.store import MailState
from billing.spending.tables import SpendingAlertRow
from contracts import store as contracts
from contracts.tables import ContractRow

#: How long an attempt may take, and how long one that was not taken waits.
LEASE, WAIT = timedelta(minutes=10), timedelta(hours=1)
_TRIES_MAX = 5


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail whose attempt is on record.

    Attributes:
        alert: the key of the alert.
        tries: which attempt it is.
        key: the identifier of the mail.
        to: its addresses.
        mail: what it says.
    """

    alert: int
    tries: int
    key: str
    to: tuple[str, ...]
    mail: AlertMail

    def message(self, sender: str) -> bytes:
        """Write the mail, from an address of the house."""
        return self.mail.message(self.to, self.key, sender)


@dataclass(frozen=True, slots=True)
class MailOutcome:
    """What came of an attempt; ``due``: it was not taken, and is tried again."""

    state: MailState
    detail: str


def claim_mail(session: Session, now: datetime, *, domain: str) -> ClaimedMail | None:
    """Put the next attempt on record; what an attempt left that never ended is noted as unknown.

    Args:
        session: states the tenant, in a transaction of its own.
        now: the instant.
        domain: of the identifiers of mails.

    Returns:
        None where nothing is due that nobody else has.
    """
    row = SpendingAlertRow
    held_back = is_held_back(col(row.tenant), ["spend"], col(row.contract_id), now)
    due = select(row).where(col(row.mail_next_at) <= now)
    due = due.where((col(row.mail_state) == MailState.SENDING) | ~held_back)  # what was begun is ended
    due = due.order_by(col(row.mail_next_at), col(row.id)).limit(1)
    while (alert := session.exec(due.with_for_update(skip_locked=True)).first()) is not None:
        if alert.mail_state == MailState.SENDING:
            alert.mail_state, alert.mail_next_at = MailState.UNKNOWN.value, None
            alert.mail_detail = "the attempt did not end"
            session.flush()
            continue
        alert.mail_state, alert.mail_next_at = MailState.SENDING.value, now + LEASE
        alert.mail_tries += 1
        session.flush()
        return ClaimedMail(
            alert=alert.id,
            tries=alert.mail_tries,
            key=f"<alert.{alert.tenant}.{alert.id}.{alert.mail_tries}@{domain}>",
            to=tuple(alert.mail_to),
            mail=_mail(session, alert, now),
        )
    return None


def record_mail(session: Session, claimed: ClaimedMail, outcome: MailOutcome, now: datetime) -> None:
    """Record what came of an attempt; a late answer of one that is given up changes nothing."""
    chosen = select(SpendingAlertRow).where(SpendingAlertRow.id == claimed.alert).with_for_update()
    row = session.exec(chosen.execution_options(populate_existing=True)).one()
    if row.mail_state != MailState.SENDING or row.mail_tries != claimed.tries:
        return
    state = outcome.state
    if state is MailState.DUE and claimed.tries >= _TRIES_MAX:
        state = MailState.FAILED
    row.mail_state, row.mail_detail = state.value, outcome.detail
    row.mail_next_at = now + WAIT if state is MailState.DUE else None
    session.flush()


def _mail(session: Session, alert: SpendingAlertRow, now: datetime) -> AlertMail:
    reference = session.exec(select(ContractRow.reference).where(ContractRow.id == alert.contract_id)).one()
    contract = contracts.of_contracts(session, [alert.contract_id])[alert.contract_id][-1].contract
    return AlertMail(
        language=contract.invoicing.language,
        seller=contract.supplier.name,
        contract=reference,
        is_cap=alert.kind == "cap",
        charge=alert.charge,
        first=alert.first,
        last=alert.after_last - timedelta(days=1),
        reading=alert.reading,
        threshold=alert.threshold,
        unit=alert.unit,
        is_amount=alert.unit == contract.currency,
        percent=percent_of(alert.reading, alert.threshold or Decimal(1)),
        at=now,
    )
