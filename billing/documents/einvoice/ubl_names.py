"""The names of UBL 2.1 that its files share."""

from typing import Final

from billing.documents.einvoice.elements import Elements

UBL: Final = Elements(
    {
        "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
        "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    }
)
CURRENCY: Final = "currencyID"
