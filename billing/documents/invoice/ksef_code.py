"""KSeF's verification code (KOD I), which a picture of a Polish structured invoice bears outside of KSeF.

Source: Ministry of Finance of Poland, documentation of KSeF 2.0, "Kody weryfikujące QR"; VAT Act Art. 106gb (5).
"""

from base64 import urlsafe_b64encode
from datetime import date

from billing.documents.invoice.pictures import ClearanceCode
from billing.documents.invoice.qr import drawing_of, qr_code
from billing.documents.invoice.speech import Speech
from billing.documents.look.page import Drawing

#: Where production verifies; its test systems have addresses of their own.
PRODUCTION = "https://qr.ksef.mf.gov.pl"


def verification_address(nip: str, issued_on: date, sha256: bytes, base: str = PRODUCTION) -> str:
    """Where anybody can hold an invoice against what KSeF has.

    Args:
        nip: the seller's tax number, ten digits.
        issued_on: P_1 of the FA(3).
        sha256: of the bytes of its XML, 32 bytes.
        base: of the environment.
    """
    digest = urlsafe_b64encode(sha256).decode().rstrip("=")
    return f"{base}/invoice/{nip}/{issued_on:%d-%m-%Y}/{digest}"


def ksef_code(clearance: ClearanceCode, speech: Speech) -> Drawing:
    """Draw the code, with KSeF's number below, or ``OFFLINE`` as long as there is none."""
    code = qr_code(clearance.address, boost_error=True)
    alternative = speech.text("QR code that verifies this document with KSeF: {number}", number=clearance.number)
    return drawing_of(code, alternative, clearance.number, 30)
