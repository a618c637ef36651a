"""Checks of what is agreed of spending: what it names is there, and its amounts can be billed."""

from collections.abc import Iterator
from decimal import Decimal

from contracts.checks.spelling import unknown_name
from contracts.delivery_terms import DeliveryWay
from contracts.document import ContractDocument
from contracts.schedule import Per
from contracts.sharing.seller import owner_of
from contracts.spending_terms import SpendingAlert, SpendingTerms, ToldBy
from quantities.document import Fault
from quantities.money import exponent
from quantities.number import plain
from quantities.rounding import Rounding


def spending_faults(contract: ContractDocument) -> Iterator[Fault]:
    """Find charges that are not there, percentages of no cap, and amounts of parts of a cent."""
    terms = contract.spending
    if terms is None:
        return
    names = {charge.name: charge for charge in contract.charges}
    for at, alert in enumerate(terms.alerts):
        path = f"/spending/alerts/{at}"
        if alert.of is not None and alert.of not in names:
            yield unknown_name(f"{path}/of", "unknown-charge", "the contract has no such charge", alert.of, names)
        yield from _of_alert(path, alert, terms)
        yield from _of_mail(f"{path}/tell", alert.tell, contract)
    if terms.cap is not None:
        yield from _of_mail("/spending/cap/tell", terms.cap.tell, contract)
    top_up = terms.top_up
    if top_up is not None and top_up.taxed_as is not None:
        own = [name for name, charge in names.items() if owner_of(contract, charge) is None]
        if top_up.taxed_as not in own:
            detail = "the supplier sells nothing of this name itself"
            yield unknown_name("/spending/top_up/taxed_as", "unknown-charge", detail, top_up.taxed_as, own)
    places = exponent(contract.currency)
    for path, amount in _amounts(terms):
        if Rounding.HALF_UP.to_places(amount, places) != amount:
            detail = f"an amount that is billed has no more than {places} decimal places in {contract.currency}"
            yield Fault(path, "not-whole", detail, plain(amount))


def _of_alert(path: str, alert: SpendingAlert, terms: SpendingTerms) -> Iterator[Fault]:
    """Find an alert whose threshold is of nothing: a percentage without its cap, a quantity of no charge."""
    at, cap = alert.at, terms.cap
    if at.percent is not None:
        if cap is None:
            yield Fault(f"{path}/at/percent", "no-cap", "a percentage is of a cap, and there is none")
        elif alert.of is not None:
            yield Fault(f"{path}/of", "not-of-the-cap", "the cap is of all that is spent", alert.of, "no charge")
        elif alert.per not in (Per.PERIOD, cap.per):
            detail = f"the cap is for each {cap.per.value}"
            yield Fault(f"{path}/per", "not-of-the-cap", detail, alert.per.value, cap.per.value)
    elif at.quantity is not None and alert.of is None:
        yield Fault(f"{path}/of", "quantity-of-nothing", "a quantity is of one charge: name it", "none", "a charge")


def _of_mail(path: str, tell: tuple[ToldBy, ...], contract: ContractDocument) -> Iterator[Fault]:
    """Find who is to be told by mail, and has no address: that of its documents is meant."""
    delivery = contract.invoicing.delivery
    if ToldBy.MAIL in tell and (delivery is None or delivery.way not in {DeliveryWay.MAIL, DeliveryWay.LINK}):
        way = "none" if delivery is None else delivery.way.value
        detail = "mails go to where documents are mailed"
        yield Fault(path, "nowhere-to-mail", detail, way, "invoicing/delivery by mail or by link")


def _amounts(terms: SpendingTerms) -> Iterator[tuple[str, Decimal]]:
    """List the amounts that documents may come to."""
    top_up = terms.top_up
    for name in ("below", "by", "to") if top_up is not None else ():
        amount = getattr(top_up, name)
        if amount is not None:
            yield f"/spending/top_up/{name}", amount
    if terms.on_account is not None:
        yield "/spending/on_account/each", terms.on_account.each
