"""Names erased: the function of the database that writes a number where the name of a disabled identity stands."""

from collections.abc import Sequence
from typing import TypeAlias

from alembic import op

from migrations.row_level_security import APP

#: Where a name of whoever acted stands beside the number: table, name, number.
NamedBeside: TypeAlias = tuple[str, str, str]
#: All of release 0024; a table that joins says so in its own migration.
NAMED_AT_FIRST = (
    ("batch", "recorded_by", "recorded_identity"),
    ("reading_profile", "recorded_by", "recorded_identity"),
    ("edit", "prepared_by", "prepared_identity"),
    ("edit", "released_by", "released_identity"),
    ("contract_version", "recorded_by", "recorded_identity"),
    ("contract_version", "released_by", "released_identity"),
    ("index_value", "recorded_by", "recorded_identity"),
    ("index_value", "released_by", "released_identity"),
    ("dispute", "raised_by", "raised_identity"),
    ("dispute", "accepted_by", "accepted_identity"),
    ("dispute", "settled_by", "settled_identity"),
    ("statement", "prepared_by", "prepared_identity"),
    ("statement_step", "recorded_by", "recorded_identity"),
    ("dispute", "waiver_by", "waiver_identity"),
    ("statement_step", "countersigned_by", "countersigned_identity"),
    ("index_series", "linked_by", "linked_identity"),
    ("four_eyes_change", "by", "by_identity"),
    ("four_eyes_change", "released_by", "released_identity"),
    ("four_eyes_limit", "by", "by_identity"),
    ("four_eyes_limit", "released_by", "released_identity"),
    ("signature", "name", "signed_identity"),
    ("openid_subject", "subject", "identity"),
)


def erase_names(named: Sequence[NamedBeside]) -> None:
    """Write the function anew, with all columns of names. What is released never changes but by this."""
    updates = []
    for table in dict.fromkeys(table for table, _, _ in named):
        # triggers refuse to change what is released; nobody else writes to the table until this transaction ends
        updates.append(f"alter table {table} disable trigger user;")
        for _, name, number in (columns for columns in named if columns[0] == table):
            # an administrator states no identity
            by_name = f" or t.{number} is null and lower(t.{name}) = lower(who.name)"
            whose = f"t.{number} = who.id{by_name if table == 'four_eyes_change' else ''}"
            updates.append(f"update {table} t set {name} = erased where t.tenant = stated and ({whose});")  # noqa: S608 names of our own
        updates.append(f"alter table {table} enable trigger user;")
    op.execute(f"""
        create or replace function erase_identity(number int) returns void language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
        declare
            stated int not null := nullif(current_setting('app.tenant', true), '')::int;
            who identity;
            erased text := 'erased ' || number;
        begin
            select * into who from identity i where i.tenant = stated and i.id = number for update;
            if who.id is null or who.disabled_at is null then
                raise exception 'identity % still acts', number
                    using errcode = 'integrity_constraint_violation', constraint = 'only_the_disabled_are_erased';
            end if;
            update openid_subject s set unbound_at = now()
            where s.tenant = stated and s.identity = who.id and s.unbound_at is null;
            {" ".join(updates)}
            update tenant t set four_eyes_off = jsonb_set(t.four_eyes_off, '{{by}}', to_jsonb(erased))
            where t.id = stated and lower(t.four_eyes_off->>'by') = lower(who.name);
            update audit_entry set address = null, address_salt = null
            where tenant = stated and identity = who.id and address is not null;
            update identity i set name = erased where i.tenant = stated and i.id = who.id;
        end $$""")  # noqa: S608 as above
    op.execute("revoke execute on function erase_identity(int) from public")
    op.execute(f"grant execute on function erase_identity(int) to {APP}")
