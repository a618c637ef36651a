"""Signatures with a database, which takes the digest of the stored terms or content that are signed.

A lender signs that it has seen what secures its loan; the signature changes nothing of the contract.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, col, select

from billing.statements.store import UnknownStatement
from billing.tables import SignatureRow, StatementRow
from contracts import store as contracts
from contracts.tables import ContractVersionRow
from quantities.errors import Conflict, NotFound


class AlreadySigned(Conflict):
    """The same person has signed this already."""


class UnknownVersion(NotFound):
    """The contract has no released version of that number."""


@dataclass(frozen=True, slots=True)
class RecordedSignature:
    """Somebody's signature.

    Attributes:
        id: its number.
        name: who signed.
        signed_at: when.
        content_sha256: the digest of the terms or the content that were signed, as hexadecimal digits.
        note: what the signatory added.
        version: the number of the version that was signed; None for a statement.
        statement: the number of the statement that was signed; None for a version.
    """

    id: int
    name: str
    signed_at: datetime
    content_sha256: str
    note: str
    version: int | None
    statement: int | None


def sign_version(
    session: Session, reference: str, number: int | None, *, by: str, at: datetime, note: str
) -> RecordedSignature:
    """Sign a released version of a contract.

    Args:
        session: states the tenant, who acts, and the contract that it sees.
        reference: of the contract.
        number: of the version; None: the newest.
        by: who signs.
        at: the instant.
        note: what is added.

    Raises:
        UnknownContract: none of that name is visible here.
        UnknownVersion: it has no released version of that number.
        AlreadySigned: the same person has signed it.
    """
    released = contracts.versions(session, reference, released_only=True)
    chosen = [version for version in released if number in (None, version.number)]
    if not chosen:
        numbers = [version.number for version in released]
        raise UnknownVersion(f"{reference} has no released version {number}", found=number, expected=numbers)
    version = chosen[-1]
    row = {"contract_id": version.contract_id, "customer_id": version.customer_id, "version_id": version.id}
    return _signed(session, row | {"name": by, "signed_at": at, "note": note})


def sign_statement(session: Session, number: int, *, by: str, at: datetime, note: str) -> RecordedSignature:
    """Sign a savings statement as it was prepared.

    Raises:
        UnknownStatement: none of that number is visible here.
        AlreadySigned: the same person has signed it.
    """
    row = session.exec(select(StatementRow).where(StatementRow.id == number)).one_or_none()
    if row is None:
        raise UnknownStatement(f"there is no statement {number} here", found=number)
    stated = {"contract_id": row.contract_id, "customer_id": row.customer_id, "statement_id": row.id}
    return _signed(session, stated | {"name": by, "signed_at": at, "note": note})


def of_contract(session: Session, reference: str) -> Sequence[RecordedSignature]:
    """List the signatures of a contract's versions and statements, the oldest first.

    Raises:
        UnknownContract: none of that name is visible here.
    """
    contract = contracts.versions(session, reference, released_only=True)[0].contract_id
    return _listed(session, SignatureRow.contract_id == contract)


def _signed(session: Session, row: dict[str, object]) -> RecordedSignature:
    subject = next(name for name in ("version_id", "statement_id") if name in row)
    already = select(SignatureRow.id).where(
        getattr(SignatureRow, subject) == row[subject], SignatureRow.name == row["name"]
    )
    if session.exec(already).first() is not None:
        raise AlreadySigned(f"{row['name']} has signed it already", found=str(row["name"]), expected="another person")
    made = session.execute(insert(SignatureRow).values(**row).returning(col(SignatureRow.id))).scalar_one()
    (signature,) = _listed(session, SignatureRow.id == made)
    return signature


def _listed(session: Session, which: object) -> list[RecordedSignature]:
    rows = session.exec(
        select(SignatureRow, ContractVersionRow.number)
        .outerjoin(
            ContractVersionRow,
            (col(ContractVersionRow.tenant) == SignatureRow.tenant)
            & (col(ContractVersionRow.id) == SignatureRow.version_id),
        )
        .where(which)  # type: ignore[arg-type]
        .order_by(col(SignatureRow.id))
    )
    return [
        RecordedSignature(
            id=row.id,
            name=row.name,
            signed_at=row.signed_at,
            content_sha256=row.content_sha256.hex(),
            note=row.note,
            version=version,
            statement=row.statement_id,
        )
        for row, version in rows
    ]
