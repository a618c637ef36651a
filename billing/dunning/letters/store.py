"""A letter ⇄ its row; and with it the document that claims for the delay, or gives back, and the way to its customer.

All of it is written in the transaction that writes the steps: a kill leaves all or none of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from billing.dunning.claim import lines_of, record_of
from billing.dunning.known.store import KnownDunning, newest_claims
from billing.dunning.letter import WrittenLetter, letter_name, number_of_letter
from billing.dunning.steps import LateClaim, MadeStep, severest, step_at
from billing.dunning.tables import DunningStepRow, LateClaimRow
from billing.invoices import store as invoices
from billing.invoices.invoice import total
from billing.invoices.made_out import MakingOut
from billing.invoices.store import Draft, InvoiceKind
from billing.issuing import issue
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.issued import AccountKey, by_key
from billing.receivables.standings import standings_now
from billing.receivables.store import NewPayment, record_payment
from billing.records.dunning import DunningLetterContent, LateClaimsRecord, LetteredDocument
from billing.records.inputs import Days, InvoiceInputs
from billing.records.invoicing import InvoicingRecord
from billing.tables import DeliveryRow, DunningLetterRow, InvoiceRow
from contracts import store as contracts
from contracts.delivery_terms import DeliveryWay
from contracts.dunning_terms import DunningKind
from contracts.invoicing import InvoiceForm
from contracts.party_profiles.store import known_profiles
from contracts.schedule import BillingPeriod
from quantities.errors import NotFound

_A_DAY = timedelta(days=1)
_NOTHING = Decimal(0)
CORRECTION = "correction"
#: Between the addresses of a delivery.
_BETWEEN = ", "


class UnknownDunningLetter(NotFound):
    """There is no such letter here."""


@dataclass(frozen=True, slots=True)
class DocumentInLetter:
    """What a letter does about a document.

    Attributes:
        known: the document.
        claim: what is claimed of its delay, or given back; None where nothing is.
        place: of the step that is made; None where steps are withdrawn, or interest given back.
        withdrawn: steps that are withdrawn.
    """

    known: KnownDunning
    claim: LateClaim | None = None
    place: int | None = None
    withdrawn: tuple[MadeStep, ...] = ()

    @property
    def kind(self) -> DunningKind | None:
        """Of the step that is made."""
        return None if self.place is None else step_at(self.known.terms, self.place).kind


def write_letter(
    session: Session, key: AccountKey, documents: Sequence[DocumentInLetter], now: datetime
) -> DunningLetterRow:
    """Write one letter over several documents of an account, with its claim, its steps, and its delivery.

    Args:
        session: states the tenant; the account is locked.
        key: of the account.
        documents: the oldest first; all of them make steps, or all of them withdraw.
        now: the instant.
    """
    newest, today = documents[-1].known, documents[0].known.today
    made = [document.kind for document in documents if document.kind is not None]
    claim = _issue_claim(session, documents, today, now)
    letter = DunningLetterRow(
        issuer_id=key.issuer_id,
        customer_id=key.customer_id,
        currency=key.currency,
        kind=severest(made).value if made else CORRECTION,
        written_on=today,
        claim_id=None if claim is None else claim.id,
        content=DunningLetterContent(
            supplier=newest.invoice.inputs.supplier,
            customer=newest.invoice.inputs.customer,
            invoicing=newest.invoice.inputs.invoicing,
            zone=newest.invoice.inputs.zone,
            documents=_listed(session, documents, now),
            claim=None if claim is None else claim.number,
            to=addresses_of(newest),
        ),
        made_at=now,
    )
    session.add(letter)
    session.flush()
    _write_steps(session, documents, letter, today)
    _deliver(session, letter, now)
    session.flush()
    return letter


def addresses_of(known: KnownDunning) -> tuple[str, ...]:
    """To which mail addresses letters about a document go; none where a person sends them."""
    if known.terms.to:
        return known.terms.to
    invoicing = known.invoice.inputs.invoicing
    delivery = None if invoicing is None else invoicing.terms.delivery
    is_mail = delivery is not None and delivery.way in {DeliveryWay.MAIL, DeliveryWay.LINK}
    return delivery.to if delivery is not None and is_mail else ()


def _listed(session: Session, documents: Sequence[DocumentInLetter], now: datetime) -> tuple[LetteredDocument, ...]:
    stands = standings_now(session, [document.known.invoice for document in documents], now)
    withdrawn = _letters_of_steps(session, [step.id for document in documents for step in document.withdrawn])
    listed = list[LetteredDocument]()
    for document in documents:
        invoice, claim = document.known.invoice, document.claim
        standing = stands[invoice.id]
        first = document.withdrawn[0].id if document.withdrawn else None
        listed.append(
            LetteredDocument(
                invoice=invoice.id,
                number=invoice.number or "",
                contract=invoice.inputs.contract,
                issued_on=invoice.issued_on or document.known.today,
                due_on=document.known.late.due_on,
                days_late=max(0, (document.known.today - document.known.late.due_on).days) if document.kind else 0,
                gross=invoice.gross,
                open=standing.open,
                disputed=standing.disputed,
                step=document.kind.value if document.kind is not None else CORRECTION,
                withdrawn=None if first is None else letter_name(withdrawn[first]),
                fee=_NOTHING if claim is None else claim.fee,
                interest=_NOTHING if claim is None else claim.interest,
            )
        )
    return tuple(listed)


def _letters_of_steps(session: Session, steps: Sequence[int]) -> dict[int, int]:
    row = DunningStepRow
    chosen = select(row.id, row.letter_id).where(col(row.id).in_(steps))
    return dict(session.exec(chosen).all()) if steps else {}


def _write_steps(
    session: Session, documents: Sequence[DocumentInLetter], letter: DunningLetterRow, today: date
) -> None:
    for document in documents:
        if document.withdrawn:
            row, keys = DunningStepRow, [step.id for step in document.withdrawn]
            for step in session.exec(select(row).where(col(row.id).in_(keys))):
                step.withdrawn_id = letter.id
        if document.place is not None and document.kind is not None:
            session.add(
                DunningStepRow(
                    invoice_id=document.known.invoice.id,
                    customer_id=letter.customer_id,
                    place=document.place,
                    kind=document.kind.value,
                    made_on=today,
                    fee=_NOTHING if document.claim is None else document.claim.fee,
                    letter_id=letter.id,
                )
            )


def _deliver(session: Session, letter: DunningLetterRow, now: datetime) -> None:
    if letter.content.to:
        session.add(
            DeliveryRow(
                dunning_letter_id=letter.id,
                customer_id=letter.customer_id,
                way=DeliveryWay.MAIL.value,
                address=_BETWEEN.join(letter.content.to),
                next_at=now,
                asked_at=now,
            )
        )


def _issue_claim(
    session: Session, documents: Sequence[DocumentInLetter], today: date, now: datetime
) -> InvoiceRow | None:
    """Issue the document that claims of the delay of others, or gives back; None where nothing is claimed.

    It is by the newest document's version and parties, as a PDF, and nothing follows by itself where it is not paid.
    What gives back is set off against what claimed, as far as that is open.
    """
    claiming = [document for document in documents if document.claim is not None and document.claim.amount]
    if not claiming:
        return None
    corrects = newest_claims(session, [document.known.invoice.id for document in claiming])
    record = LateClaimsRecord(
        on=today,
        claims=tuple(
            record_of(document.known.claimed_document(corrects.get(document.known.invoice.id)), document.claim)
            for document in claiming
            if document.claim is not None
        ),
    )
    (saved,) = invoices.save(session, [_draft(session, claiming, record, now)], now)
    issue(session, [saved], now)
    for document, claim in zip(claiming, record.claims, strict=True):
        session.add(
            LateClaimRow(
                claim_id=saved.work,
                invoice_id=claim.invoice,
                customer_id=document.known.invoice.customer_id,
                fee=claim.fee,
                interest=claim.interest,
                through=claim.through,
            )
        )
    session.flush()
    issued = by_key(session, [saved.work])[saved.work]
    session.refresh(issued)
    if issued.gross < 0:
        _set_off(session, issued, record, now)
    return issued


def _draft(session: Session, claiming: Sequence[DocumentInLetter], record: LateClaimsRecord, now: datetime) -> Draft:
    about = claiming[-1].known.invoice
    version = contracts.by_id(session, about.version_id)
    contract = version.contract
    lines = lines_of(record, contract.currency)
    first = min(line.service_first for line in lines)
    after = max(record.on, *(line.service_after_last for line in lines))
    making_out = MakingOut(now, known_profiles(session, [version.supplier_id, version.customer_id]))
    return Draft(
        kind=InvoiceKind.LATE,
        version=version,
        period=BillingPeriod(first, after, first, after),
        lines=lines,
        totals=total(lines, contract.currency),
        watermark=about.watermark,
        inputs=InvoiceInputs(
            contract=contract.contract,
            version_id=version.id,
            version_number=version.number,
            watermark=about.watermark,
            zone=contract.zone,
            period=Days(first, after),
            whole_period=Days(first, after),
            supplier=contract.supplier,
            customer=contract.customer,
            payment_days=contract.settings.payment_days,
            late=record,
            invoicing=as_pdf(making_out.of_contract(contract, contract.supplier)),
        ),
        ratings=(),
    )


def as_pdf(made_out: InvoicingRecord | None) -> InvoicingRecord | None:
    """How a claim is made out: it is no invoice, so it is a PDF; its letter takes it along, and nothing collects it."""
    if made_out is None:
        return None
    alone = {"form": InvoiceForm.PDF, "delivery": None, "collection": None, "dunning": None}
    return made_out.model_copy(update={"terms": made_out.terms.model_copy(update=alone)})


def _set_off(session: Session, credit: InvoiceRow, record: LateClaimsRecord, now: datetime) -> None:
    """Set what gives back off against what claimed, the oldest first, as far as that is open."""
    left = -credit.payable
    claims = by_key(session, {claim.corrects.invoice for claim in record.claims if claim.corrects is not None})
    stands = standings_now(session, list(claims.values()), now)
    allocations = list[AllocatedAmount]()
    for key in sorted(claims):
        taken = min(left, max(_NOTHING, stands[key].open))
        if taken:
            allocations.append(AllocatedAmount(claims[key].number or "", taken))
            left -= taken
    given = sum((one.amount for one in allocations), _NOTHING)
    if not given:
        return
    parties = credit.inputs
    payment = NewPayment(
        customer=parties.customer.name,
        supplier=parties.supplier.name,
        currency=credit.currency,
        amount=_NOTHING,
        received_on=credit.issued_on or record.on,
        reference=f"set off {credit.number}",
        allocations=(*allocations, AllocatedAmount(credit.number or "", -given)),
    )
    record_payment(session, payment, by="dunning", at=now)


def written_letter(row: DunningLetterRow) -> WrittenLetter:
    """Read a letter of its row."""
    return WrittenLetter(
        id=row.id,
        kind=row.kind,
        currency=row.currency,
        written_on=row.written_on,
        content=row.content,
        made_at=row.made_at,
        claim_id=row.claim_id,
    )


def letter(session: Session, number: int) -> WrittenLetter:
    """Read a letter.

    Raises:
        UnknownDunningLetter: none of that number is visible here.
    """
    known = letters(session, [number])
    if number not in known:
        raise UnknownDunningLetter(f"there is no letter {number} here", found=number)
    return known[number]


def letters(session: Session, numbers: Collection[int]) -> dict[int, WrittenLetter]:
    """Read letters by their numbers; those that are not visible here are left out."""
    if not numbers:
        return {}
    chosen = select(DunningLetterRow).where(col(DunningLetterRow.id).in_(sorted(numbers)))
    return {row.id: written_letter(row) for row in session.exec(chosen)}


def letter_of_name(session: Session, name: str) -> WrittenLetter | None:
    """Find a letter by its name, as D-12; None where it is the name of none."""
    number = number_of_letter(name)
    return None if number is None else letters(session, [number]).get(number)
