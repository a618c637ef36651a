"""Dividing: the documents between the supplier and its payees that one piece of work comes to.

    lines of customers' documents → the part of each payee → by what the seller's law has of corrections → documents

In the supplier's own name a payee sells to it: a self-billed invoice (389), or a credit note (261) where it comes to
less than nothing. In the owner's name the supplier sells its commission (380, 381, 384). How what is issued is
corrected is the law of the seller, whatever that of the customer's document is:

    adjustment_line                 joins the next document of its kind, and names the one that it corrects
    credit_note, corrective_series  a document of its own for each that is corrected
    credit_note_and_replacement     all of the corrected one taken back, and issued anew
    red_letter                      what is taken back on a document of its own; what is owed beyond joins the next

What gives back by hand is a document of its own everywhere but where corrections are lines.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

from billing.invoices.division import PLACE_OF_NATURE, DocumentPlace, is_joined
from billing.invoices.invoice import Totals
from billing.payees.documents.paper import EarlierPaper, PayeePaper, SellerLaw, SellerLaws, SharedTerms, SoldLine
from billing.payees.legs import LegKind
from billing.payees.parts import PartOfLine
from billing.payees.supplies import commission_supply, purchase_supply
from billing.records.document_type import CorrectionManner, DocumentRules, DocumentType
from billing.records.inputs import Days
from billing.records.payee_document import AnswerOfLaw, PayeeDocumentContent, PayeeDocumentLine, PayeeTaxRecord
from billing.sources.shipped import of_tax, token_of_decision
from billing.tax.decision import Deciding, Supply
from billing.tax.jurisdiction import TaxRounding
from billing.tax.tax import UNTAXED, TaxCategory, TaxedAmount, TaxGroup, breakdown, breakdown_by_line
from contracts.parties import Party
from contracts.rated_line import Nature
from contracts.sharing.payees import Payee, SoldIn
from contracts.taxed import TaxPaper
from quantities.arithmetic import added
from quantities.errors import Conflict

#: The letters of the series of what is made out for a payee, and of commissions, where the law states none: documents
#: that the payee numbers itself, and those for customers, are in other series.
_LETTERS: Mapping[LegKind, str] = MappingProxyType({LegKind.PURCHASE: "SB", LegKind.COMMISSION: "COM"})
#: By whose letters a series for what corrects is told, where the law has one of its own for the plain type.
_PLAIN = MappingProxyType(
    {
        DocumentType.SELF_BILLED: DocumentType.CORRECTED,
        DocumentType.SELF_BILLED_CREDIT_NOTE: DocumentType.CREDIT_NOTE,
    }
)


class SelfBillingNotAgreed(Conflict):
    """No agreement lets the supplier make out the payee's document."""


@dataclass(frozen=True, slots=True)
class _PartOfLeg:
    """What of a line is sold on a leg.

    Attributes:
        sold: the line.
        part: its shares.
        net: what is sold of it.
        supply: between both, as far as tax asks.
        agreement: that lets the supplier write it, if one holds on its tax point.
        is_written: whether the supplier makes documents out for this leg.
    """

    sold: SoldLine
    part: PartOfLine
    net: Decimal
    supply: Supply
    agreement: TaxPaper | None
    is_written: bool

    @property
    def is_by_hand(self) -> bool:
        return self.sold.line.proof.credit is not None

    @property
    def takes_back(self) -> bool:
        adjusts = self.sold.line.proof.adjusts
        return adjusts is not None and bool(adjusts.takes_back)

    @property
    def about(self) -> int:
        corrects = self.sold.line.corrects
        return self.sold.work if corrects is None else corrects.invoice

    def line(self, deciding: Deciding) -> PayeeDocumentLine:
        line, law = self.sold.line, None
        tax = self.part.tax(line.tax)
        if not self.part.is_untaxed:
            decision = deciding(self.supply, line.tax_point)
            question = of_tax(self.supply, line.tax_point).about
            law, tax = AnswerOfLaw(question=question, answer=token_of_decision(decision)), decision.tax
        return PayeeDocumentLine(
            invoice=self.sold.invoice,
            number=self.sold.number,
            pos=self.sold.pos,
            charge=line.charge,
            label=line.label,
            nature=line.nature.value,
            service=Days(line.service_first, line.service_after_last),
            tax_point=line.tax_point,
            category=tax.category.value,
            rate_percent=tax.rate,
            reason=tax.reason,
            law=law,
            net=self.net,
            about=self.about,
        )


