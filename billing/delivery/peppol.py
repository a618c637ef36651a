"""What an access point is told of a document: who sends it to whom, as what, in which process. All pure.

Sources: Peppol BIS Billing 3.0 and its self-billing profile (CustomizationID, ProfileID), Peppol policy for the use of
identifiers 4.x (participants ``iso6523-actorid-upis``, document types ``busdox-docid-qns``, processes
``cenbii-procid-ubl``).
"""

import base64
import json
import re
from dataclasses import dataclass

from billing.delivery.outgoing import Outgoing
from billing.delivery.way import SendingAttempt, SendingRefused
from contracts.invoicing import InvoiceForm

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
_CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100::CrossIndustryInvoice"
_BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_SELF_BILLING = "urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0"
_CUSTOMIZATIONS = {
    (InvoiceForm.PEPPOL, False): "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    (InvoiceForm.PEPPOL, True): "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0",
    (InvoiceForm.XRECHNUNG, False): "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
    (InvoiceForm.XRECHNUNG_CII, False): "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(Invoice|CreditNote|CrossIndustryInvoice)[\s>]")


@dataclass(frozen=True, slots=True)
class PeppolMessage:
    """A document as an access point takes it.

    Attributes:
        sender: scheme:value of the list EAS.
        receiver: likewise.
        document_type: the identifier of root element and customization.
        process: the identifier of the profile.
    """

    sender: str
    receiver: str
    document_type: str
    process: str


def peppol_message(outgoing: Outgoing, receiver: str) -> PeppolMessage:
    """Say what an access point is told of a document.

    Raises:
        SendingRefused: its form does not travel by Peppol, or who bills has no electronic address.
    """
    customization = _CUSTOMIZATIONS.get((outgoing.form, outgoing.is_self_billed))
    root = _ROOT.search(outgoing.original.content)
    if customization is None or root is None:
        raise SendingRefused(f"{outgoing.form.value} is no form that travels by Peppol")
    if not outgoing.seller_id:
        raise SendingRefused(f"{outgoing.seller} has no electronic address (BT-34)")
    name = root[1].decode()
    is_cii = name == "CrossIndustryInvoice"
    of_root = f"{_CII}##{customization}::D16B" if is_cii else f"{_UBL}:{name}-2::{name}##{customization}::2.1"
    process = _SELF_BILLING if outgoing.is_self_billed else _BILLING
    return PeppolMessage(outgoing.seller_id, receiver, of_root, process)


def message_body(outgoing: Outgoing, message: PeppolMessage, attempt: SendingAttempt) -> bytes:
    """Write the JSON that an access point is posted: ids, hash, and the bytes in base64; the same each time."""
    return json.dumps(
        {
            "id": attempt.key,
            "sender": message.sender,
            "receiver": message.receiver,
            "document_type": message.document_type,
            "process": message.process,
            "media_type": outgoing.original.media_type,
            "sha256": outgoing.original.sha256,
            "content": base64.b64encode(outgoing.original.content).decode(),
        },
        separators=(",", ":"),
    ).encode()
