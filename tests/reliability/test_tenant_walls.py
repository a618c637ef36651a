"""Raw SQL as ``usufruct_app``: no tenant stated, no rows; another tenant's neither read, written, referenced, nor guessed."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlmodel import Session

from api.access.identities import NewIdentity
from api.access.openid import bind, trust
from api.access.roles import Role
from api.operations.people import enrol
from api.server.database import SYSTEM, Access, Acting, ContradictsStored, Database, act
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from metering.log import store
from metering.log.bulk_rows import copy_rows
from tests.build import NOON, a_reading, a_series, acts, delivered
from tests.conftest import application_pool, world_copy

TENANTLESS = {"tenant", "due", "alembic_version", "signing_secret"}
LOOKED_UP = {
    "credential",
    "openid_issuer",
    "openid_subject",
    "notification",
    "webhook",
    "webhook_delivery",
    "delivery",
    "delivery_link",
    "gateway_order",
    "spending_look",
    "spending_alert",
    "ledger_books",
    "ledger_due",
    "gateway_event",
    "pay_link",
    "payout_account",
    "connected_account",
    "dunning",
}


@pytest.fixture
def peopled(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Both tenants have a series with readings, a batch and a party; equal names, as tenants will."""
    copied = world_copy(server, "two tenants with a row in each table", people, request.node.nodeid)
    with copied as (access, _), application_pool(access) as database:
        yield database


def people(access: Access) -> None:
    with administering(access.administrator) as administrator:
        administrator.execute(
            text("""insert into four_eyes_change (tenant, switched_off, by, at, reason)
                    values (1, true, 'anna', now(), 'alone'), (2, true, 'anna', now(), 'alone')""")
        )
        administrator.execute(
            text("""insert into four_eyes_limit (tenant, operation, amount, currency, reason, by, at)
                    values (1, 'dispute_waived', 9, 'EUR', 'small', 'anna', now()),
                           (2, 'dispute_waived', 9, 'EUR', 'small', 'anna', now())""")
        )
    for tenant in (1, 2):
        with application_pool(access) as database, database.transaction(tenant) as session:
            series = a_series(session)
            number = delivered(session, a_reading(series))
            session.execute(
                text("""insert into batch (id, kind, source, recorded_by, recorded_at, payload_sha256, idempotency_key, stored, corrected, unchanged, refused)
                                    values (:n, 'import', 'a.csv', 'anna', now(), '', 'once', 1, 0, 0, 0)"""),
                {"n": number},
            )
            session.execute(
                text(
                    'insert into batch_touch (series, batch, start, "end", corrected) values (:s, :n, now(), now(), 0)'
                ),
                {"s": series, "n": number},
            )
            session.execute(
                text("insert into verdict (batch, line, code, found, expected) values (:n, 1, 'c', 'f', 'e')"),
                {"n": number},
            )
            session.execute(
                text("""insert into reading_profile (name, version, options, recorded_by, recorded_at)
                        values ('portal', 1, '{"schema": 1, "decimal": "comma"}', 'anna', now())""")
            )
            session.execute(
                text("""insert into event_meter (name, client, event_type, aggregation, unit, value, dimensions, recorded_at)
                        values ('tokens', 'openmeter', 'prompt', 'sum', 'each', 'n', '{}', now())""")
            )
            session.execute(
                text("""insert into usage_event (client, source, event_id, event_type, subject, at, content, received_at)
                        values ('openmeter', 's', '1', 'prompt', 'acme', now(), '{}', now())""")
            )
            session.execute(
                text("""insert into event_use (client, source, event_id, meter, series, at, batch, line, amount)
                        values ('openmeter', 's', '1', 'tokens', :s, now(), :n, 1, 1)"""),
                {"s": series, "n": number},
            )
            session.execute(text("insert into party (name) values ('Müller'), ('Meyer')"))
            enrol(session, NewIdentity("Anna", Role.OWNER), at=NOON)
            trust(session, "https://login.example", "usufruct", "sub", NOON)
            bind(session, "Anna", "https://login.example", "s-anna", NOON)
            session.execute(text("insert into openid_use (token_sha256, expires_at) values ('', now())"))
            enrol(session, NewIdentity("Theo", Role.THIRD_PARTY, party="Meyer"), at=NOON)
            a_billed_contract(session, series)
            act(
                session,
                Acting(session.execute(text("select id from identity where name = 'Anna'")).scalar_one(), "owner"),
            )
            session.execute(
                text("insert into kept_answer (key, request_sha256, at, status) values ('once', '', now(), 201)")
            )
            act(session, SYSTEM)
            a_webhook(session)
            session.execute(
                text("""insert into operation (number, kind, identity, key, arguments, state, attempt, is_cancelled, done, asked_at)
                        select 1, 'replay', id, '', '{}', 'waiting', 0, false, 0, now() from identity where name = 'Anna'""")
            )
            session.execute(
                text("insert into audit_entry (at, door, operation, object) values ('2010-01-01', 'http', '', '')")
            )
        with application_pool(access) as database, database.transaction(tenant) as session:
            for position in (1, 2):  # of which the first is cut off again
                session.execute(
                    text("""insert into audit_seal (position, xact, entry, content_sha256, hash)
                            select :position, xact + :position, id, '', '' from audit_entry"""),
                    {"position": position},
                )
            session.execute(text("select cut_audit(1)"))
    with administering(access.administrator) as administrator:
        administrator.execute(text("set session_replication_role = replica"))  # no trigger asks for released terms
        administrator.execute(
            text("""insert into machine_grant (tenant, identity, asset_id, party, granted_at)
                    select i.tenant, i.id, a.id, i.party, now() from identity i join asset a on a.tenant = i.tenant
                    where i.role = 'third_party'""")
        )


