"""What waits for a second person or for a decision: one row of data a kind, and whether who asks may do it.

Whether somebody may is asked of the room that refuses the release itself; its refusal is the answer.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlmodel import Session

from api.access import releases
from api.access.caller import Caller, IdentityKind
from api.access.roles import Permission, Role
from api.operations.statements import STEPS
from billing.bank.entries.store import waiting_entries
from billing.bank.order_files.store import prepared_files
from billing.bank.orders.store import waiting_bank_orders
from billing.bank.payers import store as payers
from billing.credits import store as credit_notes
from billing.delivery import store as deliveries
from billing.delivery.state import message_named
from billing.disputes import store as disputes
from billing.due import store as due
from billing.due.pauses import store as pauses
from billing.due.work import store as due_work
from billing.payments.orders.known.store import orders
from billing.payments.refunds.store import refuse_own_refund, waiting_refunds
from billing.receivables import write_offs
from billing.statements import store as statements
from billing.tax import store as tax_laws
from billing.voiding import store as voidings
from contracts import store as contracts
from contracts.indexation import store as indices
from contracts.missing.store import missing_by_contracts
from contracts.party_profiles import store as party_profiles
from contracts.release.store import Releasing, releasing
from contracts.statement import StatementStep
from metering.quality.edits import store as edits
from metering.quality.validation import store as validation
from metering.tenants import store as tenants
from quantities.counted import counted
from quantities.errors import UsufructError


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """Something that waits.

    Attributes:
        kind: of what (``KINDS``).
        name: which: a number, a reference or a name.
        about: what it is, in words.
        since: when it began to wait; None where that is not recorded.
        prepared_by: who prepared it; None where nobody did.
        may_release: whether who asks may release or decide it.
        why_not: why not.
        command: the command that does.
        route: the route that does.
    """

    kind: str
    name: str
    about: str
    since: datetime | None
    prepared_by: str | None
    may_release: bool
    why_not: str
    command: str
    route: str


@dataclass(frozen=True, slots=True)
class _Waiting:
    """One that waits, and what refuses its release to who asks; the permission where it is not its kind's."""

    name: str
    about: str
    since: datetime | None
    prepared_by: str | None
    command: str
    route: str
    check: Callable[[], object] = lambda: None
    needs: Permission | None = None


@dataclass(frozen=True, slots=True)
class _WhoAsks:
    """Who asks, and when."""

    session: Session
    caller: Caller
    at: datetime

    @property
    def releasing(self) -> Releasing:
        return releasing(self.session, self.caller.name, self.at)


@dataclass(frozen=True, slots=True)
class WaitingKind:
    """A kind of what waits.

    Attributes:
        name: of the kind.
        sees: what one must be allowed to see it, one of these.
        releases: what one must be allowed to release or decide it.
        listed: finds all of it.
        by_person: whether only a person does it where two must act.
    """

    name: str
    sees: tuple[Permission, ...]
    releases: Permission
    listed: Callable[[_WhoAsks], Iterable[_Waiting]]
    by_person: bool = True


def waiting(session: Session, caller: Caller, at: datetime, kind: str | None = None) -> Sequence[WaitingItem]:
    """List everything that waits and that a caller may see: kind by kind, the oldest first.

    Args:
        session: states the tenant, and the party where a customer asks.
        caller: who asks.
        at: the instant.
        kind: only of this kind.
    """
    asked = _WhoAsks(session, caller, at)
    two = tenants.keeps_four_eyes(session)
    return [
        _work(asked, one, candidate, two=two)
        for one in KINDS
        if kind in (None, one.name) and not caller.permissions.isdisjoint(one.sees)
        for candidate in one.listed(asked)
    ]


