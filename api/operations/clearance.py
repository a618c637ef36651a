"""Clearances as use cases: files for states made, their answers read, red letters confirmed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from api.audit.note import made
from billing.clearance import store
from billing.clearance.answering.store import record_answers
from billing.clearance.asking.store import Asking, ask
from billing.clearance.clearance_query import ClearanceQuery, RedQuery
from billing.clearance.fapiao import store as reds
from billing.clearance.fapiao.red_letter import RedStep
from billing.clearance.fapiao.store import RedAsked
from billing.clearance.life import Authority
from billing.clearance.store import Recorder
from billing.clearance.views import (
    AskedOfStateOut,
    ClearanceOut,
    RecordedAnswersOut,
    RedOut,
    RedsOut,
    WithdrawnClearancesOut,
    answers_out,
    asked_out,
    clearance_out,
    red_out,
)
from billing.invoices.store import find
from quantities.listing import ListPage


def list_clearances_of(
    session: Session, number: str, supplier: str | None = None, *, as_customer: bool = False
) -> list[ClearanceOut]:
    """List what states say of an invoice, oldest first; steps and files are the supplier's alone.

    Raises:
        UnknownInvoice, WhichSupplier: there is none, or several.
    """
    stored = find(session, number, supplier)
    listed = store.of_invoices(session, [stored.row.id], inside=not as_customer)
    return [clearance_out(known) for known in listed]


def list_clearances(session: Session, authority: Authority, query: ClearanceQuery) -> ListPage[ClearanceOut]:
    """List what a state was asked, in pages, the oldest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = store.listed_clearances(session, authority, query)
    return page.of(tuple(clearance_out(known) for known in page.rows))


def ask_state(
    session: Session,
    authority: Authority,
    *,
    offline: bool = False,
    by_customer: bool = False,
    quota: Decimal | None = None,
    who: str,
    at: datetime,
) -> AskedOfStateOut:
    """Make the files of all that is due, to be handed in.

    Raises:
        QuotaExceeded: the month's quota does not suffice.
    """
    asking = Asking(offline=offline, by_customer=by_customer, quota=quota)
    asked = ask(session, authority, asking, Recorder(who, at))
    for file in asked.files:
        made(session, f"{authority.value} file {file.key}")
    return asked_out(asked)


def clearance_file(session: Session, authority: Authority, number: int) -> tuple[str, str, bytes]:
    """Read a file: its name, media type and exact bytes.

    Raises:
        UnknownClearanceFile: there is none.
    """
    row = store.find_file(session, authority, number)
    return row.name, row.media_type, row.content


@dataclass(frozen=True, slots=True)
class MadeForState:
    """A file that was made for a state.

    Attributes:
        file: its number.
        name: of the file.
        content: its exact bytes.
        sha256: of them, in hexadecimal.
        statuses: of the clearances that it asks for, each once, by name.
    """

    file: int
    name: str
    content: bytes
    sha256: str
    statuses: list[str]


def made_file(session: Session, authority: Authority, number: int) -> MadeForState:
    """Read a file that was made for a state, as it was made.

    Raises:
        UnknownClearanceFile: there is none, or the state answered with it.
    """
    row, statuses = store.made_file(session, authority, number)
    return MadeForState(row.id, row.name, row.content, row.sha256.hex(), list(statuses))


def files_unanswered(session: Session, authority: Authority) -> list[int]:
    """List the files to which the state has not answered, the oldest first."""
    return store.files_asked(session, authority)


def withdraw_file(
    session: Session, authority: Authority, number: int, *, who: str, at: datetime
) -> WithdrawnClearancesOut:
    """Say that a file was not handed in: what it asks for is asked for anew.

    Raises:
        UnknownClearanceFile, ClearanceMoveRefused: there is none, or the state has answered to it.
    """
    withdrawn = store.withdraw_file(session, authority, number, Recorder(who, at))
    return WithdrawnClearancesOut(clearances=[clearance_out(known) for known in withdrawn])


def read_answers(
    session: Session, authority: Authority, name: str, content: bytes, *, who: str, at: datetime
) -> RecordedAnswersOut:
    """Record what a state answered, from a file.

    Raises:
        UsufructError: ``billing.clearance.answering.store.record_answers`` says which.
    """
    recorded = record_answers(session, authority, name, content, Recorder(who, at))
    for document, number in recorded.accepted:
        made(session, f"{document} is {number}")
    return answers_out(recorded)


def ask_red(session: Session, number: str, supplier: str | None, asked: RedAsked, *, who: str, at: datetime) -> RedsOut:
    """Ask for what a credit note takes back to be confirmed.

    Raises:
        UsufructError: ``billing.clearance.fapiao.store.ask_red`` says which.
    """
    confirmations = reds.ask_red(session, find(session, number, supplier), asked, Recorder(who, at))
    for one in confirmations:
        made(session, f"red confirmation {one.row.id}")
    return RedsOut(reds=[red_out(one) for one in confirmations])


def step_red(session: Session, red: int, step: RedStep, *, number: str = "", who: str, at: datetime) -> RedOut:
    """Take a step of a red confirmation.

    Raises:
        UnknownRedConfirmation, RedMoveRefused: there is none, or the step does not follow.
    """
    return red_out(reds.step_red(session, red, step, Recorder(who, at), number=number))


def list_reds(session: Session, query: RedQuery, at: datetime) -> ListPage[RedOut]:
    """List red confirmations as they stand by now, in pages, the oldest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = reds.listed_reds(session, query, at)
    return page.of(tuple(red_out(known) for known in page.rows))
