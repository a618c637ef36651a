"""The codes that a page of a document in KSeF bears (KOD I, KOD II), as links to be drawn as QR codes.

KOD I leads to the document in KSeF, by the SHA-256 of its file; its caption is the number, or ``OFFLINE`` while there
is none. KOD II proves who has issued a document offline, by a signature with a certificate that KSeF gives to the
taxpayer; its caption is ``CERTYFIKAT``. Source: the ministry's documentation of KSeF 2.0, "Kody weryfikujące QR".
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from holidays import country_holidays

from quantities.errors import Conflict

OFFLINE = "OFFLINE"
CERTIFICATE = "CERTYFIKAT"
_SALT_BYTES = 32
_COORDINATE_BYTES = 32
_SATURDAY = 5


class CertificateMissing(Conflict):
    """A document that is issued offline needs the seller's certificate."""


class KsefEnvironment(StrEnum):
    """Which KSeF: that of the law, or one to try it on."""

    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


_HOSTS: Mapping[KsefEnvironment, str] = MappingProxyType(
    {
        KsefEnvironment.PRODUCTION: "qr.ksef.mf.gov.pl",
        KsefEnvironment.DEMO: "qr-demo.ksef.mf.gov.pl",
        KsefEnvironment.TEST: "qr-test.ksef.mf.gov.pl",
    }
)


@dataclass(frozen=True, slots=True)
class KsefCode:
    """A code on a page.

    Attributes:
        caption: below it.
        link: that it holds.
    """

    caption: str
    link: str


@dataclass(frozen=True, slots=True)
class KsefFile:
    """A document's file, as its codes name it.

    Attributes:
        nip: of the seller.
        issued_on: P_1.
        sha256: of the file, 32 bytes.
        number: that KSeF gave; empty while there is none.
        offline: whether it was issued offline, and handed in later.
    """

    nip: str
    issued_on: date
    sha256: bytes
    number: str = ""
    offline: bool = False


class KsefCertificate(Protocol):
    """A certificate of the kind ``Offline`` that KSeF gave to somebody who may issue for the seller.

    The taxpayer keeps its key: in a file, a card, or a service that signs.
    """

    @property
    def serial(self) -> str:
        """Its serial number, in hexadecimal."""

    @property
    def context(self) -> tuple[str, str]:
        """In whose name it is used: ``Nip``, ``InternalId``, ``NipVatUe`` or ``PeppolId``, and the identifier."""

    def sign(self, text: bytes) -> bytes:
        """Sign by RSASSA-PSS (SHA-256, salt of 32 bytes) or by ECDSA on P-256 (both coordinates, 32 bytes each)."""


@dataclass(frozen=True, slots=True)
class PemCertificate:
    """A certificate with its key as PEM, without a password.

    Attributes:
        serial: in hexadecimal.
        context: in whose name it is used.
        key: the private key, PEM.
    """

    serial: str
    context: tuple[str, str]
    key: bytes

    def sign(self, text: bytes) -> bytes:
        """Sign as KSeF checks it.

        Raises:
            TypeError: the key is neither of RSA nor of an elliptic curve.
        """
        private = load_pem_private_key(self.key, password=None)
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(text, padding.PSS(padding.MGF1(SHA256()), _SALT_BYTES), SHA256())
        if isinstance(private, ec.EllipticCurvePrivateKey):
            both = utils.decode_dss_signature(private.sign(text, ec.ECDSA(SHA256())))
            return b"".join(number.to_bytes(_COORDINATE_BYTES, "big") for number in both)
        raise TypeError("a key of RSA or of an elliptic curve")


def ksef_codes(
    file: KsefFile,
    environment: KsefEnvironment = KsefEnvironment.PRODUCTION,
    certificate: KsefCertificate | None = None,
) -> tuple[KsefCode, ...]:
    """Make the codes of a document's page.

    Args:
        file: the document's.
        environment: which KSeF it is in.
        certificate: of the seller; needed for what was issued offline alone.

    Returns:
        KOD I, and of what was issued offline KOD II besides.

    Raises:
        CertificateMissing: it was issued offline, and there is no certificate to sign with. Without one, nobody can
            issue offline; the document waits for KSeF then.
    """
    digest = base64url(file.sha256)
    host = _HOSTS[environment]
    link = f"https://{host}/invoice/{file.nip}/{file.issued_on:%d-%m-%Y}/{digest}"
    code = KsefCode(file.number or OFFLINE, link)
    if not file.offline:
        return (code,)
    if certificate is None:
        detail = "KOD II is signed with a certificate of the kind Offline, and none is here"
        raise CertificateMissing(
            detail, place="certificate", found="none", expected="a certificate of the kind Offline"
        )
    kind, identifier = certificate.context
    signed = f"{host}/certificate/{kind}/{identifier}/{file.nip}/{certificate.serial}/{digest}"
    return code, KsefCode(CERTIFICATE, f"https://{signed}/{base64url(certificate.sign(signed.encode('ascii')))}")


def base64url(data: bytes) -> str:
    """Base64 for addresses, without what fills it up (RFC 4648, 5)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def hand_in_by(issued_on: date) -> date:
    """The last day to hand in what was issued offline: the next working day in Poland (Ustawa o VAT Art. 106nda)."""
    day = issued_on + timedelta(days=1)
    free = country_holidays("PL", years=(issued_on.year, issued_on.year + 1))
    while day.weekday() >= _SATURDAY or day in free:
        day += timedelta(days=1)
    return day
