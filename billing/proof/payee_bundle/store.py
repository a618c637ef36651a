"""The bundle of a document of a payee: what it may see of the customers' lines, its share of each, tax and totals.

the document → made again and compared → the lines that it divides → the steps of each share → verified → one file

A payee reads of a line that it shares what its statement says: what was sold, and its own part. So the bundle has the
net amount of these lines, the payee's own terms of sharing, and as one number what all others have; of the customer, of
other lines, of prices and of who else shares it has nothing. What the customer's line came to is proven by its own
bundle. Where so much a unit is shared, the units are counted from the readings, as that bundle counts them.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeAlias

from sqlmodel import Session, col, select

from billing.invoices import store as invoices
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.payees.documents.paper import SoldLine
from billing.payees.documents.replay import replay_payee_documents
from billing.payees.documents.store import shared_terms, sold_lines
from billing.proof.bundle.copied_steps import copied
from billing.proof.bundle.step_book import NOTHING, Step, StepBook, less, look, plus
from billing.proof.bundle.store import DocumentUnproven, ProofBundle, invoice_steps, sealed
from billing.proof.payee_bundle.document_file import payee_document_file, quantity_of, tax_row_of
from billing.proof.payee_bundle.shares import SharedLine, ShareSteps
from billing.proof.replay import computed_again
from billing.records.payee_document import PayeeDocumentLine
from billing.tables import InvoiceRow, PayeeDocumentRow
from contracts import store as contracts
from contracts.contract import Contract
from metering.tables import within_tenant
from quantities.money import exponent
from quantities.number import plain

#: A line as it is owed by now, the version by which it is rated, and the days of its document.
_RatedAgain: TypeAlias = tuple[Line, Contract, tuple[int, int]]

_BY_NOW = "what it has by now of a charge that is corrected"
_GIVEN_BACK = "its part of what a credit note gives back"
_SHARE = "its part of a line that is divided together with others"


def payee_proof_bundle(session: Session, row: PayeeDocumentRow) -> ProofBundle:
    """Make the bundle of a document between the supplier and a payee; it says if the document is void.

    Args:
        session: states the tenant, and sees all that the document was made of.
        row: of the document.

    Raises:
        DocumentUnproven: it is made otherwise by now, or does not come to what it says.
    """
    replayed = replay_payee_documents(session, [row.invoice_id])
    differing = next((discrepancy for discrepancy in replayed if discrepancy.invoice == row.number), None)
    if differing is not None:
        detail = f"{row.number} is made otherwise: {differing}"
        raise DocumentUnproven(detail, found=str(differing), expected=row.number)
    book = StepBook()
    _PayeeMaking(session, row, book).write()
    void = None if row.voided_on is None else {"number": row.number, "voided_on": str(row.voided_on)}
    content, manifest = sealed(row.number, book, void)
    return ProofBundle(row.number, content, sha256(manifest).hexdigest())


class _PayeeMaking:
    """A bundle of a payee's document on its way."""

    def __init__(self, session: Session, row: PayeeDocumentRow, packed: StepBook) -> None:
        self._session, self._row, self._packed = session, row, packed
        self._book = book = StepBook()
        work = invoices.ids_of_works(session, [row.invoice_id])[row.invoice_id]
        self._work = invoices.billed(session, work)
        self._versions = contracts.of_contracts(session, [row.contract_id])[row.contract_id]
        head = self._work[0].row
        by = next(version for version in self._versions if version.id == head.version_id)
        documents = [(stored.row.id, stored.name, stored.before, stored.lines) for stored in self._work]
        lines = sold_lines(self._work[0].work, documents, self._versions, by)
        self._terms = shared_terms(by, self._versions, lines)
        self._sold = {(sold.invoice, sold.pos): sold for sold in lines}
        content = row.content
        self._shares = ShareSteps(book, content.seller.name, content.buyer.name)  # either leg is of what its seller has
        self._billed: dict[str, dict[str, Any]] = {}
        self._credits: dict[str, dict[str, Any]] = {}
        self._customers: dict[int, tuple[StepBook, Mapping[str, Mapping[str, Step]]]] = {}
        self._before = _lines_before(session, row)
        self._again: dict[int, list[_RatedAgain]] | None = None

    def write(self) -> None:
        """Write all files."""
        content, book, packed = self._row.content, self._book, self._packed
        packed.put("document.json", payee_document_file(self._row))
        packed.put("tables.json", {"tax": {tax_row_of(line): plain(line.rate_percent) for line in content.lines}})
        lines: dict[str, dict[str, Step]] = {}
        for pos, line in enumerate(content.lines, start=1):
            # what was tried and did not come to it is left behind, with what it looked up
            net = copied(book.proven(self._net(line), line.net, _SHARE), book, packed)
            is_below = line.net < 0
            lines[str(pos)] = {
                "quantity": less(NOTHING, 1) if is_below else int(quantity_of(line)),
                "unit_price": less(NOTHING, net) if is_below else net,
                "net": net,
                "tax_rate": look("tables.json", "tax", tax_row_of(line)),
            }
        packed.put("steps.json", {"steps": packed.steps, "lines": lines})

    def _net(self, line: PayeeDocumentLine) -> Step:
        """Say how the net amount of a line comes about."""
        sold = self._sold.get((line.invoice, line.pos))
        if sold is None:  # of a document that is taken back, or issued anew
            again = self._look_billed(lambda was: (was.invoice, was.pos) == (line.invoice, line.pos))
            step = plus(again[-1:])
            return step if self._book.comes_to(step, line.net) else less(NOTHING, step)
        if sold.line.proof.credit is not None:
            return self._given_back(line, sold)
        if sold.line.corrects is not None:
            return self._corrected(line, sold)
        together = {place: self._shared(beside) for place, beside in self._sold.items()}
        return self._shares.of(together[sold.invoice, sold.pos], list(together.values()))

    def _shared(self, sold: SoldLine) -> SharedLine:
        contract = self._contract(sold.by, sold.line.charge)
        return SharedLine(_named(sold), sold.line, contract, _days(self._work[0]), lambda: self._counted(sold))

    def _contract(self, by: Contract, charge: str) -> Contract:
        return self._terms.with_charge(by, charge) or by

    def _counted(self, sold: SoldLine) -> Step:
        """Copy how a quantity was counted out of the proof of the customer's document."""
        stored = next(stored for stored in self._work if stored.row.id == sold.invoice)
        if sold.invoice not in self._customers:
            of_customer = StepBook()
            self._customers[sold.invoice] = of_customer, invoice_steps(self._session, stored, of_customer)
        of_customer, lines = self._customers[sold.invoice]
        return copied(lines[str(sold.pos - stored.before)]["quantity"], of_customer, self._book, f"{sold.number}/")

    def _corrected(self, line: PayeeDocumentLine, sold: SoldLine) -> Step:
        """What is its own by now of a charge, less what documents before said; of several lines each its part."""

        def of_charge(was: PayeeDocumentLine) -> bool:
            return (was.about, was.charge) == (line.about, line.charge)

        def of_line(was: PayeeDocumentLine) -> bool:
            return _key(was) == _key(line)

        is_alone = self._corrects_alone(line)
        for among in (of_charge, of_line) if is_alone else (of_line,):
            before = plus(self._look_billed(among))
            for now in self._owed(line, sold, whole=among is of_charge):
                if self._book.comes_to(step := less(now, before), line.net):
                    return step
        among = of_charge if is_alone else of_line
        billed = sum((was.net for was in self._before.values() if among(was)), Decimal(0))
        return less(["stated", plain(line.net + billed), _BY_NOW], plus(self._look_billed(among)))

    def _corrects_alone(self, line: PayeeDocumentLine) -> bool:
        """Tell whether no more than one line that was sold corrects the charge of a line."""
        correcting = [
            sold
            for sold in self._sold.values()
            if sold.line.charge == line.charge
            and sold.line.corrects is not None
            and sold.line.corrects.invoice == line.about
            and sold.line.proof.credit is None
        ]
        return len(correcting) == 1

    def _owed(self, line: PayeeDocumentLine, sold: SoldLine, *, whole: bool) -> list[Step]:
        """List what may be its own by now: of the charge as it is rated again, or of the line."""
        owed = [
            (f"owed of {line.corrects or line.number}: {line.about}/{at}", *again)
            for at, again in enumerate(self._rated_again(sold, line.about), start=1)
        ]
        together = [SharedLine(named, now, self._contract(by, now.charge), days) for named, now, by, days in owed]
        own = [
            shared
            for shared in together
            if shared.line.charge == line.charge and (whole or shared.line.key == sold.line.key)
        ]
        return [plus(self._shares.of(shared, together) for shared in own), NOTHING]

    def _rated_again(self, sold: SoldLine, about: int) -> Sequence[_RatedAgain]:
        """Rate the period that a line corrects again, by what the correction knew of it."""
        if self._again is None:
            by_id = {version.id: version.contract for version in self._versions}
            self._again = {
                original.work: [
                    (now, by_id.get(now.proof.version_id or 0, sold.by), _days(original)) for now in outcome.lines
                ]
                for _, again in computed_again(self._session, [self._work[0].row.id])
                for original, _, outcome in again.ratings
            }
        return self._again.get(about, [])

    def _given_back(self, line: PayeeDocumentLine, sold: SoldLine) -> Step:
        """What a credit note gives back is divided as the line is of which it gives back."""
        credit, places = sold.line.proof.credit, exponent(self._row.currency)
        if credit is None:
            return None
        whole = self._shares.net(self._shared(sold))
        was = self._look_billed(
            lambda was: (was.number, was.pos, was.charge) == (credit.number, credit.line, line.charge)
        )
        self._credits[_named(sold)] = {"line_net": credit.line_net}
        self._book.put("credit.json", self._credits)
        of = look("credit.json", _named(sold), "line_net")
        for own in was[:1]:
            for parts, at in (([own, less(of, own)], 0), ([less(of, own), own], 1)):
                if self._book.comes_to(step := ["share", whole, parts, at, places], line.net):
                    return step
        return ["stated", plain(line.net), _GIVEN_BACK]

    def _look_billed(self, among: Callable[[PayeeDocumentLine], bool]) -> list[Step]:
        """Look up what the payee's documents before said, of some lines."""
        steps = list[Step]()
        for named, was in self._before.items():
            if among(was):
                self._billed[named] = {"net": plain(was.net)}
                steps.append(look("billed.json", named, "net"))
        if steps:
            self._book.put("billed.json", self._billed)
        return steps


