"""Every table of every package, for comparing the models with the database."""

from sqlmodel import SQLModel

from api.access import tables as of_api
from api.audit import tables as of_audit
from api.long_work import tables as of_long_work
from api.repeats import tables as of_repeats
from api.webhooks import tables as of_webhooks
from billing import tables as of_billing
from billing.bank import tables as of_bank
from billing.bank.mandates import tables as of_mandates
from billing.bank.orders import tables as of_bank_orders
from billing.due import tables as of_due_work
from billing.dunning import tables as of_dunning
from billing.ledger import tables as of_ledger
from billing.payments import tables as of_payments
from billing.payouts import tables as of_payouts
from billing.spending import tables as of_spending
from contracts import tables as of_contracts
from metering import tables as of_metering

DECLARED_BY = (
    of_metering,
    of_contracts,
    of_billing,
    of_bank,
    of_due_work,
    of_mandates,
    of_bank_orders,
    of_payments,
    of_payouts,
    of_dunning,
    of_spending,
    of_ledger,
    of_api,
    of_audit,
    of_repeats,
    of_webhooks,
    of_long_work,
)
METADATA = SQLModel.metadata
