"""Lists by the command line: filtered, sorted and continued by what their routes take, as ``--NAME VALUE``.

What a list may be asked takes a while to load, so it is read when a command needs it: what such a command takes besides
its own options is left over in its context (``LEAVES_OPTIONS`` of api/cli/documents.py) and read here.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from api.cli.context import out, rows_shown

if TYPE_CHECKING:
    from quantities.listing import ListPage, ListQuery

Asked = TypeVar("Asked", bound="ListQuery")
Row = TypeVar("Row")

#: By command, what its list may be asked.
QUERIES = {
    "account list": "billing.receivables.payment_query:AccountQuery",
    "alert list": "billing.spending.alert_query:AlertQuery",
    "audit list": "api.audit.audit_query:AuditQuery",
    "batches": "metering.deliveries.batch_query:BatchQuery",
    "clearance list": "billing.clearance.clearance_query:ClearanceQuery",
    "clearance reds": "billing.clearance.clearance_query:RedQuery",
    "contract list": "contracts.contract_query:ContractQuery",
    "credit list": "billing.credits.credit_query:CreditQuery",
    "dispute show": "billing.disputes.dispute_query:DisputeQuery",
    "due": "api.operations.due_work:DueQuery",
    "dunning list": "billing.dunning.dunning_query:DunningQuery",
    "edit list": "metering.quality.edits.edit_query:EditQuery",
    "findings": "metering.quality.validation.finding_query:FindingQuery",
    "fleet show": "metering.fleet.register_query:RegisterQuery",
    "gateway balance": "billing.payments.queries:BalanceEntryQuery",
    "gateway methods": "billing.payments.queries:SavedMethodQuery",
    "gateway orders": "billing.payments.queries:GatewayOrderQuery",
    "gateway payouts": "billing.payments.queries:GatewayPayoutQuery",
    "index show": "contracts.indexation.value_query:IndexValueQuery",
    "invoice list": "billing.invoices.invoice_query:InvoiceQuery",
    "invoice totals": "billing.invoices.invoice_query:InvoiceQuery",
    "operation list": "api.long_work.operation_query:OperationQuery",
    "party list": "contracts.party_profiles.party_query:PartyQuery",
    "payee documents": "billing.payees.documents.document_query:PayeeDocumentQuery",
    "payment list": "billing.receivables.payment_query:PaymentQuery",
    "payout list": "billing.payouts.payout_query:PayoutQuery",
    "prepaid list": "billing.advances.listed:PrepaidQuery",
    "payment refunds": "billing.payments.queries:RefundQuery",
    "readings": "metering.deliveries.reading_query:ReadingQuery",
    "work list": "billing.due.work.store:WorkQuery",
    "write-off list": "billing.receivables.payment_query:WriteOffQuery",
}


def list_asked(kind: type[Asked], leftover: list[str], **declared: object) -> Asked:
    """Read what is asked of a list.

    Args:
        kind: of its questions.
        leftover: what the command did not read itself, as ``--NAME VALUE``; of what is true or false, ``--NAME``, which
            says true, unless ``true`` or ``false`` stands behind it.
        declared: what the command declares as options of its own; None: not stated.

    Raises:
        BadParameter: the list cannot be asked that, or a value is missing.
        FaultyDocument: a value is none.
    """
    from quantities.document import parse

    known = {(field.alias or name).replace("_", "-"): name for name, field in kind.model_fields.items()}
    switches = {name for name, field in kind.model_fields.items() if is_switch(field.annotation)}
    asked: dict[str, object] = {name: value for name, value in declared.items() if value is not None}
    words = deque(leftover)
    while words:
        word = words.popleft()
        if not word.startswith("--"):
            raise typer.BadParameter(f"got an unexpected extra argument ({word})")
        option, _, value = word.removeprefix("--").partition("=")
        name = known.get(option.replace("_", "-"))
        if name is None:
            expected = ", ".join(f"--{option}" for option in sorted(known.keys() - {"limit"}))
            raise typer.BadParameter(f"there is no option --{option} here; expected: {expected}")
        asked[name] = value or _value_of(option, words, is_switch=name in switches)
    return parse(kind, asked)


def _value_of(option: str, words: deque[str], *, is_switch: bool) -> str | bool:
    """Take the value of an option from the words behind it; what is true or false needs none."""
    if is_switch:
        return words.popleft() if words and words[0] in ("true", "false") else True
    if not words:
        raise typer.BadParameter(f"--{option} needs a value")
    return words.popleft()


def is_switch(annotation: object) -> bool:
    """Whether a question is true, false or not asked, so that its name alone says true."""
    return annotation is bool or annotation == bool | None


def named_first(argument: str | None, leftover: list[str]) -> tuple[str | None, list[str]]:
    """Tell an optional argument from the first option of a list, which would be taken for one."""
    if argument is not None and argument.startswith("--"):
        return None, [argument, *leftover]
    return argument, leftover


def rows_asked(
    listed: "Callable[[Asked], ListPage[Row]]", query: Asked, limit: int | None, *, as_json: bool
) -> tuple[list[Row], str]:
    """Read the rows of a list: a hundred for a person who states no limit.

    Args:
        listed: reads a page.
        query: what is asked, of whatever page.
        limit: how many rows at most; None: a hundred, or for a program all.
        as_json: a program reads the answer.

    Returns:
        The rows, and after which a person may go on.
    """
    from quantities.listing import ROWS_MAX

    most, rows = rows_shown(limit, as_json=as_json), list[Any]()
    page = None
    while page is None or page.after:
        wanted = ROWS_MAX if most is None else min(most - len(rows), ROWS_MAX)
        if wanted <= 0:
            break
        state = {"limit": wanted} | ({"after": page.after} if page else {})
        page = listed(query.model_copy(update=state))
        rows += page.rows
        query = query.model_copy(update={"total": False})
    return rows, page.after if page is not None and not as_json else ""


def say_more(after: str) -> None:
    """Tell a person how to see the rows behind those that are shown, if there are any."""
    if after:
        out.print(f"… and more: --after {after}, or --limit", soft_wrap=True)
