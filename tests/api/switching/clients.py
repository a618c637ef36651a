"""The official clients of OpenMeter and Lago, pointed at another address with another key, and otherwise as they are."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import lago_python_client.client
import openmeter
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models import BatchEvent
from lago_python_client.models import Event as LagoEvent
from openmeter.models import Event as CloudEvent

Json = dict[str, Any]


def cloud_event(event: Json) -> CloudEvent:
    return CloudEvent(**(event | {"time": datetime.fromisoformat(event["time"])}))


def in_parts(events: Sequence[Json], size: int) -> Iterator[Sequence[Json]]:
    return (events[at : at + size] for at in range(0, len(events), size))


def post_openmeter(address: str, key: str, events: Sequence[Json], *, single: int, size: int = 100) -> None:
    """The first so many one by one, the others in batches of either media type."""
    with openmeter.Client(endpoint=address, token=key) as client:
        for event in events[:single]:
            client.events.ingest_event(cloud_event(event))
        for number, part in enumerate(in_parts(events[single:], size)):
            post = client.events.ingest_events_json if number % 2 else client.events.ingest_events
            post([cloud_event(event) for event in part])


def lago(address: str, key: str) -> lago_python_client.client.Client:
    return lago_python_client.client.Client(api_key=key, api_url=f"{address}/")


def post_lago(address: str, key: str, events: Sequence[Json], *, single: int, size: int = 100) -> int:
    """As ``post_openmeter``; a batch with events that exist already is posted again without them. How often that was."""
    client, again = lago(address, key), 0
    for event in events[:single]:
        try:
            kept = client.events.create(LagoEvent(**event))
            assert kept is not None
            assert kept.transaction_id == event["transaction_id"]
        except LagoApiError as error:
            assert error.response["error_details"] == {"transaction_id": ["value_already_exist"]}
            again += 1
    for part in in_parts(events[single:], size):
        rest = list(part)
        while rest:
            try:
                client.events.batch_create(BatchEvent(events=[LagoEvent(**event) for event in rest]))
            except LagoApiError as error:
                known = {int(index) for index in error.response["error_details"]}
                rest = [event for at, event in enumerate(rest) if at not in known]
                again += 1
            else:
                break
    return again
