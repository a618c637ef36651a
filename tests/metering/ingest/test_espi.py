"""ESPI: an alias names one meter reading, of overlapping readings a stated rule says which counts, and nothing is no success."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from metering import ingest
from metering.fleet.meter import Register, RegisterKind
from metering.ingest import IngestOptions, Parsed, RegisterLookup, TargetRegister, UnreadableFile
from metering.ingest.how_read import Aspect, Basis
from quantities.errors import slug
from quantities.period import zone
from tests.build import rows

EXPORTS = Path(__file__).parents[1] / "exports"
RAW = (EXPORTS / "files/07-espi-two-usage-points.xml").read_bytes()
EXPECTED = json.loads((EXPORTS / "expected/07-espi-two-usage-points.json").read_text())["registers"]
START = 1772773200
MR = "R/Subscription/1/UsagePoint/1/MeterReading/1"


def lookup(aliases: Mapping[str, str]) -> RegisterLookup:
    """Registers by key, each with one alias."""
    return RegisterLookup({
        name: TargetRegister(register, zone("America/New_York"))
        for key, alias in aliases.items()
        for register in [Register(key=key, kind=RegisterKind.INTERVAL, unit="Wh", resolution=Decimal("0.001"), interval_minutes=60, aliases=(alias,))]
        for name in (key, alias)
    })  # fmt: skip


def an_entry(content: str, meter: str = MR, updated: str = "2026-03-12T09:00:00Z") -> str:
    stamp = f"<updated>{updated}</updated>" if updated else ""
    return f"<entry><link rel='up' href='{meter}/IntervalBlock'/>{stamp}<content><IntervalBlock>{content}</IntervalBlock></content></entry>"


def a_reading(hour: int, value: int, hours: int = 1, quality: str = "") -> str:
    qualities = f"<ReadingQuality><quality>{quality}</quality></ReadingQuality>" if quality else ""
    return f"<IntervalReading>{qualities}<timePeriod><duration>{hours * 3600}</duration><start>{START + hour * 3600}</start></timePeriod><value>{value}</value></IntervalReading>"


def a_feed(*entries: str, meters: tuple[str, ...] = (MR,)) -> bytes:
    described = "".join(
        f"<entry><link rel='self' href='{meter}'/><link rel='related' href='R/ReadingType/1'/><content><MeterReading/></content></entry>"
        for meter in meters
    )
    kind = "<entry><link rel='self' href='R/ReadingType/1'/><content><ReadingType><accumulationBehaviour>4</accumulationBehaviour><powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom></ReadingType></content></entry>"
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{''.join(entries)}{described}{kind}</feed>".encode()


def read(raw: bytes, aliases: Mapping[str, str] | None = None, **options: str) -> Parsed:
    return ingest.parse(raw, lookup(aliases or {"k": MR}), IngestOptions(**options))  # type: ignore[arg-type]


def outcome(parsed: Parsed) -> tuple[list[str], list[tuple[int, str]], int]:
    values = [f"{reading.value:f}".rstrip("0").rstrip(".") for reading in rows(parsed.readings)]
    return values, [(verdict.line, verdict.code) for verdict in parsed.verdicts], parsed.repeated


class TestAnAlias:
    """… names one meter reading of a feed, or the feed is refused with the addresses to declare."""

    def test_of_the_whole_address_reads_each_customers_own(self) -> None:
        """Export 07: two usage points of two customers, blocks of three meter readings mixed."""
        addresses = {f"r{at}": "/espi/1_1/resource" + one["key"].split()[0] for at, one in enumerate(EXPECTED)}
        for aliases in (addresses, {key: address[address.index("UsagePoint") :] for key, address in addresses.items()}):
            parsed = read(RAW, aliases)
            assert parsed.verdicts == ()
            by_key = {key.register: at for at, key in enumerate(parsed.series)}
            for at, one in enumerate(EXPECTED):
                own = [reading for reading in rows(parsed.readings) if reading.series == by_key[f"r{at}"]]
                assert len(own) == one["rows"]
                assert sum(reading.value or 0 for reading in own) == Decimal(one["total"])

    NUMBERED = RAW.replace(b"UsagePoint/559203", b"UsagePoint/1").replace(b"UsagePoint/440107", b"UsagePoint/1")

    @pytest.mark.parametrize("also", [{}, {"b": "/espi/1_1/resource/Subscription/82/UsagePoint/1/MeterReading/1"}])
    def test_that_two_customers_meter_readings_end_with_is_refused(self, also: dict[str, str]) -> None:
        with pytest.raises(UnreadableFile, match="fits 2 meter readings of the feed") as refusal:
            read(self.NUMBERED, {"a": "UsagePoint/1/MeterReading/1"} | also)
        assert slug(type(refusal.value)) == "ambiguous-address"
        assert sorted(refusal.value.members["expected"]) == [  # type: ignore[call-overload]
            f"/espi/1_1/resource/Subscription/{number}/UsagePoint/1/MeterReading/1" for number in (81, 82)
        ]

    def test_of_none_of_them_is_asked_for_by_the_whole_address(self) -> None:
        parsed = read(self.NUMBERED, {"a": "/espi/1_1/resource/Subscription/81/UsagePoint/1/MeterReading/1"})
        unknown = {verdict.found for verdict in parsed.verdicts}
        assert unknown == {
            "/espi/1_1/resource/Subscription/82/UsagePoint/1/MeterReading/1",
            "UsagePoint/1/MeterReading/2",
        }
        assert len(parsed.readings) == 119

    def test_that_names_no_usage_point_fits_none_of_several(self) -> None:
        points = "".join(
            f"<entry><link rel='self' href='R/UsagePoint/{at}'/><content><UsagePoint/></content></entry>"
            for at in (1, 2)
        )
        raw = a_feed(points, an_entry(a_reading(0, 5), "MeterReading/1"), meters=("MeterReading/1",))
        with pytest.raises(UnreadableFile, match="may be of any of 2 usage points"):
            read(raw, {"k": "MeterReading/1"})


@pytest.mark.parametrize(("entries", "expected"), [
    pytest.param([an_entry(a_reading(0, 5) + a_reading(1, 6)), an_entry(a_reading(0, 5))], (["5", "6"], [], 1), id="the same twice is once"),
    pytest.param([an_entry(a_reading(0, 7), updated="2026-03-13T09:00:00Z"), an_entry(a_reading(0, 5))], (["7"], [], 1), id="the entry updated last counts, wherever it stands"),
    pytest.param([an_entry(a_reading(0, 7), updated="2026-03-12T10:30:00+02:00"), an_entry(a_reading(0, 5))], (["5"], [], 1), id="by the instant, not by the clock"),
    pytest.param([an_entry(a_reading(0, 7)), an_entry(a_reading(0, 5))], ([], [(1, "undecided_update"), (2, "undecided_update")], 0), id="of one stamp: both are refused"),
    pytest.param([an_entry(a_reading(0, 7), updated=""), an_entry(a_reading(0, 5))], ([], [(1, "undecided_update"), (2, "undecided_update")], 0), id="without a stamp likewise"),
    pytest.param([an_entry(a_reading(0, 5, quality="8")), an_entry(a_reading(0, 5, quality="0"), updated="2026-03-13T09:00:00Z")], (["5"], [], 1), id="measured after an estimate"),
    pytest.param([an_entry("".join(a_reading(hour, 2) for hour in range(4))), an_entry(a_reading(0, 8, hours=4))], (["2"] * 4, [(5, "looks_like_total")], 0), id="an interval over others is their total"),
    pytest.param([an_entry(a_reading(0, 2) + a_reading(0, 4, hours=2))], ([], [(1, "several_extents"), (2, "several_extents")], 0), id="two extents from one start, and nothing within"),
])  # fmt: skip
def test_of_a_providers_overlapping_readings_a_rule_says_which_counts(entries: list[str], expected: object) -> None:
    assert outcome(read(a_feed(*entries))) == expected


def test_how_a_feed_was_read_is_stated_by_it() -> None:
    raw = a_feed(an_entry(a_reading(0, 7), updated="2026-03-13T09:00:00Z"), an_entry(a_reading(0, 5)))
    how_read = {entry.aspect: (entry.taken, entry.basis, entry.where, entry.column) for entry in read(raw).how_read}
    assert how_read == {
        Aspect.TIME: ("seconds since 1970", Basis.STATED, "ESPI, timePeriod", ""),
        Aspect.ZONE: ("UTC", Basis.STATED, "ESPI, timePeriod", ""),
        Aspect.STAMP: ("start of the interval", Basis.STATED, "ESPI, timePeriod", ""),
        Aspect.VALUE: (
            "the reading of the entry updated last; 1 of the same interval gave way",
            Basis.STATED,
            "updated of the entries",
            "",
        ),
        Aspect.REGISTER: (MR, Basis.STATED, "the address, which is an alias", MR),
        Aspect.UNIT: ("Wh * 10^0", Basis.STATED, "reading type R/ReadingType/1", MR),
        Aspect.QUANTITY_KIND: ("interval", Basis.STATED, "reading type R/ReadingType/1", MR),
        Aspect.SEPARATORS: ("as the format defines", Basis.STATED, "the format", ""),
        Aspect.TABLE: ("format green_button", Basis.STATED, "the first bytes", ""),
    }
    assert [entry.where for entry in read(raw, register="k").how_read if entry.basis is Basis.SAID] == ["--register k"]


@pytest.mark.parametrize(("raw", "code", "found"), [
    pytest.param("<feed xmlns='http://www.w3.org/2005/Atom'/>", "feed-without-readings", "feed with 0 entries", id="an empty feed"),
    pytest.param("<feed><entry><title>News</title><content>words</content></entry></feed>", "feed-without-readings", "feed with 1 entries", id="an Atom feed of news"),
    pytest.param(a_feed(an_entry("")).decode(), "feed-without-readings", "feed with 3 entries: 1 IntervalBlock, 1 MeterReading, 1 ReadingType", id="blocks without readings"),
    pytest.param("<rss version='2.0'><channel><item/></channel></rss>", "other-xml", "rss", id="RSS"),
    pytest.param("<s:Envelope xmlns:s='x'><s:Body><s:Fault><faultstring>no such meter</faultstring></s:Fault></s:Body></s:Envelope>", "other-xml", "Envelope: no such meter", id="a SOAP fault"),
    pytest.param("<Invoice><ID>1</ID></Invoice>", "other-xml", "Invoice", id="an invoice"),
    pytest.param("<!DOCTYPE html>\n<html><head><title>504 Gateway Time-out</title></head><body><br></body></html>", "web-page", "a web page: 504 Gateway Time-out", id="an error page"),
    pytest.param("<?xml version='1.0'?><html><body/></html>", "web-page", "a web page", id="one in XML"),
    pytest.param("<Fleet snapshotTime='2026-03-01T00:00:00Z'/>", "fleet-without-readings", "no Equipment", id="a fleet without a machine"),
    pytest.param("<Fleet><Equipment><EquipmentHeader/></Equipment></Fleet>", "fleet-without-readings", "1 machines, without any element that is read", id="a machine without an element"),
    pytest.param('{"Equipment": []}', "fleet-without-readings", "no Equipment", id="the same in JSON"),
])  # fmt: skip
def test_what_holds_no_readings_is_refused_by_what_it_is(raw: str, code: str, found: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(raw.encode())
    assert (slug(type(refusal.value)), refusal.value.members["found"]) == (code, found)
    assert refusal.value.members["expected"]
