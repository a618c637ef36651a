"""Commands for whoever writes a contract: its schema, what two differ in, what it bills on past readings."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import AsJson, TenantName, contract_document, day, file, out, say, table, workplace
from quantities.number import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from billing.previews.simulate import Simulated
    from contracts.contract import Contract

FromDay = Annotated[str, typer.Option("--from", help="The first day, as 2025-01-01.")]
ToDay = Annotated[str, typer.Option("--to", help="The day after the last one.")]


def add_to(contract: typer.Typer) -> None:
    """Give ``usufruct contract`` these commands."""
    contract.command()(schema)
    contract.command()(diff)
    contract.command()(simulate)
    contract.command()(shadow)


def schema() -> None:
    """Print the JSON Schema of a contract, for an editor to complete and check by."""
    from contracts.schema import contract_schema

    out.print(contract_schema(), markup=False, highlight=False, soft_wrap=True)


def diff(was: Path, now: Path, *, as_json: AsJson = False) -> None:
    """Say in words what two contracts differ in."""
    from contracts.difference import differences

    found = differences(_contract(was), _contract(now))
    facts = [{"path": list(each.path), "was": each.was, "now": each.now} for each in found]
    say(facts, "\n".join(map(str, found)) or "they agree the same", as_json=as_json)


def simulate(
    path: Path,
    *,
    from_: FromDay,
    to: ToDay,
    against: Annotated[Path | None, typer.Option(help="Another contract, side by side.")] = None,
    html: Annotated[Path | None, typer.Option(help="Draw it into this file.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Try a contract on stored readings: what each period would have come to."""
    from billing.documents.simulation_chart import chart
    from billing.previews.simulate import simulate as tried

    first, after_last = day(from_), day(to)
    contracts = [_contract(each) for each in (path, against) if each is not None]
    with workplace(tenant) as place, place.transaction() as session:
        found = [(each.contract, tried(session, each, first, after_last)) for each in contracts]
    facts = [
        {
            "contract": name,
            "periods": [
                {
                    "period": str(each.period),
                    "net": f"{each.net:f}",
                    "charges": {charge: f"{net:f}" for charge, net in each.by_charge.items()},
                    "held": each.held or None,
                }
                for each in periods
            ],
        }
        for name, periods in found
    ]
    if html is not None:
        title = f"{contracts[0].contract}, {first} to {after_last}"
        html.write_text(chart(title, contracts[0].currency, found), encoding="utf-8")
    say(facts, _months(found), as_json=as_json)


def _months(found: "Sequence[tuple[str, Sequence[Simulated]]]") -> object:
    if len(found) == 1:
        periods, zero = found[0][1], Decimal(0)
        charges = list(dict.fromkeys(name for each in periods for name in each.by_charge))
        rows = [
            [
                each.period,
                *(plain(each.by_charge.get(name, zero)) for name in charges),
                each.held or f"{each.net:f}",
            ]
            for each in periods
        ]
        rows.append(["all", *("" for _ in charges), f"{sum(each.net for each in periods):f}"])
        return table(("period", *charges, "net"), rows, right=(*charges, "net"))
    (one, was), (other, now) = found
    rows = [
        [a.period, a.held or f"{a.net:f}", b.held or f"{b.net:f}", f"{b.net - a.net:f}"]
        for a, b in zip(was, now, strict=True)
    ]
    sums = [sum(each.net for each in of_one) for _, of_one in found]
    rows.append(["all", f"{sums[0]:f}", f"{sums[1]:f}", f"{sums[1] - sums[0]:f}"])
    return table(("period", one, other, "difference"), rows, right=(one, other, "difference"))


def shadow(
    path: Path,
    *,
    invoices: Annotated[Path, typer.Option(help="Issued lines: CSV with period_from, charge, net and quantity.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Hold issued invoices against what a contract would have billed, with the reason of each difference."""
    from dataclasses import asdict

    from billing.previews.shadow import compare, read_issued
    from billing.previews.simulate import simulate as tried

    read_contract, issued = _contract(path), read_issued(file(invoices))
    if not issued:
        raise typer.BadParameter(f"{invoices} has no line")
    first = min(each.first for each in issued)
    last = max(each.first for each in issued)
    with workplace(tenant) as place, place.transaction() as session:
        simulated = [
            each
            for each in tried(session, read_contract, first, _after(read_contract, last))
            if first <= each.period.first <= last
        ]
    found = compare(issued, simulated)
    facts = [asdict(each) | {"difference": each.difference} for each in found]
    stated = [{name: value if value is None else str(value) for name, value in each.items()} for each in facts]
    names = ("first", "charge", "issued", "owed", "difference", "reason")
    rows = [[each[name] or "" for name in names] for each in stated]
    say(stated, table(("period", *names[1:]), rows, right=names[2:5]), as_json=as_json)
    if not as_json:
        off = sum(each.difference for each in found)
        agree = sum(not each.difference for each in found)
        out.print(f"{agree} of {len(found)} agree; this contract bills {off:+f} in all")


def _after(contract: "Contract", first: date) -> date:
    from itertools import dropwhile

    from contracts.schedule import billing_periods

    starts = min(contract.starts, first)
    period = next(dropwhile(lambda each: each.first < first, billing_periods(starts, None, contract.billing)))
    return period.after_last


def _contract(path: Path) -> "Contract":
    from contracts.contract import Contract
    from quantities.document import parse

    return parse(Contract, contract_document(path))
