"""saved methods: one that is ended here is removed at the gateway that keeps it.

Revision: 0054
After: 0053

What is asked stands beside the method: committed before the gateway is asked, and looked up where nobody knows what came
of it. Methods that people have ended before are removed as well.
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import APP

revision = '0054'
down_revision = '0053'
branch_labels = None
depends_on = None

INSTANT = sa.TIMESTAMP(timezone=True)
OPEN = "removal in ('due', 'asking', 'unknown')"
COLUMNS = "removal, removal_next_at, removal_attempts, removal_detail"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    op.add_column('saved_method', sa.Column('removal', sa.Text(), nullable=True))
    op.add_column('saved_method', sa.Column('removal_next_at', INSTANT, nullable=True))
    op.add_column('saved_method', sa.Column('removal_attempts', sa.Integer(), server_default='0', nullable=False))
    op.add_column('saved_method', sa.Column('removal_detail', sa.Text(), server_default='', nullable=False))
    # methods were ended before by whom a name is on record: what the gateway itself said has ended is gone there
    op.execute("alter table saved_method no force row level security")
    op.execute("update saved_method set removal = 'due', removal_next_at = now() where ended_by is not null")
    op.execute("alter table saved_method force row level security")
    op.create_check_constraint(op.f('ck_saved_method_removal_is_one'), 'saved_method',
                               "removal in ('due', 'asking', 'unknown', 'done', 'refused')")
    op.create_check_constraint(op.f('ck_saved_method_removal_looked_at_again'), 'saved_method',
                               f"coalesce({OPEN}, false) = (removal_next_at is not null)")
    op.create_check_constraint(op.f('ck_saved_method_removed_once_ended'), 'saved_method',
                               "removal is null or ended_at is not null")
    op.create_index('ix_saved_method_removal_next_at', 'saved_method', ['tenant', 'removal_next_at', 'id'],
                    postgresql_where=sa.text('removal_next_at is not null'))
    op.execute(f"grant update ({COLUMNS}) on saved_method to {APP}")
    # each tenant is stated in its turn, so that no policy is opened for it
    op.execute("""
        create function method_removals_due(instant timestamptz) returns table (tenant int)
        language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
        #variable_conflict use_column
        declare
            stated text := current_setting('app.tenant', true);
            one int;
        begin
            for one in select t.id from tenant t order by t.id loop
                perform set_config('app.tenant', one::text, true);
                return query
                select one
                where exists (select from saved_method m where m.tenant = one and m.removal_next_at <= instant)
                  and not is_held_back(one, '{detach}', null, instant);
            end loop;
            perform set_config('app.tenant', coalesce(stated, ''), true);
        end $$""")
    op.execute("revoke execute on function method_removals_due(timestamptz) from public")
    op.execute(f"grant execute on function method_removals_due(timestamptz) to {APP}")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("drop function method_removals_due")
    op.drop_index('ix_saved_method_removal_next_at', table_name='saved_method')
    for column in ('removal_detail', 'removal_attempts', 'removal_next_at', 'removal'):
        op.drop_column('saved_method', column)
