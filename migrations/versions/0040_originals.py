"""originals: the exact bytes of issued documents, made once, never changed and never deleted.

Revision: 0040
After: 0039
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_level_security import APP, Guarded, guard

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
RIGHTS = Guarded(
    read="owner contract_manager finance customer payee auditor", insert="owner finance", party="party_id"
)
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('document_file',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('invoice_id', sa.Integer(), nullable=True),
    sa.Column('payee_document_id', sa.Integer(), nullable=True),
    sa.Column('party_id', sa.Integer(), nullable=False),
    sa.Column('form', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('report', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.Column('made_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('retained_until', sa.Date(), nullable=False),
    sa.CheckConstraint('num_nonnulls(invoice_id, payee_document_id) = 1', name=op.f('ck_document_file_of_one_document')),
    sa.CheckConstraint("sha256 = encode(sha256(content), 'hex')", name=op.f('ck_document_file_sha256_is_of_the_content')),
    *(sa.ForeignKeyConstraint(['tenant', column], [f'{to}.tenant', f'{to}.id'], name=f'fk_document_file_tenant_{column}')
      for column, to in (('invoice_id', 'invoice'), ('payee_document_id', 'payee_document'), ('party_id', 'party'))),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_document_file'),
    sa.UniqueConstraint('invoice_id', 'form', 'tenant', name='uq_document_file_invoice_id_form_tenant'),
    sa.UniqueConstraint('payee_document_id', 'form', 'tenant', name='uq_document_file_payee_document_id_form_tenant')
    )
    op.create_index('ix_document_file_tenant_party_id', 'document_file', ['tenant', 'party_id'])
    guard("document_file", RIGHTS)
    op.execute(f"grant select, insert on document_file to {APP}")
    _keep_what_is_archived()


def _keep_what_is_archived() -> None:
    """Of what is issued alone, for whom it is; never changed or deleted, whoever asks."""
    op.execute(f"""
        create function keep_document_file() {TRIGGER} as $$
        begin
            if tg_op <> 'INSERT' then
                raise exception 'an original is kept as it is' {REFUSED} 'original_never_changes';
            end if;
            if new.invoice_id is not null and not exists (
                select from invoice i
                where i.tenant = new.tenant and i.id = new.invoice_id and i.number is not null
                  and i.customer_id = new.party_id) then
                raise exception 'only an issued invoice has an original, which is its customer''s'
                    {REFUSED} 'original_of_what_is_issued';
            end if;
            if new.payee_document_id is not null and not exists (
                select from payee_document d
                where d.tenant = new.tenant and d.id = new.payee_document_id and d.payee_id = new.party_id) then
                raise exception 'the original of a payee''s document is its payee''s' {REFUSED} 'original_of_what_is_issued';
            end if;
            return new;
        end $$""")
    op.execute("""
        create trigger original_never_changes before insert or update or delete on document_file
        for each row execute function keep_document_file()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("alter table document_file no force row level security")  # the policies hide rows from the owner as well
    op.execute(f"""
        do $$ begin
            if exists (select from document_file) then
                raise exception 'originals are archived, and the bytes that were sent cannot be made again' {REFUSED} 'originals_stay';
            end if;
        end $$""")
    op.drop_table('document_file')
    op.execute("drop function keep_document_file")
