"""The wall around a table of tenants: policies, forced, and what the application may do in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from alembic import op

OWNER = "usufruct_owner"
APP = "usufruct_app"
LOAD = "usufruct_load"
READER = "usufruct_reader"
GUEST = "usufruct_guest"

TENANT = "tenant = nullif(current_setting('app.tenant', true), '')::int"
UNSTATED = "nullif(current_setting('app.tenant', true), '') is null"
ROLE = "nullif(current_setting('app.role', true), '')"

#: Who sees which rows of a tenant, by the role that a transaction states; ``system`` is the product itself.
OF_ALL_ROWS = ("owner", "contract_manager", "finance", "meter", "system")
OF_AUDITORS = ("auditor",)
OF_A_PARTY = ("customer", "payee")
OF_A_CONTRACT = ("verifier", "lender")
OF_MACHINES = ("customer", "third_party")


def wall(table: str, *, app: str, party: str | None = None) -> None:
    """Let a transaction see and write rows of the tenant it stated, and of its party where it stated one.

    Of releases before 0022; ``guard`` is for tables since.

    Args:
        table: has a column ``tenant``.
        app: what the application is granted, such as ``"select, insert"``.
        party: the column that says whose row it is; a caller who speaks for a party sees only its own.
    """
    _force(table)
    op.execute(f"create policy tenant on {table} using ({TENANT})")
    if party is not None:
        stated = "nullif(current_setting('app.party', true), '')"
        op.execute(f"create policy party on {table} as restrictive using ({stated} is null or {party} = {stated}::int)")
    op.execute(f"grant {app} on {table} to {APP}")


@dataclass(frozen=True)
class Guarded:
    """Who may do what with the rows of a table: roles, with spaces between them; ``system`` may all that is granted.

    Attributes:
        read, insert, update, delete: by whom; of guests only rows that one of the columns below gives them.
        lock: by whom rows are locked that are not changed, besides those who may change them.
        party: the column with the party whose row it is.
        contract: the column with the contract whose row it is, or ``COLUMN in app.NAME``: an array that is stated.
        machine: ``COLUMN in app.NAME``, of the machines that the transaction may see, or a function that says so.
        own: the column with the identity that always sees the row.
        columns: those that guests may update.
        by_copy: rows are written by the loader, whom no policy binds; a trigger asks for the role instead.
        unstated: who has stated no tenant sees all rows, as the product that looks for whose turn it is.
    """

    read: str
    insert: str = ""
    update: str = ""
    delete: str = ""
    lock: str = ""
    party: str = ""
    contract: str = ""
    machine: str = ""
    own: str = ""
    columns: str = ""
    by_copy: bool = False
    unstated: bool = False


def guard(table: str, rights: Guarded) -> None:
    """Build the policies of a table: one for each command and each role of the database, and no restrictive one.

    A policy holds tenant, role, party and contract together: two that are joined would fall apart on the shards of a
    cluster. None has a subquery. Where a role sees all rows of a tenant, its name stands within the value that the
    tenant is compared with: so it is asked for once a search of an index. Beside the comparison it is asked for at each
    row, which made a sum of the log slower by a fifth to a half, and a count of touches by a factor of three.
    """
    _force(table)
    for command, roles, checked in _commands(rights):
        wide = _of_tenant(roles, OF_ALL_ROWS)
        identity = f"{rights.own} = nullif(current_setting('app.identity', true), '')::int"
        if command == "select" and rights.unstated:
            wide = f"{wide} or {UNSTATED} and {_is_one(roles, OF_ALL_ROWS)}"
        if command == "select" and rights.own:
            wide = f"{TENANT} and ({_is_one(roles, OF_ALL_ROWS)} or {ROLE} <> '' and {identity})"
        _create(table, "app", command, wide, _of_tenant(checked, OF_ALL_ROWS), APP)
        if set(roles.split()) & set(OF_AUDITORS):
            as_auditor = _of_tenant(roles, OF_AUDITORS)
            _create(table, "reader", command, as_auditor, as_auditor, READER)
            op.execute(f"grant {command} on {table} to {READER}")
        narrow, narrow_checked = _of_guests(rights, roles), _of_guests(rights, checked)
        if command == "select" and rights.own:
            narrow = [*narrow, f"{ROLE} <> '' and {identity}"]
        if narrow:
            check = " or ".join(f"({one})" for one in narrow_checked) or "false"
            using = " or ".join(f"({one})" for one in narrow)
            _create(table, "guest", command, f"{TENANT} and ({using})", f"{TENANT} and ({check})", GUEST)
            columns = f" ({rights.columns})" if command == "update" and rights.columns else ""
            op.execute(f"grant {command}{columns} on {table} to {GUEST}")
    op.execute(f"create policy owner on {table} to {OWNER} using ({TENANT})")
    if rights.by_copy:
        roles = ", ".join(f"'{role}'" for role in (*rights.insert.split(), "system"))
        op.execute(f"""
            create trigger loaded_by_whom_may before insert on {table}
            for each statement execute function refuse_load_of_others({roles})""")


def show_to_guests(table: str, rights: Guarded) -> None:
    """Say anew which rows guests see: of a table that ``guard`` has shown to some of them already.

    Args:
        table: its name.
        rights: as they are from now on; ``read`` and the columns that give guests their rows count.
    """
    own = [f"{ROLE} <> '' and {rights.own} = nullif(current_setting('app.identity', true), '')::int"] * bool(rights.own)
    using = " or ".join(f"({rows})" for rows in [*_of_guests(rights, rights.read), *own])
    op.execute(f"alter policy guest_select on {table} using ({TENANT} and ({using}))")


def open_again(table: str, rights: Guarded) -> None:
    """Take all policies of a table away, and what its guests and readers were granted; for a downgrade."""
    for command, _, _ in _commands(rights):
        for who in ("app", "reader", "guest"):
            op.execute(f"drop policy if exists {who}_{command} on {table}")
    op.execute(f"drop policy owner on {table}")
    op.execute(f"revoke all on {table} from {READER}, {GUEST}")
    if rights.by_copy:
        op.execute(f"drop trigger loaded_by_whom_may on {table}")


def _commands(rights: Guarded) -> Iterator[tuple[str, str, str]]:
    """Of each command the roles for rows that are there, and those for rows that come to be there."""
    yield "select", rights.read, ""
    if rights.insert and not rights.by_copy:
        yield "insert", rights.insert, rights.insert
    if rights.update or rights.lock:  # who locks a row has to pass the policies of an update
        yield "update", f"{rights.update} {rights.lock}", rights.update
    if rights.delete:
        yield "delete", rights.delete, ""


def _create(table: str, who: str, command: str, using: str, check: str, role: str) -> None:
    conditions = {"insert": f"with check ({check})", "update": f"using ({using}) with check ({check})"}
    condition = conditions.get(command, f"using ({using})")
    op.execute(f"create policy {who}_{command} on {table} for {command} to {role} {condition}")


def _of_guests(rights: Guarded, roles: str) -> list[str]:
    named = set(roles.split())
    stated = {"party": rights.party, "contract": rights.contract}
    conditions = []
    for setting, column in stated.items():
        some = named & set(OF_A_PARTY if setting == "party" else OF_A_CONTRACT)
        if column and some:
            conditions.append(f"{_is_one(' '.join(some), tuple(some))} and {_is_stated(column, setting)}")
    some = named & set(OF_MACHINES)
    if rights.machine and some:
        conditions.append(f"{_is_one(' '.join(some), tuple(some))} and {_is_stated(rights.machine, '')}")
    return conditions


def _is_stated(column: str, setting: str) -> str:
    if column.endswith(")"):
        return column
    name, _, array = column.partition(" in ")
    if array:
        return f"{name} = any(nullif(current_setting('{array}', true), '')::int[])"
    return f"{name} = nullif(current_setting('app.{setting}', true), '')::int"


def _of_tenant(roles: str, of: tuple[str, ...]) -> str:
    """Whether a row is of the tenant that is stated, by one who sees all of its rows."""
    column, _, stated = TENANT.partition(" = ")
    return f"{column} = case when {_is_one(roles, of)} then {stated} end"


def _is_one(roles: str, of: tuple[str, ...]) -> str:
    """Whether the role that is stated is one of some, of a kind; ``system`` is always one of the supplier's."""
    some = [role for role in of if role in roles.split() or role == "system"]
    return f"{ROLE} in ({', '.join(map(repr, some))})"


def _force(table: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
