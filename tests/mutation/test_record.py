"""What was seen of the mutants, as it is committed: `make mutation` looks at them anew."""

from tests.mutation.run import LEAST_SHARE, change_of, reasons, recorded, summary


def test_nine_of_ten_mutants_that_change_anything_are_noticed() -> None:
    text, share = summary(recorded(), reasons())

    assert len(recorded()) >= 100, text
    assert share >= LEAST_SHARE, text


def test_what_is_called_equivalent_was_not_noticed_and_has_its_reason() -> None:
    left = {change_of(row) for row in recorded() if not row["noticed_by"]}

    assert set(reasons()) <= left
    assert all(reasons().values())
