"""Rows ⇄ values of mandates: recorded as they were signed, amended by another version, revoked, dormant by time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select as columns
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from billing.bank.mandates.mandate import DebitScheme, MandateVersion, SequenceType, dormant_on
from billing.bank.mandates.tables import MandateRow, MandateVersionRow
from billing.bank.orders.latin import is_identification
from billing.bank.orders.state import USED_A_MANDATE
from billing.bank.orders.tables import BankOrderRow
from billing.receivables.store import party_names
from contracts.party_profiles.numbers import can_be, is_iban, without_blanks
from contracts.party_profiles.store import known_of
from contracts.tables import PartyRow
from metering.tables import within_tenant
from quantities.errors import Conflict, Invalid, NotFound


class UnknownMandate(NotFound):
    """There is no mandate of that number, or no such party."""


class MandateTaken(Conflict):
    """Another mandate of the creditor has the reference."""


class MandateFaulty(Invalid):
    """A mandate cannot be as it is stated."""


class MandateEnded(Conflict):
    """The mandate is revoked."""


class NoCreditorIdentifier(Conflict):
    """The profile of the supplier has no creditor identifier."""


class MandateState(StrEnum):
    """How a mandate stands.

    ``active``: it may be used. ``used_up``: its one or its last debit was collected. ``dormant``: nothing was collected
    by it for 36 months. ``revoked``: the customer, or the supplier, has ended it.
    """

    ACTIVE = "active"
    USED_UP = "used_up"
    DORMANT = "dormant"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class NewMandate:
    """A mandate as it was signed.

    Attributes:
        supplier: who collects, by name.
        customer: whose account is debited, by name.
        scheme: of SEPA.
        reference: as it was signed: up to 35 characters that banks take.
        signed_on: the day of the signature.
        account: the customer's, an IBAN.
        bic: of its bank; empty where it is not known.
        holder: whose account it is; the customer's where it is empty.
        is_one_off: whether it is for one debit.
    """

    supplier: str
    customer: str
    scheme: DebitScheme
    reference: str
    signed_on: date
    account: str
    bic: str = ""
    holder: str = ""
    is_one_off: bool = False


@dataclass(frozen=True, slots=True)
class AmendedMandate:
    """What of a mandate is another thing from now on; None where it is as it was.

    Attributes:
        reference: of the mandate.
        account: of the customer.
        bic: of its bank.
        holder: whose account it is.
    """

    reference: str | None = None
    account: str | None = None
    bic: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class KnownMandate:
    """A mandate with what became of it.

    Attributes:
        id: its number.
        supplier: who collects.
        customer: whose account is debited.
        party_id: the customer's key.
        scheme: of SEPA.
        signed_on: the day of the signature.
        is_one_off: whether it is for one debit.
        is_last: whether the next debit is the last.
        version: what may be amended, as it is.
        version_id: the key of the version.
        versions: how many there are.
        used: the version of the newest debit that used it; None where none did.
        last_on: the day of that debit.
        state: how it stands on the day that it was asked for.
        dormant_on: from this day on it is dormant, unless it is used before.
        revoked_on: None where it was not.
        revoked_why: likewise.
        recorded_by: by whom.
        recorded_at: when.
    """

    id: int
    supplier: str
    customer: str
    party_id: int
    scheme: DebitScheme
    signed_on: date
    is_one_off: bool
    is_last: bool
    version: MandateVersion
    version_id: int
    versions: int
    used: MandateVersion | None
    last_on: date | None
    state: MandateState
    dormant_on: date
    revoked_on: date | None
    revoked_why: str | None
    recorded_by: str
    recorded_at: datetime


def record_mandate(session: Session, new: NewMandate, *, today: date, by: str, at: datetime) -> KnownMandate:
    """Record a mandate that a customer has signed.

    Args:
        session: states the tenant.
        new: as it was signed.
        today: in the supplier's books.
        by: who records it.
        at: now.

    Raises:
        UnknownMandate: there is no such party.
        MandateFaulty: the account is no IBAN, or reference, BIC or day cannot be.
        NoCreditorIdentifier: the supplier's profile has none.
        MandateTaken: another mandate of the supplier has the reference.
    """
    issuer_id, party_id = _party(session, new.supplier), _party(session, new.customer)
    if new.signed_on > today:
        detail = f"{new.signed_on} lies ahead of {today}"
        raise MandateFaulty(detail, place="/signed_on", found=str(new.signed_on), expected=f"{today} at the latest")
    creditor_id, creditor_name = _creditor(session, new.supplier, today)
    version = _checked(
        MandateVersion(
            new.reference, creditor_id, creditor_name, new.account, new.bic, new.holder or _named(session, new, today)
        )
    )
    _refuse_taken(session, issuer_id, version.reference, None)
    row = MandateRow(
        issuer_id=issuer_id,
        party_id=party_id,
        scheme=new.scheme.value,
        reference=version.reference,
        signed_on=new.signed_on,
        is_one_off=new.is_one_off,
        recorded_by=by,
        recorded_at=at,
    )
    session.add(row)
    session.flush()
    _add_version(session, row.id, 1, version, by=by, at=at)
    return mandate(session, row.id, today)


def amend_mandate(
    session: Session, number: int, amended: AmendedMandate, *, today: date, by: str, at: datetime
) -> KnownMandate:
    """Amend a mandate: the next debit by it tells the customer's bank how it was before.

    The creditor is taken from the supplier's profile anew, so that one that has another identifier or name is told too.

    Raises:
        UnknownMandate: there is none of that number.
        MandateEnded: it is revoked.
        MandateFaulty: nothing is another thing, or account, reference or BIC cannot be.
        NoCreditorIdentifier: the supplier's profile has none.
        MandateTaken: another mandate of the supplier has the reference.
    """
    row = _locked(session, number)
    known = mandate(session, number, today)
    creditor_id, creditor_name = _creditor(session, known.supplier, today)
    before, is_other = known.version, amended.account not in {None, known.version.account}
    version = _checked(
        MandateVersion(
            before.reference if amended.reference is None else amended.reference,
            creditor_id,
            creditor_name,
            before.account if amended.account is None else amended.account,
            amended.bic if amended.bic is not None else ("" if is_other else before.bic),
            before.holder if amended.holder is None else amended.holder,
        )
    )
    if version == before:
        raise MandateFaulty(f"mandate {number} is so already", place="", found=before.reference, expected="a change")
    _refuse_taken(session, row.issuer_id, version.reference, number)
    _add_version(session, number, known.versions + 1, version, by=by, at=at)
    return mandate(session, number, today)


def revoke_mandate(session: Session, number: int, reason: str, *, today: date, by: str, at: datetime) -> KnownMandate:
    """Revoke a mandate: from now on nothing is collected by it.

    Raises:
        UnknownMandate: there is none of that number.
        MandateEnded: it is revoked already.
    """
    row = _locked(session, number)
    row.revoked_on, row.revoked_why, row.revoked_by, row.revoked_at = today, reason, by, at
    session.flush()
    return mandate(session, number, today)


def end_mandate(session: Session, number: int, today: date) -> KnownMandate:
    """Say that the next debit by a mandate is its last.

    Raises:
        UnknownMandate: there is none of that number.
        MandateEnded: it is revoked already.
    """
    row = _locked(session, number)
    row.is_last = True
    session.flush()
    return mandate(session, number, today)


def mandate(session: Session, number: int, today: date) -> KnownMandate:
    """Read a mandate.

    Raises:
        UnknownMandate: there is none of that number here.
    """
    row = session.exec(select(MandateRow).where(MandateRow.id == number)).one_or_none()
    if row is None:
        raise UnknownMandate(f"there is no mandate {number} here", found=number)
    return _known(session, [row], today)[0]


def mandates(session: Session, today: date, customer: str | None = None) -> list[KnownMandate]:
    """List mandates, the oldest first; of one customer where it is named.

    Raises:
        UnknownMandate: there is no such party.
    """
    chosen = select(MandateRow).order_by(col(MandateRow.id))
    if customer is not None:
        chosen = chosen.where(MandateRow.party_id == _party(session, customer))
    return _known(session, session.exec(chosen).all(), today)


def active_mandate(
    session: Session, issuer_id: int, party_id: int, scheme: DebitScheme, today: date
) -> KnownMandate | None:
    """Find the newest mandate by which may be collected; it is locked until the transaction ends."""
    chosen = _not_revoked(issuer_id, party_id, scheme).with_for_update()
    return _active(session, chosen.execution_options(populate_existing=True), today)


def usable_mandate(
    session: Session, issuer_id: int, party_id: int, scheme: DebitScheme, today: date
) -> KnownMandate | None:
    """Find the same mandate to tell of it, and lock nothing."""
    return _active(session, _not_revoked(issuer_id, party_id, scheme), today)


def _not_revoked(issuer_id: int, party_id: int, scheme: DebitScheme) -> SelectOfScalar[MandateRow]:
    row = MandateRow
    of_both = select(row).where(row.issuer_id == issuer_id, row.party_id == party_id, row.scheme == scheme.value)
    return of_both.where(col(row.revoked_on).is_(None)).order_by(col(row.id).desc())


def _active(session: Session, chosen: SelectOfScalar[MandateRow], today: date) -> KnownMandate | None:
    known = _known(session, session.exec(chosen).all(), today)
    return next((one for one in known if one.state is MandateState.ACTIVE), None)


def revoked_among(session: Session, version_ids: Collection[int]) -> Sequence[str]:
    """Name, by reference, the mandates that were revoked of those whose versions are asked for."""
    chosen = (
        columns(col(MandateVersionRow.reference))
        .join(MandateRow, within_tenant(MandateRow.id, MandateVersionRow.mandate_id))
        .where(col(MandateVersionRow.id).in_(sorted(version_ids)), col(MandateRow.revoked_on).is_not(None))
    )
    return list(session.execute(chosen.order_by(col(MandateVersionRow.id))).scalars())


def _party(session: Session, name: str) -> int:
    known = session.exec(select(PartyRow.id).where(PartyRow.name == name)).first()
    if known is None:
        raise UnknownMandate(f"there is no party {name!r} here", found=name, expected="a party of a contract")
    return known


def _creditor(session: Session, supplier: str, today: date) -> tuple[str, str]:
    profile = known_of(session, [supplier]).on(supplier, today)
    if profile is None or profile.creditor_id is None:
        detail = f"the profile of {supplier} that counts on {today} has no creditor identifier"
        expected = "a profile with creditor_id, as DE98ZZZ09999999999"
        raise NoCreditorIdentifier(detail, place="/supplier", found=supplier, expected=expected)
    return profile.creditor_id, profile.full_name or supplier


def _named(session: Session, new: NewMandate, today: date) -> str:
    profile = known_of(session, [new.customer]).on(new.customer, today)
    return (profile.full_name if profile is not None else None) or new.customer


def _checked(version: MandateVersion) -> MandateVersion:
    account, bic = without_blanks(version.account).upper(), without_blanks(version.bic).upper()
    if not is_iban(account):
        detail = "the account of a mandate is an IBAN: its length or its check digits are wrong"
        raise MandateFaulty(detail, place="/account", found=account, expected="an IBAN, as DE89370400440532013000")
    if bic and not can_be("bic", bic):
        raise MandateFaulty("a BIC has 8 or 11 letters and digits", place="/bic", found=bic, expected="as COBADEFFXXX")
    if not is_identification(version.reference):
        detail = f"{version.reference!r} cannot be the reference of a mandate"
        expected = "up to 35 letters and digits of Latin; and + ? / - : ( ) . , '"
        raise MandateFaulty(detail, place="/reference", found=version.reference, expected=expected)
    return MandateVersion(
        version.reference, version.creditor_id, version.creditor_name, account, bic, version.holder.strip()
    )


def _refuse_taken(session: Session, issuer_id: int, reference: str, but: int | None) -> None:
    version, row = MandateVersionRow, MandateRow
    of_reference = (
        columns(col(row.id))
        .join(version, within_tenant(version.mandate_id, row.id))
        .where(col(row.issuer_id) == issuer_id, col(version.reference) == reference)
    )
    others = [key for key in session.execute(of_reference).scalars() if key != but]
    if others:
        detail = f"mandate {others[0]} has the reference {reference!r}"
        raise MandateTaken(detail, place="/reference", found=reference, expected="another reference")


def _add_version(
    session: Session, number: int, version_number: int, version: MandateVersion, *, by: str, at: datetime
) -> None:
    session.add(
        MandateVersionRow(
            mandate_id=number,
            number=version_number,
            reference=version.reference,
            creditor_id=version.creditor_id,
            creditor_name=version.creditor_name,
            account=version.account,
            bic=version.bic,
            holder=version.holder,
            recorded_by=by,
            recorded_at=at,
        )
    )
    session.flush()


def _locked(session: Session, number: int) -> MandateRow:
    chosen = select(MandateRow).where(MandateRow.id == number).with_for_update()
    row = session.exec(chosen.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownMandate(f"there is no mandate {number} here", found=number)
    if row.revoked_on is not None:
        detail = f"mandate {number} was revoked on {row.revoked_on}"
        raise MandateEnded(detail, found=number, expected="one that is not")
    return row


@dataclass(frozen=True, slots=True)
class _MandateUse:
    version_id: int
    last_on: date | None
    was_last: bool


def _uses(session: Session, keys: Collection[int]) -> Mapping[int, _MandateUse]:
    """Find, by mandate, the newest debit that used it."""
    order, version = BankOrderRow, MandateVersionRow
    chosen = (
        columns(col(version.mandate_id), col(order.version_id), col(order.day), col(order.sequence))
        .join(version, within_tenant(version.id, order.version_id))
        .where(col(version.mandate_id).in_(sorted(keys)))
        .where(col(order.state).in_([state.value for state in USED_A_MANDATE]))
        .order_by(col(order.day), col(order.id))
    )
    uses: dict[int, _MandateUse] = {}
    for used in session.execute(chosen):
        before = uses.get(used.mandate_id)
        was_last = used.sequence == SequenceType.FINAL or (before is not None and before.was_last)
        uses[used.mandate_id] = _MandateUse(used.version_id, used.day, was_last)
    return uses


def _versions(session: Session, keys: Collection[int]) -> Mapping[int, Sequence[MandateVersionRow]]:
    chosen = select(MandateVersionRow).where(col(MandateVersionRow.mandate_id).in_(sorted(keys)))
    versions: dict[int, list[MandateVersionRow]] = defaultdict(list)
    for row in session.exec(chosen.order_by(col(MandateVersionRow.mandate_id), col(MandateVersionRow.number))):
        versions[row.mandate_id].append(row)
    return versions


def _known(session: Session, rows: Sequence[MandateRow], today: date) -> list[KnownMandate]:
    keys = [row.id for row in rows]
    names = party_names(session, {key for row in rows for key in (row.issuer_id, row.party_id)})
    uses, versions = _uses(session, keys), _versions(session, keys)
    return [
        _known_mandate(row, versions[row.id], uses.get(row.id), (names[row.issuer_id], names[row.party_id]), today)
        for row in rows
    ]


def _known_mandate(
    row: MandateRow,
    versions: Sequence[MandateVersionRow],
    use: _MandateUse | None,
    names: tuple[str, str],
    today: date,
) -> KnownMandate:
    newest = versions[-1]
    used = None if use is None else next(one for one in versions if one.id == use.version_id)
    ends = dormant_on(row.signed_on, None if use is None else use.last_on)
    return KnownMandate(
        id=row.id,
        supplier=names[0],
        customer=names[1],
        party_id=row.party_id,
        scheme=DebitScheme(row.scheme),
        signed_on=row.signed_on,
        is_one_off=row.is_one_off,
        is_last=row.is_last,
        version=_version(newest),
        version_id=newest.id,
        versions=len(versions),
        used=None if used is None else _version(used),
        last_on=None if use is None else use.last_on,
        state=_state(row, use, ends, today),
        dormant_on=ends,
        revoked_on=row.revoked_on,
        revoked_why=row.revoked_why,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


def _state(row: MandateRow, use: _MandateUse | None, ends: date, today: date) -> MandateState:
    if row.revoked_on is not None:
        return MandateState.REVOKED
    if use is not None and (row.is_one_off or use.was_last):
        return MandateState.USED_UP
    return MandateState.DORMANT if today >= ends else MandateState.ACTIVE


def _version(row: MandateVersionRow) -> MandateVersion:
    return MandateVersion(row.reference, row.creditor_id, row.creditor_name, row.account, row.bic, row.holder)
