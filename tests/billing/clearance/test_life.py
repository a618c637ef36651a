"""What is recorded of a clearance, in every order; and which documents a state clears."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from billing.clearance.duty import NoDuty, duty_of, why_not_cleared
from billing.clearance.life import Authority, ClearanceMoveRefused, ClearanceStatus, moved
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import PostalAddress
from billing.records.document_type import DocumentType
from tests.billing.clearance.cleared import CHINESE_BUYER, POLISH_BUYER, chinese, chinese_line, line, polish
from tests.billing.documents.model.made import INVOICE

KSEF, FAPIAO = duty_of(Authority.KSEF), duty_of(Authority.FAPIAO)
_STATUS = {one.value: one for one in ClearanceStatus}
#: Every life that is lived to its end.
LIVES = {("asked", "accepted", "confirmed"), ("asked", "refused"), ("asked", "withdrawn")}


def taken(steps: tuple[str, ...]) -> bool:
    status: ClearanceStatus | None = None
    try:
        for step in steps:
            status = moved(status, _STATUS[step])
    except ClearanceMoveRefused as refused:
        assert {"place", "found", "expected"} <= refused.members.keys()
        return False
    return True


def test_of_all_sequences_those_are_taken_that_begin_a_life() -> None:
    begun = {life[:length] for life in LIVES for length in range(1, len(life) + 1)}
    every = {steps for length in range(1, 5) for steps in product(_STATUS, repeat=length)}
    assert {steps for steps in every if taken(steps)} == begun


def test_what_has_a_number_holds_its_document() -> None:
    assert all(status.holds_document for status in ClearanceStatus if status.has_number)
    assert not ClearanceStatus.REFUSED.holds_document


BLUE = chinese([chinese_line(1, "100.00")])


@pytest.mark.parametrize(("document", "reason"), [
    pytest.param(polish(), None, id="a Polish invoice to a business"),
    pytest.param(polish(buyer=replace(POLISH_BUYER, vat_id="", tax_number="", registration=None)), NoDuty.CONSUMER, id="to a consumer"),
    pytest.param(polish(buyer=replace(POLISH_BUYER, vat_id="DE129273398", address=PostalAddress(country="DE"))), None, id="abroad"),
    pytest.param(polish(document_type=DocumentType.SELF_BILLED), None, id="made out by the buyer"),
    pytest.param(polish(issued_on=date(2026, 1, 31)), NoDuty.BEFORE, id="before KSeF"),
    pytest.param(polish(issued_on=None, state="draft"), NoDuty.NOT_ISSUED, id="a draft"),
    pytest.param(polish(state="void"), NoDuty.VOID, id="void"),
    pytest.param(INVOICE, NoDuty.SELLER_ABROAD, id="a German seller"),
    pytest.param(replace(polish(), lines=()), NoDuty.NOTHING_BILLED, id="nothing"),
    pytest.param(polish(line(1, "5", nature="damages")), NoDuty.DAMAGES, id="damages alone"),
    pytest.param(polish(line(1, "5", nature="damages"), line(2, "9", nature="deposit")), NoDuty.DEPOSIT, id="a deposit"),
    pytest.param(polish(line(1, "5"), line(2, "9", nature="deposit")), None, id="a deposit beside what is supplied"),
])  # fmt: skip
def test_ksef_clears(document: BusinessDocument, reason: NoDuty | None) -> None:
    assert why_not_cleared(document, KSEF) is reason


@pytest.mark.parametrize(("document", "reason"), [
    pytest.param(BLUE, None, id="a Chinese invoice"),
    pytest.param(replace(BLUE, buyer=replace(CHINESE_BUYER, vat_id="", tax_number="")), None, id="to a person"),
    pytest.param(replace(BLUE, buyer=replace(CHINESE_BUYER, address=PostalAddress(country="DE"))), NoDuty.BUYER_ABROAD, id="abroad"),
    pytest.param(replace(BLUE, document_type=DocumentType.SELF_BILLED), NoDuty.MADE_OUT_BY_BUYER, id="made out by the buyer"),
    pytest.param(polish(), NoDuty.SELLER_ABROAD, id="a Polish seller"),
])  # fmt: skip
def test_china_clears(document: BusinessDocument, reason: NoDuty | None) -> None:
    assert why_not_cleared(document, FAPIAO) is reason
