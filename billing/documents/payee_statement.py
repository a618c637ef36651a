"""The statement of a payee, as a table for a program and as a page to print."""

from html import escape
from typing import ClassVar

from billing.documents.document import PayeeDocument
from billing.documents.look.html import STYLE
from billing.documents.payee_views import PayeeLineOut, PayeeStatementOut
from billing.exports.table import write
from quantities.number import plain

HEADER = (
    "payee", "supplier", "number", "issued_on", "pos", "contract", "charge", "label", "service_from", "service_to",
    "corrects", "currency", "net", "share", "commission", "others",
)  # fmt: skip


class PayeeStatementCsv(PayeeDocument):
    """The statement of a payee as CSV, a row a line of what was issued."""

    name: ClassVar = "csv"
    media_type: ClassVar = "text/csv; charset=utf-8"
    suffix: ClassVar = ".csv"
    address: ClassVar = "lines.csv"

    def render(self, statement: PayeeStatementOut) -> bytes:
        """Write the lines of a statement, in their order."""
        rows = ([statement.payee, *(getattr(line, name) for name in HEADER[1:])] for line in statement.lines)
        return write(HEADER, rows)


class PayeeStatementHtml(PayeeDocument):
    """The statement of a payee as a page to print."""

    name: ClassVar = "html"
    media_type: ClassVar = "text/html; charset=utf-8"
    suffix: ClassVar = ".html"
    address: ClassVar = "page"
    style: ClassVar = STYLE

    def render(self, statement: PayeeStatementOut) -> bytes:
        """Lay a statement out."""
        first, last = statement.issued_from, statement.issued_to
        days = " ".join(f"{word} {day}" for word, day in (("from", first), ("to", last)) if day)
        days = f"issued {days}" if days else "all that was issued"
        rows = "".join(map(_row, statement.lines))
        totals = "".join(
            f'<tr class="total"><td colspan="3">Total {escape(total.currency)}</td>'
            f'<td class="n">{plain(total.net)}</td>'
            f'<td class="n">{plain(total.commission)}</td><td class="n">{plain(total.share)}</td></tr>'
            for total in statement.totals
        )
        title = f"Statement of {escape(statement.payee)}"
        return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{STYLE}</style></head><body>
<header><div><h1>{title}</h1><div class="soft">{days}</div></div></header>
<table><thead><tr><th>Document</th><th>Charge</th><th>Service</th><th class="n">Sold, net</th>
<th class="n">Commission</th><th class="n">Share</th></tr></thead><tbody>{rows}</tbody><tfoot>{totals}</tfoot></table>
<footer>Without tax. Every line opens down to its steps and readings: usufruct explain NUMBER LINE.</footer>
</body></html>
""".encode()


def _row(line: PayeeLineOut) -> str:
    notes = [line.label] if line.label else []
    if line.corrects is not None:
        notes.append(f"adjusts {line.corrects}")
    note = f'<div class="soft">{"<br>".join(map(escape, notes))}</div>' if notes else ""
    return (
        f"<tr><td>{escape(line.number)}, line {line.pos}"
        f'<div class="soft">{line.issued_on}, {escape(line.contract)}</div></td>'
        f"<td>{escape(line.charge)}{note}</td><td>{line.service_from} to {line.service_to}</td>"
        f'<td class="n">{plain(line.net)} {escape(line.currency)}</td><td class="n">{plain(line.commission)}</td>'
        f'<td class="n">{plain(line.share)}</td></tr>'
    )