def _work(asked: _WhoAsks, kind: WaitingKind, candidate: _Waiting, *, two: bool) -> WaitingItem:
    why_not = ""
    try:
        asked.caller.needs(candidate.needs or kind.releases)
        candidate.check()
    except UsufructError as refusal:
        why_not = str(refusal)
    if not why_not and two and kind.by_person and asked.caller.kind is not IdentityKind.PERSON:
        why_not = f"{asked.caller.name} is no person"
    return WaitingItem(
        kind=kind.name,
        name=candidate.name,
        about=candidate.about,
        since=candidate.since,
        prepared_by=candidate.prepared_by,
        may_release=not why_not,
        why_not=why_not,
        command=candidate.command,
        route=candidate.route,
    )


def _versions(asked: _WhoAsks) -> Iterator[_Waiting]:
    release_of = asked.releasing
    for version in contracts.waiting_versions(asked.session):
        yield _Waiting(
            name=f"{version.reference} {version.number}",
            about=f"version {version.number} of {version.reference}, in force from {version.effective}",
            since=version.recorded_at,
            prepared_by=version.recorded_by,
            command=f"usufruct contract release {version.reference} --version {version.number}",
            route=f"POST /v1/contracts/{version.reference}/release",
            check=partial(release_of.check, version.recorded_by),
        )


def _indices(asked: _WhoAsks) -> Iterator[_Waiting]:
    release_of = asked.releasing
    for index in indices.waiting_indices(asked.session):
        values = counted(index.values, "value") if index.values else ""
        yield _Waiting(
            name=index.name,
            about=" and ".join(filter(None, (values, "links" if index.has_links else ""))) + f" of {index.name}",
            since=index.since,
            prepared_by=", ".join(index.recorded_by),
            command=f"usufruct index release {index.name!r}",
            route=f"POST /v1/indices/{index.name}/release",
            check=partial(index.check, release_of),
        )


def _tax_laws(asked: _WhoAsks) -> Iterator[_Waiting]:
    newest = {known.law.country: known for known in tax_laws.recorded(asked.session)}
    for country, known in newest.items():
        if known.released_by is None:
            yield _Waiting(
                name=country,
                about=f"the tenant's own tax law of {country}",
                since=known.recorded_at,
                prepared_by=known.recorded_by,
                command=f"usufruct tax release {country}",
                route=f"POST /v1/taxes/{country}/release",
                check=partial(asked.releasing.check, known.recorded_by),
            )


def _credits(asked: _WhoAsks) -> Iterator[_Waiting]:
    for known in credit_notes.waiting_credits(asked.session):
        yield _Waiting(
            name=str(known.id),
            about=f"{known.net:f} {known.currency} of {known.number}: {known.reason}",
            since=known.prepared_at,
            prepared_by=known.prepared_by,
            command=f"usufruct credit release {known.id}",
            route=f"POST /v1/credits/{known.id}/release",
            check=partial(credit_notes.refuse_own_credit, asked.session, known.id, known.prepared_by, asked.releasing),
        )


