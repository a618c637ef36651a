"""signatures of those outside who see one contract.

Revision: 0020
After: 0019
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import wall

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('signature',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=True), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=True),
    sa.Column('statement_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('signed_identity', sa.Integer(), server_default=STATED_IDENTITY, nullable=True),
    sa.Column('signed_at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('content_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.CheckConstraint('num_nonnulls(version_id, statement_id) = 1', name=op.f('ck_signature_of_one_thing')),
    sa.ForeignKeyConstraint(['tenant', 'contract_id'], ['contract.tenant', 'contract.id'], name='fk_signature_tenant_contract_id'),
    sa.ForeignKeyConstraint(['tenant', 'customer_id'], ['party.tenant', 'party.id'], name='fk_signature_tenant_customer_id'),
    sa.ForeignKeyConstraint(['tenant', 'statement_id'], ['statement.tenant', 'statement.id'], name='fk_signature_tenant_statement_id'),
    sa.ForeignKeyConstraint(['tenant', 'version_id'], ['contract_version.tenant', 'contract_version.id'], name='fk_signature_tenant_version_id'),
    sa.PrimaryKeyConstraint('tenant', 'id', name='pk_signature'),
    sa.UniqueConstraint('tenant', 'statement_id', 'signed_identity', name='uq_signature_tenant_statement_id_signed_identity'),
    sa.UniqueConstraint('tenant', 'version_id', 'signed_identity', name='uq_signature_tenant_version_id_signed_identity')
    )
    op.create_index('ix_signature_contract_id_tenant', 'signature', ['contract_id', 'tenant'])
    wall("signature", app="select, insert", party="customer_id")
    op.execute("""
        create function sign_what_is_stored() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
        -- Whoever acts signs, by name, what is stored and nothing else: of the contract that is stated, where one is.
        declare
            acts int := nullif(current_setting('app.identity', true), '')::int;
            who identity;
            content text;
            of_contract int;
        begin
            select * into who from identity where tenant = new.tenant and id = acts and disabled_at is null;
            if who.id is null or who.kind <> 'person' then
                raise exception 'no person is stated who signs'
                    using errcode = 'integrity_constraint_violation', constraint = 'a_person_signs';
            end if;
            if new.version_id is not null then
                select terms::text, contract_id into content, of_contract from contract_version
                where tenant = new.tenant and id = new.version_id and released_at is not null;
            else
                select s.content::text, contract_id into content, of_contract from statement s
                where tenant = new.tenant and id = new.statement_id;
            end if;
            if content is null or of_contract <> new.contract_id or of_contract <> coalesce(who.contract, of_contract) then
                raise exception 'what is signed is of another contract, or not released'
                    using errcode = 'integrity_constraint_violation', constraint = 'of_its_contract';
            end if;
            new.signed_identity := who.id;
            new.name := who.name;
            new.content_sha256 := sha256(convert_to(content, 'UTF8'));
            return new;
        end $$""")
    op.execute("create trigger a_person_signs before insert on signature for each row execute function sign_what_is_stored()")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_table('signature')
    op.execute("drop function sign_what_is_stored")
