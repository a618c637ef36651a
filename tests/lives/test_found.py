"""Lives cut down to what matters: what random ones found, and what nothing else of the tests would notice."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from api.server.embedded import EmbeddedServer
from tests.conftest import fresh_database
from tests.lives.documents import VAT_IDS
from tests.lives.life import Step
from tests.lives.run import Lives, lives_on


@pytest.fixture(scope="module")
def lives(server: EmbeddedServer) -> Iterator[Lives]:
    with fresh_database(server, "found lives") as access, lives_on(access) as opened:
        yield opened


def agreed(charge: dict[str, Any], **terms: Any) -> Step:
    """A contract of one charge, by the week, from 5 January 2026 until 9 February: five weeks."""
    contract = {
        "contract": "C-1", "supplier": {"name": "Nordluft", "country": "DE", "vat_id": "DE129273398"},
        "customer": {"name": "Kunde 1", "country": "DE"}, "currency": "EUR", "zone": "Europe/Berlin",
        "starts": "2026-01-05", "ends": "2026-02-09", "billing": {"every": "week"}, "charges": [{"name": "c0"} | charge],
    }  # fmt: skip
    terms["settings"] = {"least_coverage": "0"} | terms.get("settings", {})
    return "begin", {"zone": "Europe/Berlin", "first": "2026-01-05", "contracts": [contract | terms], "indices": {}}


def following(begin: Step) -> Step:
    """With the first values of an index."""
    name, values = begin
    return name, values | {"indices": {"CPI": "100"}}


def read(register: str, *rows: tuple[int, int]) -> Step:
    """Rows at ten in the morning: a day from the start on, and a number of tenths (of a counter: the rise)."""
    return "deliver", {"register": register, "rows": [[day, 600, number, 0] for day, number in rows]}


def exchanged(register: str, day: int, minute: int, rise: int, opening: int) -> Step:
    """A new device on a day, so many tenths after the last read; from a minute on that is not one of a read."""
    return "exchange", {"register": register, "day": day, "minute": minute, "rise": rise, "serial": opening}


def amended(day: int, what: str, **differs: Any) -> Step:
    return "amend", {"contract": 0, "day": day, "differs": differs, "what": what, "release": 1}


def disputed(day: int, days: int) -> Step:
    """The first charge by name is disputed over some days, and the supplier accepts."""
    return "dispute", {"contract": 0, "charge": 0, "day": day, "days": days, "accepted": 1}


def settled(*, due: bool) -> Step:
    return "settle", {"which": 0, "due": int(due)}


def billed_after(days: int) -> Step:
    return "bill", {"days": days}


def looked_at_after(days: int) -> Step:
    return "look", {"days": days}


def per_unit(register: str, unit: str) -> dict[str, Any]:
    return {"register": register, "rule": {"kind": "per_unit", "unit": unit, "unit_price": "1"}}


FEE = {"rule": {"kind": "fixed_fee", "amount": "70.00"}}
MOVED = {"name": "Kunde 1", "country": "AT", "vat_id": "ATU13585627"}
TIERS: dict[str, Any] = {
    "register": "parts",
    "rule": {"kind": "volume", "unit": "part", "tiers": [{"unit_price": "27", "flat_fee": "3.50"}]},
}
QUARTER = {"included": {"quantity": "4", "unit": "part", "per": "quarter"}}
LEASE = {"rule": {"kind": "lease_rent", "financed": "10000", "percent_a_year": "6", "instalments": "3"}}
ADVANCE = {
    "rule": {"kind": "fixed_fee", "amount": "70.00", "in_advance": "true"},
    "index": {
        "clause": {"kind": "following", "first_review": "2026-01-19", "terms": [{"index": "CPI", "base": "100"}]}
    },
}
DEARER = {
    "index": {"clause": {"kind": "following", "first_review": "2026-01-15", "terms": [{"index": "CPI", "base": "90"}]}}
}
JOINED = TIERS | {
    "rule": TIERS["rule"] | {"per": "month"},
    "index": {"clause": {"kind": "following", "first_review": "2026-02-16", "terms": [{"index": "CPI", "base": "99"}]}},
}
STEPPED = {"index": {"clause": {"kind": "stepped", "steps": [{"first": "2026-01-15", "percent": "10"}]}}}
OF_YEAR: dict[str, Any] = {
    "register": "kwh",
    "rule": {"kind": "demand", "unit": "kW", "unit_price": "10", "minimum": "22", "peak": "year"},
}
HARD: dict[str, Any] = {
    "register": "hours", "beside": {"cycles": "cycles"},
    "rule": {
        "kind": "severity", "unit": "machine_hour", "unit_price": "10", "agreed_ratio": "1",
        "table": [{"from_ratio": "0", "factor": "2"}, {"from_ratio": "2", "factor": "1"}],
    },
}  # fmt: skip
EACH_HOUR: dict[str, Any] = {
    "register": "total",
    "rule": {
        "kind": "commitment", "unit": "kWh", "unit_price": "1", "each_hour": "true",
        "committed": [{"per": "period", "quantity": "20"}],
    },
}  # fmt: skip
SHARE = [{"name": "c0"} | ADVANCE, {"name": "c1", "rule": {"kind": "percentage_of", "percent": "7"}}]
INCLUDED = {"included": {"quantity": "500", "unit": "part", "per": "half_year"}}


def agreed_in(country: str, *charges: dict[str, Any], **terms: Any) -> Step:
    """A contract of several charges, of an issuer in a country."""
    party = {"name": "Nordluft", "country": country, "vat_id": VAT_IDS[country]}
    customer = {"name": "Kunde 1", "country": country}
    return agreed({}, supplier=party, customer=customer, charges=[*charges], **terms)


def prepaid(day: str, amount: str = "100", name: str = "p0") -> list[dict[str, Any]]:
    """An amount that is claimed on a day, and set against all that is billed."""
    claim = {"kind": "one_off", "amount": amount, "on": day, "in_advance": "true"}
    drawn = {"name": f"{name} drawn", "rule": {"kind": "drawdown", "amount": amount, "claimed": day}}
    return [{"name": name, "rule": claim, "nature": "prepayment"}, drawn]


PIECES = {"name": "c0", "register": "parts", "rule": {"kind": "per_unit", "unit": "part", "unit_price": "7"}}
OF_BANK = {"waterfall": {"steps": [{"kind": "first", "payee": "Bank", "amount": "30"}], "rest": "Factory"}}
OF_PARTNER = {"waterfall": {"steps": [{"kind": "percent", "payee": "Partner", "percent": "33.1"}], "rest": "Factory"}}
FOR_EACH = {"included": {"quantity": "4", "unit": "part", "per": "quarter", "each": "asset"}}
ON_ACCOUNT = {"instalments": {"per": "contract", "amounts": [{"amount": "315.70"}]}}
EVEN_WEEKS = {"starts": "2026-01-07", "ends": "2026-02-11"}


def mended(*script: Step, title: str) -> Any:
    """A life that was not billed what it owed before, and is now."""
    return pytest.param(script, ["oracle"], id=title)


def mended_at_once(*script: Step, title: str) -> Any:
    """One that a fresh database, told everything at once, was billed otherwise."""
    return pytest.param(script, ["oracle", "fresh"], id=title)


@pytest.mark.parametrize(("script", "checks"), [
    mended(agreed(per_unit("line", "kWh")), read("line", (-2, 100), (2, 200), (6, 300)), billed_after(7), read("line", (9, 900)), billed_after(3), title="a linear level billed before its next read"),
    mended(agreed(per_unit("total", "kWh")), read("total", (2, 10), (5, 300)), billed_after(7), read("total", (-1, 5)), read("total", (9, 300)), billed_after(7), title="a counter's first read comes last"),
    mended(agreed(per_unit("parts", "part")), billed_after(50), read("parts", (30, 50)), billed_after(3), title="read late, after the last period"),
    mended(agreed(FEE), billed_after(22), amended(0, "end early", ends="2026-01-17"), billed_after(3), title="an end recorded late"),
    mended(agreed(FEE), billed_after(7), amended(0, "country", customer=MOVED), billed_after(7), title="the customer has moved, recorded late"),
    mended(agreed(per_unit("parts", "part")), read("parts", (1, 5)), billed_after(7), amended(3, "neutral", reason="x"), billed_after(7), title="a billed week is divided, its amounts stay: the tax point"),
    mended(agreed(TIERS | INCLUDED, settings={"on_change": "restart"}), read("parts", (1, 5)), amended(3, "neutral", reason="x"), billed_after(7), title="tiers restart beside an included quantity of a longer window"),
    mended(agreed(per_unit("kwh2", "kWh")), read("kwh2", (8, 10), (15, 10), (22, 10), (29, 10)), billed_after(50), read("kwh2", (2, 50), (9, 50)), billed_after(3), title="a week is billed late, a later one is to be corrected"),
    mended(agreed(per_unit("parts", "part") | QUARTER), read("parts", (1, 9), (8, 9), (15, 9)), billed_after(15), amended(14, "prolong", ends="2026-03-30"), billed_after(7), title="prolonged within the window of an included quantity"),
    mended(agreed(LEASE), billed_after(8), amended(7, "terms", charges=[{"name": "c0", "rule": LEASE["rule"] | {"percent_a_year": "9", "instalments": "4"}}]), billed_after(30), title="a lease goes on at another rate, in more instalments"),
    mended(agreed(per_unit("parts", "part")), billed_after(50), read("parts", (30, 50)), billed_after(1), looked_at_after(15), title="a correction is left as a draft"),
    mended(agreed(per_unit("runtime", "machine_hour")), read("runtime", (0, 50), (14, 50)), billed_after(21), amended(14, "add", charges=[{"name": "c0"} | per_unit("runtime", "machine_hour"), {"name": "c1"} | LEASE]), billed_after(7), title="carries something since an amendment, and an earlier week is billed last"),
    mended(agreed(per_unit("hours", "machine_hour"), settings={"edges": "interpolated"}), read("hours", (-1, 0)), exchanged("hours", 5, 600, 60, 1), read("hours", (13, 400)), billed_after(50), title="the line to an edge ends at an exchange"),
    mended(agreed(per_unit("hours", "machine_hour")), read("hours", (-1, 0), (2, 60)), exchanged("hours", 5, 600, 60, 1), read("hours", (8, 400)), billed_after(50), title="a counter was last read at its exchange"),
    mended(agreed(per_unit("hours", "machine_hour")), read("hours", (-1, 0), (5, 60)), exchanged("hours", 5, 0, 60, 3), read("hours", (8, 400)), billed_after(50), title="a read in old figures at the instant of an exchange"),
    mended(agreed(FEE, settings={"edges": "interpolated"}), billed_after(8), amended(7, "add", charges=[{"name": "c0"} | FEE, {"name": "c1"} | per_unit("hours", "machine_hour") | STEPPED]), billed_after(50), title="a price moves before the first read of a counter that is interpolated"),
    mended(agreed(HARD, charges=[{"name": "c0"} | HARD]), read("hours", (-1, 0), (0, 10), (8, 30), (15, 40)), read("cycles", (1, 5), (8, 5)), amended(7, "terms", charges=[{"name": "c0"} | HARD | {"rule": HARD["rule"] | {"agreed_ratio": "3"}}]), billed_after(50), title="another ratio is agreed before the first half-year has ended"),
    mended(following(agreed(ADVANCE | DEARER, billing={"every": "week", "leading": "joined"}, starts="2026-01-10")), billed_after(50), title="the price of a fee in advance moves within the first period"),
    mended(agreed(OF_YEAR), read("kwh", (1, 50), (8, 40), (15, 40), (22, 30), (29, 90)), amended(14, "terms", charges=[{"name": "c0"} | OF_YEAR | {"rule": OF_YEAR["rule"] | {"minimum": "1"}}]), billed_after(50), title="the least demand of a year's peak is lowered"),
    mended(agreed(OF_YEAR), read("kwh", (1, 50), (8, 40), (15, 60), (22, 30), (29, 90)), amended(14, "terms", charges=[{"name": "c0"} | OF_YEAR | {"rule": OF_YEAR["rule"] | {"minimum": "30"}}]), billed_after(50), title="the least demand of a year's peak is raised"),
    mended(agreed(OF_YEAR), read("kwh", (1, 50), (8, 70), (15, 60), (22, 90)), amended(14, "unit", charges=[{"name": "c0"} | OF_YEAR | {"rule": OF_YEAR["rule"] | {"unit": "MW", "unit_price": "10000", "minimum": "0.001"}}]), billed_after(50), title="a year's peak goes on in another unit, above another minimum"),
    mended(following(agreed(FEE, charges=SHARE)), billed_after(50), title="a percentage of a fee in advance that follows an index"),
    mended(following(agreed(JOINED, billing={"every": "month", "leading": "joined"}, ends="2026-04-01")), read("parts", (1, 5), (50, 5)), billed_after(90), title="a price moves in the second month of a joined period"),
    mended(agreed(EACH_HOUR), read("total", (-1, 10), (2, 30), (5, 300)), billed_after(8), read("total", (3, 40), (9, 500)), amended(9, "neutral", reason="x"), billed_after(50), title="each hour committed, of a counter read late, in weeks that an amendment divides"),
    mended(agreed(EACH_HOUR), read("total", (-1, 10), (2, 30), (5, 300)), billed_after(50), title="a counter without a read in most of the hours for which a quantity is committed"),
    mended(agreed(TIERS, settings={"on_change": "restart"}), read("parts", (1, 5)), amended(3, "neutral", reason="x"), billed_after(7), title="tiers restart"),
    mended(agreed_in("FR", PIECES, *prepaid("2026-01-05"), *prepaid("2026-01-12", "500", "p1")), billed_after(0), read("parts", (2, 50)), billed_after(7), read("parts", (3, 90), (9, 90)), billed_after(7), title="a correction and an invoice draw on two claims"),
    mended(agreed_in("SK", PIECES, *prepaid("2024-12-20")), billed_after(0), read("parts", (2, 50)), billed_after(7), read("parts", (3, 90)), billed_after(7), title="claimed before another rate, drawn and corrected at it"),
    mended(agreed_in("DE", PIECES, *prepaid("2025-12-20", "200")), billed_after(0), read("parts", (2, 50)), billed_after(7), amended(14, "terms", tax={"rate": "reduced"}, charges=[PIECES, *({**one, "tax": {"rate": "standard"}} for one in prepaid("2025-12-20", "200"))]), read("parts", (16, 60)), billed_after(14), title="another rate counts while something is left of what was paid at the first"),
    mended(agreed_in("DE", PIECES, *prepaid("2026-01-05", "20"), *prepaid("2026-01-06", "30", "p1")), billed_after(0), read("parts", (1, 50), (4, 80)), billed_after(7), disputed(4, 2), billed_after(7), settled(due=False), billed_after(30), title="two prepayments draw on a week of which some days are in dispute"),
    mended_at_once(agreed_in("DE", PIECES, {"name": "a0", "rule": FEE["rule"] | {"in_advance": "true"}}), disputed(0, 7), amended(14, "drop", charges=[PIECES]), billed_after(40), title="a fee in advance is in dispute, and gone since"),
    mended(agreed_in("FR", {"name": "c0", "rule": {"kind": "discount", "percent": "40"}, "nature": "deposit"}, *prepaid("2026-01-05")), billed_after(40), title="no discount is off what is only paid before"),
    mended(agreed_in("DE", PIECES | OF_BANK, *prepaid("2025-12-20")), billed_after(0), read("parts", (2, 50)), billed_after(7), read("parts", (3, 90)), billed_after(7), title="whoever paid before, each has its share"),
    mended(agreed_in("DE", PIECES | ON_ACCOUNT | OF_PARTNER), read("parts", (3, 90), (29, 40)), billed_after(28), amended(31, "settings", settings={"least_coverage": "0", "rounding": "up"}), billed_after(40), title="shares are rounded otherwise since a day of a week whose first days come to no line"),
    mended(agreed_in("DE", PIECES | OF_BANK, {"name": "c1"} | FEE | OF_PARTNER), read("parts", (2, 50), (9, 70), (12, 60), (16, 80)), billed_after(7), amended(10, "rule", charges=[PIECES | OF_BANK, {"name": "c1", "rule": {"kind": "discount", "percent": "40"}}]), billed_after(40), title="a fee that is shared becomes a discount within a week"),
    mended(agreed_in("DE", PIECES | ON_ACCOUNT, **EVEN_WEEKS), read("parts", (3, 90), (9, 40)), billed_after(14), read("parts", (4, 70)), billed_after(40), title="half a cent of an instalment of five days of seven"),
    mended(agreed_in("DE", PIECES | {"instalments": {"per": "month", "amounts": [{"amount": "50"}]}}, {"name": "c1"} | FEE), read("parts", (3, 90), (24, 40)), billed_after(21), amended(27, "drop", charges=[{"name": "c1"} | FEE]), billed_after(40), title="a charge on account is gone on the day on which its window ends, within a week"),
    mended(agreed_in("DE", PIECES | {"instalments": {"per": "month", "amounts": [{"amount": "50"}]}}), read("parts", (3, 90), (24, 40)), billed_after(21), amended(20, "end early", ends="2026-01-28"), billed_after(40), title="a contract on account ends early"),
    mended(agreed_in("DE", PIECES | {"included": FOR_EACH["included"] | {"per": "month", "carry_forward": "6", "carry_forward_windows": "2", "carry_forward_most": "8"}}, assets=["Press", "Lathe"], ends="2026-05-04"), read("parts", (2, 20), (30, 50), (60, 80), (90, 80)), billed_after(40), amended(33, "machines", assets=["Press"]), read("parts", (3, 30)), amended(70, "machines", assets=["Press", "Lathe", "Mill"]), billed_after(90), title="what a pool leaves expires, while machines come and go"),
    mended(agreed_in("DE", PIECES | FOR_EACH, assets=["Press", "Lathe"]), read("parts", (2, 50), (9, 70)), billed_after(14), amended(16, "machines", assets=["Press"]), read("parts", (16, 60)), billed_after(14), title="a machine goes after its pool was used"),
])  # fmt: skip
def test_a_life_is_billed_what_it_owes(lives: Lives, script: Sequence[Step], checks: Sequence[str]) -> None:
    outcome = lives.played(0, script, checks)
    assert outcome.faults == {}, str(outcome)
