"""Commands for whoever writes a contract: its schema, what two differ in, what it bills on past readings."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import (
    AsJson,
    TenantName,
    after,
    contract_document,
    day,
    file,
    out,
    say,
    say_written,
    table,
    workplace,
    write_file,
)
from api.cli.documents import LEAVES_OPTIONS
from quantities.number import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from billing.previews.simulate import Simulated
    from contracts.contract import Contract

FromDay = Annotated[str, typer.Option("--from", help="The first day, as 2025-01-01.")]
ToDay = Annotated[str, typer.Option("--to", help="The last day.")]


def add_to(contract: typer.Typer) -> None:
    """Give ``usufruct contract`` these commands."""
    contract.command()(schema)
    contract.command()(diff)
    contract.command(context_settings=LEAVES_OPTIONS)(simulate)
    contract.command()(shadow)


def schema() -> None:
    """Print the JSON Schema of a contract, for an editor to complete and check by."""
    from contracts.schema import contract_schema

    out.print(contract_schema(), markup=False, highlight=False, soft_wrap=True)


def diff(was: Path, now: Path, *, as_json: AsJson = False) -> None:
    """Say in words what two contracts differ in."""
    from contracts.difference import differences

    differing = differences(_contract(was), _contract(now))
    facts = [{"path": list(place.path), "was": place.was, "now": place.now} for place in differing]
    say(facts, "\n".join(map(str, differing)) or "they agree the same", as_json=as_json)


def simulate(
    context: typer.Context,
    path: Path,
    *,
    from_: FromDay,
    to: ToDay,
    against: Annotated[
        Path | None, typer.Option(help="An older contract beside it; differences are the new one less the older.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Draw it into this file.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Draw it into this file as PDF.")] = None,
    relief: Annotated[
        str | None, typer.Option(help="A relief of the supplier's law: for both sides, with it and without.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Try a contract on stored readings: what each period would have come to, without tax."""
    from api.cli.documents import documents_asked
    from api.operations.previews import simulate_contract
    from billing.documents.document import Preview
    from billing.documents.registry import DOCUMENTS

    documents = documents_asked(DOCUMENTS.preview, context.args, html=html, pdf=pdf)
    first, after_last = day(from_), after(to)
    if relief is not None:
        if against is not None or documents:
            raise typer.BadParameter("a relief is tried by itself: without --against and --html")
        _try_relief(path, relief, (first, after_last), tenant, as_json=as_json)
        return
    contracts = {document: _contract(document) for document in (against, path) if document is not None}
    names = {document: contract.contract for document, contract in contracts.items()}
    if len(set(names.values())) < len(names):
        names = {document: f"{name} ({document.name})" for document, name in names.items()}
    with workplace(tenant, Permission.CONTRACTS_SIMULATE) as place, place.transaction() as session:
        tried = [
            (names[document], simulate_contract(session, contract, first, after_last))
            for document, contract in contracts.items()
        ]
    facts = [
        {"contract": name, "periods": [_in_short(simulated) for simulated in periods], "net": f"{_net(periods):f}"}
        for name, periods in tried
    ]
    if against is not None:
        older, newer = (periods for _, periods in tried)
        facts[1]["difference"] = f"{_net(newer) - _net(older):f}"
    terms = contracts[path]
    preview = Preview(f"{terms.contract}, {first} to {to}", terms.currency, tried)
    files = [write_file(document.name, file_path, document.render(preview)) for document, file_path in documents]
    say(facts, _months(tried), as_json=as_json)
    if not as_json:
        for text in _not_all_measured(tried):
            out.print(text)
    say_written(files, as_json=as_json)


