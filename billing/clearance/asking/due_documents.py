"""What is asked of what is due: documents written by themselves or together, and those that are held, with why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.clearance.duty import ClearanceDuty, NoDuty, why_not_cleared
from billing.clearance.fapiao.split import Fapiao, fapiao_of
from billing.clearance.ksef.codes import hand_in_by
from billing.clearance.ksef.fa3 import fa3
from billing.clearance.ksef.kinds import CitedInKsef, kind_of
from billing.clearance.ksef.parties import seller_nip
from billing.clearance.port import CoveredDocument, ToClear
from billing.documents.model.business_document import BusinessDocument
from billing.records.document_type import DocumentType
from quantities.errors import UsufructError, slug


@dataclass(frozen=True, slots=True)
class DueDocument:
    """A document that may have to be cleared.

    Attributes:
        document: what it says.
        issuer_id: whose it is.
        customer_id: who gets it.
        invoice_id: its key, of an invoice.
        payee_document_id: its key, of a document between the supplier and a payee.
        held_lines: the positions of its lines that the state was asked about already.
    """

    document: BusinessDocument
    issuer_id: int
    customer_id: int
    invoice_id: int | None = None
    payee_document_id: int | None = None
    held_lines: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document that is due and cannot be written: the refusal's name, its detail, and the field."""

    number: str
    code: str
    detail: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class ExemptDocument:
    """A document that the state does not clear."""

    number: str
    why: NoDuty


def held(number: str, refusal: UsufructError) -> HeldDocument:
    """Say why a document is held, in the words of the refusal."""
    return HeldDocument(number, slug(type(refusal)), str(refusal), str(refusal.members.get("place", "")))


def sifted(documents: Iterable[DueDocument], duty: ClearanceDuty) -> tuple[list[DueDocument], list[ExemptDocument]]:
    """Tell what a state clears from what it does not."""
    due, exempt = list[DueDocument](), list[ExemptDocument]()
    for one in documents:
        why = why_not_cleared(one.document, duty)
        if why is None:
            due.append(one)
        else:
            exempt.append(ExemptDocument(one.document.number, why))
    return due, exempt


def for_ksef(
    document: BusinessDocument, made_at: datetime, cited: Mapping[str, CitedInKsef], *, offline: bool
) -> ToClear:
    """Write a document for KSeF.

    Raises:
        UsufructError: ``fa3`` says which.
    """
    content = fa3(document, made_at, cited)
    return ToClear(
        kind=kind_of(document, cited).value,
        seller=seller_nip(document.seller),
        documents=(CoveredDocument(document.number, tuple(line.pos for line in document.lines)),),
        net=document.totals.net,
        tax=document.totals.tax,
        content=content,
        hand_in_by=hand_in_by(document.issued_on) if offline and document.issued_on is not None else None,
    )


def for_fapiao(documents: Sequence[DueDocument]) -> list[ToClear]:
    """Write documents of one seller to one customer as fapiao; what is asked for already is left out.

    Raises:
        UsufructError: ``fapiao_of`` says which.
    """
    without = {one.document.number: one.held_lines for one in documents}
    return [_asked(one) for one in fapiao_of([one.document for one in documents], without=without)]


def _asked(fapiao: Fapiao) -> ToClear:
    covered = tuple(CoveredDocument(number, fapiao.positions(number)) for number in fapiao.documents)
    return ToClear(fapiao.kind.value, fapiao.seller_uscc, covered, fapiao.net, fapiao.tax, fapiao)


def is_red(document: BusinessDocument) -> bool:
    """Whether a document takes something back, and is a red one in China."""
    return document.document_type in {DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE}


def together(documents: Sequence[DueDocument], *, by_customer: bool) -> list[list[DueDocument]]:
    """Put documents together that become one fapiao: each by itself, or those of one seller to one customer.

    Prices with tax and prices without do not stand on one.
    """
    if not by_customer:
        return [[one] for one in documents]
    groups: dict[tuple[int, int, bool], list[DueDocument]] = defaultdict(list)
    for one in documents:
        with_tax = all(line.gross is not None for line in one.document.lines)
        groups[one.issuer_id, one.customer_id, with_tax].append(one)
    return list(groups.values())
