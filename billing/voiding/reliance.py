"""What relies on a piece of work, so that it is not void any more: each of these is refused by its own name.

    cleared                                 a state was asked to clear it, so that it has left the house
    sent, opened by a link                  the customer has the document
    paid, written off, given back           the customer knows the document, or something of it is settled
    corrected since                         a later document bills the difference from this one
    drawn, stated                           a later document draws on its prepayment; a statement counts what it billed

Whoever undoes these first, the newest first, may void it then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from quantities.errors import Conflict
from quantities.number import plain


class DocumentSent(Conflict):
    """The document was sent."""


class DocumentCleared(Conflict):
    """A state was asked to clear the document."""


class DocumentPaid(Conflict):
    """Something of the document is paid or set off."""


class DocumentCollected(Conflict):
    """A gateway or a bank is collecting the document, or has."""


class DocumentWrittenOff(Conflict):
    """Something of the document is written off."""


class DocumentGivenBack(Conflict):
    """A credit note gives back something of the document."""


class CorrectedSince(Conflict):
    """A later document corrects the same period."""


class PrepaymentDrawn(Conflict):
    """A later document draws on the prepayment."""


class StatedSince(Conflict):
    """A savings statement counts what the document billed."""


@dataclass(frozen=True, slots=True)
class Reliance:
    """What relies on the documents of a piece of work.

    Attributes:
        sent: the day on which each was sent first, by number.
        opened: the day on which each was opened first by a link, by number.
        cleared: which state was asked to clear each, or a document of a payee with it, by number.
        paid: the payments of each that are not reversed, by number.
        collected: the order by which a gateway or a bank may bring money for each, or did, by number.
        written_off: what of each is written off, by number; nothing but what is not taken back.
        given_back: the credit notes by hand of each that count, by number.
        corrected: the numbers of later documents that correct a period which the work bills or corrects.
        drawn: the numbers of later documents that draw on its prepayments.
        stated: the numbers of statements that were prepared since.
    """

    sent: Mapping[str, date] = field(default_factory=dict)
    opened: Mapping[str, date] = field(default_factory=dict)
    cleared: Mapping[str, str] = field(default_factory=dict)
    paid: Mapping[str, Sequence[int]] = field(default_factory=dict)
    collected: Mapping[str, int] = field(default_factory=dict)
    written_off: Mapping[str, Decimal] = field(default_factory=dict)
    given_back: Mapping[str, Sequence[str]] = field(default_factory=dict)
    corrected: Sequence[str] = ()
    drawn: Sequence[str] = ()
    stated: Sequence[int] = ()


def refuse_reliance(number: str, reliance: Reliance) -> None:
    """Refuse to void what something relies on; where several things do, the first of them is named.

    Args:
        number: of the first document of the work.
        reliance: what relies on it.

    Raises:
        DocumentSent, DocumentCleared, DocumentPaid, DocumentCollected, DocumentWrittenOff, DocumentGivenBack: a
            document of the work was.
        CorrectedSince, PrepaymentDrawn, StatedSince: something later rests on the work.
    """
    for name, day in reliance.sent.items():
        detail = f"{name} was sent on {day}: what a customer has is corrected, or given back"
        raise DocumentSent(detail, place="sendings", found=str(day), expected="a document that nobody was sent")
    for name, day in reliance.opened.items():
        detail = f"{name} was opened by a link on {day}: what a customer has is corrected, or given back"
        raise DocumentSent(detail, place="links", found=str(day), expected="a document that nobody has opened")
    for name, authority in reliance.cleared.items():
        detail = f"{authority} was asked to clear {name}: after that it is corrected; a file not handed in is withdrawn"
        expected = "a document that no state was asked about"
        raise DocumentCleared(detail, place="clearances", found=authority, expected=expected)
    for name, payments in reliance.paid.items():
        detail = f"payment {payments[0]} is allocated to {name}"
        raise DocumentPaid(detail, place="payments", found=list(payments), expected="no payment that is not reversed")
    for name, order in reliance.collected.items():
        detail = f"order {order} may bring money for {name}, or did"
        raise DocumentCollected(detail, place="orders", found=order, expected="no order under way")
    for name, amount in reliance.written_off.items():
        detail = f"{plain(amount)} of {name} is written off"
        raise DocumentWrittenOff(detail, place="write_offs", found=plain(amount), expected="nothing written off")
    for name, notes in reliance.given_back.items():
        detail = f"{notes[0]} gives back something of {name}"
        raise DocumentGivenBack(detail, place="credits", found=list(notes), expected="no credit note that counts")
    for later, why, refusal in (
        (reliance.corrected, "bills a correction on top of", CorrectedSince),
        (reliance.drawn, "draws on the prepayment of", PrepaymentDrawn),
        (reliance.stated, "was prepared after", StatedSince),
    ):
        if later:
            what = f"statement {later[0]}" if refusal is StatedSince else str(later[0])
            place = {CorrectedSince: "corrections", PrepaymentDrawn: "prepaid_by", StatedSince: "statements"}[refusal]
            raise refusal(f"{what} {why} {number}", place=place, found=list(later), expected="nothing that rests on it")
