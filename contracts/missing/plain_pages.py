"""What a page or a PDF of a contract would go without that no rule of it asks for: an address, an account.

Such a document is lawful and is sent; yet it comes back from a post office, or nobody knows where to pay.
"""

from collections.abc import Iterator
from datetime import date

from contracts.checks.caution import Caution
from contracts.contract import Contract
from contracts.invoicing import InvoiceForm
from contracts.missing.missing_data import sellers_of
from contracts.party_profiles.known_profiles import KnownProfiles


def cautions_of_pages(contract: Contract, profiles: KnownProfiles, day: date) -> tuple[Caution, ...]:
    """Warn of a page or a PDF without the customer's address, or without an account to pay to.

    Args:
        contract: one of its versions; of another form than ``pdf``, its rules say what is missing.
        profiles: of its parties.
        day: on which profiles must be in force.
    """
    return tuple(_cautions(contract, profiles, day)) if contract.invoicing.form is InvoiceForm.PDF else ()


def _cautions(contract: Contract, profiles: KnownProfiles, day: date) -> Iterator[Caution]:
    customer = contract.customer
    profile = profiles.on(customer.name, day)
    if not customer.address and (profile is None or not profile.address):
        detail = f"a page without the address of {customer.name}: tell it as address, by `usufruct party apply`"
        yield Caution("/customer", "page-without-address", detail)
    for path, seller in sellers_of(contract):
        profile = profiles.on(seller.name, day)
        if profile is None or (profile.bank_for(contract.currency) is None and profile.creditor_id is None):
            detail = f"a page without an account of {seller.name} to pay to: tell banks, by `usufruct party apply`"
            yield Caution(path, "page-without-account", detail)
