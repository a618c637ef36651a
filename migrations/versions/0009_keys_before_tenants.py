"""indexes of invoices and registers begin with what they find, so that a row's parent is looked up by its key alone.

Revision: 0009
After: 0008

While a table is not analysed, PostgreSQL takes all tenants for equally small, and of indexes that begin with the tenant
one for as good as another: the foreign key of every line read all invoices of its tenant.
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

_NOT_OF_CORRECTIONS = sa.text("kind <> 'correction'")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.drop_index('ix_invoice_tenant_contract_id_first', table_name='invoice')
    op.create_index('ix_invoice_contract_id_first_tenant', 'invoice', ['contract_id', 'first', 'tenant'])
    op.drop_index('uq_invoice_tenant_contract_id_kind_first', table_name='invoice', postgresql_where=_NOT_OF_CORRECTIONS)
    op.create_index('uq_invoice_contract_id_kind_first_tenant', 'invoice', ['contract_id', 'kind', 'first', 'tenant'],
                    unique=True, postgresql_where=_NOT_OF_CORRECTIONS)
    for table, columns in (("invoice", ("issuer_id", "year", "sequence")), ("invoice", ("issuer_id", "number")),
                           ("register", ("key",))):  # fmt: skip
        op.drop_constraint('_'.join(("uq", table, "tenant", *columns)), table, type_='unique')
        op.create_unique_constraint('_'.join(("uq", table, *columns, "tenant")), table, [*columns, "tenant"])


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for table, columns in (("invoice", ("issuer_id", "year", "sequence")), ("invoice", ("issuer_id", "number")),
                           ("register", ("key",))):  # fmt: skip
        op.drop_constraint('_'.join(("uq", table, *columns, "tenant")), table, type_='unique')
        op.create_unique_constraint('_'.join(("uq", table, "tenant", *columns)), table, ["tenant", *columns])
    op.drop_index('uq_invoice_contract_id_kind_first_tenant', table_name='invoice', postgresql_where=_NOT_OF_CORRECTIONS)
    op.create_index('uq_invoice_tenant_contract_id_kind_first', 'invoice', ['tenant', 'contract_id', 'kind', 'first'],
                    unique=True, postgresql_where=_NOT_OF_CORRECTIONS)
    op.drop_index('ix_invoice_contract_id_first_tenant', table_name='invoice')
    op.create_index('ix_invoice_tenant_contract_id_first', 'invoice', ['tenant', 'contract_id', 'first'])
