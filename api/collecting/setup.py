"""Which gateway accounts are set up, and what collecting needs to know of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from billing.payments.gateway import GatewayLimits
from billing.payments.gateway_records import WholeGateway


@dataclass(frozen=True, slots=True)
class GatewayAccount:
    """An account of a supplier at a gateway.

    Attributes:
        name: ours of it.
        tenant: of whom, by name.
        supplier: whose, by name.
        gateway: behind it.
        limits: what holds of that.
        country: of the account; empty where it is not stated.
        is_on_this_machine: whether no gateway is behind it, but a server of our own that moves no money.
    """

    name: str
    tenant: str
    supplier: str
    gateway: WholeGateway
    limits: GatewayLimits = field(default_factory=GatewayLimits)
    country: str = ""
    is_on_this_machine: bool = False


@dataclass(frozen=True, slots=True)
class TenantGateways:
    """The accounts of one tenant (billing.payments.orders.claims.GatewaySetup says what each method is).

    Attributes:
        accounts: by our name.
        public_url: what our own pages begin with; empty: no page is opened.
    """

    accounts: Mapping[str, GatewayAccount] = field(default_factory=dict)
    public_url: str = ""

    def account_of(self, supplier: str) -> str:
        """Our name of the account of a supplier; empty where it has none."""
        return next((account.name for account in self.accounts.values() if account.supplier == supplier), "")

    def why_not(self, supplier: str) -> str:
        """Why nothing is collected for a supplier now; empty where it is."""
        return "" if self.account_of(supplier) else f"{supplier} has no gateway account here"

    def gateway_of(self, account: str) -> str:
        """The name of the gateway of an account; the account's own where it is not set up any more."""
        known = self.accounts.get(account)
        return account if known is None else known.gateway.name

    def limits_of(self, account: str) -> GatewayLimits:
        """What holds of the gateway of an account."""
        known = self.accounts.get(account)
        return GatewayLimits() if known is None else known.limits

    @property
    def paid_url(self) -> str:
        """Where customers are sent who have paid."""
        return f"{self.public_url}/pay/done"

    @property
    def left_url(self) -> str:
        """Where customers are sent who went back without."""
        return f"{self.public_url}/pay/left"

    @property
    def payee_back_url(self) -> str:
        """Where payees are sent who told a gateway what it asked for."""
        return f"{self.public_url}/pay/done"


@dataclass(frozen=True, slots=True)
class GatewaysSetUp:
    """All gateway accounts, of all tenants."""

    accounts: tuple[GatewayAccount, ...] = ()
    public_url: str = ""

    def of_tenant(self, tenant: str) -> TenantGateways:
        """The accounts of a tenant, by its name."""
        named = {account.name: account for account in self.accounts if account.tenant == tenant}
        return TenantGateways(named, self.public_url)

    def named(self, name: str) -> GatewayAccount | None:
        """The account of a name, whosever it is; None: there is none."""
        return next((account for account in self.accounts if account.name == name), None)

    @property
    def tenants(self) -> tuple[str, ...]:
        """The tenants that have one."""
        return tuple(dict.fromkeys(account.tenant for account in self.accounts))