@dataclass(frozen=True, slots=True)
class _LegOfWork:
    """All that a piece of work sells on one leg."""

    kind: LegKind
    seller: Party
    buyer: Party
    payee: Payee
    parts: list[_PartOfLeg] = field(default_factory=list)


#: The place; of what corrects by itself, the number that it corrects; and what keeps it apart from what is taxed.
_Key: TypeAlias = tuple[DocumentPlace, str, str]
#: What a correction looks for: the piece of work it is about, the nature of its amounts, and the charge, or any.
_Subject: TypeAlias = tuple[int, str, str]


def papers_of(
    lines: Sequence[SoldLine],
    terms: SharedTerms,
    laws: SellerLaws,
    deciding: Deciding,
    earlier: Sequence[EarlierPaper] = (),
) -> tuple[PayeePaper, ...]:
    """Divide the lines of one piece of work into documents between the supplier and payees.

    Args:
        lines: of all customers' documents of the work, in order.
        terms: who the payees are, by the versions known then.
        laws: by country of a seller.
        deciding: how a supply is taxed on a day.
        earlier: the documents of the contract that were issued before, in the order of their issue.

    Returns:
        In the order in which they are numbered; without any, where nobody shares, or each payee sends its own.

    Raises:
        SelfBillingNotAgreed: the agreement with a payee does not hold on the tax point of what it supplies.
        SharesDoNotAddUp: a line's shares are not its net.
        NoTaxRule: a supply cannot be taxed (others: ``billing.tax.decision.decide``).
    """
    papers: list[PayeePaper] = []
    for leg in _legs(lines, terms):
        of_leg = [paper for paper in earlier if (paper.leg, paper.payee) == (leg.kind, leg.payee.name)]
        papers += _papers(leg, terms, laws[leg.seller.country], deciding, of_leg)
    return tuple(papers)


def seller_countries(versions: Iterable[SharedTerms]) -> frozenset[str]:
    """Name the countries of all who may sell something to another than the customer."""
    return frozenset(
        side.country
        for terms in versions
        for one in (terms.contract, *terms.versions)
        if one.sharing is not None
        for side in (one.supplier, *one.sharing.payees)
    )


def _legs(lines: Sequence[SoldLine], terms: SharedTerms) -> Iterable[_LegOfWork]:
    """Put together what each payee sells to the supplier, or buys of it, in the order of the lines."""
    legs: dict[tuple[LegKind, str], _LegOfWork] = {}
    for sold in lines:
        by = terms.with_charge(sold.by, sold.line.charge)
        if by is None or not sold.line.payees:
            continue
        part = PartOfLine.of(by, sold.line)
        for kind, payee, net in _sold(part, terms):
            supplier = terms.contract.supplier
            sides = (payee, supplier) if kind is LegKind.PURCHASE else (supplier, payee)
            seller, buyer = (side.as_party for side in sides)
            leg = legs.setdefault((kind, payee.name), _LegOfWork(kind, seller, buyer, _newest(terms, payee)))
            leg.parts.append(_part(sold, part, kind, payee, net, terms))
    return legs.values()


def _newest(terms: SharedTerms, payee: Payee) -> Payee:
    known = terms.describing(terms.contract, payee.name)
    return payee if known is None else known[1]


def _sold(part: PartOfLine, terms: SharedTerms) -> Iterator[tuple[LegKind, Payee, Decimal]]:
    """List what of a line is sold between the supplier and a payee: on which leg, and its net amount.

    A line keeps in whose name it was sold. One that takes back what was sold in the supplier's own name, by a version
    that sells in the owner's, corrects what was made out for the payee, where anything was.
    """
    if part.line.seller:
        known = terms.describing(part.contract, part.line.seller)
        if known is not None and part.own:
            yield LegKind.COMMISSION, known[1], part.own
        return
    for name, share in part.shares.items():
        known = terms.describing(part.contract, name)
        if known is not None and share and (known[0].sold_in is SoldIn.OWN_NAME or part.line.corrects is not None):
            yield LegKind.PURCHASE, known[1], share


def _part(
    sold: SoldLine, part: PartOfLine, kind: LegKind, payee: Payee, net: Decimal, terms: SharedTerms
) -> _PartOfLeg:
    if kind is LegKind.COMMISSION:
        return _PartOfLeg(sold, part, net, commission_supply(part.contract, payee), None, is_written=True)
    agreed = (known.agreement for known in (payee, *terms.papers_of(payee.name)))
    holding = (one for one in agreed if one is not None and one.holds(sold.line.tax_point))
    supply = purchase_supply(part.contract, part.charge, payee)
    in_own_name = (terms.describing(part.contract, payee.name) or (None,))[0]
    is_written = bool(payee.self_billed) and in_own_name is not None and in_own_name.sold_in is SoldIn.OWN_NAME
    return _PartOfLeg(sold, part, net, supply, next(holding, None), is_written=is_written)


