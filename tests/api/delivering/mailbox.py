"""A mail server of the tests' own, on this machine: it answers as it is told, and keeps what it took."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as MAIL_POLICY
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.delivering.mail_way import MailServer

SENDER = "billing@nordluft.example"
CLOSES = "closes"


@dataclass
class Mailbox:
    """What was taken; and what the next messages, or some recipients, are answered: all else is taken."""

    answers: list[str] = field(default_factory=list)
    recipients: dict[str, str] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.recipients:
            return self.recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 likewise
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer == CLOSES:
            self.taken.append(envelope)  # it has it, and says nothing
            transport: Any = server.transport
            transport.abort()
            await asyncio.sleep(0)
            return "421 gone"
        if answer.startswith("2"):
            self.taken.append(envelope)
        return answer

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_of(envelope) for envelope in self.taken]

    def server(self, security: Any = "none", authorities: str = "", password: str = "") -> MailServer:
        user = "nordluft" if password else ""
        return MailServer("127.0.0.1", self.port, security, SENDER, user, password, authorities)


def message_of(envelope: Envelope) -> EmailMessage:
    content = envelope.content
    assert isinstance(content, bytes)
    message = message_from_bytes(content, policy=MAIL_POLICY)
    assert isinstance(message, EmailMessage)
    return message


class _OnAnyPort(Controller):
    """A controller of a port that the system chooses."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd states no type of it


@contextmanager
def receiving_mail(certificate: Path | None = None, password: str = "") -> Iterator[Mailbox]:
    """Take mail on this machine; with a certificate, over STARTTLS alone; with a password, from who knows it alone."""
    mailbox = Mailbox()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def authenticator(server: SMTP, session: Session, envelope: Envelope, mechanism: str, shown: Any) -> AuthResult:
        right = isinstance(shown, LoginPassword) and shown.password == password.encode()
        return AuthResult(success=right, handled=True) if right else AuthResult(success=False, handled=False)

    controller = _OnAnyPort(
        mailbox,
        hostname="127.0.0.1",
        port=0,
        tls_context=context,
        require_starttls=context is not None,
        authenticator=authenticator if password else None,
        auth_required=bool(password),
        auth_require_tls=bool(password),
    )
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


@cache
def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return private + made.public_bytes(serialization.Encoding.PEM)


def certificate_in(folder: Path) -> Path:
    """A certificate of this machine with its key, that nobody but its holder has signed."""
    path = folder / "certificate.pem"
    path.write_bytes(_certificate())
    return path
