"""Refusals of orders to banks, each brought about by a call: the house has no customer whom a bank debits."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from billing.bank.mandates import store as mandates
from billing.bank.matching.ordered import store as ordered
from billing.bank.matching.ordered.store import OrdersBookedAsked, refuse_another_sum
from billing.bank.order_files import prepare
from billing.bank.order_files import store as files
from billing.bank.orders import state, store
from billing.bank.orders.batch_table import batch_table, write_table
from billing.bank.orders.file_content import OwnAccount, PaymentBatch, PaymentInFile
from billing.bank.orders.latin import latin
from billing.bank.orders.outstanding import OutstandingOrder
from billing.bank.orders.pain001 import NAME, pain001
from billing.bank.orders.payment_to_make import (
    AccountToPay,
    AddressToPay,
    BankOrderState,
    PaymentPurpose,
    PaymentToMake,
)
from billing.bank.orders.schema import check_schema
from billing.bank.orders.state import BankOrderHappening
from billing.bank.orders.store import OrderActor
from billing.bank.statements.entry import BankEntry
from contracts.party_profiles.known_profiles import KnownProfiles
from tests.api.problem_pages.house import NOW, House

ACCOUNT = AccountToPay("Blechwerke", "DE89370400440532013000")
PAYMENT = PaymentToMake(
    "payout 12", PaymentPurpose.PAYOUT, "Nordluft", "Blechwerke", ACCOUNT, "EUR", Decimal("12.34"), date(2026, 2, 20)
)
TRANSFER = PaymentInFile("E1", Decimal("12.34"), ACCOUNT, AddressToPay(), "", "Refund")
BATCH = PaymentBatch("U1-1", OwnAccount(ACCOUNT, AddressToPay()), date(2026, 2, 20), "CNY", (TRANSFER,))


def rows(*found: object) -> Any:
    """A session that finds these rows."""
    listed = SimpleNamespace(one_or_none=lambda: found[0], scalars=lambda: list(found))
    return SimpleNamespace(exec=lambda *_: listed, execute=lambda *_: listed)


def of_a_payment_of_nothing(house: House) -> None:
    store.ask_payment(rows(), replace(PAYMENT, amount=Decimal(0)), OrderActor("anna", NOW))


def of_another_payment_under_the_key(house: House) -> None:
    of_both = {"key": "payout 12", "purpose": "payout", "issuer_id": 1, "party_id": 2, "currency": "EUR"}
    asked = SimpleNamespace(id=7, asked=Decimal("12.34"), account=ACCOUNT.number, **of_both)
    other = SimpleNamespace(asked=Decimal(1), account=ACCOUNT.number, **of_both)
    store._refuse_other(cast("Any", other), cast("Any", asked))


def of_a_party_without_an_account(house: House) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store, "known_of", lambda *_: KnownProfiles())
        store._account_of(rows(), "Blechwerke", "EUR", date(2026, 2, 20))


def of_a_supplier_without_an_account(house: House) -> None:
    office = SimpleNamespace(asked=SimpleNamespace(supplier="Nordluft"), session=None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(prepare, "known_of", lambda *_: KnownProfiles())
        patched.setattr(prepare, "_today", lambda *_: date(2026, 2, 20))
        prepare._own_account(cast("Any", office), cast("Any", None), "EUR")


def of_a_file_that_breaks_the_schema(house: House) -> None:
    head = SimpleNamespace(message_id="U" * 40, made_at=NOW, initiator="Nordluft")
    check_schema(pain001(cast("Any", head), [replace(BATCH, currency="EUR")]), NAME)


def of_orders_that_the_bank_has_booked(house: House) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ordered, "outstanding_orders", lambda _: [])
        patched.setattr(ordered, "bank_order", lambda *_: None)
        ordered._named(rows(), OrdersBookedAsked(16, orders=(7,)))


def of_another_sum(house: House) -> None:
    order = OutstandingOrder(7, "E7", "U1", "U1-1", "DE02", "EUR", Decimal("178.50"))
    booked = BankEntry("line 2", "DE02", date(2026, 2, 20), date(2026, 2, 20), Decimal("180.00"), "EUR")
    refuse_another_sum(booked, [order])


DOUBLES_OF_BANK_ORDERS: Mapping[str, Callable[[House], object]] = {
    "orders-not-outstanding": of_orders_that_the_bank_has_booked,
    "booking-differs": of_another_sum,
    "mandate-taken": lambda house: mandates._refuse_taken(rows(7), 1, "M-2026-1", None),
    "mandate-ended": lambda house: mandates._locked(rows(SimpleNamespace(revoked_on=date(2026, 2, 1))), 7),
    "bank-order-not-so": lambda house: state.after(BankOrderState.DONE, BankOrderHappening.WITHDRAWN),
    "payment-asked-otherwise": of_another_payment_under_the_key,
    "payment-not-possible": of_a_payment_of_nothing,
    "no-account-to-pay": of_a_party_without_an_account,
    "characters-lost": lambda house: latin("Blech\ue000werke", 70),
    "unknown-batch-table": lambda house: batch_table("icbc"),
    "batch-table-refuses": lambda house: write_table(batch_table("cnaps"), BATCH),
    "order-file-fails-schema": of_a_file_that_breaks_the_schema,
    "order-file-done": lambda house: files.order_file_content(rows(SimpleNamespace(state="prepared")), 7),
    "orders-changed": lambda house: files.refuse_changed(7, ["mandate M-2026-1 is revoked"]),
    "orders-booked": lambda house: files.refuse_booked(7, [12]),
    "no-own-account": of_a_supplier_without_an_account,
}
