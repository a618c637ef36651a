"""What an account is for; which account that is in a legal entity's books, its chart says (``charts/``)."""

from enum import StrEnum


class AccountKind(StrEnum):
    """Where an account stands in the statements."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"

    @property
    def is_of_the_balance_sheet(self) -> bool:
        """Whether what it comes to is carried into the next year."""
        return self not in (AccountKind.INCOME, AccountKind.EXPENSE)


class AccountRole(StrEnum):
    """What is posted to an account. A chart names one account for each role, or several by tag and tax."""

    # what customers owe and have paid
    RECEIVABLE = "receivable"
    ON_ACCOUNT = "on_account"  # their money that pays no document yet
    COLLECTED_FOR_OWNERS = "collected_for_owners"  # what they owe to owners in whose names is sold
    WITHHELD_TAX = "withheld_tax"  # what they pay to their own state for the supplier
    # where money is
    BANK = "bank"
    GATEWAY_BALANCE = "gateway_balance"
    IN_TRANSIT = "in_transit"
    # what was sold
    REVENUE = "revenue"
    SHORTFALL = "shortfall"  # what is paid for use that is not taken, and may not be made up
    REVENUE_REDUCTION = "revenue_reduction"
    CASH_DISCOUNT = "cash_discount"
    CONTRACT_ASSET = "contract_asset"  # earned and not billed
    CONTRACT_LIABILITY = "contract_liability"  # billed and not supplied
    REFUND_LIABILITY = "refund_liability"  # billed, and perhaps to be paid back
    DEPOSIT = "deposit"
    DAMAGES_PAID = "damages_paid"
    DAMAGES_RECEIVED = "damages_received"
    LATE_INTEREST = "late_interest"
    LATE_FEE = "late_fee"
    BAD_DEBT = "bad_debt"
    RENT_RECEIVABLE = "rent_receivable"  # stepped rents that are spread evenly, less what was billed
    ROUNDING = "rounding"
    # tax
    OUTPUT_VAT = "output_vat"
    INPUT_VAT = "input_vat"
    # payees
    PAYEE = "payee"  # what is owed to them
    PAYEE_SHARE = "payee_share"  # their part of what was sold, until their own documents say it
    SHARED_COST = "shared_cost"
    COMMISSION = "commission"
    # what banks and gateways take
    PAYMENT_FEE = "payment_fee"
    # currencies
    CURRENCY_CLEARING = "currency_clearing"
    REALISED_GAIN = "realised_gain"
    REALISED_LOSS = "realised_loss"
    UNREALISED_GAIN = "unrealised_gain"
    UNREALISED_LOSS = "unrealised_loss"
    # what was there when the books began
    OPENING = "opening"


#: What is carried by document or party in its own currency, and valued anew at each month's end.
MONETARY = frozenset(
    {
        AccountRole.RECEIVABLE,
        AccountRole.ON_ACCOUNT,
        AccountRole.COLLECTED_FOR_OWNERS,
        AccountRole.WITHHELD_TAX,
        AccountRole.BANK,
        AccountRole.GATEWAY_BALANCE,
        AccountRole.IN_TRANSIT,
        AccountRole.DEPOSIT,
        AccountRole.PAYEE,
        AccountRole.REFUND_LIABILITY,
    }
)
