"""what requests with an idempotency key were answered.

Revision: 0025
After: 0024

An answer is committed with what the request did, and seen by whoever asked alone. The product removes it after a month.
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import APP, GUEST, OWNER, READER, ROLE, TENANT

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

STATED_TENANT = sa.text("(NULLIF(current_setting('app.tenant'::text, true), ''::text))::integer")
STATED_IDENTITY = sa.text("(NULLIF(current_setting('app.identity'::text, true), ''::text))::integer")
ROLES = (
    "owner", "contract_manager", "finance", "meter", "customer", "payee", "auditor", "verifier", "lender", "third_party",
)
OWN = f"{ROLE} <> '' and identity = nullif(current_setting('app.identity', true), '')::int"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.create_table('kept_answer',
    sa.Column('tenant', sa.Integer(), server_default=STATED_TENANT, autoincrement=False, nullable=False),
    sa.Column('identity', sa.Integer(), server_default=STATED_IDENTITY, autoincrement=False, nullable=False),
    sa.Column('key', sa.Text(), autoincrement=False, nullable=False),
    sa.Column('request_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column('status', sa.SmallInteger(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('tenant', 'identity', 'key', name='pk_kept_answer')
    )
    op.create_index(op.f('ix_kept_answer_tenant_at'), 'kept_answer', ['tenant', 'at'], unique=False)
    op.execute("alter table kept_answer enable row level security")
    op.execute("alter table kept_answer force row level security")
    for who, role in (("app", APP), ("reader", READER), ("guest", GUEST)):
        op.execute(f"create policy {who}_insert on kept_answer for insert to {role} with check ({TENANT} and {ROLE} in ({', '.join(map(repr, ROLES))}))")
        op.execute(f"grant insert (key, request_sha256, at, status, media_type, body) on kept_answer to {role}")
        op.execute(f"grant select on kept_answer to {role}")
        sees = f"({OWN} or {ROLE} = 'system')" if role == APP else OWN
        op.execute(f"create policy {who}_select on kept_answer for select to {role} using ({TENANT} and {sees})")
    op.execute(f"create policy app_delete on kept_answer for delete to {APP} using ({TENANT} and {ROLE} = 'system')")
    op.execute(f"grant delete on kept_answer to {APP}")
    op.execute(f"create policy owner on kept_answer to {OWNER} using ({TENANT})")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_table('kept_answer')