def _voidings(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return  # what was not sent is the supplier's own affair
    for known in voidings.waiting_voidings(asked.session):
        number = known.documents[0]
        yield _Waiting(
            name=number,
            about=f"{', '.join(known.documents)} to be void: {known.reason}",
            since=known.asked_at,
            prepared_by=known.asked_by,
            command=f"usufruct invoice void-release {number}",
            route=f"POST /v1/invoices/{number}/void/release",
            check=partial(asked.releasing.check, known.asked_by),
        )


def _edits(asked: _WhoAsks) -> Iterator[_Waiting]:
    for edit in edits.waiting_edits(asked.session):
        yield _Waiting(
            name=str(edit.id),
            about=f"{edit.kind.value} of {edit.register}: {edit.reason}",
            since=edit.prepared_at,
            prepared_by=edit.prepared_by,
            command=f"usufruct edit release {edit.id}",
            route=f"POST /v1/edits/{edit.id}/release",
            check=partial(edits.refuse_same_person, asked.session, edit, asked.caller.name),
        )


def _disputes(asked: _WhoAsks) -> Iterator[_Waiting]:
    for known in disputes.unsettled(asked.session):
        about = f"{known.dispute.charge} of {known.contract}, {known.dispute.first}/{known.dispute.after_last}"
        number, settle = known.id, f"POST /v1/disputes/{known.id}/settle"
        if known.waiver_by is not None and not asked.caller.is_customer:
            yield _Waiting(
                name=str(number),
                about=f"waiver: {about}",
                since=known.waiver_at,
                prepared_by=known.waiver_by,
                command=f"usufruct dispute settle {number} --waived",
                route=settle,
                check=partial(disputes.refuse_waiver, asked.session, known),
            )
        elif known.accepted_at is None:
            yield _Waiting(
                name=str(number),
                about=f"raised: {about}",
                since=known.raised_at,
                prepared_by=known.raised_by,
                command=f"usufruct dispute accept {number}, or decline",
                route=f"POST /v1/disputes/{number}/accept",
            )
        else:
            yield _Waiting(
                name=str(number),
                about=f"held apart: {about}",
                since=known.accepted_at,
                prepared_by=known.raised_by,
                command=f"usufruct dispute settle {number} --due, or --waived",
                route=settle,
            )


def _profiles(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return  # what one of two would say of a party is not told before it counts
    for recorded in party_profiles.waiting_profiles(asked.session):
        party, number = recorded.profile.party, recorded.id
        yield _Waiting(
            name=f"{party} {number}",
            about=f"what documents say of {party} from {recorded.profile.in_force_from}",
            since=recorded.prepared_at,
            prepared_by=recorded.prepared_by,
            command=f"usufruct party release {party!r} --profile {number}",
            route=f"POST /v1/parties/{party}/profile/release",
            check=partial(asked.releasing.check, recorded.prepared_by),
        )


def _missing_data(asked: _WhoAsks) -> Iterator[_Waiting]:
    """Say once what documents of contracts would lack, with how many contracts need it."""
    for lacking in missing_by_contracts(asked.session, asked.at.date()):
        datum, contracts_of = lacking.datum, lacking.contracts
        more = f" and {len(contracts_of) - 1} more" if len(contracts_of) > 1 else ""
        yield _Waiting(
            name=f"{datum.subject or contracts_of[0]} {datum.need.code}",
            about=f"{contracts_of[0]}{more}: {datum}",
            since=None,
            prepared_by=None,
            command="usufruct contract apply" if datum.in_contract else "usufruct party apply",
            route="POST /v1/contracts" if datum.in_contract else f"PUT /v1/parties/{datum.subject}/profile",
            needs=Permission.CONTRACTS_WRITE if datum.in_contract else None,
        )


def _write_offs(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return  # what one of two would give up is not told before it is
    for write_off in write_offs.waiting_write_offs(asked.session):
        number, prepared_by = write_off.id, write_off.prepared_by
        yield _Waiting(
            name=str(number),
            about=f"{write_off.amount:f} {write_off.currency} of {write_off.document}: {write_off.reason}",
            since=write_off.prepared_at,
            prepared_by=prepared_by,
            command=f"usufruct write-off release {number}",
            route=f"POST /v1/write-offs/{number}/release",
            check=partial(write_offs.refuse_own_write_off, asked.session, number, prepared_by, asked.releasing),
        )


def _refunds(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return  # what is not released yet is the supplier's own
    for refund in waiting_refunds(asked.session):
        number, prepared_by = refund.id, refund.prepared_by
        yield _Waiting(
            name=str(number),
            about=f"{refund.amount:f} {refund.currency} of payment {refund.payment}: {refund.reason}",
            since=refund.prepared_at,
            prepared_by=prepared_by,
            command=f"usufruct payment refund-release {number}",
            route=f"POST /v1/refunds/{number}/release",
            check=partial(refuse_own_refund, asked.session, number, prepared_by, asked.releasing),
        )


def _gateway_orders(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return  # what is wrong with a charge is the supplier's to look at
    for order in orders(asked.session, waiting=True):
        yield _Waiting(
            name=str(order.id),
            about=f"{order.movement.value} of {order.document or order.party}: {order.why}",
            since=order.asked_at,
            prepared_by=None,
            command=f"usufruct gateway again {order.id}",
            route=f"POST /v1/gateway-orders/{order.id}/again",
            needs=Permission.RECEIVABLES_WRITE,
        )


def _pauses(asked: _WhoAsks) -> Iterator[_Waiting]:
    for known in pauses.pauses(asked.session, asked.at):
        if known.waits(asked.at):
            what = " of ".join(filter(None, (known.asked.kind or "everything", known.asked.contract)))
            yield _Waiting(
                name=str(known.number),
                about=f"{what} is held back until {known.asked.until or 'somebody ends it'}: {known.asked.reason}",
                since=known.paused_at,
                prepared_by=known.paused_by,
                command=f"usufruct work release {known.number}",
                route=f"POST /v1/work/pauses/{known.number}/release",
                check=partial(asked.releasing.check, known.paused_by),
            )


def _dead_work(asked: _WhoAsks) -> Iterator[_Waiting]:
    for known in due_work.dead_work(asked.session):
        yield _Waiting(
            name=str(known.number),
            about=f"{known.kind} {known.subject} failed {known.tries} times: {known.reason}",
            since=known.due_at,
            prepared_by=None,
            command=f"usufruct work again {known.number}",
            route=f"POST /v1/work/{known.number}/again",
        )


def _payer_aliases(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return  # what stands in the supplier's bank is its own
    for known in payers.aliases(asked.session):
        if known.released_at is None and known.withdrawn_at is None:
            payer = known.payer
            yield _Waiting(
                name=str(known.id),
                about=f"{payer.account or payer.name} stands for {payer.customer or payer.kind}",
                since=known.prepared_at,
                prepared_by=known.prepared_by,
                command=f"usufruct bank alias-release {known.id}",
                route=f"POST /v1/bank/payers/{known.id}/release",
                check=partial(asked.releasing.check, known.prepared_by),
            )


def _bank_entries(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return
    for known in waiting_entries(asked.session):
        entry = known.entry
        yield _Waiting(
            name=str(known.id),
            about=f"{entry.amount:f} {entry.currency}, {entry.party.name or entry.text}: {known.reason}",
            since=None,
            prepared_by=None,
            command=f"usufruct bank match {known.id} DOCUMENT, or bank ignore {known.id} REASON",
            route=f"POST /v1/bank/entries/{known.id}/match",
        )


def _bank_orders(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return
    for known in waiting_bank_orders(asked.session):
        amount = "" if known.amount is None else f"{known.amount:f} {known.currency}, "
        yield _Waiting(
            name=str(known.id),
            about=f"{amount}{known.party} {known.document}: {known.held}",
            since=known.asked_at,
            prepared_by=None,
            command=f"usufruct bank order again {known.id} REASON, or bank order show {known.id}",
            route=f"POST /v1/bank/orders/{known.id}/again",
        )


def _order_files(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return
    for known in prepared_files(asked.session):
        yield _Waiting(
            name=str(known.id),
            about=f"{known.count} {known.kind} over {known.amount:f} {known.currency} of {known.supplier}",
            since=known.prepared_at,
            prepared_by=known.prepared_by,
            command=f"usufruct bank order take {known.id} --to FILE",
            route=f"POST /v1/bank/order-files/{known.id}/take",
            check=partial(asked.releasing.check, known.prepared_by),
        )


#: The step of those who see one party's or one contract's statements; of others nothing is shown to them.
_OF_OUTSIDERS = {Role.CUSTOMER: StatementStep.AGREED, Role.VERIFIER: StatementStep.VERIFIED}


def _deliveries(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return  # what did not reach it is the supplier's to see to
    for known in deliveries.waiting_deliveries(asked.session):
        noun, documents = ("payee", "payee-documents") if known.of_payee else ("invoice", "invoices")
        of_delivery, why = f"{known.document} {known.id}", known.why_it_waits
        named = f", {message_named(known.way)} {known.message}" if known.message and known.message not in why else ""
        yield _Waiting(
            name=str(known.id),
            about=f"{known.document} by {known.way.value} to {', '.join(known.to)}{named}: {why}",
            since=known.events[-1].at if known.events else known.asked_at,
            prepared_by=known.asked_by,
            command=f"usufruct {noun} settle {of_delivery}, or {noun} send-again {of_delivery}",
            route=f"POST /v1/{documents}/{known.document}/deliveries/{known.id}/settle",
        )


def _statements(asked: _WhoAsks) -> Iterator[_Waiting]:
    for open_ in statements.open_statements(asked.session, asked.at):
        statement, step = open_.statement, open_.step
        if asked.caller.is_customer and step is not _OF_OUTSIDERS.get(asked.caller.role):
            continue
        window = f"{statement.contract}, {statement.first}/{statement.after_last}"
        paper = "" if open_.entered_by is None else " --paper"
        yield _Waiting(
            name=str(statement.id),
            about=f"{step.value}{' on paper' if paper else ''}: {window}",
            since=open_.since,
            prepared_by=open_.entered_by or statement.prepared_by,
            command=f"usufruct statement take {statement.id} {step.value}{paper}",
            route=f"POST /v1/statements/{statement.id}/steps",
            check=partial(open_.check, asked.session, asked.caller.name),
            needs=Permission.STATEMENTS_SUBMIT if paper else STEPS[step],
        )


def _people(asked: _WhoAsks) -> Iterator[_Waiting]:
    if asked.caller.is_customer:
        return  # the supplier's owners release
    for bearer in releases.waiting_bearers(asked.session):
        keys = ", ".join(bearer.keys)
        yield _Waiting(
            name=bearer.name,
            about=f"{bearer.name}, {bearer.role.value}" if bearer.is_new else f"key {keys} of {bearer.name}",
            since=bearer.since,
            prepared_by=", ".join(bearer.makers.values()),
            command=f"usufruct user release {bearer.name!r}",
            route=f"POST /v1/users/{bearer.name}/release",
            check=partial(releases.releasable, asked.session, bearer.name, asked.caller.identity, asked.at),
        )


def _switches(asked: _WhoAsks) -> Iterator[_Waiting]:
    for switch in tenants.four_eyes_record(asked.session):
        if switch.waits:
            yield _Waiting(
                name=str(switch.number),
                about=f"four eyes {'off' if switch.off else 'on'}: {switch.reason}",
                since=switch.at,
                prepared_by=switch.by,
                command=f"usufruct tenant release-switch {switch.number}",
                route=f"POST /v1/four-eyes/switches/{switch.number}/release",
                check=partial(tenants.refuse_own_switch, switch.by, asked.caller.name),
            )


def _limits(asked: _WhoAsks) -> Iterator[_Waiting]:
    for limit in tenants.limits(asked.session):
        if limit.waits:
            yield _Waiting(
                name=str(limit.number),
                about=f"{limit.operation.value} up to {limit.amount:f} {limit.currency}: {limit.reason}",
                since=limit.at,
                prepared_by=limit.by,
                command=f"usufruct tenant release-limit {limit.number}",
                route=f"POST /v1/four-eyes/limits/{limit.number}/release",
                check=partial(tenants.refuse_own_switch, limit.by, asked.caller.name),
            )


def _held(asked: _WhoAsks) -> Iterator[_Waiting]:
    for work in due.held_work(asked.session, asked.caller.tenant, asked.at):
        days = "" if work.days is None else f", {work.days[0]}/{work.days[1]}"
        found_at = work.reason.at  # a fresh look would be a whole run
        as_of = "" if found_at is None else f" (as of {found_at:%Y-%m-%d %H:%M} UTC)"
        yield _Waiting(
            name=work.contract,
            about=f"{work.contract}{days}: {work.reason.detail}{as_of}",
            since=None,
            prepared_by=None,
            command="usufruct bill",
            route="POST /v1/bill",
        )


def _findings(asked: _WhoAsks) -> Iterator[_Waiting]:
    for finding in validation.open_findings(asked.session):
        if finding.holds:
            start, end = finding.start.isoformat(), finding.end.isoformat()
            yield _Waiting(
                name=str(finding.id),
                about=f"{finding.register}: {finding.check} from {start}, found {finding.found}",
                since=None,
                prepared_by=None,
                command=f"usufruct edit verify {finding.register} --from {start} --to {end}, or edit set",
                route=f"POST /v1/registers/{finding.register}/edits",
            )


_P = Permission
#: Every kind of what waits.
KINDS: tuple[WaitingKind, ...] = (
    WaitingKind("version", (_P.PRICES_READ,), _P.CONTRACTS_RELEASE, _versions),
    WaitingKind("index", (_P.PRICES_READ,), _P.PRICES_RELEASE, _indices),
    WaitingKind("tax law", (_P.TAXES_READ,), _P.TAXES_RELEASE, _tax_laws),
    WaitingKind("credit", (_P.CREDITS_READ,), _P.CREDITS_RELEASE, _credits),
    WaitingKind("void", (_P.INVOICES_READ,), _P.INVOICES_VOID, _voidings),
    WaitingKind("edit", (_P.READINGS_READ,), _P.READINGS_RELEASE, _edits),
    WaitingKind("dispute", (_P.DISPUTES_READ,), _P.DISPUTES_SETTLE, _disputes, by_person=False),
    WaitingKind("profile", (_P.PARTIES_READ,), _P.PARTIES_RELEASE, _profiles),
    WaitingKind("missing data", (_P.DRAFTS_READ,), _P.PARTIES_WRITE, _missing_data, by_person=False),
    WaitingKind("write-off", (_P.RECEIVABLES_READ,), _P.WRITE_OFFS_RELEASE, _write_offs),
    WaitingKind("refund", (_P.RECEIVABLES_READ,), _P.REFUNDS_RELEASE, _refunds),
    WaitingKind("gateway order", (_P.RECEIVABLES_READ,), _P.RECEIVABLES_WRITE, _gateway_orders),
    WaitingKind("pause", (_P.WORK_READ,), _P.WORK_WRITE, _pauses),
    WaitingKind("dead work", (_P.WORK_READ,), _P.WORK_WRITE, _dead_work, by_person=False),
    WaitingKind("payer alias", (_P.RECEIVABLES_READ,), _P.RECEIVABLES_WRITE, _payer_aliases),
    WaitingKind("bank entry", (_P.RECEIVABLES_READ,), _P.RECEIVABLES_WRITE, _bank_entries, by_person=False),
    WaitingKind("bank order", (_P.RECEIVABLES_READ,), _P.RECEIVABLES_WRITE, _bank_orders, by_person=False),
    WaitingKind("bank order file", (_P.RECEIVABLES_READ,), _P.RECEIVABLES_WRITE, _order_files),
    WaitingKind("delivery", (_P.RECEIVABLES_READ,), _P.RECEIVABLES_WRITE, _deliveries, by_person=False),
    WaitingKind("statement", (_P.STATEMENTS_READ,), _P.STATEMENTS_SUBMIT, _statements),
    WaitingKind("identity", (_P.PEOPLE_READ,), _P.PEOPLE_WRITE, _people),
    WaitingKind("switch", (_P.FOUR_EYES_SWITCH, _P.AUDIT_READ), _P.FOUR_EYES_SWITCH, _switches),
    WaitingKind("limit", (_P.FOUR_EYES_SWITCH, _P.AUDIT_READ), _P.FOUR_EYES_SWITCH, _limits),
    WaitingKind("held", (_P.DRAFTS_READ,), _P.INVOICES_ISSUE, _held, by_person=False),
    WaitingKind("finding", (_P.READINGS_READ,), _P.READINGS_EDIT, _findings, by_person=False),
)
