"""docs/access.md has the table of roles as the program asks it, and names every command that it speaks of rightly."""

import re

import pytest
import typer

from api.access.roles import OF_ADMINISTRATORS, PERMISSIONS, Permission, Role
from api.access.unseen import READ_ALONE, RECOVERY_SHOWN
from api.cli.main import app
from metering.tenants.money import RULES
from tests.api.access.test_four_eyes_everywhere import commands
from tests.docs.page import DOCS, sections, table

PAGE = (DOCS / "access.md").read_text(encoding="utf-8") if (DOCS / "access.md").exists() else ""


def roles_table() -> str:
    """What each role may do, as the page has it: a row for each permission, a column for each role."""
    head = f"| may | {' | '.join(role.replace('_', ' ') for role in Role)} |"
    line = "|---" * (1 + len(Role)) + "|"
    rows = (
        f"| `{permission}` | {' | '.join('•' if permission in PERMISSIONS[role] else ' ' for role in Role)} |"
        for permission in Permission
    )
    return "\n".join([head, line, *rows])


def test_the_table_of_roles_is_the_programs_own() -> None:
    assert roles_table() in PAGE, "tests/docs/test_access.py, roles_table() writes it"


def test_each_role_is_said_in_words() -> None:
    assert [row["role"] for row in table(sections("access.md")["Roles"].split("\n\n| may")[0])] == list(Role)


def test_whoever_administers_a_party_may_what_the_page_says() -> None:
    said = re.search(r"administers its party's people[^.]*besides: ([^.]*)\.", PAGE.replace("\n", " "))
    assert said is not None
    assert set(re.findall(r"`([^`]*)`", said[1])) == set(OF_ADMINISTRATORS)


def test_each_operation_on_money_is_named() -> None:
    rows = table(sections("access.md")["Four eyes"], unquote=())
    named = {operation for row in rows for operation in re.findall(r"`([a-z_]+)`", row["operation"])}
    assert named == {operation.value for operation in RULES}
    for row in rows:
        two = {RULES[operation].needs_two for operation in RULES if f"`{operation.value}`" in row["operation"]}
        assert two == {row["two"] == "yes"}


def test_what_waits_and_for_how_long_a_recovery_is_shown() -> None:
    assert f"{RECOVERY_SHOWN.days} days" in PAGE
    assert {Role.AUDITOR, Role.THIRD_PARTY} == READ_ALONE


@pytest.mark.parametrize("command", sorted(set(re.findall(r"usufruct ([a-z]+(?: [a-z][a-z-]*)?)", PAGE))))
def test_each_command_exists(command: str) -> None:
    known = {name for name, _ in commands(typer.main.get_command(app))}
    assert command in known or command.split(maxsplit=1)[0] in known
