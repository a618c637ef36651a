"""series of issuers: the numbers of a tenant's issuers are told apart by the names of their series.

Revision: 0011
After: 0010

Whoever issued first in its tenant goes on without a name; every other issuer gets one, and its numbers go on with it. What
is issued keeps its number: where two issuers have a 2026-000001, whoever asks for it says of which supplier, as before.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import wall

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("nullif(current_setting('app.tenant', true), '')::int")
READ = ["invoice", "party"]
#: As billing/invoices/series.py of this release has it.
LENGTH_MAX = 12
PLAIN = {"Ä": "AE", "Ö": "OE", "Ü": "UE", "Æ": "AE", "Ø": "OE", "Å": "AA"}


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('issuer_series',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('issuer_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.CheckConstraint("name ~ '^[A-Z0-9]{0,12}$'", name='ck_issuer_series_name_is_plain'),
    sa.ForeignKeyConstraint(['tenant', 'issuer_id'], ['party.tenant', 'party.id'], name='fk_issuer_series_tenant_issuer_id'),
    sa.PrimaryKeyConstraint('tenant', 'issuer_id', name='pk_issuer_series'),
    sa.UniqueConstraint('tenant', 'name', name='uq_issuer_series_tenant_name')
    )
    for table in READ:
        op.execute(f"alter table {table} no force row level security")  # the policies hide rows from the owner as well
    _name_known_issuers()
    for table in READ:
        op.execute(f"alter table {table} force row level security")
    wall("issuer_series", app="select, insert")


def _name_known_issuers() -> None:
    connection = op.get_bind()
    issuers = connection.execute(sa.text("""
        select i.tenant, i.issuer_id, p.name
        from invoice i join party p on p.tenant = i.tenant and p.id = i.issuer_id
        group by i.tenant, i.issuer_id, p.name order by i.tenant, min(i.issued_on), min(i.id)""")).all()
    taken: set[tuple[int, str]] = set()
    for tenant, issuer, name in issuers:
        series, number = "" if not any(of == tenant for of, _ in taken) else plain(name), 1
        while (tenant, series) in taken:
            number += 1
            series = f"{plain(name)[: LENGTH_MAX - len(str(number))]}{number}"
        taken.add((tenant, series))
        connection.execute(
            sa.text("insert into issuer_series (tenant, issuer_id, name) values (:tenant, :issuer, :series)"),
            {"tenant": tenant, "issuer": issuer, "series": series},
        )


def plain(name: str) -> str:
    for word in name.upper().split():
        letters = "".join(PLAIN.get(letter, letter) for letter in unicodedata.normalize("NFC", word))
        kept = "".join(letter for letter in unicodedata.normalize("NFKD", letters) if letter.isascii() and letter.isalnum())
        if kept:
            return kept[:LENGTH_MAX]
    return "SERIES"


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_table('issuer_series')
