"""A document through an access point: what it is told, and what each of its answers means."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from api.delivering.access_point_way import AccessPoint, AccessPointWay
from api.webhooks.address import UnfitWebhookAddress
from billing.delivery.answer import DeliveryAnswer
from billing.delivery.outgoing import Outgoing, OutgoingFile
from billing.delivery.peppol import peppol_message
from billing.delivery.way import OutcomeUnknown, SendingAttempt, SendingFailed, SendingReceipt, SendingRefused
from contracts.invoicing import InvoiceForm, Language
from tests.api.webhooks.receiver import Receiver, closes, is_silent, receiving

XML = b'<?xml version="1.0"?><ubl:Invoice xmlns:ubl="urn:x">\r\n \xc3\xbc</ubl:Invoice>'
OUTGOING = Outgoing(
    number="2026-000001", seller="Nordluft", buyer="Blechwerke", language=Language.GERMAN, form=InvoiceForm.PEPPOL,
    original=OutgoingFile("2026-000001.xml", "application/xml", XML), seller_id="9930:DE136695976",
)  # fmt: skip
TO = ("9930:DE129273398",)
ATTEMPT = SendingAttempt(1, 17, 1, "0b9e.1", datetime(2026, 2, 2, 6, tzinfo=UTC))


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture(autouse=True)
def emptied(receiver: Receiver) -> None:
    receiver.received, receiver.by_path = [], {}


def way(receiver: Receiver, within_s: float = 2) -> AccessPointWay:
    return AccessPointWay(AccessPoint(f"{receiver.address}/ap", "secret", loopback=True), within_s)


def says(status: int, **members: Any) -> Any:
    return lambda request: request.answers(status, json.dumps(members).encode())


class TestWhatItIsTold:
    def test_ids_process_document_type_and_the_bytes(self, receiver: Receiver) -> None:
        receiver.at("/ap/messages", says(202, message_id="m-1", detail="queued"))
        receipt = way(receiver).send(OUTGOING, TO, ATTEMPT)
        (request,) = receiver.received
        body = json.loads(request.body)
        assert receipt == SendingReceipt("access point", "m-1", "queued")
        assert (request.headers["authorization"], body["id"]) == ("Bearer secret", "0b9e.1")
        assert (body["sender"], body["receiver"]) == ("9930:DE136695976", "9930:DE129273398")
        assert body["process"] == "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
        assert body["document_type"] == (
            "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2::Invoice##urn:cen.eu:en16931:2017#compliant"
            "#urn:fdc:peppol.eu:2017:poacc:billing:3.0::2.1"
        )
        assert base64.b64decode(body["content"]) == XML
        assert body["sha256"] == hashlib.sha256(XML).hexdigest()

    @pytest.mark.parametrize(("form", "root", "self_billed", "document_type"), [
        pytest.param(InvoiceForm.PEPPOL, "CreditNote", False, "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2::CreditNote##urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0::2.1", id="a credit note"),
        pytest.param(InvoiceForm.PEPPOL, "Invoice", True, "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2::Invoice##urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0::2.1", id="made out by the buyer"),
        pytest.param(InvoiceForm.XRECHNUNG_CII, "rsm:CrossIndustryInvoice", False, "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100::CrossIndustryInvoice##urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0::D16B", id="XRechnung in CII"),
    ])  # fmt: skip
    def test_the_type_of_each_form(self, form: InvoiceForm, root: str, self_billed: bool, document_type: str) -> None:  # noqa: FBT001 a parameter of the table
        file = OutgoingFile("x.xml", "application/xml", f"<{root} xmlns='y'/>".encode())
        outgoing = replace(OUTGOING, form=form, original=file, is_self_billed=self_billed)
        message = peppol_message(outgoing, TO[0])
        assert message.document_type == document_type
        assert ("selfbilling" in message.process) is self_billed

    @pytest.mark.parametrize("changes", [
        pytest.param({"form": InvoiceForm.PDF}, id="a form that does not travel so"),
        pytest.param({"seller_id": ""}, id="a seller without an address"),
        pytest.param({"original": OutgoingFile("x.html", "text/html", b"<html></html>")}, id="no invoice"),
    ])  # fmt: skip
    def test_what_cannot_be_told_is_refused(self, receiver: Receiver, changes: dict[str, Any]) -> None:
        with pytest.raises(SendingRefused):
            way(receiver).send(replace(OUTGOING, **changes), TO, ATTEMPT)
        assert receiver.received == []


class TestWhatItAnswers:
    @pytest.mark.parametrize(("answer", "error"), [
        pytest.param(says(422, detail="unknown receiver"), SendingRefused, id="it does not take it"),
        pytest.param(says(429), SendingFailed, id="not now"),
        pytest.param(says(503), SendingFailed, id="not at all now"),
        pytest.param(says(500), OutcomeUnknown, id="something broke within it"),
        pytest.param(says(200), OutcomeUnknown, id="it gives no number"),
        pytest.param(says(302), OutcomeUnknown, id="elsewhere: nothing is followed"),
        pytest.param(lambda request: request.answers(200, b"<html>"), OutcomeUnknown, id="no JSON"),
        pytest.param(closes, OutcomeUnknown, id="nothing"),
    ])  # fmt: skip
    def test_to_a_document(self, receiver: Receiver, answer: Any, error: type[Exception]) -> None:
        receiver.at("/ap/messages", answer)
        with pytest.raises(error):
            way(receiver).send(OUTGOING, TO, ATTEMPT)

    def test_too_late(self, receiver: Receiver) -> None:
        receiver.at("/ap/messages", is_silent)
        with pytest.raises(OutcomeUnknown):
            way(receiver, within_s=0.1).send(OUTGOING, TO, ATTEMPT)

    def test_nobody_there_and_a_private_network(self) -> None:
        with pytest.raises(SendingFailed):
            AccessPointWay(AccessPoint("http://127.0.0.1:9/ap", loopback=True)).send(OUTGOING, TO, ATTEMPT)
        with pytest.raises(UnfitWebhookAddress):
            AccessPointWay(AccessPoint("https://10.0.0.1/ap")).ask(ATTEMPT)

    def test_to_a_question(self, receiver: Receiver) -> None:
        path = f"/ap/messages/{ATTEMPT.key}"
        asked = way(receiver)
        receiver.at(path, says(200, message_id="m-1", state="accepted", response=None))
        assert asked.ask(ATTEMPT).receipt == SendingReceipt("access point", "m-1")
        receiver.at(path, says(200, message_id="m-1", state="failed", detail="no such receiver"))
        assert asked.ask(ATTEMPT).failure == "no such receiver"
        receiver.at(path, says(200, message_id="m-1", state="delivered", response={"code": "RE", "detail": "no order"}))
        status = asked.ask(ATTEMPT)
        assert (status.answer, status.detail) == (DeliveryAnswer.REJECTED, "no order")
        receiver.at(path, says(404))
        assert asked.ask(ATTEMPT).receipt is None
        for broken in (says(500), says(200), closes):
            receiver.at(path, broken)
            with pytest.raises(SendingFailed):
                asked.ask(ATTEMPT)


def test_the_secret_is_in_no_text_of_it() -> None:
    assert "secret" not in repr(AccessPoint("https://ap.example", "secret"))
