"""The original of a document in KSeF: the exact FA(3) file that KSeF gave its number to, kept beside its clearance."""

from hashlib import sha256
from importlib.metadata import version

from billing.archive.original import XML, OriginalOfState
from billing.archive.retention import retained_until
from billing.archive.store import ArchivedFile, OriginalDamaged
from billing.documents.einvoice.held_to_rules import day_of_issue
from billing.documents.model.business_document import BusinessDocument
from billing.records.document_file import ValidationRecord
from billing.tables import ClearanceFileRow
from contracts.invoicing import InvoiceForm


def original_of_ksef(document: BusinessDocument, file: ClearanceFileRow | None) -> ArchivedFile:
    """Hand out the cleared file of a document.

    Args:
        document: issued, and not void.
        file: that KSeF has given its number to; None while there is none.

    Raises:
        NotIssued, VoidHasNoOriginal: it is a draft, or void.
        OriginalOfState: KSeF has given it no number yet.
        OriginalDamaged: the file is not what was handed in.
    """
    issued_on = day_of_issue(document)
    if file is None:
        detail = (
            f"the original of {document.number} is the FA(3) that KSeF clears, and KSeF has given it no number yet: "
            "`usufruct clearance export ksef` writes the file, `usufruct clearance import ksef` reads the answer"
        )
        raise OriginalOfState(detail, found="no number of KSeF", expected="the number of KSeF")
    digest = sha256(file.content).hexdigest()
    if digest != file.sha256.hex():
        raise OriginalDamaged(f"the file of {document.number} has the digest {digest}", found=digest)
    return ArchivedFile(
        form=InvoiceForm.KSEF,
        media_type=XML,
        content=file.content,
        sha256=digest,
        report=ValidationRecord(form=InvoiceForm.KSEF.value),
        version=version("usufruct"),
        made_at=file.recorded_at,
        retained_until=retained_until(document.seller.address.country, issued_on),
    )