def _named(sold: SoldLine) -> str:
    return f"{sold.number}/{sold.pos}"


def _days(stored: StoredInvoice) -> tuple[int, int]:
    """How many days of its period a document bills, and how many the whole period has."""
    days, whole = stored.row.inputs.period, stored.row.inputs.whole_period
    return (days.after_last - days.first).days, (whole.after_last - whole.first).days


def _key(line: PayeeDocumentLine) -> tuple[object, ...]:
    return line.about, line.charge, line.label, line.service


def _lines_before(session: Session, row: PayeeDocumentRow) -> dict[str, PayeeDocumentLine]:
    """Find what the documents of the same payee said before of the same pieces of work, by number and line."""
    earlier = PayeeDocumentRow
    about = col(earlier.about).overlap(sorted(row.about))  # type: ignore[attr-defined]
    chosen = (
        select(earlier)
        .join(InvoiceRow, within_tenant(InvoiceRow.id, earlier.invoice_id))
        .where(earlier.contract_id == row.contract_id, earlier.payee_id == row.payee_id, earlier.leg == row.leg)
        .where(earlier.invoice_id < row.invoice_id, about)
    )
    counts = col(InvoiceRow.counts_until)
    chosen = chosen.where(counts.is_(None) | (counts >= row.invoice_id)).order_by(col(earlier.id))
    return {
        f"{before.number}/{pos}": line
        for before in session.exec(chosen)
        for pos, line in enumerate(before.content.lines, start=1)
    }
