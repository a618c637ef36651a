"""A chart says what its rows say, in the words and units of its reader, and the same rows give the same bytes."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.documents.charts import colours
from billing.documents.charts.differences_chart import differences_chart
from billing.documents.charts.months_chart import EnergyOfMonth, months_chart
from billing.documents.charts.periods_chart import PeriodAmounts, periods_chart
from billing.documents.charts.place import unit_of_place
from billing.documents.charts.usage_chart import UsageRow, usage_chart
from billing.documents.words.words import words_in
from billing.records.statement import StatedDay
from contracts.invoicing import Language

ENGLISH, GERMAN, CHINESE = (words_in(language) for language in (Language.ENGLISH, Language.GERMAN, Language.CHINESE))
FIRST = date(2026, 3, 1)
MARCH = tuple(
    UsageRow(FIRST + timedelta(n), None if n == 11 else Decimal(1200 + 40 * n), 96, 3 if n == 4 else 0)
    for n in range(31)
)
YEAR = tuple(EnergyOfMonth(date(2025, n + 1, 1), Decimal(40000 - 900 * n), Decimal(31000)) for n in range(12))
SIMULATED = tuple(
    PeriodAmounts(date(2026, n + 1, 1), {"fee": Decimal(100), "energy": Decimal(20 * n), "back": Decimal(-5 * n)})
    for n in range(6)
)


def days(*temperatures: str) -> list[StatedDay]:
    return [
        StatedDay(
            day=FIRST + timedelta(n), expected=Decimal(100), measured=Decimal(90 + 4 * n), temperature=Decimal(text)
        )
        for n, text in enumerate(temperatures)
    ]


COLD = days("14", "23", "32", "41", "50")  # °F: from -10 °C to 10 °C
DRAWN = {
    "usage": usage_chart(MARCH, unit="kWh", words=ENGLISH, of="Press 5"),
    "months": months_chart(YEAR, unit="kWh", words=ENGLISH),
    "differences": differences_chart(COLD, unit="kWh", words=ENGLISH, degrees=("degF", "degC")),
    "periods": periods_chart([SIMULATED, SIMULATED], currency="EUR", words=ENGLISH),
}


def elements(svg: str, name: str) -> list[Element]:
    return [element for element in fromstring(svg).iter() if element.tag.endswith(f"}}{name}")]


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in elements(svg, "text")]


def bars(svg: str, fill: str) -> int:
    return sum(
        1 for path in elements(svg, "path") if path.get("fill") == fill and path.get("stroke") == colours.MEASURED
    )


@pytest.mark.parametrize("svg", DRAWN.values(), ids=DRAWN)
class TestEveryChart:
    def test_needs_no_script_no_style_no_font_and_fetches_nothing(self, svg: str) -> None:
        assert not {"script", "style", "image", "foreignObject", "a"} & {
            element.tag.partition("}")[2] for element in fromstring(svg).iter()
        }
        assert not [name for element in fromstring(svg).iter() for name in element.attrib if "href" in name]
        assert not re.search(r"style=|\sid=|on\w+=|url\(", svg)

    def test_says_once_what_it_shows(self, svg: str) -> None:
        labelled = [element for element in fromstring(svg).iter() if "aria-label" in element.attrib]
        assert [element.get("role") for element in labelled] == ["img"]
        assert labelled[0].get("aria-label") in texts(svg)


def test_charts_are_equally_wide() -> None:
    assert len({fromstring(svg).get("width") for svg in DRAWN.values()}) == 1


def test_the_same_rows_give_the_same_bytes() -> None:
    assert usage_chart(MARCH, unit="kWh", words=ENGLISH, of="Press 5") == DRAWN["usage"]


@pytest.mark.parametrize("other", ["i", "W" * 60, "压缩机一号"])
def test_nothing_moves_with_the_width_of_a_text(other: str) -> None:
    """Fonts differ from machine to machine: where a drawing measured them, its bytes would."""

    def without_texts(svg: str) -> str:
        return re.sub(r">[^<>]+</|aria-label=\"[^\"]*\"", "", svg)

    assert without_texts(usage_chart(MARCH, unit="kWh", words=ENGLISH, of=other)) == without_texts(DRAWN["usage"])


@settings(max_examples=4)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=20))
def test_whatever_a_charge_is_called_is_written_as_it_is(name: str) -> None:
    svg = periods_chart([[PeriodAmounts(FIRST, {name: Decimal(1)})]], currency="EUR", words=ENGLISH)
    assert name in texts(svg) or not name.strip()


class TestUsage:
    def test_has_a_bar_a_day_and_marks_what_is_estimated_or_missing(self) -> None:
        svg = DRAWN["usage"]
        legend = 1  # of each colour
        assert bars(svg, colours.MEASURED) == 29 + legend
        assert bars(svg, colours.ESTIMATED) == 1 + legend
        assert sum(1 for path in elements(svg, "path") if path.get("fill") == colours.MISSING) == 1 + legend
        assert {"read", "with estimates", "nothing read"} <= set(texts(svg))

    def test_all_read_needs_no_legend(self) -> None:
        svg = usage_chart(MARCH[5:9], unit="kWh", words=ENGLISH)
        assert "read" not in texts(svg)

    def test_rows_stay_in_order_of_time(self) -> None:
        labels = [text for text in texts(DRAWN["usage"]) if re.fullmatch(r"\d+ Mar", text)]
        assert labels == ["1 Mar", "6 Mar", "11 Mar", "16 Mar", "21 Mar", "26 Mar", "31 Mar"]

    def test_a_year_is_labelled_by_its_months(self) -> None:
        rows = [UsageRow(date(2026, 1, 1) + timedelta(n), Decimal(n % 7)) for n in range(365)]
        labels = [text for text in texts(usage_chart(rows, unit="MWh", words=ENGLISH)) if " " in text]
        assert labels[:3] == ["1 Jan", "1 Mar", "1 May"]

    def test_hours_are_labelled_by_the_clock(self) -> None:
        midnight = datetime(2026, 3, 1)  # noqa: DTZ001 a local time
        rows = [UsageRow(midnight + timedelta(hours=n), Decimal(n)) for n in range(24)]
        svg = usage_chart(rows, unit="kWh", words=CHINESE)
        assert [text for text in texts(svg) if ":" in text][:3] == ["00:00", "04:00", "08:00"]
        assert "每小时用量，kWh" in texts(svg)

    @pytest.mark.parametrize(
        ("words", "title", "thousand"),
        [(ENGLISH, "Usage by day, kWh", "2,000"), (GERMAN, "Verbrauch je Tag, kWh", "2.000"), (CHINESE, "每日用量，kWh", "2,000")],
    )  # fmt: skip
    def test_speaks_the_language_of_its_document(self, words: object, title: str, thousand: str) -> None:
        svg = usage_chart(MARCH, unit="kWh", words=words)  # type: ignore[arg-type]
        assert {title, thousand} <= set(texts(svg))

    def test_nothing_at_all_is_still_a_chart(self) -> None:
        assert fromstring(usage_chart([], unit="kWh", words=ENGLISH)).get("role") == "img"


class TestUnitsOfThePlace:
    """A site in Hamburg shows °C, never °F, whatever the unit of its data is; a site in the United States shows °F."""

    @pytest.mark.parametrize(
        ("zone", "shown"),
        [
            ("Europe/Berlin", "degC"),
            ("Asia/Shanghai", "degC"),
            ("America/Toronto", "degC"),
            ("America/New_York", "degF"),
            ("US/Eastern", "degF"),  # an older name of the same
            ("America/Puerto_Rico", "degF"),
            ("UTC", "degC"),
        ],
    )
    def test_degrees_by_zone(self, zone: str, shown: str) -> None:
        assert {unit_of_place(stated, zone) for stated in ("degC", "degF")} == {shown}

    @pytest.mark.parametrize("unit", ["kWh", "K", "m3@din1343", "machine_hour"])
    def test_what_is_priced_stays_in_its_unit(self, unit: str) -> None:
        assert unit_of_place(unit, "America/New_York") == unit

    @pytest.mark.parametrize(
        ("zone", "sign", "least", "most"),
        [("Europe/Berlin", "°C", "−10", "10"), ("America/Chicago", "°F", "10", "50")],
    )
    def test_differences_over_temperature(self, zone: str, sign: str, least: str, most: str) -> None:
        svg = differences_chart(COLD, unit="kWh", words=ENGLISH, degrees=("degF", unit_of_place("degF", zone)))
        labels = texts(svg)
        assert f"mean temperature of the day, {sign}" in labels
        assert {least, most} <= set(labels)
        assert not ({"°C", "°F"} - {sign}) & {text[-2:] for text in labels}

    def test_without_temperatures_days_are_shown(self) -> None:
        bare = [day.model_copy(update={"temperature": None}) for day in COLD]
        assert "1 Mar" in texts(differences_chart(bare, unit="kWh", words=ENGLISH, degrees=("degF", "degC")))


class TestColours:
    @staticmethod
    def grey(colour: str) -> float:
        """How light a colour is in print without colours, from 0 to 255 (ITU-R BT.601)."""
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    def test_two_that_stand_together_differ_in_print_too(self) -> None:
        for one, other in ((colours.EXPECTED, colours.MEASURED), (colours.ESTIMATED, colours.MEASURED)):
            assert abs(self.grey(one) - self.grey(other)) > 100

    def test_neighbours_in_a_stack_differ_in_print_too(self) -> None:
        pairs = zip(colours.OF_CHARGES, colours.OF_CHARGES[1:], strict=False)
        assert [pair for pair in pairs if abs(self.grey(pair[0]) - self.grey(pair[1])) < 20] == []


def test_months_stand_in_pairs() -> None:
    svg = DRAWN["months"]
    assert bars(svg, colours.EXPECTED) == bars(svg, colours.MEASURED) == 12 + 1
    assert "Expected + non-routine, and measured, by month, 2025, kWh" in texts(svg)


def test_contracts_stand_side_by_side_and_what_is_given_back_below_zero() -> None:
    svg = DRAWN["periods"]
    drawn = [path for path in elements(svg, "path") if path.get("stroke") == "#ffffff"]
    assert len(drawn) == 2 * 6 * 3
    assert {"fee", "energy", "back", "Net by period, EUR"} <= set(texts(svg))
    zero = next(line for line in elements(svg, "line") if line.get("stroke") == colours.TEXT and line.get("x2") != "0")
    assert zero is not None