def _try_relief(path: Path, relief: str, days: "tuple[date, date]", tenant: TenantName, *, as_json: bool) -> None:
    """Say what supplier and customer have of each period, with a relief and without."""
    from api.operations.previews import try_relief

    contract = _contract(path)
    with workplace(tenant, Permission.CONTRACTS_SIMULATE) as place, place.transaction() as session:
        tried = try_relief(session, contract, relief, *days)
    columns = ("revenue", "tax", "paid", "borne by deducting")
    names = ("period", "relief", *columns, "held")
    rows = [
        [
            str(of_period.period),
            name,
            *(f"{amount:f}" for amount in (sides.revenue, sides.tax, sides.paid, sides.borne_by_deducting)),
            sides.held,
        ]
        for of_period in tried.periods
        for name, sides in (("without", of_period.without), ("with", of_period.with_relief))
    ]
    facts = {
        "relief": relief,
        "waives": tried.waives,
        "confirmed": tried.confirmed,
        "periods": [dict(zip(names, row, strict=True)) for row in rows],
    }
    say(facts, table(names, rows, right=columns), as_json=as_json)
    if not as_json:
        doubt = "" if tried.confirmed else "; the law in force does not confirm it"
        out.print(f"it is tried as if it were elected, and waives: {tried.waives}{doubt}")


def _in_short(simulated: "Simulated") -> dict[str, object]:
    from billing.documents.views import readings_out

    partly = [readings_out(register).model_dump() for register in simulated.not_all_measured]
    return {
        "period": str(simulated.period),
        "net": f"{simulated.net:f}",
        "charges": {charge: f"{net:f}" for charge, net in simulated.by_charge.items()},
        "held": simulated.held or None,
    } | ({"estimated_or_missing": partly} if partly else {})


def _not_all_measured(tried: "Sequence[tuple[str, Sequence[Simulated]]]") -> list[str]:
    """Say of each period, once for all contracts, how many readings are missing or estimated."""
    from billing.documents.explanation import in_words
    from billing.documents.views import readings_out

    texts = (
        f"{simulated.period}: {in_words(readings_out(register))}"
        for _, periods in tried
        for simulated in periods
        for register in simulated.not_all_measured
    )
    return list(dict.fromkeys(texts))


def _net(periods: "Sequence[Simulated]") -> Decimal:
    return sum((simulated.net for simulated in periods), Decimal(0))


def _months(tried: "Sequence[tuple[str, Sequence[Simulated]]]") -> object:
    if len(tried) == 1:
        periods, zero = tried[0][1], Decimal(0)
        charges = list(dict.fromkeys(name for simulated in periods for name in simulated.by_charge))
        rows = [
            [
                simulated.period,
                *(plain(simulated.by_charge.get(name, zero)) for name in charges),
                simulated.held or f"{simulated.net:f}",
            ]
            for simulated in periods
        ]
        rows.append(["all", *("" for _ in charges), f"{sum(simulated.net for simulated in periods):f}"])
        return table(("period", *charges, "net"), rows, right=(*charges, "net"))
    (one, was), (other, now) = tried
    rows = [
        [before.period, before.held or f"{before.net:f}", after.held or f"{after.net:f}", f"{after.net - before.net:f}"]
        for before, after in zip(was, now, strict=True)
    ]
    sums = [sum(simulated.net for simulated in periods) for _, periods in tried]
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

    from api.operations.previews import shadow_issued_periods
    from billing.previews.shadow import read_issued

    read_contract, issued = _contract(path), read_issued(file(invoices))
    if not issued:
        raise typer.BadParameter(f"{invoices} has no line")
    with workplace(tenant, Permission.CONTRACTS_SIMULATE) as place, place.transaction() as session:
        compared = shadow_issued_periods(session, read_contract, issued)
    facts = [asdict(charge) | {"difference": charge.difference} for charge in compared]
    stated = [{name: value if value is None else str(value) for name, value in charge.items()} for charge in facts]
    names = ("first", "charge", "issued", "owed", "difference", "reason")
    rows = [[charge[name] or "" for name in names] for charge in stated]
    say(stated, table(("period", *names[1:]), rows, right=names[2:5]), as_json=as_json)
    if not as_json:
        more = sum(charge.difference for charge in compared)
        agree = sum(not charge.difference for charge in compared)
        out.print(f"{agree} of {len(compared)} agree; this contract bills {more:+f} in all")


def _contract(path: Path) -> "Contract":
    from contracts.contract import Contract
    from quantities.document import parse

    return parse(Contract, contract_document(path))
