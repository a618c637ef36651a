"""What the product billed, and what must hold of it: by itself, against a fresh telling, against the oracle."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TypeVar

from sqlmodel import select

from api.operations.rating import replay_issued_invoices
from billing.documents.views import invoice_out
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.rated import store as rated
from billing.tables import PayeeDocumentRow
from tests.lives import prepaying
from tests.lives.facts import Owed
from tests.lives.life import Life

Key = TypeVar("Key")
_PLACES = {"JPY": 0, "KWD": 3}
_SORTS = ("line", "given", "taken back")


@dataclass
class Billed:
    """What a life was billed, all issued documents taken together.

    Attributes:
        net: by contract, charge, first day of service and nature; without zeros.
        base: the taxable base by supplier, customer, tax point, category and rate; without zeros.
        invoices: the documents, and the periods that came to nothing.
        shares: by contract, charge and name; what nobody is named for is the supplier's; without zeros.
    """

    net: dict[tuple[str, str, date, str], Decimal] = field(default_factory=dict)
    base: dict[tuple[str, str, date, str, Decimal], Decimal] = field(default_factory=dict)
    invoices: list[StoredInvoice] = field(default_factory=list)
    shares: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)


def billed(life: Life) -> Billed:
    """Read what a life was billed."""
    return added_up(life.rated())


def added_up(invoices: list[StoredInvoice], without_claims_of: Container[str] = ()) -> Billed:
    """Add up what documents bill, but for those that are void and what credit notes by hand give back of it.

    Args:
        invoices: the documents, and the periods that came to nothing.
        without_claims_of: contracts of which neither what is claimed beside the charges is added up, nor what draws on it.
    """
    net: dict[tuple[str, str, date, str], Decimal] = defaultdict(Decimal)
    base: dict[tuple[str, str, date, str, Decimal], Decimal] = defaultdict(Decimal)
    shares: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for invoice in _counting(invoices):
        inputs = invoice.row.inputs
        for line in invoice.lines:
            if line.proof.credit is not None or (inputs.contract in without_claims_of and is_beside(invoice, line)):
                continue
            for name, amount in line.payees.items():
                shares[inputs.contract, line.charge, name] += Decimal(amount)
            rest = line.net - sum(map(Decimal, line.payees.values()))
            shares[inputs.contract, line.charge, inputs.supplier.name] += rest
            net[inputs.contract, line.charge, line.service_first, line.nature.value] += line.net
            parties = inputs.supplier.name, inputs.customer.name
            base[(*parties, line.tax_point, line.tax.category.value, line.tax.rate.normalize())] += line.net
    return Billed(without_zeros(net), without_zeros(base), invoices, without_zeros(shares))


def is_beside(invoice: StoredInvoice, line: Line) -> bool:
    """Tell whether a line claims something beside the charges, on account or as a top-up, or draws on such a claim."""
    return invoice.row.kind == "advance" or line.proof.draw is not None


def _counting(invoices: Iterable[StoredInvoice]) -> list[StoredInvoice]:
    return [invoice for invoice in invoices if invoice.row.voided_on is None]


def without(result: Billed, contracts: Container[str], claims_of: Container[str] = ()) -> Billed:
    """Leave out what some contracts were billed, and of others what they were billed beside their charges."""
    kept = [invoice for invoice in result.invoices if invoice.row.inputs.contract not in contracts]
    return added_up(kept, claims_of)


def is_billed(result: Billed, contract: str, first: date) -> bool:
    """Tell whether the period of a contract that begins on a day is billed."""
    return any(
        rating.first == first
        for invoice in _counting(result.invoices)
        for rating in invoice.ratings
        if invoice.row.inputs.contract == contract
    )


def without_zeros(amounts: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """Leave out what comes to nothing."""
    return {key: amount for key, amount in amounts.items() if amount}


def differences(was: Mapping[Key, Decimal], should: Mapping[Key, Decimal]) -> list[str]:
    """List the keys at which two sums differ."""
    keys = sorted({*was, *should}, key=str)
    nothing = Decimal(0)
    return [
        f"{' '.join(map(str, key)) if isinstance(key, tuple) else key}: billed {was.get(key, nothing)}, owed {should.get(key, nothing)}"
        for key in keys
        if was.get(key, nothing) != should.get(key, nothing)
    ]


def faults_of_documents(life: Life, result: Billed) -> list[str]:
    """Check each issued document by itself, the numbers of each issuer, and that all of them can be computed again."""
    faults: list[str] = []
    numbers: dict[tuple[int, str, int], list[tuple[int, date]]] = defaultdict(list)
    for invoice in result.invoices:
        row = invoice.row
        if (row.number is None) != (not invoice.lines):
            faults.append(
                f"{row.number or row.first}: a document has a number and lines, and what came to nothing neither"
            )
        if row.number is None:
            continue
        faults += [f"{row.number}: {fault}" for fault in _faults_of_totals(invoice)]
        faults += [f"{row.number}: {fault}" for fault in _faults_of_kind(invoice)]
        numbers[row.issuer_id, row.series, row.year or 0].append((row.sequence or 0, row.issued_on or date.min))
    for (issuer, series, year), given in numbers.items():
        given.sort()
        if [sequence for sequence, _ in given] != list(range(1, len(given) + 1)):
            faults.append(f"numbers {series} of {issuer} in {year} have a gap: {[sequence for sequence, _ in given]}")
        if [day for _, day in given] != sorted(day for _, day in given):
            faults.append(f"dates {series} of {issuer} in {year} do not rise with the numbers")
    faults += faults_of_prepayments(result)
    with life.database.transaction(life.tenant) as session:
        discrepancies = replay_issued_invoices(session).discrepancies
    return faults + [f"replay: {discrepancy}" for discrepancy in discrepancies]


def faults_of_payees(life: Life, result: Billed) -> list[str]:
    """Check the documents that are made out for payees: all that each has of what counts, and taxed on their own bases."""
    self_billed = {
        (contract, payee["name"])
        for contract in life.contracts
        for payee in (life.versions(contract)[-1].document.get("sharing") or {"payees": []})["payees"]
        if payee["self_billed"] == "true"
    }
    had: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for invoice in _counting(result.invoices):
        for line in invoice.lines:
            for name, amount in line.payees.items():
                if (invoice.row.inputs.contract, name) in self_billed:
                    had[invoice.row.inputs.contract, line.charge, name] += Decimal(amount)
    with life.database.transaction(life.tenant) as session:
        documents = session.exec(select(PayeeDocumentRow)).all()
    made_out: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    faults = []
    for row in documents:
        bases: dict[Decimal, Decimal] = defaultdict(Decimal)
        for sold in row.content.lines:
            bases[sold.rate_percent] += sold.net
            if row.voided_on is None:
                made_out[row.content.contract, sold.charge, row.content.payee] += sold.net
        place = Decimal(1).scaleb(-_PLACES.get(row.currency, 2))
        should = sum((_rounded(base * rate / 100, place) for rate, base in bases.items()), Decimal(0))
        if row.vat != should or row.net != sum(bases.values()):
            faults.append(f"{row.number}: {row.net} and {row.vat}, of its lines {sum(bases.values())} and {should}")
    return faults + differences(without_zeros(made_out), without_zeros(had))


def faults_of_credits(result: Billed) -> list[str]:
    """Check that what is given back of each line is what was given, and no more than the line comes to.

    A line is all that is billed of one part of a charge of one period, on days that meet.
    """
    lines: dict[tuple[int, str, int], list[tuple[date, date, Decimal, str]]] = defaultdict(list)
    for invoice in _counting(result.invoices):
        is_note = invoice.row.kind == "credit"
        for line in invoice.lines:
            work = invoice.work if line.corrects is None else line.corrects.invoice
            sort = "given" if is_note else "taken back" if line.proof.credit is not None else "line"
            days = line.service_first, line.service_after_last
            part = line.part if line.proof.credit is None else line.proof.credit.part
            lines[work, line.charge, part].append((*days, line.net, sort))
    faults = []
    for (_, charge, part), known in lines.items():
        for group in _meeting(known):
            sums = {sort: sum((net for *_, net, kind in group if kind == sort), Decimal(0)) for sort in _SORTS}
            whole, given, kept = sums["line"], -sums["given"], -sums["given"] - sums["taken back"]
            should = min(abs(given), abs(whole)) if given * whole > 0 else Decimal(0)
            is_cut = len({line[:2] for line in group}) > 1  # then each piece is held against its own
            if kept * whole < 0 or abs(kept) > should or (abs(kept) < should and not is_cut):
                faults.append(f"{charge} {part} from {group[0][0]}: {kept} given back of {whole}, {given} was given")
    return faults


def faults_of_shared_credits(result: Billed) -> list[str]:
    """Check who has what is given back by hand: each what it has of the line, of all credits of it together, to the coin."""
    billed = {
        (invoice.row.issuer_id, invoice.row.number, pos): line
        for invoice in result.invoices
        for pos, line in enumerate(invoice.lines, start=1)
    }
    given: dict[tuple[int, str | None, int], list[Line]] = defaultdict(list)
    for invoice in result.invoices:
        for line in invoice.lines if invoice.row.kind == "credit" else ():
            if line.proof.credit is not None:
                given[invoice.row.issuer_id, line.proof.credit.number, line.proof.credit.line].append(line)
    faults, currencies = [], {invoice.row.number: invoice.row.currency for invoice in result.invoices}
    for place, notes in given.items():
        line, coin = billed[place], Fraction(1, 10 ** _PLACES.get(currencies[place[1]], 2))
        part = Fraction(sum(note.net for note in notes)) / Fraction(line.net)
        for name in {*line.payees, *(name for note in notes for name in note.payees)}:
            was = sum((Decimal(note.payees.get(name, "0")) for note in notes), Decimal(0))
            should = Fraction(line.payees.get(name, "0")) * part
            if abs(Fraction(was) - should) >= coin:
                faults.append(f"{place[1]} line {place[2]}: {name} gives back {was}, and should {float(should)}")
    return faults


def _meeting(lines: Sequence[tuple[date, date, Decimal, str]]) -> list[list[tuple[date, date, Decimal, str]]]:
    groups: list[list[tuple[date, date, Decimal, str]]] = []
    until = date.min
    for line in sorted(lines, key=lambda line: line[:2]):
        if not groups or line[0] >= until:
            groups.append([])
        groups[-1].append(line)
        until = max(until, line[1])
    return groups


def left_over(life: Life, result: Billed) -> list[str]:
    """List the ratings that are still marked as stale, of contracts that do not wait: each is to be looked at once."""
    references = {invoice.row.contract_id: invoice.row.inputs.contract for invoice in result.invoices}
    with life.database.transaction(life.tenant) as session:
        stale = [(rating.rating_id, references[rating.contract_id]) for rating in rated.stale(session)]
    return [
        f"the rating {key} of {contract} is looked at again and again"
        for key, contract in stale
        if contract not in life.held
    ]


def _faults_of_totals(invoice: StoredInvoice) -> Sequence[str]:
    """Add up what a document shows once more, by the rules of EN 16931 for totals (BR-CO-10 and 13 to 17)."""
    row, shown, groups = invoice.row, invoice_out(invoice), defaultdict[tuple[str, Decimal], Decimal](Decimal)
    for line in invoice.lines:
        groups[line.tax.category.value, line.tax.rate.normalize()] += line.net
    place, nothing = Decimal(1).scaleb(-_PLACES.get(row.currency, 2)), Decimal(0)
    of_lines, net = sum((line.net for line in shown.lines), nothing), sum(groups.values(), nothing)
    told = {(one.category, one.rate_percent.normalize()): (one.taxable, one.tax) for one in shown.taxes}
    should = {key: (base, _rounded(base * key[1] / 100, place)) for key, base in groups.items()}
    vat = sum((tax for _, tax in should.values()), nothing)
    faults = []
    if {*told.items()} != {*should.items()}:
        faults.append(f"BR-CO-17: its bases and taxes are {told}, of its lines {should}")
    if (row.net, shown.net, of_lines) != (net, net, net):  # there are no charges and allowances of the whole document
        faults.append(f"BR-CO-10, BR-CO-13: net {row.net}, shown {shown.net}, its lines come to {net}")
    if (row.vat, shown.vat) != (vat, vat):
        faults.append(f"BR-CO-14: VAT {row.vat}, its bases come to {vat}")
    if (row.gross, shown.gross) != (row.net + row.vat, net + vat):
        faults.append(f"BR-CO-15: gross {row.gross} of {row.net} and {row.vat}")
    payable = shown.gross if shown.payable is None else shown.payable
    if (payable, shown.rounding or nothing, shown.withheld or nothing) != (row.gross, nothing, nothing):
        faults.append(f"BR-CO-16: {payable} of {row.gross} are to be paid, and nothing of it is paid or rounded")
    if any(line.payees and line.net != sum(map(Decimal, line.payees.values())) for line in invoice.lines):
        faults.append("the shares of a line do not add up to its net")
    faults += _faults_of_shares([line for line in invoice.lines if line.corrects is None], place)
    if any(line.net != line.net.quantize(place) for line in invoice.lines):
        faults.append("a line is not rounded to the currency's unit")
    return faults


def faults_of_prepayments(result: Billed) -> list[str]:
    """Check what draws on a prepayment: it names the documents that claimed by then what it draws on, and no others."""
    faults = []
    claims: dict[str, list[tuple[str, set[date]]]] = defaultdict(list)
    counting = _counting(result.invoices)
    works = dict.fromkeys(invoice.work for invoice in counting)
    for work in works:
        documents = [invoice for invoice in counting if invoice.work == work and invoice.row.number]
        for invoice in documents:
            contract, number = invoice.row.inputs.contract, str(invoice.row.number)
            drawn = {line.tax_point for line in invoice.lines if line.proof.rule == "drawdown"}
            beside = {line.proof.draw.number for line in invoice.lines if line.proof.draw is not None}
            named = tuple(claimed for claimed, days in claims[contract] if days & drawn or claimed in beside)
            if invoice.row.inputs.prepaid_by != named:
                faults.append(f"{number} names {invoice.row.inputs.prepaid_by}, and draws on what {named} claimed")
        for invoice in documents:
            # a claim beside the charges is named by what draws on it, and not by its day
            days = set() if invoice.row.kind == "advance" else {line.tax_point for line in invoice.lines}
            if invoice.row.document_type == "386":
                claims[invoice.row.inputs.contract].append((str(invoice.row.number), days))
                if {line.nature.value for line in invoice.lines} != {"prepayment"}:
                    faults.append(f"{invoice.row.number} claims something that is no prepayment")
    return faults


def taxed_twice(life: Life, result: Billed) -> list[str]:
    """List what is left in the end of what was paid before, by its tax: what is claimed is drawn or given back, at its tax.

    So the tax of all documents is that of the supply, and no more. It is so where claim and drawdown are of one amount
    and one rate in all versions, and none of both is in dispute; and where no customer moves in between: what is drawn
    then is taxed as it would be claimed from where the customer is by now.
    """
    left: dict[tuple[str, str, str, Decimal], Decimal] = defaultdict(Decimal)
    for invoice in _counting(result.invoices):
        for line in invoice.lines:
            if line.nature.value == "prepayment" and line.proof.credit is None:
                tax = line.tax.category.value, line.tax.rate.normalize()
                left[invoice.row.inputs.contract, line.tax_point.isoformat(), *tax] += line.net
    faults = []
    for (contract, day, category, rate), amount in left.items():
        if amount and contract not in life.held and _is_drawn_as_claimed(life, contract, day):
            faults.append(f"{contract}: {amount} of what was claimed on {day} is left at {category} {rate}")
    return faults


def _is_drawn_as_claimed(life: Life, contract: str, day: str) -> bool:
    """Tell whether every version claims and draws on a day what the others do, and no dispute is of it."""
    said: set[tuple[str, ...]] = set()
    for version in life.versions(contract):
        own = [one for one in version.document["charges"] if prepaying.is_prepaid(one) and prepaying.day_of(one) == day]
        if version.released:
            terms = {"tax": version.document.get("tax"), "to": version.document["customer"]}
            said.add(tuple(sorted(f"{one['rule']['kind']} {one['rule']['amount']} {terms}" for one in own)))
        disputed = {dispute.charge for dispute in life.facts.disputes if dispute.contract == contract}
        if disputed & {one["name"] for one in own}:
            return False
    return len(said) == 1 and all(len(amounts) == len(("claim", "drawdown")) for amounts in said)


#: The countries where an invoice of what is billed first bears no line that corrects another document.
_BY_DOCUMENTS_OF_THEIR_OWN = {"FR", "ES", "RO"}


def _faults_of_kind(invoice: StoredInvoice) -> list[str]:
    """Check what a document is: nothing outside of tax beside what is taxed, and corrections as the issuer's law has them."""
    natures = {line.nature.value for line in invoice.lines}
    # what was never issued, because it came to nothing, has no number that a line could correct
    corrected = [line.corrects.number or None if line.corrects else None for line in invoice.lines]
    country, is_credit = invoice.row.inputs.supplier.country, invoice.row.net < 0
    # what gives back a claim and bills nothing beside it takes back alone as well
    is_alone = all(of or line.proof.draw is not None for of, line in zip(corrected, invoice.lines, strict=True))
    faults = []
    if natures & {"damages", "deposit"} and len(natures) > 1:
        faults.append(f"{natures} stand on one document")
    if country in _BY_DOCUMENTS_OF_THEIR_OWN and len({*corrected}) > 1:
        faults.append(f"it corrects {corrected} on one document, in {country}")
    if is_alone and invoice.row.document_type != ("381" if is_credit else "384"):
        faults.append(f"it corrects alone, with {invoice.row.net}, as {invoice.row.document_type}")
    if invoice.row.series != ("R" if country == "ES" and is_alone else ""):
        faults.append(f"its series is {invoice.row.series!r}")
    return faults


