"""Every column that may hold a person is named as data, with its class; and every other one that sounds so, with why."""

import re

import pytest
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import JSONB

from api.audit.personal import NOBODY, PERSONAL
from api.server.provision import _alembic
from metering.tables import DocumentColumn
from migrations.models import METADATA

#: What a column is called that may hold somebody's name, words or place.
SOUNDS_PERSONAL = re.compile(
    r"(^|_)(by|name|person|people|note|reason|source|address|label|title|comment|mail|email|phone|subject|user)$"
)


def texts() -> dict[str, Column[object]]:
    """Columns of text or of JSON, by table and column."""
    return {
        f"{table.name}.{column.name}": column
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, Text | JSONB | DocumentColumn)
    }


def unclassified(columns: dict[str, Column[object]]) -> list[str]:
    sounding = {name for name, column in columns.items() if SOUNDS_PERSONAL.search(column.name)}
    return sorted(sounding - PERSONAL.keys() - NOBODY.keys())


def test_no_text_that_sounds_personal_is_without_a_class_or_a_reason() -> None:
    assert unclassified(texts()) == []
    assert all(NOBODY.values())


@pytest.mark.parametrize("column", ["accepted_by", "by", "note", "e_mail", "first_name", "source_address"])
def test_a_new_one_is_met(column: str) -> None:
    assert unclassified(texts() | {f"gratuity.{column}": Column(column, Text)}) == [f"gratuity.{column}"]


def test_what_is_named_exists() -> None:
    columns = {f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.columns}
    assert PERSONAL.keys() | NOBODY.keys() <= columns
    assert PERSONAL.keys().isdisjoint(NOBODY)


def test_every_name_beside_a_number_is_erased_by_the_database() -> None:
    """``erase_identity`` has the columns; a new one joins it by a migration."""
    named = [script.module.NAMED for script in _scripts() if hasattr(script.module, "NAMED")]
    erased = {f"{table}.{name}" for table, name, _ in named[0]}
    names = {column for column, kind in PERSONAL.items() if kind.name == "name"}
    assert names - {"identity.name", "tenant.four_eyes_off"} == erased


def _scripts() -> list[Script]:
    """The migrations, the newest first."""
    return list(ScriptDirectory.from_config(_alembic(None)).walk_revisions())
