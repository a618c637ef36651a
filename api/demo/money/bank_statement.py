"""The statement that the supplier's bank has for a day: camt.053, between two balances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.sax.saxutils import escape

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True)
class IncomingTransfer:
    """Money that came.

    Attributes:
        amount: in euro.
        payer: as its bank writes it.
        payer_account: its IBAN.
        text: what the payer wrote.
    """

    amount: Decimal
    payer: str
    payer_account: str
    text: str


def statement_of_day(account: str, on: date, opening: Decimal, transfers: Sequence[IncomingTransfer]) -> bytes:
    """Write the statement of an account for a day, in euro.

    Args:
        account: its IBAN.
        on: the day.
        opening: the balance as it began.
        transfers: what came on it.
    """
    closing = opening + sum((transfer.amount for transfer in transfers), Decimal(0))
    entries = "".join(_entry(on, place, transfer) for place, transfer in enumerate(transfers, start=1))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{_NAMESPACE}"><BkToCstmrStmt><Stmt>'
        f"<Id>{on:%Y%m%d}</Id><Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{_balance('OPBD', opening)}{_balance('CLBD', closing)}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(code: str, amount: Decimal) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'
    )


def _entry(on: date, place: int, transfer: IncomingTransfer) -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{transfer.amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt><AcctSvcrRef>{on:%Y%m%d}-{place}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
        f"<RltdPties><Dbtr><Pty><Nm>{escape(transfer.payer)}</Nm></Pty></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{transfer.payer_account}</IBAN></Id></DbtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>{escape(transfer.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