def _faults_of_shares(lines: Sequence[Line], place: Decimal) -> list[str]:
    """Divide what was split once more, by its proof alone: cent by cent, each to whoever is furthest below its share."""
    faults = []
    for line in lines:
        split = line.proof.split
        if split is None:
            continue
        weights = [Fraction(share.weight) for share in split.shares]
        whole = abs(int(Decimal(split.of) / place))
        ideal = [whole * weight / sum(weights) for weight in weights]
        cents = [int(share) for share in ideal]
        for _ in range(whole - sum(cents)):
            cents[max(range(len(cents)), key=lambda at: (ideal[at] - cents[at], -at))] += 1
        at = [share.bearer for share in split.shares].index(split.bearer)
        if abs(line.net) != cents[at] * place:
            faults.append(f"{split.bearer} bears {line.net} of {split.of}, and should bear {cents[at] * place}")
    return faults


def _rounded(amount: Decimal, place: Decimal) -> Decimal:
    return amount.quantize(place, ROUND_HALF_UP)


def against(result: Billed, owed: Owed) -> list[str]:
    """List where what was billed is not what is owed."""
    net = differences(result.net, without_zeros(owed.net))
    base = differences(
        result.base, without_zeros({(*key[:4], key[4].normalize()): amount for key, amount in owed.base.items()})
    )
    told = {key[:2] for key in owed.shares}
    of_told = {key: amount for key, amount in result.shares.items() if key[:2] in told}
    shares = differences(of_told, without_zeros(owed.shares))
    said = (("net", net), ("base", base), ("share", shares), ("share", _shares_of_reductions(result, owed)))
    return [f"{what} {line}" for what, lines in said for line in lines]


def _shares_of_reductions(result: Billed, owed: Owed) -> list[str]:
    """Who has a reduction: each what it has of what is reduced, but for the coins that a line is divided in.

    Nobody else has any of it.
    """
    told = {key[:2] for key in owed.of_reductions}
    keys = {key for key in result.shares if key[:2] in told} | {*owed.of_reductions}
    coins = {key[:2]: coin for key, (_, coin) in owed.of_reductions.items()}
    nothing = Fraction(0)
    return [
        f"{' '.join(key)}: billed {was}, owed {float(should)}"
        for key in sorted(keys)
        for was, should in [(result.shares.get(key, Decimal(0)), owed.of_reductions.get(key, (nothing, nothing))[0])]
        if abs(Fraction(was) - should) > Fraction(coins[key[:2]])
    ]
