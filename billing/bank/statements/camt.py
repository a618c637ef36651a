"""Camt messages: 052 (the running day), 053 (statements), 054 (notices), of the versions from .02 on.

A booking of several payments (``NtryDtls/TxDtls``) becomes an entry for each; they add up to the booking, or the
file is refused. What the bank has not booked (``PDNG``, ``INFO``, ``FUTR``) is left out and counted.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.bank.statements.camt_elements import (
    amount_of,
    below,
    children,
    day_of,
    local,
    missing,
    parsed,
    place_of,
    sign_of,
    text_at,
    wrong,
)
from billing.bank.statements.entry import (
    NOTHING,
    BankEntry,
    BankParty,
    BankStatement,
    EntryReferences,
    EntryReturn,
    EntryWithoutBankId,
    StatementKind,
    UnreadableStatement,
    check_sum,
    refuse_other_sum,
)

#: The element of a message below its root, what it holds, and what each of these is.
_MESSAGES = {
    "BkToCstmrStmt": ("Stmt", StatementKind.STATEMENT, "camt.053"),
    "BkToCstmrAcctRpt": ("Rpt", StatementKind.REPORT, "camt.052"),
    "BkToCstmrDbtCdtNtfctn": ("Ntfctn", StatementKind.NOTICE, "camt.054"),
}
_VERSION = re.compile(r"camt\.05[234]\.\d{3}\.\d{2}")
_OPENING, _CLOSING, _BETWEEN = ("OPBD", "PRCD"), ("CLBD",), "ITBD"
_NO_ID = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "UNKNOWN"})
#: What identifies a batch of a file, and the file.
_OF_BATCH = ("PmtInfId", "MsgId")
#: Sub-families of ISO 20022's bank transaction codes that take an earlier payment back.
_TAKES_BACK = frozenset({"RRTN", "UPDD", "PRDD", "RCDD", "ARET", "RPCR", "RRCT"})


def read_camt(raw: bytes) -> tuple[BankStatement, ...]:
    """Read a message: a statement for each account and each statement of it.

    Raises:
        UnreadableStatement: it is no camt.052, 053 or 054.
        StatementValueInvalid: an element is missing, or says what cannot be.
        StatementDoesNotAddUp: balances, or the parts of a booking, do not add up.
        EntryWithoutBankId: an entry of a 052 or 054 has no identification, so that it could be counted twice.
    """
    root = parsed(raw)
    message = next((child for child in root if isinstance(child.tag, str) and local(child) in _MESSAGES), None)
    if message is None:
        holds_instead = next((local(child) for child in root if isinstance(child.tag, str)), local(root))
        detail = f"{holds_instead!r} is no message of a bank that is read here"
        raise UnreadableStatement(detail, place="line 1", found=holds_instead, expected=sorted(_MESSAGES))
    holds, kind, name = _MESSAGES[local(message)]
    version = _VERSION.search(str(root.tag))
    form = version.group() if version else name
    statements = [_statement(element, kind, form) for element in children(message, holds)]
    if not statements:
        raise missing(message, holds)
    return tuple(statements)


def _statement(element: Any, kind: StatementKind, form: str) -> BankStatement:
    account = text_at(element, "Acct", "Id", "IBAN") or text_at(element, "Acct", "Id", "Othr", "Id")
    if not account:
        raise missing(element, "Acct/Id")
    opening, closing, currency = _balances(element, kind)
    currency = text_at(element, "Acct", "Ccy") or currency
    entries: list[BankEntry] = []
    left_out = 0
    for booking in children(element, "Ntry"):
        if not _is_booked(booking):
            left_out += 1
            continue
        currency = currency or amount_of(_amount_element(booking))[1]
        entries += _entries(booking, account.replace(" ", ""), currency, kind)
    statement = BankStatement(
        kind=kind,
        form=form,
        account=account.replace(" ", ""),
        currency=currency,
        opening=opening,
        closing=closing,
        entries=tuple(entries),
        left_out=left_out,
    )
    return check_sum(statement, place_of(element))


def _balances(element: Any, kind: StatementKind) -> tuple[Decimal | None, Decimal | None, str]:
    """Read the balances before and after; a page within a statement has two in between instead."""
    if kind is not StatementKind.STATEMENT:
        return None, None, ""
    stated: list[tuple[str, Decimal, str]] = []
    for balance in children(element, "Bal"):
        amount, currency = amount_of(_amount_element(balance))
        stated.append((text_at(balance, "Tp", "CdOrPrtry", "Cd"), amount * sign_of(balance), currency))
    between = [amount for code, amount, _ in stated if code == _BETWEEN]
    openings = [amount for code in _OPENING for stated_code, amount, _ in stated if stated_code == code]
    closings = [amount for code, amount, _ in stated if code in _CLOSING]
    opening = next(iter(openings or between), None)
    closing = next(iter(closings or between[::-1]), None)
    if opening is None or closing is None:
        raise missing(element, "Bal of OPBD (or PRCD)" if opening is None else "Bal of CLBD")
    return opening, closing, stated[0][2]


def _amount_element(element: Any) -> Any:
    amount = below(element, "Amt")
    if amount is None:
        raise missing(element, "Amt")
    return amount


def _is_booked(booking: Any) -> bool:
    status = text_at(booking, "Sts") or text_at(booking, "Sts", "Cd")
    if not status:
        raise missing(booking, "Sts")
    if status not in {"BOOK", "PDNG", "INFO", "FUTR"}:
        raise wrong(below(booking, "Sts"), status, "BOOK, PDNG, INFO or FUTR")
    return status == "BOOK"


def _entries(booking: Any, account: str, currency: str, kind: StatementKind) -> Iterator[BankEntry]:
    """Make an entry of a booking, or of each payment in it."""
    amount, of_amount = amount_of(_amount_element(booking))
    if of_amount != currency:
        raise wrong(_amount_element(booking), of_amount, f"the account's currency, {currency}")
    signed = amount * sign_of(booking)
    sum_id = text_at(booking, "AcctSvcrRef")
    sum_id = "" if sum_id.upper() in _NO_ID else sum_id
    if not sum_id and kind is not StatementKind.STATEMENT:
        place = place_of(booking)
        detail = f"{place}: without the bank's own identification it could be counted again by the statement"
        raise EntryWithoutBankId(detail, place=place, found="", expected="AcctSvcrRef")
    booked_on = day_of(below(booking, "BookgDt"))
    value_on = day_of(below(booking, "ValDt"))
    if booked_on is None and value_on is None:
        raise missing(booking, "BookgDt")
    details = [detail for group in children(booking, "NtryDtls") for detail in children(group, "TxDtls")]
    whole = BankEntry(
        place=place_of(booking),
        account=account,
        booked_on=booked_on or value_on or date.min,
        value_on=value_on or booked_on or date.min,
        amount=signed,
        currency=currency,
        references=EntryReferences(of_bank=sum_id, batches=_batches(booking, None)),
        text=text_at(booking, "AddtlNtryInf"),
        returned=_returned(booking, None),
        sum_id=sum_id,
        sum_amount=signed,
    )
    if not details:
        yield _charged(whole, booking, None)
        return
    parts = [_part(whole, booking, detail, alone=len(details) == 1) for detail in details]
    _check_parts(whole, booking, parts)
    yield from (replace(part, part=place, parts=len(parts)) for place, part in enumerate(parts, start=1))


def _check_parts(whole: BankEntry, booking: Any, parts: Sequence[BankEntry]) -> None:
    """Refuse a booking whose payments do not come to it."""
    if len(parts) > 1:
        refuse_other_sum(place_of(booking), sum((part.amount for part in parts), NOTHING), whole.amount)


def _part(whole: BankEntry, booking: Any, detail: Any, *, alone: bool) -> BankEntry:
    """Make the entry of one payment of a booking; where it is the only one the booking's amount counts."""
    incoming = whole.amount >= 0
    side, other = ("Dbtr", "Cdtr") if incoming else ("Cdtr", "Dbtr")
    returned = _returned(booking, detail)
    if returned is not None and not _party(detail, side).name:
        side, other = other, side
    amount = whole.amount if alone else _amount_of_part(detail, whole)
    notes = [text_at(line) for line in children_below(detail, "RmtInf", "Ustrd")]
    notes += [text_at(more) for more in children_below(detail, "RmtInf", "Strd", "AddtlRmtInf")]
    entry = replace(
        whole,
        place=place_of(detail),
        amount=amount,
        references=EntryReferences(
            creditor=tuple(
                text_at(reference).replace(" ", "")
                for reference in children_below(detail, "RmtInf", "Strd", "CdtrRefInf", "Ref")
                if text_at(reference)
            ),
            documents=tuple(
                text_at(number)
                for number in children_below(detail, "RmtInf", "Strd", "RfrdDocInf", "Nb")
                if text_at(number)
            ),
            end_to_end=_stated(text_at(detail, "Refs", "EndToEndId")),
            mandate=_stated(text_at(detail, "Refs", "MndtId")),
            of_bank=_stated(text_at(detail, "Refs", "AcctSvcrRef")) or whole.sum_id,
            batches=_batches(booking, detail),
        ),
        text=" ".join(note for note in notes if note) or text_at(detail, "AddtlTxInf") or whole.text,
        party=_party(detail, side),
        returned=returned,
    )
    return _charged(entry, booking if alone else None, detail)


