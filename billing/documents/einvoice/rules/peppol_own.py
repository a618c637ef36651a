"""Rules of Peppol that are newer than the package's, those of self-billing, and which of the package's they replace.

The package has release 3.0.17 (May 2024). What is known of 3.0.18 to 3.0.21 (November 2024 to May 2026): German rules
where both parties are German (DE-R), Danish identifiers (PEPPOL-COMMON-R052, R053), 384 between two German parties
(P0112), newer lists of currencies and of electronic addresses. The German rules are those of XRechnung under another
number, so XRechnung's file is run and its numbers are written as Peppol has them.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

from billing.documents.einvoice.elements import Node
from billing.documents.einvoice.profile import EInvoiceProfile, RuleSet, profile_on
from billing.documents.einvoice.rules.rule_engine import RuleFailure
from contracts.invoicing import InvoiceForm
from contracts.party_profiles.schemes import PEPPOL
from quantities.document import parse, read
from quantities.terms import Terms

NAMES: Final = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
#: Rules of the package that are replaced: lists that are older than EN 16931's, and what self-billing has otherwise.
_REPLACED: Final = frozenset({"PEPPOL-EN16931-CL007", "PEPPOL-EN16931-CL008"})
_OF_BILLING: Final = frozenset(
    {"PEPPOL-EN16931-R004", "PEPPOL-EN16931-R007", "PEPPOL-EN16931-P0100", "PEPPOL-EN16931-P0101"}
)
#: XRechnung's rules that Peppol has as DE-R; BR-DE-21 is of XRechnung's own identifier.
_GERMAN_RULE: Final = re.compile(r"^BR-DE-(?P<number>[0-9]+)(?:-(?P<part>[ab]))?$")
_NOT_OF_PEPPOL: Final = frozenset({"21"})
_OF_XRECHNUNG: Final = ("BR-DE-", "BR-DEX-", "BR-TMP-")
_PARTS: Final = {"a": "-1", "b": "-2"}

#: The location of what a rule of this file found: the document.
OWN: Final = "/"

Test = Callable[[Node], bool]


class PeppolCodes(Terms):
    """Lists of codes, as peppol_codes.yaml has them."""

    invoice_types: frozenset[str]
    credit_note_types: frozenset[str]
    self_billed_types: frozenset[str]
    german_types: frozenset[str]


@cache
def peppol_codes() -> PeppolCodes:
    """Read the lists that ship with the code."""
    file = resources.files("billing.documents.einvoice.rules").joinpath("peppol_codes.yaml")
    return parse(PeppolCodes, read(file.read_bytes()))


@cache
def _peppol() -> EInvoiceProfile:
    return profile_on(InvoiceForm.PEPPOL, date.max)


def is_self_billing(document: Node) -> bool:
    """Whether a document bears the identifiers of self-billing."""
    ids = _peppol().self_billing_ids
    return ids is not None and _text(document, "cbc:CustomizationID") == ids.specification


def extra_rule_sets(document: Node) -> tuple[RuleSet, ...]:
    """Name the rules that a document is held to besides: German ones between two Germans, in billing."""
    is_german = _country(document, "Supplier") == _country(document, "Customer") == "DE"
    return (RuleSet.XRECHNUNG_UBL,) if is_german and not is_self_billing(document) else ()


def as_peppol(failures: tuple[RuleFailure, ...], document: Node) -> tuple[RuleFailure, ...]:
    """Leave out what is replaced, and write the German rules by Peppol's numbers."""
    replaced = _REPLACED | (_OF_BILLING if is_self_billing(document) else frozenset())
    kept: dict[tuple[str, str], RuleFailure] = {}
    for failure in failures:
        rule = _peppol_number(failure.rule)
        if rule and not (failure.rule in replaced and failure.location != OWN):
            named = RuleFailure(rule, failure.severity, failure.text, failure.location)
            kept.setdefault((rule, failure.text), named)
    return tuple(kept.values())


def _peppol_number(rule: str) -> str:
    german = _GERMAN_RULE.match(rule)
    if german is None:
        # What else XRechnung's file has is either Peppol's own, under its number, or of XRechnung alone.
        return "" if rule.startswith(_OF_XRECHNUNG) else rule
    if german["number"] in _NOT_OF_PEPPOL:
        return ""
    return f"DE-R-{int(german['number']):03}{_PARTS.get(german['part'] or '', '')}"


def own_failures(document: Node) -> Iterator[RuleFailure]:
    """Hold a document to the rules of this file."""
    for rule, test, text in _RULES:
        if not test(document):
            yield RuleFailure(rule, "fatal", text, OWN)


def _text(document: Node, path: str) -> str:
    return (document.findtext(path, "", NAMES) or "").strip()


def _country(document: Node, party: str) -> str:
    path = f"cac:Accounting{party}Party/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode"
    return _text(document, path).upper()


def _type(document: Node) -> str:
    return _text(document, "cbc:InvoiceTypeCode") or _text(document, "cbc:CreditNoteTypeCode")


def _types_of_profile(document: Node) -> bool:
    if is_self_billing(document):
        return _type(document) in peppol_codes().self_billed_types
    is_invoice = document.find("cbc:InvoiceTypeCode", NAMES) is not None
    return _type(document) in (peppol_codes().invoice_types if is_invoice else peppol_codes().credit_note_types)


def _german_types(document: Node) -> bool:
    both = _country(document, "Supplier") == _country(document, "Customer") == "DE"
    return both or _type(document) not in peppol_codes().german_types


def _schemes(document: Node) -> bool:
    return all(node.get("schemeID") in PEPPOL for node in document.iterfind(".//cbc:EndpointID", NAMES))


def _ids(document: Node) -> bool:
    known = [ids for ids in (_peppol().ids, _peppol().self_billing_ids) if ids is not None]
    return any(ids.specification == _text(document, "cbc:CustomizationID") for ids in known)


def _process(document: Node) -> bool:
    name = "selfbilling" if is_self_billing(document) else "billing"
    return (
        re.match(rf"^urn:fdc:peppol\.eu:2017:poacc:{name}:[0-9]{{2}}:1\.0$", _text(document, "cbc:ProfileID"))
        is not None
    )


def _identifiers_match(scheme: str, pattern: str) -> Test:
    def test(document: Node) -> bool:
        nodes = document.iterfind(f".//*[@schemeID='{scheme}']")
        return all(re.fullmatch(pattern, (node.text or "").strip()) for node in nodes)

    return test


_RULES: Final[tuple[tuple[str, Test, str], ...]] = (
    ("PEPPOL-EN16931-R004", _ids, "Specification identifier (BT-24) MUST be that of Billing or of Self-Billing."),
    ("PEPPOL-EN16931-R007", _process, "Business process (BT-23) MUST be that of Billing or of Self-Billing."),
    ("PEPPOL-EN16931-P0100", _types_of_profile, "Invoice type code (BT-3) MUST be set according to the profile."),
    ("PEPPOL-EN16931-P0112", _german_types, "Type code (BT-3) 326 or 384 is only for a German seller and buyer."),
    ("PEPPOL-EN16931-CL008", _schemes, "Scheme of an electronic address (BT-34, BT-49) must be of Peppol's list EAS."),
    ("PEPPOL-COMMON-R052", _identifiers_match("0096", "[0-9]{8}"), "A number of scheme 0096 MUST have 8 digits."),
    ("PEPPOL-COMMON-R053", _identifiers_match("0198", "DK[0-9]{8}"), "A number of scheme 0198 MUST be DK, 8 digits."),
)  # fmt: skip