def _papers(
    leg: _LegOfWork, terms: SharedTerms, law: SellerLaw, deciding: Deciding, earlier: Sequence[EarlierPaper]
) -> Iterator[PayeePaper]:
    """Divide what is sold on a leg into documents."""
    standing, manner = _standing(earlier), law.rules.correction
    by_place: dict[_Key, list[PayeeDocumentLine]] = {}
    corrected: dict[_Key, list[_Correcting]] = {}
    agreements: dict[TaxPaper, None] = {}
    for part in leg.parts:
        line = part.line(deciding)
        before = next((standing[subject] for subject in _subjects(line) if subject in standing), None)
        if before is None and not (part.is_written and (law.is_self_billed or leg.kind is LegKind.COMMISSION)):
            continue
        if leg.kind is LegKind.PURCHASE and before is None and part.agreement is None:
            raise _not_agreed(leg, part)
        if part.agreement is not None:
            agreements[part.agreement] = None
        if before is None:
            by_place.setdefault((_own_place(line), "", _apart(line)), []).append(line)
            continue
        line = line.model_copy(update={"corrects": before.number})
        if is_joined(line.net, manner):
            place = PLACE_OF_NATURE[Nature(line.nature).kind]
            place = DocumentPlace.PRICE if place is DocumentPlace.PREPAYMENT else place
            by_place.setdefault((place, "", _apart(line)), []).append(line)
        else:
            key = (DocumentPlace.TAKEN_BACK, before.number, _apart(line))
            corrected.setdefault(key, []).append(_Correcting(line, before, part))
    for key, correcting in corrected.items():
        for place, of_place in _correcting(correcting, manner).items():
            by_place.setdefault((place, *key[1:]), []).extend(of_place)
    taken_back = {key[1:] for key, correcting in corrected.items() if _takes_back(correcting, manner)}
    for key in sorted(by_place):
        whole = key[1] if key[1:] in taken_back else None
        yield _paper(leg, terms, law, (key, by_place[key]), tuple(agreements), whole)


@dataclass(frozen=True, slots=True)
class _Correcting:
    """A line that corrects, with the document that it corrects."""

    line: PayeeDocumentLine
    before: EarlierPaper
    part: _PartOfLeg


def _takes_back(correcting: Sequence[_Correcting], manner: CorrectionManner) -> bool:
    return manner.takes_back_whole and not all(one.part.is_by_hand for one in correcting)


def _correcting(
    correcting: Sequence[_Correcting], manner: CorrectionManner
) -> Mapping[DocumentPlace, Sequence[PayeeDocumentLine]]:
    """Divide what corrects one document by itself.

    Where documents are taken back as a whole, and the customer's was not, because the law of its issuer is another, all
    lines of the payee's are taken back here, and stand once more on the new one, with what corrects them.
    """
    lines = [one.line for one in correcting]
    if not _takes_back(correcting, manner):
        return {DocumentPlace.TAKEN_BACK: lines}
    back = [one.line for one in correcting if one.part.takes_back]
    if back:
        return {
            DocumentPlace.TAKEN_BACK: back,
            DocumentPlace.BILLED_ANEW: [one.line for one in correcting if not one.part.takes_back],
        }
    before = correcting[0].before
    again = [line.model_copy(update={"corrects": before.number}) for line in before.lines]
    return {
        DocumentPlace.TAKEN_BACK: [line.model_copy(update={"net": -line.net}) for line in again],
        DocumentPlace.BILLED_ANEW: [*again, *lines],
    }


def _standing(earlier: Sequence[EarlierPaper]) -> Mapping[_Subject, EarlierPaper]:
    """Find for each that was billed the document that corrections name: its first, or the newest that replaces it."""
    standing: dict[_Subject, EarlierPaper] = {}
    for paper in earlier:
        for subject in (subject for line in paper.lines for subject in _subjects(line)):
            if paper.replaces:
                standing[subject] = paper
            elif not paper.takes_back:
                standing.setdefault(subject, paper)
    return standing


