"""By which way a customer's documents leave the house, and to which addresses.

Clause: "Invoices are sent by electronic mail to invoices@customer.example, and to its shared services."
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from quantities.document import Fault, refuse
from quantities.names import Name
from quantities.terms import Terms

#: More than these is a mailing list, which has an address of its own.
MAIL_ADDRESSES_MAX = 10
_MAIL_CHARACTERS_MAX = 254  # RFC 5321, 4.5.3.1.3: a path of 256, with its brackets
_LOCAL_CHARACTERS_MAX = 64  # the same, 4.5.3.1.1
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}", re.ASCII)
_PARTICIPANT = re.compile(r"[0-9]{4}:[A-Za-z0-9._~-]{1,135}", re.ASCII)  # Peppol policy for identifiers, 1 and 2
_PORTAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?", re.ASCII)


class DeliveryWay(StrEnum):
    """By what a document leaves the house.

    ``none``: a person sends it. ``mail``: by mail, as attachments. ``link``: by mail that has a link which expires.
    ``peppol``: through an access point. ``portal``: as a file for the portal of the customer's purchasing.
    """

    NONE = "none"
    MAIL = "mail"
    LINK = "link"
    PEPPOL = "peppol"
    PORTAL = "portal"


#: What an address of each way looks like, in words.
EXPECTED_ADDRESS = {
    DeliveryWay.NONE: "no address",
    DeliveryWay.MAIL: "one mail address, as invoices@customer.example",
    DeliveryWay.LINK: "one mail address, as invoices@customer.example",
    DeliveryWay.PEPPOL: "scheme and identifier of the list EAS, as 9930:DE123456789",
    DeliveryWay.PORTAL: "a name of letters, digits, - and _, as ariba",
}
#: How many addresses a way may have at most.
ADDRESSES_MAX = {
    DeliveryWay.NONE: 0,
    DeliveryWay.MAIL: MAIL_ADDRESSES_MAX,
    DeliveryWay.LINK: MAIL_ADDRESSES_MAX,
    DeliveryWay.PEPPOL: 1,
    DeliveryWay.PORTAL: 1,
}


def is_address(way: DeliveryWay, address: str) -> bool:
    """Whether a text is an address of a way. None has a line break, a comma or a bracket: no header is made of it."""
    match way:
        case DeliveryWay.MAIL | DeliveryWay.LINK:
            local, _, _ = address.partition("@")
            is_short = len(address) <= _MAIL_CHARACTERS_MAX and len(local) <= _LOCAL_CHARACTERS_MAX
            return is_short and _MAIL.fullmatch(address) is not None
        case DeliveryWay.PEPPOL:
            return _PARTICIPANT.fullmatch(address) is not None
        case DeliveryWay.PORTAL:
            return _PORTAL.fullmatch(address) is not None
        case DeliveryWay.NONE:
            return False


def address_faults(way: DeliveryWay, to: tuple[str, ...]) -> Iterator[Fault]:
    """Name what is wrong with the addresses of a way: their form, their number, one that stands twice."""
    for place, address in enumerate(to):
        if not is_address(way, address):
            detail = f"{address!r} is no address of {way.value}"
            yield Fault(f"/to/{place}", "not-an-address-of-the-way", detail, address, EXPECTED_ADDRESS[way])
        elif address.lower() in {earlier.lower() for earlier in to[:place]}:
            detail = f"{address} stands twice"
            yield Fault(f"/to/{place}", "address-stands-twice", detail, address, "each address once")
    if len(to) > (most := ADDRESSES_MAX[way]):
        detail = f"{way.value} has {len(to)} addresses"
        yield Fault("/to", "too-many-addresses", detail, str(len(to)), f"{most} at most")


class DeliveryTerms(Terms):
    """By which way documents leave the house once they are issued.

    Attributes:
        way: by what.
        to: the addresses of that way. One mail goes to all of them. Of Peppol it may be empty: then it is the
            customer's electronic address (BT-49).
    """

    way: DeliveryWay
    to: Annotated[tuple[Name, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _check_addresses(self) -> Self:
        refuse(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        yield from address_faults(self.way, self.to)
        if not self.to and self.way not in {DeliveryWay.NONE, DeliveryWay.PEPPOL}:
            detail = f"{self.way.value} has no address"
            yield Fault("/to", "not-an-address-of-the-way", detail, "none", EXPECTED_ADDRESS[self.way])
