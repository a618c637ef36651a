"""The bundle of an issued document: loaded, computed once more, written with each step, verified, packed.

the document → computed again from what its ratings recorded → its readings, terms, tables, states, and each step
→ verified by the verifier that travels with it → one file, the same bytes for ever
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from sqlmodel import Session

from billing.invoices import store
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.proof.bundle.adjusting import BilledLine, adjusted, billed_before, billed_file
from billing.proof.bundle.calculation import Calculation, Key, LineSteps
from billing.proof.bundle.claimed import claimed, claims_file, drawn
from billing.proof.bundle.document_file import document_file, tax_row, tax_rows
from billing.proof.bundle.given_back import credit_file, given_back
from billing.proof.bundle.late_steps import late_file, late_steps
from billing.proof.bundle.register_files import boundary_reads, register_file
from billing.proof.bundle.step_book import Step, StepBook, look
from billing.proof.bundle.uses import Factors
from billing.proof.bundle.verify import Unproven, manifest_of, packed, verify, written
from billing.proof.replay import ComputedInvoice, computed_again
from billing.rating.rating import Rating
from billing.records.credit import CreditRecord
from billing.sources import store as sources
from billing.tables import RatingRow
from contracts import store as contracts
from contracts.contract import Contract
from metering.consumption.store import reads_over, register_events
from metering.consumption.use import BoundaryRule
from metering.deliveries.opened import counted_readings
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister, registers
from quantities.errors import Conflict
from quantities.period import Period, zone


class DraftHasNoProof(Conflict):
    """A draft has no proof that travels."""


class DocumentUnproven(Conflict):
    """The document does not prove."""


@dataclass(frozen=True, slots=True)
class ProofBundle:
    """A document's proof in one file.

    Attributes:
        number: of the document.
        content: the bytes of the file.
        proof_hash: SHA-256 over its manifest, which has that of each file; a mark as void is no part of it.
    """

    number: str
    content: bytes
    proof_hash: str


def proof_hash(session: Session, invoice: StoredInvoice) -> str:
    """Compute the hash that a document's proof is held by, for its page to print; the same whenever it is asked for.

    Raises:
        DraftHasNoProof, DocumentUnproven: as ``proof_bundle``.
    """
    return proof_bundle(session, invoice).proof_hash


def proof_address(number: str, supplier: str | None = None) -> str:
    """Say where a document's proof is: its path behind the address of the product."""
    asked = "" if supplier is None else f"?supplier={quote(supplier, safe='')}"
    return f"/v1/invoices/{quote(number, safe='')}/proof{asked}"


def proof_bundle(session: Session, invoice: StoredInvoice) -> ProofBundle:
    """Make the bundle of an issued document; it says if the document is void.

    Args:
        session: states the tenant, and sees all that the document was computed from.
        invoice: of any kind, a consolidated one too.

    Raises:
        DraftHasNoProof: it is not issued.
        DocumentUnproven: it cannot be computed again, or does not come to what it says.
    """
    if invoice.row.number is None:
        raise DraftHasNoProof(f"{invoice.name} is not issued", found=invoice.name, expected="the number of an invoice")
    book = StepBook()
    invoice_steps(session, invoice, book)
    voided_on = invoice.row.voided_on
    void = None if voided_on is None else {"number": invoice.name, "voided_on": str(voided_on)}
    content, manifest = sealed(invoice.name, book, void)
    return ProofBundle(invoice.name, content, sha256(manifest).hexdigest())


def invoice_steps(session: Session, invoice: StoredInvoice, book: StepBook) -> Mapping[str, Mapping[str, Step]]:
    """Write all that a document was computed from into a book.

    Returns:
        The steps of each line, by its number: quantity, unit price, net amount and tax rate.
    """
    return _Making(session, invoice, book).write()


def sealed(number: str, book: StepBook, void: Mapping[str, str] | None) -> tuple[bytes, bytes]:
    """Pack a book with its verifier, and verify it as whoever gets it will.

    Args:
        number: of the document.
        book: with all files but those that each bundle has.
        void: since when the document is void; None of one that counts.

    Returns:
        The bytes of the bundle, and of its manifest.

    Raises:
        DocumentUnproven: the document does not come to what it says.
    """
    contents = book.written()
    contents["verify.py"] = (files("billing.proof.bundle") / "verify.py").read_bytes()
    contents["README.txt"] = _README.encode()
    contents["MANIFEST.json"] = manifest_of(contents)
    if void is not None:
        contents["VOID.json"] = written(void)
    bundle = packed(contents)
    see_that_it_proves(number, bundle)
    return bundle, contents["MANIFEST.json"]