def children_below(element: Any, *names: str) -> list[Any]:
    """List all elements at the end of a path of local names."""
    level = [element]
    for name in names:
        level = [child for parent in level for child in children(parent, name)]
    return level


def _batches(booking: Any, detail: Any) -> tuple[str, ...]:
    """Read by which file and batch of ours a booking, or one payment of it, was ordered; the batch first."""
    stated = [text_at(batch, name) for batch in children_below(booking, "NtryDtls", "Btch") for name in _OF_BATCH]
    if detail is not None:
        stated += [text_at(detail, "Refs", name) for name in _OF_BATCH]
    return tuple(dict.fromkeys(name for name in map(_stated, stated) if name))


def _stated(reference: str) -> str:
    return "" if reference.upper() in _NO_ID else reference


def _amount_of_part(detail: Any, whole: BankEntry) -> Decimal:
    element = below(detail, "Amt")
    if element is None:
        element = below(detail, "AmtDtls", "TxAmt", "Amt")
    if element is None:
        raise missing(detail, "Amt, or AmtDtls/TxAmt/Amt, where a booking has several payments")
    amount, currency = amount_of(element)
    if currency != whole.currency:
        raise wrong(element, currency, f"the account's currency, {whole.currency}")
    sign = sign_of(detail) if below(detail, "CdtDbtInd") is not None else (1 if whole.amount >= 0 else -1)
    return amount * sign


