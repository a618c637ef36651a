"""Rows ⇄ values of aliases of payers: prepared by one person, released by another; then they count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from billing.bank.matching.books import ConfirmedPayer, PayerKind
from billing.bank.tables import PayerAliasRow
from billing.receivables.store import party_names
from contracts.release.store import OwnWork, Releasing
from contracts.tables import PartyRow
from quantities.errors import Conflict, Invalid, NotFound


class UnknownPayerAlias(NotFound):
    """There is no alias of a payer of that number here."""


class PayerAliasKnown(Conflict):
    """The account or name stands for this already."""


class PayerAliasDone(Conflict):
    """The alias is released or withdrawn already."""


class PayerAliasFaulty(Invalid):
    """An alias is an account or a name, and of a customer it names one."""


@dataclass(frozen=True, slots=True)
class KnownPayerAlias:
    """For whom an account or a name stands; it counts once it is released, until it is withdrawn.

    Attributes:
        id: its number.
        payer: what stands for whom.
        prepared_by: by whom.
        prepared_at: when.
        released_by: by whom; None while it waits.
        released_at: when.
        withdrawn_by: by whom; None while it was not.
        withdrawn_at: when.
    """

    id: int
    payer: ConfirmedPayer
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None


def prepare_alias(session: Session, payer: ConfirmedPayer, releasing: Releasing) -> KnownPayerAlias:
    """Say for whom an account or a name stands; another person releases it.

    Args:
        session: states the tenant.
        payer: what stands for whom.
        releasing: who acts, and whether one is enough.

    Raises:
        PayerAliasFaulty: it is neither an account nor a name, or both; or a customer is missing, or too much.
        UnknownPayerAlias: there is no customer of that name.
        PayerAliasKnown: it was said before.
    """
    account, name = "".join(payer.account.split()), payer.name.strip()
    is_of_customer = payer.kind is PayerKind.CUSTOMER
    if bool(account) == bool(name) or is_of_customer != bool(payer.customer):
        expected = "an account or a name, and of a customer its name"
        raise PayerAliasFaulty(f"an alias is {expected}", place="/account", found=account or name, expected=expected)
    customer_id = _customer(session, payer.customer) if is_of_customer else None
    same = select(PayerAliasRow.id).where(
        PayerAliasRow.kind == payer.kind,
        PayerAliasRow.account == account,
        PayerAliasRow.name == name,
        col(PayerAliasRow.customer_id).is_not_distinct_from(customer_id),
        col(PayerAliasRow.withdrawn_at).is_(None),
    )
    if (before := session.exec(same).first()) is not None:
        detail = f"alias {before} says so"
        raise PayerAliasKnown(detail, place="/account", found=account or name, expected="another account or name")
    by, at = _acting(releasing)
    row = PayerAliasRow(
        kind=payer.kind, account=account, name=name, customer_id=customer_id, prepared_by=by, prepared_at=at
    )
    session.add(row)
    session.flush()
    if releasing.alone:
        row.released_by, row.released_at = by, at
        session.flush()
    session.refresh(row)
    return _known(session, [row])[0]


def release_alias(session: Session, number: int, releasing: Releasing) -> KnownPayerAlias:
    """Release an alias that another person has prepared.

    Raises:
        UnknownPayerAlias: there is none of that number.
        PayerAliasDone: it is released or withdrawn.
        OwnWork: the same person has prepared it.
    """
    row = _locked(session, number)
    if row.released_at is not None or row.withdrawn_at is not None:
        detail = f"alias {number} is done"
        raise PayerAliasDone(detail, found=number, expected="one that waits")
    releasing.check(row.prepared_by)
    row.released_by, row.released_at = _acting(releasing)
    session.flush()
    session.refresh(row)
    return _known(session, [row])[0]


def withdraw_alias(session: Session, number: int, releasing: Releasing) -> KnownPayerAlias:
    """Withdraw an alias: from now on the account or name stands for nobody by it. One person is enough.

    Raises:
        UnknownPayerAlias: there is none of that number.
        PayerAliasDone: it is withdrawn already.
    """
    row = _locked(session, number)
    if row.withdrawn_at is not None:
        raise PayerAliasDone(f"alias {number} is withdrawn", found=number, expected="one that is not")
    row.withdrawn_by, row.withdrawn_at = _acting(releasing)
    session.flush()
    session.refresh(row)
    return _known(session, [row])[0]


def aliases(session: Session) -> list[KnownPayerAlias]:
    """List all aliases, those that wait and those withdrawn too, the oldest first."""
    return _known(session, session.exec(select(PayerAliasRow).order_by(col(PayerAliasRow.id))).all())


def confirmed_payers(session: Session) -> list[ConfirmedPayer]:
    """List the aliases that count."""
    counts = select(PayerAliasRow).where(
        col(PayerAliasRow.released_at).is_not(None), col(PayerAliasRow.withdrawn_at).is_(None)
    )
    return [known.payer for known in _known(session, session.exec(counts.order_by(col(PayerAliasRow.id))).all())]


def _customer(session: Session, name: str) -> int:
    known = session.exec(select(PartyRow.id).where(PartyRow.name == name)).first()
    if known is None:
        raise UnknownPayerAlias(f"there is no party {name!r} here", found=name, expected="a party of a contract")
    return known


def _acting(releasing: Releasing) -> tuple[str, datetime]:
    if releasing.by is None or releasing.at is None:
        raise OwnWork("nobody is stated who acts", found=None, expected="a person")
    return releasing.by, releasing.at


def _locked(session: Session, number: int) -> PayerAliasRow:
    row = session.exec(select(PayerAliasRow).where(PayerAliasRow.id == number).with_for_update()).one_or_none()
    if row is None:
        raise UnknownPayerAlias(f"there is no alias {number} here", found=number)
    return row


def _known(session: Session, rows: Sequence[PayerAliasRow]) -> list[KnownPayerAlias]:
    names = party_names(session, {row.customer_id for row in rows if row.customer_id is not None})
    return [
        KnownPayerAlias(
            id=row.id,
            payer=ConfirmedPayer(
                PayerKind(row.kind),
                row.account,
                row.name,
                names.get(row.customer_id or 0, "") if row.customer_id else "",
            ),
            prepared_by=row.prepared_by,
            prepared_at=row.prepared_at,
            released_by=row.released_by,
            released_at=row.released_at,
            withdrawn_by=row.withdrawn_by,
            withdrawn_at=row.withdrawn_at,
        )
        for row in rows
    ]
