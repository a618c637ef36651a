"""Replay: issued invoices computed again from what their ratings recorded, and all that they say compared.

    not at hand   a table that ships with the code, or an arithmetic, that a rating was computed by and that is no more
    head          held against the lines, the ratings and the version that it follows from
    lines         everything that a line says, its proof included
    ratings       what each carries on, its index values, what it left out

A rating of an older release did not record the answers of the tables; it is computed by today's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from pydantic import ValidationError
from sqlalchemy import select as columns_of
from sqlmodel import Session, col

from billing.advances.claim import claimed_lines
from billing.advances.draw import Drawn
from billing.advances.replayed import drawn_again
from billing.corrections.store import adjust, batch_changes, recompute
from billing.credits import store as credit_store
from billing.credits.credit import CreditTerms, give_back
from billing.credits.owed import known_credits
from billing.disputes import store as dispute_store
from billing.dunning.claim import index_ids, lines_of
from billing.invoices import store
from billing.invoices.division import divide
from billing.invoices.invoice import Line
from billing.invoices.numbering import all_series
from billing.invoices.prepaid_by import draws_on_claims
from billing.invoices.store import StoredInvoice
from billing.proof.arithmetic import arithmetic_lost, as_rated, terms_lost
from billing.proof.before_supply import compared_claim, compared_draws
from billing.proof.chain import compared_opening
from billing.proof.compare import HEAD, Compared, Discrepancy, compare, first_of_head, impossible
from billing.proof.consolidated import compared_whole
from billing.proof.head import HeadSources, compared_head
from billing.proof.held_apart import compared_notes, open_then
from billing.proof.late import LateSources, compared_late, late_keys
from billing.rated import store as rated
from billing.rating.rating import Rating
from billing.rating.store import Billable, Uses, count_all, stored_billable
from billing.receivables.standings import allocations
from billing.records.credit import CreditRecord
from billing.records.dunning import LateClaimsRecord
from billing.sources import store as sources
from billing.sources.asked import SHIPPED, Question, SourceName
from billing.sources.recorded_tables import RecordedTables
from billing.sources.recorder import unanswered
from billing.tables import InvoiceLineRow, InvoiceRow, RatingRow, VoidingRow
from billing.tax.store import law_book
from contracts import store as contracts
from contracts.carried_state import known as known_state
from contracts.continuing import as_written_by, same_states
from contracts.indexation import store as indices
from contracts.indexation.lookup import Lookup
from contracts.parties import Party
from contracts.party_profiles.store import known_profiles
from contracts.rated_usage import CarriedState
from contracts.sharing.owners import owner_stated
from contracts.store import Version
from metering.tables import within_tenant
from quantities.errors import UsufructError

_CHUNK = 200
_VERSIONS_MAX = 2000


def replay(session: Session, invoice_ids: Iterable[int]) -> list[Discrepancy]:
    """Recompute issued invoices from what their ratings recorded, and name what no longer proves.

    Returns:
        Of each invoice, oldest first: what is not at hand any more, the first thing that differs of its head, that of
        each line, and those of its ratings. Where something is not at hand, its lines are not computed.
    """
    asked, versions = set(invoice_ids), _Versions(session)
    keys = sorted(asked.union(store.ids_within(session, asked)))
    discrepancies: list[Discrepancy] = []
    for first in range(0, len(keys), _CHUNK):
        replayed = _Replay(session, keys[first : first + _CHUNK], versions)
        for invoice in replayed.invoices:
            discrepancies += (_on_document(one, invoice) for one in replayed.discrepancies(invoice))
    return discrepancies


def _on_document(discrepancy: Discrepancy, invoice: StoredInvoice) -> Discrepancy:
    """Say which line of a consolidated document differs, and of a head of which contract."""
    if invoice.row.within_id is None:
        return discrepancy
    if discrepancy.pos == HEAD:
        return replace(discrepancy, what=f"{discrepancy.what} of {invoice.row.inputs.contract}")
    return replace(discrepancy, pos=discrepancy.pos + invoice.before)


class _Versions:
    """Contract versions by key, each read once, as far as they are of use."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int, Version] = {}

    def fetch(self, version_ids: Collection[int]) -> None:
        """Read some at once; where one of them is damaged, each is read when it is asked for."""
        if len(self._known) + len(version_ids) > _VERSIONS_MAX:
            self._known.clear()
        with suppress(ValidationError, UsufructError):
            self._known |= contracts.by_ids(self._session, set(version_ids) - self._known.keys())

    def __call__(self, version_id: int) -> Version:
        if version_id not in self._known:
            self._known[version_id] = contracts.by_id(self._session, version_id)
        return self._known[version_id]


