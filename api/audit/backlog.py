"""How many entries of the audit no seal protects yet: what whoever runs the product watches."""

#: More than so many of a tenant are counted as so many.
COUNTED_MAX = 10_000
_UNSEALED = f"""
    select count(*), min(at) from (
        select at from audit_entry
        where audit_entry.tenant = %(tenant)s::int and (audit_entry.xact, audit_entry.id) > (
            select coalesce(max(xact), 0), coalesce((array_agg(entry))[1], '00000000-0000-0000-0000-000000000000')
            from (select xact, entry from audit_seal
                  where audit_seal.tenant = %(tenant)s::int order by position desc limit 1) newest)
        order by xact, id limit {COUNTED_MAX}) unsealed"""  # noqa: S608 a number of our own


def unsealed_entries(tenant: int) -> tuple[str, dict[str, object]]:
    """Ask for the entries behind a tenant's newest seal: their count, and the instant of the oldest.

    After a restore to a server whose transactions have lower numbers, what is written there is counted once it has
    passed the last number of the former server.
    """
    return _UNSEALED, {"tenant": tenant}
