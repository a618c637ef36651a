"""Mail over a conversation of SMTP: what was taken, what was not, and what nobody knows."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope
from hypothesis import given, settings
from hypothesis import strategies as st

from api.delivering.mail_way import MailServer, MailWay
from billing.delivery.mail import header_text, mail_message
from billing.delivery.outgoing import Outgoing, OutgoingFile
from billing.delivery.way import OutcomeUnknown, SendingAttempt, SendingFailed, SendingRefused
from contracts.invoicing import InvoiceForm, Language
from tests.api.delivering.mailbox import CLOSES, SENDER, Mailbox, certificate_in, message_of, receiving_mail

BYTES = b'<?xml version="1.0"?>\r\n<Invoice>\n.\r\n..\n' + bytes(range(256))
OUTGOING = Outgoing(
    number="2026-000001", seller="Nordluft Anlagen GmbH", buyer="Blechwerke", language=Language.ENGLISH, form=InvoiceForm.XRECHNUNG,
    original=OutgoingFile("2026-000001.xml", "application/xml", BYTES),
    pictures=(OutgoingFile("2026-000001.pdf", "application/pdf", b"%PDF-1.7 ..."),), reply_to="rechnung@nordluft.example",
)  # fmt: skip
TO = ("invoices@blechwerke.example", "copy@blechwerke.example")
ATTEMPT = SendingAttempt(1, 17, 1, "<2026-000001.17.1@nordluft.example>", datetime(2026, 2, 2, 6, tzinfo=UTC))


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with receiving_mail() as opened:
        yield opened


@pytest.fixture(autouse=True)
def emptied(mailbox: Mailbox) -> None:
    mailbox.answers, mailbox.taken, mailbox.recipients = [], [], {}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_in(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def secured(certificate: Path) -> Iterator[Mailbox]:
    with receiving_mail(certificate, password="right") as opened:
        yield opened


def text_of(message: EmailMessage) -> str:
    body = message.get_body()
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def send(server: MailServer, outgoing: Outgoing = OUTGOING) -> str:
    return MailWay(server, within_s=5).send(outgoing, TO, ATTEMPT).number


class TestTaken:
    def test_with_the_original_byte_for_byte(self, mailbox: Mailbox) -> None:
        assert send(mailbox.server()) == ATTEMPT.key
        (envelope,), (message,) = mailbox.taken, mailbox.messages
        assert (envelope.mail_from, tuple(envelope.rcpt_tos)) == (SENDER, TO)
        assert (message["Message-ID"], message["To"]) == (ATTEMPT.key, ", ".join(TO))
        assert message["From"] == f"Nordluft Anlagen GmbH <{SENDER}>"
        assert (message["Reply-To"], message["Auto-Submitted"]) == ("rechnung@nordluft.example", "auto-generated")
        assert message["Subject"] == "Invoice 2026-000001 of Nordluft Anlagen GmbH"
        assert text_of(message) == (
            "Good day,\n\nattached is invoice 2026-000001 of Nordluft Anlagen GmbH.\n\n"
            "2026-000001.xml is the original; 2026-000001.pdf shows the same for your reading.\n\n"
            "Nordluft Anlagen GmbH\n"
        )
        original, picture = message.iter_attachments()
        assert (original.get_filename(), original.get_content_type()) == ("2026-000001.xml", "application/xml")
        assert original.get_payload(decode=True) == BYTES
        assert picture.get_filename() == "2026-000001.pdf"

    def test_a_link_has_no_files(self, mailbox: Mailbox) -> None:
        until = datetime(2026, 3, 4, tzinfo=UTC).date()
        send(mailbox.server(), replace(OUTGOING, link="https://b.example/d/TOKEN", link_ends_on=until, is_credit=True))
        (message,) = mailbox.messages
        assert list(message.iter_attachments()) == []
        assert message["Subject"] == "Credit note 2026-000001 of Nordluft Anlagen GmbH"
        assert "It opens at this address until 4 Mar 2026:\n\nhttps://b.example/d/TOKEN\n" in text_of(message)

    def test_a_dot_that_begins_a_line_arrives(self, mailbox: Mailbox) -> None:
        send(mailbox.server(), replace(OUTGOING, seller=".hidden", pictures=()))
        assert text_of(mailbox.messages[0]).endswith("\n\n.hidden\n")


class TestNotTaken:
    def test_4xx_may_be_tried_again_and_is_taken_then(self, mailbox: Mailbox) -> None:
        mailbox.answers = ["451 busy"]
        with pytest.raises(SendingFailed, match="451 busy"):
            send(mailbox.server())
        assert mailbox.taken == []
        send(mailbox.server())
        assert len(mailbox.taken) == 1

    def test_5xx_is_for_a_person(self, mailbox: Mailbox) -> None:
        mailbox.answers = ["554 no"]
        with pytest.raises(SendingRefused, match="554 no"):
            send(mailbox.server())

    @pytest.mark.parametrize(("answer", "error"), [("450 full", SendingFailed), ("550 nobody", SendingRefused)])
    def test_one_recipient_that_is_refused_refuses_the_message(
        self, mailbox: Mailbox, answer: str, error: type[Exception]
    ) -> None:
        mailbox.recipients = {TO[1]: answer}
        with pytest.raises(error, match=f"does not take {TO[1]}: {answer}"):
            send(mailbox.server())
        assert mailbox.taken == []

    def test_a_server_that_is_not_there(self) -> None:
        with socket.socket() as unheard:
            unheard.bind(("127.0.0.1", 0))
            with pytest.raises(SendingFailed, match="is not reached"):
                send(MailServer("127.0.0.1", unheard.getsockname()[1], "none", SENDER))

    def test_a_server_that_says_nothing_is_left(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(SendingFailed):
            MailWay(MailServer("127.0.0.1", silent.getsockname()[1], "none", SENDER), step_s=0.1).send(
                OUTGOING, TO, ATTEMPT
            )


@contextmanager
def dripping(*said: bytes) -> Iterator[int]:
    """A server that says these lines, one after each of ours, and the last of them for ever, a little at a time."""
    ended = threading.Event()

    def serve(heard: socket.socket) -> None:
        with suppress(OSError), heard, heard.makefile("rb") as lines:
            for line in said[:-1]:
                heard.sendall(line)
                while lines.readline() != b".\r\n" and line.startswith(b"354"):
                    pass  # the message, up to the line that ends it
            while not ended.wait(0.02):
                heard.sendall(said[-1])

    def accept(server: socket.socket) -> None:
        with suppress(OSError):
            serve(server.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept, args=[server])
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            thread.join()


class TestASlowServer:
    """Each step in time, and never an end: what is due behind it, of others as well, waits for minutes at most."""

    @pytest.mark.parametrize("said", [
        pytest.param([b"220-welcome\r\n"], id="greets for ever"),
        pytest.param([b"220 welcome\r\n", b"250-more\r\n"], id="offers for ever"),
        pytest.param([b"220 welcome\r\n", b"250 hello\r\n", b"250-yes\r\n"], id="takes the sender for ever"),
    ])  # fmt: skip
    def test_is_left(self, said: list[bytes]) -> None:
        before = time.monotonic()
        with dripping(*said) as port, pytest.raises(SendingFailed):
            MailWay(MailServer("127.0.0.1", port, "none", SENDER), step_s=5, within_s=0.3).send(OUTGOING, TO, ATTEMPT)
        assert time.monotonic() - before < 3

    def test_is_left_where_it_takes_leave_for_ever_and_the_mail_is_sent(self) -> None:
        before = time.monotonic()
        took = [b"250 ok\r\n"] * 4 + [b"354 go\r\n", b"250 taken\r\n"]
        with dripping(b"220 welcome\r\n", *took, b"221-bye\r\n") as port:
            way = MailWay(MailServer("127.0.0.1", port, "none", SENDER), step_s=5, within_s=1)
            assert way.send(OUTGOING, TO, ATTEMPT).detail == "250 taken"
        assert time.monotonic() - before < 3


class TestNobodyKnows:
    def test_a_connection_that_ends_after_the_last_byte(self, mailbox: Mailbox) -> None:
        mailbox.answers = [CLOSES]
        with pytest.raises(OutcomeUnknown, match=f"did not say whether it took {ATTEMPT.key}"):
            send(mailbox.server())
        assert len(mailbox.taken) == 1


class TestSecured:
    def test_who_knows_the_password_sends_over_tls(self, secured: Mailbox, certificate: Path) -> None:
        send(secured.server("starttls", str(certificate), "right"))
        assert len(secured.taken) == 1

    def test_who_does_not_is_refused(self, secured: Mailbox, certificate: Path) -> None:
        with pytest.raises(SendingRefused, match="let nobody in: 535") as refused:
            send(secured.server("starttls", str(certificate), "wrong"))
        assert "wrong" not in str(refused.value)

    def test_a_certificate_that_nobody_trusts_gets_nothing(self, secured: Mailbox) -> None:
        with pytest.raises(SendingRefused, match="is not trusted"):
            send(secured.server("starttls", password="right"))

    def test_a_server_without_tls_gets_nothing(self, mailbox: Mailbox) -> None:
        with pytest.raises(SendingRefused, match="does not offer what USUFRUCT_MAIL_SECURITY asks for"):
            send(mailbox.server("starttls"))
        assert mailbox.taken == []


class TestNoHeaderIsInjected:
    @settings(max_examples=25)
    @given(st.text(max_size=60), st.text(max_size=60))
    def test_whatever_stands_in_a_document(self, seller: str, number: str) -> None:
        forged = replace(OUTGOING, seller=seller + "\r\nBcc: x@y.example", number=number + "\nX-Forged: 1", pictures=())
        envelope = Envelope()
        envelope.content = mail_message(forged, TO, ATTEMPT, sender=SENDER)
        message = message_of(envelope)
        assert sorted(name.lower() for name in message) == sorted(
            ["auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "reply-to",
             "subject", "to"]
        )  # fmt: skip
        assert message["To"] == ", ".join(TO)

    def test_a_header_is_one_line(self) -> None:
        assert header_text("a\r\nb\0c\u2028d  e") == "a b c d e"
