"""The statement of an account as a page that a person can print: one file, no script, nothing fetched."""

from html import escape
from typing import ClassVar

from billing.documents.document import AccountDocument
from billing.documents.look.html import STYLE
from billing.receivables.statement import MovementKind
from billing.receivables.views import AccountStatementOut, EntryOut, OpenDocumentOut
from quantities.number import plain

_WORDS = {
    MovementKind.DOCUMENT: "Document",
    MovementKind.PAYMENT: "Payment",
    MovementKind.DISCOUNT: "Cash discount",
    MovementKind.WRITE_OFF: "Written off",
}


class AccountHtml(AccountDocument):
    """The statement of an account as a page to print."""

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "page"
    style: ClassVar = STYLE

    def render(self, statement: AccountStatementOut) -> bytes:
        """Lay a statement out."""
        return _page(statement).encode()


def _page(statement: AccountStatementOut) -> str:
    e, currency = escape, escape(statement.currency)
    title = f"Statement of account, {statement.first} to {statement.last}"
    facts = [("From", statement.first), ("To", statement.last), ("Currency", currency)]
    definition = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    rows = "".join(_row(entry) for entry in statement.entries)
    end = statement.at_the_end
    sums = [("Open", end.open), ("On account", -end.on_account), ("Overdue", end.overdue), ("Disputed", end.disputed)]
    footer = "".join(f'<tr><td colspan="4">{name}</td><td class="n">{plain(amount)}</td></tr>' for name, amount in sums)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{STYLE}</style></head><body>
<header><div><h1>Statement of account</h1><div class="soft">{e(statement.supplier)}</div></div>
<dl>{definition}</dl></header>
<div class="parties"><div><h2>From</h2>{_party(statement.supplier, statement.supplier_address)}</div>
<div><h2>To</h2>{_party(statement.customer, statement.customer_address)}</div></div>
<table><thead><tr><th>Day</th><th>Entry</th><th>Reference</th><th class="n">{currency}</th>
<th class="n">Balance {currency}</th></tr></thead><tbody>
<tr><td>{statement.first}</td><td>Balance before</td><td></td><td></td>
<td class="n">{plain(statement.opening)}</td></tr>{rows}
</tbody><tfoot><tr class="total"><td colspan="4">Balance on {statement.last}</td>
<td class="n">{plain(statement.closing)}</td></tr>{footer}</tfoot></table>
{_open_documents(statement)}</body></html>
"""


def _party(name: str, address: list[str]) -> str:
    return f"<address>{'<br>'.join(escape(line) for line in (name, *address))}</address>"


def _row(entry: EntryOut) -> str:
    notes = [f"for {', '.join(entry.documents)}"] if entry.documents else []
    notes += [f"due {entry.due_on}"] if entry.due_on is not None else []
    note = f'<div class="soft">{"<br>".join(map(escape, notes))}</div>' if notes else ""
    return (
        f"<tr><td>{entry.on}</td><td>{_WORDS[entry.kind]}</td><td>{escape(entry.reference)}{note}</td>"
        f'<td class="n">{plain(entry.amount)}</td><td class="n">{plain(entry.balance)}</td></tr>'
    )


def _open_documents(statement: AccountStatementOut) -> str:
    if not statement.open_documents:
        return ""
    currency = escape(statement.currency)
    rows = "".join(_open_row(document) for document in statement.open_documents)
    aging = statement.at_the_end.aging
    parts = [
        ("not due", aging.not_due),
        ("1 to 30 days", aging.days_1_to_30),
        ("31 to 60 days", aging.days_31_to_60),
        ("61 to 90 days", aging.days_61_to_90),
        ("over 90 days", aging.over_90),
        ("credit notes", aging.credits),
    ]
    overdue = ", ".join(f"{name} {plain(amount)}" for name, amount in parts if amount)
    return f"""<table><thead><tr><th>Open document</th><th>Due</th><th class="n">Total {currency}</th>
<th class="n">Open</th><th class="n">Disputed</th><th class="n">Days overdue</th></tr></thead>
<tbody>{rows}</tbody></table>
<footer>Open and not disputed, by days overdue: {overdue or "nothing"}.</footer>"""


def _open_row(document: OpenDocumentOut) -> str:
    stands = document.payment
    amounts = (document.gross, stands.open, stands.disputed)
    cells = "".join(f'<td class="n">{plain(amount)}</td>' for amount in amounts)
    late = str(stands.days_late) if stands.days_late else ""
    return f'<tr><td>{escape(document.document)}</td><td>{document.due_on}</td>{cells}<td class="n">{late}</td></tr>'
