"""The words of a column of qualities are ours, or what the sender says, or asked: none is silently measured."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.ingest import IngestOptions
from metering.ingest.quality_words import meaning
from metering.log.reading import Quality
from tests.build import fewer_examples, rows
from tests.metering.ingest.test_asking import asked, read
from tests.metering.ingest.test_formats import codes

SAID = IngestOptions({"time": "Zeit"}, "k", "kWh", zone="local")
NAMES = ("Quality", "Qualität", "Ableseart", "Read Type", "Estimated", "metodoObtencion", "Qualité")


def table(*words: str, name: str = "Quality") -> str:
    return f"Zeit;Wert;{name}\n" + "".join(
        f"2026-06-01 {hour:02}:00;{hour},5;{word}\n" for hour, word in enumerate(words)
    )


@pytest.mark.parametrize("name", NAMES)
def test_each_word_that_is_none_of_ours_is_asked_about(name: str) -> None:
    assert asked(table("Good", "", "Schätzung", "Good", "valid", name=name), SAID) == [
        f"quality_of={word}={means}" for word in ("Good", "Schätzung") for means in ("valid", "estimated", "no_value")
    ]


def test_a_code_of_somebody_else_is_none_of_ours() -> None:
    assert asked(table("0", "9"), SAID)[0] == "quality_of=0=valid"


def test_what_is_said_of_each_word_counts() -> None:
    options = replace(
        SAID, quality_of={"good": "valid", "Schätzung": "estimated", "Bad": "no_value", "W": "Questionable"}
    )
    parsed = read(table("Good", "Schätzung", "Bad", "W", ""), options)
    assert codes(parsed) == [(4, "no_value")]
    assert [reading.quality for reading in rows(parsed.readings)] == [
        Quality.VALID, Quality.ESTIMATED_REFERENCE_DAY, Quality.QUESTIONABLE, Quality.VALID
    ]  # fmt: skip
    assert [how.where for how in parsed.how_read if how.aspect == "quality"] == [
        "--quality-of good=valid", "--quality-of Schätzung=estimated", "--quality-of Bad=no_value", "--quality-of W=Questionable"
    ]  # fmt: skip


def test_in_our_own_format_a_word_of_nobody_has_a_verdict_or_is_said() -> None:
    text = "time,value,quality\n2026-06-01T10:00,1.5,valid\n2026-06-01T11:00,2.5,gut\n"
    options = IngestOptions(register="k")
    assert codes(read(text, options)) == [(3, "unknown_quality")]
    assert len(read(text, replace(options, quality_of={"gut": "valid"})).readings) == 2


@pytest.mark.parametrize("name", ["json", "ndjson"])
def test_members_of_objects_are_asked_about_too(name: str) -> None:
    text = '{"Zeit": "2026-06-01 10:00", "Wert": "1.5", "Quality": "Good"}'
    text = f"[{text}]" if name == "json" else text
    assert asked(text, SAID, name=name)[0] == "quality_of=Good=valid"


@fewer_examples(3)
@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8), min_size=1, max_size=6))
def test_no_row_with_an_unknown_word_is_stored_as_measured(words: list[str]) -> None:
    unknown = {word for word in words if meaning(word) is None or word.isdigit()}
    if unknown:
        assert len(asked(table(*words), SAID)) == 3 * len({word.strip() for word in unknown})
    else:
        assert {meaning(word) for word in words} == {
            reading.quality.name.lower() for reading in rows(read(table(*words), SAID).readings)
        }
