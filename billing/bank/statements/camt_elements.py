"""Elements of a camt message, whatever its version: found by their local names, refused by their line."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from billing.bank.statements.entry import StatementValueInvalid, UnreadableStatement
from quantities.errors import UsufructError
from quantities.money import Money
from quantities.number import exact

_SHOWN = 60


def parsed(raw: bytes) -> Any:
    """Read XML without a document type, entities or the network.

    Raises:
        UnreadableStatement: it is no such XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        detail = f"line {line}: {error.msg}"
        raise UnreadableStatement(detail, place=f"line {line}", found=str(error.msg), expected="XML") from error
    if root.getroottree().docinfo.doctype:
        detail = "the file declares a document type"
        raise UnreadableStatement(detail, place="line 1", found="<!DOCTYPE", expected="XML without one")
    return root


def local(element: Any) -> str:
    """Name an element without its namespace."""
    return str(etree.QName(element).localname)


def children(element: Any, name: str) -> Iterator[Any]:
    """List what stands directly below an element, by local name."""
    return (child for child in element if isinstance(child.tag, str) and local(child) == name)


def below(element: Any, *names: str) -> Any:
    """Find the first element at the end of a path of local names; None where there is none."""
    for name in names:
        element = None if element is None else next(children(element, name), None)
    return element


def text_at(element: Any, *names: str) -> str:
    """Read the text at the end of a path; empty where there is none."""
    last = below(element, *names)
    return "" if last is None or last.text is None else str(last.text).strip()


def place_of(element: Any) -> str:
    """Say where an element stands: its line and its path of local names."""
    path = [local(parent) for parent in reversed(list(element.iterancestors()))] + [local(element)]
    return f"line {element.sourceline}: {'/'.join(path[2:] or path)}"


def missing(element: Any, expected: str) -> StatementValueInvalid:
    """Make the refusal of an element that lacks something."""
    place = place_of(element)
    return StatementValueInvalid(f"{place}: there is no {expected}", place=place, found="", expected=expected)


def wrong(element: Any, given: str, expected: str) -> StatementValueInvalid:
    """Make the refusal of an element that says what cannot be."""
    place = place_of(element)
    detail = f"{place}: {given[:_SHOWN]!r} is not {expected}"
    return StatementValueInvalid(detail, place=place, found=given[:_SHOWN], expected=expected)


def amount_of(element: Any) -> tuple[Decimal, str]:
    """Read an amount and its currency.

    Raises:
        StatementValueInvalid: it is none, is below zero, or has more places than its currency.
    """
    written, currency = text_at(element), str(element.get("Ccy", ""))
    try:
        amount = exact(written.removeprefix("+"))
        is_rounded = Money(amount, currency).is_rounded
    except UsufructError as error:
        raise wrong(element, f"{written} {currency}".strip(), "an amount with its currency") from error
    if amount < 0 or not is_rounded:
        raise wrong(element, f"{written} {currency}", "an amount of zero or above, in whole minor units")
    return amount, currency


def sign_of(element: Any) -> int:
    """Read whether an element is a credit or a debit: 1 or -1.

    Raises:
        StatementValueInvalid: it says neither.
    """
    indicator = below(element, "CdtDbtInd")
    if indicator is None:
        raise missing(element, "CdtDbtInd")
    signs = {"CRDT": 1, "DBIT": -1}
    if text_at(indicator) not in signs:
        raise wrong(indicator, text_at(indicator), "CRDT or DBIT")
    return signs[text_at(indicator)]


def day_of(element: Any) -> date | None:
    """Read a day out of ``Dt`` or ``DtTm``: the day as the bank writes it; None where there is no element.

    Raises:
        StatementValueInvalid: it is none.
    """
    if element is None:
        return None
    written = text_at(element, "Dt") or text_at(element, "DtTm")
    try:
        return date.fromisoformat(written[:10])
    except ValueError as error:
        raise wrong(element, written, "a day, as 2026-02-09") from error
