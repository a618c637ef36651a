"""Which ways are set up by the environment, and the bytes of what leaves by them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from api.delivering.access_point_way import AccessPoint, AccessPointWay
from api.delivering.letters import leaving_letter
from api.delivering.mail_way import MailServer, MailWay
from api.delivering.originals import content_of, leaving_document
from api.delivering.portal_way import PortalWay
from api.server.settings import InvalidEnvironment, Settings, variable
from billing.bank.notices.store import debit_notice
from billing.clearance.duty import form_of_original
from billing.clearance.store import cleared_file_of
from billing.delivery.documents.store import DeliveredDocument
from billing.delivery.outgoing import Outgoing, original_file, outgoing_file
from billing.delivery.portal import portal_csv
from billing.delivery.way import AskableWay, SendingWay
from billing.records.document_type import DocumentType
from contracts.delivery_terms import DeliveryWay, is_address
from contracts.invoicing import InvoiceForm
from quantities.errors import Conflict

_CREDITS = {DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE}
_NEEDS = {
    DeliveryWay.MAIL: "mail_host",
    DeliveryWay.LINK: "mail_host",
    DeliveryWay.PEPPOL: "access_point_url",
    DeliveryWay.PORTAL: "portal_folder",
}


class WayNotSetUp(Conflict):
    """No server is set for this way."""


@dataclass(frozen=True, slots=True)
class WaysSetUp:
    """The ways that the environment sets up (billing.delivery.claims.DeliverySetup says what each attribute is).

    Attributes:
        ways: by name.
        askable_ways: those of them that can be asked.
        public_url: what links begin with; empty: none is made.
        link_days: for how many days a link opens.
        mail_domain: for the identifiers of mails.
    """

    ways: Mapping[DeliveryWay, SendingWay] = field(default_factory=dict)
    askable_ways: Mapping[DeliveryWay, AskableWay] = field(default_factory=dict)
    public_url: str = ""
    link_days: int = 30
    mail_domain: str = "localhost"

    @property
    def askable(self) -> frozenset[DeliveryWay]:
        """The ways that can be asked what they know."""
        return frozenset(self.askable_ways)

    def why_not(self, way: DeliveryWay) -> str:
        """Why nothing is sent by a way now; empty where it is."""
        if way not in self.ways:
            return f"nothing is sent by {way.value} here: {variable(_NEEDS[way])} is not set"
        if way is DeliveryWay.LINK and not self.public_url:
            return f"no link is made here: {variable('public_url')} is not set"
        return ""

    def why_not_yet(self, session: Session, delivered: DeliveredDocument) -> str:
        """Why an issued document waits: its original is what KSeF clears, and KSeF has given it no number yet."""
        terms = delivered.made_out
        if terms is None or terms.form is not InvoiceForm.KSEF:
            return ""
        if cleared_file_of(session, **delivered.keys) is not None:
            return ""
        if form_of_original(content_of(session, delivered)) is not InvoiceForm.KSEF:
            return ""  # KSeF will give it none
        number = delivered.number
        return f"KSeF has given {number} no number yet: `usufruct clearance export ksef`, and `import` its answer"

    def refuse_not_set_up(self, way: DeliveryWay) -> None:
        """Refuse what would wait for a server.

        Raises:
            WayNotSetUp: the way is not set up.
        """
        if why_not := self.why_not(way):
            needed = variable("public_url" if way in self.ways else _NEEDS[way])
            raise WayNotSetUp(why_not, place=needed, found="not set", expected="a value of it")

    def link(self, token: str) -> str:
        """Write the address of a link.

        Raises:
            WayNotSetUp: nobody knows under which address customers reach this server.
        """
        return f"{self._reached_at()}/d/{token}"

    def pay_link(self, token: str) -> str:
        """Write the address of a link under which a document is paid; the errors are those of ``link``."""
        return f"{self._reached_at()}/pay/{token}"

    def _reached_at(self) -> str:
        if not self.public_url:
            needed = variable("public_url")
            raise WayNotSetUp(
                f"no link is made here: {needed} is not set", place=needed, found="not set", expected="an address"
            )
        return self.public_url

    def outgoing(self, session: Session, delivered: DeliveredDocument, at: datetime) -> Outgoing:
        """Read the bytes of an issued document.

        Raises:
            EInvoiceRefused, OriginalOfState, OriginalNotValid: it cannot be sent as it is.
        """
        if delivered.letter is not None:
            return leaving_letter(session, delivered.letter, at, self.public_url)
        leaving = leaving_document(session, delivered, at, self.public_url)
        document, original, number = leaving.document, leaving.original, delivered.number
        sender, receiver = document.seller, document.buyer
        if delivered.is_self_billed:  # who made it out sends it
            sender, receiver = receiver, sender
        reply_to, electronic = sender.contact.email, sender.electronic
        return Outgoing(
            number=number,
            seller=sender.name,
            buyer=receiver.name,
            language=document.language,
            form=original.form,
            original=original_file(original, number),
            pictures=tuple(outgoing_file(number, media_type, content) for media_type, content in leaving.pictures),
            is_self_billed=delivered.is_self_billed,
            is_credit=document.document_type in _CREDITS,
            reply_to=reply_to if is_address(DeliveryWay.MAIL, reply_to) else "",
            seller_id="" if electronic is None else f"{electronic.scheme}:{electronic.value}",
            zone=document.zone,
            notice=None if delivered.payee_document is not None else debit_notice(session, delivered.invoice, at),
            order_rows=outgoing_file(number, "text/csv; charset=utf-8", portal_csv(document)),
        )


def ways_set_up(settings: Settings) -> WaysSetUp:
    """Set up the ways that the environment names.

    Raises:
        InvalidEnvironment: a file with a secret cannot be read.
    """
    ways: dict[DeliveryWay, SendingWay] = {}
    askable: dict[DeliveryWay, AskableWay] = {}
    domain = "localhost"
    if settings.mail_host and settings.mail_from:
        domain = settings.mail_from.rpartition("@")[2]
        ways[DeliveryWay.MAIL] = ways[DeliveryWay.LINK] = MailWay(_mail_server(settings, settings.mail_host))
    if settings.access_point_url:
        token = _secret(settings.access_point_token_file, "access_point_token_file")
        point = AccessPoint(settings.access_point_url, token, loopback=settings.access_point_loopback)
        ways[DeliveryWay.PEPPOL] = askable[DeliveryWay.PEPPOL] = AccessPointWay(point)
    if settings.portal_folder:
        ways[DeliveryWay.PORTAL] = PortalWay(settings.portal_folder)
    return WaysSetUp(ways, askable, settings.public_url or "", settings.link_days, domain)


def _mail_server(settings: Settings, host: str) -> MailServer:
    return MailServer(
        host=host,
        port=settings.mail_port,
        security=settings.mail_security,
        sender=settings.mail_from or "",
        user=settings.mail_user or "",
        password=_secret(settings.mail_password_file, "mail_password_file"),
        authorities=str(settings.mail_authorities_file or ""),
    )


def _secret(file: Path | None, field: str) -> str:
    if file is None:
        return ""
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        named = f"{variable(field)}: the file cannot be read"
        raise InvalidEnvironment(named, faults=[named]) from fault