def a_billed_contract(session: Session, series: int) -> None:
    """A row in each table of contracts and billing."""
    both = session.execute(text("select min(id), max(id) from party")).one()
    contract = session.execute(
        text("insert into contract (reference, supplier_id, customer_id) values ('C', :s, :c) returning id"),
        {"s": both[0], "c": both[1]},
    ).scalar_one()
    keys = {"contract": contract, "supplier": both[0], "customer": both[1], "series": series}
    version = session.execute(
        text("""insert into contract_version (contract_id, customer_id, number, effective, recorded_at, recorded_by, terms)
        values (:contract, :customer, 1, '2026-01-01', now(), 'anna', '{}') returning id"""),
        keys,
    ).scalar_one()
    invoice = session.execute(
        text("""insert into invoice (contract_id, version_id, issuer_id, customer_id, first, after_last, currency, net, vat, gross, watermark, inputs, created_at)
        values (:contract, :version, :supplier, :customer, '2026-01-01', '2026-02-01', 'EUR', 9, 0, 9, 1, '{}', now()) returning id"""),
        keys | {"version": version},
    ).scalar_one()
    session.execute(
        text("insert into index_series (name, title, source, base, links) values ('CPI', '', '', '', '[]')")
    )
    session.execute(
        text("""insert into index_value (series_id, month, value, provisional, published_on, recorded_at, recorded_by)
                select id, '2026-01', 100, false, '2026-02-10', now(), 'anna' from index_series""")
    )
    session.execute(
        text("""insert into party_profile (party_id, in_force_from, profile, prepared_by, prepared_at)
                values (:customer, '2026-01-01', '{"party": "Meyer", "in_force_from": "2026-01-01"}', 'anna', now())"""),
        keys,
    )
    session.execute(
        text("""insert into party_logo (sha256, media_type, content, stored_at)
                values (repeat('a', 64), 'image/png', '', now())""")
    )
    session.execute(
        text("""insert into tax_law (country, law, recorded_at, recorded_by)
                values ('DE', '{"country": "DE"}', now(), 'anna')""")
    )
    session.execute(
        text("""insert into credit (contract_id, customer_id, invoice_id, reason, asked, currency, net, prepared_by, prepared_at)
                select contract_id, customer_id, id, 'r', '{}', currency, 1, 'anna', now() from invoice""")
    )
    session.execute(
        text("""insert into voiding (contract_id, customer_id, invoice_id, reason, asked_by, asked_at)
                select contract_id, customer_id, id, 'r', 'anna', now() from invoice""")
    )
    session.execute(
        text("""insert into dispute (contract_id, customer_id, charge, first, after_last, reason, raised_by, raised_at)
                values (:contract, :customer, 'c', '2026-01-01', '2026-02-01', 'r', 'anna', now())"""),
        keys,
    )
    session.execute(
        text("""insert into statement (contract_id, customer_id, version_id, first, after_last, watermark, prepared_by,
                prepared_at, content)
                select :contract, :customer, min(id), '2026-01-01', '2027-01-01', 1, 'anna', now(), '{}'
                from contract_version"""),
        keys,
    )
    session.execute(
        text("""insert into statement_step (statement_id, customer_id, step, party, person, recorded_by, at, charges, note)
                select id, customer_id, 'submitted', 'p', 'anna', 'anna', now(), '{}', '' from statement"""),
    )
    acts(session, "Lena")
    act(session, Acting(session.info["acting"].identity))  # in whose name the product itself works
    session.execute(
        text("""insert into signature (contract_id, customer_id, statement_id, name, signed_at, content_sha256, note)
                select contract_id, customer_id, id, '', now(), '', '' from statement"""),
    )
    rating = session.execute(
        text("""insert into rating (contract_id, customer_id, invoice_id, document_id, first, after_last, watermark, rated_at,
                inputs)
                select contract_id, customer_id, id, id, first, after_last, 1, now(), '{}' from invoice returning id""")
    ).scalar_one()
    session.execute(
        text("""insert into draft (name, content_hash, contract_id, kind, first, watermark, looked_at, due_by, content)
                values ('draft-1', '1', :contract, 'period', '2026-02-01', 1, now(), now(), '{}')"""),
        keys,
    )
    columns = ("rating_id", "source", "subject", "about", "start", "end", "token")
    copy_rows(session, "rating_source", columns, [(rating, "readings", series, "", NOON, NOON, "1")])
    session.execute(
        text("insert into stale (rating_id, found_at, sources) values (:rating, now(), '{}')"), {"rating": rating}
    )
    session.execute(text("insert into sweep (watermark, shipped) values (1, '{}')"))
    session.execute(text("""update index_series set links = '[{"index": "x", "factor": "1"}]'"""))  # leaves a touch
    session.execute(
        text("insert into register_event (series, at, batch, kind, gained) values (:series, now(), 1, 'reset', 0)"),
        keys,
    )
    session.execute(text("update register set aliases = '{counter}'"))  # lists an alias
    batch = session.execute(text("select min(id) from batch")).scalar_one()
    session.execute(
        text("""insert into finding (series, start, "end", check_kind, found, expected, holds, batch)
                values (:series, now(), now(), 'gap', 'f', 'e', true, :batch)"""),
        keys | {"batch": batch},
    )
    session.execute(
        text("""insert into edit (series, kind, start, "end", value, reason, prepared_by, prepared_at)
                values (:series, 'set', now(), now(), 1, 'r', 'anna', now())"""),
        keys,
    )
    line = {"invoice_id": invoice, "pos": 1, "customer_id": both[1], "charge": "c", "part": 0, "label": "", "nature": "consideration", "quantity": 0,
            "unit": "each", "unit_price": 0, "net": 0, "service_first": "2026-01-01", "service_after_last": "2026-02-01", "tax_point": "2026-01-31",
            "tax_category": "S", "tax_rate": 19, "tax_reason": "", "dimensions": "{}", "allocation": "{}", "payees": "{}", "proof": "{}"}  # fmt: skip
    copy_rows(session, "invoice_line", tuple(line), [tuple(line.values())])
    session.execute(text("insert into issuer_series (issuer_id, name) values (:supplier, '')"), keys)
    session.execute(
        text("insert into counter (issuer_id, year, last, last_on) values (:supplier, 2026, 1, '2026-02-01')"), keys
    )
    session.execute(
        text("""update invoice set year = 2026, sequence = 1, number = '2026-000001', issued_on = '2026-02-01',
                due_on = '2026-03-03'""")
    )
    session.execute(
        text(
            "insert into counter (issuer_id, series, year, last, last_on) values (:customer, 'SB', 2026, 1, '2026-02-01')"
        ),
        keys,
    )
    session.execute(
        text("""insert into payee_document (invoice_id, contract_id, payee_id, issuer_id, leg, document_type, series, year,
                sequence, number, issued_on, due_on, currency, net, vat, gross, about, content, created_at)
                select id, contract_id, customer_id, customer_id, 'purchase', '389', 'SB', 2026, 1, 'SB-2026-000001',
                       '2026-02-01', '2026-03-03', 'EUR', 9, 0, 9, array[id], '{}', now() from invoice"""),
    )
    session.execute(
        text("""insert into document_file (invoice_id, party_id, form, version, media_type, sha256, content, report,
                                           made_at, retained_until)
                select id, customer_id, 'ubl', '0', 'application/xml', encode(sha256('x'), 'hex'), 'x', '{}', now(),
                       '2034-12-31' from invoice"""),
    )
    what_became_of_it(session, invoice, both[0], both[1])


