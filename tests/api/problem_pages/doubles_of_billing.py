"""Refusals of billing that nobody provokes from outside at will, each brought about by a call."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import TypeAdapter

from billing.archive import store as originals
from billing.archive.original import made_original
from billing.delivery import store as deliveries
from billing.delivery.answer import DeliveryAnswer
from billing.delivery.outgoing import original_file
from billing.delivery.state import DocumentDeliveryState
from billing.documents.einvoice.held_to_rules import day_of_issue
from billing.documents.einvoice.rules.rule_files import RuleFile, path_of
from billing.documents.invoice.pictures import NO_PICTURES, InvoicePictures
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.look.fonts import folder_of
from billing.drafts import making
from billing.estimating import store as estimating
from billing.invoices import store as invoices
from billing.invoices.store import InvoiceKind
from billing.ledger.accounts import AccountRole
from billing.ledger.books import store as ledger
from billing.ledger.charts.chart import AccountChart
from billing.ledger.entry import Posting
from billing.ledger.rates.store import rate_of
from billing.payees.documents import store as payee_documents
from billing.payees.documents.dividing import papers_of
from billing.payees.documents.paper import SellerLaw, SharedTerms, SoldLine
from billing.payees.legs import legs_of
from billing.payments import links as pay_links
from billing.payments.gateway import GatewayMovement, MovementState, OrderedMovement
from billing.payments.methods import store as methods
from billing.payments.orders import recorded
from billing.payments.orders import state as order_state
from billing.payments.orders.asked import store as gateway_orders
from billing.payments.orders.asked.store import RefundWanted
from billing.payments.orders.state import OrderHappening, OrderState
from billing.payments.refunds import store as refunds
from billing.payouts import making as making_payouts
from billing.payouts.by_bank import store as payouts_by_bank
from billing.payouts.state import PayeePayoutState, PayoutHappening, payout_after
from billing.proof.bundle.store import see_that_it_proves
from billing.records.document_type import DocumentRules
from billing.spending.look import see_that_billing_keeps_up
from billing.tax.decision import decide_as_shipped
from billing.voiding.reliance import Reliance, refuse_reliance
from contracts.invoicing import InvoiceForm
from contracts.logos.logo import Logo
from contracts.release.store import Releasing
from metering.quality.estimation.store import NothingMissing
from quantities.money import Money
from quantities.period import Period
from tests.api.problem_pages.house import NOW, House
from tests.billing.documents.model.made import SELLER, invoice
from tests.billing.rating.billed import agreed, lines_of


def of_a_broken_logo(house: House) -> None:
    logo = Logo("image/png", b"no picture")
    branded = invoice(seller=replace(SELLER, logo=logo.sha256))
    InvoicePdf().render(branded, InvoicePictures(logos={logo.sha256: logo}))


def of_a_missing_font(house: House) -> None:
    folder_of("Noto Sans SC", "no_such_package", "fonts")


def of_damaged_terms(house: House) -> None:
    def load(*_: object) -> None:
        TypeAdapter(int).validate_python("nothing of a contract")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("billing.drafts.making.contracts.of_contracts", load)
        _, faults = making.loaded(cast("Any", None), [1])
    raise faults[1]


def of_a_part(house: House) -> None:
    """The database tells of an invoice of the first half of February."""
    dates = {"first": date(2026, 2, 1), "after_last": date(2026, 2, 16), "now_until": date(2026, 3, 1)}
    row = SimpleNamespace(contract_id=1, id=7, number="2026-000007", **dates)
    period = SimpleNamespace(first=dates["first"], after_last=dates["now_until"])
    bill = SimpleNamespace(kind=InvoiceKind.PERIOD, period=period)
    session, work = SimpleNamespace(execute=lambda *_: [row]), SimpleNamespace(contract_id=1, bill=bill)
    raise making._part_billed(cast("Any", session), cast("Any", [work]))[1].refusal


def of_one_number(house: House) -> None:
    """Two suppliers have issued an invoice of one number."""
    session = SimpleNamespace(exec=lambda statement: [(1, "Nordluft"), (2, "Südluft")])
    invoices.find(cast("Any", session), "2026-000001")


def of_a_share_too_little(house: House) -> None:
    """A line of 100 of which 99 are the factory's, and nothing is anybody's else."""
    rent = {"name": "rent", "rule": {"kind": "fixed_fee", "amount": "100"}, "waterfall": {"rest": "factory"}}
    payee = {"name": "factory", "country": "DE", "self_billed": "false"}
    contract = agreed(rent, sharing={"payees": [payee]})
    (line,) = lines_of(contract)
    legs_of(contract, [replace(line, payees={"factory": "99"})], decide_as_shipped)


def of_an_expired_agreement(house: House) -> None:
    """A fee of January, and an agreement that ended with its first day."""
    rent = {"name": "rent", "rule": {"kind": "fixed_fee", "amount": "100"}, "waterfall": {"rest": "factory"}}
    agreement = {"reference": "A-1", "first": "2025-01-01", "after_last": "2026-01-02"}
    contract = agreed(rent, sharing={"payees": [{"name": "factory", "country": "DE", "agreement": agreement}]})
    lines = [SoldLine(1, 1, "", pos, line, contract) for pos, line in enumerate(lines_of(contract), start=1)]
    laws = {"DE": SellerLaw(DocumentRules(country="DE"))}
    papers_of(lines, SharedTerms(1, contract, [contract]), laws, decide_as_shipped)


def of_one_number_of_payees(house: House) -> None:
    """Two sellers have a document of one number."""
    rows = [SimpleNamespace(content=SimpleNamespace(seller=SimpleNamespace(name=name))) for name in ("Halle", "Labor")]
    session = SimpleNamespace(exec=lambda statement: SimpleNamespace(all=lambda: rows))
    payee_documents.find(cast("Any", session), "SB-2026-000001")


def of_a_draft(house: House) -> None:
    day_of_issue(invoice(state="draft", issued_on=None))


def of_a_void_document(house: House) -> None:
    day_of_issue(invoice(state="void"))


def of_a_fapiao(house: House) -> None:
    made_original(invoice(form=InvoiceForm.FAPIAO), lambda document: NO_PICTURES)


def of_rules_that_are_not_installed(house: House) -> None:
    path_of(RuleFile("EN 16931", "not-installed", "not_installed", "rules.xsl"))


def of_an_original_that_was_changed(house: House) -> None:
    row = SimpleNamespace(content=b"changed", sha256="0" * 64)
    originals._read(cast("Any", row))


def of_an_answer_that_overtakes(house: House) -> None:
    """An access point answers a document that is still on its way to it."""
    row = SimpleNamespace(id=17, state=DocumentDeliveryState.SENDING)
    deliveries.answered(cast("Any", None), cast("Any", row), DeliveryAnswer.ACCEPTED, detail="", by=None, at=NOW)


def of_an_original_with_errors(house: House) -> None:
    """An original whose total is another than that of its lines."""
    report = SimpleNamespace(errors=["BR-CO-13: the total without tax is not the sum of the lines"])
    original = SimpleNamespace(form=InvoiceForm.XRECHNUNG, report=report)
    original_file(cast("Any", original), "2026-000001")


def rows_alone(*rows: object) -> Any:
    """A session that answers whatever is asked with these."""
    first = rows[0] if rows else None
    answer = SimpleNamespace(one_or_none=lambda: first, first=lambda: first)
    return cast("Any", SimpleNamespace(exec=lambda _: answer))


def of_a_method_that_ended(house: House) -> None:
    ended = SimpleNamespace(ended_at=NOW, ended_why="the customer has closed the account", removal=None)
    methods.end_method(rows_alone(ended), 3, reason="", by="anna", at=NOW)


def of_a_second_order(house: House) -> None:
    charge = SimpleNamespace(id=7, state=OrderState.PROCESSING)
    gateway_orders.refuse_second(rows_alone(charge), 1, but=None, number="2026-000001")


def of_a_refund_of_too_much(house: House) -> None:
    paid = SimpleNamespace(id=7, state="done", movement="charge", amount=Decimal("178.50"), currency="EUR")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("billing.payments.orders.asked.store._left_of", lambda *_: paid.amount)
        wanted = RefundWanted(7, Decimal("200.00"), None, "paid twice")
        gateway_orders.ask_refund(rows_alone(paid), wanted, by="anna", at=NOW)


def of_a_refund_that_was_withdrawn(house: House) -> None:
    gone = SimpleNamespace(of_id=7, released_by=None, withdrawn_by="bert")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("billing.payments.refunds.store.locked", lambda *_: None)
        session = rows_alone(gone)
        session.refresh = lambda _: None
        refunds.withdraw_refund(session, 3, Releasing("anna", NOW))


def of_a_credit_note_to_pay(house: House) -> None:
    note = SimpleNamespace(payable=Decimal("-12.50"), currency="EUR", voided_on=None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("billing.payments.links.document", lambda *_: note)
        session = cast("Any", SimpleNamespace(refresh=lambda _: None))
        pay_links.make_pay_link(session, "2026-000007", None, days=1, by="anna", at=NOW)


def of_dollars_for_euros(house: House) -> None:
    """A payment of which the gateway says another currency than it was asked in."""
    dollars = Money(Decimal("178.50"), "USD")
    movement = GatewayMovement(OrderedMovement.CHARGE, "pi_1", None, MovementState.DONE, dollars, received=dollars)
    recorded._what_counts(cast("Any", None), cast("Any", SimpleNamespace(currency="EUR")), movement, [])


#: By name: what raises it.
def with_payable(amount: str, patched: pytest.MonkeyPatch) -> None:
    stands = SimpleNamespace(
        today=NOW.date(),
        balance=SimpleNamespace(payable=Decimal(amount)),
        owed=SimpleNamespace(payee="factory", terms=object()),
    )
    for module in ("making", "by_bank.store"):
        patched.setattr(f"billing.payouts.{module}.standing_of", lambda *_: stands)
        patched.setattr(f"billing.payouts.{module}.locked_account", lambda *_: SimpleNamespace(currency="EUR"))


def a_payout(**changed: Any) -> Any:
    known = {"id": 7, "state": "held", "released_by": None, "order_id": None, "prepared_by": "anna", "by": "bank"}
    known |= {"currency": "EUR", "account_id": 1, "made_on": NOW.date()}
    return SimpleNamespace(**known | changed)


def of_a_payout_that_goes(house: House) -> None:
    making_payouts.release_payout(rows_alone(a_payout(state="ordered")), 7, Releasing("bert", NOW))


def of_a_payout_that_is_owed_no_more(house: House) -> None:
    with pytest.MonkeyPatch.context() as patched:
        with_payable("-107.10", patched)
        patched.setattr("billing.payouts.making._is_small", lambda *_: True)
        making_payouts.release_payout(rows_alone(a_payout()), 7, Releasing("bert", NOW))


def of_nothing_to_pay_out(house: House) -> None:
    with pytest.MonkeyPatch.context() as patched:
        with_payable("0.00", patched)
        making_payouts.make_now(cast("Any", None), 1, by="anna", at=NOW)


def of_a_payout_of_tomorrow(house: House) -> None:
    with pytest.MonkeyPatch.context() as patched:
        with_payable("0.00", patched)
        row = a_payout(state="due")
        payouts_by_bank.record_paid(rows_alone(row), 7, date(2026, 3, 3), "2026-03-03/1", by="anna", at=NOW)


def of_an_hour_that_nothing_tells(house: House) -> None:
    hour = NothingMissing("1 interval of good.kwh is missing, and nothing says what it was")
    estimating.refuse_parts("GOOD", [hour])


def of_an_estimate_of_what_is_billed(house: House) -> None:
    estimating.refuse_billed("GOOD", ["good.kwh"], Period.of_days(date(2026, 1, 1), date(2026, 2, 1), UTC))


def a_ledger(*, has_books: bool = False, party: object = None) -> Any:
    """A session of a tenant with one party, or none, that has books or has none."""
    one = SimpleNamespace(one_or_none=lambda: party, first=lambda: None)
    tenant = SimpleNamespace(scalar_one=lambda: 1)
    return SimpleNamespace(exec=lambda *_: one, execute=lambda *_: tenant, get=lambda *_: party if has_books else None)


def opens_books(session: Any, first_day: date = date(2026, 1, 1), chart: str = "plain") -> None:
    ledger.open_books(session, "Nordluft", chart, "EUR", first_day, zone="Etc/UTC", by="anna", at=NOW)


def of_books_opened_twice(house: House) -> None:
    opens_books(a_ledger(has_books=True, party=SimpleNamespace(id=1)))


def of_books_of_nobody(house: House) -> None:
    opens_books(a_ledger())


def of_books_from_the_second_on(house: House) -> None:
    opens_books(a_ledger(party=SimpleNamespace(id=1)), date(2026, 1, 2))


def of_a_chart_of_nobody(house: House) -> None:
    opens_books(a_ledger(), chart="skr99")


def of_a_chart_without_a_bank(house: House) -> None:
    chart = AccountChart.model_construct(chart="own", title="", source="", rows=(), accounts={})
    chart.account_of(Posting(AccountRole.BANK, Decimal(1)))


def of_a_day_without_a_rate(house: House) -> None:
    rate_of(a_ledger(), "CHF", "EUR", date(2026, 2, 1))


DOUBLES_OF_BILLING: Mapping[str, Callable[[House], object]] = {
    "books-are-open": of_books_opened_twice,
    "no-books": of_books_of_nobody,
    "books-begin-within-month": of_books_from_the_second_on,
    "unknown-chart": of_a_chart_of_nobody,
    "no-account-for-posting": of_a_chart_without_a_bank,
    "exchange-rate-missing": of_a_day_without_a_rate,
    "not-issued": of_a_draft,
    "not-all-estimated": of_an_hour_that_nothing_tells,
    "estimate-corrects-billed": of_an_estimate_of_what_is_billed,
    "void-has-no-original": of_a_void_document,
    "original-of-state": of_a_fapiao,
    "rules-missing": of_rules_that_are_not_installed,
    "original-damaged": of_an_original_that_was_changed,
    "missing-font": of_a_missing_font,
    "unprintable-picture": of_a_broken_logo,
    "answer-to-nothing": of_an_answer_that_overtakes,
    "refund-done": of_a_refund_that_was_withdrawn,
    "nothing-to-pay": of_a_credit_note_to_pay,
    "method-ended": of_a_method_that_ended,
    "order-not-so": lambda house: order_state.after(OrderState.DONE, OrderHappening.WITHDRAWN),
    "already-collected": of_a_second_order,
    "document-collected": lambda house: refuse_reliance("2026-000001", Reliance(collected={"2026-000001": 7})),
    "refund-too-large": of_a_refund_of_too_much,
    "gateway-currency-differs": of_dollars_for_euros,
    "payout-not-so": lambda house: payout_after(PayeePayoutState.PAID, PayoutHappening.WITHDRAWN),
    "payout-released": of_a_payout_that_goes,
    "payout-not-owed": of_a_payout_that_is_owed_no_more,
    "nothing-payable": of_nothing_to_pay_out,
    "paid-out-ahead": of_a_payout_of_tomorrow,
    "original-not-valid": of_an_original_with_errors,
    "document-unproven": lambda house: see_that_it_proves("2026-000001", b"of another program"),
    "part-billed": of_a_part,
    "billing-is-behind": lambda house: see_that_billing_keeps_up(
        "AIR-1", [date(2026, month, 1) for month in range(1, 6)]
    ),
    "self-billing-not-agreed": of_an_expired_agreement,
    "shares-do-not-add-up": of_a_share_too_little,
    "terms-damaged": of_damaged_terms,
    "which-seller": of_one_number_of_payees,
    "which-supplier": of_one_number,
}
