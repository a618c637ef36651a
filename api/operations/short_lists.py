"""Lists that are short enough to be read whole: of people, of names, and of what one contract has.

What may be asked of each is declared here, beside what its rows are sorted and chosen by.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import Field

from api.access.grants import Grant
from api.access.identities import Identity
from api.access.keys import Key
from api.access.openid import BoundSubject, TrustedIssuer
from api.access.roles import Role
from api.operations.taxes import CountryLawOut
from api.webhooks.store import Webhook
from billing.documents.payee_views import KnownPayeeOut
from billing.receivables.views import AccountBalanceOut
from billing.signatures.store import RecordedSignature
from billing.statements.store import Statement
from contracts.statement import StatementStatus
from metering.deliveries.history import RegisterWithReadings
from metering.events.event_meter import EventMeter
from metering.events.usage_event import EventClient
from metering.profiles.profile import ReadingProfile
from quantities.days import Day
from quantities.listing import ListPage, ListQuery, cut

Row = TypeVar("Row")
_NAME_MAX = 200
_Begins = Annotated[str, Field(max_length=_NAME_MAX, description="With what the name begins.")]
_Name = Annotated[str, Field(max_length=_NAME_MAX, description="By its whole name.")]
_Active = Annotated[bool | None, Field(description="Whether it is neither disabled nor revoked.")]


class UserQuery(ListQuery):
    """Identities by role, party, and whether they act."""

    SORTS: ClassVar[tuple[str, ...]] = ("name", "created_at")

    role: Annotated[Role | None, Field(description="Of this role.")] = None
    party: _Name = ""
    active: _Active = None


class KeyQuery(ListQuery):
    """Keys by whose they are, and whether they are revoked."""

    SORTS: ClassVar[tuple[str, ...]] = ("name", "created_at")

    name: _Name = ""
    active: _Active = None


class GrantQuery(ListQuery):
    """Grants by third party and machine, and whether they are revoked."""

    SORTS: ClassVar[tuple[str, ...]] = ("grant",)

    name: _Name = ""
    machine: _Name = ""
    active: _Active = None


class IssuerQuery(ListQuery):
    """Outside issuers."""

    SORTS: ClassVar[tuple[str, ...]] = ("issuer",)


class SubjectQuery(ListQuery):
    """Subjects of outside issuers by whom they are here."""

    SORTS: ClassVar[tuple[str, ...]] = ("name",)

    name: _Name = ""


class ReadingProfileQuery(ListQuery):
    """Profiles by what their names begin with."""

    SORTS: ClassVar[tuple[str, ...]] = ("name",)

    begins: _Begins = ""


class IndexQuery(ListQuery):
    """Indices by what their names begin with."""

    SORTS: ClassVar[tuple[str, ...]] = ("index",)

    begins: _Begins = ""


class TaxLawQuery(ListQuery):
    """Countries of which a tax law is known, by whether the tenant has rows of its own."""

    SORTS: ClassVar[tuple[str, ...]] = ("country",)

    own: Annotated[bool | None, Field(description="Whether rows of the tenant's own are in force.")] = None


class PayeeQuery(ListQuery):
    """Payees by the days on which what they have a part of was issued."""

    SORTS: ClassVar[tuple[str, ...]] = ("name",)

    name: _Name = ""
    issued_from: Annotated[Day | None, Field(description="Issued on this day or later.")] = None
    issued_to: Annotated[Day | None, Field(description="Issued on this day, which counts, or earlier.")] = None


class UnbilledQuery(ListQuery):
    """Registers that no contract prices, by asset."""

    SORTS: ClassVar[tuple[str, ...]] = ("register",)

    asset: _Name = ""


class StatementQuery(ListQuery):
    """Statements of a contract by where they stand."""

    SORTS: ClassVar[tuple[str, ...]] = ("first",)

    stands: Annotated[StatementStatus | None, Field(description="Where they stand.")] = None


class SignatureQuery(ListQuery):
    """Signatures of a contract by who signed."""

    SORTS: ClassVar[tuple[str, ...]] = ("signature",)

    name: _Name = ""


class WebhookQuery(ListQuery):
    """Webhooks by whether anything is sent to them; the oldest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("created_at",)

    enabled: Annotated[bool | None, Field(description="Whether anything is sent to them.")] = None