def what_became_of_it(session: Session, invoice: int, supplier: int, customer: int) -> None:
    """A row in each table about a document that is issued."""
    keys = {"invoice": invoice, "supplier": supplier, "customer": customer}
    for statement in (
        """insert into receivables_account (issuer_id, customer_id, currency) values (:supplier, :customer, 'EUR')""",
        """insert into sending (invoice_id, customer_id, sent_on, how, note, recorded_by, recorded_at)
           values (:invoice, :customer, '2026-02-01', 'mail', '', 'anna', now())""",
        """insert into delivery (invoice_id, customer_id, way, address, state, asked_at)
           values (:invoice, :customer, 'mail', 'a@b.example', 'sent', now())""",
        """insert into delivery_event (delivery_id, attempt, kind, at, number, detail)
           select id, 1, 'sent', now(), '', '' from delivery""",
        """insert into delivery_link (invoice_id, customer_id, token_sha256, expires_at, made_at)
           values (:invoice, :customer, '', now(), now())""",
        """insert into delivery_download (link_id, what, at) select id, 'page', now() from delivery_link""",
        """insert into saved_method (account, issuer_id, party_id, customer, external, rail, mandate, words, saved_at)
           values ('a', :supplier, :customer, '', '', 'card', '', '', now())""",
        """insert into gateway_customer (account, party_id) values ('a', :customer)""",
        """insert into gateway_order (movement, issuer_id, party_id, currency, invoice_id, next_at, asked_at)
           values ('charge', :supplier, :customer, 'EUR', :invoice, now(), now())""",
        """insert into gateway_order_event (order_id, attempt, kind, at, key, external, detail)
           select id, 0, 'noted', now(), '', '', '' from gateway_order""",
        """insert into gateway_event (account, external, kind, thing_id, connected, happened_at, received_at, state)
           values ('a', '', '', '', '', now(), now(), 'ignored')""",
        """insert into gateway_balance_entry (account, external, kind, kind_words, currency, gross, fee, source, at)
           values ('a', '', 'fee', '', 'EUR', 1, 0, '', now())""",
        """insert into gateway_poll (account, events_from, balance_from, next_at) values ('a', now(), now(), now())""",
        """insert into spending_look (contract_id, began_at) select id, now() from contract""",
        """insert into spending_alert (contract_id, customer_id, kind, threshold_name, charge, per, first, after_last, unit,
                                        threshold, reading, now_reading, watermark, is_late, fired_at, looked_at)
           select id, customer_id, 'alert', '100', '', 'period', '2026-01-01', '2026-02-01', 'EUR', 100, 101, 101, 0, false,
                  now(), now() from contract""",
        """insert into ledger_books (issuer_id, chart, currency, zone, first_day, own_rows, opened_by, opened_at)
           values (:supplier, 'plain', 'EUR', 'Etc/UTC', '2026-01-01', '[]', 'a', now())""",
        """insert into ledger_due (cause, fact_id, due_at) values ('document', 0, now())""",
        """with e as (insert into ledger_entry (issuer_id, number, cause, fact_id, posted_on, happened_on, currency, rate,
                                                words, postings, recorded_at)
                      values (:supplier, 1, 'accrual', 1, '2026-01-31', '2026-01-31', 'EUR', 1, '', 2, now()) returning id)
           insert into ledger_posting (entry_id, pos, account, role, amount, functional, tag, line, charge, dimensions)
           select e.id, s.pos, '1', 'bank', s.amount, s.amount, '', 0, '', '{}' from e, (values (1, 1), (2, -1)) s (pos, amount)""",
        """insert into ledger_month (issuer_id, month, last_number, closed_by, closed_at)
           values (:supplier, '2026-01-01', 1, 'a', now())""",
        """insert into exchange_rate (currency, of_currency, on_day, rate, source, recorded_by, recorded_at)
           values ('EUR', 'USD', '2026-01-31', 1, '', 'a', now())""",
        """insert into pay_link (invoice_id, customer_id, token_sha256, expires_at, made_at)
           values (:invoice, :customer, '', now(), now())""",
        """insert into dunning (invoice_id, issuer_id, customer_id, currency) values (:invoice, :supplier, :customer, 'EUR')""",
        """insert into dunning_letter (issuer_id, customer_id, currency, kind, written_on, content, made_at)
           values (:supplier, :customer, 'EUR', 'reminder', '2026-02-01', '{}', now())""",
        """insert into dunning_step (invoice_id, customer_id, place, kind, made_on, fee, letter_id)
           select :invoice, :customer, 0, 'reminder', '2026-02-01', 0, id from dunning_letter""",
        """insert into late_claim (claim_id, invoice_id, customer_id, fee, interest)
           values (:invoice, :invoice, :customer, 1, 0)""",
        """insert into dunning_pause (customer_id, defers, reason, first, made_by, made_at)
           values (:customer, false, 'r', '2026-02-01', 'anna', now())""",
        """insert into payment (account_id, issuer_id, customer_id, currency, amount, received_on, reference, payer,
                                recorded_by, recorded_at)
           select id, :supplier, :customer, 'EUR', 1, '2026-02-01', '17', '', 'anna', now() from receivables_account""",
        """insert into refund (of_id, customer_id, payment_id, currency, amount, reason, prepared_by, prepared_at)
           select o.id, :customer, p.id, 'EUR', 1, 'r', 'anna', now() from gateway_order o, payment p""",
        """insert into payment_allocation (payment_id, invoice_id, customer_id, amount, discount, counts_on, is_first,
                                           recorded_by, recorded_at)
           select id, :invoice, :customer, 1, 0, '2026-02-01', true, 'anna', now() from payment""",
        """insert into bank_file (sha256, form, entries, added, left_out, recorded_by, recorded_at)
           values ('x', 'plain', 1, 1, 0, 'anna', now())""",
        """insert into bank_entry (file_id, account, key_sha256, part, place, booked_on, value_on, amount, currency, charges,
                                   creditor_references, document_references, end_to_end, mandate, of_bank, text,
                                   party_name, party_account, party_behind, return_end_to_end, return_of_bank, state,
                                   reason, candidates)
           select id, 'DE02', 'x', 1, 'line 2', '2026-02-01', '2026-02-01', 1, 'EUR', 0, '', '', '', '', '', '', '', '', '',
                  '', '', 'matched', '', '' from bank_file""",
        """insert into bank_match (entry_id, payment_id, rule, short, charges, matched_by, matched_at)
           select e.id, p.id, 'number', 0, 0, 'anna', now() from bank_entry e, payment p""",
        """insert into due_work (kind, subject, due_at, next_at) values ('rerate', 'CPI', now(), now())""",
        """insert into due_pause (kind, contract_id, reason, paused_by, paused_at)
           select 'bill', id, 'r', 'anna', now() from contract""",
        """insert into payer_alias (kind, account, name, customer_id, prepared_by, prepared_at)
           values ('customer', 'DE03', '', :customer, 'anna', now())""",
        """insert into bank_advice (sha256, reference, customer_id, currency, amount, paid_on, recorded_by, recorded_at)
           values ('x', '', :customer, 'EUR', 1, '2026-02-01', 'anna', now())""",
        """insert into bank_advice_line (advice_id, document, amount, discount)
           select id, '2026-000001', 1, 0 from bank_advice""",
        """insert into payout_account (issuer_id, payee_id, currency, next_at) values (:supplier, :customer, 'EUR', now())""",
        """insert into payout (account_id, issuer_id, payee_id, kind, by, currency, amount, made_on, state, prepared_at)
           select id, :supplier, :customer, 'payout', 'bank', 'EUR', 1, '2026-02-01', 'held', now() from payout_account""",
        """insert into payout_line (payout_id, payee_id, kind, invoice_id, number, amount)
           select id, :customer, 'fee', :invoice, '2026-000001', 1 from payout""",
        """insert into payout_event (payout_id, kind, at, detail) select id, 'made', now(), '' from payout""",
        """insert into connected_account (issuer_id, payee_id, country) values (:supplier, :customer, 'DE')""",
        """insert into mandate (issuer_id, party_id, scheme, reference, signed_on, recorded_by, recorded_at)
           values (:supplier, :customer, 'core', 'M-1', '2026-01-01', 'anna', now())""",
        """insert into mandate_version (mandate_id, number, reference, creditor_id, creditor_name, account, bic, holder,
                                        recorded_by, recorded_at)
           select id, 1, reference, '', '', '', '', '', 'anna', now() from mandate""",
        """insert into bank_order_file (message_id, kind, form, issuer_id, account, currency, orders, amount, content, sha256,
                                        checked, prepared_by, prepared_at)
           values ('U1', 'debits', '', :supplier, '', 'EUR', 1, 1, '', '', '', 'anna', now())""",
        """insert into bank_order (purpose, issuer_id, party_id, currency, invoice_id, scheme, due_on, asked_at)
           values ('collection', :supplier, :customer, 'EUR', :invoice, 'core', '2026-02-01', now())""",
        """insert into bank_order_event (order_id, kind, at, detail) select id, 'noted', now(), '' from bank_order""",
        """insert into write_off (invoice_id, customer_id, amount, reason, prepared_by, prepared_at)
           values (:invoice, :customer, 1, 'r', 'anna', now())""",
        """insert into clearance_file (authority, direction, name, media_type, content, sha256, recorded_by, recorded_at)
           values ('ksef', 'out', 'f', 'application/xml', '', sha256(''), 'anna', now())""",
        """insert into clearance (authority, kind, status, issuer_id, customer_id, seller, currency, net, tax, month, file_id,
                                  asked_by, asked_at)
           select 'ksef', 'VAT', 'asked', :supplier, :customer, '1', 'PLN', 1, 0, '2026-02', id, 'anna', now()
           from clearance_file""",
        """insert into clearance_document (clearance_id, number, customer_id, invoice_id, lines)
           select id, '2026-000001', :customer, :invoice, '{1}' from clearance""",
        """insert into red_confirmation (clearance_id, invoice_id, number, reason, state, deducted, by_buyer, net, tax,
                                         asked_by, asked_at)
           select id, :invoice, '', 'reduced', 'none_needed', false, false, 1, 0, 'anna', now() from clearance""",
        """insert into clearance_event (clearance_id, step, reason, recorded_by, recorded_at)
           select id, 'asked', '', 'anna', now() from clearance""",
    ):
        session.execute(text(statement), keys)


