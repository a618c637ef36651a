"""Contracts as use cases: checked, recorded as versions, released by another person, listed; and use without any."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from api.audit.note import made
from api.operations.contract_check import CheckedContract, gaps_that_hold, with_warnings
from billing.invoices.invoice import invoice_number
from billing.invoices.numbering import series_to_be
from billing.previews.repricing import Repriced, Repricing, repricing
from billing.tax.checks import faults_of_tax
from billing.tax.store import law_book
from contracts import listed, store
from contracts.checks.caution import Caution
from contracts.contract import Contract
from contracts.contract_query import ContractQuery, VersionQuery
from contracts.invoicing import InvoiceForm
from contracts.life import ContractState
from contracts.missing.missing_data import cautions_of_documents, sellers_of, sides_of
from contracts.missing.plain_pages import cautions_of_pages
from contracts.party_profiles.known_profiles import KnownProfiles
from contracts.party_profiles.store import known_of
from contracts.recording import store as recording
from contracts.recording.store import AppliedVersion
from contracts.release.store import releasing
from contracts.store import Version
from metering.deliveries.history import RegisterWithReadings
from quantities.counted import counted
from quantities.document import FaultyDocument
from quantities.errors import Conflict
from quantities.listing import ListPage
from quantities.period import zone

_NAMED_AT_MOST = 12


class WouldReprice(Conflict):
    """The version would reprice what is billed already."""


@dataclass(frozen=True, slots=True)
class MadeVersion:
    """A version that was recorded or released.

    Attributes:
        version: itself.
        warnings: what it leaves behind of the versions before it.
        reprices: what it changes of what is billed, from the moment on that it counts.
        missing: of the warnings, those of what nobody has told yet, for which its documents would be held.
    """

    version: Version
    warnings: tuple[str, ...]
    reprices: Repricing
    missing: tuple[str, ...] = ()


def check(session: Session, document: Any, at: datetime | None = None) -> CheckedContract:
    """Find every fault of a contract, against the fleet and its earlier versions too; nothing is stored.

    The warnings name as well what its documents would lack, by what is told of its parties on the day of an instant, or
    when it comes into force. Said is, too, how the documents of each issuer are numbered.

    Raises:
        FaultyDocument: with every fault.
    """
    contract = recording.read_checked(session, document, faults_of_tax(law_book(session)))
    checked = with_warnings(contract, store.recorded_terms(session, contract.contract))
    issuers = {party.name: party for _, party in sellers_of(contract)}
    year = _first_day(contract, at).year
    numbered = {name: invoice_number(year, 1, series) for name, series in series_to_be(session, issuers).items()}
    checked = replace(checked, warnings=(*checked.warnings, *_bare_pages(session, contract, at)))
    return replace(checked.with_gaps(_untold(session, contract, at)), numbered=numbered)


def record(session: Session, document: Any, *, who: str, at: datetime, agreed: bool = False) -> MadeVersion:
    """Record a contract, or its next version; the same terms again record nothing.

    It counts once another person has released it, or at once where the tenant has switched four eyes off.

    Args:
        session: states the tenant.
        document: the contract as it was read, or a ``Contract``.
        who: records it.
        at: the instant of recording.
        agreed: let it count at once though it reprices what is billed.

    Raises:
        FaultyDocument: with every fault that ``check`` finds.
        WouldReprice: it would count at once and reprice what is billed, and that is not agreed; nothing is recorded.
    """
    untaxed = faults_of_tax(law_book(session))
    (applied,) = recording.apply_all(session, [document], recorded_by=who, recorded_at=at, further=untaxed)
    if isinstance(applied, FaultyDocument):
        raise applied
    made(session, f"contract {applied.version.contract.contract} version {applied.version.number}")
    return looked_at(session, applied, at, agreed=agreed)


def looked_at(session: Session, applied: AppliedVersion, at: datetime, *, agreed: bool) -> MadeVersion:
    """Add to a version what it leaves behind of those before it, and what it reprices: the first of a contract nothing.

    Args:
        session: states the tenant.
        applied: the version; where it is not new and counts already, nothing is asked again.
        at: the instant of recording.
        agreed: let it count at once though it reprices what is billed.

    Raises:
        WouldReprice: it would count at once and reprice what is billed, and that is not agreed.
    """
    version = applied.version
    if version.number == 1:
        return MadeVersion(version, (), Repricing())
    waits = version.released_by is None
    reprices = repricing(session, version, at) if applied.is_new or waits else Repricing()
    if applied.is_new and not waits and not agreed:
        _refuse(version, reprices)
    return MadeVersion(version, tuple(str(caution) for caution in store.cautions_of(session, version)), reprices)


def release(
    session: Session, reference: str, number: int | None = None, *, who: str, at: datetime, agreed: bool = False
) -> MadeVersion:
    """Release a version that another person recorded: from now on it counts, for the days that it states.

    Args:
        session: states the tenant.
        reference: the contract.
        number: which version; by default the newest.
        who: releases it.
        at: the instant of the release.
        agreed: release it though it reprices what is billed.

    Raises:
        UnknownContract: there is no such version.
        OwnWork: whoever recorded it cannot release it.
        AlreadyReleased: it is released already.
        FaultyDocument: it cannot go on from the version before it, of those that are released.
        WouldReprice: it would reprice what is billed, and that is not agreed; nothing is released.
    """
    version = store.release(session, reference, releasing(session, who, at), number)
    made(session, f"version {version.number}")
    return released_and_looked_at(session, version, at, agreed=agreed)


def released_and_looked_at(session: Session, version: Version, at: datetime, *, agreed: bool) -> MadeVersion:
    """Add to a version that was released what it reprices; the errors are those of ``release``."""
    reprices = repricing(session, version, at)
    if not agreed:
        _refuse(version, reprices)
    gaps = _untold(session, version.contract, at)
    return MadeVersion(version, tuple(map(str, gaps)), reprices, gaps_that_hold(gaps))


def _untold(session: Session, contract: Contract, at: datetime | None) -> Sequence[Caution]:
    """Say what the documents of a contract would lack, on the day of an instant or when it comes into force."""
    if contract.invoicing.form is InvoiceForm.PDF:
        return []
    profiles, day = _profiles_on(session, contract, at)
    return cautions_of_documents(contract, profiles, day)


def _bare_pages(session: Session, contract: Contract, at: datetime | None) -> list[str]:
    """Say what pages and PDFs of a contract would go without; what a program reads, its rules ask for."""
    if contract.invoicing.form is not InvoiceForm.PDF:
        return []
    profiles, day = _profiles_on(session, contract, at)
    return [str(caution) for caution in cautions_of_pages(contract, profiles, day)]


def _profiles_on(session: Session, contract: Contract, at: datetime | None) -> tuple[KnownProfiles, date]:
    """The profiles of a contract's sides, and the day on which they must be in force."""
    names = {party.name for _, party in sides_of(contract)}
    return known_of(session, names), _first_day(contract, at)


