"""Rows → values of payees: who has a part of issued lines, and which. From the lines alone, corrections among them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from billing.payees.statement import KnownPayee, PayeeLine, PayeeStatement
from quantities.errors import NotFound

#: Who has made a document out, be it in its own name or in another's: the contract's supplier.
_MAKER = "coalesce(i.inputs ->> 'made_out_by', i.inputs -> 'supplier' ->> 'name')"
#: Issued lines that count and that somebody shares; the supplier's own part stands under its name.
_SHARED_LINES = """
    from invoice_line l
    join invoice i on i.tenant = l.tenant and i.id = l.invoice_id
    where l.payees <> '{}' and i.number is not null and i.voided_on is null
      and (cast(:issued_from as date) is null or i.issued_on >= :issued_from)
      and (cast(:issued_to as date) is null or i.issued_on <= :issued_to)"""

#: How many lines of the other contracts stand before it on a consolidated document.
_LINES_BEFORE = """(
    select count(*) from invoice other join invoice_line before on before.tenant = other.tenant
                                                               and before.invoice_id = other.id
    where other.tenant = i.tenant and other.within_id = i.within_id and other.id < i.id)"""


class NothingShared(NotFound):
    """Nothing was billed that a payee of that name has a part of."""


def known_payees(
    session: Session, issued_from: date | None = None, issued_to: date | None = None
) -> Sequence[KnownPayee]:
    """List who has a part of lines issued on some days, by name and currency.

    Args:
        session: states the tenant.
        issued_from: the first day.
        issued_to: the last day.
    """
    rows = session.execute(
        # text: the members of a JSON object as rows
        text(f"""
            select share.key as name, i.currency, count(*) as lines, sum(cast(share.value as numeric)) as share
            from (select l.payees, i.currency, {_MAKER} as supplier {_SHARED_LINES}) i
            cross join lateral jsonb_each_text(i.payees) share
            where share.key <> i.supplier
            group by share.key, i.currency order by share.key, i.currency"""),  # noqa: S608 of our own words alone
        _days(issued_from, issued_to),
    )
    return tuple(KnownPayee(row.name, row.currency, row.lines, row.share) for row in rows)


def statement(
    session: Session, payee: str, issued_from: date | None = None, issued_to: date | None = None
) -> PayeeStatement:
    """State what a payee has of the documents issued on some days.

    Args:
        session: states the tenant.
        payee: its name.
        issued_from: the first day.
        issued_to: the last day.

    Raises:
        NothingShared: it has no part of anything that was ever issued.
    """
    lines = _lines(session, payee, _days(issued_from, issued_to))
    if not lines:
        names = sorted({known.name for known in known_payees(session)})
        if payee not in names:
            detail = f"nobody of the name {payee!r} has a part of what was billed"
            raise NothingShared(detail, found=payee, expected=names)
    return PayeeStatement(payee, issued_from, issued_to, lines)


def _lines(session: Session, payee: str, days: Mapping[str, Any]) -> Sequence[PayeeLine]:
    rows = session.execute(
        # text: a member of a JSON object, by its name
        text(f"""
            select i.number, i.issued_on, l.pos + {_LINES_BEFORE} as pos, i.inputs ->> 'contract' as contract,
                   l.charge, l.label, l.service_first, l.service_after_last, l.corrects_number, i.currency, l.net,
                   l.payees, {_MAKER} as supplier
            {_SHARED_LINES}
              and jsonb_exists(l.payees, :payee)
            order by i.issued_on, i.id, l.pos"""),
        {**days, "payee": payee},
    )
    return tuple(
        PayeeLine(
            supplier=row.supplier,
            number=row.number,
            issued_on=row.issued_on,
            pos=row.pos,
            contract=row.contract,
            charge=row.charge,
            label=row.label,
            first=row.service_first,
            after_last=row.service_after_last,
            corrects=row.corrects_number or None,
            currency=row.currency,
            net=row.net,
            share=Decimal(row.payees[payee]),
            commission=Decimal(row.payees.get(row.supplier, row.net - row.net)),
        )
        for row in rows
        if payee != row.supplier
    )


def _days(issued_from: date | None, issued_to: date | None) -> dict[str, Any]:
    return {"issued_from": issued_from, "issued_to": issued_to}