def a_webhook(session: Session) -> None:
    """A webhook of the customer, with its secret, and a notification on its way to it; triggers wrote all of these."""
    session.execute(
        text(
            "insert into webhook (id, url, types, party, created_at) select 'wh_1', '', '{}', max(id), now() from party"
        )
    )
    session.execute(text("insert into webhook_secret (webhook, created_at, secret) values ('wh_1', now(), '')"))
    session.execute(text("update notification set position = nth, id = gen_random_uuid() where position is null"))
    session.execute(
        text("""insert into webhook_delivery (webhook, position, notification, party, next_at)
                select w.id, n.position, n.id, w.party, now() from webhook w, notification n where n.type = 'dispute.raised'""")
    )


def tables(session: Session) -> list[str]:
    return list(
        session.execute(
            text("select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace")
        ).scalars()
    )


def walled(session: Session) -> list[str]:
    return sorted(set(tables(session)) - TENANTLESS)


def test_no_tenant_stated_no_rows(peopled: Database) -> None:
    with peopled.transaction() as session:
        assert dict.fromkeys(walled(session), 0) == {
            name: session.execute(text(f"select count(*) from {name}")).scalar() for name in walled(session)
        }


def test_a_tenant_sees_its_own_rows_alone(peopled: Database) -> None:
    with peopled.transaction(1) as session:
        seen = {name: set(session.execute(text(f"select tenant from {name}")).scalars()) for name in walled(session)}
        assert seen, "the walk found no table"
    assert {name: {1} for name in seen} == seen