def see_that_it_proves(number: str, bundle: bytes) -> None:
    """Verify a bundle as its customer will.

    Raises:
        DocumentUnproven: the document does not come to what it says.
    """
    try:
        verify(bundle)
    except Unproven as fault:
        raise DocumentUnproven(f"{number}: {fault}", found=str(fault), expected=number) from fault


_README = """This is the proof of a document, with all that it was computed from and each step of the calculation.

    python3 verify.py THIS-FILE.zip

verifies it, without a network and without the product that wrote it. The verifier is the file verify.py in it.
"""


class _Making:
    """A bundle on its way."""

    def __init__(self, session: Session, invoice: StoredInvoice, book: StepBook) -> None:
        self._session, self._invoice, self._book = session, invoice, book
        self._states: list[dict[str, Any]] = []
        self._evidence: list[dict[str, Any]] = []
        self._index: dict[str, str] = {}
        self._versions: dict[int, str] = {}
        self._files: dict[tuple[str, int], str] = {}
        self._readings_written = 0
        self._billed: list[BilledLine] = []
        self._drawn: list[Line] = []
        self._opened: dict[str, object] = {}
        self._factors = Factors(book)

    def write(self) -> Mapping[str, Mapping[str, Step]]:
        """Write all files; answer with the steps of each line."""
        invoice, book = self._invoice, self._book
        book.put("document.json", document_file(invoice))
        self._note_tables()
        again = {
            one.row.id: (one, of) for one, of in computed_again(self._session, [one.row.id for one in invoice.parts])
        }
        lines = [steps for part in invoice.parts for steps in self._of_part(*again[part.row.id])]
        book.put("evidence.json", self._evidence)
        book.put("ratings.json", self._states)
        written_lines = {
            str(pos): {
                "quantity": steps.quantity,
                "unit_price": steps.unit_price,
                "net": steps.net,
                "tax_rate": look("tables.json", "tax", tax_row(line)),
            }
            for pos, (line, steps) in enumerate(zip(invoice.lines, lines, strict=True), start=1)
        }
        book.put("steps.json", {"steps": book.steps, "lines": written_lines})
        return written_lines

    def _note_tables(self) -> None:
        """Write the tables that steps look values up in: tax rows, index values, rates of exchange."""
        parts = self._invoice.parts
        for part in parts:
            for rating in part.ratings:
                values = rating.inputs.index_values
                self._index |= {f"{value.index} {value.month}": f"{value.value:f}" for value in values}
        rates = self._invoice.row.inputs.rates_of_exchange
        tables = {
            "tax": tax_rows(self._invoice.lines),
            "index": self._index,
            "rates_of_exchange": [rate.model_dump(mode="json", by_alias=True) for rate in rates],
        }
        self._book.put("tables.json", tables)

    def _of_part(self, part: StoredInvoice, again: ComputedInvoice) -> list[LineSteps]:
        """Write the steps of a contract's own document."""
        if [line.key for line in again.lines] != [line.key for line in part.lines]:
            detail = f"{part.name} has other lines when it is computed again"
            raise DocumentUnproven(detail, found=str(len(again.lines)), expected=str(len(part.lines)))
        if again.credit is not None:
            return self._given_back(part, again.credit)
        if again.late is not None:
            self._book.put("late.json", late_file(again.late))
            return [late_steps(self._book, line, again.late, part.row.currency) for line in part.lines]
        if part.row.inputs.advance is not None:
            self._book.put("claims.json", claims_file(part.row.inputs, part.lines))
            return [claimed(self._book, line, at) for at, line in enumerate(part.lines)]
        answers = sources.recorded(self._session, [rating.id for rating in part.ratings])
        owed: dict[int, dict[Key, LineSteps]] = {}
        for _, rating, outcome in again.ratings:
            owed[rating.invoice_id] = self._of_rating(rating, outcome)
            asked = [[question.source.value, question.about, token] for question, token in answers[rating.id].items()]
            self._evidence.append({"days": [str(rating.first), str(rating.after_last)], "asked": sorted(asked)})
        billed = self._billed_before(part, again)
        drawing = [line for line in part.lines if line.proof.draw is not None]
        self._drawn += drawing
        if self._drawn:
            self._book.put("claims.json", claims_file(part.row.inputs, self._drawn))
        first = len(self._drawn) - len(drawing)
        draws = iter([drawn(self._book, line, at) for at, line in enumerate(drawing, start=first)])
        return [
            next(draws) if line.proof.draw is not None else self._of_line(part, line, owed, billed)
            for line in part.lines
        ]

    def _billed_before(self, part: StoredInvoice, again: ComputedInvoice) -> dict[int, list[BilledLine]]:
        """Find what was billed before of the periods that a document corrects."""
        if not part.corrections:
            return {}
        ids = store.ids_of_contract(self._session, part.row.contract_id, seen_by=part.work)
        earlier = [before for before in store.billed(self._session, ids) if before.work < part.work]
        billed = {
            rating.invoice_id: billed_before(rating.invoice_id, original.work, earlier)
            for original, rating, _ in again.ratings
            if rating.invoice_id != part.work
        }
        self._billed += [line for lines in billed.values() for line in lines if line not in self._billed]
        self._book.put("billed.json", billed_file(self._billed))
        return billed

    def _of_line(
        self,
        part: StoredInvoice,
        line: Line,
        owed: Mapping[int, Mapping[Key, LineSteps]],
        billed: Mapping[int, Sequence[BilledLine]],
    ) -> LineSteps:
        if line.corrects is None:
            return owed[part.work][line.key]
        own = billed.get(line.corrects.invoice, ())
        places = {at: self._billed.index(was) for at, was in enumerate(own)}
        return adjusted(self._book, line, owed.get(line.corrects.invoice, {}).get(line.key), own, places)

    def _given_back(self, part: StoredInvoice, credit: CreditRecord) -> list[LineSteps]:
        """Write the steps of a credit note by hand: a person has asked for it, another has approved it."""
        book, currency = self._book, part.row.currency
        book.put("credit.json", credit_file(credit, part.lines))
        version = contracts.by_id(self._session, part.row.version_id).contract
        rounding = version.settings.rounding.value
        return [given_back(book, line, currency, rounding, at) for at, line in enumerate(part.lines)]

    def _of_rating(self, rating: RatingRow, outcome: Rating) -> dict[Key, LineSteps]:
        """Write the readings, the terms and the states of a rating, and the steps of its lines."""
        inputs = rating.inputs
        self._states.append(
            {
                "days": [str(rating.first), str(rating.after_last)],
                "watermark": rating.watermark,
                "tzdata": inputs.tzdata,
                "opening": inputs.opening,
                "closing": inputs.closing,
                "index": [value.model_dump(mode="json", by_alias=True) for value in inputs.index_values],
            }
        )
        for of_charge in outcome.charges:
            self._put_version(of_charge.segment.version_id, of_charge.segment.contract)
        known = self._put_readings(rating, outcome)
        calculation = Calculation(
            book=self._book,
            file_of_version=self._versions,
            registers=known,
            file_of=lambda register: self._files[register, rating.watermark],
            factors=self._factors,
            opened=self._opened,
        )
        return calculation.written(outcome)

    def _put_version(self, version_id: int, contract: Contract) -> None:
        if version_id not in self._versions:
            name = f"contract-{len(self._versions) + 1}.json"
            self._versions[version_id] = name
            self._book.put(name, contract.for_customer.model_dump(mode="json", by_alias=True))

    def _put_readings(self, rating: RatingRow, outcome: Rating) -> dict[str, StoredRegister]:
        """Write the readings that a rating counted, a file a register, as of its watermark."""
        spans: dict[str, list[Period]] = {}
        edges, plain = dict[str, BoundaryRule](), dict[str, bool]()
        for of_charge in outcome.charges:
            counted, contract = of_charge.counted, of_charge.segment.contract
            for evidence in () if counted is None else counted.evidence:
                own = of_charge.composed.period.instants(zone(contract.zone))
                is_plain = counted is not None and not counted.usage.parts and not counted.calculation
                use = Period(min(evidence.use.first, own.start), max(evidence.use.last, own.end))
                spans.setdefault(evidence.register, []).extend([own, use])
                edges[evidence.register] = contract.settings.edges
                plain[evidence.register] = plain.get(evidence.register, True) and is_plain
        known = registers(self._session, spans.keys())
        for key, stored in known.items():
            self._readings_written += 1
            name = f"readings/{self._readings_written:03d}.json"
            self._files[key, rating.watermark] = name
            self._book.put(
                name, self._readings(stored, spans[key], edges[key] if plain[key] else None, rating.watermark)
            )
        return known

    def _readings(
        self, stored: StoredRegister, spans: Sequence[Period], edges: BoundaryRule | None, watermark: int
    ) -> dict[str, Any]:
        """Fetch what counts of a register; of a counter whose edges alone count, the reads around these."""
        whole = Period(min(span.start for span in spans), max(span.end for span in spans))
        if stored.register.kind in (RegisterKind.INTERVAL, RegisterKind.EVENT):
            rows = counted_readings(self._session, stored.all_series, whole.start, whole.end, watermark)
            return register_file(stored, rows, ())
        (reads,) = reads_over(self._session, [(stored, whole)], watermark)
        kept: Iterable[Any] = reads
        if stored.register.kind is RegisterKind.CUMULATIVE and edges is not None:
            kept = boundary_reads(reads, spans[::2], edges)
        events = register_events(self._session, [stored.series], watermark)[stored.series]
        return register_file(stored, kept, [event for event in events if reads and event.at > reads[0].start])
