"""Credit transfers as pain.001.001.09: SEPA for euro (EPC132-08), plain ones for other currencies."""

from collections.abc import Sequence
from typing import Any

from billing.bank.orders import iso_elements as iso
from billing.bank.orders.file_content import FileHead, PaymentBatch, PaymentInFile
from contracts.party_profiles.numbers import is_iban

NAME = "pain.001.001.09"


def pain001(head: FileHead, batches: Sequence[PaymentBatch]) -> bytes:
    """Write a file of credit transfers.

    Args:
        head: of the file.
        batches: at least one, each of at least one payment; their texts in the characters that banks take.
    """
    root, message = iso.document(NAME, "CstmrCdtTrfInitn")
    amounts = ((payment.amount, batch.currency) for batch in batches for payment in batch.payments)
    iso.add_head(message, head, amounts)
    for batch in batches:
        _add_batch(message, batch)
    return iso.written(root)


def is_sepa(batch: PaymentBatch) -> bool:
    """Tell whether all of a batch are payments of SEPA: in euro, between accounts with an IBAN."""
    accounts = [batch.debtor.account, *(payment.payee for payment in batch.payments)]
    return batch.currency == "EUR" and all(is_iban(account.number) for account in accounts)


def _add_batch(message: Any, batch: PaymentBatch) -> None:
    debtor, in_sepa = batch.debtor, is_sepa(batch)
    info = iso.add(message, "PmtInf")
    iso.add(info, "PmtInfId", batch.batch_id)
    iso.add(info, "PmtMtd", "TRF")
    iso.add(info, "BtchBookg", "true")
    iso.add_control(info, ((payment.amount, batch.currency) for payment in batch.payments))
    if in_sepa:
        iso.add(info, "PmtTpInf/SvcLvl/Cd", "SEPA")
    iso.add(info, "ReqdExctnDt/Dt", batch.pay_on.isoformat())
    iso.add_party(info, "Dbtr", debtor.account.holder, debtor.address)
    iso.add_account(info, "DbtrAcct", debtor.account)
    iso.add_bank(info, "DbtrAgt", debtor.account)
    iso.add(info, "ChrgBr", "SLEV" if in_sepa else "SHAR")
    for payment in batch.payments:
        _add_payment(info, payment, batch.currency)


def _add_payment(info: Any, payment: PaymentInFile, currency: str) -> None:
    one = iso.add(info, "CdtTrfTxInf")
    iso.add(one, "PmtId/EndToEndId", payment.end_to_end)
    iso.add(one, "Amt/InstdAmt", iso.amount_text(payment.amount, currency), Ccy=currency)
    if payment.payee.bic:
        iso.add_bank(one, "CdtrAgt", payment.payee)
    iso.add_party(one, "Cdtr", payment.payee.holder, payment.address)
    iso.add_account(one, "CdtrAcct", payment.payee)
    iso.add_remittance(one, payment.reference, payment.text)