def test_a_party_sees_itself_alone(peopled: Database) -> None:
    with peopled.transaction(1) as session:
        names = dict(list(session.execute(text("select name, id from party"))))
    with peopled.transaction(1, party=names["Meyer"]) as session:
        assert list(session.execute(text("select name from party")).scalars()) == ["Meyer"]
        assert list(session.execute(text("select charge from invoice_line")).scalars()) == ["c"]
        assert list(session.execute(text("select reference from contract")).scalars()) == ["C"]
    with peopled.transaction(1, party=names["Müller"]) as session:
        for table in ("contract", "contract_version", "invoice", "invoice_line"):
            assert session.execute(text(f"select count(*) from {table}")).scalar() == 0
    with peopled.transaction(2, party=names["Meyer"]) as session:
        assert list(session.execute(text("select name from party")).scalars()) == []


@pytest.mark.parametrize("tenant", ["''", "'1 or true'", "'0'", "'-1'"])
def test_a_tenant_that_is_none_is_refused_or_sees_nothing(peopled: Database, tenant: str) -> None:
    with peopled.transaction() as session:
        session.execute(text(f"select set_config('app.tenant', {tenant}, true)"))
        try:
            assert session.execute(text("select count(*) from party")).scalar() == 0
        except DBAPIError as refusal:
            assert "invalid input syntax" in str(refusal)
            session.rollback()


