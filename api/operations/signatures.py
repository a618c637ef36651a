"""Signatures as use cases: given by those outside who see one contract, and listed."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from api.audit.note import made
from billing.signatures import store
from billing.signatures.store import RecordedSignature


def sign_contract(
    session: Session, reference: str, number: int | None = None, *, who: str, at: datetime, note: str = ""
) -> RecordedSignature:
    """Sign a released version of a contract; the newest where none is named.

    Raises:
        UnknownContract, UnknownVersion: there is none that is visible here.
        AlreadySigned: the same person has signed it.
    """
    signature = store.sign_version(session, reference, number, by=who, at=at, note=note)
    made(session, f"signature {signature.id}")
    return signature


def sign_statement(session: Session, number: int, *, who: str, at: datetime, note: str = "") -> RecordedSignature:
    """Sign a savings statement as it was prepared.

    Raises:
        UnknownStatement: none of that number is visible here.
        AlreadySigned: the same person has signed it.
    """
    signature = store.sign_statement(session, number, by=who, at=at, note=note)
    made(session, f"signature {signature.id}")
    return signature


def list_signatures(session: Session, reference: str) -> Sequence[RecordedSignature]:
    """List the signatures of a contract's versions and statements, the oldest first.

    Raises:
        UnknownContract: none of that name is visible here.
    """
    return store.of_contract(session, reference)
