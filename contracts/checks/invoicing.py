"""Checks of how a customer wants its documents: names that no charge has, a Leitweg-ID with other check digits."""

from collections.abc import Iterator

from contracts.checks.spelling import unknown_name
from contracts.document import ContractDocument
from contracts.invoicing import InvoiceForm
from contracts.party_profiles.numbers import is_leitweg_id, is_like_a_leitweg_id
from quantities.document import Fault
from quantities.money import Money
from quantities.number import plain

#: Forms whose buyer's reference is a Leitweg-ID, where the buyer is a public one.
_OF_PUBLIC_BUYERS = frozenset({InvoiceForm.XRECHNUNG, InvoiceForm.XRECHNUNG_CII})


def invoicing_faults(contract: ContractDocument) -> Iterator[Fault]:
    """Check what a contract says of its documents."""
    terms, names = contract.invoicing, [charge.name for charge in contract.charges]
    for field, by_charge in (("order_lines", terms.order_lines), ("item_numbers", terms.item_numbers)):
        for name in by_charge:
            if name not in names:
                detail = "the contract has no charge of this name"
                yield unknown_name(f"/invoicing/{field}/{name}", "unknown-charge", detail, name, names)
    yield from _dunning_faults(contract)
    reference = terms.buyer_reference
    if terms.form not in _OF_PUBLIC_BUYERS or reference is None or not is_like_a_leitweg_id(reference):
        return
    if not is_leitweg_id(reference):
        detail = "it is written like a Leitweg-ID, and its check digits are wrong"
        expected = "a Leitweg-ID, as 04011000-1234512345-06"
        yield Fault("/invoicing/buyer_reference", "not-a-leitweg-id", detail, reference, expected)


def _dunning_faults(contract: ContractDocument) -> Iterator[Fault]:
    """Check that fees for late payment are whole minor units of the contract's currency."""
    dunning = contract.invoicing.dunning
    for at, step in enumerate(() if dunning is None else dunning.steps):
        if step.fee is not None and not Money(step.fee, contract.currency).is_rounded:
            expected = plain(Money(step.fee, contract.currency).rounded().amount)
            detail = f"{contract.currency} has fewer decimal places"
            yield Fault(f"/invoicing/dunning/steps/{at}/fee", "fee-not-rounded", detail, plain(step.fee), expected)
