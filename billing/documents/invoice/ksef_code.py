"""KSeF's verification code (KOD I), which a picture of a Polish structured invoice bears outside of KSeF.

Source: Ministry of Finance of Poland, documentation of KSeF 2.0, "Kody weryfikujące QR"; VAT Act Art. 106gb (5).
"""

from billing.documents.invoice.pictures import ClearanceCode
from billing.documents.invoice.qr import drawing_of, qr_code
from billing.documents.invoice.speech import Speech
from billing.documents.look.page import Drawing


def ksef_code(clearance: ClearanceCode, speech: Speech) -> Drawing:
    """Draw the code, with KSeF's number below, or ``OFFLINE`` as long as there is none."""
    code = qr_code(clearance.address, boost_error=True)
    alternative = speech.text("QR code that verifies this document with KSeF: {number}", number=clearance.number)
    return drawing_of(code, alternative, clearance.number, 30)
