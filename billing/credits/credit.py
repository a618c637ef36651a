"""A credit note by hand: lines of an issued document given back, never more than is still billed of them.

    asked      an amount, a quantity, a percentage, the rest, or at most an amount of a line
    room       the line less what was given back of it, and no more than is still billed of its charge on its days
    given      by quantity at the line's price, else 1 each of the amount: item prices are never negative (BR-27)

Parts of a line, in any order, add up to the line: of a quantity each part is what all parts come to, rounded, less what
those before it came to; whatever completes the line takes what is left. So do the shares of accounts and payees.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.credits.still_billed import credit_notes, part_of_credit, part_reduced, still_billed
from billing.invoices.invoice import Corrects, Line
from billing.invoices.store import StoredInvoice, member_of_line
from billing.records.credit import AskedCredit, CreditedLine
from billing.records.proof import CreditProof, LineProof
from quantities.arithmetic import product
from quantities.errors import Conflict, Invalid, NotFound
from quantities.money import Money, exponent
from quantities.number import plain, trimmed
from quantities.proportion import proportioned
from quantities.rounding import Rounding

_PERCENT = Decimal("0.01")


class NoLineToCredit(NotFound):
    """The document has no line of that number to give back."""


class LinesOfSeveralContracts(Invalid):
    """The lines are of several contracts."""


class LineAskedTwice(Invalid):
    """A line is to be given back twice by one credit note."""


class CreditOfCredit(Conflict):
    """A credit note by hand is not given back."""


class PartOfCent(Invalid):
    """The amount to give back has more decimal places than its currency."""


class MoreThanBilled(Conflict):
    """More is to be given back than is still billed."""


class NothingToGiveBack(Conflict):
    """Nothing of the line is given back."""


@dataclass(frozen=True, slots=True)
class CreditTerms:
    """How what is given back is rounded.

    Attributes:
        currency: of the document.
        rounding: of its contract.
    """

    currency: str
    rounding: Rounding

    def rounded(self, amount: Decimal) -> Decimal:
        """Round an amount to the currency's minor unit."""
        return self.rounding.to_places(amount, exponent(self.currency))


@dataclass(frozen=True, slots=True)
class _GivenBefore:
    """What was given back of a line before: net, and of that by quantity; all without a sign."""

    net: Decimal = Decimal(0)
    quantity: Decimal = Decimal(0)
    net_of_quantity: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Share:
    """What is given back of a line, without a sign: how much, of which unit, at which price."""

    net: Decimal
    quantity: Decimal
    unit: str
    unit_price: Decimal


def give_back(
    asked: Sequence[AskedCredit],
    document: StoredInvoice,
    so_far: Sequence[StoredInvoice],
    n: int,
    terms: CreditTerms,
) -> tuple[tuple[CreditedLine, Line], ...]:
    """Make the lines of a credit note.

    Args:
        asked: what is to be given back of which line; each line once.
        document: that is issued, with its lines.
        so_far: all documents of its contract, itself included.
        n: the number of the credit within the contract.
        terms: how it is rounded.

    Returns:
        For each that is asked, in order: what is recorded of it, and the line of the credit note.

    Raises:
        NoLineToCredit: the document has no such line.
        LineAskedTwice: two of them are of one line, or of one charge, part and days.
        CreditOfCredit: the document is a credit note by hand.
        PartOfCent: an amount has too many decimal places.
        MoreThanBilled: more is asked for than is still billed.
        NothingToGiveBack: nothing is left of a line, or what is asked for comes to less than half a cent.
    """
    if document.row.inputs.credit is not None:
        detail = f"{document.name} is a credit note by hand"
        raise CreditOfCredit(detail, found=document.name, expected="the document that it gives back")
    lines = [_line_of(document, one) for one in asked]
    keys = [(line.corrects, line.charge, part_reduced(line), line.service_first) for line in lines]
    for at, one in enumerate(asked):
        if keys[at] in keys[:at]:
            detail = f"line {one.line} of {document.name} is asked for twice"
            raise LineAskedTwice(detail, place=f"line {one.line}", found=one.line, expected="each line once")
    credited = [_credited(one, line, document, so_far, n, terms) for one, line in zip(asked, lines, strict=True)]
    return tuple(credited)


def document_of(whole: StoredInvoice, asked: Sequence[AskedCredit]) -> StoredInvoice:
    """Find the contract's own document of lines; of a document that is one contract's it is the document.

    Args:
        whole: a document, consolidated or not.
        asked: what is to be given back of which of its lines.

    Raises:
        NoLineToCredit: the document has no such line.
        LinesOfSeveralContracts: they are of several contracts, each of which is credited by itself.
    """
    if not whole.members:
        return whole
    by_key: dict[int, StoredInvoice] = {}
    for one in asked:
        _line_of(whole, one)
        member, _ = member_of_line(whole, one.line)
        by_key[member.row.id] = member
    if len(by_key) > 1:
        names = ", ".join(member.row.inputs.contract for member in by_key.values())
        detail = f"the lines of {whole.name} are of {names}"
        place = ", ".join(f"line {one.line}" for one in asked)
        expected = "lines of one contract; a credit of each"
        raise LinesOfSeveralContracts(detail, place=place, found=names, expected=expected)
    return next(iter(by_key.values()), whole.members[0])


def _line_of(document: StoredInvoice, asked: AskedCredit) -> Line:
    first, last = document.before + 1, document.before + len(document.lines)
    if not first <= asked.line <= last:
        detail = f"{document.name} has lines {first} to {last}"
        raise NoLineToCredit(detail, place=f"line {asked.line}", found=asked.line, expected=last)
    return document.lines[asked.line - first]