def _first_day(contract: Contract, at: datetime | None) -> date:
    """Name the day of an instant, or when a contract comes into force, if that is later or there is no instant."""
    return contract.effective if at is None else max(at.date(), contract.effective)


def _refuse(version: Version, reprices: Repricing) -> None:
    if not reprices.is_nothing:
        raise WouldReprice(
            f"{version.contract.contract}: version {version.number} {effect_in_words(reprices)}",
            found=[document.number for document in reprices.documents],
            expected="yes, if that is meant",
        )


def effect_in_words(reprices: Repricing) -> str:
    """Say what a version would reprice, as the end of a sentence."""
    if reprices.fault:
        return f"holds what is billed already: {reprices.fault}"
    documents = reprices.documents
    named = [_named(document) for document in documents[:_NAMED_AT_MOST]]
    more = f"; and {len(documents) - _NAMED_AT_MOST} more" if len(documents) > _NAMED_AT_MOST else ""
    net = sum(document.net for document in documents)
    of_documents = counted(len(documents), "document")
    return f"reprices {of_documents} by {net:+f} {documents[0].currency} net: {'; '.join(named)}{more}"


def _named(document: Repriced) -> str:
    days = f"{document.first}/{document.after_last}"
    return f"{document.number} ({days}) net {document.net:+f}, gross {document.gross:+f}"


def newest(session: Session) -> Sequence[Version]:
    """List the newest version of every contract, by reference."""
    return store.newest(session)


def list_contracts(
    session: Session, query: ContractQuery, at: datetime, *, as_customer: bool = False
) -> ListPage[Version]:
    """List contracts in pages, each by its newest version; by those that are released alone, as a customer.

    Raises:
        UnknownSort: there is no such order.
    """
    return listed.listed(session, query, at, released_only=as_customer)


def list_versions(
    session: Session, reference: str, query: VersionQuery, *, as_customer: bool = False
) -> ListPage[Version]:
    """List the versions of a contract in pages, oldest first; those that are released alone, as a customer.

    Raises:
        UnknownContract: none is visible here.
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    return listed.versions_listed(session, reference, query, released_only=as_customer)


def versions(session: Session, reference: str) -> Sequence[Version]:
    """List the versions of a contract, oldest first.

    Raises:
        UnknownContract: none is visible here.
    """
    return store.versions(session, reference)


def states_at(session: Session, shown: Sequence[Version], at: datetime) -> list[ContractState]:
    """Say of some versions which state of its life the contract of each is in on the local day of an instant.

    A contract of which no version is released waits, whatever its terms say of the day.
    """
    waiting = store.never_released(session, shown)
    return [
        ContractState.WAITING
        if version.contract_id in waiting
        else version.contract.state_on(at.astimezone(zone(version.contract.zone)).date())
        for version in shown
    ]


def unbilled(session: Session) -> Sequence[RegisterWithReadings]:
    """List the registers that count and that no contract prices: use is never silently free."""
    return store.unbilled(session)
