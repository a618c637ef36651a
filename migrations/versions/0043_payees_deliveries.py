"""payees deliveries: documents of payees leave the house as customers' do, and a payee sees its own profile.

Revision: 0043
After: 0042

A delivery, or a link, is of a customer's document or of a payee's, as an original in the archive is. What a payee was
sent, or may have been, keeps the customer's document that it comes of from being void.
"""

import sqlalchemy as sa
from alembic import op

from migrations.row_level_security import Guarded, show_to_guests

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None

ALL = "owner contract_manager finance auditor"
#: Which rows a customer saw so far, by the column that says whose they are; a payee sees its own from now on.
BEFORE = {
    "delivery": Guarded(read=f"{ALL} customer", party="customer_id"),
    "party": Guarded(read=f"{ALL} customer verifier lender", party="id", contract="id in app.parties"),
    "party_profile": Guarded(read=f"{ALL} customer", party="party_id"),
}
SHOWN = {
    "delivery": Guarded(read=f"{ALL} customer payee", party="customer_id"),
    "party": Guarded(read=f"{ALL} customer payee verifier lender", party="id", contract="id in app.parties"),
    "party_profile": Guarded(read=f"{ALL} customer payee", party="party_id"),
}
OF_ONE = {"delivery": "ck_delivery_of_one_document", "delivery_link": "ck_delivery_link_of_one_document"}
TRIGGER = "returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp"
DEFINER = TRIGGER.replace("plpgsql", "plpgsql security definer")
REFUSED = "using errcode = 'integrity_constraint_violation', constraint ="
OF_CUSTOMERS = """
               or exists (select from delivery where tenant = new.tenant and invoice_id = new.id
                          and state in ('sending', 'sent', 'unknown'))"""
OF_PAYEES = """
               or exists (select from payee_document p
                          join delivery d on d.tenant = p.tenant and d.payee_document_id = p.id
                          where p.tenant = new.tenant and p.invoice_id = coalesce(new.of_id, new.id)
                            and d.state in ('sending', 'sent', 'unknown'))"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")  # rather fail than queue every reader behind a waiting change
    for table in OF_ONE:
        op.add_column(table, sa.Column('payee_document_id', sa.Integer(), nullable=True))
        op.alter_column(table, 'invoice_id', nullable=True)
        op.create_foreign_key(
            f'fk_{table}_tenant_payee_document_id', table, 'payee_document',
            ['tenant', 'payee_document_id'], ['tenant', 'id'])
        op.create_check_constraint(op.f(OF_ONE[table]), table, 'num_nonnulls(invoice_id, payee_document_id) = 1')
    op.create_unique_constraint(
        'uq_delivery_tenant_payee_document_id_way_address', 'delivery',
        ['tenant', 'payee_document_id', 'way', 'address'])
    op.create_index('ix_delivery_link_tenant_payee_document_id', 'delivery_link', ['tenant', 'payee_document_id'])
    for table, rights in SHOWN.items():
        show_to_guests(table, rights)
    _send_nothing_void()
    _void_nothing_that_may_have_arrived(OF_CUSTOMERS + OF_PAYEES)
    _send_what_is_issued()


def _send_nothing_void() -> None:
    op.execute(f"""
        create function refuse_what_is_void_of_payees() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
            bill invoice;
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            -- the lock that the mark takes as well: of the two, the second sees what the first has done
            select i.* into bill from invoice i
            join payee_document p on p.tenant = i.tenant and p.invoice_id = i.id
            where p.tenant = new.tenant and p.id = new.payee_document_id for no key update of i;
            if bill.voided_on is not null then
                raise exception 'what this document comes of is void: %', bill.number {REFUSED} 'void_stays_void';
            end if;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return new;
        end $$""")
    op.execute("""
        create trigger void_stays_void_of_payees before update on delivery
        for each row when (new.payee_document_id is not null and new.state = 'sending' and old.state <> 'sending')
        execute function refuse_what_is_void_of_payees()""")


def _void_nothing_that_may_have_arrived(also: str) -> None:
    op.execute(f"""
        create or replace function refuse_to_void_what_is_used() {DEFINER} as $$
        declare
            tenant_stated text := current_setting('app.tenant', true);
        begin
            perform set_config('app.tenant', new.tenant::text, true);
            if not exists (
                select from voiding v
                where v.tenant = new.tenant and v.released_at is not null and v.invoice_id in (
                    coalesce(new.of_id, new.id), new.within_id,
                    (select first.within_id from invoice first where first.tenant = new.tenant and first.id = new.of_id))) then
                raise exception 'nobody has released that % is void', new.number {REFUSED} 'released_first';
            end if;
            if exists (select from sending where tenant = new.tenant and invoice_id = new.id){also}
               or (select coalesce(sum(amount + discount), 0) from payment_allocation
                   where tenant = new.tenant and invoice_id = new.id) <> 0
               or (select coalesce(sum(amount), 0) from write_off
                   where tenant = new.tenant and invoice_id = new.id and released_at is not null) <> 0 then
                raise exception '% was sent, or something of it is settled', new.number {REFUSED} 'void_before_it_is_sent';
            end if;
            perform set_config('app.tenant', coalesce(tenant_stated, ''), true);
            return new;
        end $$""")


def _send_what_is_issued() -> None:
    """As a document of a payee is issued, its delivery is due, if its payee's profile names a way: in one transaction."""
    side = "p.content -> 'invoicing' -> (case p.leg when 'purchase' then 'seller' else 'buyer' end) -> 'electronic'"
    op.execute(f"""
        create function send_what_is_issued_to_payees() {DEFINER} as $$
        begin
            insert into delivery (tenant, payee_document_id, customer_id, way, address, next_at, asked_at, asked_identity)
            select p.tenant, p.id, p.payee_id, terms ->> 'way',
                   coalesce((select string_agg(address, ', ' order by place)
                             from jsonb_array_elements_text(terms -> 'to') with ordinality listed (address, place)),
                            case terms ->> 'way'
                                when 'peppol' then ({side} ->> 'scheme') || ':' || ({side} ->> 'value') end, ''),
                   statement_timestamp(), statement_timestamp(), null
            from added p cross join lateral (select p.content #> '{{invoicing,terms,delivery}}' as terms offset 0) profile
            where terms ->> 'way' in ('mail', 'link', 'peppol', 'portal')
            order by p.id
            on conflict do nothing;
            return null;
        end $$""")
    op.execute("""
        create trigger send_what_is_issued after insert on payee_document referencing new table as added
        for each statement execute function send_what_is_issued_to_payees()""")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for table in OF_ONE:  # the policies let the owner read both, whoever's they are
        op.execute(f"""
            do $$ begin
                if exists (select from {table} where payee_document_id is not null) then
                    raise exception 'documents of payees were sent, which the release before does not know'
                        {REFUSED} 'of_one_document';
                end if;
            end $$""")
    op.execute("drop trigger send_what_is_issued on payee_document")
    op.execute("drop function send_what_is_issued_to_payees")
    _void_nothing_that_may_have_arrived(OF_CUSTOMERS)
    op.execute("drop trigger void_stays_void_of_payees on delivery")
    op.execute("drop function refuse_what_is_void_of_payees")
    for table, rights in BEFORE.items():
        show_to_guests(table, rights)
    op.drop_index('ix_delivery_link_tenant_payee_document_id', table_name='delivery_link')
    for table in OF_ONE:
        op.drop_constraint(op.f(OF_ONE[table]), table, type_='check')
        op.drop_column(table, 'payee_document_id')
        op.alter_column(table, 'invoice_id', nullable=False)
