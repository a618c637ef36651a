"""Lives that bill nothing are no evidence, and say so."""

from tests.lives.tally import TallyOfLives


def test_lives_whose_contracts_are_refused_are_too_idle() -> None:
    refused = ["C-1: no rate of exchange"] * 3
    assert TallyOfLives(lives=4, contracts=8, billed=8, versions=8, refused=refused).faults() == [
        "of 11 versions 3 were refused",
        *refused,
    ]


def test_lives_whose_contracts_have_no_document_are_too_idle() -> None:
    assert TallyOfLives(lives=4, contracts=8, billed=5, versions=12).faults() == [
        "of 8 contracts only 5 have a document"
    ]


def test_lives_that_bill_are_not_idle() -> None:
    assert TallyOfLives(lives=4, contracts=9, billed=6, versions=9, refused=["C-1: an open window"]).faults() == []


def test_of_a_life_alone_nothing_is_said() -> None:
    refused = ["C-1: no rate of exchange"] * 3
    assert TallyOfLives(lives=1, contracts=1, billed=0, versions=3, refused=refused).faults() == []