def _party(detail: Any, side: str) -> BankParty:
    parties = below(detail, "RltdPties")
    if parties is None:
        return BankParty()
    account = below(parties, f"{side}Acct", "Id")
    number = text_at(account, "IBAN") or text_at(account, "Othr", "Id") if account is not None else ""
    return BankParty(
        name=text_at(parties, side, "Nm") or text_at(parties, side, "Pty", "Nm"),
        account=number.replace(" ", ""),
        behind=text_at(parties, f"Ultmt{side}", "Nm") or text_at(parties, f"Ultmt{side}", "Pty", "Nm"),
    )


def _returned(booking: Any, detail: Any) -> EntryReturn | None:
    info = below(detail, "RtrInf") if detail is not None else None
    codes = {
        text_at(element, "BkTxCd", "Domn", "Fmly", "SubFmlyCd") for element in (booking, detail) if element is not None
    }
    is_reversal = text_at(booking, "RvslInd").lower() in {"true", "1"}
    if info is None and not codes & _TAKES_BACK and not is_reversal:
        return None
    reason = "" if info is None else text_at(info, "Rsn", "Cd") or text_at(info, "Rsn", "Prtry")
    refs = None if detail is None else below(detail, "Refs")
    return EntryReturn(
        reason=reason,
        end_to_end="" if refs is None else _stated(text_at(refs, "EndToEndId")),
        of_bank="" if refs is None else _stated(text_at(refs, "ClrSysRef")),
    )


def _charged(entry: BankEntry, booking: Any, detail: Any) -> BankEntry:
    """Add what was paid before charges, and the charges; where the bank says that they were deducted."""
    sources = [element for element in (detail, booking) if element is not None]
    instructed = next((amount for source in sources if (amount := _instructed(source, entry.currency))), None)
    if instructed is None:
        deducted = next((amount for source in sources if (amount := _deducted(source, entry.currency))), NOTHING)
        instructed = abs(entry.amount) + deducted if entry.amount > 0 else abs(entry.amount) - deducted
    charges = instructed - abs(entry.amount) if entry.amount > 0 else abs(entry.amount) - instructed
    if charges <= 0:
        return entry
    return replace(entry, before_charges=instructed if entry.amount > 0 else -instructed, charges=charges)


def _instructed(source: Any, currency: str) -> Decimal | None:
    element = below(source, "AmtDtls", "InstdAmt", "Amt")
    if element is None or element.get("Ccy") != currency:
        return None
    return amount_of(element)[0]


def _deducted(source: Any, currency: str) -> Decimal:
    """Add up the charges that the amount is stated after; of versions from .04 on each in a record."""
    charges = below(source, "Chrgs")
    if charges is None:
        return NOTHING
    records = list(children(charges, "Rcrd")) or [charges]
    deducted = NOTHING
    for record in records:
        element = below(record, "Amt")
        is_included = text_at(record, "ChrgInclInd").lower() in {"true", "1"}
        if element is not None and element.get("Ccy") == currency and is_included:
            deducted += amount_of(element)[0]
    return deducted
