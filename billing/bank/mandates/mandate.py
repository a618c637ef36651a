"""A mandate for SEPA direct debits as a value: its versions, what of an amendment a debit states, its sequence.

Sources: EPC016-06 (SEPA Core rulebook) and EPC222-07 (B2B), 4.6 and 4.7; EPC130-08 and EPC131-08 (their guidelines).
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

#: A mandate by which nothing was collected for so long may not be used any more (rulebook, 4.1).
DORMANT_MONTHS = 36
_SHOWN = 4  # at each end of an account's number, to whoever need not know it


class DebitScheme(StrEnum):
    """By which scheme of SEPA is collected.

    ``core``: the customer may have the money back within eight weeks, without a reason. ``b2b``: between companies; the
    customer's bank holds the mandate as well, and an authorised debit is not given back.
    """

    CORE = "core"
    B2B = "b2b"


class SequenceType(StrEnum):
    """Which debit of its mandate one is, as ISO 20022 has it."""

    FIRST = "FRST"
    RECURRENT = "RCUR"
    ONE_OFF = "OOFF"
    FINAL = "FNAL"


@dataclass(frozen=True, slots=True)
class MandateVersion:
    """What of a mandate may be amended.

    Attributes:
        reference: the mandate's, unique at its creditor; up to 35 characters.
        creditor_id: of who collects.
        creditor_name: the same.
        account: of the customer, an IBAN.
        bic: of its bank; empty where it is not known.
        holder: whose account it is.
    """

    reference: str
    creditor_id: str
    creditor_name: str
    account: str
    bic: str
    holder: str


@dataclass(frozen=True, slots=True)
class MandateAmendment:
    """What a debit says of a mandate that was amended since the last one: how it was; empty where it still is so.

    Attributes:
        reference: the mandate's before.
        creditor_id: before.
        creditor_name: before.
        is_other_account: whether the customer's account is another one, at this bank or another.
    """

    reference: str = ""
    creditor_id: str = ""
    creditor_name: str = ""
    is_other_account: bool = False


def amendment(before: MandateVersion | None, now: MandateVersion) -> MandateAmendment | None:
    """Say what the next debit states of an amendment.

    Args:
        before: as the last debit used it; None where none was collected.
        now: as it is.

    Returns:
        The amendment; None where the mandate is as it was, or was never used.
    """
    if before is None:
        return None
    amended = MandateAmendment(
        reference=before.reference if before.reference != now.reference else "",
        creditor_id=before.creditor_id if before.creditor_id != now.creditor_id else "",
        creditor_name=before.creditor_name if before.creditor_name != now.creditor_name else "",
        is_other_account=before.account != now.account,
    )
    return None if amended == MandateAmendment() else amended


def sequence_type(*, is_one_off: bool, is_used: bool, is_last: bool) -> SequenceType:
    """Say which debit of its mandate one is.

    Args:
        is_one_off: whether the mandate is for one debit.
        is_used: whether one was collected by it before that the customer's bank did not refuse.
        is_last: whether no further one follows.
    """
    if is_one_off:
        return SequenceType.ONE_OFF
    if is_last:
        return SequenceType.FINAL
    return SequenceType.RECURRENT if is_used else SequenceType.FIRST


def dormant_on(signed_on: date, last_collected_on: date | None) -> date:
    """Name the first day on which a mandate may not be used any more, unless it is used before."""
    since = last_collected_on or signed_on
    year, month = divmod(since.month - 1 + DORMANT_MONTHS, 12)
    year, month = since.year + year, month + 1
    return date(year, month, min(since.day, monthrange(year, month)[1]))


def masked(account: str) -> str:
    """Show of an account its ends alone: who lists orders need not know it."""
    if len(account) <= 2 * _SHOWN:
        return "*" * len(account)
    return f"{account[:_SHOWN]}{'*' * (len(account) - 2 * _SHOWN)}{account[-_SHOWN:]}"