@dataclass(frozen=True, slots=True)
class ComputedInvoice:
    """What an invoice comes to now: its lines, and what each rating does, with the invoice of its period.

    Attributes:
        lines: of it.
        ratings: that it settles.
        credit: of a credit note by hand, what it gives back.
        credits: by rating, the credit notes by hand that were known of its period.
        late: of what is claimed of the delay of others, what it was made of.
        drawn: what it draws of claims before supply.
    """

    lines: tuple[Line, ...]
    ratings: tuple[tuple[StoredInvoice, RatingRow, Rating], ...] = ()
    credit: CreditRecord | None = None
    credits: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    late: LateClaimsRecord | None = None
    drawn: Drawn = field(default_factory=Drawn)


def computed_again(session: Session, invoice_ids: Sequence[int]) -> list[tuple[StoredInvoice, ComputedInvoice]]:
    """Compute issued invoices once more, from what their ratings recorded.

    Raises:
        UsufructError: one can no longer be counted or rated.
    """
    replayed = _Replay(session, sorted(invoice_ids), _Versions(session))
    return [(invoice, replayed.computed(invoice)) for invoice in replayed.invoices]


class _Replay:
    """Some invoices, with what their ratings asked."""

    def __init__(self, session: Session, invoice_ids: Sequence[int], versions: _Versions) -> None:
        self._session = session
        self._versions = versions
        self.invoices = store.billed(session, invoice_ids)
        ratings = [rating for invoice in self.invoices for rating in invoice.ratings]
        segments = [segment for rating in ratings for segment in rating.inputs.all_segments]
        given_back = {credit.document for invoice in self.invoices if (credit := invoice.row.inputs.credit) is not None}
        self._given_back = {invoice.row.id: invoice for invoice in store.billed(session, given_back)}
        self._released = credit_store.of_documents(session, [invoice.work for invoice in self.invoices])
        self._void = _released_voidings(session, [invoice.work for invoice in self.invoices])
        stated = {invoice.row.version_id for invoice in [*self.invoices, *self._given_back.values()]}
        versions.fetch(stated | {segment.version_id for segment in segments})
        self._answers = sources.recorded(session, [rating.id for rating in ratings])
        self._tables = {key: tables for key, answers in self._answers.items() if (tables := _tables(answers))}
        value_ids = {value.id for rating in ratings for value in rating.inputs.index_values}
        value_ids |= {rate.id for invoice in self.invoices for rate in invoice.row.inputs.rates_of_exchange}
        late = [record for invoice in self.invoices if (record := invoice.row.inputs.late) is not None]
        value_ids |= index_ids(claim for record in late for claim in record.claims)
        self._late_documents = _late_documents(session, late)
        self._index_values = indices.by_ids(session, value_ids) if value_ids else {}
        self._index_series = indices.keys(session) if value_ids else {}
        self._before = rated.predecessors(session, [rating.id for rating in ratings])
        self._series = all_series(session)
        self._book = law_book(session)
        self._of_others = _lines_of_others(session, invoice_ids)
        self._wholes = store.wholes_among(session, {one.row.within_id or 0 for one in self.invoices})
        self._counted = self._counted_together()
        self._works: dict[int, ComputedInvoice] = {}
        self._beside = store.ids_of_works(session, {invoice.work for invoice in self.invoices})
        drawing = {
            one.row.contract_id for one in self.invoices if draws_on_claims(one.lines) or one.row.inputs.prepaid_by
        }
        self._of_contracts: dict[int, tuple[Version, ...]] = {}
        self._claims = store.prepayment_claims(session, drawing) if drawing else {}
        sides = {key for invoice in self.invoices for key in (invoice.row.issuer_id, invoice.row.customer_id)}
        self._profiles = known_profiles(session, sides)

    def _counted_together(self) -> dict[int, list[Uses] | UsufructError]:
        """Count what issued periods used, those of one watermark at once: by rating, as far as nothing is in the way.

        A correction is counted by itself, for its period is another invoice's; so is what was converted by a table of
        then.
        """
        by_watermark: dict[int, dict[int, Billable]] = defaultdict(dict)
        for invoice in self.invoices:
            for rating in invoice.ratings:
                tables = self._tables.get(rating.id)
                if rating.invoice_id != invoice.work or tables is None or tables.lost or tables.factors:
                    continue
                with suppress(ValidationError, UsufructError):  # it is told where the invoice is computed
                    bill = stored_billable(invoice, rating.inputs, partial(self._version_of, rating))
                    by_watermark[rating.watermark][rating.id] = bill
        return {
            rating_id: uses
            for watermark, bills in by_watermark.items()
            for rating_id, uses in zip(bills, count_all(self._session, list(bills.values()), watermark), strict=True)
        }

    def discrepancies(self, invoice: StoredInvoice) -> Iterator[Discrepancy]:
        """Name what of an invoice no longer proves."""
        number = invoice.name
        if invoice.row.kind == store.InvoiceKind.CONSOLIDATED:
            yield from first_of_head(number, compared_whole(invoice, self._index_values))
            yield from first_of_head(number, self._compared_mark(invoice))
            return
        unread = list(self._unread(number, invoice))
        if unread:
            yield from unread
            return
        if invoice.row.inputs.late is not None:
            yield from self._of_late(invoice, invoice.row.inputs.late)
            return
        lost = list(self._lost(number, invoice))
        yield from lost
        yield from first_of_head(number, compared_head(invoice, self._head_sources(invoice)))
        yield from first_of_head(number, self._compared_mark(invoice))
        for pos in self._of_others.get(invoice.row.id, ()):
            yield Discrepancy(number, pos, "", "the customer", "another", "the invoice's")
        for rating in invoice.ratings:
            yield from self._of_chain(number, rating)
        if lost:
            return
        try:
            computed = self.computed(invoice)
        except UsufructError as fault:
            yield from impossible(number, invoice.lines, str(fault))
            return
        # Every release since ratings record the answers of the tables says everything that a line has to say.
        is_by_rating = invoice.row.inputs.credit is None and invoice.row.kind != store.InvoiceKind.ADVANCE
        is_early = is_by_rating and not any(rating.id in self._tables for rating in invoice.ratings)
        yield from compare(number, invoice.lines, computed.lines, invoice.row.version_id if is_early else None)
        yield from first_of_head(number, self._compared_credit(invoice, computed))
        yield from first_of_head(number, [("what it draws", invoice.row.inputs.draws, computed.drawn.records)])
        yield from first_of_head(number, self._compared_before_supply(invoice))
        for original, rating, outcome in computed.ratings:
            yield from first_of_head(number, self._compared_inputs(invoice, original, rating))
            if rating.id in computed.credits:
                known = computed.credits[rating.id]
                days = f"{rating.first}/{rating.after_last}"
                yield from first_of_head(number, [(f"the credits known of {days}", rating.inputs.credits, known)])
            yield from self._of_rating(number, rating, outcome)

    def _compared_mark(self, invoice: StoredInvoice) -> Iterator[Compared]:
        yield "whether it is void, as two have released", invoice.row.voided_on is not None, invoice.work in self._void

    def _of_late(self, invoice: StoredInvoice, record: LateClaimsRecord) -> Iterator[Discrepancy]:
        """Name what of a document that claims of a delay does not follow from its rates, days and amounts."""
        late, corrected = late_keys([record])
        known = self._late_documents
        sources = LateSources(
            version=self._versions(invoice.row.version_id),
            series=self._series.get(invoice.row.issuer_id, ""),
            rates=self._index_values,
            late={key: known[key] for key in late if key in known},
            corrected={key: known[key][0] for key in corrected if key in known},
        )
        yield from first_of_head(invoice.name, compared_late(invoice, record, sources))
        yield from first_of_head(invoice.name, self._compared_mark(invoice))
        yield from compare(invoice.name, invoice.lines, self.computed(invoice).lines)

    def _version_ids(self, invoice: StoredInvoice) -> Collection[int]:
        """Name the versions that an invoice follows from."""
        rated = [segment for rating in invoice.ratings for segment in rating.inputs.all_segments]
        segments = {segment.version_id for segment in rated}
        credited = self._credited(invoice)
        own = [invoice.row.version_id, *([] if credited is None else [credited.row.version_id])]
        return dict.fromkeys([*own, *sorted(segments), *(self._known_to(invoice) or ())])

    def _credited(self, invoice: StoredInvoice) -> StoredInvoice | None:
        """Find the document that a credit note by hand gives back."""
        credit = invoice.row.inputs.credit
        return None if credit is None else self._given_back.get(credit.document)

    def _known_to(self, invoice: StoredInvoice) -> tuple[int, ...] | None:
        """Name the versions that were known to a correction, by its newest rated days."""
        if invoice.own_rating is not None or not invoice.ratings:
            return None
        last = max(invoice.ratings, key=lambda rating: rating.after_last)
        return _known_versions(self._answers.get(last.id, {}))

    def _head_sources(self, invoice: StoredInvoice) -> HeadSources:
        versions = {version_id: self._versions(version_id) for version_id in self._version_ids(invoice)}
        return HeadSources(
            versions=versions,
            known=self._known_to(invoice),
            series=self._series.get(invoice.row.issuer_id, ""),
            book=self._book,
            rates=self._index_values,
            claims=self._claims.get(invoice.row.contract_id, ()),
            credited=self._credited(invoice),
            issuer=self._issuer(invoice),
            wholes=self._wholes,
            profiles=self._profiles,
        )

    def _issuer(self, invoice: StoredInvoice) -> tuple[int, Party] | None:
        """Find in whose name the lines of a document are sold, if it is not the supplier's: its key, and its party."""
        name = next((line.seller for line in invoice.lines if line.seller), "")
        if not name:
            return None
        contract_id = invoice.row.contract_id
        if contract_id not in self._of_contracts:
            self._of_contracts |= contracts.of_contracts(self._session, [contract_id])
        stated = owner_stated(self._of_contracts.get(contract_id, ()), name, invoice.row.inputs.version_number)
        keys = store.party_keys(self._session, [name])
        return (keys.get(name, 0), stated) if stated is not None else None

    def _unread(self, number: str, invoice: StoredInvoice) -> Iterator[Discrepancy]:
        """Name the versions that cannot be read any more: nothing follows from them."""
        for version_id in self._version_ids(invoice):
            try:
                self._versions(version_id)
            except ValidationError as error:
                yield from terms_lost(number, version_id, error)
            except UsufructError as fault:
                yield Discrepancy(number, HEAD, "", f"version {version_id}", "there", f"absent: {fault}")

    def _lost(self, number: str, invoice: StoredInvoice) -> Iterator[Discrepancy]:
        """Name what the ratings of an invoice were computed by and is not at hand any more, each once."""
        lost: dict[Discrepancy, None] = {}
        for rating in invoice.ratings:
            tables, segments = self._tables.get(rating.id), rating.inputs.segments
            if tables is None:
                continue
            for changed in tables.lost:
                what = f"the answer of the table of {changed.question.source.value} about {changed.question.about}"
                nothing = f"nothing: that table is not at hand any more, today's answers {changed.now}"
                lost[Discrepancy(number, HEAD, "", what, changed.was, nothing)] = None
            for segment in segments:
                contract = self._versions(segment.version_id).contract
                names = segment.charges if segment.charges is not None else [charge.name for charge in contract.charges]
                for question in unanswered(contract, segment.period, names, self._answers[rating.id].keys()):
                    what = f"the answer of the table of {question.source.value} about {question.about}"
                    lost[Discrepancy(number, HEAD, "", what, "None", "recorded")] = None
            if segments:
                last = self._versions(segments[-1].version_id)
                lost |= dict.fromkeys(arithmetic_lost(number, last.contract, rating.inputs.rules))
        yield from lost

    def _of_chain(self, number: str, rating: RatingRow) -> Iterator[Discrepancy]:
        """Name what a rating did not open with as the period before closed by then; of older releases nothing."""
        known = _known_versions(self._answers.get(rating.id, {}))
        before = self._before.get(rating.id)
        if known is None or before is None or rating.id not in self._tables:
            return
        try:
            yield from first_of_head(number, compared_opening(rating, before, self._versions, known))
        except (ValidationError, UsufructError) as fault:
            what = f"what was carried into {rating.first}/{rating.after_last}"
            yield Discrepancy(number, HEAD, "", what, "there", f"nothing: {fault}")

    def computed(self, invoice: StoredInvoice) -> ComputedInvoice:
        """Compute an invoice again: the whole work that it is a document of, and of that its own lines.

        Raises:
            UsufructError: it can no longer be counted or rated.
        """
        if invoice.work not in self._works:
            self._works[invoice.work] = self._computed_work(invoice)
        work, papers = self._works[invoice.work], self._beside[invoice.work]
        place = papers.index(invoice.row.id)
        divided = divide(work.lines, invoice.row.inputs.documents)
        own = divided[place].lines if place < len(divided) else ()
        beyond = [line for paper in divided[len(papers) :] for line in paper.lines] if place == len(papers) - 1 else []
        return replace(work, lines=(*own, *beyond))

    def _computed_work(self, invoice: StoredInvoice) -> ComputedInvoice:
        """Compute a piece of work again, from its ratings, their watermark, and the invoices that it corrects."""
        if invoice.row.inputs.credit is not None:
            return self._computed_credit(invoice, invoice.row.inputs.credit)
        if (late := invoice.row.inputs.late) is not None:
            return ComputedInvoice(lines_of(late, invoice.row.currency), late=late)
        if invoice.row.inputs.advance is not None:
            version = self._versions(invoice.row.version_id)
            return ComputedInvoice(claimed_lines(invoice.row.inputs.advance, version.contract, version.id))
        lines: list[Line] = []
        ratings: list[tuple[StoredInvoice, RatingRow, Rating]] = []
        earlier: list[StoredInvoice] = []
        if invoice.corrections or invoice.row.inputs.draws:
            ids = store.ids_of_contract(self._session, invoice.row.contract_id, seen_by=invoice.work)
            known = store.billed(self._session, ids)
            earlier = [before for before in known if before.work < invoice.work]
        notes: dict[int, tuple[int, ...]] = {}
        by_id = {before.row.id: before for before in earlier}
        for rating in invoice.ratings:
            original = by_id.get(rating.invoice_id, invoice)
            outcome = self._rated(original, rating)
            ratings.append((original, rating, outcome))
            if original is invoice:
                lines += outcome.lines
                continue
            notes[rating.id] = known_credits(original.row.id, earlier)
            changes = rating.inputs.changes or batch_changes(self._session, rating.inputs.batches)
            arithmetic, rules = rating.inputs.adjusting or 1, invoice.row.inputs.documents
            lines += adjust(original, earlier, outcome.lines, changes, arithmetic, rules=rules)
        drawn = drawn_again(invoice, earlier, lines, self._versions)
        return ComputedInvoice((*lines, *drawn.lines), tuple(ratings), credits=notes, drawn=drawn)

    def _computed_credit(self, invoice: StoredInvoice, credit: CreditRecord) -> ComputedInvoice:
        """Give back once more what a credit note gives back, of what was billed before it.

        Raises:
            UnknownInvoice: the document that it gives back is not there.
            UsufructError: it could not be given back.
        """
        credited = self._credited(invoice)
        if credited is None:
            raise store.UnknownInvoice(f"there is no invoice {credit.number!r} here", found=credit.number)
        ids = store.ids_of_contract(self._session, credited.row.contract_id, seen_by=invoice.work)
        earlier = [before for before in store.billed(self._session, ids) if before.work < invoice.work]
        rounding = self._versions(credited.row.version_id).contract.settings.rounding
        terms = CreditTerms(credited.row.currency, rounding)
        n = credit_store.next_number(self._session, credited.row.contract_id, before=invoice.work)
        given = give_back([line.asked for line in credit.lines], credited, earlier, n, terms)
        record = CreditRecord(
            n=n,
            document=credited.row.id,
            number=credited.name,
            reason=credit.reason,
            lines=tuple(recorded for recorded, _ in given),
        )
        return ComputedInvoice(tuple(line for _, line in given), credit=record)

    def _compared_credit(self, invoice: StoredInvoice, computed: ComputedInvoice) -> Iterator[Compared]:
        """Pair what a credit note by hand says of itself with what it gives back, and with what two have released."""
        credit, row = invoice.row.inputs.credit, self._released.get(invoice.work)
        if credit is None or computed.credit is None:
            return
        yield "the credit", credit, computed.credit
        yield "the release of the credit", "there", "absent" if row is None or row.released_at is None else "there"
        if row is not None:
            yield "the reason of the credit", credit.reason, row.reason
            yield "what was asked", [line.asked for line in credit.lines], list(row.asked.lines)
            yield "the document that is given back", credit.document, row.invoice_id

    def _compared_before_supply(self, invoice: StoredInvoice) -> Iterator[Compared]:
        """Pair what a document says of claims before supply, its own or those it draws on, with what was known then."""
        inputs = invoice.row.inputs
        if inputs.advance is None and not inputs.draws:
            return
        ids = store.ids_of_contract(self._session, invoice.row.contract_id, seen_by=invoice.work)
        earlier = [before for before in store.billed(self._session, ids) if before.work < invoice.work]
        claims = [one.row.id for one in earlier if one.row.inputs.advance is not None]
        allocated = allocations(self._session, claims)
        yield from compared_draws(invoice, earlier, allocated)
        yield from compared_claim(invoice, earlier, self._versions(invoice.row.version_id).contract, allocated)

    def _rated(self, original: StoredInvoice, rating: RatingRow) -> Rating:
        """Rate the period of an invoice again, with the arithmetic and the tables that the rating was computed by."""
        tables, version_of = self._tables.get(rating.id) or RecordedTables({}), partial(self._version_of, rating)
        return recompute(self._session, original, rating, version_of, tables, self._counted.get(rating.id))

    def _version_of(self, rating: RatingRow, version_id: int) -> Version:
        """Find a version by its key, with the arithmetic that a rating was computed by.

        The record names the rules of the last version; those of an earlier one have the numbers that it states.
        """
        segments, version = rating.inputs.segments, self._versions(version_id)
        if rating.id not in self._tables or not segments or version_id != segments[-1].version_id:
            return version
        return replace(version, contract=as_rated(version.contract, rating.inputs.rules))

    def _compared_inputs(
        self, invoice: StoredInvoice, original: StoredInvoice, rating: RatingRow
    ) -> Iterator[Compared]:
        """Pair what a rating says about itself with what it has to say; older releases said less."""
        if rating.id not in self._tables:
            return
        inputs, days = rating.inputs, f"{rating.first}/{rating.after_last}"
        is_first = rating.invoice_id == invoice.work
        if rating.invoice_id == original.work:
            yield f"the corrected number of {days}", inputs.number, None if is_first else original.row.number
        if not is_first and inputs.changes is None:
            yield f"what called for {days} again", None, "recorded"
        for segment in inputs.segments:
            if segment.charges is None:
                yield f"the charges of {segment.days.first}/{segment.days.after_last}", None, "recorded"

    def _of_rating(self, number: str, rating: RatingRow, outcome: Rating) -> Iterator[Discrepancy]:
        """Name the first thing that differs of what a rating recorded, for each charge that carries something on."""
        inputs, days = rating.inputs, f"{rating.first}/{rating.after_last}"
        for charge in dict.fromkeys([*inputs.closing, *outcome.closing]):
            was, now = inputs.closing.get(charge), outcome.closing.get(charge)
            if was is None or now is None or not self._is_same_state(rating, charge, was, now):
                yield from first_of_head(number, [(f"what {days} carries on", was, now)], charge)
        yield from first_of_head(number, self._compared_values(rating, outcome))
        yield from first_of_head(number, self._compared_notes(rating, outcome))

    def _is_same_state(self, rating: RatingRow, charge: str, was: CarriedState, now: CarriedState) -> bool:
        """Tell whether a charge carries on what it did: bare values of an earlier release say it in another form."""
        if was == now or any(known_state(state) is not None for state in was.values()):
            return was == now
        closed_by = [self._versions(segment.version_id).contract for segment in rating.inputs.segments]
        for contract in reversed(closed_by):
            if charge in {named.name for named in contract.charges}:
                written = as_written_by(contract, {charge: was})
                return same_states(contract, written, {charge: now}, rating.after_last)
        return False

    def _compared_values(self, rating: RatingRow, outcome: Rating) -> Iterator[Compared]:
        """Pair the index values of a rating with those that its prices rest on, and with what is recorded of each."""
        records = {(value.index, value.month): value for value in rating.inputs.index_values}
        yield "the index values", sorted(records), sorted({(value.index, value.month) for value in outcome.values})
        find = self._lookup_of(rating) if records else None
        for (index, month), record in records.items():
            known = self._index_values.get(record.id)
            what = f"the value of {index} for {month}"
            yield what, record.id, None if known is None else record.id
            if known is None:
                continue
            yield f"the month of {what}", month, known.month
            yield f"whether {what} is provisional", record.provisional, known.provisional
            if find is not None:
                answered = find(index, month)
                yield what, record.value, None if answered is None else answered.value
            elif known.index == index:  # of a linked series an older release did not record by which factor
                yield what, record.value, known.value

    def _compared_notes(self, rating: RatingRow, outcome: Rating) -> Iterator[Compared]:
        """Pair what a rating says of the disputes that leave lines out with the disputes that were open then."""
        were_open = open_then(self._answers.get(rating.id, {})) if rating.id in self._tables else ()
        if rating.inputs.held_apart or were_open:
            disputes = {known.id: known for known in dispute_store.of_contracts(self._session, [rating.contract_id])}
            yield from compared_notes(rating.inputs.held_apart, outcome.held_apart, disputes, were_open)

    def _lookup_of(self, rating: RatingRow) -> Lookup | None:
        """Find index values as the rating was answered, along the links of then; None of one of an older release."""
        if rating.id not in self._tables:
            return None
        answers = self._answers[rating.id].items()
        asked = {(question.subject, question.about): token for question, token in answers if _is_of_index(question)}
        return indices.as_answered(self._index_series, self._index_values, asked)


