"""Voidings as use cases: asked for, released, withdrawn, read."""

from datetime import datetime

from sqlmodel import Session

from api.audit.note import made
from billing.voiding import store
from billing.voiding.views import VoidingOut, voiding_out
from contracts.release.store import releasing


def ask_void(session: Session, number: str, supplier: str | None, *, reason: str, who: str, at: datetime) -> VoidingOut:
    """Ask for a document to be void, with all that its work came to; another person releases it.

    Raises:
        UsufructError: ``billing.voiding.store.ask`` says which.
    """
    asked = store.ask(session, number, supplier, reason=reason, by=who, at=at)
    made(session, ", ".join(asked.documents))
    return voiding_out(asked)


def release_void(session: Session, number: str, supplier: str | None, *, who: str, at: datetime) -> VoidingOut:
    """Release what another has asked for: the documents are void, and what they billed is due again.

    Raises:
        UsufructError: ``billing.voiding.store.release`` says which.
    """
    released = store.release(session, number, supplier, releasing(session, who, at))
    made(session, ", ".join(released.documents))
    return voiding_out(released)


def withdraw_void(session: Session, number: str, supplier: str | None, *, who: str, at: datetime) -> VoidingOut:
    """Withdraw what waits: the documents count as they did.

    Raises:
        UsufructError: ``billing.voiding.store.withdraw`` says which.
    """
    return voiding_out(store.withdraw(session, number, supplier, by=who, at=at))


def find_void(session: Session, number: str, supplier: str | None) -> VoidingOut:
    """Read what was asked last of a document.

    Raises:
        UsufructError: ``billing.voiding.store.find`` says which.
    """
    return voiding_out(store.find(session, number, supplier))
