"""Where documents arrive: a mail server, an access point and a portal's folder, which outlive every process of ours."""

import base64
import hashlib
import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from api.delivering.access_point_way import AccessPoint, AccessPointWay
from api.delivering.mail_way import MailWay
from api.delivering.portal_way import PortalWay
from api.delivering.setup import WaysSetUp
from billing.delivery.store import KnownDelivery
from contracts.delivery_terms import DeliveryWay
from tests.api.delivering.mailbox import Mailbox, receiving_mail

PUBLIC_URL = "https://billing.example"
MAIL_DOMAIN = "nordluft.example"


@dataclass(frozen=True)
class Addresses:
    """Where a process of ours finds what is outside."""

    stripe: str
    mail_port: int
    access_point: str
    folder: Path

    def ways(self) -> WaysSetUp:
        mail = MailWay(Mailbox(port=self.mail_port).server())
        point = AccessPointWay(AccessPoint(self.access_point, loopback=True))
        ways: dict[DeliveryWay, Any] = {
            DeliveryWay.MAIL: mail, DeliveryWay.LINK: mail, DeliveryWay.PEPPOL: point,
            DeliveryWay.PORTAL: PortalWay(self.folder),
        }  # fmt: skip
        return WaysSetUp(ways, {DeliveryWay.PEPPOL: point}, PUBLIC_URL, 30, MAIL_DOMAIN)


@dataclass
class Messages:
    """What an access point took: by our id, each once however often it was given."""

    taken: dict[str, bytes] = field(default_factory=dict)
    #: What goes wrong with the next: the connection is ``cut before`` it is taken, or ``cut after``.
    faults: list[str] = field(default_factory=list)
    address: str = ""

    def takes(self, message: dict[str, Any]) -> None:
        content = base64.b64decode(message["content"])
        assert hashlib.sha256(content).hexdigest() == message["sha256"]
        assert self.taken.setdefault(message["id"], content) == content, "another document under the same id"


@contextmanager
def access_point() -> Iterator[Messages]:
    messages = Messages()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            fault = messages.faults.pop(0) if messages.faults else ""
            if len(body) == length and fault != "cut before":  # whoever sent it may have ended
                message = json.loads(body)
                messages.takes(message)
                if not fault:
                    self._answers(202, {"message_id": f"ap-{message['id']}"})

        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            known = {"message_id": f"ap-{name}", "state": "delivered", "response": None}
            self._answers(*((200, known) if name in messages.taken else (404, {})))

        def _answers(self, status: int, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Whoever sends may be gone."""

    with Server(("127.0.0.1", 0), Handler) as server:
        messages.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield messages
        server.shutdown()


@dataclass
class Outside:
    """All that has arrived."""

    mailbox: Mailbox
    messages: Messages
    folder: Path

    def addresses(self, stripe: str) -> Addresses:
        return Addresses(stripe, self.mailbox.port, self.messages.address, self.folder)

    def has(self, delivery: KnownDelivery) -> bool:
        """What somebody finds who looks for the last attempt of a delivery by its name."""
        match delivery.way:
            case DeliveryWay.PORTAL:
                return any(self.folder.rglob(f"*.{delivery.message}.csv"))
            case DeliveryWay.PEPPOL:
                return delivery.message in self.messages.taken
            case _:
                return any(str(mail["message-id"]).strip() == delivery.message for mail in self.mailbox.messages)

    def arrived(self, delivery: KnownDelivery) -> list[bytes | None]:
        """What arrived of a delivery, each time: its original, or None of a link."""
        match delivery.way:
            case DeliveryWay.PORTAL:
                tables = self.folder.rglob(f"{delivery.document}.*.csv")
                return [_beside(table) for table in tables if not table.name.startswith(".")]
            case DeliveryWay.PEPPOL:
                named = {event.number for event in delivery.events}
                return [content for name, content in self.messages.taken.items() if name in named]
            case _:
                mails = [mail for mail in self.mailbox.messages if delivery.document in str(mail["message-id"])]
                return [_attached(mail) for mail in mails]


def _beside(table: Path) -> bytes:
    (original,) = (file for file in table.parent.glob(f"{table.stem}.*") if file != table)
    return original.read_bytes()


def _attached(mail: Any) -> bytes | None:
    attached = [part.get_content() for part in mail.iter_attachments()]
    if not attached:
        assert f"{PUBLIC_URL}/d/" in mail.get_body().get_content()
        return None
    first = attached[0]
    return first if isinstance(first, bytes) else str(first).encode()


@contextmanager
def outside() -> Iterator[Outside]:
    with (
        receiving_mail() as mailbox,
        access_point() as messages,
        tempfile.TemporaryDirectory(prefix="usufruct-portal-") as folder,
    ):
        yield Outside(mailbox, messages, Path(folder))
