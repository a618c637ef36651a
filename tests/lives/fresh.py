"""The same facts told to a second tenant at once, before anything is billed: what is known step by step must come to the same."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from api.operations import disputes
from billing.disputes.store import NothingToDispute
from metering.deliveries.receipt import RefusedWhole
from tests.build import acts
from tests.lives import documents
from tests.lives.ending import bill_to_the_end, the_end_of
from tests.lives.facts import DisputeFact, ReadingFact
from tests.lives.life import Life, terms_of


def told_at_once(life: Life, tenant: int) -> Life:
    """Tell another tenant everything that a life knows, and bill it once.

    Disputes are told as they stand in the end: one that is open counts if it was accepted before its days were billed.
    """
    facts = life.facts
    fresh = Life(life.database, life.interruption, tenant, zone=life.zone, first=life.first)
    fresh.on_begin(life.zone, life.first.isoformat(), [], {})
    for index in sorted({value.index for value in facts.index_values}):
        values = {v.month: str(v.value) for v in facts.index_values if v.index == index and v.released}
        fresh.record_index(index, values, release=True)
    for index in sorted({link.index for link in facts.links}):
        newest = [link.links for link in facts.links if link.index == index][-1]
        fresh.record_index(index, {}, release=True, links=newest)
    for change in sorted(facts.exchanges, key=lambda change: change.at):
        fresh.exchange(change, "S")
    for register in documents.REGISTERS:
        _deliver(fresh, register, life.live(register))
    for version in facts.versions:
        fresh.record(version.document, release=version.released)
    for dispute in facts.disputes:
        for first, after_last in _left_out(life, dispute):
            _dispute(fresh, dispute, first, after_last)
    bill_to_the_end(fresh)
    return fresh


def _deliver(fresh: Life, register: str, rows: Sequence[ReadingFact]) -> None:
    """Deliver rows in one file; in two, where all together look like the figures of a counter."""
    try:
        fresh.deliver(register, rows)
    except RefusedWhole:
        if len(rows) == 1:
            raise
        _deliver(fresh, register, rows[: len(rows) // 2])
        _deliver(fresh, register, rows[len(rows) // 2 :])


def _left_out(life: Life, dispute: DisputeFact) -> Iterator[tuple[date, date]]:
    """Name the days whose lines a dispute leaves out: all if it is waived; while it is open, those billed after its acceptance."""
    if dispute.outcome == "waived":
        yield dispute.first, dispute.after_last
    if dispute.outcome is not None or dispute.accepted_at is None:
        return
    versions = [version for version in life.versions(dispute.contract) if version.released]
    charges = [
        charge for version in versions for charge in version.document["charges"] if charge["name"] == dispute.charge
    ]
    in_advance = any(charge["rule"].get("in_advance") == "true" for charge in charges)
    before: tuple[str, date] | None = None
    for period in terms_of(versions[-1].document).periods():
        kind, bill = before or ("opening", period.first) if in_advance else ("period", period.first)
        billed_at = life.facts.billed_at.get((dispute.contract, kind, bill))
        first, after_last = max(period.first, dispute.first), min(period.after_last, dispute.after_last)
        if first < after_last and (billed_at is None or billed_at >= dispute.accepted_at):
            yield first, after_last
        before = "period", period.first


def _dispute(fresh: Life, dispute: DisputeFact, first: date, after_last: date) -> None:
    """Dispute days, as far as they are billed: an amendment since may have taken some of them out of the contract."""
    if first >= after_last:
        return
    try:
        with fresh.database.transaction(fresh.tenant) as session:
            known = disputes.raise_dispute(
                session,
                dispute.contract,
                dispute.charge,
                first=first,
                after_last=after_last,
                reason="wrong",
                who=acts(session, "anna"),
                at=the_end_of(fresh),
                accepted=True,
            )
            if dispute.outcome == "waived":
                disputes.settle_dispute(session, known.id, due=False, who=acts(session, "bert"), at=the_end_of(fresh))
    except NothingToDispute as refused:
        unbilled = date.fromisoformat(str(refused.members["found"]))
        _dispute(fresh, dispute, first, unbilled)
        _dispute(fresh, dispute, unbilled + timedelta(days=1), after_last)
