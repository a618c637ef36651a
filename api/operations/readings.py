"""Readings as use cases: a file of any format is stored, readings are withdrawn, an exchange or a reset is declared."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from sqlmodel import Session

from api.audit.note import made
from api.operations.fleet import find_register
from billing.sources import store as sources
from metering.deliveries import store
from metering.deliveries.receipt import Receipt, Sender
from metering.fleet.register_lookup import KnownRegisters, StoredRegisterLookup
from metering.ingest import IngestOptions, parse
from metering.ingest.how_read import HowRead
from metering.ingest.sender_options import ingest_options, refuse_unfit_options
from metering.profiles import store as profile_store
from metering.profiles.profile import as_profile_name, attributed, refuse_empty
from metering.quality.edits import store as edit_store
from metering.quality.edits.store import Edit, EditKind, Extent
from metering.records.sender_options import SenderOptions
from metering.records.waiting_delivery import WaitingDelivery
from quantities.period import Period, utc

#: Where the kind of content that an HTTP request states says its format.
_CONTENT_TYPE = "Content-Type"


@dataclass(frozen=True, slots=True)
class FileTerms:
    """What is said for one delivery of a file, beside what its source always needs.

    Attributes:
        profile: the name of the profile by which the file is read.
        save_profile: the name of the profile in which what was said is kept, once the file is read.
        blocks_start: where blocks begin that state one start.
        content_type_format: the format that HTTP's kind of content names; None: it names none.
        atomic: store all rows or none.
        replaces: the range that the file restates in full.
    """

    profile: str | None = None
    save_profile: str | None = None
    blocks_start: datetime | None = None
    content_type_format: str | None = None
    atomic: bool = False
    replaces: Period | None = None


def ingest_file(
    session: Session,
    sender: Sender,
    raw: bytes,
    options: SenderOptions,
    terms: FileTerms,
    progress: Callable[[int, int], None] | None = None,
    known: KnownRegisters | None = None,
) -> Receipt | Edit:
    """Store the readings of a file of any format, by a profile of its source or not.

    Where it corrects what is billed, and whoever delivers is no meter, nothing is stored: the file waits for another.

    Args:
        session: states the tenant.
        sender: who delivers, from where, when and why.
        raw: the file as it came.
        options: about the file, for this delivery; where a profile says something else, this counts.
        terms: of the delivery.
        progress: is called with how many readings are done, and of how many.
        known: what the process knows of the tenant's registers.

    Returns:
        The receipt; of a request that was answered before, the receipt of then, whatever its profile says by now. Or
        the edit by which the file waits.

    Raises:
        UnknownProfile: there is no profile of that name.
        TooLargeToWait: the file would wait, and has more than 64 MiB.
        EmptyProfile: nothing is said that could be kept.
        UnfitProfileName: what was said cannot be kept under that name.
        others: of ``ingest`` and of ``refuse_unfit_options``.
    """
    earlier = store.receipt_of_request(session, sender, raw) or edit_store.waiting_for_key(session, sender, raw)
    if earlier is not None:
        return earlier
    receipt = _stored(session, sender, raw, options, terms, progress=progress, known=known)
    if receipt.corrected or receipt.exchanges:
        batches = [receipt.batch, *(exchange.batch for exchange in receipt.exchanges)]
        alone = sources.corrected_alone(session, batches)
        if alone is not None:
            session.rollback()  # of all that it wrote; the next transaction begins as this one did
            return _file_waits(session, sender, raw, (options, terms), alone)
    made(session, f"batch {receipt.batch}")
    return receipt


def _file_waits(
    session: Session, sender: Sender, raw: bytes, told: tuple[SenderOptions, FileTerms], alone: tuple[int, Period]
) -> Edit:
    (options, terms), (series, period) = told, alone
    delivery = waiting_delivery(sender, options, terms)
    extent = Extent(series, period.start, period.end)
    return as_made(session, edit_store.prepare_change(session, EditKind.DELIVER, extent, sender, delivery, raw))


def waiting_delivery(sender: Sender, options: SenderOptions, terms: FileTerms) -> WaitingDelivery:
    """Say all that is known of a file which is stored later, but for its bytes and who delivers it."""
    return WaitingDelivery(
        source=sender.source,
        options=options,
        profile=terms.profile,
        save_profile=terms.save_profile,
        blocks_start=terms.blocks_start,
        content_type_format=terms.content_type_format,
        atomic=terms.atomic,
        replaces_from=terms.replaces.start if terms.replaces else None,
        replaces_to=terms.replaces.end if terms.replaces else None,
        idempotency_key=sender.idempotency_key,
        request=sender.request,
    )


def _terms_of(delivery: WaitingDelivery) -> FileTerms:
    start, end = delivery.replaces_from, delivery.replaces_to
    return FileTerms(
        delivery.profile,
        delivery.save_profile,
        delivery.blocks_start,
        delivery.content_type_format,
        delivery.atomic,
        Period(start, end) if start and end else None,
    )


def ingest_later(
    session: Session, delivery: WaitingDelivery, raw: bytes, sender: Sender, progress: Callable[[int, int], None]
) -> Receipt | Edit:
    """Store a file that somebody has asked to store; what is returned and raised is that of ``ingest_file``."""
    as_sent = replace(
        sender, source=delivery.source, idempotency_key=delivery.idempotency_key, request=delivery.request
    )
    options = delivery.options or SenderOptions()
    return ingest_file(session, as_sent, raw, options, _terms_of(delivery), progress=progress)


def as_made(session: Session, edit: Edit) -> Edit:
    """Note that an edit was prepared."""
    made(session, f"edit {edit.id}")
    return edit


def deliver_released(session: Session, raw: bytes, delivery: WaitingDelivery, sender: Sender) -> Receipt:
    """Store a file that waited, as it came; ``sender`` says who prepared and who released it."""
    as_sent = replace(
        sender, source=delivery.source, idempotency_key=delivery.idempotency_key, request=delivery.request
    )
    return _stored(session, as_sent, raw, delivery.options or SenderOptions(), _terms_of(delivery))


def _stored(
    session: Session,
    sender: Sender,
    raw: bytes,
    options: SenderOptions,
    terms: FileTerms,
    *,
    progress: Callable[[int, int], None] | None = None,
    known: KnownRegisters | None = None,
) -> Receipt:
    profile = None if terms.profile is None else profile_store.profile(session, terms.profile)
    with_profile = options
    if profile is not None:
        with_profile, sender = options.over(profile.options), replace(sender, profile=profile.as_version)
        refuse_unfit_options(with_profile)  # a zone of then may be gone
    if terms.save_profile is not None:
        refuse_empty(as_profile_name(terms.save_profile), with_profile)

    def with_origins(how_read: tuple[HowRead, ...]) -> tuple[HowRead, ...]:
        if with_profile.format_name is None and terms.content_type_format is not None:
            how_read = (replace(how_read[0], where=_CONTENT_TYPE), *how_read[1:])
        return how_read if profile is None else attributed(how_read, options, profile)

    receipt = ingest(
        session,
        sender,
        raw,
        ingest_options(with_profile, terms.blocks_start),
        format_=with_profile.format_name or terms.content_type_format,
        atomic=terms.atomic,
        replaces=terms.replaces,
        with_origins=with_origins,
        progress=progress,
        known=known,
    )
    if terms.save_profile is not None and not receipt.is_refused_whole:
        profile_store.save(session, sender, terms.save_profile, with_profile)
    return receipt


def ingest(
    session: Session,
    sender: Sender,
    raw: bytes,
    options: IngestOptions,
    *,
    format_: str | None = None,
    atomic: bool = False,
    replaces: Period | None = None,
    with_origins: Callable[[tuple[HowRead, ...]], tuple[HowRead, ...]] = lambda how_read: how_read,
    progress: Callable[[int, int], None] | None = None,
    known: KnownRegisters | None = None,
) -> Receipt:
    """Store the readings of a file of any format, by options as the readers take them.

    Args:
        session: states the tenant.
        sender: who delivers, from where, when and why.
        raw: the file as it came.
        options: what its sender states beside it.
        format_: its format, where the bytes do not tell.
        atomic: store all rows or none.
        replaces: the range that the file restates in full.
        with_origins: names where each option was said, if not by this delivery.
        progress: is called with how many readings are done, and of how many.
        known: what the process knows of the tenant's registers.

    Returns:
        The receipt.

    Raises:
        UnreadableFile: the file is not of a known format, or damaged, or can be read in several ways.
        RefusedWhole: ``atomic``, and a row has a verdict; nothing is stored.
        KeyUsedOtherwise: the idempotency key was used for another request.
    """
    lookup = StoredRegisterLookup(session, known)
    parsed = parse(raw, lookup, options, format_)
    parsed, exchanges = store.declare_stated_exchanges(session, sender, parsed, lookup.registers)
    return store.deliver(
        session,
        sender,
        raw,
        replace(parsed, how_read=with_origins(parsed.how_read)),
        lookup.registers,
        exchanges=exchanges,
        atomic=atomic,
        replaces=replaces,
        progress=progress,
    )


def withdraw(session: Session, key: str, period: Period, *, reason: str, who: str, at: datetime) -> Receipt | Edit:
    """Withdraw the readings of a register that start in a period; where bills rest on them, another releases it.

    Raises:
        NoSuchRegister: there is no register of that key.
    """
    sender = Sender(f"withdrawal of {key}", who, at, reason)
    extent = Extent(find_register(session, key).series, period.start, period.end)
    written = alone_or_not(session, lambda: store.withdraw(session, sender, key, period), lambda done: done.batch)
    return written or as_made(session, edit_store.prepare_change(session, EditKind.WITHDRAW, extent, sender))


Done = TypeVar("Done")


def alone_or_not(session: Session, write: Callable[[], Done], batch_of: Callable[[Done], int]) -> Done | None:
    """Write something, and take it back where it corrects what is billed, and whoever acts may not do that alone.

    Returns:
        What was written; None where it was taken back.
    """
    with session.begin_nested() as savepoint:
        done = write()
        if sources.corrected_alone(session, [batch_of(done)]) is not None:
            savepoint.rollback()
            return None
    made(session, f"batch {batch_of(done)}")
    return done


def exchange(
    session: Session,
    key: str,
    moment: datetime,
    *,
    closing: Decimal,
    opening: Decimal,
    serial: str | None,
    reason: str | None,
    who: str,
    at: datetime,
) -> int | Edit:
    """Declare that the device of a cumulative register was exchanged; where bills rest on it, another releases it.

    Args:
        session: states the tenant.
        key: the register's.
        moment: of the exchange.
        closing: what the old device showed last.
        opening: what the new device showed first.
        serial: the new device's; None: its counter was reset, and it is the same.
        reason: why.
        who: records it.
        at: the instant of recording.

    Returns:
        The number of the batch that records it, or the edit by which it waits.

    Raises:
        NoSuchRegister: there is no cumulative register of that key.
        NaiveInstant: ``moment`` states no offset.
        FallingClosingRead: the last read before it is above ``closing``.
    """
    kind = EditKind.RESET if serial is None else EditKind.EXCHANGE
    sender = Sender(f"{kind.value} of {key}", who, at, reason)

    def declared() -> int:
        return store.exchange(session, sender, key, moment, closing=closing, opening=opening, serial=serial)

    number = alone_or_not(session, declared, lambda batch: batch)
    if number is not None:
        return number
    delivery = WaitingDelivery(closing=closing, opening=opening, serial=serial)
    extent = Extent(find_register(session, key).series, utc(moment), utc(moment))
    return as_made(session, edit_store.prepare_change(session, kind, extent, sender, delivery))


def reset(
    session: Session,
    key: str,
    moment: datetime,
    *,
    closing: Decimal,
    opening: Decimal,
    reason: str | None,
    who: str,
    at: datetime,
) -> int | Edit:
    """Declare that the counter of a device was reset; the device is the same. Otherwise as ``exchange``."""
    return exchange(session, key, moment, closing=closing, opening=opening, serial=None, reason=reason, who=who, at=at)
