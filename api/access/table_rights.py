"""Which permissions open which table: the database's own policies, said in the words of the doors.

A role reaches a table if it has one of the permissions that stand here for it, and of the table no more than its reach:
the supplier's roles all rows of their tenant, an auditor the same and for reading alone, a customer or a payee those of
its party, a verifier or a lender those of its contract, a third party those of the machines that it was granted. The
policies (migrations/row_level_security.py) are compared with this table by tests/reliability/test_walls_of_roles.py.

A new table gets a row here and one in the migration that makes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from api.access.roles import OF_A_CONTRACT, OF_A_PARTY, OF_ADMINISTRATORS, PERMISSIONS, Permission, Role

_P = Permission
_Permissions = tuple[Permission, ...]
_DELIVERS = (_P.READINGS_WRITE, _P.READINGS_WITHDRAW, _P.READINGS_EDIT, _P.READINGS_RELEASE)
_READS_FLEET = (_P.FLEET_READ, _P.READINGS_READ, _P.USAGE_READ, *_DELIVERS)
_READS_LOG = (_P.READINGS_READ, _P.USAGE_READ, *_DELIVERS)
_READS_DELIVERIES = (_P.READINGS_READ, *_DELIVERS)
_BILLS = (_P.INVOICES_ISSUE,)
_OWED = (_P.INVOICES_READ, _P.RECEIVABLES_READ)
_KEPT = (_P.LEDGER_READ,)
_MOVES = (_P.RECEIVABLES_WRITE, _P.WRITE_OFFS_RELEASE)
_STEPS = (_P.STATEMENTS_SUBMIT, _P.STATEMENTS_VERIFY, _P.STATEMENTS_AGREE, _P.STATEMENTS_DISPUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRights:
    """What opens a table; one of the permissions is enough.

    Attributes:
        read: to see rows.
        insert: to add rows.
        update: to change rows, as far as columns are granted.
        delete: to delete rows.
        lock: to lock rows that are not changed, besides those who may change them.
        party: whether rows are of a party, and so opened to who speaks for it.
        contract: whether rows are of a contract, and so opened to who sees it alone.
        machine: whether rows are of a machine, or of an index, that a contract names, and so opened to its customer and
            to whom that grants it.
        own: whether everybody sees the rows that are of itself, whatever its permissions.
        left_by_all: whether everybody may add rows, as of what it has done.
    """

    read: _Permissions
    insert: _Permissions = ()
    update: _Permissions = ()
    delete: _Permissions = ()
    lock: _Permissions = ()
    party: bool = False
    contract: bool = False
    machine: bool = False
    own: bool = False
    left_by_all: bool = False


_FLEET = TableRights(read=_READS_FLEET, insert=(_P.FLEET_WRITE,), update=(_P.FLEET_WRITE,), machine=True)
_DELIVERY = TableRights(read=_READS_DELIVERIES, insert=_DELIVERS)
_SWITCHES = TableRights(
    read=(_P.AUDIT_READ, _P.FOUR_EYES_SWITCH), insert=(_P.FOUR_EYES_SWITCH,), update=(_P.FOUR_EYES_SWITCH,)
)
_INTERNAL = TableRights(read=(_P.DRAFTS_READ, _P.INVOICES_REPLAY), insert=_BILLS, update=_BILLS)
_COLLECTED = TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), update=(_P.RECEIVABLES_WRITE,), party=True)
_COLLECTED_UNSEEN = replace(_COLLECTED, party=False)
_PAID_OUT = TableRights(read=(_P.PAYOUTS_READ,), insert=(_P.PAYOUTS_WRITE,), update=(_P.PAYOUTS_WRITE,))

#: By table. Whatever the product does by its schedule, as ``system``, it may besides.
TABLE_RIGHTS: Mapping[str, TableRights] = MappingProxyType(
    {
        # who may call
        "identity": TableRights(
            read=(_P.PEOPLE_READ, _P.PEOPLE_WRITE),
            insert=(_P.PEOPLE_WRITE,),
            update=(_P.PEOPLE_WRITE,),
            party=True,
            own=True,
        ),
        "credential": TableRights(
            read=(_P.PEOPLE_READ, _P.PEOPLE_WRITE, _P.KEYS_WRITE),
            insert=(_P.PEOPLE_WRITE, _P.KEYS_WRITE),
            update=(_P.KEYS_WRITE,),
            party=True,
        ),
        "openid_issuer": TableRights(
            read=(_P.PEOPLE_READ, _P.PEOPLE_WRITE), insert=(_P.PEOPLE_WRITE,), update=(_P.PEOPLE_WRITE,)
        ),
        "openid_subject": TableRights(
            read=(_P.PEOPLE_READ, _P.PEOPLE_WRITE), insert=(_P.PEOPLE_WRITE,), update=(_P.PEOPLE_WRITE,)
        ),
        "openid_use": TableRights(read=()),  # the product's own, as it opens a session
        "machine_grant": TableRights(
            read=(_P.GRANTS_WRITE, _P.AUDIT_READ),
            insert=(_P.GRANTS_WRITE,),
            update=(_P.GRANTS_WRITE,),
            party=True,
            own=True,
        ),
        "four_eyes_change": _SWITCHES,
        "four_eyes_limit": _SWITCHES,
        "kept_answer": TableRights(read=(), own=True, left_by_all=True),
        "audit_entry": TableRights(read=(_P.AUDIT_READ,), left_by_all=True),
        "audit_seal": TableRights(read=(_P.AUDIT_READ,)),
        "audit_cut": TableRights(read=(_P.AUDIT_READ,)),
        # what is told outside
        "notification": TableRights(read=(_P.WEBHOOKS_READ,), party=True),
        "webhook": TableRights(
            read=(_P.WEBHOOKS_READ,),
            insert=(_P.WEBHOOKS_WRITE,),
            update=(_P.WEBHOOKS_WRITE,),
            delete=(_P.WEBHOOKS_WRITE,),
            party=True,
        ),
        "webhook_secret": TableRights(read=()),  # the product's own, as it signs
        "webhook_delivery": TableRights(read=(_P.WEBHOOKS_READ,), party=True),
        # the fleet
        "site": _FLEET,
        "asset": _FLEET,
        "meter": _FLEET,
        "register": _FLEET,
        "register_alias": TableRights(
            read=_READS_FLEET, insert=(_P.FLEET_WRITE,), delete=(_P.FLEET_WRITE,), machine=True
        ),
        "series": TableRights(
            read=_READS_FLEET,
            insert=(_P.FLEET_WRITE, *_DELIVERS),
            update=(_P.FLEET_WRITE,),
            lock=_DELIVERS,
            machine=True,
        ),
        "fleet_changes": TableRights(
            read=(_P.FLEET_READ, _P.FLEET_WRITE, *_DELIVERS), insert=(_P.FLEET_WRITE,), update=(_P.FLEET_WRITE,)
        ),
        # the log
        "reading": TableRights(read=_READS_LOG, insert=_DELIVERS, machine=True),
        "batch_touch": TableRights(read=_READS_LOG, insert=_DELIVERS, machine=True),
        "register_event": TableRights(read=_READS_LOG, insert=_DELIVERS, machine=True),
        "batch": TableRights(read=(_P.INVOICES_READ, *_READS_DELIVERIES), insert=_DELIVERS, machine=True),
        "verdict": _DELIVERY,
        "finding": TableRights(read=_READS_DELIVERIES, insert=_DELIVERS, update=_DELIVERS),
        "edit": TableRights(read=_READS_DELIVERIES, insert=_DELIVERS, update=(_P.READINGS_EDIT, _P.READINGS_RELEASE)),
        "reading_profile": TableRights(
            read=(_P.FLEET_READ, _P.FLEET_WRITE, *_READS_DELIVERIES), insert=(_P.FLEET_WRITE,)
        ),
        # events of other engines' clients
        "event_meter": TableRights(read=(_P.FLEET_READ, _P.FLEET_WRITE, *_READS_DELIVERIES), insert=(_P.FLEET_WRITE,)),
        "usage_event": TableRights(read=_READS_DELIVERIES, insert=(_P.READINGS_WRITE,)),
        "event_use": TableRights(read=_READS_LOG, insert=(_P.READINGS_WRITE,), machine=True),
        # what was agreed
        "party": TableRights(
            read=(_P.CONTRACTS_READ, _P.INVOICES_READ, _P.PARTIES_READ),
            insert=(_P.CONTRACTS_WRITE,),
            update=(_P.CONTRACTS_WRITE,),
            lock=_BILLS,
            party=True,
            contract=True,
        ),
        "contract": TableRights(
            read=(_P.CONTRACTS_READ,),
            insert=(_P.CONTRACTS_WRITE,),
            update=(_P.CONTRACTS_WRITE,),
            lock=(_P.CONTRACTS_RELEASE, *_BILLS),
            party=True,
            contract=True,
        ),
        "contract_version": TableRights(
            read=(_P.CONTRACTS_READ,),
            insert=(_P.CONTRACTS_WRITE,),
            update=(_P.CONTRACTS_RELEASE,),
            party=True,
            contract=True,
        ),
        "party_profile": TableRights(
            read=(_P.PARTIES_READ,),
            insert=(_P.PARTIES_WRITE,),
            update=(_P.PARTIES_WRITE, _P.PARTIES_RELEASE),
            party=True,
        ),
        "party_logo": TableRights(read=(_P.PARTIES_READ,), insert=(_P.PARTIES_WRITE,)),
        "index_series": TableRights(  # what a dispute is of is rated as it is raised
            read=(_P.PRICES_READ, _P.DISPUTES_RAISE),
            insert=(_P.PRICES_WRITE,),
            update=(_P.PRICES_WRITE, _P.PRICES_RELEASE),
            machine=True,
        ),
        "index_value": TableRights(
            read=(_P.PRICES_READ, _P.DISPUTES_RAISE),
            insert=(_P.PRICES_WRITE,),
            update=(_P.PRICES_RELEASE,),
            machine=True,
        ),
        # what is owed
        "tax_law": TableRights(read=(_P.TAXES_READ,), insert=(_P.TAXES_WRITE,), update=(_P.TAXES_RELEASE,)),
        "invoice": TableRights(read=(_P.INVOICES_READ,), insert=_BILLS, update=_BILLS, party=True),
        "invoice_line": TableRights(read=(_P.INVOICES_READ,), insert=_BILLS, party=True),
        "payee_document": TableRights(read=(_P.PAYEE_DOCUMENTS_READ,), insert=_BILLS, party=True),
        "document_file": TableRights(read=(_P.INVOICES_READ, _P.PAYEE_DOCUMENTS_READ), insert=_BILLS, party=True),
        "credit": TableRights(
            read=(_P.CREDITS_READ,), insert=(_P.CREDITS_PREPARE,), update=(_P.CREDITS_PREPARE, _P.CREDITS_RELEASE)
        ),
        "voiding": TableRights(read=(_P.INVOICES_READ,), insert=(_P.INVOICES_VOID,), update=(_P.INVOICES_VOID,)),
        "clearance_file": TableRights(read=(_P.CLEARANCES_READ,), insert=(_P.CLEARANCES_WRITE,)),
        "red_confirmation": TableRights(
            read=(_P.CLEARANCES_READ,), insert=(_P.CLEARANCES_WRITE,), update=(_P.CLEARANCES_WRITE,)
        ),
        "clearance": TableRights(
            read=(_P.INVOICES_READ,), insert=(_P.CLEARANCES_WRITE,), update=(_P.CLEARANCES_WRITE,), party=True
        ),
        "clearance_document": TableRights(read=(_P.INVOICES_READ,), insert=(_P.CLEARANCES_WRITE,), party=True),
        "clearance_event": TableRights(read=(_P.CLEARANCES_READ,), insert=(_P.CLEARANCES_WRITE,)),
        "dispute": TableRights(
            read=(_P.DISPUTES_READ,),
            insert=(_P.DISPUTES_RAISE, _P.STATEMENTS_DISPUTE),
            update=(_P.DISPUTES_SETTLE,),
            party=True,
        ),
        "statement": TableRights(
            read=(_P.STATEMENTS_READ,), insert=(_P.STATEMENTS_PREPARE,), party=True, contract=True
        ),
        "statement_step": TableRights(
            read=(_P.STATEMENTS_READ,), insert=_STEPS, update=(_P.STATEMENTS_SUBMIT,), party=True, contract=True
        ),
        # what became of a document
        "receivables_account": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), lock=_MOVES, party=True),
        "sending": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), party=True),
        "delivery": TableRights(
            read=(*_OWED, _P.PAYEE_DOCUMENTS_READ),
            insert=(_P.RECEIVABLES_WRITE,),
            update=(_P.RECEIVABLES_WRITE,),
            party=True,
        ),
        # what an attempt failed of, and to whom a link was given, is the supplier's own
        "delivery_event": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,)),
        "delivery_link": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), update=(_P.RECEIVABLES_WRITE,)),
        "delivery_download": TableRights(read=_OWED),  # the product's own, as a link is opened
        # what gateways are asked for, and who saved which card: a customer sees its own, and nothing of how it went
        "gateway_order": _COLLECTED,
        "gateway_order_event": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,)),
        "gateway_customer": _COLLECTED_UNSEEN,
        "saved_method": _COLLECTED,
        "pay_link": _COLLECTED,
        "refund": TableRights(
            read=_OWED, insert=(_P.RECEIVABLES_WRITE,), update=(_P.RECEIVABLES_WRITE, _P.REFUNDS_RELEASE)
        ),
        "gateway_event": TableRights(read=_OWED),  # the product's own, as a gateway tells it
        "gateway_balance_entry": TableRights(read=_OWED),
        "gateway_poll": TableRights(read=_OWED),
        # what payees are paid; what happened on the way, and their accounts at gateways, is the supplier's own
        "payout_account": _PAID_OUT,
        "payout": TableRights(
            read=(_P.PAYOUTS_READ,),
            insert=(_P.PAYOUTS_WRITE,),
            update=(_P.PAYOUTS_WRITE, _P.PAYOUTS_RELEASE),
            party=True,
        ),
        "payout_line": TableRights(read=(_P.PAYOUTS_READ,), insert=(_P.PAYOUTS_WRITE,), party=True),
        "payout_event": TableRights(read=(_P.PAYOUTS_READ,), insert=(_P.PAYOUTS_WRITE,)),
        "connected_account": _PAID_OUT,
        # what follows where a document is not paid in time; the customer sees its letters, and what is stopped
        "dunning": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), update=(_P.RECEIVABLES_WRITE,), party=True),
        "dunning_step": _COLLECTED_UNSEEN,
        "dunning_pause": _COLLECTED_UNSEEN,
        "late_claim": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,)),
        "dunning_letter": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), party=True),
        # when spending is looked at, and what it has reached: the product's own
        "spending_look": TableRights(read=_OWED),
        "spending_alert": TableRights(read=_OWED, party=True),
        # what banks say of our accounts is the supplier's own
        "bank_file": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,)),
        "bank_entry": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), update=(_P.RECEIVABLES_WRITE,)),
        "bank_match": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,)),
        # the books: facts are noted by whatever writes them, and posted by who keeps the books, or the product
        "ledger_books": TableRights(read=_KEPT, insert=(_P.LEDGER_WRITE,), update=(_P.LEDGER_WRITE,)),
        "ledger_due": TableRights(
            read=_KEPT, insert=(_P.LEDGER_WRITE,), update=(_P.LEDGER_WRITE,), delete=(_P.LEDGER_WRITE,)
        ),
        "ledger_entry": TableRights(read=_KEPT, insert=(_P.LEDGER_WRITE,)),
        "ledger_posting": TableRights(read=_KEPT, insert=(_P.LEDGER_WRITE,)),
        "ledger_month": TableRights(read=_KEPT, insert=(_P.LEDGER_CLOSE,)),
        "exchange_rate": TableRights(read=_KEPT, insert=(_P.LEDGER_WRITE,), update=(_P.RATES_RELEASE,)),
        # what falls due, and what holds it back
        "due_work": TableRights(read=(_P.WORK_READ,), update=(_P.WORK_WRITE,), delete=_BILLS),
        "due_pause": TableRights(read=(_P.WORK_READ,), insert=(_P.WORK_WRITE,), update=(_P.WORK_WRITE,)),
        "payer_alias": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), update=_MOVES),
        "bank_advice": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), update=(_P.RECEIVABLES_WRITE,)),
        "bank_advice_line": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,)),
        # what banks are asked for, and by which account a customer is debited, is the supplier's own
        "mandate": _COLLECTED_UNSEEN,
        "mandate_version": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,)),
        "bank_order_file": _COLLECTED_UNSEEN,
        "bank_order": _COLLECTED_UNSEEN,
        "bank_order_event": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,)),
        "payment": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), party=True),
        "payment_allocation": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), party=True),
        "write_off": TableRights(read=_OWED, insert=(_P.RECEIVABLES_WRITE,), update=_MOVES, party=True),
        # long work, which the product alone writes
        "operation": TableRights(read=(_P.AUDIT_READ,), own=True),
        # what billing keeps for itself
        "signature": TableRights(
            read=(_P.CONTRACTS_READ,), insert=(_P.CONTRACTS_SIGN, _P.STATEMENTS_SIGN), party=True, contract=True
        ),
        "rating": TableRights(read=(_P.INVOICES_READ, *_INTERNAL.read), insert=_BILLS, update=_BILLS, party=True),
        "rating_source": TableRights(read=_INTERNAL.read, insert=_BILLS),
        "stale": TableRights(read=_INTERNAL.read, insert=_BILLS),
        "fact_touch": TableRights(read=_INTERNAL.read, update=_BILLS),
        "sweep": _INTERNAL,
        "draft": TableRights(read=(_P.DRAFTS_READ,), insert=_BILLS, update=_BILLS),
        "due": TableRights(read=_INTERNAL.read, insert=_BILLS, update=_BILLS, delete=_BILLS),
        "counter": _INTERNAL,
        "issuer_series": TableRights(read=_INTERNAL.read, insert=_BILLS),
    }
)

#: Roles that see all rows of their tenant.
OF_ALL_ROWS = frozenset(Role) - OF_A_PARTY - OF_A_CONTRACT - {Role.THIRD_PARTY}


def roles_that(table: str, command: str) -> frozenset[Role]:
    """The roles that may do something with rows of a table, of those that they reach.

    Args:
        table: its name.
        command: ``read``, ``insert``, ``update``, ``delete`` or ``lock``.
    """
    rights = TABLE_RIGHTS[table]
    if command == "insert" and rights.left_by_all:
        return frozenset(Role)
    needed: frozenset[Permission] = frozenset(getattr(rights, command))
    reached = OF_ALL_ROWS | (OF_A_PARTY if rights.party else frozenset())
    reached |= (OF_A_CONTRACT if rights.contract else frozenset()) | (_OF_MACHINES if rights.machine else frozenset())
    return frozenset(role for role in reached if not needed.isdisjoint(_most_of(role)))


_OF_MACHINES = frozenset({Role.CUSTOMER, Role.THIRD_PARTY})


def _most_of(role: Role) -> frozenset[Permission]:
    """All that somebody in a role may do, were it to administer its party."""
    return PERMISSIONS[role] | (OF_ADMINISTRATORS if role is Role.CUSTOMER else frozenset())