def test_the_tenant_is_said_again_in_each_transaction_and_left_to_none(peopled: Database) -> None:
    with peopled.transaction(1) as session:
        session.commit()
        assert session.execute(text("select count(*) from party")).scalar() == 2
    for _ in range(20):  # whichever connection the pool hands out
        with peopled.transaction() as session:
            assert session.execute(text("select count(*) from party")).scalar() == 0


@pytest.mark.parametrize("statement", [
    pytest.param("insert into party (tenant, name) values (2, 'Spy')", id="insert"),
    pytest.param("update party set tenant = 2", id="move away"),
])  # fmt: skip
def test_no_row_is_written_for_another_tenant(peopled: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="violates row-level security"), peopled.transaction(1) as session:
        session.execute(text(statement))


def test_another_tenants_rows_are_not_changed(peopled: Database) -> None:
    with peopled.transaction(1) as session:
        assert session.execute(text("update party set name = name || '!'")).rowcount == 2  # type: ignore[attr-defined]
    with peopled.transaction(2) as session:
        assert sorted(session.execute(text("select name from party")).scalars()) == ["Meyer", "Müller"]


def test_another_tenants_row_is_not_referenced(peopled: Database) -> None:
    with peopled.transaction(2) as session:
        theirs = session.execute(text("select id from site")).scalar_one()
    with pytest.raises(ContradictsStored, match="fk_asset_tenant_site_id"), peopled.transaction(1) as session:
        session.execute(text("insert into asset (site_id, name) values (:s, 'spy')"), {"s": theirs})


def test_no_unique_key_tells_what_another_tenant_has(peopled: Database) -> None:
    """Equal names live side by side (the fixture made them), and an own choice of key collides with nobody's."""
    with peopled.transaction(2) as session:
        (series,) = session.execute(text("select series from reading")).scalars()
        start, batch = a_reading(series, 1).start, delivered(session, a_reading(series, 1))
        session.execute(text("insert into party (name) values ('Secret')"))
    with peopled.transaction(1) as session:
        session.execute(text("insert into party (name) values ('Secret')"))
        row = a_reading(series, 1, batch=batch)
        assert start == row.start
        store.append(session, store.table_of_readings([row]))
        session.execute(
            text("""insert into batch (id, kind, source, recorded_by, recorded_at, payload_sha256, idempotency_key, stored, corrected, unchanged, refused)
                                values (:b, 'import', '', '', now(), '', 'else', 0, 0, 0, 0)"""),
            {"b": batch},
        )
    with (
        pytest.raises(ProgrammingError, match=r"cannot insert a non-DEFAULT value"),
        peopled.transaction(1) as session,
    ):
        session.execute(text("insert into party (id, name) values (1, 'Chosen')"))