def _subjects(line: PayeeDocumentLine) -> tuple[_Subject, _Subject]:
    """Name what a line is about, the nearer first: of a new charge, what has amounts of its nature is corrected."""
    nature = f"{Nature(line.nature).kind} {_apart(line)}"
    return (line.about, nature, line.charge), (line.about, nature, "")


def _apart(line: PayeeDocumentLine) -> str:
    """Name what keeps a line apart: what is outside of tax shares a document with nothing else (BR-O-11)."""
    kind = Nature(line.nature).kind
    if kind in UNTAXED:
        return kind.value
    return "outside" if line.category == TaxCategory.OUT_OF_SCOPE else ""


def _own_place(line: PayeeDocumentLine) -> DocumentPlace:
    kind = Nature(line.nature).kind
    if kind is Nature.PREPAYMENT and line.net < 0:
        kind = Nature.CONSIDERATION  # what is drawn of a prepayment stands with what is drawn on it
    return PLACE_OF_NATURE[kind]


def _not_agreed(leg: _LegOfWork, part: _PartOfLeg) -> SelfBillingNotAgreed:
    on = part.sold.line.tax_point
    detail = f"no agreement lets {leg.buyer.name} make out an invoice of {leg.seller.name} of {on}"
    return SelfBillingNotAgreed(detail, place="sharing/payees", found=str(on), expected="an agreement of that day")


def _paper(
    leg: _LegOfWork,
    terms: SharedTerms,
    law: SellerLaw,
    placed: tuple[_Key, Sequence[PayeeDocumentLine]],
    agreements: tuple[TaxPaper, ...],
    whole: str | None,
) -> PayeePaper:
    """Make a document of lines; ``whole`` is the number of what one takes back as a whole, and another issues anew."""
    (place, *_), lines = placed
    totals = totals_of_lines(lines, terms.contract.currency, law.level)
    document_type = _type(leg.kind, lines)
    content = PayeeDocumentContent(
        contract=terms.contract.contract,
        version_id=terms.version_id,
        payee=leg.payee.name,
        seller=leg.seller,
        buyer=leg.buyer,
        made_out_by=terms.contract.supplier.name,
        agreements=agreements,
        payment_days=terms.contract.settings.payment_days,
        documents=law.rules,
        rounded_at=None if law.level is TaxRounding.RATE else law.level,
        takes_back=whole if place is DocumentPlace.TAKEN_BACK else None,
        replaces=whole if place is DocumentPlace.BILLED_ANEW else None,
        lines=tuple(lines),
        taxes=tuple(_tax(group) for group in totals.groups),
    )
    return PayeePaper(leg.kind, document_type, letters_of(leg.kind, document_type, lines, law.rules), content, totals)


def _type(kind: LegKind, lines: Sequence[PayeeDocumentLine]) -> DocumentType:
    is_below = added(line.net for line in lines) < 0
    if kind is LegKind.PURCHASE:
        return DocumentType.SELF_BILLED_CREDIT_NOTE if is_below else DocumentType.SELF_BILLED
    if is_below:
        return DocumentType.CREDIT_NOTE
    return DocumentType.CORRECTED if _corrects_alone(lines) else DocumentType.INVOICE


def _corrects_alone(lines: Sequence[PayeeDocumentLine]) -> bool:
    return all(line.corrects is not None for line in lines)


def letters_of(
    kind: LegKind, document_type: DocumentType, lines: Sequence[PayeeDocumentLine], rules: DocumentRules
) -> str:
    """Name the letters of the series of a document: the law's for its type, or our own with those for what corrects."""
    stated = rules.series.get(document_type.in_words, "")
    if kind is LegKind.PURCHASE and stated:
        return stated
    plain = _PLAIN.get(document_type, document_type)
    further = rules.series.get(plain.in_words, "") if _corrects_alone(lines) else ""
    return f"{_LETTERS[kind]}{further}"


def totals_of_lines(lines: Sequence[PayeeDocumentLine], currency: str, level: TaxRounding) -> Totals:
    """Total the lines of a document: tax is rounded once for each category and rate, or at each line."""
    amounts = [TaxedAmount(line.tax, line.net) for line in lines]
    groups = (breakdown if level is TaxRounding.RATE else breakdown_by_line)(amounts, currency)
    net, vat = added(line.net for line in lines), added(group.amount for group in groups)
    return Totals(net, vat, net + vat, groups)


def _tax(group: TaxGroup) -> PayeeTaxRecord:
    return PayeeTaxRecord(
        category=group.tax.category.value,
        rate_percent=group.tax.rate,
        reason=group.tax.reason,
        taxable=group.taxable,
        tax=group.amount,
    )
