"""What an event adds to which register, what keeps it waiting, and what refuses it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.events.event_meter import EventMeter, UnbillableAggregation, UnfitEventMeter, event_meter
from metering.events.lago import read_lago_batch, read_lago_event
from metering.events.matching import match_events
from metering.events.members import number_of, written
from metering.events.openmeter import read_openmeter
from metering.events.usage_event import EventClient, EventsRefused, UnknownEventClient, UsageEvent, event_client
from metering.fleet.lookup import TargetRegister
from metering.fleet.meter import Register
from metering.ingest.json_rows import load
from quantities.document import parse
from tests.build import NOON, fewer_examples

CLOUD = {"id": "1", "source": "s", "specversion": "1.0", "type": "t", "subject": "acme", "time": "2026-03-01T12:00:00Z"}
LAGO: dict[str, Any] = {"transaction_id": "1", "external_subscription_id": "sub", "code": "c", "timestamp": 1772366400}
ENERGY = event_meter(
    "energy", EventClient.OPENMETER, "t", "sum", "Wh", value="$.used.wh", dimensions={"shift": "shift"}
)
REGISTER: dict[str, Any] = {"key": "kwh", "kind": "event", "unit": "kWh", "resolution": "0.001"}


def cloud(**members: Any) -> bytes:
    return json.dumps({name: value for name, value in (CLOUD | members).items() if value is not ...}).encode()


def of_lago(**members: Any) -> bytes:
    return json.dumps({"event": {name: value for name, value in (LAGO | members).items() if value is not ...}}).encode()


def an_event(content: str, **attributes: Any) -> UsageEvent:
    names = {"client": EventClient.OPENMETER, "source": "s", "event_id": "1", "event_type": "t", "subject": "acme"}
    return UsageEvent(**{**names, "at": NOON, "content": load(content), **attributes})


def target(**properties: Any) -> dict[str, TargetRegister]:
    return {"acme/energy": TargetRegister(parse(Register, REGISTER | properties), UTC)}


@pytest.mark.parametrize(("members", "at"), [
    pytest.param({}, NOON, id="UTC"),
    pytest.param({"time": "2026-03-01T13:00:00+01:00"}, NOON, id="an offset"),
    pytest.param({"time": "2026-03-01t12:00:00.000000999z"}, NOON, id="finer than a microsecond: the one in which it lies"),
    pytest.param({"time": "2026-03-01T12:00:00.5Z"}, NOON.replace(microsecond=500_000), id="a part of a second"),
    pytest.param({"time": None}, datetime(2026, 4, 1, tzinfo=UTC), id="none: when it reached us"),
])  # fmt: skip
def test_a_cloud_event_is_of_the_instant_that_it_states(members: dict[str, Any], at: datetime) -> None:
    (event,) = read_openmeter(cloud(**members), datetime(2026, 4, 1, tzinfo=UTC))
    assert event.at == at


@pytest.mark.parametrize(("stated", "at"), [
    pytest.param(1772366400, NOON, id="whole seconds"),
    pytest.param("1772366400", NOON, id="as text"),
    pytest.param("1772366400.250", NOON.replace(microsecond=250_000), id="a part of a second as text"),
    pytest.param(1772366400.25, NOON.replace(microsecond=250_000), id="a part of a second"),
    pytest.param("1772366400.9999999", NOON.replace(microsecond=999_999), id="never the next second"),
    pytest.param("-0.0000001", datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), id="before 1970"),
])  # fmt: skip
def test_an_event_of_lago_is_of_the_second_that_it_states(stated: object, at: datetime) -> None:
    assert read_lago_event(of_lago(timestamp=stated), NOON).at == at


@pytest.mark.parametrize(("raw", "member", "code"), [
    pytest.param(b"{", "body", "invalid_json", id="no JSON"),
    pytest.param(b"\xff", "body", "invalid_json", id="no UTF-8"),
    pytest.param(b'{"id": NaN}', "body", "invalid_json", id="no number of JSON"),
    pytest.param(b'{"id": "1", "id": "2"}', "body", "invalid_json", id="a member twice"),
    pytest.param(b"[]", "body", "no_events", id="no event"),
    pytest.param(b"7", "event", "invalid_type", id="no object"),
    pytest.param(cloud(id=...), "id", "value_is_mandatory", id="no id"),
    pytest.param(cloud(id=7), "id", "value_is_invalid", id="an id that is a number"),
    pytest.param(cloud(subject=""), "subject", "value_is_mandatory", id="no subject"),
    pytest.param(cloud(source="x" * 301), "source", "value_is_invalid", id="longer than an index holds"),
    pytest.param(cloud(type="a\u0000b"), "type", "value_is_invalid", id="a zero byte"),
    pytest.param(cloud(specversion="0.3"), "specversion", "value_is_invalid", id="another version"),
    pytest.param(cloud(datacontenttype="text/xml"), "datacontenttype", "value_is_invalid", id="no JSON inside"),
    pytest.param(cloud(time="2026-03-01 12:00"), "time", "invalid_format", id="no offset"),
    pytest.param(cloud(time="2026-02-30T12:00:00Z"), "time", "invalid_format", id="no such day"),
    pytest.param(cloud(time="0001-01-01T00:00:00+14:00"), "time", "invalid_format", id="no such year"),
    pytest.param(cloud(time=1772366400), "time", "invalid_format", id="no text"),
    pytest.param(cloud(data=[1]), "data", "value_is_invalid", id="data that is no object"),
    pytest.param(cloud(data={"x": "\ud800"}), "data", "value_is_invalid", id="half a character"),
    pytest.param(cloud(data={"x": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}), "data", "value_is_invalid", id="deep"),
])  # fmt: skip
def test_what_is_no_cloud_event_is_refused_by_name(raw: bytes, member: str, code: str) -> None:
    with pytest.raises(EventsRefused) as refused:
        read_openmeter(raw, NOON)
    faults: Any = refused.value.members["faults"]
    assert [(fault["member"], fault["code"]) for fault in faults] == [(member, code)]


@pytest.mark.parametrize(("raw", "member", "code"), [
    pytest.param(b"[]", "event", "value_is_mandatory", id="no event"),
    pytest.param(of_lago(code=None), "code", "value_is_mandatory", id="no code"),
    pytest.param(of_lago(timestamp="2026-03-01T12:00:00Z"), "timestamp", "invalid_format", id="no seconds"),
    pytest.param(of_lago(timestamp=1e20), "timestamp", "invalid_format", id="no such year"),
    pytest.param(of_lago(timestamp=True), "timestamp", "invalid_format", id="no number"),
    pytest.param(of_lago(precise_total_amount_cents="7"), "precise_total_amount_cents", "price_of_sender", id="a price"),
    pytest.param(of_lago(properties="x"), "properties", "value_is_invalid", id="properties that are no object"),
])  # fmt: skip
def test_what_is_no_event_of_lago_is_refused_by_name(raw: bytes, member: str, code: str) -> None:
    with pytest.raises(EventsRefused) as refused:
        read_lago_event(raw, NOON)
    faults: Any = refused.value.members["faults"]
    assert [(fault["member"], fault["code"]) for fault in faults] == [(member, code)]


def test_all_faults_of_a_batch_are_named_at_once_with_their_places() -> None:
    with pytest.raises(EventsRefused) as refused:
        read_lago_batch(
            json.dumps({"events": [LAGO, LAGO | {"code": ""}, 7, LAGO | {"timestamp": "x"}]}).encode(), NOON
        )
    faults: Any = refused.value.members["faults"]
    assert [(fault["line"], fault["member"]) for fault in faults] == [(2, "code"), (3, "event"), (4, "timestamp")]


def added(content: str, **properties: Any) -> Decimal:
    (use,) = match_events([an_event(content)], [ENERGY], target(**properties)).uses
    return use.amount


@pytest.mark.parametrize(("content", "kwh"), [
    ('{"used": {"wh": 1500}}', "1.5"),
    ('{"used": {"wh": "1500"}}', "1.5"),
    ('{"used": {"wh": 1.5e3}}', "1.5"),
    ('{"used": {"wh": 1500.0000000000000}}', "1.5"),
    ('{"used": {"wh": 0}}', "0"),
    ('{"used": {"wh": -0.0}}', "0"),
    ('{"used": {"wh": 123456789012345678}}', "123456789012345.678"),
])  # fmt: skip
def test_an_amount_is_read_as_it_is_written_and_converted_exactly(content: str, kwh: str) -> None:
    assert added(content) == Decimal(kwh)


@pytest.mark.parametrize(("content", "code"), [
    ('{"used": {}}', "value_is_mandatory"),
    ('{"used": 5}', "value_is_mandatory"),
    ('{"used": {"wh": null}}', "value_is_mandatory"),
    ('{"used": {"wh": "1,5"}}', "value_is_not_valid_number"),
    ('{"used": {"wh": true}}', "value_is_not_valid_number"),
    ('{"used": {"wh": [1]}}', "value_is_not_valid_number"),
    ('{"used": {"wh": 1e400}}', "value_is_not_valid_number"),
    ('{"used": {"wh": 1e99999999}}', "value_is_not_valid_number"),
    ('{"used": {"wh": 0.30000000000000004}}', "value_is_not_valid_number"),
    ('{"used": {"wh": 0.5}}', "finer_than_resolution"),
    ('{"used": {"wh": -1}}', "value_is_out_of_range"),
    ('{"used": {"wh": 1e22}}', "value_is_out_of_range"),
    ('{"used": {"wh": 1}, "shift": [1]}', "value_is_invalid"),
])  # fmt: skip
def test_what_a_register_cannot_show_is_refused_and_never_rounded(content: str, code: str) -> None:
    matched = match_events([an_event(content)], [ENERGY], target())
    assert [fault.code for fault in matched.faults] == [code]
    assert not matched.uses


@pytest.mark.parametrize(("event", "registers", "why"), [
    pytest.param(an_event("{}", event_type="other"), target(), "no event meter of openmeter takes events of type other", id="another type"),
    pytest.param(an_event("{}", client=EventClient.LAGO), target(), "no event meter of lago takes events of type t", id="another client"),
    pytest.param(an_event("{}", subject="else"), target(), "no register is called else/energy", id="another subject"),
    pytest.param(an_event("{}"), target(kind="interval"), "kwh is a register of kind interval, and events are of kind event", id="another kind"),
    pytest.param(an_event("{}"), target(unit="part", resolution="1"), "kwh: Wh measures energy, part measures parts", id="another unit"),
])  # fmt: skip
def test_what_no_register_takes_waits_and_is_told_why(
    event: UsageEvent, registers: dict[str, TargetRegister], why: str
) -> None:
    matched = match_events([event], [ENERGY], registers)
    assert [unmatched.why for unmatched in matched.unmatched] == [why]
    assert not matched.faults


def test_an_event_may_add_to_several_registers_and_states_their_dimensions() -> None:
    count = event_meter("runs", EventClient.OPENMETER, "t", "count", "each")
    registers = target(dimensions=["shift"])
    registers["acme/runs"] = TargetRegister(
        parse(Register, REGISTER | {"key": "runs", "unit": "each", "resolution": "1"}), UTC
    )
    matched = match_events([an_event('{"used": {"wh": 7}, "shift": " early "}')], [ENERGY, count], registers)
    assert [(use.series.register, dict(use.series.dimensions), use.amount) for use in matched.uses] == [
        ("kwh", {"shift": "early"}, Decimal("0.007")),
        ("runs", {}, Decimal(1)),
    ]


@pytest.mark.parametrize(
    "aggregation", ["max", "MIN", "avg", "unique_count", "latest", "weighted_sum", "custom", "median"]
)
def test_an_aggregation_that_cannot_be_billed_exactly_is_refused_by_name(aggregation: str) -> None:
    with pytest.raises(UnbillableAggregation, match=aggregation):
        event_meter("m", EventClient.LAGO, "t", aggregation, "kWh", value="x")


@pytest.mark.parametrize(
    ("aggregation", "value"), [("sum", None), ("count", "x"), ("sum", "$."), ("sum", "a..b"), ("sum", "$.a[0]")]
)
def test_a_meter_that_cannot_be_meant_is_refused(aggregation: str, value: str | None) -> None:
    with pytest.raises(UnfitEventMeter):
        event_meter("m", EventClient.LAGO, "t", aggregation, "kWh", value=value)


def test_units_and_clients_that_are_not_known_are_refused() -> None:
    with pytest.raises(UnknownEventClient):
        event_client("stripe")
    assert event_client("Lago") is EventClient.LAGO
    meter: EventMeter = event_meter("m", EventClient.LAGO, "t", "COUNT", "each")
    assert meter.register_name("a") == "a/m"


class TestEveryNumber:
    """A number is read as it is written, whatever writes it, and a content is kept with its numbers as they came."""

    @given(st.decimals(-(10**15), 10**15, places=9))
    def test_is_read_exactly(self, number: Decimal) -> None:
        assert number_of(format(number, "f")) == number
        assert number_of(load(f"[{number:.9E}]")[0]) == Decimal(f"{number:.9E}")

    @fewer_examples(4)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_is_kept_as_it_came(self, content: object) -> None:
        text = json.dumps(content)
        assert written(load(text)) == text