class TestTheLoader:
    """… can neither read nor name a tenant."""

    @pytest.mark.parametrize("statement", [
        "select * from reading", "select * from party", "select * from credential", "update reading set value = 0", "delete from reading",
        'insert into reading (tenant, series, start, "end", batch, quality) values (2, 1, now(), now(), 1, 0)',
        "insert into party (name) values ('x')", "insert into batch_touch (series) values (1)",
        "copy (select * from reading) to stdout", 'copy reading (tenant, series, start, "end", batch, quality) from stdin',
        "select nextval('batch_number_1')", "create table theirs ()",
    ])  # fmt: skip
    def test_may_do_nothing_else(self, peopled: Database, statement: str) -> None:
        with pytest.raises(DBAPIError, match="permission denied"), peopled.transaction(1) as session:
            session.execute(text("set local role usufruct_load"))
            session.execute(text(statement))

    def test_writes_for_the_stated_tenant(self, peopled: Database) -> None:
        with peopled.transaction(1) as session:
            session.execute(text("set local role usufruct_load"))
            session.execute(
                text('insert into reading (series, start, "end", batch, quality) values (77, now(), now(), 999, 0)')
            )
        with peopled.transaction(2) as session:
            assert session.execute(text("select count(*) from reading where series = 77")).scalar() == 0
        with peopled.transaction(1) as session:
            assert session.execute(text("select count(*) from reading where series = 77")).scalar() == 1

    def test_is_left_again_after_a_copy(self, peopled: Database) -> None:
        with peopled.transaction(1) as session:
            delivered(session, a_reading(5))
            assert session.execute(text("select current_user")).scalar() == "usufruct_app"


class TestTheCatalogue:
    """A table without policy, a key without tenant, a view that leaks: each would be found."""

    def test_every_table_of_a_tenant_is_walled_by_force(self, database: Database) -> None:
        with database.transaction() as session:
            assert unwalled(session) == []

    def test_every_key_between_them_holds_the_tenant(self, database: Database) -> None:
        with database.transaction() as session:
            assert keys_without_tenant(session) == []

    def test_no_view_shows_more_than_its_caller_may_see(self, database: Database) -> None:
        with database.transaction() as session:
            assert leaking_views(session) == []

    def test_the_application_owns_nothing_and_bypasses_nothing(self, database: Database) -> None:
        with database.transaction() as session:
            assert tuple(
                session.execute(
                    text(
                        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
                    )
                ).one()
            ) == (False, False, False, False)
            assert {"usufruct_owner"} == set(
                session.execute(
                    text(
                        "select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = 'public'::regnamespace"
                    )
                ).scalars()
            )
            assert session.execute(text("select session_user")).scalar() == "usufruct_app"

    @pytest.mark.parametrize(("breach", "finder"), [
        ("create table secret (tenant int primary key)", "unwalled"),
        ("create table secret (tenant int primary key); alter table secret enable row level security", "unwalled"),
        ("create table secret (id int primary key)", "unwalled"),
        ("create policy beside on party for select to usufruct_app using (tenant = nullif(current_setting('app.tenant', true), '')::int)", "unwalled"),
        ("create policy narrower on party as restrictive using (name <> 'Meyer')", "unwalled"),
        ("drop policy app_select on site; create policy app_select on site for select to usufruct_app using (tenant in (select 1))", "unwalled"),
        ("alter table party no force row level security", "unwalled"),
        ("alter table party add unique (name)", "keys_without_tenant"),
        ("create unique index on party (name)", "keys_without_tenant"),
        ("create unique index on party (name) include (tenant)", "keys_without_tenant"),
        ("alter table party add unique (id); alter table verdict add foreign key (line) references party (id)", "keys_without_tenant"),
        ("create view leak as select * from party", "leaking_views"),
    ])  # fmt: skip
    def test_each_breach_is_found(self, access: Access, database: Database, breach: str, finder: str) -> None:
        with administering(access.administrator) as connection:
            for statement in breach.split("; "):
                connection.execute(text(statement))
        with database.transaction() as session:
            assert {"unwalled": unwalled, "keys_without_tenant": keys_without_tenant, "leaking_views": leaking_views}[
                finder
            ](session)