class EventMeterQuery(ListQuery):
    """Event meters by whose client posts their events."""

    SORTS: ClassVar[tuple[str, ...]] = ("name",)

    client: Annotated[EventClient | None, Field(description="Of events that this client posts.")] = None


@dataclass(frozen=True)
class ShortList(Generic[Row]):
    """A list that is read whole, and cut into pages by what tells its rows apart (``quantities.listing.cut``)."""

    orders: Mapping[str, Callable[[Row], Any]]
    filters: Mapping[str, Callable[[Row, Any], bool]] = field(default_factory=dict)

    def page(self, rows: Iterable[Row], query: ListQuery) -> ListPage[Row]:
        """Cut a page out of the rows.

        Raises:
            UnknownSort, UnknownPage: there is no such order, or place in it.
        """
        return cut(rows, query, self.orders, self.filters)


USERS: ShortList[Identity] = ShortList(
    {
        "name": lambda row: (row.name.lower(), row.id),
        "created_at": lambda row: (row.created_at.isoformat(), row.id),
    },
    {
        "role": lambda row, role: row.role is role,
        "party": lambda row, name: row.party == name,
        "active": lambda row, active: (row.disabled_at is None) is active,
    },
)
KEYS: ShortList[Key] = ShortList(
    {
        "name": lambda row: (row.name, row.created_at.isoformat(), row.id),
        "created_at": lambda row: (row.created_at.isoformat(), row.id),
    },
    {
        "name": lambda row, name: row.name == name,
        "active": lambda row, active: (row.revoked_at is None) is active,
    },
)
GRANTS: ShortList[Grant] = ShortList(
    {"grant": lambda row: (row.id,)},
    {
        "name": lambda row, name: row.name == name,
        "machine": lambda row, name: row.machine == name,
        "active": lambda row, active: (row.revoked_at is None) is active,
    },
)
ISSUERS: ShortList[TrustedIssuer] = ShortList({"issuer": lambda row: row.issuer})
SUBJECTS: ShortList[BoundSubject] = ShortList(
    {"name": lambda row: (row.name.lower(), row.issuer, row.subject)}, {"name": lambda row, name: row.name == name}
)
PROFILES: ShortList[ReadingProfile] = ShortList(
    {"name": lambda row: row.name}, {"begins": lambda row, begins: row.name.startswith(begins)}
)
TAX_LAWS: ShortList[CountryLawOut] = ShortList(
    {"country": lambda row: row.country}, {"own": lambda row, own: row.own is own}
)
ACCOUNTS: ShortList[AccountBalanceOut] = ShortList(
    {"customer": lambda row: (row.customer, row.supplier, row.currency)},
    {
        "customer": lambda row, name: row.customer == name,
        "supplier": lambda row, name: row.supplier == name,
        "currency": lambda row, currency: row.currency == currency,
        "overdue": lambda row, overdue: (row.overdue > 0) is overdue,
    },
)
PAYEES: ShortList[KnownPayeeOut] = ShortList(
    {"name": lambda row: (row.name, row.currency)},
    {
        "name": lambda row, name: row.name == name,
        "issued_from": lambda _row, _day: True,  # the rows are those of these days
        "issued_to": lambda _row, _day: True,
    },
)
INDICES: ShortList[str] = ShortList({"index": lambda row: row}, {"begins": lambda row, begins: row.startswith(begins)})
UNBILLED: ShortList[RegisterWithReadings] = ShortList(
    {"register": lambda row: row.register}, {"asset": lambda row, name: row.asset == name}
)
STATEMENTS: ShortList[Statement] = ShortList(
    {"first": lambda row: (row.first.isoformat(), row.id)}, {"stands": lambda row, status: row.status is status}
)
SIGNATURES: ShortList[RecordedSignature] = ShortList(
    {"signature": lambda row: (row.id,)}, {"name": lambda row, name: row.name == name}
)
WEBHOOKS: ShortList[Webhook] = ShortList(
    {"created_at": lambda row: (row.created_at.isoformat(), row.id)},
    {"enabled": lambda row, enabled: (row.disabled_at is None) is enabled},
)
EVENT_METERS: ShortList[EventMeter] = ShortList(
    {"name": lambda row: row.name}, {"client": lambda row, client: row.client is client}
)
