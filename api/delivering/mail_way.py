"""Mail: one message to all addresses or to none, over TLS, and each answer of the server told apart.

    2xx after the last byte     taken
    4xx, no connection          not taken, tried again later
    5xx, no TLS, no login       not taken, a person is asked
    nothing after the last byte nobody knows: it is never sent again by itself (RFC 5321, 4.2.5 and 6.1)

The standard library's ``sendmail`` sends to those recipients that are taken, and leaves out the others. Here one that
is refused refuses the message, so that a delivery is sent or is not.
"""

import re
import smtplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from api.server.outgoing import cut_off
from billing.delivery.mail import mail_message
from billing.delivery.outgoing import Outgoing
from billing.delivery.way import OutcomeUnknown, SendingAttempt, SendingFailed, SendingReceipt, SendingRefused

#: For one step of the conversation, and for all of it from the first byte on.
STEP_S, MAIL_S = 30.0, 240.0
_READY, _GO_AHEAD = 220, 354
_OK, _TEMPORARY, _PERMANENT = 2, 4, 5


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that mails are given to.

    Attributes:
        host: its name.
        port: 587 for submission, 465 for TLS from the first byte.
        security: ``starttls``, ``tls``, or ``none``, for a server on this machine.
        sender: the address that mails are from.
        user: who logs in; empty: nobody does.
        password: of the user.
        authorities: a file with the certificates that are trusted; empty: those of the system.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    authorities: str = ""


class MailWay:
    """Mails with the document's files, or with a link to it."""

    def __init__(self, server: MailServer, *, step_s: float = STEP_S, within_s: float = MAIL_S) -> None:
        """Send by a server, within so many seconds a step and a mail."""
        self._server, self._step_s, self._within_s = server, step_s, within_s

    def send(self, outgoing: Outgoing, to: tuple[str, ...], attempt: SendingAttempt) -> SendingReceipt:
        """Send one mail to all addresses.

        Raises:
            SendingFailed, SendingRefused, OutcomeUnknown: as the table above says.
        """
        return self.hand_over(mail_message(outgoing, to, attempt, sender=self.sender), to, attempt.key)

    @property
    def sender(self) -> str:
        """The address that mails are from."""
        return self._server.sender

    def hand_over(self, message: bytes, to: Sequence[str], key: str) -> SendingReceipt:
        """Give a written mail to the server, for all addresses.

        Args:
            message: with lines ended as SMTP has them.
            to: the addresses.
            key: its identifier.

        Raises:
            SendingFailed, SendingRefused, OutcomeUnknown: as the table above says.
        """
        until = time.monotonic() + self._within_s
        with self._conversation(until) as smtp:
            return self._hand_over(smtp, message, to, key)

    @contextmanager
    def _conversation(self, until: float) -> Iterator[smtplib.SMTP]:
        """Connect, secure the connection and log in; what fails until then has sent nothing.

        All of it ends at an instant, the greeting and the farewell as well: a server that says a little now and then
        would else keep whoever sends, and all that is due behind.
        """
        context = ssl.create_default_context(cafile=self._server.authorities or None)
        smtp = self._client(context)
        with cut_off(lambda: smtp.sock, until):
            try:
                self._greet(smtp, context)
                yield smtp
            finally:
                with suppress(OSError):
                    smtp.quit()
                smtp.close()

    def _client(self, context: ssl.SSLContext) -> smtplib.SMTP:
        """A client that is not connected yet: its constructor would connect, and wait for the greeting."""
        smtp: smtplib.SMTP = (
            smtplib.SMTP_SSL(timeout=self._step_s, context=context)
            if self._server.security == "tls"
            else smtplib.SMTP(timeout=self._step_s)
        )
        smtp._host = self._server.host  # type: ignore[attr-defined]  # noqa: SLF001 the name that TLS asks for
        return smtp

    def _greet(self, smtp: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server = self._server
        try:
            self._secure(smtp, *smtp.connect(server.host, server.port), context)
        except smtplib.SMTPNotSupportedError as refusal:
            lacking = f"{server.host} does not offer what USUFRUCT_MAIL_SECURITY asks for: {refusal}"
            raise SendingRefused(lacking) from refusal
        except smtplib.SMTPResponseException as refusal:
            raise _refused(refusal.smtp_code, refusal.smtp_error, f"{server.host} let nobody in") from refusal
        except ssl.SSLCertVerificationError as refusal:
            raise SendingRefused(
                f"the certificate of {server.host} is not trusted: {refusal.verify_message}"
            ) from refusal
        except OSError as broken:
            raise SendingFailed(f"{server.host} is not reached: {broken}") from broken

    def _secure(self, smtp: smtplib.SMTP, code: int, greeting: bytes, context: ssl.SSLContext) -> None:
        if code != _READY:
            raise smtplib.SMTPResponseException(code, greeting)
        smtp.ehlo_or_helo_if_needed()
        if self._server.security == "starttls":
            code, answer = smtp.starttls(context=context)
            if code // 100 != _OK:
                raise smtplib.SMTPResponseException(code, answer)
            smtp.ehlo()
        if self._server.user:
            smtp.login(self._server.user, self._server.password)

    def _hand_over(self, smtp: smtplib.SMTP, message: bytes, to: Sequence[str], key: str) -> SendingReceipt:
        host, has_begun = self._server.host, False
        try:
            size = [f"size={len(message)}"] if smtp.has_extn("size") else []
            _expect(*smtp.mail(self._server.sender, size), f"{host} takes nothing from {self._server.sender}")
            for address in to:
                _expect(*smtp.rcpt(address), f"{host} does not take {address}")
            code, said = smtp.docmd("DATA")
            if code != _GO_AHEAD:
                raise _refused(code, said, f"{host} does not take the message")
            has_begun = True
            smtp.send(_DOT.sub(b"..", message) + (b"" if message.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            code, said = smtp.getreply()
        except OSError as broken:
            if has_begun:
                detail = f"{host} did not say whether it took {key}: {broken}"
                raise OutcomeUnknown(detail) from broken
            raise SendingFailed(f"{host} ended the conversation: {broken}") from broken
        if code // 100 not in {_OK, _TEMPORARY, _PERMANENT}:
            raise OutcomeUnknown(f"{host} answered {code} to {key}")
        _expect(code, said, f"{host} does not take the message")
        return SendingReceipt(taken_by=host, number=key, detail=f"{code} {_text(said)}")


#: A line that begins with a dot gets a second one (RFC 5321, 4.5.2).
_DOT = re.compile(rb"^\.", re.MULTILINE)


def _expect(code: int, said: bytes, otherwise: str) -> None:
    if code // 100 != _OK:
        raise _refused(code, said, otherwise)


def _refused(code: int, said: bytes | str, otherwise: str) -> SendingFailed | SendingRefused:
    detail = f"{otherwise}: {code} {_text(said)}"
    return SendingRefused(detail) if code // 100 == _PERMANENT else SendingFailed(detail)


def _text(said: bytes | str) -> str:
    return said if isinstance(said, str) else said.decode("utf-8", "replace")
