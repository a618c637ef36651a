"""How many findings are open: what whoever runs the product watches."""

#: More than so many of a tenant are counted as so many.
COUNTED_MAX = 10_000
_OPEN = f"""
    select case when holds then 'holds' else 'asks' end, count(*) from (
        select holds from finding
        where finding.tenant = %(tenant)s::int and closed_batch is null limit {COUNTED_MAX}) open
    group by 1"""  # noqa: S608 a number of our own


def open_findings(tenant: int) -> tuple[str, dict[str, object]]:
    """Ask for open findings: rows of ``holds`` or ``asks`` (whether a bill waits for them), and a count."""
    return _OPEN, {"tenant": tenant}
