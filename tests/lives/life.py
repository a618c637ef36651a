"""One life: a tenant to which things happen step by step; what the product took is written down in the facts.

A step is a name and plain values. It means the same whatever came before it: days are counted from the start of the life,
and what it points at is chosen by a number modulo what there is. So a life may be cut down step by step.
What the product refuses did not happen: nothing of it is in the facts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import Session

from api.operations import contracts, credit_notes, disputes, edits, fleet, indices, rating, readings
from api.operations.billing import bill_everything, look_at_everything
from api.operations.voiding import ask_void, release_void
from api.server.database import Database, DatabaseUnavailable
from billing.credits.credit import CreditOfCredit, MoreThanBilled, NothingToGiveBack
from billing.invoices import store as invoice_store
from billing.invoices.invoice import Line
from billing.invoices.store import DocumentVoid, StoredInvoice
from billing.records.credit import AskedCredit
from billing.voiding.reliance import CorrectedSince, DocumentGivenBack, PrepaymentDrawn
from contracts.contract import Contract
from contracts.indexation.series import Index
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.ingest import IngestOptions
from metering.quality.edits.store import Edit
from quantities.document import FaultyDocument, parse
from quantities.errors import UsufructError
from quantities.period import Period
from tests.build import acts, meters
from tests.lives import documents, exchange
from tests.lives.facts import (
    DisputeFact,
    ExchangeFact,
    Facts,
    IndexLinkFact,
    IndexValueFact,
    ReadingFact,
    VersionFact,
)
from tests.lives.interruption import Interruption
from tests.lives.oracle.owed import short_of

Step: TypeAlias = tuple[str, dict[str, Any]]
Labels: TypeAlias = tuple[tuple[str, str], ...]
#: What a transaction did, to be written down once it is committed.
Record: TypeAlias = Callable[[], None]

_STEP = Decimal("0.1")
#: Every so many steps another person releases the eldest of what waits.
_PATIENCE = 4


@dataclass
class Life:
    """A tenant, its clock, and what it was told.

    Attributes:
        database: the application's pool.
        interruption: lets operations of that pool fail.
        tenant: whose life it is.
        facts: what the product took.
        trace: each step, in plain words.
        refusals: how often each error refused a step, by its name.
        not_recorded: the versions of contracts that the product refused, and why.
        held: why contracts waited at the last run.
        unfit: periods that were billed before enough of them was read.
        seen: the keys of the documents that were looked at for that.
        indices: their first values, as long as no charge has followed one.
        drafts: what was looked at last, in the order in which it is issued; each with the step of the look.
        faults_of_drafts: what a look did that it must not do, and what was issued otherwise than it was looked at.
        waiting: the edits that change what is billed and wait for another person; each with what is then told.
        has_rates_of_exchange: whether those are recorded by which the tax of some contracts is converted.
    """

    database: Database
    interruption: Interruption
    tenant: int
    facts: Facts = field(default_factory=Facts)
    trace: list[str] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    not_recorded: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    unfit: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    now: datetime = datetime(2025, 12, 1, 8, tzinfo=UTC)
    first: date = date(2026, 1, 1)
    zone: str = "Europe/Berlin"
    dispute_numbers: list[int] = field(default_factory=list)
    indices: dict[str, str] = field(default_factory=dict)
    steps: int = 0
    drafts: list[StoredInvoice] = field(default_factory=list)
    looked_at: int = -1
    faults_of_drafts: list[str] = field(default_factory=list)
    waiting: list[tuple[int, Callable[[], Record]]] = field(default_factory=list)
    has_rates_of_exchange: bool = False

    def take(self, step: Step) -> None:
        """Let a step happen; what the product refuses has no effect."""
        name, values = step
        self.now += timedelta(minutes=1)  # no two steps are at one instant
        self.steps += 1
        try:
            if self.waiting and self.steps % _PATIENCE == 0:
                self.release_edit(*self.waiting.pop(0))
            getattr(self, f"on_{name}")(**values)
        except UsufructError as refusal:
            self.refused(refusal)

    def refused(self, refusal: UsufructError) -> None:
        """Note a refusal, and that nothing else is to fail."""
        title = type(refusal).__name__
        self.refusals[title] = self.refusals.get(title, 0) + 1
        self.tell(f"    refused: {title}: {reasons(refusal)}")
        self.interruption.disarm()

    def tell(self, line: str) -> None:
        """Add a line to the trace."""
        self.trace.append(line if line.startswith(" ") else f"{self.now:%Y-%m-%d} {line}")

    def _done(self, work: Callable[[Session], Record], *, again: bool = True) -> None:
        """Work in one transaction, and write down what was told once it is committed.

        Args:
            work: returns what is then to be written down.
            again: whether a caller who is told of a failure repeats it; with the same effect, if it took effect.
        """
        record: Record | None = None
        try:
            with self.database.transaction(self.tenant) as session:
                record = work(session)
        except DatabaseUnavailable:
            lost, kept = self.interruption.disarm()
            if not lost and not kept:
                raise
            self.tell("    killed, and done again" if lost else "    told that it failed, but it took effect")
            if kept and record is not None:
                record()
            if lost or again:
                self._done(work) if lost else self._repeated(work)
        else:
            record()

    def _repeated(self, work: Callable[[Session], Record]) -> None:
        """Do again what took effect already; a refusal is an answer too."""
        try:
            with self.database.transaction(self.tenant) as session:
                work(session)
        except UsufructError as refusal:
            self.tell(f"    the repetition is refused: {type(refusal).__name__}")

    # --- where things are

    @property
    def contracts(self) -> list[str]:
        """The contracts, in the order of their making."""
        return list(dict.fromkeys(version.contract for version in self.facts.versions))

    def versions(self, contract: str) -> list[VersionFact]:
        """The versions of a contract, oldest first."""
        return [version for version in self.facts.versions if version.contract == contract]

    def rated(self) -> list[StoredInvoice]:
        """Read what is billed, oldest first: documents, and periods that came to nothing."""
        with self.database.transaction(self.tenant) as session:
            ids = session.execute(text("select id from invoice order by id")).scalars()
            return invoice_store.billed(session, list(ids))

    def counting(self) -> list[StoredInvoice]:
        """Read what is billed and not void."""
        return [stored for stored in self.rated() if stored.row.voided_on is None]

    def chosen_contract(self, number: int) -> str | None:
        """Choose a contract by any number."""
        return self.contracts[number % len(self.contracts)] if self.contracts else None

    def instant(self, day: int, minute: int) -> datetime:
        """So many minutes after the local midnight of a day of the life, as a clock that runs on shows them."""
        midnight = datetime.combine(self.first + timedelta(days=day), datetime.min.time(), ZoneInfo(self.zone))
        return midnight.astimezone(UTC) + timedelta(minutes=minute)

    def live(self, register: str) -> list[ReadingFact]:
        """The readings of a register as they stand, in order of time; at the instant of an exchange there is none."""
        newest: dict[tuple[datetime, Labels], ReadingFact] = {}
        exchanged = self.exchanged(register)
        for reading in self.facts.readings:
            if reading.register == register and reading.start not in exchanged:
                newest[reading.start, reading.dimensions] = reading
        return sorted((reading for reading in newest.values() if reading.value is not None), key=_by_start)

    def exchanged(self, register: str) -> dict[datetime, ExchangeFact]:
        """The exchanges of a register, by their instants."""
        return {change.at: change for change in self.facts.exchanges if change.register == register}

    # --- the beginning

    def on_begin(
        self, zone: str, first: str, contracts: Sequence[Mapping[str, Any]], indices: Mapping[str, str]
    ) -> None:
        """Declare the fleet, and agree the contracts; the indices' first values are recorded when one is followed."""
        self.zone, self.first = zone, date.fromisoformat(first)
        self.now = datetime.combine(self.first, datetime.min.time(), UTC) - timedelta(days=20)
        self.tell(f"a fleet in {zone}; days count from {first}")
        declared = parse(Fleet, documents.fleet(zone))

        def declare(session: Session) -> Record:
            fleet.declare(session, declared, who="anna", at=self.now)
            return lambda: self.facts.registers.update(documents.REGISTERS)

        self._done(declare)
        self.indices = dict(indices)
        for document in contracts:
            self.tell(f"{document['contract']} is agreed: {_brief_contract(document)}")
            try:
                self.record(document, release=True)
            except UsufructError as refusal:
                self.refused(refusal)
        self.now = self.instant(1, 480)

    # --- readings

    def on_deliver(self, register: str, rows: Sequence[Sequence[int]]) -> None:
        """Deliver rows: each a day, a minute, a number, and a number that chooses dimensions."""
        told: dict[tuple[datetime, Labels], ReadingFact] = {}
        for row in rows:
            reading = self.reading(register, *row, among=[*self.live(register), *told.values()])
            if reading is not None:
                told[reading.start, reading.dimensions] = reading
        self.deliver(register, sorted(told.values(), key=_by_start))

    def on_feed(self, registers: Sequence[str], first: int, last: int, every: int, minute: int, number: int) -> None:
        """Deliver what registers say of some days, all at once, as a feed does: one row every so many days."""
        for register in registers:
            rows: list[ReadingFact] = []
            live = self.live(register)
            for day in range(first, last, every):
                reading = self.reading(register, day, minute, (number + 37 * day) % 120, day % 9, among=[*live, *rows])
                if reading is not None and all(known.start != reading.start for known in live):
                    rows.append(reading)
            self.deliver(register, rows)

    def reading(
        self, register: str, day: int, minute: int, number: int, chosen: int, *, among: Sequence[ReadingFact]
    ) -> ReadingFact | None:
        """Make a reading of the register's kind; None where a counter can show nothing."""
        fact, start = self.facts.registers[register], self.instant(day, minute)
        end: datetime | None = None
        labels: Labels = ()
        value: Decimal | None = Decimal(number) / 10
        if fact.kind == "interval":
            start = self.instant(day, minute // 60 * 60)
            end = start + timedelta(minutes=fact.interval_minutes or 60)
            if fact.interval_minutes == documents.A_DAY:
                start, end = self.instant(day, 0), self.instant(day + 1, 0)
        elif fact.kind == "state":
            value = Decimal(sorted(fact.states)[number % len(fact.states)])
        elif fact.kind == "event":
            value = Decimal(number % 9 + 1)
            if fact.dimensions:
                labels = tuple(
                    (name, documents.LABELS[name][chosen // 3**at % len(documents.LABELS[name])])
                    for at, name in enumerate(sorted(fact.dimensions))
                )
        elif fact.kind == "cumulative":
            change = self.exchanged(register).get(start)
            if change is not None:  # as the export of the old device has it, or that of the new one
                value = change.closing if number % 2 else change.opening
            else:
                value = self.figure(register, start, Decimal(number) / 10, among)
        return None if value is None else ReadingFact(register, start, end, value, labels)

    def figure(self, register: str, at: datetime, rise: Decimal, among: Sequence[ReadingFact]) -> Decimal | None:
        """Say what a counter shows at an instant: so much more than before, or between what is known around it."""
        fact, exchanged = self.facts.registers[register], self.exchanged(register)
        reads = [(read.start, read.value) for read in among if read.start not in exchanged and read.value is not None]
        before = [(start, value) for start, value in reads if start < at]
        after = [(start, value) for start, value in reads if start > at]
        before += [(change.at, change.opening) for change in exchanged.values() if change.at < at]
        after += [(change.at, change.closing) for change in exchanged.values() if change.at > at]
        low = max(before, key=lambda known: known[0])[1] if before else None
        high = min(after, key=lambda known: known[0])[1] if after else None
        if high is not None:
            floor = Decimal(0) if low is None else low
            if high < floor:
                return None  # it rolled over in between
            return (floor + (high - floor) * (rise % 10) / 10).quantize(_STEP)
        if low is None:
            return Decimal(9700) if fact.modulus is not None and rise > 20 else Decimal(100) + rise
        shown = low + rise
        if fact.modulus is None or shown < fact.modulus:
            return shown
        rolled = shown - fact.modulus
        return rolled if low >= fact.modulus * 9 / 10 and rolled <= fact.modulus / 10 else None

    def deliver(self, register: str, rows: Sequence[ReadingFact]) -> None:
        """Deliver readings as a file; the product takes all of them or none."""
        if not rows:
            return
        fact = self.facts.registers[register]
        names = sorted(fact.dimensions)
        head = ["time", *(["end"] if fact.kind == "interval" else []), "value", *names]
        lines = [",".join(head)]
        for row in rows:
            ends = [_iso(row.end)] if row.end is not None else []
            lines.append(
                ",".join([_iso(row.start), *ends, f"{row.value:f}", *(dict(row.dimensions)[name] for name in names)])
            )
        raw = "\n".join(lines).encode()
        shown = ", ".join(f"{_iso(row.start)[:16]} {row.value:f}{_shown(row.dimensions)}" for row in rows[:6])
        self.tell(f"{register}: {len(rows)} readings: {shown}{' …' if len(rows) > 6 else ''}")
        sender = Sender("feed", "telematics", self.now, "late or corrected")

        def work(session: Session) -> Record:
            meters(session)
            readings.ingest(session, sender, raw, IngestOptions(register=register), format_="csv", atomic=True)
            return lambda: self.facts.readings.extend(rows)

        self._done(work)

    def on_correct(self, register: str, which: int, number: int) -> None:
        """Deliver a reading that is known already with another value."""
        live = self.live(register)
        if not live:
            return
        old, fact = live[which % len(live)], self.facts.registers[register]
        value: Decimal | None = Decimal(number) / 10
        if fact.kind == "cumulative":
            value = self.figure(
                register, old.start, Decimal(number) / 10, [read for read in live if read.start != old.start]
            )
        elif fact.kind == "state":
            value = Decimal(sorted(fact.states)[number % len(fact.states)])
        elif fact.kind == "event":
            value = Decimal(number % 9 + 1)
        if value is not None:
            self.deliver(register, [replace(old, value=value)])

    def release_edit(self, number: int, told: Callable[[], Record]) -> None:
        """Another person releases what waits: only now it is part of what is told."""
        self.tell(f"    edit {number} is released")

        def work(session: Session) -> Record:
            shown = edits.show_edit(session, number, who=acts(session, "bert"), at=self.now)
            record = told()
            edits.release_edit(session, number, who=acts(session, "bert"), at=self.now, shown=shown.digest or None)
            return record

        try:
            self._done(work, again=False)
        except UsufructError as refusal:  # by then something else stands there
            self.refused(refusal)

    def _or_waits(self, outcome: object, told: Callable[[], Record]) -> Record:
        """What is written down of a change: at once, or once it is released."""
        if not isinstance(outcome, Edit):
            return told()
        number = outcome.id

        def waits() -> None:
            self.tell(f"    it waits as edit {number}")
            self.waiting.append((number, told))

        return waits

    def on_withdraw(self, register: str, which: int, days: int) -> None:
        """Withdraw the readings of some days, from one that is known on."""
        live = self.live(register)
        if not live:
            return
        start = live[which % len(live)].start
        period = Period(start, start + timedelta(days=days, seconds=1))
        self.tell(f"{register}: what starts from {_iso(start)} on for {days} days is withdrawn")

        def told() -> Record:
            live_then = self.live(register)
            gone = [replace(read, value=None) for read in live_then if period.start <= read.start < period.end]
            return lambda: self.facts.readings.extend(gone)

        def work(session: Session) -> Record:
            who = acts(session, "anna")
            return self._or_waits(
                readings.withdraw(session, register, period, reason="wrong", who=who, at=self.now), told
            )

        self._done(work)

    def on_exchange(self, register: str, day: int, minute: int, rise: int, serial: int) -> None:
        """Exchange a counter, or reset it; every third time at the next instant at which it was read already."""
        at, live = self.instant(day, minute), self.live(register)
        if serial % 3 == 0:
            at = next((read.start for read in live if read.start >= at), at)
        closing = self.figure(register, at, Decimal(rise) / 10, live)
        after = [(read.start, read.value) for read in live if read.start > at and read.value is not None]
        after += [(change.at, change.closing) for change in self.exchanged(register).values() if change.at > at]
        if closing is None:
            return
        opening = Decimal(serial % 40)
        if after:  # what is read already behind it goes on from it: one that begins at 4 shows no 9,926 within the hour
            opening = max(Decimal(0), min(after)[1] - opening / 10)
        self.exchange(ExchangeFact(register, at, closing, opening), f"S{serial}" if serial % 2 else None)

    def exchange(self, fact: ExchangeFact, serial: str | None) -> None:
        """Declare that a counter was exchanged; without a serial, that it was reset."""
        key, at = fact.register, fact.at
        self.tell(
            f"{key}: {'exchanged' if serial else 'reset'} at {_iso(at)}, closing {fact.closing}, opening {fact.opening}"
        )

        def work(session: Session) -> Record:
            if serial:
                done = readings.exchange(
                    session,
                    key,
                    at,
                    closing=fact.closing,
                    opening=fact.opening,
                    serial=serial,
                    reason="broken",
                    who=acts(session, "anna"),
                    at=self.now,
                )
            else:
                done = readings.reset(
                    session,
                    key,
                    at,
                    closing=fact.closing,
                    opening=fact.opening,
                    reason="reset",
                    who=acts(session, "anna"),
                    at=self.now,
                )
            return self._or_waits(done, lambda: lambda: self.facts.exchanges.append(fact))

        self._done(work, again=False)

    def record_first_values(self) -> None:
        """Record the indices' first values, once the first charge follows one."""
        first = self.first.year * 12 + self.first.month
        while self.indices:
            index, base = self.indices.popitem()
            values = {_month(at): str(Decimal(base) + at % 5) for at in range(first - 28, first)}
            self.record_index(index, values, release=True)

    def record_rates_of_exchange(self) -> None:
        """Record what the tax of some contracts is converted by, once; nothing else follows it, and no fact tells of it."""
        if self.has_rates_of_exchange:
            return

        def work(session: Session) -> Record:
            document = parse(Index, exchange.rates(self.first))
            indices.record_index(session, document, who=acts(session, "anna"), at=self.now)
            indices.release_index(session, exchange.SERIES, who=acts(session, "bert"), at=self.now)
            return lambda: None

        self._done(work)
        self.has_rates_of_exchange = True

    # --- contracts

    def record(self, document: Mapping[str, Any], *, release: bool) -> None:
        """Record a version, and release it unless it waits."""
        reference = str(document["contract"])
        number = len(self.versions(reference)) + 1
        if any("index" in charge for charge in document["charges"]):
            self.record_first_values()
        if exchange.is_needed(document):
            self.record_rates_of_exchange()
            document = exchange.stated(document)

        def work(session: Session) -> Record:
            version = contracts.record(session, document, who=acts(session, "anna"), at=self.now, agreed=True).version
            if version.number != number:
                return lambda: self.tell("    nothing differs")
            fact = VersionFact(reference, number, document, released=False)
            return lambda: self.facts.versions.append(fact)

        try:
            self._done(work)
        except UsufructError as refusal:
            self.not_recorded.append(f"{reference}: {type(refusal).__name__}: {reasons(refusal)}")
            raise
        if release and any(not version.released for version in self.versions(reference)):
            self.release(reference, number)

    def release(self, reference: str, number: int) -> None:
        """Release a version."""

        def work(session: Session) -> Record:
            contracts.release(session, reference, number, who=acts(session, "bert"), at=self.now, agreed=True)
            return lambda: self._replace_version(reference, number)

        self._done(work)

    def _replace_version(self, reference: str, number: int) -> None:
        self.facts.versions = [
            replace(version, released=True) if (version.contract, version.number) == (reference, number) else version
            for version in self.facts.versions
        ]

    def on_amend(self, contract: int, day: int, differs: Mapping[str, Any], what: str, release: int) -> None:
        """Record the newest version with some fields replaced, in force from a day on; None: from the contract's start."""
        reference = self.chosen_contract(contract)
        if reference is None:
            return
        document = {**self.versions(reference)[-1].document, **differs}
        starts = date.fromisoformat(document["starts"])
        document["in_force_from"] = (starts + timedelta(days=day)).isoformat()
        old = self.versions(reference)[-1].document
        shown = _brief_contract({name: value for name, value in differs.items() if name != "charges"})
        shown += "".join(
            f"\n      {_brief(charge)}" for charge in differs.get("charges", ()) if charge not in old["charges"]
        )
        self.tell(
            f"{reference} amended ({what}) from {document['in_force_from']} on{'' if release else ', waits'}: {shown}"
        )
        self.record(document, release=bool(release))

    def on_release(self, contract: int) -> None:
        """Release the oldest version that waits."""
        reference = self.chosen_contract(contract)
        waiting = [] if reference is None else [v for v in self.versions(reference) if not v.released]
        if waiting:
            self.tell(f"{reference}: version {waiting[0].number} is released")
            self.release(waiting[0].contract, waiting[0].number)

    # --- indices

    def on_revise(self, index: str, month: int, value: int, release: int) -> None:
        """Record a value of an index's month, counted from that of the life's first day."""
        name = _month(self.first.year * 12 + self.first.month - 1 + month)
        self.tell(f"{index} of {name} is {value}{'' if release else ', waits'}")
        self.record_index(index, {name: str(value)}, release=bool(release))

    def on_link(self, index: str, other: str, factor: int) -> None:
        """Let an index go on in another one."""
        links = ((other, Decimal(factor) / 100),)
        self.tell(f"{index} goes on in {other} × {links[0][1]}")
        self.record_index(index, {}, release=True, links=links)

    def record_index(
        self,
        index: str,
        values: Mapping[str, str],
        *,
        release: bool,
        links: tuple[tuple[str, Decimal], ...] | None = None,
    ) -> None:
        """Record values of an index, or its links; the links stay unless others are named."""
        known = [link.links for link in self.facts.links if link.index == index]
        kept = links if links is not None else (known[-1] if known else ())
        document = parse(Index, {
            "index": index, "links": [{"index": name, "factor": str(factor)} for name, factor in kept],
            "values": [{"month": month, "value": value, "published": "2026-01-15"} for month, value in values.items()],
        })  # fmt: skip
        told = [IndexValueFact(index, month, Decimal(value), released=False) for month, value in values.items()]

        def record(session: Session) -> Record:
            indices.record_index(session, document, who=acts(session, "anna"), at=self.now)
            return lambda: self._index_told(index, told, links)

        self._done(record)
        if release:
            self.release_index(index)

    def release_index(self, index: str) -> None:
        """Release all values of an index that wait."""

        def work(session: Session) -> Record:
            indices.release_index(session, index, who=acts(session, "bert"), at=self.now)
            return lambda: self._index_released(index)

        self._done(work)

    def _index_told(
        self, index: str, told: Sequence[IndexValueFact], links: tuple[tuple[str, Decimal], ...] | None
    ) -> None:
        newest = {value.month: value.value for value in self.facts.index_values if value.index == index}
        self.facts.index_values += [value for value in told if newest.get(value.month) != value.value]
        if links is not None:
            self.facts.links.append(IndexLinkFact(index, links))

    def _index_released(self, index: str) -> None:
        self.facts.index_values = [
            replace(value, released=True) if value.index == index else value for value in self.facts.index_values
        ]

    def on_release_index(self, index: str) -> None:
        """Release what waits of an index."""
        self.tell(f"{index}: what waits is released")
        self.release_index(index)

    # --- disputes

    def on_dispute(self, contract: int, charge: int, day: int, days: int, accepted: int) -> None:
        """Dispute a charge over some days."""
        reference = self.chosen_contract(contract)
        if reference is None:
            return
        names = documents.names_of([version.document for version in self.versions(reference) if version.released])
        name = names[charge % len(names)]
        starts = date.fromisoformat(self.versions(reference)[0].document["starts"])
        first, after_last = starts + timedelta(days=day), starts + timedelta(days=day + days)
        self.tell(f"{reference}: {name} is disputed from {first} to {after_last}{', accepted' if accepted else ''}")

        def work(session: Session) -> Record:
            known = disputes.raise_dispute(
                session,
                reference,
                name,
                first=first,
                after_last=after_last,
                reason="wrong",
                who=acts(session, "anna"),
                at=self.now,
                accepted=bool(accepted),
            )
            fact = DisputeFact(
                reference, name, known.dispute.first, known.dispute.after_last, known.accepted_at, None, None
            )
            return lambda: self._disputed(known.id, fact)

        self._done(work, again=False)

    def _disputed(self, number: int, fact: DisputeFact) -> None:
        self.dispute_numbers.append(number)
        self.facts.disputes.append(fact)

    def on_accept(self, which: int) -> None:
        """Accept a dispute that waits."""
        self._change_dispute(
            which,
            "accepted",
            lambda session, number: disputes.accept_dispute(session, number, who=acts(session, "bert"), at=self.now),
        )

    def on_settle(self, which: int, due: int) -> None:
        """Settle a dispute."""
        self._change_dispute(
            which,
            "due after all" if due else "waived",
            lambda session, number: disputes.settle_dispute(
                session, number, due=bool(due), who=acts(session, "bert"), at=self.now
            ),
        )

    def _change_dispute(self, which: int, what: str, change: Callable[[Session, int], Any]) -> None:
        if not self.dispute_numbers:
            return
        at = which % len(self.dispute_numbers)
        fact = self.facts.disputes[at]
        self.tell(f"{fact.contract}: the dispute of {fact.charge} from {fact.first} is {what}")

        def work(session: Session) -> Record:
            known = change(session, self.dispute_numbers[at])
            changed = replace(fact, accepted_at=known.accepted_at, outcome=known.outcome, settled_at=known.settled_at)
            return lambda: self.facts.disputes.__setitem__(at, changed)

        self._done(work)

    # --- credits by hand

    def on_credit(self, which: int, line: int, percent: int) -> None:
        """Give back a part of a line of a document, or all that is left of it where no percentage is stated."""
        issued = [stored for stored in self.counting() if stored.row.number is not None]
        if not issued:
            return
        document = issued[which % len(issued)]
        at = line % len(document.lines) + 1
        self.tell(f"{document.name}: line {at} is given back, {f'{percent} %' if percent else 'the rest'}")
        asked = AskedCredit(line=at, percent=Decimal(percent)) if percent else AskedCredit(line=at, rest=True)
        supplier = document.row.inputs.supplier.name

        def work(session: Session) -> Record:
            who = acts(session, "anna")
            prepared = credit_notes.prepare_credit(
                session, document.name, [asked], supplier=supplier, reason="late", who=who, at=self.now
            )
            credit_notes.release_credit(session, prepared.id, who=acts(session, "bert"), at=self.now)
            return lambda: None

        try:
            self._done(work, again=False)
        except UsufructError as refusal:
            self.tell(f"    refused: {type(refusal).__name__}")
            if not isinstance(refusal, CreditOfCredit | MoreThanBilled | NothingToGiveBack):
                raise

    # --- documents void before they are sent

    def on_void(self, which: int) -> None:
        """Void a piece of work by two, counted from the newest on."""
        issued = [stored for stored in reversed(self.counting()) if stored.row.number is not None]
        if not issued:
            return
        document = issued[which % len(issued)]
        self.tell(f"{document.name} is to be void")
        supplier = document.row.inputs.supplier.name
        billed = document.row.inputs.contract, document.row.kind, document.row.first

        def work(session: Session) -> Record:
            ask_void(session, document.name, supplier, reason="wrong", who=acts(session, "anna"), at=self.now)
            release_void(session, document.name, supplier, who=acts(session, "bert"), at=self.now)
            return lambda: self._not_billed(billed)

        try:
            self._done(work, again=False)
        except UsufructError as refusal:
            self.tell(f"    refused: {type(refusal).__name__}")
            if not isinstance(refusal, CorrectedSince | DocumentGivenBack | PrepaymentDrawn | DocumentVoid):
                raise

    def _not_billed(self, period: tuple[str, str, date]) -> None:
        self.facts.billed_at.pop(period, None)

    # --- the clock, bills, and what breaks

    def on_wait(self, days: int) -> None:
        """Let time pass, or set the clock back."""
        self.now += timedelta(days=days)
        self.tell(f"the clock is {'set forward' if days >= 0 else 'set back'} by {abs(days)} days")

    def on_bill(self, days: int, automatically: int = 0) -> None:
        """Some days later, bill what is due; or only what is issued automatically."""
        self.now += timedelta(days=days)
        self.bill(only_automatic=bool(automatically))

    def bill(self, *, only_automatic: bool = False) -> int:
        """Bill what is due; return how many invoices that made."""
        made = 0
        for _ in range(3):
            try:
                done = bill_everything(self.database, self.tenant, self.now, only_automatic=only_automatic)
            except DatabaseUnavailable:
                lost, kept = self.interruption.disarm()
                if not lost and not kept:
                    raise
                self.tell(f"    the run was {'killed' if lost else 'told that a commit failed'}, and starts again")
                continue
            made += len(done.invoices)
            self.held = dict(done.held)
            break
        self.interruption.disarm()
        self._see_that_enough_was_read()
        waits = f"; held: {self.held}" if self.held else ""
        self.tell(f"billed{', automatically' if only_automatic else ''}: {made} made{waits}")
        return made

    def _see_that_enough_was_read(self) -> None:
        """Ask the oracle of each new document of a period whether it was to be made yet."""
        with self.database.transaction(self.tenant) as session:
            new = [key for key in invoice_store.ids_of(session) if key not in self.seen]
            made = invoice_store.billed(session, new) if new else []
        self.seen |= {*new}
        for stored in made:
            if stored.row.kind == "period":
                contract, first = stored.row.inputs.contract, stored.row.first
                why = short_of(self.facts, contract, first)
                self.unfit += [f"{contract} from {first} on is billed on {self.now:%Y-%m-%d}, and {why}"] if why else []

    def on_look(self, days: int) -> None:
        """Some days later, look at what is due, twice: nothing is billed by that, and it is the same again."""
        self.now += timedelta(days=days)
        self.interruption.disarm()
        with self.database.transaction(self.tenant) as session:
            stored = invoice_store.ids_of(session)
        self.drafts = look_at_everything(self.database, self.tenant, self.now).drafts
        self.looked_at = self.steps
        again = look_at_everything(self.database, self.tenant, self.now).drafts
        names = [draft.name for draft in self.drafts]
        self.tell(f"looked at: {', '.join(f'{draft.row.inputs.contract} {draft.row.first}' for draft in self.drafts)}")
        if names != [draft.name for draft in again]:
            self.faults_of_drafts.append(f"step {self.steps}: another look shows other drafts")
        with self.database.transaction(self.tenant) as session:
            if invoice_store.ids_of(session) != stored:
                self.faults_of_drafts.append(f"step {self.steps}: to look has billed something")

    def on_issue(self, which: int) -> None:
        """Issue one of the drafts that were looked at; the first of a contract, looked at just now, as it was."""
        if not self.drafts:
            return
        at = which % len(self.drafts)
        draft = self.drafts[at]
        of_contract = [one.name for one in self.drafts if one.row.contract_id == draft.row.contract_id]
        self.tell(f"draft {at} of {len(self.drafts)} is issued")
        just_looked_at = (
            self.looked_at == self.steps - 1 and of_contract[0] == draft.name and not self.interruption.armed
        )

        def work(session: Session) -> Record:
            issued = rating.issue_invoice(session, draft.name, self.now)
            return lambda: self.compare(draft, issued)

        try:
            self._done(work, again=False)
        except UsufructError as refusal:
            if just_looked_at:
                self.faults_of_drafts.append(f"step {self.steps}: refused though it was looked at just now: {refusal}")
            raise
        finally:
            self._see_that_enough_was_read()

    def compare(self, draft: StoredInvoice, issued: StoredInvoice) -> None:
        """See that what is issued says what was looked at: all documents of the piece of work."""
        documents = [one for one in self.rated() if one.work == issued.work]
        lines = sorted((line for one in documents for line in without_evidence(one)), key=_place_of_line)
        same = lines == sorted(without_evidence(draft), key=_place_of_line)
        if len(documents) == 1:  # of several each rounds its own VAT
            same = same and (draft.row.net, draft.row.vat) == (issued.row.net, issued.row.vat)
        if not same:
            self.faults_of_drafts.append(f"step {self.steps}: {issued.name} is not what was looked at")

    def on_kill(self, nth: int, kept: int) -> None:
        """Let the next operation fail: at its n-th statement, or after its n-th commit, which takes effect."""
        self.tell(
            f"the next operation will {'be told that commit' if kept else 'be killed at statement'} {nth} {'failed' if kept else ''}"
        )
        if kept:
            self.interruption.arm_after_commit(nth)
        else:
            self.interruption.arm_at_statement(nth)


def reasons(refusal: UsufructError) -> str:
    """Say why something was refused, in the 300 characters that a trace has for it."""
    return ("; ".join(map(str, refusal.faults)) if isinstance(refusal, FaultyDocument) else str(refusal))[:300]


def _month(number: int) -> str:
    """Write a month as in 2026-01, of its number counted from the year 0."""
    return f"{number // 12}-{number % 12 + 1:02}"


def _by_start(reading: ReadingFact) -> datetime:
    return reading.start


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(labels: Labels) -> str:
    return "".join(f" {value}" for _, value in labels)


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_brief(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_brief, value)) + "]"
    return str(value)


def _brief_contract(document: Mapping[str, Any]) -> str:
    terms = ", ".join(
        f"{name}: {_brief(value)}" for name, value in document.items() if name not in ("contract", "charges")
    )
    return terms + "".join(f"\n      {_brief(charge)}" for charge in document.get("charges", ()))


@contextmanager
def interruptible(database: Database) -> Iterator[Interruption]:
    """Watch a pool, so that lives on it can be interrupted."""
    with Interruption(database) as interruption:
        yield interruption


def _place_of_line(line: Line) -> tuple[Any, ...]:
    return line.key, line.corrects is not None, line.net, line.tax_point


def without_evidence(invoice: StoredInvoice) -> list[Line]:
    """The lines of a document without their evidence: a read behind the end of a level changes nothing that is said."""
    return [replace(line, proof=line.proof.model_copy(update={"usage": None})) for line in invoice.lines]


def terms_of(document: Mapping[str, Any]) -> Contract:
    """Read a document as the product does."""
    return parse(Contract, dict(document))