def _credited(
    asked: AskedCredit,
    line: Line,
    document: StoredInvoice,
    so_far: Sequence[StoredInvoice],
    n: int,
    terms: CreditTerms,
) -> tuple[CreditedLine, Line]:
    work, sign = document.work if line.corrects is None else line.corrects.invoice, -_against(line.net)
    before = _given_before(asked.line, document, so_far)
    room = max(Decimal(0), min(abs(line.net) - before.net, still_billed(line, work, so_far) * sign))
    share = _share(asked, line, before, room, terms)
    place = f"line {asked.line}"
    where = f"{place} of {document.name}"
    if share.net > room:
        wanted, most = f"{plain(share.net)} {terms.currency}", f"{plain(room)} {terms.currency} at most"
        raise MoreThanBilled(f"{where}: {most} is left to give back", place=place, found=wanted, expected=most)
    if not share.net:
        left = asked.in_words if room else "nothing is left"
        expected = "something of the line"
        raise NothingToGiveBack(f"{where}: nothing is given back", place=place, found=left, expected=expected)
    recorded = CreditedLine(
        asked=asked, charge=line.charge, part=line.part, service_first=line.service_first, net=share.net * sign
    )
    return recorded, replace(
        line,
        part=part_of_credit(n, asked.line),
        quantity=trimmed(share.quantity),
        unit=share.unit,
        unit_price=share.unit_price,
        net=-share.net * sign,
        corrects=Corrects(work, document.name),
        allocation=_shares(line.allocation, before.net * sign, share.net * sign, terms.currency),
        payees=_shares(line.payees, before.net * sign, share.net * sign, terms.currency),
        reduces="",
        proof=LineProof(
            rule=line.proof.rule,
            arithmetic=line.proof.arithmetic,
            version_id=line.proof.version_id or document.row.version_id,
            rounding=f"{terms.rounding.value} to {plain(-share.net * sign)} {terms.currency}",
            seller=line.proof.seller,
            tax=line.proof.tax,
            credit=CreditProof(
                n=n,
                number=document.name,
                line=asked.line,
                part=part_reduced(line),
                asked=asked.in_words,
                given=plain(share.net * sign),
                line_net=plain(line.net),
                left=plain(room * sign),
            ),
        ),
    )


def _given_before(line: int, document: StoredInvoice, so_far: Iterable[StoredInvoice]) -> _GivenBefore:
    """Add up what credit notes gave back of a line; of several documents of one note, it is recorded on each."""
    records = {
        record.n: record
        for note in credit_notes(so_far)
        if (record := note.row.inputs.credit) is not None and record.document == document.row.id
    }
    of_line = [given for record in records.values() for given in record.lines if given.asked.line == line]
    by_quantity = [(given.asked.quantity, abs(given.net)) for given in of_line if given.asked.quantity is not None]
    return _GivenBefore(
        net=sum((abs(given.net) for given in of_line), Decimal(0)),
        quantity=sum((quantity for quantity, _ in by_quantity), Decimal(0)),
        net_of_quantity=sum((net for _, net in by_quantity), Decimal(0)),
    )


def _share(asked: AskedCredit, line: Line, before: _GivenBefore, room: Decimal, terms: CreditTerms) -> _Share:
    if asked.quantity is not None:
        return _of_quantity(asked, asked.quantity, line, before, terms)
    if asked.percent is not None:
        net = terms.rounded(product(abs(line.net), asked.percent, _PERCENT))
    elif asked.amount is not None:
        net = _in_cents(asked.amount, terms)
    elif asked.at_most is not None:
        net = min(_in_cents(asked.at_most, terms), room)
    else:
        net = room
    return _Share(net, _against(line.net), "each", net)


def _of_quantity(asked: AskedCredit, quantity: Decimal, line: Line, before: _GivenBefore, terms: CreditTerms) -> _Share:
    """Give back a quantity: what all of it comes to so far, rounded, less what those before came to."""
    so_far, whole = before.quantity + quantity, abs(line.quantity)
    if so_far > whole:
        left = f"{plain(trimmed(whole - before.quantity))} {line.unit} at most"
        wanted = f"{plain(quantity)} {line.unit}"
        detail = f"line {asked.line}: {left} is left to give back"
        raise MoreThanBilled(detail, place=f"line {asked.line}", found=wanted, expected=left)
    all_of_it = abs(line.net)
    if so_far < whole:
        all_of_it = min(terms.rounded(product(so_far, abs(line.unit_price))), all_of_it)
    net = all_of_it - before.net_of_quantity
    return _Share(net, quantity * _against(line.quantity), line.unit, line.unit_price)


def _in_cents(amount: Decimal, terms: CreditTerms) -> Decimal:
    if not Money(amount, terms.currency).is_rounded:
        places = exponent(terms.currency)
        detail = f"{plain(amount)} {terms.currency} has more than {places} decimal places"
        raise PartOfCent(detail, place="amount", found=plain(amount), expected=f"{places} decimal places at most")
    return terms.rounded(amount)


def _against(number: Decimal) -> Decimal:
    return Decimal(-1) if number > 0 else Decimal(1)


def _shares(shares: Mapping[str, str], before: Decimal, net: Decimal, currency: str) -> dict[str, str]:
    """Divide what is given back as the line is divided: all parts of the line together are divided as the line is."""
    was, now = (proportioned(shares, amount, currency) for amount in (before, before + net))
    differences = {name: was[name] - now[name] for name in now}
    return {name: plain(amount) for name, amount in differences.items() if amount}
