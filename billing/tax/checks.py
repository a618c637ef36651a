"""Checks of what a contract says of tax: what no row of the law covers, months before somebody bills it."""

from collections.abc import Callable, Iterator
from datetime import date

from billing.payees.supplies import supplies_besides
from billing.records.document_type import DocumentType
from billing.tax.decision import NO_TAX, Deciding, Supply, decider
from billing.tax.law_book import SHIPPED, LawBook
from billing.tax.numbers import country_of, is_well_formed
from billing.tax.tax import TaxCategory
from contracts.charge import Charge
from contracts.clause import is_over_amounts
from contracts.contract import Contract
from contracts.natures import is_taxed_as_seen, seen_by
from contracts.rated_line import Nature
from contracts.sharing.payees import SoldIn
from contracts.sharing.seller import seller_of
from contracts.taxed import PriceBasis
from quantities.document import Fault
from quantities.errors import UsufructError, slug
from quantities.money import exponent_then
from quantities.number import plain

#: At most so many decimals has an amount of an electronic invoice (EN 16931, BR-DEC-01 and those after it).
_DECIMALS_OF_EN_16931 = 2
#: What a supplier may not do to a customer without a number, nor without one of its own.
_BY_NUMBER = frozenset({TaxCategory.REVERSE_CHARGE, TaxCategory.INTRA_COMMUNITY})


def faults_of_tax(book: LawBook = SHIPPED) -> Callable[[Contract], Iterator[Fault]]:
    """Find the charges of a contract that cannot be taxed on the version's first day, or when they are claimed."""
    deciding = decider(book)

    def faults(contract: Contract) -> Iterator[Fault]:
        first_of: dict[tuple[Supply, date], None] = {}
        for at, charge in enumerate(contract.charges):
            supply, day = Supply.of(contract, charge), charge.taxed_on or contract.effective
            if (supply, day) in first_of:  # one fault of all that are supplied alike
                continue
            first_of[supply, day] = None
            refused = _refused(deciding, supply, day)
            if refused is not None:
                yield _fault(contract, charge, at, refused)
        yield from _faults_of_basis(contract, book)
        yield from _faults_of_currency(contract, book, deciding)
        yield from _faults_of_withholding(contract)
        yield from _faults_of_numbers(contract, deciding)
        yield from _not_issued(book, contract)
        yield from _not_self_billed(book, contract)
        for path, supply in supplies_besides(contract):
            if (supply, contract.effective) not in first_of:
                first_of[supply, contract.effective] = None
                refused = _refused(deciding, supply, contract.effective)
                if refused is not None:
                    yield _fault_at(path, refused)

    return faults


def _faults_of_numbers(contract: Contract, deciding: Deciding) -> Iterator[Fault]:
    """Find malformed tax numbers on which it rests that the customer owes the tax, or none is due."""
    malformed = list(_malformed(contract))
    supplies = (Supply.of(contract, charge) for charge in contract.charges) if malformed else ()
    if any(_rests_on_numbers(deciding, supply, contract.effective) for supply in supplies):
        for side, number, country in malformed:
            detail = f"the treatment rests on {number}: its form or its check digits are wrong"
            yield Fault(f"/{side}/vat_id", "malformed-tax-number", detail, number, f"a tax number of {country}")


def _malformed(contract: Contract) -> Iterator[tuple[str, str, str]]:
    """Find sides whose tax number is malformed: which, the number, and the country whose number it is to be."""
    payees = () if contract.sharing is None else contract.sharing.payees
    sides = [(f"sharing/payees/{at}", payee) for at, payee in enumerate(payees)]
    for side, party in (("supplier", contract.supplier), ("customer", contract.customer), *sides):
        number = party.vat_id
        if number is not None and not is_well_formed(country := country_of(number, party.country), number):
            yield side, number, country


def _rests_on_numbers(deciding: Deciding, supply: Supply, on: date) -> bool:
    try:
        return deciding(supply, on).tax.category in _BY_NUMBER
    except NO_TAX:
        return False


def _faults_of_withholding(contract: Contract) -> Iterator[Fault]:
    """Find what is withheld by a treaty, and has no evidence on the first day of the version."""
    for at, charge in enumerate(contract.charges):
        row = contract.tax_of(charge).withheld_on(contract.effective)
        if row is not None and not row.is_evident(contract.effective):
            path = f"/charges/{at}/tax" if charge.tax is not None and charge.tax.withholding else "/tax"
            detail = f"{plain(row.percent)} % by {row.treaty} rest on a paper that holds on {contract.effective}"
            yield Fault(f"{path}/withholding", "tax-evidence-missing", detail, "no paper", "evidence")
            return


def _faults_of_currency(contract: Contract, book: LawBook, deciding: Deciding) -> Iterator[Fault]:
    """Find a tax that is declared in another currency, and that the contract does not say how to convert."""
    on = contract.effective
    if contract.tax is not None and contract.tax.rate_of_exchange:
        return
    charged = (charge for charge in contract.charges if _is_charged(deciding, Supply.of(contract, charge), on))
    for country in dict.fromkeys(seller_of(contract, charge).country for charge in charged):
        currency = book.currency(country, on)
        if currency not in (None, contract.currency):
            detail = f"the tax of {country} is declared in {currency}: name the series of the rate of exchange"
            yield Fault("/tax/rate_of_exchange", "no-rate-of-exchange", detail, contract.currency, str(currency))
            return


