"""Commands about the indices that prices follow."""

from pathlib import Path
from typing import Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, RowLimit, TenantName, file, now, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS

index = typer.Typer(help="Published indices that prices follow.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(index, name="index")


@index.command("record")
def record_index(path: Path, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Record an index and its values; what rests on a revised one is rated again, by itself, once it is released."""
    from dataclasses import asdict

    from api.operations.indices import record_index as record
    from contracts.indexation.series import Index
    from quantities.document import parse, read

    document = parse(Index, read(file(path)))
    with workplace(tenant, Permission.PRICES_WRITE) as place, place.transaction() as session:
        done = record(session, document, who=place.person(), at=now())
    waits = f"; {done.waiting} wait: `usufruct index release {done.index}`" if done.waiting else ""
    say(asdict(done), f"{done.index}: {done.new} new, {done.revised} revised{waits}", as_json=as_json)


@index.command("release")
def release_index(name: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release the values of an index that another has recorded."""
    from api.operations.indices import release_index as release

    with workplace(tenant, Permission.PRICES_RELEASE) as place, place.transaction() as session:
        count = release(session, name, who=place.person(), at=now())
    say({"index": name, "released": count}, f"{name}: {count} released", as_json=as_json)


@index.command("show", context_settings=LEAVES_OPTIONS)
def show_index(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Which; without it, all are listed.")] = None,
    *,
    limit: RowLimit = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List the indices, or every value that one ever had.

    Indices that --begins a name; values from --month-from to --month-to, or those that are --waiting.
    """
    from api.cli.lists import list_asked, named_first, rows_asked, say_more
    from api.operations.indices import list_index_values, list_indices
    from api.operations.short_lists import INDICES, IndexQuery
    from contracts.indexation.value_query import IndexValueQuery

    named, words = named_first(name, context.args)
    if named is None:
        names = list_asked(IndexQuery, words)
        with workplace(tenant, Permission.PRICES_READ) as place, place.transaction() as session:
            recorded = list_indices(session)
        known, more = rows_asked(lambda asked: INDICES.page(recorded, asked), names, limit, as_json=as_json)
        say(known, "\n".join(known) or "no index is recorded", as_json=as_json)
        say_more(more)
        return
    query = list_asked(IndexValueQuery, words)
    with workplace(tenant, Permission.PRICES_READ) as place, place.transaction() as session:
        values, more = rows_asked(lambda asked: list_index_values(session, named, asked), query, limit, as_json=as_json)
    rows = [
        [
            value.month,
            f"{value.value.normalize():f}",
            "provisional" if value.provisional else "final",
            str(value.published_on),
            value.recorded_by,
            value.released_by or "waits",
        ]
        for value in values
    ]
    columns = ("month", "value", "state", "published", "recorded by", "released by")
    say([dict(zip(columns, row, strict=True)) for row in rows], table(columns, rows, right=("value",)), as_json=as_json)
    say_more(more)
