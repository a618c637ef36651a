"""What a process counts while it works, for Prometheus: requests, verdicts on readings, refusals, ticks, waits.

Each metric is the process's own. Where several processes serve behind one port, a scrape reaches any of them, so they
share their counts by files in a folder (prometheus_client's multiprocess mode), and each answers with the sum of all:
that has to be said in the environment before the first metric is made (``metrics_folder.py``). What is a state of the
database, and so the same for whoever asks, is not counted but looked up (``api/operations/watching.py``).

No label has more than a few dozen values: routes are templates, refusals are names of classes.
"""

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
OWN = CollectorRegistry()
disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, of when it was made

REQUESTS = Counter(
    "usufruct_http_requests",
    "Requests answered, by route and status; status 0 was not answered, for its client had left.",
    ["method", "route", "status"],
    registry=OWN,
)
REQUEST_SECONDS = Histogram(
    "usufruct_http_request_seconds",
    "How long requests took, from their head to the end of the answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120),
    registry=OWN,
)
REQUESTS_WAITING = Gauge(
    "usufruct_http_requests_waiting",
    "Requests that wait now for a thread to be looked up or worked on.",
    multiprocess_mode="livesum",
    registry=OWN,
)
CONNECTIONS_IN_USE = Gauge(
    "usufruct_pool_connections_in_use",
    "Connections of a pool that work is done on now, by what they are for.",
    ["work"],
    multiprocess_mode="livesum",
    registry=OWN,
)
CONNECTIONS_MAX = Gauge(
    "usufruct_pool_connections_max",
    "Connections that a pool may open, by what they are for.",
    ["work"],
    multiprocess_mode="livesum",
    registry=OWN,
)
REFUSALS = Counter(
    "usufruct_refusals",
    "Requests refused, by the name of the refusal: the last part of its problem's type.",
    ["problem"],
    registry=OWN,
)
READINGS = Counter(
    "usufruct_readings",
    "Rows delivered over HTTP, by their verdict: stored, unchanged or refused.",
    ["verdict"],
    registry=OWN,
)
JOBS = Counter(
    "usufruct_jobs",
    "Turns of what is done by schedule, by job and outcome: done or failed.",
    ["job", "outcome"],
    registry=OWN,
)
JOB_SECONDS = Histogram(
    "usufruct_job_seconds",
    "How long a turn of what is done by schedule took.",
    ["job"],
    buckets=(0.1, 1, 10, 60, 300, 1800, 7200),
    registry=OWN,
)
JOB_DONE_AT = Gauge(
    "usufruct_job_done_timestamp_seconds",
    "When a job was last done without failing.",
    ["job"],
    multiprocess_mode="max",
    registry=OWN,
)
INVOICES = Counter("usufruct_invoices_issued", "Invoices issued by schedule.", registry=OWN)


def in_use(work: str, connections: int) -> Gauge:
    """The gauge of a pool of so many connections; a process that closes it takes them away as it ends."""
    CONNECTIONS_MAX.labels(work).set(connections)
    return CONNECTIONS_IN_USE.labels(work)


def count_verdicts(stored: int, unchanged: int, refused: int) -> None:
    """Count the rows of a delivery; one that is taken back at the commit is counted all the same."""
    for verdict, rows in (("stored", stored), ("unchanged", unchanged), ("refused", refused)):
        if rows:
            READINGS.labels(verdict).inc(rows)


def shown() -> CollectorRegistry:
    """What this process counted; of several that share a port, what all of them did."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return OWN
    _forget_the_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    return registry


def _forget_the_dead(folder: Path) -> None:
    """Leave out what processes held that were killed: what they counted stays counted."""
    for path in folder.glob("gauge_live*_*.db"):
        number = path.stem.rpartition("_")[2]
        if number.isdecimal() and not _lives(int(number)):
            mark_process_dead(int(number), str(folder))  # type: ignore[no-untyped-call]


def _lives(number: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return False
    return True
