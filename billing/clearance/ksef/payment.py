"""How an FA(3) is paid: what is set off (Rozliczenie), terms and accounts (Platnosc), contract and order."""

import re
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from billing.clearance.ksef.elements import amount, day, element, optional, token
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import BankAccount
from quantities.number import plain

_TRANSFERS = frozenset({"30", "31", "42", "58"})
_DIRECT_DEBIT = "59"
_TRANSFER_OF_FORM = "6"
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?\Z", re.ASCII)
_ACCOUNT_MAX = 34


def settlement(document: BusinessDocument) -> etree._Element | None:
    """Write what is added to the total and taken off it before it is paid; nothing where it is paid as it is."""
    totals = document.totals
    reductions = [
        (totals.paid, "zapłacono przed wystawieniem faktury"),
        (totals.withheld, "podatek u źródła"),
        (-totals.rounding if totals.rounding < 0 else Decimal(0), "zaokrąglenie"),
    ]
    additions = [(totals.rounding if totals.rounding > 0 else Decimal(0), "zaokrąglenie")]
    taken_off = [(worth, why) for worth, why in reductions if worth]
    added = [(worth, why) for worth, why in additions if worth]
    if not (taken_off or added):
        return None
    to_pay = totals.gross + sum(worth for worth, _ in added) - sum(worth for worth, _ in taken_off)
    rest = element("DoZaplaty", amount(to_pay)) if to_pay >= 0 else element("DoRozliczenia", amount(-to_pay))
    return element("Rozliczenie", *_items("Obciazenia", added), *_items("Odliczenia", taken_off), rest)


def _items(name: str, items: list[tuple[Decimal, str]]) -> Iterator[etree._Element]:
    for worth, why in items:
        yield element(name, element("Kwota", amount(worth)), element("Powod", why))
    if items:
        sum_of = "SumaObciazen" if name == "Obciazenia" else "SumaOdliczen"
        yield element(sum_of, amount(sum((worth for worth, _ in items), Decimal(0))))


def terms(document: BusinessDocument) -> etree._Element | None:
    """Write the day it is due, how it is paid, to which accounts, and its cash discounts; nothing of a credit note."""
    if document.totals.payable <= 0:
        return None
    parts = [*_due(document), *_means(document.payment.means)]
    parts += [_account(one) for one in document.payment.accounts]
    parts += _discount(document)
    return element("Platnosc", *parts) if parts else None


def _due(document: BusinessDocument) -> Iterator[etree._Element]:
    if document.due_on is not None:
        yield element("TerminPlatnosci", element("Termin", day(document.due_on)))


def _means(code: str) -> Iterator[etree._Element]:
    if code in _TRANSFERS:
        yield element("FormaPlatnosci", _TRANSFER_OF_FORM)
    elif code == _DIRECT_DEBIT:
        yield element("PlatnoscInna", "1")
        yield element("OpisPlatnosci", "polecenie zapłaty SEPA")


def _account(account: BankAccount) -> etree._Element:
    return element(
        "RachunekBankowy",
        element("NrRB", token(account.account, _ACCOUNT_MAX)),
        element("SWIFT", account.bic) if _BIC.match(account.bic) else None,
        optional("NazwaBanku", token(account.bank)),
        optional("OpisRachunku", token(account.holder)),
    )


def _discount(document: BusinessDocument) -> Iterator[etree._Element]:
    discounts = document.cash_discounts
    if discounts:
        within = "; ".join(f"zapłata w ciągu {one.days} dni" for one in discounts)
        off = "; ".join(f"{plain(one.percent)}%" for one in discounts)
        yield element("Skonto", element("WarunkiSkonta", token(within)), element("WysokoscSkonta", token(off)))


def conditions(document: BusinessDocument) -> etree._Element | None:
    """Write the numbers of contract and order; nothing where there is neither."""
    contract, order = token(document.references.contract), token(document.references.order)
    if not (contract or order):
        return None
    return element(
        "WarunkiTransakcji",
        element("Umowy", element("NrUmowy", contract)) if contract else None,
        element("Zamowienia", element("NrZamowienia", order)) if order else None,
    )