def unwalled(session: Session) -> list[str]:
    """Tables without walls, and policies that are none: each holds the tenant and the role, alone and by itself."""
    guarded = set(
        session.execute(
            text("""
        select c.relname from pg_class c join pg_policies p on p.tablename = c.relname
        where c.relrowsecurity and c.relforcerowsecurity and p.cmd = 'SELECT' and p.roles = '{usufruct_app}'""")
        ).scalars()
    )
    amiss = session.execute(
        text("""
        select tablename || '.' || policyname from (
            select *, coalesce(qual, with_check) as holds, count(*) over (partition by tablename, roles, cmd) as beside
            from pg_policies) p
        where permissive <> 'PERMISSIVE' or beside > 1 or holds ~* '\\mselect\\M' or holds !~ '\\(?tenant =.*app\\.tenant'
           or coalesce(with_check, holds) !~ 'app\\.tenant'
           or not (holds ~ 'app\\.role' and roles <@ '{usufruct_app,usufruct_reader,usufruct_guest}' and cmd <> 'ALL'
                   or roles = '{usufruct_owner}' and cmd = 'ALL')""")
    ).scalars()
    # whose a key is, is asked before a tenant is stated, by bearer_of()
    return sorted(set(walled(session)) - guarded) + sorted(set(amiss) - {f"{table}.owner" for table in LOOKED_UP})


def keys_without_tenant(session: Session) -> list[str]:
    keys = session.execute(
        text("""
        select c.relname || '.' || i.relname, exists (
            select from pg_attribute a join generate_series(0, x.indnkeyatts - 1) n on a.attnum = x.indkey[n]
            where a.attrelid = c.oid and a.attname = 'tenant')
        from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
        where x.indisunique and c.relnamespace = 'public'::regnamespace and not c.relname = any(:tenantless)
        union all
        select conrelid::regclass || '.' || conname, exists (
            select from pg_attribute where attrelid = conrelid and attnum = any(conkey) and attname = 'tenant')
        from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace and not conrelid::regclass::text = any(:tenantless)
    """),
        {"tenantless": sorted(TENANTLESS)},
    )
    # of 256 random bits nobody learns whose they are
    return [name for name, holds_it in keys if not holds_it and name != "credential.pk_credential"]


def leaking_views(session: Session) -> list[str]:
    return list(
        session.execute(
            text("""
        select relname from pg_class where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace
        and not coalesce('security_invoker=true' = any(reloptions), false)""")
        ).scalars()
    )


class TestDueWork:
    """A worker looks for whose turn it is before it has stated a tenant; it writes for the one that it states."""

    @pytest.fixture
    def due(self, peopled: Database) -> Database:
        for tenant in (1, 2):
            with peopled.transaction(tenant) as session:
                session.execute(
                    text("""insert into due (tenant, kind, contract, period, attempt, due_at)
                            select :tenant, 'period', id, '[2026-01-01,2026-02-01)', 0, now() from contract"""),
                    {"tenant": tenant},
                )
        return peopled

    def seen(self, database: Database, tenant: int | None, party: int | None = None) -> set[int]:
        with database.transaction(tenant, party) as session:
            return set(session.execute(text("select tenant from due")).scalars())

    def test_is_seen_by_whom_it_is_due_to_and_by_whoever_has_stated_nobody(self, due: Database) -> None:
        assert [self.seen(due, tenant) for tenant in (None, 1, 2)] == [{1, 2}, {1}, {2}]

    @pytest.mark.parametrize("tenant", [None, 1])
    def test_is_nothing_to_a_customer(self, due: Database, tenant: int | None) -> None:
        with pytest.raises(ProgrammingError, match="permission denied for table due"):
            self.seen(due, tenant, party=1)

    @pytest.mark.parametrize("tenant", [None, 1])
    @pytest.mark.parametrize("statement", [
        "update due set done_at = now() where tenant = 2", "update due set held = '{}' where tenant = 2",
        "insert into due select 2, 'opening', contract, period, 0, due_at from due",
        "update due set tenant = 2 where tenant = 1", "delete from due where tenant = 2",
    ])  # fmt: skip
    def test_another_tenants_is_not_touched(self, due: Database, tenant: int | None, statement: str) -> None:
        try:
            with due.transaction(tenant) as session:
                touched = session.execute(text(statement)).rowcount  # type: ignore[attr-defined]
        except (ProgrammingError, ContradictsStored) as refusal:
            assert isinstance(refusal, ContradictsStored) or "policy" in str(refusal) or "denied" in str(refusal)
        else:
            assert touched == 0
        with due.transaction(2) as session:
            rows = session.execute(text("select kind, done_at, held from due")).all()
        assert [tuple(row) for row in rows] == [("period", None, None)]

    def test_another_tenants_is_not_locked(self, due: Database) -> None:
        with due.transaction(1) as session:
            assert session.execute(text("select 1 from due where tenant = 2 for update")).all() == []


def test_what_the_walls_do_not_guard_against_is_known(peopled: Database) -> None:
    """They guard against forgetting. Who can run SQL of his own can state another tenant; DESIGN says so."""
    with peopled.transaction(1) as session:
        session.execute(text("select set_config('app.tenant', '2', true)"))
        assert {2} == set(session.execute(text("select tenant from party")).scalars())


def test_integrity_errors_are_ours(peopled: Database) -> None:
    with pytest.raises(ContradictsStored) as refusal, peopled.transaction(1) as session:
        session.execute(text("insert into party (name) values ('Meyer')"))
    assert isinstance(refusal.value.__cause__, IntegrityError)
