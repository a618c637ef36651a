"""Dunning as use cases: documents that are late, what falls due, letters, pauses, and which services may be stopped."""

from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from api.audit.note import made
from api.operations.letters import letter_of_dunning
from billing.documents.document import LetterDocument
from billing.dunning import listed
from billing.dunning.dunning_query import DunningQuery
from billing.dunning.letter import number_of_letter
from billing.dunning.letters import store as letters
from billing.dunning.letters.store import UnknownDunningLetter
from billing.dunning.pauses import store as pauses
from billing.dunning.pauses.store import NewPause
from billing.dunning.store import dun_account
from billing.dunning.views import (
    DueStepOut,
    DunningLetterOut,
    DunningOut,
    DunningPauseOut,
    ServiceOut,
    due_step_out,
    dunning_out,
    letter_out,
    pause_out,
    service_out,
)
from billing.receivables.issued import AccountKey
from metering.tables import STATED_IDENTITY
from quantities.errors import Conflict
from quantities.listing import ListPage


class NothingLate(Conflict):
    """Nothing of the document is late that a letter could be written about."""


def list_dunning(session: Session, query: DunningQuery, at: datetime) -> ListPage[DunningOut]:
    """List documents by where their dunning stands, in pages."""
    page = listed.dunning_listed(session, query, at)
    return page.of(tuple(dunning_out(one) for one in page.rows))


def find_dunning(session: Session, number: str, supplier: str | None, at: datetime) -> DunningOut:
    """Read the dunning of a document.

    Raises:
        UsufructError: ``billing.dunning.listed.dunning_of`` says which.
    """
    return dunning_out(listed.dunning_of(session, number, supplier, at))


def list_due_steps(session: Session, until: date, at: datetime) -> list[DueStepOut]:
    """List the steps that fall due by a day, as things stand."""
    return [due_step_out(due) for due in listed.due_steps(session, until, at)]


def send_next_step(session: Session, number: str, supplier: str | None, *, who: str, at: datetime) -> DunningLetterOut:
    """Write the next letter about a document now, as a person orders, and with it what is due of the same account.

    Pauses do not keep it back; what is disputed, deferred, or on its way does.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued, NotDunned: there is no such document.
        NothingLate: nothing of it is late, or it is disputed, deferred, on its way, or held.
    """
    row = listed.dunning_row(session, number, supplier)
    row.ordered_by, row.ordered_at, row.next_at = who, at, at
    # text: who acts, as the database knows it
    row.ordered_identity = text(STATED_IDENTITY)  # type: ignore[assignment]
    session.flush()
    done = dun_account(session, AccountKey(row.issuer_id, row.customer_id, row.currency), at)
    for key in done.letters:
        letter = letters.letter(session, key)
        if any(one.invoice == row.invoice_id and one.step != letters.CORRECTION for one in letter.content.documents):
            made(session, f"letter D-{key} about {number}")
            return letter_out(letter)
    session.refresh(row)
    reason = row.held or "it is paid, disputed, deferred, not due yet, or a charge of it is under way"
    raise NothingLate(f"no letter is written about {number}: {reason}", found=number, expected="a late document")


def pause_dunning(session: Session, new: NewPause, *, who: str, at: datetime) -> DunningPauseOut:
    """Keep letters back of a document or of all that a customer owes, or put that off.

    Raises:
        UsufructError: ``billing.dunning.pauses.store.pause`` says which.
    """
    known = pauses.pause(session, new, by=who, at=at)
    made(session, f"pause {known.id}")
    return pause_out(known)


def resume_dunning(session: Session, key: int, *, who: str, at: datetime) -> DunningPauseOut:
    """End a pause: what it kept back is looked at at once.

    Raises:
        UsufructError: ``billing.dunning.pauses.store.end_pause`` says which.
    """
    return pause_out(pauses.end_pause(session, key, by=who, at=at))


def list_pauses(session: Session) -> list[DunningPauseOut]:
    """List pauses, the first made first, ended ones too."""
    return [pause_out(known) for known in pauses.pauses(session)]


def find_letter(session: Session, name: str) -> DunningLetterOut:
    """Read a letter.

    Raises:
        UnknownDunningLetter: none of that name is visible here.
    """
    return letter_out(letters.letter(session, _number(name)))


def write_dunning_letter(session: Session, name: str, document: LetterDocument) -> bytes:
    """Write a letter as a document.

    Raises:
        UnknownDunningLetter: none of that name is visible here.
    """
    letter = letters.letter(session, _number(name))
    return document.render(letter, letter_of_dunning(session, letter))


def find_service(session: Session, contract: str) -> ServiceOut:
    """Say whether the service of a contract may be stopped.

    Raises:
        UnknownContract: there is none of that reference here.
    """
    return service_out(listed.service_of(session, contract))


def _number(name: str) -> int:
    number = number_of_letter(name)
    if number is None:
        raise UnknownDunningLetter(f"there is no letter {name!r} here", found=name, expected="a letter, as D-12")
    return number
