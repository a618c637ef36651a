"""Elements that pain.001 and pain.008 have in common: head, parties, accounts, banks, and what a payment is for.

A town and a country stand in elements of their own, street and what is added in lines beside them (a hybrid address):
without town and country no address is written, for banks refuse unstructured ones from November 2026 on (EPC153-22).
"""

from collections.abc import Iterable
from datetime import UTC
from decimal import Decimal
from typing import Any

from lxml import etree

from billing.bank.orders.file_content import FileHead
from billing.bank.orders.payment_to_make import AccountToPay, AddressToPay
from contracts.party_profiles.numbers import is_iban
from quantities.money import Money

_LINES_MAX = 2


def document(name: str, message: str) -> tuple[Any, Any]:
    """Make a document and its message.

    Args:
        name: of the schema, as ``pain.001.001.09``.
        message: the element below the root.
    """
    namespace = f"urn:iso:std:iso:20022:tech:xsd:{name}"
    root = etree.Element(f"{{{namespace}}}Document", nsmap={None: namespace})
    return root, add(root, message)


def add(parent: Any, path: str, text: str | None = None, **attributes: str) -> Any:
    """Add an element at the end of a new path below another one; names stand in the parent's namespace."""
    namespace = etree.QName(parent).namespace
    for name in path.split("/"):
        parent = etree.SubElement(parent, f"{{{namespace}}}{name}")
    parent.text = text
    for name, value in attributes.items():
        parent.set(name, value)
    return parent


def written(root: Any) -> bytes:
    """Write a document, two blanks a level: the same for the same values."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def amount_text(amount: Decimal, currency: str) -> str:
    """Write an amount with the places of its currency: 1190.00 EUR, 1190 JPY."""
    return f"{Money(amount, currency).rounded().amount:f}"


def add_head(message: Any, head: FileHead, amounts: Iterable[tuple[Decimal, str]]) -> None:
    """Add the head, with the count and the sum of all amounts."""
    header = add(message, "GrpHdr")
    add(header, "MsgId", head.message_id)
    add(header, "CreDtTm", head.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    add_control(header, amounts)
    add(header, "InitgPty/Nm", head.initiator)


def add_control(parent: Any, amounts: Iterable[tuple[Decimal, str]]) -> None:
    """Add count and sum of amounts; of several currencies they are added up as numbers, as the standard has it."""
    texts = [amount_text(amount, currency) for amount, currency in amounts]
    add(parent, "NbOfTxs", str(len(texts)))
    add(parent, "CtrlSum", f"{sum(map(Decimal, texts), Decimal(0)):f}")


def add_party(parent: Any, element: str, name: str, address: AddressToPay) -> None:
    """Add a party with its address, where its town and country are known."""
    party = add(parent, element)
    add(party, "Nm", name)
    if not (address.town and address.country):
        return
    where = add(party, "PstlAdr")
    if address.post_code:
        add(where, "PstCd", address.post_code)
    add(where, "TwnNm", address.town)
    add(where, "Ctry", address.country)
    for line in address.lines[:_LINES_MAX]:
        add(where, "AdrLine", line)


def add_account(parent: Any, element: str, account: AccountToPay) -> None:
    """Add the number of an account: an IBAN, or another one."""
    if is_iban(account.number):
        add(parent, f"{element}/Id/IBAN", account.number)
    else:
        add(parent, f"{element}/Id/Othr/Id", account.number)


def add_bank(parent: Any, element: str, account: AccountToPay) -> None:
    """Add the bank of an account by its BIC; without one it is not provided, which SEPA allows."""
    if account.bic:
        add(parent, f"{element}/FinInstnId/BICFI", account.bic)
    else:
        add(parent, f"{element}/FinInstnId/Othr/Id", "NOTPROVIDED")


def add_remittance(parent: Any, reference: str, text: str) -> None:
    """Add what a payment is for: a creditor reference in its own element, else words; SEPA takes one of the two."""
    if reference:
        structured = add(parent, "RmtInf/Strd/CdtrRefInf")
        kind = add(structured, "Tp")
        add(kind, "CdOrPrtry/Cd", "SCOR")
        add(kind, "Issr", "ISO")
        add(structured, "Ref", reference)
    elif text:
        add(parent, "RmtInf/Ustrd", text)
