"""Schemes of identifiers: the list EAS of electronic addresses, and the registers of ISO 6523, with their formats.

A format is checked where python-stdnum knows it, or where the scheme's own rule is a plain one; of others any is taken.

Sources: CEF, "EAS" and "ISO 6523 ICD list" as EN 16931's rules BR-CL-25 and BR-CL-11 have them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from contracts.party_profiles.numbers import can_be, without_blanks


@dataclass(frozen=True, slots=True)
class IdentifierScheme:
    """A scheme of identifiers.

    Attributes:
        title: what its identifiers are.
        form: the module of python-stdnum that checks one; empty where none does.
        pattern: a rule that an identifier matches as a whole, besides; empty where there is none.
    """

    title: str
    form: str = ""
    pattern: str = ""

    def takes(self, value: str) -> bool:
        """Tell whether a value can be an identifier of the scheme."""
        if self.pattern and re.fullmatch(self.pattern, value) is None:
            return False
        return not self.form or can_be(self.form, value)


_MAIL = r"[^@\s]+@[^@\s]+"


def _vat(country: str, form: str = "", prefix: str = "") -> IdentifierScheme:
    """Of VAT numbers, with the prefix of their country."""
    return IdentifierScheme(f"VAT number of {country}", form, f"{prefix}.+" if prefix else "")


_S = IdentifierScheme
#: By code of EAS, its scheme.
EAS: Mapping[str, IdentifierScheme] = MappingProxyType({
    "0002": _S("SIREN, of the register SIRENE in France", "fr.siren"),
    "0007": _S("Organisationsnummer, of Sweden", "se.orgnr"),
    "0009": _S("SIRET, of an establishment in France", "fr.siret"),
    "0037": _S("LY-tunnus, of Finland", "fi.ytunnus"),
    "0060": _S("D-U-N-S number", pattern=r"[0-9]{9}"),
    "0088": _S("GLN, a location number of GS1", "ean", r"[0-9]{13}"),
    "0096": _S("P-number, of Denmark"),
    "0097": _S("FTI, Ediforum Italia"),
    "0106": _S("KvK number, of the Netherlands", pattern=r"[0-9]{8}"),
    "0130": _S("Directorates of the European Commission"),
    "0135": _S("SIA object identifier"),
    "0142": _S("SECETI object identifier"),
    "0147": _S("Standard company code, of Japan"),
    "0151": _S("ABN, of Australia", "au.abn"),
    "0154": _S("Identification number of economic subjects, of the Czech Republic", pattern=r"[0-9]{8}"),
    "0158": _S("Identification number of economic subjects, of Slovakia", pattern=r"[0-9]{8}"),
    "0170": _S("Teikoku company code"),
    "0177": _S("Odette identifier"),
    "0183": _S("UID, of Switzerland", "ch.uid"),
    "0184": _S("CVR number, of Denmark", "dk.cvr"),
    "0188": _S("Corporate number, of Japan", "jp.cn"),
    "0190": _S("Originator's identification number, of the Netherlands", pattern=r"[0-9]{20}"),
    "0191": _S("Registry code, of Estonia", "ee.registrikood"),
    "0192": _S("Organisasjonsnummer, of Norway", "no.orgnr"),
    "0193": _S("UBL.BE party identifier"),
    "0194": _S("KOIOS open technical dictionary"),
    "0195": _S("UEN, of Singapore", "sg.uen"),
    "0196": _S("Kennitala, of Iceland", "is_.kennitala"),
    "0198": _S("SE number, of Denmark", "dk.cvr"),
    "0199": _S("LEI", "lei"),
    "0200": _S("Legal entity code, of Lithuania", pattern=r"[0-9]{7}|[0-9]{9}"),
    "0201": _S("Code of an office, IPA, of Italy", pattern=r"[0-9A-Z]{6}"),
    "0202": _S("Certified mail, PEC, of Italy", pattern=_MAIL),
    "0203": _S("eDelivery network participant"),
    "0204": _S("Leitweg-ID", "de.leitweg"),
    "0205": _S("CODDEST, of Italy", pattern=r"[0-9A-Z]{7}"),
    "0208": _S("Enterprise number, of Belgium", "be.vat", r"[0-9]{10}"),
    "0209": _S("GS1 identification key"),
    "0210": _S("Codice fiscale, of Italy", "it.codicefiscale"),
    "0211": _S("Partita IVA, of Italy", "it.iva", r"IT.+"),
    "0212": _S("Organisation identifier, of Finland", "fi.ytunnus"),
    "0213": _S("VAT number, of Finland", "fi.alv", r"FI.+"),
    "0215": _S("Net service identifier, of Finland"),
    "0216": _S("OVT code, of Finland", pattern=r"0037[0-9]{8}[0-9A-Z]{0,5}"),
    "0217": _S("Company number of a chamber of commerce, of the Netherlands"),
    "0218": _S("Unified registration number, of Latvia", pattern=r"[0-9]{11}"),
    "0219": _S("Taxpayer registration code, of Latvia", pattern=r"[0-9]{11}"),
    "0220": _S("Register of natural persons, of Latvia"),
    "0221": _S("Number of a qualified invoice issuer, of Japan", "", r"T[0-9]{13}"),
    "0225": _S("FRCTC, an electronic address of France"),
    "0230": _S("National e-invoicing framework, of Malaysia"),
    "0235": _S("Tax identification number, of the United Arab Emirates", pattern=r"[0-9]{10}"),
    "0240": _S("Register of legal persons, of France"),
    "0242": _S("OpenPeppol service provider"),
    "0244": _S("Tax identification number, of Nigeria"),
    "0245": _S("Tax identification number, of Slovakia", pattern=r"[0-9]{10}"),
    "0246": _S("Business register of Germany"),
    "0248": _S("Electronic address, ISO 6523 0248"),
    "9910": _vat("Hungary", "hu.anum", "HU"),
    "9913": _S("Business Registers Network"),
    "9914": _vat("Austria", "at.uid", "AT"),
    "9915": _S("Government code, of Austria"),
    "9918": _S("IBAN, by SWIFT", "iban"),
    "9919": _S("Number of the register of businesses, of Austria"),
    "9920": _vat("Spain", "es.nif", "ES"),
    "9922": _vat("Andorra", "ad.nrt"),
    "9923": _vat("Albania", "al.nipt"),
    "9924": _vat("Bosnia and Herzegovina"),
    "9925": _vat("Belgium", "be.vat", "BE"),
    "9926": _vat("Bulgaria", "bg.vat", "BG"),
    "9927": _vat("Switzerland", "ch.vat"),
    "9928": _vat("Cyprus", "cy.vat", "CY"),
    "9929": _vat("the Czech Republic", "cz.dic", "CZ"),
    "9930": _vat("Germany", "de.vat", "DE"),
    "9931": _vat("Estonia", "ee.kmkr", "EE"),
    "9932": _vat("the United Kingdom", "gb.vat", "GB"),
    "9933": _vat("Greece", "gr.vat"),
    "9934": _vat("Croatia", "hr.oib", "HR"),
    "9935": _vat("Ireland", "ie.vat", "IE"),
    "9936": _vat("Liechtenstein"),
    "9937": _vat("Lithuania", "lt.pvm", "LT"),
    "9938": _vat("Luxembourg", "lu.tva", "LU"),
    "9939": _vat("Latvia", "lv.pvn", "LV"),
    "9940": _vat("Monaco", "mc.tva"),
    "9941": _vat("Montenegro", "me.pib"),
    "9942": _vat("North Macedonia", "mk.edb"),
    "9943": _vat("Malta", "mt.vat", "MT"),
    "9944": _vat("the Netherlands", "nl.btw", "NL"),
    "9945": _vat("Poland", "pl.nip", "PL"),
    "9946": _vat("Portugal", "pt.nif", "PT"),
    "9947": _vat("Romania", "ro.cf", "RO"),
    "9948": _vat("Serbia", "rs.pib"),
    "9949": _vat("Slovenia", "si.ddv", "SI"),
    "9950": _vat("Slovakia", "sk.dph", "SK"),
    "9951": _vat("San Marino", "sm.coe"),
    "9952": _vat("Türkiye", "tr.vkn"),
    "9953": _vat("the Holy See"),
    "9957": _vat("France", "fr.tva", "FR"),
    "9959": _S("EIN, of the United States", "us.ein"),
    "EM": _S("e-mail", pattern=_MAIL),
})  # fmt: skip

#: Those of the list EAS by which no participant of Peppol is known: mail, and what Peppol took out by May 2026.
_NOT_OF_PEPPOL = frozenset({
    "0037", "0147", "0154", "0170", "0177", "0193", "0194", "0202", "0203", "0205", "0212", "0213", "0215", "0217",
    "EM",
})  # fmt: skip
#: The schemes of Peppol's electronic addresses (PEPPOL-EN16931-CL008, release 3.0.21).
PEPPOL = frozenset(EAS) - _NOT_OF_PEPPOL

#: Of ISO 6523, the first and the last code that a register has, and those between that none has (BR-CL-11).
_FIRST_REGISTER, _LAST_REGISTER = 2, 248
_NO_REGISTER = frozenset({"0092", "0103", "0181", "0182"})


def is_register(code: str) -> bool:
    """Tell whether a code of ISO 6523 is that of a register (BT-30-1, BT-47-1)."""
    return code.isdecimal() and _FIRST_REGISTER <= int(code) <= _LAST_REGISTER and code not in _NO_REGISTER


def takes(code: str, value: str) -> bool:
    """Tell whether a value can be an identifier of a scheme; of one whose format nobody knows, any can.

    Args:
        code: of EAS, or of ISO 6523.
        value: with blanks or without.
    """
    scheme = EAS.get(code)
    return scheme is None or scheme.takes(without_blanks(value))


def title(code: str) -> str:
    """Say what the identifiers of a scheme are."""
    scheme = EAS.get(code)
    return f"an identifier of the register {code}" if scheme is None else scheme.title
