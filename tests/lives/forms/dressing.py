"""What lives have besides, so that their documents go out: parties that are told in full, a form, and a staple contract.

A life is drawn as ever. Its contracts say in which form their documents are wanted, and beside them stands a staple: a
contract whose circumstances go by turns, so that over many lives each of them comes in each form, whatever else is drawn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.invoicing import InvoiceForm, Language
from tests.billing.clearance.cleared import CODE, NIP, USCC, USCC_OF_BUYER
from tests.lives.documents import VAT_IDS

Document = dict[str, Any]
#: What a staple is about; each has besides a prepayment with its remainder, a reduction and a late reading.
CIRCUMSTANCES = ("reverse charge", "exempt", "yen", "500 lines")
#: By country the scheme of EAS under which its VAT ids are addresses.
_SCHEMES = {"DE": "9930", "FR": "9957", "ES": "9920", "RO": "9947", "SK": "9950", "PL": "9945", "AT": "9914", "IT": "9906"}  # fmt: skip
_NUMBERS = VAT_IDS | {"PL": f"PL{NIP}"}
_STAPLE_LINES = 500
#: By country of the supplier the currency in which its tax is declared; in the others it is the euro.
DECLARED = {"RO": "RON", "PL": "PLN", "CN": "CNY"}


@dataclass(frozen=True, slots=True)
class Dress:
    """How the documents of a life are wanted.

    Attributes:
        form: the original's.
        language: of its texts.
        circumstance: the staple's, of ``CIRCUMSTANCES``.
        consolidated: whether the staple is two contracts whose documents stand on one.
    """

    form: InvoiceForm
    language: Language
    circumstance: str
    consolidated: bool

    def dressed(self, document: Mapping[str, Any]) -> Document:
        """Say in a contract in which form its documents are wanted; of a state's form, that its parties live there."""
        invoicing = {
            "form": self.form.value,
            "language": self.language.value,
            "buyer_reference": "04011000-12345-03",
            "order": "PO-1",
        }
        told = {**document, "invoicing": invoicing}
        if self.form is InvoiceForm.FAPIAO:
            told = _in_china(told)
        elif self.form is InvoiceForm.KSEF and not document["contract"].startswith("S-"):
            told = _in_poland(told)
        return _with_rate_of_exchange(told)

    def staples(self, zone: str, starts: str, ends: str) -> Iterator[Document]:
        """The staple, of one contract or of two."""
        for number in (1, 2) if self.consolidated else (1,):
            yield self._staple(f"S-{number}", zone, starts, ends)

    def _staple(self, reference: str, zone: str, starts: str, ends: str) -> Document:
        seller, buyer = _sides_of_staple(self.form)
        charges: list[Document] = [
            {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "100"}},
            {"name": "energy", "register": "kwh", "rule": {"kind": "graduated", "unit": "kWh", "tiers": [
                {"up_to": "100", "unit_price": "0.50"}, {"unit_price": "0.20"}
            ]}},
            {"name": "voucher", "rule": {"kind": "discount", "percent": "5", "of": ["fee", "energy"]}},
            {"name": "claim", "nature": "prepayment", "rule": {
                "kind": "one_off", "amount": "150", "on": starts, "in_advance": "true"
            }},
            {"name": "drawn", "rule": {"kind": "drawdown", "amount": "150", "claimed": starts, "of": ["fee", "energy"]}},
        ]  # fmt: skip
        tax: Document = {}
        currency = {InvoiceForm.KSEF: "PLN", InvoiceForm.FAPIAO: "CNY"}.get(self.form, "EUR")
        match self.circumstance:
            case "reverse charge" if self.form is not InvoiceForm.FAPIAO:
                buyer = {"name": "Client", "country": "FR", "vat_id": VAT_IDS["FR"]}
            case "exempt":
                evidence = [{"reference": "certificate 7", "first": "2000-01-01"}]
                tax = {"treatment": "exempt", "evidence": evidence}
            case "yen" if self.form is not InvoiceForm.FAPIAO:
                currency, buyer = "JPY", {"name": "Client", "country": "FR", "vat_id": VAT_IDS["FR"]}
            case "500 lines":
                fees = ({"name": f"fee {at}", "rule": {"kind": "fixed_fee", "amount": f"{at}.0{at % 10}"}} for at in range(1, _STAPLE_LINES + 1))  # fmt: skip
                charges = [*fees, *charges]
        document = {
            "contract": reference, "supplier": seller, "customer": buyer, "currency": currency, "zone": zone, "starts": starts,
            "ends": ends, "billing": {"every": "month", "anchor_day": "1"}, "charges": charges,
            "settings": {"least_coverage": "0", "edges": "last_read"} | ({"document": "consolidated"} if self.consolidated else {}),
        }  # fmt: skip
        return document | ({"tax": tax} if tax else {})


