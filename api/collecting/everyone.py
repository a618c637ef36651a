"""Money is collected for all tenants: what the scheduler calls."""

from collections.abc import Callable

from api.collecting.events import handle_events, poll_tenant
from api.collecting.runner import CollectingRules, TenantWork, collect_tenant, due_tenants, for_each_tenant
from api.server.database import Database

_COMPLAINT = "money of tenant %s could not be collected"
_NAMED = "select id, name from tenant where name = any(%(names)s) order by id"


def collect_everyone(database: Database, rules: CollectingRules, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Ask for what is due, of all tenants, and handle what gateways told; where nothing is due, it costs one query.

    Returns:
        For how many tenants it could not be done.
    """

    def work_on(work: TenantWork) -> None:
        handle_events(work, abandoned)
        collect_tenant(work, abandoned)

    return for_each_tenant(due_tenants(database, rules), work_on, abandoned, _COMPLAINT)


def poll_everyone(database: Database, rules: CollectingRules, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Read the gateway accounts of all tenants that were not read within the hour.

    Returns:
        For how many tenants it could not be done.
    """
    if not rules.setup.tenants:
        return 0
    named = database.look_up(_NAMED, {"names": list(rules.setup.tenants)})
    works = [TenantWork(database, tenant, rules.setup.of_tenant(name), rules.clock) for tenant, name in named]
    return for_each_tenant(works, poll_tenant, abandoned, _COMPLAINT)
