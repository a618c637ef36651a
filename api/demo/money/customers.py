"""Five customers who rent a compressor for their site by the machine-hour, and pay each in its own way."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from api.demo.documents import document
from api.demo.people import FINANCE, MANAGER, METER, enter
from api.operations import contracts, fleet, indices
from api.operations.readings import ingest
from contracts.contract import Contract
from contracts.indexation.series import Index
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.ingest import IngestOptions
from quantities.document import parse, read

_BASE_RATE = {
    "index": "basiszins",
    "kind": "price",
    "title": "Base rate (BGB § 247), percent a year",
    "values": [{"month": "2026-01", "value": "1.27", "published": "2026-01-01"}],
}


@dataclass(frozen=True, slots=True)
class SiteCustomer:
    """A customer, what it used, and by what it pays.

    Attributes:
        called: the name that people call it by; of its contract, register and mail address too.
        name: in full.
        address: street, and place.
        hours: machine-hours of April 2026.
        collected_by: as a contract's ``invoicing`` has it; empty: it sends the money by itself.
        method_behaves: how what it saved at the gateway behaves (``Payments.behaves``).
    """

    called: str
    name: str
    address: tuple[str, str]
    hours: str
    collected_by: str = ""
    method_behaves: str = "succeeds"

    @property
    def contract(self) -> str:
        """The reference of its contract."""
        return f"SITE-{self.called.upper()}"

    @property
    def mail(self) -> str:
        """Where its documents are sent."""
        return f"rechnung@{self.called.lower()}.example"

    @property
    def register(self) -> str:
        """The key of its machine's register."""
        return f"{self.called.lower()}.hours"

    @property
    def machine(self) -> str:
        """Its compressor."""
        return f"Site compressor {self.called}"


LINDNER = SiteCustomer("Lindner", "Bäckerei Lindner GmbH", ("Deichtor 8", "20095 Hamburg"), "212.0", "card")
NORD = SiteCustomer("Nord", "Molkerei Nord eG", ("Am Hafen 12", "24937 Flensburg"), "340.5", "sepa_core")
FALK = SiteCustomer(
    "Falk", "Tischlerei Falk GmbH", ("Holzdamm 4", "20099 Hamburg"), "164.0", "card", "insufficient_funds"
)
STERN = SiteCustomer("Stern", "Brauerei Stern GmbH", ("Malzweg 1", "23552 Lübeck"), "298.0")
OST = SiteCustomer("Ost", "Druckerei Ost GmbH", ("Papierallee 30", "18055 Rostock"), "120.0", "card")
CUSTOMERS = (LINDNER, NORD, FALK, STERN, OST)


def agree(session: Session, at: datetime) -> None:
    """Record the machines, the contracts and the base rate, each seen by two people."""
    fleet.declare(session, parse(Fleet, {"sites": [_site(customer) for customer in CUSTOMERS]}), who=MANAGER, at=at)
    indices.record_index(session, parse(Index, _BASE_RATE), who=enter(session, MANAGER, at), at=at)
    indices.release_index(session, "basiszins", who=enter(session, FINANCE, at), at=at)
    for customer in CUSTOMERS:
        contracts.record(session, parse(Contract, terms_of(customer)), who=enter(session, MANAGER, at), at=at)
        contracts.release(session, customer.contract, who=enter(session, FINANCE, at), at=at)


def terms_of(customer: SiteCustomer) -> dict[str, Any]:
    """Write a customer's contract: the example's, with what is its own."""
    terms: dict[str, Any] = read(document("site_compressor"))
    terms |= {
        "contract": customer.contract,
        "customer": {"name": customer.name, "country": "DE", "address": list(customer.address)},
        "assets": [customer.machine],
    }
    terms["charges"][1]["register"] = customer.register
    terms["invoicing"]["delivery"]["to"] = [customer.mail]
    if customer.collected_by:
        terms["invoicing"]["collection"]["by"] = customer.collected_by
    else:
        del terms["invoicing"]["collection"]
    return terms


def deliver_april(session: Session, at: datetime) -> None:
    """Store what the machines' hour meters count for April, as their telematics deliver it."""
    sender = Sender("site-hours-2026-04.csv", enter(session, METER, at), at)
    rows = [f"2026-04-01 00:00,2026-05-01 00:00,{customer.hours},{customer.register}" for customer in CUSTOMERS]
    ingest(session, sender, "\n".join(["time,end,value,register", *rows, ""]).encode(), IngestOptions())


def _site(customer: SiteCustomer) -> dict[str, Any]:
    register = {"key": customer.register, "kind": "interval", "unit": "machine_hour", "resolution": "0.1"}
    meter = {"name": f"Hour meter {customer.called}", "registers": [register]}
    machine = {"name": customer.machine, "meters": [meter]}
    return {"name": f"{customer.name}, {customer.address[1]}", "zone": "Europe/Berlin", "assets": [machine]}


def at_six(year: int, month: int, day: int) -> datetime:
    """Six in the morning, in UTC."""
    return datetime(year, month, day, 6, tzinfo=UTC)