def _sides_of_staple(form: InvoiceForm) -> tuple[Document, Document]:
    if form is InvoiceForm.KSEF:
        return _party("Wisla", "PL"), {"name": "Blacha", "country": "PL", "vat_id": "PL5265877635"}
    if form is InvoiceForm.FAPIAO:
        return (
            {"name": "Beifeng", "country": "CN", "vat_id": USCC},
            {"name": "Nanfang", "country": "CN", "vat_id": USCC_OF_BUYER},
        )
    return _party("Nordluft", "DE"), {"name": "Blechwerke", "country": "DE"}


def _party(name: str, country: str) -> Document:
    return {"name": name, "country": country, "vat_id": _NUMBERS[country]}


def _in_poland(document: Document) -> Document:
    """The supplier in Poland, in zloty; a customer without a number of its own country is Polish too."""
    customer = document["customer"]
    if "vat_id" not in customer:
        customer = {"name": customer["name"], "country": "PL", "vat_id": "PL5265877635"}
    told = {**document, "supplier": _party("Wisla", "PL"), "customer": customer, "currency": "PLN"}
    return _with_payees_in("PL", _with_standard_rates(told))


def _in_china(document: Document) -> Document:
    """Both in China, in yuan, with a code for each charge."""
    customer = {"name": document["customer"]["name"], "country": "CN", "vat_id": USCC_OF_BUYER}
    supplier = {"name": "Beifeng", "country": "CN", "vat_id": USCC}
    told = {**document, "supplier": supplier, "customer": customer, "currency": "CNY"}
    tax = {name: value for name, value in document.get("tax", {}).items() if name in ("treatment", "evidence")}
    told = _with_payees_in("CN", _with_standard_rates(told))
    charges = [charge | {"tax_code": CODE} for charge in told["charges"]]
    return told | {"charges": charges, "tax": tax | {"rate": "standard", "price_basis": "without_tax"}}


def _with_rate_of_exchange(document: Document) -> Document:
    """Name the series by which a tax is converted that is declared in another currency."""
    declared = DECLARED.get(document["supplier"]["country"], "EUR")
    if document["currency"] == declared:
        return document
    converted = {"rate_of_exchange": {"index": f"{document['currency']} in {declared}"}}
    return document | {"tax": {**document.get("tax", {}), **converted}}


def _with_standard_rates(document: Document) -> Document:
    charges = [{name: value for name, value in charge.items() if name != "tax"} for charge in document["charges"]]
    return {name: value for name, value in document.items() if name != "tax"} | {"charges": charges}


def _with_payees_in(country: str, document: Document) -> Document:
    if "sharing" not in document:
        return document
    # in China nobody else makes out a seller's fapiao; in Poland KSeF asks for a payee's number, and nothing before it does
    own = {"self_billed": "false"} if country == "CN" else {"vat_id": _NUMBERS[country]}
    payees = [payee | {"country": country} | own for payee in document["sharing"]["payees"]]
    return document | {"sharing": {**document["sharing"], "payees": payees}}


def profile_of(name: str, country: str) -> Document:
    """What every form needs of a party."""
    told: Document = {
        "party": name, "in_force_from": "2000-01-01", "full_name": f"{name} GmbH", "address": ["Werftstraße 12"], "post_code": "20457",
        "city": "Hamburg", "tax_number": "27/123/01234", "register_number": {"value": "HRB 4711"},
        "contact": {"name": "Rechnungsstelle", "phone": "+49 40 1234 0", "email": "bill@house.example"},
        "banks": [{"account": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX"}],
    }  # fmt: skip
    if country == "CN":
        del told["tax_number"]  # there, the number of the contract is the one that fapiao bear
    at = country if country in _SCHEMES else "DE"
    return told | {"electronic": {"scheme": _SCHEMES[at], "value": _NUMBERS[at]}}


def parties_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name each party of a contract, with its country."""
    yield from ((document[side]["name"], document[side]["country"]) for side in ("supplier", "customer"))
    yield from ((payee["name"], payee["country"]) for payee in document.get("sharing", {"payees": ()})["payees"])
