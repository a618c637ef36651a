"""A delivery of all rows or none names the rows for which it is refused."""

from metering.deliveries.receipt import VERDICTS_KEPT, RefusedWhole
from metering.log.reading import Verdict


def refusal(count: int) -> RefusedWhole:
    return RefusedWhole.of([Verdict(line, "not_a_number", "x", "digits") for line in range(4, 4 + count)])


def test_its_sentence_names_the_first_of_them() -> None:
    assert str(refusal(1)) == "1 row is refused, so all are: line 4 not_a_number"
    assert str(refusal(2)) == "2 rows are refused, so all are: line 4 not_a_number, line 5 not_a_number"
    assert str(refusal(9)).endswith("line 8 not_a_number and 4 more")


def test_its_members_are_the_verdicts_and_how_many() -> None:
    members = refusal(VERDICTS_KEPT + 5).members
    assert members["refused"] == VERDICTS_KEPT + 5
    assert isinstance(verdicts := members["verdicts"], list)
    assert (len(verdicts), verdicts[0]) == (
        VERDICTS_KEPT,
        {"line": 4, "code": "not_a_number", "found": "x", "expected": "digits"},
    )