def _is_charged(deciding: Deciding, supply: Supply, on: date) -> bool:
    try:
        return bool(deciding(supply, on).tax.rate)
    except NO_TAX:
        return False  # that is its fault


def _faults_of_basis(contract: Contract, book: LawBook) -> Iterator[Fault]:
    """Find charges that do not say if their prices are with tax, where the law of the issuer asks; and sums of both."""
    bases = {charge.name: contract.tax_of(charge).price_basis for charge in contract.charges}
    silent: dict[int, tuple[str, str]] = {}
    for at, charge in enumerate(contract.charges):
        country = seller_of(contract, charge).country
        law = book.documents(country, contract.effective)
        if bases[charge.name] is None and law is not None and law.asks_price_basis:
            silent[at] = country, law.source
    if silent:
        first, (country, source) = next(iter(silent.items()))
        path = "/tax" if len(silent) == len(bases) else f"/charges/{first}/tax"
        detail = f"prices in {country} are with tax or without it: say which ({source})"
        yield Fault(path, "no-price-basis", detail, "nothing", "with_tax, without_tax")
    for at, charge in enumerate(contract.charges):
        own = contract.tax_of(charge).has_tax_in_prices
        others = [
            name
            for name in (seen_by(contract, charge) if is_over_amounts(charge.rule) else ())
            if (bases[name] is PriceBasis.WITH_TAX) is not own
        ]
        if others:
            detail = f"it is computed from {', '.join(others)}, and one is with tax where the other is without"
            yield Fault(
                f"/charges/{at}", "mixed-price-bases", detail, _basis(bases[charge.name]), _basis(bases[others[0]])
            )


def _basis(basis: PriceBasis | None) -> PriceBasis:
    return basis or PriceBasis.WITHOUT_TAX


def _not_issued(book: LawBook, contract: Contract) -> Iterator[Fault]:
    """Find the charges that would come to a document which the law of the seller's country does not know."""
    for at, charge in enumerate(contract.charges):
        law = book.documents(seller_of(contract, charge).country, contract.effective)
        why = "" if law is None else law.not_issued.get(DocumentType.PREPAYMENT.in_words, "")
        if why and charge.nature is Nature.PREPAYMENT:
            yield Fault(f"/charges/{at}/nature", "type-not-issued", why, Nature.PREPAYMENT.value, Nature.DEPOSIT.value)


def _not_self_billed(book: LawBook, contract: Contract) -> Iterator[Fault]:
    """Find payees whose country lets nobody else make out their invoices, where the supplier is to."""
    if contract.sharing is None or contract.sharing.sold_in is not SoldIn.OWN_NAME:
        return
    for at, payee in enumerate(contract.sharing.payees):
        law = book.documents(payee.country, contract.effective) if payee.self_billed else None
        why = "" if law is None else law.not_issued.get(DocumentType.SELF_BILLED.in_words, "")
        if why:
            path = f"/sharing/payees/{at}/self_billed"
            yield Fault(path, "type-not-issued", f"{payee.name}: {why}", "self_billed: true", "self_billed: false")


def cautions_of_tax(contract: Contract) -> Iterator[str]:
    """Name what a reader may refuse, papers that expire, and sums that bear one of several taxes."""
    places = exponent_then(contract.currency)
    if places > _DECIMALS_OF_EN_16931:
        detail = f"amounts in {contract.currency} have {places} decimals, and EN 16931 knows {_DECIMALS_OF_EN_16931}"
        yield f"/currency: {detail} (BR-DEC): documents of it have no electronic form by that norm"
    for side, number, country in _malformed(contract):
        yield f"/{side}/vat_id: {number} is no tax number of {country}: its form or its check digits are wrong"
    taxes = {charge.name: contract.tax_of(charge).model_copy(update={"evidence": ()}) for charge in contract.charges}
    for at, charge in enumerate(contract.charges):
        is_one_tax = is_over_amounts(charge.rule) and not is_taxed_as_seen(contract, charge)
        seen = seen_by(contract, charge) if is_one_tax else ()
        others = sorted(name for name in seen if taxes[name] != taxes[charge.name])
        if others:
            names = ", ".join(others)
            yield f"/charges/{at}: it is taxed as it says itself, and not as {names}; one for each keeps rates apart"
    for at, charge in enumerate(contract.charges):
        ends = [day for day in contract.tax_of(charge).ends_of_evidence() if _is_within(contract, day)]
        if ends:
            yield f"/charges/{at}: what its tax rests on expires on {max(ends)}; its bills are held from then on"


def _is_within(contract: Contract, day: date) -> bool:
    return contract.effective <= day and (contract.until is None or day < contract.until)


def _refused(deciding: Deciding, supply: Supply, on: date) -> UsufructError | None:
    try:
        deciding(supply, on)
    except NO_TAX as reason:
        return reason
    return None


def _fault(contract: Contract, charge: Charge, at: int, reason: UsufructError) -> Fault:
    """Place a fault where the contract says something of the charge's tax, or of the parties by which it is taxed."""
    path = f"/charges/{at}/tax" if charge.tax is not None else "/tax" if contract.tax is not None else "/customer"
    if path == "/customer" and seller_of(contract, charge) != contract.supplier:
        path = "/sharing/payees"
    return _fault_at(path, reason)


def _fault_at(path: str, reason: UsufructError) -> Fault:
    stands, expected = (reason.members.get(name) for name in ("found", "expected"))
    hint = ", ".join(expected) if isinstance(expected, list) else str(expected or "")
    return Fault(path, slug(type(reason)), str(reason), str(stands or ""), hint)