def _is_of_index(question: Question) -> bool:
    return question.source is SourceName.INDEX


def _tables(answers: Mapping[Question, str]) -> RecordedTables | None:
    """Choose what the tables of the code have answered; None of a rating of an older release, which recorded none."""
    shipped = {question: token for question, token in answers.items() if question.source in SHIPPED}
    return RecordedTables(shipped) if shipped else None


def _known_versions(answers: Mapping[Question, str]) -> tuple[int, ...] | None:
    """Name the versions that a rating knew; None where that is not recorded."""
    tokens = [token for question, token in answers.items() if question.source is SourceName.VERSIONS]
    return contracts.keys_of_token(tokens[0]) if tokens else None


def _released_voidings(session: Session, works: Sequence[int]) -> set[int]:
    """Find the pieces of work that two have released as void, by themselves or with a consolidated document."""
    void = columns_of(col(VoidingRow.invoice_id)).where(col(VoidingRow.released_at).is_not(None))
    own = columns_of(col(InvoiceRow.id)).where(col(InvoiceRow.id).in_(void) | col(InvoiceRow.within_id).in_(void))
    return set(session.execute(own.where(col(InvoiceRow.id).in_(works))).scalars())


def _late_documents(session: Session, records: Sequence[LateClaimsRecord]) -> dict[int, tuple[str, date]]:
    """Find the documents that claims are of, or correct: number and due day, by their keys."""
    late, corrected = late_keys(records)
    if not late:
        return {}
    chosen = columns_of(col(InvoiceRow.id), col(InvoiceRow.number), col(InvoiceRow.due_on))
    rows = session.execute(chosen.where(col(InvoiceRow.id).in_(late | corrected)))
    return {key: (number, due_on) for key, number, due_on in rows if number is not None and due_on is not None}


def _lines_of_others(session: Session, invoice_ids: Sequence[int]) -> dict[int, list[int]]:
    """Find lines that another customer than the invoice's may see: their positions, by invoice."""
    chosen = (
        columns_of(col(InvoiceLineRow.invoice_id), col(InvoiceLineRow.pos))
        .join(InvoiceRow, within_tenant(InvoiceRow.id, InvoiceLineRow.invoice_id))
        .where(col(InvoiceRow.id).in_(invoice_ids), col(InvoiceLineRow.customer_id) != col(InvoiceRow.customer_id))
        .order_by(col(InvoiceLineRow.invoice_id), col(InvoiceLineRow.pos))
    )
    positions: dict[int, list[int]] = defaultdict(list)
    for invoice_id, pos in session.execute(chosen):
        positions[invoice_id].append(pos)
    return positions
