"""Refusals about clearances, of documents made by hand: no supplier of the house is in Poland or China."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from billing.clearance import store
from billing.clearance.answering.store import RecordedAnswers, _accepted, _Reading, _refuse_other_seller
from billing.clearance.answers import ClearanceAnswer
from billing.clearance.asking import store as asking
from billing.clearance.fapiao import store as reds
from billing.clearance.fapiao.red_letter import BlueFapiao, RedReason, RedState, RedStep, red_moved, red_parts
from billing.clearance.fapiao.split import fapiao_of
from billing.clearance.ksef.codes import KsefFile, ksef_codes
from billing.clearance.ksef.fa3 import fa3
from billing.clearance.life import ClearanceStatus, moved
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import PostalAddress
from billing.tax.tax import TaxCategory
from billing.voiding.reliance import Reliance, refuse_reliance
from tests.api.problem_pages.house import House
from tests.billing.clearance.cleared import (
    CHINESE_BUYER,
    NIP,
    POLISH_SELLER,
    USCC,
    chinese,
    chinese_line,
    line,
    polish,
    polish_correction,
)

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ROW = SimpleNamespace(seller=NIP, number="5265877635-20250826-0100001AF629-AF", status="accepted")
ANSWER = ClearanceAnswer("Dokument[1]", "5265877635", "2026-000001", "5265877635-20260302-000000000001-AC")
BLUE = BlueFapiao("26312000000123456789", Decimal(100), Decimal(13))


def in_poland(document: BusinessDocument) -> Callable[[House], object]:
    return lambda _: fa3(document, AT, {})


def in_china(document: BusinessDocument) -> Callable[[House], object]:
    return lambda _: fapiao_of([document])


def of_an_unnamed_exemption(_: House) -> None:
    document = polish(line(1, "10.00", "0", TaxCategory.EXEMPT))
    fa3(replace(document, taxes=tuple(replace(one, reason="") for one in document.taxes)), AT, {})


def of_what_waits(_: House) -> None:
    session = SimpleNamespace(execute=lambda statement: SimpleNamespace(scalar=lambda: "2026-000001"))
    store.refuse_what_waits(cast("Any", session), polish_correction(), 1)


def of_a_small_quota(_: House) -> None:
    """Of the month's 1,000 yuan 900 are used, and 200 are asked for."""
    due, wanted = SimpleNamespace(issuer_id=1), SimpleNamespace(seller=USCC, net=Decimal(200))
    session = SimpleNamespace(
        execute=lambda statement: SimpleNamespace(scalar_one=lambda: Decimal(900), scalar=lambda: None)
    )
    written = [SimpleNamespace(due=[due], wanted=wanted)]
    asking._refuse_beyond_quota(cast("Any", session), cast("Any", written), Decimal(1000), AT)


def of_nothing_confirmed(_: House) -> None:
    session = SimpleNamespace(exec=lambda statement: Empty())
    reds.red_fapiao_of(cast("Any", session), polish_correction(), 1, AT)


class Empty(list[Any]):
    """The rows of a database that has none."""

    def all(self) -> list[Any]:
        return []


def of_another_number(_: House) -> None:
    reading = _Reading(cast("Any", None), cast("Any", None), 1, RecordedAnswers())
    _accepted(reading, cast("Any", ROW), "2026-000001", ANSWER)


#: By name: what raises it.
DOUBLES_OF_CLEARANCE: Mapping[str, Callable[[House], object]] = {
    "seller-without-address": in_poland(
        replace(polish(), seller=replace(POLISH_SELLER, address=PostalAddress(country="PL")))
    ),
    "seller-number-invalid": in_poland(replace(polish(), seller=replace(POLISH_SELLER, vat_id="PL5260001247"))),
    "buyer-number-invalid": in_china(
        chinese([chinese_line(1, "1.00")], buyer=replace(CHINESE_BUYER, vat_id=USCC[:-1] + "A"))
    ),
    "tax-rate-unclassed": in_poland(polish(line(1, "10.00", "19"))),
    "exemption-unnamed": of_an_unnamed_exemption,
    "tax-not-in-zloty": in_poland(polish(currency="EUR")),
    "correction-on-invoice": in_poland(polish(line(1, "10.00", corrects="2026-000001"))),
    "corrected-not-cleared": of_what_waits,
    "file-fails-schema": in_poland(polish(issued_on=date(2005, 1, 1))),
    "tax-code-missing": in_china(chinese([chinese_line(1, "1.00", classifications=())])),
    "discount-beyond-line": in_china(chinese([chinese_line(1, "1.00"), chinese_line(2, "-2.00")])),
    "currency-not-of-state": in_china(chinese([chinese_line(1, "1.00")], currency="EUR")),
    "quota-exceeded": of_a_small_quota,
    "red-not-confirmed": of_nothing_confirmed,
    "red-move-refused": lambda _: red_moved(RedState.VOID, RedStep.CONFIRM),
    "red-exceeds-blue": lambda _: red_parts([BLUE], Decimal(200), Decimal(26), RedReason.REDUCED),
    "partial-red-refused": lambda _: red_parts([BLUE], Decimal(50), Decimal("6.50"), RedReason.MADE_OUT_IN_ERROR),
    "clearance-move-refused": lambda _: moved(ClearanceStatus.CONFIRMED, ClearanceStatus.WITHDRAWN),
    "answer-of-other-seller": lambda _: _refuse_other_seller(cast("Any", ROW), ANSWER),
    "answer-differs": of_another_number,
    "certificate-missing": lambda _: ksef_codes(KsefFile(NIP, date(2026, 2, 1), bytes(32), offline=True)),
    "document-cleared": lambda _: refuse_reliance("2026-000001", Reliance(cleared={"2026-000001": "ksef"})),
}
