"""Direct debits as pain.008.001.08, by the guidelines of SEPA Core (EPC130-08) and B2B (EPC131-08)."""

from collections.abc import Sequence
from typing import Any

from billing.bank.mandates.mandate import DebitScheme, MandateAmendment
from billing.bank.orders import iso_elements as iso
from billing.bank.orders.file_content import DebitBatch, DebitInFile, FileHead

NAME = "pain.008.001.08"
_INSTRUMENT = {DebitScheme.CORE: "CORE", DebitScheme.B2B: "B2B"}


def pain008(head: FileHead, batches: Sequence[DebitBatch]) -> bytes:
    """Write a file of direct debits.

    Args:
        head: of the file.
        batches: at least one, each of at least one debit; their texts in the characters that banks take.
    """
    root, message = iso.document(NAME, "CstmrDrctDbtInitn")
    amounts = ((debit.amount, batch.currency) for batch in batches for debit in batch.debits)
    iso.add_head(message, head, amounts)
    for batch in batches:
        _add_batch(message, batch)
    return iso.written(root)


def _add_batch(message: Any, batch: DebitBatch) -> None:
    creditor = batch.creditor
    info = iso.add(message, "PmtInf")
    iso.add(info, "PmtInfId", batch.batch_id)
    iso.add(info, "PmtMtd", "DD")
    iso.add(info, "BtchBookg", "true")
    iso.add_control(info, ((debit.amount, batch.currency) for debit in batch.debits))
    kind = iso.add(info, "PmtTpInf")
    iso.add(kind, "SvcLvl/Cd", "SEPA")
    iso.add(kind, "LclInstrm/Cd", _INSTRUMENT[batch.scheme])
    iso.add(kind, "SeqTp", batch.sequence.value)
    iso.add(info, "ReqdColltnDt", batch.collect_on.isoformat())
    iso.add_party(info, "Cdtr", creditor.account.holder, creditor.address)
    iso.add_account(info, "CdtrAcct", creditor.account)
    iso.add_bank(info, "CdtrAgt", creditor.account)
    iso.add(info, "ChrgBr", "SLEV")
    _add_scheme_id(info, "CdtrSchmeId", "", batch.creditor_id)
    for debit in batch.debits:
        _add_debit(info, debit, batch.currency)


def _add_scheme_id(parent: Any, element: str, name: str, creditor_id: str) -> None:
    scheme = iso.add(parent, element)
    if name:
        iso.add(scheme, "Nm", name)
    if creditor_id:
        other = iso.add(scheme, "Id/PrvtId/Othr")
        iso.add(other, "Id", creditor_id)
        iso.add(other, "SchmeNm/Prtry", "SEPA")


def _add_debit(info: Any, debit: DebitInFile, currency: str) -> None:
    one = iso.add(info, "DrctDbtTxInf")
    iso.add(one, "PmtId/EndToEndId", debit.end_to_end)
    iso.add(one, "InstdAmt", iso.amount_text(debit.amount, currency), Ccy=currency)
    mandate = iso.add(one, "DrctDbtTx/MndtRltdInf")
    iso.add(mandate, "MndtId", debit.mandate)
    iso.add(mandate, "DtOfSgntr", debit.signed_on.isoformat())
    if debit.amendment is not None:
        _add_amendment(mandate, debit.amendment)
    iso.add_bank(one, "DbtrAgt", debit.debtor)
    iso.add_party(one, "Dbtr", debit.debtor.holder, debit.address)
    iso.add_account(one, "DbtrAcct", debit.debtor)
    iso.add_remittance(one, debit.reference, debit.text)


def _add_amendment(mandate: Any, amended: MandateAmendment) -> None:
    iso.add(mandate, "AmdmntInd", "true")
    details = iso.add(mandate, "AmdmntInfDtls")
    if amended.reference:
        iso.add(details, "OrgnlMndtId", amended.reference)
    if amended.creditor_id or amended.creditor_name:
        _add_scheme_id(details, "OrgnlCdtrSchmeId", amended.creditor_name, amended.creditor_id)
    if amended.is_other_account:
        iso.add(details, "OrgnlDbtrAcct/Id/Othr/Id", "SMNDA")  # same mandate, new debtor account
