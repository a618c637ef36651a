"""Views: what HTTP answers with and the commands print as JSON, of thresholds that were reached."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field

from billing.spending.alert_query import AlertState
from contracts.schedule import Per
from quantities.quantity import Magnitude

if TYPE_CHECKING:  # loading it would cost a command that shows something else
    from billing.spending.store import KnownAlert


class AlertOut(BaseModel):
    """A threshold that was reached.

    Attributes:
        alert: its number.
        kind: `alert`, or `cap`, which warns and stops nothing.
        contract: by reference.
        threshold_name: what was agreed, in words.
        charge: of which; left out of all that is spent.
        per: over which window.
        first: the first day of the window.
        last: the last day.
        threshold: that was reached, in `unit`.
        reading: what was spent or used by then.
        unit: of a quantity; of an amount its currency.
        now: what it is by the last look.
        percent: of the threshold, by `now`.
        state: `reached`, or `below_again` by what was corrected since; it is not told again.
        late: whether the window had ended by then: late readings did it.
        fired_at: when.
        mail: where the mail about it stands: `none`, `due`, `sending`, `sent`, `failed`, or `unknown`.
    """

    alert: int
    kind: Literal["alert", "cap"]
    contract: str
    threshold_name: str
    charge: Annotated[str, Field(exclude_if=lambda charge: not charge)] = ""
    per: Per
    first: date
    last: date
    threshold: Magnitude
    reading: Magnitude
    unit: str
    now: Magnitude
    percent: Magnitude
    state: AlertState
    late: bool
    fired_at: datetime
    mail: Literal["none", "due", "sending", "sent", "failed", "unknown"]


def alert_out(known: "KnownAlert") -> AlertOut:
    """Show an alert."""
    return AlertOut(
        alert=known.id,
        kind="cap" if known.kind == "cap" else "alert",
        contract=known.contract,
        threshold_name=known.threshold_name,
        charge=known.charge,
        per=Per(known.per),
        first=known.first,
        last=known.after_last - timedelta(days=1),
        threshold=known.threshold,
        reading=known.reading,
        unit=known.unit,
        now=known.now_reading,
        percent=known.percent,
        state=known.state,
        late=known.is_late,
        fired_at=known.fired_at,
        mail=known.mail_state,
    )
